//! A sign-in under way, or what became of it: a choice, a question, ticks, or why nothing was changed.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::connect::{ConnectPhase, ConnectPurpose};
use domain::ids::ConnectSessionId;
use domain::member::Action as May;
use domain::platform::{LoginFlow, Platform};
use engine::connect::{Joined, Listed, Proven, Trouble};

use super::ticks::{lacking_words, ticks};
use super::why;
use crate::access::Guard;
use crate::actions::channels::{self, Seen};
use crate::actions::connecting::{self, Session};
use crate::actions::sign_ins::{self, Place, place};
use crate::actions::{apps, diagnosis, sets};
use crate::components::{Account, Action, Life, LifeRing, Ticks};
use crate::extract::Path;
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::pages::channels::at_handle;
use crate::pages::channels::diagnosis::{RemoveFirst, remove_first};
use crate::pages::channels::sign_ins::actions;
use crate::pages::channels::words::{Say, evidence_line};
use crate::pages::help::cause_words;
use crate::problem::Outcome;
use crate::state::Web;
use crate::text::Text;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/connect/outcome.html")]
struct OutcomePage {
    frame: Frame,
    title: String,
    lead: String,
    tone: &'static str,
    mark: &'static str,
    /// Seconds after which the page looks again; none where nothing moves by itself.
    again: Option<u8>,
    accounts: Vec<Account>,
    choices: Vec<ChoiceRow>,
    choose: Option<Choose>,
    lame: Vec<(Account, String)>,
    /// Signing in failed in the same way again: what comes first.
    first: Option<RemoveFirst>,
    steps: Vec<String>,
    evidence: String,
    done: Vec<Done>,
    elsewhere: Vec<String>,
    held: Option<(String, Action)>,
    actions: Vec<Action>,
}

/// A tick box for an account.
struct ChoiceRow {
    id: String,
    account: Account,
    note: String,
}

/// The form of choices.
struct Choose {
    action: String,
    submit: Action,
}

/// What came of one account.
struct Done {
    account: Account,
    ticks: Ticks,
    words: String,
    /// Whether this sign-in may stand by, where somebody else's is in use.
    question: String,
    decisions: Vec<Action>,
    action: Action,
}

/// The page.
pub async fn show(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ConnectSessionId>,
) -> Outcome<Response> {
    let session = connecting::one(&web, &guard, id).await?;
    if session.row.purpose == ConnectPurpose::Test {
        let session = session.row.id;
        return Ok(page::go(urls::AppTested { session }, None));
    }
    let frame = page::frame(&web, &guard, &ask, Entry::Channels).await?;
    let here = Here {
        web: &web,
        guard: &guard,
        text: &ask.text,
        session: &session,
    };
    let mut page = OutcomePage {
        frame,
        title: String::new(),
        lead: String::new(),
        tone: "grey",
        mark: "info",
        again: None,
        accounts: Vec::new(),
        choices: Vec::new(),
        choose: None,
        lame: Vec::new(),
        first: None,
        steps: Vec::new(),
        evidence: String::new(),
        done: Vec::new(),
        elsewhere: Vec::new(),
        held: None,
        actions: Vec::new(),
    };
    match session.row.phase {
        ConnectPhase::Begun => here.begun(&mut page),
        ConnectPhase::Returned | ConnectPhase::Proving => here.under_way(&mut page),
        ConnectPhase::Choosing => here.choosing(&mut page).await?,
        ConnectPhase::Done => here.done(&mut page).await?,
        ConnectPhase::Refused => here.refused(&mut page).await?,
        ConnectPhase::Failed => here.failed(&mut page).await?,
        ConnectPhase::Canceled => {
            here.ended(&mut page, "connect-canceled", "connect-canceled-words")
        }
        ConnectPhase::Expired => here.ended(&mut page, "connect-expired", "connect-expired-words"),
    }
    here.once_more_in_vain(&mut page).await?;
    Ok(page::show(&page))
}

