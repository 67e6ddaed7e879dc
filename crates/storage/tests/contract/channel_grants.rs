//! Grants on channels: put once, one primary, health with its since, proofs and probes.

use domain::cause::Cause;
use domain::channel::Standing;
use domain::grant::Ends;
use domain::health::Health;
use domain::ids::{ChannelGrantId, ChannelId, GrantId};
use storage::channel_grants::{self, ChannelGrantRow, NewChannelGrant};
use storage::{Error, Store};

use crate::both::on_both;
use crate::ground::{Tenant, attempt, claim, end, is_stale, ms, one, read, said, two, write};

async fn stored(store: &Store, tenant: Tenant, id: ChannelGrantId) -> ChannelGrantRow {
    read(store, move |conn| {
        channel_grants::one(conn, tenant.workspace, id)
    })
    .await
    .expect("it is there")
}

#[test]
fn the_same_grant_twice_is_one_row_and_keeps_what_calls_are_made_with() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let first = stored(&store, tenant, tenant.on).await;
        assert_eq!((first.channel, first.grant), (tenant.channel, tenant.grant));
        assert_eq!(first.token_sealed.as_deref(), Some(b"derived".as_slice()));
        assert_eq!(
            (first.token_generation, first.role.as_deref()),
            (1, Some("MANAGE"))
        );
        assert_eq!(first.condition.health, Health::Checking);
        assert_eq!(
            (first.condition.since, first.probe_at, first.proven_at),
            (ms(100), Some(ms(100)), None)
        );
        let again = write(&store, move |conn| {
            let new = NewChannelGrant {
                id: tenant.more(1),
                workspace: tenant.workspace,
                channel: tenant.channel,
                grant: tenant.grant,
                token_sealed: Some(b"another"),
                role: Some("ADMIN"),
                ends: Ends {
                    access_end: end(5),
                    ..Ends::default()
                },
                horizon: Some(ms(5)),
            };
            channel_grants::put(conn, &new, ms(200))
        })
        .await;
        assert_eq!(again, tenant.on, "the row that is there");
        let now = stored(&store, tenant, tenant.on).await;
        assert_eq!(now.role.as_deref(), Some("ADMIN"), "the role is news");
        assert_eq!(now.token_sealed.as_deref(), Some(b"derived".as_slice()));
        assert_eq!(
            (now.standing, now.horizon, now.created_at),
            (Standing::Primary, None, ms(100))
        );
        let of_channel = read(&store, move |conn| {
            channel_grants::of_channel(conn, tenant.workspace, tenant.channel)
        })
        .await;
        assert_eq!(of_channel.len(), 1);
    });
}

#[test]
fn a_grant_goes_on_no_channel_of_another_workspace() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        for (channel, grant) in [
            (other.channel, tenant.grant),
            (tenant.channel, other.grant),
            (other.channel, other.grant),
        ] {
            let put = attempt(&store, move |conn| {
                tenant.put_on(conn, tenant.more(1), channel, grant)
            })
            .await;
            assert!(matches!(put, Err(Error::RowCount { .. })), "{put:?}");
        }
        assert_eq!(
            stored(&store, other, other.on).await.role.as_deref(),
            Some("MANAGE")
        );
    });
}

