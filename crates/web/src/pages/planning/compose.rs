//! The composer: a new post or a stored one. Every button sends the whole form; what cannot be done shows
//! it again with everything in it.

use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse, Response};
use domain::ids::{ChannelId, DeliveryId, PostId};
use domain::member::Action as May;
use domain::post::PostMedia;
use jiff::civil::Date;
use serde::Deserialize;

use super::compose_checks;
use super::compose_form::{ComposeForm, Intent, day_and_time};
use super::compose_view::{self, Shown};
use super::{Say, current};
use crate::access::Guard;
use crate::actions::post_work::Terms;
use crate::actions::save::{Plan, Saved, Target, save};
use crate::actions::when::When;
use crate::actions::{media, posts, proposals};
use crate::extract::{Path, Query, parsed};
use crate::layout::Flash;
use crate::page::{self, Ask};
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::{Keep, Web};
use crate::urls;

/// What the address of a new post asks for.
#[derive(Debug, Default, Deserialize)]
pub struct Look {
    #[serde(default, deserialize_with = "parsed")]
    date: Option<Date>,
    #[serde(default, deserialize_with = "parsed")]
    channel: Option<ChannelId>,
}

/// A new post.
pub async fn new(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Query(look): Query<Look>,
) -> Outcome<Response> {
    let Some(set) = current(&guard) else {
        return Ok(page::show(
            &compose_view::without_set(&web, &guard, &ask).await?,
        ));
    };
    guard.ask(May::Draft, Some(set))?;
    let form = ComposeForm {
        new_id: Some(web.id()),
        set: Some(set),
        channels: look.channel.into_iter().collect(),
        date: look.date.map(|date| date.to_string()).unwrap_or_default(),
        time: if look.date.is_some() {
            "09:00".to_owned()
        } else {
            String::new()
        },
        ..ComposeForm::default()
    };
    let shown = Shown {
        form,
        saved: None,
        refusal: None,
    };
    Ok(page::show(
        &compose_view::page(&web, &guard, &ask, shown).await?,
    ))
}

/// A stored post.
pub async fn show(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<PostId>,
) -> Outcome<Response> {
    let saved = posts::one(&web, &guard, id).await?;
    let set = crate::actions::sets::one(&web, &guard, saved.post.social_set).await?;
    let form = ComposeForm::of(&saved, &set.zone, web.now());
    let shown = Shown {
        form,
        saved: Some(saved),
        refusal: None,
    };
    Ok(page::show(
        &compose_view::page(&web, &guard, &ask, shown).await?,
    ))
}

/// Saves a new post.
pub async fn create(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    request: Request,
) -> Outcome<Response> {
    let form = ComposeForm::read(request, &web).await?;
    let set = form
        .set
        .or(current(&guard))
        .ok_or_else(Refusal::not_found)?;
    let target = Target::New {
        id: form.new_id.unwrap_or_else(|| web.id()),
        set,
    };
    submitted(&web, &guard, &ask, form, target).await
}

/// Saves a stored post.
pub async fn change(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<PostId>,
    request: Request,
) -> Outcome<Response> {
    let form = ComposeForm::read(request, &web).await?;
    submitted(&web, &guard, &ask, form, Target::Old(id)).await
}

