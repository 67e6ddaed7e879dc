//! A channel's login, loaded and opened for the length of a piece of work.

use domain::Timestamp;
use domain::app::{Which, first_secret};
use domain::grant::{Life, Mechanism};
use domain::ids::{ChannelGrantId, ChannelId, WorkspaceId};
use domain::schedule::plus_ms;
use platforms::Platform;
use platforms::account::Target;
use platforms::call::{AppSecrets, Call};
use platforms::tokens::Tokens;
use secrecy::{ExposeSecret as _, SecretString};
use storage::apps::AppRow;
use storage::channel_grants::ChannelGrantRow;
use storage::channels::ChannelRow;
use storage::grants::GrantRow;
use storage::{Conn, apps, channel_grants, channels, grants};
use vault::{Place, Purpose, Sealed, Vault, places};

use crate::app_secret;
use crate::cx::Cx;
use crate::error::{Error, Result};

/// Rows of a login, still sealed.
#[derive(Clone)]
pub struct LoginRows {
    /// The account.
    pub channel: ChannelRow,
    /// The grant on it.
    pub on: ChannelGrantRow,
    /// The grant.
    pub grant: GrantRow,
    /// The app.
    pub app: AppRow,
}

/// A login that is open.
pub struct Login {
    /// What is stored.
    pub rows: LoginRows,
    /// The grant's tokens.
    pub tokens: Tokens,
    /// The channel's derived token.
    pub channel_token: Option<SecretString>,
    /// The app's secrets.
    pub secrets: AppSecrets,
}

/// Reads the primary login of a channel, or the one asked for.
///
/// # Errors
/// When the database fails.
pub fn read(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    which: Option<ChannelGrantId>,
) -> storage::Result<Option<LoginRows>> {
    let Some(channel) = channels::one(conn, workspace, channel)? else {
        return Ok(None);
    };
    let on = match which {
        Some(id) => channel_grants::one(conn, workspace, id)?,
        None => channel_grants::primary(conn, workspace, channel.id)?,
    };
    let Some(on) = on else { return Ok(None) };
    let Some(grant) = grants::one(conn, workspace, on.grant)? else {
        return Ok(None);
    };
    let Some(app) = apps::one(conn, workspace, grant.app)? else {
        return Ok(None);
    };
    Ok(Some(LoginRows {
        channel,
        on,
        grant,
        app,
    }))
}

impl LoginRows {
    /// The earliest end that no machine can move, of grant and channel together.
    #[must_use]
    pub fn horizon(&self) -> Option<Timestamp> {
        [self.grant.horizon, self.on.horizon]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether calls may be made with it at all.
    #[must_use]
    pub fn lives(&self) -> bool {
        self.grant.life == Life::Live
    }

    /// From when on a person may have it extended; none where no machine can extend it.
    ///
    /// # Errors
    /// [`Error::NoAdapter`].
    pub fn extends_from(&self) -> Result<Option<Timestamp>> {
        if matches!(self.grant.mechanism, Mechanism::Derived | Mechanism::None) {
            return Ok(None);
        }
        let flow = self.adapter()?.facts().flow(self.grant.flow);
        let earliest_ms = flow.map_or(0, |flow| flow.earliest_renewal_ms);
        Ok(Some(plus_ms(self.grant.fresh_since, earliest_ms)))
    }

    /// The adapter.
    ///
    /// # Errors
    /// [`Error::NoAdapter`].
    pub fn adapter(&self) -> Result<&'static dyn Platform> {
        adapter(self.grant.platform)
    }

    /// Opens the secrets.
    ///
    /// # Errors
    /// [`Error::Sealed`].
    pub fn open(self, vault: &Vault) -> Result<Login> {
        let tokens = open_tokens(vault, &self.grant)?;
        let channel_token = match &self.on.token_sealed {
            None => None,
            Some(sealed) => {
                let place =
                    places::channel_token(self.on.workspace, self.on.id, self.on.token_generation);
                Some(open(
                    vault,
                    Purpose::GrantToken,
                    &place,
                    sealed,
                    "a channel's login",
                )?)
            }
        };
        let secrets = open_app(vault, &self.app)?;
        Ok(Login {
            rows: self,
            tokens,
            channel_token,
            secrets,
        })
    }
}

