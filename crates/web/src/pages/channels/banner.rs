//! The one banner above every page: the worst login, with its posts and the button that mends it.

use domain::member::Action as May;

use super::words::Say;
use crate::access::Guard;
use crate::actions::channels::{self, Seen};
use crate::components::{Action, Tone, platform_name};
use crate::layout::Banner;
use crate::problem::Outcome;
use crate::state::Web;
use crate::text::Text;
use crate::urls;

/// The banner, if a channel that the member may see needs a person.
///
/// # Errors
/// When the store fails.
pub async fn worst(web: &Web, guard: &Guard, text: &Text) -> Outcome<Option<Banner>> {
    let all = channels::list(web, guard, None).await?;
    let mut needy = all.iter().filter(|seen| seen.needs_person());
    let Some(first) = needy.next() else {
        return Ok(None);
    };
    Ok(Some(Banner {
        text: text.clone(),
        tone: Say::of(text, web.now(), first)
            .tone(first)
            .unwrap_or(Tone::Red),
        title: title(text, first),
        detail: detail(web, text, first),
        action: action(guard, text, first),
        snooze: None,
        more: needy.count(),
        more_href: format!("{}?show=attention", urls::Channels),
    }))
}

/// What was not lost comes first.
fn title(text: &Text, seen: &Seen) -> String {
    match seen.waiting.held {
        0 => text.t("banner-nothing-lost"),
        held => text.t1("banner-held", "n", held),
    }
}

fn detail(web: &Web, text: &Text, seen: &Seen) -> String {
    let say = Say::of(text, web.now(), seen);
    text.t_args(
        "banner-channel",
        &[
            ("name", seen.channel.name.as_str().into()),
            (
                "platform",
                platform_name(text, seen.channel.platform.as_str()).into(),
            ),
            ("state", say.health(seen).into()),
        ],
    )
}

fn action(guard: &Guard, text: &Text, seen: &Seen) -> Action {
    let channel = seen.channel.id;
    let may = guard.may(May::SignIn, Some(seen.channel.social_set));
    if may && seen.signing_in_helps() {
        let href = urls::RefreshChannel { channel }.to_string();
        Action::link(text.t("refresh-credentials"), href)
            .primary()
            .small()
    } else {
        Action::link(text.t("banner-look"), urls::Channel { channel }.to_string()).small()
    }
}
