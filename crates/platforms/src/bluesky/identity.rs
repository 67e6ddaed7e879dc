//! From what a person typed to the account, its server and the server that signs in for it; each step
//! is verified (sheet bluesky.md §1 and §3).
//!
//! DNS is not asked by us: the resolver named in the settings looks up `_atproto.HANDLE` and the
//! well-known file, and the account's own document must name the handle, so that a resolver that lies
//! is found out. The well-known file is asked directly where the resolver does not know.

use serde_json::Value;
use url::{Host, Url};

use super::errors::{self, Trouble};
use super::facets::is_handle;
use super::wire::{body, given, read, xrpc};
use crate::call::{Call, Reach};
use crate::failure::Failure;
use crate::http::{Address, Response};
use crate::wire;

/// What a person typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hint {
    /// A handle, in small letters.
    Handle(String),
    /// A DID.
    Did(String),
    /// A server's address: the account is chosen there.
    Server(String),
}

/// An account that was found and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    /// Who it is, for good.
    pub did: String,
    /// The handle, if the document names one.
    pub handle: Option<String>,
    /// Its server, without a slash at its end.
    pub pds: String,
}

/// A server that signs in, with what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AuthServer {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub par_endpoint: String,
    pub revocation_endpoint: String,
    /// Whether it takes `prompt=login`.
    pub can_force_login: bool,
}

const RESOLVE: &str = "bluesky.resolve_handle";
const DOCUMENT: &str = "bluesky.did_document";
const RESOURCE: &str = "bluesky.protected_resource";
const METADATA: &str = "bluesky.authorization_server";

/// Reads what a person typed: `@anna.example.org`, `did:plc:…`, `https://pds.example.org`.
pub(super) fn parse_hint(hint: Option<&str>) -> Result<Hint, Failure> {
    let text = hint.unwrap_or("").trim().trim_start_matches('@');
    // Phones put invisible direction marks around pasted handles.
    let text: String = text
        .chars()
        .filter(|sign| !wire::turns_text(*sign))
        .collect();
    if text.is_empty() {
        return Err(errors::trouble(RESOLVE, Trouble::HandleMissing));
    }
    if text.starts_with("did:plc:") || text.starts_with("did:web:") {
        return Ok(Hint::Did(text));
    }
    if text.starts_with("https://") || text.starts_with("http://") {
        return origin(&text)
            .map(Hint::Server)
            .ok_or_else(|| errors::trouble(RESOLVE, Trouble::HandleUnreadable));
    }
    let handle = text.trim_end_matches('.').to_ascii_lowercase();
    if is_handle(&handle) {
        Ok(Hint::Handle(handle))
    } else {
        Err(errors::trouble(RESOLVE, Trouble::HandleUnreadable))
    }
}

/// The account behind a handle or DID; none for a server's address.
pub(super) async fn resolve(call: &Call<'_>, hint: &Hint) -> Result<Option<Identity>, Failure> {
    match hint {
        Hint::Server(_) => Ok(None),
        Hint::Did(did) => by_did(call, did).await.map(Some),
        Hint::Handle(handle) => {
            let Some(did) = did_of(call, handle).await? else {
                return Err(errors::trouble_with(
                    RESOLVE,
                    Trouble::HandleNotFound,
                    handle,
                ));
            };
            let document = document(call, &did).await?;
            if !names(&document).any(|name| name == *handle) {
                return Err(errors::trouble_with(
                    DOCUMENT,
                    Trouble::HandleMismatch,
                    handle,
                ));
            }
            let pds = pds_of(&did, &document)?;
            Ok(Some(Identity {
                did,
                handle: Some(handle.clone()),
                pds,
            }))
        }
    }
}

/// The account with this DID. Its handle is what its document says, unverified.
pub(super) async fn by_did(call: &Call<'_>, did: &str) -> Result<Identity, Failure> {
    let document = document(call, did).await?;
    let pds = pds_of(did, &document)?;
    Ok(Identity {
        did: did.to_owned(),
        handle: names(&document).next(),
        pds,
    })
}

/// The DID that a handle points to; none if it certainly points nowhere.
///
/// # Errors
/// When neither way gave an answer.
pub(super) async fn did_of(call: &Call<'_>, handle: &str) -> Result<Option<String>, Failure> {
    let resolver = call.app.hosts.get("resolver");
    let asked = if resolver.is_empty() {
        Ok(None)
    } else {
        ask_resolver(call, resolver, handle).await
    };
    if let Ok(Some(did)) = asked {
        return Ok(Some(did));
    }
    let url = format!("https://{handle}/.well-known/atproto-did");
    let answer = read(call, "bluesky.well_known_did", url, given(call)).await;
    if let Ok(answer) = answer
        && answer.status == 200
        && let Ok(text) = str::from_utf8(&answer.body)
        && is_did(text.trim())
    {
        return Ok(Some(text.trim().to_owned()));
    }
    asked
}

