//! A channel in words: how its login is, what waits, whose sign-in it is, what happened to it. Shared by
//! every page that shows channels.

use domain::Timestamp;
use domain::cause::{Cause, Mender};
use domain::channel::Mode;
use domain::grant::{End, EndSource, Mechanism};
use domain::health::{Evidence, Health};
use domain::horizon::Outlook;
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, ms_between};
use engine::login::LoginRows;
use jiff::tz::TimeZone;
use storage::channel_events::ChannelEvent;

use super::lacks::{named, who};
use crate::actions::channels::Seen;
use crate::actions::lacks::{Kind, lacks};
use crate::components::{Life, LifeRing, Tone, When};
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

    /// `Tue 3 May, 09:00 (Europe/Berlin)`.
    #[must_use]
    pub fn moment(&self, at: Timestamp) -> String {
        let words = When::day_and_time(&self.text, at, self.now, &self.zone).words;
        format!(
            "{words} ({})",
            crate::components::time::zone_words(&self.zone)
        )
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
        let for_operator = seen
            .cause()
            .is_some_and(|cause| cause.mender() == Mender::Operator);
        match (seen.health(), why) {
            (Health::NeedsRefresh, Some(why)) => self.text.t1("channel-needs-because", "why", why),
            (Health::NeedsRefresh, None) => self.text.t("channel-needs"),
            (Health::Limited, why) => self.limited(seen, why),
            (Health::Waiting, _) if for_operator => self.text.t("channel-waiting-operator"),
            (Health::Waiting, _) => self.text.t("channel-waiting"),
            (Health::Checking, Some(_)) => self.text.t("channel-doubted"),
            (Health::Checking, None) => self.text.t("channel-checking"),
            (Health::Expiring, _) => match seen.outlook() {
                Outlook::ExtendsUntil(at) | Outlook::NeedsSignInBy(at) => {
                    self.text.t1("channel-needs-by", "day", self.day(at))
                }
                _ => self.text.t("channel-well"),
            },
            (Health::Healthy, _) => match seen.outlook() {
                // The last quarter of its life: the day comes first.
                Outlook::NeedsSignInBy(at) if seen.is_last_quarter(self.now) => {
                    self.text.t1("channel-needs-by", "day", self.day(at))
                }
                outlook => self.outlook(outlook),
            },
        }
    }

    fn limited(&self, seen: &Seen, why: Option<String>) -> String {
        let lacks = lacks(seen);
        match (lacks.first().map(|lack| lack.kind), why) {
            (Some(Kind::Box | Kind::Link), _) => {
                self.text
                    .t1("channel-missing", "missing", named(&self.text, &lacks))
            }
            (Some(Kind::Role), _) => {
                self.text
                    .t1("channel-missing-role", "missing", named(&self.text, &lacks))
            }
            (None, Some(why)) => why,
            (None, None) => self.text.t("life-permission-missing"),
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
            Health::Healthy => seen.is_last_quarter(self.now).then_some(Tone::Amber),
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
        let lacks = lacks(seen);
        if !lacks.is_empty() {
            lines.push(who(self, seen, &lacks));
        }
        // Where how it is now says nothing of its future, that is a line of its own.
        let unsaid = matches!(
            seen.health(),
            Health::Limited | Health::Waiting | Health::Checking
        );
        let ends = matches!(
            seen.outlook(),
            Outlook::ExtendsUntil(_) | Outlook::NeedsSignInBy(_)
        );
        if unsaid && ends && seen.is_linked() && seen.channel.mode == Mode::Auto {
            lines.push(self.future(seen.outlook()));
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
        let access = match login.grant.mechanism {
            Mechanism::Derived => "end-access-not-needed",
            _ if renews => "end-access-renewed",
            _ => "end-access",
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
        let unmoved = of.absolute_by_renewal && own.absolute_end.is_none();
        rows.into_iter()
            .filter_map(|(key, end)| {
                let by_renewal = unmoved && key == "end-absolute";
                Some((self.text.t(key), self.end(end?, by_renewal)))
            })
            .collect()
    }

    fn end(&self, end: End, by_renewal: bool) -> String {
        let how = self.text.t(match end.source {
            _ if by_renewal => "end-from-renewal",
            EndSource::Answer => "end-from-answer",
            EndSource::Inspection => "end-from-inspection",
            EndSource::Sheet => "end-from-sheet",
        });
        let at = When::day_and_time(&self.text, end.at, self.now, &self.zone);
        format!("{} ({how})", at.words)
    }

    /// How we know of the end that its future depends on; none where there is none.
    #[must_use]
    pub fn end_source(&self, seen: &Seen) -> Option<String> {
        let (_, end) = seen.deciding_end()?;
        Some(self.text.t(match end.source {
            _ if seen.end_by_renewal() => "end-from-renewal",
            EndSource::Answer => "end-from-answer",
            EndSource::Inspection => "end-from-inspection",
            EndSource::Sheet => "end-from-sheet",
        }))
    }

    /// A length of time: "3 days", "5 hours", "20 minutes".
    #[must_use]
    pub fn length(&self, ms: i64) -> String {
        let (key, n) = match ms {
            DAY_MS.. => ("length-days", (ms + DAY_MS / 2) / DAY_MS),
            HOUR_MS.. => ("length-hours", (ms + HOUR_MS / 2) / HOUR_MS),
            _ => ("length-minutes", (ms / MINUTE_MS).max(1)),
        };
        self.text.t1(key, "n", n)
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
            "ended" if event.detail["expected"] == true => {
                ("circle-x", text.t("event-ended-expected"))
            }
            "ended" => ("circle-x", text.t1("event-ended", "why", why())),
            "limited" => ("lock", text.t1("event-limited", "why", why())),
            "doubted" => ("circle-help", text.t1("event-doubted", "why", why())),
            "waiting" => ("cloud", text.t1("event-waiting", "why", why())),
            "restored" => ("circle-check", text.t("event-restored")),
            "synced" => {
                let new = event.detail["new_posts"].as_u64().unwrap_or(0);
                (
                    "layout-grid",
                    text.t1("event-synced", "n", i64::try_from(new).unwrap_or(i64::MAX)),
                )
            }
            "stands_by" => ("users", text.t1("event-stands-by", "name", said("person"))),
            "took_over" => (
                "repeat-2",
                text.t1("event-took-over", "name", said("person")),
            ),
            "made_first" => (
                "repeat-2",
                text.t1("event-made-first", "name", said("person")),
            ),
            "spare_ended" => (
                "circle-x",
                text.t2("event-spare-ended", "name", said("person"), "why", why()),
            ),
            "spare_removed" => (
                "log-out",
                text.t1("event-spare-removed", "name", said("person")),
            ),
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
