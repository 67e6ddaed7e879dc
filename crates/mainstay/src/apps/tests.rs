//! What a start does with the apps of the settings: a new secret stands beside the one before, another client leaves
//! the one before to the logins that live through it, and going back heals.

use std::sync::Arc;

use domain::app::{RetiredWhy, Which};
use domain::chance::{ChaChaChance, Chance};
use domain::clock::{Clock as _, SystemClock};
use domain::grant::{Ends, Mechanism};
use domain::ids::{GrantId, Id as _, WorkspaceId};
use domain::platform::{LoginFlow, Platform};
use domain::schedule::Zone;
use secrecy::ExposeSecret as _;
use storage::apps::AppRow;
use storage::grants::{self, NewGrant, NewTokens};
use storage::workspaces::{self, Workspace};
use storage::{Mode, apps};

use super::{Apps, Replaced};
use crate::open::{self, Opened};
use crate::settings::Settings;

struct House {
    folder: tempfile::TempDir,
    chance: Arc<dyn Chance>,
}

impl House {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            chance: Arc::new(ChaChaChance::from_seed(3)),
        }
    }

    /// A start with these settings beside the usual ones.
    async fn start(&self, given: &[(&str, &str)]) -> (Opened, Vec<Replaced>) {
        let (opened, _, replaced) = self.asked(given).await;
        (opened, replaced)
    }

    /// The same, with what it would have asked about first.
    async fn asked(&self, given: &[(&str, &str)]) -> (Opened, Vec<Replaced>, Vec<Replaced>) {
        let data = self.folder.path().display().to_string();
        let mut variables = vec![("MAINSTAY_DATA__FOLDER".to_owned(), data)];
        variables.extend(
            given
                .iter()
                .map(|(name, value)| (format!("MAINSTAY_{name}"), (*value).to_owned())),
        );
        let settings = Settings::from_layers(None, &variables).expect("settings");
        let opened = open::installation(&settings, Mode::Inline, &SystemClock, &self.chance)
            .await
            .expect("it opens");
        let made = Apps {
            store: &opened.store,
            vault: &opened.vault,
            chance: &self.chance,
            now: SystemClock.now(),
        };
        let would = made.would_replace(&settings).await.expect("what is asked");
        let replaced = made.bring_up_to_date(&settings).await.expect("the apps");
        (opened, would, replaced)
    }

    /// The apps of a flow, oldest first.
    async fn rows(&self, opened: &Opened, flow: LoginFlow) -> Vec<AppRow> {
        let all = opened
            .store
            .read("test.apps", apps::all)
            .await
            .expect("apps");
        all.into_iter()
            .filter(|row| row.app.flow == flow && row.app.platform != Platform::Facebook)
            .collect()
    }

    /// Somebody is signed in through this app.
    async fn sign_in(&self, opened: &Opened, row: &AppRow) {
        let now = SystemClock.now();
        let workspace = WorkspaceId::new(now, self.chance.as_ref());
        let grant = GrantId::new(now, self.chance.as_ref());
        let person = domain::ids::PlatformPersonId::new(now, self.chance.as_ref());
        let app = row.app.clone();
        let write = move |conn: &mut storage::Conn<'_>| {
            let new = Workspace {
                id: workspace,
                name: "Nord".to_owned(),
                zone: Zone::utc(),
                created_at: now,
            };
            workspaces::create(conn, &new)?;
            let person = grants::platform_person(conn, person, app.id, "anna")?;
            let tokens = NewTokens {
                sealed: b"sealed".to_vec(),
                scopes: Vec::new(),
                ends: Ends::default(),
                horizon: None,
                renew_at: None,
                jitter_permille: 0,
            };
            let new = NewGrant {
                id: grant,
                workspace,
                app: app.id,
                platform: app.platform,
                flow: app.flow,
                person,
                person_name: "Anna",
                signed_in_by: None,
                mechanism: Mechanism::Extend,
                tokens: &tokens,
            };
            grants::insert(conn, &new, now)
        };
        opened
            .store
            .write("test.sign_in", write)
            .await
            .expect("stored");
    }
}

const ID: &str = "PLATFORMS__INSTAGRAM__INSTAGRAM__CLIENT_ID";
const SECRET: &str = "PLATFORMS__INSTAGRAM__INSTAGRAM__CLIENT_SECRET";
const REVOKED: &str = "PLATFORMS__INSTAGRAM__INSTAGRAM__PREVIOUS_SECRET_REVOKED";
const PUBLIC: &str = "SERVER__PUBLIC_URL";

