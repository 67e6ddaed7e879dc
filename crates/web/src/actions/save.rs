//! A save of a post: words, pictures, channels and plan in one transaction, so that a form either takes
//! effect whole or not at all. Not here: what happens to a post without its form (`posts.rs`).

use std::collections::{BTreeMap, BTreeSet};

use domain::delivery::{Stage, State, Step};
use domain::ids::{ChannelId, DeliveryId, PostId, SocialSetId};
use domain::member::Action;
use domain::post::{Content, Variant};
use serde_json::json;
use storage::deliveries::{self, Change, DeliveryRow, NewDelivery};
use storage::posts::{self, PostRow};
use storage::{Conn, ledger, sets};

use super::checks::Warning;
use super::hand::{Hand, not_now, nudge};
use super::post_input::PostInput;
use super::post_work::{PostWork, Terms, is_open, refuse_unhealthy, unknown_channel};
use super::when::When;
use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::Web;

/// Which post is saved.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// A new one. The id is chosen by whoever shows the form, so that a form that is sent twice makes one.
    New {
        /// Its id.
        id: PostId,
        /// In which set.
        set: SocialSetId,
    },
    /// A stored one.
    Old(PostId),
}

/// What becomes of its deliveries.
#[derive(Debug, Clone)]
pub enum Plan {
    /// They stay where they are; new channels begin as drafts.
    Keep,
    /// They are drafts, with a time in mind or without.
    Draft(Option<When>),
    /// They go out then.
    At {
        /// The time.
        when: When,
        /// Those that are planned already keep their times.
        only_unplanned: bool,
    },
}

/// A post after a change.
#[derive(Debug, Clone)]
pub struct Saved {
    /// The post.
    pub post: PostRow,
    /// Its deliveries, each with its variant.
    pub deliveries: Vec<(DeliveryRow, Variant)>,
    /// What its maker should know.
    pub warnings: Vec<Warning>,
    /// Whether this call made it.
    pub fresh: bool,
}

/// Saves a post: words, pictures, channels and plan together.
///
/// # Errors
/// Wrong fields, `content_blocked`, `not_healthy`, `not_now`, `not_found`, `not_allowed`, and what `seen`
/// says about the version.
pub async fn save(
    web: &Web,
    by: &Guard,
    target: Target,
    input: PostInput,
    plan: Plan,
    terms: Terms,
    seen: impl FnOnce(u64) -> Outcome<()> + Send + 'static,
) -> Outcome<Saved> {
    input.check()?;
    let (hand, guard) = (Hand::of(web, by), by.clone());
    let saved = web
        .write_if(terms.keep, "web.post_save", move |conn| {
            let mut saving = match target {
                Target::New { id, set } => match posts::one(conn, hand.workspace, id)? {
                    Some(_) => match again(conn, &hand, &guard, id, &input)? {
                        Again::Same(saved) => return Ok(*saved),
                        Again::GoesOn(saving) => *saving,
                    },
                    None => Saving::new(conn, &hand, &guard, id, set, &input)?,
                },
                Target::Old(id) => Saving::old(conn, &hand, &guard, id, seen)?,
            };
            saving.content(conn, &input)?;
            let open = saving.channels(conn, &input)?;
            saving.plan(conn, &plan, open, terms.healthy)
        })
        .await?;
    nudge(web);
    Ok(saved)
}

/// What a form of a new post is that was saved before.
enum Again {
    /// A double click: all that it asks for is there.
    Same(Box<Saved>),
    /// All of it is still a draft: another button of the same form is pressed now.
    GoesOn(Box<Saving>),
}

