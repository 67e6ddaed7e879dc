//! What most contract tests stand on: two workspaces that have one of everything, made by the functions
//! of `storage` themselves. Both linked the same account of the same platform.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::app::{App, AppOwner, Hosts};
use domain::channel::Mode;
use domain::delivery::State;
use domain::grant::{End, EndSource, Ends, Mechanism};
use domain::health::Evidence;
use domain::ids::{
    AppId, ChannelGrantId, ChannelId, DeliveryId, GrantId, Id, IncarnationId, MemberId, PersonId,
    PlatformPersonId, PostId, SocialSetId, WorkspaceId,
};
use domain::member::{Member, Role};
use domain::platform::{LoginFlow, Platform};
use domain::post::{Content, Maker, Variant};
use domain::schedule::Zone;
use storage::apps::AppRow;
use storage::channel_grants::NewChannelGrant;
use storage::channels::NewChannel;
use storage::deliveries::NewDelivery;
use storage::grants::{NewGrant, NewTokens};
use storage::lease::Claim;
use storage::people::Person;
use storage::posts::PostRow;
use storage::sets::SocialSet;
use storage::workspaces::Workspace;
use storage::{
    Conn, Error, Result, Store, apps, channel_grants, channels, deliveries, grants, ledger, people,
    posts, sets, workspaces,
};

/// An instant by its milliseconds.
pub fn ms(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).expect("an instant")
}

/// The id of that number.
pub fn nth<T: Id>(number: u128) -> T {
    T::from_uuid(uuid::Uuid::from_u128(number))
}

