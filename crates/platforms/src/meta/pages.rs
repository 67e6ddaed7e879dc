//! What two platforms ask about a Facebook Page: what a person may do there, and what was ticked for it
//! (sheet facebook.md §3, §5).

use domain::cause::Cause;

use super::shapes::Inspection;
use crate::failure::{About, Failure, Sent};
use crate::wire;

/// The tasks on a Page that allow publishing. On Pages of the new kind (NPE) the same tasks have a
/// mirror name; `FULL_CONTROL` exists only there.
pub(crate) fn may_create(tasks: &[String]) -> bool {
    let enough = ["MANAGE", "CREATE_CONTENT", "FULL_CONTROL"];
    tasks
        .iter()
        .any(|task| enough.contains(&task.strip_prefix("PROFILE_PLUS_").unwrap_or(task)))
}

/// Whether a grant covers a scope, and for this asset where one is named. A scope without a list of
/// assets covers all.
pub(crate) fn covers(seen: &Inspection, scope: &str, asset: Option<&str>) -> bool {
    let granular = seen
        .granular_scopes
        .iter()
        .find(|granular| granular.scope == scope);
    let listed = granular.is_some() || seen.scopes.iter().any(|granted| granted == scope);
    let ticked = granular.and_then(|granular| granular.target_ids.as_ref());
    listed
        && ticked
            .zip(asset)
            .is_none_or(|(ticked, asset)| ticked.iter().any(|id| id == asset))
}

/// The person's role on the Page does not allow posts any more. Signing in again would not help.
pub(crate) fn no_role(operation: &str, tasks: &[String]) -> Failure {
    let said = format!("The tasks on this Page are: {}.", tasks.join(", "));
    let mut evidence = wire::evidence(operation, 200, "tasks", "", &said);
    evidence.missing = Some("CREATE_CONTENT".to_owned());
    Failure {
        cause: Cause::LostAdminRole,
        about: About::Channel,
        final_answer: true,
        sent: Sent::No,
        retry_after_ms: None,
        evidence,
    }
}
