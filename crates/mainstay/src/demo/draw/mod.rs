//! The demo's pictures, drawn when it is furnished: no file is shipped, and nobody's photograph is used.

mod bakery;
mod canvas;
mod shore;
mod surf;

use std::io::Cursor;

use bytes::Bytes;
use canvas::Canvas;
use image::codecs::jpeg::JpegEncoder;

/// The size of a post's picture: the shape of the tallest that Instagram shows uncut.
const POST: (u32, u32) = (768, 960);
/// The size of an account's picture.
const FACE: (u32, u32) = (320, 320);
/// How good the JPEG is, of 100.
const QUALITY: u8 = 86;

/// Something that can be drawn, in several moods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Motif {
    /// A round loaf on a board.
    Loaf,
    /// A croissant on a plate.
    Croissant,
    /// A cup of coffee from above.
    Coffee,
    /// Ears of wheat before the sun.
    Wheat,
    /// A layered cake.
    Cake,
    /// A tray of cinnamon rolls.
    Rolls,
    /// The shop from the street.
    Shop,
    /// Baguettes in a basket.
    Baguettes,
    /// Rows of waves.
    Waves,
    /// Boards against a wall.
    Boards,
    /// Palms before the evening sun.
    Palms,
    /// The school's van.
    Van,
    /// Inside a breaking wave.
    Barrel,
    /// The lighthouse.
    Lighthouse,
    /// The beach from above.
    Beach,
    /// Dunes with grass.
    Dunes,
}

/// A motif in one of its moods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drawing(pub Motif, pub usize);

impl Drawing {
    /// As a JPEG of a post's size. Takes the processor for some tens of milliseconds.
    #[must_use]
    pub fn post(self) -> Bytes {
        self.jpeg(POST)
    }

    /// As a JPEG of an account's size.
    #[must_use]
    pub fn face(self) -> Bytes {
        self.jpeg(FACE)
    }

    fn jpeg(self, (width, height): (u32, u32)) -> Bytes {
        let mut canvas = Canvas::new(width, height);
        let Self(motif, mood) = self;
        let draw = match motif {
            Motif::Loaf => bakery::loaf,
            Motif::Croissant => bakery::croissant,
            Motif::Coffee => bakery::coffee,
            Motif::Wheat => bakery::wheat,
            Motif::Cake => bakery::cake,
            Motif::Rolls => bakery::rolls,
            Motif::Shop => bakery::shop,
            Motif::Baguettes => bakery::baguettes,
            Motif::Waves => surf::waves,
            Motif::Boards => surf::boards,
            Motif::Palms => shore::palms,
            Motif::Van => shore::van,
            Motif::Barrel => surf::barrel,
            Motif::Lighthouse => shore::lighthouse,
            Motif::Beach => surf::beach,
            Motif::Dunes => shore::dunes,
        };
        draw(&mut canvas, mood);
        canvas.finish();
        let mut out = Cursor::new(Vec::new());
        // A picture of fixed size in memory can always be written.
        let _ = JpegEncoder::new_with_quality(&mut out, QUALITY).encode_image(&canvas.into_rgb());
        Bytes::from(out.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Motif; 16] = [
        Motif::Loaf,
        Motif::Croissant,
        Motif::Coffee,
        Motif::Wheat,
        Motif::Cake,
        Motif::Rolls,
        Motif::Shop,
        Motif::Baguettes,
        Motif::Waves,
        Motif::Boards,
        Motif::Palms,
        Motif::Van,
        Motif::Barrel,
        Motif::Lighthouse,
        Motif::Beach,
        Motif::Dunes,
    ];

    /// `MAINSTAY_LOOK_FOLDER=/tmp/look cargo test -p mainstay draw` writes them where they can be looked at.
    #[test]
    fn every_motif_is_a_picture_of_its_own() {
        #[expect(clippy::disallowed_methods, reason = "a switch of this test alone")]
        let folder = std::env::var_os("MAINSTAY_LOOK_FOLDER").map(std::path::PathBuf::from);
        let mut seen = std::collections::BTreeSet::new();
        for motif in ALL {
            for mood in 0..if folder.is_some() { 3 } else { 1 } {
                let bytes = if folder.is_some() {
                    Drawing(motif, mood).post()
                } else {
                    Drawing(motif, mood).face()
                };
                let picture = image::load_from_memory(&bytes).expect("a JPEG").to_rgb8();
                let colors: std::collections::BTreeSet<_> = picture
                    .pixels()
                    .map(|pixel| pixel.0.map(|part| part / 16))
                    .collect();
                assert!(colors.len() > 40, "{motif:?} shows next to nothing");
                assert!(
                    seen.insert(bytes.to_vec()),
                    "{motif:?} looks like another one"
                );
                if let Some(folder) = &folder {
                    std::fs::write(folder.join(format!("{motif:?}-{mood}.jpg")), &bytes)
                        .expect("written");
                }
            }
        }
    }
}
