//! Sign-ins that stand by: what was said, which may take over, what is taken off; and the timeline in pages.

use domain::channel::Consent;
use domain::grant::Life;
use domain::health::Health;
use domain::ids::{ChannelGrantId, EventId, GrantId};
use domain::post::Maker;
use serde_json::json;
use storage::channel_grants;
use storage::{Store, channel_events, grants, spares, standings};

use crate::both::on_both;
use crate::ground::{Tenant, attempt, is_stale, ms, read, two, write};

const SPARE: u128 = 1;
const GRANT: u128 = 2;

/// A second sign-in on the tenant's channel, proven, good until then.
async fn second(store: &Store, tenant: Tenant, until: Option<i64>) {
    write(store, move |conn| {
        let (id, grant) = (
            tenant.more::<ChannelGrantId>(SPARE),
            tenant.more::<GrantId>(GRANT),
        );
        tenant.add_grant(conn, grant, None)?;
        tenant.put_on(conn, id, tenant.channel, grant)?;
        let on = channel_grants::one(conn, tenant.workspace, id)?.expect("there");
        channel_grants::proven(
            conn,
            &on,
            Health::Healthy,
            &on.ends,
            until.map(ms),
            Some(ms(900)),
            ms(150),
        )
    })
    .await;
}

async fn ready(store: &Store, who: Tenant, tenant: Tenant) -> Vec<ChannelGrantId> {
    let rows = read(store, move |conn| {
        spares::ready(conn, who.workspace, tenant.channel)
    })
    .await;
    rows.into_iter().map(|row| row.id).collect()
}

#[test]
fn only_what_may_stand_by_is_ready() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        second(&store, tenant, None).await;
        let spare = tenant.more::<ChannelGrantId>(SPARE);
        assert!(
            ready(&store, tenant, tenant).await.is_empty(),
            "nobody said so"
        );
        let say = |who: Tenant, consent| {
            attempt(&store, move |conn| {
                spares::say(conn, who.workspace, spare, consent, tenant.maker(), ms(200))
            })
        };
        assert!(is_stale(&say(other, Consent::StandsBy).await), "not theirs");
        say(tenant, Consent::Asked).await.expect("said");
        assert!(ready(&store, tenant, tenant).await.is_empty(), "only asked");
        say(tenant, Consent::StandsBy).await.expect("said");
        assert_eq!(ready(&store, tenant, tenant).await, [spare]);
        assert!(ready(&store, other, tenant).await.is_empty());
        let row = read(&store, move |conn| {
            channel_grants::one(conn, tenant.workspace, spare)
        })
        .await
        .expect("there");
        assert_eq!(
            (row.consent, row.consent_by, row.consent_at),
            (Some(Consent::StandsBy), Some(tenant.maker()), Some(ms(200)))
        );
        write(&store, move |conn| {
            let grant = grants::one(conn, tenant.workspace, tenant.more(GRANT))?.expect("there");
            let next = Life::Superseded { since: ms(300) };
            grants::end_life(conn, &grant, next, None)
        })
        .await;
        assert!(ready(&store, tenant, tenant).await.is_empty(), "it is over");
    });
}

#[test]
fn what_is_taken_off_is_gone_from_its_channel_and_its_grant() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        second(&store, tenant, None).await;
        let spare = tenant.more::<ChannelGrantId>(SPARE);
        let remove = |who: Tenant, id: ChannelGrantId| {
            attempt(&store, move |conn| {
                spares::remove(conn, who.workspace, id, Maker::Rule, ms(200))
            })
        };
        assert!(
            is_stale(&remove(tenant, tenant.on).await),
            "the one in use stays"
        );
        assert!(is_stale(&remove(other, spare).await), "not theirs");
        remove(tenant, spare).await.expect("removed");
        assert!(is_stale(&remove(tenant, spare).await), "once");
        let (of_channel, of_grant, row) = read(&store, move |conn| {
            Ok((
                channel_grants::of_channel(conn, tenant.workspace, tenant.channel)?,
                channel_grants::of_grant(conn, tenant.workspace, tenant.more(GRANT))?,
                channel_grants::one(conn, tenant.workspace, spare)?,
            ))
        })
        .await;
        assert_eq!(
            of_channel.iter().map(|on| on.id).collect::<Vec<_>>(),
            [tenant.on]
        );
        assert!(of_grant.is_empty());
        let row = row.expect("its history may name it");
        assert_eq!((row.token_sealed, row.probe_at), (None, None));
        let say = attempt(&store, move |conn| {
            let consent = Consent::StandsBy;
            spares::say(conn, tenant.workspace, spare, consent, Maker::Rule, ms(300))
        })
        .await;
        assert!(is_stale(&say), "it does not come back");
    });
}

