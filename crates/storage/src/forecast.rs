//! What the forecast and the fire drill read of a whole workspace: every channel with the login that calls are made
//! with, and what is planned ahead. One statement each, however many channels there are; nothing sealed is read.

use domain::Timestamp;
use domain::cause::Cause;
use domain::delivery::StateWord;
use domain::grant::{Ends, LifeWord, Mechanism};
use domain::health::Health;
use domain::ids::{AppId, ChannelId, GrantId, PlatformPersonId, WorkspaceId};
use domain::platform::LoginFlow;

use crate::channels::ChannelRow;
use crate::engine::Conn;
use crate::error::Result;
use crate::json::read;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// Every channel of a workspace with its primary login.
    LOGINS = "select c.*, g.health, g.cause, g.since_ms, g.probe_at_ms, g.horizon_at_ms as channel_horizon_ms,
            o.id as login_id, o.app_id, o.platform_person_id, o.person_name, o.flow, o.mechanism, o.ends,
            o.horizon_at_ms as grant_horizon_ms, o.created_at_ms as signed_in_at_ms, o.fresh_since_ms, o.renew_at_ms,
            o.life, o.life_cause
        from channel c
        left join channel_grant g on g.workspace_id = c.workspace_id and g.channel_id = c.id and g.standing = 'primary'
        left join oauth_grant o on o.workspace_id = c.workspace_id and o.id = g.grant_id
        where c.workspace_id = $1 order by c.social_set_id, c.platform, c.handle, c.id";
    /// What is planned in a stretch of time, on all channels.
    PLANNED = "select channel_id, due_at_ms, state from delivery
        where workspace_id = $1 and due_at_ms >= $2 and due_at_ms < $3
            and state in ('scheduled', 'publishing', 'in_review', 'handed_over')
        order by due_at_ms, id limit $4";
}

/// A channel and its login, as a forecast needs them.
#[derive(Debug, Clone)]
pub struct ChannelLogin {
    /// The channel.
    pub channel: ChannelRow,
    /// The login that calls are made with; none where nobody has signed in.
    pub login: Option<LoginAhead>,
}

/// What is known of a login's future.
#[derive(Debug, Clone)]
pub struct LoginAhead {
    /// Which grant.
    pub grant: GrantId,
    /// Through which app.
    pub app: AppId,
    /// Of which person at the platform; shown to nobody.
    pub person: PlatformPersonId,
    /// Their name.
    pub person_name: String,
    /// Through which flow.
    pub flow: LoginFlow,
    /// How it is; a grant that ended counts as needing a person.
    pub health: Health,
    /// Why, where it is not well.
    pub cause: Option<Cause>,
    /// Since when it is so.
    pub since: Timestamp,
    /// When it is next probed.
    pub probe_at: Option<Timestamp>,
    /// How it is prolonged.
    pub mechanism: Mechanism,
    /// The grant's ends.
    pub ends: Ends,
    /// The earliest end that no machine can move, of grant and channel together.
    pub horizon: Option<Timestamp>,
    /// When the person signed in.
    pub signed_in_at: Timestamp,
    /// When its tokens were last made.
    pub fresh_since: Timestamp,
    /// When it is next renewed.
    pub renew_at: Option<Timestamp>,
}

impl ChannelLogin {
    fn from_row(row: &Row) -> Result<Self> {
        let channel = ChannelRow::from_row(row)?;
        let Some(grant) = row.get::<Option<GrantId>>("login_id")? else {
            return Ok(Self {
                channel,
                login: None,
            });
        };
        let ended = row.get::<LifeWord>("life")? != LifeWord::Live;
        let on: Option<Cause> = row.get("cause")?;
        let of_grant: Option<Cause> = row.get("life_cause")?;
        let health: Health = row.get("health")?;
        let horizons: [Option<Timestamp>; 2] =
            [row.get("channel_horizon_ms")?, row.get("grant_horizon_ms")?];
        let login = LoginAhead {
            grant,
            app: row.get("app_id")?,
            person: row.get("platform_person_id")?,
            person_name: row.get("person_name")?,
            flow: row.get("flow")?,
            health: if ended { Health::NeedsRefresh } else { health },
            cause: if ended { of_grant.or(on) } else { on },
            since: row.get("since_ms")?,
            probe_at: row.get("probe_at_ms")?,
            mechanism: row.get("mechanism")?,
            ends: read(row, "ends")?,
            horizon: horizons.into_iter().flatten().min(),
            signed_in_at: row.get("signed_in_at_ms")?,
            fresh_since: row.get("fresh_since_ms")?,
            renew_at: row.get("renew_at_ms")?,
        };
        Ok(Self {
            channel,
            login: Some(login),
        })
    }
}

/// Every channel of the workspace, unlinked ones too, each with its login.
///
/// # Errors
/// When the database fails.
pub fn logins(conn: &mut Conn<'_>, workspace: WorkspaceId) -> Result<Vec<ChannelLogin>> {
    conn.all(&LOGINS, params![workspace])?
        .iter()
        .map(ChannelLogin::from_row)
        .collect()
}

/// A planned post, as a forecast needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedAt {
    /// On which channel.
    pub channel: ChannelId,
    /// When.
    pub due_at: Timestamp,
    /// Whether the platform holds it already.
    pub handed_over: bool,
}

/// What is planned from `from` up to, not including, `to`, on all channels of the workspace: the first `limit`, by time.
///
/// # Errors
/// When the database fails.
pub fn planned(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    from: Timestamp,
    to: Timestamp,
    limit: usize,
) -> Result<Vec<PlannedAt>> {
    conn.all(&PLANNED, params![workspace, from, to, limit])?
        .iter()
        .map(|row| {
            Ok(PlannedAt {
                channel: row.get("channel_id")?,
                due_at: row.get("due_at_ms")?,
                handed_over: row.get::<StateWord>("state")? == StateWord::HandedOver,
            })
        })
        .collect()
}
