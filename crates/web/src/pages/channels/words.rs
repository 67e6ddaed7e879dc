//! A channel in words: how its login is, what waits, whose sign-in it is, what happened to it. Shared by
//! every page that shows channels.

use domain::Timestamp;
use domain::cause::Cause;
use domain::channel::Mode;
use domain::grant::{End, EndSource, Mechanism};
use domain::health::{Evidence, Health};
use domain::horizon::Outlook;
use domain::schedule::ms_between;
use engine::login::LoginRows;
use jiff::tz::TimeZone;
use storage::channel_events::ChannelEvent;

use crate::actions::apps::flow_facts;
use crate::actions::channels::Seen;
use crate::components::{Life, LifeRing, Tone, When};
use crate::pages::connect::why;
use crate::pages::help::cause_title;
use crate::text::Text;
use crate::urls;

/// The language, the moment, and the zone in which times are said.
#[derive(Clone)]
pub struct Say {
    /// The words.
    pub text: Text,
    /// The product time.
    pub now: Timestamp,
    /// The zone of the social set.
    pub zone: TimeZone,
}

impl Say {
    /// For a channel: in the zone of its set.
    #[must_use]
    pub fn of(text: &Text, now: Timestamp, seen: &Seen) -> Self {
        Self {
            text: text.clone(),
            now,
            zone: seen.set.zone.tz().clone(),
        }
    }

