//! The sheet's table of errors, row by row: written down here a second time, from the sheet, and met
//! through the adapter as an answer of the platform.

use std::collections::BTreeSet;

use domain::cause::Cause;
use domain::grant::Verdict;
use domain::schedule::{HOUR_MS, MINUTE_MS};
use platforms::Platform as _;
use platforms::failure::{Failure, Sent};
use platforms::instagram::{Instagram, errors};
use serde_json::json;

use super::script::{World, tokens_made};

/// The sheet's rows as `errors.txt` holds them.
pub struct Case {
    pub code: i64,
    pub subcode: i64,
    pub words: &'static str,
    /// Cause, about, what then, and whether it may have been sent.
    pub wanted: String,
}

fn cases() -> Vec<Case> {
    let cases = cases_in(include_str!("errors.txt"));
    assert!(cases.len() > 80);
    cases
}

pub fn cases_in(table: &'static str) -> Vec<Case> {
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.map(case).collect()
}

fn case(line: &'static str) -> Case {
    let cells: Vec<_> = line.splitn(6, '|').map(str::trim).collect();
    let (code, subcode) = cells[0].split_once('/').unwrap();
    Case {
        code: code.parse().unwrap(),
        subcode: subcode.parse().unwrap(),
        words: cells[5],
        wanted: cells[1..5].join(" "),
    }
}

/// What is in for a person: see `errors.txt`.
pub fn then(failure: &Failure) -> &'static str {
    match failure {
        failure if failure.verdict() == Verdict::Dead => "dead",
        failure if failure.limits() => "limited",
        failure if failure.rejects_post() => "refused",
        failure if failure.final_answer => "said",
        _ => "tries",
    }
}

pub fn found(failure: &Failure) -> String {
    let about = format!("{:?}", failure.about).to_lowercase();
    let sent = format!("{:?}", failure.sent).to_lowercase();
    format!("{} {about} {} {sent}", failure.cause, then(failure))
}

async fn met(world: World) -> Failure {
    Instagram
        .witness(&world.call(), &tokens_made(48))
        .await
        .unwrap_err()
}

#[tokio::test]
async fn every_row_means_what_the_sheet_says() {
    for case in cases() {
        let failure = met(World::instagram().refuses(case.code, case.subcode, case.words)).await;
        let row = format!("{}/{} {}", case.code, case.subcode, case.words);
        assert_eq!(found(&failure), case.wanted, "{row}");
        assert!(failure.evidence.mapped, "{row}");
        assert_eq!(failure.evidence.operation, "instagram.witness");
        assert_eq!(failure.evidence.http_status, 400);
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
    for (code, subcode) in [(190, 999_999), (200, 77), (4_711, 0), (100, 0)] {
        let failure = met(World::instagram().refuses(code, subcode, "Something new")).await;
        assert_eq!(
            (failure.cause, then(&failure), failure.sent),
            (Cause::Unknown, "tries", Sent::Maybe),
            "{code}/{subcode}"
        );
        assert!(!failure.evidence.mapped);
        assert_eq!(failure.evidence.code, code.to_string());
    }
}

#[tokio::test]
async fn outages_pass_whatever_their_shape() {
    let html = "<html><body>Sorry, something went wrong</body></html>";
    for (status, body) in [
        (500, html),
        (503, ""),
        (400, html),
        (200, html),
        (502, "{}"),
        (200, "{}"),
        (200, "[]"),
    ] {
        let failure = met(World::instagram().answers(status, body)).await;
        assert_eq!(
            (failure.cause, then(&failure)),
            (Cause::PlatformOutage, "tries"),
            "{status} {body}"
        );
    }
    // Codes decide, and a 5xx only says that it may have happened.
    let ended =
        json!({"error": {"code": 190, "error_subcode": 463, "message": "expired"}}).to_string();
    let failure = met(World::instagram().answers(500, &ended)).await;
    assert_eq!((then(&failure), failure.sent), ("dead", Sent::Maybe));
    // What Graph itself calls passing is never final.
    let passing =
        json!({"error": {"code": 36_000, "error_subcode": 2_207_004, "is_transient": true}})
            .to_string();
    assert_eq!(
        then(&met(World::instagram().answers(400, &passing)).await),
        "tries"
    );
    let passing =
        json!({"error": {"code": 4_711, "message": "?", "is_transient": true}}).to_string();
    assert_eq!(
        met(World::instagram().answers(400, &passing)).await.cause,
        Cause::PlatformOutage
    );
    let failure = met(World::instagram().answers(429, "")).await;
    assert_eq!(
        (failure.cause, then(&failure)),
        (Cause::RateLimited, "tries")
    );
}

#[tokio::test]
async fn waits_are_the_headers_else_the_sheets() {
    let body =
        json!({"error": {"code": 80_002, "message": "There have been too many calls"}}).to_string();
    let usage = r#"{"17841400000000001": [
        {"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 300},
        {"type": "instagram", "call_count": 100, "estimated_time_to_regain_access": 17}]}"#
        .replace('\n', "");
    let world =
        World::instagram().answers_with(400, &[("x-business-use-case-usage", &usage)], &body);
    assert_eq!(met(world).await.retry_after_ms, Some(17 * MINUTE_MS));
    let world = World::instagram().answers_with(400, &[("retry-after", "120")], &body);
    assert_eq!(met(world).await.retry_after_ms, Some(120_000));
    assert_eq!(
        met(World::instagram().answers(400, &body))
            .await
            .retry_after_ms,
        Some(HOUR_MS)
    );
}

#[tokio::test]
async fn evidence_names_what_is_missing_and_holds_no_secret() {
    let said = "(#200) Requires both pages_read_engagement and instagram_content_publish, token EAABsbCS1iHgBAKZC12345 of a@b.example";
    let failure = met(World::instagram().refuses(200, 0, said)).await;
    assert_eq!(
        failure.evidence.missing.as_deref(),
        Some("pages_read_engagement, instagram_content_publish")
    );
    assert!(
        !failure.evidence.message.contains("EAAB") && !failure.evidence.message.contains("a@b")
    );

    let large = include_str!("../../src/instagram/fixtures/image_too_large.json");
    let failure = met(World::instagram().answers(400, large)).await;
    assert_eq!(
        (
            failure.evidence.code.as_str(),
            failure.evidence.subcode.as_str()
        ),
        ("36000", "2207004")
    );
    assert_eq!(
        failure.evidence.message,
        "The image size is too large. The image is too large to download. It should be less than 8 MiB."
    );
}
