//! The part of the route table that plans: composer, calendar, grid, what waits; for people and for programs.

use super::*;
use crate::pages::planning;

/// Planning, in the pages.
pub(super) fn pages() -> Vec<Route> {
    vec![
        callback(GET, media::PUBLIC_ROUTE, OPEN, planning::pictures::public),
        page(POST, urls::Upload::PATH, DRAFT, planning::pictures::upload).body_up_to(UPLOAD),
        page(GET, urls::Picture::PATH, READ, planning::pictures::show),
        page(GET, urls::Calendar::PATH, READ, planning::calendar::show),
        page(
            POST,
            urls::CalendarMove::PATH,
            DRAFT,
            planning::calendar::drag,
        ),
        page(GET, urls::ComposeNew::PATH, DRAFT, planning::compose::new),
        page(
            POST,
            urls::ComposeNew::PATH,
            DRAFT,
            planning::compose::create,
        )
        .body_up_to(COMPOSER),
        page(
            POST,
            urls::ComposeCheck::PATH,
            DRAFT,
            planning::compose::check,
        ),
        page(GET, urls::Compose::PATH, READ, planning::compose::show),
        page(POST, urls::Compose::PATH, DRAFT, planning::compose::change).body_up_to(COMPOSER),
        page(POST, urls::Discard::PATH, DRAFT, planning::drafts::discard),
        page(GET, urls::Drafts::PATH, READ, planning::drafts::show),
        page(GET, urls::Grid::PATH, READ, planning::grid::show),
        page(POST, urls::GridMove::PATH, DRAFT, planning::grid::drag),
        page(POST, urls::GridUpdate::PATH, READ, planning::grid::update),
        page(GET, urls::Missed::PATH, READ, planning::missed::show),
        page(
            GET,
            urls::MissedReschedule::PATH,
            PUBLISH,
            planning::reschedule::show,
        ),
        page(
            POST,
            urls::MissedReschedule::PATH,
            PUBLISH,
            planning::reschedule::yes,
        ),
        page(GET, urls::Delivery::PATH, READ, planning::delivery::show),
        page(
            POST,
            urls::DeliveryReschedule::PATH,
            PUBLISH,
            planning::delivery_changes::reschedule,
        ),
        page(
            POST,
            urls::DeliveryPublish::PATH,
            PUBLISH,
            planning::delivery_changes::publish,
        ),
        page(
            POST,
            urls::DeliveryCancel::PATH,
            DRAFT,
            planning::delivery_changes::cancel,
        ),
        page(
            POST,
            urls::DeliveryDrop::PATH,
            PUBLISH,
            planning::delivery_changes::drop_it,
        ),
        page(
            POST,
            urls::DeliverySettle::PATH,
            PUBLISH,
            planning::delivery_changes::settle,
        ),
        page(
            POST,
            urls::DeliveryMarkPosted::PATH,
            PUBLISH,
            planning::delivery_changes::mark_posted,
        ),
    ]
}

/// Planning, for programs.
pub(super) fn programs() -> Vec<Route> {
    vec![
        resource(GET, urls::ApiMedia::PATH, READ, api::media::list),
        resource(POST, urls::ApiMedia::PATH, DRAFT, api::media::upload).body_up_to(UPLOAD),
        resource(GET, urls::ApiMediaOne::PATH, READ, api::media::one),
        resource(GET, urls::ApiPosts::PATH, READ, api::posts::list),
        resource(POST, urls::ApiPosts::PATH, DRAFT, api::posts::create),
        resource(GET, urls::ApiPost::PATH, READ, api::posts::one),
        resource(PATCH, urls::ApiPost::PATH, DRAFT, api::posts::change),
        resource(
            POST,
            urls::ApiPostSchedule::PATH,
            PUBLISH,
            api::posts::schedule,
        ),
        resource(
            POST,
            urls::ApiPostReschedule::PATH,
            PUBLISH,
            api::posts::reschedule,
        ),
        resource(
            POST,
            urls::ApiPostPublish::PATH,
            PUBLISH,
            api::posts::publish,
        ),
        resource(POST, urls::ApiPostCancel::PATH, DRAFT, api::posts::cancel),
        resource(GET, urls::ApiDeliveries::PATH, READ, api::deliveries::list),
        resource(
            POST,
            urls::ApiDeliveriesReschedule::PATH,
            PUBLISH,
            api::deliveries::reschedule_many,
        ),
        resource(GET, urls::ApiDelivery::PATH, READ, api::deliveries::one),
        resource(
            POST,
            urls::ApiDeliveryReschedule::PATH,
            PUBLISH,
            api::deliveries::reschedule,
        ),
        resource(
            POST,
            urls::ApiDeliveryCancel::PATH,
            DRAFT,
            api::deliveries::cancel,
        ),
        resource(
            POST,
            urls::ApiDeliveryDrop::PATH,
            PUBLISH,
            api::deliveries::drop_it,
        ),
        resource(
            POST,
            urls::ApiDeliverySettle::PATH,
            PUBLISH,
            api::deliveries::settle,
        ),
        resource(
            POST,
            urls::ApiDeliveryMarkPosted::PATH,
            PUBLISH,
            api::deliveries::mark_posted,
        ),
        resource(GET, urls::ApiDeliveryHistory::PATH, READ, api::history::one),
        resource(GET, urls::ApiGrid::PATH, READ, api::grid::grid),
        resource(POST, urls::ApiGridSwap::PATH, DRAFT, api::grid::swap),
        resource(GET, urls::ApiCalendar::PATH, READ, api::grid::calendar),
        resource(
            POST,
            urls::ApiCalendarMove::PATH,
            DRAFT,
            api::grid::move_to_day,
        ),
    ]
}
