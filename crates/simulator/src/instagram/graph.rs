//! Which call on a graph host is which operation.

use super::access::{enter, reach};
use super::errors::{self, GraphError};
use super::publish::{self, Pulled};
use super::read::{self, List};
use super::state::{Flow, InstagramState};
use super::{access, accounts, intake, tokens};
use crate::call::Call;
use crate::reply::Reply;
use crate::simulator::{Scene, Simulator};
use crate::state::State;
use axum::response::Response;
use http::Method;
use serde_json::Value;

/// A path on a graph host: its version, if it names one, and what follows.
pub(crate) fn segments<'a>(path: &'a str, host: &str) -> (Option<&'a str>, Vec<&'a str>) {
    let rest = path.strip_prefix(host).unwrap_or(path);
    let mut parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    let version = parts.first().copied().filter(|part| is_version(part));
    if version.is_some() {
        parts.remove(0);
    }
    (version, parts)
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v')
        .and_then(|number| number.split_once('.'))
        .is_some_and(|(major, minor)| {
            [major, minor].iter().all(|number| {
                !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
            })
        })
}

/// What is done once a token was let in.
type Work =
    fn(&mut State, &Scene<'_>, &access::Access, &Call, &str, &Pulled) -> Result<Value, GraphError>;

/// Finds the operation of a call about accounts, containers and posts.
fn route(
    state: &InstagramState,
    flow: Flow,
    method: &Method,
    parts: &[&str],
) -> (&'static str, Work) {
    let facebook = flow == Flow::Facebook;
    match (method, parts) {
        (&Method::GET, ["me"]) => ("instagram.me", |state, scene, access, call, id, _| {
            accounts::read(&state.instagram, scene, access, call, id)
        }),
        (&Method::GET, [id]) if state.containers.contains_key(id) => (
            "instagram.container_status",
            |state, scene, access, call, id, _| {
                publish::read_container(&state.instagram, scene, access, call, id)
            },
        ),
        (&Method::GET, [id]) if state.posts.contains_key(id) => (
            "instagram.media_read",
            |state, scene, access, call, id, _| {
                read::read(&state.instagram, scene, access, call, id)
            },
        ),
        (&Method::GET, [_]) => ("instagram.account", |state, scene, access, call, id, _| {
            accounts::read(&state.instagram, scene, access, call, id)
        }),
        (&Method::POST, [_, "media"]) => ("instagram.media_create", publish::create),
        (&Method::POST, [_, "media_publish"]) => (
            "instagram.media_publish",
            |state, scene, access, call, id, _| publish::publish(state, scene, access, call, id),
        ),
        (&Method::GET, [_, "media"]) => (
            "instagram.media_list",
            |state, scene, access, call, id, _| {
                read::list(&state.instagram, scene, access, call, id, List::Media)
            },
        ),
        (&Method::GET, [_, "stories"]) => {
            ("instagram.stories", |state, scene, access, call, id, _| {
                read::list(&state.instagram, scene, access, call, id, List::Stories)
            })
        }
        (&Method::GET, [_, "content_publishing_limit"]) => (
            "instagram.publishing_limit",
            |state, scene, access, call, id, _| {
                accounts::publishing_limit(&state.instagram, scene, access, call, id)
            },
        ),
        (&Method::GET, [_, "children"]) => {
            ("instagram.children", |state, scene, access, call, id, _| {
                read::children(&state.instagram, scene, access, call, id)
            })
        }
        (&Method::GET, [_, "collaborative_media"]) if facebook => (
            "instagram.collaborative_media",
            |state, scene, access, call, id, _| {
                read::list(
                    &state.instagram,
                    scene,
                    access,
                    call,
                    id,
                    List::Collaborative,
                )
            },
        ),
        (&Method::GET, [_, "collaborators"]) if facebook => (
            "instagram.collaborators",
            |state, scene, access, call, id, _| {
                read::collaborators(&state.instagram, scene, access, call, id)
            },
        ),
        (&Method::DELETE, [_]) if facebook => (
            "instagram.media_delete",
            |state, scene, access, _, id, _| read::delete(state, scene, access, id),
        ),
        _ => ("instagram.unknown", |_, _, _, call, _, _| {
            Err(errors::unsupported(&call.method.as_str().to_lowercase()))
        }),
    }
}

/// The account that a path is about, else the one behind the token.
fn account_of(state: &InstagramState, call: &Call, target: &str) -> Option<String> {
    let named = state.accounts.get(target).map(|account| account.id.clone());
    let container = || {
        state
            .containers
            .get(target)
            .map(|container| container.account.clone())
    };
    let post = || state.posts.get(target).map(|post| post.owner.clone());
    let token = || {
        state
            .tokens
            .get(&access::token_of(call)?)
            .map(|token| token.who.clone())
    };
    named.or_else(container).or_else(post).or_else(token)
}

/// Turns a result into an answer.
pub(crate) fn reply(state: &mut State, result: Result<Value, GraphError>) -> Reply {
    match result {
        Ok(value) => Reply::ok(&value),
        Err(error) => error.reply(&mut state.chance),
    }
}

/// Answers a call on a graph host.
pub(crate) async fn answer(sim: &Simulator, flow: Flow, call: Call, host: &str) -> Response {
    let (version, parts) = segments(&call.path, host);
    if flow == Flow::Instagram
        && let [name @ ("access_token" | "refresh_access_token")] = parts.as_slice()
    {
        return token_call(sim, &call, name);
    }
    let target = parts.first().copied().unwrap_or_default();
    let pulled = pull(sim, flow, version, &call, &parts).await;
    let (operation, work) =
        sim.look(|state, _| route(&state.instagram, flow, &call.method, &parts));
    sim.operate(
        operation,
        |state, _| account_of(&state.instagram, &call, target),
        |state, scene| {
            let result = enter(&state.instagram, scene.now_ms, &call, flow, version)
                .and_then(|access| work(state, scene, &access, &call, target, &pulled));
            let reply = reply(state, result);
            if operation == "instagram.media_publish" && reply.status.is_success() {
                reply.publishing()
            } else {
                reply
            }
        },
    )
}

/// Pulls the media of a container order, once it is clear that the order may be placed at all.
async fn pull(
    sim: &Simulator,
    flow: Flow,
    version: Option<&str>,
    call: &Call,
    parts: &[&str],
) -> Pulled {
    let (&Method::POST, [target, "media"]) = (&call.method, parts) else {
        return None;
    };
    let address = intake::address(call)?;
    let allowed = sim.look(|state, scene| {
        let state = &state.instagram;
        enter(state, scene.now_ms, call, flow, version)
            .and_then(|access| {
                reach(
                    state,
                    scene.now_ms,
                    &access,
                    target,
                    access::Need::Publish,
                    "post",
                )
                .map(|_| ())
            })
            .is_ok()
    });
    if !allowed {
        return None;
    }
    Some(sim.fetcher().fetch(&address).await)
}

/// The two token endpoints without a version; GET only (sheet §4.1).
fn token_call(sim: &Simulator, call: &Call, name: &str) -> Response {
    let operation = if name == "access_token" {
        "instagram.exchange"
    } else {
        "instagram.refresh"
    };
    sim.operate(
        operation,
        |state, _| account_of(&state.instagram, call, ""),
        |state, scene| {
            let result = if call.method == Method::GET {
                if name == "access_token" {
                    tokens::exchange_short(state, scene, call)
                } else {
                    tokens::refresh(state, scene, call)
                }
            } else {
                Err(errors::unsupported(&call.method.as_str().to_lowercase()))
            };
            reply(state, result)
        },
    )
}
