//! How channels stand, the history of one delivery and lists of them, and what
//! happened since a moment.

use domain::cause::Cause;
use domain::channel::Mode;
use domain::delivery::{Reason, Stage, State, StateWord};
use domain::grant::{Ends, Life};
use domain::health::Health;
use domain::ids::{AttemptId, DeliveryId, EventId, RenewalId};
use domain::notice::NoticeKind;
use domain::post::Maker;
use serde_json::json;
use storage::delivery_events::{self, NewEvent};
use storage::history::{self, Wanted};
use storage::lease::Lease;
use storage::notices::{self, NewNotice};
use storage::{
    channel_grants, channels, drafts, grants, happened, ledger, missed, renewals, standings,
};

use crate::both::on_both;
use crate::ground::{Tenant, end, ms, nth, one, read, two, write};
use crate::planning::plan;

#[test]
fn the_history_of_one_is_all_that_is_known_of_it() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        write(&store, move |conn| {
            let lease = Lease {
                by: nth(1),
                fence: 1,
            };
            ledger::begin(
                conn,
                tenant.workspace,
                tenant.delivery,
                tenant.more::<AttemptId>(1),
                lease,
                tenant.on,
                ms(5),
            )?;
            event(conn, tenant, 1, 10, None, State::Scheduled)?;
            let new = NewNotice {
                id: tenant.more(50),
                workspace: tenant.workspace,
                social_set: tenant.set,
                kind: NoticeKind::Uncertain,
                channel: Some(tenant.channel),
                cause: None,
                key: "k",
                evidence: None,
                detail: json!({}),
            };
            let notice = notices::open(conn, &new, ms(10))?;
            notices::attach(conn, tenant.workspace, notice, tenant.delivery, ms(11))
        })
        .await;
        let of = |who: Tenant| {
            read(&store, move |conn| {
                history::of(conn, who.workspace, tenant.delivery)
            })
        };
        let all = of(tenant).await.expect("its own");
        assert_eq!(
            (all.delivery.id, all.post.id, all.channel.id),
            (tenant.delivery, tenant.post, tenant.channel)
        );
        assert_eq!(
            (all.attempts.len(), all.steps.len(), all.events.len()),
            (1, 0, 1)
        );
        assert_eq!(
            (all.notice.map(|row| row.id), all.body.payload),
            (Some(tenant.more(50)), None)
        );
        assert!(of(other).await.is_none());
    });
}

fn event(
    conn: &mut storage::Conn<'_>,
    tenant: Tenant,
    number: u128,
    now: i64,
    from: Option<State>,
    to: State,
) -> storage::Result<()> {
    let new = NewEvent {
        id: tenant.more::<EventId>(number),
        workspace: tenant.workspace,
        delivery: tenant.delivery,
        kind: "moved",
        from,
        to: Some(to),
        maker: Maker::Rule,
        detail: json!({}),
    };
    delivery_events::append(conn, &new, ms(now))
}

#[test]
fn lists_of_deliveries_are_filtered_and_paged() {
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
            State::Scheduled,
            Some(300),
        )
        .await;
        plan(
            &store,
            tenant,
            2,
            tenant.more(30),
            State::Scheduled,
            Some(300),
        )
        .await;
        plan(
            &store,
            tenant,
            3,
            tenant.channel,
            State::Missed(Reason::Quota),
            Some(200),
        )
        .await;
        plan(&store, tenant, 4, tenant.channel, State::Draft, None).await;
        let all = Wanted {
            channel: None,
            set: None,
            state: None,
            from: ms(i64::MIN / 1_000_000),
            to: ms(10_000),
            after: None,
        };
        let list = |who: Tenant, wanted: Wanted, limit| {
            let rows = read(&store, move |conn| {
                history::list(conn, who.workspace, &wanted, limit)
            });
            async {
                rows.await
                    .into_iter()
                    .map(|row| row.id)
                    .collect::<Vec<DeliveryId>>()
            }
        };
        let (one, two, three) = (tenant.more(1), tenant.more(2), tenant.more(3));
        assert_eq!(
            list(tenant, all, 10).await,
            [three, one, two, tenant.delivery],
            "those that have a time, the earliest first"
        );
        assert_eq!(
            list(
                tenant,
                Wanted {
                    after: Some((ms(300), one)),
                    ..all
                },
                10
            )
            .await,
            [two, tenant.delivery]
        );
        assert_eq!(
            list(
                tenant,
                Wanted {
                    from: ms(300),
                    to: ms(5_000),
                    ..all
                },
                10
            )
            .await,
            [one, two]
        );
        assert_eq!(
            list(
                tenant,
                Wanted {
                    channel: Some(tenant.more(30)),
                    ..all
                },
                10
            )
            .await,
            [two]
        );
        assert_eq!(
            list(
                tenant,
                Wanted {
                    state: Some(StateWord::Missed),
                    ..all
                },
                10
            )
            .await,
            [three]
        );
        assert_eq!(
            list(
                tenant,
                Wanted {
                    set: Some(tenant.set),
                    ..all
                },
                2
            )
            .await,
            [three, one]
        );
        assert!(
            list(
                tenant,
                Wanted {
                    set: Some(other.set),
                    ..all
                },
                10
            )
            .await
            .is_empty()
        );
        assert!(
            list(
                other,
                Wanted {
                    channel: Some(tenant.channel),
                    ..all
                },
                10
            )
            .await
            .is_empty()
        );
    });
}

