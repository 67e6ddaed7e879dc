//! What the composer sends: a form with files, read into what the post is to be. Without script the same
//! form comes with fewer fields and means the same.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{FromRequest, Multipart, Request};
use bytes::Bytes;
use domain::ids::{ChannelId, MediaId, PostId, SocialSetId};
use domain::post::{Content, PostMedia, Variant};
use storage::deliveries::DeliveryRow;

use crate::actions::post_input::{ChannelInput, PostInput};
use crate::actions::save::Saved;
use crate::actions::when::When;
use crate::problem::{Outcome, Refusal, codes};
use crate::state::Web;

/// The most fields of one form.
const MOST_FIELDS: usize = 2_000;
/// The longest value that is no file, in bytes. A text that is far too long is shown again with the words for it.
const MOST_VALUE: usize = 4 * 1024 * 1024;

/// What a button of the composer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Intent {
    /// Shows the form again, with pictures taken in.
    #[default]
    Again,
    /// Keeps it as a draft.
    Draft,
    /// Keeps it as a draft, asked by the script.
    Autosave,
    /// Plans it.
    Schedule,
    /// Sends it now.
    Now,
    /// Fills in the next free hour.
    Slot,
    /// Fills in the last good hour before a login of the chosen channels ends.
    Before,
    /// Takes a picture out of the post.
    TakeOut(MediaId),
}

/// What one channel shows differently, as its tab has it.
#[derive(Debug, Clone, Default)]
pub struct OwnFields {
    /// The chain of the text is broken.
    pub breaks_text: bool,
    /// Its text.
    pub text: String,
    /// The chain of the pictures is broken.
    pub breaks_media: bool,
    /// The pictures that it shows.
    pub media: BTreeSet<MediaId>,
}

/// The composer's form.
#[derive(Debug, Clone, Default)]
pub struct ComposeForm {
    /// The id of a new post, chosen when the form was first shown.
    pub new_id: Option<PostId>,
    /// The version that the form was filled from.
    pub version: Option<u64>,
    /// The set of a new post.
    pub set: Option<SocialSetId>,
    /// The text.
    pub text: String,
    /// The pictures in order, with their descriptions.
    pub media: Vec<PostMedia>,
    /// The chosen channels.
    pub channels: BTreeSet<ChannelId>,
    /// Those on which it was taken back when the form was shown; chosen, they come back.
    pub put_back: BTreeSet<ChannelId>,
    /// What differs, by channel.
    pub own: BTreeMap<ChannelId, OwnFields>,
    /// The date.
    pub date: String,
    /// The time.
    pub time: String,
    /// Date and time as the form was filled.
    pub was: String,
    /// The tab that was open.
    pub tab: String,
    /// What is to be done.
    pub intent: Intent,
    /// Files that came along: name and bytes.
    pub files: Vec<(String, Bytes)>,
}

impl ComposeForm {
    /// Reads a form with files.
    ///
    /// # Errors
    /// `malformed`, `too_large`, `media_too_large`.
    pub async fn read(request: Request, web: &Web) -> Outcome<Self> {
        let malformed = || Refusal::new(&codes::MALFORMED);
        let mut parts = Multipart::from_request(request, web)
            .await
            .map_err(|_| malformed())?;
        let mut form = Self::default();
        let mut alts: BTreeMap<MediaId, String> = BTreeMap::new();
        let mut fields = 0;
        while let Some(field) = parts
            .next_field()
            .await
            .map_err(|error| too_large_or(&error))?
        {
            fields += 1;
            if fields > MOST_FIELDS {
                return Err(Refusal::new(&codes::TOO_LARGE));
            }
            let name = field.name().unwrap_or_default().to_owned();
            if let Some(file) = field.file_name().map(str::to_owned) {
                // A browser sends an empty part where no file was chosen.
                let bytes = crate::api::v1::media::file(field).await?;
                if !file.is_empty() || !bytes.is_empty() {
                    form.files.push((file, bytes));
                }
                continue;
            }
            let value = field.text().await.map_err(|error| too_large_or(&error))?;
            if value.len() > MOST_VALUE {
                return Err(Refusal::new(&codes::TOO_LARGE));
            }
            form.take(&name, value, &mut alts);
        }
        for one in &mut form.media {
            one.alt = alts.remove(&one.media).unwrap_or_default();
        }
        Ok(form)
    }

    fn take(&mut self, name: &str, value: String, alts: &mut BTreeMap<MediaId, String>) {
        // Browsers send line ends as CRLF; a post has LF.
        let value = value.replace("\r\n", "\n");
        let (kind, about) = name.split_once(':').unwrap_or((name, ""));
        let channel = about.parse::<ChannelId>().ok();
        match (kind, channel) {
            ("post", _) => self.new_id = value.parse().ok(),
            ("version", _) => self.version = value.parse().ok(),
            ("set", _) => self.set = value.parse().ok(),
            ("text", _) if about.is_empty() => self.text = value,
            ("media", None) if about.is_empty() => {
                if let Ok(media) = value.parse::<MediaId>()
                    && self.media.iter().all(|one| one.media != media)
                {
                    self.media.push(PostMedia {
                        media,
                        alt: String::new(),
                    });
                }
            }
            ("alt", _) => {
                if let Ok(media) = about.parse() {
                    alts.insert(media, value.trim().to_owned());
                }
            }
            ("channel", _) => self.channels.extend(value.parse::<ChannelId>().ok()),
            ("put_back", _) => self.put_back.extend(value.parse::<ChannelId>().ok()),
            ("breaks_text", Some(channel)) => {
                self.own.entry(channel).or_default().breaks_text = true
            }
            ("text", Some(channel)) => self.own.entry(channel).or_default().text = value,
            ("breaks_media", Some(channel)) => {
                self.own.entry(channel).or_default().breaks_media = true
            }
            ("media", Some(channel)) => self
                .own
                .entry(channel)
                .or_default()
                .media
                .extend(value.parse::<MediaId>().ok()),
            ("date", _) => self.date = value,
            ("time", _) => self.time = value,
            ("was", _) => self.was = value,
            ("tab", _) => self.tab = value,
            ("intent", _) => self.intent = intent(&value),
            _ => {}
        }
    }

