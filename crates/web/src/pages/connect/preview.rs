//! Before leaving for the platform: what happened, which account to use, what is asked and why, and what
//! to leave ticked there.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::ids::{AppId, ChannelId, SocialSetId};
use domain::member::Action as May;
use domain::platform::{LoginFlow, Platform};
use serde::Deserialize;
use storage::apps::AppRow;

use crate::access::Guard;
use crate::actions::channels::Seen;
use crate::actions::connecting::{self, BeginInput};
use crate::actions::{app_care, apps, channels, sets};
use crate::components::{Account, Action, Field, platform_name};
use crate::extract::{Form, Path, Query};
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::pages::channels::at_handle;
use crate::pages::channels::words::Say;
use crate::pages::settings::apps::app_name;
use crate::problem::{Outcome, Refusal};
use crate::state::Web;
use crate::text::Text;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/connect/preview.html")]
struct PreviewPage {
    frame: Frame,
    title: String,
    sub: String,
    happened: Option<Happened>,
    account: Option<Account>,
    asked: Vec<Asked>,
    tips: Vec<String>,
    said: String,
    action: String,
    app: String,
    handle: Option<Field>,
    force: bool,
    force_label: String,
    submit: Action,
    others: Vec<Action>,
    back: Action,
}

/// Why the person is here.
struct Happened {
    health: String,
    tone: &'static str,
    details: Vec<String>,
}

/// One permission.
struct Asked {
    scope: &'static str,
    why: String,
    needed: bool,
}

/// `?app=…&force=1`.
#[derive(Deserialize, Default)]
pub struct Wish {
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    app: Option<AppId>,
    #[serde(default)]
    force: String,
}

/// What the form sends.
#[derive(Deserialize, Default, Clone)]
pub struct Given {
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    app: Option<AppId>,
    #[serde(default)]
    handle: String,
    #[serde(default)]
    force: String,
}

impl Given {
    fn hint(&self) -> Option<String> {
        Some(self.handle.trim().to_owned()).filter(|handle| !handle.is_empty())
    }
}

/// Before *Refresh Channel Connection*.
pub async fn preview_refresh(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ChannelId>,
    Query(wish): Query<Wish>,
) -> Outcome<Response> {
    let given = Given {
        app: wish.app,
        force: wish.force,
        ..Given::default()
    };
    Ok(page::show(
        &refresh_view(&web, &guard, &ask, id, &given, None).await?,
    ))
}

/// *Refresh Channel Connection*: away to the platform.
pub async fn leave_refresh(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ChannelId>,
    Form(given): Form<Given>,
) -> Outcome<Response> {
    let seen = channels::one(&web, &guard, id, May::SignIn).await?;
    let (app, _) = pick(&web, &guard, &seen, given.app).await?;
    let input = BeginInput {
        app: app.app.id,
        set: None,
        channel: Some(id),
        hint: given.hint(),
        force: forced(&given.force),
    };
    match connecting::begin(&web, &guard, input).await {
        Ok(begun) => Ok(page::leave(&ask.text, &begun.url, app.app.flow.name())),
        Err(refusal) if refusal.is_about_input() => Ok(page::again(
            &refusal,
            &refresh_view(&web, &guard, &ask, id, &given, Some(&refusal)).await?,
        )),
        Err(refusal) => Err(refusal),
    }
}

/// Before a first connection.
pub async fn preview(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path((set, app)): Path<(SocialSetId, AppId)>,
    Query(wish): Query<Wish>,
) -> Outcome<Response> {
    let given = Given {
        app: Some(app),
        force: wish.force,
        ..Given::default()
    };
    Ok(page::show(
        &new_view(&web, &guard, &ask, (set, app), &given, None).await?,
    ))
}

/// A first connection: away to the platform.
pub async fn leave(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path((set, app)): Path<(SocialSetId, AppId)>,
    Form(given): Form<Given>,
) -> Outcome<Response> {
    sets::one(&web, &guard, set).await?;
    let row = apps::one(&web, &guard, app).await?;
    let input = BeginInput {
        app,
        set: Some(set),
        channel: None,
        hint: given.hint(),
        force: forced(&given.force),
    };
    match connecting::begin(&web, &guard, input).await {
        Ok(begun) => Ok(page::leave(&ask.text, &begun.url, row.app.flow.name())),
        Err(refusal) if refusal.is_about_input() => Ok(page::again(
            &refusal,
            &new_view(&web, &guard, &ask, (set, app), &given, Some(&refusal)).await?,
        )),
        Err(refusal) => Err(refusal),
    }
}

