//! Settings: where they come from, in which order, and what they must be. Nothing else in the program
//! reads the environment. Every key, its default and its sentence stand in `mainstay.example.toml`.

mod layers;
mod nearest;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use domain::app::Hosts;
use domain::platform::{LoginFlow, Platform};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use toml::Table;
use url::Url;

use crate::trouble::{Result, Trouble};

/// The file that is read where none is named, if it is there.
const USUAL_FILE: &str = "mainstay.toml";

/// Everything that can be set.
#[derive(Clone)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where browsers and platforms reach this installation.
    pub public_url: Url,
    /// How long a stop waits, in milliseconds.
    pub stop_ms: i64,
    /// The folder of everything that is kept.
    pub data: PathBuf,
    /// Which database.
    pub database: Database,
    /// Where the key ring is.
    pub keys: KeySource,
    /// How logs are.
    pub logs: Logs,
    /// The apps of the installation.
    pub apps: Vec<AppSettings>,
}

/// Which database.
#[derive(Clone)]
pub enum Database {
    /// A file in the data folder.
    Sqlite(PathBuf),
    /// A server.
    Postgres {
        /// Its address, with the password.
        url: SecretString,
        /// The most connections.
        connections: usize,
    },
}

/// Where the key ring is.
#[derive(Clone)]
pub enum KeySource {
    /// In the settings themselves; this program cannot change it.
    Given(SecretString),
    /// In a file that is ours to write.
    File(PathBuf),
}

/// How logs are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    /// How much, also by part.
    pub level: String,
    /// JSON lines instead of text.
    pub json: bool,
}

/// One app of the installation, for one login flow.
#[derive(Clone)]
pub struct AppSettings {
    /// At which platform.
    pub platform: Platform,
    /// Through which login.
    pub flow: LoginFlow,
    /// How it is known there.
    pub client: Client,
    /// The API version; empty where there is none.
    pub api_version: String,
    /// Where the platform's hosts are.
    pub hosts: Hosts,
    /// Whether the secret before is revoked at the platform, so that it may be forgotten.
    pub previous_revoked: bool,
}

