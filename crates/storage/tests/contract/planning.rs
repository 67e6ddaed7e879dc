//! What pages read: calendar, grid, missed posts, drafts, history, how channels stand, what happened.

use domain::cause::Cause;
use domain::delivery::{Reason, Stage, State, StateWord};
use domain::ids::{ChannelId, DeliveryId, NoticeId, PostId};
use domain::notice::NoticeKind;
use domain::post::Variant;
use domain::schedule::{DAY_MS, HOUR_MS};
use serde_json::json;
use storage::calendar::{self, Stretch};
use storage::channel_posts::{self, Waiting};
use storage::notices::{self, NewNotice};
use storage::remote_posts::{self, NewRemotePost};
use storage::{Store, deliveries, drafts, grid, ledger, missed, posts};

use crate::both::on_both;
use crate::ground::{Tenant, ms, nth, read, said, two, write};

/// A further delivery, of a post of its own.
pub async fn plan(
    store: &Store,
    tenant: Tenant,
    number: u128,
    channel: ChannelId,
    state: State,
    due: Option<i64>,
) {
    write(store, move |conn| {
        tenant.add_post(conn, tenant.more(200 + number))?;
        tenant.add_delivery(
            conn,
            tenant.more(number),
            tenant.more(200 + number),
            channel,
            state,
            due,
        )
    })
    .await;
}

#[test]
fn the_calendar_shows_so_many_a_day_by_the_wall_clock() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let day = |days: i64, hours: i64| days * DAY_MS + hours * HOUR_MS;
        // At an offset of two hours, 23:00 UTC is the next day's 01:00.
        let hours = [
            (1, day(10, 5)),
            (2, day(10, 7)),
            (3, day(10, 9)),
            (4, day(10, 23)),
            (5, day(11, 3)),
            (6, day(12, 22)),
        ];
        for (number, due) in hours {
            plan(
                &store,
                tenant,
                number,
                tenant.channel,
                State::Scheduled,
                Some(due),
            )
            .await;
        }
        plan(
            &store,
            tenant,
            7,
            tenant.channel,
            State::Canceled,
            Some(day(10, 6)),
        )
        .await;
        plan(
            &store,
            tenant,
            8,
            tenant.channel,
            State::Dropped,
            Some(day(10, 6)),
        )
        .await;
        plan(&store, tenant, 9, tenant.channel, State::Draft, None).await;
        let window = |who: Tenant, per_day| {
            let stretch = Stretch {
                from: ms(day(9, 22)),
                to: ms(day(12, 22)),
                ahead_ms: 2 * HOUR_MS,
            };
            let rows = read(&store, move |conn| {
                calendar::window(conn, who.workspace, tenant.set, stretch, per_day)
            });
            async {
                let rows = rows.await.into_iter();
                rows.map(|one| (one.delivery.id, one.that_day))
                    .collect::<Vec<(DeliveryId, u64)>>()
            }
        };
        let id = |number| tenant.more::<DeliveryId>(number);
        assert_eq!(
            window(tenant, 10).await,
            [(id(1), 3), (id(2), 3), (id(3), 3), (id(4), 2), (id(5), 2)]
        );
        assert_eq!(
            window(tenant, 2).await,
            [(id(1), 3), (id(2), 3), (id(4), 2), (id(5), 2)],
            "the rest is a number"
        );
        assert!(window(other, 10).await.is_empty());
    });
}

