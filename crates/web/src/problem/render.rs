//! Gives every refusal its form: a problem document for programs, a page for people, a line for a part
//! of a page that a script asked for. Answers of the framework without a body (unknown address, wrong
//! method, time-out) pass through here too, so that none reaches anybody bare.

use askama::Template;
use axum::Json;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{Refusal, codes};
use crate::components::{Action, Tone};
use crate::layout::{Flash, Plain};
use crate::text::Text;
use crate::urls;

/// What a request wants back.
#[derive(Debug, Clone)]
pub struct Wanted {
    text: Text,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Problem,
    Page,
    Part,
}

impl Wanted {
    /// Reads it from the address and the headers.
    #[must_use]
    pub fn by(path: &str, headers: &HeaderMap) -> Self {
        let form = if path.starts_with("/api/v1") {
            Form::Problem
        } else if headers.contains_key("mainstay-part") {
            Form::Part
        } else {
            Form::Page
        };
        Self {
            text: language(headers),
            form,
        }
    }

    /// The answer in its form.
    #[must_use]
    pub fn render(&self, response: Response) -> Response {
        let Some(refusal) = refusal_in(&response) else {
            return response;
        };
        let mut rendered = self.body(&refusal);
        *rendered.status_mut() = refusal.status();
        for (name, value) in refusal.headers() {
            rendered.headers_mut().insert(name.clone(), value.clone());
        }
        if let Some(allow) = response.headers().get(header::ALLOW) {
            rendered.headers_mut().insert(header::ALLOW, allow.clone());
        }
        rendered
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        rendered.extensions_mut().insert(refusal);
        rendered
    }

    fn body(&self, refusal: &Refusal) -> Response {
        match self.form {
            Form::Problem => {
                let mut response = Json(refusal.problem(&self.text)).into_response();
                let kind = HeaderValue::from_static("application/problem+json");
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
                response
            }
            Form::Page => page(&RefusalPage::new(&self.text, refusal)),
            Form::Part => {
                let problem = refusal.problem(&self.text);
                let mut words = problem.detail;
                for field in problem.errors {
                    words.push(' ');
                    words.push_str(&field.detail);
                }
                page(&Part {
                    flash: Flash {
                        tone: Tone::Red,
                        words: format!("{words} {}", problem.hint),
                        action: None,
                    },
                })
            }
        }
    }
}

/// The language that a request asks for.
#[must_use]
pub fn language(headers: &HeaderMap) -> Text {
    Text::for_request(
        headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok()),
    )
}

/// Renders a template; one that cannot be rendered is our mistake and told as such.
pub fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            Refusal::new(&codes::INTERNAL).into_response()
        }
    }
}

/// The refusal in an answer: its own, that of the layer against other sites, or one made from a bare
/// status.
fn refusal_in(response: &Response) -> Option<Refusal> {
    if let Some(refusal) = response.extensions().get::<Refusal>() {
        return Some(refusal.clone());
    }
    if response
        .extensions()
        .get::<tower_http::csrf::ProtectionError>()
        .is_some()
    {
        return Some(Refusal::new(&codes::CROSS_SITE));
    }
    let status = response.status();
    if status == StatusCode::OK || !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    let kind = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if kind.is_some_and(|kind| !kind.starts_with("text/plain")) {
        return None;
    }
    codes::of_status(status.as_u16()).map(Refusal::new)
}

/// The layer.
pub async fn layer(request: Request, next: Next) -> Response {
    let wanted = Wanted::by(request.uri().path(), request.headers());
    wanted.render(next.run(request).await)
}

#[derive(Template)]
#[template(path = "pages/refusal.html")]
struct RefusalPage {
    plain: Plain,
    title: String,
    detail: String,
    hint: String,
    fields: Vec<String>,
    action: Action,
}

impl RefusalPage {
    fn new(text: &Text, refusal: &Refusal) -> Self {
        let problem = refusal.problem(text);
        let action = if matches!(refusal.code().status, 401) {
            Action::link(text.t("sign-in-button"), urls::SignIn.to_string())
        } else {
            Action::link(text.t("refusal-home"), urls::Home.to_string())
        };
        Self {
            plain: Plain::new(text),
            detail: if problem.detail == problem.title {
                String::new()
            } else {
                problem.detail
            },
            title: problem.title,
            hint: problem.hint,
            fields: problem
                .errors
                .into_iter()
                .map(|field| field.detail)
                .collect(),
            action: action.primary(),
        }
    }
}

#[derive(Template)]
#[template(source = "{{ flash }}", ext = "html")]
struct Part {
    flash: Flash,
}
