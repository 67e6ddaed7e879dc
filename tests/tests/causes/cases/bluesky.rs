//! Bluesky: a session at the account's own server, renewed by tokens that are good once.

use domain::cause::Cause::*;
use domain::health::Health::{Checking, Healthy, Limited, NeedsRefresh, Waiting};
use domain::platform::{LoginFlow, Platform};
use simulator::bluesky::Break;
use simulator::{Break as At, Effect, Fault};
use testing::browser::Look;

use super::{Book, Never, Shows, breaks, case, mends, refuses};
use crate::causes::stage::{DAY, Do, HOUR, Way};

const WHO: &str = "harbour-bakery.bsky.social";

pub const WAY: Way = Way {
    title: "Bluesky",
    platform: Platform::Bluesky,
    flow: LoginFlow::Bluesky,
    login: WHO,
    chosen: "",
    handle: WHO,
};

fn did() -> String {
    WHO.to_owned()
}

fn check(what: Break) -> Vec<Do> {
    vec![breaks(what), Do::Check]
}

pub fn book() -> Book {
    let mut cases = of_the_login();
    cases.extend(of_others());
    Book {
        way: WAY,
        page: "bluesky",
        look: Look::phone(),
        cases,
        never: never(),
    }
}

fn of_the_login() -> Vec<super::Case> {
    // The first call of a renewal is answered with a nonce.
    let mut answer = Fault::once("bluesky.token.refresh", Effect::LoseAnswer);
    answer.skip = 1;
    let lost = Do::Fault(answer);
    let pause = || Break::Deactivate { did: did() };
    let down = || Break::TakeDown { did: did() };
    vec![
        case(
            LifespanEnded,
            "the 14 days of a sign-in without a public address are over",
            vec![Do::Pass(15 * DAY)],
            NeedsRefresh,
        ),
        case(
            PermissionRevoked,
            "the session may only say who it is",
            vec![breaks(Break::DropPermission { did: did() }), Do::Post],
            Limited,
        ),
        case(
            AppRemovedByUser,
            "the person ends every session at the server",
            check(Break::RevokeSessions { did: did() }),
            NeedsRefresh,
        ),
        case(
            LostInFlight,
            "the answer to a renewal is lost, and the old key has ended by then",
            vec![
                lost,
                breaks(Break::EndAccessToken { did: did() }),
                Do::Check,
                Do::Pass(DAY),
            ],
            NeedsRefresh,
        ),
        case(
            AccountInactive,
            "the account is paused",
            check(pause()),
            Limited,
        )
        .mended(
            "the account is active again; *Check now*",
            vec![mends(pause()), Do::Check],
        ),
        case(
            AccountRestricted,
            "moderation takes the account down",
            check(down()),
            Limited,
        )
        .mended(
            "it is put back; its sessions are gone, so the person signs in again",
            vec![mends(down()), Do::SignIn],
        ),
        case(
            AccountDeleted,
            "the account is deleted",
            check(Break::DeleteAccount { did: did() }),
            Limited,
        )
        .never_well(
            "*Check now*",
            vec![Do::Check],
            "a deleted account does not come back",
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

fn of_others() -> Vec<super::Case> {
    let platform = || At::PlatformDown {
        platform: "bluesky".to_owned(),
    };
    vec![
        case(
            ApiVersionRetired,
            "the server no longer has a call that we need",
            vec![
                refuses(
                    "bluesky.get_session",
                    501,
                    "MethodNotImplemented",
                    None,
                    "Method Not Implemented",
                ),
                Do::Check,
            ],
            Limited,
        )
        .mended(
            "whoever runs the installation brings it up to date; *Check now*",
            vec![Do::Lift, Do::Check],
        ),
        case(
            AppMisconfigured,
            "the server does not take the proof of our key (a clock that is wrong)",
            vec![
                refuses(
                    "bluesky.get_session",
                    400,
                    "invalid_dpop_proof",
                    None,
                    "DPoP \"iat\" is too old",
                ),
                Do::Check,
            ],
            Checking,
        )
        .mended(
            "whoever runs the installation sets the clock; *Check now*",
            vec![Do::Lift, Do::Check],
        ),
        case(
            ContentRejected,
            "the server does not take the record",
            vec![
                refuses(
                    "bluesky.put_record",
                    400,
                    "InvalidRequest",
                    None,
                    "Invalid app.bsky.feed.post record",
                ),
                refuses(
                    "bluesky.create_record",
                    400,
                    "InvalidRequest",
                    None,
                    "Invalid app.bsky.feed.post record",
                ),
                Do::Post,
            ],
            Healthy,
        )
        .shows(Shows::Post("failed"))
        .mended("another post", vec![Do::Lift]),
        case(
            RateLimited,
            "too many calls",
            vec![
                refuses(
                    "bluesky.get_session",
                    429,
                    "RateLimitExceeded",
                    None,
                    "Rate Limit Exceeded",
                ),
                Do::Check,
            ],
            Waiting,
        )
        .mended("time", vec![Do::Lift, Do::Pass(HOUR)]),
        case(
            PlatformOutage,
            "the server is down",
            vec![breaks(platform()), Do::Check],
            Waiting,
        )
        .mended("time", vec![mends(platform()), Do::Pass(HOUR)]),
        case(
            Unknown,
            "an answer that stands in no list",
            vec![
                refuses(
                    "bluesky.get_session",
                    418,
                    "SomethingNew",
                    None,
                    "Never heard of it",
                ),
                Do::Check,
            ],
            Checking,
        )
        .mended(
            "the answer does not come again; *Check now*",
            vec![Do::Lift, Do::Check],
        ),
    ]
}

fn never() -> Vec<Never> {
    vec![
        Never {
            cause: CredentialsChanged,
            why: "a session outlives a change of the password (bluesky sheet §4)",
            proof: vec![
                breaks(Break::ChangePassword { did: did() }),
                Do::Check,
                Do::Post,
            ],
        },
        Never {
            cause: LostAdminRole,
            why: "there are no Pages and no roles",
            proof: Vec::new(),
        },
        Never {
            cause: PrivacyChanged,
            why: "everything is public; no answer speaks of privacy (bluesky sheet §9)",
            proof: Vec::new(),
        },
        Never {
            cause: PolicyViolation,
            why: "moderation answers with a take-down, which is an account that is restricted (bluesky sheet §9)",
            proof: Vec::new(),
        },
    ]
}
