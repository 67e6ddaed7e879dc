//! Every enum of words: each variant has one word, found again by reading, in JSON too; anything else
//! is refused with a short error.

use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::str::FromStr;

use domain::words::UnknownWord;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn round<T>(all: &[T], word: impl Fn(T) -> &'static str)
where
    T: Copy
        + Debug
        + Display
        + PartialEq
        + FromStr<Err = UnknownWord>
        + Serialize
        + DeserializeOwned,
{
    let name = std::any::type_name::<T>();
    let mut seen = BTreeSet::new();
    for one in all {
        let text = word(*one);
        assert!(seen.insert(text), "{name}: {text} twice");
        let stable = |c: char| c.is_ascii_lowercase() || c == '_';
        assert!(
            !text.is_empty() && text.chars().all(stable),
            "{name}: {text:?} is no word"
        );
        assert_eq!(one.to_string(), text, "{name}");
        assert_eq!(text.parse::<T>(), Ok(*one), "{name}");
        let json = serde_json::to_value(one).expect("JSON");
        assert_eq!(json, serde_json::json!(text), "{name}");
        assert_eq!(
            serde_json::from_value::<T>(json).expect("read"),
            *one,
            "{name}"
        );
    }
    let long = "x".repeat(1000);
    for junk in ["", " ", "Nothing", "nothing ", "\u{0}", &long] {
        let refused = junk.parse::<T>().expect_err("no word");
        assert!(
            refused.text.chars().count() <= 64,
            "{name}: an error stays short"
        );
        assert!(
            serde_json::from_value::<T>(serde_json::json!(junk)).is_err(),
            "{name}"
        );
    }
    assert!(
        serde_json::from_value::<T>(serde_json::json!(1)).is_err(),
        "{name}"
    );
    let upper = word(all[0]).to_uppercase();
    assert!(
        upper.parse::<T>().is_err(),
        "{name}: words are in small letters"
    );
}

macro_rules! round_all {
    ($($Type:path),+ $(,)?) => {$( round(<$Type>::ALL, <$Type>::as_str); )+};
}

#[test]
fn words_go_out_and_come_back() {
    round_all!(
        domain::app::RetiredWhy,
        domain::app::SecretState,
        domain::app::Which,
        domain::cause::Cause,
        domain::cause::Confidence,
        domain::channel::Link,
        domain::channel::Mode,
        domain::channel::Standing,
        domain::channel::Consent,
        domain::connect::ConnectPhase,
        domain::connect::ConnectPurpose,
        domain::delivery::Stage,
        domain::delivery::Reason,
        domain::delivery::StateWord,
        domain::fire_drill::Effect,
        domain::fire_drill::Reach,
        domain::forecast::Kind,
        domain::grant::Mechanism,
        domain::grant::EndSource,
        domain::grant::LifeWord,
        domain::grant::Verdict,
        domain::health::Health,
        domain::horizon::EndKind,
        domain::member::Role,
        domain::member::Action,
        domain::member::Scope,
        domain::notice::NoticeKind,
        domain::notice::NoticeState,
        domain::platform::Platform,
        domain::platform::LoginFlow,
    );
}

/// A new enum of words is added above: the sources are counted.
#[test]
fn no_enum_of_words_is_left_out() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut enums = 0;
    for entry in std::fs::read_dir(source).expect("a folder") {
        let path = entry.expect("readable").path();
        let text = std::fs::read_to_string(&path).expect("readable");
        enums += text
            .lines()
            .filter(|line| line.trim_end() == "words! {")
            .count();
    }
    let here = include_str!("words.rs");
    let listed = here
        .lines()
        .filter(|line| line.starts_with("        domain::"))
        .count();
    assert_eq!(
        enums, listed,
        "add the new enum to words_go_out_and_come_back"
    );
}
