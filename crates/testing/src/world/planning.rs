//! Posts of a world: pictures in the library, deliveries on the plan.

use super::*;

impl World {
    /// A picture in the library.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn picture(&self, bytes: Vec<u8>) -> Result<MediaId> {
        let picture = Picture::decode(&bytes)?;
        let hash = self.media.put(bytes.clone().into()).await?;
        let id: MediaId = self.cx.ids().make();
        let row = MediaRow {
            id,
            workspace: self.workspace,
            sha256: hash.to_string(),
            mime: "image/jpeg".to_owned(),
            width: picture.width(),
            height: picture.height(),
            bytes: bytes.len() as u64,
            thumb_sha256: hash.to_string(),
            thumbhash: picture.thumbhash()?,
            name: "picture.jpg".to_owned(),
            made_by: Maker::Rule,
            created_at: self.clock.now(),
        };
        self.store
            .write("world.picture", move |conn| {
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
        let (ids, now, workspace, set) =
            (self.cx.ids(), self.clock.now(), self.workspace, self.set);
        let (post, delivery): (PostId, DeliveryId) = (ids.make(), ids.make());
        let media = media
            .iter()
            .map(|media| PostMedia {
                media: *media,
                alt: "A test picture".to_owned(),
            })
            .collect();
        let content = Content {
            text: text.to_owned(),
            media,
        };
        let write = move |conn: &mut storage::Conn<'_>| {
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
            ledger::insert_body(conn, workspace, delivery, &Variant::default())
        };
        self.store.write("world.plan", write).await?;
        Ok(delivery)
    }
}

/// *Reschedule*: a missed delivery is planned again.
///
/// # Errors
/// When its state does not allow that.
pub async fn reschedule(
    store: &Store,
    row: DeliveryRow,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let state = row.state.step(Step::Schedule)?;
    ensure!(state == State::Scheduled, "it is {state:?}");
    let write = move |conn: &mut storage::Conn<'_>| {
        let change = Change {
            due_at: Some(due_at),
            act_at: Some(now),
            ..Change::default()
        };
        deliveries::change(conn, &row, state, &change, now)?;
        ledger::thaw(conn, row.workspace, row.id)?;
        storage::notices::detach(conn, row.workspace, row.id, None, now)
    };
    Ok(store.write("test.reschedule", write).await?)
}
