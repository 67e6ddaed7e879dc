//! `debug_token` for logins through Facebook. Instagram login has no documented call of this kind.

use secrecy::SecretString;

use super::graph::graph;
use super::wire::Inspection;
use crate::call::Call;
use crate::failure::Failure;
use crate::meta::inspect as meta;

pub(super) use crate::meta::inspect::instant;

pub(super) const OPERATION: &str = "instagram.debug_token";

/// Inspects a token of Facebook login. One that is not valid gives its reason as a failure.
pub(super) async fn inspect(call: &Call<'_>, token: &SecretString) -> Result<Inspection, Failure> {
    meta::inspect(&graph(call), OPERATION, token).await
}

/// An inspection; none where it fails in a way that passes: the sheet's figures stand in for it.
pub(super) async fn or_pass(
    call: &Call<'_>,
    token: &SecretString,
) -> Result<Option<Inspection>, Failure> {
    meta::or_pass(&graph(call), OPERATION, token).await
}
