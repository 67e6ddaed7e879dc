//! Apps while people are signed in through them: two secrets, how they fared, the usual app, retiring, removing, and
//! who is signed in through which; each with a second workspace beside it.

use domain::app::{AppOwner, RetiredWhy, SecretState, SecretUse};
use domain::connect::{ConnectPhase, ConnectPurpose};
use domain::grant::Life;
use domain::ids::AppId;
use domain::platform::{LoginFlow, Platform};
use serde_json::json;
use storage::app_care::{self, Rotated};
use storage::apps::{self, AppRow};
use storage::connect_sessions::{self, ConnectSession};
use storage::{Store, grants};

use crate::both::on_both;
use crate::ground::{APP, Tenant, app, attempt, is_stale, ms, nth, read, two, write};

/// An app of the tenant's own.
async fn own(store: &Store, tenant: Tenant) -> AppRow {
    let id = tenant.more::<AppId>(1);
    write(store, move |conn| {
        let owner = AppOwner::Workspace(tenant.workspace);
        let mut row = app(id, owner, LoginFlow::Instagram);
        row.name = "Ours".to_owned();
        row.keys_sealed = Some(b"keys".to_vec());
        apps::insert(conn, &row, ms(60))
    })
    .await;
    one(store, tenant, id).await
}

async fn one(store: &Store, tenant: Tenant, id: AppId) -> AppRow {
    read(store, move |conn| apps::one(conn, tenant.workspace, id))
        .await
        .expect("there")
}

async fn rotate(store: &Store, row: &AppRow, now: i64) -> storage::Result<()> {
    let row = row.clone();
    attempt(store, move |conn| {
        let old = row.secret_sealed.clone().unwrap_or_default();
        let new = Rotated {
            row: &row,
            previous: Some((&old, row.generation + 1, row.secret)),
            secret_sealed: b"new",
            keys_sealed: Some(b"keys anew"),
        };
        app_care::rotate(conn, &new, ms(now))
    })
    .await
}

#[test]
fn a_secret_stands_beside_the_one_before_until_one_of_them_is_forgotten() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let row = own(&store, tenant).await;
        assert_eq!(
            (row.name.as_str(), row.secret.added_at, &row.previous),
            ("Ours", Some(ms(60)), &None)
        );
        rotate(&store, &row, 100).await.expect("rotated");
        assert!(
            is_stale(&rotate(&store, &row, 101).await),
            "it was read before"
        );
        let id = row.app.id;
        let now = one(&store, tenant, id).await;
        let kept = now.previous.clone().expect("the one before");
        assert_eq!(
            (now.secret_sealed.as_deref(), kept.sealed.as_slice()),
            (Some(b"new".as_slice()), b"secret".as_slice())
        );
        assert_eq!((now.generation, kept.generation), (2, 2));
        assert_eq!(now.keys_sealed.as_deref(), Some(b"keys anew".as_slice()));
        assert_eq!(now.secret.added_at, Some(ms(100)));
        assert_eq!(kept.secret.added_at, Some(ms(60)), "its age goes along");

        // How they fared, at this generation only, and an older word takes nothing away.
        let heard = |generation, current: SecretUse, previous: SecretUse| {
            write(&store, move |conn| {
                app_care::fared(conn, id, generation, &current, &previous)
            })
        };
        let taken = |at| SecretUse {
            taken_at: Some(ms(at)),
            ..SecretUse::default()
        };
        let refused = SecretUse {
            refused_at: Some(ms(110)),
            ..SecretUse::default()
        };
        assert!(
            !heard(1, taken(105), refused).await,
            "of another generation"
        );
        assert!(heard(2, refused, taken(111)).await);
        assert!(heard(2, SecretUse::default(), SecretUse::default()).await);
        let now = one(&store, tenant, id).await;
        let kept = now.previous.clone().expect("the one before");
        assert_eq!(
            (now.secret.state(), kept.secret.state()),
            (SecretState::Refused, SecretState::Taken)
        );

        // A change of something else leaves the one before as it is sealed.
        let renamed = AppRow {
            name: "Renamed".to_owned(),
            ..now.clone()
        };
        write(&store, move |conn| apps::update(conn, &renamed)).await;
        let now = one(&store, tenant, id).await;
        assert_eq!(now.previous.as_ref().map(|kept| kept.generation), Some(2));
        let forget =
            |row: AppRow| attempt(&store, move |conn| app_care::forget_previous(conn, &row));
        let old = AppRow {
            generation: 2,
            ..now.clone()
        };
        assert!(is_stale(&forget(old).await));
        forget(now.clone()).await.expect("forgotten");
        assert!(is_stale(&forget(now.clone()).await), "there is none");
        assert_eq!(one(&store, tenant, id).await.previous, None);

        // The other way round: the newest is given up.
        let row = one(&store, tenant, id).await;
        rotate(&store, &row, 200).await.expect("rotated");
        let row = one(&store, tenant, id).await;
        let back = row.clone();
        write(&store, move |conn| {
            app_care::take_back(conn, &back, b"back", Some(b"keys"))
        })
        .await;
        let now = one(&store, tenant, id).await;
        assert_eq!(
            (now.secret_sealed.as_deref(), &now.previous),
            (Some(b"back".as_slice()), &None)
        );
        assert_eq!(now.secret.added_at, Some(ms(100)), "with its own age");
        assert_eq!(now.generation, row.generation + 1);
        let untouched = one(&store, other, nth(APP)).await;
        assert_eq!(untouched.generation, 1);
    });
}