#[test]
fn one_is_primary() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let spare = tenant.more::<ChannelGrantId>(1);
        write(&store, move |conn| {
            tenant.add_grant(conn, tenant.more::<GrantId>(2), None)?;
            tenant.put_on(conn, spare, tenant.channel, tenant.more(2))
        })
        .await;
        let primary = || {
            read(&store, move |conn| {
                channel_grants::primary(conn, tenant.workspace, tenant.channel)
            })
        };
        assert_eq!(primary().await.map(|row| row.id), Some(tenant.on));
        let make = |who: Tenant, channel: ChannelId, id: ChannelGrantId| {
            attempt(&store, move |conn| {
                channel_grants::make_primary(conn, who.workspace, channel, id)
            })
        };
        make(tenant, tenant.channel, spare).await.expect("made");
        assert_eq!(primary().await.map(|row| row.id), Some(spare));
        assert_eq!(
            stored(&store, tenant, tenant.on).await.standing,
            Standing::Spare
        );
        make(tenant, tenant.channel, spare)
            .await
            .expect("made again");
        // Of another channel or workspace: nothing changes, nobody stands down.
        assert!(is_stale(&make(tenant, tenant.channel, other.on).await));
        assert!(is_stale(&make(other, tenant.channel, spare).await));
        write(&store, move |conn| {
            tenant.add_channel(conn, tenant.more(3), "acct-2")?;
            tenant.put_on(conn, tenant.more(4), tenant.more(3), tenant.grant)
        })
        .await;
        assert!(is_stale(
            &make(tenant, tenant.channel, tenant.more(4)).await
        ));
        assert_eq!(primary().await.map(|row| row.id), Some(spare));

        let of_channel = read(&store, move |conn| {
            channel_grants::of_channel(conn, tenant.workspace, tenant.channel)
        })
        .await;
        assert_eq!(
            of_channel.iter().map(|row| row.id).collect::<Vec<_>>(),
            [tenant.on, spare],
            "the oldest first"
        );
        let of_grant = read(&store, move |conn| {
            channel_grants::of_grant(conn, tenant.workspace, tenant.grant)
        })
        .await;
        assert_eq!(
            of_grant.iter().map(|row| row.id).collect::<Vec<_>>(),
            [tenant.on, tenant.more(4)]
        );
        let primaries = read(&store, move |conn| {
            channel_grants::of_workspace(conn, tenant.workspace)
        })
        .await;
        assert_eq!(
            primaries.iter().map(|row| row.id).collect::<Vec<_>>(),
            [spare]
        );
    });
}

#[test]
fn since_moves_with_health_or_cause_and_with_nothing_else() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let set = |health, cause, code: Option<&'static str>, now| {
            write(&store, move |conn| {
                let evidence = code.map(said);
                let (workspace, id) = (tenant.workspace, tenant.on);
                channel_grants::set_condition(
                    conn,
                    workspace,
                    id,
                    health,
                    cause,
                    evidence.as_ref(),
                    Some(ms(900)),
                    ms(now),
                )
            })
        };
        let table = [
            (Health::Healthy, None, None, 200, 200),
            (Health::Healthy, None, None, 210, 200),
            (
                Health::Limited,
                Some(Cause::PermissionRevoked),
                Some("10"),
                220,
                220,
            ),
            (
                Health::Limited,
                Some(Cause::PermissionRevoked),
                Some("11"),
                230,
                220,
            ),
            (Health::Limited, Some(Cause::LostAdminRole), None, 240, 240),
            (
                Health::NeedsRefresh,
                Some(Cause::LostAdminRole),
                None,
                250,
                250,
            ),
            (Health::NeedsRefresh, None, None, 260, 260),
        ];
        for (health, cause, code, now, since) in table {
            assert!(set(health, cause, code, now).await);
            let row = stored(&store, tenant, tenant.on).await;
            assert_eq!((row.condition.health, row.condition.cause), (health, cause));
            assert_eq!(row.condition.since, ms(since), "at {now}");
            assert_eq!(
                row.condition.evidence.map(|said| said.code).as_deref(),
                code,
                "the newest word, or none"
            );
            assert_eq!(row.probe_at, Some(ms(900)));
        }
        // An answer that comes late does not write over what another call has found out.
        for late in [Health::Waiting, Health::Limited] {
            assert!(!set(late, None, None, 270).await);
            let row = stored(&store, tenant, tenant.on).await;
            assert_eq!(row.condition.health, Health::NeedsRefresh);
        }
    });
}

