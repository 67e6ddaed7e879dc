//! The publishing ledger and the history of a delivery: payloads, tries, steps, lines.

use domain::delivery::{Reason, State, StateWord};
use domain::ids::{AttemptId, EventId, StepId};
use domain::post::{Maker, Variant};
use serde_json::json;
use storage::delivery_events::{self, NewEvent};
use storage::lease::Lease;
use storage::ledger::{self, NewStep, StepState};
use storage::{Conn, EngineKind, Error, Result, Store, deliveries};

use crate::both::on_both;
use crate::ground::{Tenant, attempt, is_stale, ms, nth, one, read, said, two, write};

const LEASE: fn() -> Lease = || Lease {
    by: nth(1),
    fence: 4,
};

async fn body(store: &Store, tenant: Tenant) -> ledger::Body {
    read(store, move |conn| {
        ledger::body(conn, tenant.workspace, tenant.delivery)
    })
    .await
}

async fn steps(store: &Store, tenant: Tenant) -> Vec<ledger::StepRow> {
    read(store, move |conn| {
        ledger::steps(conn, tenant.workspace, tenant.delivery)
    })
    .await
}

fn begin(conn: &mut Conn<'_>, tenant: Tenant, number: u128, now: i64) -> Result<()> {
    ledger::begin(
        conn,
        tenant.workspace,
        tenant.delivery,
        tenant.more::<AttemptId>(number),
        LEASE(),
        tenant.on,
        ms(now),
    )
}

fn step<'a>(
    tenant: Tenant,
    number: u128,
    name: &'a str,
    effect: &'a str,
    state: StepState,
) -> NewStep<'a> {
    NewStep {
        id: tenant.more::<StepId>(number),
        workspace: tenant.workspace,
        delivery: tenant.delivery,
        attempt: tenant.more::<AttemptId>(1),
        name,
        effect,
        state,
        output: None,
        evidence: None,
        fence: 4,
        begun_at: ms(10),
        ended_at: None,
    }
}

#[test]
fn a_payload_is_frozen_and_thrown_away_by_an_edit() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let empty = body(&store, tenant).await;
        assert_eq!(
            (empty.variant, empty.payload, empty.payload_sha256),
            (Variant::default(), None, None)
        );
        let freeze = |who: Tenant| {
            let payload = json!({ "text": "frozen" });
            attempt(&store, move |conn| {
                ledger::freeze(
                    conn,
                    who.workspace,
                    tenant.delivery,
                    &payload,
                    "abc",
                    ms(200),
                )
            })
        };
        assert!(is_stale(&freeze(other).await));
        freeze(tenant).await.expect("frozen");
        let frozen = body(&store, tenant).await;
        assert_eq!(
            (frozen.payload, frozen.payload_sha256.as_deref()),
            (Some(json!({ "text": "frozen" })), Some("abc"))
        );
        let foreign = attempt(&store, move |conn| {
            ledger::body(conn, other.workspace, tenant.delivery)
        })
        .await;
        assert!(matches!(foreign, Err(Error::RowCount { .. })));

        write(&store, move |conn| {
            begin(conn, tenant, 1, 10)?;
            ledger::add(
                conn,
                &step(tenant, 1, "container", "unseen", StepState::Done),
            )
        })
        .await;
        let variant = Variant {
            text: Some("here".to_owned()),
            media: None,
        };
        let edit = |who: Tenant| {
            let variant = variant.clone();
            attempt(&store, move |conn| {
                ledger::set_variant(conn, who.workspace, tenant.delivery, &variant)
            })
        };
        assert!(is_stale(&edit(other).await));
        assert_eq!(steps(&store, tenant).await[0].state, StepState::Done);
        edit(tenant).await.expect("edited");
        let edited = body(&store, tenant).await;
        assert_eq!(
            (edited.variant, edited.payload, edited.payload_sha256),
            (variant, None, None)
        );
        assert_eq!(
            steps(&store, tenant).await[0].state,
            StepState::Discarded,
            "what was prepared counts no more"
        );

        freeze(tenant).await.expect("frozen");
        let thaw = |who: Tenant| {
            write(&store, move |conn| {
                ledger::thaw(conn, who.workspace, tenant.delivery)
            })
        };
        thaw(other).await;
        assert!(body(&store, tenant).await.payload.is_some());
        thaw(tenant).await;
        let thawed = body(&store, tenant).await;
        assert!(
            thawed.payload.is_none() && thawed.variant.text.is_some(),
            "only what was frozen is thrown away"
        );
    });
}

