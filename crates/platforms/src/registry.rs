//! The one list of platforms that stand. A line here is the last step of adding one.

use domain::platform::Platform as Name;

use crate::Platform;

/// All adapters.
#[must_use]
pub fn all() -> [&'static dyn Platform; 3] {
    [
        &crate::instagram::Instagram,
        &crate::facebook::Facebook,
        &crate::bluesky::Bluesky,
    ]
}

/// The adapter of a platform; none where it does not stand yet.
#[must_use]
pub fn get(name: Name) -> Option<&'static dyn Platform> {
    all()
        .into_iter()
        .find(|platform| platform.facts().platform == name)
        .or_else(|| stand_ins::find(name))
}

#[cfg(feature = "stand-ins")]
pub use stand_ins::stand_in;

/// Adapters that tests bring along, in the whole process. (Not on one thread: what is done in a transaction
/// on PostgreSQL runs on another.)
#[cfg(feature = "stand-ins")]
mod stand_ins {
    use std::sync::{Mutex, PoisonError};

    use super::{Name, Platform};

    static BROUGHT: Mutex<Vec<&'static dyn Platform>> = Mutex::new(Vec::new());

    /// From now on [`super::get`] finds this adapter for its platform, where none stands in
    /// [`super::all`]. The first one that is brought along for a platform stays.
    pub fn stand_in(adapter: &'static dyn Platform) {
        let name = adapter.facts().platform;
        let mut brought = BROUGHT.lock().unwrap_or_else(PoisonError::into_inner);
        if brought.iter().all(|one| one.facts().platform != name) {
            brought.push(adapter);
        }
    }

    pub(super) fn find(name: Name) -> Option<&'static dyn Platform> {
        let brought = BROUGHT.lock().unwrap_or_else(PoisonError::into_inner);
        brought
            .iter()
            .copied()
            .find(|one| one.facts().platform == name)
    }
}

/// Without the feature `stand-ins`, which only tests switch on, there are none.
#[cfg(not(feature = "stand-ins"))]
mod stand_ins {
    use super::{Name, Platform};

    pub(super) const fn find(_: Name) -> Option<&'static dyn Platform> {
        None
    }
}
