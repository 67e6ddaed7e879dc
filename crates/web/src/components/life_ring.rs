//! The life ring: a channel's picture with its login's life around it. Drawn flat it is the forecast's (`forecast_bar.rs`).
//! Shape and mark tell the state, colour only repeats it, and words say it to those who hear the page.

use askama::Template;

use super::icon::{Html, icon, mark, platform_name};
use crate::text::Text;

/// How a channel's login stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Life {
    /// Extends itself: a closed ring.
    Well,
    /// Good until a day: an arc that shortens; amber in the last quarter.
    GoodUntil {
        /// The part of the life that is left, 0 to 1.
        left: f64,
        /// The day, in words.
        until: String,
    },
    /// Broken: a dashed ring with an exclamation mark.
    NeedsSignIn,
    /// The person posts by hand: a dotted ring.
    ReminderOnly,
    /// A ring with a gap and a key.
    PermissionMissing,
    /// Nothing for the person to do: a faded ring with a cloud.
    PlatformDown,
    /// Not known yet.
    Checking,
    /// Not linked; its posts wait.
    Unlinked,
}

impl Life {
    fn key(&self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::GoodUntil { left, .. } if *left <= 0.25 => "last_quarter",
            Self::GoodUntil { .. } => "good_until",
            Self::NeedsSignIn => "needs_sign_in",
            Self::ReminderOnly => "reminder_only",
            Self::PermissionMissing => "permission_missing",
            Self::PlatformDown => "platform_down",
            Self::Checking => "checking",
            Self::Unlinked => "unlinked",
        }
    }

    /// The state in words, as the channel list and screen readers say it.
    #[must_use]
    pub fn words(&self, text: &Text) -> String {
        match self {
            Self::Well => text.t("life-well"),
            Self::GoodUntil { until, .. } => text.t1("life-good-until", "until", until),
            Self::NeedsSignIn => text.t("life-needs-sign-in"),
            Self::ReminderOnly => text.t("life-reminder-only"),
            Self::PermissionMissing => text.t("life-permission-missing"),
            Self::PlatformDown => text.t("life-platform-down"),
            Self::Checking => text.t("life-checking"),
            Self::Unlinked => text.t("life-unlinked"),
        }
    }

    /// Length of dash and gap in hundredths of the ring; none draws it whole.
    fn dashes(&self) -> Option<String> {
        match self {
            Self::Well | Self::PlatformDown => None,
            Self::GoodUntil { left, .. } => {
                Some(format!("{:.1} 100", left.clamp(0.02, 1.0) * 100.0))
            }
            Self::NeedsSignIn => Some("7 5.5".to_owned()),
            Self::ReminderOnly => Some("0.01 4.1566".to_owned()),
            Self::PermissionMissing => Some("76 24".to_owned()),
            Self::Checking => Some("14 11".to_owned()),
            Self::Unlinked => Some("2 8".to_owned()),
        }
    }

    /// Where the line begins, in degrees: at the top, or so that the gap lies under the key.
    fn turn(&self) -> &'static str {
        if *self == Self::PermissionMissing {
            "rotate(-2 22 22)"
        } else {
            "rotate(-90 22 22)"
        }
    }

    fn has_rest(&self) -> bool {
        matches!(self, Self::GoodUntil { .. })
    }

    fn cap(&self) -> &'static str {
        if matches!(
            self,
            Self::ReminderOnly | Self::GoodUntil { .. } | Self::PermissionMissing
        ) {
            "round"
        } else {
            "butt"
        }
    }
}

/// How large a ring is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RingSize {
    /// 28 px, in dense lists.
    Small,
    /// 40 px.
    #[default]
    Middle,
    /// 68 px, at the head of a channel's page.
    Large,
}

/// A channel's picture with its ring.
#[derive(Clone, Debug, Template)]
#[template(path = "components/life_ring.html")]
pub struct LifeRing {
    /// Words of the request's language.
    pub text: Text,
    /// The channel's name.
    pub name: String,
    /// The platform's name in code, such as `google_business`.
    pub platform: String,
    /// Address of the picture; without one the initials stand in.
    pub picture: Option<String>,
    /// How the login stands.
    pub life: Life,
    /// How large.
    pub size: RingSize,
}

super::safe_html!(LifeRing);

impl LifeRing {
    /// A ring of middle size.
    #[must_use]
    pub fn new(
        text: &Text,
        name: impl Into<String>,
        platform: impl Into<String>,
        picture: Option<String>,
        life: Life,
    ) -> Self {
        Self {
            text: text.clone(),
            name: name.into(),
            platform: platform.into(),
            picture,
            life,
            size: RingSize::Middle,
        }
    }

