//! `debug_token` (sheet facebook.md §4.3): what Facebook says of a token itself. Instagram login has
//! no documented call of this kind.

use domain::Timestamp;
use domain::cause::Cause;
use domain::grant::{End, EndSource};
use secrecy::{ExposeSecret, SecretString};

use super::tokens::puzzling;
use super::wire::{Inspected, Inspection};
use super::{errors, graph};
use crate::call::Call;
use crate::failure::{About, Failure, Sent};
use crate::meta::{GraphError, Refusal};
use crate::wire;

/// Inspects a token of Facebook login. One that is not valid gives its reason as a failure.
pub(super) async fn inspect(call: &Call<'_>, token: &SecretString) -> Result<Inspection, Failure> {
    let operation = "instagram.debug_token";
    let app: SecretString = format!("{}|{}", call.app.client_id, graph::app_secret(call)).into();
    let params = vec![("input_token", token.expose_secret().to_owned())];
    let Inspected { data } = graph::read(call, operation, "debug_token", params, &app).await?;
    if !data.app_id.is_empty() && data.app_id != call.app.client_id {
        let said = format!("The token belongs to app {}.", data.app_id);
        return Err(about_token(
            Cause::AppMisconfigured,
            About::App,
            operation,
            &said,
        ));
    }
    match data.is_valid {
        Some(true) => return Ok(data),
        Some(false) => {}
        None => return Err(Failure::passing(Sent::No, puzzling(operation))),
    }
    let ended = instant(data.expires_at).is_some_and(|end| end.at <= call.now);
    let said = "The platform says that the token is not valid.";
    let mut failure = about_token(Cause::Unknown, About::Login, operation, said);
    if let Some(error) = &data.error {
        failure = errors::explain(Refusal::new(
            operation,
            200,
            GraphError::from_object(error),
            None,
        ));
        // Whatever the reason: "not valid" is a documented answer.
        failure.final_answer = true;
    }
    if ended && failure.cause == Cause::Unknown {
        failure.cause = Cause::LifespanEnded;
    }
    Err(failure)
}

/// A documented answer of the inspection about a token.
fn about_token(cause: Cause, about: About, operation: &str, said: &str) -> Failure {
    let evidence = wire::evidence(operation, 200, "is_valid", "", said);
    Failure {
        cause,
        about,
        final_answer: true,
        sent: Sent::No,
        retry_after_ms: None,
        evidence,
    }
}

/// An inspection; none where it fails in a way that passes: the sheet's figures stand in for it.
pub(super) async fn or_pass(
    call: &Call<'_>,
    token: &SecretString,
) -> Result<Option<Inspection>, Failure> {
    match inspect(call, token).await {
        Ok(seen) => Ok(Some(seen)),
        Err(failure) if failure.final_answer => Err(failure),
        Err(_) => Ok(None),
    }
}

/// An end that an inspection names; 0 is never.
pub(super) fn instant(seconds: Option<i64>) -> Option<End> {
    let at = Timestamp::from_second(seconds.filter(|seconds| *seconds > 0)?).ok()?;
    Some(End {
        at,
        source: EndSource::Inspection,
    })
}
