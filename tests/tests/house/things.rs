//! Something of every kind that an address may name, in one house: stored behind the pages, so that the
//! walk over the routes asks for things that are really there.

use domain::app::{App, AppOwner, Hosts};
use domain::channel::Mode;
use domain::connect::ConnectPhase;
use domain::delivery::{Reason, State};
use domain::grant::{Ends, Mechanism};
use domain::ids::{
    AppId, ChannelGrantId, ChannelId, ConnectSessionId, DeliveryId, GrantId, MediaId, NoticeId,
    PlatformPersonId, PostId,
};
use domain::notice::NoticeKind;
use domain::platform::{LoginFlow, Platform};
use domain::post::{Content, Maker, Variant};
use domain::schedule::{LATENESS_LIMIT_MS, plus_ms};
use storage::apps::AppRow;
use storage::channel_grants::NewChannelGrant;
use storage::channels::NewChannel;
use storage::connect_sessions::ConnectSession;
use storage::deliveries::{Change, NewDelivery};
use storage::grants::{NewGrant, NewTokens};
use storage::media::MediaRow;
use storage::notices::NewNotice;
use storage::posts::PostRow;
use storage::{
    apps, channel_grants, channels, connect_sessions, deliveries, grants, ledger, media, notices,
    posts,
};
use testing::app::{House, TestApp};

/// Ids by the name that paths give them.
pub struct Things {
    filled: Vec<(&'static str, String)>,
    connect: String,
}

impl Things {
    /// Stores one of each in this house.
    pub async fn of(app: &TestApp, house: &House) -> Self {
        let client = app.full_key(house).await.unwrap();
        let hold = serde_json::json!({"reason": "A storm"});
        let hold = client.post("/api/v1/holds", hold).await.unwrap().json();
        let me = client.get("/api/v1/me").await.unwrap().json();
        let mut browser = app.signed_in(&house.mail).await.unwrap();
        app.signed_in(&house.mail).await.unwrap();
        let list = browser.get("/settings/sessions").await.unwrap().text();
        let paths = list
            .split("action=\"")
            .filter_map(|rest| rest.split('"').next());
        let end = paths
            .into_iter()
            .find(|path| path.ends_with("/end"))
            .expect("another sign-in");
        let session = end
            .trim_start_matches("/settings/sessions/")
            .trim_end_matches("/end")
            .to_owned();
        let text = |value: &serde_json::Value| value.as_str().expect("an id").to_owned();
        let mut filled = vec![
            ("set", house.set.to_string()),
            ("key", text(&me["key"])),
            ("hold", text(&hold["id"])),
            ("session", session),
        ];
        let (planned, connect) = Self::planned(app, house).await;
        filled.extend(planned);
        Self { filled, connect }
    }

    async fn planned(app: &TestApp, house: &House) -> (Vec<(&'static str, String)>, String) {
        let web = &app.web;
        let (channel, post, delivery): (ChannelId, PostId, DeliveryId) =
            (web.id(), web.id(), web.id());
        let (picture, notice): (MediaId, NoticeId) = (web.id(), web.id());
        let (app_id, connect): (AppId, ConnectSessionId) = (web.id(), web.id());
        let (login, grant, person): (ChannelGrantId, GrantId, PlatformPersonId) =
            (web.id(), web.id(), web.id());
        let bytes = testing::pictures::jpeg(40, 50).unwrap();
        let length = bytes.len() as u64;
        let hash = web.media.put(bytes.into()).await.unwrap().to_string();
        let (house, now, hour) = (house.clone(), web.now(), 60 * 60 * 1_000);
        let sha256 = hash.clone();
        let write = move |conn: &mut storage::Conn<'_>| {
            let (workspace, set) = (house.workspace, house.set);
            apps::insert(conn, &app_row(app_id, &house), now)?;
            channels::insert(
                conn,
                &NewChannel {
                    id: channel,
                    workspace,
                    social_set: set,
                    platform: Platform::Instagram,
                    account_id: "178",
                    handle: "nord",
                    name: "Nord",
                    picture_url: None,
                    mode: Mode::Auto,
                },
                now,
            )?;
            media::insert(
                conn,
                &MediaRow {
                    id: picture,
                    workspace,
                    sha256: hash.clone(),
                    mime: "image/jpeg".to_owned(),
                    width: 40,
                    height: 50,
                    bytes: length,
                    thumb_sha256: hash,
                    thumbhash: Vec::new(),
                    name: "nord.jpg".to_owned(),
                    made_by: Maker::Rule,
                    created_at: now,
                },
            )?;
            let row = PostRow {
                id: post,
                workspace,
                social_set: set,
                content: Content {
                    text: "Nord sails".to_owned(),
                    media: Vec::new(),
                },
                zone: "UTC".to_owned(),
                made_by: Maker::Rule,
                version: 1,
                created_at: now,
                updated_at: now,
            };
            posts::insert(conn, &row, now)?;
            let new = NewDelivery {
                id: delivery,
                workspace,
                social_set: set,
                post,
                channel,
                state: State::Scheduled,
                due_at: Some(plus_ms(now, hour)),
                act_at: None,
                lateness_limit_ms: LATENESS_LIMIT_MS,
                excerpt: "Nord sails",
                thumb_sha256: None,
            };
            deliveries::insert(conn, &new, now)?;
            ledger::insert_body(conn, workspace, delivery, &Variant::default())?;
            let row = deliveries::one(conn, workspace, delivery)?.expect("just stored");
            let missed = State::Missed(Reason::LoginDead);
            let change = Change {
                due_at: row.due_at,
                ..Change::default()
            };
            deliveries::change(conn, &row, missed, &change, now)?;
            let news = NewNotice {
                id: notice,
                workspace,
                social_set: set,
                kind: NoticeKind::NeedsRefresh,
                channel: Some(channel),
                cause: None,
                key: "nord",
                evidence: None,
                detail: serde_json::json!({}),
            };
            let opened = notices::open(conn, &news, now)?;
            notices::attach(conn, workspace, opened, delivery, now)?;
            connect_sessions::create(conn, &under_way(connect, app_id, &house, now), &[7; 32])?;
            sign_in(conn, &house, (login, grant, person), app_id, channel, now)?;
            Ok(())
        };
        web.write("testing.things", write).await.unwrap();
        let filled = vec![
            ("channel", channel.to_string()),
            ("post", post.to_string()),
            ("delivery", delivery.to_string()),
            ("media", picture.to_string()),
            ("sha256", sha256),
            ("notice", notice.to_string()),
            ("app", app_id.to_string()),
            ("login", login.to_string()),
            ("place", "0".to_owned()),
        ];
        (filled, connect.to_string())
    }

