//! Planning, moving, editing, calling off; and looking after what was missed, refused, or may have gone out.

use domain::chance::Chance as _;
use domain::delivery::{State, StateWord};
use domain::ids::{ChannelId, DeliveryId, PostId};
use domain::post::{Content, PostMedia, Variant};
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, ms_between, plus_ms};
use storage::deliveries::{self, DeliveryRow};
use storage::missed;
use storage::promises::LoginSeen;
use web::actions::deliveries::Finding;
use web::actions::post_input::{ChannelInput, PostInput};
use web::actions::post_work::Terms;
use web::actions::save::{Plan as SavePlan, Target, save};
use web::actions::when::When;
use web::state::Keep;

use super::{Person, Remembered};
use crate::marks::Mark;
use crate::nodes::Process;
use crate::watch::Planned;

/// Posts that are remembered for moving and editing.
const REMEMBERED: usize = 120;
/// The most that is looked after at once.
const AT_ONCE: usize = 200;
/// How long a person waits before looking after what may have gone out.
const PATIENCE_MS: i64 = 3 * HOUR_MS;

const TERMS: Terms = Terms {
    keep: Keep::Yes,
    healthy: false,
};

impl Person {
    /// Plans some posts, each on one to three channels: about one a channel and four days.
    pub(super) async fn plan(&mut self, process: &Process) {
        if self.is_tidying() {
            return;
        }
        let logins = self.logins().await;
        for login in &logins {
            // A person is here four times a day.
            if self.once_in(16) {
                self.plan_one(process, &logins, login).await;
            }
        }
    }

    async fn plan_one(&mut self, process: &Process, logins: &[LoginSeen], first: &LoginSeen) {
        let mut places = vec![first.clone()];
        for _ in 0..self.chance.below(3) {
            let other =
                &logins[usize::try_from(self.chance.below(logins.len() as u64)).unwrap_or(0)];
            if places.iter().all(|place| place.channel != other.channel) {
                places.push(other.clone());
            }
        }
        let now = self.stage.sky.now();
        let when = match self.chance.below(20) {
            0 => When::Now,
            1..=9 => When::At(plus_ms(now, HOUR_MS + self.below(DAY_MS))),
            _ => When::At(plus_ms(
                now,
                HOUR_MS + self.below(self.stage.plan.ahead_ms() - HOUR_MS),
            )),
        };
        let due = match &when {
            When::At(at) => *at,
            _ => now,
        };
        let post: PostId = domain::ids::Id::new(now, &self.chance);
        let marked: Vec<(ChannelId, Mark)> = places
            .iter()
            .map(|place| (place.channel, self.next_mark()))
            .collect();
        for (place, (_, mark)) in places.iter().zip(&marked) {
            self.stage.watch.planned(
                *mark,
                Planned {
                    post,
                    workspace: self.house.workspace,
                    channel: place.channel,
                    platform: place.platform,
                    account: place.account.clone(),
                },
            );
        }
        let input = self.input(&marked, "Fresh from the oven");
        let target = Target::New {
            id: post,
            set: self.house.set,
        };
        let plan = SavePlan::At {
            when,
            only_unplanned: false,
        };
        let saving = save(
            &process.web,
            &self.guard,
            target,
            input,
            plan,
            TERMS,
            |_| Ok(()),
        );
        let _ = process.within(saving).await;
        self.posts.push(Remembered {
            post,
            places: marked,
            due_ms: due.as_millisecond(),
        });
        if self.posts.len() > REMEMBERED {
            self.posts.remove(0);
        }
    }

    fn input(&self, marked: &[(ChannelId, Mark)], words: &str) -> PostInput {
        let pictures = if self.once_in(5) { 2 } else { 1 };
        let media: Vec<PostMedia> = self
            .house
            .pictures
            .iter()
            .take(pictures)
            .map(|media| PostMedia {
                media: *media,
                alt: "A plain picture".to_owned(),
            })
            .collect();
        let bare = self.once_in(3);
        let channels = marked
            .iter()
            .map(|(channel, mark)| ChannelInput {
                channel: *channel,
                put_back: false,
                variant: Variant {
                    text: Some(format!("{words} {mark}")),
                    media: (bare && !self.needs_picture(*channel)).then(Vec::new),
                },
            })
            .collect();
        PostInput {
            content: Content {
                text: words.to_owned(),
                media,
            },
            channels,
            zone: None,
        }
    }

    /// Instagram takes no post without a picture.
    fn needs_picture(&self, channel: ChannelId) -> bool {
        self.stage
            .watch
            .platform_of(channel)
            .is_none_or(|platform| platform == domain::platform::Platform::Instagram)
    }

