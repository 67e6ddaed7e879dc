//! Promise 5: every end that is known ahead and needs a person is announced at 14, 7, 3 and 1 days (14 and 3
//! only where something is planned, and never earlier than a quarter of the life before its end), and told
//! when it has come.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::grant::LifeWord;
use domain::health::Health;
use domain::horizon::{WARNING_DAYS, first_warning_ms_before};
use domain::notice::NoticeKind;
use domain::schedule::{DAY_MS, HOUR_MS, ms_between};
use storage::promises::{self, LoginSeen};

use super::Rounds;

/// So long after the moment an announcement may come.
const SLACK_MS: i64 = 3 * HOUR_MS;

impl Rounds {
    pub(super) async fn ends(&mut self, number: usize) {
        let workspace = self.stage.houses[number].workspace;
        let read = self.stage.store.read("rehearsal.ends", move |conn| {
            Ok((
                promises::logins(conn, workspace)?,
                promises::open_notices(conn, workspace, NoticeKind::Expiring)?,
            ))
        });
        let Ok((logins, notices)) = read.await else {
            return;
        };
        let told: BTreeMap<String, i64> = notices
            .into_iter()
            .filter_map(|notice| Some((notice.key, notice.days?)))
            .collect();
        let (now, elapsed) = (self.stage.sky.now(), self.stage.sky.elapsed_ms());
        let able = self.able_for_ms() > SLACK_MS;
        for login in &logins {
            if login.planned > 0 {
                self.planned_since.entry(login.channel).or_insert(elapsed);
            } else {
                self.planned_since.remove(&login.channel);
            }
            let old = ms_between(login.attached_at.max(login.signed_in_at), now) > SLACK_MS;
            if let (Some(end), true, true) = (login.horizon, able, old) {
                self.end_of(login, end, &told, now);
            }
        }
    }

    fn end_of(
        &mut self,
        login: &LoginSeen,
        end: Timestamp,
        told: &BTreeMap<String, i64>,
        now: Timestamp,
    ) {
        let left = ms_between(now, end);
        let key = format!("expiring:{}", login.on);
        if left < -SLACK_MS {
            if login.life == LifeWord::Live && login.health != Health::NeedsRefresh {
                let what = format!(
                    "the login of {} is over since {end}, and nobody is told",
                    login.account
                );
                self.complain(login, what);
            }
            return;
        }
        // Where a sign-in is asked already, also because the platform moved the end to this moment, that is the word.
        if login.life != LifeWord::Live || login.health == Health::NeedsRefresh {
            return;
        }
        let elapsed = self.stage.sky.elapsed_ms();
        let planned = self
            .planned_since
            .get(&login.channel)
            .is_some_and(|since| elapsed - since > DAY_MS);
        let first = first_warning_ms_before(login.signed_in_at, end, planned);
        let due = WARNING_DAYS
            .iter()
            .filter(|days| planned || **days == 7 || **days == 1)
            .filter(|days| left < (**days * DAY_MS).min(first) - SLACK_MS)
            .min();
        let Some(due) = due else { return };
        let announced = told.get(&key).is_some_and(|days| days <= due);
        let known = self.known.insert((login.on, end), announced);
        if known.is_none() {
            self.counted.ends.0 += 1;
            self.counted.ends.1 += u64::from(announced);
        }
        if !announced {
            let said = told.get(&key);
            let what = format!(
                "the login of {} ends at {end} ({due} days), and that is not announced (the notice says {said:?})",
                login.account
            );
            self.complain(login, what);
        }
    }

    fn complain(&mut self, login: &LoginSeen, what: String) {
        let at = self
            .stage
            .accounts
            .iter()
            .find(|one| one.platform == login.platform && one.at.account == login.account)
            .map(|one| one.at.login.clone());
        let about = at
            .map(|login| self.stage.watch.story_of_login(&login))
            .unwrap_or_default();
        self.broken_once(5, what, &about);
    }
}