impl Login {
    /// Where calls go.
    #[must_use]
    pub fn target(&self) -> Target<'_> {
        Target {
            account_id: &self.rows.channel.account_id,
            handle: &self.rows.channel.handle,
            tokens: &self.tokens,
            channel_token: self.channel_token.as_ref(),
        }
    }

    /// What a call is made with.
    #[must_use]
    pub fn call<'a>(&'a self, cx: &'a Cx) -> Call<'a> {
        call(cx, &self.rows.app, &self.secrets)
    }
}

/// What a call through this app is made with.
#[must_use]
pub fn call<'a>(cx: &'a Cx, app: &'a AppRow, secrets: &'a AppSecrets) -> Call<'a> {
    Call {
        out: cx.transport.as_ref(),
        now: cx.now(),
        security_now: cx.clocks.security.now(),
        chance: cx.chance.as_ref(),
        app: &app.app,
        secrets,
        reach: cx.reach,
        heard: Some(cx.heard.as_ref()),
    }
}

/// The adapter of a platform.
///
/// # Errors
/// [`Error::NoAdapter`].
pub fn adapter(platform: domain::platform::Platform) -> Result<&'static dyn Platform> {
    app_secret::adapter(platform).ok_or(Error::NoAdapter(platform))
}

/// Opens a grant's tokens.
///
/// # Errors
/// [`Error::Sealed`].
pub fn open_tokens(vault: &Vault, grant: &GrantRow) -> Result<Tokens> {
    let place = places::grant_tokens(grant.workspace, grant.id, grant.generation);
    let text = open(
        vault,
        Purpose::GrantToken,
        &place,
        &grant.tokens_sealed,
        "a login",
    )?;
    Tokens::from_secret(&text).ok_or_else(|| Error::Sealed {
        what: "a login".to_owned(),
        reason: "it holds another form".to_owned(),
    })
}

/// Opens an app's secrets: both, while one is replaced, first the one that calls begin with.
///
/// # Errors
/// [`Error::Sealed`].
pub fn open_app(vault: &Vault, row: &AppRow) -> Result<AppSecrets> {
    let (workspace, id, generation) = (row.workspace(), row.app.id, row.generation);
    let client_secret = row
        .secret_sealed
        .as_ref()
        .map(|sealed| {
            open(
                vault,
                Purpose::AppSecret,
                &places::app_secret(workspace, id, generation),
                sealed,
                "an app",
            )
        })
        .transpose()?;
    let signing_keys = match &row.keys_sealed {
        None => Vec::new(),
        Some(sealed) => {
            let place = places::app_keys(workspace, id, generation);
            let text = open(vault, Purpose::SigningKey, &place, sealed, "an app")?;
            let keys: Vec<String> =
                serde_json::from_str(text.expose_secret()).map_err(|_| Error::Sealed {
                    what: "an app".to_owned(),
                    reason: "its keys hold another form".to_owned(),
                })?;
            keys.into_iter().map(SecretString::from).collect()
        }
    };
    let secrets = AppSecrets {
        client_secret,
        which: Some(Which::Current),
        generation,
        signing_keys,
        ..AppSecrets::default()
    };
    let Some(previous) = &row.previous else {
        return Ok(secrets);
    };
    let place = places::app_previous_secret(workspace, id, previous.generation);
    let before = open(
        vault,
        Purpose::AppSecret,
        &place,
        &previous.sealed,
        "an app",
    )?;
    let both = AppSecrets {
        other_secret: Some(before),
        ..secrets
    };
    Ok(match first_secret(&row.secret, &previous.secret) {
        Which::Current => both,
        Which::Previous => both.other().unwrap_or_default(),
    })
}

fn open(
    vault: &Vault,
    purpose: Purpose,
    place: &Place,
    sealed: &[u8],
    what: &str,
) -> Result<SecretString> {
    let failed = |reason: String| Error::Sealed {
        what: what.to_owned(),
        reason,
    };
    let sealed = Sealed::from_bytes(sealed.to_vec()).map_err(|error| failed(error.to_string()))?;
    vault
        .open(purpose, place, &sealed)
        .map_err(|error| failed(error.to_string()))
}
