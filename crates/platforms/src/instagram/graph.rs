//! How this adapter calls Graph: which host, which version, which token, and when a read that one
//! token is refused is tried with the other.

use domain::platform::LoginFlow;
use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use super::{CALL_DEADLINE_MS, FACTS, errors};
use crate::account::Target;
use crate::call::Call;
use crate::failure::Failure;
use crate::meta::{self, Params, Reader};

/// How answers of Instagram are read.
pub(super) const READER: Reader = Reader {
    usage: "instagram",
    explain: errors::explain,
};

/// Whether the app signs people in through Facebook.
pub(super) fn through_facebook(call: &Call<'_>) -> bool {
    call.app.flow == LoginFlow::Facebook
}

/// A base address by name: as configured, else as documented.
pub(super) fn host(call: &Call<'_>, name: &str) -> String {
    let configured = call.app.hosts.get(name);
    if !configured.is_empty() {
        return configured.to_owned();
    }
    let documented = FACTS
        .flow(call.app.flow)
        .map(|flow| flow.hosts)
        .unwrap_or_default();
    documented
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, address)| (*address).to_owned())
        .unwrap_or_default()
}

/// The API version that calls are made with.
pub(super) fn version<'a>(call: &'a Call<'_>) -> &'a str {
    let documented = FACTS
        .flow(call.app.flow)
        .map_or("", |flow| flow.api_version);
    if call.app.api_version.is_empty() {
        documented
    } else {
        &call.app.api_version
    }
}

/// A versioned address at the Graph host.
pub(super) fn address(call: &Call<'_>, path: &str) -> String {
    format!("{}/{}/{path}", host(call, "graph"), version(call))
}

/// The app's secret; empty where none is set, and the platform will then say so.
pub(super) fn app_secret<'a>(call: &Call<'a>) -> &'a str {
    call.secrets
        .client_secret
        .as_ref()
        .map_or("", |secret| secret.expose_secret())
}

/// Adds the token, and the proof of the secret where the platform knows it (Graph's Facebook host).
pub(super) fn with_token(call: &Call<'_>, mut params: Params, token: &SecretString) -> Params {
    let token = token.expose_secret();
    params.push(("access_token", token.to_owned()));
    if let (true, Some(secret)) = (through_facebook(call), &call.secrets.client_secret) {
        params.push(("appsecret_proof", meta::appsecret_proof(secret, token)));
    }
    params
}

/// One call to a full address.
pub(super) async fn send<T: DeserializeOwned>(
    call: &Call<'_>,
    operation: &'static str,
    method: Method,
    url: String,
    params: &Params,
) -> Result<T, Failure> {
    meta::fetch(
        call,
        READER,
        meta::request(operation, method, url, params, CALL_DEADLINE_MS),
    )
    .await
}

/// A read at a versioned path with this token.
pub(super) async fn read<T: DeserializeOwned>(
    call: &Call<'_>,
    operation: &'static str,
    path: &str,
    params: Params,
    token: &SecretString,
) -> Result<T, Failure> {
    send(
        call,
        operation,
        Method::GET,
        address(call, path),
        &with_token(call, params, token),
    )
    .await
}

/// A write at a versioned path with this token.
pub(super) async fn write<T: DeserializeOwned>(
    call: &Call<'_>,
    operation: &'static str,
    path: &str,
    params: Params,
    token: &SecretString,
) -> Result<T, Failure> {
    send(
        call,
        operation,
        Method::POST,
        address(call, path),
        &with_token(call, params, token),
    )
    .await
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
