//! Pins: which key is believed at a port of a host.

use rusqlite::{Connection, Row, params};

use super::reader::Reader;
use super::writer::Writer;
use crate::error::{Error, ErrorKind};
use crate::model::{Instant, Pin};

fn pin(row: &Row<'_>) -> rusqlite::Result<Pin> {
    Ok(Pin {
        host: row.get(0)?,
        port: row.get(1)?,
        key: row.get(2)?,
        since: Instant(row.get(3)?),
        subject: row.get(4)?,
        is_lasting: true,
    })
}

fn all(connection: &Connection) -> Result<Vec<Pin>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT host, port, key, since, subject FROM pin ORDER BY host, port")?;
    let rows = statement.query_map([], pin)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Writer {
    /// The pins that are kept, by host and port.
    pub fn pins(&self) -> Result<Vec<Pin>, Error> {
        all(self.look())
    }

    /// Keeps a pin.
    ///
    /// # Errors
    /// `WrongState` when another key is pinned there: that one is to be taken away first.
    pub fn add_pin(&mut self, pin: &Pin) -> Result<(), Error> {
        let added = self.keep(|tx| {
            Ok(tx.execute(
                "INSERT INTO pin(host, port, key, since, subject) VALUES(?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT(host, port) DO UPDATE SET subject = excluded.subject WHERE key = excluded.key",
                params![pin.host, pin.port, pin.key, pin.since.0, pin.subject],
            )?)
        })?;
        if added == 0 {
            Err(Error::note(ErrorKind::WrongState, "another key is pinned there"))
        } else {
            Ok(())
        }
    }

    /// Forgets a pin. `false`: there was none.
    pub fn remove_pin(&mut self, host: &str, port: u16) -> Result<bool, Error> {
        let removed = self.keep(|tx| {
            Ok(tx.execute("DELETE FROM pin WHERE host = ?1 AND port = ?2", params![host, port])?)
        })?;
        Ok(removed > 0)
    }
}

impl Reader {
    /// The keys that are believed, each at a port of a host: those that are kept, and those of this run. By host and port.
    pub fn pins(&self) -> Result<Vec<Pin>, Error> {
        let mut pins = self.with(all)?;
        let is_kept =
            |of_run: &Pin| pins.iter().any(|pin| (&pin.host, pin.port) == (&of_run.host, of_run.port));
        let of_run: Vec<Pin> = self.pins_of_run().into_iter().filter(|pin| !is_kept(pin)).collect();
        pins.extend(of_run);
        pins.sort_by(|one, other| (&one.host, one.port).cmp(&(&other.host, other.port)));
        Ok(pins)
    }
}
