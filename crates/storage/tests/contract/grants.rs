//! Grants and the renewal journal: what is due is taken once, a real answer is never lost, an end is an
//! end, and an intent that nobody answered is seen.

use std::collections::BTreeSet;

use domain::cause::Cause;
use domain::grant::{Ends, Life, Mechanism};
use domain::health::Evidence;
use domain::ids::{GrantId, RenewalId};
use domain::platform::{LoginFlow, Platform};
use storage::grants::{self, NewTokens};
use storage::lease::Lease;
use storage::{Store, renewals};

use crate::both::on_both;
use crate::ground::{
    APP, Tenant, attempt, claim, end, is_stale, ms, nth, one, read, said, two, write,
};

pub async fn stored(store: &Store, tenant: Tenant, id: GrantId) -> grants::GrantRow {
    read(store, move |conn| grants::one(conn, tenant.workspace, id))
        .await
        .expect("the grant is there")
}

#[test]
fn what_a_sign_in_gave_comes_back() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let row = stored(&store, tenant, tenant.grant).await;
        assert_eq!(
            (row.id, row.workspace, row.app),
            (tenant.grant, tenant.workspace, nth(APP))
        );
        assert_eq!(
            (row.platform, row.flow),
            (Platform::Instagram, LoginFlow::Instagram)
        );
        assert_eq!(
            (row.person_name.as_str(), row.signed_in_by),
            ("Anna", Some(tenant.member))
        );
        assert_eq!((row.mechanism, row.life), (Mechanism::Extend, Life::Live));
        assert_eq!(row.scopes, ["read", "post"]);
        assert_eq!(
            row.ends,
            Ends {
                access_end: end(9_000),
                ..Ends::default()
            }
        );
        assert_eq!(
            (row.generation, row.tokens_sealed.as_slice()),
            (1, b"sealed-1".as_slice())
        );
        assert_eq!((row.fresh_since, row.created_at), (ms(100), ms(100)));
        assert_eq!(
            (row.renew_at, row.tries, row.jitter_permille),
            (Some(ms(1_000)), 0, 7)
        );
        assert!(row.lease.is_none() && row.last_evidence.is_none() && row.horizon.is_none());
    });
}

#[test]
fn eight_racing_claimers_take_each_due_grant_once() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        write(&store, move |conn| {
            for number in 0..60 {
                tenant.add_grant(
                    conn,
                    tenant.more(number),
                    Some(10 + i64::try_from(number).expect("small")),
                )?;
            }
            tenant.add_grant(conn, tenant.more(70), Some(2_000))?;
            tenant.add_grant(conn, tenant.more(71), None)
        })
        .await;
        let racers: Vec<_> = (1..=8)
            .map(|by| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut mine = Vec::new();
                    loop {
                        let due = write(&store, move |conn| {
                            grants::claim(conn, &claim(by, 500, 500)).map(|due| due.rows)
                        })
                        .await;
                        if due.is_empty() {
                            return mine;
                        }
                        assert!(due.len() <= 10, "the limit");
                        let sorted: Vec<_> = due.iter().map(|row| (row.renew_at, row.id)).collect();
                        assert!(sorted.is_sorted(), "the most urgent first");
                        for row in due {
                            assert_eq!(
                                row.lease,
                                Some(Lease {
                                    by: nth(by),
                                    fence: 1
                                })
                            );
                            mine.push(row.id);
                        }
                    }
                })
            })
            .collect();
        let mut all = Vec::new();
        for racer in racers {
            all.extend(racer.await.expect("joined"));
        }
        let unique: BTreeSet<_> = all.iter().copied().collect();
        assert_eq!(
            (all.len(), unique.len()),
            (60, 60),
            "each once; what is due later or never is left"
        );
    });
}

