//! The demo's folder and its two ports. The folder is the demo's own: it is marked when it is made, and
//! only what the demo put into a marked folder is ever removed.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use super::platforms::{FACEBOOK_APP, INSTAGRAM_APP};
use crate::cli;
use crate::open;
use crate::ring;
use crate::settings::Settings;
use crate::trouble::{Result, Trouble};

/// Says that a folder is a demo's, and which ports it had.
const MARK: &str = "demo";
/// Says that furnishing came to its end.
const FURNISHED: &str = "furnished";
/// What the demo puts into its folder beside those.
const OWN: &[&str] = &[
    "mainstay.db",
    "mainstay.db-wal",
    "mainstay.db-shm",
    "keys",
    "keys.new",
    "simulator.json",
    "simulator.new",
    FURNISHED,
];
/// Where ports are looked for.
const PORTS: (u16, u16) = (8484, 9500);

/// See the head of this file.
pub struct House {
    /// The folder.
    pub data: PathBuf,
    /// The listener of the pages. It stays open over a reset, so that a browser waits instead of failing.
    pub door: TcpListener,
    /// The listener of the simulator.
    pub simulator_door: TcpListener,
}

impl House {
    /// Makes the folder or enters it again, and takes the ports.
    ///
    /// # Errors
    /// When the folder is something else, or a port that was asked for is taken.
    pub fn enter(how: &cli::Demo) -> Result<Self> {
        let data = std::path::absolute(&how.data).unwrap_or_else(|_| how.data.clone());
        ring::private_folder(&data)?;
        let mark = data.join(MARK);
        let empty = fs::read_dir(&data)
            .map(|mut entries| entries.next().is_none())
            .unwrap_or(false);
        if !empty && !mark.exists() {
            return Err(Trouble::new(
                format!("{} holds something else than a demo", data.display()),
                "nothing was touched; choose an empty folder with --data",
            ));
        }
        let known: Vec<u16> = fs::read_to_string(&mark)
            .unwrap_or_default()
            .lines()
            .filter_map(|line| line.parse().ok())
            .collect();
        let door = take(how.port, known.first().copied(), PORTS.0, "--port")?;
        let simulator_door = take(
            how.simulator_port,
            known.get(1).copied(),
            PORTS.1,
            "--simulator-port",
        )?;
        let house = Self {
            data,
            door,
            simulator_door,
        };
        let ports = format!("{}\n{}\n", house.port(), house.simulator_port());
        fs::write(&mark, ports).map_err(|error| unusable(&house.data, &error))?;
        if !house.is_furnished() {
            // Nothing, or what was left when furnishing was broken off.
            house.clear()?;
        }
        Ok(house)
    }

