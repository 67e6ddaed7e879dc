//! May this member do that here? The whole table, by hand.

use std::collections::BTreeSet;

use domain::ids::{Id, MemberId, PersonId, SocialSetId, WorkspaceId};
use domain::member::{Action, Member, Role, Scope, may};
use uuid::Uuid;

fn id<T: Id>(number: u128) -> T {
    T::from_uuid(Uuid::from_u128(number))
}

fn member(role: Role, sets: Option<&[u128]>) -> Member {
    Member {
        id: id::<MemberId>(1),
        person: id::<PersonId>(2),
        workspace: id::<WorkspaceId>(3),
        role,
        sets: sets.map(|sets| {
            sets.iter()
                .map(|set| id(*set))
                .collect::<BTreeSet<SocialSetId>>()
        }),
    }
}

/// Each line: role and action, then for one who sees all sets: in a set, in the workspace as a whole;
/// then for one who is limited: in an own set, in another, in the workspace as a whole.
const TABLE: &str = "
owner       read        yes yes   yes no yes
owner       draft       yes yes   yes no yes
owner       publish     yes yes   yes no no
owner       sign_in     yes yes   yes no no
owner       manage      yes yes   yes no no
owner       administer  yes yes   yes no no
admin       read        yes yes   yes no yes
admin       draft       yes yes   yes no yes
admin       publish     yes yes   yes no no
admin       sign_in     yes yes   yes no no
admin       manage      yes yes   yes no no
admin       administer  yes yes   yes no no
editor      read        yes yes   yes no yes
editor      draft       yes yes   yes no yes
editor      publish     yes yes   yes no no
editor      sign_in     yes yes   yes no no
editor      manage      yes no    yes no no
editor      administer  no  no    no  no no
contributor read        yes yes   yes no yes
contributor draft       yes yes   yes no yes
contributor publish     no  no    no  no no
contributor sign_in     no  no    no  no no
contributor manage      no  no    no  no no
contributor administer  no  no    no  no no
viewer      read        yes yes   yes no yes
viewer      draft       no  no    no  no no
viewer      publish     no  no    no  no no
viewer      sign_in     no  no    no  no no
viewer      manage      no  no    no  no no
viewer      administer  no  no    no  no no
";

#[test]
fn the_whole_table() {
    let mut lines = 0;
    for line in TABLE.lines().filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (role, action): (Role, Action) = (
            words[0].parse().expect("a role"),
            words[1].parse().expect("an action"),
        );
        let asked = [
            (None, Some(7)),
            (None, None),
            (Some([7, 8].as_slice()), Some(7)),
            (Some([7, 8].as_slice()), Some(9)),
            (Some([7, 8].as_slice()), None),
        ];
        for ((sets, set), word) in asked.into_iter().zip(&words[2..]) {
            let answer = may(&member(role, sets), action, set.map(id));
            assert_eq!(
                answer,
                *word == "yes",
                "{line}: sets {sets:?}, asked of {set:?}"
            );
        }
        lines += 1;
    }
    assert_eq!(
        lines,
        Role::ALL.len() * Action::ALL.len(),
        "a role or an action is not in the table"
    );
}

#[test]
fn a_member_limited_to_nothing_sees_no_set() {
    for role in Role::ALL {
        for action in Action::ALL {
            assert!(
                !may(&member(*role, Some(&[])), *action, Some(id(7))),
                "{role} {action}"
            );
        }
    }
}

#[test]
fn what_a_key_may_do() {
    let table = [
        (Scope::Read, "read"),
        (Scope::Draft, "read draft"),
        (Scope::Publish, "read draft publish"),
        (Scope::Manage, "read sign_in manage administer"),
    ];
    assert_eq!(table.len(), Scope::ALL.len());
    for (scope, actions) in table {
        for action in Action::ALL {
            let expected = actions.split(' ').any(|word| word == action.as_str());
            assert_eq!(scope.allows(*action), expected, "{scope} {action}");
        }
    }
}
