//! The watch on the wire: what must be true at the first byte of a call, and what every post at the
//! platform says. The promises about sending (2), about renewing (4), about the account (7) and about the
//! hour are checked here, at each call.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Timestamp;
use domain::clock::Clock as _;
use domain::delivery::{Stage, State};
use domain::ids::{ChannelId, IncarnationId, PostId, WorkspaceId};
use domain::platform::Platform;
use domain::schedule::{MINUTE_MS, ms_between};
use platforms::http::{Request, Response, SendError};
use secrecy::ExposeSecret as _;
use serde::de::IgnoredAny;
use serde_json::Value;
use simulator::{PostFact, Rotation, Simulator};
use storage::{Store, promises};
use vault::Vault;

use crate::book::{Book, Subject};
use crate::clock::{NodeClock, Sky};
use crate::fate::Fate;
use crate::marks::Mark;

/// Calls that show a post.
const SHOWS: &[&str] = &[
    "instagram.media_publish",
    "bluesky.put_record",
    "facebook.feed",
    "facebook.photo",
];
/// Calls that make what a showing call then names by its id.
const PREPARES: &[&str] = &["instagram.container", "instagram.media"];
/// Calls that renew a login.
const RENEWS: &[&str] = &["bluesky.renew", "instagram.refresh"];
/// How much later than its limit a call may leave that was decided on in time: the lease.
const SLACK_MS: i64 = 2 * MINUTE_MS;
/// While a clock was set a moment ago, times cannot be compared.
const CLOCK_SETTLES_MS: i64 = 20 * MINUTE_MS;

/// What was heard of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It was done, and that was said.
    Done,
    /// It was refused.
    Refused,
    /// Nothing that could be understood.
    Nothing,
}

impl Heard {
    /// What an answer says.
    pub fn of(answer: &Result<Response, SendError>) -> Self {
        match answer {
            Err(SendError::NotSent(_)) => Self::Refused,
            Err(SendError::NoAnswer(_)) => Self::Nothing,
            Ok(answer) => {
                let whole = serde_json::from_slice::<IgnoredAny>(&answer.body).is_ok();
                match answer.status {
                    200..300 if whole => Self::Done,
                    400..500 => Self::Refused,
                    _ => Self::Nothing,
                }
            }
        }
    }
}

/// A post that somebody planned.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The post; with the channel it names the delivery.
    pub post: PostId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// The channel.
    pub channel: ChannelId,
    /// The platform.
    pub platform: Platform,
    /// The platform's id of the account.
    pub account: String,
}

#[derive(Debug, Clone)]
struct Sent {
    left: Timestamp,
    heard: Heard,
    looked: bool,
    /// What a look names: the container, the record's key, the account.
    names: Vec<String>,
}

/// A call on its way.
pub struct CallSeen {
    operation: &'static str,
    mark: Option<Mark>,
    /// Whose login is renewed by it.
    login: Option<String>,
    /// Which of the mark's calls it is.
    sent: Option<usize>,
}

#[derive(Default)]
struct Inner {
    planned: BTreeMap<Mark, Planned>,
    marks: BTreeMap<(PostId, ChannelId), Mark>,
    platforms: BTreeMap<ChannelId, Platform>,
    sent: BTreeMap<Mark, Vec<Sent>>,
    /// Marks whose last call has no answer that could be understood, and was not looked for yet.
    open: BTreeSet<Mark>,
    prepared: BTreeMap<String, Mark>,
    shown: BTreeMap<Mark, Vec<PostFact>>,
    /// Marks that a straggler showed: a node stood still with the call in its hand.
    straggled: BTreeSet<Mark>,
    posts: usize,
    rotations: usize,
    doubled: u64,
    doubled_without_key: u64,
    unlooked: u64,
    replaced: BTreeMap<String, u64>,
    emptied: BTreeMap<String, u64>,
}

/// See the head of this file.
pub struct Watch {
    /// Where it is written down.
    pub book: Arc<Book>,
    sky: Sky,
    sim: Simulator,
    store: Store,
    vault: Arc<Vault>,
    clocks: Vec<Arc<NodeClock>>,
    inner: Mutex<Inner>,
}

