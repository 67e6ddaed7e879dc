//! The process lock, and opening what is no database.

use storage::{Error, Mode, ProcessLock, Store, lock_path};

#[test]
fn a_second_server_is_told_who_serves() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("mainstay.db");
    let held = ProcessLock::acquire(&database).expect("free");
    let error = ProcessLock::acquire(&database).expect_err("held");
    assert!(
        matches!(error, Error::Locked { pid: Some(pid) } if pid == std::process::id()),
        "{error}"
    );
    assert!(error.to_string().contains(&std::process::id().to_string()));
    drop(held);
    ProcessLock::acquire(&database).expect("free again");
    assert!(lock_path(&database).ends_with("mainstay.db.lock"));
}

#[test]
fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("letter.txt");
    std::fs::write(
        &file,
        "Dear Anna, this is a letter and no database, however long it may be.".repeat(40),
    )
    .expect("written");
    for mode in [Mode::Threads, Mode::Inline] {
        assert!(matches!(
            Store::open_sqlite(&file, mode),
            Err(Error::Unavailable(_))
        ));
    }
    let nowhere = folder.path().join("missing/folder/x.db");
    assert!(matches!(
        Store::open_sqlite(&nowhere, Mode::Inline),
        Err(Error::Unavailable(_))
    ));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_without_the_password() {
    for url in [
        "postgres://anna:geheim@127.0.0.1:1/none",
        "postgres://anna:geheim@127.0.0.1:port/none",
    ] {
        let Err(error) = Store::open_postgres(url, 2).await else {
            panic!("nothing listens there")
        };
        assert!(matches!(error, Error::Unavailable(_)), "{error}");
        assert!(!format!("{error} {error:?}").contains("geheim"));
    }
}
