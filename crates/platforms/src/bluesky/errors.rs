//! What an answer of a PDS or authorization server means: the table of sheet bluesky.md §9 as data,
//! and the troubles that we find ourselves while checking an identity or a server.

use domain::Timestamp;
use domain::cause::{Cause, Confidence};
use domain::health::Evidence;
use domain::platform::Platform;
use serde_json::Value;

use crate::catalogue::Answer;
use crate::failure::{About, Failure, Sent};
use crate::http::Response;
use crate::wire;

/// Who answers: the same word means different things in different mouths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The authorization server, or the browser on its way back from it.
    Authorization,
    /// The PDS, asked to read or to prove the login.
    Reading,
    /// The PDS, asked to take a post or a picture.
    Writing,
}

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// Who says it; empty for anybody.
    pub speakers: &'static [Speaker],
    /// The error's names.
    pub codes: &'static [&'static str],
    /// What stands in its text, in small letters; empty for any text.
    pub says: &'static [&'static str],
    /// The cause class.
    pub cause: Cause,
    /// What it is about.
    pub about: About,
    /// Whether it is final.
    pub final_answer: bool,
    /// How sure the cause is.
    pub confidence: Confidence,
}

impl Row {
    const fn probable(mut self) -> Self {
        self.confidence = Confidence::Probable;
        self
    }

    const fn guess(mut self) -> Self {
        self.confidence = Confidence::Guess;
        self
    }
}

use Speaker::{Authorization, Reading, Writing};
const PDS: &[Speaker] = &[Reading, Writing];
const AUTHORIZATION: &[Speaker] = &[Authorization];
const GRANT: &[&str] = &["invalid_grant"];

const fn row(
    speakers: &'static [Speaker],
    codes: &'static [&'static str],
    says: &'static [&'static str],
    cause: Cause,
    about: About,
    final_answer: bool,
) -> Row {
    Row {
        speakers,
        codes,
        says,
        cause,
        about,
        final_answer,
        confidence: Confidence::Documented,
    }
}

/// The rows; the first that fits counts. A refusal in the table was refused: nothing happened.
///
/// Two readings of the sheet: "Refresh token replayed" is `lost_in_flight` here (the sheet says
/// lifespan_ended, "record rotation race"), since it means that an answer to our own rotation never
/// reached us. A paused, taken down or missing account is about the channel and leaves the login
/// standing: the sheet says that signing in does not help, and that a pause ends by itself.
pub const ROWS: &[Row] = &[
    row(
        &[],
        &["use_dpop_nonce"],
        &[],
        Cause::Unknown,
        About::Platform,
        false,
    )
    .guess(),
    row(
        &[],
        &["invalid_dpop_proof"],
        &[],
        Cause::AppMisconfigured,
        About::App,
        false,
    ),
    row(
        AUTHORIZATION,
        GRANT,
        &["refresh token expired", "inactivity"],
        Cause::LifespanEnded,
        About::Login,
        true,
    ),
    row(
        AUTHORIZATION,
        GRANT,
        &["session expired"],
        Cause::LifespanEnded,
        About::Login,
        true,
    ),
    row(
        AUTHORIZATION,
        GRANT,
        &["replayed"],
        Cause::LostInFlight,
        About::Login,
        true,
    )
    .probable(),
    row(
        AUTHORIZATION,
        GRANT,
        &["invalid refresh token"],
        Cause::AppRemovedByUser,
        About::Login,
        true,
    )
    .probable(),
    row(
        AUTHORIZATION,
        GRANT,
        &["not issued to this client"],
        Cause::AppMisconfigured,
        About::Login,
        true,
    ),
    row(
        AUTHORIZATION,
        GRANT,
        &["different key than the client assertion"],
        Cause::AppMisconfigured,
        About::Login,
        true,
    ),
    // A code is good once and for a short time: only this sign-in is lost.
    row(
        AUTHORIZATION,
        GRANT,
        &["invalid code", "code has expired"],
        Cause::LifespanEnded,
        About::Login,
        false,
    ),
    row(
        AUTHORIZATION,
        &["invalid_client", "invalid_client_metadata"],
        &[],
        Cause::AppMisconfigured,
        About::App,
        false,
    ),
    row(
        AUTHORIZATION,
        &["invalid_scope", "invalid_request", "invalid_redirect_uri"],
        &[],
        Cause::AppMisconfigured,
        About::App,
        true,
    ),
    row(
        AUTHORIZATION,
        &["access_denied", "login_required", "consent_required"],
        &[],
        Cause::PermissionRevoked,
        About::Login,
        true,
    ),
    row(
        PDS,
        &["invalid_token", "InvalidToken", "ExpiredToken"],
        &[],
        Cause::LifespanEnded,
        About::Login,
        false,
    ),
    row(
        PDS,
        &["AccountTakedown", "RepoTakendown", "RepoSuspended"],
        &[],
        Cause::AccountRestricted,
        About::Channel,
        true,
    ),
    row(
        PDS,
        &["AccountDeactivated", "RepoDeactivated"],
        &[],
        Cause::AccountInactive,
        About::Channel,
        true,
    ),
    row(
        PDS,
        &["AccountNotFound", "RepoNotFound"],
        &[],
        Cause::AccountDeleted,
        About::Channel,
        true,
    ),
    row(
        PDS,
        &["ScopeMissingError", "InsufficientScope"],
        &[],
        Cause::PermissionRevoked,
        About::Channel,
        true,
    ),
    row(
        PDS,
        &[],
        &["missing required scope"],
        Cause::PermissionRevoked,
        About::Channel,
        true,
    ),
    // Seen on the reference server for accounts that rest or are taken down; which of the two only a
    // session tells. Before the row that refuses a post: this says nothing about the post.
    row(
        PDS,
        &["InvalidRequest"],
        &["could not find repo"],
        Cause::AccountInactive,
        About::Channel,
        false,
    )
    .probable(),
    row(
        &[Writing],
        &["InvalidSwap"],
        &[],
        Cause::Unknown,
        About::Post,
        false,
    )
    .guess(),
    row(
        &[Writing],
        &["BlobNotFound"],
        &[],
        Cause::ContentRejected,
        About::Post,
        false,
    ),
    row(
        &[Writing],
        &[
            "InvalidMimeType",
            "InvalidSize",
            "PayloadTooLarge",
            "InvalidRequest",
        ],
        &[],
        Cause::ContentRejected,
        About::Post,
        true,
    ),
    row(
        PDS,
        &["RateLimitExceeded"],
        &[],
        Cause::RateLimited,
        About::Platform,
        false,
    ),
    row(
        PDS,
        &["MethodNotImplemented"],
        &[],
        Cause::ApiVersionRetired,
        About::Channel,
        true,
    ),
];

