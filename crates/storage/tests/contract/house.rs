//! People, workspaces, sets, sessions, codes, the numbers of the frame: each
//! function once on every engine, and each with another workspace beside it.

use std::collections::BTreeSet;

use domain::ids::{Id, MemberId, PersonId, SessionId, SocialSetId, WorkspaceId};
use domain::member::{Member, Role};
use domain::schedule::Zone;
use jiff::Timestamp;
use storage::codes::{self, Purpose};
use storage::people::{self, Person};
use storage::sessions::{self, Living, Session};
use storage::sets::{self, SocialSet};
use storage::workspaces::{self, Workspace};
use storage::{Conn, Error, Result, Store, counts};

use crate::both::{id, on_both};

pub fn ms(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).expect("an instant")
}

pub fn a<T: Id>(number: u128) -> T {
    T::from_uuid(id(number))
}

fn zone(name: &str) -> Zone {
    Zone::named(name).expect("a zone")
}

fn workspace(number: u128, name: &str) -> Workspace {
    Workspace {
        id: a(number),
        name: name.to_owned(),
        zone: zone("Europe/Berlin"),
        created_at: ms(10),
    }
}

fn person(number: u128, mail: &str) -> Person {
    Person {
        id: a(number),
        mail: mail.to_owned(),
        name: format!("Person {number}"),
        password_hash: None,
        operator: false,
        created_at: ms(10),
    }
}

fn set(number: u128, workspace: u128, name: &str) -> SocialSet {
    SocialSet {
        id: a(number),
        workspace: a(workspace),
        name: name.to_owned(),
        zone: zone("UTC"),
        lateness_limit_ms: 3_600_000,
        created_at: ms(20),
    }
}

fn member(number: u128, workspace: u128, person: u128, sets: Option<&[u128]>) -> Member {
    Member {
        id: a(number),
        workspace: a(workspace),
        person: a(person),
        role: Role::Editor,
        sets: sets.map(|sets| {
            sets.iter()
                .map(|set| a(*set))
                .collect::<BTreeSet<SocialSetId>>()
        }),
    }
}

/// Workspaces 1 and 2; people 11 and 12; sets 21 and 22 of the first, 23 of the second; members 31
/// (11 in 1), 32 (12 in 2), 33 (12 in 1, limited to 21 and to a set that is not of this workspace).
pub fn furnish(conn: &mut Conn<'_>) -> Result<()> {
    workspaces::create(conn, &workspace(1, "Nord"))?;
    workspaces::create(conn, &workspace(2, "Other"))?;
    people::create(conn, &person(11, "ida@example.com"))?;
    people::create(conn, &person(12, "bo@example.com"))?;
    for new in [set(21, 1, "B"), set(22, 1, "A"), set(23, 2, "C")] {
        sets::create(conn, &new)?;
    }
    people::join(conn, &member(31, 1, 11, None), ms(30))?;
    people::join(conn, &member(32, 2, 12, None), ms(31))?;
    people::join(conn, &member(33, 1, 12, Some(&[21, 23])), ms(32))
}

pub async fn write<T: Send + 'static>(
    store: &Store,
    f: impl FnOnce(&mut Conn<'_>) -> Result<T> + Send + 'static,
) -> T {
    store.write("t", f).await.expect("written")
}

pub async fn read<T: Send + 'static>(
    store: &Store,
    f: impl FnOnce(&mut Conn<'_>) -> Result<T> + Send + 'static,
) -> T {
    store.read("t", f).await.expect("read")
}

