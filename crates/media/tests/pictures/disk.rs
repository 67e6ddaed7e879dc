//! The folder of media: same bytes, same file; whole or not there.

use bytes::Bytes;
use media::{ContentHash, DiskStore, StoreError};

#[tokio::test]
async fn bytes_are_kept_once_and_given_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let threads = DiskStore::new(folder.path()).expect("opens");
    for store in [threads.clone(), threads.inline()] {
        let bytes = Bytes::from_static(b"some picture");
        let hash = store.put(bytes.clone()).await.expect("kept");
        assert_eq!(store.put(bytes.clone()).await.expect("again"), hash);
        assert_eq!(hash, ContentHash::of(&bytes));
        assert_eq!(store.get(hash).await.expect("there"), bytes);
        assert!(store.exists(hash).await.expect("asked"));
        assert_eq!(
            std::fs::read_dir(folder.path().join("new"))
                .expect("a folder")
                .count(),
            0,
            "drafts are gone"
        );
        assert!(store.delete(hash).await.expect("removed"));
        assert!(!store.delete(hash).await.expect("not there"));
        assert!(!store.exists(hash).await.expect("asked"));
        assert!(
            matches!(store.get(hash).await, Err(StoreError::Missing(missing)) if missing == hash)
        );
    }
}

#[tokio::test]
async fn a_damaged_file_is_noticed_and_a_short_one_mended() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = DiskStore::new(folder.path()).expect("opens");
    let bytes = Bytes::from_static(b"some picture");
    let hash = store.put(bytes.clone()).await.expect("kept");
    std::fs::write(store.path(&hash), b"some Picture").expect("damaged");
    assert!(matches!(store.get(hash).await, Err(StoreError::Damaged(_))));
    std::fs::write(store.path(&hash), b"some").expect("cut");
    store.put(bytes.clone()).await.expect("kept again");
    assert_eq!(store.get(hash).await.expect("mended"), bytes);
}

#[tokio::test]
async fn many_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = DiskStore::new(folder.path()).expect("opens");
    let tasks: Vec<_> = (0..32u8)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .put(Bytes::from(vec![number % 4; 1000]))
                    .await
                    .expect("kept")
            })
        })
        .collect();
    for (number, task) in (0u8..).zip(tasks) {
        let hash = task.await.expect("joined");
        assert_eq!(
            store.get(hash).await.expect("there"),
            vec![number % 4; 1000]
        );
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, b"x").expect("written");
    assert!(matches!(DiskStore::new(&file), Err(StoreError::Disk(_))));
}

#[test]
fn hashes_are_read_strictly() {
    let hash = ContentHash::of(b"");
    let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(hash.to_string(), text);
    assert_eq!(text.parse(), Ok(hash));
    let wrong = [
        String::new(),
        text.to_uppercase(),
        format!("{text}0"),
        format!("../{}", &text[3..]),
        "ü".repeat(32),
    ];
    for text in wrong {
        assert!(text.parse::<ContentHash>().is_err(), "{text}");
    }
}
