//! That a plan grid is up to date: an account whose login is well, at a platform that answers, is read back. What
//! a grid shows otherwise, and why, is said on its page (promise 6).

use domain::health::Health;
use domain::schedule::{HOUR_MS, ms_between};
use storage::promises::LoginSeen;

use super::Rounds;

/// A grid that is older than this is not up to date.
const STALE_MS: i64 = 30 * HOUR_MS;
/// In so many rounds one after the other it must be found so: what was in the way may only just be gone.
const ROUNDS: u32 = 5;

impl Rounds {
    pub(super) fn is_read_back(&mut self, login: &LoginSeen) {
        let now = self.stage.sky.now();
        let account = self.stage.accounts.iter().position(|account| {
            account.platform == login.platform && account.at.account == login.account
        });
        let in_the_way = account.is_none_or(|account| !self.breaks.of(account).is_empty())
            || !matches!(login.health, Health::Healthy | Health::Expiring)
            || self.able_for_ms() < HOUR_MS;
        let last = login.synced_at.unwrap_or(login.attached_at);
        if in_the_way || ms_between(last.max(login.attached_at), now) < STALE_MS {
            self.stale.remove(&login.channel);
            return;
        }
        let found = self.stale.entry(login.channel).or_default();
        *found += 1;
        if *found == ROUNDS {
            let what = format!(
                "{} ({}) is {}, and was last read back at {last}",
                login.account, login.platform, login.health
            );
            let login_of = account.map(|account| self.stage.accounts[account].at.login.clone());
            let about = login_of.map(|login| self.stage.watch.story_of_login(&login));
            self.broken_once(6, what, &about.unwrap_or_default());
        }
    }
}