#[test]
fn the_usual_app_is_each_workspaces_own_choice() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let (row, house) = (
            own(&store, tenant).await,
            one(&store, other, nth(APP)).await,
        );
        let choose = |who: Tenant, row: AppRow| {
            write(&store, move |conn| {
                app_care::set_default(conn, who.workspace, &row)
            })
        };
        let chosen =
            |who: Tenant| read(&store, move |conn| app_care::defaults(conn, who.workspace));
        choose(tenant, house.clone()).await;
        choose(tenant, row.clone()).await;
        choose(other, house.clone()).await;
        assert_eq!(
            chosen(tenant).await,
            [(Platform::Instagram, LoginFlow::Instagram, row.app.id)]
        );
        assert_eq!(chosen(other).await.len(), 1);
        let (workspace, id) = (tenant.workspace, row.app.id);
        assert!(
            write(&store, move |conn| app_care::remove(
                conn,
                workspace,
                id,
                ms(9)
            ))
            .await
        );
        assert!(chosen(tenant).await.is_empty(), "what is gone is no choice");
        assert_eq!(chosen(other).await.len(), 1);
    });
}

#[test]
fn retired_goes_on_and_removed_waits_for_the_last_login() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let row = own(&store, tenant).await;
        let id = row.app.id;
        let retire = |why| write(&store, move |conn| app_care::retire(conn, id, why, ms(70)));
        assert!(retire(RetiredWhy::Person).await);
        assert!(!retire(RetiredWhy::Settings).await, "once");
        let now = one(&store, tenant, id).await;
        assert_eq!(now.retired, Some((ms(70), RetiredWhy::Person)));
        assert!(!now.takes_sign_ins());
        write(&store, move |conn| app_care::take_up(conn, id)).await;
        assert!(one(&store, tenant, id).await.takes_sign_ins());

        // Both workspaces are signed in through the installation's app: each sees its own.
        let house = nth::<AppId>(APP);
        let through = |who: Tenant| {
            read(&store, move |conn| {
                app_care::logins(conn, who.workspace, house)
            })
        };
        let mine = through(tenant).await;
        assert_eq!(mine.len(), 1, "{mine:?}");
        assert_eq!(
            (mine[0].grant, mine[0].channel.as_ref().map(|(id, _)| *id)),
            (tenant.grant, Some(tenant.channel))
        );
        assert_eq!(through(other).await[0].grant, other.grant);
        let all = read(&store, move |conn| app_care::all_logins(conn, house)).await;
        assert_eq!(all.len(), 2);
        let living = read(&store, move |conn| app_care::living_grants(conn, house)).await;
        assert_eq!(living.len(), 2);

        // What is somebody else's, or the installation's, is not removed.
        let remove = |who: Tenant, app: AppId| {
            write(&store, move |conn| {
                app_care::remove(conn, who.workspace, app, ms(80))
            })
        };
        assert!(!remove(other, id).await);
        assert!(!remove(tenant, house).await);
        // While a login lives through it neither: the grant is moved to the own app for this.
        let (workspace, grant) = (tenant.workspace, tenant.grant);
        let first = read(&store, move |conn| grants::one(conn, workspace, grant))
            .await
            .expect("there");
        write(&store, move |conn| {
            let person = grants::platform_person(conn, tenant.more(8), id, "anna")?;
            let tokens = crate::ground::tokens("tokens", None);
            let new = grants::NewGrant {
                id: tenant.more(9),
                workspace,
                app: id,
                platform: Platform::Instagram,
                flow: LoginFlow::Instagram,
                person,
                person_name: "Anna",
                signed_in_by: None,
                mechanism: first.mechanism,
                tokens: &tokens,
            };
            grants::insert(conn, &new, ms(75))
        })
        .await;
        assert!(
            !remove(tenant, id).await,
            "somebody is signed in through it"
        );
        write(&store, move |conn| {
            let own = grants::one(conn, workspace, tenant.more(9))?.expect("there");
            grants::end_life(conn, &own, Life::Superseded { since: ms(76) }, None)
        })
        .await;
        assert!(remove(tenant, id).await);
        assert!(!remove(tenant, id).await, "once");
        let gone = one(&store, tenant, id).await;
        assert_eq!(
            (gone.removed_at, gone.secret_sealed, gone.keys_sealed),
            (Some(ms(80)), None, None)
        );
        let usable = read(&store, move |conn| apps::usable(conn, workspace)).await;
        assert!(usable.iter().all(|row| row.app.id != id));
    });
}

