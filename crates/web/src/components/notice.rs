//! One notice of the Inbox.

use askama::Template;

use super::action::Action;
use super::icon::{Html, icon};
use super::menu::Menu;
use super::state::Tone;
use super::time::When;
use crate::text::Text;

/// A notice in a list.
#[derive(Clone, Debug, Template)]
#[template(path = "components/notice_row.html")]
pub struct NoticeRow {
    /// Words of the request's language.
    pub text: Text,
    /// How grave it is.
    pub tone: Tone,
    /// Its icon.
    pub icon: &'static str,
    /// What happened; what was not lost comes first.
    pub title: String,
    /// Where the row leads.
    pub href: String,
    /// One or two sentences.
    pub body: String,
    /// The page about its cause.
    pub about: Option<String>,
    /// When it was last told.
    pub when: When,
    /// Small facts: channel, number of posts.
    pub facts: Vec<String>,
    /// Whether nobody has seen it yet.
    pub is_new: bool,
    /// What to do about it.
    pub action: Option<Action>,
    /// Everything else.
    pub menu: Option<Menu>,
}

super::safe_html!(NoticeRow);

impl NoticeRow {
    fn drawn(&self) -> Html {
        icon(self.icon)
    }

    /// One of each tone.
    #[must_use]
    pub fn samples(text: &Text) -> Vec<Self> {
        let row = |tone, icon, title: &str, body: &str, facts: &[&str], is_new, action| Self {
            text: text.clone(),
            tone,
            icon,
            title: title.to_owned(),
            href: "#".to_owned(),
            body: body.to_owned(),
            about: None,
            when: When::samples(text).swap_remove(1),
            facts: facts.iter().map(|fact| (*fact).to_owned()).collect(),
            is_new,
            action,
            menu: None,
        };
        vec![
            row(
                Tone::Red,
                "key-round",
                "3 posts are kept. Atelier Marais needs you to sign in",
                "Facebook ended the sign-in because the password changed.",
                &["Facebook", "3 posts wait"],
                true,
                Some(Action::link("Refresh Credentials", "#").primary().small()),
            ),
            row(
                Tone::Amber,
                "alarm-clock",
                "Nordlicht Reisen: sign in by 26 November",
                "After that day 2 planned posts would wait for you.",
                &["TikTok", "2 posts"],
                true,
                Some(Action::link("Sign in early", "#").small()),
            ),
            row(
                Tone::Green,
                "circle-check",
                "Lumen Coffee is well again",
                "3 new posts are on the grid.",
                &["Instagram"],
                false,
                None,
            ),
            row(
                Tone::Grey,
                "cloud",
                "YouTube is in trouble, nothing for you to do",
                "We keep trying; posts that are too late wait for you.",
                &["YouTube"],
                false,
                None,
            ),
        ]
    }
}
