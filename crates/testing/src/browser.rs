//! A real Chromium for one test: a new profile, a given size and scheme, and what a person does with a
//! page, by the words that stand on it. Every step waits for the page up to ten seconds.

mod checks;
mod driver;
mod look;

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::webdriver::{Element, Session, WdError};
use driver::{Driver, key_value, patiently};

pub use checks::Violation;
pub use look::Look;

/// Finds elements by role and accessible name; see its head.
const FINDER: &str = include_str!("browser/finder.js");

/// A browser with one window. Dropping it quits it.
#[derive(Debug)]
pub struct Browser {
    // In the order in which they must go.
    session: Session,
    _driver: Driver,
    _profile: TempDir,
}

impl Browser {
    /// Starts chromedriver and Chromium.
    ///
    /// # Errors
    /// When they are not installed or do not start.
    pub async fn open(look: Look) -> Result<Self> {
        let profile = tempfile::Builder::new()
            .prefix("mainstay-browser-")
            .tempdir()?;
        let driver = Driver::start(profile.path())?;
        let capabilities = look.capabilities(profile.path());
        let session = patiently("chromedriver", || async {
            match Session::open(driver.port, capabilities.clone()).await {
                Err(WdError::Transport(_)) => Ok(None), // Not listening yet.
                other => other.map(Some),
            }
        })
        .await?;
        let size = json!({
            "width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": look.width < 600,
        });
        session
            .chromium("Emulation.setDeviceMetricsOverride", size)
            .await?;
        if look.width < 600 {
            session
                .chromium(
                    "Emulation.setTouchEmulationEnabled",
                    json!({ "enabled": true }),
                )
                .await?;
        }
        let scheme = if look.dark { "dark" } else { "light" };
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        session
            .chromium("Emulation.setEmulatedMedia", media)
            .await?;
        Ok(Self {
            session,
            _driver: driver,
            _profile: profile,
        })
    }

    /// Quits the browser and says if that failed.
    ///
    /// # Errors
    /// When chromedriver does not answer.
    pub async fn close(self) -> Result<()> {
        Ok(self.session.close().await?)
    }