/// The same form once more: it was saved already. With other words in it, or other channels for what is
/// planned, it is neither a double click nor another button, and what it says must not be lost without a word.
fn again(
    conn: &mut Conn<'_>,
    hand: &Hand,
    guard: &Guard,
    id: PostId,
    input: &PostInput,
) -> Outcome<Again> {
    let saving = Saving::old(conn, hand, guard, id, |_| Ok(()))?;
    let work = &saving.work;
    let other = || {
        let words = Words::key("post-saved-before");
        Refusal::new(&codes::CHANGED_MEANWHILE).detail(words)
    };
    if work.post.content != input.content {
        return Err(other());
    }
    if work
        .deliveries
        .iter()
        .all(|(row, _)| row.state == State::Draft)
    {
        return Ok(Again::GoesOn(Box::new(saving)));
    }
    let wanted = input.channels.iter().map(|one| (one.channel, &one.variant));
    let stored = work.deliveries.iter();
    let stored = stored.map(|(row, variant)| (row.channel, variant));
    if wanted.collect::<BTreeMap<_, _>>() != stored.collect() {
        return Err(other());
    }
    let warnings = work.warnings(&work.open())?;
    Ok(Again::Same(Box::new(Saved {
        post: saving.work.post,
        deliveries: saving.work.deliveries,
        warnings,
        fresh: false,
    })))
}

struct Saving {
    work: PostWork,
    guard: Guard,
    fresh: bool,
    /// Whether words or pictures that all channels share are other ones now.
    other_content: bool,
}

impl Saving {
    fn new(
        conn: &mut Conn<'_>,
        hand: &Hand,
        guard: &Guard,
        id: PostId,
        set: SocialSetId,
        input: &PostInput,
    ) -> Outcome<Self> {
        guard.ask(Action::Draft, Some(set))?;
        let set = sets::one(conn, hand.workspace, set)?.ok_or_else(Refusal::not_found)?;
        let post = PostRow {
            id,
            workspace: hand.workspace,
            social_set: set.id,
            content: Content::default(),
            zone: input.zone_or(set.zone.name())?,
            made_by: hand.maker,
            version: 1,
            created_at: hand.now,
            updated_at: hand.now,
        };
        let work = PostWork::around(conn, hand, set, post)?;
        Ok(Self {
            work,
            guard: guard.clone(),
            fresh: true,
            other_content: false,
        })
    }

    fn old(
        conn: &mut Conn<'_>,
        hand: &Hand,
        guard: &Guard,
        id: PostId,
        seen: impl FnOnce(u64) -> Outcome<()>,
    ) -> Outcome<Self> {
        let work = PostWork::read(conn, hand, guard, id, Action::Draft)?;
        seen(work.post.version)?;
        Ok(Self {
            work,
            guard: guard.clone(),
            fresh: false,
            other_content: false,
        })
    }

    /// Stores words, pictures and zone.
    fn content(&mut self, conn: &mut Conn<'_>, input: &PostInput) -> Outcome<()> {
        let hand = self.work.hand.clone();
        self.work.add_pictures(conn, &input.pictures())?;
        input.refuse_unknown_pictures(&self.work.pictures)?;
        let zone = input.zone_or(&self.work.post.zone)?;
        if self.fresh {
            self.work.post.content = input.content.clone();
            posts::insert(conn, &self.work.post, hand.now)?;
            return hand.audit(
                conn,
                "post.create",
                self.work.post.id,
                self.work.for_lists(&input.content).0,
            );
        }
        if input.content == self.work.post.content && zone == self.work.post.zone {
            return Ok(());
        }
        posts::update(conn, &self.work.post, &input.content, &zone, hand.now)?;
        self.other_content = input.content != self.work.post.content;
        self.work.post = PostRow {
            content: input.content.clone(),
            zone,
            version: self.work.post.version + 1,
            ..self.work.post.clone()
        };
        hand.audit(
            conn,
            "post.edit",
            self.work.post.id,
            self.work.for_lists(&input.content).0,
        )
    }

    /// Whoever may only write drafts may not change what will go out.
    fn may_touch(&self, row: &DeliveryRow) -> Outcome<()> {
        let planned = !matches!(row.state, State::Draft | State::InReview);
        if planned {
            self.guard.ask(Action::Publish, Some(self.work.set.id))
        } else {
            Ok(())
        }
    }