async fn submitted(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    mut form: ComposeForm,
    target: Target,
) -> Outcome<Response> {
    let refusal = match take_files(web, guard, &mut form).await {
        Ok(()) => None,
        Err(refusal)
            if refusal.is_about_input() || matches!(refusal.status().as_u16(), 413 | 415) =>
        {
            Some(refusal)
        }
        Err(refusal) => return Err(refusal),
    };
    if let Some(refusal) = refusal {
        return again(web, guard, ask, form, target, Some(refusal)).await;
    }
    let plan = match form.intent {
        Intent::Again => return again(web, guard, ask, form, target, None).await,
        Intent::TakeOut(media) => {
            form.media.retain(|one| one.media != media);
            return again(web, guard, ask, form, target, None).await;
        }
        Intent::Slot => {
            next_free(web, guard, &mut form, target).await?;
            return again(web, guard, ask, form, target, None).await;
        }
        Intent::Before => {
            let refusal = last_good(web, guard, &mut form, target).await?;
            return again(web, guard, ask, form, target, refusal).await;
        }
        Intent::Draft | Intent::Autosave => Ok(Plan::Draft(form.when())),
        Intent::Now => Ok(Plan::At {
            when: When::Now,
            only_unplanned: false,
        }),
        Intent::Schedule => match form.when() {
            Some(when) => Ok(Plan::At {
                when,
                only_unplanned: form.keeps_time(),
            }),
            None => Err(Refusal::field(
                "schedule",
                "missing",
                Words::key("compose-no-time"),
            )),
        },
    };
    let seen = crate::actions::post_work::form_version(form.version);
    let saved = match plan {
        Ok(plan) => {
            save(
                web,
                guard,
                target,
                form.input(),
                plan,
                Terms::default(),
                seen,
            )
            .await
        }
        Err(refusal) => Err(refusal),
    };
    match saved {
        Ok(saved) if form.intent == Intent::Autosave => Ok(autosaved(web, ask, &saved)),
        Ok(saved) => went_well(web, guard, ask, &form, &saved).await,
        Err(refusal) if form.intent == Intent::Autosave => Err(refusal),
        Err(refusal) if refusal.is_about_input() => {
            again(web, guard, ask, form, target, Some(refusal)).await
        }
        Err(refusal) if *refusal.code() == codes::NOT_FOUND => {
            gone(web, guard, ask, form, refusal).await
        }
        Err(refusal) => Err(refusal),
    }
}

/// Takes the files of a form into the library and into the post.
async fn take_files(web: &Web, guard: &Guard, form: &mut ComposeForm) -> Outcome<()> {
    for (name, bytes) in std::mem::take(&mut form.files) {
        let taken = media::upload(web, guard, &name, bytes, Keep::Yes).await?;
        if form.media.iter().all(|one| one.media != taken.row.id) {
            form.media.push(PostMedia {
                media: taken.row.id,
                alt: String::new(),
            });
        }
    }
    Ok(())
}

/// Fills in the last good hour, or says that none is left.
async fn last_good(
    web: &Web,
    guard: &Guard,
    form: &mut ComposeForm,
    target: Target,
) -> Outcome<Option<Refusal>> {
    let set = match target {
        Target::New { set, .. } => set,
        Target::Old(id) => posts::one(web, guard, id).await?.post.social_set,
    };
    let channels = form.channels.iter().copied().collect();
    let Some((at, zone)) = proposals::last_good(web, guard, set, channels).await? else {
        let words = Words::key("risk-none-left");
        return Ok(Some(Refusal::field("schedule", "none_left", words)));
    };
    (form.date, form.time) = day_and_time(at, &zone);
    Ok(None)
}

async fn next_free(
    web: &Web,
    guard: &Guard,
    form: &mut ComposeForm,
    target: Target,
) -> Outcome<()> {
    let set = match target {
        Target::New { set, .. } => set,
        Target::Old(id) => posts::one(web, guard, id).await?.post.social_set,
    };
    let channels = form.channels.iter().copied().collect();
    let (at, zone) = proposals::next_free(web, guard, set, channels).await?;
    (form.date, form.time) = day_and_time(at, &zone);
    Ok(())
}

/// The form once more, with what is wrong. A stale one gets the present version: sent knowingly, it goes
/// through.
async fn again(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    mut form: ComposeForm,
    target: Target,
    refusal: Option<Refusal>,
) -> Outcome<Response> {
    let saved = match target {
        Target::Old(id) => Some(posts::one(web, guard, id).await?),
        Target::New { id, set } => {
            (form.new_id, form.set) = (Some(id), Some(set));
            // Saved by an earlier press of a button: from now on it is that post's form.
            match posts::one(web, guard, id).await {
                Ok(saved) => Some(saved),
                Err(refusal) if *refusal.code() == codes::NOT_FOUND => None,
                Err(refusal) => return Err(refusal),
            }
        }
    };
    if let Some(saved) = &saved
        && (refusal.is_some() || form.version.is_none())
    {
        form.version = Some(saved.post.version);
    }
    let shown = Shown {
        form,
        saved,
        refusal: refusal.clone(),
    };
    let view = compose_view::page(web, guard, ask, shown).await?;
    Ok(match refusal {
        Some(refusal) => page::again(&refusal, &view),
        None => page::show(&view),
    })
}

