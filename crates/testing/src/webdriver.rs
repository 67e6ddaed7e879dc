//! The few calls of the W3C WebDriver protocol that the tests need, over plain HTTP to chromedriver.
//! Own code because a crate for it costs a minute of building and gives nothing more here. It knows no
//! page and waits for nothing; [`crate::browser`] does.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

/// The key under which the protocol writes an element's id.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What the driver said, or why it could not be heard.
#[derive(Debug)]
pub enum WdError {
    /// The driver's own error: a code such as `no such element`, and the first line of its message.
    Driver {
        /// The protocol's error code.
        code: String,
        /// The message's first line.
        message: String,
    },
    /// No answer that could be read.
    Transport(String),
}

impl std::fmt::Display for WdError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Driver { code, message } => write!(f, "{code}: {message}"),
            Self::Transport(what) => write!(f, "chromedriver: {what}"),
        }
    }
}

impl std::error::Error for WdError {}

impl From<reqwest::Error> for WdError {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error.to_string())
    }
}

impl WdError {
    /// Something else stands where the click would go.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        matches!(self, Self::Driver { code, .. } if code == "element click intercepted")
    }

    /// The page is still moving: the same try may succeed a moment later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Driver { code, .. } if matches!(
            code.as_str(),
            "no such element" | "stale element reference" | "element click intercepted"
                | "element not interactable" | "javascript error"
        ))
    }
}

/// An element of the page that stands now.
#[derive(Debug, Clone)]
pub struct Element(pub(crate) String);

impl Element {
    /// The element in an answer of a script, if it is one.
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Self> {
        value[ELEMENT].as_str().map(|id| Self(id.to_owned()))
    }

    /// As an argument of a script.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ ELEMENT: self.0 })
    }
}

/// One session: one browser with one window.
#[derive(Debug)]
pub struct Session {
    http: reqwest::Client,
    port: u16,
    id: String,
    open: bool,
}

impl Session {
    /// Opens a browser with these capabilities at the driver on this port.
    ///
    /// # Errors
    /// When the driver does not answer or the browser does not start.
    pub async fn open(port: u16, capabilities: Value) -> Result<Self, WdError> {
        let mut session = Self {
            http: reqwest::Client::new(),
            port,
            id: String::new(),
            open: false,
        };
        let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let answer = session.call(Method::POST, "/session", Some(body)).await?;
        session.id = answer["sessionId"].as_str().unwrap_or_default().to_owned();
        session.open = true;
        Ok(session)
    }

    /// Quits the browser.
    ///
    /// # Errors
    /// When the driver does not answer.
    pub async fn close(mut self) -> Result<(), WdError> {
        self.open = false;
        let path = format!("/session/{}", self.id);
        self.call(Method::DELETE, &path, None).await.map(drop)
    }

    /// `GET` of a path below the session.
    ///
    /// # Errors
    /// What the driver says.
    pub async fn get(&self, path: &str) -> Result<Value, WdError> {
        self.call(Method::GET, &format!("/session/{}{path}", self.id), None)
            .await
    }

    /// `POST` of a body to a path below the session.
    ///
    /// # Errors
    /// What the driver says.
    pub async fn post(&self, path: &str, body: Value) -> Result<Value, WdError> {
        self.call(
            Method::POST,
            &format!("/session/{}{path}", self.id),
            Some(body),
        )
        .await
    }

    /// Runs the body of a function in the page; `arguments` holds `args`.
    ///
    /// # Errors
    /// What the driver says, or the script throws.
    pub async fn script(&self, body: &str, args: Vec<Value>) -> Result<Value, WdError> {
        self.post("/execute/sync", json!({ "script": body, "args": args }))
            .await
    }

    /// A command of Chromium's own protocol, such as `Emulation.setEmulatedMedia`.
    ///
    /// # Errors
    /// What the driver says.
    pub async fn chromium(&self, command: &str, params: Value) -> Result<Value, WdError> {
        let body = json!({ "cmd": command, "params": params });
        self.post("/goog/cdp/execute", body).await
    }

    /// The first element that a CSS selector finds.
    ///
    /// # Errors
    /// `no such element`, or what the driver says.
    pub async fn find(&self, css: &str) -> Result<Element, WdError> {
        let body = json!({ "using": "css selector", "value": css });
        let answer = self.post("/element", body).await?;
        Element::from_json(&answer)
            .ok_or_else(|| WdError::Transport(format!("no element: {answer}")))
    }

    /// Clicks in the element's middle, as a person would: what covers it gets the click.
    ///
    /// # Errors
    /// What the driver says.
    pub async fn click(&self, element: &Element) -> Result<(), WdError> {
        self.post(&format!("/element/{}/click", element.0), json!({}))
            .await
            .map(drop)
    }

    /// Types into the element; a file field takes a path.
    ///
    /// # Errors
    /// What the driver says.
    pub async fn keys(&self, element: &Element, text: &str) -> Result<(), WdError> {
        let path = format!("/element/{}/value", element.0);
        self.post(&path, json!({ "text": text })).await.map(drop)
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, WdError> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let mut answer: Value = request.send().await?.json().await?;
        let value = answer["value"].take();
        match value["error"].as_str() {
            Some(code) if value["message"].is_string() => Err(WdError::Driver {
                code: code.to_owned(),
                message: first_line(value["message"].as_str().unwrap_or_default()),
            }),
            _ => Ok(value),
        }
    }
}

impl Drop for Session {
    /// A failed test must not leave a browser: chromedriver quits it only when asked, and a destructor
    /// cannot await, so this asks over a plain socket.
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        let Ok(mut socket) = TcpStream::connect(("127.0.0.1", self.port)) else {
            return;
        };
        let request = format!(
            "DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
            self.id
        );
        let asked = socket
            .set_read_timeout(Some(Duration::from_secs(5)))
            .and_then(|()| socket.write_all(request.as_bytes()));
        if asked.is_ok() {
            // The answer comes when the browser is gone; what it says does not matter any more.
            drop(socket.read(&mut [0; 256]));
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
