//! The apps of the installation, as the settings say: made, or brought up to date, at every start. An
//! app that the settings no longer name stays, because logins may still live through it.

use std::sync::Arc;

use domain::Timestamp;
use domain::app::{App, AppOwner};
use domain::chance::Chance;
use domain::ids::{AppId, Id as _};
use domain::platform::{LoginFlow, Platform};
use platforms::bluesky::{loopback_client_id, new_signing_key};
use secrecy::{ExposeSecret as _, SecretString};
use storage::apps::{self, AppRow};
use storage::{Conn, Store};
use vault::{Purpose, Sealed, Vault, places};

use crate::settings::{AppSettings, Client, Settings};
use crate::trouble::{Result, Trouble};

/// What making apps needs.
pub struct Apps<'a> {
    /// The database.
    pub store: &'a Store,
    /// Seals secrets.
    pub vault: &'a Arc<Vault>,
    /// Ids and keys.
    pub chance: &'a Arc<dyn Chance>,
    /// The product time.
    pub now: Timestamp,
}

/// How one app is wanted.
struct Wanted {
    platform: Platform,
    flow: LoginFlow,
    client_id: String,
    redirect_uri: String,
    api_version: String,
    scopes: Vec<String>,
    hosts: domain::app::Hosts,
    secret: Option<SecretString>,
    signs: bool,
}

impl Apps<'_> {
    /// Makes the stored apps those of the settings.
    ///
    /// # Errors
    /// When the database fails, or a stored secret does not open.
    pub async fn bring_up_to_date(&self, settings: &Settings) -> Result<()> {
        for app in &settings.apps {
            let Some(wanted) = wanted(settings, app) else {
                continue;
            };
            let known = self.store.read("apps.all", apps::all).await?;
            let ours = |row: &&AppRow| {
                row.app.owner == AppOwner::Installation
                    && (row.app.platform, row.app.flow) == (wanted.platform, wanted.flow)
            };
            for row in known.iter().filter(ours) {
                self.update(row, &wanted).await?;
            }
            if !known
                .iter()
                .filter(ours)
                .any(|row| row.app.client_id == wanted.client_id)
            {
                self.insert(&wanted).await?;
            }
        }
        Ok(())
    }

    async fn insert(&self, wanted: &Wanted) -> Result<()> {
        let id = AppId::new(self.now, self.chance.as_ref());
        let secret_sealed = self.seal_secret(id, 1, wanted.secret.as_ref())?;
        let keys_sealed = if wanted.signs {
            Some(self.new_keys(id)?)
        } else {
            None
        };
        let row = AppRow {
            app: App {
                id,
                owner: AppOwner::Installation,
                platform: wanted.platform,
                flow: wanted.flow,
                client_id: wanted.client_id.clone(),
                redirect_uri: wanted.redirect_uri.clone(),
                api_version: wanted.api_version.clone(),
                scopes: wanted.scopes.clone(),
                hosts: wanted.hosts.clone(),
            },
            secret_sealed,
            keys_sealed,
            generation: 1,
        };
        let now = self.now;
        self.store
            .write("apps.insert", move |conn: &mut Conn<'_>| {
                apps::insert(conn, &row, now)
            })
            .await?;
        tracing::info!(platform = %wanted.platform, flow = %wanted.flow, "an app of the settings was added");
        Ok(())
    }

    /// The hosts are the platform's, so all its apps have them; the rest is the one app's own.
    async fn update(&self, row: &AppRow, wanted: &Wanted) -> Result<()> {
        let same_client = row.app.client_id == wanted.client_id;
        let mut app = row.app.clone();
        app.hosts.clone_from(&wanted.hosts);
        app.api_version.clone_from(&wanted.api_version);
        if same_client {
            app.redirect_uri.clone_from(&wanted.redirect_uri);
            app.scopes.clone_from(&wanted.scopes);
        }
        let old_secret = self.open(Purpose::AppSecret, row, row.secret_sealed.as_deref())?;
        let secret = if same_client {
            wanted.secret.as_ref()
        } else {
            old_secret.as_ref()
        };
        let text =
            |secret: Option<&SecretString>| secret.map(|secret| secret.expose_secret().to_owned());
        if app == row.app && text(secret) == text(old_secret.as_ref()) {
            return Ok(());
        }
        // A change counts the generation up, and what is sealed is bound to it.
        let next = row.generation + 1;
        let keys = self.open(Purpose::SigningKey, row, row.keys_sealed.as_deref())?;
        let keys_sealed = match keys {
            Some(keys) => {
                let place = places::app_keys(None, row.app.id, next);
                Some(self.seal(Purpose::SigningKey, &place, &keys)?)
            }
            None => None,
        };
        let secret_sealed = self.seal_secret(row.app.id, next, secret)?;
        let new = AppRow {
            app,
            secret_sealed,
            keys_sealed,
            generation: row.generation,
        };
        self.store
            .write("apps.update", move |conn: &mut Conn<'_>| {
                apps::update(conn, &new)
            })
            .await?;
        tracing::info!(platform = %wanted.platform, flow = %wanted.flow, "an app was changed as the settings say");
        Ok(())
    }

    fn seal_secret(
        &self,
        id: AppId,
        generation: u64,
        secret: Option<&SecretString>,
    ) -> Result<Option<Vec<u8>>> {
        let place = places::app_secret(None, id, generation);
        secret
            .map(|secret| self.seal(Purpose::AppSecret, &place, secret))
            .transpose()
    }

    /// One signing key, as the list that the adapter reads.
    fn new_keys(&self, id: AppId) -> Result<Vec<u8>> {
        let day = self.now.strftime("%Y-%m-%d").to_string();
        let key = new_signing_key(
            self.chance.as_ref(),
            &format!("{day}-{}", &id.uuid().simple().to_string()[24..]),
        );
        let list = serde_json::to_string(&[key.expose_secret()]).unwrap_or_default();
        self.seal(
            Purpose::SigningKey,
            &places::app_keys(None, id, 1),
            &SecretString::from(list),
        )
    }

    fn seal(
        &self,
        purpose: Purpose,
        place: &vault::Place,
        secret: &SecretString,
    ) -> Result<Vec<u8>> {
        let sealed = self
            .vault
            .seal(purpose, place, secret, self.chance.as_ref());
        Ok(sealed
            .map_err(|error| Trouble::plain(error.to_string()))?
            .into_bytes())
    }

    fn open(
        &self,
        purpose: Purpose,
        row: &AppRow,
        sealed: Option<&[u8]>,
    ) -> Result<Option<SecretString>> {
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let sealed = Sealed::from_bytes(sealed.to_vec())
            .map_err(|error| Trouble::plain(error.to_string()))?;
        let place = match purpose {
            Purpose::SigningKey => places::app_keys(None, row.app.id, row.generation),
            _ => places::app_secret(None, row.app.id, row.generation),
        };
        Ok(Some(self.vault.open(purpose, &place, &sealed)?))
    }
}

