//! `api-keys`.

use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use domain::ids::{ApiKeyId, MemberId, SocialSetId};
use domain::member::Scope;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use storage::api_keys::ApiKey;

use crate::access::Guard;
use crate::actions::keys::{self, KeyInput};
use crate::api::idempotency::StoreInstead;
use crate::api::list::List;
use crate::api::{Warning, made};
use crate::extract::{DryRun, Json, Path};
use crate::problem::{Outcome, Problem};
use crate::state::Web;
use crate::text::Text;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, create, revoke))]
pub struct Doc;

/// A bearer key.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ApiKey)]
pub struct KeyJson {
    /// `key_…`
    #[schema(value_type = String)]
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    #[schema(value_type = Vec<String>)]
    pub scopes: Vec<Scope>,
    /// Only in this set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub social_set: Option<SocialSetId>,
    /// Who made it.
    #[schema(value_type = String)]
    pub made_by: MemberId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to within a minute.
    pub used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// The key itself: only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What its maker should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

impl From<ApiKey> for KeyJson {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            scopes: key.scopes,
            social_set: key.set,
            made_by: key.made_by,
            created_at: key.created_at,
            used_at: key.used_at,
            revoked_at: key.revoked_at,
            key: None,
            warnings: Vec::new(),
        }
    }
}

/// A new key.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// `read`, `draft`, `publish`, `manage`; `read` and `draft` if absent.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub scopes: Vec<Scope>,
    /// Only in this set.
    #[schema(value_type = Option<String>)]
    pub social_set: Option<SocialSetId>,
}

/// Lists the keys of the workspace, revoked ones too.
#[utoipa::path(get, path = urls::ApiKeys::PATH, tag = "api-keys",
    responses((status = 200, body = List<KeyJson>), (status = "default", body = Problem)))]
pub async fn list(State(web): State<Web>, guard: Guard) -> Outcome<axum::Json<List<KeyJson>>> {
    Ok(axum::Json(
        List::whole(keys::list(&web, &guard).await?).map(KeyJson::from),
    ))
}

/// Makes a key. It is in this answer and never again, not even when the request is repeated.
#[utoipa::path(post, path = urls::ApiKeys::PATH, tag = "api-keys", request_body = NewKey,
    params(("dry_run" = Option<bool>, Query, description = "Try it and keep nothing.")),
    responses((status = 201, body = KeyJson), (status = "default", body = Problem)))]
pub async fn create(
    State(web): State<Web>,
    guard: Guard,
    text: Text,
    DryRun(keep): DryRun,
    Json(new): Json<NewKey>,
) -> Outcome<Response> {
    let input = KeyInput {
        name: new.name,
        scopes: new.scopes,
        set: new.social_set,
    };
    let (key, plain) = keys::create(&web, &guard, &input, keep).await?;
    let at = urls::ApiKey { key: key.id };
    let mut shown = KeyJson::from(key);
    let warning = Warning {
        code: "key_not_repeated".to_owned(),
        detail: text.t("keys-not-repeated"),
    };
    shown.warnings.push(warning);
    let stored = serde_json::to_value(&shown).unwrap_or_default();
    if keep == crate::state::Keep::Yes {
        shown.key = Some(plain.expose_secret().to_owned());
    }
    let mut response = made(keep, at, &shown);
    response.extensions_mut().insert(StoreInstead(stored));
    Ok(response)
}

/// Revokes a key: it opens nothing any more.
#[utoipa::path(delete, path = urls::ApiKey::PATH, tag = "api-keys", params(("key" = String, Path),
        ("dry_run" = Option<bool>, Query, description = "Try it and keep nothing.")),
    responses((status = 200, body = KeyJson), (status = "default", body = Problem)))]
pub async fn revoke(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ApiKeyId>,
    DryRun(keep): DryRun,
) -> Outcome<axum::Json<KeyJson>> {
    Ok(axum::Json(
        keys::revoke(&web, &guard, id, keep).await?.into(),
    ))
}
