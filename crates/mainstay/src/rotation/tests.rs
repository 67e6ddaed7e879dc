//! A rotation is killed at every write, and goes on from where it was: nothing that was sealed is lost,
//! nothing stays under the old key, and the ring in the file is always one that opens everything.

use super::*;
use crate::open;
use domain::app::{App, AppOwner, Hosts};
use domain::chance::ChaChaChance;
use domain::channel::Mode as ChannelMode;
use domain::clock::SystemClock;
use domain::connect::ConnectPhase;
use domain::grant::{Ends, Mechanism};
use domain::ids::{ChannelId, MemberId, PersonId, SocialSetId};
use domain::member::{Member, Role};
use domain::platform::{LoginFlow, Platform};
use domain::schedule::Zone;
use engine::run::RealTimer;
use secrecy::{ExposeSecret as _, SecretString};
use storage::app_care::{self, Rotated};
use storage::apps::AppRow;
use storage::channel_grants::NewChannelGrant;
use storage::channels::NewChannel;
use storage::connect_sessions::ConnectSession;
use storage::grants::{NewGrant, NewTokens};
use storage::people::Person;
use storage::sets::SocialSet;
use storage::workspaces::Workspace;
use storage::{
    Conn, Mode, apps, channel_grants, channels, connect_sessions, grants, people, sets, workspaces,
};
use testing::kill::{Ended, KillGate};
use vault::KeyRing;

use crate::settings::Settings;

struct House {
    folder: tempfile::TempDir,
}

impl House {
    fn settings(&self) -> Settings {
        let data = self.folder.path().display().to_string();
        Settings::from_layers(None, &[("MAINSTAY_DATA__FOLDER".to_owned(), data)])
            .expect("settings")
    }

    /// Opens it as a start does, seals one of everything if it is new, and gives a keeper.
    async fn start(&self, gate: Option<Arc<KillGate>>) -> (Keeper, open::Opened) {
        let chance: Arc<dyn Chance> = Arc::new(ChaChaChance::from_system().expect("entropy"));
        let settings = self.settings();
        let opened = open::installation(&settings, Mode::Inline, &SystemClock, &chance)
            .await
            .expect("it opens");
        if opened.first {
            fill(&opened.store, &opened.vault, chance.as_ref()).await;
        }
        let store = gate.map_or_else(|| opened.store.clone(), |gate| opened.store.with_gate(gate));
        let keeper = Keeper {
            store,
            vault: opened.vault.clone(),
            chance: chance.clone(),
            clock: Arc::new(SystemClock),
            source: settings.keys,
            me: IncarnationId::new(SystemClock.now(), chance.as_ref()),
            timer: Arc::new(RealTimer),
        };
        (keeper, opened)
    }
}