#[test]
fn the_grid_shows_what_is_planned_and_what_was_not_read_back() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let channel = tenant.channel;
        for (number, state, due) in [
            (1, State::Missed(Reason::TooLate), Some(300)),
            (2, State::Draft, Some(400)),
            (3, State::Draft, None),
            (4, State::Canceled, Some(500)),
            (5, State::Published, Some(600)),
            (6, State::Published, Some(700)),
            (7, State::Published, Some(50)),
        ] {
            plan(&store, tenant, number, channel, state, due).await;
        }
        let publish = |number: u128, remote: &'static str, at| {
            write(&store, move |conn| {
                let row =
                    deliveries::one(conn, tenant.workspace, tenant.more(number))?.expect("there");
                let to = deliveries::Change {
                    due_at: row.due_at,
                    remote_id: Some(remote.to_owned()),
                    published_at: Some(ms(at)),
                    ..Default::default()
                };
                deliveries::change(conn, &row, State::Published, &to, ms(at))
            })
        };
        publish(5, "r-5", 600).await;
        publish(6, "r-6", 700).await;
        publish(7, "r-7", 50).await;
        write(&store, move |conn| {
            let variant = Variant {
                text: Some("Only here".to_owned()),
                media: None,
            };
            ledger::set_variant(conn, tenant.workspace, tenant.more(1), &variant)?;
            let seen = NewRemotePost {
                id: nth(1),
                remote_id: "r-5",
                at: ms(600),
                text: "",
                permalink: None,
                picture_url: None,
                items: 1,
                content_sha256: "x",
            };
            remote_posts::put(conn, tenant.workspace, channel, &seen, ms(601)).map(|_| ())
        })
        .await;
        let planned = |who: Tenant, limit| {
            read(&store, move |conn| {
                grid::planned(conn, who.workspace, channel, limit)
            })
        };
        let rows = planned(tenant, 10).await;
        let seen: Vec<_> = rows
            .iter()
            .map(|row| (row.delivery.id, row.content.text.as_str()))
            .collect();
        let id = |number| tenant.more::<DeliveryId>(number);
        assert_eq!(
            seen,
            [
                (tenant.delivery, "Hello"),
                (id(2), "Hello"),
                (id(1), "Only here")
            ],
            "the last first"
        );
        assert_eq!(planned(tenant, 1).await.len(), 1);
        assert!(planned(other, 10).await.is_empty());
        let fresh = |who: Tenant, since| {
            let rows = read(&store, move |conn| {
                grid::not_read_back(conn, who.workspace, channel, ms(since), 10)
            });
            async {
                rows.await
                    .into_iter()
                    .map(|row| row.delivery.id)
                    .collect::<Vec<DeliveryId>>()
            }
        };
        assert_eq!(fresh(tenant, 0).await, [id(6), id(7)], "one was read back");
        assert_eq!(fresh(tenant, 100).await, [id(6)]);
        assert!(fresh(other, 0).await.is_empty());
    });
}

#[test]
fn missed_posts_name_the_cause_of_their_notice() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        plan(
            &store,
            tenant,
            1,
            tenant.channel,
            State::Missed(Reason::LoginDead),
            Some(300),
        )
        .await;
        plan(
            &store,
            tenant,
            2,
            tenant.channel,
            State::Missed(Reason::TooLate),
            Some(200),
        )
        .await;
        plan(&store, tenant, 3, tenant.channel, State::Failed, Some(100)).await;
        write(&store, move |conn| {
            let evidence = said("190");
            let new = NewNotice {
                id: tenant.more(50),
                workspace: tenant.workspace,
                social_set: tenant.set,
                kind: NoticeKind::NeedsRefresh,
                channel: Some(tenant.channel),
                cause: Some(Cause::AppRemovedByUser),
                key: "login",
                evidence: Some(&evidence),
                detail: json!({}),
            };
            let notice = notices::open(conn, &new, ms(10))?;
            notices::attach(conn, tenant.workspace, notice, tenant.more(1), ms(11))
        })
        .await;
        let waiting = |who: Tenant, word, limit| {
            read(&store, move |conn| {
                missed::waiting(conn, who.workspace, tenant.set, word, limit)
            })
        };
        let rows = waiting(tenant, StateWord::Missed, 10).await;
        let seen: Vec<_> = rows
            .iter()
            .map(|row| (row.delivery.id, row.notice, row.cause))
            .collect();
        let (first, second) = (tenant.more::<DeliveryId>(2), tenant.more::<DeliveryId>(1));
        let cause = Some(Cause::AppRemovedByUser);
        assert_eq!(
            seen,
            [
                (first, None, None),
                (second, Some(tenant.more::<NoticeId>(50)), cause)
            ],
            "the earliest first"
        );
        assert_eq!(
            rows[1].evidence.as_ref().map(|said| said.code.as_str()),
            Some("190")
        );
        assert_eq!(waiting(tenant, StateWord::Missed, 1).await.len(), 1);
        assert_eq!(waiting(tenant, StateWord::Failed, 10).await.len(), 1);
        assert!(waiting(other, StateWord::Missed, 10).await.is_empty());
        let count = |who: Tenant| {
            read(&store, move |conn| {
                missed::count(conn, who.workspace, tenant.set)
            })
        };
        assert_eq!((count(tenant).await, count(other).await), (2, 0));
    });
}

