//! `debug_token` (sheet facebook.md §4.3): what Facebook says of a token itself.

use domain::Timestamp;
use domain::cause::Cause;
use domain::grant::{End, EndSource};
use secrecy::{ExposeSecret, SecretString};

use super::graph::Graph;
use super::login::puzzling;
use super::shapes::{Inspected, Inspection};
use super::{GraphError, Refusal};
use crate::failure::{About, Failure, Sent};
use crate::wire;

/// Inspects a token. One that is not valid gives its reason as a failure.
pub(crate) async fn inspect(
    graph: &Graph<'_>,
    operation: &'static str,
    token: &SecretString,
) -> Result<Inspection, Failure> {
    let client_id = &graph.call.app.client_id;
    let app: SecretString = format!("{client_id}|{}", graph.app_secret()).into();
    let params = vec![("input_token", token.expose_secret().to_owned())];
    let Inspected { data } = graph.read(operation, "debug_token", params, &app).await?;
    if !data.app_id.is_empty() && data.app_id != *client_id {
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
    let ended = instant(data.expires_at).is_some_and(|end| end.at <= graph.call.now);
    let said = "The platform says that the token is not valid.";
    let mut failure = about_token(Cause::Unknown, About::Login, operation, said);
    if let Some(error) = &data.error {
        let raw = wire::raw_part(error);
        let error = GraphError::from_object(error);
        let mut refusal = Refusal::new(operation, 200, error, None);
        refusal.evidence.raw = Some(raw);
        failure = (graph.reader.explain)(refusal);
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
pub(crate) async fn or_pass(
    graph: &Graph<'_>,
    operation: &'static str,
    token: &SecretString,
) -> Result<Option<Inspection>, Failure> {
    match inspect(graph, operation, token).await {
        Ok(seen) => Ok(Some(seen)),
        Err(failure) if failure.final_answer => Err(failure),
        Err(_) => Ok(None),
    }
}

/// A Page token that is not valid without a reason: if the person's own token lives, it is the login
/// on this account that broke, and not the login.
pub(crate) async fn login_or_page(
    graph: &Graph<'_>,
    operation: &'static str,
    person: &SecretString,
    mut failure: Failure,
) -> Failure {
    let no_reason =
        failure.final_answer && failure.about == About::Login && failure.cause == Cause::Unknown;
    if no_reason {
        match inspect(graph, operation, person).await {
            Ok(_) => failure.about = About::Channel,
            // The person's token may name what the Page's does not; its mere end says nothing.
            Err(person) if person.final_answer && person.cause != Cause::LifespanEnded => {
                return person;
            }
            Err(_) => {}
        }
    }
    failure
}

/// An end that an inspection names; 0 is never.
pub(crate) fn instant(seconds: Option<i64>) -> Option<End> {
    let at = Timestamp::from_second(seconds.filter(|seconds| *seconds > 0)?).ok()?;
    Some(End {
        at,
        source: EndSource::Inspection,
    })
}
