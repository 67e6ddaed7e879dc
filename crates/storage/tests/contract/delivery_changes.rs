//! Deliveries changed by a person's hand, taken remote posts, what is planned on a channel, drafts.

use domain::delivery::{Reason, Stage, State, StateWord};
use domain::ids::DeliveryId;
use storage::deliveries::{self, Advance, Change, DeliveryRow};

use crate::both::on_both;
use crate::deliveries::{PREPARING, go, plan, stored, take};
use crate::ground::{Tenant, attempt, is_stale, ms, one, read, two, write};
use storage::delivery_of_channel;

#[test]
fn a_person_changes_what_they_saw_and_not_while_the_engine_is_at_it() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let to = Change {
            due_at: Some(ms(8_000)),
            act_at: Some(ms(8_000)),
            ..Change::default()
        };
        let change = |row: &DeliveryRow, state| {
            let (row, to) = (row.clone(), to.clone());
            attempt(&store, move |conn| {
                deliveries::change(conn, &row, state, &to, ms(300))
            })
        };
        let row = stored(&store, tenant, tenant.delivery).await;
        let foreign = DeliveryRow {
            workspace: other.workspace,
            ..row.clone()
        };
        assert!(
            is_stale(&change(&foreign, State::Draft).await),
            "another workspace's"
        );
        change(&row, State::Scheduled)
            .await
            .expect("moved to another hour");
        assert!(
            is_stale(&change(&row, State::Draft).await),
            "it was seen as it is no more"
        );
        let now = stored(&store, tenant, tenant.delivery).await;
        assert_eq!(
            (now.due_at, now.act_at, now.version, now.updated_at),
            (Some(ms(8_000)), Some(ms(8_000)), 2, ms(300))
        );

        // Claimed, but nothing begun: the person wins, and the holder writes nothing any more.
        let held = take(&store, 1, 8_000, 1_000).await;
        let held = held
            .into_iter()
            .find(|row| row.id == tenant.delivery)
            .expect("due");
        let seen = stored(&store, tenant, tenant.delivery).await;
        change(&seen, State::Scheduled)
            .await
            .expect("changed under the lease");
        assert!(is_stale(
            &go(&store, &held, PREPARING, Advance::default()).await
        ));

        // While it goes out, or is looked for, the engine is at it.
        for state in [
            PREPARING,
            State::Publishing(Stage::Sending),
            State::Uncertain,
        ] {
            let held = take(&store, 2, 8_000, 9_000).await;
            let held = held.into_iter().find(|row| row.id == tenant.delivery);
            let held = held.unwrap_or_else(|| panic!("{state:?} is not due"));
            let keep = Advance {
                act_at: Some(ms(8_000)),
                keep_until: Some(ms(9_100)),
                ..Advance::default()
            };
            go(&store, &held, state, keep).await.expect("begun");
            let seen = stored(&store, tenant, tenant.delivery).await;
            assert!(
                is_stale(&change(&seen, State::Canceled).await),
                "{state:?} is held"
            );
            let free = Advance {
                act_at: Some(ms(8_000)),
                ..Advance::default()
            };
            go(&store, &held, State::Scheduled, free)
                .await
                .expect("freed");
        }
        let seen = stored(&store, tenant, tenant.delivery).await;
        change(&seen, State::Canceled).await.expect("called off");
    });
}

#[test]
fn a_person_says_that_it_is_out() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let row = stored(&store, tenant, tenant.delivery).await;
        let to = Change {
            due_at: row.due_at,
            act_at: None,
            remote_id: Some("r-9".to_owned()),
            permalink: Some("https://p.example/9".to_owned()),
            published_at: Some(ms(5_500)),
        };
        write(&store, move |conn| {
            deliveries::change(conn, &row, State::Published, &to, ms(300))
        })
        .await;
        let now = stored(&store, tenant, tenant.delivery).await;
        assert_eq!(
            (now.state, now.act_at, now.due_at),
            (State::Published, None, Some(ms(5_000)))
        );
        assert_eq!(
            (now.remote_id.as_deref(), now.published_at),
            (Some("r-9"), Some(ms(5_500)))
        );
        assert_eq!(now.permalink.as_deref(), Some("https://p.example/9"));
    });
}