#[test]
fn trials_and_sign_ins_under_way() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let house = nth::<AppId>(APP);
        let session = |who: Tenant, number: u128, purpose, phase| ConnectSession {
            id: who.more(number),
            purpose,
            workspace: who.workspace,
            social_set: who.set,
            member: who.member,
            session: None,
            api_key: None,
            app: house,
            channel: None,
            journey_sealed: None,
            phase,
            grant: None,
            outcome: json!({}),
            created_at: ms(1),
            ends_at: ms(100),
        };
        let rows = [
            session(tenant, 1, ConnectPurpose::Test, ConnectPhase::Begun),
            session(other, 2, ConnectPurpose::Test, ConnectPhase::Begun),
            session(tenant, 3, ConnectPurpose::Connect, ConnectPhase::Begun),
        ];
        write(&store, move |conn| {
            for (number, row) in (1..).zip(&rows) {
                let hash = [number; 32];
                connect_sessions::create(conn, row, &hash)?;
                if number != 1 {
                    connect_sessions::take(conn, row, &hash, ms(5), ms(50 + i64::from(number)))?;
                }
            }
            Ok(())
        })
        .await;
        let under_way = |who: Tenant, now| {
            read(&store, move |conn| {
                app_care::under_way(conn, who.workspace, house, ms(now))
            })
        };
        assert_eq!(
            (under_way(tenant, 10).await, under_way(other, 10).await),
            (2, 1)
        );
        assert_eq!(under_way(tenant, 200).await, 0);
        let left = |now| {
            read(&store, move |conn| {
                connect_sessions::left_tests(conn, ms(now), 9)
            })
        };
        assert!(left(51).await.is_empty(), "it has time yet");
        let found = left(60).await;
        assert_eq!(
            found.len(),
            1,
            "not what was never come back from, nor a real one"
        );
        assert_eq!(
            (found[0].id, found[0].purpose),
            (other.more(2), ConnectPurpose::Test)
        );
    });
}
