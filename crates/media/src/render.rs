//! Copies: one that a place can take, small views for pages, and the thumbhash that is shown while a
//! view loads. All are JPEG without metadata; nothing is ever enlarged.

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, RgbImage};

use crate::decode::Picture;

/// Tried one after the other, before the picture itself is made smaller.
const QUALITIES: [u8; 3] = [90, 82, 72];
/// A rendition is never made smaller than this on its shorter side to save bytes.
const SMALLEST: u32 = 64;

/// What a place takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// In pixels.
    pub max_width: u32,
    /// In pixels.
    pub max_height: u32,
    /// Of the file.
    pub max_bytes: usize,
    /// Least and greatest width ÷ height: what lies outside is cut to the nearer of the two, around
    /// the middle. None keeps every shape.
    pub ratio: Option<(f64, f64)>,
}

/// A copy that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// A JPEG file.
    pub bytes: Vec<u8>,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// The shape of a small view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The whole picture.
    Whole,
    /// Cut to 3:4, as tiles of the plan grid are.
    Tile,
    /// Cut to a square.
    Square,
}

/// No copy of this picture can have so few bytes, or the wish makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotFit {
    /// A side, the size or a ratio is zero, or the least ratio is above the greatest.
    #[error("the wanted measures make no sense")]
    Measures,
    /// Even the smallest copy has more bytes.
    #[error("the picture cannot be brought under {max_bytes} bytes")]
    Bytes {
        /// The limit.
        max_bytes: usize,
    },
    /// The encoder or the resizer failed.
    #[error("the copy could not be made")]
    Encoder,
}

/// Cut (in pixels of the source) and size of a copy.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Plan {
    left: f64,
    top: f64,
    cut_width: f64,
    cut_height: f64,
    width: u32,
    height: u32,
}

impl Picture {
    /// A copy that fits, with the most pixels and then the best quality that it may have. Slow: call
    /// it on a blocking thread.
    ///
    /// # Errors
    /// [`CannotFit`].
    pub fn rendition(&self, fit: &Fit) -> Result<Rendition, CannotFit> {
        check(fit)?;
        let mut plan = self.plan(fit.max_width, fit.max_height, fit.ratio);
        loop {
            let pixels = self.resized(&plan)?;
            for quality in QUALITIES {
                let bytes = encode(&pixels, quality)?;
                if bytes.len() <= fit.max_bytes {
                    return Ok(Rendition {
                        bytes,
                        width: plan.width,
                        height: plan.height,
                    });
                }
            }
            if plan.width.min(plan.height) <= SMALLEST {
                return Err(CannotFit::Bytes {
                    max_bytes: fit.max_bytes,
                });
            }
            plan.width = (plan.width * 4 / 5).max(1);
            plan.height = (plan.height * 4 / 5).max(1);
        }
    }

    /// A small view, at most `width` pixels wide (and for [`View::Whole`] at most twice as high).
    ///
    /// # Errors
    /// [`CannotFit`].
    pub fn view(&self, view: View, width: u32) -> Result<Rendition, CannotFit> {
        let (height, ratio) = match view {
            View::Whole => (width.saturating_mul(2), None),
            View::Tile => (width.saturating_mul(4) / 3 + 1, Some((0.75, 0.75))),
            View::Square => (width, Some((1.0, 1.0))),
        };
        if width == 0 {
            return Err(CannotFit::Measures);
        }
        let plan = self.plan(width, height, ratio);
        let bytes = encode(&self.resized(&plan)?, 80)?;
        Ok(Rendition {
            bytes,
            width: plan.width,
            height: plan.height,
        })
    }

    /// Some 25 bytes from which a blurred picture can be drawn.
    ///
    /// # Errors
    /// [`CannotFit`].
    pub fn thumbhash(&self) -> Result<Vec<u8>, CannotFit> {
        let plan = self.plan(100, 100, None);
        let small = DynamicImage::ImageRgb8(self.resized(&plan)?).into_rgba8();
        Ok(thumbhash::rgba_to_thumb_hash(
            plan.width as usize,
            plan.height as usize,
            &small,
        ))
    }

    fn plan(&self, max_width: u32, max_height: u32, ratio: Option<(f64, f64)>) -> Plan {
        let (width, height) = (f64::from(self.width()), f64::from(self.height()));
        let (least, greatest) = ratio.unwrap_or((0.0, f64::INFINITY));
        let wanted = (width / height).clamp(least, greatest);
        let (cut_width, cut_height) = if width / height > wanted {
            (height * wanted, height)
        } else {
            (width, width / wanted)
        };
        let scale = (f64::from(max_width) / cut_width)
            .min(f64::from(max_height) / cut_height)
            .min(1.0);
        // At least one pixel, and never over the limit by rounding.
        let side = |cut: f64, limit: u32| ((cut * scale).round() as u32).clamp(1, limit);
        Plan {
            left: (width - cut_width) / 2.0,
            top: (height - cut_height) / 2.0,
            cut_width,
            cut_height,
            width: side(cut_width, max_width),
            height: side(cut_height, max_height),
        }
    }

    fn resized(&self, plan: &Plan) -> Result<RgbImage, CannotFit> {
        let whole = plan.left == 0.0 && plan.top == 0.0;
        if whole && (plan.width, plan.height) == (self.width(), self.height()) {
            return Ok(self.pixels.clone());
        }
        let source = fast_image_resize::images::ImageRef::new(
            self.width(),
            self.height(),
            self.pixels.as_raw(),
            fast_image_resize::PixelType::U8x3,
        );
        let source = source.map_err(|_| CannotFit::Encoder)?;
        let mut target = fast_image_resize::images::Image::new(
            plan.width,
            plan.height,
            fast_image_resize::PixelType::U8x3,
        );
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
            .crop(plan.left, plan.top, plan.cut_width, plan.cut_height);
        Resizer::new()
            .resize(&source, &mut target, &options)
            .map_err(|_| CannotFit::Encoder)?;
        RgbImage::from_raw(plan.width, plan.height, target.into_vec()).ok_or(CannotFit::Encoder)
    }
}

fn check(fit: &Fit) -> Result<(), CannotFit> {
    let sizes = fit.max_width > 0 && fit.max_height > 0 && fit.max_bytes > 0;
    let ratios = fit
        .ratio
        .is_none_or(|(least, greatest)| least > 0.0 && greatest.is_finite() && least <= greatest);
    if sizes && ratios {
        Ok(())
    } else {
        Err(CannotFit::Measures)
    }
}

fn encode(pixels: &RgbImage, quality: u8) -> Result<Vec<u8>, CannotFit> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .write_image(
            pixels,
            pixels.width(),
            pixels.height(),
            ExtendedColorType::Rgb8,
        )
        .map_err(|_| CannotFit::Encoder)?;
    Ok(bytes)
}

/// The middle colour of a thumbhash, as red, green and blue; for the ground of a tile while it loads.
#[must_use]
pub fn average_color(hash: &[u8]) -> Option<[u8; 3]> {
    // The crate indexes without looking.
    if hash.len() < 5 {
        return None;
    }
    let (width, height, pixels) = thumbhash::thumb_hash_to_rgba(hash).ok()?;
    let count = u32::try_from(width * height)
        .ok()
        .filter(|count| *count > 0)?;
    let mut sums = [0u32; 3];
    for pixel in pixels.chunks_exact(4) {
        for (sum, value) in sums.iter_mut().zip(pixel) {
            *sum += u32::from(*value);
        }
    }
    Some(sums.map(|sum| (sum / count).min(255) as u8))
}
