//! Another client in an app's place: for the platform it is somebody else, so what was signed in through the client
//! before ends. It ends at once, in the transaction that changes the client, and for this reason: nobody need find
//! out by refusals. A client that is only put aside (`storage::app_care::retire`) ends nothing.

use domain::Timestamp;
use domain::cause::Cause;
use domain::health::Evidence;
use domain::ids::AppId;
use storage::{Conn, app_care};

use crate::cx::Ids;
use crate::trouble;

/// Ends every sign-in that lives through an app whose client is another from now on.
///
/// # Errors
/// When the database fails.
pub fn replaced(conn: &mut Conn<'_>, ids: &Ids, app: AppId, now: Timestamp) -> storage::Result<()> {
    let evidence = Evidence {
        operation: "mainstay.app".to_owned(),
        message: "the client id of the app was changed here; this sign-in was made through the one before"
            .to_owned(),
        mapped: true,
        ..Evidence::default()
    };
    for grant in app_care::living_grants(conn, app)? {
        trouble::end(conn, ids, &grant, Cause::LifespanEnded, &evidence, now)?;
    }
    Ok(())
}
