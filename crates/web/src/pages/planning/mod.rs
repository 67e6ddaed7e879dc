//! Planning: calendar, composer, drafts, Plan Grid, missed posts, and the history of a post on a channel.
//! Here is what these pages say alike: a post's state, a channel's ring, a preview, times with their zone.

pub mod calendar;
pub mod compose;
mod compose_checks;
mod compose_form;
mod compose_view;
pub mod delivery;
pub mod delivery_changes;
pub mod drafts;
pub mod grid;
mod history_words;
pub mod missed;
pub mod pictures;
pub mod reschedule;
mod side;

use std::collections::BTreeMap;

pub use history_words::names;

use domain::Timestamp;
use domain::cause::{Cause, SigningIn};
use domain::channel::{Link, Mode};
use domain::delivery::{Reason, State};
use domain::health::Health;
use domain::ids::{ChannelId, MediaId, SocialSetId};
use domain::member::Action as May;
use domain::post::Content;
use domain::schedule::Zone;
use jiff::tz::TimeZone;
use storage::deliveries::DeliveryRow;
use storage::media::MediaRow;
use storage::standings::Standing;

use crate::access::Guard;
use crate::actions::checks::{self, Warning};
use crate::components::time::day_words;
use crate::components::{Action, Empty, Life, LifeRing, PostState, Preview, RingSize, When};
use crate::layout::Flash;
use crate::problem::Outcome;
use crate::state::Web;
use crate::text::Text;
use crate::urls;

/// How one page says times and states: its language, the moment, the zone of its social set.
#[derive(Clone)]
pub struct Say {
    /// Words of the request's language.
    pub text: Text,
    /// The product time.
    pub now: Timestamp,
    /// The zone of the set.
    pub zone: Zone,
}

impl Say {
    /// For this request and set.
    #[must_use]
    pub fn new(text: &Text, web: &Web, zone: &Zone) -> Self {
        Self {
            text: text.clone(),
            now: web.now(),
            zone: zone.clone(),
        }
    }

    /// The zone for arithmetic.
    #[must_use]
    pub fn tz(&self) -> &TimeZone {
        self.zone.tz()
    }

    /// The zone as people read it.
    #[must_use]
    pub fn zone_words(&self) -> String {
        self.zone.name().replace('_', " ")
    }

