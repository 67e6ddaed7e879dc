//! A post on one channel: what it is, what may be done with it, and its whole history with the evidence.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::delivery::State as Life;
use domain::ids::DeliveryId;
use domain::member::{Action as May, Role};
use serde::Deserialize;
use storage::history::History;
use storage::media as library;
use storage::standings::Standing;

use super::compose_form::day_and_time;
use super::history_words::{self, Attempt, Line};
use super::missed::{Reschedule, reschedule_form};
use super::{Say, cause_sentence, reason_words};
use crate::access::Guard;
use crate::actions::checks::{self, Pictures};
use crate::actions::post_work::is_open;
use crate::actions::proposals;
use crate::components::{Action, LifeRing, PostState, Preview, StatePill, Tone, When};
use crate::extract::{Path, Query};
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::problem::{Outcome, Refusal};
use crate::state::Web;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/planning/delivery.html")]
pub(super) struct DeliveryPage {
    frame: Frame,
    title: String,
    zone: String,
    ring: Option<LifeRing>,
    channel: String,
    channel_href: String,
    pill: StatePill,
    note: Option<(Tone, String)>,
    ways: Vec<(String, String)>,
    /// That the times in the form are proposed, or that none is left.
    proposed: String,
    refused: String,
    facts: Vec<(String, String)>,
    reschedule: Option<Reschedule>,
    date_error: String,
    /// Whether it moves by itself now, so that the page looks again.
    under_way: bool,
    /// Whether rescheduling is the first thing to do.
    plan_first: bool,
    actions: Vec<Action>,
    drop: Option<Action>,
    settle: Option<Settle>,
    by_hand: Option<Settle>,
    preview: Option<Preview>,
    permalink: Option<String>,
    lines: Vec<Line>,
    attempts: Vec<Attempt>,
    frozen: String,
}

/// The question what became of a post, or where it is.
struct Settle {
    action: String,
    version: u64,
    date: String,
    time: String,
    error: String,
}

/// The page.
pub async fn show(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<DeliveryId>,
    Query(look): Query<Look>,
) -> Outcome<Response> {
    let mut shown = view(&web, &guard, &ask, id, None).await?;
    if look.plan == "before" {
        propose_before(&web, &guard, &ask, id, &mut shown).await?;
    }
    Ok(page::show(&shown))
}

/// `?plan=before`.
#[derive(Debug, Default, Deserialize)]
pub struct Look {
    /// `before`: the form holds the last good hour before the login ends. Nothing is moved by looking.
    #[serde(default)]
    plan: String,
}

async fn propose_before(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    id: DeliveryId,
    shown: &mut DeliveryPage,
) -> Outcome<()> {
    let Some(form) = shown.reschedule.as_mut() else {
        return Ok(());
    };
    let row = read_for_show(web, guard, id).await?.delivery;
    let last = proposals::last_good(web, guard, row.social_set, vec![row.channel]).await?;
    shown.proposed = match last {
        Some((at, zone)) => {
            let (date, time) = day_and_time(at, &zone);
            (form.date, form.time) = (date, time);
            shown.plan_first = true;
            ask.text.t("risk-proposed")
        }
        None => ask.text.t("risk-none-left"),
    };
    Ok(())
}

