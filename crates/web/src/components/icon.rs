//! Line icons and platform marks, drawn inline so that they take the colour of the text. An icon beside a word is
//! decoration and silent; one that stands alone is given a name.

use std::fmt;

use askama::filters::Escaper as _;

use crate::assets::embedded::{ICONS, MARKS};
use crate::text::Text;

/// HTML that is already escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Takes the output of a template as it is. Never pass what a person or a platform wrote.
    #[must_use]
    pub fn from_template(template: &impl askama::Template) -> Self {
        Self(template.render().unwrap_or_default())
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

super::safe_html!(Html);

/// Every platform: its name in code and the key of its name on the page.
pub const PLATFORMS: &[(&str, &str)] = &[
    ("instagram", "platform-instagram"),
    ("facebook", "platform-facebook"),
    ("threads", "platform-threads"),
    ("google_business", "platform-google-business"),
    ("youtube", "platform-youtube"),
    ("linkedin", "platform-linkedin"),
    ("tiktok", "platform-tiktok"),
    ("pinterest", "platform-pinterest"),
    ("bluesky", "platform-bluesky"),
    ("mastodon", "platform-mastodon"),
    ("x", "platform-x"),
];

/// A platform's name as people know it; an unknown one keeps the name that it came with.
#[must_use]
pub fn platform_name(text: &Text, platform: &str) -> String {
    PLATFORMS
        .iter()
        .find(|(name, _)| *name == platform)
        .map_or_else(|| platform.to_owned(), |(_, key)| text.t(key))
}

/// Icons that point along the reading direction and turn with it.
const TURNING: &[&str] = &[
    "arrow-left",
    "arrow-right",
    "chevron-left",
    "chevron-right",
    "log-out",
    "undo-2",
    "skip-forward",
    "fast-forward",
    "send",
];

/// Whether `icons.txt` lists the icon.
#[must_use]
pub fn exists(name: &str) -> bool {
    body(ICONS, name).is_some()
}

/// An icon beside words: silent.
#[must_use]
pub fn icon(name: &str) -> Html {
    drawn(name, r#" aria-hidden="true""#)
}

/// An icon that stands alone, with its name for those who hear the page.
#[must_use]
pub fn icon_named(name: &str, label: &str) -> Html {
    let mut safe = String::new();
    // Writing to a string cannot fail.
    let _ = askama::filters::Html.write_escaped_str(&mut safe, label);
    drawn(name, &format!(r#" role="img" aria-label="{safe}""#))
}

fn drawn(name: &str, attributes: &str) -> Html {
    let turns = if TURNING.contains(&name) {
        " icon-turns"
    } else {
        ""
    };
    let inner = body(ICONS, name).unwrap_or_default();
    Html(format!(
        r#"<svg class="icon{turns}"{attributes} viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{inner}</svg>"#
    ))
}

/// A platform's mark, one colour; the platform's name must stand beside it.
#[must_use]
pub fn mark(platform: &str) -> Html {
    let inner = body(MARKS, platform).unwrap_or_default();
    Html(format!(
        r#"<svg class="mark" aria-hidden="true" viewBox="0 0 24 24" width="16" height="16" fill="currentColor">{inner}</svg>"#
    ))
}

fn body(table: &'static [(&str, &str)], name: &str) -> Option<&'static str> {
    table
        .binary_search_by_key(&name, |(key, _)| key)
        .ok()
        .map(|at| table[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_has_a_mark_and_a_name() {
        for (platform, _) in PLATFORMS {
            assert!(mark(platform).to_string().contains("<path"), "{platform}");
            assert!(
                !platform_name(&Text::english(), platform).contains('⟦'),
                "{platform}"
            );
        }
    }

    #[test]
    fn a_name_cannot_break_out() {
        let html = icon_named("key-round", r#""><script>"#).to_string();
        assert!(
            !html.contains("<script>") && html.contains("aria-label"),
            "{html}"
        );
    }
}
