//! The count: what Mainstay says of each post against what the platforms hold; and what a person would do about what
//! waits, so that it goes out after all.

use anyhow::Result;
use domain::Timestamp;
use domain::schedule::plus_ms;
use serde_json::{Value, json};

use super::books::Truth;
use super::channels::{Channel, Harbour};
use super::report::{ms, say};
use super::rounds::{Rounds, now, sleep_ms};

/// How long all posts have in the end: looks are 5, 10, 20, 40 s apart, and Facebook's list is believed after minutes.
const SETTLE_MS: i64 = 400_000;
/// From so many resumptions on, 99 of a hundred are held to the promise; fewer say little on a busy machine.
const ENOUGH: usize = 50;
/// What the product promises where the former process is proven gone, in milliseconds.
const RESUME_MS: i64 = 2_000;

impl Rounds {
    /// Looks at what is open until all of it has ended or the time is over.
    pub(super) async fn wait(&mut self, most_ms: i64) -> Result<()> {
        let until = plus_ms(now(), most_ms);
        loop {
            self.look().await?;
            if self.open.is_empty() || now() >= until {
                return Ok(());
            }
            sleep_ms(200).await;
        }
    }

    async fn look(&mut self) -> Result<()> {
        let mut ended = Vec::new();
        for at in self.open.clone() {
            let Some(id) = self.books[at].delivery.clone() else {
                continue;
            };
            let path = format!("/api/v1/deliveries/{id}");
            if self.owner.get(&path).await?["state"] == "published" {
                ended.push((at, id));
            }
        }
        if ended.is_empty() {
            return Ok(());
        }
        let truth = Truth::of(&self.sim);
        for (at, id) in ended {
            self.open.remove(&at);
            self.report.published += 1;
            let story = self.story(&id).await?;
            let remote = story["delivery"]["remote_id"].as_str();
            let (text, held) = (&self.books[at].text, truth.of_text(&self.books[at].text));
            if held.is_empty() {
                self.report.lost += 1;
                self.report.broke(format!(
                    "{text} counts as published and is nowhere: {story}"
                ));
            } else if !held.iter().any(|id| Some(id.as_str()) == remote) {
                self.report
                    .broke(format!("{text} is {held:?} at the platform: {story}"));
            }
            let moment = |name: &str| story["delivery"][name].as_str()?.parse::<Timestamp>().ok();
            if let (Some(due), Some(out)) = (moment("due_at"), moment("published_at")) {
                self.report.late_ms.push(ms(due, out));
            }
            self.resumed(&id, &story);
        }
        for text in truth.twice(&self.books) {
            let text = text.to_owned();
            if !self
                .report
                .broken
                .iter()
                .any(|told| told.starts_with(&text))
            {
                self.report.doubled += 1;
                let held = truth.of_text(&text).to_vec();
                self.report
                    .broke(format!("{text} is there twice: {held:?}"));
            }
        }
        Ok(())
    }

    async fn story(&self, delivery: &str) -> Result<Value> {
        let path = format!("/api/v1/deliveries/{delivery}/history");
        self.owner.get(&path).await
    }

    /// How soon after a blow something was recorded about what it met.
    fn resumed(&mut self, delivery: &str, story: &Value) {
        let Some(met) = self.met.remove(delivery) else {
            return;
        };
        let mut times = Vec::new();
        moments(story, &mut times);
        let after = times.into_iter().filter(|at| *at > met.struck_at).min();
        let Some(after) = after else { return };
        let took_ms = ms(met.from, after).max(0);
        if met.paused {
            self.report.taken_over_ms.push(took_ms);
            return;
        }
        self.report.resumes_ms.push(took_ms);
        if took_ms > RESUME_MS {
            say(&format!(
                "slow: met in round {} at {}, taken up after {took_ms} ms: {story}",
                met.round, met.struck_at
            ));
        }
    }

    /// What a person would do: sign in where that is asked, and plan again what was held.
    pub(super) async fn mend(&mut self) -> Result<()> {
        let known = self.owner.get("/api/v1/channels").await?;
        for one in known["items"].as_array().into_iter().flatten() {
            let is_it = |channel: &&Channel| one["id"] == channel.id.as_str();
            let channel = self.channels.iter().find(is_it);
            if let (Some(channel), "needs_refresh") =
                (channel, one["health"].as_str().unwrap_or(""))
            {
                let cause = one["cause"].as_str().unwrap_or("none");
                *self.report.sign_ins.entry(cause.to_owned()).or_default() += 1;
                if cause != "lost_in_flight" {
                    let what = format!(
                        "{} needs a sign-in that is avoidable: {one}",
                        channel.handle
                    );
                    self.report.broke(what);
                }
                let harbour = Harbour {
                    owner: &self.owner,
                    sim: &self.sim,
                    chance: self.chance.as_ref(),
                };
                harbour.refresh(channel).await?;
            }
        }
        self.plan_again().await
    }

