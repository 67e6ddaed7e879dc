//! What really is: for tests that count posts, and for the control page.

use super::access::alive;
use super::breaks::Break;
use super::publish::status;
use super::shelves::GONE;
use super::state::{Account, Container, InstagramState, Person, Post};
use crate::clock::DAY;
use crate::control::{Button, Card};
use crate::simulator::Scene;
use crate::state::State;
use serde_json::{Map, Value, json};

/// Accounts with their posts, containers and grants; people, Pages and apps.
pub(crate) fn truth(state: &State, scene: &Scene<'_>) -> Value {
    let state = &state.instagram;
    let accounts: Map<String, Value> = state
        .accounts
        .values()
        .map(|account| (account.id.clone(), of_account(state, scene, account)))
        .collect();
    let persons: Map<String, Value> = state
        .persons
        .values()
        .map(|person| (person.id.clone(), json!({"name": person.name, "checkpoint": person.checkpoint, "restricted": person.restricted, "grants": grants(state, &person.id), "tokens": tokens(state, scene, &person.id)})))
        .collect();
    let pages: Map<String, Value> = state
        .pages
        .values()
        .map(|page| {
            (
                page.id.clone(),
                json!({"name": page.name, "instagram": page.instagram, "tasks": page.tasks}),
            )
        })
        .collect();
    let apps: Map<String, Value> = state
        .apps
        .values()
        .map(|app| {
            (
                app.id.clone(),
                json!({"name": app.name, "flow": app.flow, "redirect_uris": app.redirect_uris}),
            )
        })
        .collect();
    json!({"accounts": accounts, "persons": persons, "pages": pages, "apps": apps, "retired": state.retired, "settings": state.settings})
}

fn of_account(state: &InstagramState, scene: &Scene<'_>, account: &Account) -> Value {
    let gone = state.posts.of(GONE);
    let gone = gone.filter(|(_, post)| post.owner == account.id);
    let mut posts: Vec<(&String, &Post)> = state.posts.of(&account.id).chain(gone).collect();
    posts.sort_by_key(|(id, post)| (post.at_ms, (*id).clone()));
    let posts: Vec<Value> = posts.iter().map(|(id, post)| of_post(id, post)).collect();
    // By id, as they always were.
    let containers: std::collections::BTreeMap<&String, &Container> =
        state.containers.of(&account.id).collect();
    let containers: Vec<Value> = containers
        .into_iter()
        .map(|(id, container)| json!({"id": id, "status": status(state, container, scene.now_ms).0, "at_ms": container.at_ms, "item": container.item, "post": container.post}))
        .collect();
    json!({
        "username": account.username,
        "standing": account.standing,
        "posts": posts,
        "containers": containers,
        "grants": grants(state, &account.id),
        "tokens": tokens(state, scene, &account.id),
    })
}

fn of_post(id: &str, post: &Post) -> Value {
    json!({
        "id": id, "container": post.container, "at_ms": post.at_ms, "visible_at_ms": post.visible_at_ms,
        "caption": post.caption, "form": post.form, "media": post.media, "deleted": post.deleted,
    })
}

fn grants(state: &InstagramState, who: &str) -> Vec<Value> {
    let own = state.grants.values().filter(|grant| grant.who == who);
    own.map(|grant| json!({"app": grant.app, "permissions": grant.permissions, "pages": grant.pages, "accounts": grant.accounts, "last_login_at_ms": grant.last_login_at_ms})).collect()
}

/// How many tokens there are and how many of them live; no token text.
fn tokens(state: &InstagramState, scene: &Scene<'_>, who: &str) -> Value {
    let own: Vec<_> = state.tokens.of(who).collect();
    let living = own
        .iter()
        .filter(|(_, token)| alive(state, token, scene.now_ms).is_ok())
        .count();
    json!({"issued": own.len(), "living": living})
}

fn button(label: &str, what: &Break) -> Button {
    Button::breaks(label, serde_json::to_value(what).unwrap_or(Value::Null))
}

fn switch(on: bool, breaks: &str, mends: &str, what: &Break) -> Button {
    let body = serde_json::to_value(what).unwrap_or(Value::Null);
    if on {
        Button::mends(mends, body)
    } else {
        Button::breaks(breaks, body)
    }
}

