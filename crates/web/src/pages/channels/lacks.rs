//! What a login lacks, in words.

use super::words::Say;
use crate::actions::channels::Seen;
use crate::actions::lacks::{CREATE_CONTENT, Kind, Lack};
use crate::pages::connect::why;
use crate::text::Text;

/// What it allows, in our words; empty where nobody says.
#[must_use]
pub fn allows(text: &Text, lack: &Lack) -> String {
    match lack.why {
        CREATE_CONTENT => text.t("role-create-content"),
        word => why(text, word),
    }
}

/// Each with its meaning: "pages_manage_posts (Post what you planned)".
#[must_use]
pub fn named(text: &Text, lacks: &[Lack]) -> String {
    let one = |lack: &Lack| match allows(text, lack) {
        allows if allows.is_empty() => lack.name.clone(),
        allows => format!("{} ({allows})", lack.name),
    };
    lacks.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Who can give it, and how, in a sentence; empty where nothing is missing.
#[must_use]
pub fn who(say: &Say, seen: &Seen, lacks: &[Lack]) -> String {
    let (Some(first), Some(login)) = (lacks.first(), &seen.login) else {
        return String::new();
    };
    // Boxes come first: what else is missing stands in the list as well.
    let boxes = lacks.iter().any(|lack| lack.kind == Kind::Box);
    let names = lacks
        .iter()
        .filter(|lack| (lack.kind == Kind::Box) == boxes)
        .map(|lack| lack.name.as_str())
        .collect::<Vec<_>>();
    let key = match first.kind {
        _ if boxes => "lacks-person",
        Kind::Box | Kind::Link => "lacks-elsewhere",
        Kind::Role => "lacks-page-admin",
    };
    say.text.t_args(
        key,
        &[
            ("missing", names.join(", ").into()),
            ("person", login.grant.person_name.as_str().into()),
            ("name", seen.channel.name.as_str().into()),
            ("platform", login.grant.flow.name().into()),
        ],
    )
}
