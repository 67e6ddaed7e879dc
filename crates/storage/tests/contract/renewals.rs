//! The end of a grant's life, the renewal journal, siblings, and sealing anew.

use domain::app::AppOwner;
use domain::cause::Cause;
use domain::grant::{Life, Mechanism, Verdict};
use domain::ids::RenewalId;
use domain::platform::{LoginFlow, Platform};
use storage::apps;
use storage::grants::{self, NewGrant, NewTokens};
use storage::lease::Lease;
use storage::{Error, renewals};

use crate::both::on_both;
use crate::grants::stored;
use crate::ground::{
    APP, Tenant, app, attempt, is_stale, ms, nth, one, read, said, tokens, two, write,
};

#[test]
fn a_life_ends_once_and_only_of_the_generation_that_was_meant() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let row = stored(&store, tenant, tenant.grant).await;
        let dead = Life::Dead {
            cause: Cause::AppRemovedByUser,
            since: ms(50),
        };
        let (stale, live) = (
            grants::GrantRow {
                generation: 9,
                ..row.clone()
            },
            row.clone(),
        );
        assert!(
            !write(&store, move |conn| grants::end_life(
                conn, &stale, dead, None
            ))
            .await,
            "a newer one lives"
        );
        assert_eq!(stored(&store, tenant, tenant.grant).await.life, Life::Live);
        let again = attempt(&store, move |conn| {
            grants::end_life(conn, &live, Life::Live, None)
        })
        .await;
        assert!(
            matches!(again, Err(Error::Refused { .. })),
            "to live is no end"
        );

        let (first, evidence) = (row.clone(), said("190"));
        assert!(
            write(&store, move |conn| grants::end_life(
                conn,
                &first,
                dead,
                Some(&evidence)
            ))
            .await
        );
        let now = stored(&store, tenant, tenant.grant).await;
        assert_eq!((now.life, now.renew_at), (dead, None));
        assert_eq!(
            now.last_evidence.as_ref().map(|said| said.code.as_str()),
            Some("190")
        );
        // Somebody who still holds the living row cannot give it another cause.
        let other = Life::Dead {
            cause: Cause::Unknown,
            since: ms(60),
        };
        let late = row.clone();
        assert!(
            !write(&store, move |conn| grants::end_life(
                conn, &late, other, None
            ))
            .await
        );
        let new = tokens("sealed-9", Some(1));
        let renewed = attempt(&store, move |conn| {
            grants::renewed(conn, nth(1), &row, &new, ms(70))
        })
        .await;
        assert!(
            is_stale(&renewed),
            "an answer that comes after the end changes nothing"
        );
        let superseded = Life::Superseded { since: ms(80) };
        let dead_row = now.clone();
        assert!(
            write(&store, move |conn| grants::end_life(
                conn, &dead_row, superseded, None
            ))
            .await
        );
        let now = stored(&store, tenant, tenant.grant).await;
        assert_eq!(now.life, superseded);
        assert_eq!(
            now.last_evidence.map(|said| said.code),
            Some("190".to_owned()),
            "evidence is kept"
        );
        assert!(
            !write(&store, move |conn| grants::renew_now(
                conn,
                tenant.workspace,
                tenant.grant,
                ms(1)
            ))
            .await
        );
    });
}

#[test]
fn nothing_is_due_where_nothing_can_be_renewed() {
    on_both(|store| async move {
        assert_eq!(read(&store, grants::next_due).await, None);
        let tenant = one(&store).await;
        let row = stored(&store, tenant, tenant.grant).await;
        let revoked = Life::Revoked { since: ms(1) };
        assert!(
            write(&store, move |conn| grants::end_life(
                conn, &row, revoked, None
            ))
            .await
        );
        assert_eq!(read(&store, grants::next_due).await, None);
    });
}

#[test]
fn grants_whose_horizon_is_over_are_found_while_they_live() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let row = stored(&store, tenant, tenant.grant).await;
        let new = NewTokens {
            horizon: Some(ms(700)),
            ..tokens("sealed-2", None)
        };
        write(&store, move |conn| {
            grants::renewed(conn, nth(1), &row, &new, ms(200))
        })
        .await;
        let over = |now| read(&store, move |conn| grants::ended(conn, ms(now), 10));
        assert!(over(699).await.is_empty());
        assert_eq!(
            over(700).await.iter().map(|row| row.id).collect::<Vec<_>>(),
            [tenant.grant]
        );
        assert!(
            read(&store, |conn| grants::ended(conn, ms(700), 0))
                .await
                .is_empty(),
            "the limit"
        );
        let row = stored(&store, tenant, tenant.grant).await;
        let dead = Life::Dead {
            cause: Cause::LifespanEnded,
            since: ms(700),
        };
        write(&store, move |conn| grants::end_life(conn, &row, dead, None)).await;
        assert!(over(700).await.is_empty(), "it has ended");
    });
}

#[test]
fn one_person_at_one_app_is_one_over_all_workspaces_and_only_their_number_is_told() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let (mine, theirs) = (
            stored(&store, tenant, tenant.grant).await,
            stored(&store, other, other.grant).await,
        );
        assert_eq!(
            mine.person, theirs.person,
            "both workspaces' grants come from the same person"
        );
        let someone = write(&store, |conn| {
            grants::platform_person(conn, nth(7_001), nth(APP), "someone else")
        })
        .await;
        assert_eq!(someone, nth(7_001));
        let known = write(&store, |conn| {
            grants::platform_person(conn, nth(7_002), nth(APP), "someone else")
        })
        .await;
        assert_eq!(known, nth(7_001), "found, not made again");
        let siblings =
            |row: grants::GrantRow| read(&store, move |conn| grants::siblings(conn, &row));
        assert_eq!(siblings(mine.clone()).await, 1);
        let revoked = Life::Revoked { since: ms(1) };
        write(&store, move |conn| {
            grants::end_life(conn, &theirs, revoked, None)
        })
        .await;
        assert_eq!(siblings(mine).await, 0, "only those that live");
    });
}

