//! Trouble: processes killed and held still, clocks set wrong, the database away, platforms down, answers
//! bent, logins broken at the platform. Each kind draws from chance of its own, so that leaving one out
//! changes the others little.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::chance::{ChaChaChance, Chance as _};
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS};
use simulator::{Effect, Fault, WantedKind, bluesky, instagram};

use crate::breaks::{Breaks, Shows};
use crate::clock::sleep_ms;
use crate::nodes::Nodes;
use crate::plan::Family;
use crate::stage::Stage;

const PLATFORMS: [&str; 3] = ["instagram", "facebook", "bluesky"];
const SECOND_MS: i64 = 1_000;

/// Everything that goes wrong. One task each.
pub fn tasks(
    stage: &Arc<Stage>,
    nodes: &Arc<Nodes>,
    breaks: &Arc<Breaks>,
) -> Vec<tokio::task::JoinHandle<()>> {
    let mut tasks = Vec::new();
    let plan = stage.plan.clone();
    let trouble = |number| Trouble {
        stage: stage.clone(),
        nodes: nodes.clone(),
        breaks: breaks.clone(),
        chance: stage.chance_of("trouble", number),
    };
    if plan.has(Family::Kills) {
        tasks.push(tokio::spawn(trouble(1).kills()));
    }
    if plan.has(Family::Pauses) {
        tasks.push(tokio::spawn(trouble(2).pauses()));
    }
    if plan.has(Family::Clocks) {
        tasks.push(tokio::spawn(trouble(3).clocks()));
    }
    if plan.has(Family::Database) {
        tasks.push(tokio::spawn(trouble(4).database()));
    }
    if plan.has(Family::Disk) {
        tasks.push(tokio::spawn(trouble(5).disk()));
    }
    if plan.has(Family::Outages) {
        tasks.push(tokio::spawn(trouble(6).outages()));
    }
    if plan.has(Family::Logins) {
        tasks.push(tokio::spawn(trouble(7).logins()));
    }
    if plan.has(Family::Answers) {
        trouble(8).bend_a_little();
        tasks.push(tokio::spawn(trouble(8).bursts()));
    }
    for (family, fault) in always(stage) {
        if plan.has(family) {
            stage.sim.add_fault(fault);
        }
    }
    tasks
}

/// Rules that hold all the time.
fn always(_: &Stage) -> Vec<(Family, Fault)> {
    let mut rules = Vec::new();
    for platform in PLATFORMS {
        let all = format!("{platform}.*");
        rules.push((
            Family::Throttles,
            likely(
                &all,
                0.002,
                Effect::TooMany {
                    retry_after_s: Some(120),
                },
            ),
        ));
        rules.push((
            Family::Throttles,
            likely(
                &all,
                0.001,
                Effect::TooMany {
                    retry_after_s: None,
                },
            ),
        ));
        rules.push((
            Family::Lists,
            likely(&all, 0.4, Effect::ListLag { ms: 90 * SECOND_MS }),
        ));
    }
    for operation in [
        "bluesky.token.refresh",
        "instagram.refresh",
        "instagram.token.refresh",
    ] {
        rules.push((
            Family::Secrets,
            likely(operation, 0.03, Effect::EmptySecret),
        ));
    }
    rules
}

fn likely(operation: &str, probability: f64, effect: Effect) -> Fault {
    Fault {
        probability: Some(probability),
        ..Fault::always(operation, effect)
    }
}

struct Trouble {
    stage: Arc<Stage>,
    nodes: Arc<Nodes>,
    breaks: Arc<Breaks>,
    chance: ChaChaChance,
}

impl Trouble {
    fn below(&self, limit: i64) -> i64 {
        let limit = u64::try_from(limit).unwrap_or(0);
        i64::try_from(self.chance.below(limit)).unwrap_or(0)
    }