/// Both secrets of an app, the first one first.
fn secrets(opened: &Opened, row: &AppRow) -> (String, Option<String>) {
    let open = engine::login::open_app(&opened.vault, row).expect("it opens");
    assert_eq!(open.which, Some(Which::Current));
    let text = |secret: &secrecy::SecretString| secret.expose_secret().to_owned();
    (
        open.client_secret.as_ref().map(text).expect("a secret"),
        open.other_secret.as_ref().map(text),
    )
}

#[tokio::test]
async fn a_new_secret_of_the_settings_stands_beside_the_one_before_until_that_is_revoked() {
    let house = House::new();
    let (opened, _) = house.start(&[(ID, "1"), (SECRET, "one")]).await;
    let rows = house.rows(&opened, LoginFlow::Instagram).await;
    assert_eq!(secrets(&opened, &rows[0]), ("one".to_owned(), None));
    drop(opened);
    let (opened, replaced) = house.start(&[(ID, "1"), (SECRET, "two")]).await;
    assert!(replaced.is_empty());
    let rows = house.rows(&opened, LoginFlow::Instagram).await;
    assert_eq!(rows.len(), 1);
    let both = ("two".to_owned(), Some("one".to_owned()));
    assert_eq!(secrets(&opened, &rows[0]), both);
    drop(opened);
    // Started again with the same: nothing changes, also after other fields did.
    let moved = [
        (ID, "1"),
        (SECRET, "two"),
        (PUBLIC, "http://localhost:9000"),
    ];
    let (opened, _) = house.start(&moved).await;
    let rows = house.rows(&opened, LoginFlow::Instagram).await;
    assert_eq!(secrets(&opened, &rows[0]), both);
    drop(opened);
    let revoked = [(ID, "1"), (SECRET, "two"), (REVOKED, "true")];
    let (opened, _) = house.start(&revoked).await;
    let rows = house.rows(&opened, LoginFlow::Instagram).await;
    assert_eq!(secrets(&opened, &rows[0]), ("two".to_owned(), None));
}

#[tokio::test]
async fn another_client_id_leaves_the_app_before_to_its_logins() {
    let house = House::new();
    let (opened, _) = house.start(&[(ID, "1"), (SECRET, "one")]).await;
    let rows = house.rows(&opened, LoginFlow::Instagram).await;
    house.sign_in(&opened, &rows[0]).await;
    drop(opened);
    let (opened, replaced) = house.start(&[(ID, "2"), (SECRET, "two")]).await;
    assert_eq!(replaced.len(), 1, "it is told");
    assert_eq!(
        (replaced[0].old.as_str(), replaced[0].new.as_str()),
        ("1", "2")
    );
    assert_eq!(replaced[0].logins[0].person_name, "Anna");
    replaced[0].tell();
    let rows = house.rows(&opened, LoginFlow::Instagram).await;
    assert_eq!(rows.len(), 2);
    assert_eq!(
        rows[0].retired.map(|(_, why)| why),
        Some(RetiredWhy::Settings)
    );
    assert!(rows[1].takes_sign_ins());
    assert_eq!(
        secrets(&opened, &rows[0]),
        ("one".to_owned(), None),
        "it goes on"
    );
    drop(opened);
    // Back: what was put aside is in use again, and the other one is put aside.
    let (opened, replaced) = house.start(&[(ID, "1"), (SECRET, "one")]).await;
    assert!(replaced.is_empty(), "nothing lives through the other one");
    let rows = house.rows(&opened, LoginFlow::Instagram).await;
    assert!(rows[0].takes_sign_ins() && !rows[1].takes_sign_ins());
}

#[tokio::test]
async fn another_public_address_is_another_client_at_bluesky() {
    let house = House::new();
    let (opened, _) = house.start(&[(PUBLIC, "https://one.example")]).await;
    let rows = house.rows(&opened, LoginFlow::Bluesky).await;
    assert!(rows[0].app.client_id.starts_with("https://one.example/"));
    house.sign_in(&opened, &rows[0]).await;
    drop(opened);
    let two = [(PUBLIC, "https://two.example")];
    let (opened, would, replaced) = house.asked(&two).await;
    assert_eq!((would.len(), replaced.len()), (1, 1), "asked, then told");
    assert!(replaced[0].needs().contains("https://one.example/"));
    let said = would[0].say();
    assert!(
        said.contains("1 sign-in at bluesky through https://one.example/")
            && said.contains("goes on leading here"),
        "{said}"
    );
    let rows = house.rows(&opened, LoginFlow::Bluesky).await;
    assert_eq!(rows.len(), 2);
    assert!(!rows[0].takes_sign_ins() && rows[1].takes_sign_ins());
    assert!(rows[0].keys_sealed.is_some(), "with its keys");
    drop(opened);
    let (_, would, replaced) = house.asked(&two).await;
    assert!(would.is_empty(), "asked once, not at every start");
    assert_eq!(replaced.len(), 1, "and told at every start");
}
