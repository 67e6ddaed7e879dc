//! A visitor: presses through the simulator's own pages as a person would, in memory. For tests, the
//! rehearsal and the demo. It reads the forms that the pages really have, so that a page which cannot
//! be clicked through cannot be visited either. It is no browser: no script, no cookies, no styles.

use crate::simulator::Simulator;
use axum::body::Body;
use axum::response::Response;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

/// Redirects in a row that are followed.
const REDIRECTS: usize = 8;

/// Why a visit could not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// The address is none of the simulator's.
    #[error("{0} is not an address of this simulator")]
    Elsewhere(String),
    /// The answer was lost on its way, as a fault asked.
    #[error("the answer was lost")]
    NoAnswer,
    /// An answer that is no page to press on.
    #[error("the simulator answered {0}: {1}")]
    Status(u16, String),
    /// The page has no such button.
    #[error("the page has no button {button}; it has {has}")]
    NoButton {
        /// The id that was looked for.
        button: String,
        /// The ids that are there.
        has: String,
    },
}

#[derive(Debug, Default, Clone)]
struct Form {
    id: String,
    action: String,
    fields: Vec<Field>,
}

#[derive(Debug, Clone)]
struct Field {
    id: String,
    name: String,
    value: String,
    sent: bool,
}

#[derive(Debug, Clone)]
struct Button {
    id: String,
    form: String,
    name: String,
    value: String,
}

/// Somebody in front of the simulator's pages.
pub struct Visitor {
    sim: Simulator,
    forms: Vec<Form>,
    buttons: Vec<Button>,
    text: String,
    left: Option<String>,
}

impl Visitor {
    /// Opens an address of the simulator.
    ///
    /// # Errors
    /// [`Lost`].
    pub async fn open(sim: &Simulator, url: &str) -> Result<Self, Lost> {
        let mut visitor = Self {
            sim: sim.clone(),
            forms: Vec::new(),
            buttons: Vec::new(),
            text: String::new(),
            left: None,
        };
        visitor.go(Method::GET, url, String::new()).await?;
        Ok(visitor)
    }

    /// Signs in at a platform's dialog as `account` (a user name, person id or DID's handle), leaves all
    /// boxes as they are but for `untick` (ids of tick boxes), and agrees. The address that the browser
    /// is sent back to.
    ///
    /// # Errors
    /// [`Lost`].
    pub async fn agree(
        sim: &Simulator,
        url: &str,
        account: &str,
        untick: &[&str],
    ) -> Result<String, Lost> {
        let mut visitor = Self::open(sim, url).await?;
        for sign_in in [format!("login-as-{account}"), format!("account-{account}")] {
            if visitor.has(&sign_in) {
                visitor.press(&sign_in, &[], &[]).await?;
                break;
            }
        }
        let yes = if visitor.has("accept") {
            "accept"
        } else {
            "continue"
        };
        visitor.press(yes, &[], untick).await?;
        visitor
            .left
            .ok_or(Lost::Status(200, "the pages did not lead back".to_owned()))
    }

    /// The address outside the simulator that the pages led to.
    #[must_use]
    pub fn left(&self) -> Option<&str> {
        self.left.as_deref()
    }

    /// The page as it was sent.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is a button with this id.
    #[must_use]
    pub fn has(&self, button: &str) -> bool {
        self.buttons.iter().any(|one| one.id == button)
    }

