//! A person's or key's hand on deliveries, inside a transaction: each change takes the steps of the rules,
//! and writes its line of history. The engine's hand is `engine::moves`; no other file here writes a state.

use domain::Timestamp;
use domain::delivery::{Stage, State, Step};
use domain::ids::{Id, WorkspaceId};
use domain::post::Maker;
use domain::schedule::{HOUR_MS, plus_ms};
use engine::Task;
use serde_json::{Value as Json, json};
use storage::channels::ChannelRow;
use storage::deliveries::{self, Change, DeliveryRow};
use storage::delivery_events::{self, NewEvent};
use storage::{Conn, audit, channel_grants, ledger, notices};

use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::Web;

/// Who changes something, and when.
#[derive(Clone)]
pub struct Hand {
    web: Web,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Who.
    pub maker: Maker,
    /// The product time, the same for the whole change.
    pub now: Timestamp,
}

impl Hand {
    /// The hand of this member or key, now.
    #[must_use]
    pub fn of(web: &Web, by: &Guard) -> Self {
        Self {
            web: web.clone(),
            workspace: by.workspace(),
            maker: by.maker(),
            now: web.now(),
        }
    }

    /// A new id.
    #[must_use]
    pub fn id<T: Id>(&self) -> T {
        T::new(self.now, &*self.web.chance)
    }

    /// A line of the audit log.
    ///
    /// # Errors
    /// When the database fails.
    pub fn audit(
        &self,
        conn: &mut Conn<'_>,
        action: &str,
        subject: impl std::fmt::Display,
        detail: impl Into<String>,
    ) -> Outcome<()> {
        let line = self
            .web
            .audit_line(self.workspace, self.maker, action, subject, detail);
        Ok(audit::add(conn, &line)?)
    }

    /// A line of a delivery's history.
    ///
    /// # Errors
    /// When the database fails.
    pub fn tell(
        &self,
        conn: &mut Conn<'_>,
        row: &DeliveryRow,
        from: Option<State>,
        kind: &str,
        detail: Json,
    ) -> Outcome<()> {
        let event = NewEvent {
            id: self.id(),
            workspace: self.workspace,
            delivery: row.id,
            kind,
            from,
            to: Some(row.state),
            maker: self.maker,
            detail,
        };
        Ok(delivery_events::append(conn, &event, self.now)?)
    }

    /// Takes the steps, with their line of history. The row is brought up to date.
    ///
    /// # Errors
    /// `not_now` where the rules have no such step, `changed_meanwhile` where the engine is at it.
    pub fn go(
        &self,
        conn: &mut Conn<'_>,
        row: &mut DeliveryRow,
        steps: &[Step],
        change: &Change,
        (kind, detail): (&str, Json),
    ) -> Outcome<()> {
        let from = row.state;
        let mut to = from;
        for step in steps {
            to = to.step(*step).map_err(|_| not_now(from))?;
        }
        deliveries::change(conn, row, to, change, self.now)?;
        row.state = to;
        row.due_at = change.due_at;
        row.act_at = change.act_at;
        row.published_at = change.published_at.or(row.published_at);
        if change.remote_id.is_some() {
            row.remote_id.clone_from(&change.remote_id);
        }
        if change.permalink.is_some() {
            row.permalink.clone_from(&change.permalink);
        }
        row.version += 1;
        row.cancel_asked = false;
        self.tell(conn, row, Some(from), kind, detail)
    }

