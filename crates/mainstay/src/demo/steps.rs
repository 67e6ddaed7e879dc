//! The demo's steps at the terminal, each with how long it took.

use std::sync::Arc;

use domain::clock::BootClock;

use crate::say;

/// Tells each step when it is done.
pub struct Steps {
    clock: Arc<dyn BootClock>,
    begun: i64,
    last: i64,
}

impl Steps {
    /// Begins to measure.
    #[must_use]
    pub fn new(clock: Arc<dyn BootClock>) -> Self {
        let now = clock.boot_ms();
        Self {
            clock,
            begun: now,
            last: now,
        }
    }

    /// Tells a step that is done.
    pub fn done(&mut self, what: &str) {
        let now = self.clock.boot_ms();
        say::line(format_args!("  {what:<72} {:>6}", seconds(now - self.last)));
        self.last = now;
    }

    /// How long it has been since the beginning.
    #[must_use]
    pub fn whole(&self) -> String {
        seconds(self.clock.boot_ms() - self.begun)
    }
}

fn seconds(ms: i64) -> String {
    format!("{}.{} s", ms / 1_000, ms % 1_000 / 100)
}