#[test]
fn a_lease_keeps_others_away_until_it_is_over_and_the_longest_call_too() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let take = |by, clock| {
            write(&store, move |conn| {
                grants::claim(conn, &claim(by, 1_000, clock)).map(|due| due.rows)
            })
        };
        assert_eq!(take(1, 1_000).await.len(), 1);
        // Held until 1100, free when that is 50 ago.
        for clock in [1_000, 1_100, 1_149, 1_150] {
            assert!(take(2, clock).await.is_empty(), "at {clock}");
        }
        let taken = take(2, 1_151).await;
        assert_eq!(
            taken[0].lease,
            Some(Lease {
                by: nth(2),
                fence: 2
            }),
            "the fence grows"
        );
        // The first holder frees nothing and decides nothing any more.
        let (old, row) = (
            Lease {
                by: nth(1),
                fence: 1,
            },
            taken[0].clone(),
        );
        write(&store, move |conn| grants::release(conn, row.id, old)).await;
        let row = taken[0].clone();
        let late = attempt(&store, move |conn| {
            grants::try_again(conn, &row, old, next_try(9_999, None))
        })
        .await;
        assert!(is_stale(&late));
        assert!(take(3, 1_151).await.is_empty(), "still held by the second");
        let (row, lease) = (taken[0].clone(), taken[0].lease.expect("a lease"));
        write(&store, move |conn| grants::release(conn, row.id, lease)).await;
        assert_eq!(
            take(3, 1_151).await[0].lease,
            Some(Lease {
                by: nth(3),
                fence: 3
            })
        );
        assert_eq!(
            stored(&store, tenant, tenant.grant).await.renew_at,
            Some(ms(1_000)),
            "a claim moves nothing"
        );
    });
}

#[test]
fn one_is_taken_for_a_call_due_or_not() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let take = |who: Tenant, by, clock| {
            let id = tenant.grant;
            write(&store, move |conn| {
                grants::claim_one(conn, who.workspace, id, &claim(by, 0, clock))
            })
        };
        assert!(take(other, 1, 10).await.is_none(), "another workspace's");
        let row = take(tenant, 1, 10).await.expect("taken before it is due");
        assert_eq!(
            row.lease,
            Some(Lease {
                by: nth(1),
                fence: 1
            })
        );
        assert!(take(tenant, 2, 20).await.is_none(), "held");
        assert_eq!(
            take(tenant, 2, 161).await.expect("free").lease,
            Some(Lease {
                by: nth(2),
                fence: 2
            })
        );
        let dead = Life::Dead {
            cause: Cause::CredentialsChanged,
            since: ms(300),
        };
        assert!(write(&store, move |conn| grants::end_life(conn, &row, dead, None)).await);
        assert!(take(tenant, 3, 9_000).await.is_none(), "it has ended");
    });
}

#[test]
fn a_renewal_is_durable_by_generation_and_ends_its_intents() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let row = write(&store, |conn| {
            grants::claim(conn, &claim(1, 1_000, 1_000)).map(|due| due.rows)
        })
        .await
        .remove(0);
        let lease = row.lease.expect("a lease");
        let (intent, older) = (tenant.more::<RenewalId>(1), tenant.more::<RenewalId>(2));
        let intended = row.clone();
        write(&store, move |conn| {
            renewals::intend(conn, older, &intended, lease, ms(900))?;
            renewals::intend(conn, intent, &intended, lease, ms(1_001))
        })
        .await;
        let unanswered = |generation| {
            read(&store, move |conn| {
                renewals::unanswered(conn, tenant.grant, generation)
            })
        };
        assert!(unanswered(1).await && !unanswered(2).await);

        let new = NewTokens {
            sealed: b"sealed-2".to_vec(),
            scopes: vec!["post".to_owned()],
            ends: Ends {
                access_end: end(20_000),
                absolute_end: end(90_000),
                ..Ends::default()
            },
            horizon: Some(ms(90_000)),
            renew_at: Some(ms(12_000)),
            jitter_permille: 9,
        };
        // The lease was lost meanwhile; the answer is real and must not be.
        let again = write(&store, |conn| {
            grants::claim(conn, &claim(2, 1_000, 5_000)).map(|due| due.rows)
        })
        .await;
        assert!(!row.unanswered && again[0].unanswered, "a claim says so");
        let (read_row, told) = (row.clone(), new.clone());
        write(&store, move |conn| {
            grants::renewed(conn, intent, &read_row, &told, ms(1_002))
        })
        .await;
        let now = stored(&store, tenant, tenant.grant).await;
        assert_eq!(
            (now.generation, now.tokens_sealed.as_slice()),
            (2, b"sealed-2".as_slice())
        );
        assert_eq!(
            (now.horizon, now.renew_at, now.fresh_since),
            (Some(ms(90_000)), Some(ms(12_000)), ms(1_002))
        );
        assert_eq!(
            (now.ends, now.scopes, now.jitter_permille),
            (new.ends, new.scopes.clone(), 9)
        );
        assert!(now.lease.is_none() && now.tries == 0 && now.last_evidence.is_none());
        assert!(
            !unanswered(1).await,
            "no intent of the old generation stands open"
        );
        let journal = read(&store, move |conn| {
            renewals::renewals(conn, tenant.workspace, tenant.grant, 10)
        })
        .await;
        let lines: Vec<_> = journal
            .iter()
            .map(|line| (line.id, line.generation, line.outcome.as_deref()))
            .collect();
        assert_eq!(
            lines,
            [(intent, 1, Some("renewed")), (older, 1, Some("overtaken"))]
        );
        assert_eq!(journal[0].ended_at, Some(ms(1_002)));
        assert_eq!(journal[0].begun_at, ms(1_001));

        // A second answer for the generation that is over changes nothing.
        let again = attempt(&store, move |conn| {
            grants::renewed(conn, intent, &row, &new, ms(1_003))
        })
        .await;
        assert!(is_stale(&again));
        assert_eq!(stored(&store, tenant, tenant.grant).await.generation, 2);
    });
}

