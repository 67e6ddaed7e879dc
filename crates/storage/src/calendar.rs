//! The calendar of a social set: what is due in a window, at most so many a day, with each day's number.
//! The caller knows the zone; here a day is a stretch of 24 hours from an offset on.

use domain::Timestamp;
use domain::ids::{SocialSetId, WorkspaceId};

use crate::deliveries::DeliveryRow;
use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::sql::statements;

statements! {
    /// What is due in a window, at most so many a day. What a person called off or let go is not there.
    WINDOW = "select * from (
            select delivery.*,
                row_number() over (partition by (due_at_ms + $5) / 86400000 order by due_at_ms, id) as place,
                count(*) over (partition by (due_at_ms + $5) / 86400000) as that_day
            from delivery
            where workspace_id = $1 and due_at_ms >= $3 and due_at_ms < $4 and social_set_id = $2
                and state not in ('canceled', 'dropped')) as dated
        where place <= $6 order by due_at_ms, id";
}

/// A stretch of time in which the zone's offset does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
    /// How far the wall clock is ahead of UTC in it, in milliseconds.
    pub ahead_ms: i64,
}

/// A delivery in the calendar.
#[derive(Debug, Clone)]
pub struct Dated {
    /// The delivery; it has a planned time.
    pub delivery: DeliveryRow,
    /// How many there are on its day, within the stretch.
    pub that_day: u64,
}

/// What is due in a stretch, by time, at most `per_day` a day.
///
/// # Errors
/// When the database fails.
pub fn window(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    set: SocialSetId,
    stretch: Stretch,
    per_day: usize,
) -> Result<Vec<Dated>> {
    conn.all(
        &WINDOW,
        params![
            workspace,
            set,
            stretch.from,
            stretch.to,
            stretch.ahead_ms,
            per_day
        ],
    )?
    .iter()
    .map(|row| {
        Ok(Dated {
            delivery: DeliveryRow::from_row(row)?,
            that_day: row.get("that_day")?,
        })
    })
    .collect()
}
