//! The key ring: a text of a few lines, from a file or the environment.
//!
//! ```text
//! # a comment
//! 2 iZ1…=      the first key seals (and opens)
//! 1 pQ8…=      every other key only opens
//! ```
//! A line is a key's number and its 32 bytes in base64; commas may stand for line ends, so that the
//! text fits into one variable. No message quotes a line.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::chance::Chance;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use zeroize::Zeroizing;

use crate::sealing::Key;

/// The number of a key: at least 1, never used for another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(u32);

impl KeyId {
    /// The number of an installation's first key.
    pub const FIRST: Self = Self(1);

    /// A key's number, unless it is zero.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        if number == 0 {
            None
        } else {
            Some(Self(number))
        }
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What is wrong with a key ring, and in which line (0: the whole).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key ring cannot be used: {}{problem}", if *line == 0 { String::new() } else { format!("line {line}: ") })]
pub struct BadKeyRing {
    /// The line, counted from 1; 0 when it is about the whole.
    pub line: usize,
    /// What is wrong.
    pub problem: KeyProblem,
}

/// What is wrong with a line or a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// No key at all.
    #[error("it has no key")]
    Empty,
    /// Not a number and a text.
    #[error("it is not a number, a space and a key")]
    Shape,
    /// Not a number from 1 on.
    #[error("it does not begin with a key number from 1 to 4294967295")]
    Number,
    /// Not base64.
    #[error("the key is not base64")]
    Base64,
    /// Not 32 bytes.
    #[error("the key does not have 32 bytes")]
    Length,
    /// One byte 32 times over: no key was ever drawn like that.
    #[error("the key is one repeated byte, so it is no real key")]
    Weak,
    /// The number is there already.
    #[error("this key number is there twice")]
    SameNumber,
    /// The bytes are there already.
    #[error("this key is there already under another number")]
    SameKey,
    /// The ring does not have it.
    #[error("the key ring has no key of that number")]
    Unknown,
    /// The sealing key cannot be taken out.
    #[error("this key seals, so it cannot be taken out")]
    StillSeals,
}

impl BadKeyRing {
    const fn whole(problem: KeyProblem) -> Self {
        Self { line: 0, problem }
    }

    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self.problem {
            KeyProblem::Empty => {
                "make one with `mainstay keys new` and keep it apart from the database"
            }
            KeyProblem::StillSeals => {
                "make another key the sealing key first: `mainstay keys rotate`"
            }
            _ => "compare it with your copy of the key ring; each line is NUMBER BASE64",
        }
    }
}

/// The keys of an installation: one seals, all open.
#[derive(Clone)]
pub struct KeyRing {
    sealing: KeyId,
    /// Shared between rings: a key's bytes are in memory once, and wiped once.
    keys: BTreeMap<KeyId, Arc<Key>>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("sealing", &self.sealing.0)
            .field("opens", &self.opening_text())
            .finish()
    }
}

impl KeyRing {
    /// Reads a key ring's text.
    ///
    /// # Errors
    /// What is wrong and in which line, without quoting it.
    pub fn parse(text: &SecretString) -> Result<Self, BadKeyRing> {
        let mut ring: Option<Self> = None;
        for (at, line) in text.expose_secret().lines().enumerate() {
            // A comment goes to the end of its line, commas and all.
            let line = line.split('#').next().unwrap_or_default();
            for entry in line.split(',').map(str::trim) {
                if entry.is_empty() {
                    continue;
                }
                let in_line = |problem| BadKeyRing {
                    line: at + 1,
                    problem,
                };
                let (id, key) = parse_entry(entry).map_err(in_line)?;
                ring = Some(match ring {
                    None => Self {
                        sealing: id,
                        keys: BTreeMap::from([(id, key)]),
                    },
                    Some(ring) => ring.with_key(id, key).map_err(|bad| in_line(bad.problem))?,
                });
            }
        }
        ring.ok_or(BadKeyRing::whole(KeyProblem::Empty))
    }

    /// A ring with one new key.
    #[must_use]
    pub fn generate(chance: &dyn Chance) -> Self {
        let key = new_key(chance);
        Self {
            sealing: KeyId::FIRST,
            keys: BTreeMap::from([(KeyId::FIRST, key)]),
        }
    }