#[test]
fn a_proof_makes_well_and_frees_the_lease() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let evidence = said("10");
        write(&store, move |conn| {
            let (workspace, id, cause) =
                (tenant.workspace, tenant.on, Some(Cause::PermissionRevoked));
            channel_grants::set_condition(
                conn,
                workspace,
                id,
                Health::Limited,
                cause,
                Some(&evidence),
                Some(ms(150)),
                ms(120),
            )
        })
        .await;
        let row = write(&store, move |conn| {
            channel_grants::claim(conn, &claim(1, 150, 1_000)).map(|due| due.rows)
        })
        .await
        .remove(0);
        let ends = Ends {
            data_access_end: end(8_000),
            ..Ends::default()
        };
        let prove = |row: ChannelGrantRow, now| {
            let horizon = Some(ms(8_000));
            write(&store, move |conn| {
                channel_grants::proven(
                    conn,
                    &row,
                    Health::Healthy,
                    &ends,
                    horizon,
                    Some(ms(700)),
                    ms(now),
                )
            })
        };
        prove(row.clone(), 160).await;
        let now = stored(&store, tenant, tenant.on).await;
        assert_eq!(
            (now.condition.health, now.condition.cause),
            (Health::Healthy, None)
        );
        assert!(now.condition.evidence.is_none());
        assert_eq!(
            (now.condition.since, now.proven_at, now.probe_at),
            (ms(160), Some(ms(160)), Some(ms(700)))
        );
        assert_eq!((now.ends, now.horizon), (ends, Some(ms(8_000))));
        prove(row, 170).await;
        let now = stored(&store, tenant, tenant.on).await;
        assert_eq!(
            (now.condition.since, now.proven_at),
            (ms(160), Some(ms(170))),
            "well since the first proof"
        );
        assert_eq!(
            write(&store, |conn| channel_grants::claim(
                conn,
                &claim(2, 700, 1_001)
            )
            .map(|due| due.rows))
            .await
            .len(),
            1
        );
    });
}

/// Their ends were looked at, and there is none.
async fn no_end_is_known(store: &Store, tenants: &[Tenant]) {
    let due = read(store, |conn| channel_grants::announce_due(conn, ms(0), 10)).await;
    assert_eq!(
        due.len(),
        tenants.len(),
        "a primary login's end is looked at"
    );
    for one in due {
        write(store, move |conn| {
            channel_grants::announced(conn, &one, None, false, ms(100))
        })
        .await;
    }
}

#[test]
fn an_end_has_a_moment_of_its_own_whatever_is_probed() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        no_end_is_known(&store, &[tenant, other]).await;
        let due = |now| {
            read(&store, move |conn| {
                channel_grants::announce_due(conn, ms(now), 10)
            })
        };
        assert!(due(9_000).await.is_empty(), "nothing to look at");
        let look = |who: Tenant| {
            write(&store, move |conn| {
                channel_grants::look_at_ends(conn, who.workspace, tenant.grant)
            })
        };
        look(other).await;
        assert!(due(9_000).await.is_empty(), "another workspace's");
        look(tenant).await;
        let found = due(0).await.remove(0);
        assert_eq!((found.on.id, found.at), (tenant.on, ms(0)));
        assert_eq!(read(&store, channel_grants::next_probe).await, Some(ms(0)));

        // It is looked at once: whoever was slower writes nothing. What was not well stays so.
        let told = |found: &channel_grants::EndDue, next: Option<i64>, near, now| {
            let found = found.clone();
            attempt(&store, move |conn| {
                channel_grants::announced(conn, &found, next.map(ms), near, ms(now))
            })
        };
        told(&found, Some(700), true, 200).await.expect("looked at");
        assert!(is_stale(&told(&found, Some(800), true, 200).await));
        let checking = stored(&store, tenant, tenant.on).await.condition;
        assert_eq!(
            (checking.health, checking.since),
            (Health::Checking, ms(100))
        );
        assert!(due(699).await.is_empty());

        // A proof that shows another end has it looked at; the same end again does not.
        let proven = |horizon: Option<i64>, now| {
            write(&store, move |conn| {
                let row = channel_grants::one(conn, tenant.workspace, tenant.on)?.expect("there");
                let (ends, horizon) = (Ends::default(), horizon.map(ms));
                let probe_at = Some(ms(50_000));
                channel_grants::proven(
                    conn,
                    &row,
                    Health::Healthy,
                    &ends,
                    horizon,
                    probe_at,
                    ms(now),
                )
            })
        };
        proven(None, 210).await;
        assert!(due(699).await.is_empty(), "as before");
        proven(Some(9_000), 220).await;
        let found = due(0).await.remove(0);
        told(&found, Some(700), true, 230).await.expect("looked at");
        let near = stored(&store, tenant, tenant.on).await.condition;
        assert_eq!((near.health, near.since), (Health::Expiring, ms(230)));
        told(&due(700).await.remove(0), Some(900), true, 700)
            .await
            .expect("looked at");
        let near = stored(&store, tenant, tenant.on).await.condition;
        assert_eq!(
            (near.health, near.since),
            (Health::Expiring, ms(230)),
            "since then"
        );
        assert_eq!(
            read(&store, channel_grants::next_probe).await,
            Some(ms(100))
        );

        // A post is planned: an end that is known is looked at, and no other.
        let by = |who: Tenant, channel| {
            write(&store, move |conn| {
                channel_grants::probe_by(conn, who.workspace, channel, ms(60_000))
            })
        };
        by(other, tenant.channel).await;
        by(other, other.channel).await;
        assert!(due(899).await.is_empty());
        by(tenant, tenant.channel).await;
        let found = due(0).await;
        assert_eq!(found.len(), 1);
        told(&found[0], Some(950), true, 900)
            .await
            .expect("looked at");

        // An unlinked channel's end troubles nobody; one that becomes primary is looked at.
        write(&store, move |conn| {
            channel_grants::rest(conn, tenant.workspace, tenant.channel)
        })
        .await;
        assert!(due(9_000).await.is_empty());
        write(&store, move |conn| {
            channel_grants::make_primary(conn, tenant.workspace, tenant.channel, tenant.on)
        })
        .await;
        assert_eq!(due(0).await.len(), 1);
    });
}