/// What an answer that is no success means.
pub fn failure(operation: &str, speaker: Speaker, answer: &Response, now: Timestamp) -> Failure {
    let body = wire::json(answer).filter(Value::is_object);
    let (code, message) = said(answer, body.as_ref());
    let mut evidence = match body {
        Some(_) => wire::evidence(operation, answer.status, &code, "", &message),
        None if code.is_empty() => wire::evidence_of_text(operation, answer),
        None => wire::evidence(operation, answer.status, &code, "", &message),
    };
    evidence.raw = Some(wire::raw(answer));
    let mut failure = match answer.status {
        // A fault, a maintenance page, a proxy: it passes. A record key that is taken answers 500 too.
        501 => Failure::unmapped(Sent::No, evidence),
        500.. => return passing(answer, evidence, now),
        _ => Failure::unmapped(Sent::Maybe, evidence),
    };
    if let Some(row) = find(speaker, answer.status, &code, &message) {
        failure.evidence.mapped = true;
        failure.evidence.missing = (row.cause == Cause::PermissionRevoked)
            .then(|| missing_scope(&message))
            .flatten();
        failure.cause = row.cause;
        failure.about = row.about;
        failure.final_answer = row.final_answer;
        failure.sent = Sent::No;
    }
    failure.retry_after_ms = wire::retry_after_ms(answer, now).filter(|_| answer.status == 429);
    failure
}

/// What the browser brought back instead of a code.
pub fn redirected(error: &str, description: &str) -> Failure {
    let evidence = wire::evidence("bluesky.authorize", 0, error, "", description);
    match find(Authorization, 0, error, description) {
        Some(row) => Failure {
            cause: row.cause,
            about: row.about,
            final_answer: row.final_answer,
            sent: Sent::No,
            retry_after_ms: None,
            evidence,
        },
        None if matches!(error, "server_error" | "temporarily_unavailable") => {
            Failure::passing(Sent::No, evidence)
        }
        None => Failure::unmapped(Sent::No, evidence),
    }
}

fn find(speaker: Speaker, status: u16, code: &str, message: &str) -> Option<&'static Row> {
    let message = message.to_lowercase();
    // A status that says it by itself, whatever stands in front of the server and writes the body.
    let code = match (status, speaker) {
        (429, _) => return ROWS.iter().find(|row| row.cause == Cause::RateLimited),
        (413, Writing) => "PayloadTooLarge",
        (501, Reading | Writing) => "MethodNotImplemented",
        _ => code,
    };
    ROWS.iter().find(|row| {
        (row.speakers.is_empty() || row.speakers.contains(&speaker))
            && (row.codes.is_empty() || row.codes.contains(&code))
            && (row.says.is_empty() || row.says.iter().any(|said| message.contains(said)))
    })
}

/// The table for people: one line for each name and each text.
pub fn answers() -> Vec<Answer> {
    ROWS.iter().flat_map(lines).collect()
}

