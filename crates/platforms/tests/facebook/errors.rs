//! The sheet's table of errors, row by row: written down here a second time, from the sheet, and met
//! through the adapter as an answer of the platform.

use std::collections::BTreeSet;

use domain::cause::Cause;
use domain::schedule::{HOUR_MS, MINUTE_MS};
use platforms::Platform as _;
use platforms::facebook::{Facebook, errors};
use platforms::failure::{Failure, Sent};
use serde_json::json;

use super::desk::world;
use crate::instagram::errors::{Case, cases_in, found, then};
use crate::instagram::script::{World, person};

fn cases() -> Vec<Case> {
    let cases = cases_in(include_str!("errors.txt"));
    assert!(cases.len() > 60);
    cases
}

async fn met(world: World) -> Failure {
    Facebook
        .witness(&world.call(), &person())
        .await
        .unwrap_err()
}

#[tokio::test]
async fn every_row_means_what_the_sheet_says() {
    for case in cases() {
        let failure = met(world().refuses(case.code, case.subcode, case.words)).await;
        let row = format!("{}/{} {}", case.code, case.subcode, case.words);
        assert_eq!(found(&failure), case.wanted, "{row}");
        assert!(failure.evidence.mapped, "{row}");
        assert_eq!(failure.evidence.operation, "facebook.witness");
    }
}

#[test]
fn every_row_has_its_case() {
    let row = |case: Case| {
        let words = case.words.to_lowercase();
        errors::find(Some(case.code), Some(case.subcode), &words)
    };
    let met: BTreeSet<_> = cases().into_iter().filter_map(row).collect();
    let unmet = (0..errors::ROWS.len()).filter(|row| !met.contains(row));
    let unmet: Vec<_> = unmet.map(|row| &errors::ROWS[row]).collect();
    assert!(unmet.is_empty(), "{unmet:#?}");
}

#[tokio::test]
async fn an_unmapped_answer_is_shown_as_such_and_ends_nothing() {
    // The words of one subcode in another number's digits decide nothing.
    for (code, subcode, words) in [
        (190, 999_999, "490"),
        (200, 77, "fbtrace 1404078"),
        (4_711, 0, "Something new"),
        (100, 36_999, "190"),
    ] {
        let failure = met(world().refuses(code, subcode, words)).await;
        assert_eq!(
            (failure.cause, then(&failure), failure.sent),
            (Cause::Unknown, "tries", Sent::Maybe),
            "{code}/{subcode}"
        );
        assert!(!failure.evidence.mapped);
    }
}

#[tokio::test]
async fn codes_decide_and_a_5xx_only_says_that_it_may_have_happened() {
    for (status, body) in [
        (500, "<html><body>Sorry, something went wrong</body></html>"),
        (400, "<html>"),
        (503, ""),
        (200, "[]"),
    ] {
        let failure = met(world().answers(status, body)).await;
        assert_eq!(
            (failure.cause, then(&failure)),
            (Cause::PlatformOutage, "tries"),
            "{status} {body}"
        );
    }
    let ended = json!({"error": {"code": 190, "error_subcode": 463}}).to_string();
    for status in [400, 401, 403, 200] {
        assert_eq!(
            then(&met(world().answers(status, &ended)).await),
            "dead",
            "{status}"
        );
    }
    let failure = met(world().answers(500, &ended)).await;
    assert_eq!((then(&failure), failure.sent), ("dead", Sent::Maybe));
    // What Graph itself calls passing is never final.
    let passing = json!({"error": {"code": 200, "message": "?", "is_transient": true}}).to_string();
    assert_eq!(then(&met(world().answers(403, &passing)).await), "tries");
}

#[tokio::test]
async fn waits_are_those_of_the_pages_use_case_else_the_sheets() {
    let body = json!({"error": {"code": 80_001, "message": "too many calls"}}).to_string();
    let usage = r#"{"501": [{"type": "instagram", "estimated_time_to_regain_access": 300}, {"type": "pages", "estimated_time_to_regain_access": 17}]}"#;
    let limited = world().answers_with(400, &[("x-business-use-case-usage", usage)], &body);
    assert_eq!(met(limited).await.retry_after_ms, Some(17 * MINUTE_MS));
    assert_eq!(
        met(world().answers(400, &body)).await.retry_after_ms,
        Some(HOUR_MS)
    );
}

#[tokio::test]
async fn evidence_names_the_permissions_that_are_missing() {
    let said = "(#200) requires both pages_read_engagement and pages_manage_posts as an admin with \
                sufficient administrative permission";
    let failure = met(world().refuses(200, 0, said)).await;
    assert_eq!(
        failure.evidence.missing.as_deref(),
        Some("pages_read_engagement, pages_manage_posts")
    );
}
