//! Deliberate mistakes, one at a time, so that the rehearsal can be seen to find each. Without the feature
//! `breakages`, which only tests switch on, nothing of it is compiled in.

/// A mistake that breaks a promise of DESIGN section 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breakage {
    /// No intent is written before a renewal (promise 4).
    NoJournal,
    /// A refusal is believed without reading the store again (promise 3).
    NoReread,
    /// A 503 is taken as the end of a login (promise 3).
    OutageIsDeath,
    /// A step that shows a post is called without a fence (promise 2).
    FenceSkipped,
    /// It is called first, and recorded afterwards (promise 2).
    SentBeforeRecorded,
    /// An empty refresh token replaces the stored one (promise 4).
    EmptySecretStored,
    /// Nobody asks whether the lease still holds before the first byte leaves (promise 2).
    LeaseUnchecked,
    /// A post goes out however late it is (section 2).
    LatenessIgnored,
}

/// All of them.
pub const ALL: [Breakage; 8] = [
    Breakage::NoJournal,
    Breakage::NoReread,
    Breakage::OutageIsDeath,
    Breakage::FenceSkipped,
    Breakage::SentBeforeRecorded,
    Breakage::EmptySecretStored,
    Breakage::LeaseUnchecked,
    Breakage::LatenessIgnored,
];

#[cfg(feature = "breakages")]
mod switch {
    use std::sync::atomic::{AtomicU8, Ordering};

    static ON: AtomicU8 = AtomicU8::new(0);

    /// 0 is none.
    const fn number(what: super::Breakage) -> u8 {
        what as u8 + 1
    }

    /// Makes one mistake from now on, in the whole process; none makes none. (Not on one thread: what is
    /// done in a transaction on PostgreSQL runs on another.)
    pub fn make(what: Option<super::Breakage>) {
        ON.store(what.map_or(0, number), Ordering::SeqCst);
    }

    pub(crate) fn is_made(what: super::Breakage) -> bool {
        ON.load(Ordering::SeqCst) == number(what)
    }
}

#[cfg(feature = "breakages")]
pub(crate) use switch::is_made;
#[cfg(feature = "breakages")]
pub use switch::make;

/// Whether the mistake is made. Never, in the product.
#[cfg(not(feature = "breakages"))]
pub(crate) const fn is_made(_: Breakage) -> bool {
    false
}
