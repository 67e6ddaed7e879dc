//! What the forecast says of a channel and of the whole, for the page and for the picture alike.

use domain::channel::{Link, Mode};
use domain::forecast::Urgency;
use domain::health::Health;
use domain::horizon::Outlook;
use domain::ids::SocialSetId;

use crate::actions::forecasts::{Read, Row};
use crate::components::{Life, LifeRing, RingSize};
use crate::pages::help::cause_title;
use crate::pages::planning::{Say, picture};
use crate::text::Text;

/// What a channel is listed under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Somebody is needed now.
    Now,
    /// Somebody will be, within the window.
    Later,
    /// It is not linked, and posts are planned on it.
    UnlinkedWithPosts,
    /// Nobody is needed, and nobody knows until when.
    Unclear,
    /// Nobody is needed.
    Nobody,
    /// No login is needed.
    Aside,
}

impl Group {
    /// The group of a channel; channels come in the order of their groups.
    #[must_use]
    pub fn of(row: &Row) -> Self {
        match row.urgency() {
            Urgency::Now => Self::Now,
            Urgency::Later(_) => Self::Later,
            Urgency::UnlinkedWithPosts => Self::UnlinkedWithPosts,
            Urgency::Unclear => Self::Unclear,
            Urgency::Nobody => Self::Nobody,
            Urgency::ReminderOnly | Urgency::Unlinked => Self::Aside,
        }
    }

    /// Its heading.
    #[must_use]
    pub fn words(self, text: &Text) -> String {
        text.t(match self {
            Self::Now => "forecast-group-now",
            Self::Later => "forecast-group-later",
            Self::UnlinkedWithPosts => "forecast-group-unlinked",
            Self::Unclear => "forecast-group-unclear",
            Self::Nobody => "forecast-group-nobody",
            Self::Aside => "forecast-group-aside",
        })
    }
}

/// How its login is and will be, in a few words.
#[must_use]
pub fn state(say: &Say, row: &Row) -> String {
    let text = &say.text;
    match (row.channel.link, row.channel.mode, &row.login) {
        (Link::Unlinked, _, _) => return text.t("channel-unlinked"),
        (_, Mode::Remind, _) => return text.t("channel-remind"),
        (_, Mode::Auto, None) => return text.t("channel-no-sign-in"),
        _ => {}
    }
    let Some(login) = &row.login else {
        return text.t("channel-no-sign-in");
    };
    let why = login.cause.map(|cause| cause_title(text, cause));
    match (login.health, why) {
        (Health::NeedsRefresh, Some(why)) => text.t1("channel-needs-because", "why", why),
        (Health::Limited, Some(why)) => why,
        (Health::Limited, None) => text.t("life-permission-missing"),
        (Health::NeedsRefresh, None) => text.t("channel-needs"),
        // Its end is over, and the next look will say so.
        _ if row.forecast.needs_person_now() => text.t("channel-needs"),
        (Health::Waiting, _) => text.t("channel-waiting"),
        (Health::Checking, _) => text.t("channel-checking"),
        (Health::Healthy | Health::Expiring, _) => future(say, row.forecast.outlook),
    }
}

fn future(say: &Say, outlook: Outlook) -> String {
    let text = &say.text;
    match outlook {
        Outlook::ExtendsItself => text.t("future-extends"),
        Outlook::ExtendsUntil(at) => text.t1("future-extends-until", "day", say.day(at)),
        Outlook::NeedsSignInBy(at) => text.t1("future-sign-in-by", "day", say.day(at)),
        Outlook::Unknown => text.t("future-unknown"),
    }
}

/// The picture with its ring.
#[must_use]
pub fn ring(say: &Say, row: &Row) -> LifeRing {
    let channel = &row.channel;
    let face = channel.picture_sha256.as_deref().map(picture);
    let ring = LifeRing::new(
        &say.text,
        &channel.name,
        channel.platform.as_str(),
        face,
        life(say, row),
    );
    ring.sized(RingSize::Small)
}

fn life(say: &Say, row: &Row) -> Life {
    if row.channel.link == Link::Unlinked {
        return Life::Unlinked;
    }
    if row.channel.mode == Mode::Remind {
        return Life::ReminderOnly;
    }
    let Some(login) = &row.login else {
        return Life::NeedsSignIn;
    };
    match login.health {
        Health::NeedsRefresh => Life::NeedsSignIn,
        Health::Limited => Life::PermissionMissing,
        Health::Waiting => Life::PlatformDown,
        Health::Checking => Life::Checking,
        Health::Healthy | Health::Expiring => match login.horizon {
            None => Life::Well,
            Some(end) if end <= say.now => Life::NeedsSignIn,
            Some(end) => {
                let whole = domain::schedule::ms_between(login.signed_in_at, end).max(1);
                let rest = domain::schedule::ms_between(say.now, end).max(0);
                #[expect(clippy::cast_precision_loss, reason = "a share of an arc on a page")]
                let left = rest as f64 / whole as f64;
                Life::GoodUntil {
                    left,
                    until: say.day(end),
                }
            }
        },
    }
}

/// The line of a channel in one breath, for those who hear the page and for a pointer that rests on it.
#[must_use]
pub fn spoken(say: &Say, row: &Row) -> String {
    let text = &say.text;
    let mut said = vec![format!("{}: {}", row.channel.name, state(say, row))];
    if let Some(next) = row.forecast.renewals.first() {
        let (n, day) = (row.forecast.renewals.len(), say.day(*next));
        said.push(text.t2("forecast-spoken-renewals", "n", n, "day", day));
    }
    said.push(posts(say, row));
    said.join(". ")
}

/// How many posts are planned, and how many of them are at risk.
#[must_use]
pub fn posts(say: &Say, row: &Row) -> String {
    let (n, risk) = (row.planned(), row.at_risk());
    let planned = say.text.t1("forecast-posts", "n", n);
    if risk == 0 {
        return planned;
    }
    format!(
        "{planned}, {}",
        say.text.t1("forecast-posts-risk", "n", risk)
    )
}

/// The whole in a sentence or two: who is needed now and later, and what is at risk.
#[must_use]
pub fn summary(text: &Text, read: &Read) -> Vec<String> {
    let count = |group| {
        read.rows
            .iter()
            .filter(|row| Group::of(row) == group)
            .count()
    };
    let planned: u32 = read.rows.iter().map(Row::planned).sum();
    let risk: u32 = read.rows.iter().map(Row::at_risk).sum();
    vec![
        text.t1("forecast-now", "n", count(Group::Now)),
        text.t1("forecast-later", "n", count(Group::Later)),
        text.t2("forecast-risk", "n", risk, "all", planned),
    ]
}

/// What holds everything back, if anything does, and where the counting ends, if it does.
#[must_use]
pub fn notes(say: &Say, read: &Read) -> Vec<String> {
    let text = &say.text;
    let whose = |set: Option<SocialSetId>| set.and_then(|set| read.sets.get(&set));
    let mut said = Vec::new();
    for hold in &read.holds {
        said.push(match whose(hold.set) {
            Some(set) => text.t1("forecast-hold-set", "set", set.name.as_str()),
            None => text.t("forecast-hold"),
        });
    }
    said.dedup();
    if let Some(to) = read.counted_to {
        said.push(text.t1("forecast-counted-to", "when", say.at(to).exact));
    }
    said
}
