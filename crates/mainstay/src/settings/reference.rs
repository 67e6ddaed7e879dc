//! `docs/reference/settings.md` is made from the example file; this test compares the two. With
//! `MAINSTAY_TEST_WRITE=1` it writes the page instead.

use std::fmt::Write as _;
use std::path::Path;

use super::layers::{EXAMPLE, variable};

fn page() -> String {
    let mut page = String::from(
        "# Settings\n\nMade from `mainstay.example.toml`, which is compiled into the program. A variable of the environment wins\n\
         over the file that `--config` or `MAINSTAY_CONFIG` names (else `mainstay.toml` in the folder where Mainstay starts),\n\
         and that wins over the default. An unknown key is an error. An empty text means \"not set\".\n",
    );
    let (mut section, mut sentence) = (String::new(), String::new());
    for line in EXAMPLE.lines().skip_while(|line| !line.starts_with('[')) {
        if let Some(name) = line.strip_prefix('[') {
            name.trim_end_matches(']').clone_into(&mut section);
            let _ = write!(
                page,
                "\n## `{section}`\n\n| key | default | variable | |\n|---|---|---|---|\n"
            );
        } else if let Some(words) = line.strip_prefix("# ") {
            sentence.push_str(words);
        } else if let Some((key, value)) = line.split_once(" = ") {
            let name = variable(&format!("{section}.{key}"));
            let _ = writeln!(page, "| `{key}` | `{value}` | `{name}` | {sentence} |");
            sentence.clear();
        }
    }
    page
}

#[test]
fn the_reference_is_made_from_the_example() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/settings.md");
    let page = page();
    #[expect(clippy::disallowed_methods, reason = "a switch of this test alone")]
    if std::env::var_os("MAINSTAY_TEST_WRITE").is_some() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        written, page,
        "write it anew: MAINSTAY_TEST_WRITE=1 cargo test -p mainstay settings::reference"
    );
}

#[test]
fn every_key_has_its_sentence() {
    for line in page().lines().filter(|line| line.starts_with("| `")) {
        assert!(!line.ends_with("|  |"), "no sentence: {line}");
    }
    assert!(page().contains(
        "| `listen` | `\"127.0.0.1:8484\"` | `MAINSTAY_SERVER__LISTEN` | The address and port"
    ));
}
