//! Notices: one open one a key, which grows; a delivery stands in one at most.

use domain::cause::Cause;
use domain::ids::{DeliveryId, NoticeId};
use domain::notice::{NoticeKind, NoticeState};
use serde_json::json;
use storage::Store;
use storage::notices::{self, NewNotice, NoticeRow};

use crate::both::on_both;
use crate::ground::{Tenant, attempt, is_stale, ms, one, read, said, two, write};

/// Opens one about the tenant's channel; its id, or that of the one that grew.
async fn open(
    store: &Store,
    tenant: Tenant,
    number: u128,
    kind: NoticeKind,
    key: &'static str,
    now: i64,
) -> NoticeId {
    open_with(store, tenant, number, kind, key, json!({}), now).await
}

async fn open_with(
    store: &Store,
    tenant: Tenant,
    number: u128,
    kind: NoticeKind,
    key: &'static str,
    detail: serde_json::Value,
    now: i64,
) -> NoticeId {
    write(store, move |conn| {
        let evidence = said("190");
        let new = NewNotice {
            id: tenant.more(number),
            workspace: tenant.workspace,
            social_set: tenant.set,
            kind,
            channel: Some(tenant.channel),
            cause: Some(Cause::CredentialsChanged),
            key,
            evidence: Some(&evidence).filter(|_| number == 1),
            detail,
        };
        notices::open(conn, &new, ms(now))
    })
    .await
}

async fn stored(store: &Store, tenant: Tenant, id: NoticeId) -> NoticeRow {
    read(store, move |conn| notices::one(conn, tenant.workspace, id))
        .await
        .expect("the notice is there")
}

async fn attach(store: &Store, tenant: Tenant, notice: NoticeId, delivery: DeliveryId, now: i64) {
    write(store, move |conn| {
        notices::attach(conn, tenant.workspace, notice, delivery, ms(now))
    })
    .await;
}

#[test]
fn what_is_found_again_and_again_is_told_once() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let once = |who: Tenant, number: u128, now| {
            write(&store, move |conn| {
                let new = NewNotice {
                    id: who.more(number),
                    workspace: who.workspace,
                    social_set: who.set,
                    kind: NoticeKind::Missed,
                    channel: Some(who.channel),
                    cause: None,
                    key: "unreadable:x",
                    evidence: None,
                    detail: json!({}),
                };
                notices::open_once(conn, &new, ms(now))
            })
        };
        assert_eq!(once(tenant, 1, 10).await, Some(tenant.more(1)));
        assert_eq!(once(tenant, 2, 20).await, None);
        assert_eq!(
            stored(&store, tenant, tenant.more(1)).await.grown_at,
            ms(10)
        );
        assert_eq!(
            once(other, 1, 20).await,
            Some(other.more(1)),
            "each its own"
        );
        write(&store, move |conn| {
            notices::close(conn, tenant.workspace, tenant.more(1), ms(30))
        })
        .await;
        assert_eq!(
            once(tenant, 3, 40).await,
            Some(tenant.more(3)),
            "it came back"
        );
    });
}

#[test]
fn one_open_notice_a_key_which_grows() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let id = open(&store, tenant, 1, NoticeKind::NeedsRefresh, "login:x", 10).await;
        assert_eq!(id, tenant.more(1));
        assert_eq!(
            open(&store, tenant, 2, NoticeKind::NeedsRefresh, "login:x", 20).await,
            id,
            "it grew"
        );
        let row = stored(&store, tenant, id).await;
        assert_eq!(
            (row.opened_at, row.grown_at, row.closed_at),
            (ms(10), ms(20), None)
        );
        assert_eq!(
            (row.kind, row.state, row.cause),
            (
                NoticeKind::NeedsRefresh,
                NoticeState::Open,
                Some(Cause::CredentialsChanged)
            )
        );
        assert_eq!(
            row.evidence.map(|said| said.code).as_deref(),
            Some("190"),
            "evidence is kept where there is none anew"
        );
        assert_eq!(
            (row.workspace, row.social_set, row.channel),
            (tenant.workspace, tenant.set, Some(tenant.channel))
        );
        let theirs = open(&store, other, 1, NoticeKind::NeedsRefresh, "login:x", 20).await;
        assert_eq!(theirs, other.more(1), "each workspace has its own");
        let close = |who: Tenant, now| {
            write(&store, move |conn| {
                notices::close(conn, who.workspace, id, ms(now))
            })
        };
        assert!(!close(other, 30).await);
        assert!(close(tenant, 30).await);
        assert!(!close(tenant, 40).await, "it is over already");
        let row = stored(&store, tenant, id).await;
        assert_eq!(
            (row.state, row.closed_at),
            (NoticeState::Closed, Some(ms(30)))
        );
        assert_eq!(
            open(&store, tenant, 3, NoticeKind::NeedsRefresh, "login:x", 50).await,
            tenant.more(3),
            "news again"
        );
        assert!(
            read(&store, move |conn| notices::one(conn, other.workspace, id))
                .await
                .is_none()
        );
    });
}