/// One sealed value in each column.
async fn fill(store: &Store, vault: &Vault, chance: &dyn Chance) {
    let now = SystemClock.now();
    let id = |n: u128| Uuid::from_u128(n);
    let (workspace, set, person, member) = (
        WorkspaceId::from_uuid(id(1)),
        SocialSetId::from_uuid(id(2)),
        PersonId::from_uuid(id(3)),
        MemberId::from_uuid(id(4)),
    );
    let (app, grant, channel, on, session) = (
        AppId::from_uuid(id(5)),
        GrantId::from_uuid(id(6)),
        ChannelId::from_uuid(id(7)),
        ChannelGrantId::from_uuid(id(8)),
        ConnectSessionId::from_uuid(id(9)),
    );
    let seal = |purpose, place: Place| {
        vault
            .seal(purpose, &place, &SecretString::from("geheim"), chance)
            .expect("short")
            .into_bytes()
    };
    let tokens = NewTokens {
        sealed: seal(
            Purpose::GrantToken,
            places::grant_tokens(workspace, grant, 1),
        ),
        scopes: Vec::new(),
        ends: Ends::default(),
        horizon: None,
        renew_at: None,
        jitter_permille: 0,
    };
    let token = seal(Purpose::GrantToken, places::channel_token(workspace, on, 1));
    let row = AppRow::new(
        App {
            id: app,
            owner: AppOwner::Installation,
            platform: Platform::Instagram,
            flow: LoginFlow::Instagram,
            client_id: "1".to_owned(),
            redirect_uri: String::new(),
            api_version: String::new(),
            scopes: Vec::new(),
            hosts: Hosts::default(),
        },
        Some(seal(Purpose::AppSecret, places::app_secret(None, app, 1))),
        Some(seal(Purpose::SigningKey, places::app_keys(None, app, 1))),
    );
    let before = seal(
        Purpose::AppSecret,
        places::app_previous_secret(None, app, 2),
    );
    let secret = seal(Purpose::AppSecret, places::app_secret(None, app, 2));
    let keys = seal(Purpose::SigningKey, places::app_keys(None, app, 2));
    let journey = ConnectSession {
        purpose: domain::connect::ConnectPurpose::Connect,
        id: session,
        workspace,
        social_set: set,
        member,
        session: None,
        api_key: None,
        app,
        channel: None,
        journey_sealed: Some(seal(Purpose::Journey, places::journey(workspace, session))),
        phase: ConnectPhase::Begun,
        grant: None,
        outcome: serde_json::json!({}),
        created_at: now,
        ends_at: plus_ms(now, MINUTE_MS),
    };
    let write = move |conn: &mut Conn<'_>| {
        let name = "A".to_owned();
        workspaces::create(
            conn,
            &Workspace {
                id: workspace,
                name: name.clone(),
                zone: Zone::utc(),
                created_at: now,
            },
        )?;
        people::create(
            conn,
            &Person {
                id: person,
                mail: "a@b.example".to_owned(),
                name: name.clone(),
                password_hash: None,
                operator: true,
                created_at: now,
            },
        )?;
        people::join(
            conn,
            &Member {
                id: member,
                person,
                workspace,
                role: Role::Owner,
                sets: None,
            },
            now,
        )?;
        sets::create(
            conn,
            &SocialSet {
                id: set,
                workspace,
                name,
                zone: Zone::utc(),
                lateness_limit_ms: 1,
                created_at: now,
            },
        )?;
        apps::insert(conn, &row, now)?;
        let stored = apps::one(conn, workspace, app)?.expect("just stored");
        let rotated = Rotated {
            row: &stored,
            previous: Some((&before, 2, stored.secret)),
            secret_sealed: &secret,
            keys_sealed: Some(&keys),
        };
        app_care::rotate(conn, &rotated, now)?;
        let owner = grants::platform_person(
            conn,
            domain::ids::PlatformPersonId::from_uuid(id(10)),
            app,
            "r",
        )?;
        grants::insert(
            conn,
            &NewGrant {
                id: grant,
                workspace,
                app,
                platform: Platform::Instagram,
                flow: LoginFlow::Instagram,
                person: owner,
                person_name: "a",
                signed_in_by: None,
                mechanism: Mechanism::Extend,
                tokens: &tokens,
            },
            now,
        )?;
        channels::insert(
            conn,
            &NewChannel {
                id: channel,
                workspace,
                social_set: set,
                platform: Platform::Instagram,
                account_id: "1",
                handle: "a",
                name: "a",
                picture_url: None,
                mode: ChannelMode::Auto,
            },
            now,
        )?;
        channel_grants::put(
            conn,
            &NewChannelGrant {
                id: on,
                workspace,
                channel,
                grant,
                token_sealed: Some(&token),
                role: None,
                ends: Ends::default(),
                horizon: None,
            },
            now,
        )?;
        connect_sessions::create(conn, &journey, &[7; 32])
    };
    store.write("test.fill", write).await.expect("it is stored");
}

/// Every value opens with this ring; how many are sealed by each key.
async fn all_open(store: &Store, ring: KeyRing) -> std::collections::BTreeMap<KeyId, usize> {
    let vault = Vault::new(ring);
    let mut by_key = std::collections::BTreeMap::new();
    for column in Column::ALL {
        let page = store
            .read("test.page", move |conn| {
                reseal::page(conn, column, Uuid::nil(), PAGE)
            })
            .await
            .unwrap();
        assert_eq!(page.len(), 1, "{column:?}");
        let (purpose, place) = place(column, &page[0]);
        let sealed = envelope(column, &page[0]).unwrap();
        assert_eq!(
            vault
                .open(purpose, &place, &sealed)
                .expect("it opens")
                .expose_secret(),
            "geheim"
        );
        *by_key.entry(sealed.key_id()).or_default() += 1;
    }
    let known = store
        .read("test.check", installation::read)
        .await
        .unwrap()
        .expect("made");
    vault
        .verify_check(known.id, &known.key_check)
        .expect("the keys are its own");
    by_key
}

fn ring_in_file(keeper: &Keeper) -> KeyRing {
    ring::load(&keeper.source).unwrap().expect("a ring")
}

fn silent(_: String) {}