    /// The same ring in another size.
    #[must_use]
    pub fn sized(mut self, size: RingSize) -> Self {
        self.size = size;
        self
    }

    fn size_name(&self) -> &'static str {
        match self.size {
            RingSize::Small => "small",
            RingSize::Middle => "middle",
            RingSize::Large => "large",
        }
    }

    /// What the ring says: whose it is, where, and how it stands.
    #[must_use]
    pub fn spoken(&self) -> String {
        let platform = platform_name(&self.text, &self.platform);
        self.text.t_args(
            "ring-spoken",
            &[
                ("name", self.name.as_str().into()),
                ("platform", platform.into()),
                ("state", self.life.words(&self.text).into()),
            ],
        )
    }

    fn badge(&self) -> Html {
        mark(&self.platform)
    }

    fn corner(&self) -> Option<Html> {
        match self.life {
            Life::PermissionMissing => Some(icon("key-round")),
            Life::PlatformDown => Some(icon("cloud")),
            Life::Checking => Some(icon("ellipsis")),
            Life::Unlinked => Some(icon("unlink")),
            _ => None,
        }
    }

    fn initials(&self) -> String {
        initials(&self.name)
    }

    fn hue(&self) -> u32 {
        hue(&self.name)
    }

    /// One ring for each state, in the middle size, then the sizes.
    #[must_use]
    pub fn samples(text: &Text) -> Vec<Self> {
        let lives = [
            ("Lumen Coffee", "instagram", Life::Well),
            (
                "Harbour Yoga",
                "linkedin",
                Life::GoodUntil {
                    left: 0.64,
                    until: "12 August".to_owned(),
                },
            ),
            (
                "Nordlicht Reisen",
                "tiktok",
                Life::GoodUntil {
                    left: 0.16,
                    until: "26 November".to_owned(),
                },
            ),
            ("Atelier Marais", "facebook", Life::NeedsSignIn),
            ("Vera Blom", "pinterest", Life::ReminderOnly),
            ("Fjord & Sons", "google_business", Life::PermissionMissing),
            ("مقهى النخيل", "youtube", Life::PlatformDown),
            ("Oak", "mastodon", Life::Checking),
        ];
        let mut rings: Vec<Self> = lives
            .into_iter()
            .map(|(name, platform, life)| Self::new(text, name, platform, None, life))
            .collect();
        rings.push(
            Self::new(text, "Lumen Coffee", "bluesky", None, Life::NeedsSignIn)
                .sized(RingSize::Small),
        );
        rings.push(
            Self::new(
                text,
                "Lumen Coffee",
                "threads",
                None,
                Life::PermissionMissing,
            )
            .sized(RingSize::Large),
        );
        rings.push(
            Self::new(
                text,
                "Lumen Coffee",
                "x",
                None,
                Life::GoodUntil {
                    left: 0.4,
                    until: "3 May".to_owned(),
                },
            )
            .sized(RingSize::Large),
        );
        rings
    }
}

/// The first letters of the first two words.
#[must_use]
pub fn initials(name: &str) -> String {
    name.split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()))
        .take(2)
        .flat_map(char::to_uppercase)
        .collect()
}

/// One of six quiet colours, always the same for a name.
#[must_use]
pub fn hue(name: &str) -> u32 {
    name.bytes().fold(7_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    }) % 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_its_own_shape_and_words() {
        let text = Text::english();
        let mut drawn = std::collections::BTreeSet::new();
        for ring in LifeRing::samples(&text).into_iter().take(8) {
            let html = ring.to_string();
            assert!(html.contains(&ring.life.words(&text)), "{html}");
            assert!(!html.contains('⟦') && !html.contains("style="), "{html}");
            // Without colour: what is left is dash, key and cloud.
            let shape = format!(
                "{:?} {} {}",
                ring.life.dashes(),
                ring.life.has_rest(),
                ring.corner().is_some()
            );
            drawn.insert(shape);
        }
        assert_eq!(drawn.len(), 8);
    }

    #[test]
    fn last_quarter_begins_at_a_quarter() {
        let key = |left| {
            Life::GoodUntil {
                left,
                until: String::new(),
            }
            .key()
        };
        assert_eq!(
            (key(0.26), key(0.25), key(0.0)),
            ("good_until", "last_quarter", "last_quarter")
        );
    }

    #[test]
    fn initials_of_any_script() {
        assert_eq!(initials("Fjord & Sons"), "FS");
        assert_eq!(initials("مقهى النخيل"), "ما");
        assert_eq!(initials(""), "");
    }
}
