//! How this adapter calls Graph: which host, which version, which token, and when a read that one
//! token is refused is tried with the other.

use domain::platform::LoginFlow;
use http::Method;
use secrecy::SecretString;
use serde::de::DeserializeOwned;

use super::{CALL_DEADLINE_MS, FACTS, errors};
use crate::account::Target;
use crate::call::Call;
use crate::failure::Failure;
use crate::meta::graph::Graph;
use crate::meta::{Params, Reader};

/// How answers of Instagram are read.
pub(super) const READER: Reader = Reader {
    usage: "instagram",
    explain: errors::explain,
};

/// Whether the app signs people in through Facebook.
pub(super) fn through_facebook(call: &Call<'_>) -> bool {
    call.app.flow == LoginFlow::Facebook
}

/// Graph as this adapter reaches it. Only its Facebook host knows the proof of the secret.
pub(super) fn graph<'a>(call: &'a Call<'_>) -> Graph<'a> {
    Graph {
        call,
        flow: FACTS.flow(call.app.flow),
        reader: READER,
        deadline_ms: CALL_DEADLINE_MS,
        proves: through_facebook(call),
    }
}

/// One call to a full address.
pub(super) async fn send<T: DeserializeOwned>(
    call: &Call<'_>,
    operation: &'static str,
    method: Method,
    url: String,
    params: &Params,
) -> Result<T, Failure> {
    graph(call).send(operation, method, url, params).await
}

/// A read at a versioned path with this token.
pub(super) async fn read<T: DeserializeOwned>(
    call: &Call<'_>,
    operation: &'static str,
    path: &str,
    params: Params,
    token: &SecretString,
) -> Result<T, Failure> {
    graph(call).read(operation, path, params, token).await
}

/// A write at a versioned path with this token.
pub(super) async fn write<T: DeserializeOwned>(
    call: &Call<'_>,
    operation: &'static str,
    path: &str,
    params: Params,
    token: &SecretString,
) -> Result<T, Failure> {
    graph(call).write(operation, path, params, token).await
}

/// The token that an account is posted to with: its Page's, or the account's own.
pub(super) fn posting_token<'a>(target: &Target<'a>) -> &'a SecretString {
    target.channel_token.unwrap_or(&target.tokens.access)
}

/// A read about an account. Through Facebook, objects that the Page's token is not shown (100/33, 10:
/// a fault of May 2026 that lasted days) are asked for once more with the person's own token; if that
/// fails too, the first refusal stands, since the person's token may have ended without harm.
pub(super) async fn read_either<T: DeserializeOwned>(
    call: &Call<'_>,
    target: &Target<'_>,
    operation: &'static str,
    path: &str,
    params: Params,
) -> Result<T, Failure> {
    let first = read(call, operation, path, params.clone(), posting_token(target)).await;
    let failure = match first {
        Err(failure) if errors::hidden_from_token(&failure) && target.channel_token.is_some() => {
            failure
        }
        other => return other,
    };
    read(call, operation, path, params, &target.tokens.access)
        .await
        .map_err(|_| failure)
}
