//! What is done with an app while people are signed in through it: a new secret beside the one before, another usual
//! app, no new sign-ins, removal; and trying it.

use std::collections::BTreeMap;

use domain::app::{AppOwner, RetiredWhy, SecretState, SecretUse, Which};
use domain::connect::ConnectPurpose;
use domain::ids::{AppId, WorkspaceId};
use domain::member::Action;
use domain::platform::{LoginFlow, Platform};
use engine::connect::{self, Begin, Begun};
use secrecy::{ExposeSecret as _, SecretString};
use storage::app_care::{self, Rotated, Through};
use storage::apps::{self, AppRow};
use storage::{Conn, audit, channels, sets};
use vault::{Purpose, places};

use super::app_checks::{self, Checked, Fields};
use super::apps::{
    AppInput, check_secret, flow_facts, one, own, redirect_uri, seal, seal_keys, sealed_shut,
};
use super::connecting;
use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::{Keep, Web};

/// An app's secrets, open.
pub(super) struct Open {
    /// The newest.
    pub current: Option<SecretString>,
    /// The one before.
    pub previous: Option<SecretString>,
    /// The signing keys, newest first.
    pub keys: Vec<SecretString>,
}

impl Open {
    /// Whether this is the secret that is there already.
    pub(super) fn is_current(&self, given: &SecretString) -> bool {
        self.current
            .as_ref()
            .is_some_and(|known| known.expose_secret() == given.expose_secret())
    }
}

/// Opens everything that is sealed of an app.
pub(super) fn open_both(web: &Web, row: &AppRow) -> Outcome<Open> {
    let known = engine::login::open_app(&web.vault, row).map_err(sealed_shut)?;
    let (current, previous) = match known.which {
        Some(Which::Previous) => (known.other_secret, known.client_secret),
        _ => (known.client_secret, known.other_secret),
    };
    Ok(Open {
        current,
        previous,
        keys: known.signing_keys,
    })
}

/// A new secret, sealed, with the one that is put aside.
pub(super) struct Rotation {
    previous: Option<(Vec<u8>, u64, SecretUse)>,
    secret_sealed: Vec<u8>,
    keys_sealed: Option<Vec<u8>>,
}

impl Rotation {
    /// For the store.
    pub(super) fn of<'a>(&'a self, row: &'a AppRow) -> Rotated<'a> {
        let previous = self.previous.as_ref();
        Rotated {
            row,
            previous: previous
                .map(|(sealed, generation, fared)| (sealed.as_slice(), *generation, *fared)),
            secret_sealed: &self.secret_sealed,
            keys_sealed: self.keys_sealed.as_deref(),
        }
    }
}

/// The signing keys sealed for a generation; none where there are none.
pub(super) fn sealed_keys(
    web: &Web,
    app: &domain::app::App,
    generation: u64,
    keys: &[SecretString],
) -> Outcome<Option<Vec<u8>>> {
    if keys.is_empty() {
        return Ok(None);
    }
    let list: Vec<&str> = keys.iter().map(|key| key.expose_secret()).collect();
    seal_keys(web, app, generation, &list).map(Some)
}

/// A new secret for an app; `another` where it is another client's, to which the one before is of no use.
pub(super) fn rotation(
    web: &Web,
    row: &AppRow,
    known: &Open,
    given: &SecretString,
    another: bool,
) -> Outcome<Rotation> {
    let (owner, id, next) = (row.workspace(), row.app.id, row.generation + 1);
    if row.previous.is_some() && !another {
        return Err(Refusal::field(
            "client_secret",
            "two_already",
            Words::key("apps-secret-two"),
        ));
    }
    let previous = match known.current.as_ref().filter(|_| !another) {
        None => None,
        Some(current) => {
            let place = places::app_previous_secret(owner, id, next);
            let sealed = seal(web, Purpose::AppSecret, &place, current)?;
            Some((sealed, next, row.secret))
        }
    };
    let place = places::app_secret(owner, id, next);
    Ok(Rotation {
        previous,
        secret_sealed: seal(web, Purpose::AppSecret, &place, given)?,
        keys_sealed: sealed_keys(web, &row.app, next, &known.keys)?,
    })
}

