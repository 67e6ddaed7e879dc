//! A sign-in: the pushed request, the browser's way there and back, the code for tokens, and the
//! proof that they belong to the account that was asked for (sheet bluesky.md §3 and §4).

use domain::grant::{End, EndSource, Ends, Mechanism};
use domain::schedule::{DAY_MS, plus_ms};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::assertion::{ClientProof, Kind, kind};
use super::dpop::Prover;
use super::errors::{self, Speaker, Trouble};
use super::identity::{self, AuthServer, Hint, Identity};
use super::keys::{PrivateKey, base64url};
use super::tokens::{self, Answer};
use super::wire::{REQUEST_MS, body, given, kept};
use crate::call::Call;
use crate::failure::Failure;
use crate::http::Request;
use crate::sign_in::{Ask, Begun, Callback, SignedIn};
use crate::tokens::Tokens;
use crate::wire;

/// A public client's session ends two weeks after the sign-in, whatever is done (sheet §4).
const LOOPBACK_DAYS: i64 = 14;
/// A confidential client's session ends after two years.
const CONFIDENTIAL_DAYS: i64 = 2 * 365;
/// A confidential client's session ends after three months without a renewal.
const IDLE_DAYS: i64 = 90;

const PAR: &str = "bluesky.par";
const EXCHANGE: &str = "bluesky.code";
const CALLBACK: &str = "bluesky.callback";

/// What is kept, sealed, while the browser is away.
#[derive(Serialize, Deserialize)]
struct Journey {
    state: String,
    verifier: String,
    dpop_key: String,
    kid: String,
    issuer: String,
    token_endpoint: String,
    revocation_endpoint: String,
    /// The account that was asked for; none where a server's address was typed.
    did: Option<String>,
    handle: Option<String>,
    pds: Option<String>,
}

pub(super) async fn begin(call: &Call<'_>, ask: &Ask<'_>) -> Result<Begun, Failure> {
    let proof = ClientProof::newest(call)?;
    let hint = identity::parse_hint(ask.hint)?;
    let account = identity::resolve(call, &hint).await?;
    let server = match (&hint, &account) {
        (Hint::Server(server), _) => identity::auth_server_at(call, server).await?,
        (_, Some(account)) => identity::auth_server_of(call, &account.pds).await?,
        (_, None) => return Err(errors::trouble(PAR, Trouble::DidNotFound)),
    };
    // 32 bytes are 43 signs, the least that is allowed and enough.
    let verifier = base64url(&call.chance.bytes::<32>());
    let mut prover = Prover::new(call, PrivateKey::generate(call.chance, ""));
    let request_uri = push(call, &mut prover, &proof, &server, &account, &verifier, ask).await?;
    let query = [
        ("client_id", call.app.client_id.as_str()),
        ("request_uri", request_uri.as_str()),
    ];
    let url = wire::with_query(&server.authorization_endpoint, &query);
    let (did, handle, pds) = match account {
        Some(account) => (Some(account.did), account.handle, Some(account.pds)),
        None => (None, None, None),
    };
    let journey = Journey {
        state: ask.state.to_owned(),
        verifier,
        dpop_key: prover.key_jwk().expose_secret().to_owned(),
        kid: proof.kid().to_owned(),
        issuer: server.issuer,
        token_endpoint: server.token_endpoint,
        revocation_endpoint: server.revocation_endpoint,
        did,
        handle,
        pds,
    };
    // A struct of texts always has a JSON text.
    Ok(Begun {
        url,
        journey: serde_json::to_string(&journey).unwrap_or_default().into(),
    })
}

