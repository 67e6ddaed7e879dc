//! Deliveries with all that is known of them, made up for the tests of what is decided.

use domain::app::{App, AppOwner, Hosts};
use domain::cause::Cause;
use domain::channel::Standing;
use domain::delivery::Stage;
use domain::grant::{Ends, Life, Mechanism};
use domain::health::Condition;
use domain::ids::Id;
use domain::platform::{LoginFlow, Platform};
use domain::post::{Content, Maker, Variant};
use domain::schedule::MINUTE_MS;
use platforms::publish::Payload;
use serde_json::json;
use storage::apps::AppRow;
use storage::channel_grants::ChannelGrantRow;
use storage::channels::ChannelRow;
use storage::deliveries::DeliveryRow;
use storage::grants::GrantRow;
use storage::holds::Hold;
use storage::ledger::{Body, StepRow, StepState};
use uuid::Uuid;

use super::super::*;
use crate::login::LoginRows;

pub(super) const HOUR: i64 = 60 * MINUTE_MS;
/// When the delivery is due.
pub(super) const DUE: i64 = 1_000 * HOUR;

pub(super) fn ms(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).expect("an instant")
}

pub(super) fn a<T: Id>(number: u128) -> T {
    T::from_uuid(Uuid::from_u128(number))
}

pub(super) fn channel(platform: Platform) -> ChannelRow {
    ChannelRow {
        id: a(4),
        workspace: a(1),
        social_set: a(2),
        platform,
        account_id: "acct".to_owned(),
        handle: "handle".to_owned(),
        name: "Name".to_owned(),
        picture_sha256: None,
        picture_url: None,
        link: Link::Linked,
        mode: Mode::Auto,
        unlinked_at: None,
        synced_at: None,
        sync_at: None,
        sync_tries: 0,
        sync_evidence: None,
        collabs_left_out: None,
        version: 1,
        created_at: ms(0),
    }
}

pub(super) fn login(platform: Platform) -> LoginRows {
    let flow = LoginFlow::Instagram;
    LoginRows {
        channel: channel(platform),
        on: ChannelGrantRow {
            id: a(6),
            workspace: a(1),
            channel: a(4),
            grant: a(5),
            standing: Standing::Primary,
            token_sealed: None,
            token_generation: 1,
            role: None,
            ends: Ends::default(),
            horizon: None,
            condition: Condition {
                health: Health::Healthy,
                cause: None,
                evidence: None,
                since: ms(0),
            },
            proven_at: None,
            probe_at: None,
            created_at: ms(0),
            consent: None,
            consent_by: None,
            consent_at: None,
        },
        grant: GrantRow {
            id: a(5),
            workspace: a(1),
            app: a(9),
            platform,
            flow,
            person: a(10),
            person_name: "Anna".to_owned(),
            signed_in_by: None,
            mechanism: Mechanism::Extend,
            scopes: Vec::new(),
            ends: Ends::default(),
            horizon: None,
            generation: 1,
            tokens_sealed: Vec::new(),
            fresh_since: ms(0),
            jitter_permille: 0,
            life: Life::Live,
            renew_at: None,
            tries: 0,
            last_evidence: None,
            asked_until: None,
            lease: None,
            unanswered: false,
            created_at: ms(0),
        },
        app: AppRow::new(
            App {
                id: a(9),
                owner: AppOwner::Installation,
                platform,
                flow,
                client_id: String::new(),
                redirect_uri: String::new(),
                api_version: String::new(),
                scopes: Vec::new(),
                hosts: Hosts::default(),
            },
            None,
            None,
        ),
    }
}

/// Scheduled, well, nothing of it begun; Instagram may be prepared twenty minutes early.
pub(super) fn scheduled() -> Work {
    on(Platform::Instagram)
}

pub(super) fn on(platform: Platform) -> Work {
    Work {
        row: DeliveryRow {
            id: a(8),
            workspace: a(1),
            social_set: a(2),
            post: a(7),
            channel: a(4),
            state: State::Scheduled,
            due_at: Some(ms(DUE)),
            act_at: Some(ms(DUE)),
            lateness_limit_ms: HOUR,
            excerpt: String::new(),
            thumb_sha256: None,
            tries: 0,
            cancel_asked: false,
            remote_id: None,
            permalink: None,
            published_at: None,
            version: 1,
            lease: None,
            updated_at: ms(0),
        },
        body: Body {
            variant: Variant::default(),
            payload: None,
            payload_sha256: None,
        },
        payload: None,
        unread: None,
        content: Content::default(),
        steps: Vec::new(),
        channel: channel(platform),
        login: Some(login(platform)),
        on_hold: None,
    }
}

/// Its payload is frozen and it is in this stage.
pub(super) fn publishing(stage: Stage) -> Work {
    let mut work = scheduled();
    work.row.state = State::Publishing(stage);
    work.payload = Some(Payload {
        text: "Hello".to_owned(),
        media: Vec::new(),
        key: None,
        created_at: ms(DUE),
        due_at: ms(DUE),
    });
    work
}

pub(super) fn step(name: &str, effect: &str, state: StepState) -> StepRow {
    StepRow {
        id: a(20),
        attempt: a(21),
        name: name.to_owned(),
        effect: effect.to_owned(),
        state,
        output: Some(json!({ "id": "x-1" })),
        evidence: None,
        looks: 0,
        fence: 1,
        begun_at: ms(DUE),
        ended_at: None,
    }
}

/// Everything before the call that shows it is done.
pub(super) fn prepared() -> Work {
    let mut work = publishing(Stage::Preparing);
    work.steps = vec![
        step("container", "unseen", StepState::Done),
        step("ready", "unseen", StepState::Done),
    ];
    work
}

pub(super) fn with_health(mut work: Work, health: Health, cause: Option<Cause>) -> Work {
    let login = work.login.as_mut().expect("a login");
    login.on.condition.health = health;
    login.on.condition.cause = cause;
    work
}

pub(super) fn dead() -> Work {
    let mut work = scheduled();
    let cause = Cause::CredentialsChanged;
    work.login.as_mut().expect("a login").grant.life = Life::Dead {
        cause,
        since: ms(1),
    };
    work
}

pub(super) fn hold() -> Hold {
    Hold {
        id: a(30),
        workspace: a(1),
        set: None,
        reason: "why".to_owned(),
        made_by: Maker::Rule,
        begun_at: ms(0),
        until: None,
        ended_at: None,
    }
}