/// The post was thrown away while its form was open: what was typed is shown as a new post's.
async fn gone(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    form: ComposeForm,
    refusal: Refusal,
) -> Outcome<Response> {
    let Some(set) = form.set.or(current(guard)) else {
        return Err(refusal);
    };
    guard.ask(May::Draft, Some(set))?;
    let target = Target::New { id: web.id(), set };
    let refusal = refusal.detail(Words::key("compose-gone"));
    again(web, guard, ask, form, target, Some(refusal)).await
}

/// What the script learns of a draft that it saved.
fn autosaved(web: &Web, ask: &Ask, saved: &Saved) -> Response {
    let action = urls::Compose {
        post: saved.post.id,
    };
    let words = ask.text.t("compose-autosaved");
    let body = serde_json::json!({ "version": saved.post.version, "action": action.to_string(), "words": words, "at": web.now() });
    axum::Json(body).into_response()
}

async fn went_well(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    form: &ComposeForm,
    saved: &Saved,
) -> Outcome<Response> {
    let text = &ask.text;
    if form.intent == Intent::Draft {
        let waits = |row: &storage::deliveries::DeliveryRow| {
            use domain::delivery::State::{Failed, Missed};
            matches!(row.state, Missed(_) | Failed)
        };
        let waits = saved.deliveries.iter().any(|(row, _)| waits(row));
        let key = if waits {
            "compose-saved-waits"
        } else {
            "compose-draft-saved"
        };
        let flash = Flash::done(text.t(key));
        return Ok(page::go(
            urls::Compose {
                post: saved.post.id,
            },
            Some(flash),
        ));
    }
    let set = crate::actions::sets::one(web, guard, saved.post.social_set).await?;
    let say = Say::new(text, web, &set.zone);
    let planned: Vec<_> = saved
        .deliveries
        .iter()
        .filter(|(row, _)| row.state == domain::delivery::State::Scheduled)
        .map(|(row, _)| row)
        .collect();
    let first: Option<DeliveryId> = planned.first().map(|row| row.id);
    let when = planned
        .first()
        .and_then(|row| row.due_at)
        .map(|due| say.at(due).words)
        .unwrap_or_default();
    let mut words = match form.intent {
        Intent::Now => text.t1("compose-now", "n", planned.len()),
        _ => text.t2(
            "compose-scheduled",
            "n",
            planned.len(),
            "when",
            format!("{when} ({})", say.zone_words()),
        ),
    };
    let standings = super::standings(web, guard, set.id).await?;
    let warned: Vec<String> = saved
        .warnings
        .iter()
        .filter(|warning| {
            crate::actions::checks::is_unhealthy(warning) || warning.code == "on_hold"
        })
        .map(
            |warning| match warning.channel.and_then(|channel| standings.get(&channel)) {
                Some(standing) => say.warning(standing, warning),
                None => warning.words.say(text),
            },
        )
        .collect();
    for line in warned.iter().take(2) {
        words = format!("{words} {line}");
    }
    let flash = if warned.is_empty() {
        Flash::done(words)
    } else {
        Flash::note(words)
    };
    let to = match first {
        Some(id) => format!("{}?delivery={id}", urls::Calendar),
        None => urls::Compose {
            post: saved.post.id,
        }
        .to_string(),
    };
    Ok(page::go(to, Some(flash)))
}

/// Findings, warnings and preview for the form as it is now; nothing is stored.
pub async fn check(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    request: Request,
) -> Outcome<Html<String>> {
    let mut form = ComposeForm::read(request, &web).await?;
    form.files.clear();
    Ok(Html(
        compose_checks::checks(&web, &guard, &ask, form).await?,
    ))
}