#[test]
fn calling_off_is_asked_only_while_it_is_prepared() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let ask = |who: Tenant| {
            let id = tenant.delivery;
            write(&store, move |conn| {
                deliveries::ask_cancel(conn, who.workspace, id)
            })
        };
        assert!(
            !ask(tenant).await,
            "scheduled: it is called off at once instead"
        );
        let held = take(&store, 1, 5_000, 1_000).await;
        let held = held
            .into_iter()
            .find(|row| row.id == tenant.delivery)
            .expect("due");
        let keep = |act| Advance {
            act_at: Some(ms(act)),
            keep_until: Some(ms(1_100)),
            ..Advance::default()
        };
        go(&store, &held, PREPARING, keep(5_000))
            .await
            .expect("begun");
        assert!(!ask(other).await);
        assert!(!stored(&store, tenant, tenant.delivery).await.cancel_asked);
        assert!(ask(tenant).await);
        let row = stored(&store, tenant, tenant.delivery).await;
        assert!(
            row.cancel_asked && row.lease == held.lease,
            "the engine goes on holding it"
        );
        go(
            &store,
            &held,
            State::Publishing(Stage::Sending),
            keep(5_000),
        )
        .await
        .expect("the engine is not stopped");
        assert!(!ask(tenant).await, "from sending on it is refused");
        go(&store, &held, State::Scheduled, Advance::default())
            .await
            .expect("certainly not sent");
        let row = stored(&store, tenant, tenant.delivery).await;
        assert!(row.cancel_asked, "the wish outlives a try");
        let plan = Change {
            due_at: Some(ms(9_000)),
            act_at: Some(ms(9_000)),
            ..Change::default()
        };
        write(&store, move |conn| {
            deliveries::change(conn, &row, State::Scheduled, &plan, ms(400))
        })
        .await;
        assert!(
            !stored(&store, tenant, tenant.delivery).await.cancel_asked,
            "a person planned it again"
        );
    });
}

#[test]
fn one_remote_post_settles_one_delivery() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        plan(
            &store,
            tenant,
            vec![(1, State::Scheduled, 10), (2, State::Scheduled, 20)],
        )
        .await;
        let rows = take(&store, 1, 100, 1_000).await;
        let out = |remote: &str, at| Advance {
            remote_id: Some(remote.to_owned()),
            published_at: Some(ms(at)),
            ..Advance::default()
        };
        go(&store, &rows[0], State::Published, out("r-1", 50))
            .await
            .expect("out");
        let twin = go(&store, &rows[1], State::Published, out("r-1", 60)).await;
        assert!(twin.expect_err("it settled another").is_unique());
        let taken = |row: &DeliveryRow, remote: &'static str| {
            let row = row.clone();
            read(&store, move |conn| {
                delivery_of_channel::is_taken(conn, &row, remote)
            })
        };
        assert!(taken(&rows[1], "r-1").await);
        assert!(
            !taken(&rows[0], "r-1").await,
            "its own is not taken from it"
        );
        assert!(!taken(&rows[1], "r-2").await);
        go(&store, &rows[1], State::Published, out("r-2", 60))
            .await
            .expect("another post");
        let row = stored(&store, tenant, tenant.delivery).await;
        let all = read(&store, move |conn| delivery_of_channel::taken(conn, &row)).await;
        assert_eq!(
            all,
            ["r-2", "r-1"],
            "of the other deliveries, the newest first"
        );
        let row = rows[1].clone();
        assert_eq!(
            read(&store, move |conn| delivery_of_channel::taken(conn, &row)).await,
            ["r-1"]
        );
        // Another account of the platform may have a post of that very id.
        write(&store, move |conn| {
            tenant.add_channel(conn, tenant.more(3), "acct-2")?;
            tenant.add_delivery(
                conn,
                tenant.more(4),
                tenant.post,
                tenant.more(3),
                State::Scheduled,
                Some(30),
            )
        })
        .await;
        let elsewhere = take(&store, 1, 100, 1_000).await.remove(0);
        go(&store, &elsewhere, State::Published, out("r-1", 70))
            .await
            .expect("on another channel");
    });
}

