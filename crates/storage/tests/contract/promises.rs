//! What the promises speak of, read from outside: two workspaces with one of everything each, and what is
//! read of one never has a row of the other. Only `intents`, `fence` and `crossed` look across workspaces.

use domain::cause::Cause;
use domain::delivery::{Reason, Stage, State, StateWord};
use domain::grant::{Ends, Life, LifeWord, Mechanism, Verdict};
use domain::health::Health;
use domain::ids::DeliveryId;
use domain::notice::NoticeKind;
use domain::platform::{LoginFlow, Platform};
use serde_json::json;
use storage::delivery_events::{self, NewEvent};
use storage::notices::{self, NewNotice};
use storage::promises::{self, NoticeSeen};
use storage::{
    Conn, Error, Result, Statement, Store, channel_events, channel_grants, channels, deliveries,
    grants, ledger, params, renewals,
};

use crate::both::on_both;
use crate::ground::{Tenant, attempt, claim, ms, nth, read, two, write};
use crate::tenants::two_rich;

/// A further post on a channel of the tenant's own, in this state, due at this moment.
fn further(
    conn: &mut Conn<'_>,
    tenant: Tenant,
    number: u128,
    state: State,
    due_at: i64,
) -> Result<DeliveryId> {
    let id = tenant.more(number);
    tenant.add_post(conn, tenant.more(number))?;
    let (post, channel) = (tenant.more(number), tenant.channel);
    tenant.add_delivery(conn, id, post, channel, state, Some(due_at))?;
    Ok(id)
}

#[test]
fn what_is_overdue_and_how_many_stand_in_each_state() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        write(&store, move |conn| {
            further(conn, tenant, 1, State::Scheduled, 4_000)?;
            further(conn, tenant, 2, State::Missed(Reason::LoginDead), 1_000)?;
            further(conn, other, 1, State::Scheduled, 3_000).map(drop)
        })
        .await;
        let overdue = |before| {
            read(&store, move |conn| {
                promises::overdue(conn, tenant.workspace, StateWord::Scheduled, ms(before))
            })
        };
        let ids = |rows: Vec<deliveries::DeliveryRow>| -> Vec<DeliveryId> {
            rows.iter().map(|row| row.id).collect()
        };
        assert_eq!(ids(overdue(5_001).await), [tenant.more(1), tenant.delivery]);
        assert_eq!(
            ids(overdue(5_000).await),
            [tenant.more::<DeliveryId>(1)],
            "its hour is not over"
        );
        let states = |who: Tenant| read(&store, move |conn| promises::states(conn, who.workspace));
        assert_eq!(
            states(tenant).await,
            [(StateWord::Missed, 1), (StateWord::Scheduled, 2)]
        );
        assert_eq!(states(other).await, [(StateWord::Scheduled, 2)]);
    });
}

fn missed_notice(tenant: Tenant, number: u128, key: &'static str) -> NewNotice<'static> {
    NewNotice {
        id: tenant.more(number),
        workspace: tenant.workspace,
        social_set: tenant.set,
        kind: NoticeKind::Missed,
        channel: Some(tenant.channel),
        cause: None,
        key,
        evidence: None,
        detail: json!({}),
    }
}

#[test]
fn what_is_held_is_told_while_its_notice_is_open() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let notice = write(&store, move |conn| {
            let held = State::Missed(Reason::TooLate);
            let first = further(conn, tenant, 1, held, 1_000)?;
            further(conn, tenant, 2, held, 2_000)?;
            further(conn, other, 1, held, 1_000)?;
            let notice = notices::open(conn, &missed_notice(tenant, 5, "missed"), ms(10))?;
            notices::attach(conn, tenant.workspace, notice, first, ms(10))?;
            Ok(notice)
        })
        .await;
        let told = || {
            read(&store, move |conn| {
                promises::told(conn, tenant.workspace, StateWord::Missed)
            })
        };
        assert_eq!(told().await, [(tenant.more(1), 1), (tenant.more(2), 0)]);
        let still = |who: Tenant, state| {
            read(&store, move |conn| {
                promises::still_told(conn, who.workspace, state)
            })
        };
        assert_eq!(
            still(tenant, StateWord::Missed).await,
            [(tenant.more(1), 1)],
            "only those that stand in one"
        );
        assert!(still(tenant, StateWord::Published).await.is_empty());
        assert!(still(other, StateWord::Missed).await.is_empty());
        write(&store, move |conn| {
            notices::close(conn, tenant.workspace, notice, ms(20))
        })
        .await;
        assert_eq!(
            told().await,
            [(tenant.more(1), 0), (tenant.more(2), 0)],
            "a closed notice tells nothing"
        );
        assert!(still(tenant, StateWord::Missed).await.is_empty());
    });
}

