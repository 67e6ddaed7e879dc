//! Sign-ins under way: a state is spent once, a phase is left once, and what the journey kept is gone
//! with it.

use domain::connect::ConnectPhase;
use domain::ids::ConnectSessionId;
use serde_json::json;
use storage::Store;
use storage::connect_sessions::{self, Again, ConnectSession};

use crate::both::on_both;
use crate::ground::{APP, Tenant, attempt, is_stale, ms, nth, read, two, write};

const STATE: [u8; 32] = [7; 32];
const OTHER: [u8; 32] = [8; 32];

fn new(tenant: Tenant, number: u128, created_at: i64) -> ConnectSession {
    ConnectSession {
        purpose: domain::connect::ConnectPurpose::Connect,
        id: tenant.more::<ConnectSessionId>(number),
        workspace: tenant.workspace,
        social_set: tenant.set,
        member: tenant.member,
        session: Some(nth(55)),
        api_key: None,
        app: nth(APP),
        channel: Some(tenant.channel),
        journey_sealed: Some(b"journey".to_vec()),
        phase: ConnectPhase::Begun,
        grant: None,
        outcome: json!({}),
        created_at: ms(created_at),
        ends_at: ms(created_at + 100),
    }
}

async fn create(store: &Store, row: ConnectSession, state: [u8; 32]) {
    write(store, move |conn| {
        connect_sessions::create(conn, &row, &state)
    })
    .await;
}

async fn stored(store: &Store, row: &ConnectSession) -> ConnectSession {
    let (workspace, id) = (row.workspace, row.id);
    read(store, move |conn| {
        connect_sessions::one(conn, workspace, id)
    })
    .await
    .expect("there")
}

async fn take(
    store: &Store,
    row: &ConnectSession,
    state: [u8; 32],
    now: i64,
) -> Option<ConnectSession> {
    let row = row.clone();
    write(store, move |conn| {
        connect_sessions::take(conn, &row, &state, ms(now), ms(now + 500))
    })
    .await
}

#[test]
fn a_state_is_spent_once_in_time_and_in_its_own_workspace() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let row = new(tenant, 1, 1_000);
        create(&store, row.clone(), STATE).await;
        let kept = stored(&store, &row).await;
        assert_eq!(
            (kept.member, kept.session, kept.app, kept.channel),
            (row.member, row.session, row.app, row.channel)
        );
        assert_eq!(
            (kept.phase, kept.grant, kept.outcome),
            (ConnectPhase::Begun, None, json!({}))
        );
        assert_eq!(
            (kept.journey_sealed, kept.created_at, kept.ends_at),
            (row.journey_sealed.clone(), ms(1_000), ms(1_100))
        );
        assert!(
            read(&store, move |conn| connect_sessions::one(
                conn,
                other.workspace,
                nth(1_101)
            ))
            .await
            .is_none()
        );
        let by =
            |state: [u8; 32]| read(&store, move |conn| connect_sessions::by_state(conn, &state));
        assert_eq!(by(STATE).await.map(|row| row.id), Some(row.id));
        assert!(by(OTHER).await.is_none());
        assert!(
            take(&store, &row, OTHER, 1_050).await.is_none(),
            "another state"
        );
        assert!(take(&store, &row, STATE, 1_100).await.is_none(), "too late");
        let foreign = ConnectSession {
            workspace: other.workspace,
            ..row.clone()
        };
        assert!(take(&store, &foreign, STATE, 1_050).await.is_none());
        // A double submit: both at once, one wins.
        let (first, second) = tokio::join!(
            take(&store, &row, STATE, 1_050),
            take(&store, &row, STATE, 1_050)
        );
        let taken: Vec<ConnectSession> = [first, second].into_iter().flatten().collect();
        assert_eq!(taken.len(), 1);
        assert_eq!(
            (taken[0].phase, taken[0].ends_at),
            (ConnectPhase::Returned, ms(1_550))
        );
        assert!(taken[0].journey_sealed.is_some(), "it is needed now");
        assert!(
            take(&store, &row, STATE, 1_060).await.is_none(),
            "the back button"
        );
        let twin = new(tenant, 2, 1_000);
        let twin = attempt(&store, move |conn| {
            connect_sessions::create(conn, &twin, &STATE)
        })
        .await;
        assert!(twin.expect_err("a state is one journey's").is_unique());
    });
}

#[test]
fn another_way_is_given_until_somebody_went() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let row = new(tenant, 1, 1_000);
        create(&store, row.clone(), STATE).await;
        let again = |row: ConnectSession, old: [u8; 32], state: [u8; 32]| {
            attempt(&store, move |conn| {
                let new = Again {
                    old_state_sha256: &old,
                    state_sha256: &state,
                    journey_sealed: b"another",
                    now: ms(1_200),
                    ends_at: ms(1_300),
                };
                connect_sessions::again(conn, &row, &new)
            })
        };
        let foreign = ConnectSession {
            workspace: other.workspace,
            ..row.clone()
        };
        assert!(is_stale(&again(foreign, STATE, OTHER).await));
        again(row.clone(), STATE, OTHER).await.expect("another way");
        assert!(
            is_stale(&again(row.clone(), STATE, [9; 32]).await),
            "somebody went another new way"
        );
        assert!(
            take(&store, &row, STATE, 1_250).await.is_none(),
            "the old way leads nowhere"
        );
        let kept = stored(&store, &row).await;
        assert_eq!(
            (kept.journey_sealed.as_deref(), kept.ends_at),
            (Some(b"another".as_slice()), ms(1_300))
        );
        assert!(take(&store, &row, OTHER, 1_250).await.is_some());
        assert!(
            is_stale(&again(row, OTHER, [9; 32]).await),
            "somebody has come back"
        );
    });
}