#[test]
fn one_registration_in_two_apps_is_one_to_the_person() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let mine = stored(&store, tenant, tenant.grant).await;
        let siblings =
            |row: grants::GrantRow| read(&store, move |conn| grants::siblings(conn, &row));
        assert_eq!(siblings(mine.clone()).await, 0);
        // The same client of the platform, as another app; and another client, as a third.
        for (number, client, person, wanted) in [
            (8_001, "client", "remote-person", 1),
            (8_002, "client", "another person", 1),
            (8_003, "another client", "remote-person", 1),
        ] {
            write(&store, move |conn| {
                let mut row = app(nth(number), AppOwner::Installation, LoginFlow::Facebook);
                row.app.platform = Platform::Facebook;
                client.clone_into(&mut row.app.client_id);
                apps::insert(conn, &row, ms(1))?;
                let person = grants::platform_person(conn, nth(number + 10), nth(number), person)?;
                let tokens = tokens("sealed", None);
                let new = NewGrant {
                    id: nth(number + 20),
                    workspace: tenant.workspace,
                    app: nth(number),
                    platform: Platform::Facebook,
                    flow: LoginFlow::Facebook,
                    person,
                    person_name: "Anna",
                    signed_in_by: None,
                    mechanism: Mechanism::Derived,
                    tokens: &tokens,
                };
                grants::insert(conn, &new, ms(100))
            })
            .await;
            assert_eq!(siblings(mine.clone()).await, wanted, "{client}, {person}");
        }
    });
}

#[test]
fn the_journal_says_what_came_of_each_intent() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let row = stored(&store, tenant, tenant.grant).await;
        let lease = Lease {
            by: nth(1),
            fence: 4,
        };
        let (first, second, third) = (
            nth::<RenewalId>(1),
            nth::<RenewalId>(2),
            nth::<RenewalId>(3),
        );
        let intended = row.clone();
        write(&store, move |conn| {
            renewals::intend(conn, first, &intended, lease, ms(10))?;
            renewals::intend(conn, second, &intended, lease, ms(20))?;
            renewals::intend(conn, third, &intended, lease, ms(30))
        })
        .await;
        let evidence = said("busy");
        write(&store, move |conn| {
            renewals::answered(conn, other.workspace, first, Verdict::Dead, None, ms(40))?;
            renewals::answered(
                conn,
                tenant.workspace,
                second,
                Verdict::TryAgain,
                Some(&evidence),
                ms(41),
            )?;
            // What was answered stays answered so.
            renewals::answered(conn, tenant.workspace, second, Verdict::Dead, None, ms(42))
        })
        .await;
        let journal = |who: Tenant, limit| {
            read(&store, move |conn| {
                renewals::renewals(conn, who.workspace, tenant.grant, limit)
            })
        };
        assert!(journal(other, 10).await.is_empty(), "another workspace's");
        let outcomes = |lines: Vec<renewals::RenewalRow>| {
            lines
                .into_iter()
                .map(|line| (line.id, line.outcome, line.ended_at))
                .collect::<Vec<_>>()
        };
        let again = Some("try_again".to_owned());
        assert_eq!(
            outcomes(journal(tenant, 10).await),
            [
                (third, None, None),
                (second, again, Some(ms(41))),
                (first, None, None)
            ],
            "newest first"
        );
        assert_eq!(journal(tenant, 2).await.len(), 2);
        assert_eq!(
            journal(tenant, 10).await[1]
                .evidence
                .as_ref()
                .map(|said| said.code.as_str()),
            Some("busy")
        );
        write(&store, move |conn| {
            renewals::end_open(conn, &row, "not_rotated", ms(50))
        })
        .await;
        assert!(
            !read(&store, move |conn| renewals::unanswered(
                conn,
                tenant.grant,
                1
            ))
            .await
        );
        let ended = outcomes(journal(tenant, 10).await);
        assert_eq!(
            ended[0],
            (third, Some("not_rotated".to_owned()), Some(ms(50)))
        );
        assert_eq!(ended[1].2, Some(ms(41)), "what was answered is left alone");
    });
}

#[test]
fn tokens_are_sealed_anew_page_by_page_unless_they_moved_on() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let page = |after: u128, limit| {
            read(&store, move |conn| {
                grants::sealed_page(conn, nth(after), limit)
            })
        };
        assert_eq!(
            page(0, 1)
                .await
                .iter()
                .map(|row| row.id)
                .collect::<Vec<_>>(),
            [tenant.grant]
        );
        let next = page(tenant.base + 5, 10).await;
        assert_eq!(
            next.iter().map(|row| row.id).collect::<Vec<_>>(),
            [other.grant],
            "of every workspace"
        );
        let reseal = |generation| {
            write(&store, move |conn| {
                grants::reseal(conn, tenant.grant, generation, b"anew")
            })
        };
        assert!(!reseal(2).await);
        assert_eq!(
            stored(&store, tenant, tenant.grant).await.tokens_sealed,
            b"sealed-1"
        );
        assert!(reseal(1).await);
        let now = stored(&store, tenant, tenant.grant).await;
        assert_eq!(
            (now.tokens_sealed.as_slice(), now.generation),
            (b"anew".as_slice(), 1)
        );
    });
}
