//! `serve` and `migrate`: a first start, a stop, a second start, and what is refused.

use crate::run::{Going, ask, free_port, get, mainstay, run, said};

fn start(folder: &std::path::Path) -> (Going, String) {
    let host = format!("127.0.0.1:{}", free_port());
    let mut going = Going::start(
        mainstay(folder)
            .arg("serve")
            .env("MAINSTAY_SERVER__LISTEN", &host),
    );
    going.until("Mainstay is ready");
    (going, host)
}

#[test]
fn a_first_start_prints_a_code_that_makes_the_first_account_and_a_second_start_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let (mut going, host) = start(folder.path());
    let line = going.until("works once");
    let code = line.rsplit(' ').next().unwrap().to_owned();
    assert!(
        going
            .heard
            .iter()
            .any(|line| line.contains("A key ring was made")),
        "{:#?}",
        going.heard
    );
    assert_eq!(get(&host, "/healthz", "").status, 200);
    assert_eq!(get(&host, "/readyz", "").status, 200);
    let form = format!(
        "code={code}&name=Anna&mail=anna%40example.org&password=correct+horse+battery&workspace=Harbour&zone=Europe%2FBerlin"
    );
    let headers = format!(
        "content-type: application/x-www-form-urlencoded\r\norigin: http://{host}\r\nsec-fetch-site: same-origin\r\n"
    );
    let made = ask("POST", &host, "/first-start", &headers, &form);
    assert_eq!(made.status, 303, "{}", made.body);
    let cookie = made
        .header("set-cookie")
        .expect("signed in")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let heard = going.stop();
    assert!(heard.iter().any(|line| line == "Stopped."), "{heard:#?}");
    assert!(
        !folder.path().join("data/mainstay.sock").exists(),
        "the socket is gone"
    );

    let (going, host) = start(folder.path());
    let home = get(&host, "/", &format!("cookie: {cookie}\r\n"));
    assert_ne!(home.status, 500, "{}", home.body);
    assert!(
        !home.headers.contains("/sign-in"),
        "still signed in: {}",
        home.headers
    );
    let heard = going.stop();
    assert!(
        !heard
            .iter()
            .any(|line| line.contains("works once") || line.contains("key ring")),
        "{heard:#?}"
    );
}

#[test]
fn two_programs_do_not_serve_one_database() {
    let folder = tempfile::tempdir().unwrap();
    let (going, _) = start(folder.path());
    let second = mainstay(folder.path())
        .arg("serve")
        .env(
            "MAINSTAY_SERVER__LISTEN",
            format!("127.0.0.1:{}", free_port()),
        )
        .output()
        .unwrap();
    assert!(!second.status.success());
    assert!(
        said(&second).contains("another process")
            && said(&second).contains("is using this database"),
        "{}",
        said(&second)
    );
    let migrate = run(folder.path(), &["migrate"]);
    assert!(
        !migrate.status.success() && said(&migrate).contains("another process"),
        "{}",
        said(&migrate)
    );
    going.stop();
    let migrate = run(folder.path(), &["migrate"]);
    assert!(
        migrate.status.success() && said(&migrate).contains("Nothing to do"),
        "{}",
        said(&migrate)
    );
}

#[test]
fn wrong_settings_and_a_taken_port_are_told_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("mainstay.toml"),
        "[server]\nlissen = \"127.0.0.1:1\"\n",
    )
    .unwrap();
    let wrong = run(folder.path(), &["serve"]);
    assert!(!wrong.status.success());
    assert!(
        said(&wrong).contains("server.lissen") && said(&wrong).contains("server.listen"),
        "{}",
        said(&wrong)
    );
    std::fs::remove_file(folder.path().join("mainstay.toml")).unwrap();

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = mainstay(folder.path())
        .arg("serve")
        .env("MAINSTAY_SERVER__LISTEN", &address)
        .output()
        .unwrap();
    assert!(
        !refused.status.success() && said(&refused).contains(&address),
        "{}",
        said(&refused)
    );
    assert!(!folder.path().join("data").exists());
}

#[test]
fn a_kill_leaves_a_database_that_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let (going, _) = start(folder.path());
    going.kill();
    let (going, host) = start(folder.path());
    assert_eq!(get(&host, "/readyz", "").status, 200);
    going.stop();
}
