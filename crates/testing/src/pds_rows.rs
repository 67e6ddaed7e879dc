//! What a test plans in a [`PdsWorld`] and reads out of its store.

use anyhow::{Context as _, Result};
use domain::Timestamp;
use domain::delivery::State;
use domain::health::Health;
use domain::ids::{ChannelId, DeliveryId, GrantId, MediaId, PostId};
use domain::platform::Platform;
use domain::post::{Content, Maker, PostMedia, Variant};
use domain::schedule::{HOUR_MS, LATENESS_LIMIT_MS, plus_ms};
use engine::login::{self, LoginRows};
use media::Picture;
use platforms::failure::Failure;
use platforms::tokens::Tokens;
use storage::channel_grants::{self, ChannelGrantRow};
use storage::channels::{self, ChannelRow};
use storage::deliveries::{self, DeliveryRow, NewDelivery};
use storage::grants::{self, GrantRow};
use storage::media::MediaRow;
use storage::notices::{self, NoticeRow};
use storage::posts::{self, PostRow};
use storage::remote_posts::{self, RemotePostRow};
use storage::renewals::{self, RenewalRow};
use storage::{Conn, delivery_events, ledger};

use crate::pds::{Account, Record};
use crate::pds_world::PdsWorld;

/// The collection of posts.
pub const POSTS: &str = "app.bsky.feed.post";

impl PdsWorld {
    async fn read<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn<'_>) -> storage::Result<T> + Send + 'static,
    {
        Ok(self.cx.store.read("test.read", f).await?)
    }

    /// The channel of an account.
    ///
    /// # Errors
    /// When there is none.
    pub async fn channel_of(&self, who: &Account) -> Result<ChannelRow> {
        let (workspace, did) = (self.workspace, who.did.clone());
        let read =
            self.read(move |conn| channels::by_account(conn, workspace, Platform::Bluesky, &did));
        read.await?.context("the account is no channel")
    }