/// Accounts, people, Pages and apps as the control page shows them.
pub(crate) fn cards(state: &State, scene: &Scene<'_>) -> Vec<Card> {
    let instagram = &state.instagram;
    let accounts = instagram
        .accounts
        .values()
        .map(|account| account_card(instagram, scene, account));
    let persons = instagram
        .persons
        .values()
        .map(|person| person_card(instagram, scene, person));
    let apps = instagram.apps.values().map(|app| {
        let what = Break::ResetAppSecret {
            app: app.id.clone(),
        };
        let reset = app.former_secret.is_some();
        let two = app.older_secret.is_some();
        let added = Break::AddAppSecret {
            app: app.id.clone(),
            secret: None,
        };
        let older = Break::RevokeOlderSecret {
            app: app.id.clone(),
        };
        let mut buttons = vec![
            switch(reset, "Reset its secret", "Give the secret back", &what),
            switch(
                two,
                "Give it a second secret",
                "Take the second secret away",
                &added,
            ),
        ];
        if two {
            let body = serde_json::to_value(&older).unwrap_or(Value::Null);
            buttons.push(Button::breaks("Revoke the older secret", body));
        }
        Card {
            platform: "App",
            id: app.id.clone(),
            title: app.name.clone(),
            facts: vec![
                format!("{:?} flow", app.flow),
                format!("{} redirect addresses", app.redirect_uris.len()),
                format!("{} good secrets", 1 + usize::from(two)),
            ],
            broken: if reset {
                vec!["secret was reset".to_owned()]
            } else {
                Vec::new()
            },
            buttons,
            ..Card::default()
        }
    });
    accounts.chain(persons).chain(apps).collect()
}

fn living(state: &InstagramState, scene: &Scene<'_>, who: &str) -> String {
    let own = state.tokens.of(who).map(|(_, token)| token);
    let (mut all, mut living, mut first_end) = (0, 0, None::<i64>);
    for token in own {
        all += 1;
        if alive(state, token, scene.now_ms).is_ok() {
            living += 1;
            first_end = match (first_end, token.expires_at_ms) {
                (Some(one), Some(two)) => Some(one.max(two)),
                (one, two) => one.or(two),
            };
        }
    }
    let until = first_end
        .map(|end| format!(", the last ends in {} days", (end - scene.now_ms) / DAY))
        .unwrap_or_default();
    format!("{living} of {all} tokens live{until}")
}

fn login_buttons(name: &str) -> Vec<Button> {
    let account = || name.to_owned();
    vec![
        button("End its tokens", &Break::EndToken { account: account() }),
        button(
            "Change the password",
            &Break::ChangePassword { account: account() },
        ),
        button("Log out everywhere", &Break::LogOut { account: account() }),
        button("Remove the app", &Break::RemoveApp { account: account() }),
    ]
}