/// How an app is known at its platform.
#[derive(Clone)]
pub enum Client {
    /// Registered there.
    Registered {
        /// The id that the platform gave.
        id: String,
        /// The secret that it gave.
        secret: SecretString,
    },
    /// Known by our own address: there is no registration.
    OwnAddress,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    server: RawServer,
    data: RawData,
    database: RawDatabase,
    keys: RawKeys,
    logs: Logs,
    platforms: BTreeMap<Platform, BTreeMap<LoginFlow, RawApp>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawServer {
    listen: String,
    public_url: String,
    stop_seconds: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawData {
    folder: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDatabase {
    url: SecretString,
    url_file: PathBuf,
    connections: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKeys {
    ring: SecretString,
    ring_file: PathBuf,
}

/// An app has either a registration or is offered by our own address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawApp {
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    client_secret_file: Option<PathBuf>,
    previous_secret_revoked: Option<bool>,
    offered: Option<bool>,
    api_version: Option<String>,
    hosts: Hosts,
}

impl Settings {
    /// Reads defaults, the file and the environment.
    ///
    /// # Errors
    /// What is wrong, with the key and what to write instead.
    pub fn read(file: Option<&Path>) -> Result<Self> {
        // The one place that reads settings from the environment.
        let variables: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let text = match file {
            Some(path) => Some((path, slurp(path, "--config or MAINSTAY_CONFIG")?)),
            None if Path::new(USUAL_FILE).exists() => Some((
                Path::new(USUAL_FILE),
                slurp(Path::new(USUAL_FILE), "this folder")?,
            )),
            None => None,
        };
        Self::from_layers(
            text.as_ref().map(|(path, text)| (*path, text.as_str())),
            &variables,
        )
    }

    /// The same from texts.
    ///
    /// # Errors
    /// As [`Settings::read`].
    pub fn from_layers(
        file: Option<(&Path, &str)>,
        variables: &[(String, String)],
    ) -> Result<Self> {
        let mut table = layers::defaults()?;
        if let Some((path, text)) = file {
            layers::put_file(&mut table, text, path)?;
        }
        layers::put_environment(&mut table, variables)?;
        Self::build(table)
    }

    fn build(table: Table) -> Result<Self> {
        // Keys and kinds were checked layer by layer; the parser's message could quote a value.
        let raw: Raw = table.try_into().map_err(|_| {
            Trouble::plain("the settings do not have the form of mainstay.example.toml")
        })?;
        let listen = listen(&raw.server.listen)?;
        let data = std::path::absolute(&raw.data.folder).unwrap_or(raw.data.folder);
        let mut apps = Vec::new();
        for (platform, flows) in raw.platforms {
            for (flow, app) in flows {
                apps.extend(app.read(platform, flow)?);
            }
        }
        Ok(Self {
            public_url: public_url(&raw.server.public_url, listen)?,
            listen,
            stop_ms: stop_ms(raw.server.stop_seconds)?,
            database: database(raw.database, &data)?,
            keys: keys(raw.keys, &data)?,
            data,
            logs: raw.logs,
            apps,
        })
    }

    /// Whether the public address is on this machine: then addresses on this machine may be called too.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self.public_url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        }
    }
}

/// From one second to an hour.
fn stop_ms(seconds: i64) -> Result<i64> {
    if (1..=3_600).contains(&seconds) {
        return Ok(seconds * 1_000);
    }
    Err(Trouble::new(
        format!("server.stop_seconds is {seconds}"),
        "give a number of seconds from 1 to 3600",
    ))
}

fn listen(text: &str) -> Result<SocketAddr> {
    text.parse().map_err(|_| {
        Trouble::new(
            format!("server.listen is {text:?}, which is no address with a port"),
            "write it like 127.0.0.1:8484, or 0.0.0.0:8484 for all addresses",
        )
    })
}

fn public_url(text: &str, listen: SocketAddr) -> Result<Url> {
    let wrong = |why: &str| {
        Trouble::new(
            format!("server.public_url is {text:?}, {why}"),
            "write it like https://posts.example.org",
        )
    };
    let own;
    let text = if text.is_empty() {
        let ip = if listen.ip().is_unspecified() {
            "127.0.0.1".to_owned()
        } else {
            listen.ip().to_string()
        };
        own = if ip.contains(':') {
            format!("http://[{ip}]:{}", listen.port())
        } else {
            format!("http://{ip}:{}", listen.port())
        };
        &own
    } else {
        text
    };
    let url = Url::parse(text).map_err(|_| wrong("which is no address"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(wrong("which is no http address"));
    }
    if url.path() != "/"
        || url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
    {
        return Err(wrong("but must be a host with nothing after it"));
    }
    Ok(url)
}

fn database(raw: RawDatabase, data: &Path) -> Result<Database> {
    let url = secret("database.url", raw.url, &raw.url_file)?;
    if url.expose_secret().is_empty() {
        return Ok(Database::Sqlite(data.join("mainstay.db")));
    }
    let scheme = url.expose_secret().split(':').next().unwrap_or_default();
    if !matches!(scheme, "postgres" | "postgresql") {
        return Err(Trouble::new(
            "database.url is no PostgreSQL address",
            "write it like postgres://user:password@host/database, or leave it empty for SQLite",
        ));
    }
    let connections = usize::try_from(raw.connections)
        .ok()
        .filter(|count| (2..=1_000).contains(count));
    let connections = connections.ok_or_else(|| {
        Trouble::new(
            "database.connections must be from 2 to 1000",
            "10 serves a few thousand channels",
        )
    })?;
    Ok(Database::Postgres { url, connections })
}

fn keys(raw: RawKeys, data: &Path) -> Result<KeySource> {
    let given = !raw.ring.expose_secret().trim().is_empty();
    match (given, raw.ring_file.as_os_str().is_empty()) {
        (true, false) => Err(both("keys.ring")),
        (true, true) => Ok(KeySource::Given(raw.ring)),
        (false, true) => Ok(KeySource::File(data.join("keys"))),
        (false, false) => Ok(KeySource::File(
            std::path::absolute(&raw.ring_file).unwrap_or(raw.ring_file),
        )),
    }
}

impl RawApp {
    fn read(self, platform: Platform, flow: LoginFlow) -> Result<Option<AppSettings>> {
        let name = format!("platforms.{platform}.{flow}");
        let client = match (self.client_id, self.client_secret) {
            (Some(id), Some(given)) => {
                let file = self.client_secret_file.unwrap_or_default();
                let secret = secret(&format!("{name}.client_secret"), given, &file)?;
                match (id.trim().is_empty(), secret.expose_secret().is_empty()) {
                    (true, true) => None,
                    (false, false) => Some(Client::Registered {
                        id: id.trim().to_owned(),
                        secret,
                    }),
                    (true, false) => return Err(half(&name, "client_secret", "client_id")),
                    (false, true) => return Err(half(&name, "client_id", "client_secret")),
                }
            }
            _ => self.offered.unwrap_or(false).then_some(Client::OwnAddress),
        };
        for (host, address) in &self.hosts.0 {
            if !Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
                return Err(Trouble::new(
                    format!("{name}.hosts.{host} is {address:?}, which is no http address"),
                    "leave it out to use the platform's own",
                ));
            }
        }
        Ok(client.map(|client| AppSettings {
            platform,
            flow,
            client,
            api_version: self.api_version.unwrap_or_default(),
            hosts: self.hosts,
            previous_revoked: self.previous_secret_revoked.unwrap_or(false),
        }))
    }
}

fn half(name: &str, there: &str, missing: &str) -> Trouble {
    Trouble::new(
        format!("{name} has a {there} but no {missing}"),
        format!(
            "set {} too, or leave both empty",
            layers::variable(&format!("{name}.{missing}"))
        ),
    )
}

fn both(name: &str) -> Trouble {
    Trouble::new(
        format!("{name} and {name}_file are both set"),
        "set one of them",
    )
}

/// A secret, from its own key or from the file beside it.
fn secret(name: &str, given: SecretString, file: &Path) -> Result<SecretString> {
    match (
        given.expose_secret().is_empty(),
        file.as_os_str().is_empty(),
    ) {
        (_, true) => Ok(given),
        (false, false) => Err(both(name)),
        (true, false) => {
            let text = slurp(file, &format!("{name}_file"))?;
            Ok(SecretString::from(text.trim_end_matches(['\r', '\n'])))
        }
    }
}

fn slurp(path: &Path, named_by: &str) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| {
        Trouble::new(
            format!("{} cannot be read: {error}", path.display()),
            format!("it is named by {named_by}"),
        )
    })
}
