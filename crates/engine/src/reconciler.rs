//! The shape of background work: one step at a time, a report of it, and many calls at once without a
//! task of their own, so that dropping the step drops all of it.

use std::future::Future;

use futures_util::StreamExt as _;

/// What one step did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows that went well.
    pub done: u64,
    /// Rows that did not.
    pub troubled: u64,
    /// The claim was full: there is likely more.
    pub more: bool,
}

impl Report {
    /// Whether nothing was found.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.done == 0 && self.troubled == 0
    }
}

/// Runs all, at most `at_once` at a time, on the calling task; the outcomes in the order they came.
pub async fn all<F>(work: impl IntoIterator<Item = F>, at_once: usize) -> Vec<F::Output>
where
    F: Future,
{
    futures_util::stream::iter(work)
        .buffer_unordered(at_once.max(1))
        .collect()
        .await
}