#[test]
fn a_channel_stands_as_its_primary_login_and_a_grant_that_ended_needs_a_person() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        write(&store, move |conn| {
            tenant.add_channel(conn, tenant.more(30), "acct-2")?;
            channels::set_mode(conn, tenant.workspace, tenant.more(30), Mode::Remind)?;
            let on = channel_grants::one(conn, tenant.workspace, tenant.on)?.expect("there");
            let ends = Ends {
                data_access_end: end(800),
                ..Ends::default()
            };
            channel_grants::proven(
                conn,
                &on,
                Health::Healthy,
                &ends,
                Some(ms(800)),
                None,
                ms(150),
            )?;
            let grant = grants::one(conn, tenant.workspace, tenant.grant)?.expect("there");
            let new = grants::NewTokens {
                horizon: Some(ms(700)),
                ..crate::ground::tokens("sealed-2", None)
            };
            grants::renewed(conn, nth(1), &grant, &new, ms(160))
        })
        .await;
        let of = |who: Tenant| {
            read(&store, move |conn| {
                standings::of_set(conn, who.workspace, tenant.set)
            })
        };
        let rows = of(tenant).await;
        assert_eq!(
            rows.iter().map(|row| row.channel.id).collect::<Vec<_>>(),
            [tenant.channel, tenant.more(30)]
        );
        assert!(rows[1].login.is_none(), "never signed in");
        let login = rows[0].login.clone().expect("a login");
        assert_eq!(
            (login.health, login.cause, login.since),
            (Health::Healthy, None, ms(150))
        );
        assert_eq!(
            (login.proven_at, login.signed_in_at),
            (Some(ms(150)), ms(100))
        );
        assert_eq!(login.horizon, Some(ms(700)), "the earlier of both");
        assert!(of(other).await.is_empty());
        write(&store, move |conn| {
            let grant = grants::one(conn, tenant.workspace, tenant.grant)?.expect("there");
            let dead = Life::Dead {
                cause: Cause::CredentialsChanged,
                since: ms(170),
            };
            grants::end_life(conn, &grant, dead, None)
        })
        .await;
        let login = of(tenant).await[0].login.clone().expect("a login");
        assert_eq!(
            (login.health, login.cause),
            (Health::NeedsRefresh, Some(Cause::CredentialsChanged))
        );
    });
}

#[test]
fn what_happened_since_a_moment() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        write(&store, move |conn| {
            event(conn, tenant, 1, 10, None, State::Scheduled)?;
            event(
                conn,
                tenant,
                2,
                20,
                Some(State::Scheduled),
                State::Publishing(Stage::Preparing),
            )?;
            event(
                conn,
                tenant,
                3,
                30,
                Some(State::Publishing(Stage::Preparing)),
                State::Publishing(Stage::Sending),
            )?;
            event(
                conn,
                tenant,
                4,
                40,
                Some(State::Publishing(Stage::FollowingUp)),
                State::Published,
            )?;
            let grant = grants::one(conn, tenant.workspace, tenant.grant)?.expect("there");
            renewals::intend(
                conn,
                nth::<RenewalId>(1),
                &grant,
                Lease {
                    by: nth(1),
                    fence: 1,
                },
                ms(20),
            )?;
            grants::renewed(
                conn,
                nth(1),
                &grant,
                &crate::ground::tokens("s", None),
                ms(30),
            )?;
            let new = NewNotice {
                id: tenant.more(50),
                workspace: tenant.workspace,
                social_set: tenant.set,
                kind: NoticeKind::Restored,
                channel: None,
                cause: None,
                key: "k",
                evidence: None,
                detail: json!({}),
            };
            notices::open(conn, &new, ms(30))
        })
        .await;
        let since = |who: Tenant, at| {
            read(&store, move |conn| {
                happened::since(conn, who.workspace, ms(at), ms(4_999))
            })
        };
        let all = since(tenant, 0).await;
        let moved: Vec<_> = all
            .moved
            .iter()
            .map(|one| (one.id, one.to, one.at))
            .collect();
        assert_eq!(
            moved,
            [(tenant.delivery, StateWord::Published, ms(40))],
            "each once, where it came to last"
        );
        assert_eq!(
            (all.renewed, all.notices.into_iter().collect::<Vec<_>>()),
            (1, vec![(NoticeKind::Restored, 1)])
        );
        assert_eq!(since(tenant, 40).await, happened::Happened::default());
        assert_eq!(since(other, 0).await, happened::Happened::default());
        let late = |who: Tenant, now| {
            let all = read(&store, move |conn| {
                happened::since(conn, who.workspace, ms(40), ms(now))
            });
            async {
                all.await
                    .late
                    .into_iter()
                    .map(|one| one.id)
                    .collect::<Vec<DeliveryId>>()
            }
        };
        assert!(late(tenant, 4_999).await.is_empty());
        assert_eq!(
            late(tenant, 5_000).await,
            [tenant.delivery],
            "its hour has come and it is not out"
        );
        assert_eq!(late(other, 5_000).await, [other.delivery], "each its own");
        let next = |who: Tenant, at| {
            read(&store, move |conn| {
                happened::next(conn, who.workspace, ms(at))
            })
        };
        assert_eq!(
            next(tenant, 0).await.map(|one| (one.id, one.at)),
            Some((tenant.delivery, ms(5_000)))
        );
        assert_eq!(next(tenant, 5_000).await, None);
        let overdue = |at| read(&store, move |conn| happened::overdue(conn, ms(at)));
        assert_eq!((overdue(4_999).await, overdue(5_000).await), (0, 2));
    });
}

#[test]
fn an_empty_set_has_nothing() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let nowhere = nth(4_242);
        let empty = read(&store, move |conn| {
            Ok(
                standings::of_set(conn, tenant.workspace, nowhere)?.is_empty()
                    && drafts::count(conn, tenant.workspace, nowhere)? == 0
                    && missed::count(conn, tenant.workspace, nowhere)? == 0,
            )
        });
        assert!(empty.await);
    });
}