    /// `Tue 3 May, 09:00`.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> When {
        When::day_and_time(&self.text, at, self.now, self.tz())
    }

    /// `4 min ago`.
    #[must_use]
    pub fn near(&self, at: Timestamp) -> When {
        When::relative(&self.text, at, self.now, self.tz())
    }

    /// `09:00`.
    #[must_use]
    pub fn clock(&self, at: Timestamp) -> String {
        When::clock(&self.text, at, self.tz()).words
    }

    /// `3 May`.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> String {
        let near = self.zone.local(self.now).date();
        day_words(&self.text, self.zone.local(at).date(), near)
    }

    /// The ring of a channel.
    #[must_use]
    pub fn ring(&self, standing: &Standing) -> LifeRing {
        let channel = &standing.channel;
        let picture = channel
            .picture_sha256
            .as_ref()
            .map(|sha256| picture(sha256));
        LifeRing::new(
            &self.text,
            &channel.name,
            channel.platform.as_str(),
            picture,
            self.life(standing),
        )
    }

    /// The ring of a channel, small.
    #[must_use]
    pub fn small_ring(&self, standing: &Standing) -> LifeRing {
        self.ring(standing).sized(RingSize::Small)
    }

    fn life(&self, standing: &Standing) -> Life {
        if standing.channel.link == Link::Unlinked {
            return Life::Unlinked;
        }
        if standing.channel.mode == Mode::Remind {
            return Life::ReminderOnly;
        }
        let Some(login) = &standing.login else {
            return Life::NeedsSignIn;
        };
        match login.health {
            Health::NeedsRefresh => Life::NeedsSignIn,
            Health::Limited => Life::PermissionMissing,
            Health::Waiting => Life::PlatformDown,
            Health::Checking => Life::Checking,
            Health::Healthy | Health::Expiring => match login.horizon {
                None => Life::Well,
                Some(end) => {
                    let whole = domain::schedule::ms_between(login.signed_in_at, end).max(1);
                    let rest = domain::schedule::ms_between(self.now, end).max(0);
                    Life::GoodUntil {
                        left: rest as f64 / whole as f64,
                        until: self.day(end),
                    }
                }
            },
        }
    }

    /// The state of a delivery as people see it: a scheduled one that would not go out says so.
    #[must_use]
    pub fn state(&self, row: &DeliveryRow, standing: Option<&Standing>) -> PostState {
        match row.state {
            State::Draft => PostState::Draft,
            State::InReview => PostState::InReview,
            State::Scheduled if standing.is_some_and(|standing| self.is_at_risk(row, standing)) => {
                PostState::AtRisk
            }
            State::Scheduled => PostState::Scheduled,
            State::Publishing(_) => PostState::GoingOut,
            State::Uncertain => PostState::Uncertain,
            State::Published => PostState::Published,
            State::Missed(_) => PostState::Waiting,
            State::Failed => PostState::Rejected,
            State::Dropped => PostState::Dropped,
            State::Canceled => PostState::Canceled,
            State::HandedOver => PostState::HandedOver,
            State::Reminded => PostState::Reminded,
        }
    }

    fn is_at_risk(&self, row: &DeliveryRow, standing: &Standing) -> bool {
        self.risk(row, standing).is_some()
    }

    /// Why a planned post would not go out by itself as things are.
    #[must_use]
    pub fn risk(&self, row: &DeliveryRow, standing: &Standing) -> Option<Warning> {
        checks::risk(standing, row.state, row.due_at, self.now)
    }

    /// What a warning means, with the day where it has one: what was not lost comes first.
    #[must_use]
    pub fn warning(&self, standing: &Standing, warning: &Warning) -> String {
        let Some(end) = warning.end else {
            return warning.words.say(&self.text);
        };
        let channel = &standing.channel;
        self.text.t_args(
            "warn-at-risk-day",
            &[
                ("name", channel.name.as_str().into()),
                ("platform", channel.platform.name().into()),
                ("day", self.day(end).into()),
            ],
        )
    }

    /// The same in a few words, for a chip or a tile; nothing where the state says it all.
    #[must_use]
    pub fn short_risk(&self, row: &DeliveryRow, standing: &Standing) -> String {
        let end = self.risk(row, standing).and_then(|risk| risk.end);
        end.map(|end| {
            let name = standing.channel.name.as_str();
            self.text
                .t2("risk-short", "name", name, "day", self.day(end))
        })
        .unwrap_or_default()
    }

    /// The ways out of a warning, as addresses with their labels: signing in again, which moves the end, and planning
    /// the post before it.
    #[must_use]
    pub fn ways_out(
        &self,
        guard: &Guard,
        standing: &Standing,
        warning: &Warning,
        row: Option<&DeliveryRow>,
    ) -> Vec<(String, String)> {
        let mut ways = Vec::new();
        if !checks::is_unhealthy(warning) {
            return ways;
        }
        let (channel, set) = (standing.channel.id, Some(standing.channel.social_set));
        let mends =
            warning.end.is_some() || warning.code == "login_dead" || mends_by_sign_in(standing);
        if mends && guard.may(May::SignIn, set) {
            let href = urls::RefreshChannel { channel }.to_string();
            ways.push((href, self.text.t("risk-sign-in")));
        } else if warning.code == "limited" {
            let href = urls::Channel { channel }.to_string();
            ways.push((href, self.text.t("risk-look")));
        }
        if let (Some(end), Some(row), true) = (warning.end, row, guard.may(May::Publish, set)) {
            let at = urls::Delivery { delivery: row.id };
            let label = self.text.t1("risk-plan-before", "day", self.day(end));
            ways.push((format!("{at}?plan=before#plan"), label));
        }
        ways
    }

    /// A post as it will look on a channel.
    #[must_use]
    pub fn preview(
        &self,
        standing: &Standing,
        content: &Content,
        pictures: &BTreeMap<MediaId, MediaRow>,
        source: &str,
    ) -> Preview {
        let channel = &standing.channel;
        let shown = content.media.iter().filter_map(|one| {
            let row = pictures.get(&one.media)?;
            let alt = if one.alt.is_empty() {
                row.name.clone()
            } else {
                one.alt.clone()
            };
            Some((picture(&row.thumb_sha256), alt))
        });
        Preview {
            text: self.text.clone(),
            platform: channel.platform.as_str().to_owned(),
            name: channel.name.clone(),
            handle: channel.handle.clone(),
            picture: channel
                .picture_sha256
                .as_ref()
                .map(|sha256| picture(sha256)),
            media: shown.collect(),
            words: content.text.clone(),
            source: source.to_owned(),
        }
    }
}