/// Adds a secret. Calls begin with it; where the platform refuses it, the one before is tried.
///
/// # Errors
/// Wrong fields, `not_found`, `not_allowed`, `changed_meanwhile`.
pub async fn add_secret(
    web: &Web,
    by: &Guard,
    id: AppId,
    given: SecretString,
    keep: Keep,
) -> Outcome<AppRow> {
    let row = own(web, by, id).await?;
    let known = open_both(web, &row)?;
    check_secret(Some(&given))?;
    if given.expose_secret().trim().is_empty() {
        let words = Words::key("field-missing");
        return Err(Refusal::field("client_secret", "missing", words));
    }
    if known.is_current(&given) {
        return Ok(row);
    }
    let rotation = rotation(web, &row, &known, &given, false)?;
    let (workspace, now) = (by.workspace(), web.now());
    let detail = String::new();
    let line = web.audit_line(workspace, by.maker(), "app.add_secret", id, detail);
    web.write_if(keep, "web.app_add_secret", move |conn| {
        app_care::rotate(conn, &rotation.of(&row), now)?;
        audit::add(conn, &line)?;
        again(conn, workspace, id)
    })
    .await
}

/// Forgets one of two secrets: the earlier one, because it is revoked at the platform, or the newest, because it
/// is not to be used after all.
///
/// # Errors
/// `not_now` where there is only one, or where the platform would refuse the one that is left; `not_found`,
/// `not_allowed`, `changed_meanwhile`.
pub async fn forget_secret(
    web: &Web,
    by: &Guard,
    id: AppId,
    which: Which,
    keep: Keep,
) -> Outcome<AppRow> {
    let row = own(web, by, id).await?;
    let known = open_both(web, &row)?;
    let Some(previous) = known.previous.as_ref() else {
        return Err(Refusal::new(&codes::NOT_NOW).detail(Words::key("apps-secret-one")));
    };
    let fared = row.previous.as_ref().map(|kept| kept.secret.state());
    let (left, gone) = match which {
        Which::Current => (fared, row.secret.state()),
        Which::Previous => (
            Some(row.secret.state()),
            fared.unwrap_or(SecretState::Untried),
        ),
    };
    if left == Some(SecretState::Refused) && gone != SecretState::Refused {
        return Err(Refusal::new(&codes::NOT_NOW).detail(Words::key("apps-secret-only-good")));
    }
    let next = row.generation + 1;
    let place = places::app_secret(row.workspace(), id, next);
    let back = seal(web, Purpose::AppSecret, &place, previous)?;
    let keys = sealed_keys(web, &row.app, next, &known.keys)?;
    let workspace = by.workspace();
    let detail = which.to_string();
    let line = web.audit_line(workspace, by.maker(), "app.forget_secret", id, detail);
    web.write_if(keep, "web.app_forget_secret", move |conn| {
        match which {
            Which::Previous => app_care::forget_previous(conn, &row)?,
            Which::Current => app_care::take_back(conn, &row, &back, keys.as_deref())?,
        }
        audit::add(conn, &line)?;
        again(conn, workspace, id)
    })
    .await
}

/// Whether an app takes new sign-ins. What lives through it goes on in any case.
///
/// # Errors
/// `not_found`, `not_allowed`.
pub async fn retire(
    web: &Web,
    by: &Guard,
    id: AppId,
    retired: bool,
    keep: Keep,
) -> Outcome<AppRow> {
    own(web, by, id).await?;
    let (workspace, now) = (by.workspace(), web.now());
    let what = if retired { "app.retire" } else { "app.take_up" };
    let line = web.audit_line(workspace, by.maker(), what, id, String::new());
    web.write_if(keep, "web.app_retire", move |conn| {
        if retired {
            app_care::retire(conn, id, RetiredWhy::Person, now)?;
        } else {
            app_care::take_up(conn, id)?;
        }
        audit::add(conn, &line)?;
        again(conn, workspace, id)
    })
    .await
}

