//! What is asked in the name of another workspace, for `tenants.rs`: every function that writes.

use domain::cause::Cause;
use domain::channel::{Mode, Standing};
use domain::connect::ConnectPhase;
use domain::delivery::State;
use domain::grant::{Life, Verdict};
use domain::health::Health;
use domain::post::{Content, Variant};
use serde_json::json;
use storage::connect_sessions::ConnectSession;
use storage::ledger::StepState;
use storage::{
    Conn, Result, api_keys, channel_grants, channels, connect_sessions, deliveries, grants, holds,
    ledger, notices, posts, remote_posts, renewals,
};

use crate::ground::{APP, Tenant, claim, ms, nth, tokens};
use storage::delivery_of_channel;

pub fn remote(tenant: Tenant, content: &'static str) -> remote_posts::NewRemotePost<'static> {
    remote_posts::NewRemotePost {
        id: tenant.more(5),
        remote_id: "r-1",
        at: ms(10),
        text: content,
        permalink: None,
        picture_url: None,
        items: 1,
        content_sha256: content,
    }
}

pub fn state(tenant: Tenant) -> [u8; 32] {
    [u8::try_from(tenant.base / 1_000).expect("small"); 32]
}

pub fn journey(tenant: Tenant) -> ConnectSession {
    ConnectSession {
        purpose: domain::connect::ConnectPurpose::Connect,
        id: tenant.more(8),
        workspace: tenant.workspace,
        social_set: tenant.set,
        member: tenant.member,
        session: None,
        api_key: None,
        app: nth(APP),
        channel: None,
        journey_sealed: Some(b"journey".to_vec()),
        phase: ConnectPhase::Begun,
        grant: None,
        outcome: json!({}),
        created_at: ms(1),
        ends_at: ms(1_000),
    }
}

pub type Attack = Box<dyn FnOnce(&mut Conn<'_>) -> Result<()> + Send>;

fn attack(f: impl FnOnce(&mut Conn<'_>) -> Result<()> + Send + 'static) -> Attack {
    Box::new(f)
}

/// In the name of `w`, another workspace, with the ids of `t`: logins and channels.
pub fn on_logins(t: Tenant, other: Tenant) -> Vec<(&'static str, Attack)> {
    let w = other.workspace;
    vec![
        (
            "claim_one",
            attack(move |c| grants::claim_one(c, w, t.grant, &claim(9, 0, 9_000)).map(drop)),
        ),
        (
            "renew_now",
            attack(move |c| grants::renew_now(c, w, t.grant, ms(1)).map(drop)),
        ),
        (
            "renewed",
            attack(move |c| {
                let row = grants::one(c, t.workspace, t.grant)?.expect("there");
                grants::renewed(
                    c,
                    t.more(1),
                    &grants::GrantRow {
                        workspace: w,
                        ..row
                    },
                    &tokens("evil", None),
                    ms(1),
                )
            }),
        ),
        (
            "end_life",
            attack(move |c| {
                let row = grants::one(c, t.workspace, t.grant)?.expect("there");
                let dead = Life::Dead {
                    cause: Cause::Unknown,
                    since: ms(1),
                };
                grants::end_life(
                    c,
                    &grants::GrantRow {
                        workspace: w,
                        ..row
                    },
                    dead,
                    None,
                )
                .map(drop)
            }),
        ),
        (
            "answered",
            attack(move |c| renewals::answered(c, w, t.more(1), Verdict::Dead, None, ms(1))),
        ),
        (
            "end_open",
            attack(move |c| {
                let row = grants::one(c, t.workspace, t.grant)?.expect("there");
                renewals::end_open(
                    c,
                    &grants::GrantRow {
                        workspace: w,
                        ..row
                    },
                    "evil",
                    ms(1),
                )
            }),
        ),
        (
            "put",
            attack(move |c| other.put_on(c, nth(9_900), t.channel, t.grant)),
        ),
        (
            "put, own grant",
            attack(move |c| other.put_on(c, nth(9_901), t.channel, other.grant)),
        ),
        (
            "make_primary",
            attack(move |c| channel_grants::make_primary(c, w, t.channel, t.on)),
        ),
        (
            "make_primary, own",
            attack(move |c| channel_grants::make_primary(c, w, t.channel, other.on)),
        ),
        (
            "set_condition",
            attack(move |c| {
                channel_grants::set_condition(
                    c,
                    w,
                    t.on,
                    Health::NeedsRefresh,
                    None,
                    None,
                    None,
                    ms(1),
                )
                .map(drop)
            }),
        ),
        (
            "proven",
            attack(move |c| {
                let row = channel_grants::one(c, t.workspace, t.on)?.expect("there");
                assert_eq!(row.standing, Standing::Primary);
                let row = channel_grants::ChannelGrantRow {
                    workspace: w,
                    ..row
                };
                channel_grants::proven(c, &row, Health::Healthy, &row.ends, None, None, ms(1))
            }),
        ),
        (
            "probe_later",
            attack(move |c| channel_grants::probe_later(c, w, t.on, None)),
        ),
        (
            "look_at_ends",
            attack(move |c| channel_grants::look_at_ends(c, w, t.grant)),
        ),
        (
            "announced",
            attack(move |c| {
                let on = channel_grants::one(c, t.workspace, t.on)?.expect("there");
                let due = channel_grants::EndDue {
                    on: channel_grants::ChannelGrantRow { workspace: w, ..on },
                    at: ms(0),
                };
                channel_grants::announced(c, &due, Some(ms(9)), true, ms(1))
            }),
        ),
        (
            "probe_by",
            attack(move |c| channel_grants::probe_by(c, w, t.channel, ms(1))),
        ),
        (
            "keep answer",
            attack(move |c| {
                let evidence = crate::ground::said("1");
                storage::answers::keep(c, w, t.on, Cause::Unknown, &evidence, ms(1))
            }),
        ),
        (
            "rest",
            attack(move |c| channel_grants::rest(c, w, t.channel)),
        ),
        (
            "relink",
            attack(move |c| channels::relink(c, w, t.channel, other.set, ms(1))),
        ),
        (
            "unlink",
            attack(move |c| channels::unlink(c, w, t.channel, ms(1)).map(drop)),
        ),
        (
            "set_mode",
            attack(move |c| channels::set_mode(c, w, t.channel, Mode::Remind)),
        ),
        (
            "describe",
            attack(move |c| channels::describe(c, w, t.channel, "evil", "evil", None)),
        ),
        (
            "set_picture",
            attack(move |c| channels::set_picture(c, w, t.channel, "evil")),
        ),
        (
            "sync_now",
            attack(move |c| channels::sync_now(c, w, t.channel, ms(1)).map(drop)),
        ),
        (
            "remote put",
            attack(move |c| {
                remote_posts::put(c, w, t.channel, &remote(other, "evil"), ms(1)).map(drop)
            }),
        ),
        (
            "remote set_picture",
            attack(move |c| remote_posts::set_picture(c, w, t.more(5), "evil")),
        ),
        (
            "connect take",
            attack(move |c| {
                let row = ConnectSession {
                    workspace: w,
                    ..journey(t)
                };
                connect_sessions::take(c, &row, &state(t), ms(2), ms(3)).map(drop)
            }),
        ),
        (
            "connect advance",
            attack(move |c| {
                let row = ConnectSession {
                    workspace: w,
                    ..journey(t)
                };
                connect_sessions::advance(c, &row, ConnectPhase::Canceled, &json!({}), None, ms(3))
            }),
        ),
    ]
}

/// The same for posts, deliveries and news.
pub fn on_posts(t: Tenant, other: Tenant) -> Vec<(&'static str, Attack)> {
    let w = other.workspace;
    let delivery = move |c: &mut Conn<'_>| -> Result<deliveries::DeliveryRow> {
        let row = deliveries::one(c, t.workspace, t.delivery)?.expect("there");
        Ok(deliveries::DeliveryRow {
            workspace: w,
            ..row
        })
    };
    vec![
        (
            "post update",
            attack(move |c| {
                let row = posts::PostRow {
                    workspace: w,
                    ..t.post_row(t.post)
                };
                posts::update(c, &row, &Content::default(), "UTC", ms(1))
            }),
        ),
        (
            "delete_empty",
            attack(move |c| {
                posts::delete_empty(
                    c,
                    &posts::PostRow {
                        workspace: w,
                        ..t.post_row(t.post)
                    },
                )
            }),
        ),
        (
            "change",
            attack(move |c| {
                let row = delivery(c)?;
                deliveries::change(
                    c,
                    &row,
                    State::Canceled,
                    &deliveries::Change::default(),
                    ms(1),
                )
            }),
        ),
        (
            "delivery describe",
            attack(move |c| {
                let row = delivery(c)?;
                deliveries::describe(c, &row, "evil", None, ms(1))
            }),
        ),
        (
            "delete_draft",
            attack(move |c| {
                let row = delivery(c)?;
                deliveries::delete_draft(c, &row)
            }),
        ),
        (
            "ask_cancel",
            attack(move |c| deliveries::ask_cancel(c, w, t.delivery).map(drop)),
        ),
        (
            "wake_channel",
            attack(move |c| delivery_of_channel::wake_channel(c, w, t.channel, ms(1)).map(drop)),
        ),
        (
            "set_variant",
            attack(move |c| ledger::set_variant(c, w, t.delivery, &Variant::default())),
        ),
        ("thaw", attack(move |c| ledger::thaw(c, w, t.delivery))),
        (
            "freeze",
            attack(move |c| ledger::freeze(c, w, t.delivery, &json!(1), "x", ms(1))),
        ),
        (
            "end",
            attack(move |c| ledger::end(c, w, t.delivery, "evil", ms(1))),
        ),
        (
            "settle",
            attack(move |c| ledger::settle(c, w, t.more(3), StepState::Done, None, None, ms(1))),
        ),
        (
            "looked",
            attack(move |c| ledger::looked(c, w, t.more(3), None)),
        ),
        (
            "discard",
            attack(move |c| ledger::discard(c, w, t.delivery)),
        ),
        (
            "begin_over",
            attack(move |c| ledger::begin_over(c, w, t.delivery)),
        ),
        ("caught", attack(move |c| ledger::caught(c, w, t.delivery))),
        (
            "found_absent",
            attack(move |c| ledger::found_absent(c, w, t.delivery, ms(1))),
        ),
        (
            "attach",
            attack(move |c| notices::attach(c, w, other.more(4), t.delivery, ms(1))),
        ),
        (
            "detach",
            attack(move |c| notices::detach(c, w, t.delivery, None, ms(1))),
        ),
        (
            "acknowledge",
            attack(move |c| notices::acknowledge(c, w, t.more(4), other.member).map(drop)),
        ),
        (
            "close",
            attack(move |c| notices::close(c, w, t.more(4), ms(1)).map(drop)),
        ),
        (
            "set_detail",
            attack(move |c| {
                let row = notices::one(c, t.workspace, t.more(4))?.expect("there");
                notices::set_detail(
                    c,
                    &notices::NoticeRow {
                        workspace: w,
                        ..row
                    },
                    &json!(1),
                    ms(1),
                )
            }),
        ),
        (
            "hold end",
            attack(move |c| holds::end(c, w, t.more(6), ms(1)).map(drop)),
        ),
        (
            "key revoke",
            attack(move |c| api_keys::revoke(c, w, t.more(7), ms(1)).map(drop)),
        ),
        (
            "key used",
            attack(move |c| api_keys::used(c, w, t.more(7), ms(1))),
        ),
    ]
}