    /// The path with these things in it; what is not known here is filled with what cannot be there.
    pub fn fill(&self, path: &str) -> String {
        let mut path = path.to_owned();
        if path.contains("connect") || path.contains("app-tests") {
            path = path.replace("{session}", &self.connect);
        }
        for (name, value) in &self.filled {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
            path.replace_range(from..=to, "nothing");
        }
        path
    }

    /// The same path with ids that nobody has.
    pub fn nowhere(&self, path: &str) -> String {
        let filled = self
            .filled
            .iter()
            .map(|(name, id)| (*name, other(id)))
            .collect();
        Self {
            filled,
            connect: other(&self.connect),
        }
        .fill(path)
    }

    /// Whether every part of the path names something that is there.
    pub fn knows(&self, path: &str) -> bool {
        !self.fill(path).contains("nothing")
    }
}

/// An id of the same kind that was never given.
fn other(id: &str) -> String {
    let last = if id.ends_with('0') { "1" } else { "0" };
    format!("{}{last}", &id[..id.len() - 1])
}

/// Somebody's sign-in on the channel. Nothing opens it, and nobody calls with it.
fn sign_in(
    conn: &mut storage::Conn<'_>,
    house: &House,
    (login, grant, person): (ChannelGrantId, GrantId, PlatformPersonId),
    app: AppId,
    channel: ChannelId,
    now: domain::Timestamp,
) -> storage::Result<()> {
    let person = grants::platform_person(conn, person, app, "nord-person")?;
    let tokens = NewTokens {
        sealed: vec![7; 40],
        scopes: Vec::new(),
        ends: Ends::default(),
        horizon: None,
        renew_at: None,
        jitter_permille: 0,
    };
    let new = NewGrant {
        id: grant,
        workspace: house.workspace,
        app,
        platform: Platform::Instagram,
        flow: LoginFlow::Instagram,
        person,
        person_name: "Nord’s captain",
        signed_in_by: Some(house.member),
        mechanism: Mechanism::Extend,
        tokens: &tokens,
    };
    grants::insert(conn, &new, now)?;
    let on = NewChannelGrant {
        id: login,
        workspace: house.workspace,
        channel,
        grant,
        token_sealed: None,
        role: None,
        ends: Ends::default(),
        horizon: None,
    };
    channel_grants::put(conn, &on, now).map(|_| ())
}

fn app_row(id: AppId, house: &House) -> AppRow {
    AppRow::new(
        App {
            id,
            owner: AppOwner::Workspace(house.workspace),
            platform: Platform::Instagram,
            flow: LoginFlow::Instagram,
            client_id: "1".to_owned(),
            redirect_uri: "http://127.0.0.1:8484/oauth/callback/instagram".to_owned(),
            api_version: "v25.0".to_owned(),
            scopes: vec!["instagram_business_basic".to_owned()],
            hosts: Hosts::default(),
        },
        None,
        None,
    )
}

fn under_way(
    id: ConnectSessionId,
    app: AppId,
    house: &House,
    now: domain::Timestamp,
) -> ConnectSession {
    ConnectSession {
        purpose: domain::connect::ConnectPurpose::Connect,
        id,
        workspace: house.workspace,
        social_set: house.set,
        member: house.member,
        session: None,
        api_key: None,
        app,
        channel: None,
        journey_sealed: None,
        phase: ConnectPhase::Begun,
        grant: None,
        outcome: serde_json::json!({}),
        created_at: now,
        ends_at: plus_ms(now, 10 * 60 * 1_000),
    }
}
