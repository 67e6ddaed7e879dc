//! The cause classes, as the table of DESIGN section 5 has them.

use std::collections::BTreeSet;

use domain::cause::{Cause, Mender, SigningIn};

/// Word, who can mend it, whether signing in helps.
const TABLE: &[(&str, Mender, SigningIn)] = &[
    ("lifespan_ended", Mender::Person, SigningIn::Helps),
    ("credentials_changed", Mender::Person, SigningIn::Helps),
    (
        "permission_revoked",
        Mender::Person,
        SigningIn::HelpsWithPermission,
    ),
    ("app_removed_by_user", Mender::Person, SigningIn::Helps),
    ("lost_admin_role", Mender::PageAdmin, SigningIn::DoesNotHelp),
    // "The person; no; settings at the platform".
    (
        "privacy_changed",
        Mender::PersonAtPlatform,
        SigningIn::DoesNotHelp,
    ),
    ("account_inactive", Mender::Person, SigningIn::OftenHelps),
    (
        "account_restricted",
        Mender::PersonAtPlatform,
        SigningIn::DoesNotHelp,
    ),
    ("account_deleted", Mender::Nobody, SigningIn::DoesNotHelp),
    (
        "policy_violation",
        Mender::PersonAtPlatform,
        SigningIn::DoesNotHelp,
    ),
    (
        "api_version_retired",
        Mender::Operator,
        SigningIn::DoesNotHelp,
    ),
    (
        "app_misconfigured",
        Mender::Operator,
        SigningIn::DoesNotHelp,
    ),
    // "Nobody need act, or sign in once where a sibling changed scopes".
    ("superseded_by_new_grant", Mender::Time, SigningIn::MayHelp),
    ("lost_in_flight", Mender::Person, SigningIn::Helps),
    ("content_rejected", Mender::Author, SigningIn::DoesNotHelp),
    ("rate_limited", Mender::Time, SigningIn::DoesNotHelp),
    ("platform_outage", Mender::Time, SigningIn::DoesNotHelp),
    ("unknown", Mender::Unclear, SigningIn::MayHelp),
];

#[test]
fn who_mends_and_whether_signing_in_helps() {
    let words: BTreeSet<&str> = TABLE.iter().map(|line| line.0).collect();
    let all: BTreeSet<&str> = Cause::ALL.iter().map(|cause| cause.as_str()).collect();
    assert_eq!(words, all, "the table and the enum name the same causes");
    for (word, mender, signing_in) in TABLE {
        let cause: Cause = word.parse().expect("a cause");
        assert_eq!(cause.mender(), *mender, "{word}");
        assert_eq!(cause.signing_in(), *signing_in, "{word}");
    }
}

#[test]
fn only_trouble_that_passes_waits_out() {
    let waits: Vec<&str> = Cause::ALL
        .iter()
        .filter(|cause| cause.waits_out())
        .map(|cause| cause.as_str())
        .collect();
    assert_eq!(waits, ["rate_limited", "platform_outage"]);
    for cause in Cause::ALL.iter().filter(|cause| cause.waits_out()) {
        assert_eq!(
            (cause.mender(), cause.signing_in()),
            (Mender::Time, SigningIn::DoesNotHelp)
        );
    }
}
