//! The shape of a channel: what it is, how its login is, what is missing, what was refused, when it ends.

use domain::Timestamp;
use domain::cause::{Cause, Confidence};
use domain::channel::{Link, Mode};
use domain::grant::{End, Ends};
use domain::health::{Evidence, Health};
use domain::horizon::Outlook;
use domain::ids::{AppId, ChannelId, SocialSetId};
use domain::platform::{LoginFlow, Platform};
use serde::Serialize;
use storage::answers::LoginAnswer;

use crate::actions::channels::Seen;
use crate::actions::lacks::lacks;
use crate::pages::help::cause_href;

/// One account on one platform.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Channel)]
pub struct ChannelJson {
    /// `ch_…`
    #[schema(value_type = String)]
    pub id: ChannelId,
    /// `set_…`
    #[schema(value_type = String)]
    pub social_set: SocialSetId,
    /// `instagram`, `bluesky`, …
    #[schema(value_type = String)]
    pub platform: Platform,
    /// The platform's own account id: the identity.
    pub account_id: String,
    /// The handle, without an @.
    pub handle: String,
    /// The name.
    pub name: String,
    /// `linked` or `unlinked`.
    #[schema(value_type = String)]
    pub link: Link,
    /// `auto` or `remind`.
    #[schema(value_type = String)]
    pub mode: Mode,
    /// `healthy`, `expiring`, `needs_refresh`, `limited`, `waiting`, `checking`.
    #[schema(value_type = String)]
    pub health: Health,
    /// The cause class where it is not well; see `/api/v1/causes`.
    #[schema(value_type = Option<String>)]
    pub cause: Option<Cause>,
    /// How sure the cause is: `documented`, `probable`, `guess`; absent where the platform's table does not say.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// The page about the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_url: Option<String>,
    /// What the platform said, redacted.
    #[schema(value_type = Option<Object>)]
    pub evidence: Option<Evidence>,
    /// A refusal since the last proof that `health` does not tell of: the login is kept and tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_refusal: Option<RefusalJson>,
    /// Signing in failed in the same way again: where at the platform our app is removed first, in its own words.
    /// Only where one channel is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove_app_first: Option<&'static str>,
    /// Since when it is so.
    pub since: Option<Timestamp>,
    /// The earliest end that no machine can move; absent if there is none that is known.
    pub good_until: Option<Timestamp>,
    /// `extends_itself`, `extends_until`, `needs_sign_in_by`, `unknown`.
    pub outlook: &'static str,
    /// The end on which the outlook depends, with where the knowledge comes from; absent if none is known.
    pub outlook_end: Option<EndJson>,
    /// From when on it can be extended ahead of time; absent where no machine can extend it.
    pub extendable_from: Option<Timestamp>,
    /// What the login lacks, by the platform's name; empty where it lacks nothing that has a name.
    pub missing: Vec<LackJson>,
    /// The sign-in that is used.
    pub sign_in: Option<SignInJson>,
    /// Posts that are planned.
    pub planned_posts: u32,
    /// Posts that were missed and wait.
    pub held_posts: u32,
    /// When it was last read back.
    pub synced_at: Option<Timestamp>,
    /// Collab posts that the grid leaves out.
    pub collabs_left_out: Option<u32>,
    /// Since when it is unlinked.
    pub unlinked_at: Option<Timestamp>,
}

/// A permission or role that a login lacks.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Lack)]
pub struct LackJson {
    /// By the platform's name.
    pub name: String,
    /// What it is for: `identify`, `read_posts`, `publish`, `list_pages`, `create_content`; empty where nobody says.
    pub allows: &'static str,
    /// Who can give it: `person` (sign in with it left ticked) or `page_admin` (the role, or the Page's link to
    /// the account, is put right at the platform; signing in does not help until it is).
    pub given_by: &'static str,
}

/// What a platform refused, and what it means.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Refusal)]
pub struct RefusalJson {
    /// The cause class; see `/api/v1/causes`.
    #[schema(value_type = String)]
    pub cause: Cause,
    /// How sure the cause is; absent where the platform's table does not say.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// The page about the cause.
    pub help_url: String,
    /// What the platform said, redacted. `mapped` says whether a table knows it.
    #[schema(value_type = Object)]
    pub evidence: Evidence,
    /// How many of this cause came one after the other.
    pub times: u64,
    /// When the first of them came.
    pub first_at: Timestamp,
    /// When the last came.
    pub at: Timestamp,
}

impl RefusalJson {
    /// Of a channel's login.
    pub(super) fn of(seen: &Seen, last: &LoginAnswer) -> Self {
        Self {
            cause: last.cause,
            confidence: seen.sure(last.cause, &last.evidence),
            help_url: cause_href(last.cause),
            evidence: last.evidence.clone(),
            times: last.times,
            first_at: last.first_at,
            at: last.at,
        }
    }
}

