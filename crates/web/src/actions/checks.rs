//! What is wrong with a post for its channels, and what will happen to it there: findings of the platforms'
//! own checks, and warnings that keep nothing from being planned. Pure, from rows that were read.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::channel::{Link, Mode};
use domain::delivery::State;
use domain::health::Health;
use domain::horizon::at_risk;
use domain::ids::{ChannelId, MediaId};
use domain::post::Content;
use platforms::issue::{Draft, Issue, MediaFacts};
use storage::holds::Hold;
use storage::media::MediaRow;
use storage::standings::{LoginStanding, Standing};

use crate::problem::{Refusal, Words, codes};

/// The pictures of a post by their id.
pub type Pictures = BTreeMap<MediaId, MediaRow>;

/// Something that was done, but that its maker should know.
#[derive(Debug, Clone)]
pub struct Warning {
    /// Stable code.
    pub code: &'static str,
    /// On which channel.
    pub channel: Option<ChannelId>,
    /// What it means.
    pub words: Words,
    /// The end of the login that a post lies behind; only with `at_risk`.
    pub end: Option<Timestamp>,
}

/// What the platform of a channel would refuse, or show otherwise than it was meant.
#[must_use]
pub fn findings(standing: &Standing, content: &Content, pictures: &Pictures) -> Vec<Issue> {
    let Some(adapter) = platforms::registry::get(standing.channel.platform) else {
        return Vec::new();
    };
    let media: Vec<_> = content
        .media
        .iter()
        .filter_map(|one| {
            let row = pictures.get(&one.media)?;
            Some((
                one.clone(),
                MediaFacts {
                    width: row.width,
                    height: row.height,
                    bytes: row.bytes,
                },
            ))
        })
        .collect();
    adapter.check(&Draft {
        text: &content.text,
        media: &media,
    })
}

/// A finding in words.
#[must_use]
pub fn issue_words(standing: &Standing, issue: &Issue) -> Words {
    let key = match issue.code {
        "text_too_long" => "issue-text-too-long",
        "text_missing" => "issue-text-missing",
        "media_missing" => "issue-media-missing",
        "too_many_media" => "issue-too-many-media",
        "ratio_unusual" => "issue-ratio-unusual",
        "too_many_hashtags" => "issue-too-many-hashtags",
        "too_many_mentions" => "issue-too-many-mentions",
        "alt_too_long" => "issue-alt-too-long",
        _ => "issue-other",
    };
    Words::key(key)
        .with("platform", standing.channel.platform.name())
        .with("limit", issue.limit.unwrap_or(0))
        .with("actual", issue.actual.unwrap_or(0))
        .with("over", issue.actual.unwrap_or(0) - issue.limit.unwrap_or(0))
}

/// The refusal that lists every finding that keeps a post from being planned; none if there is none.
#[must_use]
pub fn blocked<'a>(
    findings: impl IntoIterator<Item = (&'a Standing, Vec<Issue>)>,
) -> Option<Refusal> {
    let mut refusal: Option<Refusal> = None;
    for (standing, issues) in findings {
        for issue in issues.iter().filter(|issue| issue.blocks) {
            let told = refusal
                .take()
                .unwrap_or_else(|| Refusal::new(&codes::CONTENT_BLOCKED));
            let field = format!("channels.{}.{}", standing.channel.id, issue.field);
            refusal = Some(told.and_field(field, issue.code, issue_words(standing, issue)));
        }
    }
    refusal
}

/// What will happen to a post on a channel that is planned for then.
#[must_use]
pub fn warnings(
    standing: &Standing,
    due_at: Option<Timestamp>,
    hold: Option<&Hold>,
    now: Timestamp,
) -> Vec<Warning> {
    let channel = &standing.channel;
    let warn = |code, key| Warning {
        code,
        channel: Some(channel.id),
        words: Words::key(key)
            .with("name", channel.name.as_str())
            .with("platform", channel.platform.name()),
        end: None,
    };
    let mut all = Vec::new();
    let health = standing.login.as_ref().map(|login| login.health);
    let held = hold
        .is_some_and(|hold| due_at.is_none_or(|due| hold.until.is_none_or(|until| due < until)));
    match (channel.link, channel.mode, health) {
        (Link::Unlinked, ..) => all.push(warn("unlinked", "warn-unlinked")),
        (_, Mode::Remind, _) => all.push(warn("reminder_only", "warn-reminder-only")),
        (.., None | Some(Health::NeedsRefresh)) => all.push(warn("login_dead", "warn-login-dead")),
        (.., Some(Health::Limited)) => all.push(warn("limited", "warn-limited")),
        (.., Some(_)) => {
            let end = standing
                .login
                .as_ref()
                .and_then(LoginStanding::at_risk_from);
            if at_risk(end, due_at.unwrap_or(now)) {
                all.push(Warning {
                    end,
                    ..warn("at_risk", "warn-at-risk")
                });
            }
        }
    }
    if held {
        all.push(warn("on_hold", "warn-on-hold"));
    }
    all
}

/// Whether a warning says that the post will not go out by itself as things are.
#[must_use]
pub fn is_unhealthy(warning: &Warning) -> bool {
    matches!(
        warning.code,
        "login_dead" | "limited" | "unlinked" | "at_risk"
    )
}

/// Why a delivery in this state would not go out by itself as things are; none where it would, or where no time is
/// planned. A draft is only held against the end of the login: what is broken may be mended before it is planned.
#[must_use]
pub fn risk(
    standing: &Standing,
    state: State,
    due_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Warning> {
    due_at?;
    let concerns = |warning: &Warning| match state {
        State::Scheduled | State::InReview => is_unhealthy(warning),
        State::Draft => warning.end.is_some(),
        _ => false,
    };
    warnings(standing, due_at, None, now)
        .into_iter()
        .find(concerns)
}

/// The findings that do not block, as warnings.
#[must_use]
pub fn hints(standing: &Standing, issues: &[Issue]) -> Vec<Warning> {
    let hint = |issue: &Issue| Warning {
        code: issue.code,
        channel: Some(standing.channel.id),
        words: issue_words(standing, issue),
        end: None,
    };
    issues
        .iter()
        .filter(|issue| !issue.blocks)
        .map(hint)
        .collect()
}
