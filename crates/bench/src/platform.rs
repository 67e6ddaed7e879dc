//! The adapter of the sink: a refresh token that rotates, a form, a JSON answer. The least that a platform can be, so
//! that what is measured is the engine.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::grant::{End, EndSource, Ends, Mechanism};
use domain::platform::{LoginFlow, Platform as Name};
use domain::schedule::{DAY_MS, plus_ms};
use platforms::account::{Account, Proof, Target};
use platforms::call::Call;
use platforms::facts::{Facts, FlowFacts, PictureFacts, TextLimit};
use platforms::failure::{Failure, Sent};
use platforms::http::Address;
use platforms::issue::{Draft, Issue};
use platforms::publish::{Look, Next, Outcome, Payload, Publish, Published, StepDone, StepPlan};
use platforms::read::PostsPage;
use platforms::sign_in::{Ask, Begun, Callback, SignedIn};
use platforms::tokens::{Renewed, Tokens};
use platforms::{Platform, wire};
use secrecy::{ExposeSecret as _, SecretString};

/// Whose name it takes: one that has no adapter yet.
pub const NAME: Name = Name::Pinterest;
/// The flow of its logins; one that is there, since none of its own is.
pub const FLOW: LoginFlow = LoginFlow::Facebook;
/// How long a refresh token may rest, in milliseconds: it is renewed after half of that.
pub const IDLE_MS: i64 = 60 * DAY_MS;

const DEADLINE_MS: i64 = 30_000;

/// See the head of this file.
pub struct Plain;

static FACTS: Facts = Facts {
    platform: NAME,
    flows: &[FlowFacts {
        flow: FLOW,
        mechanism: Mechanism::RefreshRotating,
        earliest_renewal_ms: 0,
        scopes: &[],
        hosts: &[("server", "https://bench.test")],
        api_version: "",
        needs_secret: false,
        needs_handle: false,
        remove_app_at: "nowhere",
    }],
    prepare_lead_ms: 0,
    probe_every_ms: 365 * DAY_MS,
    call_deadline_ms: DEADLINE_MS,
    picture: PictureFacts {
        max_width: 1_000,
        max_height: 1_000,
        max_bytes: 1_000_000,
        ratio: None,
    },
    text_limit: TextLimit::Chars(1_000),
    max_media: 1,
    needs_media: false,
    pulls_media: false,
    reads_in_public: true,
    version_ends: None,
};

fn not_here<T>() -> Result<T, Failure> {
    let message = "the bench's platform does nothing but renew";
    Err(Failure::unmapped(
        Sent::No,
        wire::evidence("bench", 0, "", "", message),
    ))
}

#[async_trait]
impl Platform for Plain {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    async fn begin(&self, _: &Call<'_>, _: &Ask<'_>) -> Result<Begun, Failure> {
        not_here()
    }

    async fn finish(
        &self,
        _: &Call<'_>,
        _: &SecretString,
        _: &Callback,
    ) -> Result<SignedIn, Failure> {
        not_here()
    }

    async fn accounts(&self, _: &Call<'_>, _: &Tokens) -> Result<Vec<Account>, Failure> {
        not_here()
    }

    async fn renew(&self, call: &Call<'_>, tokens: &Tokens) -> Result<Renewed, Failure> {
        let refresh = tokens.refresh.as_ref();
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", call.app.client_id.as_str()),
            (
                "refresh_token",
                refresh.map_or("", |one| one.expose_secret()),
            ),
        ];
        let (operation, url) = (
            "bench.renew",
            format!("{}/token", call.app.hosts.get("server")),
        );
        let request = wire::post_form(operation, url, &form, DEADLINE_MS, Address::Configured);
        let sent = call.out.send(request).await;
        let answer = sent.map_err(|error| wire::no_answer(operation, &error))?;
        let said = wire::json(&answer).filter(|_| answer.status == 200);
        let said = said.ok_or_else(|| {
            let evidence = wire::evidence_of_text(operation, &answer);
            Failure::unmapped(Sent::Maybe, evidence)
        })?;
        let access_end = wire::number(&said, "expires_in").map(|seconds| End {
            at: plus_ms(call.now, seconds * 1_000),
            source: EndSource::Answer,
        });
        Ok(Renewed {
            tokens: Tokens {
                access: wire::text(&said, "access_token").into(),
                refresh: Some(wire::text(&said, "refresh_token").into()),
                keep: BTreeMap::new(),
            },
            ends: Ends {
                access_end,
                idle_limit_ms: Some(IDLE_MS),
                ..Ends::default()
            },
            scopes: None,
        })
    }

    async fn witness(&self, _: &Call<'_>, _: &Tokens) -> Result<(), Failure> {
        not_here()
    }

    async fn probe(&self, _: &Call<'_>, _: &Target<'_>) -> Result<Proof, Failure> {
        not_here()
    }

    fn check(&self, _: &Draft<'_>) -> Vec<Issue> {
        Vec::new()
    }

    fn next(&self, _: &Payload, _: &[StepDone]) -> Next {
        Next::Done(Published::default())
    }

    async fn perform(
        &self,
        _: &Call<'_>,
        _: &Publish<'_>,
        _: &StepPlan,
    ) -> Result<Outcome, Failure> {
        not_here()
    }

    async fn look(
        &self,
        _: &Call<'_>,
        _: &Publish<'_>,
        _: &StepPlan,
        _: &[String],
    ) -> Result<Look, Failure> {
        not_here()
    }

    async fn posts(
        &self,
        _: &Call<'_>,
        _: &Target<'_>,
        _: Option<&str>,
        _: usize,
    ) -> Result<PostsPage, Failure> {
        not_here()
    }

    async fn revoke(&self, _: &Call<'_>, _: &Tokens) -> Result<bool, Failure> {
        not_here()
    }
}
