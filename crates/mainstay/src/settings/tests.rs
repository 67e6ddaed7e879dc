//! What the settings promise: the example is the defaults, every field is in it, and what is wrong is
//! told with the key.

use super::*;
use platforms::registry;

fn with(variables: &[(&str, &str)]) -> Result<Settings> {
    let variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Settings::from_layers(None, &variables)
}

#[test]
fn the_example_is_the_defaults_and_names_every_field() {
    // No field has a default of its own: what the example lacked would fail to be read.
    let raw: Raw = layers::defaults()
        .unwrap()
        .try_into()
        .expect("the example has the form of the settings");
    assert_eq!(raw.platforms.len(), registry::all().len());
    let settings = with(&[]).unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8484");
    assert_eq!(settings.public_url.as_str(), "http://127.0.0.1:8484/");
    assert!(settings.is_local());
    assert!(
        matches!(&settings.database, Database::Sqlite(path) if path.ends_with("data/mainstay.db"))
    );
    assert!(matches!(&settings.keys, KeySource::File(path) if path.ends_with("data/keys")));
    // Nothing is registered, so only what needs no registration is offered.
    assert_eq!(settings.apps.len(), 1);
    assert_eq!(settings.apps[0].flow, LoginFlow::Bluesky);
}

#[test]
fn hosts_and_versions_are_those_of_the_adapters() {
    let raw: Raw = layers::defaults().unwrap().try_into().unwrap();
    for adapter in registry::all() {
        let facts = adapter.facts();
        let flows = &raw.platforms[&facts.platform];
        assert_eq!(flows.len(), facts.flows.len(), "{}", facts.platform);
        for flow in facts.flows {
            let app = &flows[&flow.flow];
            let hosts: Vec<(&str, &str)> = app
                .hosts
                .0
                .iter()
                .map(|(name, at)| (name.as_str(), at.as_str()))
                .collect();
            let mut known = flow.hosts.to_vec();
            known.sort_unstable();
            assert_eq!(hosts, known, "{} through {}", facts.platform, flow.flow);
            assert_eq!(app.api_version.as_deref().unwrap_or(""), flow.api_version);
            assert_eq!(app.client_secret.is_some(), flow.needs_secret);
        }
    }
}

#[test]
fn an_app_needs_both_halves() {
    let id = ("MAINSTAY_PLATFORMS__INSTAGRAM__FACEBOOK__CLIENT_ID", "7");
    let half = with(&[id]).err().expect("half an app is refused");
    assert!(
        half.hint
            .contains("MAINSTAY_PLATFORMS__INSTAGRAM__FACEBOOK__CLIENT_SECRET"),
        "{half}"
    );
    let secret = (
        "MAINSTAY_PLATFORMS__INSTAGRAM__FACEBOOK__CLIENT_SECRET",
        "s",
    );
    let settings = with(&[id, secret]).unwrap();
    let app = settings
        .apps
        .iter()
        .find(|app| app.flow == LoginFlow::Facebook)
        .expect("the app is there");
    assert!(matches!(&app.client, Client::Registered { id, .. } if id == "7"));
    assert_eq!(app.hosts.get("graph"), "https://graph.facebook.com");
}

#[test]
fn secrets_come_from_files_too_but_not_from_both() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("url");
    std::fs::write(&file, "postgres://a:b@c/d\n").unwrap();
    let file = file.display().to_string();
    let settings = with(&[("MAINSTAY_DATABASE__URL_FILE", &file)]).unwrap();
    assert!(
        matches!(&settings.database, Database::Postgres { url, connections: 10 } if url.expose_secret() == "postgres://a:b@c/d")
    );
    let both = with(&[
        ("MAINSTAY_DATABASE__URL_FILE", &file),
        ("MAINSTAY_DATABASE__URL", "postgres://x"),
    ]);
    assert!(
        both.err()
            .unwrap()
            .what
            .contains("database.url and database.url_file")
    );
    let none = with(&[("MAINSTAY_DATABASE__URL_FILE", "/does/not/exist")])
        .err()
        .unwrap();
    assert!(
        none.what.contains("/does/not/exist") && none.hint.contains("database.url_file"),
        "{none}"
    );
}

#[test]
fn what_cannot_be_is_told_with_a_hint() {
    for (name, value, told) in [
        ("MAINSTAY_SERVER__LISTEN", "here", "server.listen"),
        (
            "MAINSTAY_SERVER__PUBLIC_URL",
            "posts.example.org",
            "server.public_url",
        ),
        (
            "MAINSTAY_SERVER__PUBLIC_URL",
            "https://posts.example.org/sub",
            "server.public_url",
        ),
        (
            "MAINSTAY_DATABASE__URL",
            "mysql://a:geheim@c/d",
            "database.url",
        ),
        (
            "MAINSTAY_PLATFORMS__BLUESKY__BLUESKY__HOSTS__PLC",
            "plc.directory",
            "hosts.plc",
        ),
    ] {
        let wrong = with(&[(name, value)])
            .err()
            .unwrap_or_else(|| panic!("{name}={value} was taken"));
        assert!(
            wrong.what.contains(told) && !wrong.hint.is_empty(),
            "{wrong}"
        );
        assert!(!wrong.to_string().contains("geheim"), "{wrong}");
    }
}

#[test]
fn a_public_address_is_taken_as_it_is() {
    let settings = with(&[("MAINSTAY_SERVER__PUBLIC_URL", "https://posts.example.org")]).unwrap();
    assert!(!settings.is_local());
    let settings = with(&[("MAINSTAY_SERVER__LISTEN", "0.0.0.0:80")]).unwrap();
    assert_eq!(settings.public_url.as_str(), "http://127.0.0.1/");
}