#[test]
fn a_login_has_the_earlier_end_and_what_is_planned_on_it() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        write(&store, move |conn| {
            further(conn, tenant, 1, State::InReview, 6_000)?;
            further(conn, tenant, 2, State::Missed(Reason::OnHold), 1_000)?;
            // A spare login, and a channel without any.
            tenant.add_grant(conn, tenant.more(3), None)?;
            tenant.put_on(conn, tenant.more(4), tenant.channel, tenant.more(3))?;
            tenant.add_channel(conn, tenant.more(5), "acct-2")?;
            let on = channel_grants::one(conn, tenant.workspace, tenant.on)?.expect("there");
            channel_grants::proven(
                conn,
                &on,
                Health::Healthy,
                &Ends::default(),
                Some(ms(7_000)),
                None,
                ms(200),
            )
        })
        .await;
        let logins = |who: Tenant| read(&store, move |conn| promises::logins(conn, who.workspace));
        let found = logins(tenant).await;
        assert_eq!(found.len(), 1, "the primary one of a linked channel");
        let seen = &found[0];
        assert_eq!(
            (seen.on, seen.channel, seen.grant),
            (tenant.on, tenant.channel, tenant.grant)
        );
        assert_eq!(
            (seen.health, seen.cause, seen.horizon, seen.life),
            (Health::Healthy, None, Some(ms(7_000)), LifeWord::Live)
        );
        assert_eq!(
            (seen.platform, seen.account.as_str(), seen.mechanism),
            (Platform::Instagram, "acct-1", Mechanism::Extend)
        );
        assert_eq!((seen.signed_in_at, seen.attached_at), (ms(100), ms(100)));
        assert_eq!(seen.planned, 2, "scheduled and in review; held is not");
        assert_eq!(logins(other).await[0].planned, 1);

        set_horizon(&store, tenant, 6_500).await;
        assert_eq!(logins(tenant).await[0].horizon, Some(ms(6_500)));
        write(&store, move |conn| {
            channels::unlink(conn, tenant.workspace, tenant.channel, ms(300))
        })
        .await;
        assert!(logins(tenant).await.is_empty(), "it is unlinked");
    });
}

/// The grant's own end; only a renewal moves it, and none is made here.
async fn set_horizon(store: &Store, tenant: Tenant, at: i64) {
    const SET: Statement = Statement::both(
        "test::SET_HORIZON",
        "update oauth_grant set horizon_at_ms = $1 where id = $2",
    );
    let changed = write(store, move |conn| {
        conn.run(&SET, params![ms(at), tenant.grant])
    })
    .await;
    assert_eq!(changed, 1);
}

