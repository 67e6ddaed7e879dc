//! Deliveries: claims for publishing and for settling, changes by the holder of a lease and by a person,
//! what is planned and what was taken.

use std::collections::BTreeSet;

use domain::delivery::{Reason, Stage, State};
use domain::ids::DeliveryId;
use storage::Store;
use storage::deliveries::{self, Advance, DeliveryRow, Taker};
use storage::lease::Lease;
use storage::{channel_grants, grants, nodes};

use crate::both::on_both;
use crate::ground::{Tenant, attempt, claim, is_stale, ms, nth, one, read, two, write};
use storage::delivery_of_channel;

pub const PREPARING: State = State::Publishing(Stage::Preparing);

pub async fn stored(store: &Store, tenant: Tenant, id: DeliveryId) -> DeliveryRow {
    read(store, move |conn| {
        deliveries::one(conn, tenant.workspace, id)
    })
    .await
    .expect("the delivery is there")
}

pub async fn take(store: &Store, by: u128, now: i64, clock: i64) -> Vec<DeliveryRow> {
    write(store, move |conn| {
        deliveries::claim(conn, Taker::Publish, &claim(by, now, clock)).map(|due| due.rows)
    })
    .await
}

/// Moves it by the engine's hand, and frees or keeps the lease.
pub async fn go(
    store: &Store,
    row: &DeliveryRow,
    state: State,
    to: Advance,
) -> storage::Result<()> {
    let (row, lease) = (row.clone(), row.lease.expect("a lease"));
    attempt(store, move |conn| {
        deliveries::advance(conn, &row, lease, state, &to, ms(6_000))
    })
    .await
}

/// Further deliveries of the tenant, each of a post of its own, at these hours.
pub async fn plan(store: &Store, tenant: Tenant, hours: Vec<(u128, State, i64)>) {
    write(store, move |conn| {
        for (number, state, due) in hours {
            tenant.add_post(conn, tenant.more(200 + number))?;
            tenant.add_delivery(
                conn,
                tenant.more(number),
                tenant.more(200 + number),
                tenant.channel,
                state,
                Some(due),
            )?;
        }
        Ok(())
    })
    .await;
}

#[test]
fn what_was_planned_comes_back() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let row = stored(&store, tenant, tenant.delivery).await;
        assert_eq!(
            (row.workspace, row.social_set),
            (tenant.workspace, tenant.set)
        );
        assert_eq!((row.post, row.channel), (tenant.post, tenant.channel));
        assert_eq!(
            (row.state, row.due_at, row.act_at),
            (State::Scheduled, Some(ms(5_000)), Some(ms(5_000)))
        );
        assert_eq!(
            (
                row.lateness_limit_ms,
                row.excerpt.as_str(),
                row.thumb_sha256
            ),
            (3_600_000, "Hello", None)
        );
        assert_eq!(
            (row.tries, row.cancel_asked, row.version, row.updated_at),
            (0, false, 1, ms(100))
        );
        assert!(
            row.remote_id.is_none()
                && row.permalink.is_none()
                && row.published_at.is_none()
                && row.lease.is_none()
        );
        let twin = attempt(&store, move |conn| {
            tenant.add_delivery(
                conn,
                tenant.more(1),
                tenant.post,
                tenant.channel,
                State::Draft,
                None,
            )
        });
        assert!(
            twin.await
                .expect_err("a post is on a channel once")
                .is_unique()
        );
        let of_post = read(&store, move |conn| {
            deliveries::of_post(conn, tenant.workspace, tenant.post)
        })
        .await;
        assert_eq!(
            of_post.iter().map(|row| row.id).collect::<Vec<_>>(),
            [tenant.delivery]
        );
    });
}

#[test]
fn eight_racing_claimers_take_each_delivery_once() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let hours = (0..60).map(|number| {
            (
                number,
                State::Scheduled,
                10 + i64::try_from(number).expect("small"),
            )
        });
        plan(&store, tenant, hours.collect()).await;
        let racers: Vec<_> = (1..=8)
            .map(|by| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut mine = Vec::new();
                    loop {
                        let due = take(&store, by, 500, 500).await;
                        if due.is_empty() {
                            return mine;
                        }
                        assert!(due.len() <= 10);
                        let sorted: Vec<_> = due.iter().map(|row| (row.act_at, row.id)).collect();
                        assert!(sorted.is_sorted(), "the most urgent first");
                        assert!(due.iter().all(|row| row.lease
                            == Some(Lease {
                                by: nth(by),
                                fence: 1
                            })));
                        mine.extend(due.into_iter().map(|row| row.id));
                    }
                })
            })
            .collect();
        let mut all = Vec::new();
        for racer in racers {
            all.extend(racer.await.expect("joined"));
        }
        assert_eq!(
            (all.len(), all.iter().collect::<BTreeSet<_>>().len()),
            (60, 60)
        );
    });
}

