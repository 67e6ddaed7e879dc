//! Signing in, as somebody else too; unlinking and linking again; mending at the platform what no sign-in
//! mends.

use std::sync::atomic::Ordering;

use domain::cause::Cause;
use domain::chance::Chance as _;
use domain::connect::ConnectPhase;
use domain::health::Health;
use domain::ids::ChannelId;
use domain::platform::LoginFlow;
use domain::post::Maker;
use domain::schedule::{DAY_MS, HOUR_MS};
use engine::connect::{self, Begin, Binding, Outcome};
use platforms::sign_in::Callback;
use simulator::visitor::Visitor;
use storage::channels::ChannelRow;
use storage::promises::{self, LoginSeen};
use storage::{channels, connect_sessions::ConnectSession};
use url::Url;

use super::{Appointment, Person};
use crate::book::Subject;
use crate::nodes::Process;
use crate::plan::Family;

/// Steps after the browser is back; each is durable, so more are never needed.
const STEPS: usize = 6;

impl Person {
    /// Links everything that this workspace is to have; true when all is linked.
    pub(super) async fn settle_in(&mut self, process: &Process) -> bool {
        let linked = self.channels().await;
        let mut all = true;
        for seat in self.stage.seats.clone() {
            if seat.workspace != self.number {
                continue;
            }
            let account = &self.stage.accounts[seat.account];
            let there = |row: &ChannelRow| row.account_id == account.at.account;
            if linked.iter().any(there) || self.channels().await.iter().any(there) {
                continue;
            }
            all = false;
            self.sign_in(process, seat.account, None).await;
        }
        all
    }

    async fn channels(&self) -> Vec<ChannelRow> {
        let workspace = self.house.workspace;
        let read = self.stage.store.read("rehearsal.channels", move |conn| {
            channels::of_workspace(conn, workspace)
        });
        read.await.unwrap_or_default()
    }

    pub(super) async fn logins(&self) -> Vec<LoginSeen> {
        let workspace = self.house.workspace;
        let read = self.stage.store.read("rehearsal.logins", move |conn| {
            promises::logins(conn, workspace)
        });
        read.await.unwrap_or_default()
    }

    /// Looks at every channel and does what is due there.
    pub(super) async fn look_after_logins(&mut self, process: &Process) {
        for login in self.logins().await {
            if !asks(login.health) {
                self.appointments.remove(&login.channel);
                continue;
            }
            if self.asked.insert((login.channel, login.grant)) {
                self.tally.asked.fetch_add(1, Ordering::SeqCst);
            }
            self.keep_appointment(process, &login).await;
        }
        self.link_again(process).await;
        if self.once_in(60) && self.stage.plan.has(Family::People) && !self.is_tidying() {
            self.unlink_one(process).await;
        }
    }

    async fn keep_appointment(&mut self, process: &Process, login: &LoginSeen) {
        let now = self.stage.sky.elapsed_ms();
        let tidying = self.is_tidying();
        let planned = self.appointments.get(&login.channel).copied();
        let appointment = planned.unwrap_or_else(|| self.appointment(now));
        if !tidying && now < appointment.at_ms {
            self.appointments.insert(login.channel, appointment);
            return;
        }
        self.appointments.remove(&login.channel);
        // A sign-in of a moment ago may have mended this one too.
        let now = self.logins().await;
        let now = now.iter().find(|one| one.channel == login.channel);
        let Some(login) = now.filter(|one| asks(one.health)) else {
            return;
        };
        let Some(account) = self.account_of(login) else {
            return;
        };
        // What was taken away at the platform is given back there first.
        self.breaks.mend(&self.stage, account);
        if login.cause == Some(Cause::AccountDeleted) {
            self.give_up(process, login.channel).await;
            return;
        }
        if appointment.stranger_first && !tidying {
            self.come_as_stranger(process, account, login).await;
        }
        if login.health == Health::Limited {
            // The platform's owner gave it back; the program sees for itself.
            let asked = connect::prove_now(&process.cx, self.house.workspace, login.channel);
            let _ = process.within(asked).await;
            let healed = self
                .logins()
                .await
                .iter()
                .any(|one| one.channel == login.channel && one.health.may_send());
            if healed {
                return;
            }
        }
        self.sign_in(process, account, Some(login.channel)).await;
    }

