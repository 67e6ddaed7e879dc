//! Social sets: made, renamed, moved to another zone, given another lateness limit.

use domain::ids::SocialSetId;
use domain::member::Action;
use domain::schedule::Zone;
use storage::audit;
use storage::sets::{self, SocialSet};

use super::{all_of, name, zone};
use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::{Keep, Web};

/// How late a post may still go out unless somebody says otherwise: an hour, in minutes.
pub const LATENESS_MINUTES: i64 = 60;
/// The longest lateness limit: a week, in minutes.
pub const MOST_LATENESS_MINUTES: i64 = 7 * 24 * 60;

/// What a set is to be.
#[derive(Debug, Clone)]
pub struct SetInput {
    /// Its name.
    pub name: String,
    /// An IANA zone.
    pub zone: String,
    /// How late a post may still go out, in minutes.
    pub lateness_minutes: i64,
}

impl SetInput {
    fn check(&self) -> Outcome<(String, Zone, i64)> {
        let (name, zone) = (name("name", &self.name), zone("zone", &self.zone));
        let limit = if (0..=MOST_LATENESS_MINUTES).contains(&self.lateness_minutes) {
            Ok(self.lateness_minutes * 60_000)
        } else {
            let words = Words::key("field-between")
                .with("least", 0)
                .with("most", MOST_LATENESS_MINUTES);
            Err(Refusal::field("lateness_minutes", "out_of_range", words))
        };
        all_of([
            name.as_ref().err().cloned(),
            zone.as_ref().err().cloned(),
            limit.as_ref().err().cloned(),
        ])?;
        Ok((name?, zone?, limit?))
    }
}

/// The sets that the member may see, by name.
///
/// # Errors
/// When the store fails.
pub async fn list(web: &Web, by: &Guard) -> Outcome<Vec<SocialSet>> {
    let (workspace, guard) = (by.workspace(), by.clone());
    web.read("web.sets", move |conn| {
        let mut all = sets::list(conn, workspace)?;
        all.retain(|set| guard.sees(set.id));
        Ok(all)
    })
    .await
}

/// One set.
///
/// # Errors
/// `not_found`.
pub async fn one(web: &Web, by: &Guard, id: SocialSetId) -> Outcome<SocialSet> {
    by.ask(Action::Read, Some(id))?;
    let workspace = by.workspace();
    web.read("web.set", move |conn| {
        sets::one(conn, workspace, id)?.ok_or_else(Refusal::not_found)
    })
    .await
}

/// Makes a set.
///
/// # Errors
/// Wrong fields, `not_allowed`.
pub async fn create(web: &Web, by: &Guard, input: &SetInput, keep: Keep) -> Outcome<SocialSet> {
    by.ask(Action::Manage, None)?;
    let (name, zone, lateness_limit_ms) = input.check()?;
    let set = SocialSet {
        id: web.id(),
        workspace: by.workspace(),
        name,
        zone,
        lateness_limit_ms,
        created_at: web.now(),
    };
    let line = web.audit_line(
        set.workspace,
        by.maker(),
        "social_set.create",
        set.id,
        set.name.clone(),
    );
    web.write_if(keep, "web.set_create", move |conn| {
        sets::create(conn, &set)?;
        audit::add(conn, &line)?;
        Ok(set)
    })
    .await
}

/// Changes a set. `seen` is what the caller looked at: the change is refused if it is not so any more.
///
/// # Errors
/// Wrong fields, `not_found`, `not_allowed`, `changed_meanwhile`.
pub async fn change(
    web: &Web,
    by: &Guard,
    id: SocialSetId,
    input: &SetInput,
    seen: impl FnOnce(&SocialSet) -> Outcome<()> + Send + 'static,
    keep: Keep,
) -> Outcome<SocialSet> {
    by.ask(Action::Manage, Some(id))?;
    let (name, zone, lateness_limit_ms) = input.check()?;
    let workspace = by.workspace();
    let line = web.audit_line(workspace, by.maker(), "social_set.change", id, name.clone());
    web.write_if(keep, "web.set_change", move |conn| {
        let old = sets::one(conn, workspace, id)?.ok_or_else(Refusal::not_found)?;
        seen(&old)?;
        let new = SocialSet {
            name,
            zone,
            lateness_limit_ms,
            ..old.clone()
        };
        if new != old {
            sets::change(conn, &old, &new)?;
            audit::add(conn, &line)?;
        }
        Ok(new)
    })
    .await
}

/// For [`change`] in a form that carries the version it was filled from.
///
/// # Errors
/// `changed_meanwhile`.
pub fn unchanged_since(version: String) -> impl FnOnce(&SocialSet) -> Outcome<()> + Send + 'static {
    move |set| {
        if version.is_empty() || version == self::version(set) {
            Ok(())
        } else {
            Err(Refusal::new(&codes::CHANGED_MEANWHILE))
        }
    }
}

/// A set's version: a short hash of what can be changed. A set has no counter of its own.
#[must_use]
pub fn version(set: &SocialSet) -> String {
    let text = format!(
        "{}\n{}\n{}",
        set.name,
        set.zone.name(),
        set.lateness_limit_ms
    );
    crate::secret::hash(&text)
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
