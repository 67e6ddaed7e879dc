//! The life of a grant, walked at random beside a model of it.

use domain::cause::Cause;
use domain::grant::{Life, LifeWord};
use proptest::prelude::*;

use crate::ms;

#[derive(Debug, Clone, Copy)]
enum Asked {
    Renewed,
    Died(Cause),
    Superseded,
    Revoked,
}

fn asked() -> impl Strategy<Value = Asked> {
    prop_oneof![
        3 => Just(Asked::Renewed),
        3 => (0..Cause::ALL.len()).prop_map(|index| Asked::Died(Cause::ALL[index])),
        1 => Just(Asked::Superseded),
        1 => Just(Asked::Revoked),
    ]
}

fn ask(life: Life, asked: Asked, millis: i64) -> Result<Life, LifeWord> {
    let now = ms(millis);
    let answer = match asked {
        Asked::Renewed => life.renewed(),
        Asked::Died(cause) => life.died(cause, now),
        Asked::Superseded => life.superseded(now),
        Asked::Revoked => life.revoked(now),
    };
    answer.map_err(|refused| refused.life)
}

/// What should be: the three ends in the order in which one may still follow another.
fn model(life: LifeWord, asked: Asked) -> Option<LifeWord> {
    match (life, asked) {
        (LifeWord::Live, Asked::Renewed) => Some(LifeWord::Live),
        (_, Asked::Died(Cause::RateLimited | Cause::PlatformOutage)) => None,
        (LifeWord::Live, Asked::Died(_)) => Some(LifeWord::Dead),
        (LifeWord::Live | LifeWord::Dead, Asked::Superseded) => Some(LifeWord::Superseded),
        (LifeWord::Live | LifeWord::Dead | LifeWord::Superseded, Asked::Revoked) => {
            Some(LifeWord::Revoked)
        }
        _ => None,
    }
}

proptest! {
    #[test]
    fn an_end_is_an_end(walk in proptest::collection::vec(asked(), 1..40)) {
        let mut life = Life::Live;
        for (step, asked) in walk.into_iter().enumerate() {
            let now = i64::try_from(step).expect("small");
            let before = life;
            match ask(life, asked, now) {
                Ok(next) => {
                    prop_assert_eq!(Some(next.word()), model(life.word(), asked), "{:?} {:?}", life, asked);
                    life = next;
                }
                Err(word) => {
                    prop_assert_eq!(model(life.word(), asked), None, "{:?} {:?}", life, asked);
                    prop_assert_eq!(word, life.word());
                }
            }
            if before != Life::Live {
                prop_assert_ne!(life, Life::Live, "it came back to life");
            }
            // The first cause and its moment stand as long as it is dead.
            if let (Life::Dead { .. }, Life::Dead { .. }) = (before, life) {
                prop_assert_eq!(before, life);
            }
            if let (Life::Live, Life::Dead { cause, since }) = (before, life) {
                prop_assert_eq!(since, ms(now));
                prop_assert!(!cause.waits_out(), "{} kills nothing", cause);
            }
        }
    }
}