    fn one_of<'a, T>(&self, all: &'a [T]) -> Option<&'a T> {
        all.get(usize::try_from(self.chance.below(all.len() as u64)).unwrap_or(0))
    }

    /// Waits about so long; false when trouble is over.
    async fn wait(&self, mean_ms: i64) -> bool {
        let wait = mean_ms / 4 + self.below(mean_ms * 3 / 2);
        tokio::select! {
            biased;
            () = self.stage.calm.cancelled() => false,
            () = sleep_ms(wait) => true,
        }
    }

    /// Mostly short, sometimes long.
    fn span(&self, short_ms: i64, long_ms: i64) -> i64 {
        if self.chance.below(8) == 0 {
            self.below(long_ms)
        } else {
            SECOND_MS + self.below(short_ms)
        }
    }

    async fn kills(self) {
        while self.wait(8 * DAY_MS / self.nodes.0.len() as i64).await {
            if let Some(process) = self.one_of(&self.nodes.0).and_then(|node| node.process()) {
                if self.chance.below(3) == 0 {
                    process.stop.cancel();
                } else {
                    process.fate.kill("by trouble");
                }
            }
        }
    }

    async fn pauses(self) {
        while self.wait(9 * DAY_MS / self.nodes.0.len() as i64).await {
            if let Some(process) = self.one_of(&self.nodes.0).and_then(|node| node.process()) {
                process
                    .fate
                    .stand_still(self.span(10 * MINUTE_MS, 8 * HOUR_MS), "by trouble");
            }
        }
    }

    async fn clocks(self) {
        while self.wait(25 * DAY_MS).await {
            let Some(clock) = self.one_of(&self.stage.clocks) else {
                return;
            };
            let wrong = self.span(2 * MINUTE_MS, 10 * MINUTE_MS);
            let wrong = if self.chance.below(2) == 0 {
                wrong
            } else {
                -wrong
            };
            clock.set_wrong_by(wrong);
            tokio::select! {
                biased;
                () = self.stage.calm.cancelled() => {}
                () = sleep_ms(self.span(HOUR_MS, 12 * HOUR_MS)) => {}
            }
            clock.set_wrong_by(0);
        }
    }

    async fn database(self) {
        while self.wait(12 * DAY_MS).await {
            let until = self.stage.sky.elapsed_ms() + self.span(5 * MINUTE_MS, 3 * HOUR_MS);
            self.stage.database.away_until(until);
        }
    }

    async fn disk(self) {
        while self.wait(40 * DAY_MS).await {
            let until = self.stage.sky.elapsed_ms() + self.span(20 * MINUTE_MS, 3 * HOUR_MS);
            self.stage.database.full_until(until);
        }
    }

    async fn outages(self) {
        while self.wait(10 * DAY_MS).await {
            let Some(platform) = self.one_of(&PLATFORMS) else {
                return;
            };
            let down = simulator::Break::PlatformDown {
                platform: (*platform).to_owned(),
            };
            let _ = self.stage.sim.break_it(down.clone());
            let long = self.span(3 * HOUR_MS, 40 * HOUR_MS);
            tokio::select! {
                biased;
                () = self.stage.calm.cancelled() => {}
                () = sleep_ms(long) => {}
            }
            let _ = self.stage.sim.mend_it(down);
            self.breaks
                .outage_until_ms
                .fetch_max(self.stage.sky.elapsed_ms(), Ordering::SeqCst);
        }
    }

    /// A few answers go wrong at any time.
    fn bend_a_little(&self) {
        for platform in PLATFORMS {
            let all = format!("{platform}.*");
            for (probability, effect) in bends() {
                self.stage.sim.add_fault(likely(&all, probability, effect));
            }
        }
        // A doubled request at a token endpoint would be somebody else's replay; here posts are meant.
        for operation in [
            "instagram.media_publish",
            "instagram.media",
            "bluesky.put_record",
        ] {
            self.stage
                .sim
                .add_fault(likely(operation, 0.02, Effect::Twice));
        }
    }

    /// Now and then a platform has a bad hour.
    async fn bursts(self) {
        while self.wait(9 * DAY_MS).await {
            let Some(platform) = self.one_of(&PLATFORMS) else {
                return;
            };
            let all = format!("{platform}.*");
            let rules: Vec<u64> = bends()
                .into_iter()
                .map(|(probability, effect)| {
                    self.stage
                        .sim
                        .add_fault(likely(&all, probability * 40.0, effect))
                })
                .collect();
            tokio::select! {
                biased;
                () = self.stage.calm.cancelled() => {}
                () = sleep_ms(self.span(2 * HOUR_MS, 8 * HOUR_MS)) => {}
            }
            for rule in rules {
                self.stage.sim.remove_fault(rule);
            }
            self.breaks
                .outage_until_ms
                .fetch_max(self.stage.sky.elapsed_ms(), Ordering::SeqCst);
        }
    }

    async fn logins(self) {
        let mean = 100 * DAY_MS / self.stage.accounts.len().max(1) as i64;
        while self.wait(mean).await {
            let account = self.chance.below(self.stage.accounts.len() as u64);
            let account = usize::try_from(account).unwrap_or(0);
            if !self.breaks.of(account).is_empty() {
                continue;
            }
            if let Some((what, shows)) = self.break_of(account) {
                self.breaks.add(&self.stage, account, what, shows);
                if shows == Shows::AtSending {
                    self.mend_later(account);
                }
            }
        }
    }

    /// What only sending shows may never be seen: it passes by itself.
    fn mend_later(&self, account: usize) {
        let (stage, breaks) = (self.stage.clone(), self.breaks.clone());
        let wait = HOUR_MS + self.below(4 * DAY_MS);
        tokio::spawn(async move {
            sleep_ms(wait).await;
            breaks.mend(&stage, account);
        });
    }

    fn break_of(&self, account: usize) -> Option<(simulator::Break, Shows)> {
        let at = &self.stage.accounts[account].at;
        let login = || at.login.clone();
        let own = || at.account.clone();
        let page = || at.page.clone().unwrap_or_default();
        let number = self.chance.below(1_000);
        let (proof, sending) = (Shows::AtProof, Shows::AtSending);
        Some(match at.kind {
            WantedKind::InstagramOwn => {
                let (what, shows) = instagram_break(number, login(), own(), sending, proof);
                (what.into(), shows)
            }
            WantedKind::InstagramThroughFacebook => {
                use instagram::Break as B;
                let account = login();
                let (what, shows) = match number % 9 {
                    0 => (B::ChangePassword { account }, proof),
                    1 => (B::LogOut { account }, proof),
                    2 => (B::RemoveApp { account }, proof),
                    3 => {
                        let permission = "instagram_content_publish".to_owned();
                        (
                            B::RevokePermission {
                                account,
                                permission,
                            },
                            proof,
                        )
                    }
                    4 => (
                        B::TakeRole {
                            account,
                            page: page(),
                        },
                        proof,
                    ),
                    5 => (B::EndDataAccess { account }, proof),
                    6 => (B::UnlinkPage { page: page() }, proof),
                    7 => (B::Block { account: own() }, sending),
                    _ => (B::QuotaUsed { account: own() }, sending),
                };
                (what.into(), shows)
            }
            WantedKind::FacebookPage => {
                use instagram::Break as B;
                let account = login();
                let (what, shows) = match number % 9 {
                    0 => (B::ChangePassword { account }, proof),
                    1 => (B::RemoveApp { account }, proof),
                    2 => {
                        let permission = "pages_manage_posts".to_owned();
                        (
                            B::RevokePermission {
                                account,
                                permission,
                            },
                            proof,
                        )
                    }
                    3 => (
                        B::TakeRole {
                            account,
                            page: page(),
                        },
                        proof,
                    ),
                    4 => (B::BlockPage { page: page() }, sending),
                    5 => (B::LinksFail { page: page() }, sending),
                    6 => (
                        B::PageTooFast {
                            page: page(),
                            minutes: 45,
                        },
                        sending,
                    ),
                    7 => (B::PhotosFail { page: page() }, sending),
                    _ => (B::WithholdAuthorization { page: page() }, sending),
                };
                (what.into(), shows)
            }
            WantedKind::Bluesky => {
                use bluesky::Break as B;
                let did = own();
                let (what, shows) = match number % 8 {
                    0 | 1 => (B::RevokeSessions { did }, proof),
                    2 => (B::EndAccessToken { did }, sending),
                    3 => (B::DropPermission { did }, sending),
                    4 => (B::ChangePassword { did }, sending),
                    5 => (B::Deactivate { did }, proof),
                    6 => (B::TakeDown { did }, proof),
                    _ => {
                        let handle = format!("bird-{account}-{number}.bsky.social");
                        (B::ChangeHandle { did, handle }, sending)
                    }
                };
                (what.into(), shows)
            }
        })
    }
}