#[test]
fn what_is_planned_on_a_channel() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let hours = vec![
            (1, State::Scheduled, 300),
            (2, State::InReview, 200),
            (3, State::Missed(Reason::TooLate), 100),
            (4, State::Draft, 50),
            (5, State::Uncertain, 400),
            (6, State::Published, 20),
            (7, State::Scheduled, 300),
        ];
        plan(&store, tenant, hours).await;
        let planned = |who: Tenant| {
            read(&store, move |conn| {
                delivery_of_channel::planned(conn, who.workspace, tenant.channel)
            })
        };
        assert_eq!(
            planned(tenant).await,
            (4, Some(ms(200))),
            "scheduled, publishing, in review"
        );
        assert_eq!(planned(other).await, (0, None));
        let next = |now| {
            read(&store, move |conn| {
                delivery_of_channel::next_on_channel(conn, tenant.channel, ms(now))
            })
        };
        assert_eq!(
            next(0).await,
            [ms(300), ms(300)],
            "the next two that are scheduled"
        );
        assert_eq!(next(300).await, [ms(5_000)]);
        let times = |who: Tenant, from| {
            read(&store, move |conn| {
                deliveries::times(conn, who.workspace, tenant.channel, ms(from))
            })
        };
        let at: Vec<_> = times(tenant, 200)
            .await
            .into_iter()
            .map(|(_, at)| at)
            .collect();
        assert_eq!(at, [ms(200), ms(300), ms(300), ms(400), ms(5_000)]);
        assert_eq!(times(tenant, 5_000).await, [(tenant.delivery, ms(5_000))]);
        assert!(times(other, 0).await.is_empty());
        let of_channel = |who: Tenant, word, limit| {
            read(&store, move |conn| {
                deliveries::of_channel(conn, who.workspace, tenant.channel, word, limit)
            })
        };
        let scheduled = of_channel(tenant, StateWord::Scheduled, 10).await;
        let ids: Vec<DeliveryId> = scheduled.iter().map(|row| row.id).collect();
        assert_eq!(
            ids,
            [tenant.more(1), tenant.more(7), tenant.delivery],
            "the earliest first"
        );
        assert_eq!(of_channel(tenant, StateWord::Scheduled, 1).await.len(), 1);
        assert_eq!(
            of_channel(tenant, StateWord::Missed, 10).await[0].state,
            State::Missed(Reason::TooLate)
        );
        assert!(of_channel(other, StateWord::Scheduled, 10).await.is_empty());
    });
}

#[test]
fn a_draft_is_described_and_taken_out_and_nothing_more_than_a_draft() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        plan(&store, tenant, vec![(1, State::Draft, 300)]).await;
        let draft = stored(&store, tenant, tenant.more(1)).await;
        let describe = |row: DeliveryRow| {
            attempt(&store, move |conn| {
                deliveries::describe(conn, &row, "Other words", Some("thumb"), ms(500))
            })
        };
        assert!(is_stale(
            &describe(DeliveryRow {
                workspace: other.workspace,
                ..draft.clone()
            })
            .await
        ));
        describe(draft.clone()).await.expect("described");
        assert!(
            is_stale(&describe(draft.clone()).await),
            "it was changed meanwhile"
        );
        let now = stored(&store, tenant, tenant.more(1)).await;
        assert_eq!(
            (
                now.excerpt.as_str(),
                now.thumb_sha256.as_deref(),
                now.version
            ),
            ("Other words", Some("thumb"), 2)
        );
        let delete =
            |row: DeliveryRow| attempt(&store, move |conn| deliveries::delete_draft(conn, &row));
        assert!(is_stale(&delete(draft).await));
        assert!(is_stale(
            &delete(DeliveryRow {
                workspace: other.workspace,
                ..now.clone()
            })
            .await
        ));
        let scheduled = stored(&store, tenant, tenant.delivery).await;
        assert!(is_stale(&delete(scheduled.clone()).await), "it is planned");
        let body = read(&store, move |conn| {
            storage::ledger::body(conn, tenant.workspace, tenant.delivery)
        })
        .await;
        assert_eq!(
            body.payload, None,
            "a refused deletion takes nothing with it"
        );
        assert!(!read(&store, move |conn| deliveries::was_tried(conn, &scheduled)).await);
        delete(now).await.expect("taken out");
        let gone = read(&store, move |conn| {
            deliveries::one(conn, tenant.workspace, tenant.more(1))
        })
        .await;
        assert!(gone.is_none());
    });
}
