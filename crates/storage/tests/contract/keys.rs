//! Keys of the API, repeated requests, the audit log, holds: each function once on every engine, and each
//! with another workspace beside it.

use domain::ids::{ApiKeyId, AuditId, HoldId};
use domain::member::Scope;
use domain::post::Maker;
use storage::api_keys::{self, ApiKey};
use storage::audit::{self, Before};
use storage::holds::{self, Hold};
use storage::idempotency::{self, Begun, Place};

use crate::both::on_both;
use crate::house::{a, furnish, ms, read, write};

#[test]
fn keys_are_found_by_hash_and_revoked_at_home() {
    on_both(|store| async move {
        write(&store, furnish).await;
        let key = ApiKey {
            id: a(51),
            workspace: a(1),
            name: "Bot".to_owned(),
            scopes: vec![Scope::Read, Scope::Manage],
            set: Some(a(21)),
            made_by: a(31),
            created_at: ms(5),
            used_at: None,
            revoked_at: None,
        };
        let new = key.clone();
        write(&store, move |conn| api_keys::create(conn, &new, &[5; 32])).await;
        let by_hash = |hash: u8| read(&store, move |conn| api_keys::by_hash(conn, &[hash; 32]));
        assert_eq!(by_hash(5).await, Some(key.clone()));
        assert_eq!(by_hash(6).await, None);
        write(&store, |conn| api_keys::used(conn, a(2), a(51), ms(6))).await;
        assert_eq!(
            by_hash(5).await,
            Some(key),
            "another workspace changes nothing"
        );
        write(&store, |conn| api_keys::used(conn, a(1), a(51), ms(7))).await;
        let one = |workspace| {
            read(&store, move |conn| {
                api_keys::one(conn, a(workspace), a::<ApiKeyId>(51))
            })
        };
        assert_eq!(one(1).await.and_then(|key| key.used_at), Some(ms(7)));
        assert_eq!(one(2).await, None);
        assert!(!write(&store, |conn| api_keys::revoke(conn, a(2), a(51), ms(8))).await);
        assert!(write(&store, |conn| api_keys::revoke(conn, a(1), a(51), ms(8))).await);
        assert!(!write(&store, |conn| api_keys::revoke(conn, a(1), a(51), ms(9))).await);
        assert_eq!(by_hash(5).await, None);
        let list = read(&store, |conn| api_keys::list(conn, a(1))).await;
        assert_eq!(
            list.iter().map(|key| key.revoked_at).collect::<Vec<_>>(),
            [Some(ms(8))]
        );
        assert!(
            read(&store, |conn| api_keys::list(conn, a(2)))
                .await
                .is_empty()
        );
    });
}

#[test]
fn a_repeated_request_finds_what_came_before() {
    on_both(|store| async move {
        write(&store, furnish).await;
        let place = |key: u128| Place {
            workspace: a(1),
            maker: Maker::Key(a(key)),
            key: "k".to_owned(),
        };
        let begin = |key: u128, sha: u8| {
            write(&store, move |conn| {
                idempotency::begin(conn, &place(key), &[sha; 32], ms(10))
            })
        };
        assert_eq!(begin(51, 1).await, Begun::Fresh);
        assert_eq!(begin(51, 1).await, Begun::InProgress { since: ms(10) });
        assert_eq!(begin(51, 2).await, Begun::OtherRequest);
        assert_eq!(begin(52, 2).await, Begun::Fresh, "another client's");
        write(&store, move |conn| idempotency::abandon(conn, &place(51))).await;
        assert_eq!(begin(51, 2).await, Begun::Fresh);
        write(&store, move |conn| {
            idempotency::finish(conn, &place(51), 201, "{}")
        })
        .await;
        write(&store, move |conn| {
            idempotency::finish(conn, &place(51), 500, "late")
        })
        .await;
        write(&store, move |conn| idempotency::abandon(conn, &place(51))).await;
        assert_eq!(
            begin(51, 2).await,
            Begun::Answered {
                status: 201,
                body: "{}".to_owned()
            }
        );
        assert_eq!(
            write(&store, |conn| idempotency::forget(conn, ms(11))).await,
            2
        );
    });
}

#[test]
fn the_audit_log_goes_on_where_a_page_ended() {
    on_both(|store| async move {
        write(&store, furnish).await;
        let entry = |number: u128, workspace: u128, at: i64| audit::Entry {
            id: a(number),
            workspace: a(workspace),
            at: ms(at),
            maker: if number.is_multiple_of(2) {
                Maker::Member(a(31))
            } else {
                Maker::Rule
            },
            action: "social_set.change".to_owned(),
            subject: "set".to_owned(),
            detail: number.to_string(),
        };
        write(&store, move |conn| {
            for (number, at) in [(61, 1), (62, 2), (63, 2), (64, 3)] {
                audit::add(conn, &entry(number, 1, at))?;
            }
            audit::add(conn, &entry(65, 2, 4))
        })
        .await;
        let first = read(&store, |conn| audit::page(conn, a(1), None, 2)).await;
        assert_eq!(first, [entry(64, 1, 3), entry(63, 1, 2)]);
        let before = Before {
            at: ms(2),
            id: a::<AuditId>(63),
        };
        let rest = read(&store, move |conn| {
            audit::page(conn, a(1), Some(before), 10)
        })
        .await;
        assert_eq!(rest, [entry(62, 1, 2), entry(61, 1, 1)]);
    });
}

#[test]
fn holds_over_a_set_and_over_all() {
    on_both(|store| async move {
        write(&store, furnish).await;
        let hold = |number: u128, set: Option<u128>, until: Option<i64>| Hold {
            id: a(number),
            workspace: a(1),
            set: set.map(a),
            reason: "A storm".to_owned(),
            made_by: Maker::Member(a(31)),
            begun_at: ms(number as i64),
            until: until.map(ms),
            ended_at: None,
        };
        let over = |set: u128, now: i64| {
            read(&store, move |conn| holds::over(conn, a(1), a(set), ms(now)))
        };
        write(&store, move |conn| {
            holds::begin(conn, &hold(71, Some(21), Some(200)))
        })
        .await;
        assert_eq!(over(21, 199).await, Some(hold(71, Some(21), Some(200))));
        assert_eq!(over(21, 200).await, None, "it ended by itself");
        assert_eq!(over(22, 100).await, None);
        write(&store, move |conn| {
            holds::begin(conn, &hold(72, None, None))
        })
        .await;
        assert_eq!(
            over(22, 500).await.map(|hold| hold.id),
            Some(a::<HoldId>(72))
        );
        let open =
            |workspace: u128| read(&store, move |conn| holds::open(conn, a(workspace), ms(100)));
        assert_eq!(open(1).await.len(), 2);
        assert!(open(2).await.is_empty());
        assert!(
            !write(&store, |conn| holds::end(conn, a(2), a(72), ms(300))).await,
            "another workspace's"
        );
        assert!(write(&store, |conn| holds::end(conn, a(1), a(72), ms(300))).await);
        assert!(!write(&store, |conn| holds::end(conn, a(1), a(72), ms(301))).await);
        let ended = read(&store, |conn| holds::one(conn, a(1), a(72)))
            .await
            .expect("kept");
        assert_eq!(ended.ended_at, Some(ms(300)));
        assert_eq!(over(22, 500).await, None);
        assert_eq!(
            read(&store, |conn| holds::one(conn, a(2), a(72))).await,
            None
        );
    });
}
