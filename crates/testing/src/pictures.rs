//! Pictures for tests.

use anyhow::Result;

/// A JPEG of this size, with something to see in it.
///
/// # Errors
/// When it cannot be encoded.
pub fn jpeg(width: u32, height: u32) -> Result<Vec<u8>> {
    let picture = image::RgbImage::from_fn(width, height, |x, y| {
        let part = |value: u32, of: u32| u8::try_from(value * 255 / of.max(1)).unwrap_or(255);
        image::Rgb([part(x, width), part(y, height), 140])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}
