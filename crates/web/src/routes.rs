//! The route table: every address, with which method, through which door, and what is needed. It reads
//! from top to bottom by who uses it. Nothing is served that does not stand here, and nothing here
//! runs before the gate has asked (see [`crate::access`]).

mod apps;
mod planning;

use domain::member::Action;
use http::Method;

use crate::access::Access;
use crate::api::v1 as api;
use crate::pages::{
    channels, connect, connections, demo, docs, first_start, forecast, health, help, home, inbox,
    sessions, settings, sign_in, switch,
};
pub use crate::route::{Route, callback, page, resource};
use crate::state::Web;
use crate::urls;

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PATCH: Method = Method::PATCH;
const DELETE: Method = Method::DELETE;
const OPEN: Access = Access::Open;
const PERSON: Access = Access::Person;
const READ: Access = Access::May(Action::Read);
const DRAFT: Access = Access::May(Action::Draft);
const PUBLISH: Access = Access::May(Action::Publish);
const SIGN_IN: Access = Access::May(Action::SignIn);
const MANAGE: Access = Access::May(Action::Manage);
const ADMINISTER: Access = Access::May(Action::Administer);

/// The largest upload: a picture, and what a form puts around it.
const UPLOAD: usize = domain::limits::IMAGE_BYTES + 64 * 1024;

/// The largest form of the composer: without script it brings its pictures along.
const COMPOSER: usize = 3 * UPLOAD;

/// The whole table.
#[must_use]
pub fn table(web: &Web) -> Vec<Route> {
    let mut all = Vec::new();
    all.extend(everybody());
    all.extend(people());
    all.extend(members());
    all.extend(connecting());
    all.extend(programs());
    all.extend(programs_connecting());
    all.extend(apps::pages());
    all.extend(apps::programs());
    all.extend(planning::pages());
    all.extend(planning::programs());
    if web.settings.demo.is_some() {
        all.extend(demo_only());
    }
    all
}

/// Whoever comes.
fn everybody() -> Vec<Route> {
    vec![
        callback(GET, urls::Healthz::PATH, OPEN, health::alive),
        callback(GET, urls::Readyz::PATH, OPEN, health::ready),
        page(GET, urls::SignIn::PATH, OPEN, sign_in::show),
        page(POST, urls::SignIn::PATH, OPEN, sign_in::enter),
        page(GET, urls::Enter::PATH, OPEN, sign_in::show_link),
        page(POST, urls::Enter::PATH, OPEN, sign_in::enter_by_link),
        page(GET, urls::FirstStart::PATH, OPEN, first_start::show),
        page(POST, urls::FirstStart::PATH, OPEN, first_start::make),
        page(GET, urls::ProblemDocs::PATH, OPEN, docs::problem),
        page(GET, urls::ApiDocs::PATH, OPEN, docs::api),
        resource(GET, urls::OpenApi::PATH, OPEN, crate::api::openapi::json),
    ]
}

/// Whoever is signed in, whatever the workspace.
fn people() -> Vec<Route> {
    vec![
        page(POST, urls::SignOut::PATH, PERSON, sign_in::leave),
        page(GET, urls::Switch::PATH, PERSON, switch::show),
        page(POST, urls::Switch::PATH, PERSON, switch::workspace),
    ]
}

/// Members, in the pages.
fn members() -> Vec<Route> {
    vec![
        page(GET, urls::Home::PATH, READ, home::show),
        page(POST, urls::SelectSet::PATH, READ, switch::set),
        page(GET, urls::Settings::PATH, READ, settings::workspace::show),
        page(
            POST,
            urls::Settings::PATH,
            ADMINISTER,
            settings::workspace::change,
        ),
        page(GET, urls::SetSettings::PATH, READ, settings::sets::list),
        page(
            POST,
            urls::SetSettings::PATH,
            MANAGE,
            settings::sets::create,
        ),
        page(GET, urls::EditSet::PATH, READ, settings::sets::show),
        page(POST, urls::EditSet::PATH, MANAGE, settings::sets::change),
        page(GET, urls::Members::PATH, READ, settings::members::list),
        page(GET, urls::Keys::PATH, ADMINISTER, settings::keys::list),
        page(POST, urls::Keys::PATH, ADMINISTER, settings::keys::create),
        page(
            POST,
            urls::RevokeKey::PATH,
            ADMINISTER,
            settings::keys::revoke,
        ),
        page(GET, urls::Holds::PATH, READ, settings::holds::list),
        page(POST, urls::Holds::PATH, PUBLISH, settings::holds::begin),
        page(POST, urls::EndHold::PATH, PUBLISH, settings::holds::end),
        page(
            GET,
            urls::AuditLog::PATH,
            ADMINISTER,
            settings::audit_log::list,
        ),
        page(GET, urls::Sessions::PATH, READ, sessions::list),
        page(POST, urls::EndSession::PATH, READ, sessions::end),
        page(
            POST,
            urls::EndOtherSessions::PATH,
            READ,
            sessions::end_others,
        ),
        page(POST, urls::Password::PATH, READ, sessions::change_password),
    ]
}