/// The pushed authorization request; gives the `request_uri`.
async fn push(
    call: &Call<'_>,
    prover: &mut Prover<'_>,
    proof: &ClientProof,
    server: &AuthServer,
    account: &Option<Identity>,
    verifier: &str,
    ask: &Ask<'_>,
) -> Result<String, Failure> {
    let challenge = base64url(&Sha256::digest(verifier.as_bytes()));
    let scope = call.app.scopes.join(" ");
    let mut fields = vec![
        ("response_type", "code"),
        ("redirect_uri", &call.app.redirect_uri),
        ("scope", &scope),
        ("state", ask.state),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    if let Some(account) = account {
        fields.push((
            "login_hint",
            account.handle.as_deref().unwrap_or(&account.did),
        ));
    }
    if ask.force && server.can_force_login {
        fields.push(("prompt", "login"));
    }
    let make = || {
        form(
            call,
            PAR,
            &server.par_endpoint,
            &server.issuer,
            proof,
            &fields,
        )
    };
    let answer = prover
        .send(&make, None)
        .await
        .map_err(|error| wire::no_answer(PAR, &error))?;
    if !wire::is_ok(answer.status) {
        return Err(errors::failure(
            PAR,
            Speaker::Authorization,
            &answer,
            call.now,
        ));
    }
    let request_uri = wire::text(&body(PAR, &answer)?, "request_uri");
    if request_uri.is_empty() {
        return Err(errors::trouble_with(
            PAR,
            Trouble::ServerUnfit,
            "request_uri is missing",
        ));
    }
    Ok(request_uri)
}

/// A form to an authorization server, with the client's own proof made anew.
pub(super) fn form(
    call: &Call<'_>,
    operation: &'static str,
    endpoint: &str,
    issuer: &str,
    proof: &ClientProof,
    fields: &[(&str, &str)],
) -> Request {
    let client = proof.fields(call, issuer);
    let mut pairs = fields.to_vec();
    pairs.extend(client.iter().map(|(name, value)| (*name, value.as_str())));
    wire::post_form(
        operation,
        endpoint.to_owned(),
        &pairs,
        REQUEST_MS,
        given(call),
    )
}

pub(super) async fn finish(
    call: &Call<'_>,
    journey: &SecretString,
    callback: &Callback,
) -> Result<SignedIn, Failure> {
    let journey: Journey = serde_json::from_str(journey.expose_secret())
        .map_err(|_| errors::trouble(CALLBACK, Trouble::KeptUnreadable))?;
    // The issuer first: what another server says, an error too, is not believed (mix-up).
    if callback.get("iss") != Some(journey.issuer.as_str()) {
        return Err(errors::trouble(CALLBACK, Trouble::IssuerMismatch));
    }
    if callback.get("state") != Some(journey.state.as_str()) {
        return Err(errors::trouble(CALLBACK, Trouble::StateMismatch));
    }
    if let Some(error) = callback.get("error") {
        return Err(errors::redirected(
            error,
            callback.get("error_description").unwrap_or(""),
        ));
    }
    let code = callback
        .get("code")
        .ok_or_else(|| errors::trouble(CALLBACK, Trouble::CodeMissing))?;
    let answer = exchange(call, &journey, code).await?;
    let tokens = tokens_of(&journey, &answer);
    match belongs(call, &journey, &answer.sub).await {
        Ok(account) => Ok(signed_in(call, tokens, account, answer)),
        Err(failure) => {
            // The session is of no use to us: it should not stand at the server.
            if let Err(kept) = tokens::revoke(call, &tokens).await {
                tracing::debug!(
                    code = kept.evidence.code,
                    "a sign-in that was turned down could not be given back"
                );
            }
            Err(failure)
        }
    }
}

async fn exchange(call: &Call<'_>, journey: &Journey, code: &str) -> Result<Answer, Failure> {
    let proof = ClientProof::bound_to(call, &journey.kid)?;
    let key = PrivateKey::from_jwk(&journey.dpop_key.clone().into())
        .ok_or_else(|| errors::trouble(EXCHANGE, Trouble::KeptUnreadable))?;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &call.app.redirect_uri),
        ("code_verifier", &journey.verifier),
    ];
    let make = || {
        form(
            call,
            EXCHANGE,
            &journey.token_endpoint,
            &journey.issuer,
            &proof,
            &fields,
        )
    };
    let answer = Prover::new(call, key)
        .send(&make, None)
        .await
        .map_err(|error| wire::no_answer(EXCHANGE, &error))?;
    if !wire::is_ok(answer.status) {
        return Err(errors::failure(
            EXCHANGE,
            Speaker::Authorization,
            &answer,
            call.now,
        ));
    }
    let answer = Answer::read(&body(EXCHANGE, &answer)?);
    if answer.access.expose_secret().is_empty() || !answer.token_type.eq_ignore_ascii_case("DPoP") {
        return Err(errors::trouble_with(
            EXCHANGE,
            Trouble::ServerUnfit,
            "it gave no DPoP-bound token",
        ));
    }
    if !answer.scopes().any(|scope| scope == "atproto") {
        return Err(errors::trouble_with(
            EXCHANGE,
            Trouble::ServerUnfit,
            "scope lacks atproto",
        ));
    }
    Ok(answer)
}