    /// Brings the deliveries in line with the chosen channels. Answers the places of those that are open.
    fn channels(&mut self, conn: &mut Conn<'_>, input: &PostInput) -> Outcome<Vec<usize>> {
        let wanted: BTreeSet<ChannelId> = input.channels.iter().map(|one| one.channel).collect();
        let mut kept = Vec::new();
        for (mut row, variant) in std::mem::take(&mut self.work.deliveries) {
            if wanted.contains(&row.channel) || !self.take_out(conn, &mut row)? {
                kept.push((row, variant));
            }
        }
        self.work.deliveries = kept;
        for (at, one) in input.channels.iter().enumerate() {
            if !self.work.standings.contains_key(&one.channel) {
                return Err(unknown_channel(at));
            }
            match self
                .work
                .deliveries
                .iter()
                .position(|(row, _)| row.channel == one.channel)
            {
                None => self.add(conn, one.channel, &one.variant)?,
                Some(place) => {
                    if one.put_back {
                        self.put_back(conn, place)?;
                    }
                    self.edit(conn, place, &one.variant, at)?;
                }
            }
        }
        Ok(self
            .work
            .places(|row| is_open(row.state) && wanted.contains(&row.channel)))
    }

    /// Takes a channel out of the post. False where the post stays on it: it is out, or ended there.
    fn take_out(&self, conn: &mut Conn<'_>, row: &mut DeliveryRow) -> Outcome<bool> {
        let hand = &self.work.hand;
        if row.state == State::Draft && !deliveries::was_tried(conn, row)? {
            deliveries::delete_draft(conn, row)?;
            return Ok(true);
        }
        if is_open(row.state) {
            self.may_touch(row)?;
            let change = Change {
                due_at: row.due_at,
                ..Change::default()
            };
            hand.finish(conn, row, &[Step::Cancel], &change, ("canceled", json!({})))?;
        }
        Ok(false)
    }

    fn add(&mut self, conn: &mut Conn<'_>, channel: ChannelId, variant: &Variant) -> Outcome<()> {
        let hand = self.work.hand.clone();
        let (excerpt, thumb) = self.work.for_lists(&variant.over(&self.work.post.content));
        let new = NewDelivery {
            id: hand.id(),
            workspace: hand.workspace,
            social_set: self.work.set.id,
            post: self.work.post.id,
            channel,
            state: State::Draft,
            due_at: None,
            act_at: None,
            lateness_limit_ms: self.work.set.lateness_limit_ms,
            excerpt: &excerpt,
            thumb_sha256: thumb.as_deref(),
        };
        deliveries::insert(conn, &new, hand.now)?;
        ledger::insert_body(conn, hand.workspace, new.id, variant)?;
        let row = read_back(conn, &hand, new.id)?;
        hand.tell(conn, &row, None, "drafted", json!({}))?;
        self.work.deliveries.push((row, variant.clone()));
        Ok(())
    }

    /// A channel on which the post was called off is wanted again: there it is a draft now.
    fn put_back(&mut self, conn: &mut Conn<'_>, place: usize) -> Outcome<()> {
        let hand = self.work.hand.clone();
        let (row, _) = &mut self.work.deliveries[place];
        if row.state != State::Canceled {
            return Ok(());
        }
        hand.begin_anew(conn, row)
    }

    /// Another variant, or the same over another content: what was frozen and prepared is thrown away.
    fn edit(
        &mut self,
        conn: &mut Conn<'_>,
        place: usize,
        variant: &Variant,
        at: usize,
    ) -> Outcome<()> {
        let (row, old) = self.work.deliveries[place].clone();
        if matches!(row.state, State::Canceled | State::Dropped) {
            return Err(Refusal::field(
                format!("channels[{at}]"),
                "called_off",
                Words::key("post-channel-called-off"),
            ));
        }
        if !is_open(row.state) || (!self.other_content && *variant == old) {
            return Ok(());
        }
        self.may_touch(&row)?;
        let hand = self.work.hand.clone();
        let mut row = row;
        if row.state == State::Publishing(Stage::Preparing) {
            let channel = self.work.standing(row.channel)?.channel.clone();
            let due_at = row.due_at;
            let act_at = due_at.map(|due| hand.act_at(&channel, due));
            hand.go(
                conn,
                &mut row,
                &[Step::NotSent],
                &Change {
                    due_at,
                    act_at,
                    ..Change::default()
                },
                ("edited", json!({})),
            )?;
            ledger::end(conn, hand.workspace, row.id, "later", hand.now)?;
        } else {
            hand.tell(conn, &row, Some(row.state), "edited", json!({}))?;
        }
        ledger::set_variant(conn, hand.workspace, row.id, variant)?;
        let (excerpt, thumb) = self.work.for_lists(&variant.over(&self.work.post.content));
        deliveries::describe(conn, &row, &excerpt, thumb.as_deref(), hand.now)?;
        self.work.deliveries[place] = (read_back(conn, &hand, row.id)?, variant.clone());
        Ok(())
    }

