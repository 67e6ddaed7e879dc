//! Refusals in the two documented shapes: OAuth's and XRPC's (sheet bluesky.md §9).

use super::dpop::{self, Trouble};
use crate::reply::Reply;
use crate::simulator::Scene;
use crate::state::State;
use http::StatusCode;
use serde_json::json;

/// A refusal of the authorization server: `{"error", "error_description"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthError {
    /// HTTP status.
    pub status: StatusCode,
    /// Code.
    pub error: &'static str,
    /// Text.
    pub description: String,
}

impl OauthError {
    /// Status 400, as nearly all of them.
    pub fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error,
            description: description.into(),
        }
    }

    /// `invalid_grant`.
    pub fn grant(description: impl Into<String>) -> Self {
        Self::new("invalid_grant", description)
    }

    /// `invalid_request`.
    pub fn request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    /// `invalid_client`.
    pub fn client(description: impl Into<String>) -> Self {
        Self::new("invalid_client", description)
    }

    /// The bare 500 of a race that the server lost with itself.
    pub fn internal() -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            error: "server_error",
            description: "Internal Server Error".to_owned(),
        }
    }

    /// A proof that was not taken: 401 with a challenge, at this server too.
    fn proof(description: impl Into<String>) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            ..Self::new("invalid_dpop_proof", description)
        }
    }

    /// The answer.
    pub fn reply(self) -> Reply {
        let outcome = format!("{}: {}", self.error, self.description);
        let body = json!({"error": self.error, "error_description": self.description});
        let reply = Reply::json(self.status, &body).outcome(outcome);
        if self.status == StatusCode::UNAUTHORIZED {
            reply.header("www-authenticate", challenge(self.error, &self.description))
        } else {
            reply
        }
    }
}

impl From<Trouble> for OauthError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Missing => Self::proof("DPoP proof required"),
            Trouble::Nonce => Self::new(
                "use_dpop_nonce",
                "Authorization server requires nonce in DPoP proof",
            ),
            Trouble::Invalid(why) => Self::proof(why),
        }
    }
}

/// Does the work of an OAuth endpoint; every answer carries the nonce of the moment.
pub fn oauth_answer(
    state: &mut State,
    scene: &Scene<'_>,
    work: impl FnOnce(&mut State, &Scene<'_>) -> Result<Reply, OauthError>,
) -> Reply {
    let reply = work(state, scene).unwrap_or_else(OauthError::reply);
    with_nonce(reply, state, scene).header("cache-control", "no-store")
}

/// Adds the nonce of the moment to an answer.
pub fn with_nonce(reply: Reply, state: &mut State, scene: &Scene<'_>) -> Reply {
    let nonce = dpop::nonce(state, scene.now_ms);
    reply
        .header("dpop-nonce", nonce)
        .header("access-control-expose-headers", "DPoP-Nonce")
}

fn challenge(error: &str, text: &str) -> String {
    let text = text.replace(['"', '\\'], "'");
    format!(r#"DPoP algs="ES256", error="{error}", error_description="{text}""#)
}

/// A refusal of the PDS: `{"error", "message"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XrpcError {
    /// HTTP status.
    pub status: StatusCode,
    /// Name.
    pub error: &'static str,
    /// Text.
    pub message: String,
    /// Whether `WWW-Authenticate` tells of it.
    pub challenge: bool,
}

impl XrpcError {
    /// Any status.
    pub fn new(status: StatusCode, error: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            error,
            message: message.into(),
            challenge: false,
        }
    }

    /// Status 400.
    pub fn bad(error: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, message)
    }

    /// Status 400 `InvalidRequest`.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::bad("InvalidRequest", message)
    }

    /// Status 401 with a challenge.
    pub fn unauthorized(error: &'static str, message: impl Into<String>) -> Self {
        Self {
            challenge: true,
            ..Self::new(StatusCode::UNAUTHORIZED, error, message)
        }
    }

    /// The bare 500.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            "Internal Server Error",
        )
    }

    /// The answer.
    pub fn reply(self) -> Reply {
        let outcome = format!("{}: {}", self.error, self.message);
        let body = json!({"error": self.error, "message": self.message});
        let reply = Reply::json(self.status, &body).outcome(outcome);
        if self.challenge {
            reply.header("www-authenticate", challenge(self.error, &self.message))
        } else {
            reply
        }
    }
}

impl From<Trouble> for XrpcError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Missing => Self::unauthorized("invalid_dpop_proof", "DPoP proof required"),
            Trouble::Nonce => Self::unauthorized(
                "use_dpop_nonce",
                "Resource server requires nonce in DPoP proof",
            ),
            Trouble::Invalid(why) => Self::unauthorized("invalid_dpop_proof", why),
        }
    }
}