/// Writes, and it must go well.
pub async fn write<T, F>(store: &Store, f: F) -> T
where
    T: Send + 'static,
    F: FnOnce(&mut Conn<'_>) -> Result<T> + Send + 'static,
{
    store.write("test.write", f).await.expect("written")
}

/// Writes, and the test looks at what came of it.
pub async fn attempt<T, F>(store: &Store, f: F) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce(&mut Conn<'_>) -> Result<T> + Send + 'static,
{
    store.write("test.attempt", f).await
}

/// Reads.
pub async fn read<T, F>(store: &Store, f: F) -> T
where
    T: Send + 'static,
    F: FnOnce(&mut Conn<'_>) -> Result<T> + Send + 'static,
{
    store.read("test.read", f).await.expect("read")
}

/// Whether a compare-and-set found another state, and nothing was written.
pub fn is_stale<T>(outcome: &Result<T>) -> bool {
    matches!(outcome, Err(Error::Stale { .. }))
}

/// What a platform said.
pub fn said(code: &str) -> Evidence {
    Evidence {
        operation: "test.call".to_owned(),
        http_status: 400,
        code: code.to_owned(),
        ..Evidence::default()
    }
}

/// An end that an answer told.
pub fn end(millis: i64) -> Option<End> {
    Some(End {
        at: ms(millis),
        source: EndSource::Answer,
    })
}

/// The installation's app, which both workspaces sign in through.
pub const APP: u128 = 77;

/// A claim by an incarnation: what is due at `now`, on a clock that shows `clock`. A lease holds for 100
/// and is free 50 after its end.
pub fn claim(by: u128, now: i64, clock: i64) -> Claim {
    Claim {
        by: nth::<IncarnationId>(by),
        now: ms(now),
        clock_now: ms(clock),
        until: ms(clock + 100),
        free_before: ms(clock - 50),
        limit: 10,
    }
}

/// One of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenant {
    /// The number that its ids begin with.
    pub base: u128,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its owner's account.
    pub person: PersonId,
    /// The owner.
    pub member: MemberId,
    /// A set.
    pub set: SocialSetId,
    /// A channel in it.
    pub channel: ChannelId,
    /// A grant, renewed at 1000.
    pub grant: GrantId,
    /// The grant on the channel, its primary one.
    pub on: ChannelGrantId,
    /// A post.
    pub post: PostId,
    /// The post on the channel, scheduled for 5000.
    pub delivery: DeliveryId,
}

impl Tenant {
    /// The ids of the workspace that begins with this number.
    pub fn of(base: u128) -> Self {
        Self {
            base,
            workspace: nth(base),
            person: nth(base + 1),
            member: nth(base + 2),
            set: nth(base + 3),
            channel: nth(base + 4),
            grant: nth(base + 5),
            on: nth(base + 6),
            post: nth(base + 7),
            delivery: nth(base + 8),
        }
    }

    /// A further id of its own.
    pub fn more<T: Id>(&self, number: u128) -> T {
        nth(self.base + 100 + number)
    }

    /// Who made its things.
    pub fn maker(&self) -> Maker {
        Maker::Member(self.member)
    }

    /// Stores all of it.
    pub fn furnish(&self, conn: &mut Conn<'_>) -> Result<()> {
        let now = ms(100);
        let zone = Zone::named("Europe/Berlin").expect("a zone");
        let workspace = Workspace {
            id: self.workspace,
            name: format!("W{}", self.base),
            zone: zone.clone(),
            created_at: now,
        };
        workspaces::create(conn, &workspace)?;
        people::create(conn, &self.owner())?;
        let member = Member {
            id: self.member,
            person: self.person,
            workspace: self.workspace,
            role: Role::Owner,
            sets: None,
        };
        people::join(conn, &member, now)?;
        let set = SocialSet {
            id: self.set,
            workspace: self.workspace,
            name: "A set".to_owned(),
            zone,
            lateness_limit_ms: 3_600_000,
            created_at: now,
        };
        sets::create(conn, &set)?;
        self.add_channel(conn, self.channel, "acct-1")?;
        self.add_grant(conn, self.grant, Some(1_000))?;
        self.put_on(conn, self.on, self.channel, self.grant)?;
        channel_grants::make_primary(conn, self.workspace, self.channel, self.on)?;
        self.add_post(conn, self.post)?;
        self.add_delivery(
            conn,
            self.delivery,
            self.post,
            self.channel,
            State::Scheduled,
            Some(5_000),
        )
    }

    /// The owner's account.
    pub fn owner(&self) -> Person {
        Person {
            id: self.person,
            mail: format!("owner{}@example.org", self.base),
            name: "Olga".to_owned(),
            password_hash: Some("hash".to_owned()),
            operator: false,
            created_at: ms(100),
        }
    }

    /// A channel of this account.
    pub fn add_channel(&self, conn: &mut Conn<'_>, id: ChannelId, account: &str) -> Result<()> {
        let new = NewChannel {
            id,
            workspace: self.workspace,
            social_set: self.set,
            platform: Platform::Instagram,
            account_id: account,
            handle: "a.handle",
            name: "A name",
            picture_url: Some("https://p.example/1.jpg"),
            mode: Mode::Auto,
        };
        channels::insert(conn, &new, ms(100))
    }

    /// A grant of the one person whom both workspaces know.
    pub fn add_grant(&self, conn: &mut Conn<'_>, id: GrantId, renew_at: Option<i64>) -> Result<()> {
        let person = grants::platform_person(
            conn,
            self.more::<PlatformPersonId>(90),
            nth(APP),
            "remote-person",
        )?;
        let tokens = tokens("sealed-1", renew_at);
        let new = NewGrant {
            id,
            workspace: self.workspace,
            app: nth(APP),
            platform: Platform::Instagram,
            flow: LoginFlow::Instagram,
            person,
            person_name: "Anna",
            signed_in_by: Some(self.member),
            mechanism: Mechanism::Extend,
            tokens: &tokens,
        };
        grants::insert(conn, &new, ms(100))
    }

    /// A grant on a channel, as spare.
    pub fn put_on(
        &self,
        conn: &mut Conn<'_>,
        id: ChannelGrantId,
        channel: ChannelId,
        grant: GrantId,
    ) -> Result<()> {
        let new = NewChannelGrant {
            id,
            workspace: self.workspace,
            channel,
            grant,
            token_sealed: Some(b"derived"),
            role: Some("MANAGE"),
            ends: Ends::default(),
            horizon: None,
        };
        channel_grants::put(conn, &new, ms(100)).map(|_| ())
    }

    /// A post.
    pub fn add_post(&self, conn: &mut Conn<'_>, id: PostId) -> Result<()> {
        posts::insert(conn, &self.post_row(id), ms(100))
    }

    /// A post as it is stored at first.
    pub fn post_row(&self, id: PostId) -> PostRow {
        PostRow {
            id,
            workspace: self.workspace,
            social_set: self.set,
            content: Content {
                text: "Hello".to_owned(),
                media: Vec::new(),
            },
            zone: "Europe/Berlin".to_owned(),
            made_by: self.maker(),
            version: 1,
            created_at: ms(100),
            updated_at: ms(100),
        }
    }

    /// A delivery with its body; the engine acts at its hour.
    pub fn add_delivery(
        &self,
        conn: &mut Conn<'_>,
        id: DeliveryId,
        post: PostId,
        channel: ChannelId,
        state: State,
        due_at: Option<i64>,
    ) -> Result<()> {
        let due_at = due_at.map(ms);
        let new = NewDelivery {
            id,
            workspace: self.workspace,
            social_set: self.set,
            post,
            channel,
            state,
            due_at,
            act_at: due_at.filter(|_| state.engine_acts()),
            lateness_limit_ms: 3_600_000,
            excerpt: "Hello",
            thumb_sha256: None,
        };
        deliveries::insert(conn, &new, ms(100))?;
        ledger::insert_body(conn, self.workspace, id, &Variant::default())
    }
}

/// Sealed tokens with ends.
pub fn tokens(sealed: &str, renew_at: Option<i64>) -> NewTokens {
    NewTokens {
        sealed: sealed.as_bytes().to_vec(),
        scopes: vec!["read".to_owned(), "post".to_owned()],
        ends: Ends {
            access_end: end(9_000),
            ..Ends::default()
        },
        horizon: None,
        renew_at: renew_at.map(ms),
        jitter_permille: 7,
    }
}

/// An app as it is stored.
pub fn app(id: AppId, owner: AppOwner, flow: LoginFlow) -> AppRow {
    let hosts = BTreeMap::from([("api".to_owned(), "https://api.example".to_owned())]);
    AppRow::new(
        App {
            id,
            owner,
            platform: Platform::Instagram,
            flow,
            client_id: "client".to_owned(),
            redirect_uri: "https://us.example/back".to_owned(),
            api_version: "v1".to_owned(),
            scopes: vec!["post".to_owned()],
            hosts: Hosts(hosts),
        },
        Some(b"secret".to_vec()),
        None,
    )
}

/// One workspace that has one of everything.
pub async fn one(store: &Store) -> Tenant {
    let tenant = Tenant::of(1_000);
    write(store, move |conn| {
        the_app(conn)?;
        tenant.furnish(conn)
    })
    .await;
    tenant
}

/// Two workspaces that have one of everything each.
pub async fn two(store: &Store) -> (Tenant, Tenant) {
    let (first, second) = (Tenant::of(1_000), Tenant::of(2_000));
    write(store, move |conn| {
        the_app(conn)?;
        first.furnish(conn)?;
        second.furnish(conn)
    })
    .await;
    (first, second)
}

fn the_app(conn: &mut Conn<'_>) -> Result<()> {
    apps::insert(
        conn,
        &app(nth(APP), AppOwner::Installation, LoginFlow::Instagram),
        ms(50),
    )
}
