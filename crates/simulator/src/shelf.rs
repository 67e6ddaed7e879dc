//! Things by id that are also found by whose they are, oldest first. In a snapshot it is a plain
//! map by id; the rest is made anew from it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What can be put on a [`Shelf`].
pub trait Shelved {
    /// Under which names it is found (its owner first), and its place there. Neither may change
    /// while it is on the shelf.
    fn places(&self) -> (Vec<Cow<'_, str>>, i64);
}

/// Ordered things by id, and by owner and moment.
#[derive(Clone, Debug)]
pub struct Shelf<T> {
    by_id: BTreeMap<String, T>,
    by_owner: BTreeMap<String, BTreeSet<(i64, String)>>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            by_id: BTreeMap::new(),
            by_owner: BTreeMap::new(),
        }
    }
}

impl<T: Serialize> Serialize for Shelf<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.by_id.serialize(serializer)
    }
}

impl<'de, T: Shelved + Deserialize<'de>> Deserialize<'de> for Shelf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut shelf = Self::default();
        for (id, thing) in BTreeMap::deserialize(deserializer)? {
            shelf.insert(id, thing);
        }
        Ok(shelf)
    }
}

impl<T: Shelved> Shelf<T> {
    /// Puts a thing under its id.
    pub fn insert(&mut self, id: String, thing: T) {
        self.remove(&id);
        let (names, at) = thing.places();
        for name in names {
            match self.by_owner.get_mut(&*name) {
                Some(own) => {
                    own.insert((at, id.clone()));
                }
                None => {
                    let own = BTreeSet::from([(at, id.clone())]);
                    self.by_owner.insert(name.into_owned(), own);
                }
            }
        }
        self.by_id.insert(id, thing);
    }

    /// Takes a thing away.
    pub fn remove(&mut self, id: &str) -> Option<T> {
        let thing = self.by_id.remove(id)?;
        let (names, at) = thing.places();
        for name in names {
            if let Some(own) = self.by_owner.get_mut(&*name) {
                own.remove(&(at, id.to_owned()));
            }
        }
        Some(thing)
    }

    /// Takes away what `owner` has from before a moment.
    pub fn forget(&mut self, owner: &str, before_ms: i64) {
        let old: Vec<String> = self
            .by_owner
            .get(owner)
            .into_iter()
            .flatten()
            .take_while(|(at, _)| *at < before_ms)
            .map(|(_, id)| id.clone())
            .collect();
        for id in old {
            self.remove(&id);
        }
    }

    /// What is between two moments, the second one left out, by its owner's name; oldest first.
    pub fn between<'a>(
        &'a self,
        owner: &str,
        from: (i64, &str),
        to: (i64, &str),
    ) -> impl DoubleEndedIterator<Item = (&'a String, &'a T)> + use<'a, T> {
        let (from, to) = ((from.0, from.1.to_owned()), (to.0, to.1.to_owned()));
        let own = self.by_owner.get(owner).filter(|_| from <= to);
        own.map(|own| own.range(from..to))
            .into_iter()
            .flatten()
            .filter_map(|(_, id)| Some((id, self.by_id.get(id)?)))
    }

    /// Everything under a name, oldest first.
    pub fn of<'a>(
        &'a self,
        owner: &str,
    ) -> impl DoubleEndedIterator<Item = (&'a String, &'a T)> + use<'a, T> {
        self.between(owner, (i64::MIN, ""), (i64::MAX, ""))
    }

    /// How many there are under a name.
    #[must_use]
    pub fn count(&self, owner: &str) -> usize {
        self.by_owner.get(owner).map_or(0, BTreeSet::len)
    }
}

impl<T> Shelf<T> {
    /// The thing of an id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&T> {
        self.by_id.get(id)
    }

    /// The thing of an id, to change. Owner and moment must stay.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.by_id.get_mut(id)
    }

    /// Whether there is one.
    #[must_use]
    pub fn contains_key(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// All of them by id.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&String, &T)> {
        self.by_id.iter()
    }

    /// All of them.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.by_id.values()
    }

    /// All of them, to change. Owners and moments must stay.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut T> {
        self.by_id.values_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Thing(String, i64);

    impl Shelved for Thing {
        fn places(&self) -> (Vec<Cow<'_, str>>, i64) {
            (vec![Cow::from(&self.0)], self.1)
        }
    }

    #[test]
    fn found_by_owner_also_after_a_snapshot() {
        let mut shelf = Shelf::default();
        for (id, owner, at) in [("c", "anna", 3), ("a", "anna", 1), ("b", "jonas", 2)] {
            shelf.insert(id.to_owned(), Thing(owner.to_owned(), at));
        }
        let saved = serde_json::to_value(&shelf).unwrap();
        let mut shelf: Shelf<Thing> = serde_json::from_value(saved).unwrap();
        let ids = |shelf: &Shelf<Thing>| -> Vec<String> {
            shelf.of("anna").map(|(id, _)| id.clone()).collect()
        };
        assert_eq!(ids(&shelf), ["a", "c"]);
        let late: Vec<_> = shelf.between("anna", (1, "b"), (4, "")).collect();
        assert_eq!(late.len(), 1);
        shelf.forget("anna", 3);
        assert_eq!(ids(&shelf), ["c"]);
        assert_eq!((shelf.count("anna"), shelf.count("jonas")), (1, 1));
        assert!(shelf.get("a").is_none());
    }
}
