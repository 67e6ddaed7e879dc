//! Time, processor time, medians, and lines on the terminal.

use std::io::Write as _;

use rustix::time::{ClockId, Timespec, clock_gettime};

/// Writes a line. A terminal that is gone is no reason to stop.
pub fn say(text: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// A moment, by the clock on the wall and by this process's use of processors.
#[derive(Clone, Copy)]
pub struct Mark {
    wall_us: i64,
    cpu_us: i64,
}

/// What lay between two moments, in microseconds.
#[derive(Clone, Copy)]
pub struct Took {
    /// On the wall.
    pub wall_us: i64,
    /// Of processors, in this process.
    pub cpu_us: i64,
}

impl Mark {
    /// Now.
    pub fn now() -> Self {
        let micros = |time: Timespec| time.tv_sec * 1_000_000 + time.tv_nsec / 1_000;
        Self {
            wall_us: micros(clock_gettime(ClockId::Monotonic)),
            cpu_us: micros(clock_gettime(ClockId::ProcessCPUTime)),
        }
    }

    /// What lies between it and now.
    pub fn took(self) -> Took {
        let now = Self::now();
        Took {
            wall_us: now.wall_us - self.wall_us,
            cpu_us: now.cpu_us - self.cpu_us,
        }
    }
}

impl Took {
    /// How many of `count` in a second.
    pub fn per_second(self, count: usize) -> f64 {
        float(count) * 1e6 / float(self.wall_us.max(1))
    }

    /// Microseconds of processor for one of `count`.
    pub fn cpu_each(self, count: usize) -> f64 {
        float(self.cpu_us) / float(count.max(1))
    }
}

/// As a fraction; a count here is far below where that would round.
pub fn float<N: TryInto<i64>>(number: N) -> f64 {
    number.try_into().unwrap_or(i64::MAX) as f64
}

/// The middle one.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The one below which so many of a hundred lie.
pub fn percentile(mut numbers: Vec<f64>, of_hundred: usize) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let at = (numbers.len() * of_hundred / 100).min(numbers.len().saturating_sub(1));
    numbers.get(at).copied().unwrap_or(f64::NAN)
}
