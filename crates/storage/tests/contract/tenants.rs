//! The tenant boundary of everything that writes: whatever is asked in the name of another workspace,
//! with this one's ids, no row of this one is another afterwards.

use serde_json::json;
use storage::lease::Lease;
use storage::ledger::StepState;
use storage::{
    Conn, Result, Statement, Store, api_keys, connect_sessions, grants, holds, ledger, notices,
    params, remote_posts, renewals,
};

use crate::attacks::{journey, on_logins, on_posts, remote, state};
use crate::both::on_both;
use crate::ground::{Tenant, attempt, ms, nth, read, two, write};

const TABLES: &[&str] = &[
    "oauth_grant",
    "renewal",
    "channel",
    "channel_grant",
    "channel_event",
    "login_answer",
    "unmapped_answer",
    "connect_session",
    "media",
    "post",
    "delivery",
    "delivery_body",
    "attempt",
    "step",
    "delivery_event",
    "notice",
    "notice_delivery",
    "remote_post",
    "hold",
    "api_key",
    "member",
    "social_set",
    "idempotency",
    "audit",
];

/// Every row of a workspace, as text.
async fn rows(store: &Store, tenant: Tenant) -> Vec<String> {
    read(store, move |conn| {
        let mut rows = Vec::new();
        for table in TABLES {
            let text: &'static str = Box::leak(
                format!("select * from {table} where workspace_id = $1").into_boxed_str(),
            );
            let statement = Statement::both("tenants::ROWS", text);
            let found = conn.all(&statement, params![tenant.workspace])?;
            rows.extend(found.iter().map(|row| format!("{table} {row:?}")));
        }
        rows.sort();
        Ok(rows)
    })
    .await
}

/// More than everybody has: a step that is begun, a notice, a post read back, a hold, a key, a journey.
fn enrich(conn: &mut Conn<'_>, tenant: Tenant) -> Result<()> {
    let lease = Lease {
        by: nth(1),
        fence: 1,
    };
    let grant = grants::one(conn, tenant.workspace, tenant.grant)?.expect("there");
    renewals::intend(conn, tenant.more(1), &grant, lease, ms(10))?;
    ledger::begin(
        conn,
        tenant.workspace,
        tenant.delivery,
        tenant.more(2),
        lease,
        tenant.on,
        ms(10),
    )?;
    ledger::freeze(
        conn,
        tenant.workspace,
        tenant.delivery,
        &json!({ "text": "frozen" }),
        "abc",
        ms(10),
    )?;
    let step = ledger::NewStep {
        id: tenant.more(3),
        workspace: tenant.workspace,
        delivery: tenant.delivery,
        attempt: tenant.more(2),
        name: "publish",
        effect: "shows",
        state: StepState::Begun,
        output: None,
        evidence: None,
        fence: 1,
        begun_at: ms(10),
        ended_at: None,
    };
    ledger::add(conn, &step)?;
    let notice = notices::NewNotice {
        id: tenant.more(4),
        workspace: tenant.workspace,
        social_set: tenant.set,
        kind: domain::notice::NoticeKind::Missed,
        channel: Some(tenant.channel),
        cause: None,
        key: "k",
        evidence: None,
        detail: json!({}),
    };
    let id = notices::open(conn, &notice, ms(10))?;
    notices::attach(conn, tenant.workspace, id, tenant.delivery, ms(10))?;
    remote_posts::put(
        conn,
        tenant.workspace,
        tenant.channel,
        &remote(tenant, "ours"),
        ms(10),
    )?;
    let hold = holds::Hold {
        id: tenant.more(6),
        workspace: tenant.workspace,
        set: Some(tenant.set),
        reason: "why".to_owned(),
        made_by: tenant.maker(),
        begun_at: ms(10),
        until: None,
        ended_at: None,
    };
    holds::begin(conn, &hold)?;
    let key = api_keys::ApiKey {
        id: tenant.more(7),
        workspace: tenant.workspace,
        name: "key".to_owned(),
        scopes: Vec::new(),
        set: None,
        made_by: tenant.member,
        created_at: ms(10),
        used_at: None,
        revoked_at: None,
    };
    api_keys::create(
        conn,
        &key,
        &[u8::try_from(tenant.base / 1_000).expect("small"); 32],
    )?;
    connect_sessions::create(conn, &journey(tenant), &state(tenant))
}

/// Two workspaces that have all of it.
pub async fn two_rich(store: &Store) -> (Tenant, Tenant) {
    let (tenant, other) = two(store).await;
    write(store, move |conn| {
        enrich(conn, tenant)?;
        enrich(conn, other)
    })
    .await;
    (tenant, other)
}

#[test]
fn nothing_of_a_workspace_changes_in_the_name_of_another() {
    on_both(|store| async move {
        let (tenant, other) = two_rich(&store).await;
        let before = rows(&store, tenant).await;
        for table in [
            "step",
            "notice_delivery",
            "remote_post",
            "connect_session",
            "hold",
            "api_key",
            "renewal",
        ] {
            let there = before
                .iter()
                .any(|row| row.starts_with(&format!("{table} ")));
            assert!(
                there,
                "the workspace has a row of {table}, or nothing is shown"
            );
        }
        for (name, attack) in on_logins(tenant, other)
            .into_iter()
            .chain(on_posts(tenant, other))
        {
            // Whether it is refused or reaches nothing is the function's matter.
            let outcome = attempt(&store, attack).await;
            let after = rows(&store, tenant).await;
            assert!(
                before == after,
                "{name} changed a row of another workspace ({outcome:?})"
            );
        }
    });
}
