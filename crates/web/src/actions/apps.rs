//! Apps: this workspace's own registrations at platforms, and those of the installation as they may be
//! seen. Secrets go in and never come out.

use domain::app::{App, AppOwner, Hosts};
use domain::ids::{AppId, Id as _};
use domain::member::Action;
use domain::platform::{LoginFlow, Platform};
use platforms::facts::FlowFacts;
use secrecy::{ExposeSecret as _, SecretString};
use storage::apps::{self, AppRow};
use storage::audit;
use vault::{Place, Purpose, places};

use super::{all_of, line};
use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::{Keep, Web};
use crate::urls;

/// The longest client id, in characters.
const CLIENT_CHARS: usize = 400;
/// The most scopes.
const SCOPES: usize = 30;

/// What an app is to be.
#[derive(Clone)]
pub struct AppInput {
    /// The client id; for Bluesky with a public address it is ours, and what is given is not read.
    pub client_id: String,
    /// A new client secret; none keeps the one that is there.
    pub secret: Option<SecretString>,
    /// The scopes; none are those that the platform's flow needs.
    pub scopes: Vec<String>,
}

/// Which platforms and flows this program can connect.
#[must_use]
pub fn flows() -> Vec<(Platform, &'static FlowFacts)> {
    let all = platforms::registry::all();
    all.into_iter()
        .flat_map(|adapter| {
            adapter
                .facts()
                .flows
                .iter()
                .map(|flow| (adapter.facts().platform, flow))
        })
        .collect()
}

/// The facts of a flow.
///
/// # Errors
/// `not_found` for a flow that no adapter has.
pub fn flow_facts(platform: Platform, flow: LoginFlow) -> Outcome<&'static FlowFacts> {
    let adapter = platforms::registry::get(platform).ok_or_else(Refusal::not_found)?;
    adapter.facts().flow(flow).ok_or_else(Refusal::not_found)
}

/// The apps that the workspace may use; its own come first.
///
/// # Errors
/// When the store fails.
pub async fn list(web: &Web, by: &Guard) -> Outcome<Vec<AppRow>> {
    let workspace = by.workspace();
    web.read("web.apps", move |conn| Ok(apps::usable(conn, workspace)?))
        .await
}

/// One app that the workspace may use.
///
/// # Errors
/// `not_found`.
pub async fn one(web: &Web, by: &Guard, id: AppId) -> Outcome<AppRow> {
    let workspace = by.workspace();
    web.read("web.app", move |conn| {
        apps::one(conn, workspace, id)?.ok_or_else(Refusal::not_found)
    })
    .await
}

/// Where a platform is to send browsers back to.
#[must_use]
pub fn redirect_uri(web: &Web, platform: Platform) -> String {
    web.public(urls::OauthCallback {
        platform: platform.to_string(),
    })
}

/// A new app of the workspace.
///
/// # Errors
/// Wrong fields, `not_allowed`, `not_found` for a flow that there is not.
pub async fn create(
    web: &Web,
    by: &Guard,
    platform: Platform,
    flow: LoginFlow,
    input: &AppInput,
    keep: Keep,
) -> Outcome<AppRow> {
    by.ask(Action::Administer, None)?;
    let facts = flow_facts(platform, flow)?;
    let (id, workspace) = (web.id::<AppId>(), by.workspace());
    let client_id = client_id(web, facts, id, platform, input)?;
    if facts.needs_secret && input.secret.is_none() {
        return Err(Refusal::field(
            "client_secret",
            "missing",
            Words::key("field-missing"),
        ));
    }
    let app = App {
        id,
        owner: AppOwner::Workspace(workspace),
        platform,
        flow,
        client_id,
        redirect_uri: redirect_uri(web, platform),
        api_version: facts.api_version.to_owned(),
        scopes: scopes(facts, &input.scopes)?,
        hosts: hosts(web, by, platform, facts).await?,
    };
    let place = places::app_secret(Some(workspace), id, 1);
    let secret_sealed = input
        .secret
        .as_ref()
        .map(|secret| seal(web, Purpose::AppSecret, &place, secret))
        .transpose()?;
    let keys_sealed = if signs(&app) {
        Some(new_keys(web, &app)?)
    } else {
        None
    };
    let row = AppRow {
        app,
        secret_sealed,
        keys_sealed,
        generation: 1,
    };
    let line = web.audit_line(
        workspace,
        by.maker(),
        "app.create",
        id,
        format!("{platform}, {flow}"),
    );
    let now = web.now();
    web.write_if(keep, "web.app_create", move |conn| {
        apps::insert(conn, &row, now)?;
        audit::add(conn, &line)?;
        Ok(row)
    })
    .await
}

/// Changes one of the workspace's own apps.
///
/// # Errors
/// Wrong fields, `not_found`, `not_allowed` for an app of the installation, `changed_meanwhile`.
pub async fn change(
    web: &Web,
    by: &Guard,
    id: AppId,
    input: &AppInput,
    keep: Keep,
) -> Outcome<AppRow> {
    by.ask(Action::Administer, None)?;
    let old = one(web, by, id).await?;
    if old.app.owner != AppOwner::Workspace(by.workspace()) {
        return Err(Refusal::new(&codes::NOT_ALLOWED).detail(Words::key("apps-of-installation")));
    }
    let facts = flow_facts(old.app.platform, old.app.flow)?;
    let mut app = old.app.clone();
    app.client_id = client_id(web, facts, id, app.platform, input)?;
    app.scopes = scopes(facts, &input.scopes)?;
    app.redirect_uri = redirect_uri(web, app.platform);
    // A change counts the generation up, and what is sealed is bound to it.
    let next = old.generation + 1;
    let known = engine::login::open_app(&web.vault, &old).map_err(sealed_shut)?;
    let secret = input.secret.as_ref().or(known.client_secret.as_ref());
    let place = places::app_secret(Some(by.workspace()), id, next);
    let secret_sealed = secret
        .map(|secret| seal(web, Purpose::AppSecret, &place, secret))
        .transpose()?;
    let keys_sealed = if known.signing_keys.is_empty() {
        None
    } else {
        let list: Vec<&str> = known
            .signing_keys
            .iter()
            .map(|key| key.expose_secret())
            .collect();
        Some(seal_keys(web, &app, next, &list)?)
    };
    let row = AppRow {
        app,
        secret_sealed,
        keys_sealed,
        generation: old.generation,
    };
    let line = web.audit_line(
        by.workspace(),
        by.maker(),
        "app.change",
        id,
        row.app.client_id.clone(),
    );
    web.write_if(keep, "web.app_change", move |conn| {
        apps::update(conn, &row)?;
        audit::add(conn, &line)?;
        Ok(AppRow {
            generation: next,
            ..row
        })
    })
    .await
}

