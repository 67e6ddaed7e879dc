//! Accounts behind a login, and proofs that a login can post to one.

use domain::cause::Cause;
use domain::grant::Ends;
use domain::health::Evidence;
use secrecy::SecretString;

use crate::tokens::Tokens;

/// One account behind a login.
pub struct Account {
    /// The platform's own account id: the identity of a channel.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// The handle, without an @.
    pub handle: String,
    /// The address of its picture at the platform, if any.
    pub picture_url: Option<String>,
    /// Whether it can be posted to, or why not.
    pub usable: Result<(), Unusable>,
    /// A token derived for this account, where the platform gives one.
    pub token: Option<SecretString>,
    /// What this account's token has in ends of its own; the grant's apply where it is empty.
    pub ends: Ends,
    /// The role or tasks of the person there, in the platform's words.
    pub role: Option<String>,
}

/// Why an account cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// The cause class.
    pub cause: Cause,
    /// The missing permission, role or link, in the platform's words.
    pub missing: String,
}

/// An account that calls are made for, with its login open for the length of the call.
pub struct Target<'a> {
    /// The platform's own account id.
    pub account_id: &'a str,
    /// The handle as we know it.
    pub handle: &'a str,
    /// The grant's tokens.
    pub tokens: &'a Tokens,
    /// The channel's own derived token, where there is one.
    pub channel_token: Option<&'a SecretString>,
}

/// What a probe proved.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// Permissions or roles that are missing, in the platform's words; empty is well.
    pub missing: Vec<String>,
    /// Ends that the inspection named.
    pub ends: Ends,
    /// The handle now, if the call told it.
    pub handle: Option<String>,
    /// The name now, if the call told it.
    pub name: Option<String>,
    /// The picture's address now, if the call told it.
    pub picture_url: Option<String>,
    /// Answers on the way that no table knows, and that prove nothing against the login.
    pub aside: Vec<Evidence>,
}