#[test]
fn a_sign_in_that_stands_by_moves_the_moment_of_risk() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        write(&store, move |conn| {
            let on = channel_grants::one(conn, tenant.workspace, tenant.on)?.expect("there");
            let (well, until) = (Health::Healthy, Some(ms(700)));
            channel_grants::proven(conn, &on, well, &on.ends, until, None, ms(150))
        })
        .await;
        let risk = || async {
            let all = read(&store, move |conn| {
                standings::of_workspace(conn, tenant.workspace)
            })
            .await;
            let one = all.iter().find(|one| one.channel.id == tenant.channel);
            let login = one.and_then(|one| one.login.clone()).expect("a login");
            (login.at_risk_from(), login.spare_until.is_some())
        };
        assert_eq!(risk().await, (Some(ms(700)), false));
        second(&store, tenant, Some(800)).await;
        assert_eq!(risk().await, (Some(ms(700)), false), "it was not said");
        let say = |id: ChannelGrantId| {
            write(&store, move |conn| {
                let consent = Consent::StandsBy;
                spares::say(conn, tenant.workspace, id, consent, Maker::Rule, ms(200))
            })
        };
        say(tenant.more(SPARE)).await;
        assert_eq!(risk().await, (Some(ms(800)), true), "the later of both");
        write(&store, move |conn| {
            let id = tenant.more::<ChannelGrantId>(SPARE);
            let on = channel_grants::one(conn, tenant.workspace, id)?.expect("there");
            channel_grants::proven(conn, &on, Health::Healthy, &on.ends, None, None, ms(210))
        })
        .await;
        assert_eq!(risk().await, (None, true), "one without an end is no risk");
        let theirs = read(&store, move |conn| {
            standings::of_workspace(conn, other.workspace)
        })
        .await;
        assert!(theirs.iter().all(|one| one.channel.id != tenant.channel));
    });
}

#[test]
fn a_timeline_is_read_in_pages_and_by_its_turns() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let kinds = ["linked", "waiting", "synced", "restored", "ended"];
        write(&store, move |conn| {
            for (number, kind) in kinds.into_iter().enumerate() {
                let id: EventId = tenant.more(number as u128 + 1);
                let at = ms(i64::try_from(number).expect("small") * 10 + 10);
                channel_events::append(
                    conn,
                    id,
                    tenant.workspace,
                    tenant.channel,
                    at,
                    kind,
                    Maker::Rule,
                    &json!({}),
                )?;
            }
            Ok(())
        })
        .await;
        let before = |who: Tenant, at: i64, id: u128| {
            read(&store, move |conn| {
                let place = (ms(at), tenant.more::<EventId>(id));
                channel_events::before(conn, who.workspace, tenant.channel, place, 2)
            })
        };
        let words = |lines: &[channel_events::ChannelEvent]| {
            lines
                .iter()
                .map(|line| line.kind.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(words(&before(tenant, 40, 4).await), ["synced", "waiting"]);
        assert_eq!(words(&before(tenant, 40, 5).await), ["restored", "synced"]);
        assert!(before(other, 40, 4).await.is_empty());
        let turns = |who: Tenant, since: i64, limit: usize| {
            read(&store, move |conn| {
                channel_events::turns(conn, who.workspace, tenant.channel, ms(since), limit)
            })
        };
        let (stood, found) = turns(tenant, 25, 10).await;
        assert_eq!(stood.expect("before").kind, "waiting");
        assert_eq!(
            words(&found),
            ["restored", "ended"],
            "oldest first, no syncs"
        );
        let (_, found) = turns(tenant, 0, 1).await;
        assert_eq!(words(&found), ["ended"], "the newest are kept");
        let (stood, found) = turns(other, 25, 10).await;
        assert!(stood.is_none() && found.is_empty());
    });
}
