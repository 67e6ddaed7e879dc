//! The apps of the installation, as the settings say: made, or brought up to date, at every start. Nothing that
//! lives is ended by it: a new secret stands beside the one before, and an app that has another client id now (or,
//! at Bluesky, another public address, which is the client id there) stays beside the new one, without new
//! sign-ins, for the logins that live through it. Which those are is told.

use std::sync::Arc;

use domain::Timestamp;
use domain::app::{App, AppOwner, RetiredWhy, SecretState};
use domain::chance::Chance;
use domain::ids::{AppId, Id as _};
use domain::platform::{LoginFlow, Platform};
use platforms::bluesky::{loopback_client_id, new_signing_key};
use secrecy::{ExposeSecret as _, SecretString};
use storage::app_care::{self, Rotated, Through};
use storage::apps::{self, AppRow};
use storage::{Conn, Store};
use vault::{Purpose, Sealed, Vault, places};

use crate::settings::{AppSettings, Client as Registration, Settings};
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
    previous_revoked: bool,
    signs: bool,
}

/// Which client there is to be.
struct Client {
    platform: Platform,
    flow: LoginFlow,
    id: String,
}

impl Wanted {
    /// Whether this is the installation's app of that platform and way to sign in, of whatever client id.
    fn is_of(&self, row: &AppRow) -> bool {
        row.app.owner == AppOwner::Installation
            && (row.app.platform, row.app.flow) == (self.platform, self.flow)
    }

    fn client(&self) -> Client {
        Client {
            platform: self.platform,
            flow: self.flow,
            id: self.client_id.clone(),
        }
    }
}

/// What lives through an app that the settings have replaced by another.
pub struct Replaced {
    /// At which platform.
    pub platform: Platform,
    /// Through which login.
    pub flow: LoginFlow,
    /// The client id that they were signed in through.
    pub old: String,
    /// The client id of the settings.
    pub new: String,
    /// The logins.
    pub logins: Vec<Through>,
}

impl Replaced {
    /// What must stay as it is for these logins to live on.
    #[must_use]
    pub fn needs(&self) -> String {
        if self.old.starts_with("https://") {
            format!("they live on only while {} goes on leading here", self.old)
        } else {
            "they live on while the platform keeps that client id".to_owned()
        }
    }

    /// The accounts that live through it, in order: some of them, and how many more there are. Not the names of people.
    fn accounts(&self) -> (String, usize) {
        let channels = self
            .logins
            .iter()
            .filter_map(|login| login.channel.as_ref());
        let mut names: Vec<&str> = channels.map(|(_, handle)| handle.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let shown = names.len().min(TOLD);
        (names[..shown].join(", "), names.len() - shown)
    }

    /// Tells it in the log.
    pub fn tell(&self) {
        let (channels, more) = self.accounts();
        tracing::warn!(
            platform = %self.platform,
            flow = %self.flow,
            old = self.old,
            new = self.new,
            channels,
            more,
            "the settings name another client: nothing was ended, but {}; signing in again moves them",
            self.needs()
        );
    }

    /// Says it to whoever starts the program, on lines of its own.
    #[must_use]
    pub fn say(&self) -> String {
        let (channels, more) = self.accounts();
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (count, noun) = match self.logins.len() {
            1 => (1, "sign-in"),
            count => (count, "sign-ins"),
        };
        format!(
            "  {count} {noun} at {} through {} ({channels}{more}): {}",
            self.platform,
            self.old,
            self.needs()
        )
    }
}

/// The most channels that a line of the log names.
const TOLD: usize = 20;

impl Apps<'_> {
    /// Makes the stored apps those of the settings; answers what lives through apps that others have replaced.
    ///
    /// # Errors
    /// When the database fails, or a stored secret does not open.
    pub async fn bring_up_to_date(&self, settings: &Settings) -> Result<Vec<Replaced>> {
        for wanted in settings.apps.iter().filter_map(|app| wanted(settings, app)) {
            let known = self.store.read("apps.all", apps::all).await?;
            let ours: Vec<_> = known.iter().filter(|row| wanted.is_of(row)).collect();
            for row in &ours {
                self.update(row, &wanted).await?;
            }
            if !ours.iter().any(|row| row.app.client_id == wanted.client_id) {
                self.insert(&wanted).await?;
            }
        }
        let mut replaced = Vec::new();
        for (row, client) in self.by_settings(settings).await? {
            self.in_or_out(&row, &client).await?;
            replaced.extend(self.replaced(&row, &client).await?);
        }
        Ok(replaced)
    }

