//! The key ring's text: what it says, and that it never quotes itself.

use domain::chance::ChaChaChance;
use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use vault::{KeyId, KeyProblem, KeyRing};

// 32 bytes 0x00..0x1f, 32 bytes 0x20..0x3f, in base64.
const ONE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const TWO: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

fn parse(text: &str) -> Result<KeyRing, vault::BadKeyRing> {
    KeyRing::parse(&SecretString::from(text))
}

fn id(number: u32) -> KeyId {
    KeyId::new(number).expect("not zero")
}

#[test]
fn the_first_key_seals_and_all_open() {
    for text in [
        format!("# mine, not yours\n\n2 {TWO} # new, since May\n 1   {ONE}  \n"),
        format!("2 {TWO},1 {ONE}"),
        format!("2 {TWO}\r\n1 {ONE}\r\n"),
    ] {
        let ring = parse(&text).expect("good");
        assert_eq!(ring.sealing(), id(2));
        assert_eq!(ring.opening_text(), "1 2");
        let again = KeyRing::parse(&ring.to_text()).expect("its own text");
        assert_eq!(
            again.to_text().expose_secret(),
            ring.to_text().expose_secret()
        );
        assert_eq!(again.sealing(), id(2));
    }
}

#[test]
fn what_is_wrong_is_said_by_line_without_quoting() {
    let weak = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let cases = [
        (String::new(), 0, KeyProblem::Empty),
        ("# only a comment\n".to_owned(), 0, KeyProblem::Empty),
        (format!("1{ONE}"), 1, KeyProblem::Shape),
        (format!("0 {ONE}"), 1, KeyProblem::Number),
        (format!("one {ONE}"), 1, KeyProblem::Number),
        (format!("4294967296 {ONE}"), 1, KeyProblem::Number),
        (
            format!("1 {ONE}\n2 !!!{}", &TWO[3..]),
            2,
            KeyProblem::Base64,
        ),
        (format!("1 {}", &ONE[..40]), 1, KeyProblem::Length),
        (format!("1 {weak}"), 1, KeyProblem::Weak),
        (format!("1 {ONE}\n1 {TWO}"), 2, KeyProblem::SameNumber),
        (format!("1 {ONE}\n1 {ONE}"), 2, KeyProblem::SameNumber),
        (format!("1 {ONE}\n\n2 {ONE}"), 3, KeyProblem::SameKey),
    ];
    for (text, line, problem) in cases {
        let error = parse(&text).expect_err("wrong");
        assert_eq!((error.line, error.problem), (line, problem), "{error}");
        let said = format!("{error} {error:?} {}", error.hint());
        assert!(
            !said.contains(&ONE[..8]) && !said.contains(&TWO[3..11]),
            "it quotes the key: {said}"
        );
    }
}

#[test]
fn nothing_prints_a_key() {
    let ring = parse(&format!("1 {ONE}\n2 {TWO}")).expect("good");
    let said = format!(
        "{ring:?} {:?} {:?}",
        vault::Vault::new(ring.clone()),
        ring.to_text()
    );
    assert!(
        !said.contains(&ONE[..8]) && !said.contains(&TWO[..8]),
        "{said}"
    );
    assert!(!said.contains("0, 1, 2, 3"), "{said}");
    assert!(
        said.contains("1 2"),
        "it does say which keys there are: {said}"
    );
}

#[test]
fn keys_come_and_go() {
    let chance = ChaChaChance::from_seed(1);
    let ring = KeyRing::generate(&chance);
    assert_eq!(ring.sealing(), KeyId::FIRST);
    let (both, new) = ring.with_new_key(&chance).expect("room");
    assert_eq!((new, both.sealing()), (id(2), KeyId::FIRST));
    assert_eq!(
        both.without(KeyId::FIRST).expect_err("seals").problem,
        KeyProblem::StillSeals
    );
    assert_eq!(
        ring.with_sealing(new).expect_err("not there").problem,
        KeyProblem::Unknown
    );
    let turned = both.with_sealing(new).expect("there");
    assert_eq!(turned.opening_text(), "1 2");
    let last = turned.without(KeyId::FIRST).expect("only opens");
    assert_eq!(last.opening_text(), "2");
    // A number is never used twice while its key is known.
    assert_eq!(last.with_new_key(&chance).expect("room").1, id(3));
    let full = parse(&format!("4294967295 {ONE}")).expect("good");
    assert!(full.with_new_key(&chance).is_err());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        if let Err(error) = parse(&text) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
