//! What was promised, and what the platforms hold: the two sides of the count.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use domain::Timestamp;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use simulator::Simulator;

use super::channels::Channel;
use super::owner::{Owner, Said};

/// A post that somebody planned.
#[derive(Debug, Clone)]
pub struct Promise {
    /// Unlike every other.
    pub text: String,
    /// The delivery, once the answer came.
    pub delivery: Option<String>,
    channel: String,
    key: String,
    body: Value,
    due_at: Timestamp,
}

impl Promise {
    pub fn new(text: String, set: &str, channel: &Channel, due_at: Timestamp, seed: u64) -> Self {
        let mut body = json!({
            "social_set": set,
            "text": text,
            "channels": [{ "channel": channel.id }],
            "schedule": { "at": due_at.to_string() },
        });
        if let Some(picture) = &channel.picture {
            body["media"] = json!([{ "media": picture, "alt": "A drawing" }]);
        }
        Self {
            key: format!("{seed}/{text}"),
            channel: channel.id.clone(),
            delivery: None,
            text,
            body,
            due_at,
        }
    }

    /// Asks once; a lost answer leaves it open.
    pub async fn plan(&mut self, owner: &Owner) -> Result<()> {
        let path = "/api/v1/posts";
        match owner
            .once(Method::POST, path, Some(&self.body), Some(&self.key))
            .await
        {
            Ok(said) if !said.status.is_server_error() && !said.is_unknown() => {
                self.answered(&said)
            }
            _ => Ok(()),
        }
    }

    /// Asks until it is known. True where the outcome of the first try was open and had to be looked for.
    pub async fn plan_surely(&mut self, owner: &Owner) -> Result<bool> {
        let path = "/api/v1/posts";
        let said = owner
            .ask(Method::POST, path, Some(&self.body), Some(&self.key))
            .await?;
        if !said.is_unknown() {
            return self.answered(&said).map(|()| false);
        }
        if let Some(found) = self.find(owner).await? {
            self.delivery = Some(found);
            return Ok(true);
        }
        self.key.push('+');
        let said = owner
            .ask(Method::POST, path, Some(&self.body), Some(&self.key))
            .await?;
        self.answered(&said).map(|()| true)
    }

    fn answered(&mut self, said: &Said) -> Result<()> {
        ensure!(said.status == StatusCode::CREATED, "planning: {said:?}");
        let id = said.body["deliveries"][0]["id"].as_str();
        self.delivery = Some(id.context("a delivery")?.to_owned());
        Ok(())
    }

    /// Looks for it by its channel, time and first words.
    async fn find(&self, owner: &Owner) -> Result<Option<String>> {
        let path = format!(
            "/api/v1/deliveries?channel={}&from={}&limit=100",
            self.channel, self.due_at
        );
        let list = owner.get(&path).await?;
        let mut items = list["items"].as_array().into_iter().flatten();
        let is_it = |one: &&Value| {
            let excerpt = one["excerpt"].as_str().unwrap_or_default();
            !excerpt.is_empty() && self.text.starts_with(excerpt.trim_end_matches('…'))
        };
        let found = items.find(is_it).and_then(|one| one["id"].as_str());
        Ok(found.map(str::to_owned))
    }
}

/// What the platforms hold: each text with the ids of the posts that say it.
pub struct Truth(BTreeMap<String, Vec<String>>);

impl Truth {
    pub fn of(sim: &Simulator) -> Self {
        let mut found = BTreeMap::new();
        gather(&sim.truth(), &mut found);
        Self(found)
    }

    /// The ids of the posts that say this.
    pub fn of_text(&self, text: &str) -> &[String] {
        self.0.get(text).map_or(&[], Vec::as_slice)
    }

    /// Texts of `books` that stand there more than once.
    pub fn twice<'a>(&self, books: &'a [Promise]) -> Vec<&'a str> {
        let texts = books.iter().map(|promise| promise.text.as_str());
        texts.filter(|text| self.of_text(text).len() > 1).collect()
    }
}

/// Every list named `posts`, of whatever platform.
fn gather(value: &Value, found: &mut BTreeMap<String, Vec<String>>) {
    match value {
        Value::Object(parts) => {
            for (name, part) in parts {
                match part {
                    Value::Array(posts) if name == "posts" => {
                        posts.iter().for_each(|post| note(post, found));
                    }
                    _ => gather(part, found),
                }
            }
        }
        Value::Array(parts) => parts.iter().for_each(|part| gather(part, found)),
        _ => {}
    }
}

fn note(post: &Value, found: &mut BTreeMap<String, Vec<String>>) {
    let first = |names: [&str; 3]| names.iter().find_map(|name| post[*name].as_str());
    let (text, id) = (
        first(["caption", "text", "message"]),
        first(["uri", "id", "post_id"]),
    );
    if let (Some(text), Some(id)) = (text, id) {
        found
            .entry(text.to_owned())
            .or_default()
            .push(id.to_owned());
    }
}
