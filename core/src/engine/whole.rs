//! Reading mails whole, list row and body in one, where the connection is so fast that headers first would only make the
//! server work twice (see `sync::pace`).

use std::collections::VecDeque;
use std::sync::Arc;

use super::account::Account;
use super::body_line::take_in;
use super::intake::Intake;
use super::line::Line;
use super::look::Look;
use super::main_line::Stop;
use super::{carry, headers};
use crate::imap::ops::Op;
use crate::imap::{OpId, Uid, UidSet};
use crate::sync::folder::{HeaderRange, Unread};

/// Exchanges under way at once.
const AHEAD: usize = 3;
/// Exchanges before the pace is looked at again.
const MOST: usize = 32;

/// Reads some ranges. `false`: some mails didn't come. The caller holds the account's intake.
pub(super) async fn read_some(
    account: &Arc<Account>,
    line: &mut Line,
    look: &mut Look,
    unread: &mut Unread<'_>,
) -> Result<bool, Stop> {
    let mails = look.pace.mails_at_once().unwrap_or(1).min(line.most_uids());
    // At first little is asked for: it is to tell how fast mail comes.
    let mut left = if look.pace.is_certain() { MOST } else { 1 };
    let mut intake = Intake::new(account, look.folder.id, look.selected.uid_validity);
    let mut under_way: VecDeque<(OpId, HeaderRange)> = VecDeque::new();
    let mut half_read: Vec<HeaderRange> = Vec::new();
    loop {
        while under_way.len() < AHEAD && left > 0 {
            let Some(range) = unread.next(mails) else { break };
            left -= 1;
            under_way.push_back((line.submit(Op::FetchWhole { uids: range.uids.clone() }), range));
        }
        let Some((op, range)) = under_way.pop_front() else { break };
        let (came, broken) = take_in(line, &mut intake, op).await?;
        let (octets, took) = intake.take_pace();
        look.pace.came(octets, took);
        account.packing().came(line.is_packed(), octets, took);
        let missing: Vec<Uid> = range.uids.iter().filter(|uid| !came.contains(uid)).collect();
        if missing.is_empty() {
            intake.close(range.low, range.high);
        } else {
            half_read.push(HeaderRange { uids: UidSet::of(missing), ..range });
        }
        intake.exchange_ended(broken.is_some()).await?;
        if let Some(stop) = broken {
            return Err(stop);
        }
        if carry::is_due(account).await? {
            left = 0;
        }
    }
    intake.exchange_ended(true).await?;
    // A mail that didn't come whole is listed all the same.
    let mut half_read = half_read.into_iter();
    let all_read = headers::read_some(account, line, look, || half_read.next()).await?;
    Ok(all_read)
}
