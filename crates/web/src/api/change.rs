//! What every change of one thing takes in: whose request it is, which thing, the version that was read, and
//! whether it is only tried. What the change is to be stands in its body.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::version::IfMatch;
use crate::access::Guard;
use crate::extract::{DryRun, Path};
use crate::problem::{Outcome, Refusal};
use crate::state::{Keep, Web};
use crate::text::Text;

/// See the head of this file. `Id` is what the path names.
pub struct Changing<Id> {
    /// The web.
    pub web: Web,
    /// Who may do it.
    pub guard: Guard,
    /// In which language it is answered.
    pub text: Text,
    /// Which thing.
    pub id: Id,
    /// Whether it is only tried.
    pub keep: Keep,
    if_match: IfMatch,
}

impl<Id> Changing<Id> {
    /// Refuses a version that is not the one that was read; for the change's transaction.
    pub fn seen(&self) -> impl FnOnce(u64) -> Outcome<()> + Send + 'static + use<Id> {
        let if_match = self.if_match.clone();
        move |version| if_match.check(version)
    }
}

impl<Id: DeserializeOwned + Send> FromRequestParts<Web> for Changing<Id> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Refusal> {
        let guard = Guard::from_request_parts(parts, web).await?;
        let Path(id) = Path::from_request_parts(parts, web).await?;
        let DryRun(keep) = DryRun::from_request_parts(parts, web).await?;
        Ok(Self {
            web: web.clone(),
            guard,
            text: Text::from_request_parts(parts, web).await?,
            id,
            keep,
            if_match: IfMatch::from_request_parts(parts, web).await?,
        })
    }
}