    /// Plans a delivery for a time: from whatever state a person may plan it. What was frozen or prepared
    /// is thrown away (nothing of it was sent), its notice lets it go, and its login is proven an hour
    /// before. False where it is planned for that time already.
    ///
    /// # Errors
    /// As [`Hand::go`].
    pub fn plan(
        &self,
        conn: &mut Conn<'_>,
        row: &mut DeliveryRow,
        channel: &ChannelRow,
        due_at: Timestamp,
    ) -> Outcome<bool> {
        if row.state == State::Scheduled && row.due_at == Some(due_at) {
            return Ok(false);
        }
        let first = matches!(row.state, State::Draft | State::InReview);
        let steps: &[Step] = match row.state {
            State::Publishing(Stage::Preparing) => &[Step::NotSent, Step::Schedule],
            State::Uncertain => &[Step::FoundAbsent, Step::Schedule],
            _ => &[Step::Schedule],
        };
        let (was, uncertain) = (row.due_at, row.state == State::Uncertain);
        let change = Change {
            due_at: Some(due_at),
            act_at: Some(self.act_at(channel, due_at)),
            ..Change::default()
        };
        let kind = if first { "planned" } else { "moved" };
        self.go(
            conn,
            row,
            steps,
            &change,
            (kind, json!({ "due_at": due_at, "was_due_at": was })),
        )?;
        if uncertain {
            ledger::found_absent(conn, self.workspace, row.id, self.now)?;
        }
        ledger::thaw(conn, self.workspace, row.id)?;
        ledger::end(conn, self.workspace, row.id, "later", self.now)?;
        notices::detach(conn, self.workspace, row.id, None, self.now)?;
        let probe_at = plus_ms(due_at, -HOUR_MS).max(self.now);
        channel_grants::probe_by(conn, self.workspace, channel.id, probe_at)?;
        Ok(true)
    }

    /// Begins a delivery anew, as a draft without a time, that was called off.
    ///
    /// # Errors
    /// `not_now` for any other.
    pub fn begin_anew(&self, conn: &mut Conn<'_>, row: &mut DeliveryRow) -> Outcome<()> {
        let from = row.state;
        let draft = from.anew().ok_or_else(|| not_now(from))?;
        deliveries::change(conn, row, draft, &Change::default(), self.now)?;
        *row = deliveries::one(conn, self.workspace, row.id)?.ok_or_else(Refusal::not_found)?;
        ledger::thaw(conn, self.workspace, row.id)?;
        self.tell(conn, row, Some(from), "put_back", json!({}))
    }

    /// When the engine first acts on a delivery that is due then.
    #[must_use]
    pub fn act_at(&self, channel: &ChannelRow, due_at: Timestamp) -> Timestamp {
        let lead = platforms::registry::get(channel.platform)
            .map_or(0, |adapter| adapter.facts().prepare_lead_ms);
        plus_ms(due_at, -lead).max(self.now)
    }

    /// Ends a delivery by hand: dropped, called off or published. Its notice lets it go.
    ///
    /// # Errors
    /// As [`Hand::go`].
    pub fn finish(
        &self,
        conn: &mut Conn<'_>,
        row: &mut DeliveryRow,
        steps: &[Step],
        change: &Change,
        happening: (&str, Json),
    ) -> Outcome<()> {
        self.go(conn, row, steps, change, happening)?;
        ledger::end(
            conn,
            self.workspace,
            row.id,
            row.state.word().as_str(),
            self.now,
        )?;
        Ok(notices::detach(
            conn,
            self.workspace,
            row.id,
            None,
            self.now,
        )?)
    }
}

/// The engine should look: something may be due now, or a login to be proven.
pub fn nudge(web: &Web) {
    web.nudges.nudge(Task::Publish);
    web.nudges.nudge(Task::Watch);
}

/// What a state says against a change.
#[must_use]
pub fn not_now(state: State) -> Refusal {
    let key = match state {
        State::Publishing(Stage::Preparing) => "not-now-preparing",
        State::Publishing(_) => "not-now-sending",
        State::Uncertain => "not-now-uncertain",
        State::Published => "not-now-published",
        State::HandedOver => "not-now-handed-over",
        State::Reminded => "not-now-reminded",
        State::Dropped => "not-now-dropped",
        State::Canceled => "not-now-canceled",
        State::Draft | State::InReview => "not-now-draft",
        State::Scheduled => "not-now-scheduled",
        State::Missed(_) | State::Failed => "not-now-waiting",
    };
    Refusal::new(&codes::NOT_NOW).detail(Words::key(key))
}