fn lines(row: &Row) -> Vec<Answer> {
    let said_by = match row.speakers {
        [Authorization] => "authorization",
        [Writing] => "writing",
        [] => "",
        _ => "server",
    };
    let each = |words: &'static [&'static str]| -> Vec<&'static str> {
        if words.is_empty() {
            vec![""]
        } else {
            words.to_vec()
        }
    };
    let line = |code: &str, words: &str| Answer {
        platform: Platform::Bluesky,
        said_by,
        code: code.to_owned(),
        subcode: String::new(),
        words: words.to_owned(),
        cause: row.cause,
        about: row.about,
        final_answer: row.final_answer,
        confidence: row.confidence,
    };
    let says = each(row.says);
    each(row.codes)
        .into_iter()
        .flat_map(|code| says.iter().map(move |words| line(code, words)))
        .collect()
}

/// How sure it is that this evidence has this cause; none where no row says so.
pub fn sure(cause: Cause, evidence: &Evidence) -> Option<Confidence> {
    let rows = [Authorization, Reading, Writing];
    let mut found = rows.iter().filter_map(|speaker| {
        find(
            *speaker,
            evidence.http_status,
            &evidence.code,
            &evidence.message,
        )
    });
    found
        .find(|row| row.cause == cause)
        .map(|row| row.confidence)
}

/// The error's name and text: XRPC has `message`, OAuth `error_description`, and a refused token may
/// be told in a header alone.
fn said(answer: &Response, body: Option<&Value>) -> (String, String) {
    let body_text = |name: &str| body.map(|body| wire::text(body, name)).unwrap_or_default();
    let (mut code, mut message) = (body_text("error"), body_text("message"));
    if message.is_empty() {
        message = body_text("error_description");
    }
    if code.is_empty() {
        let challenge = wire::header(answer, "www-authenticate");
        code = challenge_part(challenge, "error=\"");
        if message.is_empty() {
            message = challenge_part(challenge, "error_description=\"");
        }
    }
    (code, message)
}

fn challenge_part(challenge: &str, name: &str) -> String {
    let rest = challenge.split_once(name).map_or("", |(_, rest)| rest);
    rest.split('"').next().unwrap_or("").to_owned()
}

/// The scope behind `Missing required scope "…"`.
fn missing_scope(message: &str) -> Option<String> {
    let scope = message.split('"').nth(1)?;
    (!scope.is_empty()).then(|| scope.chars().take(200).collect())
}

fn passing(answer: &Response, evidence: Evidence, now: Timestamp) -> Failure {
    let mut failure = Failure::passing(Sent::Maybe, evidence);
    failure.retry_after_ms = wire::retry_after_ms(answer, now);
    failure
}

/// Something that we found ourselves, without a platform having said it. The code is stable: pages
/// have words for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// No handle, DID or server was given.
    HandleMissing,
    /// What was given is neither a handle nor a DID nor an address.
    HandleUnreadable,
    /// No account has this handle.
    HandleNotFound,
    /// The account behind the handle does not own up to it.
    HandleMismatch,
    /// There is no such account, or its document cannot be used.
    DidNotFound,
    /// The account has no server.
    PdsMissing,
    /// The server lacks what a sign-in needs; the message says what.
    ServerUnfit,
    /// The answer came from another server than the one that was asked.
    IssuerMismatch,
    /// The answer belongs to no sign-in of ours.
    StateMismatch,
    /// Another account signed in than the one that was to.
    OtherAccount,
    /// The browser came back without a code.
    CodeMissing,
    /// The key that the login is bound to is not among the app's keys.
    SigningKeyMissing,
    /// What we kept cannot be read.
    KeptUnreadable,
    /// A picture is gone from the store.
    MediaMissing,
}

impl Trouble {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::HandleMissing => "handle_missing",
            Self::HandleUnreadable => "handle_unreadable",
            Self::HandleNotFound => "handle_not_found",
            Self::HandleMismatch => "handle_mismatch",
            Self::DidNotFound => "did_not_found",
            Self::PdsMissing => "pds_missing",
            Self::ServerUnfit => "server_unfit",
            Self::IssuerMismatch => "issuer_mismatch",
            Self::StateMismatch => "state_mismatch",
            Self::OtherAccount => "other_account",
            Self::CodeMissing => "code_missing",
            Self::SigningKeyMissing => "signing_key_missing",
            Self::KeptUnreadable => "kept_unreadable",
            Self::MediaMissing => "media_missing",
        }
    }
}

/// A failure that we found ourselves. None of them ends a login by itself.
pub fn trouble(operation: &str, trouble: Trouble) -> Failure {
    trouble_with(operation, trouble, "")
}

/// The same with what exactly was found.
pub fn trouble_with(operation: &str, trouble: Trouble, found: &str) -> Failure {
    let (cause, about, final_answer) = match trouble {
        Trouble::SigningKeyMissing => (Cause::AppMisconfigured, About::App, false),
        Trouble::MediaMissing => (Cause::ContentRejected, About::Post, true),
        _ => (Cause::Unknown, About::Login, false),
    };
    let evidence = wire::evidence(operation, 0, trouble.code(), "", found);
    Failure {
        cause,
        about,
        final_answer,
        sent: Sent::No,
        retry_after_ms: None,
        evidence,
    }
}
