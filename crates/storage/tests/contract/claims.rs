//! Eight racing claimers take 400 rows, none twice: the shape of every claim in the product.

use std::collections::BTreeSet;

use storage::{Statement, params};
use uuid::Uuid;

use crate::both::{id, on_both};

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
