//! The book: what happened, in order, by post, login and node. A broken promise prints the shortest story
//! from it; the hash over all lines is how two runs of a seed are compared.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::marks::Mark;
use crate::report::Broken;

/// The last lines that are kept of a login or node.
const KEPT: usize = 60;
/// The longest story, in lines.
const STORY: usize = 30;
/// So many operations are named.
const MOST_CALLED: usize = 8;
/// More broken promises than this are counted and not told.
const TOLD: usize = 20;

/// What a line is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A planned post.
    Post(Mark),
    /// A login, by the platform's id of who signed in.
    Login(String),
    /// A node.
    Node(usize),
}

#[derive(Default)]
struct Inner {
    lines: BTreeMap<Subject, VecDeque<(Timestamp, String)>>,
    trace: Sha256,
    traced: u64,
    broken: Vec<Broken>,
    untold: u64,
    counts: BTreeMap<&'static str, u64>,
}

/// See the head of this file.
#[derive(Default)]
pub struct Book(Mutex<Inner>);

impl Book {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a line into the hash of the run and keeps nothing of it.
    pub fn trace(&self, at: Timestamp, line: &str) {
        let mut inner = self.lock();
        inner.traced += 1;
        inner.trace.update(at.as_millisecond().to_le_bytes());
        inner.trace.update(line.as_bytes());
    }

    /// Writes a line about something.
    pub fn note(&self, at: Timestamp, about: Subject, line: impl Into<String>) {
        let line = line.into();
        self.trace(at, &line);
        let mut inner = self.lock();
        let lines = inner.lines.entry(about.clone()).or_default();
        lines.push_back((at, line));
        // A post has few lines, and all of them matter.
        if lines.len() > KEPT && !matches!(about, Subject::Post(_)) {
            lines.pop_front();
        }
    }

    /// Counts one more of something.
    pub fn count(&self, what: &'static str) {
        *self.lock().counts.entry(what).or_default() += 1;
    }

    /// How many there were.
    pub fn counted(&self, what: &'static str) -> u64 {
        self.lock().counts.get(what).copied().unwrap_or(0)
    }

    /// The operations that were called most often, the most frequent first.
    pub fn most_called(&self) -> Vec<(&'static str, u64)> {
        let inner = self.lock();
        let calls = inner.counts.iter().filter(|(what, _)| what.contains('.'));
        let mut calls: Vec<_> = calls.map(|(what, count)| (*what, *count)).collect();
        calls.sort_by_key(|(what, count)| (std::cmp::Reverse(*count), *what));
        calls.truncate(MOST_CALLED);
        calls
    }

    /// A promise is broken.
    pub fn broken(&self, at: Timestamp, promise: u8, what: String, about: &[Subject]) {
        self.trace(at, &what);
        let mut inner = self.lock();
        if inner.broken.len() >= TOLD {
            inner.untold += 1;
            return;
        }
        let story = inner.story(at, about);
        inner.broken.push(Broken {
            at,
            promise,
            what,
            story,
        });
    }

    /// The broken promises, how many more there were, and the hash and number of all lines.
    pub fn close(&self) -> (Vec<Broken>, u64, String, u64) {
        let inner = self.lock();
        let hash = inner.trace.clone().finalize();
        let hex = hash.iter().take(12).map(|byte| format!("{byte:02x}"));
        (
            inner.broken.clone(),
            inner.untold,
            hex.collect(),
            inner.traced,
        )
    }
}

impl Inner {
    /// The lines of all that is concerned, by time; of nodes only what lies between the others.
    fn story(&self, until: Timestamp, about: &[Subject]) -> Vec<String> {
        let own = |subject: &&Subject| !matches!(subject, Subject::Node(_));
        let from = about
            .iter()
            .filter(own)
            .filter_map(|subject| self.lines.get(subject)?.front())
            .map(|(at, _)| *at)
            .min();
        let mut story: Vec<(Timestamp, String)> = Vec::new();
        for subject in about {
            for (at, line) in self.lines.get(subject).into_iter().flatten() {
                let near =
                    !matches!(subject, Subject::Node(_)) || from.is_none_or(|from| *at >= from);
                if near && *at <= until {
                    story.push((*at, line.clone()));
                }
            }
        }
        story.sort_by_key(|(at, _)| *at);
        let skip = story.len().saturating_sub(STORY);
        story
            .into_iter()
            .skip(skip)
            .map(|(at, line)| format!("{} {line}", at.strftime("%m-%d %H:%M:%S%.3f")))
            .collect()
    }
}
