//! What was measured: samples, their middle and spread, and rows of them.

use std::time::Duration;

use crate::measure::Run;

/// A contender in one scenario.
pub(crate) struct Row {
    pub(crate) name: String,
    /// Seconds.
    pub(crate) wall: Sample,
    /// Processor seconds of the client.
    pub(crate) cpu: Sample,
    /// Processor seconds of the server.
    pub(crate) server_cpu: Sample,
    /// Of the client, in MB.
    pub(crate) peak: Sample,
    /// To and from the server, TLS included; counted in a further run through a relay.
    pub(crate) bytes: Option<u64>,
}

/// The contenders of one scenario. Ratios are to the first row.
pub(crate) struct Section {
    pub(crate) title: String,
    /// What was done, and what is odd about it.
    pub(crate) note: String,
    pub(crate) rows: Vec<Row>,
    /// Figures of another kind, one a line.
    pub(crate) lines: Vec<String>,
    /// The same for targets, by name.
    pub(crate) figures: Vec<(&'static str, f64)>,
}

/// Several measurements of one thing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sample(Vec<f64>);

impl Sample {
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
        self.0.sort_by(f64::total_cmp);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// `share` from 0 (the least) to 1 (the most); between two measurements, in the middle of them for the median.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let Some(last) = self.0.len().checked_sub(1) else { return f64::NAN };
        let place = share * last as f64;
        let (low, high) = (self.0[place.floor() as usize], self.0[place.ceil() as usize]);
        low + (high - low) * place.fract()
    }

    pub(crate) fn least(&self) -> f64 {
        self.quantile(0.0)
    }

    pub(crate) fn most(&self) -> f64 {
        self.quantile(1.0)
    }
}

impl FromIterator<f64> for Sample {
    fn from_iter<T: IntoIterator<Item = f64>>(values: T) -> Self {
        let mut sample = Self::default();
        values.into_iter().for_each(|value| sample.push(value));
        sample
    }
}

impl Row {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            wall: Sample::default(),
            cpu: Sample::default(),
            server_cpu: Sample::default(),
            peak: Sample::default(),
            bytes: None,
        }
    }

    /// Adds a run up to the moment it said `until`; without one, up to its end.
    pub(crate) fn add(&mut self, run: &Run, until: Option<&str>) {
        let (at, cpu) = match until {
            Some(name) => (run.time_of(name), run.cpu_at(name)),
            None => (run.wall, run.cpu),
        };
        self.add_times(at, cpu, run);
    }

    /// The same from one moment to another.
    pub(crate) fn add_between(&mut self, run: &Run, from: &str, until: &str) {
        let wall = run.time_of(until).saturating_sub(run.time_of(from));
        let cpu = run.cpu_at(until).saturating_sub(run.cpu_at(from));
        self.add_times(wall, cpu, run);
    }

    fn add_times(&mut self, wall: Duration, cpu: Duration, run: &Run) {
        self.wall.push(wall.as_secs_f64());
        self.cpu.push(cpu.as_secs_f64());
        self.server_cpu.push(run.server_cpu.as_secs_f64());
        self.peak.push(run.peak_kb as f64 / 1024.0);
    }
}

impl Section {
    pub(crate) fn new(title: &str, note: impl Into<String>) -> Self {
        Self {
            title: title.to_owned(),
            note: note.into(),
            rows: Vec::new(),
            lines: Vec::new(),
            figures: Vec::new(),
        }
    }

    /// The row of a contender, made if it isn't there.
    pub(crate) fn row(&mut self, name: &str) -> &mut Row {
        let place = self.rows.iter().position(|row| row.name == name).unwrap_or_else(|| {
            self.rows.push(Row::new(name));
            self.rows.len() - 1
        });
        &mut self.rows[place]
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }
}
