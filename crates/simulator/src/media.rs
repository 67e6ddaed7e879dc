//! Pictures: what posts were made of, and what furnished accounts show. Served at `/media/{id}`.
//!
//! Bytes are kept within a budget, the oldest go first; a picture of a furnished account is
//! drawn from its number, is no part of the state, and is at hand for a while for whoever asks again.

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
use std::sync::{Mutex, PoisonError};

/// Bytes kept in all.
const BUDGET: usize = 24 * 1024 * 1024;
/// A picture beyond this many bytes is kept in a smaller copy, as platforms do.
const KEEP_AS_IS: usize = 160 * 1024;
/// Longer edge of a smaller copy, in pixels.
const COPY_EDGE: u32 = 720;
/// Drawn pictures at hand, of all simulators of the process.
const AT_HAND: usize = 256;

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
    /// Bytes kept in all; counted when first asked for.
    #[serde(skip)]
    size: Option<usize>,
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
        let size = self.size() + bytes.len();
        self.size = Some(size);
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

    fn size(&self) -> usize {
        self.size
            .unwrap_or_else(|| self.kept.values().map(|stored| stored.bytes.len()).sum())
    }

    fn make_room(&mut self) {
        while self.size() > BUDGET {
            let oldest = self
                .kept
                .iter()
                .min_by_key(|(_, stored)| stored.order)
                .map(|(id, _)| id.clone());
            let Some(gone) = oldest.and_then(|id| self.kept.remove(&id)) else {
                break;
            };
            self.size = Some(self.size() - gone.bytes.len());
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

/// Skies, suns and hills that go together: top and bottom of the sky, sun, far, middle, near.
const PALETTES: [[[u8; 3]; 6]; 8] = [
    [
        [38, 70, 110],
        [240, 170, 130],
        [255, 232, 190],
        [120, 110, 140],
        [74, 82, 112],
        [34, 48, 74],
    ],
    [
        [150, 205, 215],
        [246, 236, 214],
        [255, 250, 235],
        [126, 176, 160],
        [72, 134, 120],
        [30, 92, 84],
    ],
    [
        [250, 196, 150],
        [252, 238, 216],
        [240, 110, 80],
        [214, 150, 120],
        [164, 100, 90],
        [96, 58, 64],
    ],
    [
        [60, 56, 100],
        [200, 140, 170],
        [255, 220, 205],
        [130, 90, 130],
        [86, 62, 104],
        [44, 36, 70],
    ],
    [
        [200, 222, 236],
        [248, 246, 240],
        [255, 214, 120],
        [150, 178, 190],
        [96, 130, 140],
        [52, 80, 92],
    ],
    [
        [120, 150, 90],
        [236, 226, 170],
        [255, 246, 205],
        [150, 160, 90],
        [98, 120, 64],
        [54, 78, 46],
    ],
    [
        [20, 96, 110],
        [150, 210, 196],
        [250, 244, 220],
        [70, 150, 150],
        [28, 110, 116],
        [14, 66, 76],
    ],
    [
        [228, 170, 170],
        [250, 228, 214],
        [255, 250, 240],
        [200, 140, 140],
        [150, 100, 112],
        [92, 62, 78],
    ],
];

/// The picture of a number. Drawing is slow without optimisation, and tests ask two dozen simulators for the same.
fn drawn(id: &str) -> Option<Bytes> {
    static DRAWN: Mutex<BTreeMap<String, Bytes>> = Mutex::new(BTreeMap::new());
    let at_hand = || DRAWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bytes) = at_hand().get(id) {
        return Some(bytes.clone());
    }
    let bytes = draw(id)?;
    let mut at_hand = at_hand();
    if at_hand.len() >= AT_HAND {
        at_hand.clear();
    }
    at_hand.insert(id.to_owned(), bytes.clone());
    Some(bytes)
}

/// Draws the picture of a number: a sky, a sun, three ranges of hills. Whole numbers only, so
/// that the bytes are the same everywhere.
fn draw(id: &str) -> Option<Bytes> {
    let rest = id.strip_prefix("drawn-")?;
    let (number, face) = rest
        .strip_suffix("-face")
        .map_or((rest, false), |number| (number, true));
    let number: u64 = number.parse().ok()?;
    let (width, height): (i64, i64) = match (number, face) {
        // One for the many who only need some picture.
        (0, _) => (16, 16),
        (_, true) => (240, 240),
        (_, false) => (480, 600),
    };
    let mut chance = crate::chance::Chance::new(number);
    let mut between = |low: i64, high: i64| {
        low + i64::try_from(chance.below(u64::try_from(high - low).unwrap_or(0))).unwrap_or(0)
    };
    let palette = PALETTES[usize::try_from(between(0, 8)).ok()?];
    let sun = (
        between(width / 5, width * 4 / 5),
        between(height / 8, height * 2 / 5),
    );
    let radius = between(width / 14, width / 7);
    let hills: Vec<(i64, i64, i64, i64)> = (0..3)
        .map(|range| {
            let base = height * (52 + 15 * range) / 100 + between(-height / 30, height / 30);
            (
                base,
                between(height / 24, height / 10),
                between(width / 2, width * 5 / 4),
                between(0, width),
            )
        })
        .collect();
    let mut picture = RgbImage::new(u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let (x, y) = (i64::from(x), i64::from(y));
        let away = (x - sun.0) * (x - sun.0) + (y - sun.1) * (y - sun.1);
        let sky = mix(palette[0], palette[1], y, height * 3 / 4);
        let glow = (9 * radius * radius - away).max(0);
        let mut colour = mix(sky, palette[2], glow, 22 * radius * radius);
        if away < radius * radius {
            colour = palette[2];
        }
        for (range, (base, swing, length, shift)) in hills.iter().enumerate() {
            let top = base + swing * wave((x + shift) * 1000 / length) / 1000;
            if y > top {
                colour = mix(
                    palette[3 + range],
                    palette[2],
                    (y - top).min(height / 3),
                    height * 3,
                );
            }
        }
        *pixel = Rgb(colour);
    }
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, ImageFormat::Jpeg).ok()?;
    Some(Bytes::from(out.into_inner()))
}

/// A smooth wave between -1000 and 1000 with period 1000, made of parabolas.
fn wave(at: i64) -> i64 {
    let at = at.rem_euclid(1000);
    let (half, sign) = if at < 500 { (at, 1) } else { (at - 500, -1) };
    sign * half * (500 - half) * 1000 / 62_500
}

fn mix(one: [u8; 3], two: [u8; 3], part: i64, whole: i64) -> [u8; 3] {
    let part = part.clamp(0, whole);
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
        assert_eq!(Some(&one.body), draw("drawn-7").as_ref());
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