    /// Forgets all cookies, and keeps these for an address.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn keep_cookies(&self, url: &str, cookies: &BTreeMap<String, String>) -> Result<()> {
        let session = &self.session;
        session
            .chromium("Network.clearBrowserCookies", json!({}))
            .await?;
        for (name, value) in cookies {
            let cookie = json!({ "url": url, "name": name, "value": value });
            session.chromium("Network.setCookie", cookie).await?;
        }
        Ok(())
    }

    /// Opens an address and waits until it is loaded.
    ///
    /// # Errors
    /// When nothing answers there.
    pub async fn goto(&self, url: &str) -> Result<()> {
        let opened = self.session.post("/url", json!({ "url": url })).await;
        opened.with_context(|| format!("goto {url}")).map(drop)
    }

    /// Loads the page again.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn reload(&self) -> Result<()> {
        Ok(self.session.post("/refresh", json!({})).await.map(drop)?)
    }

    /// The way back.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn back(&self) -> Result<()> {
        Ok(self.session.post("/back", json!({})).await.map(drop)?)
    }

    /// The present address.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn url(&self) -> Result<String> {
        let url = self.session.get("/url").await?;
        Ok(url.as_str().unwrap_or_default().to_owned())
    }

    /// The page's title.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn title(&self) -> Result<String> {
        let title = self.session.get("/title").await?;
        Ok(title.as_str().unwrap_or_default().to_owned())
    }

    /// Clicks the button, link, tab, menu item or summary that bears this name: its accessible name or
    /// its visible text, as a whole, else as its beginning.
    ///
    /// # Errors
    /// When there is none that can be clicked.
    pub async fn click(&self, name: &str) -> Result<()> {
        self.click_in("body", name).await
    }

    /// Like [`Browser::click`], inside the first element of a CSS selector that has such a name.
    ///
    /// # Errors
    /// When there is none that can be clicked.
    pub async fn click_in(&self, css: &str, name: &str) -> Result<()> {
        let what = format!("click {name:?} in {css}");
        self.step(&what, || async {
            match self.named("control", css, name).await? {
                Some(element) => self.press_on(&element).await.map(Some),
                None => Ok(None),
            }
        })
        .await
    }

    /// Clicks the first element of a CSS selector.
    ///
    /// # Errors
    /// When there is none that can be clicked.
    pub async fn click_css(&self, css: &str) -> Result<()> {
        self.step(&format!("click {css}"), || async {
            let element = self.session.find(css).await?;
            self.press_on(&element).await.map(Some)
        })
        .await
    }

    /// Clicks. What a bar at the window's edge covers is brought into the middle first, as a hand would.
    async fn press_on(&self, element: &Element) -> Result<(), WdError> {
        match self.session.click(element).await {
            Err(covered) if covered.is_covered() => {
                let script = "arguments[0].scrollIntoView({ block: 'center' })";
                self.session.script(script, vec![element.to_json()]).await?;
                self.session.click(element).await
            }
            done => done,
        }
    }

    /// Empties the field with this label and types into it. Dates, times, colours and ranges are set;
    /// an option of a `select` is chosen by its text.
    ///
    /// # Errors
    /// When there is no such field, or no such option.
    pub async fn fill(&self, label: &str, text: &str) -> Result<()> {
        self.step(&format!("fill {label:?}"), || async {
            let Some(field) = self.named("field", "body", label).await? else {
                return Ok(None);
            };
            let script = format!("{FINDER}\nreturn prepareField(arguments[0], arguments[1]);");
            let args = vec![field.to_json(), text.into()];
            match self.session.script(&script, args).await?.as_str() {
                Some("type") if text.is_empty() => Ok(Some(())),
                Some("type") => self.session.keys(&field, text).await.map(Some),
                Some("set") => Ok(Some(())),
                _ => Ok(None),
            }
        })
        .await
    }

    /// Ticks the checkbox or radio button with this label, or takes the tick away.
    ///
    /// # Errors
    /// When there is none.
    pub async fn tick(&self, label: &str, ticked: bool) -> Result<()> {
        self.step(&format!("tick {label:?}"), || async {
            let Some(field) = self.named("field", "body", label).await? else {
                return Ok(None);
            };
            let script = "return arguments[0].checked";
            let is = self.session.script(script, vec![field.to_json()]).await?;
            if is.as_bool() == Some(ticked) {
                return Ok(Some(()));
            }
            self.session.click(&field).await?;
            Ok(None)
        })
        .await
    }

    /// Gives a file to the file field of a CSS selector (such fields are often hidden).
    ///
    /// # Errors
    /// When there is no such field.
    pub async fn upload(&self, css: &str, file: &Path) -> Result<()> {
        let path = file.canonicalize()?.display().to_string();
        self.step(&format!("upload to {css}"), || async {
            let field = self.session.find(css).await?;
            self.session.keys(&field, &path).await.map(Some)
        })
        .await
    }

    /// Presses a key where the focus is: `Enter`, `Escape`, `Tab`, `ArrowDown`, … or one character.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn press(&self, key: &str) -> Result<()> {
        let value = key_value(key);
        let actions = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": [
            { "type": "keyDown", "value": value }, { "type": "keyUp", "value": value },
        ] }] });
        Ok(self.session.post("/actions", actions).await.map(drop)?)
    }

    /// Drags the middle of one element to the middle of another, slowly enough for drag-and-drop code.
    ///
    /// # Errors
    /// When one of them is not there.
    pub async fn drag(&self, from_css: &str, to_css: &str) -> Result<()> {
        self.wait_for_css(from_css).await?;
        self.wait_for_css(to_css).await?;
        let from = self.session.find(from_css).await?;
        let script = "arguments[0].scrollIntoView({block:'center'})";
        self.session.script(script, vec![from.to_json()]).await?;
        let to = self.session.find(to_css).await?;
        let to_element = |element: &Element, x: i32, ms: u32| json!({ "type": "pointerMove", "duration": ms, "x": x, "y": 0, "origin": element.to_json() });
        let actions = json!({ "actions": [{
            "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" },
            "actions": [
                to_element(&from, 0, 0),
                { "type": "pointerDown", "button": 0 },
                { "type": "pause", "duration": 150 },
                to_element(&from, 6, 100),
                to_element(&to, 4, 300),
                // From where the pointer is: what it was moved onto may have made room meanwhile.
                { "type": "pointerMove", "duration": 100, "x": -4, "y": 0, "origin": "pointer" },
                { "type": "pause", "duration": 150 },
                { "type": "pointerUp", "button": 0 },
            ],
        }] });
        Ok(self.session.post("/actions", actions).await.map(drop)?)
    }

    /// The visible text of the first element of a CSS selector.
    ///
    /// # Errors
    /// When there is none.
    pub async fn text(&self, css: &str) -> Result<String> {
        let script = "const e = document.querySelector(arguments[0]); return e && e.innerText";
        self.step(&format!("text of {css}"), || async {
            let text = self.session.script(script, vec![css.into()]).await?;
            Ok(text.as_str().map(str::to_owned))
        })
        .await
    }

    /// How many elements a CSS selector finds, now.
    ///
    /// # Errors
    /// When the selector is none.
    pub async fn count(&self, css: &str) -> Result<u64> {
        let script = "return document.querySelectorAll(arguments[0]).length";
        let count = self.session.script(script, vec![css.into()]).await?;
        Ok(count.as_u64().unwrap_or_default())
    }

    /// An attribute of the first element of a CSS selector; none if it has none.
    ///
    /// # Errors
    /// When there is no such element.
    pub async fn attribute(&self, css: &str, name: &str) -> Result<Option<String>> {
        let script = "return document.querySelector(arguments[0]).getAttribute(arguments[1])";
        self.wait_for_css(css).await?;
        let args = vec![css.into(), name.into()];
        let value = self.session.script(script, args).await?;
        Ok(value.as_str().map(str::to_owned))
    }

    /// Waits until this text is visible somewhere on the page (white space counts as one blank).
    ///
    /// # Errors
    /// When it does not come; the page's text is in the message.
    pub async fn wait_for_text(&self, text: &str) -> Result<()> {
        let script = format!("{FINDER}\nreturn pageSays(arguments[0]);");
        let waited = self
            .step(&format!("wait for the text {text:?}"), || async {
                let said = self.session.script(&script, vec![text.into()]).await?;
                Ok((said == Value::Bool(true)).then_some(()))
            })
            .await;
        match waited {
            Ok(()) => Ok(()),
            Err(error) => {
                let page = self.text("body").await.unwrap_or_default();
                Err(error.context(format!("the page says:\n{page}")))
            }
        }
    }

    /// Whether this text is visible somewhere on the page, now.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn says(&self, text: &str) -> Result<bool> {
        let script = format!("{FINDER}\nreturn pageSays(arguments[0]);");
        Ok(self.session.script(&script, vec![text.into()]).await? == true)
    }

    /// Waits until a CSS selector finds something visible.
    ///
    /// # Errors
    /// When it does not.
    pub async fn wait_for_css(&self, css: &str) -> Result<()> {
        let script = format!(
            "{FINDER}\nreturn [...document.querySelectorAll(arguments[0])].some(isVisible);"
        );
        self.step(&format!("wait for {css}"), || async {
            let there = self.session.script(&script, vec![css.into()]).await?;
            Ok((there == Value::Bool(true)).then_some(()))
        })
        .await
    }

    /// Waits until a CSS selector finds nothing visible.
    ///
    /// # Errors
    /// When something stays.
    pub async fn wait_gone(&self, css: &str) -> Result<()> {
        let script = format!(
            "{FINDER}\nreturn [...document.querySelectorAll(arguments[0])].some(isVisible);"
        );
        self.step(&format!("wait until {css} is gone"), || async {
            let there = self.session.script(&script, vec![css.into()]).await?;
            Ok((there == Value::Bool(false)).then_some(()))
        })
        .await
    }

    /// Waits until the address contains this.
    ///
    /// # Errors
    /// When it does not come to that.
    pub async fn wait_for_url(&self, part: &str) -> Result<()> {
        self.step(&format!("wait for an address with {part:?}"), || async {
            let url = self.session.get("/url").await?;
            Ok(url
                .as_str()
                .is_some_and(|url| url.contains(part))
                .then_some(()))
        })
        .await
    }

    /// Waits until the address no longer begins so.
    ///
    /// # Errors
    /// When it stays.
    pub async fn wait_until_left(&self, start: &str) -> Result<()> {
        self.step(&format!("wait to leave {start}"), || async {
            let url = self.session.get("/url").await?;
            Ok(url
                .as_str()
                .is_some_and(|url| !url.starts_with(start))
                .then_some(()))
        })
        .await
    }

    /// Whether a control with this name can be clicked, now.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn shows(&self, name: &str) -> Result<bool> {
        Ok(self.named("control", "body", name).await?.is_some())
    }

    /// Runs the body of a function in the page.
    ///
    /// # Errors
    /// When it throws.
    pub async fn script(&self, body: &str, args: Vec<Value>) -> Result<Value> {
        Ok(self.session.script(body, args).await?)
    }

    async fn named(&self, kind: &str, css: &str, name: &str) -> Result<Option<Element>, WdError> {
        let script =
            format!("{FINDER}\nreturn findNamed(arguments[0], arguments[1], arguments[2]);");
        let args = vec![kind.into(), css.into(), name.into()];
        let found = self.session.script(&script, args).await?;
        Ok(Element::from_json(&found))
    }

    async fn step<T, F: Future<Output = Result<Option<T>, WdError>>>(
        &self,
        what: &str,
        step: impl FnMut() -> F,
    ) -> Result<T> {
        match patiently(what, step).await {
            Ok(value) => Ok(value),
            Err(error) => {
                let at = self.url().await.unwrap_or_default();
                Err(error.context(format!("on the page {at}")))
            }
        }
    }
}
