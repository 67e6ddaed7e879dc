//! What is due for renewal: taking it, reading what each renewal needs, and keeping so many under way. How one grant is
//! renewed is in `renew.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use domain::ids::{AppId, GrantId, WorkspaceId};
use futures_util::future::{BoxFuture, OptionFuture};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use storage::Conn;
use storage::apps::{self, AppRow};
use storage::grants::{self, GrantRow};

use crate::cx::{Cx, Held};
use crate::error::Result;
use crate::reconciler::Report;
use crate::renew::{self, Came};
use crate::unreadable::{self, What};

/// A grant whose lease is held, with what its renewal needs.
pub(crate) struct Due {
    /// The grant.
    pub grant: GrantRow,
    /// Until when it is ours.
    pub held: Held,
    /// The app that it was made through.
    pub app: Option<Arc<AppRow>>,
}

/// One run: takes what is due and renews it. The next are taken before the last are done, so that one slow answer holds
/// up nothing else; after a while ([`crate::Bounds::takes_ms`]) it only finishes what it has, so that the program can stop.
///
/// # Errors
/// When a claim fails; what goes wrong with one grant is recorded with it.
pub async fn step(cx: &Cx) -> Result<Report> {
    let until = cx.clocks.boot.boot_ms() + cx.bounds.takes_ms;
    let (mut report, mut failed) = (Report::default(), None);
    let (mut waiting, mut out) = (VecDeque::new(), FuturesUnordered::new());
    let mut taking = Some(take(cx).boxed());
    loop {
        while out.len() < cx.bounds.in_flight.max(1)
            && let Some(renewal) = waiting.pop_front()
        {
            out.push(renewal);
        }
        let goes_on = report.more && cx.clocks.boot.boot_ms() < until;
        if goes_on && taking.is_none() && waiting.len() < cx.bounds.in_flight {
            taking = Some(take(cx).boxed());
        }
        tokio::select! {
            biased;
            Some((id, came)) = out.next() => count(&mut report, id, came),
            Some(taken) = OptionFuture::from(taking.as_mut()) => {
                taking = None;
                match taken {
                    Ok((renewals, more)) => {
                        waiting.extend(renewals);
                        report.more = more;
                    }
                    // What is under way is not dropped for it: an answer may be on its way.
                    Err(error) => (failed, report.more) = (Some(error), false),
                }
            }
            else => return failed.map_or(Ok(report), Err),
        }
    }
}

fn count(report: &mut Report, id: GrantId, came: Result<Came>) {
    match came {
        Ok(Came::Renewed | Came::Busy) => report.done += 1,
        Ok(Came::TryAgain(_) | Came::Locked(_) | Came::Dead(_)) => report.troubled += 1,
        Err(error) => {
            report.troubled += 1;
            tracing::warn!(grant = %id, %error, "a renewal could not be recorded");
        }
    }
}

/// A renewal that has not begun, and of which grant.
type Renewal = BoxFuture<'static, (GrantId, Result<Came>)>;

/// Takes what is due, and whether there is likely more. All of it is under way for who asks: a call that needs one of
/// these tokens waits for it, and not for the lease.
async fn take(cx: &Cx) -> Result<(Vec<Renewal>, bool)> {
    let (claim, ends_boot_ms) = cx.claim();
    let full = claim.limit;
    let write = move |conn: &mut Conn<'_>| {
        let taken = grants::claim(conn, &claim)?;
        let more = taken.taken() == full;
        let due = with_apps(conn, taken.rows, ends_boot_ms)?;
        Ok((due, taken.unreadable, more))
    };
    let (due, unreadable, more) = cx.store.write("renew.claim", write).await?;
    unreadable::tell(cx, What::Grant, unreadable).await;
    let renewals = due.into_iter().map(|due| {
        let id = due.grant.id;
        renew::under_way(cx, due)
            .map(move |came| (id, came))
            .boxed()
    });
    Ok((renewals.collect(), more))
}

/// Takes one grant, due or not; none where it ended or somebody holds it.
pub(crate) async fn take_one(cx: &Cx, workspace: WorkspaceId, id: GrantId) -> Result<Option<Due>> {
    let (claim, ends_boot_ms) = cx.claim();
    let write = move |conn: &mut Conn<'_>| {
        let taken = grants::claim_one(conn, workspace, id, &claim)?;
        with_apps(conn, taken.into_iter().collect(), ends_boot_ms)
    };
    Ok(cx.store.write("renew.claim_one", write).await?.pop())
}

/// What was taken, each with its app; every app is read once.
fn with_apps(
    conn: &mut Conn<'_>,
    taken: Vec<GrantRow>,
    ends_boot_ms: i64,
) -> storage::Result<Vec<Due>> {
    let (mut apps, mut due) = (Apps::new(), Vec::with_capacity(taken.len()));
    for grant in taken {
        let Some(lease) = grant.lease else { continue };
        due.push(Due {
            app: app_of(conn, &mut apps, &grant)?,
            held: Held {
                lease,
                ends_boot_ms,
            },
            grant,
        });
    }
    Ok(due)
}

/// Apps as each workspace may use them.
type Apps = BTreeMap<(WorkspaceId, AppId), Option<Arc<AppRow>>>;

/// The app of a grant; none where it is gone or cannot be read, and then only the grants that were made through it wait.
fn app_of(
    conn: &mut Conn<'_>,
    apps: &mut Apps,
    grant: &GrantRow,
) -> storage::Result<Option<Arc<AppRow>>> {
    let which = (grant.workspace, grant.app);
    if let Some(known) = apps.get(&which) {
        return Ok(known.clone());
    }
    let app = match apps::one(conn, grant.workspace, grant.app) {
        Ok(app) => app.map(Arc::new),
        Err(error @ storage::Error::Column { .. }) => {
            tracing::error!(app = %grant.app, %error, "an app cannot be read");
            None
        }
        Err(error) => return Err(error),
    };
    apps.insert(which, app.clone());
    Ok(app)
}