fn instagram_break(
    number: u64,
    login: String,
    own: String,
    sending: Shows,
    proof: Shows,
) -> (instagram::Break, Shows) {
    use instagram::Break as B;
    match number % 12 {
        0 | 1 => (B::ChangePassword { account: login }, proof),
        2 => (B::LogOut { account: login }, proof),
        3 => (B::EndToken { account: login }, proof),
        4 => (B::RemoveApp { account: login }, proof),
        5 => {
            let permission = "instagram_business_content_publish".to_owned();
            let account = login;
            (
                B::RevokePermission {
                    account,
                    permission,
                },
                sending,
            )
        }
        6 => (B::Restrict { account: own }, sending),
        7 => (B::Block { account: own }, sending),
        8 => {
            let (account, subcode) = (own, 2_207_082);
            (B::ContainerError { account, subcode }, sending)
        }
        9 => (B::QuotaUsed { account: own }, sending),
        10 => (B::MediaUnfetchable { account: own }, sending),
        _ => (
            B::Spam {
                account: own,
                live: number.is_multiple_of(2),
            },
            sending,
        ),
    }
}

/// How answers are bent, and how likely.
fn bends() -> Vec<(f64, Effect)> {
    vec![
        (0.0015, Effect::LoseAnswer),
        (0.0015, Effect::LoseRequest),
        (0.0015, Effect::DoneThenError { status: 500 }),
        (0.002, Effect::ServerError { status: 503 }),
        (0.001, Effect::Garbage),
        (0.001, Effect::Cut),
        (0.002, Effect::Delay { ms: 8_000 }),
        (0.001, Effect::Delay { ms: 45_000 }),
    ]
}