#[test]
fn probes_are_taken_when_due_and_moved() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let take = |by, now, clock| {
            write(&store, move |conn| {
                channel_grants::claim(conn, &claim(by, now, clock)).map(|due| due.rows)
            })
        };
        no_end_is_known(&store, &[tenant, other]).await;
        assert_eq!(
            read(&store, channel_grants::next_probe).await,
            Some(ms(100))
        );
        assert!(take(1, 99, 1_000).await.is_empty(), "not due");
        assert_eq!(take(1, 100, 1_000).await.len(), 2, "of every workspace");
        assert!(take(2, 100, 1_100).await.is_empty(), "held");
        let later = |who: Tenant, id, at: Option<i64>| {
            write(&store, move |conn| {
                channel_grants::probe_later(conn, who.workspace, id, at.map(ms))
            })
        };
        later(other, tenant.on, Some(5)).await;
        assert_eq!(
            stored(&store, tenant, tenant.on).await.probe_at,
            Some(ms(100)),
            "another workspace's"
        );
        later(tenant, tenant.on, Some(400)).await;
        later(other, other.on, None).await;
        assert_eq!(
            read(&store, channel_grants::next_probe).await,
            Some(ms(400))
        );
        assert!(take(2, 399, 1_000).await.is_empty());

        // A post is planned: the probe comes no later, and never later than it was.
        let by = |who: Tenant, channel, at| {
            write(&store, move |conn| {
                channel_grants::probe_by(conn, who.workspace, channel, ms(at))
            })
        };
        by(tenant, tenant.channel, 450).await;
        by(other, tenant.channel, 10).await;
        assert_eq!(
            stored(&store, tenant, tenant.on).await.probe_at,
            Some(ms(400))
        );
        by(tenant, tenant.channel, 300).await;
        assert_eq!(
            stored(&store, tenant, tenant.on).await.probe_at,
            Some(ms(300))
        );
        by(other, other.channel, 300).await;
        assert_eq!(
            stored(&store, other, other.on).await.probe_at,
            None,
            "one that rests is not woken"
        );

        assert_eq!(
            take(1, 300, 1_000)
                .await
                .iter()
                .map(|row| row.id)
                .collect::<Vec<_>>(),
            [tenant.on]
        );
        assert_eq!(
            write(&store, |conn| channel_grants::reclaim(
                conn,
                crate::ground::nth(1)
            ))
            .await,
            0
        );
        assert_eq!(
            write(&store, |conn| channel_grants::reclaim(
                conn,
                crate::ground::nth(2)
            ))
            .await,
            1
        );
        assert_eq!(
            take(2, 300, 1_001).await.len(),
            1,
            "the vanished one's is free at once"
        );

        let rest = |who: Tenant| {
            write(&store, move |conn| {
                channel_grants::rest(conn, who.workspace, tenant.channel)
            })
        };
        rest(other).await;
        assert_eq!(
            stored(&store, tenant, tenant.on).await.probe_at,
            Some(ms(300))
        );
        rest(tenant).await;
        assert_eq!(stored(&store, tenant, tenant.on).await.probe_at, None);
        assert_eq!(read(&store, channel_grants::next_probe).await, None);
    });
}