pub(super) async fn view(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    id: DeliveryId,
    refusal: Option<&Refusal>,
) -> Outcome<DeliveryPage> {
    let found = read_for_show(web, guard, id).await?;
    let set = crate::actions::sets::one(web, guard, found.delivery.social_set).await?;
    let say = Say::new(&ask.text, web, &set.zone);
    let standings = super::standings(web, guard, set.id).await?;
    let standing = standings.get(&found.channel.id);
    let (workspace, content) = (
        guard.workspace(),
        found.body.variant.over(&found.post.content),
    );
    let ids: Vec<_> = content.media.iter().map(|one| one.media).collect();
    let pictures = web
        .read("web.delivery_media", move |conn| {
            Ok(library::of(conn, workspace, &ids)?)
        })
        .await?;
    let pictures: Pictures = pictures.into_iter().map(|row| (row.id, row)).collect();
    let names = history_words::names(web, guard).await?;
    let row = &found.delivery;
    let admin = matches!(guard.role(), Role::Owner | Role::Admin);
    let parts = Parts {
        guard,
        say: &say,
        found: &found,
        standing,
        refusal,
    };
    Ok(DeliveryPage {
        frame: page::frame(web, guard, ask, Entry::Other).await?,
        title: if row.excerpt.is_empty() {
            ask.text.t("post-without-words")
        } else {
            row.excerpt.clone()
        },
        zone: say.zone_words(),
        ring: standing.map(|one| say.ring(one)),
        channel: found.channel.name.clone(),
        channel_href: urls::Channel {
            channel: found.channel.id,
        }
        .to_string(),
        pill: StatePill::new(&ask.text, say.state(row, standing)),
        note: parts.note(),
        ways: parts.ways(),
        proposed: String::new(),
        refused: refusal
            .filter(|refusal| refusal.fields().is_empty())
            .map(|refusal| refusal.sentence(&ask.text))
            .unwrap_or_default(),
        facts: parts.facts(),
        reschedule: parts.may_plan().then(|| reschedule_form(&say, row, "")),
        date_error: refusal
            .map(|refusal| refusal.field_words("schedule", &ask.text))
            .unwrap_or_default(),
        under_way: matches!(row.state, Life::Publishing(_)),
        plan_first: parts
            .actions()
            .iter()
            .all(|action| action.look != crate::components::Look::Primary),
        actions: parts.actions(),
        drop: parts.drop(),
        settle: parts.settle(),
        by_hand: parts.by_hand(),
        preview: standing.map(|one| say.preview(one, &content, &pictures, "")),
        permalink: row.permalink.clone(),
        lines: history_words::lines(&say, &found, &names),
        attempts: history_words::attempts(&say, &found, admin),
        frozen: found.body.payload_sha256.clone().unwrap_or_default(),
    })
}

/// As the API reads it, but for looking: the route may be one that changes.
async fn read_for_show(web: &Web, guard: &Guard, id: DeliveryId) -> Outcome<History> {
    let (workspace, asker) = (guard.workspace(), guard.clone());
    web.read("web.delivery_page", move |conn| {
        let found = storage::history::of(conn, workspace, id)?.ok_or_else(Refusal::not_found)?;
        asker.ask(May::Read, Some(found.delivery.social_set))?;
        Ok(found)
    })
    .await
}

struct Parts<'a> {
    guard: &'a Guard,
    say: &'a Say,
    found: &'a History,
    standing: Option<&'a Standing>,
    refusal: Option<&'a Refusal>,
}