async fn ask_resolver(
    call: &Call<'_>,
    resolver: &str,
    handle: &str,
) -> Result<Option<String>, Failure> {
    let url = wire::with_query(
        &xrpc(resolver, "com.atproto.identity.resolveHandle"),
        &[("handle", handle)],
    );
    let answer = read(call, RESOLVE, url, Address::Configured).await?;
    match answer.status {
        200 => Ok(Some(wire::text(&body(RESOLVE, &answer)?, "did")).filter(|did| is_did(did))),
        // `HandleNotFound`, or `InvalidRequest` with "Unable to resolve handle".
        400 => Ok(None),
        _ => Err(errors::failure(
            RESOLVE,
            errors::Speaker::Reading,
            &answer,
            call.now,
        )),
    }
}

fn is_did(text: &str) -> bool {
    let known = text
        .strip_prefix("did:plc:")
        .or_else(|| text.strip_prefix("did:web:"));
    known.is_some_and(|rest| {
        let signs = |sign: u8| sign.is_ascii_alphanumeric() || b".-_:%".contains(&sign);
        !rest.is_empty() && text.len() <= 256 && rest.bytes().all(signs)
    })
}

/// The account's document, which must be about this DID.
async fn document(call: &Call<'_>, did: &str) -> Result<Value, Failure> {
    let not_found = || errors::trouble_with(DOCUMENT, Trouble::DidNotFound, did);
    if !is_did(did) {
        return Err(not_found());
    }
    let (url, address) = match did.strip_prefix("did:web:") {
        // Only whole hosts; a colon before a port is written %3A.
        Some(host) if host.contains(':') => return Err(not_found()),
        Some(host) => {
            let host = host.replace("%3A", ":").replace("%3a", ":");
            let near =
                call.reach == Reach::LoopbackToo && host.split(':').next() == Some("localhost");
            let scheme = if near { "http" } else { "https" };
            (
                format!("{scheme}://{host}/.well-known/did.json"),
                given(call),
            )
        }
        None => (
            format!("{}/{did}", call.app.hosts.get("plc")),
            Address::Configured,
        ),
    };
    let answer = read(call, DOCUMENT, url, address).await?;
    match answer.status {
        200 => Ok(body(DOCUMENT, &answer)?).and_then(|document| {
            if wire::text(&document, "id") == did {
                Ok(document)
            } else {
                Err(not_found())
            }
        }),
        404 | 410 => Err(not_found()),
        _ => Err(errors::failure(
            DOCUMENT,
            errors::Speaker::Reading,
            &answer,
            call.now,
        )),
    }
}

/// The handles that a document owns up to, in small letters.
fn names(document: &Value) -> impl Iterator<Item = String> {
    let known = document
        .get("alsoKnownAs")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    known.filter_map(|name| Some(name.as_str()?.strip_prefix("at://")?.to_ascii_lowercase()))
}

fn pds_of(did: &str, document: &Value) -> Result<String, Failure> {
    let services = document
        .get("service")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut found = services.filter(|service| {
        let id = wire::text(service, "id");
        let is_pds = id == "#atproto_pds" || id.strip_prefix(did) == Some("#atproto_pds");
        is_pds && wire::text(service, "type") == "AtprotoPersonalDataServer"
    });
    let endpoint = found
        .next()
        .map(|service| wire::text(service, "serviceEndpoint"))
        .unwrap_or_default();
    origin(&endpoint).ok_or_else(|| errors::trouble_with(DOCUMENT, Trouble::PdsMissing, did))
}

/// An address reduced to scheme, host and port; none if it has more than that or is none.
fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty();
    let named = matches!(url.host()?, Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_));
    (bare && named && matches!(url.scheme(), "http" | "https"))
        .then(|| url.origin().ascii_serialization())
}

/// The server that signs in for a PDS.
pub(super) async fn auth_server_of(call: &Call<'_>, pds: &str) -> Result<AuthServer, Failure> {
    let answer = read(
        call,
        RESOURCE,
        format!("{pds}/.well-known/oauth-protected-resource"),
        given(call),
    )
    .await?;
    if answer.status != 200 {
        return Err(unfit_or_passing(
            RESOURCE,
            &answer,
            "it names no authorization server",
            call,
        ));
    }
    let resource = body(RESOURCE, &answer)?;
    let says = wire::text(&resource, "resource");
    if !says.is_empty() && origin(&says).as_deref() != Some(pds) {
        return Err(unfit(RESOURCE, "it speaks for another server"));
    }
    let named = resource
        .get("authorization_servers")
        .and_then(|servers| servers.get(0))
        .and_then(Value::as_str);
    let Some(issuer) = named.and_then(origin) else {
        return Err(unfit(RESOURCE, "it names no authorization server"));
    };
    auth_server(call, &issuer, Some(pds)).await
}