/// What one person's sign-in through one app gave.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = SignIn)]
pub struct SignInJson {
    /// The person's name at the platform.
    pub person: String,
    /// When they signed in.
    pub at: Timestamp,
    /// Through which way.
    #[schema(value_type = String)]
    pub flow: LoginFlow,
    /// Through which app.
    #[schema(value_type = String)]
    pub app: AppId,
    /// The permissions that were granted.
    pub scopes: Vec<String>,
    /// The role there.
    pub role: Option<String>,
    /// `live`, `dead`, `superseded`, `revoked`.
    #[schema(value_type = String)]
    pub life: domain::grant::LifeWord,
    /// Known ends, each with where the knowledge comes from.
    pub ends: Vec<EndJson>,
    /// When it was last proven.
    pub proven_at: Option<Timestamp>,
    /// When it is next extended by itself.
    pub extends_at: Option<Timestamp>,
}

/// One end.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = SignInEnd)]
pub struct EndJson {
    /// `access`, `sliding`, `absolute`, `data_access`.
    pub kind: &'static str,
    /// When.
    pub at: Timestamp,
    /// `answer`, `inspection`, `sheet`; `renewal` where extending it did not move it.
    pub source: &'static str,
}

pub(super) fn ends(of: &Ends, own: &Ends) -> Vec<EndJson> {
    let unmoved = of.absolute_by_renewal && own.absolute_end.is_none();
    let pick = |kind, end: Option<End>| {
        end.map(|end| EndJson {
            kind,
            at: end.at,
            source: if unmoved && kind == "absolute" {
                "renewal"
            } else {
                end.source.as_str()
            },
        })
    };
    [
        pick("access", own.access_end.or(of.access_end)),
        pick("sliding", own.sliding_end.or(of.sliding_end)),
        pick("absolute", own.absolute_end.or(of.absolute_end)),
        pick("data_access", own.data_access_end.or(of.data_access_end)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl From<Seen> for ChannelJson {
    fn from(seen: Seen) -> Self {
        let (health, cause, outlook) = (seen.health(), seen.cause(), seen.outlook());
        let outlook_end = seen.deciding_end().map(|(kind, end)| EndJson {
            kind: kind.as_str(),
            at: end.at,
            source: if seen.end_by_renewal() {
                "renewal"
            } else {
                end.source.as_str()
            },
        });
        let missing = lacks(&seen).into_iter().map(|lack| LackJson {
            allows: lack.why,
            given_by: lack.kind.given_by(),
            name: lack.name,
        });
        let extendable_from = seen
            .login
            .as_ref()
            .filter(|login| login.lives())
            .and_then(|login| login.extends_from().ok().flatten());
        let sign_in = seen.login.as_ref().map(|login| SignInJson {
            person: login.grant.person_name.clone(),
            at: login.grant.created_at,
            flow: login.grant.flow,
            app: login.grant.app,
            scopes: login.grant.scopes.clone(),
            role: login.on.role.clone(),
            life: login.grant.life.word(),
            ends: ends(&login.grant.ends, &login.on.ends),
            proven_at: login.on.proven_at,
            extends_at: login.grant.renew_at,
        });
        let condition = seen.login.as_ref().map(|login| login.on.condition.clone());
        let last_refusal = seen.refusal().map(|last| RefusalJson::of(&seen, last));
        let said = condition
            .as_ref()
            .and_then(|condition| condition.evidence.as_ref());
        let confidence = cause
            .zip(said)
            .and_then(|(cause, said)| seen.sure(cause, said));
        let channel = seen.channel;
        Self {
            id: channel.id,
            social_set: channel.social_set,
            platform: channel.platform,
            account_id: channel.account_id,
            handle: channel.handle,
            name: channel.name,
            link: channel.link,
            mode: channel.mode,
            health,
            cause,
            confidence,
            help_url: cause.map(cause_href),
            last_refusal,
            remove_app_first: None,
            evidence: condition
                .as_ref()
                .and_then(|condition| condition.evidence.clone()),
            since: condition.map(|condition| condition.since),
            good_until: seen
                .login
                .as_ref()
                .and_then(engine::login::LoginRows::horizon),
            outlook: match outlook {
                Outlook::ExtendsItself => "extends_itself",
                Outlook::ExtendsUntil(_) => "extends_until",
                Outlook::NeedsSignInBy(_) => "needs_sign_in_by",
                Outlook::Unknown => "unknown",
            },
            outlook_end,
            extendable_from,
            missing: missing.collect(),
            sign_in,
            planned_posts: seen.waiting.planned,
            held_posts: seen.waiting.held,
            synced_at: channel.synced_at,
            collabs_left_out: channel.collabs_left_out,
            unlinked_at: channel.unlinked_at,
        }
    }
}
