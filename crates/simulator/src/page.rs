//! The shell of every page the simulator shows: plain HTML, no script, nothing from elsewhere.

use crate::reply::Reply;
use http::StatusCode;

const STYLE: &str = include_str!("page.css");

/// Nothing may be loaded but pictures and the page's own style. There is no `form-action`: a
/// consent form ends in a redirect to whoever asked.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";

/// Makes text safe inside elements and quoted attributes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A narrow page in a platform's colours. `brand` is a class of page.css (`instagram`,
/// `facebook`, `bluesky`), `body` is HTML.
#[must_use]
pub fn dialog(status: StatusCode, brand: &str, title: &str, body: &str) -> Reply {
    let inner = format!(
        r#"<main class="dialog"><p class="stand-in">Simulator: a stand-in for {host}. Nothing leaves this machine.</p><h1>{title}</h1>{body}</main>"#,
        host = escape(brand_host(brand)),
        title = escape(title),
    );
    shell(status, brand, title, &inner)
}

/// A wide page (the control page).
#[must_use]
pub fn wide(title: &str, body: &str) -> Reply {
    shell(
        StatusCode::OK,
        "control",
        title,
        &format!(r#"<main class="wide">{body}</main>"#),
    )
}

fn brand_host(brand: &str) -> &str {
    match brand {
        "instagram" => "instagram.com",
        "facebook" => "facebook.com",
        "bluesky" => "bsky.social",
        other => other,
    }
}

fn shell(status: StatusCode, class: &str, title: &str, inner: &str) -> Reply {
    let page = format!(
        r#"<!doctype html><html lang="en" class="{class}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><title>{title}</title><style>{STYLE}</style></head><body>{inner}</body></html>"#,
        class = escape(class),
        title = escape(title),
    );
    Reply::html(status, page)
        .header("content-security-policy", POLICY)
        .header("x-content-type-options", "nosniff")
        .header("cache-control", "no-store")
}

/// The page that a platform shows when it is down, in place of any JSON (sheet facebook.md §9).
#[must_use]
pub fn outage() -> String {
    "<!doctype html><html lang=\"en\"><head><title>Error</title></head><body><h1>Sorry, something went wrong.</h1>\
     <p>We're working on getting this fixed as soon as we can.</p></body></html>"
        .to_owned()
}

/// A hidden form field.
#[must_use]
pub fn hidden(name: &str, value: &str) -> String {
    format!(
        r#"<input type="hidden" name="{}" value="{}">"#,
        escape(name),
        escape(value)
    )
}

/// A tick box with a stable id `name-value`.
#[must_use]
pub fn tick(name: &str, value: &str, label: &str, note: &str, ticked: bool) -> String {
    format!(
        r#"<label class="tick" for="{name}-{value}"><input type="checkbox" id="{name}-{value}" name="{name}" value="{value}"{on}><span>{label}<small>{note}</small></span></label>"#,
        name = escape(name),
        value = escape(value),
        label = escape(label),
        note = escape(note),
        on = if ticked { " checked" } else { "" },
    )
}