    /// Moves, edits or calls off something that is planned.
    pub(super) async fn change_something(&mut self, process: &Process) {
        let now = self.stage.sky.now();
        self.posts
            .retain(|post| post.due_ms > now.as_millisecond() - HOUR_MS);
        if self.posts.is_empty() || self.is_tidying() || !self.once_in(3) {
            return;
        }
        let at = usize::try_from(self.chance.below(self.posts.len() as u64)).unwrap_or(0);
        let post = self.posts[at].clone();
        let rows = self.rows_of(post.post).await;
        let Some(row) = rows.first().cloned() else {
            return;
        };
        let (web, by) = (&process.web, &self.guard);
        match self.chance.below(4) {
            0 => {
                let cancel =
                    web::actions::deliveries::cancel(web, by, row.id, |_| Ok(()), Keep::Yes);
                let _ = process.within(cancel).await;
            }
            1 | 2 => {
                let due = plus_ms(now, 10 * MINUTE_MS + self.below(5 * DAY_MS));
                let moving = web::actions::deliveries::reschedule(
                    web,
                    by,
                    row.id,
                    When::At(due),
                    TERMS,
                    |_| Ok(()),
                );
                let _ = process.within(moving).await;
                self.posts[at].due_ms = self.posts[at].due_ms.max(due.as_millisecond());
            }
            _ => {
                let input = self.input(&post.places, "Still warm");
                let target = Target::Old(post.post);
                let saving = save(web, by, target, input, SavePlan::Keep, TERMS, |_| Ok(()));
                let _ = process.within(saving).await;
            }
        }
    }

    async fn rows_of(&self, post: PostId) -> Vec<DeliveryRow> {
        let workspace = self.house.workspace;
        let read = self.stage.store.read("rehearsal.post", move |conn| {
            deliveries::of_post(conn, workspace, post)
        });
        read.await.unwrap_or_default()
    }

    /// Looks after what waits for a person.
    pub(super) async fn look_after_posts(&mut self, process: &Process) {
        let logins = self.logins().await;
        for word in [StateWord::Missed, StateWord::Failed, StateWord::Uncertain] {
            let (workspace, set) = (self.house.workspace, self.house.set);
            let read = self.stage.store.read("rehearsal.missed", move |conn| {
                missed::waiting(conn, workspace, set, word, AT_ONCE)
            });
            for waiting in read.await.unwrap_or_default() {
                let told = waiting.notice.is_some();
                self.look_after(process, &logins, waiting.delivery, told)
                    .await;
            }
        }
        // Whoever was reminded posts by hand; nobody is, as all channels post by themselves.
    }

    async fn look_after(
        &mut self,
        process: &Process,
        logins: &[LoginSeen],
        row: DeliveryRow,
        told: bool,
    ) {
        let well = logins
            .iter()
            .any(|login| login.channel == row.channel && login.health.may_send());
        match row.state {
            State::Uncertain if told => self.settle(process, row.id, &row).await,
            State::Failed | State::Missed(_) => {
                let drops = if self.is_tidying() {
                    !well || row.state == State::Failed
                } else {
                    self.once_in(12)
                };
                if drops {
                    let drop = web::actions::deliveries::drop_it(
                        &process.web,
                        &self.guard,
                        row.id,
                        |_| Ok(()),
                        Keep::Yes,
                    );
                    let _ = process.within(drop).await;
                } else if well && (self.is_tidying() || self.once_in(2)) {
                    self.again(process, row.id).await;
                }
            }
            _ => {}
        }
    }

    async fn again(&mut self, process: &Process, id: DeliveryId) {
        let most = if self.is_tidying() {
            6 * HOUR_MS
        } else {
            3 * DAY_MS
        };
        let due = plus_ms(self.stage.sky.now(), 10 * MINUTE_MS + self.below(most));
        let again = web::actions::deliveries::reschedule(
            &process.web,
            &self.guard,
            id,
            When::At(due),
            TERMS,
            |_| Ok(()),
        );
        let _ = process.within(again).await;
    }

    /// Looks at the platform with their own eyes and says what is there.
    async fn settle(&mut self, process: &Process, id: DeliveryId, row: &DeliveryRow) {
        let now = self.stage.sky.elapsed_ms();
        let since = *self.puzzled.entry(id).or_insert(now);
        let old = row
            .due_at
            .is_some_and(|due| ms_between(due, self.stage.sky.now()) > PATIENCE_MS);
        if now - since < PATIENCE_MS || !old {
            return;
        }
        self.puzzled.remove(&id);
        let shows = self
            .stage
            .watch
            .mark_of(row.post, row.channel)
            .is_some_and(|mark| !self.stage.watch.shown(mark).is_empty());
        let finding = if shows {
            Finding::Published { permalink: None }
        } else if self.once_in(2) {
            Finding::AbsentDrop
        } else {
            let due = plus_ms(self.stage.sky.now(), HOUR_MS + self.below(DAY_MS));
            Finding::AbsentAgain(When::At(due))
        };
        let settle = web::actions::deliveries::settle(
            &process.web,
            &self.guard,
            id,
            finding,
            |_| Ok(()),
            Keep::Yes,
        );
        let _ = process.within(settle).await;
    }
}
