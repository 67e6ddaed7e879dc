//! What tests see of a web in one process: answers, a browser with a cookie jar, a program with a key.

use super::*;

/// What came back.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}\n{}", self.status, self.headers, self.text())
    }
}

impl Answer {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A header's text; empty if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Where it leads on.
    #[must_use]
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// The code of a problem document.
    #[must_use]
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The value of the first hidden or shown field of this name in a page.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        let text = self.text();
        let at = text.find(&format!("name=\"{name}\""))?;
        let tag = &text[at..at + text[at..].find('>')?];
        let from = tag.find("value=\"")? + 7;
        Some(tag[from..from + tag[from..].find('"')?].to_owned())
    }
}

/// A browser: it keeps cookies and follows nothing by itself.
#[derive(Clone)]
pub struct Browser<'a> {
    pub(super) app: &'a TestApp,
    pub(super) cookies: BTreeMap<String, String>,
}

impl Browser<'_> {
    /// Looks at a page.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub async fn get(&mut self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path, &[], Body::empty()).await
    }

    /// Looks at a page, and goes on as long as it leads on inside.
    ///
    /// # Errors
    /// When the answer breaks off, or it leads on and on.
    pub async fn follow(&mut self, path: &str) -> Result<Answer> {
        let mut answer = self.get(path).await?;
        for _ in 0..10 {
            if !answer.status.is_redirection() || !answer.location().starts_with('/') {
                return Ok(answer);
            }
            let next = answer.location().to_owned();
            answer = self.get(&next).await?;
        }
        anyhow::bail!("{path} leads on and on")
    }

    /// Sends a form.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        self.post_with(path, fields, &[]).await
    }

    /// Sends a form, with further headers.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub async fn post_with(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Result<Answer> {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.send(
            Method::POST,
            path,
            &all,
            Body::from(platforms::wire::encode(fields)),
        )
        .await
    }

    /// Sends anything.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Result<Answer> {
        let mut request = request(method, path, headers, body)?;
        if !self.cookies.is_empty() {
            let line: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request
                .headers_mut()
                .insert(header::COOKIE, line.join("; ").parse()?);
        }
        let answer = self.app.send(request).await?;
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str()?;
            let (pair, rest) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').context("a cookie")?;
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(answer)
    }

    /// The cookies that it keeps.
    #[must_use]
    pub fn cookies(&self) -> &BTreeMap<String, String> {
        &self.cookies
    }

    /// Goes on with other cookies, as a copied session does.
    pub fn set_cookies(&mut self, cookies: BTreeMap<String, String>) {
        self.cookies = cookies;
    }
}

/// A program with a bearer key.
#[derive(Clone)]
pub struct Client<'a> {
    pub(super) app: &'a TestApp,
    /// The key.
    pub key: String,
}

impl Client<'_> {
    /// Reads.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.call(Method::GET, path, &[], Body::empty()).await
    }

    /// Sends JSON.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub async fn post(&self, path: &str, body: serde_json::Value) -> Result<Answer> {
        self.json(Method::POST, path, &[], body).await
    }

    /// Changes by JSON.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub async fn patch(&self, path: &str, body: serde_json::Value) -> Result<Answer> {
        self.json(Method::PATCH, path, &[], body).await
    }

    /// Deletes.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub async fn delete(&self, path: &str) -> Result<Answer> {
        self.call(Method::DELETE, path, &[], Body::empty()).await
    }

    /// Sends JSON with further headers.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub async fn json(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: serde_json::Value,
    ) -> Result<Answer> {
        let mut all = vec![("content-type", "application/json")];
        all.extend_from_slice(headers);
        self.call(method, path, &all, Body::from(body.to_string()))
            .await
    }

    /// Sends anything.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Result<Answer> {
        let mut request = request(method, path, headers, body)?;
        let line: HeaderValue = format!("Bearer {}", self.key).parse()?;
        request.headers_mut().insert(header::AUTHORIZATION, line);
        self.app.send(request).await
    }
}

fn request(
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Body,
) -> Result<http::Request<Body>> {
    let mut request = http::Request::builder()
        .method(method)
        .uri(path)
        .body(body)?;
    request
        .headers_mut()
        .insert(header::HOST, HeaderValue::from_static("127.0.0.1:8484"));
    for (name, value) in headers {
        request
            .headers_mut()
            .insert(HeaderName::try_from(*name)?, value.parse()?);
    }
    Ok(request)
}