/// The document that describes us to Bluesky's servers, for the app of that address. It holds public
/// keys only.
///
/// # Errors
/// `not_found` for an address that no app has.
pub async fn client_metadata(web: &Web, path: String) -> Outcome<serde_json::Value> {
    let address = web.public(path);
    let all = web
        .read("web.apps_all", |conn| Ok(apps::all(conn)?))
        .await?;
    let row = all
        .into_iter()
        .find(|row| row.app.platform == Platform::Bluesky && row.app.client_id == address);
    let row = row.ok_or_else(Refusal::not_found)?;
    let secrets = engine::login::open_app(&web.vault, &row).map_err(sealed_shut)?;
    Ok(platforms::bluesky::client_metadata(
        &row.app,
        web.settings.public_url.as_str(),
        &secrets.signing_keys,
    ))
}

fn sealed_shut(error: engine::Error) -> Refusal {
    tracing::error!(%error, "the secrets of an app do not open");
    Refusal::new(&codes::INTERNAL)
}

/// A client id of Bluesky is an address of ours: of the document about us where we are public, of this
/// machine's own loopback where we are not.
fn client_id(
    web: &Web,
    facts: &FlowFacts,
    id: AppId,
    platform: Platform,
    input: &AppInput,
) -> Outcome<String> {
    if platform != Platform::Bluesky {
        return line("client_id", &input.client_id, CLIENT_CHARS);
    }
    if web.settings.public_url.scheme() == "https" {
        return Ok(web.public(urls::BlueskyClient { app: id }));
    }
    let scopes = scopes(facts, &input.scopes)?;
    Ok(platforms::bluesky::loopback_client_id(
        &redirect_uri(web, platform),
        &scopes,
    ))
}

fn scopes(facts: &FlowFacts, given: &[String]) -> Outcome<Vec<String>> {
    let given: Vec<String> = given
        .iter()
        .map(|scope| scope.trim().to_owned())
        .filter(|scope| !scope.is_empty())
        .collect();
    if given.is_empty() {
        return Ok(facts
            .scopes
            .iter()
            .filter(|scope| scope.needed_to_post)
            .map(|scope| scope.scope.to_owned())
            .collect());
    }
    let strange = given.iter().any(|scope| {
        scope
            .chars()
            .any(|sign| sign.is_whitespace() || sign.is_control())
    });
    let many = (given.len() > SCOPES).then(|| {
        Refusal::field(
            "scopes",
            "too_many",
            Words::key("field-too-long").with("n", SCOPES),
        )
    });
    let wrong =
        strange.then(|| Refusal::field("scopes", "wrong_type", Words::key("field-control")));
    all_of([many, wrong])?;
    Ok(given)
}

/// Where the platform's hosts are: as another app of that flow here has them (a simulator, a private
/// server), else as the platform documents them.
async fn hosts(web: &Web, by: &Guard, platform: Platform, facts: &FlowFacts) -> Outcome<Hosts> {
    let known = list(web, by)
        .await?
        .into_iter()
        .find(|row| row.app.platform == platform && row.app.flow == facts.flow);
    Ok(known.map_or_else(
        || {
            Hosts(
                facts
                    .hosts
                    .iter()
                    .map(|(name, address)| ((*name).to_owned(), (*address).to_owned()))
                    .collect(),
            )
        },
        |row| row.app.hosts,
    ))
}

fn signs(app: &App) -> bool {
    app.platform == Platform::Bluesky && app.client_id.starts_with("https://")
}

fn new_keys(web: &Web, app: &App) -> Outcome<Vec<u8>> {
    let day = web.now().strftime("%Y-%m-%d").to_string();
    let tail = app.id.uuid().simple().to_string();
    let key = platforms::bluesky::new_signing_key(&*web.chance, &format!("{day}-{}", &tail[24..]));
    seal_keys(web, app, 1, &[key.expose_secret()])
}

fn seal_keys(web: &Web, app: &App, generation: u64, keys: &[&str]) -> Outcome<Vec<u8>> {
    let owner = match app.owner {
        AppOwner::Installation => None,
        AppOwner::Workspace(id) => Some(id),
    };
    let list = SecretString::from(serde_json::to_string(keys).unwrap_or_default());
    seal(
        web,
        Purpose::SigningKey,
        &places::app_keys(owner, app.id, generation),
        &list,
    )
}

fn seal(web: &Web, purpose: Purpose, place: &Place, secret: &SecretString) -> Outcome<Vec<u8>> {
    let sealed = web.vault.seal(purpose, place, secret, &*web.chance);
    sealed.map(vault::Sealed::into_bytes).map_err(|_| {
        Refusal::field(
            "client_secret",
            "too_long",
            Words::key("field-too-long").with("n", vault::MAX_SECRET),
        )
    })
}
