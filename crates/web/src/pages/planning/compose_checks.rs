//! The part of the composer that follows the writing: findings of each platform, what will happen, previews.

use askama::Template;
use domain::ids::ChannelId;
use domain::post::Content;
use storage::standings::Standing;

use super::compose_form::ComposeForm;
use super::compose_view::{Parts, Shown, around};
use crate::access::Guard;
use crate::actions::checks;
use crate::components::{Preview, Tone};
use crate::page::Ask;
use crate::problem::{Outcome, Refusal, codes};
use crate::state::Web;

/// What changes while a person writes: findings, counters, previews.
#[derive(Template)]
#[template(path = "pages/planning/compose_checks.html")]
pub(super) struct ChecksView {
    text: crate::text::Text,
    all: Vec<Finding>,
    channels: Vec<ChannelChecks>,
}

// Its own template escapes everything; the page shows it as it is.
impl askama::filters::HtmlSafe for ChecksView {}

struct Finding {
    tone: Tone,
    words: String,
    links: Vec<(String, String)>,
    /// The label of a button that fills in the last good hour.
    before: Option<String>,
}

struct ChannelChecks {
    id: String,
    findings: Vec<Finding>,
    blocking: usize,
    preview: Preview,
    first: bool,
}

/// The part that follows the writing.
pub async fn checks(web: &Web, guard: &Guard, ask: &Ask, form: ComposeForm) -> Outcome<String> {
    let around = around(web, guard, ask, &form).await?;
    let shown = Shown {
        form,
        saved: None,
        refusal: None,
    };
    let parts = Parts {
        guard,
        around: &around,
        shown: &shown,
    };
    parts
        .checks()
        .render()
        .map_err(|_| Refusal::new(&codes::INTERNAL))
}

impl Parts<'_> {
    fn content(&self, channel: ChannelId) -> Content {
        self.shown
            .form
            .variant(channel)
            .over(&self.shown.form.content())
    }

    pub(super) fn checks(&self) -> ChecksView {
        let (say, form) = (&self.around.say, &self.shown.form);
        let due = form.latest(&say.zone, say.now);
        let chosen: Vec<&Standing> = self
            .around
            .standings
            .iter()
            .filter(|one| form.channels.contains(&one.channel.id) && !self.is_fixed(one.channel.id))
            .collect();
        let shown = if chosen.is_empty() {
            self.around.standings.iter().take(1).collect()
        } else {
            chosen.clone()
        };
        let mut all = Vec::new();
        let mut channels = Vec::new();
        for (at, standing) in shown.iter().enumerate() {
            let id = standing.channel.id;
            let content = self.content(id);
            let issues = checks::findings(standing, &content, &self.around.pictures);
            let issues = if chosen.is_empty() {
                Vec::new()
            } else {
                issues
            };
            let mut findings: Vec<Finding> = issues
                .iter()
                .map(|issue| Finding {
                    tone: if issue.blocks { Tone::Red } else { Tone::Amber },
                    words: checks::issue_words(standing, issue).say(&say.text),
                    links: Vec::new(),
                    before: None,
                })
                .collect();
            let warnings = if chosen.is_empty() {
                Vec::new()
            } else {
                checks::warnings(standing, due, self.around.hold.as_ref(), say.now)
            };
            findings.extend(
                warnings
                    .iter()
                    .map(|warning| self.warning(standing, warning)),
            );
            all.extend(findings.iter().map(|one| Finding {
                tone: one.tone,
                words: one.words.clone(),
                links: one.links.clone(),
                before: one.before.clone(),
            }));
            let breaks = form.own.get(&id).is_some_and(|own| own.breaks_text);
            let source = if breaks {
                format!("text-{id}")
            } else {
                "text".to_owned()
            };
            channels.push(ChannelChecks {
                id: id.to_string(),
                blocking: issues.iter().filter(|issue| issue.blocks).count(),
                findings,
                preview: say.preview(standing, &content, &self.around.pictures, &source),
                first: at == 0,
            });
        }
        all.sort_by_key(|one| one.tone != Tone::Red);
        all.dedup_by(|one, other| one.words == other.words);
        ChecksView {
            text: say.text.clone(),
            all,
            channels,
        }
    }

    fn warning(&self, standing: &Standing, warning: &checks::Warning) -> Finding {
        let text = &self.around.say.text;
        let say = &self.around.say;
        let before = warning
            .end
            .map(|end| text.t1("risk-plan-before", "day", say.day(end)));
        Finding {
            tone: Tone::Amber,
            words: say.warning(standing, warning),
            links: say.ways_out(self.guard, standing, warning, None),
            before,
        }
    }
}
