//! Promise 1, nothing lost: every planned post is moved on by something, ends, or is held and told of once.
//! And what the store says is out is out, once.

use domain::delivery::{State, StateWord};
use domain::schedule::{HOUR_MS, MINUTE_MS, ms_between, plus_ms};
use storage::deliveries::{self, DeliveryRow};
use storage::promises;

use super::Rounds;
use crate::book::Subject;
use crate::watch::Planned;

/// So long may the program take to notice what it can notice.
const SLACK_MS: i64 = 20 * MINUTE_MS;

impl Rounds {
    pub(super) async fn posts(&mut self, number: usize) {
        if self.able_for_ms() > SLACK_MS {
            for state in [
                StateWord::Scheduled,
                StateWord::Publishing,
                StateWord::Uncertain,
                StateWord::InReview,
            ] {
                self.overdue(number, state).await;
            }
        }
        for (state, least, most) in [
            (StateWord::Missed, 1, 1),
            (StateWord::Failed, 1, 1),
            (StateWord::Uncertain, 0, 1),
            (StateWord::Published, 0, 0),
            (StateWord::Dropped, 0, 0),
            (StateWord::Canceled, 0, 0),
        ] {
            self.told(number, state, least, most).await;
        }
    }

    async fn overdue(&mut self, number: usize, state: StateWord) {
        let workspace = self.stage.houses[number].workspace;
        let now = self.stage.sky.now();
        let read = self.stage.store.read("rehearsal.overdue", move |conn| {
            promises::overdue(conn, workspace, state, now)
        });
        for row in read.await.unwrap_or_default() {
            let late = row.due_at.map_or(0, |due| ms_between(due, now));
            let stuck = match row.state {
                State::Scheduled | State::InReview => late > row.lateness_limit_ms + SLACK_MS,
                _ => {
                    let next = row.act_at;
                    next.is_none_or(|at| at < plus_ms(now, -SLACK_MS)) && late > HOUR_MS
                }
            };
            if stuck {
                let what = format!(
                    "{} is {state}, and nothing moves it (due {}, to be acted on {}, held: {})",
                    self.name(&row),
                    row.due_at.map_or_else(String::new, |at| at.to_string()),
                    row.act_at
                        .map_or_else(|| "never".to_owned(), |at| at.to_string()),
                    row.lease.is_some()
                );
                let about = self.about(&row);
                if self.broken_once(1, what, &about) {
                    self.counted.lost += 1;
                }
            }
        }
    }

    async fn told(&mut self, number: usize, state: StateWord, least: u64, most: u64) {
        let workspace = self.stage.houses[number].workspace;
        let read = self.stage.store.read("rehearsal.told", move |conn| {
            if most == 0 {
                promises::still_told(conn, workspace, state)
            } else {
                promises::told(conn, workspace, state)
            }
        });
        for (id, told) in read.await.unwrap_or_default() {
            if (least..=most).contains(&told) {
                continue;
            }
            let read = self.stage.store.read("rehearsal.one", move |conn| {
                deliveries::one(conn, workspace, id)
            });
            let Ok(Some(row)) = read.await else { continue };
            let what = format!(
                "{} is {state} and stands in {told} open notices",
                self.name(&row)
            );
            let about = self.about(&row);
            if self.broken_once(1, what, &about) && told == 0 {
                self.counted.lost += 1;
            }
        }
    }

    fn name(&self, row: &DeliveryRow) -> String {
        let mark = self.stage.watch.mark_of(row.post, row.channel);
        mark.map_or_else(|| row.id.to_string(), |mark| mark.to_string())
    }

    fn about(&self, row: &DeliveryRow) -> Vec<Subject> {
        let mark = self.stage.watch.mark_of(row.post, row.channel);
        mark.map(|mark| self.stage.watch.story_of(mark))
            .unwrap_or_default()
    }

    /// At the end: what is out is said to be out, and what is said to be out is out.
    pub async fn compare(&mut self) {
        for (mark, planned) in self.stage.watch.all_planned() {
            let shown = self.stage.watch.shown(mark);
            let row = self.row_of(&planned).await;
            let about = self.stage.watch.story_of(mark);
            match (row, shown.len()) {
                (Err(()), _) | (Ok(None), 0) => {}
                (Ok(None), _) => {
                    let what = format!("{mark} shows and is not in the store");
                    self.broken_once(1, what, &about);
                }
                (Ok(Some(row)), count) => {
                    let published = row.state == State::Published;
                    if published && count == 0 {
                        self.counted.lost += 1;
                        self.broken_once(1, format!("{mark} is said to be out and is not"), &about);
                    }
                    let let_go = matches!(row.state, State::Dropped | State::Canceled);
                    if let_go && count > 0 && self.stage.watch.straggled(mark) {
                        // It was looked for and not there when it was let go. No program can call that back.
                        self.counted.after_all += 1;
                    } else if !published && count > 0 && row.state != State::Uncertain {
                        let what = format!("{mark} is out and said to be {:?}", row.state);
                        self.broken_once(2, what, &about);
                    }
                }
            }
        }
    }

    async fn row_of(&self, planned: &Planned) -> Result<Option<DeliveryRow>, ()> {
        let (workspace, post, channel) = (planned.workspace, planned.post, planned.channel);
        let read = self.stage.store.read("rehearsal.row", move |conn| {
            deliveries::of_post(conn, workspace, post)
        });
        let rows = read.await.map_err(|_| ())?;
        Ok(rows.into_iter().find(|row| row.channel == channel))
    }
}
