//! The field check of an app: what can be seen of its fields without asking the platform. What only the platform
//! knows, a trial shows.

use std::net::IpAddr;

use domain::platform::{LoginFlow, Platform};
use platforms::facts::FlowFacts;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::problem::Words;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Right,
    /// It will not work like this.
    Wrong,
    /// It may be right: only a trial shows it.
    Unsure,
}

impl Verdict {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Unsure => "unsure",
        }
    }
}

/// One check.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Of which field: `client_id`, `client_secret`, `redirect_uri`, `public_address`, `scopes`.
    pub field: &'static str,
    /// How it came out.
    pub verdict: Verdict,
    /// What was found.
    pub words: Words,
}

/// What is checked.
pub struct Fields<'a> {
    /// At which platform.
    pub platform: Platform,
    /// What the flow needs.
    pub facts: &'a FlowFacts,
    /// Whether the platform fetches pictures from us.
    pub pulls_media: bool,
    /// The client id.
    pub client_id: &'a str,
    /// The secret, where there is one.
    pub secret: Option<&'a SecretString>,
    /// The scopes; none are those that posting needs.
    pub scopes: &'a [String],
    /// Where the platform is to send browsers back to.
    pub redirect_uri: &'a str,
    /// Where that is now, by the public address.
    pub redirect_now: &'a str,
    /// Our public address.
    pub public_url: &'a Url,
}

/// All checks, in the order of the form.
#[must_use]
pub fn check(fields: &Fields<'_>) -> Vec<Checked> {
    let mut all = vec![client_id(fields)];
    all.extend(secret(fields));
    all.push(redirect(fields));
    all.push(public_address(fields));
    all.push(scopes(fields));
    all
}

fn found(field: &'static str, verdict: Verdict, words: Words) -> Checked {
    Checked {
        field,
        verdict,
        words,
    }
}

/// Meta's ids are numbers (sheets facebook.md and instagram.md §2: App ID).
fn client_id(fields: &Fields<'_>) -> Checked {
    let (name, id) = ("client_id", fields.client_id.trim());
    if fields.platform == Platform::Bluesky {
        if id.starts_with("http://localhost") {
            return found(name, Verdict::Unsure, Words::key("check-client-loopback"));
        }
        let home = fields.public_url.as_str().trim_end_matches('/');
        return if id.is_empty() || id.starts_with(home) {
            found(name, Verdict::Right, Words::key("check-client-address"))
        } else {
            found(name, Verdict::Wrong, Words::key("check-client-moved"))
        };
    }
    if id.is_empty() {
        return found(name, Verdict::Wrong, Words::key("check-client-missing"));
    }
    if id.chars().all(|sign| sign.is_ascii_digit()) {
        found(name, Verdict::Right, Words::key("check-client-digits"))
    } else {
        found(name, Verdict::Wrong, Words::key("check-client-not-digits"))
    }
}

fn secret(fields: &Fields<'_>) -> Option<Checked> {
    if !fields.facts.needs_secret {
        return None;
    }
    let name = "client_secret";
    let text = fields.secret.map_or("", |secret| secret.expose_secret());
    Some(if text.trim().is_empty() {
        found(name, Verdict::Wrong, Words::key("check-secret-missing"))
    } else if text.chars().any(char::is_whitespace) {
        found(name, Verdict::Wrong, Words::key("check-secret-space"))
    } else if text == fields.client_id.trim() {
        found(name, Verdict::Wrong, Words::key("check-secret-is-id"))
    } else if text.len() == 32 && text.chars().all(|sign| sign.is_ascii_hexdigit()) {
        found(name, Verdict::Right, Words::key("check-secret-usual"))
    } else {
        found(name, Verdict::Unsure, Words::key("check-secret-unusual"))
    })
}

fn redirect(fields: &Fields<'_>) -> Checked {
    let name = "redirect_uri";
    if fields.redirect_uri != fields.redirect_now {
        let words = Words::key("check-redirect-moved").with("now", fields.redirect_now.to_owned());
        return found(name, Verdict::Wrong, words);
    }
    let Ok(url) = Url::parse(fields.redirect_uri) else {
        return found(name, Verdict::Wrong, Words::key("check-redirect-none"));
    };
    if url.scheme() == "https" {
        return found(name, Verdict::Right, Words::key("check-redirect-https"));
    }
    if !is_loopback(&url) {
        return found(name, Verdict::Wrong, Words::key("check-redirect-http"));
    }
    match fields.facts.flow {
        // Loopback clients are foreseen (sheet bluesky.md §2).
        LoginFlow::Bluesky => found(name, Verdict::Right, Words::key("check-redirect-loopback")),
        // Let through in development mode, unconfirmed (sheet facebook.md §2).
        _ => found(
            name,
            Verdict::Unsure,
            Words::key("check-redirect-development"),
        ),
    }
}

fn public_address(fields: &Fields<'_>) -> Checked {
    let name = "public_address";
    let shown = fields.public_url.to_string();
    if !is_loopback(fields.public_url) {
        let words = Words::key("check-public-look").with("address", shown);
        return found(name, Verdict::Unsure, words);
    }
    if fields.pulls_media {
        return found(name, Verdict::Wrong, Words::key("check-public-pictures"));
    }
    found(name, Verdict::Unsure, Words::key("check-public-local"))
}

fn scopes(fields: &Fields<'_>) -> Checked {
    // A configuration of Login for Business holds its own list (docs/platforms/facebook.md).
    let configured = fields
        .scopes
        .iter()
        .any(|scope| scope.starts_with("config_id="));
    if configured {
        return found("scopes", Verdict::Unsure, Words::key("check-scopes-config"));
    }
    let lacking: Vec<&str> = fields
        .facts
        .scopes
        .iter()
        .filter(|scope| scope.needed_to_post && !fields.scopes.is_empty())
        .map(|scope| scope.scope)
        .filter(|needed| !fields.scopes.iter().any(|given| given == needed))
        .collect();
    if lacking.is_empty() {
        found("scopes", Verdict::Right, Words::key("check-scopes-there"))
    } else {
        let words = Words::key("check-scopes-lacking").with("scopes", lacking.join(", "));
        found("scopes", Verdict::Wrong, words)
    }
}

/// Whether only this machine reaches an address.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
