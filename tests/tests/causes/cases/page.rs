//! A Facebook Page: a person signs in and acts for it.

use domain::cause::Cause::*;
use domain::health::Health::{Checking, Healthy, Limited, NeedsRefresh, Waiting};
use domain::platform::{LoginFlow, Platform};
use simulator::Break as At;
use simulator::instagram::Break;
use testing::browser::Look;

use super::{Book, Never, Shows, breaks, case, mends, refuses};
use crate::causes::stage::{Do, HOUR, Way};

const ANNA: &str = "10220000000000001";
const JONAS: &str = "10220000000000002";
/// Anna has every role on it, Jonas may create content.
const PAGE: &str = "100000000000002";

pub const WAY: Way = Way {
    title: "Facebook Page",
    platform: Platform::Facebook,
    flow: LoginFlow::Facebook,
    login: ANNA,
    chosen: PAGE,
    handle: "",
};

fn anna() -> String {
    ANNA.to_owned()
}

fn page() -> String {
    PAGE.to_owned()
}

fn check(what: Break) -> Vec<Do> {
    vec![breaks(what), Do::Check]
}

fn post(what: Break) -> Vec<Do> {
    vec![breaks(what), Do::Post]
}

pub fn book() -> Book {
    let mut cases = of_the_person();
    cases.extend(of_the_page());
    cases.extend(of_others());
    Book {
        way: WAY,
        page: "facebook_page",
        look: Look::desktop(),
        cases,
        never: never(),
    }
}

fn of_the_person() -> Vec<super::Case> {
    let permission = || Break::RevokePermission {
        account: anna(),
        permission: "pages_manage_posts".to_owned(),
    };
    let role = || Break::TakeRole {
        account: anna(),
        page: page(),
    };
    let lower = || Break::LowerRole {
        account: anna(),
        page: page(),
    };
    let checkpoint = || Break::Checkpoint { account: anna() };
    let session = |subcode| {
        check(Break::EndSession {
            account: anna(),
            subcode,
        })
    };
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
            "somebody else who has the role signs in",
            vec![Do::SignInAs(JONAS)],
        ),
        case(
            LostAdminRole,
            "the role on the Page is lowered: it may only look",
            check(lower()),
            Limited,
        )
        .mended(
            "an admin of the Page gives the role back; *Check now*",
            vec![mends(lower()), Do::Check],
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
            "the person did not use the app for long",
            session(468),
            NeedsRefresh,
        ),
        case(
            AccountDeleted,
            "the person’s own Facebook account is gone",
            session(465),
            NeedsRefresh,
        )
        .mended(
            "another person with a role on the Page signs in",
            vec![Do::SignInAs(JONAS)],
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

fn of_the_page() -> Vec<super::Case> {
    let block = || Break::BlockPage { page: page() };
    let identity = || Break::AskIdentity { page: page() };
    let delete = || Break::DeletePage { page: page() };
    vec![
        case(
            LostAdminRole,
            "the Page is deleted: Facebook says of its token that the role is gone",
            check(delete()),
            Limited,
        )
        .never_well(
            "*Check now*",
            vec![Do::Check],
            "a Page that is gone comes back only at Facebook",
        ),
        case(
            AccountRestricted,
            "the person must confirm the identity before publishing as the Page",
            post(identity()),
            Limited,
        )
        .mended(
            "it is confirmed at Facebook; *Check now*",
            vec![mends(identity()), Do::Check],
        ),
        case(
            PolicyViolation,
            "Facebook blocks the Page for a broken rule",
            post(block()),
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
    let throttled = || Break::ThrottlePage {
        page: page(),
        minutes: 24 * 60,
        code: 80_001,
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
            "Facebook cannot read the picture",
            vec![
                refuses(
                    "facebook.photo_upload",
                    400,
                    "324",
                    Some(2_069_019),
                    "Missing or invalid image file",
                ),
                Do::Post,
            ],
            Healthy,
        )
        .shows(Shows::Post("failed"))
        .mended("another picture", vec![Do::Lift]),
        case(
            RateLimited,
            "too many calls for this Page",
            post(throttled()),
            Waiting,
        )
        .mended("time", vec![mends(throttled()), Do::Pass(HOUR)]),
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
            why: "no answer about a Page speaks of privacy (facebook sheet §9); one that is taken out of sight still posts",
            proof: Vec::new(),
        },
        Never {
            cause: LostInFlight,
            why: "the Page’s token has no end and nothing is rotated (facebook sheet §4)",
            proof: Vec::new(),
        },
    ]
}