#[test]
fn tries_are_counted_and_ended() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        write(&store, move |conn| {
            begin(conn, tenant, 1, 10)?;
            ledger::end(conn, other.workspace, tenant.delivery, "theirs", ms(11))?;
            ledger::end(conn, tenant.workspace, tenant.delivery, "later", ms(12))?;
            begin(conn, tenant, 2, 20)?;
            begin(conn, other, 1, 30)
        })
        .await;
        let tries = |who: Tenant| {
            read(&store, move |conn| {
                ledger::attempts(conn, who.workspace, tenant.delivery)
            })
        };
        let rows = tries(tenant).await;
        let seen: Vec<_> = rows
            .iter()
            .map(|row| (row.id, row.number, row.outcome.as_deref(), row.ended_at))
            .collect();
        assert_eq!(
            seen,
            [
                (tenant.more(1), 1, Some("later"), Some(ms(12))),
                (tenant.more(2), 2, None, None)
            ]
        );
        assert_eq!(rows[1].begun_at, ms(20));
        assert!(tries(other).await.is_empty());
        write(&store, move |conn| {
            ledger::end(conn, tenant.workspace, tenant.delivery, "published", ms(25))
        })
        .await;
        let outcomes: Vec<_> = tries(tenant)
            .await
            .into_iter()
            .map(|row| row.outcome)
            .collect();
        assert_eq!(
            outcomes,
            [Some("later".to_owned()), Some("published".to_owned())],
            "what ended stays so"
        );
        let row = read(&store, move |conn| {
            deliveries::one(conn, tenant.workspace, tenant.delivery)
        })
        .await;
        let row = row.expect("there");
        assert!(read(&store, move |conn| deliveries::was_tried(conn, &row)).await);
    });
}

#[test]
fn a_fence_is_written_settled_and_looked_for() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        write(&store, move |conn| {
            begin(conn, tenant, 1, 10)?;
            let (output, evidence) = (json!({ "id": "c-1" }), said("slow"));
            let made = step(tenant, 1, "container", "unseen", StepState::Done);
            let made = NewStep {
                output: Some(&output),
                evidence: Some(&evidence),
                ended_at: Some(ms(15)),
                ..made
            };
            ledger::add(conn, &made)?;
            ledger::add(conn, &step(tenant, 2, "publish", "shows", StepState::Begun))
        })
        .await;
        let rows = steps(&store, tenant).await;
        assert_eq!(
            rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(),
            ["container", "publish"],
            "in order"
        );
        assert_eq!(
            (rows[0].state, rows[0].output.clone()),
            (StepState::Done, Some(json!({ "id": "c-1" })))
        );
        assert_eq!(
            (rows[0].ended_at, rows[0].begun_at, rows[0].fence),
            (Some(ms(15)), ms(10), 4)
        );
        assert_eq!(
            (rows[1].state, rows[1].effect.as_str(), rows[1].looks),
            (StepState::Begun, "shows", 0)
        );
        assert_eq!(rows[1].attempt, tenant.more(1));
        assert!(
            read(&store, move |conn| ledger::steps(
                conn,
                other.workspace,
                tenant.delivery
            ))
            .await
            .is_empty()
        );

        let fence = tenant.more::<StepId>(2);
        let settle =
            |who: Tenant, state, output: Option<serde_json::Value>, code: Option<&'static str>| {
                attempt(&store, move |conn| {
                    let evidence = code.map(said);
                    ledger::settle(
                        conn,
                        who.workspace,
                        fence,
                        state,
                        output.as_ref(),
                        evidence.as_ref(),
                        ms(30),
                    )
                })
            };
        assert!(is_stale(&settle(other, StepState::Done, None, None).await));
        settle(tenant, StepState::Unclear, None, Some("timeout"))
            .await
            .expect("settled");
        let look = |who: Tenant, code: Option<&'static str>| {
            attempt(&store, move |conn| {
                ledger::looked(conn, who.workspace, fence, code.map(said).as_ref())
            })
        };
        assert!(is_stale(&look(other, None).await));
        look(tenant, None).await.expect("looked");
        look(tenant, Some("still nothing")).await.expect("looked");
        let row = steps(&store, tenant).await.remove(1);
        assert_eq!(
            (row.state, row.looks, row.ended_at),
            (StepState::Unclear, 2, Some(ms(30)))
        );
        assert_eq!(
            row.evidence.map(|said| said.code).as_deref(),
            Some("still nothing")
        );
        settle(tenant, StepState::Done, Some(json!({ "id": "p-1" })), None)
            .await
            .expect("found");
        let row = steps(&store, tenant).await.remove(1);
        assert_eq!(
            (row.state, row.output),
            (StepState::Done, Some(json!({ "id": "p-1" })))
        );
        assert_eq!(
            row.evidence.map(|said| said.code).as_deref(),
            Some("still nothing"),
            "evidence is kept"
        );
    });
}

