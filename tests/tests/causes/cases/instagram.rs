//! Instagram through Instagram: a professional account signs in for itself.

use domain::cause::Cause::*;
use domain::health::Health::{Checking, Healthy, Limited, NeedsRefresh, Waiting};
use domain::platform::{LoginFlow, Platform};
use simulator::Break as At;
use simulator::instagram::{Break, ThrottleScheme};
use testing::browser::Look;

use super::{Book, Never, Shows, breaks, case, mends, refuses};
use crate::causes::stage::{Do, HOUR, Way};

const WHO: &str = "harbour.bakery";

pub const WAY: Way = Way {
    title: "Instagram through Instagram",
    platform: Platform::Instagram,
    flow: LoginFlow::Instagram,
    login: WHO,
    chosen: "17841400000000001",
    handle: "",
};

fn who() -> String {
    WHO.to_owned()
}

fn check(what: Break) -> Vec<Do> {
    vec![breaks(what), Do::Check]
}

pub fn book() -> Book {
    let mut cases = of_the_login();
    cases.extend(of_the_account());
    cases.extend(of_others());
    Book {
        way: WAY,
        page: "instagram_through_instagram",
        look: Look::desktop(),
        cases,
        never: never(),
    }
}

fn of_the_login() -> Vec<super::Case> {
    let permission = || Break::RevokePermission {
        account: who(),
        permission: "instagram_business_content_publish".to_owned(),
    };
    vec![
        case(
            LifespanEnded,
            "the 60 days of the access token are over",
            check(Break::EndToken { account: who() }),
            NeedsRefresh,
        ),
        case(
            CredentialsChanged,
            "the password is changed",
            check(Break::ChangePassword { account: who() }),
            NeedsRefresh,
        ),
        case(
            PermissionRevoked,
            "the permission to publish is taken back",
            check(permission()),
            Limited,
        ),
        case(
            AppRemovedByUser,
            "the app is removed in Instagram’s settings",
            check(Break::RemoveApp { account: who() }),
            NeedsRefresh,
        ),
        case(
            SupersededByNewGrant,
            "the same person signs in again while the older sign-in lives",
            vec![Do::SignIn],
            Healthy,
        )
        .shows(Shows::Older)
        .mended("nothing need be done", Vec::new()),
    ]
}

fn of_the_account() -> Vec<super::Case> {
    let private = || Break::MakePrivate { account: who() };
    let personal = || Break::SwitchToPersonal { account: who() };
    let restrict = || Break::Restrict { account: who() };
    let block = || Break::Block { account: who() };
    vec![
        case(
            PrivacyChanged,
            "the account is made private: its token is not prolonged",
            vec![Do::Pass(25 * HOUR), breaks(private()), Do::Extend],
            Healthy,
        )
        .shows(Shows::Refusal(Healthy))
        .mended(
            "the account is public again; the token is extended",
            vec![mends(private()), Do::Extend],
        ),
        case(
            AccountInactive,
            "the account is switched to a personal one",
            check(personal()),
            Limited,
        )
        .mended(
            "the account is professional again; *Check now*",
            vec![mends(personal()), Do::Check],
        ),
        case(
            AccountRestricted,
            "Instagram restricts the account",
            vec![breaks(restrict()), Do::Post],
            Limited,
        )
        .mended(
            "the restriction is lifted; *Check now*",
            vec![mends(restrict()), Do::Check],
        ),
        case(
            AccountDeleted,
            "the account is deleted",
            check(Break::DeleteAccount { account: who() }),
            Limited,
        )
        .never_well(
            "*Check now*, again and again",
            vec![Do::Check, Do::Check],
            "an account that is gone comes back only at Instagram",
        ),
        case(
            PolicyViolation,
            "Instagram blocks posting for a broken rule",
            vec![breaks(block()), Do::Post],
            Limited,
        )
        .mended(
            "the block is lifted; *Check now*",
            vec![mends(block()), Do::Check],
        ),
    ]
}

fn of_others() -> Vec<super::Case> {
    let retired = || Break::RetireVersion {
        version: "v25.0".to_owned(),
    };
    let throttled = || Break::Throttle {
        account: Some(who()),
        minutes: 30,
        scheme: ThrottleScheme::Business,
    };
    let picture = || Break::ContainerError {
        account: who(),
        subcode: 2_207_009,
    };
    let platform = || At::PlatformDown {
        platform: "instagram".to_owned(),
    };
    let capability = "(#3) Application does not have the capability to make this API call.";
    vec![
        case(
            ApiVersionRetired,
            "the version of the interface is switched off",
            check(retired()),
            Waiting,
        )
        .mended(
            "whoever runs the installation brings it up to date; *Check now*",
            vec![mends(retired()), Do::Check],
        ),
        case(
            AppMisconfigured,
            "the app has no right to the calls (development mode, review)",
            vec![
                refuses("instagram.me", 403, "3", None, capability),
                Do::Check,
            ],
            Waiting,
        )
        .mended(
            "the app is put right at Meta; *Check now*",
            vec![Do::Lift, Do::Check],
        ),
        case(
            ContentRejected,
            "Instagram refuses the shape of the picture",
            vec![breaks(picture()), Do::Post],
            Healthy,
        )
        .shows(Shows::Post("failed"))
        .mended("another picture", vec![mends(picture())]),
        case(
            RateLimited,
            "too many calls for this account",
            check(throttled()),
            Waiting,
        )
        .mended("time", vec![Do::Pass(HOUR)]),
        case(
            PlatformOutage,
            "Instagram is down",
            vec![breaks(platform()), Do::Check],
            Waiting,
        )
        .mended("time", vec![mends(platform()), Do::Pass(HOUR)]),
        case(
            Unknown,
            "an answer that stands in no list",
            vec![
                refuses("instagram.me", 400, "4711", Some(1), "Something new"),
                Do::Check,
            ],
            Checking,
        )
        .mended(
            "the answer does not come again; *Check now*",
            vec![Do::Lift, Do::Check],
        ),
        case(
            Unknown,
            "the app’s secret is reset at Meta: a bare 190, which an outage says as well",
            vec![Do::ResetSecret, Do::Check],
            Checking,
        )
        .mended(
            "the secret that we know is good again; *Check now*",
            vec![Do::SecretBack, Do::Check],
        ),
    ]
}

fn never() -> Vec<Never> {
    vec![
        Never {
            cause: LostAdminRole,
            why: "no Page and no role is needed: the account signs in for itself (instagram sheet §1.2)",
            proof: Vec::new(),
        },
        Never {
            cause: LostInFlight,
            why: "extending spends no token: the one that was extended goes on (instagram sheet §4.1)",
            proof: Vec::new(),
        },
    ]
}
