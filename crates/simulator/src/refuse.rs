//! A refusal that somebody states (the fault `refuse`), in the shape in which the platform of that call refuses:
//! Graph's (sheets instagram.md §9, facebook.md §9), that of Instagram's code exchange, XRPC's and OAuth's
//! (sheet bluesky.md §9).

use crate::chance::Chance;
use crate::reply::Reply;
use http::StatusCode;
use serde_json::json;

/// What is said.
pub(crate) struct Refused<'a> {
    /// HTTP status.
    pub status: u16,
    /// Graph's code, or the name of the error.
    pub code: &'a str,
    /// Graph's subcode.
    pub subcode: Option<u32>,
    /// The words.
    pub message: &'a str,
}

impl Refused<'_> {
    /// The answer of this operation.
    pub fn reply(&self, operation: &str, chance: &mut Chance) -> Reply {
        let status = StatusCode::from_u16(self.status)
            .ok()
            .filter(|status| status.is_client_error() || status.is_server_error())
            .unwrap_or(StatusCode::BAD_REQUEST);
        let body = match operation {
            "instagram.token.code" => json!({
                "error_type": "OAuthException", "code": self.status, "error_message": self.message,
            }),
            name if name.starts_with("bluesky.token") || name == "bluesky.par" => {
                json!({"error": self.code, "error_description": self.message})
            }
            name if name.starts_with("bluesky.") => {
                json!({"error": self.code, "message": self.message})
            }
            _ => self.graph(chance),
        };
        let outcome = match self.subcode {
            Some(subcode) => format!("{}/{subcode}", self.code),
            None => self.code.to_owned(),
        };
        Reply::json(status, &body).outcome(outcome)
    }

    fn graph(&self, chance: &mut Chance) -> serde_json::Value {
        let mut error = json!({
            "message": self.message,
            "type": "OAuthException",
            "code": self.code.parse::<i64>().unwrap_or_default(),
            "is_transient": false,
            "fbtrace_id": chance.token("A", 22),
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        json!({ "error": error })
    }
}
