//! Breakers of apps: who is doubted, when one opens and closes, and what is woken; and what the watchdog
//! looks for.

use domain::breaker::Seen;
use domain::cause::Cause;
use domain::grant::Ends;
use domain::health::Health;
use domain::ids::{AppId, BreakerId, ChannelGrantId, ChannelId, GrantId};
use domain::notice::NoticeKind;
use serde_json::json;
use storage::breakers;
use storage::notices::{self, NewNotice};
use storage::{Conn, Result, Store, channel_grants, channels, grants};

use crate::both::on_both;
use crate::grants::stored;
use crate::ground::{APP, Tenant, ms, nth, one, read, said, two, write};

fn app() -> AppId {
    nth(APP)
}

async fn seen(store: &Store, since: i64) -> Seen {
    read(store, move |conn| breakers::seen(conn, app(), ms(since))).await
}

async fn doubt(store: &Store, tenant: Tenant, grant: GrantId, at: i64) {
    let row = stored(store, tenant, grant).await;
    write(store, move |conn| breakers::doubt(conn, &row, ms(at))).await;
}

/// A second grant of the one person, on a channel of its own.
fn another(conn: &mut Conn<'_>, tenant: Tenant) -> Result<()> {
    let (grant, channel): (GrantId, ChannelId) = (tenant.more(1), tenant.more(2));
    tenant.add_grant(conn, grant, Some(2_000))?;
    tenant.add_channel(conn, channel, "acct-2")?;
    tenant.put_on(conn, tenant.more::<ChannelGrantId>(3), channel, grant)?;
    channel_grants::make_primary(conn, tenant.workspace, channel, tenant.more(3))
}

fn prove(conn: &mut Conn<'_>, tenant: Tenant, at: i64) -> Result<()> {
    let on = channel_grants::one(conn, tenant.workspace, tenant.on)?.expect("there");
    let ends = Ends::default();
    channel_grants::proven(conn, &on, Health::Healthy, &ends, None, None, ms(at))
}

#[test]
fn sign_ins_are_counted_by_their_last_answer() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        write(&store, move |conn| another(conn, tenant)).await;
        assert_eq!(seen(&store, 0).await, Seen::default());
        doubt(&store, tenant, tenant.grant, 10).await;
        doubt(&store, tenant, tenant.grant, 20).await;
        doubt(&store, tenant, tenant.more(1), 30).await;
        let both = Seen {
            well: 0,
            doubted: 2,
            persons: 1,
        };
        assert_eq!(seen(&store, 20).await, both);
        assert_eq!(seen(&store, 25).await.doubted, 1, "too long ago");

        write(&store, move |conn| prove(conn, tenant, 40)).await;
        let proven = Seen {
            well: 1,
            doubted: 1,
            persons: 1,
        };
        assert_eq!(seen(&store, 20).await, proven);
        doubt(&store, tenant, tenant.grant, 50).await;
        assert_eq!(seen(&store, 20).await, both, "the last answer counts");

        let clear = move |conn: &mut Conn<'_>| breakers::clear(conn, tenant.grant);
        assert!(write(&store, clear).await);
        assert!(!write(&store, clear).await, "it was not doubted any more");
        assert_eq!(seen(&store, 20).await, proven);
        let other: AppId = nth(7_777);
        let nothing = read(&store, move |conn| breakers::seen(conn, other, ms(0))).await;
        assert_eq!(nothing, Seen::default(), "of another app");
    });
}