#[test]
fn who_saw_it_is_asked_again_only_when_there_is_more() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let id = open_with(
            &store,
            tenant,
            1,
            NoticeKind::Expiring,
            "expiring:x",
            json!({ "days": 14 }),
            10,
        )
        .await;
        let see = |who: Tenant| {
            write(&store, move |conn| {
                notices::acknowledge(conn, who.workspace, id, tenant.member)
            })
        };
        assert!(!see(other).await);
        assert!(see(tenant).await);
        assert!(!see(tenant).await);
        assert_eq!(
            stored(&store, tenant, id).await.state,
            NoticeState::Acknowledged
        );
        open_with(
            &store,
            tenant,
            2,
            NoticeKind::Expiring,
            "expiring:x",
            json!({ "days": 14 }),
            20,
        )
        .await;
        assert_eq!(
            stored(&store, tenant, id).await.state,
            NoticeState::Acknowledged,
            "the same news"
        );
        open_with(
            &store,
            tenant,
            3,
            NoticeKind::Expiring,
            "expiring:x",
            json!({ "days": 7 }),
            30,
        )
        .await;
        let row = stored(&store, tenant, id).await;
        assert_eq!(
            (row.state, row.grown_at, row.detail.clone()),
            (NoticeState::Open, ms(30), json!({ "days": 7 }))
        );
        let detail = |row: NoticeRow| {
            attempt(&store, move |conn| {
                notices::set_detail(conn, &row, &json!({ "new_posts": 2 }), ms(40))
            })
        };
        assert!(is_stale(
            &detail(NoticeRow {
                workspace: other.workspace,
                ..row.clone()
            })
            .await
        ));
        detail(row).await.expect("set");
        let row = stored(&store, tenant, id).await;
        assert_eq!(
            (row.detail, row.grown_at),
            (json!({ "new_posts": 2 }), ms(40))
        );
        assert!(
            write(&store, move |conn| notices::close(
                conn,
                tenant.workspace,
                id,
                ms(50)
            ))
            .await
        );
        assert!(!see(tenant).await, "it is over");
    });
}

#[test]
fn a_delivery_stands_in_one_notice() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let first = open(&store, tenant, 1, NoticeKind::Missed, "missed:x", 10).await;
        let second = open(&store, tenant, 2, NoticeKind::Uncertain, "delivery:x", 10).await;
        let within = |who: Tenant, notice| {
            read(&store, move |conn| {
                notices::deliveries(conn, who.workspace, notice)
            })
        };
        attach(&store, tenant, first, tenant.delivery, 20).await;
        attach(&store, tenant, first, tenant.delivery, 21).await;
        assert_eq!(within(tenant, first).await, [tenant.delivery]);
        assert!(within(other, first).await.is_empty());
        let row = stored(&store, tenant, first).await;
        assert_eq!(
            (row.waiting, row.closed_at),
            (1, None),
            "put twice is put once, and closes nothing"
        );
        attach(&store, tenant, second, tenant.delivery, 30).await;
        assert_eq!(within(tenant, second).await, [tenant.delivery]);
        let left = stored(&store, tenant, first).await;
        assert_eq!(
            (left.waiting, left.closed_at),
            (0, Some(ms(30))),
            "it told only of what left it"
        );
        // Neither another workspace's delivery nor its notice.
        let theirs = open(&store, other, 1, NoticeKind::Missed, "missed:x", 10).await;
        for (who, notice, delivery) in [
            (tenant, second, other.delivery),
            (tenant, theirs, tenant.delivery),
            (other, second, tenant.delivery),
            (other, theirs, tenant.delivery),
        ] {
            let put = attempt(&store, move |conn| {
                notices::attach(conn, who.workspace, notice, delivery, ms(40))
            })
            .await;
            assert!(is_stale(&put), "{notice} {delivery}: {put:?}");
        }
        assert_eq!(within(tenant, second).await, [tenant.delivery]);
        write(&store, move |conn| {
            notices::detach(conn, other.workspace, tenant.delivery, None, ms(50))
        })
        .await;
        assert_eq!(within(tenant, second).await, [tenant.delivery]);
    });
}