    /// Removes what the demo put into its folder.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn clear(&self) -> Result<()> {
        for name in OWN {
            match fs::remove_file(self.data.join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(unusable(&self.data, &error));
                }
                _ => {}
            }
        }
        match fs::remove_dir_all(self.data.join("media")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(unusable(&self.data, &error));
            }
            _ => {}
        }
        ring::create(&self.data.join("keys"), open::chance()?.as_ref()).map(|_| ())
    }

    /// Whether furnishing came to its end.
    #[must_use]
    pub fn is_furnished(&self) -> bool {
        self.data.join(FURNISHED).exists()
    }

    /// Furnishing came to its end.
    ///
    /// # Errors
    /// When that cannot be written down.
    pub fn is_furnished_now(&self) -> Result<()> {
        fs::write(self.data.join(FURNISHED), "").map_err(|error| unusable(&self.data, &error))
    }

    fn port(&self) -> u16 {
        self.door.local_addr().map_or(0, |address| address.port())
    }

    fn simulator_port(&self) -> u16 {
        self.simulator_door
            .local_addr()
            .map_or(0, |address| address.port())
    }

    /// Where the simulator is.
    #[must_use]
    pub fn simulator_origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.simulator_port())
    }

    /// The settings of an installation whose platforms are the simulator's: other hosts, nothing else.
    ///
    /// # Errors
    /// Never, as long as the settings know these keys.
    pub fn settings(&self) -> Result<Settings> {
        let sim = self.simulator_origin();
        let mut text = format!(
            "[server]\nlisten = \"127.0.0.1:{}\"\nstop_seconds = 10\n[data]\nfolder = {:?}\n",
            self.port(),
            self.data
        );
        // One registration at Meta serves Pages and the accounts behind them.
        for (flow, (id, secret), hosts) in [
            (
                "instagram.instagram",
                INSTAGRAM_APP,
                &[
                    ("dialog", "www.instagram.com"),
                    ("token", "api.instagram.com"),
                    ("graph", "graph.instagram.com"),
                ][..],
            ),
            (
                "instagram.facebook",
                FACEBOOK_APP,
                &[
                    ("dialog", "www.facebook.com"),
                    ("graph", "graph.facebook.com"),
                ][..],
            ),
            (
                "facebook.facebook",
                FACEBOOK_APP,
                &[
                    ("dialog", "www.facebook.com"),
                    ("graph", "graph.facebook.com"),
                ][..],
            ),
        ] {
            let _ = write!(
                text,
                "[platforms.{flow}]\nclient_id = \"{id}\"\nclient_secret = \"{secret}\"\n[platforms.{flow}.hosts]\n"
            );
            for (name, host) in hosts {
                let _ = writeln!(text, "{name} = \"{sim}/{host}\"");
            }
        }
        let _ = write!(
            text,
            "[platforms.bluesky.bluesky.hosts]\nplc = \"{sim}/plc.directory\"\nresolver = \"{sim}\"\nappview = \"{sim}\"\nweb = \"{sim}/bsky.app\"\n"
        );
        Settings::from_layers(Some((Path::new("the demo's settings"), &text)), &[])
    }
}

/// The port that was asked for, or the last one, or the first free one.
fn take(asked: Option<u16>, last: Option<u16>, from: u16, option: &str) -> Result<TcpListener> {
    let bind = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    if let Some(port) = asked {
        return bind(port).map_err(|error| {
            Trouble::new(
                format!("port {port} cannot be listened on: {error}"),
                format!("choose another with {option}"),
            )
        });
    }
    let mut ports = last.into_iter().chain(from..from.saturating_add(100));
    let found = ports.find_map(|port| bind(port).ok());
    found.ok_or_else(|| {
        Trouble::new(
            format!("no port from {from} on is free"),
            format!("choose one with {option}"),
        )
    })
}

fn unusable(folder: &Path, error: &std::io::Error) -> Trouble {
    Trouble::new(
        format!("{} cannot be used: {error}", folder.display()),
        "check its rights, or choose another with --data",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Client;

    fn how(data: &Path) -> cli::Demo {
        cli::Demo {
            data: data.to_owned(),
            port: Some(0),
            simulator_port: Some(0),
        }
    }

    #[test]
    fn a_folder_of_somebody_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let letter = folder.path().join("letter.txt");
        fs::write(&letter, "dear").unwrap();
        let refused = House::enter(&how(folder.path())).err().expect("refused");
        assert!(refused.hint.contains("--data"), "{refused}");
        assert_eq!(fs::read_to_string(letter).unwrap(), "dear");
    }

    #[test]
    fn only_hosts_and_apps_differ_from_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let house = House::enter(&how(&folder.path().join("new"))).unwrap();
        let settings = house.settings().unwrap();
        assert_eq!(settings.apps.len(), 4);
        for app in &settings.apps {
            assert!(
                app.hosts
                    .0
                    .values()
                    .all(|host| host.starts_with(&house.simulator_origin())),
                "{:?}",
                app.hosts
            );
            if let Client::Registered { id, .. } = &app.client {
                assert!([INSTAGRAM_APP.0, FACEBOOK_APP.0].contains(&id.as_str()));
            }
        }
        assert!(settings.is_local());
    }

    #[test]
    fn ports_are_the_last_ones_again() {
        let first = take(Some(0), None, 1, "--port").unwrap();
        let port = first.local_addr().unwrap().port();
        drop(first);
        assert_eq!(
            take(None, Some(port), 1, "--port")
                .unwrap()
                .local_addr()
                .unwrap()
                .port(),
            port
        );
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(
            take(Some(port), None, 1, "--port")
                .err()
                .unwrap()
                .hint
                .contains("--port")
        );
    }
}
