//! Both schemas are the same schema: tables, columns, kinds, nullability, keys and indexes.

use std::collections::BTreeSet;

use storage::{EngineKind, Mode, Statement, Store, params};

use crate::both::{Database, sqlite};

static COLUMNS: Statement = Statement::pair(
    "schema::COLUMNS",
    "select m.name as in_table, c.name as in_column, lower(c.type) as kind, c.\"notnull\" as required
     from sqlite_schema as m join pragma_table_info(m.name) as c
     where m.type = 'table' and m.name not like 'sqlite_%'",
    "select cast(table_name as text) as in_table, cast(column_name as text) as in_column,
            cast(data_type as text) as kind, is_nullable = 'NO' as required
     from information_schema.columns where table_schema = current_schema()",
);

/// Each index or key as one line: table, unique or not, its columns in order, its condition. Indexes
/// on expressions show an empty name for them on both engines.
static INDEXES: Statement = Statement::pair(
    "schema::INDEXES",
    "select m.name as in_table, i.\"unique\" as is_unique, i.partial as is_partial,
            (select group_concat(c.name, ',') from (
                select coalesce(name, '') || case when \"desc\" = 1 then ' desc' else '' end as name
                from pragma_index_xinfo(i.name) where key = 1 order by seqno) as c) as over_columns
     from sqlite_schema as m join pragma_index_list(m.name) as i
     where m.type = 'table' and m.name not like 'sqlite_%'",
    "select cast(t.relname as text) as in_table, x.indisunique as is_unique, x.indpred is not null as is_partial,
            (select string_agg(coalesce(cast(a.attname as text), '')
                    || case when x.indoption[k.at - 1] & 1 = 1 then ' desc' else '' end, ',' order by k.at)
             from unnest(x.indkey) with ordinality as k(attnum, at)
             left join pg_attribute as a on a.attrelid = x.indrelid and a.attnum = k.attnum and k.attnum > 0
             where k.at <= x.indnkeyatts) as over_columns
     from pg_index as x join pg_class as t on t.oid = x.indrelid
     join pg_namespace as n on n.oid = t.relnamespace
     where n.nspname = current_schema()",
);

/// An integer key of SQLite is the row number and has no index of its own.
static INTEGER_KEYS: Statement = Statement::pair(
    "schema::INTEGER_KEYS",
    "select m.name as in_table, c.name as in_column from sqlite_schema as m join pragma_table_info(m.name) as c
     where m.type = 'table' and m.name not like 'sqlite_%' and c.pk = 1 and lower(c.type) = 'integer'
       and (select count(*) from pragma_table_info(m.name) where pk > 0) = 1",
    "select cast('' as text) as in_table, cast('' as text) as in_column where 1 = 2",
);

async fn described(store: &Store) -> BTreeSet<String> {
    let kind = store.kind();
    let lines = store.read("test.schema", move |conn| {
        let mut lines = BTreeSet::new();
        for row in conn.all(&COLUMNS, params![])? {
            let kind = class(kind, &row.get::<String>("kind")?);
            let required = if row.get::<bool>("required")? {
                "required"
            } else {
                "may be null"
            };
            lines.insert(format!(
                "{}.{} {kind} {required}",
                row.get::<String>("in_table")?,
                row.get::<String>("in_column")?
            ));
        }
        for row in conn.all(&INTEGER_KEYS, params![])? {
            let (table, column): (String, String) = (row.get("in_table")?, row.get("in_column")?);
            lines.insert(format!(
                "index {table} unique=true partial=false ({column})"
            ));
        }
        for row in conn.all(&INDEXES, params![])? {
            lines.insert(format!(
                "index {} unique={} partial={} ({})",
                row.get::<String>("in_table")?,
                row.get::<bool>("is_unique")?,
                row.get::<bool>("is_partial")?,
                row.get::<String>("over_columns")?
            ));
        }
        Ok(lines)
    });
    lines.await.expect("described")
}

/// What both engines store alike. A flag and an id have no type of their own on SQLite.
fn class(engine: EngineKind, kind: &str) -> &'static str {
    match (engine, kind) {
        (EngineKind::Sqlite, "integer" | "int") | (EngineKind::Postgres, "bigint" | "boolean") => {
            "whole"
        }
        (EngineKind::Sqlite, "text") | (EngineKind::Postgres, "text") => "text",
        (EngineKind::Sqlite, "blob") | (EngineKind::Postgres, "bytea" | "uuid") => "bytes",
        (engine, other) => {
            panic!("{engine:?} uses the type {other}, which the layer does not know")
        }
    }
}

#[tokio::test]
async fn both_schemas_are_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = described(&sqlite(folder.path(), Mode::Inline).await).await;
    let database = Database::create().await;
    let large = described(&database.open().await).await;
    database.remove().await;
    let only_small: Vec<_> = small.difference(&large).collect();
    let only_large: Vec<_> = large.difference(&small).collect();
    assert!(small.len() > 10, "the description is empty");
    assert!(
        only_small.is_empty() && only_large.is_empty(),
        "only SQLite: {only_small:#?}\nonly PostgreSQL: {only_large:#?}"
    );
}

#[tokio::test]
async fn tables_of_sqlite_are_strict() {
    static LOOSE: Statement = Statement::both(
        "schema::LOOSE",
        "select name from pragma_table_list where schema = 'main' and type = 'table' and strict = 0 and name not like 'sqlite_%'",
    );
    let folder = tempfile::tempdir().expect("a folder");
    let store = sqlite(folder.path(), Mode::Inline).await;
    let loose = store
        .read("test.strict", |conn| conn.all(&LOOSE, params![]))
        .await
        .expect("read");
    assert!(loose.is_empty(), "{loose:?}");
}