/// New sign-ins of this workspace go through this app, unless another is chosen.
///
/// # Errors
/// `not_found`, `not_allowed`; a wrong field for an app that takes no sign-ins.
pub async fn make_default(web: &Web, by: &Guard, id: AppId, keep: Keep) -> Outcome<AppRow> {
    by.ask(Action::Administer, None)?;
    let row = one(web, by, id).await?;
    if !row.takes_sign_ins() {
        return Err(Refusal::new(&codes::NOT_NOW).detail(Words::key("apps-retired-words")));
    }
    let workspace = by.workspace();
    let detail = String::new();
    let line = web.audit_line(workspace, by.maker(), "app.default", id, detail);
    web.write_if(keep, "web.app_default", move |conn| {
        app_care::set_default(conn, workspace, &row)?;
        audit::add(conn, &line)?;
        Ok(row)
    })
    .await
}

/// Removes an app of the workspace's own and forgets its secrets.
///
/// # Errors
/// `ends_logins` where somebody is still signed in through it; `not_found`, `not_allowed`.
pub async fn remove(web: &Web, by: &Guard, id: AppId, keep: Keep) -> Outcome<()> {
    own(web, by, id).await?;
    let (workspace, now) = (by.workspace(), web.now());
    let detail = String::new();
    let line = web.audit_line(workspace, by.maker(), "app.remove", id, detail);
    web.write_if(keep, "web.app_remove", move |conn| {
        let logins = sign_ins(&app_care::logins(conn, workspace, id)?);
        if !app_care::remove(conn, workspace, id, now)? {
            let words = Words::key("apps-remove-used").with("n", logins);
            return Err(Refusal::new(&codes::ENDS_LOGINS).detail(words));
        }
        Ok(audit::add(conn, &line)?)
    })
    .await
}

/// What lives through an app in this workspace.
///
/// # Errors
/// `not_found`.
pub async fn logins(web: &Web, by: &Guard, id: AppId) -> Outcome<Vec<Through>> {
    one(web, by, id).await?;
    let workspace = by.workspace();
    web.read("web.app_logins", move |conn| {
        Ok(app_care::logins(conn, workspace, id)?)
    })
    .await
}

/// Leaves out the channels of sets that the member does not see.
///
/// # Errors
/// When the store fails.
pub async fn seen_only(web: &Web, by: &Guard, lines: &mut Vec<Through>) -> Outcome<()> {
    let workspace = by.workspace();
    let all = web.read("web.app_channels", move |conn| {
        Ok(channels::of_workspace(conn, workspace)?)
    });
    let all = all.await?;
    lines.retain(|line| {
        line.channel.as_ref().is_none_or(|(id, _)| {
            all.iter()
                .any(|channel| channel.id == *id && by.sees(channel.social_set))
        })
    });
    Ok(())
}

/// The field check of a stored app.
///
/// # Errors
/// `not_found` for a flow that no adapter has; when its seals do not open.
pub fn checks_of(web: &Web, row: &AppRow) -> Outcome<Vec<Checked>> {
    let known = open_both(web, row)?;
    let now = redirect_uri(web, row.app.platform);
    let of = Checkable {
        platform: row.app.platform,
        flow: row.app.flow,
        client_id: &row.app.client_id,
        secret: known.current.as_ref(),
        scopes: &row.app.scopes,
        redirect_uri: &row.app.redirect_uri,
        // The redirect address of an app of the installation is the business of its settings.
        redirect_now: match row.app.owner {
            AppOwner::Installation => &row.app.redirect_uri,
            AppOwner::Workspace(_) => &now,
        },
    };
    checked(web, &of)
}

/// The field check of an app that is not stored.
///
/// # Errors
/// `not_found` for a flow that no adapter has.
pub fn checks_for(
    web: &Web,
    platform: Platform,
    flow: LoginFlow,
    input: &AppInput,
) -> Outcome<Vec<Checked>> {
    let now = redirect_uri(web, platform);
    let of = Checkable {
        platform,
        flow,
        client_id: &input.client_id,
        secret: input.secret.as_ref(),
        scopes: &input.scopes,
        redirect_uri: &now,
        redirect_now: &now,
    };
    checked(web, &of)
}

struct Checkable<'a> {
    platform: Platform,
    flow: LoginFlow,
    client_id: &'a str,
    secret: Option<&'a SecretString>,
    scopes: &'a [String],
    redirect_uri: &'a str,
    redirect_now: &'a str,
}

