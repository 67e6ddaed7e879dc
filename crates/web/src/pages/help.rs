//! Help: every cause in its own words, and what this program is not for.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::cause::{Cause, Confidence};
use platforms::catalogue;

use crate::access::Guard;
use crate::components::{Action, platform_name};
use crate::extract::Path;
use crate::layout::{Entry, Frame, Plain};
use crate::page::{self, Ask};
use crate::problem::{Outcome, Refusal};
use crate::state::Web;
use crate::text::Text;
use crate::urls;

/// A cause in words.
#[derive(Debug, Clone)]
pub struct CauseWords {
    /// A short title.
    pub title: String,
    /// What happened.
    pub sentence: String,
    /// What to do, one after the other.
    pub steps: Vec<String>,
    /// What will not help.
    pub not: String,
    /// Who can mend it.
    pub who: String,
    /// Whether signing in helps.
    pub signing_in: String,
}

fn key(cause: Cause, part: &str) -> String {
    format!("cause-{}-{part}", cause.as_str().replace('_', "-"))
}

/// A cause's title.
#[must_use]
pub fn cause_title(text: &Text, cause: Cause) -> String {
    text.t(&key(cause, "title"))
}

/// The page about a cause.
#[must_use]
pub fn cause_href(cause: Cause) -> String {
    urls::HelpCause {
        cause: cause.to_string(),
    }
    .to_string()
}

/// A cause in words.
#[must_use]
pub fn cause_words(text: &Text, cause: Cause) -> CauseWords {
    let say = |part: &str| text.t(&key(cause, part));
    CauseWords {
        title: say("title"),
        sentence: say("sentence"),
        steps: say("steps").lines().map(str::to_owned).collect(),
        not: say("not"),
        who: say("who"),
        signing_in: say("signing-in"),
    }
}

#[derive(Template)]
#[template(path = "pages/help/index.html")]
struct HelpPage {
    frame: Frame,
    causes: Vec<(String, String, String)>,
    api: Action,
}

/// All causes.
pub async fn index(State(web): State<Web>, guard: Guard, ask: Ask) -> Outcome<Response> {
    let text = &ask.text;
    let causes = Cause::ALL
        .iter()
        .map(|cause| {
            let words = cause_words(text, *cause);
            (
                urls::HelpCause {
                    cause: cause.to_string(),
                }
                .to_string(),
                words.title,
                words.sentence,
            )
        })
        .collect();
    let api = Action::link(text.t("help-api-link"), urls::ApiDocs.to_string());
    let frame = page::frame(&web, &guard, &ask, Entry::Help).await?;
    Ok(page::show(&HelpPage { frame, causes, api }))
}

#[derive(Template)]
#[template(path = "pages/help/cause.html")]
struct CausePage {
    plain: Plain,
    word: String,
    words: CauseWords,
    answers: Vec<Answered>,
}

/// An answer of a platform that means the cause.
struct Answered {
    platform: String,
    code: String,
    said: String,
    sure: String,
}

/// The answers that mean this cause, from the adapters' own tables.
fn answers(text: &Text, cause: Cause) -> Vec<Answered> {
    let mean = catalogue::all()
        .into_iter()
        .filter(|one| one.cause == cause);
    mean.map(|one| {
        let numbers: Vec<&str> = [one.code.as_str(), one.subcode.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        Answered {
            platform: platform_name(text, one.platform.as_str()),
            code: numbers.join(" / "),
            said: if one.words.is_empty() {
                String::new()
            } else {
                format!("“{}”", one.words)
            },
            sure: match one.confidence {
                Confidence::Documented => text.t("sure-documented"),
                Confidence::Probable => text.t("sure-probable"),
                Confidence::Guess => text.t("sure-guess"),
            },
        }
    })
    .collect()
}

/// One cause.
pub async fn cause(
    State(web): State<Web>,
    ask: Ask,
    Path(word): Path<String>,
) -> Outcome<Response> {
    let cause: Cause = word.parse().map_err(|_| Refusal::not_found())?;
    let mut plain = page::plain(&web, &ask);
    plain.wide = true;
    Ok(page::show(&CausePage {
        plain,
        word,
        words: cause_words(&ask.text, cause),
        answers: answers(&ask.text, cause),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_all_its_words_and_a_page() {
        let text = Text::english();
        let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/causes");
        for cause in Cause::ALL {
            let words = cause_words(&text, *cause);
            let all = [
                &words.title,
                &words.sentence,
                &words.not,
                &words.who,
                &words.signing_in,
            ];
            for said in all.into_iter().chain(&words.steps) {
                assert!(!said.contains('⟦') && !said.is_empty(), "{cause}: {said}");
            }
            assert!(!words.steps.is_empty(), "{cause} says nothing to do");
            let page = std::fs::read_to_string(docs.join(format!("{cause}.md"))).expect("its page");
            for said in all.into_iter().chain(&words.steps) {
                assert!(
                    page.contains(said.as_str()),
                    "{cause}: the page lacks {said:?}"
                );
            }
            assert!(page.contains(&words.title), "{cause}: another title");
        }
    }
}
