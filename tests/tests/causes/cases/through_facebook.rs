//! Instagram through Facebook: a person signs in and acts for the Page that the account belongs to.

use domain::cause::Cause::*;
use domain::health::Health::{Checking, Healthy, Limited, NeedsRefresh, Waiting};
use domain::platform::{LoginFlow, Platform};
use simulator::Break as At;
use simulator::instagram::{Break, ThrottleScheme};
use testing::browser::Look;

use super::{Book, Never, Shows, breaks, case, mends, refuses};
use crate::causes::stage::{Do, HOUR, Way};

const ANNA: &str = "10220000000000001";
const ACCOUNT: &str = "17841400000000001";
const PAGE: &str = "100000000000001";

pub const WAY: Way = Way {
    title: "Instagram through Facebook",
    platform: Platform::Instagram,
    flow: LoginFlow::Facebook,
    login: ANNA,
    chosen: ACCOUNT,
    handle: "",
};

fn anna() -> String {
    ANNA.to_owned()
}

fn account() -> String {
    ACCOUNT.to_owned()
}

fn check(what: Break) -> Vec<Do> {
    vec![breaks(what), Do::Check]
}

pub fn book() -> Book {
    let mut cases = of_the_person();
    cases.extend(of_the_account());
    cases.extend(of_others());
    Book {
        way: WAY,
        page: "instagram_through_facebook",
        look: Look::phone(),
        cases,
        never: never(),
    }
}

fn of_the_person() -> Vec<super::Case> {
    let permission = || Break::RevokePermission {
        account: anna(),
        permission: "instagram_content_publish".to_owned(),
    };
    let role = || Break::TakeRole {
        account: anna(),
        page: PAGE.to_owned(),
    };
    let lower = || Break::LowerRole {
        account: anna(),
        page: PAGE.to_owned(),
    };
    let checkpoint = || Break::Checkpoint { account: anna() };
    vec![
        case(
            LifespanEnded,
            "the person’s session ends",
            check(Break::EndToken { account: anna() }),
            NeedsRefresh,
        ),
        case(
            CredentialsChanged,
            "the person changes the password",
            check(Break::ChangePassword { account: anna() }),
            NeedsRefresh,
        ),
        case(
            CredentialsChanged,
            "the person signs out everywhere",
            check(Break::LogOut { account: anna() }),
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
            "the app is removed in Facebook’s settings",
            check(Break::RemoveApp { account: anna() }),
            NeedsRefresh,
        ),
        case(
            LostAdminRole,
            "the person loses the role on the Page",
            check(role()),
            Limited,
        )
        .mended(
            "an admin of the Page gives the role back; *Check now*",
            vec![mends(role()), Do::Check],
        ),
        case(
            LostAdminRole,
            "the role on the Page is lowered: it may only look",
            check(lower()),
            Limited,
        )
        .never_well(
            "signing in again, without the role",
            vec![Do::SignIn],
            "signing in does not give a role back",
        ),
        case(
            AccountRestricted,
            "Facebook wants the person to confirm something",
            check(checkpoint()),
            Limited,
        )
        .mended(
            "the person confirms it at Facebook; *Check now*",
            vec![mends(checkpoint()), Do::Check],
        ),
        case(
            AccountInactive,
            "the person did not use the app for 90 days",
            check(Break::EndSession {
                account: anna(),
                subcode: 468,
            }),
            NeedsRefresh,
        ),
        case(
            AccountDeleted,
            "the person’s own Facebook account is gone",
            check(Break::EndSession {
                account: anna(),
                subcode: 465,
            }),
            NeedsRefresh,
        )
        .never_well(
            "*Check now*",
            vec![Do::Check],
            "another person with a role on the Page signs in",
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
    let link = || Break::UnlinkPage {
        page: PAGE.to_owned(),
    };
    let restrict = || Break::Restrict { account: account() };
    let block = || Break::Block { account: account() };
    vec![
        case(
            PermissionRevoked,
            "the account is no longer linked to the Page (a deleted account looks the same)",
            check(link()),
            Limited,
        )
        .mended(
            "the account is linked to the Page again; *Check now*",
            vec![mends(link()), Do::Check],
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
        account: None,
        minutes: 30,
        scheme: ThrottleScheme::App,
    };
    let picture = || Break::ContainerError {
        account: account(),
        subcode: 2_207_009,
    };
    let platform = || At::PlatformDown {
        platform: "facebook".to_owned(),
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
                refuses("facebook.debug_token", 403, "3", None, capability),
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
            "the app has made too many calls",
            check(throttled()),
            Waiting,
        )
        .mended("time", vec![Do::Pass(HOUR)]),
        case(
            PlatformOutage,
            "Facebook is down",
            vec![breaks(platform()), Do::Check],
            Waiting,
        )
        .mended("time", vec![mends(platform()), Do::Pass(HOUR)]),
        case(
            Unknown,
            "an answer that stands in no list",
            vec![
                refuses(
                    "facebook.debug_token",
                    400,
                    "4711",
                    Some(1),
                    "Something new",
                ),
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
            cause: PrivacyChanged,
            why: "the Page’s token is not prolonged, and a professional account has no such setting (instagram sheet §4.1)",
            proof: vec![breaks(Break::MakePrivate { account: account() }), Do::Check],
        },
        Never {
            cause: LostInFlight,
            why: "the Page’s token has no end and nothing is rotated (facebook sheet §4)",
            proof: Vec::new(),
        },
    ]
}
