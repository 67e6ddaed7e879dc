//! A post with all that a change of it needs, read inside the transaction of the change: its set, the
//! channels with their logins, pictures, deliveries with their variants.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::delivery::{Stage, State};
use domain::ids::{ChannelId, MediaId, PostId};
use domain::member::Action;
use domain::post::{Content, Variant};
use domain::schedule::Zone;
use storage::deliveries::{self, DeliveryRow};
use storage::holds::{self, Hold};
use storage::media::{self};
use storage::posts::{self, PostRow};
use storage::sets::{self, SocialSet};
use storage::standings::{self, Standing};
use storage::{Conn, ledger};

use super::checks::{self, Pictures, Warning};
use super::hand::Hand;
use super::when::When;
use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::Keep;

/// How many characters of a post stand in lists.
const EXCERPT_CHARS: usize = 120;

/// See the head of this file.
pub struct PostWork {
    /// Who changes it.
    pub hand: Hand,
    /// Its set.
    pub set: SocialSet,
    /// The post.
    pub post: PostRow,
    /// All channels of the set.
    pub standings: BTreeMap<ChannelId, Standing>,
    /// Its pictures, of all variants.
    pub pictures: Pictures,
    /// Its deliveries, each with its variant.
    pub deliveries: Vec<(DeliveryRow, Variant)>,
    /// What holds the set's posts now.
    pub hold: Option<Hold>,
}

impl PostWork {
    /// Reads a post for a change that needs `action` in its set.
    ///
    /// # Errors
    /// `not_found`, `not_allowed`.
    pub fn read(
        conn: &mut Conn<'_>,
        hand: &Hand,
        guard: &Guard,
        id: PostId,
        action: Action,
    ) -> Outcome<Self> {
        let post = posts::one(conn, hand.workspace, id)?.ok_or_else(Refusal::not_found)?;
        guard.ask(action, Some(post.social_set))?;
        let set =
            sets::one(conn, hand.workspace, post.social_set)?.ok_or_else(Refusal::not_found)?;
        let mut work = Self::around(conn, hand, set, post)?;
        for row in deliveries::of_post(conn, hand.workspace, id)? {
            let body = ledger::body(conn, hand.workspace, row.id)?;
            work.deliveries.push((row, body.variant));
        }
        work.read_pictures(conn)?;
        Ok(work)
    }

    /// The work on a post that is not stored yet, or without its deliveries.
    ///
    /// # Errors
    /// When the database fails.
    pub fn around(
        conn: &mut Conn<'_>,
        hand: &Hand,
        set: SocialSet,
        post: PostRow,
    ) -> Outcome<Self> {
        let standings = standings::of_set(conn, hand.workspace, set.id)?;
        Ok(Self {
            standings: standings
                .into_iter()
                .map(|one| (one.channel.id, one))
                .collect(),
            hold: holds::over(conn, hand.workspace, set.id, hand.now)?,
            hand: hand.clone(),
            set,
            post,
            pictures: Pictures::new(),
            deliveries: Vec::new(),
        })
    }

    fn read_pictures(&mut self, conn: &mut Conn<'_>) -> Outcome<()> {
        let own = self
            .deliveries
            .iter()
            .filter_map(|(_, variant)| variant.media.as_ref())
            .flatten();
        let ids: Vec<MediaId> = self
            .post
            .content
            .media
            .iter()
            .chain(own)
            .map(|one| one.media)
            .collect();
        self.add_pictures(conn, &ids)
    }

    /// Reads further pictures; those that the workspace does not have stay away.
    ///
    /// # Errors
    /// When the database fails.
    pub fn add_pictures(&mut self, conn: &mut Conn<'_>, ids: &[MediaId]) -> Outcome<()> {
        let new: Vec<MediaId> = ids
            .iter()
            .filter(|id| !self.pictures.contains_key(id))
            .copied()
            .collect();
        let found = media::of(conn, self.hand.workspace, &new)?;
        self.pictures
            .extend(found.into_iter().map(|row| (row.id, row)));
        Ok(())
    }

    /// The channel of a delivery.
    ///
    /// # Errors
    /// `not_found`, where it has left the set meanwhile.
    pub fn standing(&self, channel: ChannelId) -> Outcome<&Standing> {
        self.standings.get(&channel).ok_or_else(Refusal::not_found)
    }

    /// The zone in which the post is planned.
    #[must_use]
    pub fn zone(&self) -> Zone {
        Zone::named(&self.post.zone).unwrap_or_else(|_| self.set.zone.clone())
    }

    /// The instant that a time means for this post.
    ///
    /// # Errors
    /// A wrong field `schedule`.
    pub fn instant(&self, when: &When) -> Outcome<Timestamp> {
        when.instant(&self.zone(), self.hand.now)
    }

