//! Promises 3 and 4: no sign-in that a machine could have spared, no token lost by us; and, of promise 5,
//! that a break is noticed within the interval of proofs.

use std::collections::BTreeMap;

use domain::cause::Cause;
use domain::grant::{LifeWord, Mechanism};
use domain::health::Health;
use domain::schedule::{HOUR_MS, MINUTE_MS, ms_between, plus_ms};
use secrecy::ExposeSecret as _;
use std::sync::atomic::Ordering;
use storage::grants;
use storage::promises::{self, GrantSeen, LoginSeen};

use super::Rounds;
use crate::trouble::Shows;

/// A break is noticed after a day at the latest, and a little.
const NOTICED_MS: i64 = 26 * HOUR_MS;

impl Rounds {
    pub(super) async fn logins(&mut self, number: usize) {
        let workspace = self.stage.houses[number].workspace;
        let read = self.stage.store.read("rehearsal.grants", move |conn| {
            promises::grants(conn, workspace)
        });
        for grant in read.await.unwrap_or_default() {
            match grant.life {
                LifeWord::Dead => self.judge(&grant),
                LifeWord::Live if grant.mechanism == Mechanism::RefreshRotating => {
                    self.is_whole(number, &grant).await;
                }
                _ => {}
            }
        }
        let read = self.stage.store.read("rehearsal.logins", move |conn| {
            promises::logins(conn, workspace)
        });
        for login in read.await.unwrap_or_default() {
            self.is_noticed(&login);
        }
    }

    /// A login that ended: had the platform ended it?
    fn judge(&mut self, grant: &GrantSeen) {
        if !self.judged.insert(grant.id) {
            return;
        }
        let since = grant.since.unwrap_or_else(|| self.stage.sky.now());
        if grant.cause == Some(Cause::LostInFlight) {
            // Weighed against the rotations at the end.
            self.counted.lost_in_flight += 1;
            return;
        }
        // Clocks may be wrong by minutes.
        let (from, to) = (
            plus_ms(grant.created_at, -15 * MINUTE_MS).as_millisecond(),
            plus_ms(since, 15 * MINUTE_MS).as_millisecond(),
        );
        let ended = self
            .ended
            .iter()
            .any(|fact| fact.account == grant.remote_id && (from..=to).contains(&fact.at_ms));
        let over = grant
            .horizon
            .is_some_and(|end| end <= plus_ms(since, 15 * MINUTE_MS));
        if ended || over {
            return;
        }
        let what = format!(
            "the login {} of {} ({}) is said to have ended ({:?}), and the platform ended nothing",
            grant.id, grant.remote_id, grant.platform, grant.cause
        );
        let about = self.stage.watch.story_of_login(&grant.remote_id);
        if self.broken_once(3, what, &about) {
            self.counted.avoidable += 1;
        }
    }

    /// A login that lives has a refresh token.
    async fn is_whole(&mut self, number: usize, grant: &GrantSeen) {
        let (workspace, id) = (self.stage.houses[number].workspace, grant.id);
        let read = self.stage.store.read("rehearsal.grant", move |conn| {
            grants::one(conn, workspace, id)
        });
        let Ok(Some(row)) = read.await else { return };
        let tokens = engine::login::open_tokens(&self.stage.vault, &row);
        let whole = tokens.is_ok_and(|tokens| {
            tokens
                .refresh
                .is_some_and(|token| !token.expose_secret().is_empty())
        });
        if !whole {
            let what = format!(
                "the login {} of {} has no refresh token",
                id, grant.remote_id
            );
            let about = self.stage.watch.story_of_login(&grant.remote_id);
            self.broken_once(4, what, &about);
        }
    }

    /// A break that a proof shows is known after the interval of proofs.
    fn is_noticed(&mut self, login: &LoginSeen) {
        let here = |account: &crate::crowd::Account| {
            account.platform == login.platform && account.at.account == login.account
        };
        let Some(account) = self.stage.accounts.iter().position(here) else {
            return;
        };
        let now = self.stage.sky.elapsed_ms();
        let quiet_since = self.breaks.outage_until_ms.load(Ordering::SeqCst);
        if self.able_for_ms() < NOTICED_MS || now - quiet_since < NOTICED_MS {
            return;
        }
        let unseen = matches!(login.health, Health::Healthy | Health::Expiring);
        for broken in self.breaks.of(account) {
            let begun = ms_between(login.signed_in_at, self.stage.sky.now());
            let old = now - broken.at_ms;
            if unseen && broken.shows == Shows::AtProof && old > NOTICED_MS && begun > old {
                let login_of = self.stage.accounts[account].at.login.clone();
                let about = self.stage.watch.story_of_login(&login_of);
                let what = format!(
                    "{} is shown as {} since {:?} was done to it at {}",
                    login.account, login.health, broken.what, broken.at_ms
                );
                self.broken_once(5, what, &about);
            }
        }
    }

    /// At the end: what the program says was lost in flight is what the platform rotated unseen.
    pub async fn weigh(&mut self) {
        let mut stored: BTreeMap<String, u64> = BTreeMap::new();
        let mut said: BTreeMap<String, u64> = BTreeMap::new();
        let mut open: BTreeMap<String, u64> = BTreeMap::new();
        for house in self.stage.houses.clone() {
            let workspace = house.workspace;
            let read = self.stage.store.read("rehearsal.grants", move |conn| {
                promises::grants(conn, workspace)
            });
            for grant in read.await.unwrap_or_default() {
                self.counted.renewals += grant.generation - 1;
                if grant.mechanism != Mechanism::RefreshRotating {
                    continue;
                }
                let login = grant.remote_id.clone();
                *stored.entry(login.clone()).or_default() += grant.generation - 1;
                if grant.cause == Some(Cause::LostInFlight) {
                    *said.entry(login).or_default() += 1;
                } else {
                    // It may have ended otherwise before that was found out.
                    *open.entry(login).or_default() += 1;
                }
            }
        }
        for (login, rotations) in self.stage.watch.replaced() {
            let kept = stored.get(&login).copied().unwrap_or(0);
            let said = said.get(&login).copied().unwrap_or(0);
            let open = open.get(&login).copied().unwrap_or(0);
            let unseen = rotations.saturating_sub(kept);
            self.counted.rotated_unseen += unseen;
            let about = self.stage.watch.story_of_login(&login);
            if said > unseen {
                let what = format!(
                    "{login}: {said} logins are said to be lost in flight, but only {unseen} were rotated unseen"
                );
                self.broken_once(3, what, &about);
            } else if unseen > said + open {
                let what = format!(
                    "{login}: {unseen} were rotated unseen, {said} are said to be lost, and {open} may hide one"
                );
                self.broken_once(4, what, &about);
            }
        }
    }
}
