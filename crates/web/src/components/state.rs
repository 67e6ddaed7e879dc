//! The state of a post on one channel, told by word, shape and colour together.

use askama::Template;

use super::icon::{Html, icon};
use crate::text::Text;

/// What a colour says; the same five everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Broken, or refused.
    Red,
    /// Waits for a person.
    Amber,
    /// Coming, or news.
    Blue,
    /// Well.
    Green,
    /// Quiet.
    Grey,
}

impl Tone {
    /// The value of `data-tone`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Amber => "amber",
            Self::Blue => "blue",
            Self::Green => "green",
            Self::Grey => "grey",
        }
    }
}

/// A post's state as people see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostState {
    /// Not planned yet.
    Draft,
    /// Waits for an approval.
    InReview,
    /// Planned.
    Scheduled,
    /// Planned, and will not go out unless something is mended.
    AtRisk,
    /// On its way now.
    GoingOut,
    /// Out.
    Published,
    /// The platform itself will send it.
    HandedOver,
    /// The person was reminded to post it.
    Reminded,
    /// Could not go out; kept whole.
    Waiting,
    /// Sent without a clear answer.
    Uncertain,
    /// The platform refused it.
    Rejected,
    /// Taken back by a person.
    Canceled,
    /// Given up by a person.
    Dropped,
}

impl PostState {
    /// Every state.
    pub const ALL: [Self; 13] = [
        Self::Draft,
        Self::InReview,
        Self::Scheduled,
        Self::AtRisk,
        Self::GoingOut,
        Self::Published,
        Self::HandedOver,
        Self::Reminded,
        Self::Waiting,
        Self::Uncertain,
        Self::Rejected,
        Self::Canceled,
        Self::Dropped,
    ];

    /// The value of `data-state`, which gives the colours.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.row().0
    }

    /// The state in words.
    #[must_use]
    pub fn words(self, text: &Text) -> String {
        text.t(self.row().1)
    }

    /// The shape that stands for it.
    #[must_use]
    pub fn shape(self) -> Html {
        icon(self.row().2)
    }

    const fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Draft => ("draft", "state-draft", "circle-dashed"),
            Self::InReview => ("in_review", "state-in-review", "eye"),
            Self::Scheduled => ("scheduled", "state-scheduled", "clock"),
            Self::AtRisk => ("at_risk", "state-at-risk", "triangle-alert"),
            Self::GoingOut => ("going_out", "state-going-out", "send"),
            Self::Published => ("published", "state-published", "circle-check"),
            Self::HandedOver => ("handed_over", "state-handed-over", "share-2"),
            Self::Reminded => ("reminded", "state-reminded", "bell-ring"),
            Self::Waiting => ("waiting", "state-waiting", "circle-pause"),
            Self::Uncertain => ("uncertain", "state-uncertain", "circle-help"),
            Self::Rejected => ("rejected", "state-rejected", "circle-x"),
            Self::Canceled => ("canceled", "state-canceled", "x"),
            Self::Dropped => ("dropped", "state-dropped", "trash-2"),
        }
    }
}

/// The state as a small coloured word.
#[derive(Clone, Debug, Template)]
#[template(path = "components/state_pill.html")]
pub struct StatePill {
    /// The state.
    pub state: PostState,
    /// The words: the state's own, or a reason such as "Won't go out unless you sign in".
    pub words: String,
}

super::safe_html!(StatePill);

impl StatePill {
    /// The pill with the state's own words.
    #[must_use]
    pub fn new(text: &Text, state: PostState) -> Self {
        Self {
            state,
            words: state.words(text),
        }
    }

    /// The pill with other words.
    #[must_use]
    pub fn saying(state: PostState, words: impl Into<String>) -> Self {
        Self {
            state,
            words: words.into(),
        }
    }

    /// Every state.
    #[must_use]
    pub fn samples(text: &Text) -> Vec<Self> {
        PostState::ALL
            .into_iter()
            .map(|state| Self::new(text, state))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_states_share_word_or_shape() {
        let text = Text::english();
        let words: std::collections::BTreeSet<_> = PostState::ALL
            .map(|state| state.words(&text))
            .into_iter()
            .collect();
        let shapes: std::collections::BTreeSet<_> = PostState::ALL
            .map(|state| state.shape().to_string())
            .into_iter()
            .collect();
        assert_eq!((words.len(), shapes.len()), (13, 13));
        assert!(
            StatePill::new(&text, PostState::Waiting)
                .to_string()
                .contains("Waiting for you")
        );
    }
}
