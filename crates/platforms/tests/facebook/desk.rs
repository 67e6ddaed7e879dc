//! A Page to post to, with its tokens and its photos; the scripted world is Instagram's.

use async_trait::async_trait;
use bytes::Bytes;
use domain::platform::Platform;
use platforms::account::Target;
use platforms::call::MediaSource;
use platforms::publish::{Payload, PayloadMedia, Publish, StepDone};
use platforms::tokens::Tokens;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::instagram::script::{NOW, World, at, person};

pub const PAGE: &str = "501";

pub fn world() -> World {
    World::facebook().app(|app| app.platform = Platform::Facebook)
}

pub struct Desk {
    pub tokens: Tokens,
    pub page: Option<SecretString>,
    pub payload: Payload,
    pub done: Vec<StepDone>,
    pub fenced_at: Option<domain::Timestamp>,
    pub looks: u32,
}

impl Desk {
    pub fn new(text: &str, photos: usize) -> Self {
        let photo = |number: usize| PayloadMedia {
            sha256: format!("p{number}"),
            mime: "image/jpeg".to_owned(),
            width: 1_080,
            height: 1_350,
            bytes: 7,
            alt: if number == 0 {
                " Bread ".to_owned()
            } else {
                String::new()
            },
        };
        Self {
            tokens: person(),
            page: Some("EAApage501".into()),
            payload: Payload {
                text: text.to_owned(),
                media: (0..photos).map(photo).collect(),
                key: None,
                created_at: at(NOW),
                due_at: at(NOW),
            },
            done: Vec::new(),
            fenced_at: None,
            looks: 0,
        }
    }

    /// All photos are uploaded: `f0`, `f1`, …
    pub fn uploaded(text: &str, photos: usize) -> Self {
        let mut desk = Self::new(text, photos);
        for number in 0..photos {
            desk = desk.done(
                &format!("photo:{number}"),
                json!({ "id": format!("f{number}") }),
            );
        }
        desk
    }

    pub fn done(mut self, name: &str, output: Value) -> Self {
        self.done.push(StepDone {
            name: name.to_owned(),
            output,
        });
        self
    }

    pub fn target(&self) -> Target<'_> {
        Target {
            account_id: PAGE,
            handle: "annasbakery",
            tokens: &self.tokens,
            channel_token: self.page.as_ref(),
        }
    }

    pub fn publish<'a>(&'a self, target: &'a Target<'a>) -> Publish<'a> {
        Publish {
            target,
            payload: &self.payload,
            media: self,
            done: &self.done,
            fenced_at: self.fenced_at,
            looks: self.looks,
        }
    }
}

#[async_trait]
impl MediaSource for Desk {
    async fn bytes(&self, sha256: &str) -> Result<Bytes, String> {
        match sha256 {
            "gone" => Err("it is not in the store".to_owned()),
            name => Ok(Bytes::from(format!("bytes-{name}"))),
        }
    }
    fn address(&self, _sha256: &str) -> Option<String> {
        None
    }
}
