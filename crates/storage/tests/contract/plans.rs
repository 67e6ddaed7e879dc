//! How SQLite finds its rows: the hot statements use the index that was made for them, and none walks a
//! whole table that grows with use, but for sweeps that must.

use std::path::Path;

use rusqlite::Connection;
use storage::{Mode, Statement, Store, sql};

/// Statements that run for every delivery, every login or every page, and the step that each must take.
const HOT: &[(&str, &str)] = &[
    (
        "deliveries::CLAIM",
        "SEARCH delivery USING INDEX delivery_act (act_at_ms<?)",
    ),
    (
        "deliveries::NEXT_ACT",
        "SEARCH delivery USING INDEX delivery_act (act_at_ms>?)",
    ),
    (
        "deliveries::NEXT_FREE",
        "delivery USING INDEX delivery_leased",
    ),
    (
        "deliveries::RECLAIM",
        "SEARCH delivery USING INDEX delivery_leased",
    ),
    (
        "delivery_of_channel::IS_TAKEN",
        "SEARCH delivery USING INDEX delivery_remote (channel_id=? AND remote_id=?)",
    ),
    (
        "deliveries::OF_CHANNEL",
        "SEARCH delivery USING INDEX delivery_channel (channel_id=? AND state=? AND workspace_id=?)",
    ),
    (
        "delivery_of_channel::PLANNED",
        "SEARCH delivery USING COVERING INDEX delivery_channel",
    ),
    (
        "delivery_of_channel::NEXT_ON_CHANNEL",
        "SEARCH delivery USING COVERING INDEX delivery_channel",
    ),
    (
        "delivery_of_channel::WAKE_CHANNEL",
        "SEARCH delivery USING INDEX delivery_channel",
    ),
    (
        "grants::CLAIM",
        "SEARCH oauth_grant USING INDEX oauth_grant_renew (renew_at_ms<?)",
    ),
    (
        "grants::NEXT_DUE",
        "oauth_grant USING COVERING INDEX oauth_grant_renew",
    ),
    (
        "grants::ENDED",
        "SEARCH oauth_grant USING INDEX oauth_grant_horizon (horizon_at_ms<?)",
    ),
    (
        "grants::FORGOTTEN",
        "oauth_grant USING INDEX oauth_grant_forgotten",
    ),
    (
        "grants::OVERDUE",
        "SEARCH oauth_grant USING COVERING INDEX oauth_grant_renew (renew_at_ms<?)",
    ),
    (
        "breakers::DOUBTED",
        "SEARCH breaker_sign USING INDEX breaker_sign_app (app_id=? AND at_ms>?)",
    ),
    (
        "breakers::WELL",
        "SEARCH channel_grant USING COVERING INDEX channel_grant_proven (proven_at_ms>?)",
    ),
    (
        "breakers::OPEN_OF",
        "SEARCH breaker USING INDEX breaker_open (app_id=?)",
    ),
    ("breakers::TO_WAKE", "breaker USING INDEX breaker_to_wake"),
    (
        "breakers::WAKE",
        "channel_grant USING INDEX channel_grant_waiting",
    ),
    (
        "channel_grants::WAITING_LONG",
        "SEARCH channel_grant USING INDEX channel_grant_waiting (since_ms<?)",
    ),
    (
        "remote_posts::WITHOUT_PICTURE",
        "SEARCH remote_post USING INDEX remote_post_bare (channel_id=?)",
    ),
    (
        "remote_posts::KNOWN",
        "SEARCH remote_post USING INDEX remote_post_channel (channel_id=?)",
    ),
    (
        "grants::SIBLINGS",
        "SEARCH oauth_grant USING INDEX oauth_grant_person (platform_person_id=?)",
    ),
    (
        "grants::RECLAIM",
        "SEARCH oauth_grant USING INDEX oauth_grant_leased",
    ),
    (
        "channel_grants::CLAIM",
        "SEARCH channel_grant USING INDEX channel_grant_probe (probe_at_ms<?)",
    ),
    (
        "channel_grants::NEXT_PROBE",
        "channel_grant USING COVERING INDEX channel_grant_probe",
    ),
    (
        "channel_grants::ANNOUNCE_DUE",
        "SEARCH channel_grant USING INDEX channel_grant_announce (announce_at_ms<?)",
    ),
    (
        "channel_grants::NEXT_ANNOUNCE",
        "channel_grant USING COVERING INDEX channel_grant_announce",
    ),
    (
        "channel_grants::PRIMARY",
        "SEARCH channel_grant USING INDEX channel_grant_workspace (workspace_id=? AND channel_id=?)",
    ),
    (
        "channel_grants::OF_WORKSPACE",
        "SEARCH channel_grant USING INDEX channel_grant_workspace (workspace_id=?)",
    ),
    (
        "channel_grants::RECLAIM",
        "SEARCH channel_grant USING INDEX channel_grant_leased",
    ),
    (
        "connect_sessions::OF_CHANNEL",
        "SEARCH connect_session USING INDEX connect_session_channel (channel_id=? AND workspace_id=?)",
    ),
    (
        "channels::SYNC_CLAIM",
        "SEARCH channel USING INDEX channel_sync (sync_at_ms<?)",
    ),
    (
        "channels::NEXT_SYNC",
        "channel USING COVERING INDEX channel_sync",
    ),
    (
        "calendar::WINDOW",
        "SEARCH delivery USING INDEX delivery_due (workspace_id=? AND due_at_ms>? AND due_at_ms<?)",
    ),
    (
        "forecast::PLANNED",
        "SEARCH delivery USING COVERING INDEX delivery_due (workspace_id=? AND due_at_ms>? AND due_at_ms<?)",
    ),
    (
        "forecast::LOGINS",
        "SEARCH c USING INDEX channel_set (workspace_id=?)",
    ),
    (
        "forecast::LOGINS",
        "SEARCH g USING INDEX channel_grant_workspace (workspace_id=? AND channel_id=?)",
    ),
    (
        "fire_drill::DUE",
        "SEARCH delivery USING INDEX delivery_channel (channel_id=? AND state=? AND workspace_id=? AND due_at_ms>?)",
    ),
    (
        "fire_drill::COUNTED",
        "SEARCH delivery USING COVERING INDEX delivery_channel (channel_id=? AND state=? AND workspace_id=?)",
    ),
    (
        "fire_drill::SPARES",
        "SEARCH g USING INDEX channel_grant_workspace (workspace_id=? AND channel_id=?)",
    ),
    (
        "history::LIST",
        "SEARCH delivery USING INDEX delivery_due (workspace_id=? AND due_at_ms>? AND due_at_ms<?)",
    ),
    (
        "missed::WAITING",
        "SEARCH delivery USING INDEX delivery_state (workspace_id=? AND state=?)",
    ),
    (
        "missed::COUNT",
        "SEARCH delivery USING COVERING INDEX delivery_state (workspace_id=? AND state=?)",
    ),
    (
        "counts::OF_SETS",
        "SEARCH d USING COVERING INDEX delivery_state (workspace_id=? AND state=?)",
    ),
    (
        "channel_posts::WAITING",
        "SEARCH delivery USING COVERING INDEX delivery_state (workspace_id=? AND state=?)",
    ),
    (
        "grid::NOT_READ_BACK",
        "SEARCH delivery USING INDEX delivery_channel (channel_id=? AND state=? AND workspace_id=?)",
    ),
    (
        "media::HAS",
        "SEARCH media USING COVERING INDEX media_sha (workspace_id=? AND sha256=?)",
    ),
    (
        "media::BY_SHA",
        "SEARCH media USING INDEX media_sha (workspace_id=? AND sha256=?)",
    ),
    (
        "media::READ_BACK",
        "SEARCH remote_post USING INDEX remote_post_picture (workspace_id=? AND picture_sha256=?)",
    ),
    (
        "delivery_events::OF_DELIVERY",
        "SEARCH delivery_event USING INDEX delivery_event_delivery (delivery_id=?)",
    ),
    (
        "renewals::OPEN_INTENTS",
        "SEARCH renewal USING INDEX renewal_",
    ),
    ("promises::INTENTS", "renewal USING INDEX renewal_open"),
    (
        "app_care::ALL_LOGINS",
        "SEARCH signed USING INDEX oauth_grant_app (app_id=?)",
    ),
    (
        "connect_sessions::LEFT_TESTS",
        "connect_session USING INDEX connect_session_tests",
    ),
    (
        "sessions::BY_TOKEN",
        "SEARCH session USING INDEX sqlite_autoindex_session_2 (token_sha256=?)",
    ),
    (
        "api_keys::BY_HASH",
        "SEARCH api_key USING INDEX sqlite_autoindex_api_key_2 (key_sha256=?)",
    ),
];