/// Whether signing in again is a way to mend what the login cannot do.
fn mends_by_sign_in(standing: &Standing) -> bool {
    let cause = standing.login.as_ref().and_then(|login| login.cause);
    cause.is_none_or(|cause| cause.signing_in() != SigningIn::DoesNotHelp)
        && standing.channel.link == Link::Linked
}

/// Where members see a picture.
#[must_use]
pub fn picture(sha256: &str) -> String {
    urls::Picture {
        sha256: sha256.to_owned(),
    }
    .to_string()
}

/// A cause of a login in a sentence.
#[must_use]
pub fn cause_sentence(text: &Text, cause: Cause) -> String {
    text.t(&format!(
        "cause-{}-sentence",
        cause.as_str().replace('_', "-")
    ))
}

/// Why a post waits, in a few words.
#[must_use]
pub fn reason_words(text: &Text, reason: Reason) -> String {
    text.t(match reason {
        Reason::LoginDead => "reason-login-dead",
        Reason::PermissionMissing => "reason-permission-missing",
        Reason::NotApproved => "reason-not-approved",
        Reason::Unlinked => "reason-unlinked",
        Reason::PlatformDown => "reason-platform-down",
        Reason::Quota => "reason-quota",
        Reason::TooLate => "reason-too-late",
        Reason::OnHold => "reason-on-hold",
        Reason::ReminderUnanswered => "reason-reminder-unanswered",
    })
}

/// The set that the pages show; none in a workspace without one.
#[must_use]
pub fn current(guard: &Guard) -> Option<SocialSetId> {
    guard.current_set()
}

/// Where there is no social set yet.
#[must_use]
pub fn no_set(text: &Text) -> Empty {
    Empty {
        icon: "calendar-plus",
        title: text.t("planning-no-set"),
        words: text.t("planning-no-set-words"),
        action: Some(
            Action::link(
                text.t("planning-no-set-action"),
                urls::SetSettings.to_string(),
            )
            .primary(),
        ),
    }
}

/// Channels by their id.
pub type Standings = BTreeMap<ChannelId, Standing>;

/// The channels of a set.
///
/// # Errors
/// When the store fails.
pub async fn standings(web: &Web, guard: &Guard, set: SocialSetId) -> Outcome<Standings> {
    let all = crate::actions::calendars::standings(web, guard, set).await?;
    Ok(all.into_iter().map(|one| (one.channel.id, one)).collect())
}

/// What is told after posts were moved: the new time, and what stands in the way of it.
///
/// # Errors
/// When the store fails.
pub async fn moved_words(
    web: &Web,
    guard: &Guard,
    say: &Say,
    rows: &[&DeliveryRow],
    words: String,
) -> Outcome<Flash> {
    let Some(first) = rows.first() else {
        return Ok(Flash::done(words));
    };
    let standings = standings(web, guard, first.social_set).await?;
    let risk = rows.iter().find_map(|row| {
        let standing = standings.get(&row.channel)?;
        let risk = say.risk(row, standing)?;
        Some(say.warning(standing, &risk))
    });
    Ok(match risk {
        Some(risk) => Flash::note(format!("{words} {risk}")),
        None => Flash::done(words),
    })
}

/// `true` of states that a person may still drag or plan from the calendar.
#[must_use]
pub fn is_movable(row: &DeliveryRow, now: Timestamp) -> bool {
    matches!(row.state, State::Scheduled | State::Draft) && row.due_at.is_some_and(|due| due > now)
}

/// A picture that is not there yet: what the composer's script fills in.
#[must_use]
pub fn compose_blank() -> compose_view::MediaItem {
    compose_view::MediaItem::blank()
}

/// Which of several states of one post most needs a person; the calendar shows it for all.
#[must_use]
pub fn worst(states: impl IntoIterator<Item = PostState>) -> PostState {
    let rank = |state: PostState| match state {
        PostState::Rejected => 0,
        PostState::Uncertain => 1,
        PostState::Waiting => 2,
        PostState::Reminded => 3,
        PostState::AtRisk => 4,
        PostState::GoingOut => 5,
        PostState::InReview => 6,
        PostState::Scheduled => 7,
        PostState::HandedOver => 8,
        PostState::Draft => 9,
        PostState::Published => 10,
        PostState::Canceled => 11,
        PostState::Dropped => 12,
    };
    states
        .into_iter()
        .min_by_key(|state| rank(*state))
        .unwrap_or(PostState::Draft)
}
