//! `keys`: made, shown, replaced through the process that serves or without one, retired.

use crate::run::{Going, free_port, get, mainstay, run, said};

fn keys(folder: &std::path::Path, args: &[&str]) -> String {
    let output = run(folder, &[&["keys"], args].concat());
    assert!(output.status.success(), "{}", said(&output));
    said(&output)
}

#[test]
fn keys_are_replaced_through_the_process_that_serves() {
    let folder = tempfile::tempdir().unwrap();
    let host = format!("127.0.0.1:{}", free_port());
    let mut going = Going::start(
        mainstay(folder.path())
            .arg("serve")
            .env("MAINSTAY_SERVER__LISTEN", &host),
    );
    going.until("works once");
    assert_eq!(
        keys(folder.path(), &["list"]).trim(),
        "key 1  seals and opens"
    );
    let told = keys(folder.path(), &["rotate"]);
    assert!(
        told.contains("From now on key 2 seals.") && told.contains("mainstay keys retire 1"),
        "{told}"
    );
    assert_eq!(
        keys(folder.path(), &["list"]).lines().collect::<Vec<_>>(),
        ["key 1  opens", "key 2  seals and opens"]
    );
    keys(folder.path(), &["retire", "1"]);
    assert_eq!(
        keys(folder.path(), &["list"]).trim(),
        "key 2  seals and opens"
    );
    let refused = run(folder.path(), &["keys", "retire", "2"]);
    assert!(
        !refused.status.success() && said(&refused).contains("seals"),
        "{}",
        said(&refused)
    );
    assert_eq!(get(&host, "/readyz", "").status, 200);
    going.stop();

    // The next start opens with the new ring, and a rotation works without a process as well.
    let told = keys(folder.path(), &["rotate"]);
    assert!(told.contains("From now on key 3 seals."), "{told}");
    assert!(run(folder.path(), &["migrate"]).status.success());
}

#[test]
fn a_first_ring_can_be_made_beforehand_and_is_never_made_beside_a_database() {
    let folder = tempfile::tempdir().unwrap();
    keys(folder.path(), &["new"]);
    let ring = folder.path().join("data/keys");
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&ring).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert!(run(folder.path(), &["migrate"]).status.success());
    let added = keys(folder.path(), &["new"]);
    assert!(
        added.contains("Key 2 is in the ring, for opening"),
        "{added}"
    );
    std::fs::remove_file(&ring).unwrap();
    let refused = run(folder.path(), &["keys", "new"]);
    assert!(
        !refused.status.success() && said(&refused).contains("there is a database but no key ring"),
        "{}",
        said(&refused)
    );
}
