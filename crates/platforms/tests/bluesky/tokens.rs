//! Renewal with rotation, the witness, accounts, probes, revocation.

use domain::cause::Cause;
use domain::grant::Verdict;
use platforms::Platform;
use platforms::bluesky::{Bluesky, new_signing_key};
use platforms::failure::{About, Sent};
use platforms::http::SendError;
use secrecy::ExposeSecret;
use serde_json::json;

use super::world::*;

#[tokio::test]
async fn a_renewal_is_one_request_and_a_nonce_refusal_is_none() {
    let world = World::new();
    let tokens = tokens(&world);
    let renewed = Bluesky
        .renew(&world.call(), &tokens)
        .await
        .expect("it is renewed");
    let seen = world.seen("bluesky.renew");
    assert_eq!(seen.len(), 2);
    assert!(seen[0].proof.as_ref().unwrap()["nonce"].is_null());
    assert_eq!(
        seen[1].proof.as_ref().unwrap()["nonce"],
        "nonce of auth.example.org"
    );
    assert_eq!(seen[1].form["refresh_token"], "refresh-1");
    assert_eq!(
        renewed.tokens.refresh.as_ref().unwrap().expose_secret(),
        "refresh-2"
    );
    assert_eq!(renewed.ends.access_end.unwrap().at.as_second() - NOW, 3_600);
    assert_eq!(
        renewed.ends.absolute_end, None,
        "the answer says nothing of it: the old end stands"
    );
    assert_eq!(
        renewed.scopes.as_deref().unwrap(),
        ["atproto", "transition:generic"]
    );
    let whole = tokens.replaced_by(renewed.tokens);
    assert_eq!((whole.kept("pds"), whole.kept("issuer")), (PDS, ISSUER));

    let mut world = World::new();
    world.wants_nonce = false;
    assert!(Bluesky.renew(&world.call(), &tokens).await.is_ok());
    assert_eq!(world.seen("bluesky.renew").len(), 1);
}

#[tokio::test]
async fn a_second_nonce_refusal_is_not_followed_by_a_third_try() {
    let mut world = World::new();
    world.wants_nonce = false;
    let refusal = || {
        Ok(with_header(
            "dpop-nonce",
            "n",
            oauth_error(400, "use_dpop_nonce", ""),
        ))
    };
    world.answer("bluesky.renew", refusal());
    world.answer("bluesky.renew", refusal());
    let failure = Bluesky
        .renew(&world.call(), &tokens(&world))
        .await
        .err()
        .expect("it is refused");
    assert_eq!(world.seen("bluesky.renew").len(), 2);
    assert_eq!(
        (failure.sent, failure.verdict()),
        (Sent::No, Verdict::TryAgain)
    );
}

#[tokio::test]
async fn an_answer_that_is_lost_or_unreadable_may_have_rotated() {
    let html = || {
        let mut answer = ok(json!(null));
        answer.body = "<html>Bad gateway".into();
        answer
    };
    for (reply, sent) in [
        (Err(SendError::NoAnswer("cut off".to_owned())), Sent::Maybe),
        (Ok(with_status(502, html())), Sent::Maybe),
        (Ok(html()), Sent::Maybe),
        (Ok(oauth_error(500, "server_error", "")), Sent::Maybe),
        (Err(SendError::NotSent("refused".to_owned())), Sent::No),
    ] {
        let mut world = World::new();
        world.wants_nonce = false;
        world.answer("bluesky.renew", reply);
        let failure = Bluesky
            .renew(&world.call(), &tokens(&world))
            .await
            .err()
            .expect("it fails");
        assert_eq!(
            (failure.sent, failure.verdict()),
            (sent, Verdict::TryAgain),
            "{failure}"
        );
        assert_eq!(failure.cause, Cause::PlatformOutage);
        assert_eq!(
            world.seen("bluesky.renew").len(),
            1,
            "nothing is ever repeated"
        );
    }
}