    fn plan(
        mut self,
        conn: &mut Conn<'_>,
        plan: &Plan,
        open: Vec<usize>,
        require_healthy: bool,
    ) -> Outcome<Saved> {
        let set = self.work.set.id;
        match plan {
            Plan::Keep => self.work.refuse_blocked(&self.planned(&open))?,
            Plan::Draft(when) => self.back_to_drafts(conn, &open, when.as_ref())?,
            Plan::At {
                when,
                only_unplanned,
            } => {
                self.guard.ask(Action::Publish, Some(set))?;
                let due_at = self.work.instant(when)?;
                if self.work.deliveries.is_empty() {
                    return Err(Refusal::field(
                        "channels",
                        "missing",
                        Words::key("post-no-channel"),
                    ));
                }
                let stays = |row: &DeliveryRow| *only_unplanned && row.state == State::Scheduled;
                let at: Vec<usize> = open
                    .iter()
                    .copied()
                    .filter(|at| !stays(&self.work.deliveries[*at].0))
                    .collect();
                if open.is_empty() {
                    let state = self
                        .work
                        .deliveries
                        .first()
                        .map_or(State::Published, |(row, _)| row.state);
                    return Err(not_now(state));
                }
                self.work.refuse_blocked(&open)?;
                if self.work.plan(conn, &at, due_at)? > 0 {
                    let hand = self.work.hand.clone();
                    hand.audit(conn, "post.schedule", self.work.post.id, due_at.to_string())?;
                }
            }
        }
        let warnings = self.work.warnings(&open)?;
        if require_healthy && matches!(plan, Plan::At { .. }) {
            refuse_unhealthy(&warnings)?;
        }
        Ok(Saved {
            post: self.work.post,
            deliveries: self.work.deliveries,
            warnings,
            fresh: self.fresh,
        })
    }

    /// Those of the open ones that will go out.
    fn planned(&self, open: &[usize]) -> Vec<usize> {
        let will = |at: &usize| {
            matches!(
                self.work.deliveries[*at].0.state,
                State::Scheduled | State::Publishing(_)
            )
        };
        open.iter().copied().filter(will).collect()
    }

    fn back_to_drafts(
        &mut self,
        conn: &mut Conn<'_>,
        open: &[usize],
        when: Option<&When>,
    ) -> Outcome<()> {
        let due_at = when.map(|when| self.work.instant(when)).transpose()?;
        let hand = self.work.hand.clone();
        for at in open {
            let (row, _) = &mut self.work.deliveries[*at];
            let change = Change {
                due_at,
                ..Change::default()
            };
            let steps: &[Step] = match row.state {
                State::Draft if row.due_at == due_at => continue,
                State::Draft => {
                    deliveries::change(conn, row, State::Draft, &change, hand.now)?;
                    (row.due_at, row.version) = (due_at, row.version + 1);
                    continue;
                }
                State::Scheduled | State::InReview => &[Step::BackToDraft],
                State::Publishing(Stage::Preparing) => &[Step::NotSent, Step::BackToDraft],
                // What was missed or refused waits where it is listed, until it is planned or let go.
                _ => continue,
            };
            self.guard.ask(Action::Publish, Some(row.social_set))?;
            hand.go(conn, row, steps, &change, ("drafted", json!({})))?;
            ledger::thaw(conn, hand.workspace, row.id)?;
            ledger::end(conn, hand.workspace, row.id, "later", hand.now)?;
        }
        Ok(())
    }
}

fn read_back(conn: &mut Conn<'_>, hand: &Hand, id: DeliveryId) -> Outcome<DeliveryRow> {
    deliveries::one(conn, hand.workspace, id)?.ok_or_else(|| Refusal::new(&codes::INTERNAL))
}
