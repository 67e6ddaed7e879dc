//! The composer as it is shown: channels, words, pictures, a tab for each channel, findings, preview, time.

use std::collections::BTreeMap;

use askama::Template;
use domain::delivery::State;
use domain::ids::{ChannelId, MediaId};
use domain::member::Action as May;
use domain::schedule::Zone;
use platforms::facts::TextLimit;
use storage::deliveries::DeliveryRow;
use storage::holds::{self, Hold};
use storage::media::{self as library, MediaRow};
use storage::standings::Standing;

use super::compose_checks::ChecksView;
use super::compose_form::ComposeForm;
use super::{Say, no_set, picture};
use crate::access::Guard;
use crate::actions::checks;
use crate::actions::post_work::is_open;
use crate::actions::save::Saved;
use crate::actions::{calendars, media};
use crate::components::{Action, ChannelToggle, Counter, Empty, StatePill};
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::problem::{Outcome, Refusal, codes};
use crate::state::Web;
use crate::urls;

/// How many pictures of the library are offered.
const OFFERED: usize = 24;

/// What is shown.
pub struct Shown {
    /// The form as it is filled.
    pub form: ComposeForm,
    /// The stored post, if it is one.
    pub saved: Option<Saved>,
    /// What was wrong with it.
    pub refusal: Option<Refusal>,
}

#[derive(Template)]
#[template(path = "pages/planning/compose.html")]
pub struct ComposePage {
    frame: Frame,
    title: String,
    empty: Option<Empty>,
    view: Option<ComposeView>,
}

struct ComposeView {
    action: String,
    hidden: Vec<(&'static str, String)>,
    autosave: bool,
    refused: String,
    wrong: Vec<String>,
    toggles: Vec<Toggle>,
    no_channels: Option<Action>,
    text: String,
    media: Vec<MediaItem>,
    tabs: Vec<ChannelTab>,
    checks: ChecksView,
    date: String,
    time: String,
    zone: String,
    time_error: String,
    offered: Vec<MediaItem>,
    schedule: String,
    may_publish: bool,
    /// Channels on which it is out already, with their states.
    fixed: Vec<(String, StatePill)>,
    discard: Option<Action>,
}

struct Toggle {
    toggle: ChannelToggle,
    fixed: bool,
}

/// A picture in the strip.
pub struct MediaItem {
    id: String,
    address: String,
    name: String,
    alt: String,
    number: usize,
}

impl MediaItem {
    /// One without a picture.
    pub(super) fn blank() -> Self {
        let empty = String::new;
        Self {
            id: empty(),
            address: empty(),
            name: empty(),
            alt: empty(),
            number: 0,
        }
    }
}

struct ChannelTab {
    id: String,
    name: String,
    drawn: crate::components::Html,
    shown: bool,
    breaks_text: bool,
    text: String,
    counter: Counter,
    breaks_media: bool,
    picks: Vec<(MediaItem, bool)>,
}

/// Where there is no social set.
pub async fn without_set(web: &Web, guard: &Guard, ask: &Ask) -> Outcome<ComposePage> {
    Ok(ComposePage {
        frame: page::frame(web, guard, ask, Entry::Create).await?,
        title: ask.text.t("compose-title"),
        empty: Some(no_set(&ask.text)),
        view: None,
    })
}

/// What the composer reads to be shown.
pub(super) struct Around {
    pub(super) say: Say,
    pub(super) standings: Vec<Standing>,
    pub(super) pictures: BTreeMap<MediaId, MediaRow>,
    pub(super) hold: Option<Hold>,
}

pub(super) async fn around(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    form: &ComposeForm,
) -> Outcome<Around> {
    let set = form
        .set
        .or(guard.current_set())
        .ok_or_else(Refusal::not_found)?;
    let set = crate::actions::sets::one(web, guard, set).await?;
    let standings = calendars::standings(web, guard, set.id).await?;
    let (workspace, now) = (guard.workspace(), web.now());
    let ids: Vec<MediaId> = form.media.iter().map(|one| one.media).collect();
    let (pictures, hold) = web
        .read("web.compose", move |conn| {
            Ok((
                library::of(conn, workspace, &ids)?,
                holds::over(conn, workspace, set.id, now)?,
            ))
        })
        .await?;
    let zone: Zone = set.zone;
    Ok(Around {
        say: Say::new(&ask.text, web, &zone),
        standings,
        pictures: pictures.into_iter().map(|row| (row.id, row)).collect(),
        hold,
    })
}

/// The whole page.
pub async fn page(web: &Web, guard: &Guard, ask: &Ask, mut shown: Shown) -> Outcome<ComposePage> {
    if let Some(saved) = &shown.saved {
        shown.form.set = Some(saved.post.social_set);
    }
    let around = around(web, guard, ask, &shown.form).await?;
    let offered = media::list(web, guard, None, OFFERED).await?;
    let frame = page::frame(
        web,
        guard,
        ask,
        if shown.saved.is_some() {
            Entry::Other
        } else {
            Entry::Create
        },
    )
    .await?;
    let connections = frame.connections_href();
    let parts = Parts {
        guard,
        around: &around,
        shown: &shown,
    };
    let view = parts.view(connections, &offered);
    let title = if shown.saved.is_some() {
        "compose-title-old"
    } else {
        "compose-title"
    };
    Ok(ComposePage {
        frame,
        title: ask.text.t(title),
        empty: None,
        view: Some(view),
    })
}

/// What the parts of the page are made from.
pub(super) struct Parts<'a> {
    pub(super) guard: &'a Guard,
    pub(super) around: &'a Around,
    pub(super) shown: &'a Shown,
}