#[tokio::test]
async fn what_an_answer_leaves_out_replaces_nothing() {
    let world = World::new();
    let tokens = tokens(&world);
    world.answer(
        "bluesky.renew",
        Ok(ok(json!({ "access_token": "access-9" }))),
    );
    let renewed = Bluesky
        .renew(&world.call(), &tokens)
        .await
        .expect("it is renewed");
    let whole = tokens.replaced_by(renewed.tokens);
    assert_eq!(whole.access.expose_secret(), "access-9");
    assert_eq!(whole.refresh.as_ref().unwrap().expose_secret(), "refresh-1");
    assert_eq!(whole.kept("scope"), "atproto transition:generic");
    // Tokens of somebody else are no answer for this grant.
    world.answer(
        "bluesky.renew",
        Ok(ok(json!({ "access_token": "a", "sub": "did:plc:other" }))),
    );
    let failure = Bluesky
        .renew(&world.call(), &tokens)
        .await
        .err()
        .expect("it is refused");
    assert_eq!(
        (failure.evidence.code.as_str(), failure.sent),
        ("other_account", Sent::Maybe)
    );
}

#[tokio::test]
async fn a_grant_keeps_to_the_key_it_began_with() {
    let mut world = World::new();
    let old = world.secrets.signing_keys.remove(0);
    world.secrets.signing_keys = vec![new_signing_key(&world.chance, "k2"), old];
    let tokens = tokens(&world);
    assert!(Bluesky.renew(&world.call(), &tokens).await.is_ok());
    let assertion = world.seen("bluesky.renew").pop().unwrap().form["client_assertion"].clone();
    let keys = json!({ "keys": platforms::bluesky::key_set(&world.secrets.signing_keys)["keys"] });
    assert_eq!(verified(&assertion, Some(&keys)).0["kid"], "k1");
    // With its key gone it is not called at all: another key would end the session.
    world.secrets.signing_keys.pop();
    let before = world.seen("bluesky.renew").len();
    let failure = Bluesky
        .renew(&world.call(), &tokens)
        .await
        .err()
        .expect("it is refused");
    assert_eq!(
        (failure.cause, failure.about),
        (Cause::AppMisconfigured, About::App)
    );
    assert_eq!(
        (failure.sent, failure.verdict()),
        (Sent::No, Verdict::TryAgain)
    );
    assert_eq!(world.seen("bluesky.renew").len(), before);
}

#[tokio::test]
async fn a_refused_witness_says_nothing_final() {
    let world = World::new();
    let tokens = tokens(&world);
    Bluesky.witness(&world.call(), &tokens).await.unwrap();
    world.answer(
        "bluesky.get_session",
        Ok(error(
            401,
            "invalid_token",
            "\"exp\" claim timestamp check failed",
        )),
    );
    let failure = Bluesky.witness(&world.call(), &tokens).await.unwrap_err();
    assert_eq!(
        (failure.cause, failure.about, failure.sent),
        (Cause::LifespanEnded, About::Login, Sent::No)
    );
    assert!(!failure.final_answer);
    assert_eq!(failure.evidence.code, "invalid_token");
}

#[tokio::test]
async fn the_account_is_shown_with_what_is_missing() {
    let world = World::new();
    let tokens = tokens(&world);
    world.document(
        &format!("{PDS}/xrpc/com.atproto.repo.getRecord"),
        Some(json!({ "value": { "displayName": "Anna", "avatar": { "ref": { "$link": "bafkavatar" } } } })),
    );
    let account = Bluesky
        .accounts(&world.call(), &tokens)
        .await
        .ok()
        .unwrap()
        .remove(0);
    assert_eq!(
        (
            account.id.as_str(),
            account.name.as_str(),
            account.handle.as_str()
        ),
        (DID, "Anna", HANDLE)
    );
    let picture = account.picture_url.unwrap();
    assert_eq!(
        picture,
        format!(
            "{PDS}/xrpc/com.atproto.sync.getBlob?did={}&cid=bafkavatar",
            DID.replace(':', "%3A")
        )
    );
    assert!(account.usable.is_ok());

    let mut narrow = tokens.clone();
    narrow.keep.insert("scope".to_owned(), "atproto".into());
    let account = Bluesky
        .accounts(&world.call(), &narrow)
        .await
        .ok()
        .unwrap()
        .remove(0);
    let unusable = account.usable.unwrap_err();
    assert_eq!(
        (unusable.cause, unusable.missing.as_str()),
        (Cause::PermissionRevoked, "transition:generic")
    );

    let mut world = World::new();
    world
        .app
        .hosts
        .0
        .insert("appview".to_owned(), "https://view.example.net".to_owned());
    world.document(
        "https://view.example.net/xrpc/app.bsky.actor.getProfile",
        Some(
            json!({ "displayName": "Anna of the view", "avatar": "https://cdn.example.net/a.jpg" }),
        ),
    );
    let account = Bluesky
        .accounts(&world.call(), &tokens)
        .await
        .ok()
        .unwrap()
        .remove(0);
    assert_eq!(account.name, "Anna of the view");
    assert_eq!(
        account.picture_url.as_deref(),
        Some("https://cdn.example.net/a.jpg")
    );
}

