//! When an app's breaker opens.

use domain::breaker::Seen;

fn opens(well: u64, doubted: u64, persons: u64) -> bool {
    Seen {
        well,
        doubted,
        persons,
    }
    .opens()
}

#[test]
fn three_sign_ins_of_two_people_and_a_third_of_all() {
    assert!(opens(0, 3, 2));
    assert!(opens(7, 3, 2), "thirty in a hundred");
    assert!(opens(1_000, 1_000, 400));
}

#[test]
fn too_few_sign_ins_people_or_too_small_a_part() {
    assert!(!opens(0, 0, 0));
    assert!(!opens(0, 2, 2), "two sign-ins may both be broken");
    assert!(!opens(0, 40, 1), "one person changed a password");
    assert!(!opens(8, 3, 2), "27 in a hundred");
}