#[test]
fn what_is_discarded_counts_no_more_but_stays_told() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        write(&store, move |conn| {
            begin(conn, tenant, 1, 10)?;
            let all = [
                StepState::Begun,
                StepState::Done,
                StepState::Failed,
                StepState::Unclear,
                StepState::Discarded,
            ];
            for (number, state) in (1..).zip(all) {
                ledger::add(conn, &step(tenant, number, state.as_str(), "unseen", state))?;
            }
            ledger::discard(conn, other.workspace, tenant.delivery)
        })
        .await;
        let states = |rows: Vec<ledger::StepRow>| {
            rows.into_iter()
                .map(|row| row.state.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            states(steps(&store, tenant).await),
            ["begun", "done", "failed", "unclear", "discarded"]
        );
        write(&store, move |conn| {
            ledger::discard(conn, tenant.workspace, tenant.delivery)
        })
        .await;
        let after = states(steps(&store, tenant).await);
        assert_eq!(
            after,
            ["discarded", "discarded", "failed", "discarded", "discarded"],
            "a refusal stays one"
        );
    });
}

#[test]
fn what_may_be_out_is_never_thrown_away() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let payload = json!({ "text": "frozen" });
        write(&store, move |conn| {
            begin(conn, tenant, 1, 10)?;
            let (ws, id) = (tenant.workspace, tenant.delivery);
            ledger::freeze(conn, ws, id, &payload, "abc", ms(200))?;
            ledger::add(
                conn,
                &step(tenant, 1, "container", "unseen", StepState::Done),
            )?;
            ledger::add(conn, &step(tenant, 2, "publish", "shows", StepState::Begun))
        })
        .await;
        type Act = fn(&mut Conn<'_>, Tenant) -> Result<()>;
        let acts: [(&str, Act); 3] = [
            ("discard", |conn, t| {
                ledger::discard(conn, t.workspace, t.delivery)
            }),
            ("thaw", |conn, t| {
                ledger::thaw(conn, t.workspace, t.delivery)
            }),
            ("set_variant", |conn, t| {
                ledger::set_variant(conn, t.workspace, t.delivery, &Variant::default())
            }),
        ];
        for state in [StepState::Begun, StepState::Unclear, StepState::Done] {
            write(&store, move |conn| {
                ledger::settle(
                    conn,
                    tenant.workspace,
                    tenant.more(2),
                    state,
                    None,
                    None,
                    ms(20),
                )
            })
            .await;
            for (name, act) in acts {
                let came = attempt(&store, move |conn| act(conn, tenant)).await;
                assert!(
                    matches!(came, Err(Error::MayBeOut)),
                    "{name} on {state:?}: {came:?}"
                );
            }
            let kept: Vec<_> = steps(&store, tenant)
                .await
                .iter()
                .map(|step| step.state)
                .collect();
            assert_eq!(kept, [StepState::Done, state], "nothing was thrown away");
            assert!(body(&store, tenant).await.payload.is_some());
        }

        // It was looked for: then it may go. What is known to have shown stays, whoever says otherwise.
        let absent = |who: Tenant| {
            write(&store, move |conn| {
                ledger::found_absent(conn, who.workspace, tenant.delivery, ms(30))
            })
        };
        absent(tenant).await;
        assert_eq!(steps(&store, tenant).await[1].state, StepState::Done);
        write(&store, move |conn| {
            let state = StepState::Unclear;
            ledger::settle(
                conn,
                tenant.workspace,
                tenant.more(2),
                state,
                None,
                None,
                ms(20),
            )
        })
        .await;
        absent(other).await;
        assert_eq!(
            steps(&store, tenant).await[1].state,
            StepState::Unclear,
            "another's"
        );
        absent(tenant).await;
        write(&store, move |conn| {
            ledger::thaw(conn, tenant.workspace, tenant.delivery)
        })
        .await;
        let left: Vec<_> = steps(&store, tenant)
            .await
            .iter()
            .map(|step| step.state)
            .collect();
        assert_eq!(left, [StepState::Discarded, StepState::Discarded]);
        assert!(body(&store, tenant).await.payload.is_none());
    });
}

