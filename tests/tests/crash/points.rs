//! The points themselves: the list of every durable write and every call of a journey, by name. A new
//! write or call changes the list, and this test asks that it be looked at.

use std::collections::{BTreeMap, BTreeSet};

/// Which sides of which points a run passed, without repeats, in the order of their names.
pub fn names(passed: &[String]) -> Vec<String> {
    let bare = passed.iter().map(|point| {
        let name = point
            .rsplit_once(':')
            .map_or(point.as_str(), |(name, _)| name);
        name.to_owned()
    });
    bare.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The numbers of the points at which to kill: the first three of each name and side, and its last. A
/// claim that finds nothing passes a hundred times in one journey and is the same each time.
pub fn chosen(passed: &[String]) -> Vec<usize> {
    let mut seen: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, point) in passed.iter().enumerate() {
        seen.entry(point).or_default().push(number);
    }
    let few = seen
        .values()
        .flat_map(|numbers| numbers.iter().take(3).chain(numbers.last()));
    few.copied().collect::<BTreeSet<_>>().into_iter().collect()
}
