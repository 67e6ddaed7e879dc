//! A post in the calendar: an edge in the state's colour, the platform, the time, the first words.

use askama::Template;

use super::icon::{Html, mark, platform_name};
use super::state::PostState;
use crate::text::Text;

/// How many platform marks fit into a month's cell; with more, the first stands for all, with a number.
const MARKS_THAT_FIT: usize = 2;

/// A calendar chip.
#[derive(Clone, Debug, Template)]
#[template(path = "components/chip.html")]
pub struct Chip {
    /// Words of the request's language.
    pub text: Text,
    /// Id of what it stands for; the drag reports it.
    pub id: String,
    /// Where a click leads: the side panel's address.
    pub href: String,
    /// The state; of several channels the one that most needs a person.
    pub state: PostState,
    /// The platforms in code, one for each channel.
    pub platforms: Vec<String>,
    /// The time as shown, such as `09:00`.
    pub time: String,
    /// The moment, for machines.
    pub datetime: String,
    /// The first words of the post.
    pub words: String,
    /// Why it would not go out, where that is more than its state says.
    pub note: String,
    /// Whether it may be dragged; what is published may not.
    pub movable: bool,
}

super::safe_html!(Chip);

impl Chip {
    fn marks(&self) -> Vec<Html> {
        let shown = self.platforms.len() - self.further();
        self.platforms
            .iter()
            .take(shown)
            .map(|platform| mark(platform))
            .collect()
    }

    fn further(&self) -> usize {
        if self.platforms.len() > MARKS_THAT_FIT {
            self.platforms.len() - 1
        } else {
            0
        }
    }

    fn platform_names(&self) -> String {
        self.platforms
            .iter()
            .map(|platform| platform_name(&self.text, platform))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Every state once, and the extremes.
    #[must_use]
    pub fn samples(text: &Text) -> Vec<Self> {
        let words = [
            "Winter roast is back",
            "Three new mugs, thrown by hand",
            "Open late on Thursday",
            "Behind the counter with Ida",
            "قهوة الصباح مع الهيل",
        ];
        let mut chips: Vec<Self> = PostState::ALL
            .into_iter()
            .enumerate()
            .map(|(at, state)| Self {
                text: text.clone(),
                id: format!("chip-{at}"),
                href: "#".to_owned(),
                state,
                platforms: vec!["instagram".to_owned()],
                time: format!("{:02}:30", 7 + at),
                datetime: format!("2026-11-24T{:02}:30:00Z", 7 + at),
                words: words[at % words.len()].to_owned(),
                note: if state == PostState::AtRisk {
                    "Lumen Coffee: the sign-in ends on 12 August".to_owned()
                } else {
                    String::new()
                },
                movable: matches!(state, PostState::Scheduled | PostState::Draft),
            })
            .collect();
        if let Some(chip) = chips.get_mut(2) {
            chip.platforms = ["instagram", "bluesky", "facebook", "threads", "pinterest"]
                .map(str::to_owned)
                .to_vec();
            chip.words = "Overlongwordswithoutanyspacethatneverendandmustbecutoff".to_owned();
        }
        chips
    }
}