/// The server at an address that a person typed: a PDS, or an authorization server itself.
pub(super) async fn auth_server_at(call: &Call<'_>, server: &str) -> Result<AuthServer, Failure> {
    match auth_server_of(call, server).await {
        Err(failure) if failure.evidence.code == Trouble::ServerUnfit.code() => {
            auth_server(call, server, None).await
        }
        found => found,
    }
}

/// Reads and checks what an authorization server says of itself (sheet §3).
async fn auth_server(
    call: &Call<'_>,
    issuer: &str,
    pds: Option<&str>,
) -> Result<AuthServer, Failure> {
    let answer = read(
        call,
        METADATA,
        format!("{issuer}/.well-known/oauth-authorization-server"),
        given(call),
    )
    .await?;
    if answer.status != 200 {
        return Err(unfit_or_passing(
            METADATA,
            &answer,
            "it is no authorization server",
            call,
        ));
    }
    checked(issuer, pds, &body(METADATA, &answer)?)
}

/// What a server says of itself, if it promises all that a sign-in needs.
fn checked(issuer: &str, pds: Option<&str>, says: &Value) -> Result<AuthServer, Failure> {
    if wire::text(says, "issuer") != issuer {
        return Err(unfit(METADATA, "issuer is another address"));
    }
    for flag in [
        "require_pushed_authorization_requests",
        "authorization_response_iss_parameter_supported",
        "client_id_metadata_document_supported",
    ] {
        if says.get(flag) != Some(&Value::Bool(true)) {
            return Err(unfit(METADATA, flag));
        }
    }
    let lists = |name: &str, word: &str| {
        says.get(name)
            .and_then(Value::as_array)
            .is_some_and(|list| list.iter().any(|entry| entry == word))
    };
    for (list, word) in [
        ("dpop_signing_alg_values_supported", "ES256"),
        ("scopes_supported", "atproto"),
    ] {
        if !lists(list, word) {
            return Err(unfit(METADATA, &format!("{list} lacks {word}")));
        }
    }
    if let (Some(pds), Some(_)) = (pds, says.get("protected_resources"))
        && !lists("protected_resources", pds)
    {
        return Err(unfit(
            METADATA,
            "protected_resources lacks the account's server",
        ));
    }
    let endpoint = |name: &str| {
        let address = wire::text(says, name);
        Url::parse(&address)
            .map(|_| address)
            .map_err(|_| unfit(METADATA, name))
    };
    Ok(AuthServer {
        issuer: issuer.to_owned(),
        authorization_endpoint: endpoint("authorization_endpoint")?,
        token_endpoint: endpoint("token_endpoint")?,
        par_endpoint: endpoint("pushed_authorization_request_endpoint")?,
        revocation_endpoint: wire::text(says, "revocation_endpoint"),
        can_force_login: lists("prompt_values_supported", "login"),
    })
}

fn unfit(operation: &str, what: &str) -> Failure {
    errors::trouble_with(operation, Trouble::ServerUnfit, what)
}

/// A 4xx or a redirect says that the file is not there; anything else passes.
fn unfit_or_passing(operation: &str, answer: &Response, what: &str, call: &Call<'_>) -> Failure {
    if (300..500).contains(&answer.status) && answer.status != 429 {
        unfit(operation, what)
    } else {
        errors::failure(operation, errors::Speaker::Reading, answer, call.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_read_as_people_type_them() {
        let read = |text: &str| parse_hint(Some(text)).map_err(|failure| failure.evidence.code);
        assert_eq!(
            read(" @Anna.Example.org "),
            Ok(Hint::Handle("anna.example.org".to_owned()))
        );
        assert_eq!(
            read("\u{202a}anna.example.org\u{202c}"),
            Ok(Hint::Handle("anna.example.org".to_owned()))
        );
        assert_eq!(read("did:plc:abc"), Ok(Hint::Did("did:plc:abc".to_owned())));
        assert_eq!(
            read("https://PDS.example.org/"),
            Ok(Hint::Server("https://pds.example.org".to_owned()))
        );
        assert_eq!(
            read("https://pds.example.org/x"),
            Err("handle_unreadable".to_owned())
        );
        for wrong in [
            "anna",
            "anna@example.org",
            "a b.org",
            "did:key:x",
            "-a.org",
            "example.1org",
        ] {
            assert_eq!(read(wrong), Err("handle_unreadable".to_owned()), "{wrong}");
        }
        assert_eq!(
            parse_hint(None).map_err(|failure| failure.evidence.code),
            Err("handle_missing".to_owned())
        );
    }

    #[test]
    fn addresses_of_servers_have_no_path() {
        assert_eq!(
            origin("https://pds.example.org:443/").as_deref(),
            Some("https://pds.example.org")
        );
        assert_eq!(
            origin("http://localhost:2583").as_deref(),
            Some("http://localhost:2583")
        );
        for wrong in [
            "",
            "pds.example.org",
            "ftp://a.org",
            "https://a.org/x",
            "https://a.org?x",
            "https://u@a.org",
        ] {
            assert_eq!(origin(wrong), None, "{wrong}");
        }
    }
}
