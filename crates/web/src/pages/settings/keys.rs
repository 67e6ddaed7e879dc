//! Bearer keys: the list, a form for a new one, and the new key, shown once.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::ids::{ApiKeyId, SocialSetId};
use domain::member::Scope;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::{Part, tabs};
use crate::access::Guard;
use crate::actions::keys::{self, KeyInput};
use crate::actions::{sets, workspace};
use crate::components::{Action, Check, Empty, Field, Select, Tabs, When};
use crate::extract::{Form, Path, many, parsed};
use crate::layout::{Entry, Flash, Frame};
use crate::page::{self, Ask};
use crate::problem::{Outcome, Refusal};
use crate::state::{Keep, Web};
use crate::text::Text;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/settings/keys.html")]
struct KeysPage {
    frame: Frame,
    tabs: Tabs,
    /// The key that was just made.
    fresh: String,
    rows: Vec<KeyRow>,
    empty: Empty,
    action: String,
    name: Field,
    scopes: Vec<Check>,
    set: Select,
    submit: Action,
}

struct KeyRow {
    name: String,
    scopes: String,
    set: String,
    used: Option<When>,
    revoked: Option<When>,
    revoke: Action,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct KeyForm {
    name: String,
    #[serde(default, deserialize_with = "many")]
    scopes: Vec<Scope>,
    #[serde(default, deserialize_with = "parsed")]
    social_set: Option<SocialSetId>,
}

fn scope_words(text: &Text, scope: Scope) -> (String, String) {
    let (label, hint) = match scope {
        Scope::Read => ("key-scope-read", "key-scope-read-hint"),
        Scope::Draft => ("key-scope-draft", "key-scope-draft-hint"),
        Scope::Publish => ("key-scope-publish", "key-scope-publish-hint"),
        Scope::Manage => ("key-scope-manage", "key-scope-manage-hint"),
    };
    (text.t(label), text.t(hint))
}

/// The list.
pub async fn list(State(web): State<Web>, guard: Guard, ask: Ask) -> Outcome<Response> {
    let form = KeyForm {
        name: String::new(),
        scopes: vec![Scope::Read, Scope::Draft],
        social_set: None,
    };
    Ok(page::show(&view(&web, &guard, &ask, &form, None).await?))
}

async fn view(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    form: &KeyForm,
    refusal: Option<&Refusal>,
) -> Outcome<KeysPage> {
    let text = &ask.text;
    let known = sets::list(web, guard).await?;
    let zone = workspace::one(web, guard).await?.zone;
    let when = |at| When::relative(text, at, web.now(), zone.tz());
    let rows = keys::list(web, guard)
        .await?
        .into_iter()
        .map(|key| KeyRow {
            scopes: key
                .scopes
                .iter()
                .map(|scope| scope_words(text, *scope).0)
                .collect::<Vec<_>>()
                .join(", "),
            set: key
                .set
                .and_then(|set| known.iter().find(|other| other.id == set))
                .map_or_else(|| text.t("keys-all-sets"), |set| set.name.clone()),
            used: key.used_at.map(when),
            revoked: key.revoked_at.map(when),
            revoke: Action::post(
                text.t("keys-revoke"),
                urls::RevokeKey { key: key.id }.to_string(),
            )
            .small()
            .spoken(text.t1("keys-revoke-spoken", "name", &key.name)),
            name: key.name,
        })
        .collect();
    let mut options = vec![(String::new(), text.t("keys-all-sets"))];
    options.extend(known.into_iter().map(|set| (set.id.to_string(), set.name)));
    let wrong = |field: &str| {
        refusal
            .map(|refusal| refusal.field_words(field, text))
            .unwrap_or_default()
    };
    Ok(KeysPage {
        frame: page::frame(web, guard, ask, Entry::Settings).await?,
        tabs: tabs(guard, text, Part::Keys),
        fresh: String::new(),
        rows,
        empty: Empty {
            icon: "key-round",
            title: text.t("keys-none"),
            words: text.t("keys-none-words"),
            action: None,
        },
        action: urls::Keys.to_string(),
        name: Field::text("name", text.t("keys-name"))
            .value(&form.name)
            .hint(text.t("keys-name-hint"))
            .error(wrong("name")),
        scopes: Scope::ALL
            .iter()
            .map(|scope| {
                let (label, hint) = scope_words(text, *scope);
                let value = scope.as_str().to_owned();
                Check {
                    name: "scopes".to_owned(),
                    value,
                    label,
                    hint,
                    checked: form.scopes.contains(scope),
                }
            })
            .collect(),
        set: Select {
            name: "social_set".to_owned(),
            label: text.t("keys-set"),
            options,
            value: form
                .social_set
                .map(|set| set.to_string())
                .unwrap_or_default(),
            hint: String::new(),
            error: wrong("social_set"),
        },
        submit: Action::submit(text.t("keys-create")).primary(),
    })
}

/// Makes a key and shows it: the only time.
pub async fn create(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Form(form): Form<KeyForm>,
) -> Outcome<Response> {
    let input = KeyInput {
        name: form.name.clone(),
        scopes: form.scopes.clone(),
        set: form.social_set,
    };
    match keys::create(&web, &guard, &input, Keep::Yes).await {
        Ok((_, plain)) => {
            let next = KeyForm {
                name: String::new(),
                scopes: vec![Scope::Read, Scope::Draft],
                social_set: None,
            };
            let mut view = view(&web, &guard, &ask, &next, None).await?;
            plain.expose_secret().clone_into(&mut view.fresh);
            Ok(page::show(&view))
        }
        Err(refusal) if refusal.is_about_input() => Ok(page::again(
            &refusal,
            &view(&web, &guard, &ask, &form, Some(&refusal)).await?,
        )),
        Err(refusal) => Err(refusal),
    }
}

/// Revokes a key.
pub async fn revoke(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ApiKeyId>,
) -> Outcome<Response> {
    let key = keys::revoke(&web, &guard, id, Keep::Yes).await?;
    Ok(page::go(
        urls::Keys,
        Some(Flash::done(ask.text.t1("keys-revoked", "name", key.name))),
    ))
}