#[test]
fn settling_and_publishing_take_their_own() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        plan(
            &store,
            tenant,
            vec![
                (1, State::Uncertain, 10),
                (2, State::Scheduled, 20),
                (3, State::Missed(Reason::OnHold), 5),
            ],
        )
        .await;
        let free = |now| read(&store, move |conn| deliveries::next_free(conn, ms(now)));
        assert_eq!(free(100).await, None);
        let ids = |rows: Vec<DeliveryRow>| {
            rows.into_iter()
                .map(|row| row.id)
                .collect::<Vec<DeliveryId>>()
        };
        let settle = |by| {
            write(&store, move |conn| {
                deliveries::claim(conn, Taker::Settle, &claim(by, 100, 1_000)).map(|due| due.rows)
            })
        };
        assert_eq!(ids(settle(1).await), [tenant.more::<DeliveryId>(1)]);
        assert!(settle(2).await.is_empty());
        assert_eq!(
            ids(take(&store, 1, 100, 1_000).await),
            [tenant.more::<DeliveryId>(2)],
            "a missed one waits for a person"
        );
        assert!(take(&store, 2, 100, 1_150).await.is_empty(), "held");
        assert_eq!(
            take(&store, 2, 100, 1_151).await[0].lease,
            Some(Lease {
                by: nth(2),
                fence: 2
            })
        );
        let next = |now| read(&store, move |conn| deliveries::next_act(conn, ms(now)));
        assert_eq!(next(0).await, Some(ms(10)));
        assert_eq!(
            next(20).await,
            Some(ms(5_000)),
            "what is overdue and held is somebody's work"
        );
        assert_eq!(
            next(6_000).await,
            Some(ms(5_000)),
            "what is overdue and free is nobody's"
        );
        take(&store, 3, 6_000, 1_200).await;
        assert_eq!(next(6_000).await, None, "all are held");
        assert_eq!(
            free(6_000).await,
            Some(ms(1_100)),
            "the first lease to run out, by the security clock"
        );
        assert_eq!(free(5).await, None, "of what is due");
    });
}

#[test]
fn only_the_holder_moves_it() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let first = take(&store, 1, 5_000, 1_000).await.remove(0);
        let keep = Advance {
            act_at: Some(ms(5_000)),
            tries: 2,
            keep_until: Some(ms(1_500)),
            ..Advance::default()
        };
        go(&store, &first, PREPARING, keep.clone())
            .await
            .expect("the holder");
        let row = stored(&store, tenant, tenant.delivery).await;
        assert_eq!(
            (row.state, row.tries, row.version, row.updated_at),
            (PREPARING, 2, 2, ms(6_000))
        );
        assert_eq!(
            (row.due_at, row.lease),
            (Some(ms(5_000)), first.lease),
            "the hour stays, the lease is kept"
        );
        assert!(
            take(&store, 2, 5_000, 1_549).await.is_empty(),
            "kept longer"
        );
        let second = take(&store, 2, 5_000, 1_551).await.remove(0);
        assert_eq!(
            second.lease,
            Some(Lease {
                by: nth(2),
                fence: 2
            })
        );
        // The first comes back from its pause: it may write nothing, under no lease of its own making.
        assert!(is_stale(
            &go(&store, &first, State::Published, Advance::default()).await
        ));
        let forged = DeliveryRow {
            lease: Some(Lease {
                by: nth(1),
                fence: 2,
            }),
            ..first.clone()
        };
        assert!(is_stale(
            &go(&store, &forged, State::Published, Advance::default()).await
        ));
        let out = Advance {
            remote_id: Some("r-1".to_owned()),
            permalink: Some("https://p.example/r-1".to_owned()),
            published_at: Some(ms(5_100)),
            ..Advance::default()
        };
        go(&store, &second, State::Published, out)
            .await
            .expect("the holder");
        let row = stored(&store, tenant, tenant.delivery).await;
        assert_eq!(
            (row.state, row.act_at, row.lease),
            (State::Published, None, None)
        );
        assert_eq!(
            (row.remote_id.as_deref(), row.published_at),
            (Some("r-1"), Some(ms(5_100)))
        );
        assert_eq!(row.permalink.as_deref(), Some("https://p.example/r-1"));
        assert!(
            is_stale(&go(&store, &second, State::Published, Advance::default()).await),
            "the lease is free"
        );
        assert!(take(&store, 3, 9_999, 9_999).await.is_empty());
    });
}