/// A switch of an account: whether it is on, its word, how it is broken and mended.
type Switch = (bool, &'static str, &'static str, &'static str, Break);

fn switches(scene: &Scene<'_>, account: &Account) -> Vec<Switch> {
    let name = || account.id.clone();
    let at = &account.standing;
    let throttled = at
        .throttle
        .is_some_and(|throttle| throttle.until_ms > scene.now_ms);
    let throttle = Break::Throttle {
        account: Some(name()),
        minutes: 30,
        scheme: super::ThrottleScheme::Business,
    };
    let spam = Break::Spam {
        account: name(),
        live: false,
    };
    let failing = Break::ContainerError {
        account: name(),
        subcode: 2_207_082,
    };
    vec![
        (
            at.checkpoint,
            "must open the app",
            "Checkpoint",
            "Clear the checkpoint",
            Break::Checkpoint { account: name() },
        ),
        (
            at.restricted,
            "restricted",
            "Restrict",
            "Lift the restriction",
            Break::Restrict { account: name() },
        ),
        (
            at.blocked,
            "blocked for policy",
            "Block for policy",
            "Unblock",
            Break::Block { account: name() },
        ),
        (
            at.spam.is_some(),
            "suspected of spam",
            "Suspect of spam",
            "Clear of spam",
            spam,
        ),
        (
            throttled,
            "too many calls",
            "Throttle",
            "End the throttle",
            throttle,
        ),
        (
            at.quota_used,
            "quota used up",
            "Use up the quota",
            "Free the quota",
            Break::QuotaUsed { account: name() },
        ),
        (
            at.unfetchable,
            "media not fetchable",
            "Refuse its media",
            "Take its media again",
            Break::MediaUnfetchable { account: name() },
        ),
        (
            at.container_error.is_some(),
            "containers fail",
            "Let containers fail",
            "Let containers finish",
            failing,
        ),
        (
            at.page_token_blind,
            "Page tokens see nothing",
            "Blind Page tokens",
            "Let Page tokens see",
            Break::PageTokenBlind { account: name() },
        ),
        (
            at.private,
            "private",
            "Make private",
            "Make public",
            Break::MakePrivate { account: name() },
        ),
        (
            at.personal,
            "personal account",
            "Switch to personal",
            "Switch back",
            Break::SwitchToPersonal { account: name() },
        ),
        (
            at.deleted,
            "deleted",
            "Delete",
            "Bring back",
            Break::DeleteAccount { account: name() },
        ),
    ]
}

fn account_card(state: &InstagramState, scene: &Scene<'_>, account: &Account) -> Card {
    let permission = "instagram_business_content_publish".to_owned();
    let revoke = Break::RevokePermission {
        account: account.id.clone(),
        permission,
    };
    let mut buttons = login_buttons(&account.id);
    buttons.push(button("Withdraw publishing", &revoke));
    let mut broken = Vec::new();
    for (on, word, breaks, mends, what) in switches(scene, account) {
        if on {
            broken.push(word.to_owned());
        }
        buttons.push(switch(on, breaks, mends, &what));
    }
    let posts = state.posts_of(&account.id);
    Card {
        platform: "Instagram",
        id: account.id.clone(),
        title: format!("@{}", account.username),
        picture: Some(format!("/media/{}", account.picture)),
        facts: vec![
            account.account_type.clone(),
            format!("{posts} posts"),
            living(state, scene, &account.id),
        ],
        broken,
        buttons,
    }
}

fn person_card(state: &InstagramState, scene: &Scene<'_>, person: &Person) -> Card {
    let name = || person.id.clone();
    let mut buttons = login_buttons(&person.id);
    let permission = "instagram_content_publish".to_owned();
    buttons.push(button(
        "Withdraw publishing",
        &Break::RevokePermission {
            account: name(),
            permission,
        },
    ));
    buttons.push(button(
        "End the 90 days",
        &Break::EndDataAccess { account: name() },
    ));
    buttons.push(switch(
        person.checkpoint,
        "Checkpoint",
        "Clear the checkpoint",
        &Break::Checkpoint { account: name() },
    ));
    buttons.push(switch(
        person.restricted,
        "Blocking checkpoint",
        "Lift it",
        &Break::Restrict { account: name() },
    ));
    let mut facts = vec![living(state, scene, &person.id)];
    let mut broken = Vec::new();
    for (on, word) in [
        (person.checkpoint, "checkpoint"),
        (person.restricted, "blocking checkpoint"),
    ] {
        if on {
            broken.push(word.to_owned());
        }
    }
    for page in state.pages.values() {
        let what = Break::TakeRole {
            account: name(),
            page: page.id.clone(),
        };
        let taken = page.taken.contains_key(&person.id);
        if taken {
            broken.push(format!("no role on {}", page.name));
        }
        if taken || page.tasks.contains_key(&person.id) {
            buttons.push(switch(
                taken,
                &format!("Take the role on {}", page.name),
                &format!("Give the role on {} back", page.name),
                &what,
            ));
        }
        if let Some(tasks) = page.tasks.get(&person.id) {
            facts.push(format!(
                "{}: {}",
                page.name,
                tasks.join(", ").to_lowercase()
            ));
        }
    }
    Card {
        platform: "Facebook person",
        id: person.id.clone(),
        title: person.name.clone(),
        picture: Some(format!("/media/{}", person.picture)),
        facts,
        broken,
        buttons,
    }
}