    /// Fills fields by name, clears tick boxes by id, and presses the button with this id.
    ///
    /// # Errors
    /// [`Lost`].
    pub async fn press(
        &mut self,
        button: &str,
        fill: &[(&str, &str)],
        untick: &[&str],
    ) -> Result<(), Lost> {
        let Some(pressed) = self.buttons.iter().find(|one| one.id == button).cloned() else {
            let has = self
                .buttons
                .iter()
                .map(|one| one.id.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            return Err(Lost::NoButton {
                button: button.to_owned(),
                has,
            });
        };
        let form = self
            .forms
            .iter()
            .find(|form| form.id == pressed.form)
            .cloned()
            .unwrap_or_default();
        let body = filled_in(&form, &pressed, fill, untick);
        let action = format!("{}{}", self.sim.origin(), form.action);
        self.go(Method::POST, &action, body).await
    }

    async fn go(&mut self, method: Method, url: &str, body: String) -> Result<(), Lost> {
        let (mut method, mut url, mut body) = (method, url.to_owned(), body);
        for _ in 0..REDIRECTS {
            let response = self.ask(&method, &url, body).await?;
            if !response.status().is_redirection() {
                return self.read(response).await;
            }
            let to = response
                .headers()
                .get(header::LOCATION)
                .and_then(|to| to.to_str().ok())
                .unwrap_or_default();
            url = if to.starts_with('/') {
                format!("{}{to}", self.sim.origin())
            } else {
                to.to_owned()
            };
            if !url.starts_with(self.sim.origin()) {
                self.left = Some(url);
                return Ok(());
            }
            (method, body) = (Method::GET, String::new());
        }
        Err(Lost::Status(310, "redirects without end".to_owned()))
    }

    async fn ask(&self, method: &Method, url: &str, body: String) -> Result<Response, Lost> {
        let path = url
            .strip_prefix(self.sim.origin())
            .ok_or_else(|| Lost::Elsewhere(url.to_owned()))?;
        let path = path.split('#').next().unwrap_or(path);
        let request = Request::builder()
            .method(method)
            .uri(if path.is_empty() { "/" } else { path })
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .map_err(|error| Lost::Elsewhere(error.to_string()))?;
        let response = match self.sim.router().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        if response.headers().contains_key(crate::LOST_HEADER) {
            Err(Lost::NoAnswer)
        } else {
            Ok(response)
        }
    }

    async fn read(&mut self, response: Response) -> Result<(), Lost> {
        let status = response.status();
        let bytes = response
            .into_body()
            .collect()
            .await
            .map_err(|_| Lost::NoAnswer)?
            .to_bytes();
        self.text = String::from_utf8_lossy(&bytes).into_owned();
        if status != StatusCode::OK {
            return Err(Lost::Status(
                status.as_u16(),
                self.text.chars().take(300).collect(),
            ));
        }
        (self.forms, self.buttons) = forms(&self.text);
        Ok(())
    }
}

/// A form as the browser sends it.
fn filled_in(form: &Form, pressed: &Button, fill: &[(&str, &str)], untick: &[&str]) -> String {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    for field in &form.fields {
        if !field.sent || untick.contains(&field.id.as_str()) {
            continue;
        }
        let filled = fill.iter().find(|(name, _)| *name == field.name);
        body.append_pair(
            &field.name,
            filled.map_or(field.value.as_str(), |(_, value)| value),
        );
    }
    if !pressed.name.is_empty() {
        body.append_pair(&pressed.name, &pressed.value);
    }
    body.finish()
}

/// The forms and buttons of a page. The simulator writes its attributes in double quotes only.
fn forms(html: &str) -> (Vec<Form>, Vec<Button>) {
    let (mut forms, mut buttons): (Vec<Form>, Vec<Button>) = (Vec::new(), Vec::new());
    let mut inside: Option<usize> = None;
    for tag in html
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag))
    {
        let name = tag.split_whitespace().next().unwrap_or_default();
        let get = |wanted: &str| attribute(tag, wanted);
        match name {
            "form" => {
                let id = get("id").unwrap_or_else(|| format!("form-{}", forms.len()));
                forms.push(Form {
                    id,
                    action: get("action").unwrap_or_default(),
                    fields: Vec::new(),
                });
                inside = Some(forms.len() - 1);
            }
            "/form" => inside = None,
            "input" => {
                let Some(form) = inside.and_then(|at| forms.get_mut(at)) else {
                    continue;
                };
                let boxed = get("type").as_deref() == Some("checkbox");
                form.fields.push(Field {
                    id: get("id").unwrap_or_default(),
                    name: get("name").unwrap_or_default(),
                    value: get("value").unwrap_or_default(),
                    sent: !boxed || tag.split_whitespace().any(|word| word == "checked"),
                });
            }
            "button" => {
                let form = get("form").or_else(|| Some(forms.get(inside?)?.id.clone()));
                buttons.push(Button {
                    id: get("id").unwrap_or_default(),
                    form: form.unwrap_or_default(),
                    name: get("name").unwrap_or_default(),
                    value: get("value").unwrap_or_default(),
                });
            }
            _ => {}
        }
    }
    (forms, buttons)
}

fn attribute(tag: &str, wanted: &str) -> Option<String> {
    let start = tag.find(&format!(" {wanted}=\""))? + wanted.len() + 3;
    let value = tag[start..].split('"').next()?;
    let plain = value
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">");
    Some(plain.replace("&amp;", "&"))
}