/// Channels, signing in at platforms, the Inbox.
fn connecting() -> Vec<Route> {
    vec![
        page(GET, urls::Sets::PATH, READ, connections::index),
        page(GET, urls::SetManager::PATH, READ, connections::manager),
        page(GET, urls::ConnectNew::PATH, MANAGE, connect::preview),
        page(POST, urls::ConnectNew::PATH, MANAGE, connect::leave),
        page(GET, urls::Channels::PATH, READ, channels::list),
        page(GET, urls::Channel::PATH, READ, channels::show),
        page(GET, urls::ChannelPicture::PATH, READ, channels::picture),
        page(
            GET,
            urls::RefreshChannel::PATH,
            SIGN_IN,
            connect::preview_refresh,
        ),
        page(
            POST,
            urls::RefreshChannel::PATH,
            SIGN_IN,
            connect::leave_refresh,
        ),
        page(POST, urls::ExtendChannel::PATH, SIGN_IN, channels::extend),
        page(POST, urls::CheckChannel::PATH, SIGN_IN, channels::check),
        page(POST, urls::SyncChannel::PATH, SIGN_IN, channels::sync),
        page(POST, urls::ChannelMode::PATH, MANAGE, channels::mode),
        page(
            GET,
            urls::UnlinkChannel::PATH,
            MANAGE,
            channels::unlink_page,
        ),
        page(POST, urls::UnlinkChannel::PATH, MANAGE, channels::unlink),
        page(POST, urls::UndoUnlink::PATH, MANAGE, channels::undo_unlink),
        page(POST, urls::GiveBack::PATH, MANAGE, channels::give_back),
        page(POST, urls::ChannelSignIn::PATH, SIGN_IN, channels::decide),
        page(GET, urls::Connect::PATH, READ, connect::show),
        page(GET, urls::ConnectPicture::PATH, READ, connect::picture),
        page(GET, urls::ConnectGo::PATH, SIGN_IN, connect::go),
        page(POST, urls::ConnectChoose::PATH, MANAGE, connect::choose),
        page(POST, urls::ConnectSame::PATH, SIGN_IN, connect::same),
        page(POST, urls::ConnectGoOn::PATH, SIGN_IN, connect::go_on),
        callback(GET, urls::OauthCallback::PATH, SIGN_IN, connect::back),
        callback(GET, urls::OauthCallbackPlain::PATH, SIGN_IN, connect::back),
        callback(
            GET,
            urls::BlueskyHouseClient::PATH,
            OPEN,
            connect::client_metadata,
        ),
        callback(
            GET,
            urls::BlueskyClient::PATH,
            OPEN,
            connect::client_metadata,
        ),
        page(GET, urls::Forecast::PATH, READ, forecast::show),
        page(GET, urls::ForecastPicture::PATH, READ, forecast::sheet),
        page(GET, urls::FireDrill::PATH, READ, channels::fire_drill::show),
        page(GET, urls::Inbox::PATH, READ, inbox::list),
        page(
            POST,
            urls::AcknowledgeNotice::PATH,
            READ,
            inbox::acknowledge,
        ),
        page(GET, urls::Help::PATH, READ, help::index),
        page(GET, urls::HelpCause::PATH, OPEN, help::cause),
        page(
            GET,
            urls::ChannelEvidence::PATH,
            ADMINISTER,
            channels::evidence,
        ),
        page(
            GET,
            urls::UnmappedAnswers::PATH,
            ADMINISTER,
            settings::answers::list,
        ),
    ]
}