#[test]
fn every_state_goes_into_the_table_and_comes_back() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let mut states = vec![
            State::Draft,
            State::InReview,
            State::Scheduled,
            State::Uncertain,
            State::Published,
        ];
        states.extend([
            State::Failed,
            State::Dropped,
            State::Canceled,
            State::HandedOver,
            State::Reminded,
        ]);
        states.extend(Stage::ALL.iter().map(|stage| State::Publishing(*stage)));
        states.extend(Reason::ALL.iter().map(|reason| State::Missed(*reason)));
        let row = take(&store, 1, 5_000, 1_000).await.remove(0);
        for state in states {
            let keep = Advance {
                keep_until: Some(ms(2_000)),
                ..Advance::default()
            };
            go(&store, &row, state, keep).await.expect("moved");
            assert_eq!(stored(&store, tenant, tenant.delivery).await.state, state);
        }
    });
}

#[test]
fn a_login_that_is_well_again_wakes_what_waited_for_it() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        plan(
            &store,
            tenant,
            vec![
                (1, PREPARING, 3_000),
                (2, State::Uncertain, 3_000),
                (3, State::Scheduled, 3_000),
            ],
        )
        .await;
        let held = plan_held(&store, tenant).await;
        let wake = |who: Tenant| {
            write(&store, move |conn| {
                delivery_of_channel::wake_channel(conn, who.workspace, tenant.channel, ms(500))
            })
        };
        assert_eq!(wake(other).await, 0);
        assert_eq!(
            wake(tenant).await,
            2,
            "what is publishing or uncertain and held by nobody"
        );
        assert_eq!(
            stored(&store, tenant, tenant.more(1)).await.act_at,
            Some(ms(500))
        );
        assert_eq!(
            stored(&store, tenant, tenant.more(2)).await.act_at,
            Some(ms(500))
        );
        assert_eq!(
            stored(&store, tenant, tenant.more(3)).await.act_at,
            Some(ms(3_000)),
            "its hour stays"
        );
        assert_eq!(stored(&store, tenant, held).await.act_at, Some(ms(2_000)));
        assert_eq!(wake(tenant).await, 0, "nothing is put off by it");
    });
}

/// One that is publishing under a lease.
async fn plan_held(store: &Store, tenant: Tenant) -> DeliveryId {
    plan(store, tenant, vec![(9, PREPARING, 10)]).await;
    let held = take(store, 1, 10, 1_000).await.remove(0);
    let keep = Advance {
        act_at: Some(ms(2_000)),
        keep_until: Some(ms(1_200)),
        ..Advance::default()
    };
    go(store, &held, PREPARING, keep).await.expect("kept");
    held.id
}

#[test]
fn leases_of_incarnations_that_are_gone_are_freed() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let held = take(&store, 1, 5_000, 1_000).await.remove(0);
        assert_eq!(
            write(&store, |conn| deliveries::reclaim(conn, nth(1))).await,
            0,
            "one's own are kept"
        );
        assert_eq!(
            write(&store, |conn| deliveries::reclaim(conn, nth(2))).await,
            1
        );
        let taken = take(&store, 2, 5_000, 1_001).await.remove(0);
        assert_eq!(
            (taken.id, taken.lease),
            (
                tenant.delivery,
                Some(Lease {
                    by: nth(2),
                    fence: 2
                })
            )
        );
        assert!(is_stale(
            &go(&store, &held, State::Published, Advance::default()).await
        ));
    });
}

#[test]
fn what_one_vanished_incarnation_held_is_freed_and_nothing_of_others() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let held = take(&store, 1, 5_000, 1_000).await.remove(0);
        write(&store, move |conn| {
            let grant = claim(1, 5_000, 1_000);
            grants::claim_one(conn, tenant.workspace, tenant.grant, &grant)?;
            channel_grants::claim(conn, &claim(2, 5_000, 1_000))
        })
        .await;
        let free = |who| write(&store, move |conn| nodes::free(conn, nth(who)));
        assert_eq!(free(3).await, 0);
        assert!(
            take(&store, 3, 5_000, 1_001).await.is_empty(),
            "the first still holds it"
        );
        assert_eq!(free(1).await, 2, "a delivery and a grant");
        assert_eq!(free(1).await, 0, "once");
        let taken = take(&store, 3, 5_000, 1_001).await.remove(0);
        assert_eq!(
            (taken.id, taken.lease.map(|one| one.fence)),
            (held.id, Some(2))
        );
        assert_eq!(free(1).await, 0, "what another holds by now stays with it");
        assert!(is_stale(
            &go(&store, &held, State::Published, Advance::default()).await
        ));
        assert_eq!(free(2).await, 1, "a channel grant");
    });
}