#[test]
fn people_and_their_memberships() {
    on_both(|store| async move {
        assert!(!read(&store, people::any).await);
        write(&store, furnish).await;
        assert!(read(&store, people::any).await);
        let found = read(&store, |conn| people::by_mail(conn, "ida@example.com")).await;
        assert_eq!(found, Some(person(11, "ida@example.com")));
        assert_eq!(
            read(&store, |conn| people::by_mail(conn, "Ida@example.com")).await,
            None
        );
        let twin = store
            .write("t", |conn| {
                people::create(conn, &person(13, "bo@example.com"))
            })
            .await;
        assert!(twin.is_err_and(|error| error.is_unique()));

        let of = |workspace, person| {
            read(&store, move |conn| {
                people::member_of(conn, a(workspace), a(person))
            })
        };
        assert_eq!(of(1, 11).await, Some(member(31, 1, 11, None)));
        assert_eq!(of(2, 11).await, None);
        assert_eq!(
            of(1, 12).await,
            Some(member(33, 1, 12, Some(&[21]))),
            "a set of elsewhere is left out"
        );
        let by_id = |workspace, id| {
            read(&store, move |conn| {
                people::member_by_id(conn, a(workspace), a(id))
            })
        };
        assert_eq!(
            by_id(1, 33).await.map(|member| member.person),
            Some(a::<PersonId>(12))
        );
        assert_eq!(by_id(2, 33).await, None);
        let seats = read(&store, |conn| people::seats(conn, a(12))).await;
        assert_eq!(
            seats
                .iter()
                .map(|seat| seat.name.as_str())
                .collect::<Vec<_>>(),
            ["Nord", "Other"]
        );
        let all = read(&store, |conn| people::members(conn, a(1))).await;
        assert_eq!(
            all.iter().map(|row| row.mail.as_str()).collect::<Vec<_>>(),
            ["ida@example.com", "bo@example.com"]
        );
        let editor = read(&store, |conn| {
            people::first_with_role(conn, a(1), Role::Editor)
        })
        .await;
        assert_eq!(editor.map(|member| member.id), Some(a::<MemberId>(31)));
        assert_eq!(
            read(&store, |conn| people::first_with_role(
                conn,
                a(1),
                Role::Owner
            ))
            .await,
            None
        );
    });
}

#[test]
fn a_password_is_replaced_by_compare_and_set() {
    on_both(|store| async move {
        write(&store, furnish).await;
        let change = |hash: &'static str, old: Option<&'static str>| {
            store.write("t", move |conn| {
                people::set_password(conn, a(11), hash, old)
            })
        };
        change("one", None).await.expect("there was none");
        assert!(matches!(
            change("two", None).await,
            Err(Error::Stale { .. })
        ));
        assert!(matches!(
            change("two", Some("zero")).await,
            Err(Error::Stale { .. })
        ));
        change("two", Some("one")).await.expect("as it was");
        let now = read(&store, |conn| people::one(conn, a(11)))
            .await
            .expect("there");
        assert_eq!(now.password_hash.as_deref(), Some("two"));
    });
}

#[test]
fn workspaces_and_sets_change_only_as_they_were_seen() {
    on_both(|store| async move {
        write(&store, furnish).await;
        let old = read(&store, |conn| workspaces::one(conn, a(1)))
            .await
            .expect("there");
        assert_eq!(old, workspace(1, "Nord"));
        let seen = old.clone();
        write(&store, move |conn| {
            workspaces::change(conn, &seen, "Nord & Co", &zone("Asia/Kathmandu"))
        })
        .await;
        let stale = store
            .write("t", move |conn| {
                workspaces::change(conn, &old, "Late", &zone("UTC"))
            })
            .await;
        assert!(matches!(stale, Err(Error::Stale { .. })));
        let names: Vec<String> = read(&store, workspaces::all)
            .await
            .into_iter()
            .map(|space| space.name)
            .collect();
        assert_eq!(names, ["Nord & Co", "Other"]);
        assert_eq!(
            read(&store, |conn| workspaces::one(conn, a::<WorkspaceId>(9))).await,
            None
        );

        let list = read(&store, |conn| sets::list(conn, a(1))).await;
        assert_eq!(
            list.iter().map(|set| set.name.as_str()).collect::<Vec<_>>(),
            ["A", "B"]
        );
        assert_eq!(
            read(&store, |conn| sets::one(conn, a(1), a(23))).await,
            None,
            "another workspace's"
        );
        let (old, new) = (
            set(21, 1, "B"),
            SocialSet {
                lateness_limit_ms: 0,
                ..set(21, 1, "Z")
            },
        );
        let (seen, wanted) = (old.clone(), new.clone());
        write(&store, move |conn| sets::change(conn, &seen, &wanted)).await;
        assert_eq!(
            read(&store, |conn| sets::one(conn, a(1), a(21))).await,
            Some(new.clone())
        );
        let stale = store
            .write("t", move |conn| sets::change(conn, &old, &new))
            .await;
        assert!(matches!(stale, Err(Error::Stale { .. })));
        let elsewhere = SocialSet {
            workspace: a(1),
            ..set(23, 2, "C")
        };
        let foreign = store
            .write("t", move |conn| {
                sets::change(conn, &elsewhere, &set(23, 1, "Taken"))
            })
            .await;
        assert!(matches!(foreign, Err(Error::Stale { .. })));
        let counts = read(&store, |conn| counts::of_sets(conn, a(1))).await;
        assert_eq!(
            counts.keys().copied().collect::<Vec<_>>(),
            [a::<SocialSetId>(21), a(22)]
        );
        assert!(counts.values().all(|set| *set == counts::Counts::default()));
    });
}