    /// Every post that was held or refused stands in a notice, did not go out, and goes out when it is planned again.
    async fn plan_again(&mut self) -> Result<()> {
        for at in self.open.clone() {
            let Some(id) = self.books[at].delivery.clone() else {
                continue;
            };
            let path = format!("/api/v1/deliveries/{id}");
            let one = self.owner.get(&path).await?;
            let state = one["state"].as_str().unwrap_or_default();
            if !matches!(state, "missed" | "failed") {
                continue;
            }
            let reason = one["reason"].as_str().unwrap_or("refused");
            *self
                .report
                .held
                .entry(format!("{state}({reason})"))
                .or_default() += 1;
            let text = self.books[at].text.clone();
            let story = self.story(&id).await?;
            if state == "failed" {
                say(&format!("{text} was refused: {story}"));
            }
            if story["notice"].is_null() {
                self.report
                    .broke(format!("{text} is held and in no notice: {story}"));
            }
            if !Truth::of(&self.sim).of_text(&text).is_empty() {
                self.report
                    .broke(format!("{text} counts as held and is out: {story}"));
            }
            self.owner
                .post(
                    &format!("{path}/reschedule"),
                    json!({ "now": true }),
                    self.chance.as_ref(),
                )
                .await?;
        }
        Ok(())
    }

    /// No blow falls any more; all has to come to an end, or to stand where a person is asked.
    pub(super) async fn come_to_rest(&mut self) -> Result<()> {
        self.report.answers_lost += self.struck_faults();
        self.sim.clear_faults();
        let until = plus_ms(now(), SETTLE_MS);
        while now() < until && !self.open.is_empty() {
            if let Some((node, wakes_at)) = self.asleep
                && now() >= wakes_at
            {
                self.wake(node).await?;
            }
            self.wait(2_000).await?;
            self.mend().await?;
        }
        if let Some((node, _)) = self.asleep {
            self.wake(node).await?;
            sleep_ms(2_000).await;
            self.look().await?;
        }
        self.count_rotations().await?;
        let (enough, slowest) = (
            self.report.resumes_ms.len() >= ENOUGH,
            self.report.resumed_p99_ms(),
        );
        if enough && slowest > RESUME_MS {
            let what = format!("resuming takes {slowest} ms in the slowest of a hundred");
            self.report.broke(what);
        }
        let truth = Truth::of(&self.sim);
        for at in self.open.clone() {
            let text = self.books[at].text.clone();
            let id = self.books[at].delivery.clone().unwrap_or_default();
            let story = self.story(&id).await?;
            if story["delivery"]["state"] == "uncertain" && !story["notice"].is_null() {
                self.report.uncertain += 1;
            } else {
                self.report.lost += 1;
                let held = truth.of_text(&text);
                self.report
                    .broke(format!("{text} came to no end ({held:?}): {story}"));
            }
        }
        Ok(())
    }

    /// A login may be lost only where the platform rotated and the answer never became durable; the platform's own count
    /// says how often that was.
    async fn count_rotations(&mut self) -> Result<()> {
        let truth = self.sim.truth();
        let accounts = truth["bluesky"]["accounts"].as_object();
        let each = accounts.into_iter().flat_map(|all| all.values());
        let rotated: u64 = each.filter_map(|one| one["rotations"].as_u64()).sum();
        let durable = self.snapshot().await?.rotations;
        self.report.rotated_unseen = rotated.saturating_sub(durable);
        let lost = self.report.sign_ins.get("lost_in_flight").copied();
        let (lost, unseen) = (lost.unwrap_or(0), self.report.rotated_unseen);
        if lost > unseen {
            let what = format!(
                "{lost} logins were lost in flight, and the platform rotated {unseen} unseen"
            );
            self.report.broke(what);
        }
        Ok(())
    }
}

/// Every moment that a story names.
fn moments(story: &Value, found: &mut Vec<Timestamp>) {
    let each = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let mut note = |value: &Value| {
        found.extend(
            value
                .as_str()
                .and_then(|text| text.parse::<Timestamp>().ok()),
        );
    };
    for event in each(&story["events"]) {
        note(&event["at"]);
    }
    for attempt in each(&story["attempts"]) {
        note(&attempt["begun_at"]);
        for step in each(&attempt["steps"]) {
            note(&step["begun_at"]);
        }
    }
}