    /// How many channels there are.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn channels(&self) -> Result<usize> {
        let workspace = self.workspace;
        Ok(self
            .read(move |conn| channels::of_workspace(conn, workspace))
            .await?
            .len())
    }

    /// The login that calls are made with.
    ///
    /// # Errors
    /// When there is none.
    pub async fn primary(&self, channel: ChannelId) -> Result<ChannelGrantRow> {
        let workspace = self.workspace;
        let read = self.read(move |conn| channel_grants::primary(conn, workspace, channel));
        read.await?.context("the channel has no login")
    }

    /// How the channel's login is.
    ///
    /// # Errors
    /// When there is none.
    pub async fn health(&self, channel: ChannelId) -> Result<Health> {
        Ok(self.primary(channel).await?.condition.health)
    }

    /// The rows of the channel's login.
    ///
    /// # Errors
    /// When there is none.
    pub async fn login(&self, channel: ChannelId) -> Result<LoginRows> {
        let workspace = self.workspace;
        let read = self.read(move |conn| login::read(conn, workspace, channel, None));
        read.await?.context("the channel has no login")
    }

    /// The grant that calls are made with.
    ///
    /// # Errors
    /// When there is none.
    pub async fn grant(&self, channel: ChannelId) -> Result<GrantRow> {
        Ok(self.login(channel).await?.grant)
    }

    /// A grant by its id.
    ///
    /// # Errors
    /// When there is none.
    pub async fn grant_by_id(&self, id: GrantId) -> Result<GrantRow> {
        let workspace = self.workspace;
        self.read(move |conn| grants::one(conn, workspace, id))
            .await?
            .context("no such grant")
    }

    /// The channel's tokens, open.
    ///
    /// # Errors
    /// When they do not open.
    pub async fn tokens(&self, channel: ChannelId) -> Result<Tokens> {
        Ok(login::open_tokens(
            &self.cx.vault,
            &self.grant(channel).await?,
        )?)
    }

    /// Whether the PDS takes these tokens for the channel's account.
    ///
    /// # Errors
    /// When the login does not open; what the PDS says is in the answer.
    pub async fn takes(
        &self,
        channel: ChannelId,
        tokens: &Tokens,
    ) -> Result<std::result::Result<(), Failure>> {
        let rows = self.login(channel).await?;
        let secrets = login::open_app(&self.cx.vault, &rows.app)?;
        let call = login::call(&self.cx, &rows.app, &secrets);
        Ok(rows.adapter()?.witness(&call, tokens).await)
    }

    /// The journal of a grant, newest first: what each renewal came to.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn renewals(&self, grant: GrantId) -> Result<Vec<RenewalRow>> {
        let workspace = self.workspace;
        self.read(move |conn| renewals::renewals(conn, workspace, grant, 50))
            .await
    }

    /// The open notices of a channel.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn notices(&self, channel: ChannelId) -> Result<Vec<NoticeRow>> {
        let workspace = self.workspace;
        self.read(move |conn| notices::of_channel(conn, workspace, channel))
            .await
    }

    /// What was read back of a channel, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read_back(&self, channel: ChannelId) -> Result<Vec<RemotePostRow>> {
        let workspace = self.workspace;
        self.read(move |conn| remote_posts::latest(conn, workspace, channel, 100))
            .await
    }

    /// The posts that the PDS has of an account, oldest first.
    ///
    /// # Errors
    /// When the PDS refuses.
    pub async fn posts(&self, who: &Account) -> Result<Vec<Record>> {
        self.pds.list_records(&who.did, POSTS).await
    }

    /// A delivery as it is now.
    ///
    /// # Errors
    /// When there is none.
    pub async fn delivery(&self, id: DeliveryId) -> Result<DeliveryRow> {
        let workspace = self.workspace;
        self.read(move |conn| deliveries::one(conn, workspace, id))
            .await?
            .context("no such delivery")
    }

    /// The kinds of a delivery's history, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn history(&self, id: DeliveryId) -> Result<Vec<String>> {
        let workspace = self.workspace;
        let events = self
            .read(move |conn| delivery_events::of_delivery(conn, workspace, id))
            .await?;
        Ok(events.into_iter().map(|event| event.kind).collect())
    }

    /// A picture in the library.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn picture(&self, bytes: Vec<u8>) -> Result<MediaId> {
        let picture = Picture::decode(&bytes)?;
        let sha256 = self.media.put(bytes.clone().into()).await?.to_string();
        let id: MediaId = self.cx.ids().make();
        let row = MediaRow {
            id,
            workspace: self.workspace,
            thumb_sha256: sha256.clone(),
            sha256,
            mime: "image/jpeg".to_owned(),
            width: picture.width(),
            height: picture.height(),
            bytes: bytes.len() as u64,
            thumbhash: picture.thumbhash()?,
            name: "picture.jpg".to_owned(),
            made_by: Maker::Rule,
            created_at: self.cx.now(),
        };
        self.cx
            .store
            .write("test.picture", move |conn| {
                storage::media::insert(conn, &row)
            })
            .await?;
        Ok(id)
    }

    /// A scheduled delivery on a channel.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn plan(
        &self,
        channel: ChannelId,
        text: &str,
        media: &[MediaId],
        due_at: Timestamp,
    ) -> Result<DeliveryId> {
        let (ids, now, workspace, set) = (self.cx.ids(), self.cx.now(), self.workspace, self.set);
        let (post, delivery): (PostId, DeliveryId) = (ids.make(), ids.make());
        let shown = |media: &MediaId| PostMedia {
            media: *media,
            alt: "A test picture".to_owned(),
        };
        let content = Content {
            text: text.to_owned(),
            media: media.iter().map(shown).collect(),
        };
        let write = move |conn: &mut Conn<'_>| {
            let row = PostRow {
                id: post,
                workspace,
                social_set: set,
                content: content.clone(),
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
                due_at: Some(due_at),
                act_at: Some(now),
                lateness_limit_ms: LATENESS_LIMIT_MS,
                excerpt: &content.text,
                thumb_sha256: None,
            };
            deliveries::insert(conn, &new, now)?;
            ledger::insert_body(conn, workspace, delivery, &Variant::default())?;
            // The login is proven an hour before, as for what a person plans.
            let probe_at = plus_ms(due_at, -HOUR_MS).max(now);
            channel_grants::probe_by(conn, workspace, channel, probe_at)
        };
        self.cx.store.write("test.plan", write).await?;
        Ok(delivery)
    }

    /// *Reschedule*: a missed delivery is planned again.
    ///
    /// # Errors
    /// When its state does not allow that.
    pub async fn reschedule(&self, id: DeliveryId, due_at: Timestamp) -> Result<()> {
        let row = self.delivery(id).await?;
        crate::world::reschedule(&self.cx.store, row, due_at, self.cx.now()).await
    }
}