    fn appointment(&self, now: i64) -> Appointment {
        let late = if self.stage.plan.has(Family::People) {
            match self.chance.below(10) {
                0..=6 => self.below(DAY_MS),
                7 | 8 => 2 * DAY_MS + self.below(4 * DAY_MS),
                _ => 10 * DAY_MS + self.below(20 * DAY_MS),
            }
        } else {
            self.below(HOUR_MS)
        };
        Appointment {
            at_ms: now + late,
            stranger_first: self.stage.plan.has(Family::People) && self.once_in(10),
        }
    }

    fn account_of(&self, login: &LoginSeen) -> Option<usize> {
        let here = |account: &crate::crowd::Account| {
            account.platform == login.platform && account.at.account == login.account
        };
        self.stage.accounts.iter().position(here)
    }

    /// Signs in as the person of an account; whether it came to its end, however it ended.
    pub(super) async fn sign_in(
        &self,
        process: &Process,
        account: usize,
        channel: Option<ChannelId>,
    ) -> Option<ConnectSession> {
        let at = &self.stage.accounts[account];
        let row = self
            .go_there_and_back(process, account, account, channel)
            .await;
        let line = match &row {
            Some(row) => format!("Anna signs in to {}: {}", at.at.handle, row.phase),
            None => format!("Anna signs in to {}: it comes to nothing", at.at.handle),
        };
        self.stage.book.note(
            self.stage.sky.now(),
            Subject::Login(at.at.login.clone()),
            line,
        );
        row
    }

