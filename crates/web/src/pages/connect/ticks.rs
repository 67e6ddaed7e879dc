//! What signing in came to, in ticks: right account, permissions, role, test read, extends; and what an
//! account lacks, in words.

use domain::cause::Cause;
use domain::horizon::Outlook;
use engine::connect::{Joined, Proven};

use crate::actions::channels::Seen;
use crate::components::{Tick, TickState, Ticks};
use crate::pages::channels::words::Say;
use crate::pages::help::{cause_title, cause_words};
use crate::text::Text;

/// What an account lacks, in words.
pub(super) fn lacking_words(text: &Text, cause: Cause, missing: &str) -> String {
    let title = cause_title(text, cause);
    match (cause, missing) {
        (_, "") => title,
        // The listing names what is not there; the account itself may be well.
        (Cause::AccountInactive, missing) => text.t1("connect-lacks-that", "missing", missing),
        (_, missing) => text.t2("connect-lacks", "why", title, "missing", missing),
    }
}

/// Right account, permissions, role, test read, extends: how far it came, and what stands in the way.
pub(super) fn ticks(text: &Text, say: &Say, joined: &Joined, seen: &Seen) -> (Ticks, String) {
    let keys = [
        text.t("tick-account"),
        text.t("tick-permissions"),
        text.t("tick-role"),
        text.t("tick-test-read"),
        text.t("tick-extends"),
    ];
    let future = match seen.outlook() {
        Outlook::ExtendsItself => String::new(),
        other => say.future(other),
    };
    let lacks = |cause: Cause, missing: Option<&String>| match cause {
        Cause::PermissionRevoked => (1, missing.cloned()),
        Cause::LostAdminRole => (2, missing.cloned()),
        _ => (3, None),
    };
    let (passed, failed, words) = match &joined.proof {
        Some(Proven::Works) => (5, None, String::new()),
        Some(Proven::Lacks { cause, evidence }) => {
            let (at, missing) = lacks(*cause, evidence.missing.as_ref());
            let words = cause_words(text, *cause);
            (
                at,
                Some(missing.unwrap_or(words.title)),
                words.steps.join(" "),
            )
        }
        Some(Proven::Dead { cause, .. }) => (
            3,
            Some(cause_title(text, *cause)),
            cause_words(text, *cause).steps.join(" "),
        ),
        Some(Proven::Later { .. }) => (3, None, text.t("connect-later")),
        None => (1, None, String::new()),
    };
    let ticks = keys.into_iter().enumerate().map(|(at, label)| {
        let (state, detail) = match at.cmp(&passed) {
            std::cmp::Ordering::Less if at == 4 => (TickState::Done, future.clone()),
            std::cmp::Ordering::Less => (TickState::Done, String::new()),
            std::cmp::Ordering::Equal if failed.is_some() => {
                (TickState::Failed, failed.clone().unwrap_or_default())
            }
            std::cmp::Ordering::Equal => (TickState::Now, String::new()),
            std::cmp::Ordering::Greater => (TickState::Wait, String::new()),
        };
        Tick::new(label, detail, state)
    });
    (
        Ticks {
            text: text.clone(),
            ticks: ticks.collect(),
        },
        words,
    )
}