/// Nobody ever came back to the fence. Where another node may only stand still, what it sends in the end must meet the
/// same key; where there is no other program, it is gone.
#[test]
fn what_a_straggler_may_show_is_kept_until_it_is_caught() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let (ws, id) = (tenant.workspace, tenant.delivery);
        write(&store, move |conn| {
            begin(conn, tenant, 1, 10)?;
            ledger::freeze(conn, ws, id, &json!({ "text": "frozen" }), "abc", ms(20))?;
            let made = step(tenant, 1, "container", "unseen", StepState::Done);
            ledger::add(conn, &made)?;
            let fence = step(tenant, 2, "publish", "shows", StepState::Begun);
            ledger::add(conn, &fence)?;
            ledger::found_absent(conn, ws, id, ms(30))?;
            ledger::set_variant(conn, ws, id, &Variant::default())?;
            ledger::thaw(conn, ws, id)
        })
        .await;
        let kept = async |store: &Store| {
            let rows = steps(store, tenant).await;
            (
                rows[1].straggles(),
                rows[0].state == StepState::Done,
                body(store, tenant).await.payload.is_some(),
            )
        };
        let shared = store.kind() == EngineKind::Postgres;
        assert_eq!(kept(&store).await, (shared, shared, shared));
        if !shared {
            return;
        }
        write(&store, move |conn| {
            ledger::caught(conn, other.workspace, id)
        })
        .await;
        assert_eq!(kept(&store).await, (true, true, true), "another's");
        write(&store, move |conn| ledger::begin_over(conn, ws, id)).await;
        assert_eq!(kept(&store).await, (true, false, true));
        write(&store, move |conn| {
            ledger::caught(conn, ws, id)?;
            ledger::thaw(conn, ws, id)
        })
        .await;
        assert_eq!(kept(&store).await, (false, false, false));

        // A fence of which somebody said that the answer was not clear has no straggler.
        write(&store, move |conn| {
            let fence = step(tenant, 3, "publish", "shows", StepState::Unclear);
            ledger::add(conn, &fence)?;
            ledger::found_absent(conn, ws, id, ms(40))
        })
        .await;
        let rows = steps(&store, tenant).await;
        assert!(rows[2].state == StepState::Discarded && !rows[2].straggles());
    });
}

#[test]
fn a_body_is_one_to_a_delivery() {
    on_both(|store| async move {
        let tenant = one(&store).await;
        let twin = attempt(&store, move |conn| {
            ledger::insert_body(conn, tenant.workspace, tenant.delivery, &Variant::default())
        });
        assert!(twin.await.expect_err("it has one").is_unique());
    });
}

#[test]
fn the_history_is_in_order_and_ones_own() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let append = |number: u128, now, kind: &'static str, from, to, maker| {
            write(&store, move |conn| {
                let new = NewEvent {
                    id: tenant.more::<EventId>(number),
                    workspace: tenant.workspace,
                    delivery: tenant.delivery,
                    kind,
                    from,
                    to,
                    maker,
                    detail: json!({ "n": number as u64 }),
                };
                delivery_events::append(conn, &new, ms(now))
            })
        };
        append(
            1,
            10,
            "planned",
            None,
            Some(State::Scheduled),
            tenant.maker(),
        )
        .await;
        append(
            2,
            20,
            "missed",
            Some(State::Scheduled),
            Some(State::Missed(Reason::Quota)),
            Maker::Rule,
        )
        .await;
        append(0, 20, "edited", None, None, tenant.maker()).await;
        let of = |who: Tenant| {
            read(&store, move |conn| {
                delivery_events::of_delivery(conn, who.workspace, tenant.delivery)
            })
        };
        let lines = of(tenant).await;
        assert_eq!(
            lines
                .iter()
                .map(|line| line.kind.as_str())
                .collect::<Vec<_>>(),
            ["planned", "missed", "edited"]
        );
        assert_eq!(
            (lines[0].from, lines[0].to),
            (None, Some(StateWord::Scheduled))
        );
        assert_eq!(
            (lines[1].from, lines[1].to),
            (Some(StateWord::Scheduled), Some(StateWord::Missed))
        );
        assert_eq!(
            (lines[0].maker, lines[1].maker),
            (tenant.maker(), Maker::Rule)
        );
        assert_eq!(
            (lines[2].id, lines[2].detail.clone()),
            (tenant.more(0), json!({ "n": 0 })),
            "lines of one moment read in the order in which they were written"
        );
        let times: Vec<_> = lines.iter().map(|line| line.at).collect();
        assert_eq!(times, [ms(10), ms(20), ms(21)]);
        assert!(of(other).await.is_empty());
    });
}