#[test]
fn grants_as_they_stand_the_oldest_first() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        write(&store, move |conn| {
            tenant.add_grant(conn, tenant.more(3), None)?;
            let row = grants::one(conn, tenant.workspace, tenant.more(3))?.expect("there");
            let dead = Life::Dead {
                cause: Cause::CredentialsChanged,
                since: ms(40),
            };
            grants::end_life(conn, &row, dead, None)
        })
        .await;
        set_horizon(&store, tenant, 6_500).await;
        let all = |who: Tenant| read(&store, move |conn| promises::grants(conn, who.workspace));
        let found = all(tenant).await;
        let [live, dead] = &found[..] else {
            panic!("two: {found:?}")
        };
        assert_eq!((live.id, dead.id), (tenant.grant, tenant.more(3)));
        assert_eq!(
            (live.platform, live.flow, live.mechanism, live.generation),
            (
                Platform::Instagram,
                LoginFlow::Instagram,
                Mechanism::Extend,
                1
            )
        );
        assert_eq!(
            (live.life, live.cause, live.since),
            (LifeWord::Live, None, None)
        );
        assert_eq!((live.horizon, live.created_at), (Some(ms(6_500)), ms(100)));
        assert_eq!(live.remote_id, "remote-person");
        assert_eq!(
            (dead.life, dead.cause, dead.since),
            (
                LifeWord::Dead,
                Some(Cause::CredentialsChanged),
                Some(ms(40))
            )
        );
        assert_eq!(all(other).await.len(), 1);
    });
}

#[test]
fn an_intent_is_seen_until_it_is_answered_and_says_whether_the_lease_is_still_its_own() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let take = |who: Tenant, by, now| {
            write(&store, move |conn| {
                let row = grants::claim_one(conn, who.workspace, who.grant, &claim(by, 0, now))?
                    .expect("free");
                let lease = row.lease.expect("taken");
                renewals::intend(conn, who.more(by), &row, lease, ms(10))
            })
        };
        take(tenant, 1, 1_000).await;
        take(other, 2, 1_000).await;
        let intents = |by: u128| read(&store, move |conn| promises::intents(conn, nth(by)));
        let found = intents(1).await;
        assert_eq!(found.len(), 1, "its own");
        let seen = &found[0];
        assert_eq!((seen.grant.id, seen.grant.generation), (tenant.grant, 1));
        assert_eq!(seen.login, "remote-person");
        assert_eq!((seen.held, seen.held_until), (true, Some(ms(1_100))));
        assert!(intents(3).await.is_empty());

        // Another took the grant over: what was intended stands, and is held no more.
        take(tenant, 3, 1_200).await;
        let found = intents(1).await;
        assert_eq!((found.len(), found[0].held), (1, false));
        assert!(intents(3).await[0].held);
        write(&store, move |conn| {
            renewals::answered(
                conn,
                tenant.workspace,
                tenant.more(1),
                Verdict::TryAgain,
                None,
                ms(20),
            )
        })
        .await;
        assert!(intents(1).await.is_empty(), "it is answered");
        assert_eq!(intents(2).await[0].grant.id, other.grant);
    });
}

#[test]
fn a_delivery_is_seen_with_the_newest_step_that_shows_it() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let fence = || {
            read(&store, move |conn| {
                promises::fence(conn, tenant.post, tenant.channel)
            })
        };
        let before = fence().await.expect("planned");
        assert_eq!(
            (before.row.id, before.row.state),
            (tenant.delivery, State::Scheduled)
        );
        assert_eq!((before.step, before.held_until), (None, None));
        write(&store, move |conn| {
            let due = deliveries::claim(conn, deliveries::Taker::Publish, &claim(1, 6_000, 1_000))?;
            let row = due
                .rows
                .into_iter()
                .find(|row| row.id == tenant.delivery)
                .expect("due");
            let lease = row.lease.expect("taken");
            let (workspace, delivery) = (tenant.workspace, tenant.delivery);
            ledger::begin(
                conn,
                workspace,
                delivery,
                tenant.more(2),
                lease,
                tenant.on,
                ms(10),
            )?;
            for (number, effect, state, fence) in [
                (3, "shows", ledger::StepState::Discarded, 7),
                (4, "shows", ledger::StepState::Begun, 8),
                (5, "unseen", ledger::StepState::Done, 9),
            ] {
                let step = ledger::NewStep {
                    id: tenant.more(number),
                    workspace,
                    delivery,
                    attempt: tenant.more(2),
                    name: "publish",
                    effect,
                    state,
                    output: None,
                    evidence: None,
                    fence,
                    begun_at: ms(10),
                    ended_at: None,
                };
                ledger::add(conn, &step)?;
            }
            Ok(())
        })
        .await;
        let now = fence().await.expect("there");
        assert_eq!(now.step, Some(("begun".to_owned(), 8)));
        assert_eq!(now.held_until, Some(ms(1_100)));
        assert_eq!(now.row.lease.map(|lease| lease.by), Some(nth(1)));
        let elsewhere = read(&store, move |conn| {
            promises::fence(conn, tenant.post, other.channel)
        })
        .await;
        assert!(elsewhere.is_none(), "the post is not on that channel");
    });
}

