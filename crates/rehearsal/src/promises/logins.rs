//! Promises 3 and 4: no sign-in that a machine could have spared, no token lost by us; and, of promise 5,
//! that a break is noticed within the interval of proofs.

use std::collections::BTreeMap;

use domain::cause::Cause;
use domain::grant::{LifeWord, Mechanism};
use domain::health::Health;
use domain::schedule::{HOUR_MS, MINUTE_MS, ms_between, plus_ms};
use secrecy::ExposeSecret as _;
use simulator::EndFact;
use std::sync::atomic::Ordering;
use storage::grants;
use storage::promises::{self, EndingSeen, GrantSeen, LoginSeen};

use super::Rounds;
use crate::breaks::Shows;

/// A break is noticed after a day at the latest, and a little.
const NOTICED_MS: i64 = 26 * HOUR_MS;

impl Rounds {
    pub(super) async fn logins(&mut self, number: usize) {
        let workspace = self.stage.houses[number].workspace;
        let after = self.judged.get(&number).copied().unwrap_or_default();
        let read = self.stage.store.read("rehearsal.grants", move |conn| {
            Ok((
                promises::grants(conn, workspace)?,
                promises::endings(conn, workspace, after)?,
            ))
        });
        let Ok((grants, endings)) = read.await else {
            return;
        };
        for ending in endings {
            self.judge(number, &ending, &grants);
            self.judged.insert(number, ending.at);
        }
        let rotating = |grant: &&GrantSeen| {
            grant.life == LifeWord::Live && grant.mechanism == Mechanism::RefreshRotating
        };
        for grant in grants.iter().filter(rotating) {
            self.is_whole(number, grant).await;
        }
        let read = self.stage.store.read("rehearsal.logins", move |conn| {
            promises::logins(conn, workspace)
        });
        for login in read.await.unwrap_or_default() {
            self.is_noticed(&login);
            self.is_read_back(&login);
        }
    }

    /// A login that ended: had the platform ended it?
    fn judge(&mut self, number: usize, ending: &EndingSeen, grants: &[GrantSeen]) {
        let here = |one: &&crate::crowd::Account| {
            one.platform == ending.platform && one.at.account == ending.account
        };
        let Some(login) = self
            .stage
            .accounts
            .iter()
            .find(here)
            .map(|one| one.at.login.clone())
        else {
            return;
        };
        let key = (number, ending.account.clone());
        let before = self.last.insert(key, ending.at).unwrap_or_default();
        // Clocks may be wrong by minutes.
        let to = plus_ms(ending.at, 15 * MINUTE_MS);
        let within = before.as_millisecond()..=to.as_millisecond();
        let ours = |fact: &&EndFact| fact.account == login && within.contains(&fact.at_ms);
        if ending.cause == Some(Cause::LostInFlight) {
            // What was lost may have been the answer that the login had been ended by somebody.
            let by_others = |fact: &EndFact| fact.why != "replayed";
            if !self.ended.iter().filter(ours).any(by_others) {
                // Weighed against the rotations at the end.
                self.counted.lost_in_flight += 1;
                *self.lost.entry(login).or_default() += 1;
            }
            return;
        }
        let ended = self.ended.iter().any(|fact| ours(&fact));
        let over = grants.iter().any(|grant| {
            grant.remote_id == login
                && grant
                    .horizon
                    .is_some_and(|end| end <= to && end > plus_ms(ending.at, -24 * HOUR_MS))
        });
        if ended || over {
            return;
        }
        let what = format!(
            "the login of {} ({}) is said to have ended at {} ({:?}), and the platform ended nothing since {before}",
            ending.account, ending.platform, ending.at, ending.cause
        );
        let about = self.stage.watch.story_of_login(&login);
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
        let mut all: BTreeMap<String, u64> = BTreeMap::new();
        for house in self.stage.houses.clone() {
            let workspace = house.workspace;
            let read = self.stage.store.read("rehearsal.grants", move |conn| {
                promises::grants(conn, workspace)
            });
            for grant in read.await.unwrap_or_default() {
                self.counted.renewals += grant.generation - 1;
                if grant.mechanism == Mechanism::RefreshRotating {
                    let login = grant.remote_id.clone();
                    *stored.entry(login.clone()).or_default() += grant.generation - 1;
                    *all.entry(login).or_default() += 1;
                }
            }
        }
        for (login, rotations) in self.stage.watch.replaced() {
            let kept = stored.get(&login).copied().unwrap_or(0);
            let said = self.lost.get(&login).copied().unwrap_or(0);
            // A login may have ended otherwise before it was found out.
            let open = all.get(&login).copied().unwrap_or(0).saturating_sub(said);
            // An empty secret was renewed and not rotated; whether that became durable is not known.
            let least = rotations.saturating_sub(kept);
            let most = (rotations + self.stage.watch.emptied(&login)).saturating_sub(kept);
            self.counted.rotated_unseen += most.min(least.max(said));
            let about = self.stage.watch.story_of_login(&login);
            if said > most {
                let what = format!(
                    "{login}: {said} logins are said to be lost in flight, but only {most} were rotated unseen"
                );
                self.broken_once(3, what, &about);
            } else if least > said + open {
                let what = format!(
                    "{login}: {least} were rotated unseen, {said} are said to be lost, and {open} may hide one"
                );
                self.broken_once(4, what, &about);
            }
        }
    }
}
