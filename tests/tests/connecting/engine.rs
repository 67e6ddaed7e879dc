//! The journey of a sign-in against the simulator, without pages: every turn that it can take.

use ::engine::connect::{self, Binding, ConnectError, Proven, Trouble, Why};
use anyhow::Result;
use domain::cause::Cause;
use domain::channel::Standing;
use domain::connect::ConnectPhase;
use domain::grant::LifeWord;
use domain::health::Health;
use domain::ids::SessionId;
use domain::platform::LoginFlow;
use domain::post::Maker;
use domain::schedule::MINUTE_MS;
use simulator::instagram::Break;
use simulator::visitor::Visitor;
use simulator::{Effect, Fault};

use super::harbour::{Harbour, back, outcome};

const BAKERY: &str = "harbour.bakery";

fn why(result: connect::Result<storage::connect_sessions::ConnectSession>) -> Why {
    match result {
        Err(ConnectError::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn one_account_is_connected_and_proven_at_once() -> Result<()> {
    let harbour = Harbour::new().await?;
    let app = harbour.app(LoginFlow::Instagram).await?;
    let row = harbour.sign_in(app, None, BAKERY, &[]).await?;
    assert_eq!(row.phase, ConnectPhase::Done);
    assert_eq!(outcome(&row).joined[0].proof, Some(Proven::Works));
    let channel = harbour.channel(BAKERY).await?;
    assert_eq!(channel.account_id, "17841400000000001");
    let login = harbour.primary(channel.id).await?;
    assert_eq!(login.condition.health, Health::Healthy);
    let grant = harbour.world.grant(login.grant).await?;
    assert!(grant.renew_at.is_some() && grant.signed_in_by == Some(harbour.member));
    assert_eq!(harbour.timeline(channel.id).await?, ["linked", "signed_in"]);
    // The document of the row holds no secret.
    assert!(!row.outcome.to_string().contains("IGAA") && row.journey_sealed.is_none());
    Ok(())
}

#[tokio::test]
async fn through_facebook_a_person_chooses_and_sees_why_others_cannot_be() -> Result<()> {
    let harbour = Harbour::new().await?;
    let app = harbour.app(LoginFlow::Facebook).await?;
    let row = harbour.sign_in(app, None, "10220000000000002", &[]).await?;
    assert_eq!(row.phase, ConnectPhase::Choosing);
    let known = outcome(&row);
    let lame: Vec<_> = known
        .accounts
        .iter()
        .filter_map(|account| account.unusable.as_ref())
        .collect();
    assert!(
        lame.iter()
            .any(|lacking| lacking.cause == Cause::LostAdminRole),
        "{known:?}"
    );
    assert!(
        harbour.channels().await?.is_empty(),
        "nothing is linked before a person chose"
    );
    let (workspace, cx) = (harbour.world.workspace, &harbour.world.cx);
    let lame = known
        .accounts
        .iter()
        .find(|account| account.unusable.is_some())
        .expect("one");
    let refused = connect::choose(cx, workspace, row.id, std::slice::from_ref(&lame.id)).await;
    assert_eq!(why(refused), Why::NoAccount);
    let ids: Vec<String> = known.usable().map(|account| account.id.clone()).collect();
    // A double click: both answer the same, and there is one channel of each account.
    let (first, second) = tokio::join!(
        connect::choose(cx, workspace, row.id, &ids),
        connect::choose(cx, workspace, row.id, &ids)
    );
    assert!(first?.phase == ConnectPhase::Done || second?.phase == ConnectPhase::Done);
    let again = connect::choose(cx, workspace, row.id, &ids).await?;
    assert_eq!(again.phase, ConnectPhase::Done);
    assert_eq!(harbour.channels().await?.len(), ids.len());
    for channel in harbour.channels().await? {
        assert_eq!(harbour.logins(channel.id).await?.len(), 1);
        assert_eq!(
            harbour.primary(channel.id).await?.condition.health,
            Health::Healthy
        );
        assert!(
            harbour.primary(channel.id).await?.token_sealed.is_some(),
            "the derived token is kept"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_state_is_good_once_in_one_browser_and_in_time() -> Result<()> {
    let harbour = Harbour::new().await?;
    let app = harbour.app(LoginFlow::Instagram).await?;
    let cx = &harbour.world.cx;
    let went = harbour.go(harbour.ask(app, None), BAKERY, &[]).await?;
    let other = Binding::Browser(cx.ids().make::<SessionId>());
    assert_eq!(
        why(connect::finish(cx, &went.state, other, &went.callback).await),
        Why::OtherBrowser
    );
    assert_eq!(
        why(connect::finish(cx, "made-up", other, &went.callback).await),
        Why::NoSession
    );
    // The other browser changed nothing: the right one still may.
    let first = harbour.finish(&went).await?;
    let calls = |name: &str| {
        harbour.world.sim.truth()["calls"][name]
            .as_u64()
            .unwrap_or(0)
    };
    let exchanges = calls("instagram.token.code");
    let second = harbour.finish(&went).await?;
    assert_eq!((first.id, first.phase), (second.id, second.phase));
    assert_eq!(
        calls("instagram.token.code"),
        exchanges,
        "the platform is not asked twice"
    );

    let late = harbour.go(harbour.ask(app, None), BAKERY, &[]).await?;
    harbour.world.clock.advance_ms(16 * MINUTE_MS);
    assert_eq!(why(harbour.finish(&late).await), Why::TooLate);
    let row = connect::go_on(cx, harbour.world.workspace, late.begun.session).await?;
    assert_eq!(row.phase, ConnectPhase::Expired);
    Ok(())
}

#[tokio::test]
async fn no_at_the_platform_changes_nothing() -> Result<()> {
    let harbour = Harbour::new().await?;
    let app = harbour.app(LoginFlow::Instagram).await?;
    let begun = connect::begin(&harbour.world.cx, harbour.ask(app, None)).await?;
    let mut visitor = Visitor::open(&harbour.world.sim, &begun.url).await?;
    visitor
        .press(&format!("login-as-{BAKERY}"), &[], &[])
        .await?;
    visitor.press("cancel", &[], &[]).await?;
    let url = visitor.left().expect("it leads back").to_owned();
    let row = harbour.finish(&back(begun, &url)?).await?;
    assert_eq!(row.phase, ConnectPhase::Canceled);
    assert!(harbour.channels().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_dead_login_is_mended_and_the_old_one_is_retired() -> Result<()> {
    let harbour = Harbour::new().await?;
    let app = harbour.app(LoginFlow::Instagram).await?;
    harbour.sign_in(app, None, BAKERY, &[]).await?;
    let channel = harbour.channel(BAKERY).await?;
    let old = harbour.primary(channel.id).await?;
    harbour.world.sim.break_it(Break::ChangePassword {
        account: BAKERY.to_owned(),
    })?;
    connect::prove_now(&harbour.world.cx, harbour.world.workspace, channel.id).await?;
    let dead = harbour.primary(channel.id).await?;
    assert_eq!(
        (dead.condition.health, dead.condition.cause),
        (Health::NeedsRefresh, Some(Cause::CredentialsChanged))
    );

    // As another account: nothing changes, and the sign-in is never used.
    let row = harbour
        .sign_in(app, Some(channel.id), "nord.ceramics", &[])
        .await?;
    assert_eq!(row.phase, ConnectPhase::Refused);
    assert_eq!(harbour.logins(channel.id).await?.len(), 1);
    let unused = harbour
        .world
        .grant(row.grant.expect("it was stored"))
        .await?;
    assert!(unused.life.word() != LifeWord::Live && unused.renew_at.is_none());
    assert_eq!(harbour.channels().await?.len(), 1);

    let row = harbour.sign_in(app, Some(channel.id), BAKERY, &[]).await?;
    assert_eq!(row.phase, ConnectPhase::Done);
    let now_on = harbour.primary(channel.id).await?;
    assert!(now_on.id != old.id && now_on.condition.health == Health::Healthy);
    assert_eq!(
        harbour.world.grant(old.grant).await?.life.word(),
        LifeWord::Superseded
    );
    assert!(
        harbour
            .timeline(channel.id)
            .await?
            .ends_with(&["signed_in".to_owned(), "restored".to_owned()])
    );
    let spares = harbour.logins(channel.id).await?;
    assert_eq!(
        spares
            .iter()
            .filter(|login| login.standing == Standing::Primary)
            .count(),
        1
    );
    Ok(())
}

#[tokio::test]
async fn a_permission_left_unticked_is_named_and_a_living_login_stays() -> Result<()> {
    let harbour = Harbour::new().await?;
    let app = harbour.app(LoginFlow::Facebook).await?;
    let (workspace, cx) = (harbour.world.workspace, &harbour.world.cx);
    let row = harbour.sign_in(app, None, "10220000000000001", &[]).await?;
    connect::choose(cx, workspace, row.id, &["17841400000000001".to_owned()]).await?;
    let channel = harbour.channel(BAKERY).await?;
    let old = harbour.primary(channel.id).await?;
    let unticked = ["permission-instagram_content_publish"];
    let row = harbour
        .sign_in(app, Some(channel.id), "10220000000000001", &unticked)
        .await?;
    let Some(Proven::Lacks { cause, evidence }) = outcome(&row).joined[0].proof.clone() else {
        panic!("{row:?}");
    };
    assert_eq!(cause, Cause::PermissionRevoked);
    assert!(
        evidence
            .missing
            .unwrap_or_default()
            .contains("instagram_content_publish")
    );
    assert_eq!(
        harbour.primary(channel.id).await?.id,
        old.id,
        "the older login still lives and is used"
    );
    Ok(())
}

#[tokio::test]
async fn nothing_to_post_to_is_said_with_the_reasons() -> Result<()> {
    let harbour = Harbour::new().await?;
    let app = harbour.app(LoginFlow::Facebook).await?;
    let pages = [
        "page-100000000000002",
        "page-100000000000003",
        "instagram-17841400000000002",
        "instagram-17841400000000003",
    ];
    let row = harbour
        .sign_in(app, None, "10220000000000002", &pages)
        .await?;
    assert_eq!(row.phase, ConnectPhase::Failed);
    assert_eq!(outcome(&row).trouble, Some(Trouble::NothingUsable));
    Ok(())
}

#[tokio::test]
async fn a_platform_that_is_away_keeps_the_sign_in_to_go_on_with() -> Result<()> {
    let harbour = Harbour::new().await?;
    let app = harbour.app(LoginFlow::Instagram).await?;
    let went = harbour.go(harbour.ask(app, None), BAKERY, &[]).await?;
    // The code is taken, then the list of accounts meets an outage.
    let mut fault = Fault::always("instagram.me", Effect::ServerError { status: 503 });
    fault.skip = 1;
    let fault = harbour.world.sim.add_fault(fault);
    let row = harbour.finish(&went).await?;
    assert_eq!(row.phase, ConnectPhase::Returned);
    assert!(matches!(
        outcome(&row).trouble,
        Some(Trouble::Platform { passing: true, .. })
    ));
    assert!(harbour.channels().await?.is_empty());
    harbour.world.sim.remove_fault(fault);
    let row = connect::go_on(&harbour.world.cx, harbour.world.workspace, row.id).await?;
    assert_eq!(row.phase, ConnectPhase::Done);
    Ok(())
}

#[tokio::test]
async fn bluesky_wants_a_handle_and_connects_through_its_own_server() -> Result<()> {
    let harbour = Harbour::new().await?;
    let app = harbour.app(LoginFlow::Bluesky).await?;
    let none = connect::begin(&harbour.world.cx, harbour.ask(app, None)).await;
    assert!(matches!(none, Err(ConnectError::Refused(Why::NoHandle))));
    let mut ask = harbour.ask(app, None);
    ask.hint = Some("nobody-has-this.example".to_owned());
    assert!(matches!(
        connect::begin(&harbour.world.cx, ask).await,
        Err(ConnectError::Platform(_))
    ));
    let handle = "harbour-bakery.bsky.social";
    let row = harbour.sign_in(app, None, handle, &[]).await?;
    assert_eq!(row.phase, ConnectPhase::Done, "{row:?}");
    let channel = harbour.channel(handle).await?;
    assert!(channel.account_id.starts_with("did:plc:"));
    assert_eq!(
        harbour.primary(channel.id).await?.condition.health,
        Health::Healthy
    );
    Ok(())
}

#[tokio::test]
async fn another_workspace_sees_and_changes_nothing() -> Result<()> {
    let harbour = Harbour::new().await?;
    let app = harbour.app(LoginFlow::Instagram).await?;
    let row = harbour.sign_in(app, None, BAKERY, &[]).await?;
    let channel = harbour.channel(BAKERY).await?;
    let (cx, other) = (&harbour.world.cx, harbour.world.cx.ids().make());
    assert_eq!(why(connect::go_on(cx, other, row.id).await), Why::NoSession);
    assert_eq!(
        why(connect::choose(cx, other, row.id, &[]).await),
        Why::NoSession
    );
    let maker = Maker::Member(harbour.member);
    assert!(matches!(
        connect::unlink(cx, other, channel.id, maker).await,
        Err(ConnectError::Refused(Why::NoChannel))
    ));
    assert!(matches!(
        connect::extend_now(cx, other, channel.id).await,
        Err(ConnectError::Refused(Why::NoChannel))
    ));
    assert!(matches!(
        connect::revoke_now(cx, other, channel.id, maker).await,
        Err(ConnectError::Refused(Why::NoChannel))
    ));
    let mut ask = harbour.ask(app, Some(channel.id));
    ask.workspace = other;
    assert!(matches!(
        connect::begin(cx, ask).await,
        Err(ConnectError::Refused(Why::NoSet))
    ));
    Ok(())
}

#[tokio::test]
async fn an_old_address_is_replaced_by_a_fresh_one() -> Result<()> {
    let harbour = Harbour::new().await?;
    let app = harbour.app(LoginFlow::Instagram).await?;
    let (cx, workspace) = (&harbour.world.cx, harbour.world.workspace);
    let begun = connect::begin(cx, harbour.ask(app, None)).await?;
    let binding = Binding::Browser(harbour.browser);
    assert_eq!(
        connect::way(cx, workspace, begun.session, binding).await?,
        begun.url
    );
    harbour.world.clock.advance_ms(6 * MINUTE_MS);
    let fresh = connect::way(cx, workspace, begun.session, binding).await?;
    assert_ne!(fresh, begun.url);
    let old = Visitor::agree(&harbour.world.sim, &begun.url, BAKERY, &[]).await?;
    assert_eq!(
        why(harbour.finish(&back(begun.clone(), &old)?).await),
        Why::NoSession
    );
    let new = Visitor::agree(&harbour.world.sim, &fresh, BAKERY, &[]).await?;
    assert_eq!(
        harbour.finish(&back(begun, &new)?).await?.phase,
        ConnectPhase::Done
    );
    Ok(())
}
