//! Errors in the shape of the Graph API (sheets instagram.md §9, facebook.md §9).
//!
//! `{"error": {message, type, code, error_subcode?, is_transient, error_user_title?,
//! error_user_msg?, fbtrace_id}}`, HTTP 400 for nearly all. The code exchange of the Instagram
//! flow has its own shape, see [`code_exchange`].

use crate::chance::Chance;
use crate::clock;
use crate::reply::Reply;
use http::StatusCode;
use serde_json::{Value, json};

/// An error before it has a trace id.
#[derive(Clone, Debug)]
pub struct GraphError {
    status: u16,
    code: i64,
    subcode: Option<u32>,
    message: String,
    kind: &'static str,
    transient: bool,
    user: Option<(&'static str, &'static str)>,
    headers: Vec<(&'static str, String)>,
}

/// Any error with HTTP 400.
pub(crate) fn error(code: i64, subcode: Option<u32>, message: impl Into<String>) -> GraphError {
    GraphError {
        status: 400,
        code,
        subcode,
        message: message.into(),
        kind: "OAuthException",
        transient: false,
        user: None,
        headers: Vec::new(),
    }
}

/// A publishing error: the same with a title and a sentence for people.
pub(crate) fn publishing(
    code: i64,
    subcode: u32,
    message: &str,
    title: &'static str,
    sentence: &'static str,
) -> GraphError {
    GraphError {
        user: Some((title, sentence)),
        ..error(code, Some(subcode), message)
    }
}

impl GraphError {
    fn of_kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn transient(mut self) -> Self {
        self.transient = true;
        self
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Code, subcode and message, as `debug_token` shows them.
    pub(crate) fn brief(&self) -> Value {
        let mut brief = json!({"code": self.code, "message": self.message});
        if let Some(subcode) = self.subcode {
            brief["subcode"] = json!(subcode);
        }
        brief
    }

    /// The answer.
    pub(crate) fn reply(self, chance: &mut Chance) -> Reply {
        let mut body = json!({
            "message": self.message,
            "type": self.kind,
            "code": self.code,
            "is_transient": self.transient,
            "fbtrace_id": chance.token("A", 22),
        });
        if let Some(subcode) = self.subcode {
            body["error_subcode"] = json!(subcode);
        }
        if let Some((title, sentence)) = self.user {
            body["error_user_title"] = json!(title);
            body["error_user_msg"] = json!(sentence);
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let outcome = self.subcode.map_or_else(
            || self.code.to_string(),
            |subcode| format!("{}/{subcode}", self.code),
        );
        let mut reply = Reply::json(status, &json!({"error": body})).outcome(outcome);
        if self.code == 190 {
            let words = self.message.replace('"', "'");
            reply = reply.header(
                "www-authenticate",
                format!(r#"OAuth "Facebook Platform" "invalid_token" "{words}""#),
            );
        }
        for (name, value) in self.headers {
            reply = reply.header(name, value);
        }
        reply
    }
}

// Login and token (§9.1).

pub(crate) fn no_token() -> GraphError {
    error(
        2500,
        None,
        "An active access token must be used to query information about the current user.",
    )
}

pub(crate) fn malformed_token() -> GraphError {
    error(
        190,
        None,
        "Invalid OAuth access token - Cannot parse access token",
    )
}

pub(crate) fn revoked_token() -> GraphError {
    error(
        190,
        None,
        "Error validating access token: The session is invalid because the app secret was reset.",
    )
}

pub(crate) fn expired(at_ms: i64, now_ms: i64) -> GraphError {
    let (at, now) = (clock::graph_words(at_ms), clock::graph_words(now_ms));
    error(
        190,
        Some(463),
        format!(
            "Error validating access token: Session has expired on {at}. The current time is {now}."
        ),
    )
}

pub(crate) fn password_changed() -> GraphError {
    let words = "Error validating access token: The session has been invalidated because the user changed their password or Facebook has changed the session for security reasons.";
    error(190, Some(460), words)
}

pub(crate) fn app_removed() -> GraphError {
    error(
        190,
        Some(458),
        "Error validating access token: The user has not authorized application.",
    )
}

pub(crate) fn reinstalled() -> GraphError {
    error(
        190,
        Some(461),
        "Error validating access token: The session is invalid because the user re-installed the application.",
    )
}

pub(crate) fn checkpointed() -> GraphError {
    let words = "Error validating access token: You cannot access the app till you log in to www.facebook.com and follow the instructions given.";
    error(190, Some(459), words)
}

pub(crate) fn blocking_checkpoint() -> GraphError {
    error(
        190,
        Some(490),
        "Error validating access token: The user is enrolled in a blocking, logged-in checkpoint",
    )
}

pub(crate) fn logged_out() -> GraphError {
    error(
        190,
        Some(467),
        "Error validating access token: The session is invalid because the user logged out.",
    )
}

/// The rarer faults of a session (sheet facebook.md §9.1), which no switch of the account stands for.
pub(crate) const SESSION_FAULTS: [u32; 6] = [456, 457, 462, 465, 466, 468];

pub(crate) fn session_fault(subcode: u32) -> GraphError {
    let why = match subcode {
        456 => "The session is malformed.",
        457 => "The session has an unexpected origin.",
        462 => "The session has a stale version.",
        465 => "The user of this session is invalid.",
        466 => "The session was explicitly invalidated by an API call.",
        _ => "The user has not used this app for a long time.",
    };
    let words = format!("Error validating access token: {why}");
    error(190, Some(subcode), words)
}

pub(crate) fn lost_role() -> GraphError {
    error(
        190,
        Some(492),
        "Error validating access token: Session does not match current stored session. The user does not have sufficient administrative permission on the Page.",
    )
}

pub(crate) fn page_not_granted() -> GraphError {
    error(
        190,
        None,
        "Any of the pages_read_engagement, pages_manage_metadata, pages_read_user_content, pages_manage_ads, pages_show_list or pages_messaging permission(s) must be granted before impersonating a user's page.",
    )
}

pub(crate) fn data_access_over() -> GraphError {
    error(
        190,
        Some(493),
        "Error validating access token: The user has not engaged with the app for longer than 90 days.",
    )
}

pub(crate) fn bad_proof() -> GraphError {
    error(
        100,
        None,
        "Invalid appsecret_proof provided in the API argument",
    )
    .of_kind("GraphMethodException")
}

pub(crate) fn missing_proof() -> GraphError {
    error(
        104,
        None,
        "API calls from the server require an appsecret_proof argument",
    )
    .of_kind("GraphMethodException")
}

pub(crate) fn no_permission(name: &str) -> GraphError {
    error(
        10,
        None,
        format!("(#10) Application does not have permission for this action: {name}"),
    )
}

pub(crate) fn role_too_low() -> GraphError {
    let words = "(#200) The permission(s) instagram_content_publish require a role on the Page with the task CREATE_CONTENT or MANAGE.";
    error(200, None, words).with_status(403)
}

// Objects and methods.

pub(crate) fn unseen(id: &str, method: &str) -> GraphError {
    let words = format!(
        "Unsupported {method} request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation"
    );
    error(100, Some(33), words).of_kind("IGApiException")
}

pub(crate) fn unsupported(method: &str) -> GraphError {
    error(
        100,
        None,
        format!("Unsupported request - method type: {method}"),
    )
    .of_kind("IGApiException")
}

pub(crate) fn parameter(message: impl Into<String>) -> GraphError {
    error(100, None, message)
}

pub(crate) fn unknown_field(name: &str) -> GraphError {
    error(
        100,
        None,
        format!("(#100) Tried accessing nonexisting field ({name})"),
    )
}

pub(crate) fn retired(version: &str) -> GraphError {
    error(
        12,
        None,
        format!("(#12) The version {version} of this call is deprecated and no longer available."),
    )
}

pub(crate) fn not_professional() -> GraphError {
    error(100, None, "The user is not an Instagram Business").of_kind("IGApiException")
}

// Throttling (§9.3, §10).

pub(crate) fn account_throttled(account: &str, minutes: i64) -> GraphError {
    let usage = json!({account: [{
        "type": "instagram", "call_count": 100, "total_cputime": 25, "total_time": 25,
        "estimated_time_to_regain_access": minutes,
    }]});
    let words = "(#80002) There have been too many calls to this Instagram account. Wait a bit and try again.";
    error(80002, None, words)
        .transient()
        .with_header("x-business-use-case-usage", usage.to_string())
}

pub(crate) fn app_throttled() -> GraphError {
    let usage = json!({"call_count": 100, "total_time": 42, "total_cputime": 40});
    error(4, None, "(#4) Application request limit reached")
        .transient()
        .with_header("x-app-usage", usage.to_string())
}

pub(crate) fn blocked() -> GraphError {
    error(
        368,
        None,
        "The action attempted has been deemed abusive or is otherwise disallowed",
    )
}

/// The code exchange of the Instagram flow: `{error_type, code, error_message}`, HTTP 400.
pub(crate) fn code_exchange(message: &str) -> Reply {
    let body = json!({"error_type": "OAuthException", "code": 400, "error_message": message});
    Reply::json(StatusCode::BAD_REQUEST, &body).outcome(message)
}
