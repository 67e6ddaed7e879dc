//! `demo`: starts furnished, opens signed in by its link, keeps its data; and `simulator` alone.

use std::path::Path;

use crate::run::{Going, ask, get, mainstay};

fn start(folder: &Path) -> (Going, String, String) {
    let mut going = Going::start(mainstay(folder).args([
        "demo",
        "--data",
        "d",
        "--port",
        "0",
        "--simulator-port",
        "0",
    ]));
    let link = going.until("/enter/").trim().to_owned();
    let (host, path) = link
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once('/'))
        .map(|(host, path)| (host.to_owned(), format!("/{path}")))
        .expect("an address");
    (going, host, path)
}

fn sign_in(host: &str, path: &str) -> String {
    let entered = get(host, path, "");
    assert_eq!(entered.status, 303, "{}", entered.body);
    let cookie = entered
        .header("set-cookie")
        .expect("a cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    format!("cookie: {cookie}\r\n")
}

#[test]
fn the_demo_opens_signed_in_and_keeps_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let (going, host, path) = start(folder.path());
    assert!(
        going
            .heard
            .iter()
            .any(|line| line.contains("Live through 85 days")),
        "{:#?}",
        going.heard
    );
    let cookie = sign_in(&host, &path);
    let home = get(&host, "/", &cookie);
    assert_eq!(home.status, 200, "{}", home.headers);
    assert!(
        home.body.contains("Harbour Bakery") && home.body.contains("Tidal Surf School"),
        "{}",
        home.body
    );
    let again = get(&host, &path, "");
    assert_ne!(again.status, 303, "a link signs in once");
    going.stop();

    let (going, host, path) = start(folder.path());
    assert!(
        !going.heard.iter().any(|line| line.contains("Live through")),
        "furnished once: {:#?}",
        going.heard
    );
    let kept = get(&host, "/", &cookie);
    assert_eq!(
        kept.status, 200,
        "the cookie of before the stop still opens"
    );
    assert!(kept.body.contains("Harbour Bakery"));
    sign_in(&host, &path);
    going.stop();
}

#[test]
fn the_simulator_runs_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut going = Going::start(mainstay(folder.path()).args(["simulator", "--port", "0"]));
    let line = going.until("/control");
    let host = line
        .split("http://")
        .nth(1)
        .and_then(|rest| rest.split('/').next())
        .expect("an address")
        .to_owned();
    let state = get(&host, "/control/api/state", "");
    assert_eq!(state.status, 200);
    assert!(state.body.contains("harbour.bakery"), "{}", state.body);
    going.stop();
}

#[test]
fn a_reset_furnishes_anew_and_its_visitor_stays_signed_in() {
    let folder = tempfile::tempdir().unwrap();
    let (going, host, path) = start(folder.path());
    let cookie = sign_in(&host, &path);
    let same_site = format!("{cookie}origin: http://{host}\r\nsec-fetch-site: same-origin\r\n");
    let jumped = ask("POST", &host, "/demo/next-post", &same_site, "");
    assert_eq!(jumped.status, 303, "{}", jumped.body);
    let told = get(&host, "/", &cookie);
    assert!(
        told.body.contains("went out once on @harbour.bakery"),
        "{}",
        told.body
    );
    let reset = ask("POST", &host, "/demo/reset", &same_site, "");
    assert_eq!(reset.status, 303, "{}", reset.body);
    // Whoever comes to the old door is sent to the new one, and waits there until it is furnished.
    let comes = (0..5).map(|_| get(&host, "/", &cookie));
    let home = comes
        .into_iter()
        .find(|home| home.status != 303)
        .expect("let in");
    assert_eq!(home.status, 200, "{}", home.headers);
    assert!(
        home.body.contains("Everything is as at the beginning"),
        "{}",
        home.body
    );
    going.stop();
}