fn next_try(at: i64, evidence: Option<&Evidence>) -> grants::NextTry<'_> {
    grants::NextTry {
        at: ms(at),
        asked_until: evidence.map(|_| ms(1_500)),
        evidence,
        horizon: None,
    }
}

#[test]
fn trying_again_counts_and_keeps_what_was_said() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let take = |clock| {
            write(&store, move |conn| {
                grants::claim(conn, &claim(1, 5_000, clock)).map(|due| due.rows)
            })
        };
        let row = take(1_000).await.remove(0);
        let (lease, evidence) = (row.lease.expect("a lease"), said("busy"));
        write(&store, move |conn| {
            grants::try_again(conn, &row, lease, next_try(2_000, Some(&evidence)))
        })
        .await;
        let now = stored(&store, tenant, tenant.grant).await;
        assert_eq!(
            (now.renew_at, now.tries, now.lease),
            (Some(ms(2_000)), 1, None)
        );
        assert_eq!(
            now.last_evidence.as_ref().map(|said| said.code.as_str()),
            Some("busy")
        );
        assert_eq!(now.generation, 1, "the old tokens stand");
        assert_eq!(now.asked_until, Some(ms(1_500)), "as the platform asked");
        let row = take(3_000).await.remove(0);
        let lease = row.lease.expect("a lease");
        write(&store, move |conn| {
            grants::put_off(conn, row.id, lease, ms(3_500))
        })
        .await;
        let now = stored(&store, tenant, tenant.grant).await;
        assert_eq!(
            (now.renew_at, now.tries, now.lease),
            (Some(ms(3_500)), 1, None),
            "it was no try"
        );
        let row = take(3_600).await.remove(0);
        let lease = row.lease.expect("a lease");
        write(&store, move |conn| {
            grants::try_again(conn, &row, lease, next_try(4_000, None))
        })
        .await;
        let now = stored(&store, tenant, tenant.grant).await;
        assert_eq!(
            (now.tries, now.last_evidence, now.asked_until),
            (2, None, None),
            "the newest word, or none"
        );
    });
}

#[test]
fn the_next_due_and_extend_now() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let next = || read(&store, grants::next_due);
        assert_eq!(next().await, Some(ms(1_000)));
        let now = |who: Tenant| {
            write(&store, move |conn| {
                grants::renew_now(conn, who.workspace, tenant.grant, ms(300))
            })
        };
        assert!(!now(other).await, "another workspace's");
        assert_eq!(next().await, Some(ms(1_000)));
        assert!(now(tenant).await);
        assert_eq!(next().await, Some(ms(300)));
    });
}

#[test]
fn leases_of_incarnations_that_are_gone_are_freed_and_ones_own_are_not() {
    on_both(|store| async move {
        let (tenant, _) = two(&store).await;
        write(&store, move |conn| {
            grants::claim_one(conn, tenant.workspace, tenant.grant, &claim(1, 0, 1_000))
        })
        .await;
        let other = Tenant::of(2_000);
        write(&store, move |conn| {
            grants::claim_one(conn, other.workspace, other.grant, &claim(2, 0, 1_000))
        })
        .await;
        assert_eq!(write(&store, |conn| grants::reclaim(conn, nth(2))).await, 1);
        let free = write(&store, |conn| {
            grants::claim(conn, &claim(3, 5_000, 1_001)).map(|due| due.rows)
        })
        .await;
        assert_eq!(
            free.iter().map(|row| row.id).collect::<Vec<_>>(),
            [tenant.grant]
        );
        assert_eq!(
            free[0].lease,
            Some(Lease {
                by: nth(3),
                fence: 2
            }),
            "the vanished one's fence is too old"
        );
    });
}
