//! How each channel of a social set stands: the channel with the login that calls are made with. For
//! whoever plans, and for lists; nothing sealed is read.

use domain::Timestamp;
use domain::cause::Cause;
use domain::grant::{LifeWord, Mechanism};
use domain::health::{Evidence, Health};
use domain::ids::{SocialSetId, WorkspaceId};

use crate::channels::ChannelRow;
use crate::engine::Conn;
use crate::error::Result;
use crate::json::maybe_read;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// The channels of a set with their primary login, and until when another one would stand in for it. An end that is
    /// not known is as far away as a year can be.
    OF_SET = "select c.*, g.health, g.cause, g.evidence, g.since_ms, g.proven_at_ms, g.horizon_at_ms as channel_horizon_ms,
            o.horizon_at_ms as grant_horizon_ms, o.life, o.life_cause, o.created_at_ms as signed_in_at_ms, o.mechanism,
            (select max(case when coalesce(s.horizon_at_ms, 253402200000000) < coalesce(held.horizon_at_ms, 253402200000000)
                    then coalesce(s.horizon_at_ms, 253402200000000) else coalesce(held.horizon_at_ms, 253402200000000) end)
                from channel_grant s join oauth_grant held on held.id = s.grant_id
                where s.workspace_id = c.workspace_id and s.channel_id = c.id and s.standing = 'spare'
                    and s.consent = 'stands_by' and s.health in ('healthy', 'expiring', 'waiting')
                    and held.life = 'live') as spare_until_ms
        from channel c
        left join channel_grant g on g.channel_id = c.id and g.standing = 'primary'
        left join oauth_grant o on o.id = g.grant_id
        where c.workspace_id = $1 and c.social_set_id = $2 order by c.platform, c.handle, c.id";
    /// The same of a whole workspace.
    OF_WORKSPACE = "select c.*, g.health, g.cause, g.evidence, g.since_ms, g.proven_at_ms, g.horizon_at_ms as channel_horizon_ms,
            o.horizon_at_ms as grant_horizon_ms, o.life, o.life_cause, o.created_at_ms as signed_in_at_ms, o.mechanism,
            (select max(case when coalesce(s.horizon_at_ms, 253402200000000) < coalesce(held.horizon_at_ms, 253402200000000)
                    then coalesce(s.horizon_at_ms, 253402200000000) else coalesce(held.horizon_at_ms, 253402200000000) end)
                from channel_grant s join oauth_grant held on held.id = s.grant_id
                where s.workspace_id = c.workspace_id and s.channel_id = c.id and s.standing = 'spare'
                    and s.consent = 'stands_by' and s.health in ('healthy', 'expiring', 'waiting')
                    and held.life = 'live') as spare_until_ms
        from channel c
        left join channel_grant g on g.channel_id = c.id and g.standing = 'primary'
        left join oauth_grant o on o.id = g.grant_id
        where c.workspace_id = $1 order by c.platform, c.handle, c.id";
}

/// A channel and how its login is.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The channel.
    pub channel: ChannelRow,
    /// Its login, if it has one.
    pub login: Option<LoginStanding>,
}

/// The login that calls are made with.
#[derive(Debug, Clone)]
pub struct LoginStanding {
    /// How it is; a grant that ended counts as needing a person.
    pub health: Health,
    /// Why, where it is not well.
    pub cause: Option<Cause>,
    /// What the platform said.
    pub evidence: Option<Evidence>,
    /// Since when it is so.
    pub since: Timestamp,
    /// When it was last proven.
    pub proven_at: Option<Timestamp>,
    /// The earliest end that no machine can move.
    pub horizon: Option<Timestamp>,
    /// When the person signed in.
    pub signed_in_at: Timestamp,
    /// How it is prolonged.
    pub mechanism: Mechanism,
    /// Until when another sign-in that stands by would take over from it; none where there is none.
    pub spare_until: Option<Timestamp>,
}

impl LoginStanding {
    /// From when on a post would find no login that lives; none where no such moment is known. A sign-in that
    /// stands by counts: it takes over by itself.
    #[must_use]
    pub fn at_risk_from(&self) -> Option<Timestamp> {
        let end = self.horizon?;
        match self.spare_until {
            Some(until) if until.as_millisecond() >= FOREVER_MS => None,
            Some(until) => Some(until.max(end)),
            None => Some(end),
        }
    }
}

/// What stands for an end that is not known, in milliseconds.
const FOREVER_MS: i64 = 253_402_200_000_000;

impl Standing {
    fn from_row(row: &Row) -> Result<Self> {
        let channel = ChannelRow::from_row(row)?;
        let Some(health) = row.get::<Option<Health>>("health")? else {
            return Ok(Self {
                channel,
                login: None,
            });
        };
        let ended = row.get::<Option<LifeWord>>("life")? != Some(LifeWord::Live);
        let on: Option<Cause> = row.get("cause")?;
        let of_grant: Option<Cause> = row.get("life_cause")?;
        let horizons: [Option<Timestamp>; 2] =
            [row.get("channel_horizon_ms")?, row.get("grant_horizon_ms")?];
        let login = LoginStanding {
            health: if ended { Health::NeedsRefresh } else { health },
            cause: if ended { of_grant.or(on) } else { on },
            evidence: maybe_read(row, "evidence")?,
            since: row.get("since_ms")?,
            proven_at: row.get("proven_at_ms")?,
            horizon: horizons.into_iter().flatten().min(),
            signed_in_at: row.get("signed_in_at_ms")?,
            mechanism: row.get("mechanism")?,
            spare_until: row.get("spare_until_ms")?,
        };
        Ok(Self {
            channel,
            login: Some(login),
        })
    }
}

/// The channels of a social set, unlinked ones too, each with its login.
///
/// # Errors
/// When the database fails.
pub fn of_set(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    set: SocialSetId,
) -> Result<Vec<Standing>> {
    conn.all(&OF_SET, params![workspace, set])?
        .iter()
        .map(Standing::from_row)
        .collect()
}

/// All channels of a workspace, unlinked ones too, each with its login.
///
/// # Errors
/// When the database fails.
pub fn of_workspace(conn: &mut Conn<'_>, workspace: WorkspaceId) -> Result<Vec<Standing>> {
    conn.all(&OF_WORKSPACE, params![workspace])?
        .iter()
        .map(Standing::from_row)
        .collect()
}