    /// `3 May`.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> String {
        let near = self.now.to_zoned(self.zone.clone()).date();
        crate::components::time::day_words(&self.text, at.to_zoned(self.zone.clone()).date(), near)
    }

    /// `4 min ago`.
    #[must_use]
    pub fn near(&self, at: Timestamp) -> When {
        When::relative(&self.text, at, self.now, &self.zone)
    }

    /// The life ring's state.
    #[must_use]
    pub fn life(&self, seen: &Seen) -> Life {
        if !seen.is_linked() {
            return Life::Unlinked;
        }
        if seen.channel.mode == Mode::Remind {
            return Life::ReminderOnly;
        }
        match seen.health() {
            Health::NeedsRefresh => Life::NeedsSignIn,
            Health::Limited => Life::PermissionMissing,
            Health::Waiting => Life::PlatformDown,
            Health::Checking => Life::Checking,
            Health::Healthy | Health::Expiring => self.good_until(seen),
        }
    }

    fn good_until(&self, seen: &Seen) -> Life {
        let (Some(login), Outlook::ExtendsUntil(at) | Outlook::NeedsSignInBy(at)) =
            (&seen.login, seen.outlook())
        else {
            return Life::Well;
        };
        let whole = ms_between(login.grant.created_at, at).max(1);
        #[expect(clippy::cast_precision_loss, reason = "a share of an arc on a page")]
        let left = ms_between(self.now, at).max(0) as f64 / whole as f64;
        Life::GoodUntil {
            left,
            until: self.day(at),
        }
    }

    /// The picture with its ring.
    #[must_use]
    pub fn ring(&self, seen: &Seen) -> LifeRing {
        let channel = &seen.channel;
        let picture = channel.picture_sha256.as_ref().map(|sha256| {
            format!(
                "{}?{}",
                urls::ChannelPicture {
                    channel: channel.id
                },
                sha256.get(..8).unwrap_or_default()
            )
        });
        LifeRing::new(
            &self.text,
            &channel.name,
            channel.platform.as_str(),
            picture,
            self.life(seen),
        )
    }

    /// How it is, in words, trouble first.
    #[must_use]
    pub fn health(&self, seen: &Seen) -> String {
        if !seen.is_linked() {
            return self.text.t("channel-unlinked");
        }
        if seen.channel.mode == Mode::Remind {
            return self.text.t("channel-remind");
        }
        let why = seen.cause().map(|cause| cause_title(&self.text, cause));
        match (seen.health(), why) {
            (Health::NeedsRefresh, Some(why)) => self.text.t1("channel-needs-because", "why", why),
            (Health::NeedsRefresh, None) => self.text.t("channel-needs"),
            (Health::Limited, why) => self.limited(seen, why),
            (Health::Waiting, _) => self.text.t("channel-waiting"),
            (Health::Checking, _) => self.text.t("channel-checking"),
            (Health::Expiring, _) => match seen.outlook() {
                Outlook::ExtendsUntil(at) | Outlook::NeedsSignInBy(at) => {
                    self.text.t1("channel-needs-by", "day", self.day(at))
                }
                _ => self.text.t("channel-well"),
            },
            (Health::Healthy, _) => self.outlook(seen.outlook()),
        }
    }

    fn limited(&self, seen: &Seen, why: Option<String>) -> String {
        let missing = seen
            .login
            .as_ref()
            .and_then(|login| login.on.condition.evidence.as_ref()?.missing.clone());
        match (seen.cause(), missing, why) {
            (Some(Cause::PermissionRevoked), Some(missing), _) => {
                self.text
                    .t1("channel-missing", "missing", self.permission(seen, missing))
            }
            (_, _, Some(why)) => why,
            (_, _, None) => self.text.t("life-permission-missing"),
        }
    }

    /// What a permission is for, where its platform says; else the platform's own name of it.
    fn permission(&self, seen: &Seen, scope: String) -> String {
        let app = seen.login.as_ref().map(|login| &login.app.app);
        let facts = app.and_then(|app| flow_facts(app.platform, app.flow).ok());
        let known = facts.and_then(|facts| facts.scopes.iter().find(|one| one.scope == scope));
        match known.map(|one| why(&self.text, one.why)) {
            Some(words) if !words.is_empty() => format!("“{words}”"),
            _ => scope,
        }
    }

    /// What its future is.
    #[must_use]
    pub fn outlook(&self, outlook: Outlook) -> String {
        match outlook {
            Outlook::ExtendsItself => self.text.t("channel-extends"),
            Outlook::ExtendsUntil(at) => self.text.t1("channel-extends-until", "day", self.day(at)),
            Outlook::NeedsSignInBy(at) => self.text.t1("channel-well-until", "day", self.day(at)),
            Outlook::Unknown => self.text.t("channel-end-unknown"),
        }
    }

    /// The same, where how it is now is said elsewhere.
    #[must_use]
    pub fn future(&self, outlook: Outlook) -> String {
        match outlook {
            Outlook::ExtendsItself => self.text.t("future-extends"),
            Outlook::ExtendsUntil(at) => self.text.t1("future-extends-until", "day", self.day(at)),
            Outlook::NeedsSignInBy(at) => self.text.t1("future-sign-in-by", "day", self.day(at)),
            Outlook::Unknown => self.text.t("future-unknown"),
        }
    }

    /// The colour of its state; none where all is well.
    #[must_use]
    pub fn tone(&self, seen: &Seen) -> Option<Tone> {
        if !seen.is_linked() {
            return Some(Tone::Grey);
        }
        if seen.channel.mode == Mode::Remind {
            return None;
        }
        match seen.health() {
            Health::NeedsRefresh => Some(Tone::Red),
            Health::Limited | Health::Expiring => Some(Tone::Amber),
            Health::Waiting | Health::Checking => Some(Tone::Grey),
            Health::Healthy => None,
        }
    }

    /// What else is worth a line: since when, what waits.
    #[must_use]
    pub fn details(&self, seen: &Seen) -> Vec<String> {
        let mut lines = Vec::new();
        if let (true, Some(login)) = (seen.needs_person(), &seen.login) {
            lines.push(self.text.t1(
                "channel-since",
                "when",
                self.near(login.on.condition.since).words,
            ));
        }
        if let (false, Some(at)) = (seen.is_linked(), seen.channel.unlinked_at) {
            lines.push(self.text.t1("channel-since", "when", self.near(at).words));
        }
        if seen.waiting.held > 0 {
            lines.push(self.text.t1("channel-held", "n", seen.waiting.held));
        }
        if seen.waiting.planned > 0 {
            lines.push(self.text.t1("channel-planned", "n", seen.waiting.planned));
        }
        lines
    }

    /// When it was last proven.
    #[must_use]
    pub fn checked(&self, seen: &Seen) -> String {
        let proven = seen.login.as_ref().and_then(|login| login.on.proven_at);
        match proven.filter(|_| seen.is_linked()) {
            Some(at) => self.text.t1("channel-checked", "when", self.near(at).words),
            None => String::new(),
        }
    }

    /// Whose sign-in it is: "Anna’s sign-in, 12 March, through Facebook".
    #[must_use]
    pub fn sign_in(&self, seen: &Seen) -> String {
        let Some(login) = &seen.login else {
            return self.text.t("channel-no-sign-in");
        };
        self.text.t_args(
            "channel-sign-in",
            &[
                ("name", login.grant.person_name.as_str().into()),
                ("day", self.day(login.grant.created_at).into()),
                ("flow", login.grant.flow.name().into()),
            ],
        )
    }

    /// Every end that is known, with how we know of it; nothing where none is.
    #[must_use]
    pub fn ends(&self, login: &LoginRows) -> Vec<(String, String)> {
        let own = &login.on.ends;
        let of = &login.grant.ends;
        let renews = !matches!(login.grant.mechanism, Mechanism::None);
        let access = if renews {
            "end-access-renewed"
        } else {
            "end-access"
        };
        let rows = [
            (access, own.access_end.or(of.access_end)),
            ("end-sliding", own.sliding_end.or(of.sliding_end)),
            ("end-absolute", own.absolute_end.or(of.absolute_end)),
            (
                "end-data-access",
                own.data_access_end.or(of.data_access_end),
            ),
        ];
        rows.into_iter()
            .filter_map(|(key, end)| Some((self.text.t(key), self.end(end?))))
            .collect()
    }

    fn end(&self, end: End) -> String {
        let how = self.text.t(match end.source {
            EndSource::Answer => "end-from-answer",
            EndSource::Inspection => "end-from-inspection",
            EndSource::Sheet => "end-from-sheet",
        });
        let at = When::day_and_time(&self.text, end.at, self.now, &self.zone);
        format!("{} ({how})", at.words)
    }

    /// A line of the timeline: its icon and its words.
    #[must_use]
    pub fn event(&self, event: &ChannelEvent) -> (&'static str, String) {
        let text = &self.text;
        let said = |name: &str| event.detail[name].as_str().unwrap_or_default().to_owned();
        let cause = || {
            event.detail["cause"]
                .as_str()
                .and_then(|word| word.parse::<Cause>().ok())
        };
        let why = || {
            cause()
                .map(|cause| cause_title(text, cause))
                .unwrap_or_default()
        };
        match event.kind.as_str() {
            "linked" if event.detail["again"] == true => ("link-2", text.t("event-linked-again")),
            "linked" => ("link-2", text.t("event-linked")),
            "signed_in" => (
                "key-round",
                text.t2(
                    "event-signed-in",
                    "name",
                    said("person"),
                    "flow",
                    flow_name(&said("flow")),
                ),
            ),
            "renewed" => ("refresh-cw", text.t("event-renewed")),
            "ended" => ("circle-x", text.t1("event-ended", "why", why())),
            "limited" => ("lock", text.t1("event-limited", "why", why())),
            "waiting" => ("cloud", text.t1("event-waiting", "why", why())),
            "restored" => ("circle-check", text.t("event-restored")),
            "synced" => {
                let new = event.detail["new"].as_u64().unwrap_or(0);
                (
                    "layout-grid",
                    text.t1("event-synced", "n", i64::try_from(new).unwrap_or(i64::MAX)),
                )
            }
            "unlinked" => ("unlink", text.t("event-unlinked")),
            "unlink_undone" => ("undo-2", text.t("event-unlink-undone")),
            "mode" if said("mode") == "remind" => ("bell", text.t("event-mode-remind")),
            "mode" => ("send", text.t("event-mode-auto")),
            "given_back" => ("log-out", text.t("event-given-back")),
            "same_account" => ("users", text.t("event-same-account")),
            _ => ("circle", text.t("event-other")),
        }
    }
}

/// A flow's own name behind "through".
#[must_use]
pub fn flow_name(word: &str) -> String {
    word.parse::<domain::platform::LoginFlow>()
        .map_or_else(|_| word.to_owned(), |flow| flow.name().to_owned())
}

/// What the platform said, on one line.
#[must_use]
pub fn evidence_line(evidence: &Evidence) -> String {
    let status = if evidence.http_status == 0 {
        String::new()
    } else {
        evidence.http_status.to_string()
    };
    let parts = [
        &evidence.operation,
        &status,
        &evidence.code,
        &evidence.subcode,
        &evidence.message,
    ];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .cloned()
        .collect::<Vec<_>>()
        .join(" · ")
}
