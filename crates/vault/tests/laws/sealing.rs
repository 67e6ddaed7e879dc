//! What is sealed comes back, and only there.

use domain::chance::ChaChaChance;
use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;
use vault::{
    KeyId, KeyRing, MAX_SECRET, OpenError, Place, Purpose, Sealed, SecretBytes, Vault, WrongKey,
};

fn vault(seed: u64) -> (Vault, ChaChaChance) {
    let chance = ChaChaChance::from_seed(seed);
    (Vault::new(KeyRing::generate(&chance)), chance)
}

const PLACE: Place = Place {
    workspace: Some(Uuid::from_u128(1)),
    table: "grant_token",
    row: Uuid::from_u128(2),
    column: "refresh_sealed",
    generation: 3,
};

fn other_places() -> Vec<Place> {
    vec![
        Place {
            workspace: None,
            ..PLACE
        },
        Place {
            workspace: Some(Uuid::from_u128(9)),
            ..PLACE
        },
        Place {
            table: "app",
            ..PLACE
        },
        Place {
            row: Uuid::from_u128(9),
            ..PLACE
        },
        Place {
            column: "access_sealed",
            ..PLACE
        },
        Place {
            generation: 2,
            ..PLACE
        },
        Place {
            generation: 4,
            ..PLACE
        },
    ]
}