fn forced(word: &str) -> bool {
    !word.is_empty() && word != "0"
}

/// The app to sign in through: the one that is named, else the flow that was used before, else the first
/// of the platform; and the others.
async fn pick(
    web: &Web,
    guard: &Guard,
    seen: &Seen,
    wanted: Option<AppId>,
) -> Outcome<(AppRow, Vec<AppRow>)> {
    let mut known = app_care::offered(web, guard).await?;
    known.retain(|row| row.app.platform == seen.channel.platform);
    let used = seen
        .login
        .as_ref()
        .map(|login| (login.app.app.id, login.grant.flow));
    let place = match (wanted, used) {
        (Some(wanted), _) => known.iter().position(|row| row.app.id == wanted),
        (None, Some((app, flow))) => known
            .iter()
            .position(|row| row.app.id == app)
            .or_else(|| known.iter().position(|row| row.app.flow == flow))
            .or(Some(0)),
        (None, None) => Some(0),
    };
    let place = place
        .filter(|place| *place < known.len())
        .ok_or_else(Refusal::not_found)?;
    let app = known.remove(place);
    Ok((app, known))
}

/// Other ways to sign in: the other apps of this flow by their names, and the usual app of each other flow.
fn other_ways(text: &Text, here: &str, app: &AppRow, others: &[AppRow]) -> Vec<Action> {
    let mut ways = Vec::new();
    let mut flows = vec![app.app.flow];
    for other in others {
        let same = other.app.flow == app.app.flow;
        if !same && flows.contains(&other.app.flow) {
            continue;
        }
        flows.push(other.app.flow);
        let words = if same {
            text.t1("preview-other-app", "app", app_name(text, other))
        } else {
            text.t1("preview-other-flow", "flow", other.app.flow.name())
        };
        ways.push(Action::link(words, format!("{here}?app={}", other.app.id)));
    }
    ways
}

async fn refresh_view(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    id: ChannelId,
    given: &Given,
    refusal: Option<&Refusal>,
) -> Outcome<PreviewPage> {
    let text = &ask.text;
    let seen = channels::one(web, guard, id, May::SignIn).await?;
    let say = Say::of(text, web.now(), &seen);
    let (app, others) = pick(web, guard, &seen, given.app).await?;
    let here = urls::RefreshChannel { channel: id }.to_string();
    let mut others = other_ways(text, &here, &app, &others);
    if guard.may(May::Manage, Some(seen.channel.social_set)) && seen.is_linked() {
        others.push(Action::link(
            text.t("preview-unlink"),
            urls::UnlinkChannel { channel: id }.to_string(),
        ));
    }
    let account = Account {
        label: text.t("preview-account"),
        ring: say.ring(&seen),
        handle: at_handle(&seen.channel.handle),
    };
    let happened = Happened {
        health: say.health(&seen),
        tone: say
            .tone(&seen)
            .unwrap_or(crate::components::Tone::Green)
            .key(),
        details: say.details(&seen),
    };
    let mut page = parts(web, guard, ask, &app, given, refusal).await?;
    page.title = text.t("channel-refresh");
    page.sub = text.t("preview-refresh-sub");
    // Another app than that of the sign-in before, although nobody chose it.
    let before = seen.login.as_ref().map(|login| &login.app);
    if given.app.is_none()
        && before.is_some_and(|before| before.app.id != app.app.id && before.retired.is_some())
    {
        page.tips.insert(0, text.t("preview-app-retired"));
    }
    page.happened = Some(happened);
    page.account = Some(account);
    page.action = here;
    page.others = others;
    page.back = Action::link(text.t("cancel"), urls::Channel { channel: id }.to_string()).quiet();
    if let Some(field) = page.handle.take() {
        page.handle = Some(if given.handle.is_empty() {
            field.value(&seen.channel.handle)
        } else {
            field
        });
    }
    Ok(page)
}