#[test]
fn drafts_are_posts_that_are_not_planned_everywhere() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        plan(&store, tenant, 1, tenant.channel, State::Draft, None).await;
        write(&store, move |conn| {
            // One without a channel; and one that is planned on one channel and a draft on another.
            tenant.add_post(conn, tenant.more(202))?;
            tenant.add_channel(conn, tenant.more(30), "acct-2")?;
            tenant.add_delivery(
                conn,
                tenant.more(31),
                tenant.post,
                tenant.more(30),
                State::Draft,
                None,
            )?;
            let row = posts::one(conn, tenant.workspace, tenant.more(202))?.expect("there");
            posts::update(conn, &row, &row.content, "UTC", ms(900))
        })
        .await;
        plan(&store, tenant, 3, tenant.channel, State::Scheduled, Some(5)).await;
        let list = |who: Tenant, before: (i64, u128), limit| {
            let rows = read(&store, move |conn| {
                drafts::list(
                    conn,
                    who.workspace,
                    tenant.set,
                    (ms(before.0), nth(before.1)),
                    limit,
                )
            });
            async {
                rows.await
                    .into_iter()
                    .map(|row| row.id)
                    .collect::<Vec<PostId>>()
            }
        };
        let (empty, lone) = (tenant.more::<PostId>(202), tenant.more::<PostId>(201));
        assert_eq!(
            list(tenant, (5_000, 0), 10).await,
            [empty, lone, tenant.post],
            "the last changed first"
        );
        assert_eq!(
            list(tenant, (900, tenant.base + 302), 1).await,
            [lone],
            "from a cursor"
        );
        assert!(list(other, (5_000, 0), 10).await.is_empty());
        let count = |who: Tenant| {
            read(&store, move |conn| {
                drafts::count(conn, who.workspace, tenant.set)
            })
        };
        assert_eq!((count(tenant).await, count(other).await), (3, 0));
    });
}

#[test]
fn what_waits_on_each_channel() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        write(&store, move |conn| {
            tenant.add_channel(conn, tenant.more(30), "acct-2")
        })
        .await;
        plan(
            &store,
            tenant,
            1,
            tenant.channel,
            State::Missed(Reason::OnHold),
            Some(100),
        )
        .await;
        plan(
            &store,
            tenant,
            2,
            tenant.channel,
            State::Publishing(Stage::Preparing),
            Some(200),
        )
        .await;
        plan(
            &store,
            tenant,
            3,
            tenant.channel,
            State::Published,
            Some(50),
        )
        .await;
        plan(&store, tenant, 4, tenant.more(30), State::Draft, None).await;
        let waiting = |who: Tenant| {
            read(&store, move |conn| {
                channel_posts::waiting(conn, who.workspace)
            })
        };
        let found: Vec<_> = waiting(tenant).await.into_iter().collect();
        assert_eq!(
            found,
            [(
                tenant.channel,
                Waiting {
                    planned: 2,
                    held: 1,
                    next_due: Some(ms(200))
                }
            )]
        );
        let theirs: Vec<_> = waiting(other).await.into_keys().collect();
        assert_eq!(theirs, [other.channel]);
    });
}
