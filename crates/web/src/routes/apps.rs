//! The part of the route table that is about apps, for people and for programs.

use super::*;

/// The pages.
pub(super) fn pages() -> Vec<Route> {
    vec![
        page(GET, urls::Apps::PATH, READ, settings::apps::list),
        page(GET, urls::NewApp::PATH, ADMINISTER, settings::apps::new),
        page(POST, urls::NewApp::PATH, ADMINISTER, settings::apps::create),
        page(GET, urls::EditApp::PATH, ADMINISTER, settings::app::show),
        page(POST, urls::EditApp::PATH, ADMINISTER, settings::app::change),
        page(
            POST,
            urls::AppSecret::PATH,
            ADMINISTER,
            settings::app::add_secret,
        ),
        page(POST, urls::AppDo::PATH, ADMINISTER, settings::app::act),
        page(POST, urls::AppTest::PATH, ADMINISTER, settings::app::test),
        page(
            GET,
            urls::AppTested::PATH,
            ADMINISTER,
            settings::app_test::show,
        ),
        page(
            GET,
            urls::AppSetUp::PATH,
            ADMINISTER,
            settings::app_set_up::show,
        ),
    ]
}

/// The same for programs.
pub(super) fn programs() -> Vec<Route> {
    vec![
        resource(GET, urls::ApiApps::PATH, READ, api::apps::list),
        resource(POST, urls::ApiApps::PATH, ADMINISTER, api::apps::create),
        resource(GET, urls::ApiApp::PATH, READ, api::apps::one),
        resource(PATCH, urls::ApiApp::PATH, ADMINISTER, api::apps::change),
        resource(
            DELETE,
            urls::ApiApp::PATH,
            ADMINISTER,
            api::app_care::remove,
        ),
        resource(GET, urls::ApiAppLogins::PATH, READ, api::app_care::logins),
        resource(
            GET,
            urls::ApiAppCheck::PATH,
            ADMINISTER,
            api::app_care::check,
        ),
        resource(
            POST,
            urls::ApiAppChecks::PATH,
            ADMINISTER,
            api::app_care::check_new,
        )
        .only_for_real(),
        resource(
            POST,
            urls::ApiAppSecrets::PATH,
            ADMINISTER,
            api::app_care::add_secret,
        ),
        resource(
            POST,
            urls::ApiAppForget::PATH,
            ADMINISTER,
            api::app_care::forget_secret,
        ),
        resource(
            POST,
            urls::ApiAppKeys::PATH,
            ADMINISTER,
            api::app_care::add_key,
        ),
        resource(
            POST,
            urls::ApiAppDropKeys::PATH,
            ADMINISTER,
            api::app_care::drop_keys,
        ),
        resource(
            POST,
            urls::ApiAppTest::PATH,
            ADMINISTER,
            api::app_care::test,
        )
        .only_for_real(),
    ]
}
