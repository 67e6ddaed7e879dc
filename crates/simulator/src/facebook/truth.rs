//! What Pages really show, and their cards on the control page.

use super::state::{GONE, PagePost, PageStanding, Standing, planned};
use crate::clock::for_people;
use crate::control::{Button, Card};
use crate::instagram::Break;
use crate::instagram::state::Page;
use crate::simulator::Scene;
use crate::state::State;
use serde_json::{Map, Value, json};

/// Every Page by id, with all its posts: shown, to come, and taken down; oldest first.
pub(crate) fn truth(state: &State) -> Value {
    let pages: Map<String, Value> = state
        .instagram
        .pages
        .values()
        .map(|page| (page.id.clone(), of_page(state, page)))
        .collect();
    json!({ "pages": pages })
}

fn of_page(state: &State, page: &Page) -> Value {
    let posts = &state.facebook.posts;
    let gone = posts.of(GONE).filter(|(_, post)| post.page == page.id);
    let mut all: Vec<(&String, &PagePost)> = posts
        .of(&page.id)
        .chain(posts.of(&planned(&page.id)))
        .chain(gone)
        .collect();
    all.sort_by_key(|(id, post)| (post.at_ms, (*id).clone()));
    let told: Vec<Value> = all
        .iter()
        .map(|(id, post)| of_post(state, id, post))
        .collect();
    let loose = state.facebook.photos.of(&page.id);
    let loose = loose.filter(|(_, photo)| photo.post.is_none()).count();
    json!({
        "name": page.name,
        "standing": page.standing,
        "tasks": page.tasks,
        "posts": told,
        "loose_photos": loose,
        "published_unseen": state.counts.published_unseen.get(&page.id).copied().unwrap_or(0),
    })
}

fn of_post(state: &State, id: &str, post: &PagePost) -> Value {
    let media: Vec<&String> = post
        .photos
        .iter()
        .filter_map(|id| state.facebook.photos.get(id))
        .map(|photo| &photo.media)
        .collect();
    json!({
        "id": id, "message": post.message, "link": post.link, "media": media,
        "at_ms": post.at_ms, "visible_at_ms": post.visible_at_ms, "standing": post.standing,
        "visitor": post.visitor, "app": post.app, "furnished": post.furnished,
        "comments": post.comments.iter().map(|one| &one.message).collect::<Vec<_>>(),
    })
}

/// A switch of a Page: whether it is on, its word, how it is broken and mended.
type Switch = (bool, &'static str, &'static str, &'static str, Break);

fn switches(scene: &Scene<'_>, page: &Page) -> Vec<Switch> {
    let name = || page.id.clone();
    let at: &PageStanding = &page.standing;
    let throttled = at.throttle.is_some_and(|it| it.until_ms > scene.now_ms);
    let too_fast = at.too_fast.is_some_and(|it| it.until_ms > scene.now_ms);
    let throttle = Break::ThrottlePage {
        page: name(),
        minutes: 30,
        code: 80_001,
    };
    let fast = Break::PageTooFast {
        page: name(),
        minutes: 30,
    };
    vec![
        (
            at.unpublished,
            "unpublished",
            "Unpublish",
            "Publish again",
            Break::UnpublishPage { page: name() },
        ),
        (
            at.blocked,
            "blocked for policy",
            "Block for policy",
            "Unblock",
            Break::BlockPage { page: name() },
        ),
        (
            throttled,
            "too many calls",
            "Throttle",
            "End the throttle",
            throttle,
        ),
        (
            too_fast,
            "posts too fast",
            "Call its posting too fast",
            "Let it post again",
            fast,
        ),
        (
            at.unauthorized,
            "publishing authorization missing",
            "Withhold the authorization",
            "Authorize publishing",
            Break::WithholdAuthorization { page: name() },
        ),
        (
            at.unconfirmed,
            "identity to be confirmed",
            "Ask for the identity",
            "Confirm the identity",
            Break::AskIdentity { page: name() },
        ),
        (
            at.links_fail,
            "links cannot be scraped",
            "Refuse its links",
            "Take its links again",
            Break::LinksFail { page: name() },
        ),
        (
            at.unfetchable,
            "photos not fetchable",
            "Refuse its photos",
            "Take its photos again",
            Break::PhotosFail { page: name() },
        ),
        (
            at.deleted,
            "deleted",
            "Delete",
            "Bring back",
            Break::DeletePage { page: name() },
        ),
    ]
}

/// Pages as the control page shows them.
pub(crate) fn cards(state: &State, scene: &Scene<'_>) -> Vec<Card> {
    let pages = state.instagram.pages.values();
    pages.map(|page| card(state, scene, page)).collect()
}

fn card(state: &State, scene: &Scene<'_>, page: &Page) -> Card {
    let mut facts = vec![format!("{} posts", state.facebook.posts.count(&page.id))];
    for (_, post) in state.facebook.posts.of(&planned(&page.id)) {
        if let Standing::Scheduled { publish_at_ms } = post.standing {
            facts.push(format!("one scheduled for {}", for_people(publish_at_ms)));
        }
    }
    for (person, tasks) in &page.tasks {
        let name = state.instagram.persons.get(person);
        let name = name.map_or(person.as_str(), |person| person.name.as_str());
        facts.push(format!("{name}: {}", tasks.join(", ").to_lowercase()));
    }
    let (mut broken, mut buttons) = (Vec::new(), Vec::new());
    for (on, word, breaks, mends, what) in switches(scene, page) {
        let body = serde_json::to_value(&what).unwrap_or(Value::Null);
        if on {
            broken.push(word.to_owned());
            buttons.push(Button::mends(mends, body));
        } else {
            buttons.push(Button::breaks(breaks, body));
        }
    }
    Card {
        platform: "Facebook Page",
        id: page.id.clone(),
        title: page.name.clone(),
        picture: Some(format!("/media/{}", page.picture)),
        facts,
        broken,
        buttons,
    }
}