#[test]
fn notices_are_read_while_open_and_counted_for_ever() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let expiring = |who: Tenant, number, key, days: Option<i64>| NewNotice {
            kind: NoticeKind::Expiring,
            detail: days.map_or(json!({}), |days| json!({ "days": days })),
            ..missed_notice(who, number, key)
        };
        write(&store, move |conn| {
            notices::open(conn, &expiring(tenant, 1, "a", Some(7)), ms(10))?;
            notices::open(conn, &expiring(tenant, 2, "b", None), ms(20))?;
            let over = notices::open(conn, &expiring(tenant, 3, "c", Some(1)), ms(5))?;
            notices::close(conn, tenant.workspace, over, ms(30))?;
            notices::open(conn, &missed_notice(tenant, 4, "d"), ms(10))?;
            notices::open(conn, &expiring(other, 1, "a", Some(3)), ms(10)).map(drop)
        })
        .await;
        let open = read(&store, move |conn| {
            promises::open_notices(conn, tenant.workspace, NoticeKind::Expiring)
        })
        .await;
        let seen = |key: &str, days| NoticeSeen {
            channel: Some(tenant.channel),
            key: key.to_owned(),
            days,
        };
        assert_eq!(open, [seen("a", Some(7)), seen("b", None)]);
        let counted =
            |who: Tenant| read(&store, move |conn| promises::notices(conn, who.workspace));
        assert_eq!(
            counted(tenant).await,
            [(NoticeKind::Expiring, 3), (NoticeKind::Missed, 1)]
        );
        assert_eq!(counted(other).await, [(NoticeKind::Expiring, 1)]);
    });
}

#[test]
fn logins_that_ended_after_a_moment_with_their_causes() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        write(&store, move |conn| {
            for (who, number, at, kind, detail) in [
                (
                    tenant,
                    1,
                    10,
                    "ended",
                    json!({ "cause": "app_removed_by_user" }),
                ),
                (
                    tenant,
                    2,
                    20,
                    "ended",
                    json!({ "cause": "credentials_changed" }),
                ),
                (tenant, 3, 30, "signed_in", json!({})),
                (tenant, 5, 35, "renewed", json!({})),
                (tenant, 4, 40, "ended", json!({})),
                (other, 1, 50, "ended", json!({})),
            ] {
                channel_events::append(
                    conn,
                    who.more(number),
                    who.workspace,
                    who.channel,
                    ms(at),
                    kind,
                    who.maker(),
                    &detail,
                )?;
            }
            Ok(())
        })
        .await;
        let found = read(&store, move |conn| {
            promises::endings(conn, tenant.workspace, ms(10))
        })
        .await;
        let seen: Vec<_> = found.iter().map(|end| (end.at, end.cause)).collect();
        assert_eq!(
            seen,
            [(ms(20), Some(Cause::CredentialsChanged)), (ms(40), None)]
        );
        assert!(
            found
                .iter()
                .all(|end| end.platform == Platform::Instagram && end.account == "acct-1")
        );
        let turns = read(&store, move |conn| promises::turns(conn, tenant.workspace)).await;
        let seen: Vec<_> = turns
            .iter()
            .map(|turn| (turn.at, turn.kind.as_str(), turn.account.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                (ms(10), "ended", "acct-1"),
                (ms(20), "ended", "acct-1"),
                (ms(30), "signed_in", "acct-1"),
                (ms(40), "ended", "acct-1")
            ],
            "renewals are no turn, and another workspace's are not seen"
        );
    });
}

