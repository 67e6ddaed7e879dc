//! A rotation goes one step after another, and refuses with the reason.

use domain::chance::ChaChaChance;
use vault::{Holding, KeyId, KeyRing, Refusal, Rotation, RotationStep};

fn rings() -> (KeyRing, KeyId) {
    let chance = ChaChaChance::from_seed(1);
    KeyRing::generate(&chance)
        .with_new_key(&chance)
        .expect("room")
}

fn node(name: &str, opens: &str) -> Holding {
    Holding {
        node: name.to_owned(),
        opens: opens.to_owned(),
    }
}

#[test]
fn the_whole_way() {
    let (ring, new) = rings();
    let rotation = Rotation::begin(&ring, new).expect("fresh");
    assert_eq!(
        rotation.ring_for(&ring).expect("ring").sealing(),
        KeyId::FIRST
    );
    assert_eq!(rotation.confirm(&[]), Err(Refusal::NoNode));
    let partly = [node("a", "1 2"), node("b", "1 12 22")];
    assert_eq!(
        rotation.confirm(&partly),
        Err(Refusal::NodesWithout {
            nodes: vec!["b".to_owned()]
        })
    );
    let rotation = rotation
        .confirm(&[node("a", "1 2"), node("b", "2 1")])
        .expect("all");
    assert_eq!(
        rotation.ring_for(&ring).expect("ring").sealing(),
        KeyId::FIRST
    );
    let rotation = rotation.seal().expect("confirmed");
    let sealing = rotation.ring_for(&ring).expect("ring");
    assert_eq!(
        (sealing.sealing(), sealing.opening_text().as_str()),
        (new, "1 2")
    );
    assert_eq!(
        rotation.finish(3),
        Err(Refusal::StillSealed {
            left: 3,
            old: KeyId::FIRST
        })
    );
    let rotation = rotation.finish(0).expect("none left");
    assert_eq!(
        rotation.retire(2),
        Err(Refusal::BackupsNeedIt {
            backups: 2,
            old: KeyId::FIRST
        })
    );
    let rotation = rotation.retire(0).expect("none need it");
    let last = rotation.ring_for(&ring).expect("ring");
    assert_eq!((last.sealing(), last.opening_text().as_str()), (new, "2"));
    // A node that asks twice, or starts with the new text, is told the same.
    assert_eq!(rotation.ring_for(&last).expect("ring").opening_text(), "2");
}

#[test]
fn no_step_is_left_out_or_repeated() {
    let (ring, new) = rings();
    let begun = Rotation::begin(&ring, new).expect("fresh");
    let all = [node("a", "1 2")];
    for step in RotationStep::ALL {
        let at = Rotation {
            step: *step,
            ..begun
        };
        let allowed = [
            at.confirm(&all).is_ok(),
            at.seal().is_ok(),
            at.finish(0).is_ok(),
            at.retire(0).is_ok(),
        ];
        let expected = [
            RotationStep::Added,
            RotationStep::Confirmed,
            RotationStep::Sealing,
            RotationStep::Resealed,
        ];
        for (move_at, ok) in expected.iter().zip(allowed) {
            assert_eq!(ok, move_at == step, "from {step}");
        }
    }
}

#[test]
fn only_a_fresh_key_can_follow() {
    let (ring, new) = rings();
    assert_eq!(
        Rotation::begin(&ring, KeyId::FIRST),
        Err(Refusal::NotFresh(KeyId::FIRST))
    );
    let missing = KeyId::new(9).expect("not zero");
    assert_eq!(
        Rotation::begin(&ring, missing),
        Err(Refusal::NotFresh(missing))
    );
    let late = Rotation {
        step: RotationStep::Sealing,
        ..Rotation::begin(&ring, new).expect("fresh")
    };
    let without = ring.without(new).expect("only opens");
    assert!(
        late.ring_for(&without).is_err(),
        "a node without the new key must not go on"
    );
}

#[test]
fn steps_have_words() {
    for step in RotationStep::ALL {
        assert_eq!(step.as_str().parse::<RotationStep>().as_ref(), Ok(step));
    }
    assert!("begun".parse::<RotationStep>().is_err());
}