#[tokio::test]
async fn killed_at_every_write_it_goes_on_and_loses_nothing() {
    let (old, new) = (KeyId::new(1).unwrap(), KeyId::new(2).unwrap());
    for point in 0.. {
        let place = House {
            folder: tempfile::tempdir().unwrap(),
        };
        let gate = KillGate::new();
        let (keeper, opened) = place.start(Some(gate.clone())).await;
        gate.arm(Some(point));
        let ended = gate.run(keeper.rotate(&silent)).await;
        // The file alone opens everything, whatever point it was.
        all_open(&opened.store, ring_in_file(&keeper)).await;
        if let Ended::Finished(done) = ended {
            done.expect("a rotation that nobody disturbs is done");
            assert!(point >= 10, "only {point} points: the gate was not passed");
            return;
        }
        drop(keeper);
        opened.close().await.unwrap();

        let (keeper, opened) = place.start(None).await;
        let at = kept(&opened.store).await.unwrap();
        // Killed after its last step was durable, it is done: another call would begin another one.
        if at.is_none_or(|kept| kept.0.step < RotationStep::Resealed) {
            keeper.rotate(&silent).await.expect("it goes on");
        }
        let by_key = all_open(&opened.store, ring_in_file(&keeper)).await;
        let sealing = keeper.vault.ring().sealing();
        assert!(
            sealing > old && by_key.keys().eq([&sealing]),
            "killed at {point}: {by_key:?}, sealing {sealing}"
        );
        assert_eq!(ring_in_file(&keeper).sealing(), sealing);
        // A kill before the first step was durable leaves a key that waits; it is taken, not a third one.
        assert_eq!(sealing, new, "killed at {point}");
        opened.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_key_is_retired_only_when_nothing_needs_it() {
    let place = House {
        folder: tempfile::tempdir().unwrap(),
    };
    let (keeper, opened) = place.start(None).await;
    let (old, new) = (KeyId::new(1).unwrap(), KeyId::new(2).unwrap());
    assert!(
        keeper.retire(old, &silent).await.is_err(),
        "the sealing key stays"
    );
    keeper.rotate(&silent).await.unwrap();
    // Somebody restores an older row: the old key is needed again.
    let one = opened
        .store
        .read("test.page", |conn| {
            reseal::page(conn, Column::AppSecret, Uuid::nil(), 1)
        })
        .await
        .unwrap()
        .remove(0);
    let old_vault = Vault::new(ring_in_file(&keeper).with_sealing(old).unwrap());
    let (purpose, at) = super::place(Column::AppSecret, &one);
    let again = old_vault
        .seal(
            purpose,
            &at,
            &SecretString::from("geheim"),
            keeper.chance.as_ref(),
        )
        .unwrap()
        .into_bytes();
    let was = one.clone();
    assert!(
        opened
            .store
            .write("test.back", move |conn| reseal::replace(
                conn,
                Column::AppSecret,
                &was,
                &again
            ))
            .await
            .unwrap()
    );
    let refused = keeper.retire(old, &silent).await.unwrap_err();
    assert!(refused.what.contains("1 stored secrets"), "{refused}");

    keeper.rotate(&silent).await.unwrap();
    keeper.retire(old, &silent).await.unwrap();
    let ring = ring_in_file(&keeper);
    assert!(!ring.opens(old), "{ring:?}");
    all_open(&opened.store, ring).await;
    assert!(keeper.vault.ring().sealing() > new);
    opened.close().await.unwrap();
    // And a start after it opens with the smaller ring.
    place.start(None).await.1.close().await.unwrap();
}

#[tokio::test]
async fn a_wrong_ring_is_refused_and_nothing_is_touched() {
    let place = House {
        folder: tempfile::tempdir().unwrap(),
    };
    place.start(None).await.1.close().await.unwrap();
    let database = place.folder.path().join("mainstay.db");
    let keys = place.folder.path().join("keys");
    let before = std::fs::read(&database).unwrap();
    let chance: Arc<dyn Chance> = Arc::new(ChaChaChance::from_seed(9));
    let settings = place.settings();

    std::fs::remove_file(&keys).unwrap();
    let missing = open::installation(&settings, Mode::Inline, &SystemClock, &chance)
        .await
        .err()
        .expect("refused");
    assert!(
        missing.what.contains("no key ring") && missing.hint.contains("nothing was changed"),
        "{missing}"
    );
    assert!(
        !keys.exists(),
        "no ring is made beside a database that has one"
    );

    ring::create(&keys, chance.as_ref()).unwrap();
    let other = open::installation(&settings, Mode::Inline, &SystemClock, &chance)
        .await
        .err()
        .expect("refused");
    assert!(
        other.what.contains("is not the key") && other.hint.contains("nothing was changed"),
        "{other}"
    );
    assert_eq!(std::fs::read(&database).unwrap(), before);
}