    /// The form of a stored post.
    #[must_use]
    pub fn of(saved: &Saved, zone: &domain::schedule::Zone, now: domain::Timestamp) -> Self {
        use domain::delivery::State::{Canceled, Dropped};
        let shown = |row: &DeliveryRow| !matches!(row.state, Canceled | Dropped);
        let rows = || saved.deliveries.iter().filter(|(row, _)| shown(row));
        let open = || rows().filter(|(row, _)| crate::actions::post_work::is_open(row.state));
        // A time that is over is of no use to a post that still waits: it is asked for anew.
        let due = match open().find_map(|(row, _)| row.due_at) {
            Some(due) if due <= now => None,
            Some(due) => Some(due),
            None => rows().find_map(|(row, _)| row.due_at),
        };
        let (date, time) = due.map(|due| day_and_time(due, zone)).unwrap_or_default();
        let own = |variant: &Variant| OwnFields {
            breaks_text: variant.text.is_some(),
            text: variant.text.clone().unwrap_or_default(),
            breaks_media: variant.media.is_some(),
            media: variant
                .media
                .iter()
                .flatten()
                .map(|one| one.media)
                .collect(),
        };
        Self {
            version: Some(saved.post.version),
            set: Some(saved.post.social_set),
            text: saved.post.content.text.clone(),
            media: saved.post.content.media.clone(),
            channels: rows().map(|(row, _)| row.channel).collect(),
            own: rows()
                .map(|(row, variant)| (row.channel, own(variant)))
                .collect(),
            was: format!("{date}T{time}"),
            date,
            time,
            ..Self::default()
        }
    }

    /// The time that was chosen; none where neither date nor time is filled.
    #[must_use]
    pub fn when(&self) -> Option<When> {
        if self.date.is_empty() && self.time.is_empty() {
            return None;
        }
        Some(When::Local {
            local: self.local(),
            zone: None,
        })
    }

    /// The latest moment that is meant as far as the form is filled: a day without a time is meant to its end.
    #[must_use]
    pub fn latest(
        &self,
        zone: &domain::schedule::Zone,
        now: domain::Timestamp,
    ) -> Option<domain::Timestamp> {
        if self.time.is_empty() && !self.date.is_empty() {
            return zone.parse_local(&format!("{}T23:59", self.date)).ok();
        }
        self.when().and_then(|when| when.instant(zone, now).ok())
    }

    fn local(&self) -> String {
        format!("{}T{}", self.date, self.time)
    }

    /// Whether date and time are as the form was filled.
    #[must_use]
    pub fn keeps_time(&self) -> bool {
        !self.date.is_empty() && self.was == self.local()
    }

    /// What the post is to be.
    #[must_use]
    pub fn input(&self) -> PostInput {
        let channels = self.channels.iter().map(|channel| ChannelInput {
            channel: *channel,
            variant: self.variant(*channel),
            put_back: self.put_back.contains(channel),
        });
        PostInput {
            content: self.content(),
            channels: channels.collect(),
            zone: None,
        }
    }

    /// What all channels show.
    #[must_use]
    pub fn content(&self) -> Content {
        Content {
            text: self.text.clone(),
            media: self.media.clone(),
        }
    }

    /// What a channel shows differently. Pictures keep the order and descriptions that all channels have.
    #[must_use]
    pub fn variant(&self, channel: ChannelId) -> Variant {
        let Some(own) = self.own.get(&channel) else {
            return Variant::default();
        };
        let chosen = || {
            self.media
                .iter()
                .filter(|one| own.media.contains(&one.media))
                .cloned()
                .collect()
        };
        Variant {
            text: own.breaks_text.then(|| own.text.clone()),
            media: own.breaks_media.then(chosen),
        }
    }
}

fn intent(value: &str) -> Intent {
    match value {
        "draft" => Intent::Draft,
        "autosave" => Intent::Autosave,
        "schedule" => Intent::Schedule,
        "now" => Intent::Now,
        "slot" => Intent::Slot,
        "before" => Intent::Before,
        other => other
            .strip_prefix("take-out:")
            .and_then(|id| id.parse().ok())
            .map_or(Intent::Again, Intent::TakeOut),
    }
}

fn too_large_or(error: &axum::extract::multipart::MultipartError) -> Refusal {
    let code = if error.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
        &codes::TOO_LARGE
    } else {
        &codes::MALFORMED
    };
    Refusal::new(code)
}

/// Date and time of a moment, as fields of a form hold them.
#[must_use]
pub fn day_and_time(at: domain::Timestamp, zone: &domain::schedule::Zone) -> (String, String) {
    let local = zone.local(at);
    (
        local.date().to_string(),
        format!("{:02}:{:02}", local.hour(), local.minute()),
    )
}
