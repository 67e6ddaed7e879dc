//! Eight racing claimers take 400 rows, none twice: the shape of every claim in the product.

use std::collections::BTreeSet;

use domain::ids::Id as _;
use storage::deliveries::Taker;
use storage::{Conn, Result, Statement, channel_grants, channels, deliveries, grants, params};
use uuid::Uuid;

use crate::both::{id, on_both};
use crate::ground::{Tenant, claim, ms, two, write};

static INSERT: Statement = Statement::both(
    "claims::INSERT",
    "insert into job (id, act_at_ms, owner) values ($1, $2, null)",
);
static CLAIM: Statement = Statement::pair(
    "claims::CLAIM",
    "with due as materialized (
        select id from job where owner is null and act_at_ms <= $1 order by act_at_ms, id limit $2)
     update job set owner = $3 from due where job.id = due.id returning job.id",
    "with due as materialized (
        select id from job where owner is null and act_at_ms <= $1 order by act_at_ms, id limit $2 for update skip locked)
     update job set owner = $3 from due where job.id = due.id returning job.id",
);
static LEFT: Statement = Statement::both(
    "claims::LEFT",
    "select count(*) as free from job where owner is null",
);

#[test]
fn eight_claimers_take_each_row_once() {
    on_both(|store| async move {
        let filled = store.write("test.fill", |conn| {
            conn.script(
                "create",
                "create table job (id blob not null primary key, act_at_ms integer not null, owner integer) strict",
                "create table job (id uuid not null primary key, act_at_ms bigint not null, owner bigint)",
            )?;
            for number in 0..400u32 {
                conn.run(&INSERT, params![id(u128::from(number) + 1), number % 7])?;
            }
            Ok(())
        });
        filled.await.expect("filled");
        let claimers: Vec<_> = (0..8i64)
            .map(|owner| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut mine: Vec<Uuid> = Vec::new();
                    loop {
                        let rows = store.write("test.claim", move |conn| {
                            conn.all(&CLAIM, params![1000i64, 7i64, owner])
                        });
                        let rows = rows.await.expect("claimed");
                        if rows.is_empty() {
                            return mine;
                        }
                        mine.extend(rows.iter().map(|row| row.get::<Uuid>("id").expect("an id")));
                    }
                })
            })
            .collect();
        let mut all = Vec::new();
        for claimer in claimers {
            all.extend(claimer.await.expect("joined"));
        }
        assert_eq!(all.len(), 400, "each row once");
        assert_eq!(
            all.iter().collect::<BTreeSet<_>>().len(),
            400,
            "no row twice"
        );
        let free: i64 = store
            .read("test.left", |conn| conn.one(&LEFT, params![])?.get("free"))
            .await
            .expect("read");
        assert_eq!(free, 0);
    });
}

/// What a newer version, or a hand in the database, may leave behind.
static BAD: [Statement; 4] = [
    Statement::both(
        "claims::BAD_STATE",
        "update delivery set state = 'dreaming' where id = $1",
    ),
    Statement::both(
        "claims::BAD_ENDS",
        "update oauth_grant set ends = '{\"access_end\":7}' where id = $1",
    ),
    Statement::both(
        "claims::BAD_HEALTH",
        "update channel_grant set health = 'splendid' where id = $1",
    ),
    Statement::both(
        "claims::BAD_MODE",
        "update channel set mode = 'whistle' where id = $1",
    ),
];

fn spoil(conn: &mut Conn<'_>, tenant: Tenant) -> Result<()> {
    let ids = [
        tenant.delivery.uuid(),
        tenant.grant.uuid(),
        tenant.on.uuid(),
        tenant.channel.uuid(),
    ];
    for (bad, id) in BAD.iter().zip(ids) {
        assert_eq!(conn.run(bad, params![id])?, 1);
    }
    Ok(())
}

#[test]
fn a_row_that_cannot_be_read_holds_up_no_other_and_is_named() {
    on_both(|store| async move {
        let (bad, well) = two(&store).await;
        write(&store, move |conn| spoil(conn, bad)).await;
        let (posts, due, logins) = write(&store, |conn| {
            Ok((
                deliveries::claim(conn, Taker::Publish, &claim(1, 5_000, 1_000))?,
                grants::claim(conn, &claim(1, 5_000, 1_000))?,
                channel_grants::claim(conn, &claim(1, 5_000, 1_000))?,
            ))
        })
        .await;
        assert_eq!((posts.taken(), due.taken(), logins.taken()), (2, 2, 2));
        let ids: Vec<Uuid> = posts.rows.iter().map(|row| row.id.uuid()).collect();
        assert_eq!(ids, [well.delivery.uuid()]);
        assert_eq!(due.rows[0].id, well.grant);
        assert_eq!(logins.rows[0].id, well.on);
        let named = [
            (
                &posts.unreadable[0],
                bad.delivery.uuid(),
                Some(bad.channel),
                None,
            ),
            (&due.unreadable[0], bad.grant.uuid(), None, None),
            (
                &logins.unreadable[0],
                bad.on.uuid(),
                Some(bad.channel),
                Some(bad.grant),
            ),
        ];
        for (found, id, channel, grant) in named {
            assert_eq!((found.id, found.workspace), (Some(id), Some(bad.workspace)));
            assert_eq!((found.channel, found.grant), (channel, grant));
            let said = found.error.to_string();
            for value in ["dreaming", "splendid"] {
                assert!(!said.contains(value), "no value of a row: {said}");
            }
        }
        // It is not taken again at once, and its lease runs out as any other's.
        let again = |clock| {
            write(&store, move |conn| {
                deliveries::claim(conn, Taker::Publish, &claim(2, 5_000, clock))
            })
        };
        assert_eq!(again(1_100).await.taken(), 0);
        assert_eq!(again(1_151).await.unreadable.len(), 1);

        let synced = write(&store, |conn| {
            channels::sync_claim(conn, ms(5_000), ms(6_000), 10)
        })
        .await;
        assert_eq!(synced.len(), 1, "the other channel is read back");
    });
}