    /// The text that [`KeyRing::parse`] reads, the sealing key first. It is the secret of all secrets.
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        let mut text = Zeroizing::new(String::from(
            "# Mainstay key ring: the first key seals, the others only open.\n",
        ));
        let others = self.keys.iter().filter(|(id, _)| **id != self.sealing);
        for (id, key) in self
            .keys
            .get_key_value(&self.sealing)
            .into_iter()
            .chain(others)
        {
            let encoded = Zeroizing::new(STANDARD.encode(key.expose_secret()));
            text.push_str(&format!("{id} "));
            text.push_str(&encoded);
            text.push('\n');
        }
        SecretString::from(text.as_str())
    }

    /// The key that seals.
    #[must_use]
    pub const fn sealing(&self) -> KeyId {
        self.sealing
    }

    /// Every key that opens, the sealing one included, in order.
    pub fn opening(&self) -> impl Iterator<Item = KeyId> + '_ {
        self.keys.keys().copied()
    }

    /// The numbers of the keys that open, as a node tells them in its heartbeat: `1 2`.
    #[must_use]
    pub fn opening_text(&self) -> String {
        self.opening()
            .map(|id| id.to_string())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Whether the ring has that key.
    #[must_use]
    pub fn opens(&self, id: KeyId) -> bool {
        self.keys.contains_key(&id)
    }

    /// The same ring with one new key that only opens; its number is the next free one.
    ///
    /// # Errors
    /// When the numbers are used up.
    pub fn with_new_key(&self, chance: &dyn Chance) -> Result<(Self, KeyId), BadKeyRing> {
        let highest = self.keys.keys().next_back().map_or(0, |id| id.0);
        let id = highest
            .checked_add(1)
            .map(KeyId)
            .ok_or(BadKeyRing::whole(KeyProblem::Number))?;
        Ok((self.clone().with_key(id, new_key(chance))?, id))
    }

    /// The same ring, with `id` as the sealing key; the one before opens on.
    ///
    /// # Errors
    /// When the ring does not have it.
    pub fn with_sealing(&self, id: KeyId) -> Result<Self, BadKeyRing> {
        if !self.opens(id) {
            return Err(BadKeyRing::whole(KeyProblem::Unknown));
        }
        Ok(Self {
            sealing: id,
            keys: self.keys.clone(),
        })
    }

    /// The same ring without `id`.
    ///
    /// # Errors
    /// When it is the sealing key, or not there.
    pub fn without(&self, id: KeyId) -> Result<Self, BadKeyRing> {
        if id == self.sealing {
            return Err(BadKeyRing::whole(KeyProblem::StillSeals));
        }
        let mut keys = self.keys.clone();
        keys.remove(&id)
            .ok_or(BadKeyRing::whole(KeyProblem::Unknown))?;
        Ok(Self {
            sealing: self.sealing,
            keys,
        })
    }

    pub(crate) fn key(&self, id: KeyId) -> Option<&Key> {
        self.keys.get(&id).map(Arc::as_ref)
    }

    fn with_key(mut self, id: KeyId, key: Arc<Key>) -> Result<Self, BadKeyRing> {
        if self
            .keys
            .values()
            .any(|there| there.expose_secret() == key.expose_secret())
            && !self.opens(id)
        {
            return Err(BadKeyRing::whole(KeyProblem::SameKey));
        }
        match self.keys.insert(id, key) {
            None => Ok(self),
            Some(_) => Err(BadKeyRing::whole(KeyProblem::SameNumber)),
        }
    }
}

fn parse_entry(entry: &str) -> Result<(KeyId, Arc<Key>), KeyProblem> {
    let (number, encoded) = entry
        .split_once(char::is_whitespace)
        .ok_or(KeyProblem::Shape)?;
    let id = number
        .parse()
        .ok()
        .and_then(KeyId::new)
        .ok_or(KeyProblem::Number)?;
    let bytes = Zeroizing::new(
        STANDARD
            .decode(encoded.trim())
            .map_err(|_| KeyProblem::Base64)?,
    );
    if bytes.len() != 32 {
        return Err(KeyProblem::Length);
    }
    if bytes.iter().all(|byte| Some(byte) == bytes.first()) {
        return Err(KeyProblem::Weak);
    }
    let key = SecretBox::init_with_mut(|key: &mut [u8; 32]| key.copy_from_slice(&bytes));
    Ok((id, Arc::new(key)))
}

fn new_key(chance: &dyn Chance) -> Arc<Key> {
    Arc::new(SecretBox::init_with_mut(|key: &mut [u8; 32]| {
        chance.fill(key);
    }))
}