#[tokio::test]
async fn a_probe_tells_rest_and_missing_scopes() {
    let world = World::new();
    let tokens = tokens(&world);
    let proof = Bluesky
        .probe(&world.call(), &target(&tokens))
        .await
        .unwrap();
    assert_eq!(
        (proof.missing.len(), proof.handle.as_deref()),
        (0, Some(HANDLE))
    );
    for (status, cause) in [
        ("deactivated", Cause::AccountInactive),
        ("takendown", Cause::AccountRestricted),
        ("suspended", Cause::AccountRestricted),
    ] {
        let says = json!({ "did": DID, "handle": HANDLE, "active": false, "status": status });
        world.answer("bluesky.get_session", Ok(ok(says)));
        let failure = Bluesky
            .probe(&world.call(), &target(&tokens))
            .await
            .unwrap_err();
        assert_eq!(
            (failure.cause, failure.evidence.code.as_str()),
            (cause, status)
        );
        assert!(failure.limits() && failure.verdict() == Verdict::TryAgain);
    }
    let mut narrow = tokens.clone();
    narrow.keep.insert("scope".to_owned(), "atproto".into());
    let proof = Bluesky
        .probe(&world.call(), &target(&narrow))
        .await
        .unwrap();
    assert_eq!(proof.missing, ["transition:generic"]);
}

#[tokio::test]
async fn a_session_is_given_back_by_its_refresh_token() {
    let world = World::new();
    let mut tokens = tokens(&world);
    assert!(Bluesky.revoke(&world.call(), &tokens).await.unwrap());
    assert_eq!(world.seen("bluesky.revoke")[1].form["token"], "refresh-1");
    tokens.keep.remove("revocation_endpoint");
    assert!(!Bluesky.revoke(&world.call(), &tokens).await.unwrap());
}

#[tokio::test]
async fn a_takedown_is_told_from_a_removed_app() {
    for (status, cause, verdict) in [
        ("takendown", Cause::AccountRestricted, Verdict::TryAgain),
        ("deleted", Cause::AccountDeleted, Verdict::Dead),
        ("", Cause::AppRemovedByUser, Verdict::Dead),
    ] {
        let world = World::new();
        let refused = oauth_error(400, "invalid_grant", "Invalid refresh token");
        world.answer("bluesky.renew", Ok(refused));
        let says = json!({ "did": DID, "active": status.is_empty(), "status": status });
        world.document(
            &format!("{PDS}/xrpc/com.atproto.sync.getRepoStatus"),
            Some(says),
        );
        let failure = Bluesky.renew(&world.call(), &tokens(&world)).await.err();
        let failure = failure.expect("it is refused");
        assert_eq!((failure.cause, failure.verdict()), (cause, verdict));
        assert_eq!(failure.evidence.subcode, status);
        assert_eq!(failure.limits(), status == "takendown");
    }
    // Without that word the refusal stands.
    let world = World::new();
    let refused = oauth_error(400, "invalid_grant", "Invalid refresh token");
    world.answer("bluesky.renew", Ok(refused));
    let failure = Bluesky.renew(&world.call(), &tokens(&world)).await.err();
    assert_eq!(failure.unwrap().cause, Cause::AppRemovedByUser);
}