#[test]
fn a_state_that_was_come_into_is_counted_and_one_that_was_kept_is_not() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        write(&store, move |conn| {
            let (missed, sending) = (
                State::Missed(Reason::Quota),
                State::Publishing(Stage::Sending),
            );
            for (who, number, from, to) in [
                (tenant, 1, None, Some(State::Scheduled)),
                (tenant, 2, Some(State::Scheduled), Some(missed)),
                (tenant, 3, Some(missed), Some(State::Scheduled)),
                (tenant, 4, Some(sending), Some(sending)),
                (tenant, 5, Some(State::Scheduled), None),
                (other, 1, None, Some(State::Draft)),
            ] {
                let event = NewEvent {
                    id: who.more(number),
                    workspace: who.workspace,
                    delivery: who.delivery,
                    kind: "moved",
                    from,
                    to,
                    maker: who.maker(),
                    detail: json!({}),
                };
                delivery_events::append(conn, &event, ms(10))?;
            }
            Ok(())
        })
        .await;
        let counted =
            |who: Tenant| read(&store, move |conn| promises::happened(conn, who.workspace));
        assert_eq!(
            counted(tenant).await,
            [(StateWord::Missed, 1), (StateWord::Scheduled, 2)]
        );
        assert_eq!(counted(other).await, [(StateWord::Draft, 1)]);
    });
}

/// A row that is moved into the other workspace without what it belongs to, the number of its id, and how
/// many pairs that crosses.
const CROSSINGS: &[(&str, u128, u64)] = &[
    ("update delivery set workspace_id = $1 where id = $2", 8, 4),
    ("update post set workspace_id = $1 where id = $2", 7, 1),
    (
        "update channel set workspace_id = $1, account_id = 'x' where id = $2",
        4,
        3,
    ),
    (
        "update oauth_grant set workspace_id = $1 where id = $2",
        5,
        1,
    ),
    (
        "update channel_grant set workspace_id = $1 where id = $2",
        6,
        3,
    ),
    ("update attempt set workspace_id = $1 where id = $2", 102, 1),
    ("update step set workspace_id = $1 where id = $2", 103, 1),
    (
        "update notice set workspace_id = $1, key = 'x' where id = $2",
        104,
        1,
    ),
    (
        "update notice_delivery set workspace_id = $1 where notice_id = $2",
        104,
        2,
    ),
    (
        "update remote_post set workspace_id = $1 where id = $2",
        105,
        1,
    ),
];

#[test]
fn whatever_crosses_the_border_of_a_workspace_is_counted() {
    on_both(|store| async move {
        let (tenant, other) = two_rich(&store).await;
        assert_eq!(read(&store, promises::crossed).await, 0);
        for (text, number, pairs) in CROSSINGS {
            let id = crate::both::id(tenant.base + number);
            let crossed = attempt(&store, move |conn| {
                let moved = Statement::both("test::CROSS", text);
                assert_eq!(conn.run(&moved, params![other.workspace, id])?, 1, "{text}");
                let crossed = promises::crossed(conn)?;
                // Nothing of it is to stay.
                Err::<(), _>(Error::Refused {
                    reason: crossed.to_string(),
                })
            })
            .await;
            let Err(Error::Refused { reason }) = crossed else {
                panic!("{text}: {crossed:?}")
            };
            assert_eq!(reason, pairs.to_string(), "{text}");
        }
        assert_eq!(read(&store, promises::crossed).await, 0);
    });
}
