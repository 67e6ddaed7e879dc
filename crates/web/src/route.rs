//! One line of the route table, and the three doors that a line can be for. The table is `routes.rs`.

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::Method;

use crate::access::{Access, Door};
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
}

impl Route {
    /// Takes bodies of up to so many bytes.
    #[must_use]
    pub fn body_up_to(mut self, bytes: usize) -> Self {
        self.handler = self.handler.layer(DefaultBodyLimit::max(bytes));
        self
    }
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