/// Statements that may walk a whole table, and why.
const WALKS: &[(&str, &str)] = &[
    (
        "apps::ALL",
        "the operator asks for all; there are a handful",
    ),
    ("apps::USABLE", "there are a handful"),
    (
        "app_care::NO_DEFAULT",
        "a handful of choices, when an app is removed",
    ),
    (
        "grants::SIBLINGS",
        "apps, of which there are a handful; grants by their index",
    ),
    ("codes::FORGET", "a sweep of a table that it keeps small"),
    ("codes::WITHDRAW", "a table that is swept and stays small"),
    ("connect_sessions::EXPIRE", "a sweep; one row a sign-in"),
    ("sessions::FORGET", "a sweep of a table that it keeps small"),
    ("people::COUNT", "asked until the first account is there"),
    ("workspaces::ALL", "the operator asks for all"),
    ("installation::READ", "one row"),
    ("installation::REPLACE_CHECK", "one row"),
    ("migrate::APPLIED", "one row a migration"),
    ("migrate::LEDGERS", "the schema"),
    ("happened::MOVED", "for the demo's bar alone"),
    ("happened::RENEWED", "for the demo's bar alone"),
    (
        "promises::HAPPENED",
        "for the rehearsal alone, once at its end",
    ),
    (
        "promises::CROSSED",
        "for the rehearsal alone, once a round: it compares every row with its neighbours",
    ),
    (
        "promises::INTENTS",
        "for the rehearsal alone; what it walks is the index of open intents, of which there are a handful",
    ),
    // A row that is added twice may be looked for among those that point to it, but only while a foreign key
    // stands violated, which none does here: the walk is planned and never begun.
    (
        "channel_grants::PUT",
        "planned for a violated key, never begun",
    ),
    ("ledger::BEGIN", "planned for a violated key, never begun"),
    (
        "grants::PLATFORM_PERSON",
        "planned for a violated key, never begun",
    ),
    ("breakers::OPEN_FOR", "what is open; there are a handful"),
    ("breakers::SILENT", "what is open; there are a handful"),
    (
        "breakers::WAKE",
        "what waits, when an app is well again; it is all of it",
    ),
];