proptest! {
    #[test]
    fn bytes_come_back(seed: u64, secret in prop::collection::vec(any::<u8>(), 0..300), generation: u64, row: u128) {
        let (vault, chance) = vault(seed);
        let place = Place { generation, row: Uuid::from_u128(row), ..PLACE };
        let secret = SecretBytes::from(secret);
        for purpose in Purpose::ALL {
            let sealed = vault.seal_bytes(*purpose, &place, &secret, &chance).expect("short");
            let stored = Sealed::from_bytes(sealed.into_bytes()).expect("well formed");
            let opened = vault.open_bytes(*purpose, &place, &stored).expect("opens");
            prop_assert_eq!(opened.expose_secret(), secret.expose_secret());
        }
    }

    #[test]
    fn any_flipped_bit_refuses(seed: u64, secret in "\\PC{0,40}", bit: prop::sample::Index) {
        let (vault, chance) = vault(seed);
        let sealed = vault.seal(Purpose::GrantToken, &PLACE, &SecretString::from(secret), &chance).expect("short");
        let mut bytes = sealed.into_bytes();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let refused = match Sealed::from_bytes(bytes) {
            Err(_) => true,
            Ok(changed) => vault.open(Purpose::GrantToken, &PLACE, &changed).is_err(),
        };
        prop_assert!(refused, "bit {} does not matter", bit);
    }

    #[test]
    fn a_shorter_or_longer_value_refuses(seed: u64, cut in 1usize..60, more in prop::collection::vec(any::<u8>(), 1..20)) {
        let (vault, chance) = vault(seed);
        let sealed = vault.seal(Purpose::GrantToken, &PLACE, &SecretString::from("a token of some length"), &chance);
        let bytes = sealed.expect("short").into_bytes();
        let short = bytes[..bytes.len().saturating_sub(cut)].to_vec();
        let long = [bytes, more].concat();
        for changed in [short, long] {
            let refused = Sealed::from_bytes(changed).map_or(true, |sealed| vault.open(Purpose::GrantToken, &PLACE, &sealed).is_err());
            prop_assert!(refused);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let (vault, _) = vault(1);
        if let Ok(sealed) = Sealed::from_bytes(bytes.clone()) {
            prop_assert!(vault.open(Purpose::GrantToken, &PLACE, &sealed).is_err());
        }
        prop_assert!(vault.verify_check(Uuid::nil(), &bytes).is_err());
    }
}

#[test]
fn another_place_purpose_or_key_refuses() {
    let (vault, chance) = vault(1);
    let sealed = vault
        .seal(
            Purpose::GrantToken,
            &PLACE,
            &SecretString::from("tok_1"),
            &chance,
        )
        .expect("short");
    assert_eq!(
        vault
            .open(Purpose::GrantToken, &PLACE, &sealed)
            .expect("opens")
            .expose_secret(),
        "tok_1"
    );
    let refused = OpenError::Refused { key: KeyId::FIRST };
    for place in other_places() {
        assert_eq!(
            vault
                .open(Purpose::GrantToken, &place, &sealed)
                .expect_err("elsewhere"),
            refused,
            "{place:?}"
        );
    }
    for purpose in Purpose::ALL
        .iter()
        .filter(|purpose| **purpose != Purpose::GrantToken)
    {
        assert_eq!(
            vault
                .open(*purpose, &PLACE, &sealed)
                .expect_err("other use"),
            refused,
            "{purpose:?}"
        );
    }
    let (stranger, _) = self::vault(2);
    assert_eq!(
        stranger
            .open(Purpose::GrantToken, &PLACE, &sealed)
            .expect_err("other key"),
        refused
    );
}

#[test]
fn an_unknown_key_is_told_from_a_refusal() {
    let (vault, chance) = vault(1);
    let old = vault
        .seal(
            Purpose::AppSecret,
            &PLACE,
            &SecretString::from("s"),
            &chance,
        )
        .expect("short");
    assert!(!vault.needs_reseal(&old));
    let (ring, new) = vault.ring().with_new_key(&chance).expect("room");
    vault.replace_ring(ring.with_sealing(new).expect("there"));
    assert!(vault.needs_reseal(&old));
    let moved = Place {
        generation: 4,
        ..PLACE
    };
    let fresh = vault
        .reseal(Purpose::AppSecret, &PLACE, &old, &moved, &chance)
        .expect("resealed");
    assert!(!vault.needs_reseal(&fresh));
    assert_eq!(fresh.key_id(), new);
    vault.replace_ring(vault.ring().without(KeyId::FIRST).expect("only opens"));
    assert_eq!(
        vault
            .open(Purpose::AppSecret, &moved, &fresh)
            .expect("opens")
            .expose_secret(),
        "s"
    );
    let error = vault
        .open(Purpose::AppSecret, &PLACE, &old)
        .expect_err("retired");
    assert_eq!(error, OpenError::UnknownKey { key: KeyId::FIRST });
    assert!(error.to_string().contains("key 1"));
}

#[test]
fn the_same_secret_never_looks_the_same() {
    let (vault, chance) = vault(1);
    let seal = || {
        vault
            .seal(
                Purpose::GrantToken,
                &PLACE,
                &SecretString::from("tok"),
                &chance,
            )
            .expect("short")
    };
    assert_ne!(seal(), seal());
}

#[test]
fn too_long_is_refused_and_bytes_are_no_text() {
    let (vault, chance) = vault(1);
    let long = SecretBytes::from(vec![0; MAX_SECRET + 1]);
    assert!(
        vault
            .seal_bytes(Purpose::Evidence, &PLACE, &long, &chance)
            .is_err()
    );
    let odd = SecretBytes::from(vec![0xff, 0xfe]);
    let sealed = vault
        .seal_bytes(Purpose::Evidence, &PLACE, &odd, &chance)
        .expect("short");
    assert_eq!(
        vault
            .open(Purpose::Evidence, &PLACE, &sealed)
            .expect_err("no text"),
        OpenError::NotText
    );
}

#[test]
fn nothing_prints_a_secret() {
    let (vault, chance) = vault(1);
    let secret = SecretString::from("tok_very_secret");
    let sealed = vault
        .seal(Purpose::GrantToken, &PLACE, &secret, &chance)
        .expect("short");
    let opened = vault
        .open(Purpose::GrantToken, &PLACE, &sealed)
        .expect("opens");
    let bytes = vault
        .open_bytes(Purpose::GrantToken, &PLACE, &sealed)
        .expect("opens");
    let keys = vault.subkeys(Purpose::MediaAddress);
    let said = format!("{vault:?} {secret:?} {sealed:?} {opened:?} {bytes:?} {keys:?}");
    assert!(
        !said.contains("very_secret") && !said.contains("116, 111, 107"),
        "{said}"
    );
    let key = format!("{:?}", keys[0].expose_secret());
    assert!(!said.contains(key.trim_matches(['[', ']'])), "{said}");
}

#[test]
fn signing_keys_follow_the_ring() {
    let (vault, chance) = vault(1);
    let before = vault.subkeys(Purpose::MediaAddress);
    let (ring, new) = vault.ring().with_new_key(&chance).expect("room");
    vault.replace_ring(ring.with_sealing(new).expect("there"));
    let after = vault.subkeys(Purpose::MediaAddress);
    assert_eq!((before.len(), after.len()), (1, 2));
    assert_eq!(before[0].expose_secret(), after[1].expose_secret());
    assert_ne!(after[0].expose_secret(), after[1].expose_secret());
    assert_ne!(
        after[0].expose_secret(),
        vault.subkeys(Purpose::KeyCheck)[0].expose_secret()
    );
}

#[test]
fn a_wrong_key_is_said() {
    let (vault, chance) = vault(1);
    let home = Uuid::from_u128(7);
    let check = vault.check_seal(home, &chance);
    assert_eq!(vault.verify_check(home, &check), Ok(()));
    assert_eq!(
        vault.verify_check(Uuid::from_u128(8), &check),
        Err(WrongKey::Different { key: KeyId::FIRST })
    );
    let (stranger, _) = self::vault(2);
    let error = stranger
        .verify_check(home, &check)
        .expect_err("another key 1");
    assert_eq!(error, WrongKey::Different { key: KeyId::FIRST });
    let (ring, new) = stranger.ring().with_new_key(&chance).expect("room");
    stranger.replace_ring(
        ring.with_sealing(new)
            .expect("there")
            .without(KeyId::FIRST)
            .expect("gone"),
    );
    assert_eq!(
        stranger.verify_check(home, &check),
        Err(WrongKey::Missing { key: KeyId::FIRST })
    );
    assert_eq!(
        vault.verify_check(home, &check[..20]),
        Err(WrongKey::Damaged)
    );
    assert!(!vault.check_needs_reseal(&check));
    assert!(stranger.check_needs_reseal(&check));
}
