//! Measuring and decoding, within limits that no file can talk us out of: the size that the head
//! claims is looked at before anything is unpacked.

use std::io::Cursor;

use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use image::metadata::Orientation;
use image::{AnimationDecoder, ImageError};
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

use crate::jpeg;
use crate::sniff::{Format, Refused, sniff};

/// The most pixels that are decoded.
pub const MAX_PIXELS: u64 = 100_000_000;
/// The most bytes that one decoder may ask for: 100 million pixels of four bytes, and some room.
const MAX_MEMORY: u64 = 512 * 1024 * 1024;

/// What the head of a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measures {
    /// By its first bytes.
    pub format: Format,
    /// In pixels, as it is to be looked at: after the turn that the camera noted.
    pub width: u32,
    /// In pixels, as it is to be looked at.
    pub height: u32,
    /// Whether more than one picture is in it; only the first will be used.
    pub animated: bool,
}

/// Reads the head; decodes nothing.
///
/// # Errors
/// [`Refused`].
pub fn measure(bytes: &[u8]) -> Result<Measures, Refused> {
    let format = sniff(bytes)?;
    let mut decoder = open(bytes, format)?;
    let (width, height) = decoder.dimensions();
    let turned = swaps_sides(decoder.orientation().unwrap_or(Orientation::NoTransforms));
    let (width, height) = if turned {
        (height, width)
    } else {
        (width, height)
    };
    Ok(Measures {
        format,
        width,
        height,
        animated: animated(bytes, format),
    })
}

fn open(bytes: &[u8], format: Format) -> Result<impl ImageDecoder + '_, Refused> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format.decoder());
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| refused(&error))?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err(Refused::Damaged);
    }
    if pixels > MAX_PIXELS || decoder.total_bytes() > MAX_MEMORY {
        return Err(Refused::TooManyPixels { width, height });
    }
    Ok(decoder)
}

fn refused(error: &ImageError) -> Refused {
    match error {
        ImageError::IoError(cause) if cause.kind() == std::io::ErrorKind::UnexpectedEof => {
            Refused::CutOff
        }
        _ => Refused::Damaged,
    }
}

const fn swaps_sides(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

fn animated(bytes: &[u8], format: Format) -> bool {
    let cursor = Cursor::new(bytes);
    match format {
        Format::Jpeg => false,
        Format::Png => PngDecoder::new(cursor)
            .and_then(|decoder| decoder.is_apng())
            .unwrap_or(false),
        Format::Webp => WebPDecoder::new(cursor).is_ok_and(|decoder| decoder.has_animation()),
        Format::Gif => {
            GifDecoder::new(cursor).is_ok_and(|decoder| decoder.into_frames().take(2).count() > 1)
        }
    }
}

/// A decoded picture: the right way up, in sRGB, on white, without any of its metadata.
#[derive(Clone)]
pub struct Picture {
    pub(crate) pixels: RgbImage,
    format: Format,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Picture({:?}, {} x {})",
            self.format,
            self.width(),
            self.height()
        )
    }
}

impl Picture {
    /// Decodes a file. Slow: call it on a blocking thread.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Refused> {
        let format = sniff(bytes)?;
        let mut decoder = open(bytes, format)?;
        if format == Format::Jpeg && !jpeg::is_whole(bytes) {
            return Err(Refused::CutOff);
        }
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let profile = decoder.icc_profile().ok().flatten();
        let mut image = DynamicImage::from_decoder(decoder).map_err(|error| refused(&error))?;
        image.apply_orientation(orientation);
        let mut pixels = on_white(image);
        if let Some(profile) = profile {
            to_srgb(&mut pixels, &profile);
        }
        Ok(Self { pixels, format })
    }

    /// What the file was.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// In pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.pixels.width()
    }

    /// In pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.pixels.height()
    }
}

fn on_white(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let from = image.into_rgba8();
    let mut onto = RgbImage::new(from.width(), from.height());
    for (source, target) in from.pixels().zip(onto.pixels_mut()) {
        let [red, green, blue, alpha] = source.0.map(u32::from);
        let mix = |color: u32| ((color * alpha + 255 * (255 - alpha) + 127) / 255).min(255) as u8;
        target.0 = [mix(red), mix(green), mix(blue)];
    }
    onto
}

/// Phones write wide colours with a profile; without it the numbers would mean paler ones. A profile
/// that cannot be used leaves the picture as it is: colours a little off beat a refusal.
fn to_srgb(pixels: &mut RgbImage, profile: &[u8]) {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else {
        return;
    };
    if profile.color_space != DataColorSpace::Rgb {
        return;
    }
    let to = ColorProfile::new_srgb();
    let Ok(transform) =
        profile.create_transform_8bit(Layout::Rgb, &to, Layout::Rgb, TransformOptions::default())
    else {
        return;
    };
    let row = pixels.width() as usize * 3;
    let mut before = vec![0u8; row];
    for line in pixels.chunks_exact_mut(row) {
        before.copy_from_slice(line);
        if transform.transform(&before, line).is_err() {
            return;
        }
    }
}