/// The plan's lines, without parameters bound: SQLite plans the same for all values.
fn plan(conn: &Connection, statement: &Statement) -> Vec<String> {
    let text = format!("explain query plan {}", statement.sqlite());
    let mut prepared = conn.prepare(&text).expect("it is planned");
    let mut rows = prepared.raw_query();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().expect("a line") {
        lines.push(row.get::<_, String>("detail").expect("its text"));
    }
    lines
}

async fn migrated(folder: &Path) -> Connection {
    let path = folder.join("plans.db");
    let store = Store::open_sqlite(&path, Mode::Inline).expect("it opens");
    store.migrate().await.expect("it migrates");
    store.close().await.expect("it closes");
    Connection::open(path).expect("it opens")
}

fn short(statement: &Statement) -> &str {
    statement.name().trim_start_matches("storage::")
}

#[tokio::test]
async fn the_hot_statements_use_their_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let conn = migrated(folder.path()).await;
    let mut wrong = Vec::new();
    for (name, step) in HOT {
        let statement = sql::all()
            .into_iter()
            .find(|statement| short(statement) == *name);
        let statement = statement.unwrap_or_else(|| panic!("there is no statement {name}"));
        let lines = plan(&conn, statement);
        if !lines.iter().any(|line| line.contains(step)) {
            wrong.push(format!("{name}: {step:?} is not in {lines:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn no_statement_walks_a_whole_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let conn = migrated(folder.path()).await;
    let (mut walks, mut excused) = (Vec::new(), Vec::new());
    for statement in sql::all() {
        // What the statement itself made on the way is no table.
        let own = ["due", "dated", "planned", "(subquery", "CONSTANT ROW"];
        let walk = plan(&conn, statement).into_iter().find(|line| {
            line.strip_prefix("SCAN ")
                .is_some_and(|of| !own.iter().any(|name| of.starts_with(name)))
        });
        let Some(walk) = walk else { continue };
        // In the order of an index and up to a limit: a page, not a walk.
        let paged = statement.sqlite().contains(" limit ") && walk.contains("USING");
        if WALKS.iter().any(|(name, _)| *name == short(statement)) {
            excused.push(short(statement));
        } else if !paged {
            walks.push(format!("{}: {walk}", short(statement)));
        }
    }
    assert!(
        walks.is_empty(),
        "make an index, or say why not:\n{}",
        walks.join("\n")
    );
    let idle: Vec<_> = WALKS
        .iter()
        .filter(|(name, _)| !excused.contains(name))
        .collect();
    assert!(
        idle.is_empty(),
        "these excuses are needed no more: {idle:?}"
    );
}
