//! What the forecast and the fire drill read: every channel with its login, what is planned ahead, spares; of one
//! workspace alone.

use domain::cause::Cause;
use domain::delivery::{Reason, State};
use domain::grant::{Life, Mechanism};
use domain::health::Health;
use domain::ids::{ChannelId, GrantId};
use domain::schedule::{DAY_MS, HOUR_MS};
use storage::fire_drill::{self, Counted};
use storage::forecast::{self, ChannelLogin};
use storage::{Store, channel_grants, grants};

use crate::both::on_both;
use crate::ground::{Tenant, end, ms, read, said, two, write};
use crate::planning::plan;

async fn logins(store: &Store, tenant: Tenant) -> Vec<ChannelLogin> {
    read(store, move |conn| forecast::logins(conn, tenant.workspace)).await
}

#[test]
fn every_channel_is_read_with_what_its_login_is_projected_from() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let bare: ChannelId = tenant.more(1);
        write(&store, move |conn| {
            tenant.add_channel(conn, bare, "acct-2")?;
            let on = channel_grants::primary(conn, tenant.workspace, tenant.channel)?;
            let on = on.expect("its login");
            let (well, far) = (Health::Healthy, Some(ms(8_000)));
            channel_grants::proven(conn, &on, well, &on.ends, far, Some(ms(300)), ms(200))
        })
        .await;
        let all = logins(&store, tenant).await;
        let ids: Vec<ChannelId> = all.iter().map(|one| one.channel.id).collect();
        assert_eq!(ids.len(), 2, "of this workspace alone");
        assert!(ids.contains(&tenant.channel) && ids.contains(&bare));
        for one in &all {
            assert_eq!(one.login.is_none(), one.channel.id == bare);
        }
        let known = all.into_iter().find_map(|one| one.login).expect("a login");
        assert_eq!(
            (known.grant, known.person_name.as_str()),
            (tenant.grant, "Anna")
        );
        assert_eq!(
            (known.mechanism, known.health),
            (Mechanism::Extend, Health::Healthy)
        );
        assert_eq!(known.ends.access_end, end(9_000));
        assert_eq!(
            known.horizon,
            Some(ms(8_000)),
            "the channel’s own end comes first"
        );
        assert_eq!(
            (known.fresh_since, known.renew_at),
            (ms(100), Some(ms(1_000)))
        );
        assert_eq!(
            (known.signed_in_at, known.probe_at),
            (ms(100), Some(ms(300)))
        );
        assert_eq!(logins(&store, other).await.len(), 1);
    });
}

#[test]
fn a_login_that_has_ended_needs_a_person_whatever_its_channel_says() {
    on_both(|store| async move {
        let (tenant, _) = two(&store).await;
        write(&store, move |conn| {
            let grant = grants::one(conn, tenant.workspace, tenant.grant)?.expect("there");
            let dead = Life::Dead {
                cause: Cause::AppRemovedByUser,
                since: ms(400),
            };
            grants::end_life(conn, &grant, dead, Some(&said("190")))
        })
        .await;
        let all = logins(&store, tenant).await;
        let login = all[0].login.as_ref().expect("its login");
        assert_eq!(login.health, Health::NeedsRefresh);
        assert_eq!(login.cause, Some(Cause::AppRemovedByUser));
        assert_eq!(login.renew_at, None);
    });
}

#[test]
fn what_is_planned_ahead_is_read_at_once_for_all_channels_and_up_to_a_limit() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let second: ChannelId = tenant.more(1);
        write(&store, move |conn| {
            tenant.add_channel(conn, second, "acct-2")
        })
        .await;
        for (number, channel, state, due) in [
            (1, tenant.channel, State::Scheduled, 10_000),
            (2, second, State::InReview, 20_000),
            (3, second, State::HandedOver, 30_000),
            (4, second, State::Draft, 40_000),
            (5, second, State::Missed(Reason::TooLate), 41_000),
            (6, second, State::Canceled, 42_000),
            (7, second, State::Scheduled, 50_000),
        ] {
            plan(&store, tenant, number, channel, state, Some(due)).await;
        }
        let planned = |who: Tenant, from, to, limit| {
            let rows = read(&store, move |conn| {
                forecast::planned(conn, who.workspace, ms(from), ms(to), limit)
            });
            async move {
                let rows = rows.await.into_iter();
                rows.map(|one| (one.channel, one.due_at.as_millisecond(), one.handed_over))
                    .collect::<Vec<_>>()
            }
        };
        let ahead = [
            (tenant.channel, 10_000, false),
            (second, 20_000, false),
            (second, 30_000, true),
        ];
        assert_eq!(planned(tenant, 10_000, 50_000, 10).await, ahead);
        assert_eq!(planned(tenant, 10_000, 50_000, 2).await, ahead[..2]);
        assert_eq!(planned(other, 10_000, 50_000, 10).await, []);
    });
}

#[test]
fn a_drill_reads_the_posts_of_one_channel_and_counts_them_by_how_soon_they_are() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let at = 10 * DAY_MS;
        for (number, state, due) in [
            (1, State::Scheduled, at - 1),
            (2, State::Scheduled, at),
            (3, State::InReview, at + DAY_MS),
            (4, State::Scheduled, at + 3 * DAY_MS - HOUR_MS),
            (5, State::Scheduled, at + 20 * DAY_MS),
            (6, State::Draft, at + HOUR_MS),
            (7, State::Published, at + HOUR_MS),
        ] {
            plan(&store, tenant, number, tenant.channel, state, Some(due)).await;
        }
        let due = |who: Tenant, limit| {
            let rows = read(&store, move |conn| {
                fire_drill::due(conn, who.workspace, tenant.channel, ms(at), limit)
            });
            async move {
                let rows = rows.await.into_iter();
                rows.map(|row| row.id).collect::<Vec<_>>()
            }
        };
        let id = |number| tenant.more(number);
        assert_eq!(due(tenant, 10).await, [id(2), id(3), id(4), id(5)]);
        assert_eq!(due(tenant, 1).await, [id(2)]);
        assert!(due(other, 10).await.is_empty());
        let counted = |who: Tenant| {
            read(&store, move |conn| {
                fire_drill::counted(conn, who.workspace, tenant.channel, ms(at))
            })
        };
        assert_eq!(
            counted(tenant).await,
            Counted {
                // With the one that every tenant has.
                earlier: 2,
                later: 4,
                in_a_day: 1,
                in_three_days: 3,
                in_a_week: 3,
            }
        );
        assert_eq!(counted(other).await, Counted::default());
    });
}

#[test]
fn spares_are_the_living_sign_ins_beside_the_one_in_use() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let (second, third): (GrantId, GrantId) = (tenant.more(1), tenant.more(2));
        write(&store, move |conn| {
            for (grant, on) in [(second, 11), (third, 12)] {
                tenant.add_grant(conn, grant, None)?;
                tenant.put_on(conn, tenant.more(on), tenant.channel, grant)?;
            }
            let over = grants::one(conn, tenant.workspace, third)?.expect("there");
            let given_back = Life::Revoked { since: ms(200) };
            grants::end_life(conn, &over, given_back, None)
        })
        .await;
        let spares = |who: Tenant| {
            read(&store, move |conn| {
                fire_drill::spares(conn, who.workspace, tenant.channel)
            })
        };
        let found = spares(tenant).await;
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].grant, found[0].health),
            (second, Health::Checking)
        );
        assert_eq!(found[0].person_name, "Anna");
        assert!(spares(other).await.is_empty());
    });
}
