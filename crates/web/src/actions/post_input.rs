//! What a post is to be, as a form or program sends it, and the checks that need no store.

use std::collections::BTreeSet;

use domain::ids::{ChannelId, MediaId};
use domain::limits::{ALT_CHARS, CHANNELS_PER_POST, MEDIA_PER_POST, TEXT_CHARS};
use domain::post::{Content, PostMedia, Variant};

use super::checks::Pictures;
use crate::problem::{Outcome, Refusal, Words};

/// A channel of a post, with what it shows differently.
#[derive(Debug, Clone)]
pub struct ChannelInput {
    /// Which.
    pub channel: ChannelId,
    /// What differs there.
    pub variant: Variant,
    /// Whether it may be put back where it was called off; who does not know of that must not do it by the way.
    pub put_back: bool,
}

/// See the head of this file.
#[derive(Debug, Clone, Default)]
pub struct PostInput {
    /// What all channels show.
    pub content: Content,
    /// Where it goes.
    pub channels: Vec<ChannelInput>,
    /// The zone in which it is planned; the set's or the post's own where absent.
    pub zone: Option<String>,
}

impl PostInput {
    /// Refuses what is too much or twice.
    ///
    /// # Errors
    /// Wrong fields.
    pub fn check(&self) -> Outcome<()> {
        let mut wrong: Vec<(String, &'static str, Words)> = Vec::new();
        check_text("text", &self.content.text, &mut wrong);
        check_media("media", &self.content.media, &mut wrong);
        if self.channels.len() > CHANNELS_PER_POST {
            wrong.push((
                "channels".to_owned(),
                "too_many",
                Words::key("field-too-many").with("n", CHANNELS_PER_POST),
            ));
        }
        let mut seen = BTreeSet::new();
        for (at, one) in self.channels.iter().enumerate() {
            if !seen.insert(one.channel) {
                wrong.push((
                    format!("channels[{at}]"),
                    "twice",
                    Words::key("post-channel-twice"),
                ));
            }
            if let Some(text) = &one.variant.text {
                check_text(&format!("channels[{at}].text"), text, &mut wrong);
            }
            if let Some(media) = &one.variant.media {
                check_media(&format!("channels[{at}].media"), media, &mut wrong);
            }
        }
        let mut wrong = wrong.into_iter();
        let Some((field, code, words)) = wrong.next() else {
            return Ok(());
        };
        let first = Refusal::field(field, code, words);
        Err(wrong.fold(first, |all, (field, code, words)| {
            all.and_field(field, code, words)
        }))
    }

    /// Every picture that it names.
    #[must_use]
    pub fn pictures(&self) -> Vec<MediaId> {
        let own = self
            .channels
            .iter()
            .filter_map(|one| one.variant.media.as_ref())
            .flatten();
        self.content
            .media
            .iter()
            .chain(own)
            .map(|one| one.media)
            .collect()
    }

    /// Refuses pictures that the workspace does not have.
    ///
    /// # Errors
    /// A wrong field.
    pub fn refuse_unknown_pictures(&self, known: &Pictures) -> Outcome<()> {
        let own = self.channels.iter().enumerate().filter_map(|(at, one)| {
            one.variant
                .media
                .as_ref()
                .map(|media| (format!("channels[{at}].media"), media))
        });
        for (field, media) in std::iter::once(("media".to_owned(), &self.content.media)).chain(own)
        {
            for (at, one) in media.iter().enumerate() {
                if !known.contains_key(&one.media) {
                    let words = Words::key("post-media-unknown");
                    return Err(Refusal::field(format!("{field}[{at}]"), "unknown", words));
                }
            }
        }
        Ok(())
    }

    /// The zone that is asked for, or `else_zone`.
    ///
    /// # Errors
    /// A wrong field.
    pub fn zone_or(&self, else_zone: &str) -> Outcome<String> {
        match &self.zone {
            Some(zone) => Ok(super::zone("zone", zone)?.name().to_owned()),
            None => Ok(else_zone.to_owned()),
        }
    }
}

fn check_text(field: &str, text: &str, wrong: &mut Vec<(String, &'static str, Words)>) {
    if text.chars().count() > TEXT_CHARS {
        wrong.push((
            field.to_owned(),
            "too_long",
            Words::key("field-too-long").with("n", TEXT_CHARS),
        ));
    }
    if text.contains('\0') {
        wrong.push((
            field.to_owned(),
            "control_character",
            Words::key("field-control-text"),
        ));
    }
}

fn check_media(field: &str, media: &[PostMedia], wrong: &mut Vec<(String, &'static str, Words)>) {
    if media.len() > MEDIA_PER_POST {
        wrong.push((
            field.to_owned(),
            "too_many",
            Words::key("field-too-many").with("n", MEDIA_PER_POST),
        ));
    }
    let mut seen = BTreeSet::new();
    for (at, one) in media.iter().enumerate() {
        if one.alt.chars().count() > ALT_CHARS {
            wrong.push((
                format!("{field}[{at}].alt"),
                "too_long",
                Words::key("field-too-long").with("n", ALT_CHARS),
            ));
        }
        if one.alt.contains('\0') {
            wrong.push((
                format!("{field}[{at}].alt"),
                "control_character",
                Words::key("field-control-text"),
            ));
        }
        if !seen.insert(one.media) {
            wrong.push((
                format!("{field}[{at}]"),
                "twice",
                Words::key("post-media-twice"),
            ));
        }
    }
}
