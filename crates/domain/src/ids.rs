//! Ids as types. Each is a UUID version 7 made from the given time and the given chance; at the edge
//! of the API it wears a prefix (`ch_…`), so that a pasted id says what it is.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::Timestamp;
use crate::chance::Chance;

/// What every id type can do.
pub trait Id: Copy + Ord + fmt::Display + FromStr<Err = BadId> + Send + Sync + 'static {
    /// The prefix at the edge, without the underscore.
    const PREFIX: &'static str;
    /// Wraps a stored UUID.
    fn from_uuid(uuid: Uuid) -> Self;
    /// The UUID as it is stored.
    fn uuid(self) -> Uuid;
    /// Makes a new id: version 7, so ids of one table sort by the time they were made.
    fn new(now: Timestamp, chance: &dyn Chance) -> Self {
        let mut random = [0u8; 10];
        chance.fill(&mut random);
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Self::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}

/// A text that is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}_ followed by 32 hexadecimal digits")]
pub struct BadId {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $Name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $Name(Uuid);
        impl Id for $Name {
            const PREFIX: &'static str = $prefix;
            fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
            fn uuid(self) -> Uuid { self.0 }
        }
        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, concat!($prefix, "_{}"), self.0.simple()) }
        }
        impl fmt::Debug for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
        }
        impl FromStr for $Name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                let bad = BadId { prefix: $prefix };
                let hex = text.strip_prefix(concat!($prefix, "_")).ok_or(bad.clone())?;
                if hex.len() != 32 { return Err(bad); }
                Uuid::try_parse(hex).map(Self).map_err(|_| bad)
            }
        }
        impl serde::Serialize for $Name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
        }
        impl<'de> serde::Deserialize<'de> for $Name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// One customer: the tenant boundary.
    WorkspaceId = "ws";
    /// A person with an account here.
    PersonId = "pe";
    /// That person's membership in one workspace.
    MemberId = "mb";
    /// A brand's channels.
    SocialSetId = "set";
    /// Our registration at a platform.
    AppId = "app";
    /// One account on one platform.
    ChannelId = "ch";
    /// What one sign-in gave us.
    GrantId = "gr";
    /// A grant on a channel.
    ChannelGrantId = "cg";
    /// The same person at the same app, over workspaces.
    PlatformPersonId = "pp";
    /// What a person plans.
    PostId = "post";
    /// A post on one channel.
    DeliveryId = "dl";
    /// One try at a delivery.
    AttemptId = "at";
    /// One recorded call in an attempt.
    StepId = "st";
    /// A picture or film.
    MediaId = "md";
    /// News about channels and posts.
    NoticeId = "no";
    /// A sign-in at a platform that is under way.
    ConnectSessionId = "cs";
    /// A browser session.
    SessionId = "se";
    /// A bearer key of the API.
    ApiKeyId = "key";
    /// A line of history.
    EventId = "ev";
    /// One run of one program: a restart is another incarnation.
    IncarnationId = "in";
    /// One intent to renew a grant.
    RenewalId = "rn";
    /// A post read back from a platform.
    RemotePostId = "rp";
    /// A line of the audit log.
    AuditId = "au";
    /// A time in which an app's breaker was open.
    BreakerId = "br";
    /// A hold on all posts of a set or workspace.
    HoldId = "ho";
}