impl Parts<'_> {
    fn may(&self) -> bool {
        self.guard
            .may(May::Publish, Some(self.found.delivery.social_set))
    }

    fn may_plan(&self) -> bool {
        self.may()
            && matches!(
                self.found.delivery.state,
                Life::Missed(_) | Life::Failed | Life::Scheduled | Life::Draft
            )
    }

    /// What a person should know first: what was not lost, and why it waits.
    fn note(&self) -> Option<(Tone, String)> {
        let (text, row) = (&self.say.text, &self.found.delivery);
        let cause = self.found.notice.as_ref().and_then(|notice| notice.cause);
        match row.state {
            Life::Missed(reason) => {
                let why = cause.map_or_else(
                    || text.t1("missed-why", "reason", reason_words(text, reason)),
                    |cause| cause_sentence(text, cause),
                );
                Some((Tone::Amber, format!("{} {why}", text.t("delivery-kept"))))
            }
            Life::Uncertain => Some((Tone::Amber, text.t("delivery-uncertain"))),
            Life::Failed => Some((Tone::Red, text.t("delivery-failed"))),
            Life::Reminded => Some((Tone::Amber, text.t("delivery-reminded"))),
            Life::Publishing(_) if row.cancel_asked => {
                Some((Tone::Grey, text.t("delivery-cancel-asked")))
            }
            Life::Scheduled => {
                let warnings = self
                    .standing
                    .map(|one| checks::warnings(one, row.due_at, None, self.say.now))?;
                let standing = self.standing?;
                warnings
                    .first()
                    .map(|warning| (Tone::Amber, self.say.warning(standing, warning)))
            }
            Life::Draft | Life::InReview => {
                let standing = self.standing?;
                self.say
                    .risk(row, standing)
                    .map(|risk| (Tone::Amber, self.say.warning(standing, &risk)))
            }
            _ => None,
        }
    }

    /// The ways out of what keeps it from going out.
    fn ways(&self) -> Vec<(String, String)> {
        let row = &self.found.delivery;
        let risk = self
            .standing
            .and_then(|one| Some((one, self.say.risk(row, one)?)));
        risk.filter(|(_, risk)| risk.end.is_some())
            .map(|(one, risk)| self.say.ways_out(self.guard, one, &risk, Some(row)))
            .unwrap_or_default()
    }

    fn facts(&self) -> Vec<(String, String)> {
        let (text, row) = (&self.say.text, &self.found.delivery);
        let at = |key: &str, at: Option<domain::Timestamp>| {
            at.map(|at| {
                (
                    text.t(key),
                    When::day_and_time(text, at, self.say.now, self.say.tz()).words,
                )
            })
        };
        let mut all = Vec::new();
        all.extend(at("delivery-due", row.due_at));
        all.extend(at("delivery-published-at", row.published_at));
        if !row.state.is_end() && row.state != Life::Draft {
            all.extend(at("delivery-next", row.act_at));
        }
        let minutes = row.lateness_limit_ms / domain::schedule::MINUTE_MS;
        all.push((
            text.t("delivery-lateness"),
            text.t1("delivery-minutes", "n", minutes),
        ));
        all.extend(
            row.remote_id
                .clone()
                .map(|id| (text.t("delivery-remote-id"), id)),
        );
        all
    }

    fn actions(&self) -> Vec<Action> {
        let (text, row) = (&self.say.text, &self.found.delivery);
        let version = row.version.to_string();
        let mut all = Vec::new();
        let mends = self.say.state(row, self.standing) == PostState::AtRisk
            || matches!(
                row.state,
                Life::Missed(
                    domain::delivery::Reason::LoginDead
                        | domain::delivery::Reason::PermissionMissing
                )
            );
        let sick = self
            .standing
            .and_then(|one| one.login.as_ref())
            .is_none_or(|login| login.health.needs_person());
        if mends && sick && self.guard.may(May::SignIn, Some(row.social_set)) {
            let href = urls::RefreshChannel {
                channel: row.channel,
            }
            .to_string();
            all.push(Action::link(text.t("missed-refresh"), href).primary());
        }
        if self.may_plan() {
            let now = Action::post(
                text.t("post-now"),
                urls::DeliveryPublish { delivery: row.id }.to_string(),
            );
            all.push(now.icon("send").with("version", version.clone()));
        }
        if is_open(row.state) && self.guard.may(May::Draft, Some(row.social_set)) {
            all.push(
                Action::link(
                    text.t("post-edit"),
                    urls::Compose { post: row.post }.to_string(),
                )
                .icon("pencil"),
            );
        }
        all
    }

    /// Letting it go, or taking it back: the word follows the state.
    fn drop(&self) -> Option<Action> {
        let (text, row) = (&self.say.text, &self.found.delivery);
        let version = row.version.to_string();
        if !self.may() {
            return None;
        }
        let action = match row.state {
            Life::Missed(_) | Life::Failed => Action::post(
                text.t("post-drop"),
                urls::DeliveryDrop { delivery: row.id }.to_string(),
            ),
            Life::Scheduled
            | Life::Draft
            | Life::Publishing(domain::delivery::Stage::Preparing)
                if !row.cancel_asked =>
            {
                Action::post(
                    text.t("post-take-back"),
                    urls::DeliveryCancel { delivery: row.id }.to_string(),
                )
            }
            _ => return None,
        };
        Some(
            action
                .look(crate::components::Look::DangerQuiet)
                .with("version", version),
        )
    }

    fn question(&self, action: String, field: &str) -> Settle {
        let form = reschedule_form(self.say, &self.found.delivery, "");
        let (date, time) = form.day_and_time();
        let error = self
            .refusal
            .map(|refusal| refusal.field_words(field, &self.say.text))
            .unwrap_or_default();
        Settle {
            action,
            version: self.found.delivery.version,
            date,
            time,
            error,
        }
    }

    fn settle(&self) -> Option<Settle> {
        let row = &self.found.delivery;
        let asked = row.state == Life::Uncertain && self.may();
        asked.then(|| {
            self.question(
                urls::DeliverySettle { delivery: row.id }.to_string(),
                "permalink",
            )
        })
    }

    fn by_hand(&self) -> Option<Settle> {
        let row = &self.found.delivery;
        let asked = matches!(row.state, Life::Reminded | Life::Missed(_)) && self.may();
        asked.then(|| {
            self.question(
                urls::DeliveryMarkPosted { delivery: row.id }.to_string(),
                "permalink",
            )
        })
    }
}