    /// First words and small picture of a content, for lists.
    #[must_use]
    pub fn for_lists(&self, content: &Content) -> (String, Option<String>) {
        let words: Vec<&str> = content.text.split_whitespace().collect();
        let thumb = content
            .media
            .first()
            .and_then(|one| self.pictures.get(&one.media));
        (
            words.join(" ").chars().take(EXCERPT_CHARS).collect(),
            thumb.map(|row| row.thumb_sha256.clone()),
        )
    }

    /// Refuses if a platform would refuse the post on a channel where it is planned.
    ///
    /// # Errors
    /// `content_blocked`, with every finding.
    pub fn refuse_blocked(&self, at: &[usize]) -> Outcome<()> {
        let mut findings = Vec::new();
        for (row, variant) in at.iter().filter_map(|at| self.deliveries.get(*at)) {
            let standing = self.standing(row.channel)?;
            findings.push((
                standing,
                checks::findings(standing, &variant.over(&self.post.content), &self.pictures),
            ));
        }
        checks::blocked(findings).map_or(Ok(()), Err)
    }

    /// Plans the deliveries at these places for a time. How many moved.
    ///
    /// # Errors
    /// `content_blocked`, `not_now`, `changed_meanwhile`.
    pub fn plan(&mut self, conn: &mut Conn<'_>, at: &[usize], due_at: Timestamp) -> Outcome<usize> {
        self.refuse_blocked(at)?;
        let mut moved = 0;
        for index in at {
            let (row, _) = &self.deliveries[*index];
            let channel = self.standing(row.channel)?.channel.clone();
            let hand = self.hand.clone();
            let (row, _) = &mut self.deliveries[*index];
            moved += usize::from(hand.plan(conn, row, &channel, due_at)?);
        }
        Ok(moved)
    }

    /// Warnings for the deliveries at these places.
    ///
    /// # Errors
    /// When a channel has left the set.
    pub fn warnings(&self, at: &[usize]) -> Outcome<Vec<Warning>> {
        let mut all = Vec::new();
        for (row, variant) in at.iter().filter_map(|at| self.deliveries.get(*at)) {
            let standing = self.standing(row.channel)?;
            all.extend(checks::warnings(
                standing,
                row.due_at,
                self.hold.as_ref(),
                self.hand.now,
            ));
            let issues =
                checks::findings(standing, &variant.over(&self.post.content), &self.pictures);
            all.extend(checks::hints(standing, &issues));
        }
        Ok(all)
    }

    /// The places of the deliveries that a person may plan or edit now: nothing of them was sent.
    #[must_use]
    pub fn open(&self) -> Vec<usize> {
        self.places(|row| is_open(row.state))
    }

    /// The places of deliveries for which this holds.
    pub fn places(&self, fits: impl Fn(&DeliveryRow) -> bool) -> Vec<usize> {
        self.deliveries
            .iter()
            .enumerate()
            .filter(|(_, (row, _))| fits(row))
            .map(|(at, _)| at)
            .collect()
    }
}

/// On which terms something is planned.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terms {
    /// Whether it is only tried.
    pub keep: Keep,
    /// Whether it is refused unless every channel would post as things are.
    pub healthy: bool,
}

/// Whether nothing of a delivery was sent and a person may still change it.
#[must_use]
pub const fn is_open(state: State) -> bool {
    matches!(
        state,
        State::Draft
            | State::InReview
            | State::Scheduled
            | State::Missed(_)
            | State::Failed
            | State::Publishing(Stage::Preparing)
    )
}

/// Refuses where only channels that are well were asked for and one is not.
///
/// # Errors
/// `not_healthy`.
pub fn refuse_unhealthy(warnings: &[Warning]) -> Outcome<()> {
    let mut refusal: Option<Refusal> = None;
    for warning in warnings
        .iter()
        .filter(|warning| checks::is_unhealthy(warning))
    {
        let told = refusal
            .take()
            .unwrap_or_else(|| Refusal::new(&codes::NOT_HEALTHY));
        let channel = warning
            .channel
            .map_or_else(|| "channels".to_owned(), |id| format!("channels.{id}"));
        refusal = Some(told.and_field(channel, warning.code, warning.words.clone()));
    }
    refusal.map_or(Ok(()), Err)
}

/// Refuses unless the form or program saw the present version.
///
/// # Errors
/// `changed_meanwhile`.
pub fn form_version(seen: Option<u64>) -> impl FnOnce(u64) -> Outcome<()> + Send + 'static {
    move |version| match seen {
        Some(seen) if seen != version => Err(Refusal::new(&codes::CHANGED_MEANWHILE)),
        _ => Ok(()),
    }
}

/// A wrong channel.
#[must_use]
pub fn unknown_channel(at: usize) -> Refusal {
    Refusal::field(
        format!("channels[{at}]"),
        "unknown",
        Words::key("post-channel-unknown"),
    )
}
