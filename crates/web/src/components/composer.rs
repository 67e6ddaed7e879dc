//! Parts of the composer: a channel to switch on, and the post as it will look on a platform.

use askama::Template;

use super::icon::{Html, icon, mark, platform_name};
use super::life_ring::{Life, LifeRing, hue, initials};
use crate::text::Text;

/// A channel to switch on or off for this post. A broken one stays choosable and says what will happen.
#[derive(Clone, Debug, Template)]
#[template(path = "components/channel_toggle.html")]
pub struct ChannelToggle {
    /// The picture with its ring.
    pub ring: LifeRing,
    /// Name of the form value, sent once for each chosen channel.
    pub field: String,
    /// The channel's id.
    pub value: String,
    /// Whether it is chosen.
    pub checked: bool,
    /// What will happen there, where that is not plain: "Will wait for a sign-in".
    pub note: String,
}

super::safe_html!(ChannelToggle, Preview);

impl ChannelToggle {
    /// Chosen, not chosen, broken.
    #[must_use]
    pub fn samples(text: &Text) -> Vec<Self> {
        LifeRing::samples(text)
            .into_iter()
            .take(4)
            .enumerate()
            .map(|(at, ring)| Self {
                note: if ring.life == Life::NeedsSignIn {
                    "Will wait".to_owned()
                } else {
                    String::new()
                },
                ring,
                field: "channel".to_owned(),
                value: format!("{at}"),
                checked: at != 1,
            })
            .collect()
    }
}

/// The post as it will look.
#[derive(Clone, Debug, Template)]
#[template(path = "components/preview.html")]
pub struct Preview {
    /// Words of the request's language.
    pub text: Text,
    /// The platform in code.
    pub platform: String,
    /// The channel's name.
    pub name: String,
    /// The account's name on its platform.
    pub handle: String,
    /// Address of the account's picture.
    pub picture: Option<String>,
    /// Address and description of each picture.
    pub media: Vec<(String, String)>,
    /// The text of the post.
    pub words: String,
    /// Id of the field whose text is shown while it is typed.
    pub source: String,
}

impl Preview {
    /// Whether the platform shows words above pictures, like a conversation, or pictures above words.
    fn is_feed(&self) -> bool {
        matches!(
            self.platform.as_str(),
            "bluesky" | "threads" | "mastodon" | "x" | "facebook" | "linkedin" | "google_business"
        )
    }

    fn platform_title(&self) -> String {
        self.text.t1(
            "preview-title",
            "platform",
            platform_name(&self.text, &self.platform),
        )
    }

    fn badge(&self) -> Html {
        mark(&self.platform)
    }

    fn initials(&self) -> String {
        initials(&self.name)
    }

    fn hue(&self) -> u32 {
        hue(&self.name)
    }

    fn tools(&self) -> Vec<Html> {
        if self.is_feed() {
            ["message-circle", "repeat-2", "heart", "share-2"]
        } else {
            ["heart", "message-circle", "send", "bookmark"]
        }
        .map(icon)
        .into()
    }

    /// Both looks.
    #[must_use]
    pub fn samples(text: &Text) -> Vec<Self> {
        let picture = super::tile::GridTile::samples(text)
            .swap_remove(2)
            .picture
            .unwrap_or_default();
        ["instagram", "bluesky"]
            .map(|platform| Self {
                text: text.clone(),
                platform: platform.to_owned(),
                name: "Lumen Coffee".to_owned(),
                handle: "lumen.coffee".to_owned(),
                picture: None,
                media: vec![(picture.clone(), "Harbour in fog".to_owned())],
                words: "Winter roast is back.\nCome in, it is warm. #coffee".to_owned(),
                source: "sample-note".to_owned(),
            })
            .into()
    }
}
