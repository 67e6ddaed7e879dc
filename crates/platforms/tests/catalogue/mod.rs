//! The catalogue of answers is the adapters' tables, and `docs/causes/answers.md` is made of it: it must be the same,
//! and is written by `INSTA_UPDATE=always`.

use std::fmt::Write as _;
use std::path::PathBuf;

use domain::cause::{Cause, Confidence};
use domain::health::Evidence;
use platforms::catalogue::{self, Answer};
use platforms::{Platform as _, bluesky, facebook, instagram, registry};

#[test]
fn every_platform_has_its_table_in_the_catalogue() {
    let all = catalogue::all();
    for platform in registry::all() {
        let name = platform.facts().platform;
        let own: Vec<&Answer> = all.iter().filter(|one| one.platform == name).collect();
        assert!(own.len() > 20, "{name} has {}", own.len());
        for sure in Confidence::ALL {
            let some = own.iter().any(|one| one.confidence == *sure);
            assert!(some, "{name} has no answer that is {sure}");
        }
    }
    // What no platform answers: our own doing, and the wall of a class that no sheet of these platforms names.
    let unanswered = |cause: &&Cause| !all.iter().any(|one| one.cause == **cause);
    let unanswered: Vec<&Cause> = Cause::ALL.iter().filter(unanswered).collect();
    assert_eq!(unanswered, [&Cause::SupersededByNewGrant]);
}

#[test]
fn how_sure_an_answer_is_comes_from_its_row() {
    let said = |code: &str, subcode: &str| Evidence {
        code: code.to_owned(),
        subcode: subcode.to_owned(),
        ..Evidence::default()
    };
    let sure = |cause, code, subcode| instagram::Instagram.sure(cause, &said(code, subcode));
    let (documented, probable) = (Some(Confidence::Documented), Some(Confidence::Probable));
    assert_eq!(sure(Cause::CredentialsChanged, "190", "460"), documented);
    assert_eq!(sure(Cause::AccountInactive, "190", "493"), probable);
    assert_eq!(sure(Cause::Unknown, "190", ""), Some(Confidence::Guess));
    assert_eq!(
        sure(Cause::AccountDeleted, "190", "460"),
        None,
        "another cause"
    );
    assert_eq!(sure(Cause::Unknown, "4711", ""), None, "no row");
    let page = facebook::Facebook.sure(Cause::LostAdminRole, &said("190", "492"));
    assert_eq!(page, documented);
    let gone = bluesky::Bluesky.sure(Cause::AccountDeleted, &said("AccountNotFound", ""));
    assert_eq!(gone, documented);
}

fn written() -> String {
    let mut page = "# What the platforms’ answers mean\n\n\
        Made from the tables by which Mainstay reads answers (`crates/platforms/src/*/errors`); a test compares it. The first \
        row that fits is taken. What stands in no row is shown as it came, counted (Settings, Unknown answers), tried again, \
        and ends nothing. *Documented*: the platform’s own documents say so. *Probable*: others have seen it, or its words say \
        it. *Guess*: nobody has confirmed it, or it has several meanings. *Final*: believed the first time.\n"
        .to_owned();
    for platform in registry::all() {
        let name = platform.facts().platform;
        let _ = write!(
            page,
            "\n## {name}\n\n| code | subcode | said by | words | cause | about | final | how sure |\n|---|---|---|---|---|---|---|---|\n"
        );
        for one in platform.answers() {
            let cause = one.cause;
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} | [{cause}]({cause}.md) | {} | {} | {} |",
                one.code,
                one.subcode,
                one.said_by,
                one.words,
                one.about.as_str(),
                if one.final_answer { "yes" } else { "" },
                one.confidence,
            );
        }
    }
    page.push_str("\n[All causes](README.md)\n");
    page
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "as insta: whether to write what is compared is said in the environment"
)]
fn the_page_of_answers_is_the_tables() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/causes/answers.md");
    let page = written();
    if std::env::var("INSTA_UPDATE").is_ok_and(|mode| mode == "always") {
        std::fs::write(&path, &page).expect("written");
    }
    let stands = std::fs::read_to_string(&path).unwrap_or_default();
    let lines = stands.lines().zip(page.lines());
    let differs = lines.clone().find(|(stands, made)| stands != made);
    assert!(
        stands == page,
        "docs/causes/answers.md is not the tables; INSTA_UPDATE=always writes it: {differs:?}"
    );
}
