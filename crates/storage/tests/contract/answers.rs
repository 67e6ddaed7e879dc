//! What platforms answered that was no good: the last refusal of a login with its raw answer, and the count of
//! answers that no table knows, which is bounded.

use domain::cause::Cause;
use domain::health::Evidence;
use domain::platform::Platform;
use storage::answers::{self, OTHERS, TOLD_APART};

use crate::both::on_both;
use crate::ground::{ms, one, read, said, two, write};

fn with_raw(code: &str) -> Evidence {
    Evidence {
        raw: Some(format!("HTTP 400\n\n{code}")),
        ..said(code)
    }
}

#[test]
fn the_last_refusal_of_a_login_is_kept_with_what_came() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let (workspace, on) = (tenant.workspace, tenant.on);
        for (cause, code, at) in [
            (Cause::Unknown, "190", 10),
            (Cause::Unknown, "191", 20),
            (Cause::CredentialsChanged, "460", 30),
        ] {
            write(&store, move |conn| {
                answers::keep(conn, workspace, on, cause, &with_raw(code), ms(at))
            })
            .await;
            if at == 20 {
                let last = read(&store, move |conn| answers::last(conn, workspace, on)).await;
                let last = last.expect("kept");
                assert_eq!((last.times, last.first_at, last.at), (2, ms(10), ms(20)));
                assert_eq!(last.evidence, said("191"), "what came is kept apart");
                assert_eq!(last.raw.as_deref(), Some("HTTP 400\n\n191"));
            }
        }
        let all = read(&store, move |conn| answers::of_workspace(conn, workspace)).await;
        assert_eq!(all.len(), 1, "one of each login");
        assert_eq!(
            (all[0].cause, all[0].times, all[0].first_at),
            (Cause::CredentialsChanged, 1, ms(30)),
            "another cause is counted from its beginning"
        );
        // In the name of another workspace nothing is written or seen.
        let theirs = other.workspace;
        write(&store, move |conn| {
            answers::keep(conn, theirs, on, Cause::Unknown, &said("9"), ms(40))
        })
        .await;
        assert_eq!(
            read(&store, move |conn| answers::of_workspace(conn, theirs)).await,
            []
        );
        assert!(
            read(&store, move |conn| answers::last(conn, theirs, on))
                .await
                .is_none()
        );
        let last = read(&store, move |conn| answers::last(conn, workspace, on)).await;
        assert_eq!(last.expect("kept").at, ms(30));
    });
}

#[test]
fn a_refusal_is_forgotten_where_it_is_the_one_that_is_over() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let (workspace, theirs, on) = (tenant.workspace, other.workspace, tenant.on);
        write(&store, move |conn| {
            answers::keep(
                conn,
                workspace,
                on,
                Cause::Unknown,
                &with_raw("190"),
                ms(10),
            )
        })
        .await;
        for (of, code, kept) in [
            (workspace, "191", true),
            (theirs, "190", true),
            (workspace, "190", false),
        ] {
            write(&store, move |conn| {
                answers::forget(conn, of, on, &said(code))
            })
            .await;
            let last = read(&store, move |conn| answers::last(conn, workspace, on)).await;
            assert_eq!(last.is_some(), kept, "{code} for {of}");
        }
    });
}

#[test]
fn answers_that_no_table_knows_are_counted_and_told_apart_up_to_a_limit() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let workspace = tenant.workspace;
        for (code, at) in [("77", 10), ("78", 20), ("77", 30)] {
            write(&store, move |conn| {
                let evidence = said(code);
                answers::count_unmapped(conn, workspace, Platform::Instagram, &evidence, ms(at))
            })
            .await;
        }
        let found = read(&store, move |conn| answers::unmapped(conn, workspace)).await;
        let short: Vec<_> = found
            .iter()
            .map(|row| (row.code.as_str(), row.times, row.first_at, row.at))
            .collect();
        assert_eq!(
            short,
            [("77", 2, ms(10), ms(30)), ("78", 1, ms(20), ms(20))],
            "the latest first"
        );
        write(&store, move |conn| {
            for number in 0..TOLD_APART + 5 {
                let evidence = said(&format!("n{number}"));
                answers::count_unmapped(conn, workspace, Platform::Bluesky, &evidence, ms(40))?;
            }
            Ok(())
        })
        .await;
        let found = read(&store, move |conn| answers::unmapped(conn, workspace)).await;
        assert_eq!(found.len(), TOLD_APART + 1);
        let rest = found.iter().find(|row| row.operation == OTHERS);
        let rest = rest.expect("the rest is counted together");
        assert_eq!(
            (rest.times, rest.code.as_str(), rest.http_status),
            (7, "", 0)
        );
        // One that is told apart goes on being counted by itself.
        write(&store, move |conn| {
            answers::count_unmapped(conn, workspace, Platform::Instagram, &said("77"), ms(50))
        })
        .await;
        let found = read(&store, move |conn| answers::unmapped(conn, workspace)).await;
        assert_eq!((found[0].code.as_str(), found[0].times), ("77", 3));
    });
}