impl Watch {
    /// A watch over a store, without any trouble of its own.
    pub fn new(
        book: &Arc<Book>,
        sky: &Sky,
        sim: &Simulator,
        store: &Store,
        vault: &Arc<Vault>,
        clocks: &[Arc<NodeClock>],
    ) -> Arc<Self> {
        Arc::new(Self {
            book: book.clone(),
            sky: sky.clone(),
            sim: sim.clone(),
            store: store.clone(),
            vault: vault.clone(),
            clocks: clocks.to_vec(),
            inner: Mutex::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody planned a post.
    pub fn planned(&self, mark: Mark, post: Planned) {
        let line = format!("{mark} is planned on {} {}", post.platform, post.account);
        self.book.note(self.sky.now(), Subject::Post(mark), line);
        let mut inner = self.lock();
        inner.platforms.insert(post.channel, post.platform);
        inner.marks.insert((post.post, post.channel), mark);
        inner.planned.insert(mark, post);
    }

    /// The mark of a post on a channel.
    pub fn mark_of(&self, post: PostId, channel: ChannelId) -> Option<Mark> {
        self.lock().marks.get(&(post, channel)).copied()
    }

    /// The platform of a channel on which something was planned.
    pub fn platform_of(&self, channel: ChannelId) -> Option<Platform> {
        self.lock().platforms.get(&channel).copied()
    }

    /// The posts at the platform with this mark.
    pub fn shown(&self, mark: Mark) -> Vec<PostFact> {
        self.lock().shown.get(&mark).cloned().unwrap_or_default()
    }

    /// Whether it was shown by a call that a node had in its hand while it stood still.
    pub fn straggled(&self, mark: Mark) -> bool {
        self.lock().straggled.contains(&mark)
    }

    /// Every planned post.
    pub fn all_planned(&self) -> BTreeMap<Mark, Planned> {
        self.lock().planned.clone()
    }

    /// Doubled posts; those of platforms without a key, where a node stood still; steps sent again without a
    /// look.
    pub fn counts(&self) -> (u64, u64, u64) {
        let inner = self.lock();
        (inner.doubled, inner.doubled_without_key, inner.unlooked)
    }

    /// How often each login's refresh token was replaced at the platform.
    pub fn replaced(&self) -> BTreeMap<String, u64> {
        self.lock().replaced.clone()
    }

    /// How often a renewal of a login was answered with an empty secret, and nothing was replaced.
    pub fn emptied(&self, login: &str) -> u64 {
        self.lock().emptied.get(login).copied().unwrap_or(0)
    }

    /// What belongs to the story of a post.
    pub fn story_of(&self, mark: Mark) -> Vec<Subject> {
        let nodes = (0..self.clocks.len()).map(Subject::Node);
        std::iter::once(Subject::Post(mark)).chain(nodes).collect()
    }

    /// What belongs to the story of a login.
    pub fn story_of_login(&self, login: &str) -> Vec<Subject> {
        let nodes = (0..self.clocks.len()).map(Subject::Node);
        std::iter::once(Subject::Login(login.to_owned()))
            .chain(nodes)
            .collect()
    }

    fn broken(&self, promise: u8, what: String, about: &[Subject]) {
        self.book.broken(self.sky.now(), promise, what, about);
    }

    /// Called before the first byte of a call leaves.
    pub async fn first_byte(&self, fate: &Fate, me: IncarnationId, request: &Request) -> CallSeen {
        self.book.count("calls");
        let operation = request.operation;
        self.book.count(operation);
        let mut seen = CallSeen {
            operation,
            mark: None,
            login: None,
            sent: None,
        };
        if RENEWS.contains(&operation) {
            seen.login = self.renews(fate, me, request).await;
        }
        let shows = SHOWS.contains(&operation) && request.method != http::Method::GET;
        seen.mark = self.mark_in(request);
        if let (true, Some(mark)) = (shows && !is_hidden(request), seen.mark) {
            seen.sent = Some(self.sends(fate, me, mark, request).await);
        } else {
            self.looks(request, &seen);
        }
        if let Some(mark) = seen.mark {
            let line = format!("node {}: {operation} leaves", fate.node);
            self.book.note(self.sky.now(), Subject::Post(mark), line);
        }
        seen
    }

    fn mark_in(&self, request: &Request) -> Option<Mark> {
        if let Some(mark) = Mark::find(&request.body).or_else(|| Mark::find(request.url.as_bytes()))
        {
            return Some(mark);
        }
        if request.operation != "instagram.media_publish" {
            return None;
        }
        let id = form_value(request, "creation_id")?;
        self.lock().prepared.get(&id).copied()
    }

    /// A post is about to be shown: the fence is durable, the lease is ours, the hour is right, and what
    /// was sent before was looked for.
    async fn sends(&self, fate: &Fate, me: IncarnationId, mark: Mark, request: &Request) -> usize {
        let about = self.story_of(mark);
        let planned = self.lock().planned.get(&mark).cloned();
        if let Some(planned) = planned {
            let (post, channel) = (planned.post, planned.channel);
            let fence = self
                .store
                .read("rehearsal.fence", move |conn| {
                    promises::fence(conn, post, channel)
                })
                .await;
            if let Ok(Some(fence)) = fence {
                self.fenced(fate, me, mark, &fence, &about);
            }
        }
        let names = names_of(request, self.account_of(mark));
        let mut inner = self.lock();
        let before = inner.sent.entry(mark).or_default();
        let unlooked = before
            .last()
            .is_some_and(|last| last.heard != Heard::Refused && !last.looked);
        before.push(Sent {
            left: self.sky.now(),
            heard: Heard::Nothing,
            looked: false,
            names,
        });
        let number = before.len() - 1;
        inner.open.insert(mark);
        if unlooked {
            inner.unlooked += 1;
            drop(inner);
            self.broken(2, format!("{mark} is sent again without a look"), &about);
        }
        number
    }

    fn fenced(
        &self,
        fate: &Fate,
        me: IncarnationId,
        mark: Mark,
        seen: &promises::FenceSeen,
        about: &[Subject],
    ) {
        let row = &seen.row;
        let clock = &self.clocks[fate.node];
        let lease = row.lease;
        let ours = lease.is_some_and(|lease| lease.by == me);
        let open = seen.step.as_ref().is_some_and(|(state, fence)| {
            state == "begun" && lease.is_some_and(|lease| lease.fence == *fence)
        });
        let sending = matches!(
            row.state,
            State::Publishing(Stage::Sending | Stage::WaitingForPlatform)
        );
        if !(open && sending) {
            let what = format!("{mark} is sent without a durable fence ({:?})", seen.step);
            self.broken(2, what, about);
        } else if !ours {
            self.broken(
                2,
                format!("{mark} is sent under a lease that another holds"),
                about,
            );
        }
        if clock.set_since_ms() < CLOCK_SETTLES_MS {
            return;
        }
        let now = clock.now();
        if ours && seen.held_until.is_some_and(|until| until < now) {
            let what = format!("{mark} is sent after its lease is over");
            self.broken(2, what, about);
        }
        let Some(due) = row.due_at else { return };
        if ms_between(due, now) > row.lateness_limit_ms + SLACK_MS {
            let what = format!(
                "{mark} is sent {} minutes late",
                ms_between(due, now) / MINUTE_MS
            );
            self.broken(1, what, about);
        }
        if ms_between(now, due) > 1_000 {
            self.broken(1, format!("{mark} is sent before its hour"), about);
        }
    }

    /// A login is about to be renewed: the intent is durable, the lease is ours, and the token is the
    /// newest one.
    async fn renews(&self, fate: &Fate, me: IncarnationId, request: &Request) -> Option<String> {
        let read = self
            .store
            .read("rehearsal.intents", move |conn| promises::intents(conn, me));
        let intents = read.await.ok()?;
        let mut found = None;
        // The newest first: an older one may stand open because its answer was lost.
        for intent in intents.into_iter().rev() {
            let Ok(tokens) = engine::login::open_tokens(&self.vault, &intent.grant) else {
                continue;
            };
            let token = tokens.refresh.as_ref().unwrap_or(&tokens.access);
            if carries(request, token.expose_secret()) {
                found = Some(intent);
                break;
            }
        }
        let Some(intent) = found else {
            let what = format!(
                "node {} sends {} with a token that no open intent of its own is about",
                fate.node, request.operation
            );
            let about: Vec<Subject> = (0..self.clocks.len()).map(Subject::Node).collect();
            self.broken(4, what, &about);
            return None;
        };
        let login = intent.login.clone();
        let line = format!("node {}: {} leaves", fate.node, request.operation);
        self.book
            .note(self.sky.now(), Subject::Login(login.clone()), line);
        let clock = &self.clocks[fate.node];
        let over = clock.set_since_ms() >= CLOCK_SETTLES_MS
            && intent.held_until.is_some_and(|until| until < clock.now());
        if !intent.held || over {
            let what = format!("the login of {login} is renewed without a lease that holds");
            self.broken(2, what, &self.story_of_login(&login));
        }
        Some(login)
    }

    /// A call that asks about what was sent counts as a look.
    fn looks(&self, request: &Request, seen: &CallSeen) {
        if request.method != http::Method::GET {
            return;
        }
        let mut inner = self.lock();
        let Inner { open, sent, .. } = &mut *inner;
        open.retain(|mark| {
            let Some(last) = sent.get_mut(mark).and_then(|all| all.last_mut()) else {
                return false;
            };
            let mut names = last.names.iter();
            let named = names.any(|name| request.url.contains(name.as_str()));
            last.looked = named || seen.mark == Some(*mark);
            !last.looked
        });
    }

    fn account_of(&self, mark: Mark) -> Option<String> {
        Some(self.lock().planned.get(&mark)?.account.clone())
    }

    /// The platform has done its part, whether or not anybody will be told.
    pub async fn arrived(&self, call: &CallSeen) {
        let now = self.sky.now();
        let (posts, rotations) = {
            let mut inner = self.lock();
            let (posts, next) = self.sim.posts_since(inner.posts);
            inner.posts = next;
            let (rotations, next) = self.sim.rotations_since(inner.rotations);
            inner.rotations = next;
            (posts, rotations)
        };
        for rotation in rotations {
            let line = format!(
                "{} renewed the login ({:?}){}",
                rotation.platform,
                rotation.how,
                if rotation.unseen {
                    ", and nobody is told"
                } else {
                    ""
                }
            );
            self.book
                .note(now, Subject::Login(rotation.login.clone()), line);
            if rotation.how == Rotation::Replaced {
                *self.lock().replaced.entry(rotation.login).or_default() += 1;
            }
        }
        for post in posts {
            self.went_out(post, call, now);
        }
    }

    fn went_out(&self, post: PostFact, call: &CallSeen, now: Timestamp) {
        let Some(mark) = Mark::find(post.text.as_bytes()) else {
            return;
        };
        let line = format!(
            "{} shows it as {}{}",
            post.platform,
            post.post,
            if post.seen {
                ""
            } else {
                ", and nobody is told"
            }
        );
        self.book.note(now, Subject::Post(mark), line);
        let about = self.story_of(mark);
        let mut inner = self.lock();
        let planned = inner.planned.get(&mark).cloned();
        let sent = call
            .sent
            .and_then(|number| inner.sent.get(&mark)?.get(number));
        if sent.is_some_and(|sent| ms_between(sent.left, now) > STRAGGLES_MS) {
            inner.straggled.insert(mark);
        }
        let shown = inner.shown.entry(mark).or_default();
        shown.push(post.clone());
        let twice = shown.len() == 2;
        // A platform without a key can show two of a process that stood still between its last look at the lease
        // and its first byte, where another node had looked, found nothing and sent. It is counted apart.
        let excused = self.clocks.len() > 1 && !has_key(&post.platform);
        inner.doubled += u64::from(twice && !excused);
        inner.doubled_without_key += u64::from(twice && excused);
        drop(inner);
        if twice && !excused {
            self.broken(
                2,
                format!("{mark} shows twice after {}", call.operation),
                &about,
            );
        }
        match planned {
            None => self.broken(2, format!("{mark} shows, and nobody planned it"), &about),
            Some(planned) if planned.account != post.account => {
                let what = format!(
                    "{mark} of the account {} shows at {}",
                    planned.account, post.account
                );
                self.broken(7, what, &about);
            }
            Some(_) => {}
        }
    }

    /// The caller has heard the answer.
    pub fn answered(&self, call: CallSeen, heard: Heard, answer: &Result<Response, SendError>) {
        if heard == Heard::Nothing {
            self.book.count("bent");
        }
        if let (Some(login), Ok(answer)) = (&call.login, answer)
            && serde_json::from_slice::<Value>(&answer.body)
                .is_ok_and(|body| body.get("refresh_token") == Some(&Value::from("")))
        {
            *self.lock().emptied.entry(login.clone()).or_default() += 1;
        }
        let Some(mark) = call.mark else { return };
        let line = match answer {
            Ok(answer) => format!("{} answers {} ({heard:?})", call.operation, answer.status),
            Err(error) => format!("{}: {error}", call.operation),
        };
        self.book.note(self.sky.now(), Subject::Post(mark), line);
        let mut inner = self.lock();
        if let Some(number) = call.sent
            && let Some(all) = inner.sent.get_mut(&mark)
        {
            if let Some(sent) = all.get_mut(number) {
                sent.heard = heard;
            }
            if all.last().is_some_and(|last| last.heard != Heard::Nothing) {
                inner.open.remove(&mark);
            }
        }
        if PREPARES.contains(&call.operation)
            && heard == Heard::Done
            && let Ok(answer) = answer
            && let Ok(body) = serde_json::from_slice::<Value>(&answer.body)
            && let Some(id) = body.get("id").and_then(Value::as_str)
        {
            inner.prepared.insert(id.to_owned(), mark);
        }
    }
}

/// A call that is on its way for so long is nobody's any more: leases are over, others have looked.
const STRAGGLES_MS: i64 = 5 * MINUTE_MS;

/// Whether posts there are made under a key of ours, so that a twin cannot be.
fn has_key(platform: &str) -> bool {
    platform != "facebook"
}

/// A photo that is only put aside for a post shows nothing.
fn is_hidden(request: &Request) -> bool {
    form_value(request, "published").is_some_and(|value| value == "false")
}

fn form_value(request: &Request, name: &str) -> Option<String> {
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    let in_body = url::form_urlencoded::parse(&request.body);
    let in_query = url::form_urlencoded::parse(query.as_bytes());
    in_body
        .chain(in_query)
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

/// What a look at this post would name.
fn names_of(request: &Request, account: Option<String>) -> Vec<String> {
    let mut names: Vec<String> = account.into_iter().collect();
    names.extend(form_value(request, "creation_id"));
    let json: Option<Value> = serde_json::from_slice(&request.body).ok();
    let key = json.as_ref().and_then(|json| json.get("rkey")?.as_str());
    names.extend(key.map(str::to_owned));
    names
}

/// Whether a request carries a token, as it is or encoded for a form.
fn carries(request: &Request, token: &str) -> bool {
    let within = |bytes: &[u8], part: &[u8]| {
        !part.is_empty() && bytes.windows(part.len()).any(|window| window == part)
    };
    let encoded: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
    let bodies: [&[u8]; 2] = [&request.body, request.url.as_bytes()];
    bodies
        .iter()
        .any(|bytes| within(bytes, token.as_bytes()) || within(bytes, encoded.as_bytes()))
        || request
            .headers
            .values()
            .any(|value| within(value.as_bytes(), token.as_bytes()))
}