impl Parts<'_> {
    fn row(&self, channel: ChannelId) -> Option<&DeliveryRow> {
        let saved = self.shown.saved.as_ref()?;
        saved
            .deliveries
            .iter()
            .map(|(row, _)| row)
            .find(|row| row.channel == channel)
    }

    /// Whether the post can no longer be changed there.
    pub(super) fn is_fixed(&self, channel: ChannelId) -> bool {
        self.row(channel)
            .is_some_and(|row| !is_open(row.state) && row.state != State::Canceled)
    }

    fn was_taken_back(&self, channel: ChannelId) -> bool {
        self.row(channel)
            .is_some_and(|row| row.state == State::Canceled)
    }

    fn view(&self, connections: String, offered: &[MediaRow]) -> ComposeView {
        let (say, form) = (&self.around.say, &self.shown.form);
        let text = &say.text;
        let set = form.set.or(self.guard.current_set());
        let refusal = self.shown.refusal.as_ref();
        let saved = self.shown.saved.as_ref();
        let draft = saved.is_none_or(|saved| {
            saved
                .deliveries
                .iter()
                .all(|(row, _)| row.state == State::Draft)
        });
        let mut hidden = vec![("was", form.was.clone()), ("tab", form.tab.clone())];
        match saved {
            Some(_) => hidden.push(("version", form.version.unwrap_or(0).to_string())),
            None => hidden.push((
                "post",
                form.new_id.map(|id| id.to_string()).unwrap_or_default(),
            )),
        }
        hidden.extend(set.map(|set| ("set", set.to_string())));
        let taken_back = self.around.standings.iter().map(|one| one.channel.id);
        hidden.extend(
            taken_back
                .filter(|id| self.was_taken_back(*id))
                .map(|id| ("put_back", id.to_string())),
        );
        let may_publish = self.guard.may(May::Publish, set);
        ComposeView {
            action: saved.map_or_else(
                || urls::ComposeNew.to_string(),
                |saved| {
                    urls::Compose {
                        post: saved.post.id,
                    }
                    .to_string()
                },
            ),
            hidden,
            autosave: draft,
            refused: refusal
                .map(|refusal| self.refused(refusal))
                .unwrap_or_default(),
            wrong: self.wrong(refusal),
            toggles: self.toggles(),
            no_channels: self
                .around
                .standings
                .is_empty()
                .then(|| Action::link(text.t("switcher-edit"), connections)),
            text: form.text.clone(),
            media: self.media(),
            tabs: self
                .around
                .standings
                .iter()
                .map(|one| self.tab(one))
                .collect(),
            checks: self.checks(),
            date: form.date.clone(),
            time: form.time.clone(),
            zone: say.zone_words(),
            time_error: refusal
                .map(|refusal| refusal.field_words("schedule", text))
                .unwrap_or_default(),
            offered: offered
                .iter()
                .enumerate()
                .map(|(at, row)| item(row, "", at))
                .collect(),
            schedule: text.t(if draft {
                "compose-schedule"
            } else {
                "compose-save"
            }),
            may_publish,
            fixed: self.fixed(),
            discard: saved.filter(|_| draft).map(|saved| {
                let action = Action::post(
                    text.t("post-discard"),
                    urls::Discard {
                        post: saved.post.id,
                    }
                    .to_string(),
                );
                action
                    .look(crate::components::Look::DangerQuiet)
                    .with("version", saved.post.version.to_string())
            }),
        }
    }

    fn refused(&self, refusal: &Refusal) -> String {
        let text = &self.around.say.text;
        if *refusal.code() == codes::CHANGED_MEANWHILE {
            return text.t("compose-stale");
        }
        refusal.sentence(text)
    }

    /// Wrong fields that have no place of their own on the page.
    fn wrong(&self, refusal: Option<&Refusal>) -> Vec<String> {
        let Some(refusal) = refusal else {
            return Vec::new();
        };
        let fields = refusal
            .fields()
            .iter()
            .filter(|field| field.field != "schedule");
        // Findings of a platform are listed where they belong, on the tab of their channel.
        if *refusal.code() == codes::CONTENT_BLOCKED {
            return Vec::new();
        }
        fields
            .map(|field| field.words.say(&self.around.say.text))
            .collect()
    }

    fn toggles(&self) -> Vec<Toggle> {
        let toggle = |standing: &Standing| {
            let id = standing.channel.id;
            let fixed = self.is_fixed(id);
            let note = if fixed {
                String::new()
            } else if self.was_taken_back(id) {
                self.around.say.text.t("state-canceled")
            } else {
                self.note(standing)
            };
            Toggle {
                toggle: ChannelToggle {
                    ring: self.around.say.ring(standing),
                    field: "channel".to_owned(),
                    value: id.to_string(),
                    checked: self.shown.form.channels.contains(&id) || fixed,
                    note,
                },
                fixed,
            }
        };
        self.around.standings.iter().map(toggle).collect()
    }

    /// What will happen there, in a word or two.
    fn note(&self, standing: &Standing) -> String {
        let warnings = checks::warnings(standing, None, None, self.around.say.now);
        let text = &self.around.say.text;
        match warnings.first().map(|warning| warning.code) {
            Some("reminder_only") => text.t("compose-note-remind"),
            Some("login_dead" | "limited" | "unlinked") => text.t("compose-note-waits"),
            _ => String::new(),
        }
    }

    fn media(&self) -> Vec<MediaItem> {
        let rows = self.shown.form.media.iter();
        let known =
            rows.filter_map(|one| self.around.pictures.get(&one.media).map(|row| (row, one)));
        known
            .enumerate()
            .map(|(at, (row, one))| item(row, &one.alt, at))
            .collect()
    }

    fn tab(&self, standing: &Standing) -> ChannelTab {
        let (form, id) = (&self.shown.form, standing.channel.id);
        let own = form.own.get(&id).cloned().unwrap_or_default();
        let facts =
            platforms::registry::get(standing.channel.platform).map(|adapter| adapter.facts());
        let limit = match facts.map(|facts| facts.text_limit) {
            Some(TextLimit::Chars(chars)) => chars as usize,
            Some(TextLimit::Graphemes { graphemes, .. }) => graphemes as usize,
            None => domain::limits::TEXT_CHARS,
        };
        let words = if own.breaks_text {
            &own.text
        } else {
            &form.text
        };
        let picks = self.media().into_iter().map(|item| {
            let chosen =
                !own.breaks_media || own.media.iter().any(|media| media.to_string() == item.id);
            (item, chosen)
        });
        ChannelTab {
            id: id.to_string(),
            name: standing.channel.name.clone(),
            drawn: crate::components::mark(standing.channel.platform.as_str()),
            shown: form.channels.contains(&id) && !self.is_fixed(id),
            breaks_text: own.breaks_text,
            text: if own.breaks_text {
                own.text.clone()
            } else {
                form.text.clone()
            },
            counter: Counter {
                text: self.around.say.text.clone(),
                field: if own.breaks_text {
                    format!("text-{id}")
                } else {
                    "text".to_owned()
                },
                used: unicode_segmentation::UnicodeSegmentation::graphemes(words.as_str(), true)
                    .count(),
                limit,
            },
            breaks_media: own.breaks_media,
            picks: picks.collect(),
        }
    }

    fn fixed(&self) -> Vec<(String, StatePill)> {
        let one = |standing: &Standing| {
            let row = self
                .row(standing.channel.id)
                .filter(|_| self.is_fixed(standing.channel.id))?;
            let pill = StatePill::new(
                &self.around.say.text,
                self.around.say.state(row, Some(standing)),
            );
            Some((standing.channel.name.clone(), pill))
        };
        self.around.standings.iter().filter_map(one).collect()
    }
}

fn item(row: &MediaRow, alt: &str, at: usize) -> MediaItem {
    MediaItem {
        id: row.id.to_string(),
        address: picture(&row.thumb_sha256),
        name: row.name.clone(),
        alt: alt.to_owned(),
        number: at + 1,
    }
}
