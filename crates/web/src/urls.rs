//! Every address as a type: its path for the table in [`crate::routes`], and the way to write a link
//! to it. No address is put together anywhere else.

use std::fmt;

use domain::ids::{
    ApiKeyId, AppId, ChannelGrantId, ChannelId, ConnectSessionId, DeliveryId, HoldId, MediaId,
    NoticeId, PostId, SessionId, SocialSetId,
};

/// Defines addresses: `Name = "/path";` or `Name { field: Type } = "/path/{field}";`.
macro_rules! urls {
    ($($(#[$doc:meta])* $Name:ident $({ $($field:ident: $Type:ty),+ })? = $path:literal;)+) => {$(
        $crate::urls::url!(@one $(#[$doc])* $Name $({ $($field: $Type),+ })? = $path);
    )+};
}
macro_rules! url {
    (@one $(#[$doc:meta])* $Name:ident = $path:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $Name;
        impl $Name {
            /// The path in the route table.
            pub const PATH: &'static str = $path;
        }
        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str($path) }
        }
    };
    (@one $(#[$doc:meta])* $Name:ident { $($field:ident: $Type:ty),+ } = $path:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $Name {
            $(#[doc = concat!("Fills `{", stringify!($field), "}`.")] pub $field: $Type,)+
        }
        impl $Name {
            /// The path in the route table.
            pub const PATH: &'static str = $path;
        }
        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let path = $path.to_owned();
                $(let path = $crate::urls::fill(&path, stringify!($field), &self.$field.to_string());)+
                f.write_str(&path)
            }
        }
    };
}
pub(crate) use url;

/// Puts a value into its place in a path, so that it cannot end the path's part.
pub(crate) fn fill(path: &str, field: &str, value: &str) -> String {
    let safe: String = value
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect();
    path.replace(&format!("{{{field}}}"), &safe)
}

// Everybody.
urls! {
    /// Liveness.
    Healthz = "/healthz";
    /// Readiness.
    Readyz = "/readyz";
    /// Signing in.
    SignIn = "/sign-in";
    /// A one-time link.
    Enter { code: String } = "/enter/{code}";
    /// The first account.
    FirstStart = "/first-start";
    /// A page about a problem code.
    ProblemDocs { code: String } = "/docs/problems/{code}";
    /// The API reference for people.
    ApiDocs = "/api/docs";
    /// The API description for programs.
    OpenApi = "/api/v1/openapi.json";
}

// Whoever is signed in.
urls! {
    /// Signing out.
    SignOut = "/sign-out";
    /// Another workspace, another set.
    Switch = "/switch";
    /// Choosing a set in the account switcher.
    SelectSet { set: SocialSetId } = "/sets/{set}/select";
    /// Where a person is signed in.
    Sessions = "/settings/sessions";
    /// Ends one session.
    EndSession { session: SessionId } = "/settings/sessions/{session}/end";
    /// Ends all others.
    EndOtherSessions = "/settings/sessions/end-others";
    /// Another password.
    Password = "/settings/password";
}

// Members, in the pages.
urls! {
    /// What needs you, what comes next.
    Home = "/";
    /// The workspace's settings.
    Settings = "/settings";
    /// Members of the workspace.
    Members = "/settings/members";
    /// Social sets in the settings.
    SetSettings = "/settings/sets";
    /// One set's name, zone and limit.
    EditSet { set: SocialSetId } = "/settings/sets/{set}";
    /// Bearer keys.
    Keys = "/settings/keys";
    /// Revokes one.
    RevokeKey { key: ApiKeyId } = "/settings/keys/{key}/revoke";
    /// Holds of sets and of the workspace.
    Holds = "/settings/holds";
    /// Ends one.
    EndHold { hold: HoldId } = "/settings/holds/{hold}/end";
    /// The audit log.
    AuditLog = "/settings/audit-log";
}

// Channels, signing in at platforms, the Inbox.
urls! {
    /// The social sets with their channels.
    Sets = "/sets";
    /// *Social Set Manager* of one set.
    SetManager { set: SocialSetId } = "/sets/{set}";
    /// A first connection through this app: what is asked and why, then away.
    ConnectNew { set: SocialSetId, app: AppId } = "/sets/{set}/connect/{app}";
    /// *Linked Accounts*.
    Channels = "/channels";
    /// One channel.
    Channel { channel: ChannelId } = "/channels/{channel}";
    /// Its picture.
    ChannelPicture { channel: ChannelId } = "/channels/{channel}/picture";
    /// *Refresh Channel Connection*.
    RefreshChannel { channel: ChannelId } = "/channels/{channel}/refresh";
    /// *Extend now*.
    ExtendChannel { channel: ChannelId } = "/channels/{channel}/extend";
    /// *Check now*.
    CheckChannel { channel: ChannelId } = "/channels/{channel}/check";
    /// *Update grid*.
    SyncChannel { channel: ChannelId } = "/channels/{channel}/sync";
    /// Who posts.
    ChannelMode { channel: ChannelId } = "/channels/{channel}/mode";
    /// *Unlink*.
    UnlinkChannel { channel: ChannelId } = "/channels/{channel}/unlink";
    /// *Undo*.
    UndoUnlink { channel: ChannelId } = "/channels/{channel}/undo-unlink";
    /// What is decided about a sign-in that is not in use.
    ChannelSignIn { channel: ChannelId, login: ChannelGrantId } = "/channels/{channel}/sign-ins/{login}";
    /// Gives the sign-in of an unlinked channel back.
    GiveBack { channel: ChannelId } = "/channels/{channel}/give-back";
    /// A sign-in under way, or what became of it.
    Connect { session: ConnectSessionId } = "/connect/{session}";
    /// To the platform.
    ConnectGo { session: ConnectSessionId } = "/connect/{session}/go";
    /// The picture of an account that is not a channel yet, by its place in the list.
    ConnectPicture { session: ConnectSessionId, place: usize } = "/connect/{session}/pictures/{place}";
    /// Accounts were chosen.
    ConnectChoose { session: ConnectSessionId } = "/connect/{session}/choose";
    /// Whether it is the same account.
    ConnectSame { session: ConnectSessionId } = "/connect/{session}/same";
    /// Goes on where the platform kept us waiting.
    ConnectGoOn { session: ConnectSessionId } = "/connect/{session}/go-on";
    /// Where platforms send browsers back to.
    OauthCallback { platform: String } = "/oauth/callback/{platform}";
    /// The same, without the platform's name; the state says which sign-in it is.
    OauthCallbackPlain = "/oauth/callback";
    /// Who we are, for Bluesky's servers: the installation's app.
    BlueskyHouseClient = "/oauth/bluesky/client-metadata.json";
    /// Who we are, for Bluesky's servers: a workspace's own app.
    BlueskyClient { app: AppId } = "/oauth/bluesky/{app}/client-metadata.json";
    /// What becomes of every sign-in: `?social_set=`, `?view=table`.
    Forecast = "/forecast";
    /// The same as a picture.
    ForecastPicture = "/forecast.svg";
    /// *What if this broke tonight?* `?cause=`, `?at=`.
    FireDrill { channel: ChannelId } = "/channels/{channel}/fire-drill";
    /// The Inbox.
    Inbox = "/inbox";
    /// Somebody saw it.
    AcknowledgeNotice { notice: NoticeId } = "/inbox/{notice}/acknowledge";
    /// Help.
    Help = "/help";
    /// A page about a cause.
    HelpCause { cause: String } = "/help/causes/{cause}";
    /// What a platform said to a channel's login, as it came. For admins.
    ChannelEvidence { channel: ChannelId } = "/channels/{channel}/evidence";
    /// Answers that no table knows. For admins.
    UnmappedAnswers = "/settings/answers";
    /// What a platform said to a channel's login, as it came. For admins.
    ApiChannelEvidence { channel: ChannelId } = "/api/v1/channels/{channel}/evidence";
    /// Answers that no table knows. For admins.
    ApiUnmappedAnswers = "/api/v1/unmapped-answers";
    /// Apps in the settings.
    Apps = "/settings/apps";
    /// A new one.
    NewApp { platform: String, flow: String } = "/settings/apps/new/{platform}/{flow}";
    /// One.
    EditApp { app: AppId } = "/settings/apps/{app}";
    /// A new secret beside the present one.
    AppSecret { app: AppId } = "/settings/apps/{app}/secret";
    /// What else is done with an app.
    AppDo { app: AppId } = "/settings/apps/{app}/do";
    /// A test sign-in through an app.
    AppTest { app: AppId } = "/settings/apps/{app}/test";
    /// What a test sign-in showed.
    AppTested { session: ConnectSessionId } = "/settings/app-tests/{session}";
    /// What to create at a platform, and what to copy where.
    AppSetUp { platform: String } = "/settings/app-set-up/{platform}";
}

// The same for programs.
urls! {
    /// Channels.
    ApiChannels = "/api/v1/channels";
    /// One.
    ApiChannel { channel: ChannelId } = "/api/v1/channels/{channel}";
    /// Begins a sign-in that mends it.
    ApiChannelRefresh { channel: ChannelId } = "/api/v1/channels/{channel}/refresh";
    /// *Extend now*.
    ApiChannelExtend { channel: ChannelId } = "/api/v1/channels/{channel}/extend";
    /// *Check now*.
    ApiChannelCheck { channel: ChannelId } = "/api/v1/channels/{channel}/check";
    /// *Update grid*.
    ApiChannelSync { channel: ChannelId } = "/api/v1/channels/{channel}/sync";
    /// Who posts.
    ApiChannelMode { channel: ChannelId } = "/api/v1/channels/{channel}/mode";
    /// *Unlink*.
    ApiChannelUnlink { channel: ChannelId } = "/api/v1/channels/{channel}/unlink";
    /// *Undo*.
    ApiChannelUndoUnlink { channel: ChannelId } = "/api/v1/channels/{channel}/undo-unlink";
    /// Gives the sign-in back.
    ApiChannelGiveBack { channel: ChannelId } = "/api/v1/channels/{channel}/give-back";
    /// The sign-ins on it.
    ApiChannelSignIns { channel: ChannelId } = "/api/v1/channels/{channel}/sign-ins";
    /// It takes over when the first one ends.
    ApiSignInStandBy { channel: ChannelId, login: ChannelGrantId } = "/api/v1/channels/{channel}/sign-ins/{login}/stand-by";
    /// It is used from now on.
    ApiSignInFirst { channel: ChannelId, login: ChannelGrantId } = "/api/v1/channels/{channel}/sign-ins/{login}/first";
    /// It is taken off the channel.
    ApiSignInRemove { channel: ChannelId, login: ChannelGrantId } = "/api/v1/channels/{channel}/sign-ins/{login}/remove";
    /// What happened to it.
    ApiChannelTimeline { channel: ChannelId } = "/api/v1/channels/{channel}/timeline";
    /// What becomes of every sign-in.
    ApiForecast = "/api/v1/forecast";
    /// What would happen if it broke.
    ApiFireDrill { channel: ChannelId } = "/api/v1/channels/{channel}/fire-drill";
    /// Sign-ins under way.
    ApiConnectSessions = "/api/v1/connect-sessions";
    /// One.
    ApiConnectSession { session: ConnectSessionId } = "/api/v1/connect-sessions/{session}";
    /// What the platform sent back.
    ApiConnectComplete { session: ConnectSessionId } = "/api/v1/connect-sessions/{session}/complete";
    /// Accounts were chosen.
    ApiConnectChoose { session: ConnectSessionId } = "/api/v1/connect-sessions/{session}/choose";
    /// Whether it is the same account.
    ApiConnectSame { session: ConnectSessionId } = "/api/v1/connect-sessions/{session}/same";
    /// Goes on.
    ApiConnectGoOn { session: ConnectSessionId } = "/api/v1/connect-sessions/{session}/go-on";
    /// Apps.
    ApiApps = "/api/v1/apps";
    /// One.
    ApiApp { app: AppId } = "/api/v1/apps/{app}";
    /// What lives through it.
    ApiAppLogins { app: AppId } = "/api/v1/apps/{app}/logins";
    /// Its field check.
    ApiAppCheck { app: AppId } = "/api/v1/apps/{app}/check";
    /// A new secret beside the present one.
    ApiAppSecrets { app: AppId } = "/api/v1/apps/{app}/secrets";
    /// Forgets one of two secrets.
    ApiAppForget { app: AppId } = "/api/v1/apps/{app}/secrets/forget";
    /// Its signing keys.
    ApiAppKeys { app: AppId } = "/api/v1/apps/{app}/keys";
    /// Forgets those that nothing is bound to.
    ApiAppDropKeys { app: AppId } = "/api/v1/apps/{app}/keys/drop-unused";
    /// A test sign-in.
    ApiAppTest { app: AppId } = "/api/v1/apps/{app}/test";
    /// The field check of an app that is not stored.
    ApiAppChecks = "/api/v1/app-checks";
    /// Notices.
    ApiNotices = "/api/v1/notices";
    /// One.
    ApiNotice { notice: NoticeId } = "/api/v1/notices/{notice}";
    /// Somebody saw it.
    ApiNoticeAcknowledge { notice: NoticeId } = "/api/v1/notices/{notice}/acknowledge";
    /// Cause classes.
    ApiCauses = "/api/v1/causes";
    /// One.
    ApiCause { cause: String } = "/api/v1/causes/{cause}";
}

// The demo.
urls! {
    /// Every component in every state.
    Components = "/dev/components";
    /// Kills a login.
    DemoBreak = "/demo/break-login";
    /// Jumps to the next post.
    DemoNext = "/demo/next-post";
    /// Jumps 14 days.
    DemoJump = "/demo/jump-14-days";
    /// Takes the platform down, or up.
    DemoDown = "/demo/platform-down";
    /// Furnishes it anew.
    DemoReset = "/demo/reset";
}

// Programs.
urls! {
    /// Who am I.
    ApiMe = "/api/v1/me";
    /// The workspace.
    ApiWorkspace = "/api/v1/workspace";
    /// Social sets.
    ApiSets = "/api/v1/social-sets";
    /// One.
    ApiSet { set: SocialSetId } = "/api/v1/social-sets/{set}";
    /// Members.
    ApiMembers = "/api/v1/members";
    /// Bearer keys.
    ApiKeys = "/api/v1/api-keys";
    /// One.
    ApiKey { key: ApiKeyId } = "/api/v1/api-keys/{key}";
    /// The audit log.
    ApiAuditLog = "/api/v1/audit-log";
    /// Holds.
    ApiHolds = "/api/v1/holds";
    /// One.
    ApiHold { hold: HoldId } = "/api/v1/holds/{hold}";
}

// Planning, in the pages.
urls! {
    /// The calendar: `?month=`, `?view=`, `?delivery=`.
    Calendar = "/calendar";
    /// A chip was dragged to another day.
    CalendarMove = "/calendar/move";
    /// The composer with a new post.
    ComposeNew = "/posts/new";
    /// Findings and preview while a person writes.
    ComposeCheck = "/posts/check";
    /// The composer with a stored post.
    Compose { post: PostId } = "/posts/{post}";
    /// Throws a draft away, or takes a post back.
    Discard { post: PostId } = "/posts/{post}/discard";
    /// Drafts.
    Drafts = "/drafts";
    /// The Plan Grid: `?channel=`.
    Grid = "/grid";
    /// A tile was dragged onto another.
    GridMove = "/grid/move";
    /// *Update grid*.
    GridUpdate = "/grid/update";
    /// Missed posts.
    Missed = "/missed";
    /// *Reschedule all*: the proposal, and saying yes to it.
    MissedReschedule = "/missed/reschedule";
    /// A post on one channel: its history.
    Delivery { delivery: DeliveryId } = "/deliveries/{delivery}";
    /// Plans it again.
    DeliveryReschedule { delivery: DeliveryId } = "/deliveries/{delivery}/reschedule";
    /// Posts it now.
    DeliveryPublish { delivery: DeliveryId } = "/deliveries/{delivery}/publish";
    /// Takes it back.
    DeliveryCancel { delivery: DeliveryId } = "/deliveries/{delivery}/cancel";
    /// Lets it go.
    DeliveryDrop { delivery: DeliveryId } = "/deliveries/{delivery}/drop";
    /// Says what became of it.
    DeliverySettle { delivery: DeliveryId } = "/deliveries/{delivery}/settle";
    /// Says that it was posted by hand.
    DeliveryMarkPosted { delivery: DeliveryId } = "/deliveries/{delivery}/mark-posted";
    /// Takes pictures in.
    Upload = "/media";
    /// A picture, for members.
    Picture { sha256: String } = "/media/{sha256}";
}

// Planning, for programs.
urls! {
    /// Pictures.
    ApiMedia = "/api/v1/media";
    /// One.
    ApiMediaOne { media: MediaId } = "/api/v1/media/{media}";
    /// Posts.
    ApiPosts = "/api/v1/posts";
    /// One.
    ApiPost { post: PostId } = "/api/v1/posts/{post}";
    /// Plans it.
    ApiPostSchedule { post: PostId } = "/api/v1/posts/{post}/schedule";
    /// Plans it again.
    ApiPostReschedule { post: PostId } = "/api/v1/posts/{post}/reschedule";
    /// Posts it now.
    ApiPostPublish { post: PostId } = "/api/v1/posts/{post}/publish";
    /// Takes it back.
    ApiPostCancel { post: PostId } = "/api/v1/posts/{post}/cancel";
    /// Posts on their channels.
    ApiDeliveries = "/api/v1/deliveries";
    /// Many planned again.
    ApiDeliveriesReschedule = "/api/v1/deliveries/reschedule";
    /// One.
    ApiDelivery { delivery: DeliveryId } = "/api/v1/deliveries/{delivery}";
    /// Plans it again.
    ApiDeliveryReschedule { delivery: DeliveryId } = "/api/v1/deliveries/{delivery}/reschedule";
    /// Takes it back.
    ApiDeliveryCancel { delivery: DeliveryId } = "/api/v1/deliveries/{delivery}/cancel";
    /// Lets it go.
    ApiDeliveryDrop { delivery: DeliveryId } = "/api/v1/deliveries/{delivery}/drop";
    /// Says what became of it.
    ApiDeliverySettle { delivery: DeliveryId } = "/api/v1/deliveries/{delivery}/settle";
    /// Says that it was posted by hand.
    ApiDeliveryMarkPosted { delivery: DeliveryId } = "/api/v1/deliveries/{delivery}/mark-posted";
    /// Its history.
    ApiDeliveryHistory { delivery: DeliveryId } = "/api/v1/deliveries/{delivery}/history";
    /// The grid of a channel.
    ApiGrid = "/api/v1/grid";
    /// Two swap their times.
    ApiGridSwap = "/api/v1/grid/swap";
    /// The calendar of a set.
    ApiCalendar = "/api/v1/calendar";
    /// A post goes to another day.
    ApiCalendarMove = "/api/v1/calendar/move";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_inside_their_part() {
        let link = Enter {
            code: "a/../b?c#d é".to_owned(),
        }
        .to_string();
        assert_eq!(link, "/enter/a%2F..%2Fb%3Fc%23d%20%C3%A9");
        assert_eq!(SignIn.to_string(), SignIn::PATH);
    }
}
