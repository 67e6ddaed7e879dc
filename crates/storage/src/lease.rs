//! A lease on a row. It saves work: no two nodes do the same at once while both are well. It does not
//! give correctness: that is the fence, which every later write of the holder compares.

use domain::Timestamp;
use domain::ids::IncarnationId;

/// The lease that a claim took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Who holds it.
    pub by: IncarnationId,
    /// Grows with every claim of the row; a write with an older one changes nothing.
    pub fence: i64,
}

/// When and by whom a claim is made.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Who claims.
    pub by: IncarnationId,
    /// The product time: what is due.
    pub now: Timestamp,
    /// The security time: which leases are over.
    pub clock_now: Timestamp,
    /// Until when the new lease holds, in security time.
    pub until: Timestamp,
    /// Leases that ended before this are free: now less the longest call.
    pub free_before: Timestamp,
    /// The most rows.
    pub limit: usize,
}
