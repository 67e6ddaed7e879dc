//! One line of the route table, and the three doors that a line can be for. The table is `routes.rs`.

use axum::extract::{DefaultBodyLimit, Request};
use axum::handler::Handler;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use http::Method;

use crate::access::{Access, Door};
use crate::problem::{Refusal, Words, codes};
use crate::state::Web;

/// One line of the table.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with its parts in braces.
    pub path: &'static str,
    /// Through which door.
    pub door: Door,
    /// What is needed.
    pub access: Access,
    /// What answers.
    pub handler: MethodRouter<Web>,
    /// Whether a change cannot be tried with `?dry_run=true`, because others take part in it.
    pub only_for_real: bool,
}

impl Route {
    /// Takes bodies of up to so many bytes.
    #[must_use]
    pub fn body_up_to(mut self, bytes: usize) -> Self {
        self.handler = self.handler.layer(DefaultBodyLimit::max(bytes));
        self
    }

    /// A change that cannot be tried: `?dry_run=true` is refused, so that nobody who tries it does it.
    #[must_use]
    pub fn only_for_real(mut self) -> Self {
        self.handler = self.handler.layer(axum::middleware::from_fn(refuse_trial));
        self.only_for_real = true;
        self
    }
}

async fn refuse_trial(request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let tries = url::form_urlencoded::parse(query.as_bytes())
        .any(|(name, value)| name == "dry_run" && value != "false");
    if tries {
        let words = Words::key("field-no-dry-run");
        return Refusal::new(&codes::BAD_PARAMETER)
            .and_field("dry_run", "not_possible", words)
            .into_response();
    }
    next.run(request).await
}

fn line<H, T>(door: Door, method: Method, path: &'static str, access: Access, handler: H) -> Route
where
    H: Handler<T, Web>,
    T: 'static,
{
    let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
    Route {
        method,
        path,
        door,
        access,
        handler: on(filter, handler),
        only_for_real: false,
    }
}

/// A page, or a form of one.
pub fn page<H, T>(method: Method, path: &'static str, access: Access, handler: H) -> Route
where
    H: Handler<T, Web>,
    T: 'static,
{
    line(Door::Page, method, path, access, handler)
}

/// A resource of the API.
pub fn resource<H, T>(method: Method, path: &'static str, access: Access, handler: H) -> Route
where
    H: Handler<T, Web>,
    T: 'static,
{
    line(Door::Api, method, path, access, handler)
}

/// An address for somebody else's server, or for a browser that comes back from one; not behind the
/// layer against other sites.
pub fn callback<H, T>(method: Method, path: &'static str, access: Access, handler: H) -> Route
where
    H: Handler<T, Web>,
    T: 'static,
{
    line(Door::Callback, method, path, access, handler)
}
