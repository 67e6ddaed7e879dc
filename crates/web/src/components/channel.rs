//! One channel in a list, one account in a comparison, one platform that may be connected.

use askama::Template;

use super::action::Action;
use super::icon::{Html, mark, platform_name};
use super::life_ring::{Life, LifeRing};
use super::menu::Menu;
use super::state::Tone;
use crate::text::Text;

/// A channel in a list. The whole row leads to the channel, the button mends it.
#[derive(Clone, Debug, Template)]
#[template(path = "components/channel_row.html")]
pub struct ChannelRow {
    /// The picture with its ring.
    pub ring: LifeRing,
    /// Where the row leads.
    pub href: String,
    /// The account's name on its platform, such as `@lumen.coffee`.
    pub handle: String,
    /// The state in words, trouble first: "Needs sign-in: the password changed".
    pub health: String,
    /// Colour of the state; none where all is well.
    pub tone: Option<Tone>,
    /// What else is worth a line, in order: since when, held posts.
    pub details: Vec<String>,
    /// The page about its cause, where it is not well.
    pub about: Option<String>,
    /// The last check, ready to read: "Checked 4 min ago".
    pub checked: String,
    /// Whose sign-in: "Anna's, 12 March, through Facebook".
    pub sign_in: String,
    /// The one main button, whose label follows the state.
    pub main: Option<Action>,
    /// Everything else.
    pub menu: Menu,
}

super::safe_html!(ChannelRow, Account, PlatformTile);

impl ChannelRow {
    fn platform(&self) -> String {
        platform_name(&self.ring.text, &self.ring.platform)
    }

    /// Well, ending, broken, by hand.
    #[must_use]
    pub fn samples(text: &Text) -> Vec<Self> {
        let row = |at: usize,
                   handle: &str,
                   health: &str,
                   tone,
                   details: &[&str],
                   main: Option<Action>| {
            let ring = LifeRing::samples(text).swap_remove(at);
            let menu = Menu::dots(
                text.t1("more-for", "name", ring.name.as_str()),
                Menu::samples().swap_remove(0).items,
            );
            Self {
                ring,
                href: "#".to_owned(),
                handle: handle.to_owned(),
                health: health.to_owned(),
                tone,
                details: details.iter().map(|detail| (*detail).to_owned()).collect(),
                about: tone.map(|_| "#".to_owned()),
                checked: "Checked 4 min ago".to_owned(),
                sign_in: "Anna’s sign-in, 12 March, through Facebook".to_owned(),
                main,
                menu,
            }
        };
        vec![
            row(
                3,
                "@atelier.marais",
                "Needs sign-in: the password changed",
                Some(Tone::Red),
                &["Since 3 May", "3 posts wait"],
                Some(Action::link("Refresh Credentials", "#").primary()),
            ),
            row(
                5,
                "fjord-and-sons-outdoor-equipment-and-very-long-handle",
                "Permission missing: publish posts",
                Some(Tone::Amber),
                &["1 post waits"],
                Some(Action::link("Refresh Credentials", "#").primary()),
            ),
            row(
                2,
                "@nordlicht",
                "Needs sign-in by 26 November",
                Some(Tone::Amber),
                &["2 posts planned after it"],
                Some(Action::link("Refresh Channel Connection", "#")),
            ),
            row(0, "@lumen.coffee", "Well, extends itself", None, &[], None),
            row(
                6,
                "@nakheel",
                "Platform is down, nothing for you to do",
                Some(Tone::Grey),
                &["Since 20 min"],
                None,
            ),
            row(
                4,
                "@verablom",
                "Reminder-only",
                None,
                &[],
                Some(Action::post("Switch to auto-post", "#")),
            ),
        ]
    }
}

/// One account with its picture, for "use this one" and "that came back instead".
#[derive(Clone, Debug, Template)]
#[template(path = "components/account.html")]
pub struct Account {
    /// What it is here, such as "Sign in as".
    pub label: String,
    /// The picture with its ring.
    pub ring: LifeRing,
    /// The account's name on its platform.
    pub handle: String,
}

impl Account {
    /// The right one and another one.
    #[must_use]
    pub fn samples(text: &Text) -> Vec<Self> {
        let ring = |name: &str, life| LifeRing::new(text, name, "instagram", None, life);
        vec![
            Self {
                label: "Needed".to_owned(),
                ring: ring("Lumen Coffee", Life::NeedsSignIn),
                handle: "@lumen.coffee".to_owned(),
            },
            Self {
                label: "Signed in".to_owned(),
                ring: ring("Ida Private", Life::Checking),
                handle: "@ida.privat".to_owned(),
            },
        ]
    }
}

/// A platform that may be connected, or that cannot be yet and says whom to ask.
#[derive(Clone, Debug, Template)]
#[template(path = "components/platform_tile.html")]
pub struct PlatformTile {
    /// Words of the request's language.
    pub text: Text,
    /// The platform in code.
    pub platform: String,
    /// Where it leads; none where no app is set up.
    pub href: Option<String>,
    /// What it connects, or whom to ask.
    pub note: String,
}

impl PlatformTile {
    fn name(&self) -> String {
        platform_name(&self.text, &self.platform)
    }

    fn drawn(&self) -> Html {
        mark(&self.platform)
    }

    /// Ready, and not set up.
    #[must_use]
    pub fn samples(text: &Text) -> Vec<Self> {
        super::icon::PLATFORMS
            .iter()
            .enumerate()
            .map(|(at, (platform, _))| Self {
                text: text.clone(),
                platform: (*platform).to_owned(),
                href: (at % 4 != 3).then(|| "#".to_owned()),
                note: if at % 4 == 3 {
                    "Not set up here yet. Ask Mara Lind.".to_owned()
                } else {
                    "Posts by itself".to_owned()
                },
            })
            .collect()
    }
}
