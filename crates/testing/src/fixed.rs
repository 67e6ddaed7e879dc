//! A stand-in adapter for a platform whose refresh token stays the same, as Google's do (DESIGN section 4:
//! YouTube, Google Business Profile): a renewal mints an access token for an hour, and its answer usually has
//! no refresh token. Only what keeps a login alive is here: renew, probe, read back. It signs nobody in,
//! publishes nothing, and says nothing of what the real platforms answer.

mod service;

pub use service::{ACCESS_SECONDS, Asked, FIRST_ACCESS, REFRESH, Says, Service};

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::Timestamp;
use domain::cause::Cause;
use domain::grant::{End, EndSource, Ends, Mechanism};
use domain::platform::{LoginFlow, Platform as Name};
use domain::schedule::{DAY_MS, plus_ms};
use platforms::account::{Account, Proof, Target};
use platforms::call::Call;
use platforms::facts::{Facts, FlowFacts, PictureFacts, TextLimit};
use platforms::failure::{About, Failure, Sent};
use platforms::http::{Address, Request, Response};
use platforms::issue::{Draft, Issue};
use platforms::publish::{Look, Next, Outcome, Payload, Publish, Published, StepDone, StepPlan};
use platforms::read::PostsPage;
use platforms::sign_in::{Ask, Begun, Callback, SignedIn};
use platforms::tokens::{Renewed, Tokens};
use platforms::{Platform, registry, wire};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

/// The cause that stands for this platform's `invalid_grant`.
pub const OVER: Cause = Cause::AppRemovedByUser;

/// The flow of its logins; one that is there, since none of its own is.
pub const FLOW: LoginFlow = LoginFlow::Facebook;

const DEADLINE_MS: i64 = 10_000;