    /// What lives through apps that are in use, and would be put aside by a start with these settings. Nothing is
    /// changed: the operator is asked first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn would_replace(&self, settings: &Settings) -> Result<Vec<Replaced>> {
        let mut replaced = Vec::new();
        for (row, client) in self.by_settings(settings).await? {
            if row.retired.is_none() {
                replaced.extend(self.replaced(&row, &client).await?);
            }
        }
        Ok(replaced)
    }

    /// The apps that the settings speak of, each with the client that it would have to be to stay in use: those of the
    /// installation, and clients of Bluesky that workspaces have of their own, which are addresses of ours as well.
    async fn by_settings(&self, settings: &Settings) -> Result<Vec<(AppRow, Client)>> {
        let public = settings.public_url.as_str().trim_end_matches('/');
        let known = self.store.read("apps.all", apps::all).await?;
        let mut all = Vec::new();
        for wanted in settings.apps.iter().filter_map(|app| wanted(settings, app)) {
            let ours = known.iter().filter(|row| wanted.is_of(row));
            all.extend(ours.map(|row| (row.clone(), wanted.client())));
        }
        for row in known.iter().filter(|row| {
            row.app.owner != AppOwner::Installation
                && row.app.platform == Platform::Bluesky
                && row.removed_at.is_none()
                && row.app.client_id.starts_with("https://")
        }) {
            let client = Client {
                platform: row.app.platform,
                flow: row.app.flow,
                id: if row.app.client_id.starts_with(&format!("{public}/")) {
                    row.app.client_id.clone()
                } else {
                    public.to_owned()
                },
            };
            all.push((row.clone(), client));
        }
        Ok(all)
    }

    /// An app of another client id takes no new sign-ins from now on, one of this client id does.
    async fn in_or_out(&self, row: &AppRow, wanted: &Client) -> Result<()> {
        let (id, now) = (row.app.id, self.now);
        let by_settings = row
            .retired
            .is_some_and(|(_, why)| why == RetiredWhy::Settings);
        if row.app.client_id == wanted.id && by_settings {
            self.store
                .write("apps.take_up", move |conn: &mut Conn<'_>| {
                    app_care::take_up(conn, id)
                })
                .await?;
            tracing::info!(platform = %wanted.platform, flow = %wanted.flow, "an app of the settings is back");
        }
        if row.app.client_id != wanted.id && row.retired.is_none() {
            self.store
                .write("apps.retire", move |conn: &mut Conn<'_>| {
                    app_care::retire(conn, id, RetiredWhy::Settings, now)
                })
                .await?;
        }
        Ok(())
    }

    /// What lives through an app of another client id, if anything does.
    async fn replaced(&self, row: &AppRow, wanted: &Client) -> Result<Option<Replaced>> {
        if row.app.client_id == wanted.id {
            return Ok(None);
        }
        let id = row.app.id;
        let logins = self
            .store
            .read("apps.logins", move |conn| app_care::all_logins(conn, id))
            .await?;
        Ok((!logins.is_empty()).then(|| Replaced {
            platform: wanted.platform,
            flow: wanted.flow,
            old: row.app.client_id.clone(),
            new: wanted.id.clone(),
            logins,
        }))
    }

    /// A secret of the settings that is not the stored one is put in its place; that one stays beside it until
    /// the settings say that it is revoked at the platform.
    async fn rotate(&self, row: &AppRow, secret: &SecretString) -> Result<()> {
        let (id, next) = (row.app.id, row.generation + 1);
        let current = self.open(Purpose::AppSecret, row, row.secret_sealed.as_deref())?;
        // With two there already, the one that is known to be refused goes.
        let refused = row.secret.state() == SecretState::Refused;
        let keep_older = row
            .previous
            .clone()
            .filter(|older| refused && older.secret.state() != SecretState::Refused);
        let previous = match (keep_older, current) {
            (Some(older), _) => Some((older.sealed, older.generation, older.secret)),
            (None, Some(current)) => {
                let place = places::app_previous_secret(None, id, next);
                let sealed = self.seal(Purpose::AppSecret, &place, &current)?;
                Some((sealed, next, row.secret))
            }
            (None, None) => None,
        };
        let secret_sealed = self.seal(
            Purpose::AppSecret,
            &places::app_secret(None, id, next),
            secret,
        )?;
        let keys = self.open(Purpose::SigningKey, row, row.keys_sealed.as_deref())?;
        let keys_sealed = keys
            .map(|keys| {
                self.seal(
                    Purpose::SigningKey,
                    &places::app_keys(None, id, next),
                    &keys,
                )
            })
            .transpose()?;
        let (row, now) = (row.clone(), self.now);
        let write = move |conn: &mut Conn<'_>| {
            let previous = previous
                .as_ref()
                .map(|(sealed, generation, fared)| (sealed.as_slice(), *generation, *fared));
            let new = Rotated {
                row: &row,
                previous,
                secret_sealed: &secret_sealed,
                keys_sealed: keys_sealed.as_deref(),
            };
            app_care::rotate(conn, &new, now)
        };
        self.store.write("apps.rotate", write).await?;
        tracing::info!(
            "an app has a new secret; the one before is tried where the platform refuses it"
        );
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
        let app = App {
            id,
            owner: AppOwner::Installation,
            platform: wanted.platform,
            flow: wanted.flow,
            client_id: wanted.client_id.clone(),
            redirect_uri: wanted.redirect_uri.clone(),
            api_version: wanted.api_version.clone(),
            scopes: wanted.scopes.clone(),
            hosts: wanted.hosts.clone(),
        };
        let row = AppRow::new(app, secret_sealed, keys_sealed);
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
        let text =
            |secret: Option<&SecretString>| secret.map(|secret| secret.expose_secret().to_owned());
        if same_client
            && let Some(secret) = &wanted.secret
            && text(Some(secret)) != text(old_secret.as_ref())
        {
            self.rotate(row, secret).await?;
            return Box::pin(self.update_again(row.app.id, wanted)).await;
        }
        if same_client && wanted.previous_revoked && row.previous.is_some() {
            let before = row.clone();
            self.store
                .write("apps.forget", move |conn: &mut Conn<'_>| {
                    app_care::forget_previous(conn, &before)
                })
                .await?;
            tracing::info!(platform = %wanted.platform, flow = %wanted.flow, "the secret before is forgotten");
        }
        if app == row.app {
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
        let secret_sealed = self.seal_secret(row.app.id, next, old_secret.as_ref())?;
        let new = AppRow {
            app,
            secret_sealed,
            keys_sealed,
            ..row.clone()
        };
        self.store
            .write("apps.update", move |conn: &mut Conn<'_>| {
                apps::update(conn, &new)
            })
            .await?;
        tracing::info!(platform = %wanted.platform, flow = %wanted.flow, "an app was changed as the settings say");
        Ok(())
    }

    /// What else changed, after the secret did.
    async fn update_again(&self, id: AppId, wanted: &Wanted) -> Result<()> {
        let known = self.store.read("apps.all", apps::all).await?;
        match known.iter().find(|row| row.app.id == id) {
            Some(row) => self.update(row, wanted).await,
            None => Ok(()),
        }
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
        Registration::Registered { id, secret: given } => {
            secret = Some(given.clone());
            id.clone()
        }
        // Only a public https address can be fetched by others; else the loopback client, whose
        // logins end after 14 days (sheet bluesky.md §2).
        Registration::OwnAddress
            if settings.public_url.scheme() == "https" && !settings.is_local() =>
        {
            signs = true;
            own(web::urls::BlueskyHouseClient::PATH)
        }
        Registration::OwnAddress => {
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
        previous_revoked: app.previous_revoked,
        signs,
    })
}

#[cfg(test)]
mod tests;
