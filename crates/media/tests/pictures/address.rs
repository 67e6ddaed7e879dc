//! Signed addresses hold for one rendition, until their moment, over a change of keys.

use domain::ids::{Id as _, MediaId};
use jiff::Timestamp;
use media::{AddressKeys, BadAddress};
use proptest::prelude::*;
use secrecy::SecretBox;

fn keys(seeds: &[u8]) -> AddressKeys {
    AddressKeys::new(
        seeds
            .iter()
            .map(|seed| SecretBox::new(Box::new([*seed; 32])))
            .collect(),
    )
}

fn media(number: u128) -> MediaId {
    MediaId::from_uuid(uuid::Uuid::from_u128(number))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("an instant")
}

#[test]
fn good_until_its_moment_and_for_nothing_else() {
    let keys = keys(&[1]);
    let token = keys.sign(media(1), "feed", at(1000)).expect("signed");
    assert!(
        token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)),
        "{token}"
    );
    assert_eq!(keys.verify(media(1), "feed", &token, at(999)), Ok(()));
    assert_eq!(
        keys.verify(media(1), "feed", &token, at(1000)),
        Err(BadAddress::Ended)
    );
    assert_eq!(
        keys.verify(media(2), "feed", &token, at(1)),
        Err(BadAddress::Forged)
    );
    assert_eq!(
        keys.verify(media(1), "original", &token, at(1)),
        Err(BadAddress::Forged)
    );
    let later = token.replace("1000.", "2000.");
    assert_eq!(
        keys.verify(media(1), "feed", &later, at(1)),
        Err(BadAddress::Forged)
    );
    for odd in [
        "",
        ".",
        "1000",
        "1000.",
        "1000.!!",
        "-5.AAAA",
        "+1000.AAAA",
        "99999999999999999999.AAAA",
    ] {
        assert!(keys.verify(media(1), "feed", odd, at(1)).is_err(), "{odd}");
    }
}

#[test]
fn addresses_outlive_a_change_of_keys() {
    let token = keys(&[1]).sign(media(1), "feed", at(1000)).expect("signed");
    assert_eq!(
        keys(&[2, 1]).verify(media(1), "feed", &token, at(1)),
        Ok(())
    );
    assert_eq!(
        keys(&[2]).verify(media(1), "feed", &token, at(1)),
        Err(BadAddress::Forged)
    );
    assert!(keys(&[]).sign(media(1), "feed", at(1000)).is_err());
    assert!(keys(&[]).verify(media(1), "feed", &token, at(1)).is_err());
    assert!(!format!("{:?}", keys(&[77])).contains("77, 77"));
}

proptest! {
    #[test]
    fn a_changed_token_is_refused(place in any::<prop::sample::Index>(), other in any::<u8>()) {
        let keys = keys(&[1]);
        let token = keys.sign(media(1), "feed", at(1000)).expect("signed");
        let mut bytes = token.clone().into_bytes();
        let at_byte = place.index(bytes.len());
        bytes[at_byte] = other;
        if let Ok(changed) = String::from_utf8(bytes) {
            prop_assert_eq!(keys.verify(media(1), "feed", &changed, at(1)).is_ok(), changed == token);
        }
    }
}
