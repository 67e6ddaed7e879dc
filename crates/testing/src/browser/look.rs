//! The size, the colour scheme and the public names with which a browser is started.

use std::path::Path;

use serde_json::{Value, json};

/// How the browser looks at pages.
#[derive(Debug, Clone)]
pub struct Look {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) dark: bool,
    hosts: Vec<(String, u16)>,
}

impl Look {
    /// 1280 × 900, light.
    #[must_use]
    pub fn desktop() -> Self {
        Self {
            width: 1280,
            height: 900,
            dark: false,
            hosts: Vec::new(),
        }
    }

    /// 390 × 844 with touch, light.
    #[must_use]
    pub fn phone() -> Self {
        Self {
            width: 390,
            height: 844,
            ..Self::desktop()
        }
    }

    /// How many pixels the window is wide.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// The dark scheme.
    #[must_use]
    pub fn dark(mut self) -> Self {
        self.dark = true;
        self
    }

    /// Leads a public name, or a name with its port, to a port on this machine; see [`crate::pds::TlsFront`] and
    /// [`crate::front::Front`].
    #[must_use]
    pub fn host(mut self, name: &str, port: u16) -> Self {
        self.hosts.push((name.to_owned(), port));
        self
    }

    pub(super) fn capabilities(&self, profile: &Path) -> Value {
        let mut args: Vec<String> = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=en-GB",
        ]
        .map(str::to_owned)
        .to_vec();
        args.push(format!("--user-data-dir={}", profile.display()));
        args.push(format!("--window-size={},{}", self.width, self.height));
        if !self.hosts.is_empty() {
            let rules: Vec<String> = self
                .hosts
                .iter()
                .map(|(name, port)| format!("MAP {name} 127.0.0.1:{port}"))
                .collect();
            args.push("--ignore-certificate-errors".to_owned());
            args.push(format!("--host-resolver-rules={}", rules.join(",")));
        }
        json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "args": args },
            "goog:loggingPrefs": { "browser": "ALL" },
        })
    }
}
