//! Sealed values are read in pages over everything, and stored sealed anew unless they moved on; and the
//! small values of the installation.

use domain::app::AppOwner;
use domain::connect::ConnectPhase;
use domain::ids::Id as _;
use domain::platform::LoginFlow;
use serde_json::json;
use storage::app_care::{self, Rotated};
use storage::connect_sessions::{self, ConnectSession};
use storage::reseal::{self, Column, SealedValue};
use storage::{apps, installation, sessions};
use uuid::Uuid;

use crate::both::on_both;
use crate::ground::{APP, Tenant, app, ms, nth, one, read, two, write};

/// Both workspaces have a value in every column.
async fn sealed_everywhere(store: &storage::Store) -> (Tenant, Tenant) {
    let (tenant, other) = two(store).await;
    write(store, move |conn| {
        for who in [tenant, other] {
            let mut own = app(
                who.more(1),
                AppOwner::Workspace(who.workspace),
                LoginFlow::Facebook,
            );
            own.keys_sealed = Some(b"keys".to_vec());
            apps::insert(conn, &own, ms(60))?;
            let row = apps::one(conn, who.workspace, own.app.id)?.expect("just stored");
            let rotated = Rotated {
                row: &row,
                previous: Some((b"before", 2, row.secret)),
                secret_sealed: b"secret",
                keys_sealed: Some(b"keys"),
            };
            app_care::rotate(conn, &rotated, ms(61))?;
            let journey = ConnectSession {
                purpose: domain::connect::ConnectPurpose::Connect,
                id: who.more(2),
                workspace: who.workspace,
                social_set: who.set,
                member: who.member,
                session: None,
                api_key: None,
                app: nth(APP),
                channel: None,
                journey_sealed: Some(b"journey".to_vec()),
                phase: ConnectPhase::Begun,
                grant: None,
                outcome: json!({}),
                created_at: ms(1),
                ends_at: ms(2),
            };
            connect_sessions::create(
                conn,
                &journey,
                &[u8::try_from(who.base / 1_000).expect("small"); 32],
            )?;
        }
        Ok(())
    })
    .await;
    (tenant, other)
}

#[test]
fn every_column_is_paged_and_replaced_by_compare_and_set() {
    on_both(|store| async move {
        let (tenant, other) = sealed_everywhere(&store).await;
        for column in Column::ALL {
            let page = |after: Uuid, limit| {
                read(&store, move |conn| reseal::page(conn, column, after, limit))
            };
            let mut all: Vec<SealedValue> = Vec::new();
            loop {
                let next = page(all.last().map_or(Uuid::nil(), |last| last.id), 1).await;
                assert!(next.len() <= 1, "{column:?}");
                let Some(next) = next.into_iter().next() else {
                    break;
                };
                all.push(next);
            }
            assert!(all.is_sorted_by_key(|value| value.id), "{column:?}");
            let owners: Vec<_> = all.iter().filter_map(|value| value.workspace).collect();
            assert!(
                owners.contains(&tenant.workspace) && owners.contains(&other.workspace),
                "{column:?}"
            );
            let with_installation = usize::from(column == Column::AppSecret);
            assert_eq!(all.len(), 2 + with_installation, "{column:?}");

            let replace = |old: SealedValue, sealed: &'static [u8]| {
                write(&store, move |conn| {
                    reseal::replace(conn, column, &old, sealed)
                })
            };
            let old = all.remove(0);
            let generation = old.generation + 1;
            assert!(
                !replace(
                    SealedValue {
                        generation,
                        ..old.clone()
                    },
                    b"wrong"
                )
                .await,
                "{column:?} moved on"
            );
            assert!(replace(old.clone(), b"anew").await, "{column:?}");
            let now = page(Uuid::nil(), 1).await.remove(0);
            assert_eq!(
                (now.id, now.generation, now.sealed.as_slice()),
                (old.id, old.generation, b"anew".as_slice())
            );
            let rest: Vec<Vec<u8>> = page(old.id, 10)
                .await
                .into_iter()
                .map(|value| value.sealed)
                .collect();
            assert!(
                rest.iter().all(|sealed| sealed != b"anew"),
                "{column:?}: one row alone"
            );
        }
    });
}

#[test]
fn small_values_by_their_name() {
    on_both(|store| async move {
        let value = |name: &'static str| read(&store, move |conn| installation::value(conn, name));
        let set = |name: &'static str, value: &'static str| {
            write(&store, move |conn| {
                installation::set_value(conn, name, value)
            })
        };
        assert_eq!(value("clock").await, None);
        set("clock", "1").await;
        set("clock", "2").await;
        set("other", "").await;
        assert_eq!(
            (
                value("clock").await.as_deref(),
                value("other").await.as_deref()
            ),
            (Some("2"), Some(""))
        );
    });
}

#[test]
fn the_hashes_of_a_persons_cookies() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        write(&store, move |conn| {
            for (number, seen_at, ends_at) in
                [(1, 100, 900), (2, 200, 900), (3, 10, 900), (4, 300, 400)]
            {
                let session = sessions::Session {
                    id: tenant.more(number),
                    person: tenant.person,
                    workspace: Some(tenant.workspace),
                    set: None,
                    created_at: ms(5),
                    seen_at: ms(seen_at),
                    ends_at: ms(ends_at),
                    client: "a browser".to_owned(),
                };
                sessions::create(conn, &session, &[u8::try_from(number).expect("small"); 32])?;
            }
            Ok(())
        })
        .await;
        let tokens = |person| {
            let living = sessions::Living {
                seen_since: ms(50),
                now: ms(400),
            };
            read(&store, move |conn| sessions::tokens(conn, person, living))
        };
        assert_eq!(
            tokens(tenant.person).await,
            [[2u8; 32], [1u8; 32]],
            "the living ones, last used first"
        );
        assert!(
            tokens(domain::ids::PersonId::from_uuid(Uuid::from_u128(9)))
                .await
                .is_empty()
        );
    });
}
