//! Nudges: "there may be something to do". A nudge saves waiting; it never carries anything, and one
//! that is lost costs at most a period.

use std::sync::Arc;

use tokio::sync::Notify;

/// The reconcilers by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Task {
    /// Prolongs grants.
    Renew,
    /// Makes deliveries go out.
    Publish,
    /// Finds out what became of unclear ones.
    Settle,
    /// Reads channels' posts back.
    Sync,
    /// Probes logins, announces ends, keeps the heartbeat.
    Watch,
}

impl Task {
    /// All of them, in the order in which a one-thread run takes its steps.
    pub const ALL: [Self; 5] = [
        Self::Watch,
        Self::Renew,
        Self::Settle,
        Self::Publish,
        Self::Sync,
    ];

    /// Its name in reports and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Renew => "renew",
            Self::Publish => "publish",
            Self::Settle => "settle",
            Self::Sync => "sync",
            Self::Watch => "watch",
        }
    }
}

/// Wakes reconcilers. Clones share the bells.
#[derive(Clone, Default)]
pub struct Nudges {
    bells: Arc<[Notify; 5]>,
}

impl Nudges {
    /// Something may be due for this one.
    pub fn nudge(&self, task: Task) {
        self.bell(task).notify_one();
    }

    /// The product clock jumped, or much changed: all look again.
    pub fn nudge_all(&self) {
        for task in Task::ALL {
            self.nudge(task);
        }
    }

    /// Waits for the next nudge of this one; a nudge that came before is not lost.
    pub async fn wait(&self, task: Task) {
        self.bell(task).notified().await;
    }

    fn bell(&self, task: Task) -> &Notify {
        let index = Task::ALL
            .iter()
            .position(|other| *other == task)
            .unwrap_or(0);
        &self.bells[index]
    }
}