#[test]
fn one_of_an_app_opens_at_a_time_and_what_waited_is_woken_once() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let open = |id: u128, at: i64| {
            write(&store, move |conn| {
                let id: BreakerId = nth(id);
                breakers::open(conn, id, app(), Cause::PlatformOutage, &said("2"), ms(at))
            })
        };
        assert!(open(901, 100).await);
        assert!(!open(902, 110).await, "it is open");
        let wait = move |conn: &mut Conn<'_>| {
            let (health, why) = (Health::Waiting, Some(Cause::PlatformOutage));
            let at = Some(ms(9_000));
            let (workspace, on) = (tenant.workspace, tenant.on);
            channel_grants::set_condition(conn, workspace, on, health, why, None, at, ms(100))
        };
        assert!(write(&store, wait).await);

        let of = |who: Tenant| read(&store, move |conn| breakers::open_for(conn, who.workspace));
        let (row, waiting) = of(tenant).await.remove(0);
        assert_eq!(
            (row.id, row.app, row.cause),
            (nth(901), app(), Cause::PlatformOutage)
        );
        assert_eq!((row.opened_at, waiting), (ms(100), 1));
        assert_eq!(row.evidence.expect("kept").code, "2");
        assert_eq!(of(other).await[0].1, 0, "each counts its own");
        let open_of = read(&store, |conn| breakers::open_of(conn, app())).await;
        assert_eq!(open_of.expect("open").id, nth(901));

        let silent = |since: i64| read(&store, move |conn| breakers::silent(conn, ms(since)));
        assert!(silent(100).await.is_empty(), "opened just then");
        assert_eq!(silent(101).await, [app()]);
        doubt(&store, tenant, tenant.grant, 150).await;
        assert!(silent(150).await.is_empty(), "it was heard of");

        let to_wake = || read(&store, breakers::to_wake);
        assert!(to_wake().await.is_empty());
        let close = |at: i64| write(&store, move |conn| breakers::close(conn, app(), ms(at)));
        assert!(close(200).await);
        assert!(!close(201).await, "it is closed");
        assert!(of(tenant).await.is_empty());
        assert_eq!(to_wake().await, [(nth(901), app())]);
        let wake = move |conn: &mut Conn<'_>| breakers::wake(conn, nth(901), app(), ms(210));
        assert_eq!(write(&store, wake).await, 1, "only what waits");
        assert!(to_wake().await.is_empty());
        let woken =
            move |conn: &mut Conn<'_>| channel_grants::one(conn, tenant.workspace, tenant.on);
        assert_eq!(
            read(&store, woken).await.expect("there").probe_at,
            Some(ms(210))
        );
        assert!(open(903, 300).await, "another time");

        let rests = move |conn: &mut Conn<'_>| {
            channel_grants::rest(conn, tenant.workspace, tenant.channel)?;
            breakers::wake(conn, nth(903), app(), ms(310)).map(|_| ())
        };
        write(&store, rests).await;
        let rested = read(&store, woken).await.expect("there").probe_at;
        assert_eq!(rested, None, "what rests is not woken");
    });
}

#[test]
fn owners_of_what_is_due_soon_are_found_until_they_are_told() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let found = |since: i64, from: i64, until: i64| {
            let times = (ms(from), ms(until));
            read(&store, move |conn| {
                channel_grants::waiting_long(conn, ms(since), times, 10)
            })
        };
        assert!(found(500, 0, 9_000).await.is_empty(), "it does not wait");
        write(&store, move |conn| {
            let (health, why) = (Health::Waiting, Some(Cause::PlatformOutage));
            let (workspace, on) = (tenant.workspace, tenant.on);
            channel_grants::set_condition(conn, workspace, on, health, why, None, None, ms(100))
        })
        .await;
        assert_eq!(found(100, 0, 5_000).await[0].id, tenant.on);
        assert!(found(99, 0, 5_000).await.is_empty(), "not for so long");
        assert!(found(100, 0, 4_999).await.is_empty(), "not due so soon");
        assert!(
            found(100, 5_001, 9_000).await.is_empty(),
            "its hour is over"
        );
        let unlink = move |conn: &mut Conn<'_>| {
            channels::unlink(conn, tenant.workspace, tenant.channel, ms(105))
        };
        write(&store, unlink).await;
        assert!(found(100, 0, 5_000).await.is_empty(), "it is not linked");
        let relink = move |conn: &mut Conn<'_>| {
            let (workspace, channel) = (tenant.workspace, tenant.channel);
            channels::relink(conn, workspace, channel, tenant.set, ms(106))
        };
        write(&store, relink).await;
        write(&store, move |conn| {
            let new = NewNotice {
                id: tenant.more(50),
                workspace: tenant.workspace,
                social_set: tenant.set,
                kind: NoticeKind::Waiting,
                channel: Some(tenant.channel),
                cause: Some(Cause::PlatformOutage),
                key: "k",
                evidence: None,
                detail: json!({}),
            };
            notices::open(conn, &new, ms(110)).map(|_| ())
        })
        .await;
        assert!(found(100, 0, 5_000).await.is_empty(), "told");
    });
}

#[test]
fn what_nothing_will_renew_is_found_and_what_is_overdue_is_counted() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let forgotten = || read(&store, |conn| grants::forgotten(conn, 10));
        let overdue = |before: i64| read(&store, move |conn| grants::overdue(conn, ms(before)));
        assert!(forgotten().await.is_empty());
        assert_eq!((overdue(1_000).await, overdue(1_001).await), (0, 1));
        write(&store, move |conn| {
            tenant.add_grant(conn, tenant.more(9), None)
        })
        .await;
        let found: Vec<GrantId> = forgotten().await.iter().map(|grant| grant.id).collect();
        assert_eq!(found, [tenant.more::<GrantId>(9)]);
        write(&store, move |conn| {
            grants::renew_now(conn, tenant.workspace, tenant.more(9), ms(2_000))
        })
        .await;
        assert!(forgotten().await.is_empty());
    });
}
