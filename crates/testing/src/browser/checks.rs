//! What a test asks of a page as a whole: its picture, its console, its accessibility.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::json;

use super::Browser;
use crate::peer::project_root;

/// What axe found.
#[derive(Debug, Clone, Deserialize)]
pub struct Violation {
    /// The rule's name.
    pub id: String,
    /// `minor`, `moderate`, `serious` or `critical`.
    pub impact: Option<String>,
    /// The rule in words.
    pub help: String,
    /// The elements that break it, as selectors with axe's own explanation.
    pub places: Vec<String>,
}

impl Browser {
    /// Writes the whole page, however long, as a PNG file; makes the folder.
    ///
    /// # Errors
    /// When the driver or the disk refuses.
    pub async fn screenshot(&self, file: &Path) -> Result<()> {
        let params = json!({ "format": "png", "captureBeyondViewport": true });
        let answer = self
            .session
            .chromium("Page.captureScreenshot", params)
            .await?;
        let encoded = answer["data"].as_str().context("a picture")?;
        let png = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, encoded)?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(file, png).with_context(|| format!("write {}", file.display()))
    }

    /// What the page wrote to the console as an error since the last time: script errors, refused
    /// requests, breaches of the content policy.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn console_errors(&self) -> Result<Vec<String>> {
        let log = self
            .session
            .post("/se/log", json!({ "type": "browser" }))
            .await?;
        let severe = log
            .as_array()
            .into_iter()
            .flatten()
            .filter(|line| line["level"] == "SEVERE");
        Ok(severe
            .filter_map(|line| line["message"].as_str().map(str::to_owned))
            .collect())
    }

    /// Runs axe over the page and gives what it finds; an empty list is what a test wants.
    ///
    /// # Errors
    /// When axe-core is not installed (`make test-tools`).
    pub async fn axe(&self) -> Result<Vec<Violation>> {
        let file = project_root().join("node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(file)
            .context("axe-core is not there; run `make test-tools`")?;
        self.session.script(&axe, Vec::new()).await?;
        let script = "const done = arguments[arguments.length - 1];
            axe.run(document, { resultTypes: ['violations'] }).then(
              (r) => done(r.violations.map((v) => ({ id: v.id, impact: v.impact, help: v.help,
                places: v.nodes.map((n) => n.target.join(' ') + ': ' + n.failureSummary.replace(/\\s+/g, ' ')) }))),
              (e) => done({ failed: String(e) }))";
        let body = json!({ "script": script, "args": [] });
        let found = self.session.post("/execute/async", body).await?;
        if let Some(failed) = found["failed"].as_str() {
            bail!("axe: {failed}");
        }
        Ok(serde_json::from_value(found)?)
    }
}
