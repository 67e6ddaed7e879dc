//! The Inbox: news about channels and posts.

use domain::ids::{DeliveryId, NoticeId};
use domain::member::Action;
use storage::notices::{self, NoticeRow};

use crate::access::Guard;
use crate::problem::{Outcome, Refusal};
use crate::state::Web;

/// The most notices of one page.
pub const MOST: usize = 200;

/// Which notices are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// Those that still are so.
    #[default]
    Open,
    /// All.
    All,
}

/// The notices of the sets that the member may see, open ones first, the newest first.
///
/// # Errors
/// When the store fails.
pub async fn list(web: &Web, by: &Guard, show: Show) -> Outcome<Vec<NoticeRow>> {
    let (workspace, guard) = (by.workspace(), by.clone());
    web.read("web.notices", move |conn| {
        let mut all = notices::list(conn, workspace, show == Show::All, MOST)?;
        all.retain(|notice| guard.sees(notice.social_set));
        Ok(all)
    })
    .await
}

/// One notice, with the posts that stand in it.
///
/// # Errors
/// `not_found`.
pub async fn one(web: &Web, by: &Guard, id: NoticeId) -> Outcome<(NoticeRow, Vec<DeliveryId>)> {
    let (workspace, guard) = (by.workspace(), by.clone());
    web.read("web.notice", move |conn| {
        let notice = notices::one(conn, workspace, id)?.ok_or_else(Refusal::not_found)?;
        guard.ask(Action::Read, Some(notice.social_set))?;
        let posts = notices::deliveries(conn, workspace, id)?;
        Ok((notice, posts))
    })
    .await
}

/// Somebody saw it. Twice is once; one that is closed stays so.
///
/// # Errors
/// `not_found`.
pub async fn acknowledge(web: &Web, by: &Guard, id: NoticeId) -> Outcome<NoticeRow> {
    one(web, by, id).await?;
    let (workspace, member) = (by.workspace(), by.member());
    web.write("web.notice_acknowledge", move |conn| {
        notices::acknowledge(conn, workspace, id, member)?;
        notices::one(conn, workspace, id)?.ok_or_else(Refusal::not_found)
    })
    .await
}