#[test]
fn each_phase_is_left_once() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let row = new(tenant, 1, 1_000);
        create(&store, row.clone(), STATE).await;
        let returned = take(&store, &row, STATE, 1_050).await.expect("taken");
        let advance = |row: &ConnectSession, to, outcome: serde_json::Value, grant| {
            let row = row.clone();
            attempt(&store, move |conn| {
                connect_sessions::advance(conn, &row, to, &outcome, grant, ms(2_000))
            })
        };
        let foreign = ConnectSession {
            workspace: other.workspace,
            ..returned.clone()
        };
        assert!(is_stale(
            &advance(&foreign, ConnectPhase::Done, json!({}), None).await
        ));
        assert!(
            is_stale(&advance(&row, ConnectPhase::Done, json!({}), None).await),
            "it begun no more"
        );
        let seen = json!({ "accounts": ["b", "a"], "n": 1 });
        advance(
            &returned,
            ConnectPhase::Choosing,
            seen.clone(),
            Some(tenant.grant),
        )
        .await
        .expect("on");
        let choosing = stored(&store, &row).await;
        assert_eq!(
            (choosing.phase, choosing.grant, choosing.ends_at),
            (ConnectPhase::Choosing, Some(tenant.grant), ms(2_000))
        );
        assert_eq!(
            (choosing.journey_sealed.as_deref(), &choosing.outcome),
            (None, &seen),
            "what it needed is forgotten"
        );
        assert!(is_stale(
            &advance(&returned, ConnectPhase::Failed, json!({}), None).await
        ));
        // Two who choose at once: what they saw is compared too.
        advance(
            &choosing,
            ConnectPhase::Choosing,
            json!({ "chosen": 1 }),
            None,
        )
        .await
        .expect("chosen");
        assert!(is_stale(
            &advance(
                &choosing,
                ConnectPhase::Proving,
                json!({ "chosen": 2 }),
                None
            )
            .await
        ));
        let chosen = stored(&store, &row).await;
        assert_eq!(
            chosen.grant,
            Some(tenant.grant),
            "a sign-in that is stored is not forgotten"
        );
        advance(&chosen, ConnectPhase::Done, json!({ "ok": true }), None)
            .await
            .expect("done");
        assert!(stored(&store, &row).await.phase.is_end());
    });
}

#[test]
fn what_can_be_gone_on_with_is_listed_and_the_rest_expires() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        for (number, created) in [(1, 1_000), (2, 1_020), (3, 1_010)] {
            create(
                &store,
                new(tenant, number, created),
                [u8::try_from(number).expect("small"); 32],
            )
            .await;
        }
        create(&store, new(other, 1, 1_000), STATE).await;
        let open = |who: Tenant, now, limit| {
            let rows = read(&store, move |conn| {
                connect_sessions::open(conn, who.workspace, ms(now), limit)
            });
            async {
                rows.await
                    .into_iter()
                    .map(|row| row.id)
                    .collect::<Vec<ConnectSessionId>>()
            }
        };
        let id = |number| tenant.more::<ConnectSessionId>(number);
        assert_eq!(
            open(tenant, 1_050, 10).await,
            [id(2), id(3), id(1)],
            "newest first"
        );
        assert_eq!(open(tenant, 1_050, 1).await, [id(2)]);
        assert_eq!(
            open(tenant, 1_100, 10).await,
            [id(2), id(3)],
            "the first is over"
        );
        let returned = take(&store, &new(tenant, 2, 1_020), [2; 32], 1_060)
            .await
            .expect("taken");
        assert_eq!(
            write(&store, |conn| connect_sessions::expire(conn, ms(1_100))).await,
            2,
            "of every workspace"
        );
        let first = stored(&store, &new(tenant, 1, 0)).await;
        assert_eq!(
            (first.phase, first.journey_sealed),
            (ConnectPhase::Expired, None)
        );
        assert_eq!(
            write(&store, |conn| connect_sessions::expire(conn, ms(9_999))).await,
            1
        );
        assert_eq!(
            stored(&store, &returned).await.phase,
            ConnectPhase::Returned,
            "somebody came back to it"
        );
        assert_eq!(open(tenant, 1_100, 10).await, [id(2)]);
    });
}

#[test]
fn the_latest_of_a_channel_are_found_newest_first_and_only_in_their_workspace() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        for (number, at) in [(1, 1_000), (2, 3_000), (3, 2_000)] {
            let state = [u8::try_from(number).expect("small"); 32];
            create(&store, new(tenant, number, at), state).await;
        }
        let found = read(&store, move |conn| {
            connect_sessions::of_channel(conn, tenant.workspace, tenant.channel, 2)
        })
        .await;
        let at: Vec<_> = found.iter().map(|row| row.created_at).collect();
        assert_eq!(at, [ms(3_000), ms(2_000)]);
        let theirs = read(&store, move |conn| {
            connect_sessions::of_channel(conn, other.workspace, tenant.channel, 2)
        })
        .await;
        assert!(theirs.is_empty());
    });
}
