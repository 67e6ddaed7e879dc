//! Marks: every planned post carries one in its text, so that whoever sees the text at the platform, or a
//! call on its way there, knows which post it is.

use std::fmt;

/// The number of a planned post of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(pub u32);

const WORD: &[u8] = b"mark";
const DIGITS: usize = 7;

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mark{:07}", self.0)
    }
}

impl Mark {
    /// The first mark in a text or a request's body, whatever stands around it and however it is encoded.
    #[must_use]
    pub fn find(bytes: &[u8]) -> Option<Self> {
        let mut at = 0;
        while let Some(found) = bytes
            .get(at..)?
            .windows(WORD.len())
            .position(|part| part == WORD)
        {
            let from = at + found + WORD.len();
            let digits = bytes.get(from..from + DIGITS)?;
            if digits.iter().all(u8::is_ascii_digit) {
                return std::str::from_utf8(digits).ok()?.parse().ok().map(Self);
            }
            at = from;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_in_text_and_form() {
        let text = format!("A remark on bread, {} and more", Mark(42));
        assert_eq!(Mark::find(text.as_bytes()), Some(Mark(42)));
        assert_eq!(
            Mark::find(b"caption=bread%20mark0000042%0A"),
            Some(Mark(42))
        );
        assert_eq!(Mark::find(b"market"), None);
        assert_eq!(Mark::find(b""), None);
    }
}