#[test]
fn sessions_live_switch_and_end() {
    on_both(|store| async move {
        write(&store, furnish).await;
        let session = |number, person| Session {
            id: a(number),
            person: a(person),
            workspace: None,
            set: None,
            created_at: ms(100),
            seen_at: ms(100),
            ends_at: ms(1_000),
            client: "Firefox".to_owned(),
        };
        write(&store, move |conn| {
            sessions::create(conn, &session(41, 11), &[1; 32])?;
            sessions::create(conn, &session(42, 11), &[2; 32])?;
            sessions::create(conn, &session(43, 12), &[3; 32])
        })
        .await;
        let by = |token: u8, since: i64, now: i64| {
            let living = Living {
                seen_since: ms(since),
                now: ms(now),
            };
            read(&store, move |conn| {
                sessions::by_token(conn, &[token; 32], living)
            })
        };
        assert_eq!(by(1, 100, 999).await, Some(session(41, 11)));
        assert_eq!(by(1, 101, 999).await, None, "not used for too long");
        assert_eq!(by(1, 100, 1_000).await, None, "its last end");
        assert_eq!(by(9, 0, 0).await, None);
        write(&store, |conn| sessions::seen(conn, a(41), ms(300))).await;
        write(&store, |conn| sessions::seen(conn, a(41), ms(200))).await;
        assert_eq!(
            by(1, 300, 999).await.map(|session| session.seen_at),
            Some(ms(300)),
            "never backwards"
        );
        write(&store, |conn| {
            sessions::switch(conn, a(41), a(11), a(1), Some(a(21)))
        })
        .await;
        let there = by(1, 0, 500).await.expect("there");
        assert_eq!((there.workspace, there.set), (Some(a(1)), Some(a(21))));
        let foreign = store
            .write("t", |conn| sessions::switch(conn, a(41), a(12), a(2), None))
            .await;
        assert!(
            matches!(foreign, Err(Error::Stale { .. })),
            "another person's"
        );
        let living = Living {
            seen_since: ms(0),
            now: ms(500),
        };
        let list = read(&store, move |conn| sessions::list(conn, a(11), living)).await;
        assert_eq!(
            list.iter().map(|session| session.id).collect::<Vec<_>>(),
            [a::<SessionId>(41), a(42)]
        );
        assert!(
            !write(&store, |conn| sessions::revoke(conn, a(43), a(11))).await,
            "another person's"
        );
        assert_eq!(
            write(&store, |conn| sessions::revoke_others(conn, a(11), a(41))).await,
            1
        );
        assert!(write(&store, |conn| sessions::revoke(conn, a(41), a(11))).await);
        assert_eq!(by(1, 0, 500).await, None);
        let late = Living {
            seen_since: ms(0),
            now: ms(1_000),
        };
        assert_eq!(
            write(&store, move |conn| sessions::forget(conn, late)).await,
            1
        );
    });
}

#[test]
fn a_code_is_spent_once_though_many_come() {
    on_both(|store| async move {
        write(&store, furnish).await;
        write(&store, |conn| {
            codes::make(conn, &[1; 32], Purpose::SignIn, Some(a(11)), ms(0), ms(100))
        })
        .await;
        let open = |purpose, now| {
            read(&store, move |conn| {
                codes::is_open(conn, &[1; 32], purpose, ms(now))
            })
        };
        assert!(open(Purpose::SignIn, 99).await);
        assert!(!open(Purpose::SignIn, 100).await);
        assert!(!open(Purpose::Demo, 1).await);
        let spend = |purpose| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .write("t", move |conn| {
                        codes::spend(conn, &[1; 32], purpose, ms(50))
                    })
                    .await
            })
        };
        assert_eq!(
            spend(Purpose::Demo)
                .await
                .expect("joined")
                .expect("written"),
            None,
            "for another purpose"
        );
        let tries: Vec<_> = (0..8).map(|_| spend(Purpose::SignIn)).collect();
        let mut had = Vec::new();
        for tried in tries {
            had.extend(tried.await.expect("joined").expect("written"));
        }
        assert_eq!(had, [Some(a::<PersonId>(11))]);
        write(&store, |conn| {
            codes::make(conn, &[2; 32], Purpose::FirstStart, None, ms(0), ms(100))
        })
        .await;
        assert_eq!(
            write(&store, |conn| codes::withdraw(conn, Purpose::FirstStart)).await,
            1
        );
        assert_eq!(
            write(&store, |conn| codes::withdraw(conn, Purpose::SignIn)).await,
            0,
            "a spent one stays"
        );
        assert_eq!(write(&store, |conn| codes::forget(conn, ms(101))).await, 1);
    });
}