struct Here<'a> {
    web: &'a Web,
    guard: &'a Guard,
    text: &'a Text,
    session: &'a Session,
}

impl Here<'_> {
    fn flow(&self) -> &'static str {
        self.session.app.app.flow.name()
    }

    /// Once more, from before the platform's page.
    fn once_more(&self, force: bool) -> Action {
        let query = if force { "?force=1" } else { "" };
        let (row, app) = (&self.session.row, self.session.app.app.id);
        let gone = self.session.app.removed_at.is_some();
        let href = match row.channel {
            // Through whichever app there is.
            Some(channel) if gone => urls::RefreshChannel { channel }.to_string(),
            None if gone => urls::SetManager {
                set: row.social_set,
            }
            .to_string(),
            Some(channel) => {
                let join = if force { "&force=1" } else { "" };
                format!("{}?app={app}{join}", urls::RefreshChannel { channel })
            }
            None => format!(
                "{}{query}",
                urls::ConnectNew {
                    set: row.social_set,
                    app
                }
            ),
        };
        Action::link(self.text.t("connect-once-more"), href)
    }

    fn to_channel(&self) -> Action {
        match self.session.row.channel {
            Some(channel) => Action::link(
                self.text.t("connect-to-channel"),
                urls::Channel { channel }.to_string(),
            ),
            None => {
                let set = self.session.row.social_set;
                Action::link(
                    self.text.t("connect-to-set"),
                    urls::SetManager { set }.to_string(),
                )
            }
        }
        .quiet()
    }

    fn account(&self, label: String, listed: &Listed) -> Account {
        let platform = self.session.app.app.platform.as_str();
        let known = &self.session.known.accounts;
        let place = known.iter().position(|known| known.id == listed.id);
        let picture = place
            .filter(|_| listed.picture_sha256.is_some())
            .map(|place| {
                urls::ConnectPicture {
                    session: self.session.row.id,
                    place,
                }
                .to_string()
            });
        let name = if listed.name.is_empty() {
            &listed.id
        } else {
            &listed.name
        };
        Account {
            label,
            ring: LifeRing::new(self.text, name, platform, picture, Life::Checking),
            handle: at_handle(&listed.handle),
        }
    }

    fn begun(&self, page: &mut OutcomePage) {
        page.title = self.text.t1("connect-begun", "flow", self.flow());
        page.lead = self.text.t("connect-begun-words");
        page.mark = "hourglass";
        let row = &self.session.row;
        let here = self
            .guard
            .signed_in()
            .is_some_and(|person| row.session == Some(person.session.id));
        if here {
            let label = self.text.t1("preview-continue", "flow", self.flow());
            page.actions.push(
                Action::link(label, urls::ConnectGo { session: row.id }.to_string()).primary(),
            );
        } else {
            let key = if row.api_key.is_some() {
                "connect-begun-by-key"
            } else {
                "connect-begun-elsewhere"
            };
            page.lead = self.text.t(key);
            page.actions.push(self.once_more(false));
        }
        page.actions.push(self.to_channel());
    }

    fn under_way(&self, page: &mut OutcomePage) {
        match &self.session.known.trouble {
            Some(Trouble::Platform {
                cause, evidence, ..
            }) => {
                page.title = self.text.t("connect-away");
                page.lead = self.text.t("connect-away-words");
                page.mark = "cloud";
                page.steps = vec![cause_words(self.text, *cause).sentence];
                page.evidence = evidence_line(evidence);
            }
            _ => {
                page.title = self.text.t("connect-checking");
                page.lead = self.text.t("connect-checking-words");
                page.mark = "loader-circle";
                page.again = Some(3);
            }
        }
        if self.session.row.grant.is_some() {
            let go_on = urls::ConnectGoOn {
                session: self.session.row.id,
            }
            .to_string();
            page.actions
                .push(Action::post(self.text.t("connect-try-again"), go_on).primary());
        }
        page.actions.push(self.to_channel());
    }

    async fn choosing(&self, page: &mut OutcomePage) -> Outcome<()> {
        if let Some(asked) = &self.session.known.question {
            return self.question(page, asked).await;
        }
        let text = self.text;
        page.title = text.t("connect-choose");
        page.lead = text.t("connect-choose-words");
        page.mark = "users";
        let known = channels::list(self.web, self.guard, None).await?;
        for listed in &self.session.known.accounts {
            let account = self.account(String::new(), listed);
            if let Some(lacking) = &listed.unusable {
                page.lame.push((
                    account,
                    lacking_words(text, lacking.cause, &lacking.missing),
                ));
                continue;
            }
            let here = known.iter().find(|seen| {
                seen.channel.platform == self.session.app.app.platform
                    && seen.channel.account_id == listed.id
            });
            let note = here.map(|seen| self.known_words(seen)).unwrap_or_default();
            page.choices.push(ChoiceRow {
                id: listed.id.clone(),
                account,
                note,
            });
        }
        let session = self.session.row.id;
        page.choose = Some(Choose {
            action: urls::ConnectChoose { session }.to_string(),
            submit: Action::submit(text.t("connect-choose-submit")).primary(),
        });
        page.actions.push(self.to_channel());
        Ok(())
    }

    fn known_words(&self, seen: &Seen) -> String {
        let (set, text) = (seen.set.name.as_str(), self.text);
        match (
            seen.channel.social_set == self.session.row.social_set,
            seen.is_linked(),
        ) {
            (true, true) => text.t("connect-known-here"),
            (true, false) => text.t("connect-known-unlinked"),
            (false, _) => text.t1("connect-known-elsewhere", "set", set),
        }
    }

    async fn question(&self, page: &mut OutcomePage, asked: &Listed) -> Outcome<()> {
        let text = self.text;
        page.title = text.t("connect-same");
        page.lead = text.t1("connect-same-words", "flow", self.flow());
        page.mark = "circle-help";
        page.tone = "amber";
        if let Some(account) = self.wanted(text.t("connect-same-known")).await? {
            page.accounts.push(account);
        }
        page.accounts
            .push(self.account(text.t("connect-same-came"), asked));
        let to = urls::ConnectSame {
            session: self.session.row.id,
        }
        .to_string();
        page.actions.push(
            Action::post(text.t("connect-same-yes"), to.clone())
                .with("same", "yes")
                .primary(),
        );
        page.actions
            .push(Action::post(text.t("connect-same-no"), to).with("same", "no"));
        Ok(())
    }

    /// The channel that was to be mended.
    async fn wanted(&self, label: String) -> Outcome<Option<Account>> {
        let Some(channel) = self.session.row.channel else {
            return Ok(None);
        };
        let seen = channels::one(self.web, self.guard, channel, May::Read).await?;
        let say = Say::of(self.text, self.web.now(), &seen);
        Ok(Some(Account {
            label,
            ring: say.ring(&seen),
            handle: at_handle(&seen.channel.handle),
        }))
    }

    async fn refused(&self, page: &mut OutcomePage) -> Outcome<()> {
        let text = self.text;
        page.title = text.t("connect-wrong");
        page.lead = text.t("connect-wrong-words");
        page.mark = "circle-x";
        page.tone = "red";
        if let Some(account) = self.wanted(text.t("connect-wrong-needed")).await? {
            page.accounts.push(account);
        }
        // Whose account it was is told to the person who signed in, and to nobody else.
        if self.session.row.member == self.guard.member() {
            for listed in &self.session.known.accounts {
                page.accounts
                    .push(self.account(text.t("connect-wrong-came"), listed));
            }
        }
        page.steps = vec![text.t1("connect-wrong-step", "flow", self.flow())];
        page.actions.push(self.once_more(true).primary());
        page.actions.push(self.to_channel());
        Ok(())
    }

    /// Where this sign-in failed like the one before it, our app is removed at the platform first.
    async fn once_more_in_vain(&self, page: &mut OutcomePage) -> Outcome<()> {
        let ended = matches!(
            self.session.row.phase,
            ConnectPhase::Failed | ConnectPhase::Done
        );
        let Some(channel) = self.session.row.channel.filter(|_| ended) else {
            return Ok(());
        };
        let seen = channels::one(self.web, self.guard, channel, May::Read).await?;
        let alike = diagnosis::failed_alike(self.web, &seen).await?;
        page.first = alike.and_then(|alike| remove_first(self.text, &seen, alike));
        Ok(())
    }

    /// No account can be posted to: which permission, role or link lacks.
    async fn nothing(&self, page: &mut OutcomePage) -> Outcome<()> {
        let text = self.text;
        let accounts = &self.session.known.accounts;
        let (title, lead) = if accounts.is_empty() {
            ("connect-none-listed", "connect-none-listed-words")
        } else {
            ("connect-nothing", "connect-nothing-words")
        };
        page.title = text.t(title);
        page.lead = text.t(lead);
        page.tone = "amber";
        for listed in accounts {
            if let Some(lacking) = &listed.unusable {
                let words = lacking_words(text, lacking.cause, &lacking.missing);
                page.lame.push((self.account(String::new(), listed), words));
            }
        }
        let app = &self.session.app.app;
        let facts = apps::flow_facts(app.platform, app.flow)?;
        let given = connecting::granted(self.web, &self.session.row).await?;
        let asked = |scope: &str| app.scopes.is_empty() || app.scopes.iter().any(|it| it == scope);
        for scope in facts.scopes {
            let lacks = given
                .as_ref()
                .is_some_and(|given| !given.iter().any(|it| it == scope.scope));
            if scope.needed_to_post && lacks && asked(scope.scope) {
                let what = why(text, scope.why);
                page.steps.push(text.t2(
                    "connect-nothing-permission",
                    "what",
                    what,
                    "scope",
                    scope.scope,
                ));
            }
        }
        let keys: &[&'static str] = match (app.platform, app.flow) {
            (Platform::Facebook, _) => &["connect-nothing-page", "connect-nothing-role"],
            (_, LoginFlow::Facebook) => &[
                "connect-nothing-professional",
                "connect-nothing-ticked",
                "connect-nothing-link",
                "connect-nothing-role",
            ],
            (_, LoginFlow::Instagram) => &["connect-nothing-professional"],
            (_, LoginFlow::Bluesky) => &[],
        };
        page.steps.extend(keys.iter().map(|key| text.t(key)));
        Ok(())
    }

    async fn failed(&self, page: &mut OutcomePage) -> Outcome<()> {
        let text = self.text;
        page.mark = "circle-x";
        page.tone = "red";
        match &self.session.known.trouble {
            Some(Trouble::NothingUsable) => self.nothing(page).await?,
            Some(Trouble::Platform {
                cause, evidence, ..
            }) => {
                let words = cause_words(text, *cause);
                page.title = text.t("connect-failed");
                page.lead = format!("{} {}", text.t("connect-nothing-changed"), words.sentence);
                page.steps = words.steps;
                page.evidence = evidence_line(evidence);
            }
            Some(Trouble::AppRemoved) => {
                page.title = text.t("connect-app-removed");
                page.lead = text.t("connect-app-removed-words");
            }
            Some(Trouble::Interrupted) | None => {
                page.title = text.t("connect-interrupted");
                page.lead = text.t("connect-interrupted-words");
            }
        }
        page.actions.push(self.once_more(false).primary());
        page.actions.push(self.to_channel());
        Ok(())
    }

    fn ended(&self, page: &mut OutcomePage, title: &'static str, lead: &'static str) {
        page.title = self.text.t(title);
        page.lead = self.text.t(lead);
        page.actions.push(self.once_more(false).primary());
        page.actions.push(self.to_channel());
    }

    async fn done(&self, page: &mut OutcomePage) -> Outcome<()> {
        let text = self.text;
        let mut held = 0;
        let mut only = None;
        for joined in &self.session.known.joined {
            let seen = channels::one(self.web, self.guard, joined.channel, May::Read).await?;
            if joined.proof == Some(Proven::Works) {
                held += seen.waiting.held;
                only = Some(joined.channel);
            }
            let mut row = self.done_row(joined, &seen);
            self.ask_spare(joined, &seen, &mut row).await?;
            page.done.push(row);
        }
        for elsewhere in &self.session.known.elsewhere {
            let set = sets::one(self.web, self.guard, elsewhere.social_set)
                .await
                .map(|set| set.name);
            let set = set.unwrap_or_else(|_| text.t("connect-another-set"));
            page.elsewhere.push(text.t2(
                "connect-elsewhere",
                "handle",
                at_handle(&elsewhere.handle),
                "set",
                set,
            ));
        }
        let works = |joined: &&Joined| joined.proof == Some(Proven::Works);
        let well = self.session.known.joined.iter().filter(works).count();
        let all = well == page.done.len() && well > 0;
        page.title = text.t(if all {
            "connect-done"
        } else if well > 0 {
            "connect-done-partly"
        } else {
            "connect-done-not"
        });
        page.lead = text.t(if all {
            "connect-done-words"
        } else {
            "connect-done-not-words"
        });
        (page.tone, page.mark) = if all {
            ("green", "circle-check")
        } else {
            ("amber", "triangle-alert")
        };
        if held > 0 {
            let query = only
                .filter(|_| page.done.len() == 1)
                .map(|id| format!("?channel={id}"))
                .unwrap_or_default();
            let action =
                Action::link(text.t("connect-reschedule-all"), format!("/missed{query}")).primary();
            page.held = Some((text.t1("connect-held", "n", held), action));
        }
        if !all {
            page.actions.push(self.once_more(true).primary());
        }
        page.actions
            .push(Action::link(text.t("nav-linked-accounts"), urls::Channels.to_string()).quiet());
        Ok(())
    }

    /// Somebody else's sign-in is in use and well: whoever signed in is asked whether this one may stand by.
    async fn ask_spare(&self, joined: &Joined, seen: &Seen, row: &mut Done) -> Outcome<()> {
        let all = sign_ins::list(self.web, self.guard, joined.channel).await?;
        let here = all.iter().find(|one| one.login.on.id == joined.login);
        let first = all.iter().find(|one| place(&one.login) == Place::InUse);
        let (Some(here), Some(first)) = (here, first) else {
            return Ok(());
        };
        if place(&here.login) != Place::Asks {
            return Ok(());
        }
        let (person, in_use) = (
            here.login.grant.person_name.as_str(),
            first.login.grant.person_name.as_str(),
        );
        row.question = self
            .text
            .t2("spare-question", "person", person, "first", in_use);
        row.decisions = actions(self.guard, self.text, seen, &here.login, in_use);
        Ok(())
    }

    fn done_row(&self, joined: &Joined, seen: &Seen) -> Done {
        let say = Say::of(self.text, self.web.now(), seen);
        let label = self.text.t(if joined.new {
            "connect-new-channel"
        } else {
            "connect-known-channel"
        });
        let channel = urls::Channel {
            channel: joined.channel,
        }
        .to_string();
        let (ticks, words) = ticks(self.text, &say, joined, seen);
        Done {
            account: Account {
                label,
                ring: say.ring(seen),
                handle: at_handle(&seen.channel.handle),
            },
            ticks,
            words,
            question: String::new(),
            decisions: Vec::new(),
            action: Action::link(self.text.t("connect-open-channel"), channel).small(),
        }
    }
}
