//! Pictures: what posts were made of, and what furnished accounts show. Served at `/media/{id}`.
//!
//! Bytes are kept within a budget, the oldest go first; a picture of a furnished account is
//! drawn from its number each time it is asked for and takes no room.

use crate::reply::Reply;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::StatusCode;
use image::{ImageFormat, Rgb, RgbImage};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Cursor;

/// Bytes kept in all.
const BUDGET: usize = 24 * 1024 * 1024;
/// A picture beyond this many bytes is kept in a smaller copy, as platforms do.
const KEEP_AS_IS: usize = 160 * 1024;
/// Longer edge of a smaller copy, in pixels.
const COPY_EDGE: u32 = 720;

/// A stored picture or clip.
#[derive(Clone, Serialize, Deserialize)]
pub struct Stored {
    /// Content type.
    pub content_type: String,
    /// The bytes; base64 in a snapshot.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub bytes: Bytes,
    order: u64,
}

/// The store.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct MediaStore {
    next: u64,
    kept: BTreeMap<String, Stored>,
}

fn to_base64<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD
        .decode(text)
        .map(Bytes::from)
        .map_err(serde::de::Error::custom)
}

impl MediaStore {
    /// Keeps bytes and returns their id. The same bytes are kept once.
    pub fn keep(&mut self, content_type: &str, bytes: &Bytes) -> String {
        let mut id = String::with_capacity(24);
        for byte in Sha256::digest(bytes).iter().take(12) {
            let _ = write!(id, "{byte:02x}");
        }
        self.next += 1;
        let order = self.next;
        if let Some(known) = self.kept.get_mut(&id) {
            known.order = order;
            return id;
        }
        let (content_type, bytes) = smaller(bytes).map_or_else(
            || (content_type.to_owned(), bytes.clone()),
            |copy| ("image/jpeg".to_owned(), copy),
        );
        self.kept.insert(
            id.clone(),
            Stored {
                content_type,
                bytes,
                order,
            },
        );
        self.make_room();
        id
    }

    /// What is kept under an id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Stored> {
        self.kept.get(id)
    }

    fn make_room(&mut self) {
        let mut size: usize = self.kept.values().map(|stored| stored.bytes.len()).sum();
        while size > BUDGET {
            let oldest = self
                .kept
                .iter()
                .min_by_key(|(_, stored)| stored.order)
                .map(|(id, _)| id.clone());
            let Some(gone) = oldest.and_then(|id| self.kept.remove(&id)) else {
                break;
            };
            size -= gone.bytes.len();
        }
    }

    /// The answer to `GET /media/{id}`. Ids of the form `drawn-N` and `drawn-N-face` are drawn.
    #[must_use]
    pub fn answer(&self, id: &str) -> Reply {
        if let Some(stored) = self.kept.get(id) {
            let kind = static_type(&stored.content_type);
            return Reply::new(StatusCode::OK, kind, stored.bytes.clone())
                .header("cache-control", "public, max-age=86400");
        }
        match drawn(id) {
            Some(bytes) => Reply::new(StatusCode::OK, "image/jpeg", bytes)
                .header("cache-control", "public, max-age=86400"),
            None => Reply::new(
                StatusCode::NOT_FOUND,
                "text/plain; charset=utf-8",
                "No such picture (any more).",
            ),
        }
    }
}

fn static_type(kind: &str) -> &'static str {
    match kind {
        "image/jpeg" => "image/jpeg",
        "image/png" => "image/png",
        "image/webp" => "image/webp",
        "image/gif" => "image/gif",
        "video/mp4" => "video/mp4",
        _ => "application/octet-stream",
    }
}

/// A smaller JPEG copy of a large picture; none if it is small enough or no picture.
fn smaller(bytes: &Bytes) -> Option<Bytes> {
    if bytes.len() <= KEEP_AS_IS {
        return None;
    }
    let mut reader = image::ImageReader::new(Cursor::new(bytes.as_ref()))
        .with_guessed_format()
        .ok()?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(12_000);
    limits.max_image_height = Some(12_000);
    limits.max_alloc = Some(256 * 1024 * 1024);
    reader.limits(limits);
    let copy = reader
        .decode()
        .ok()?
        .thumbnail(COPY_EDGE, COPY_EDGE)
        .to_rgb8();
    let mut out = Cursor::new(Vec::new());
    copy.write_to(&mut out, ImageFormat::Jpeg).ok()?;
    Some(Bytes::from(out.into_inner()))
}

/// Draws the picture of a number: soft light over a slanting gradient, a disc and a horizon.
fn drawn(id: &str) -> Option<Bytes> {
    let rest = id.strip_prefix("drawn-")?;
    let (number, face) = rest
        .strip_suffix("-face")
        .map_or((rest, false), |number| (number, true));
    let number: u64 = number.parse().ok()?;
    let (width, height) = if face { (240, 240) } else { (480, 600) };
    let mut chance = crate::chance::Chance::new(number);
    let (one, two, three) = (
        colour(&mut chance),
        colour(&mut chance),
        colour(&mut chance),
    );
    let horizon = height / 2 + i64::try_from(chance.below(120)).unwrap_or(0);
    let (sun_x, sun_y) = (
        60 + i64::try_from(chance.below(200)).unwrap_or(0),
        60 + i64::try_from(chance.below(160)).unwrap_or(0),
    );
    let radius = 30 + i64::try_from(chance.below(50)).unwrap_or(0);
    let mut picture = RgbImage::new(u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let (x, y) = (i64::from(x), i64::from(y));
        let far = (x - sun_x) * (x - sun_x) + (y - sun_y) * (y - sun_y) < radius * radius;
        let base = if far {
            mix(three, [255; 3], 60, 100)
        } else {
            mix(one, two, x + 2 * y, width + 2 * height)
        };
        *pixel = Rgb(if y > horizon + (x % 97) / 8 {
            mix(base, three, 55, 100)
        } else {
            base
        });
    }
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, ImageFormat::Jpeg).ok()?;
    Some(Bytes::from(out.into_inner()))
}

fn colour(chance: &mut crate::chance::Chance) -> [u8; 3] {
    [0; 3].map(|_: u8| u8::try_from(60 + chance.below(180)).unwrap_or(128))
}

fn mix(one: [u8; 3], two: [u8; 3], part: i64, whole: i64) -> [u8; 3] {
    let channel = |index: usize| {
        let (a, b) = (i64::from(one[index]), i64::from(two[index]));
        u8::try_from((a * (whole - part) + b * part) / whole.max(1)).unwrap_or(255)
    };
    [channel(0), channel(1), channel(2)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_draws_the_same_picture() {
        let store = MediaStore::default();
        let one = store.answer("drawn-7");
        assert_eq!(one.content_type, "image/jpeg");
        assert_eq!(one.body, store.answer("drawn-7").body);
        assert_ne!(one.body, store.answer("drawn-8").body);
        assert_eq!(store.answer("nothing").status, StatusCode::NOT_FOUND);
    }

    #[test]
    fn a_snapshot_keeps_the_bytes() {
        let mut store = MediaStore::default();
        let id = store.keep("image/png", &Bytes::from_static(b"bytes"));
        let saved = serde_json::to_value(&store).unwrap();
        let back: MediaStore = serde_json::from_value(saved).unwrap();
        assert_eq!(back.get(&id).unwrap().bytes, Bytes::from_static(b"bytes"));
    }
}
