//! A tile of the Plan Grid: 3:4, what is on the account already locked, what is planned movable.

use askama::Template;

use super::state::PostState;
use crate::text::Text;

/// What a tile shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileKind {
    /// The account's own post, read back; it does not move.
    Synced,
    /// A post of ours that is planned.
    Planned,
    /// A place that is kept free for an idea.
    Placeholder,
}

/// One tile.
#[derive(Clone, Debug, Template)]
#[template(path = "components/tile.html")]
pub struct GridTile {
    /// Words of the request's language.
    pub text: Text,
    /// Id of what it stands for; the drag reports it.
    pub id: String,
    /// What it is.
    pub kind: TileKind,
    /// Where a click leads.
    pub href: String,
    /// The picture; without one the words stand in.
    pub picture: Option<String>,
    /// What the picture shows, or the first words.
    pub words: String,
    /// State and time of a planned post.
    pub state: Option<PostState>,
    /// Why it would not go out, where that is more than its state says.
    pub note: String,
    /// The time as shown, such as `Tue 24, 09:00`.
    pub when: String,
    /// The moment, for machines.
    pub datetime: String,
    /// How many pictures a carousel has; 1 for a single one.
    pub pictures: usize,
    /// Whether it is a video.
    pub video: bool,
    /// Whether the account made it together with another.
    pub collab: bool,
}

super::safe_html!(GridTile);

impl GridTile {
    fn kind_name(&self) -> &'static str {
        match self.kind {
            TileKind::Synced => "synced",
            TileKind::Planned => "planned",
            TileKind::Placeholder => "placeholder",
        }
    }

    /// Whether it stays where it is: a planned post that is on its way or waits for a decision.
    fn is_locked(&self) -> bool {
        use PostState::{AtRisk, Draft, Scheduled};
        self.kind == TileKind::Planned && !matches!(self.state, Some(AtRisk | Draft | Scheduled))
    }

    /// What a link over the tile says: kind, state, time, words.
    fn spoken(&self) -> String {
        let kind = self.text.t(match self.kind {
            TileKind::Synced => "tile-synced",
            TileKind::Planned => "tile-planned",
            TileKind::Placeholder => "tile-placeholder",
        });
        let state = self
            .state
            .map(|state| state.words(&self.text))
            .unwrap_or_default();
        [
            kind,
            state,
            self.note.clone(),
            self.when.clone(),
            self.words.clone(),
        ]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
    }

    /// Every kind, with and without picture.
    #[must_use]
    pub fn samples(text: &Text) -> Vec<Self> {
        let tile = |kind, state, picture: Option<&str>, words: &str, pictures, collab| Self {
            text: text.clone(),
            id: words.to_owned(),
            kind,
            href: "#".to_owned(),
            picture: picture.map(|name| format!("data:image/svg+xml,{name}")),
            words: words.to_owned(),
            note: if state == Some(PostState::AtRisk) {
                "The sign-in ends on 12 August".to_owned()
            } else {
                String::new()
            },
            state,
            when: if state.is_some() {
                "Tue 24, 09:00".to_owned()
            } else {
                String::new()
            },
            datetime: "2026-11-24T08:00:00Z".to_owned(),
            pictures,
            video: pictures == 0,
            collab,
        };
        let picture = |a: &str, b: &str| {
            format!(
                "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 3 4'%3E%3CradialGradient id='g'%3E%3Cstop stop-color='{a}'/%3E%3Cstop offset='1' stop-color='{b}'/%3E%3C/radialGradient%3E%3Crect width='3' height='4' fill='url(%23g)'/%3E%3C/svg%3E"
            )
        };
        let (warm, cool, moss) = (
            picture("tan", "sienna"),
            picture("lightblue", "steelblue"),
            picture("khaki", "olivedrab"),
        );
        vec![
            tile(
                TileKind::Placeholder,
                None,
                None,
                "Idea: latte art close-up",
                1,
                false,
            ),
            tile(
                TileKind::Planned,
                Some(PostState::Draft),
                None,
                "Open late on Thursday",
                1,
                false,
            ),
            tile(
                TileKind::Planned,
                Some(PostState::AtRisk),
                Some(&cool),
                "Harbour in fog",
                1,
                false,
            ),
            tile(
                TileKind::Planned,
                Some(PostState::Scheduled),
                Some(&moss),
                "Moss and stone",
                4,
                false,
            ),
            tile(
                TileKind::Planned,
                Some(PostState::Waiting),
                Some(&warm),
                "Winter roast",
                1,
                false,
            ),
            tile(TileKind::Synced, None, Some(&cool), "Sea", 0, false),
            tile(TileKind::Synced, None, Some(&warm), "Beans", 1, false),
            tile(TileKind::Synced, None, Some(&moss), "Garden", 3, true),
            tile(
                TileKind::Synced,
                None,
                None,
                "A post without a picture, only words",
                1,
                false,
            ),
        ]
    }
}
