//! The side panel of the calendar and the grid: one post with its preview, what became of it on each
//! channel, and what may be done.

use domain::delivery::State;
use domain::ids::DeliveryId;
use domain::member::Action as May;
use jiff::civil::Date;
use storage::deliveries::DeliveryRow;
use storage::standings::Standing;

use super::{Say, reason_words};
use crate::access::Guard;
use crate::actions::checks;
use crate::actions::hand::Hand;
use crate::actions::post_work::{PostWork, is_open};
use crate::components::{Action, Dialog, LifeRing, Preview, StatePill, Tone, When};
use crate::problem::{Outcome, Refusal};
use crate::state::Web;
use crate::urls;

/// The panel.
pub struct Side {
    /// The first words.
    pub title: String,
    /// When, with the zone.
    pub when: Option<When>,
    /// The zone.
    pub zone: String,
    /// How it will look.
    pub preview: Option<Preview>,
    /// The post on each channel.
    pub channels: Vec<SideChannel>,
    /// What will happen.
    pub notes: Vec<SideNote>,
    /// What may be done.
    pub actions: Vec<Action>,
    /// Questions before what is hard to undo.
    pub dialogs: Vec<Dialog>,
    /// The month that it stands in.
    pub month: Option<Date>,
}

/// What will happen on a channel, and the ways out.
#[derive(PartialEq)]
pub struct SideNote {
    /// How grave it is.
    pub tone: Tone,
    /// In words.
    pub words: String,
    /// Addresses with their labels.
    pub ways: Vec<(String, String)>,
}

/// The post on one channel.
pub struct SideChannel {
    /// The channel.
    pub ring: LifeRing,
    /// Its name.
    pub name: String,
    /// How it stands there.
    pub pill: StatePill,
    /// Why, or when.
    pub detail: String,
    /// Its history.
    pub history: Action,
    /// Where it is.
    pub permalink: Option<String>,
}

/// Reads a post for the panel; none where it is gone.
///
/// # Errors
/// `not_allowed`, or when the store fails.
pub async fn read(web: &Web, guard: &Guard, say: &Say, id: DeliveryId) -> Outcome<Option<Side>> {
    let (hand, asker) = (Hand::of(web, guard), guard.clone());
    let work = web
        .read("web.side", move |conn| {
            let Some(row) = storage::deliveries::one(conn, hand.workspace, id)? else {
                return Ok(None);
            };
            match PostWork::read(conn, &hand, &asker, row.post, May::Read) {
                Ok(work) => Ok(Some(work)),
                Err(refusal) if refusal.status() == http::StatusCode::NOT_FOUND => Ok(None),
                Err(refusal) => Err::<_, Refusal>(refusal),
            }
        })
        .await?;
    Ok(work.and_then(|work| panel(guard, say, &work, id)))
}

fn panel(guard: &Guard, say: &Say, work: &PostWork, id: DeliveryId) -> Option<Side> {
    let (row, variant) = work.deliveries.iter().find(|(row, _)| row.id == id)?;
    let standing = work.standings.get(&row.channel)?;
    let content = variant.over(&work.post.content);
    let mut channels = Vec::new();
    let mut notes = Vec::new();
    for (row, _) in &work.deliveries {
        let Some(standing) = work.standings.get(&row.channel) else {
            continue;
        };
        channels.push(channel(say, row, standing));
        if row.state == State::Scheduled {
            let warnings = checks::warnings(standing, row.due_at, work.hold.as_ref(), say.now);
            notes.extend(warnings.iter().map(|warning| SideNote {
                tone: Tone::Amber,
                words: say.warning(standing, warning),
                ways: say.ways_out(guard, standing, warning, Some(row)),
            }));
        }
    }
    notes.dedup();
    let (actions, dialogs) = actions(guard, say, work, row);
    Some(Side {
        title: if content.text.is_empty() {
            say.text.t("post-without-words")
        } else {
            row.excerpt.clone()
        },
        when: row.due_at.map(|due| say.at(due)),
        zone: say.zone_words(),
        preview: Some(say.preview(standing, &content, &work.pictures, "")),
        channels,
        notes,
        actions,
        dialogs,
        month: row.due_at.map(|due| say.zone.local(due).date()),
    })
}

fn channel(say: &Say, row: &DeliveryRow, standing: &Standing) -> SideChannel {
    let detail = match row.state {
        State::Missed(reason) => reason_words(&say.text, reason),
        State::Published => row
            .published_at
            .map(|at| say.at(at).words)
            .unwrap_or_default(),
        _ if row.cancel_asked => say.text.t("post-cancel-asked"),
        _ => row.due_at.map(|due| say.at(due).words).unwrap_or_default(),
    };
    let name = standing.channel.name.clone();
    SideChannel {
        ring: say.small_ring(standing),
        pill: StatePill::new(&say.text, say.state(row, Some(standing))),
        detail,
        history: Action::link(
            say.text.t("post-history"),
            urls::Delivery { delivery: row.id }.to_string(),
        )
        .quiet()
        .small()
        .icon("history")
        .spoken(say.text.t1("post-history-on", "name", &name)),
        permalink: row.permalink.clone(),
        name,
    }
}

/// What may be done with a post, the first thing first.
fn actions(
    guard: &Guard,
    say: &Say,
    work: &PostWork,
    row: &DeliveryRow,
) -> (Vec<Action>, Vec<Dialog>) {
    let (text, set) = (&say.text, Some(work.set.id));
    let open = work.deliveries.iter().any(|(row, _)| is_open(row.state));
    let edit = || {
        Action::link(
            text.t("post-edit"),
            urls::Compose { post: work.post.id }.to_string(),
        )
        .icon("pencil")
    };
    let mut all = Vec::new();
    if !guard.may(May::Draft, set) {
        return (all, Vec::new());
    }
    match row.state {
        State::Missed(_) | State::Failed | State::Uncertain | State::Reminded => {
            let href = urls::Delivery { delivery: row.id }.to_string();
            all.push(Action::link(text.t("post-decide"), href).primary());
            if row.state != State::Uncertain && row.state != State::Reminded {
                all.push(edit());
            }
        }
        _ if open => all.push(edit().primary()),
        _ => {}
    }
    let mut dialogs = Vec::new();
    if open {
        let draft = work
            .deliveries
            .iter()
            .all(|(row, _)| row.state == State::Draft);
        let (label, lead) = if draft {
            ("post-discard", "post-discard-lead")
        } else {
            ("post-take-back", "post-take-back-lead")
        };
        let yes = Action::post(
            text.t(label),
            urls::Discard { post: work.post.id }.to_string(),
        )
        .danger()
        .with("version", work.post.version.to_string());
        all.push(Action::dialog(text.t(label), "take-back").quiet());
        dialogs.push(Dialog {
            text: text.clone(),
            id: "take-back".to_owned(),
            title: text.t(if draft {
                "post-discard-title"
            } else {
                "post-take-back-title"
            }),
            lead: text.t(lead),
            points: Vec::new(),
            actions: vec![yes],
        });
    }
    (all, dialogs)
}
