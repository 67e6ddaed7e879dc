//! Things that go wrong on the way: rules that match calls and bend their answers.
//!
//! A rule names an operation (`"instagram.media_publish"`, `"bluesky.*"`, `"*"`), perhaps an
//! account, how often and how likely it strikes, and an effect. Rules are looked through in the
//! order in which they were added; delays add up, the first other effect wins. JSON form:
//!
//! ```json
//! {"operation": "instagram.media_publish", "account": "17841400000000001", "skip": 0,
//!  "times": 1, "probability": 0.5, "effect": {"kind": "lose_answer"}}
//! ```
//!
//! Everything but `operation` and `effect` may be left out.

use crate::chance::Chance;
use serde::{Deserialize, Serialize};

/// In an answer given in memory: the work was done (or not), but the answer never arrives. A
/// transport must turn it into a connection error; [`crate::serve()`] closes the connection.
pub const LOST_HEADER: &str = "x-simulator-lost";
/// In an answer given in memory: the answer arrives this many milliseconds later. A transport
/// with virtual time must wait; [`crate::serve()`] really waits.
pub const DELAY_HEADER: &str = "x-simulator-delay-ms";

/// What happens to a call that a rule matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// Answer `status` (500–599) with an outage page; nothing is done.
    ServerError {
        /// HTTP status; 503 when left out.
        #[serde(default = "unavailable")]
        status: u16,
    },
    /// Do the work, then answer `status` with an outage page.
    DoneThenError {
        /// HTTP status; 500 when left out.
        #[serde(default = "internal")]
        status: u16,
    },
    /// Do the work, then drop the connection without an answer.
    LoseAnswer,
    /// Drop the connection before anything is done.
    LoseRequest,
    /// Answer late.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// Do the work, then answer 200 with an HTML page instead of it.
    Garbage,
    /// Answer 429; nothing is done.
    TooMany {
        /// `Retry-After` in seconds; no header when left out.
        #[serde(default)]
        retry_after_s: Option<u64>,
    },
    /// Lists hide what is younger than this.
    ListLag {
        /// Milliseconds.
        ms: i64,
    },
    /// Do the work twice and answer with the first result.
    Twice,
    /// Do the work, then answer with the first half of the body: the same status and content
    /// type, a `content-length` that fits what is left, and JSON that ends in the middle.
    Cut,
    /// At an endpoint that renews a token: answer 200 with an empty text in place of the new
    /// secret, and renew nothing; what the caller holds stays good. Elsewhere it does nothing.
    EmptySecret,
    /// Refuse in the platform's own shape of a refusal; nothing is done. For errors, documented or not, that no
    /// switch of an account brings about.
    Refuse {
        /// HTTP status (400–599); 400 when left out.
        #[serde(default = "refused")]
        status: u16,
        /// Graph's `code`, or the name of the error at Bluesky.
        code: String,
        /// Graph's `error_subcode`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subcode: Option<u32>,
        /// What the platform says about it.
        #[serde(default)]
        message: String,
    },
}

const fn refused() -> u16 {
    400
}

const fn unavailable() -> u16 {
    503
}
const fn internal() -> u16 {
    500
}

/// A rule as somebody states it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Operation name, `platform.*` or `*`.
    pub operation: String,
    /// Only calls of this account (the id that the control page shows).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Let this many matching calls pass first.
    #[serde(default)]
    pub skip: u32,
    /// Strike this often, then go; without it until removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Chance that a matching call is struck; without it always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// What happens.
    pub effect: Effect,
}

impl Fault {
    /// A rule that strikes every call of `operation` until removed.
    #[must_use]
    pub fn always(operation: &str, effect: Effect) -> Self {
        Self {
            operation: operation.to_owned(),
            account: None,
            skip: 0,
            times: None,
            probability: None,
            effect,
        }
    }

    /// A rule that strikes the next call of `operation` and is then gone.
    #[must_use]
    pub fn once(operation: &str, effect: Effect) -> Self {
        Self {
            times: Some(1),
            ..Self::always(operation, effect)
        }
    }

    /// The same rule for one account only.
    #[must_use]
    pub fn of(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }

    fn concerns(&self, operation: &str, account: Option<&str>) -> bool {
        let named = match self.operation.strip_suffix('*') {
            Some(start) => operation.starts_with(start),
            None => self.operation == operation,
        };
        named && (self.account.is_none() || self.account.as_deref() == account)
    }
}

/// A rule in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActiveFault {
    /// Number by which it can be removed.
    pub id: u64,
    /// How often it has struck.
    pub struck: u64,
    /// The rule, its counts running down.
    #[serde(flatten)]
    pub fault: Fault,
}

/// All rules in force.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Faults {
    next_id: u64,
    rules: Vec<ActiveFault>,
}

/// What the rules say about one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Milliseconds to answer late.
    pub delay_ms: u64,
    /// How far lists lag behind, in milliseconds.
    pub lag_ms: i64,
    /// The one effect on the answer.
    pub effect: Option<Effect>,
}

impl Faults {
    /// Puts a rule in force and returns its number.
    pub fn add(&mut self, fault: Fault) -> u64 {
        self.next_id += 1;
        self.rules.push(ActiveFault {
            id: self.next_id,
            struck: 0,
            fault,
        });
        self.next_id
    }

    /// Takes one rule away; false if there is none of that number.
    pub fn remove(&mut self, id: u64) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.id != id);
        self.rules.len() != before
    }

    /// Takes all rules away.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// The rules in force, oldest first.
    #[must_use]
    pub fn active(&self) -> &[ActiveFault] {
        &self.rules
    }

    /// Judges one call and runs the counts down.
    pub fn judge(
        &mut self,
        operation: &str,
        account: Option<&str>,
        chance: &mut Chance,
    ) -> Verdict {
        let mut verdict = Verdict::default();
        for rule in &mut self.rules {
            if !rule.fault.concerns(operation, account) {
                continue;
            }
            let quiet = matches!(
                rule.fault.effect,
                Effect::Delay { .. } | Effect::ListLag { .. }
            );
            if !quiet && verdict.effect.is_some() {
                continue;
            }
            if rule.fault.skip > 0 {
                rule.fault.skip -= 1;
                continue;
            }
            if rule.fault.probability.is_some_and(|p| !chance.happens(p)) {
                continue;
            }
            if let Some(times) = &mut rule.fault.times {
                if *times == 0 {
                    continue;
                }
                *times -= 1;
            }
            rule.struck += 1;
            match &rule.fault.effect {
                Effect::Delay { ms } => verdict.delay_ms += ms,
                Effect::ListLag { ms } => verdict.lag_ms = verdict.lag_ms.max(*ms),
                other => verdict.effect = Some(other.clone()),
            }
        }
        self.rules.retain(|rule| rule.fault.times != Some(0));
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_skip_accounts_and_order() {
        let mut chance = Chance::new(1);
        let mut faults = Faults::default();
        faults.add(Fault {
            skip: 1,
            ..Fault::once("instagram.media_publish", Effect::LoseAnswer).of("a")
        });
        faults.add(Fault::always("instagram.*", Effect::Delay { ms: 5 }));
        let mut ask = |op: &str, who: &str| faults.judge(op, Some(who), &mut chance);
        assert_eq!(ask("instagram.media_publish", "b").effect, None);
        assert_eq!(ask("instagram.media_publish", "a").effect, None);
        let struck = ask("instagram.media_publish", "a");
        assert_eq!(
            (struck.delay_ms, struck.effect),
            (5, Some(Effect::LoseAnswer))
        );
        assert_eq!(ask("instagram.media_publish", "a").effect, None);
        assert_eq!(ask("bluesky.token", "a"), Verdict::default());
        assert_eq!(faults.active().len(), 1);
    }

    #[test]
    fn one_json_form() {
        let fault: Fault =
            serde_json::from_str(r#"{"operation":"*","times":2,"effect":{"kind":"server_error"}}"#)
                .unwrap();
        assert_eq!(fault.effect, Effect::ServerError { status: 503 });
        assert!(
            serde_json::from_str::<Fault>(r#"{"operation":"*","effect":{"kind":"nonsense"}}"#)
                .is_err()
        );
    }
}