/// See the head of this file.
pub struct Fixed(&'static Facts);

/// It is probed daily and read back with its access token.
pub static PROBED: Fixed = Fixed(&PROBED_FACTS);
static PROBED_FACTS: Facts = facts(Name::Youtube, DAY_MS, false);

/// No call needs its access token: it is hardly ever probed, and everybody may read its posts.
pub static LEFT_ALONE: Fixed = Fixed(&LEFT_ALONE_FACTS);
static LEFT_ALONE_FACTS: Facts = facts(Name::GoogleBusiness, 365 * DAY_MS, true);

const fn facts(platform: Name, probe_every_ms: i64, reads_in_public: bool) -> Facts {
    Facts {
        platform,
        flows: &[FlowFacts {
            flow: FLOW,
            mechanism: Mechanism::RefreshFixed,
            earliest_renewal_ms: 0,
            scopes: &[],
            hosts: &[("api", "https://fixed.stand-in.test")],
            api_version: "",
            needs_secret: true,
            needs_handle: false,
            remove_app_at: "nowhere",
        }],
        prepare_lead_ms: 0,
        probe_every_ms,
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
        reads_in_public,
        version_ends: None,
    }
}

impl Fixed {
    /// Puts it where no adapter of its platform stands; whose name that is.
    pub fn stands_in(&'static self) -> Name {
        registry::stand_in(self);
        self.0.platform
    }
}

/// What the sign-in gave that the platform knows of, at `now`.
#[must_use]
pub fn signed_in(now: Timestamp) -> SignedIn {
    SignedIn {
        tokens: Tokens {
            access: FIRST_ACCESS.into(),
            refresh: Some(REFRESH.into()),
            keep: BTreeMap::new(),
        },
        mechanism: Mechanism::RefreshFixed,
        ends: ends(now, Some(ACCESS_SECONDS)),
        scopes: Vec::new(),
        person_id: "person-1".to_owned(),
        person_name: "Anna".to_owned(),
    }
}

/// The account behind that sign-in.
#[must_use]
pub fn account() -> Account {
    Account {
        id: "account-1".to_owned(),
        name: "Tide & Tern".to_owned(),
        handle: "tide-and-tern".to_owned(),
        picture_url: None,
        usable: Ok(()),
        token: None,
        ends: Ends::default(),
        role: None,
    }
}

fn ends(now: Timestamp, expires_in: Option<i64>) -> Ends {
    Ends {
        access_end: expires_in.map(|seconds| End {
            at: plus_ms(now, seconds * 1_000),
            source: EndSource::Answer,
        }),
        ..Ends::default()
    }
}

fn url(call: &Call<'_>, path: &str) -> String {
    format!("{}{path}", call.app.hosts.get("api"))
}

async fn send(call: &Call<'_>, request: Request) -> Result<Value, Failure> {
    let operation = request.operation;
    match call.out.send(request).await {
        Ok(answer) => read(operation, &answer),
        Err(error) => Err(wire::no_answer(operation, &error)),
    }
}

/// Asks with the access token.
async fn ask(
    call: &Call<'_>,
    operation: &'static str,
    path: &str,
    access: &SecretString,
) -> Result<(), Failure> {
    let mut request = wire::get(operation, url(call, path), DEADLINE_MS, Address::Configured);
    wire::authorize(&mut request, "Bearer", access.expose_secret());
    send(call, request).await.map(|_| ())
}

fn read(operation: &'static str, answer: &Response) -> Result<Value, Failure> {
    let said = wire::json(answer);
    let code = said
        .as_ref()
        .map_or_else(String::new, |said| wire::text(said, "error"));
    let evidence = wire::evidence(operation, answer.status, &code, "", "");
    let of_login = |cause, final_answer| Failure {
        cause,
        about: About::Login,
        final_answer,
        sent: Sent::No,
        retry_after_ms: None,
        evidence: evidence.clone(),
    };
    match (answer.status, said) {
        (200, Some(said)) => Ok(said),
        (400, _) if code == "invalid_grant" => Err(of_login(OVER, true)),
        (401, _) => Err(of_login(Cause::LifespanEnded, false)),
        (500.., _) => Err(Failure::passing(Sent::Maybe, evidence)),
        _ => Err(Failure::unmapped(Sent::Maybe, evidence)),
    }
}

fn not_here(operation: &str) -> Failure {
    let message = "this stand-in does not do that";
    Failure::unmapped(Sent::No, wire::evidence(operation, 0, "", "", message))
}

#[async_trait]
impl Platform for Fixed {
    fn facts(&self) -> &'static Facts {
        self.0
    }

    async fn begin(&self, _: &Call<'_>, _: &Ask<'_>) -> Result<Begun, Failure> {
        Err(not_here("fixed.begin"))
    }

    async fn finish(
        &self,
        _: &Call<'_>,
        _: &SecretString,
        _: &Callback,
    ) -> Result<SignedIn, Failure> {
        Err(not_here("fixed.finish"))
    }

    async fn accounts(&self, _: &Call<'_>, _: &Tokens) -> Result<Vec<Account>, Failure> {
        Err(not_here("fixed.accounts"))
    }

    /// What the answer has, as it has it: an empty text is handed on as one.
    async fn renew(&self, call: &Call<'_>, tokens: &Tokens) -> Result<Renewed, Failure> {
        let refresh = tokens.refresh.as_ref();
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", &call.app.client_id),
            (
                "refresh_token",
                refresh.map_or("", |token| token.expose_secret()),
            ),
        ];
        let (operation, url) = ("fixed.renew", url(call, "/token"));
        let request = wire::post_form(operation, url, &form, DEADLINE_MS, Address::Configured);
        let said = send(call, request).await?;
        Ok(Renewed {
            tokens: Tokens {
                access: wire::text(&said, "access_token").into(),
                refresh: said
                    .get("refresh_token")
                    .and_then(Value::as_str)
                    .map(SecretString::from),
                keep: BTreeMap::new(),
            },
            ends: ends(call.now, wire::number(&said, "expires_in")),
            scopes: None,
        })
    }

    async fn witness(&self, call: &Call<'_>, tokens: &Tokens) -> Result<(), Failure> {
        ask(call, "fixed.witness", "/me", &tokens.access).await
    }

    async fn probe(&self, call: &Call<'_>, target: &Target<'_>) -> Result<Proof, Failure> {
        ask(call, "fixed.probe", "/me", &target.tokens.access).await?;
        Ok(Proof::default())
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
        Err(not_here("fixed.perform"))
    }

    async fn look(
        &self,
        _: &Call<'_>,
        _: &Publish<'_>,
        _: &StepPlan,
        _: &[String],
    ) -> Result<Look, Failure> {
        Err(not_here("fixed.look"))
    }

    async fn posts(
        &self,
        call: &Call<'_>,
        target: &Target<'_>,
        _: Option<&str>,
        _: usize,
    ) -> Result<PostsPage, Failure> {
        if self.0.reads_in_public {
            let url = url(call, "/public/posts");
            let request = wire::get("fixed.posts", url, DEADLINE_MS, Address::Configured);
            send(call, request).await?;
        } else {
            ask(call, "fixed.posts", "/posts", &target.tokens.access).await?;
        }
        Ok(PostsPage::default())
    }

    async fn revoke(&self, _: &Call<'_>, _: &Tokens) -> Result<bool, Failure> {
        Ok(false)
    }
}