/// The same for programs.
fn programs_connecting() -> Vec<Route> {
    vec![
        resource(GET, urls::ApiChannels::PATH, READ, api::channels::list),
        resource(GET, urls::ApiChannel::PATH, READ, api::channels::one),
        resource(
            POST,
            urls::ApiChannelRefresh::PATH,
            SIGN_IN,
            api::channels::refresh,
        )
        .only_for_real(),
        resource(
            POST,
            urls::ApiChannelExtend::PATH,
            SIGN_IN,
            api::channels::extend,
        )
        .only_for_real(),
        resource(
            POST,
            urls::ApiChannelCheck::PATH,
            SIGN_IN,
            api::channels::check,
        )
        .only_for_real(),
        resource(
            POST,
            urls::ApiChannelSync::PATH,
            SIGN_IN,
            api::channels::sync,
        )
        .only_for_real(),
        resource(
            POST,
            urls::ApiChannelMode::PATH,
            MANAGE,
            api::channels::mode,
        )
        .only_for_real(),
        resource(
            POST,
            urls::ApiChannelUnlink::PATH,
            MANAGE,
            api::channels::unlink,
        )
        .only_for_real(),
        resource(
            POST,
            urls::ApiChannelUndoUnlink::PATH,
            MANAGE,
            api::channels::undo_unlink,
        )
        .only_for_real(),
        resource(
            POST,
            urls::ApiChannelGiveBack::PATH,
            MANAGE,
            api::channels::give_back,
        )
        .only_for_real(),
        resource(
            GET,
            urls::ApiChannelSignIns::PATH,
            READ,
            api::sign_ins::list,
        ),
        resource(
            POST,
            urls::ApiSignInStandBy::PATH,
            SIGN_IN,
            api::sign_ins::stand_by,
        )
        .only_for_real(),
        resource(
            POST,
            urls::ApiSignInFirst::PATH,
            SIGN_IN,
            api::sign_ins::first,
        )
        .only_for_real(),
        resource(
            POST,
            urls::ApiSignInRemove::PATH,
            SIGN_IN,
            api::sign_ins::remove,
        )
        .only_for_real(),
        resource(
            GET,
            urls::ApiChannelTimeline::PATH,
            READ,
            api::channels::timeline,
        ),
        resource(GET, urls::ApiForecast::PATH, READ, api::forecast::one),
        resource(GET, urls::ApiFireDrill::PATH, READ, api::fire_drill::one),
        resource(
            GET,
            urls::ApiConnectSessions::PATH,
            READ,
            api::connect_sessions::list,
        ),
        resource(
            POST,
            urls::ApiConnectSessions::PATH,
            MANAGE,
            api::connect_sessions::create,
        )
        .only_for_real(),
        resource(
            GET,
            urls::ApiConnectSession::PATH,
            READ,
            api::connect_sessions::one,
        ),
        resource(
            POST,
            urls::ApiConnectComplete::PATH,
            SIGN_IN,
            api::connect_sessions::complete,
        )
        .only_for_real(),
        resource(
            POST,
            urls::ApiConnectChoose::PATH,
            MANAGE,
            api::connect_sessions::choose,
        )
        .only_for_real(),
        resource(
            POST,
            urls::ApiConnectSame::PATH,
            SIGN_IN,
            api::connect_sessions::same,
        )
        .only_for_real(),
        resource(
            POST,
            urls::ApiConnectGoOn::PATH,
            SIGN_IN,
            api::connect_sessions::go_on,
        )
        .only_for_real(),
        resource(GET, urls::ApiNotices::PATH, READ, api::notices::list),
        resource(GET, urls::ApiNotice::PATH, READ, api::notices::one),
        resource(
            POST,
            urls::ApiNoticeAcknowledge::PATH,
            READ,
            api::notices::acknowledge,
        )
        .only_for_real(),
        resource(GET, urls::ApiCauses::PATH, READ, api::causes::list),
        resource(GET, urls::ApiCause::PATH, READ, api::causes::one),
        resource(
            GET,
            urls::ApiChannelEvidence::PATH,
            ADMINISTER,
            api::causes::evidence,
        ),
        resource(
            GET,
            urls::ApiUnmappedAnswers::PATH,
            ADMINISTER,
            api::causes::unmapped,
        ),
    ]
}

/// Programs, with a key.
fn programs() -> Vec<Route> {
    vec![
        resource(GET, urls::ApiMe::PATH, READ, api::workspace::me),
        resource(GET, urls::ApiWorkspace::PATH, READ, api::workspace::one),
        resource(
            PATCH,
            urls::ApiWorkspace::PATH,
            ADMINISTER,
            api::workspace::change,
        ),
        resource(GET, urls::ApiSets::PATH, READ, api::social_sets::list),
        resource(POST, urls::ApiSets::PATH, MANAGE, api::social_sets::create),
        resource(GET, urls::ApiSet::PATH, READ, api::social_sets::one),
        resource(PATCH, urls::ApiSet::PATH, MANAGE, api::social_sets::change),
        resource(GET, urls::ApiMembers::PATH, READ, api::members::list),
        resource(GET, urls::ApiKeys::PATH, ADMINISTER, api::api_keys::list),
        resource(POST, urls::ApiKeys::PATH, ADMINISTER, api::api_keys::create),
        resource(
            DELETE,
            urls::ApiKey::PATH,
            ADMINISTER,
            api::api_keys::revoke,
        ),
        resource(
            GET,
            urls::ApiAuditLog::PATH,
            ADMINISTER,
            api::audit_log::list,
        ),
        resource(GET, urls::ApiHolds::PATH, READ, api::holds::list),
        resource(POST, urls::ApiHolds::PATH, PUBLISH, api::holds::begin),
        resource(DELETE, urls::ApiHold::PATH, PUBLISH, api::holds::end),
    ]
}

/// The demo's own buttons, and every component on one page.
fn demo_only() -> Vec<Route> {
    vec![
        page(GET, urls::Components::PATH, OPEN, demo::components),
        page(POST, urls::DemoBreak::PATH, READ, demo::break_login),
        page(POST, urls::DemoNext::PATH, READ, demo::next_post),
        page(POST, urls::DemoJump::PATH, READ, demo::jump),
        page(POST, urls::DemoDown::PATH, READ, demo::platform_down),
        page(POST, urls::DemoReset::PATH, READ, demo::reset),
    ]
}