fn checked(web: &Web, of: &Checkable<'_>) -> Outcome<Vec<Checked>> {
    let adapter = platforms::registry::get(of.platform).ok_or_else(Refusal::not_found)?;
    Ok(app_checks::check(&Fields {
        platform: of.platform,
        facts: flow_facts(of.platform, of.flow)?,
        pulls_media: adapter.facts().pulls_media,
        client_id: of.client_id,
        secret: of.secret,
        scopes: of.scopes,
        redirect_uri: of.redirect_uri,
        redirect_now: of.redirect_now,
        public_url: &web.settings.public_url,
    }))
}

/// How many sign-ins of this workspace live through each app.
///
/// # Errors
/// When the store fails.
pub async fn used(web: &Web, by: &Guard) -> Outcome<BTreeMap<AppId, u64>> {
    let workspace = by.workspace();
    web.read("web.apps_used", move |conn| {
        let mut used = BTreeMap::new();
        for row in apps::usable(conn, workspace)? {
            let lines = app_care::logins(conn, workspace, row.app.id)?;
            used.insert(row.app.id, sign_ins(&lines));
        }
        Ok(used)
    })
    .await
}

/// How many sign-ins these lines are of.
#[must_use]
pub fn sign_ins(lines: &[Through]) -> u64 {
    let ids: std::collections::BTreeSet<_> = lines.iter().map(|line| line.grant).collect();
    ids.len() as u64
}

/// Refuses to end sign-ins that were not counted.
pub(super) fn confirmed(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: AppId,
    said: Option<u64>,
) -> Outcome<()> {
    let there = sign_ins(&app_care::logins(conn, workspace, id)?);
    if there == 0 || said == Some(there) {
        return Ok(());
    }
    let words = Words::key("apps-ends-logins").with("n", there);
    Err(Refusal::new(&codes::ENDS_LOGINS).detail(words))
}

/// The apps that the workspace may use, in the order in which they are offered: for each flow the usual one first.
///
/// # Errors
/// When the store fails.
pub async fn offered(web: &Web, by: &Guard) -> Outcome<Vec<AppRow>> {
    let workspace = by.workspace();
    web.read("web.apps_offered", move |conn| {
        let chosen = app_care::defaults(conn, workspace)?;
        let mut all = apps::usable(conn, workspace)?;
        all.retain(AppRow::takes_sign_ins);
        all.sort_by_key(|row| !chosen.iter().any(|(_, _, id)| *id == row.app.id));
        Ok(all)
    })
    .await
}

/// Begins a trial of an app: a sign-in that makes no channel and leaves no login behind.
///
/// # Errors
/// `not_found`, `not_allowed`, wrong fields, `not_now` in a workspace without a social set, what the platform says.
pub async fn try_it(web: &Web, by: &Guard, id: AppId, hint: Option<String>) -> Outcome<Begun> {
    by.ask(Action::Administer, None)?;
    one(web, by, id).await?;
    let workspace = by.workspace();
    let all = web.read("web.app_sets", move |conn| Ok(sets::list(conn, workspace)?));
    let first = all.await?.into_iter().next().map(|set| set.id);
    let Some(set) = by.current_set().or(first) else {
        return Err(Refusal::new(&codes::NOT_NOW).detail(Words::key("apps-test-no-set")));
    };
    let ask = Begin {
        purpose: ConnectPurpose::Test,
        workspace,
        set,
        member: by.member(),
        binding: connecting::binding(by)?,
        app: id,
        channel: None,
        hint,
        force: false,
    };
    let begun = connect::begin(&web.cx, ask)
        .await
        .map_err(connecting::refusal)?;
    let detail = id.to_string();
    let line = web.audit_line(workspace, by.maker(), "app.test", begun.session, detail);
    web.write("web.app_test", move |conn| Ok(audit::add(conn, &line)?))
        .await?;
    Ok(begun)
}

/// A refusal for what the engine could not do.
pub(super) fn of_engine(error: engine::Error) -> Refusal {
    connecting::refusal(error.into())
}

pub(super) fn again(conn: &mut Conn<'_>, workspace: WorkspaceId, id: AppId) -> Outcome<AppRow> {
    apps::one(conn, workspace, id)?.ok_or_else(Refusal::not_found)
}
