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
}