#[test]
fn what_leaves_closes_a_notice_that_told_of_nothing_else() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        write(&store, move |conn| {
            tenant.add_post(conn, tenant.more(21))?;
            let state = domain::delivery::State::Scheduled;
            tenant.add_delivery(
                conn,
                tenant.more(20),
                tenant.more(21),
                tenant.channel,
                state,
                Some(9),
            )
        })
        .await;
        let (one, two) = (tenant.delivery, tenant.more::<DeliveryId>(20));
        let leave = |delivery| {
            write(&store, move |conn| {
                notices::detach(conn, tenant.workspace, delivery, None, ms(60))
            })
        };
        let missed = open(&store, tenant, 1, NoticeKind::Missed, "missed:x", 10).await;
        attach(&store, tenant, missed, one, 20).await;
        attach(&store, tenant, missed, two, 20).await;
        assert_eq!(stored(&store, tenant, missed).await.waiting, 2);
        leave(one).await;
        assert_eq!(
            stored(&store, tenant, missed).await.closed_at,
            None,
            "one is left"
        );
        leave(two).await;
        leave(two).await;
        assert_eq!(stored(&store, tenant, missed).await.closed_at, Some(ms(60)));

        // One about a login stays while the login is not well, though no post waits.
        for (number, kind, key) in [
            (2, NoticeKind::NeedsRefresh, "a"),
            (3, NoticeKind::Limited, "b"),
            (4, NoticeKind::Waiting, "c"),
        ] {
            let login = open(&store, tenant, number, kind, key, 30).await;
            attach(&store, tenant, login, one, 40).await;
            leave(one).await;
            assert_eq!(
                stored(&store, tenant, login).await.closed_at,
                None,
                "{kind}"
            );
            let row = stored(&store, tenant, login).await;
            write(&store, move |conn| {
                notices::set_detail(
                    conn,
                    &row,
                    &json!({ "restored_at": "2026-01-01T00:00:00Z" }),
                    ms(50),
                )
            })
            .await;
            attach(&store, tenant, login, one, 55).await;
            leave(one).await;
            assert_eq!(
                stored(&store, tenant, login).await.closed_at,
                Some(ms(60)),
                "{kind}: the login is well"
            );
        }
        // Out of its notice, but not if it is that one.
        let kept = open(&store, tenant, 5, NoticeKind::Missed, "d", 70).await;
        attach(&store, tenant, kept, one, 70).await;
        write(&store, move |conn| {
            notices::detach(conn, tenant.workspace, one, Some(kept), ms(80))
        })
        .await;
        assert_eq!(stored(&store, tenant, kept).await.closed_at, None);
    });
}

#[test]
fn lists_show_open_ones_first_and_the_newest_first() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let oldest = open(&store, tenant, 1, NoticeKind::Missed, "a", 10).await;
        let closed = open(&store, tenant, 2, NoticeKind::Missed, "b", 90).await;
        let newest = open(&store, tenant, 3, NoticeKind::Restored, "c", 30).await;
        let equal = open(&store, tenant, 4, NoticeKind::Failed, "d", 30).await;
        write(&store, move |conn| {
            notices::close(conn, tenant.workspace, closed, ms(95))
        })
        .await;
        let list = |who: Tenant, closed_too, limit| {
            let rows = read(&store, move |conn| {
                notices::list(conn, who.workspace, closed_too, limit)
            });
            async { rows.await.into_iter().map(|row| row.id).collect::<Vec<_>>() }
        };
        assert_eq!(list(tenant, false, 10).await, [equal, newest, oldest]);
        assert_eq!(
            list(tenant, true, 10).await,
            [equal, newest, oldest, closed]
        );
        assert_eq!(list(tenant, true, 2).await, [equal, newest]);
        assert!(list(other, true, 10).await.is_empty());
        let of = |who: Tenant| {
            let rows = read(&store, move |conn| {
                notices::of_channel(conn, who.workspace, tenant.channel)
            });
            async { rows.await.into_iter().map(|row| row.id).collect::<Vec<_>>() }
        };
        assert_eq!(
            of(tenant).await,
            [oldest, newest, equal],
            "open ones, the oldest first"
        );
        assert!(of(other).await.is_empty());
    });
}