    /// Comes back as another account: nothing may change (promise 7).
    async fn come_as_stranger(&self, process: &Process, account: usize, login: &LoginSeen) {
        let accounts = &self.stage.accounts;
        let own = &accounts[account].at;
        let other = |other: &crate::crowd::Account| {
            other.at.kind == own.kind && other.at.login != own.login
        };
        let Some(who) = accounts.iter().position(other) else {
            return;
        };
        let stranger = &accounts[who];
        let row = self
            .go_there_and_back(process, account, who, Some(login.channel))
            .await;
        let now = self.logins().await;
        let same = now.iter().find(|one| one.channel == login.channel);
        if let Some(same) = same
            && same.grant != login.grant
        {
            let what = format!(
                "a sign-in as {} changed the login of {}",
                stranger.at.handle, own.handle
            );
            let about = self.stage.watch.story_of_login(&own.login);
            self.stage
                .book
                .broken(self.stage.sky.now(), 7, what, &about);
        }
        if row.is_some_and(|row| row.phase == ConnectPhase::Refused) {
            self.tally.strangers.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Begins a sign-in for an account and comes back from the platform as whoever holds the account `who`.
    async fn go_there_and_back(
        &self,
        process: &Process,
        account: usize,
        who: usize,
        channel: Option<ChannelId>,
    ) -> Option<ConnectSession> {
        let at = &self.stage.accounts[account];
        let app = self.stage.app(at.platform, at.flow, at.loopback)?;
        let binding = Binding::Browser(self.browser);
        let ask = Begin {
            purpose: domain::connect::ConnectPurpose::Connect,
            workspace: self.house.workspace,
            set: self.house.set,
            member: self.house.member.id,
            binding,
            app,
            channel,
            hint: self.handle_of(account),
            force: false,
        };
        let begun = process
            .within(connect::begin(&process.cx, ask))
            .await?
            .ok()?;
        let sign_in_as = &self.stage.accounts[who].at.sign_in_as;
        let name = self.handle_of(who).unwrap_or_else(|| sign_in_as.clone());
        let back = Visitor::agree(&self.stage.sim, &begun.url, &name, &[]).await;
        // Whatever comes of it here: at the platform they have agreed, perhaps also where its answer was an error.
        self.breaks.signed_in(&self.stage, sign_in_as);
        let back = back.ok()?;
        let callback = Callback {
            params: params_of(&back)?,
        };
        let state = callback.params.get("state")?.clone();
        let finish = connect::finish(&process.cx, &state, binding, &callback);
        let mut row = process.within(finish).await?.ok()?;
        for _ in 0..STEPS {
            let next = match row.phase {
                ConnectPhase::Choosing => self.choose(process, &row).await,
                phase if phase.is_end() => break,
                _ => {
                    let on = connect::go_on(&process.cx, self.house.workspace, row.id);
                    process.within(on).await?.ok()
                }
            };
            row = next?;
        }
        Some(row)
    }

    /// People know their own handle, also when it has changed; only Bluesky asks for it.
    fn handle_of(&self, account: usize) -> Option<String> {
        let at = &self.stage.accounts[account];
        if at.flow != LoginFlow::Bluesky {
            return None;
        }
        let truth = self.stage.sim.bluesky_account(&at.at.account);
        truth.map(|truth| truth.handle)
    }

    /// Chooses every account behind the sign-in that this workspace is to have.
    async fn choose(&self, process: &Process, row: &ConnectSession) -> Option<ConnectSession> {
        let outcome = Outcome::of(&row.outcome);
        let (cx, workspace) = (&process.cx, self.house.workspace);
        if outcome.question.is_some() {
            return process
                .within(connect::say_same(cx, workspace, row.id, true))
                .await?
                .ok();
        }
        let ours = |id: &str| {
            self.stage.seats.iter().any(|seat| {
                seat.workspace == self.number && self.stage.accounts[seat.account].at.account == id
            })
        };
        let ids: Vec<String> = outcome
            .usable()
            .filter(|account| ours(&account.id))
            .map(|account| account.id.clone())
            .collect();
        process
            .within(connect::choose(cx, workspace, row.id, &ids))
            .await?
            .ok()
    }

    async fn unlink_one(&mut self, process: &Process) {
        let logins = self.logins().await;
        if logins.is_empty() {
            return;
        }
        let one = &logins[usize::try_from(self.chance.below(logins.len() as u64)).unwrap_or(0)];
        let maker = Maker::Member(self.house.member.id);
        let unlink = connect::unlink(&process.cx, self.house.workspace, one.channel, maker);
        if let Some(Ok(_)) = process.within(unlink).await {
            let back = self.stage.sky.elapsed_ms() + HOUR_MS + self.below(20 * DAY_MS);
            self.unlinked.insert(one.channel, back);
        }
    }

    /// Links again what was unlinked, by undoing it or by a new sign-in.
    async fn link_again(&mut self, process: &Process) {
        let now = self.stage.sky.elapsed_ms();
        let tidying = self.is_tidying();
        let due = self
            .unlinked
            .iter()
            .filter(|(_, at)| tidying || **at <= now);
        let due: Vec<ChannelId> = due.map(|(channel, _)| *channel).collect();
        for channel in due {
            let maker = Maker::Member(self.house.member.id);
            if self.once_in(2) {
                let undo = connect::undo_unlink(&process.cx, self.house.workspace, channel, maker);
                let _ = process.within(undo).await;
            } else if let Some(row) = self
                .channels()
                .await
                .into_iter()
                .find(|row| row.id == channel)
            {
                let at = |account: &crate::crowd::Account| {
                    account.platform == row.platform && account.at.account == row.account_id
                };
                if let Some(account) = self.stage.accounts.iter().position(at) {
                    self.sign_in(process, account, None).await;
                }
            }
            let linked = self.logins().await.iter().any(|one| one.channel == channel);
            if linked {
                self.unlinked.remove(&channel);
            }
        }
    }

    /// The account is gone for good: the channel is taken out.
    async fn give_up(&self, process: &Process, channel: ChannelId) {
        let maker = Maker::Member(self.house.member.id);
        let unlink = connect::unlink(&process.cx, self.house.workspace, channel, maker);
        let _ = process.within(unlink).await;
    }
}

/// Whether a login in this health asks for a person, now or soon.
const fn asks(health: Health) -> bool {
    !matches!(health, Health::Healthy | Health::Waiting | Health::Checking)
}

fn params_of(url: &str) -> Option<std::collections::BTreeMap<String, String>> {
    let url = Url::parse(url).ok()?;
    Some(url.query_pairs().into_owned().collect())
}
