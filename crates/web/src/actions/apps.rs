//! Apps: this workspace's own registrations at platforms, and those of the installation as they may be
//! seen. Secrets go in and never come out.

use domain::app::{App, AppOwner, Hosts};
use domain::ids::{AppId, Id as _};
use domain::member::Action;
use domain::platform::{LoginFlow, Platform};
use platforms::facts::FlowFacts;
use secrecy::{ExposeSecret as _, SecretString};
use storage::app_care;
use storage::apps::{self, AppRow};
use storage::audit;
use vault::{Place, Purpose, places};

use super::app_care as care;
use super::{NAME_CHARS, all_of, line};
use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::{Keep, Web};
use crate::urls;

/// The longest client id, in characters.
const CLIENT_CHARS: usize = 400;
/// The longest client secret, in bytes: those of the platforms have 32 to 64.
const SECRET_BYTES: usize = 1_000;
/// The most scopes.
const SCOPES: usize = 30;

/// What an app is to be.
#[derive(Clone)]
pub struct AppInput {
    /// What people call it; empty keeps what it is called, or names it after its platform.
    pub name: String,
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
    // How secrets fared since the last heartbeat is news worth showing.
    engine::app_secret::write_down(&web.cx)
        .await
        .map_err(care::of_engine)?;
    web.read("web.app", move |conn| {
        let row = apps::one(conn, workspace, id)?.filter(|row| row.removed_at.is_none());
        row.ok_or_else(Refusal::not_found)
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
    check_secret(input.secret.as_ref())?;
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
    let mut row = AppRow::new(app, secret_sealed, keys_sealed);
    row.created_at = web.now();
    row.secret.added_at = row.secret_sealed.is_some().then(|| web.now());
    let wanted = input.name.clone();
    let line = web.audit_line(
        workspace,
        by.maker(),
        "app.create",
        id,
        format!("{platform}, {flow}"),
    );
    let now = web.now();
    web.write_if(keep, "web.app_create", move |conn| {
        let named = named(conn, workspace, &row.app, &wanted)?;
        row.name = named;
        apps::insert(conn, &row, now)?;
        audit::add(conn, &line)?;
        Ok(row)
    })
    .await
}

/// The name of an app: as it is wished, unless another of the workspace has it; else after its platform.
fn named(
    conn: &mut storage::Conn<'_>,
    workspace: domain::ids::WorkspaceId,
    app: &App,
    wished: &str,
) -> Outcome<String> {
    let all = apps::usable(conn, workspace)?;
    let others: Vec<&str> = all
        .iter()
        .filter(|row| row.app.id != app.id)
        .map(|row| row.name.as_str())
        .collect();
    if wished.trim().is_empty() {
        let flow = app.flow.name();
        let mut name = flow.to_owned();
        let mut count = 1;
        while others.contains(&name.as_str()) {
            count += 1;
            name = format!("{flow} {count}");
        }
        return Ok(name);
    }
    let name = line("name", wished, NAME_CHARS)?;
    if others.iter().any(|other| other.eq_ignore_ascii_case(&name)) {
        return Err(Refusal::field(
            "name",
            "taken",
            Words::key("apps-name-taken"),
        ));
    }
    Ok(name)
}

/// An app of the workspace's own.
///
/// # Errors
/// `not_found`, `not_allowed` for an app of the installation.
pub async fn own(web: &Web, by: &Guard, id: AppId) -> Outcome<AppRow> {
    by.ask(Action::Administer, None)?;
    let row = one(web, by, id).await?;
    if row.app.owner != AppOwner::Workspace(by.workspace()) {
        return Err(Refusal::new(&codes::NOT_ALLOWED).detail(Words::key("apps-of-installation")));
    }
    Ok(row)
}

/// Refuses a client secret that no platform gives.
pub(super) fn check_secret(given: Option<&SecretString>) -> Outcome<()> {
    if given.is_none_or(|secret| secret.expose_secret().len() <= SECRET_BYTES) {
        return Ok(());
    }
    let words = Words::key("field-too-long").with("n", SECRET_BYTES);
    Err(Refusal::field("client_secret", "too_long", words))
}

/// How an app would be after a change.
///
/// # Errors
/// Wrong fields.
pub fn changed(web: &Web, old: &AppRow, input: &AppInput) -> Outcome<App> {
    let facts = flow_facts(old.app.platform, old.app.flow)?;
    let mut app = old.app.clone();
    app.scopes = scopes(facts, &input.scopes)?;
    // A client of Bluesky is its address: another address is another app, and this one stays as it is for the
    // logins that live through it.
    if app.platform != Platform::Bluesky {
        app.client_id = line("client_id", &input.client_id, CLIENT_CHARS)?;
        app.redirect_uri = redirect_uri(web, app.platform);
    }
    Ok(app)
}

/// Changes one of the workspace's own apps. A new secret stands beside the one before. Another client id ends what
/// lives through the app, there and then: it is changed only where `ends` is how many sign-ins that are.
///
/// # Errors
/// Wrong fields, `not_found`, `not_allowed` for an app of the installation, `ends_logins`, `changed_meanwhile`.
pub async fn change(
    web: &Web,
    by: &Guard,
    id: AppId,
    input: &AppInput,
    ends: Option<u64>,
    keep: Keep,
) -> Outcome<AppRow> {
    let old = own(web, by, id).await?;
    check_secret(input.secret.as_ref())?;
    let app = changed(web, &old, input)?;
    let another = domain::app::ends_logins(&old.app, &app);
    let known = care::open_both(web, &old)?;
    let given = input
        .secret
        .as_ref()
        .filter(|given| !known.is_current(given));
    let rotated = match given {
        Some(given) => Some(care::rotation(web, &old, &known, given, another)?),
        None => None,
    };
    let before = old.generation + u64::from(rotated.is_some());
    let secret = given.or(known.current.as_ref());
    let place = places::app_secret(Some(by.workspace()), id, before + 1);
    let secret_sealed = secret
        .map(|secret| seal(web, Purpose::AppSecret, &place, secret))
        .transpose()?;
    let keys_sealed = care::sealed_keys(web, &app, before + 1, &known.keys)?;
    let row = AppRow {
        app,
        secret_sealed,
        keys_sealed,
        generation: before,
        ..old.clone()
    };
    let detail = row.app.client_id.clone();
    let line = web.audit_line(by.workspace(), by.maker(), "app.change", id, detail);
    let (workspace, now, wished) = (by.workspace(), web.now(), input.name.clone());
    let (dry, ids) = (keep == Keep::DryRun, web.cx.ids());
    web.write_if(keep, "web.app_change", move |conn| {
        if another && !dry {
            care::confirmed(conn, workspace, id, ends)?;
            engine::client::replaced(conn, &ids, id, now)?;
        }
        let mut row = row;
        if !wished.trim().is_empty() {
            row.name = named(conn, workspace, &row.app, &wished)?;
        }
        if let Some(rotation) = &rotated {
            app_care::rotate(conn, &rotation.of(&old), now)?;
        }
        apps::update(conn, &row)?;
        audit::add(conn, &line)?;
        apps::one(conn, workspace, id)?.ok_or_else(Refusal::not_found)
    })
    .await
}

/// The document that describes us to Bluesky's servers, for the app of that address. It holds public
/// keys only.
///
/// # Errors
/// `not_found` for an address that no app has.
pub async fn client_metadata(web: &Web, host: &str, path: String) -> Outcome<serde_json::Value> {
    let address = web.public(&path);
    // Under another host that leads here: what was signed in to before the public address changed lives on.
    let former = format!("https://{host}{path}");
    let all = web
        .read("web.apps_all", |conn| Ok(apps::all(conn)?))
        .await?;
    let mut named: Vec<AppRow> = all
        .into_iter()
        .filter(|row| row.app.platform == Platform::Bluesky && row.removed_at.is_none())
        .filter(|row| row.app.client_id == address || row.app.client_id == former)
        .collect();
    named.sort_by_key(|row| row.app.client_id != former);
    let row = named.into_iter().next().ok_or_else(Refusal::not_found)?;
    let secrets = engine::login::open_app(&web.vault, &row).map_err(sealed_shut)?;
    // The client's address must be on the same host as the document (sheet bluesky.md §2).
    let home = row
        .app
        .client_id
        .split_once("/oauth/")
        .map_or(web.settings.public_url.as_str(), |(home, _)| home);
    Ok(platforms::bluesky::client_metadata(
        &row.app,
        home,
        &secrets.signing_keys,
    ))
}

pub(super) fn sealed_shut(error: engine::Error) -> Refusal {
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

pub(super) fn seal_keys(web: &Web, app: &App, generation: u64, keys: &[&str]) -> Outcome<Vec<u8>> {
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

pub(super) fn seal(
    web: &Web,
    purpose: Purpose,
    place: &Place,
    secret: &SecretString,
) -> Outcome<Vec<u8>> {
    let sealed = web.vault.seal(purpose, place, secret, &*web.chance);
    sealed.map(vault::Sealed::into_bytes).map_err(|error| {
        tracing::error!(%error, "the secrets of an app cannot be sealed");
        Refusal::new(&codes::INTERNAL)
    })
}