/// Where platforms send browsers back to.
#[must_use]
pub fn redirect_uri(settings: &Settings) -> String {
    format!(
        "{}{}",
        settings.public_url.as_str().trim_end_matches('/'),
        web::urls::OauthCallbackPlain::PATH
    )
}

/// What the settings want of an app; none where no adapter stands for it.
fn wanted(settings: &Settings, app: &AppSettings) -> Option<Wanted> {
    let facts = platforms::registry::get(app.platform)?
        .facts()
        .flow(app.flow)?;
    let scopes: Vec<String> = facts
        .scopes
        .iter()
        .map(|scope| scope.scope.to_owned())
        .collect();
    let own = |path: &str| {
        format!(
            "{}{path}",
            settings.public_url.as_str().trim_end_matches('/')
        )
    };
    let (mut redirect_uri, mut secret, mut signs) = (redirect_uri(settings), None, false);
    let client_id = match &app.client {
        Client::Registered { id, secret: given } => {
            secret = Some(given.clone());
            id.clone()
        }
        // Only a public https address can be fetched by others; else the loopback client, whose
        // logins end after 14 days (sheet bluesky.md §2).
        Client::OwnAddress if settings.public_url.scheme() == "https" && !settings.is_local() => {
            signs = true;
            own(web::urls::BlueskyHouseClient::PATH)
        }
        Client::OwnAddress => {
            redirect_uri = redirect_uri.replacen("://localhost", "://127.0.0.1", 1);
            loopback_client_id(&redirect_uri, &scopes)
        }
    };
    Some(Wanted {
        platform: app.platform,
        flow: app.flow,
        client_id,
        redirect_uri,
        api_version: app.api_version.clone(),
        scopes,
        hosts: app.hosts.clone(),
        secret,
        signs,
    })
}