async fn new_view(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    (set, app): (SocialSetId, AppId),
    given: &Given,
    refusal: Option<&Refusal>,
) -> Outcome<PreviewPage> {
    let text = &ask.text;
    guard.ask(May::Manage, Some(set))?;
    let set_row = sets::one(web, guard, set).await?;
    let row = apps::one(web, guard, app).await?;
    let mut page = parts(web, guard, ask, &row, given, refusal).await?;
    page.title = text.t1(
        "preview-connect",
        "platform",
        platform_name(text, row.app.platform.as_str()),
    );
    page.sub = text.t2(
        "preview-connect-sub",
        "set",
        set_row.name,
        "flow",
        row.app.flow.name(),
    );
    page.action = urls::ConnectNew { set, app }.to_string();
    let mut others = app_care::offered(web, guard).await?;
    others.retain(|other| {
        (other.app.platform, other.app.flow) == (row.app.platform, row.app.flow)
            && other.app.id != app
    });
    if !others.is_empty() {
        let name = text.t1("preview-through-app", "app", app_name(text, &row));
        page.sub = format!("{} {name}", page.sub);
    }
    page.others = others
        .iter()
        .map(|other| {
            let to = urls::ConnectNew {
                set,
                app: other.app.id,
            };
            Action::link(
                text.t1("preview-other-app", "app", app_name(text, other)),
                to.to_string(),
            )
        })
        .collect();
    page.back = Action::link(text.t("cancel"), urls::SetManager { set }.to_string()).quiet();
    Ok(page)
}

/// What both have: the permissions, the handle, the button.
async fn parts(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    app: &AppRow,
    given: &Given,
    refusal: Option<&Refusal>,
) -> Outcome<PreviewPage> {
    let text = &ask.text;
    let facts = apps::flow_facts(app.app.platform, app.app.flow)?;
    let asked = facts
        .scopes
        .iter()
        .filter(|scope| {
            app.app.scopes.is_empty() || app.app.scopes.iter().any(|wanted| wanted == scope.scope)
        })
        .map(|scope| Asked {
            scope: scope.scope,
            why: why(text, scope.why),
            needed: scope.needed_to_post,
        })
        .collect();
    let wrong = refusal
        .map(|refusal| refusal.field_words("handle", text))
        .unwrap_or_default();
    let said = refusal
        .filter(|_| wrong.is_empty())
        .map(|refusal| refusal.sentence(text))
        .unwrap_or_default();
    let handle = facts.needs_handle.then(|| {
        Field::text("handle", text.t("preview-handle"))
            .value(&given.handle)
            .hint(text.t("preview-handle-hint"))
            .error(wrong)
    });
    let flow = app.app.flow.name();
    Ok(PreviewPage {
        frame: page::frame(web, guard, ask, Entry::Channels).await?,
        title: String::new(),
        sub: String::new(),
        happened: None,
        account: None,
        asked,
        tips: tips(text, app.app.platform, app.app.flow),
        said,
        action: String::new(),
        app: app.app.id.to_string(),
        handle,
        force: forced(&given.force),
        force_label: text.t1("preview-force", "flow", flow),
        submit: Action::submit(text.t1("preview-continue", "flow", flow))
            .primary()
            .icon("external-link"),
        others: Vec::new(),
        back: Action::link(text.t("cancel"), urls::Sets.to_string()).quiet(),
    })
}

/// What a permission is for, in words; nothing for one that needs none.
pub fn why(text: &Text, word: &str) -> String {
    match word {
        "identify" => text.t("scope-why-identify"),
        "read_posts" => text.t("scope-why-read-posts"),
        "publish" => text.t("scope-why-publish"),
        "list_pages" => text.t("scope-why-list-pages"),
        _ => String::new(),
    }
}

fn tips(text: &Text, platform: Platform, flow: LoginFlow) -> Vec<String> {
    let mut tips = vec![text.t("preview-tip-password")];
    match (platform, flow) {
        (Platform::Facebook, _) => tips.push(text.t("preview-tip-pages")),
        (_, LoginFlow::Facebook) => tips.push(text.t("preview-tip-facebook")),
        (_, LoginFlow::Instagram) => tips.push(text.t("preview-tip-instagram")),
        (_, LoginFlow::Bluesky) => {}
    }
    tips
}