/// The account that signed in, if it is the one that was asked for and its own server names this
/// issuer. Without this any server could sign in as anybody.
async fn belongs(call: &Call<'_>, journey: &Journey, sub: &str) -> Result<Identity, Failure> {
    match (&journey.did, &journey.pds) {
        // Verified at the beginning, minutes ago.
        (Some(did), Some(pds)) if did == sub => Ok(Identity {
            did: did.clone(),
            handle: journey.handle.clone(),
            pds: pds.clone(),
        }),
        (Some(_), _) => Err(errors::trouble_with(EXCHANGE, Trouble::OtherAccount, sub)),
        (None, _) => {
            let account = identity::by_did(call, sub).await?;
            if identity::auth_server_of(call, &account.pds).await?.issuer != journey.issuer {
                return Err(errors::trouble(EXCHANGE, Trouble::IssuerMismatch));
            }
            // The document's handle counts only if it points back.
            let handle = match account.handle {
                Some(handle)
                    if identity::did_of(call, &handle)
                        .await
                        .ok()
                        .flatten()
                        .as_deref()
                        == Some(sub) =>
                {
                    Some(handle)
                }
                _ => None,
            };
            Ok(Identity { handle, ..account })
        }
    }
}

fn tokens_of(journey: &Journey, answer: &Answer) -> Tokens {
    let keep = [
        (kept::ISSUER, &journey.issuer),
        (kept::TOKEN_ENDPOINT, &journey.token_endpoint),
        (kept::REVOCATION_ENDPOINT, &journey.revocation_endpoint),
        (kept::DPOP_KEY, &journey.dpop_key),
        (kept::KID, &journey.kid),
        (kept::SCOPE, &answer.scope),
    ];
    Tokens {
        access: answer.access.clone(),
        refresh: answer.refresh.clone(),
        keep: keep
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.clone().into()))
            .collect(),
    }
}

fn signed_in(call: &Call<'_>, mut tokens: Tokens, account: Identity, answer: Answer) -> SignedIn {
    tokens.keep.insert(kept::PDS.to_owned(), account.pds.into());
    tokens
        .keep
        .insert(kept::DID.to_owned(), account.did.clone().into());
    let sheet = |days: i64| {
        Some(End {
            at: plus_ms(call.now, days * DAY_MS),
            source: EndSource::Sheet,
        })
    };
    let (absolute_end, idle_limit_ms) = match kind(call.app) {
        Kind::Loopback => (sheet(LOOPBACK_DAYS), None),
        Kind::Confidential => (sheet(CONFIDENTIAL_DAYS), Some(IDLE_DAYS * DAY_MS)),
    };
    SignedIn {
        ends: Ends {
            absolute_end,
            idle_limit_ms,
            ..answer.ends(call.now)
        },
        tokens,
        mechanism: Mechanism::RefreshRotating,
        scopes: answer.scopes().map(str::to_owned).collect(),
        person_name: account.handle.unwrap_or_else(|| account.did.clone()),
        person_id: account.did,
    }
}
