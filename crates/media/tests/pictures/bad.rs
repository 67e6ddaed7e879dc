//! Files that are no good: each is refused, with its reason, quickly and without a panic.

use image::ImageFormat;
use media::{Format, MAX_PIXELS, Picture, Refused, measure, sniff};
use proptest::prelude::*;

use crate::make;

fn samples() -> Vec<(Format, Vec<u8>)> {
    let pixels = make::halves(120, 80);
    vec![
        (Format::Jpeg, make::jpeg(&pixels)),
        (Format::Png, make::encoded(pixels.clone(), ImageFormat::Png)),
        (Format::Webp, make::encoded(pixels, ImageFormat::WebP)),
        (Format::Gif, make::gif(1)),
    ]
}

#[test]
fn what_is_taken_is_known_by_its_bytes() {
    for (format, bytes) in samples() {
        assert_eq!(sniff(&bytes), Ok(format));
        let picture = Picture::decode(&bytes).expect("decodes");
        let measures = measure(&bytes).expect("measured");
        assert_eq!(
            (measures.format, measures.width, measures.height),
            (format, picture.width(), picture.height())
        );
        assert!(!measures.animated);
    }
    assert!(measure(&make::gif(3)).expect("measured").animated);
}

#[test]
fn other_kinds_are_named() {
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\0";
    assert_eq!(sniff(heic), Err(Refused::Heic));
    assert!(Refused::Heic.hint().contains("JPEG"));
    let cases: [(&[u8], Refused); 6] = [
        (b"", Refused::Empty),
        (b"this is a letter", Refused::Unknown),
        (
            b"<html><script>alert(1)</script></html>",
            Refused::OtherKind { kind: "text/html" },
        ),
        (
            b"%PDF-1.7 and more of it",
            Refused::OtherKind {
                kind: "application/pdf",
            },
        ),
        (
            b"\0\0\0\x18ftypavif\0\0\0\0mif1avif\0\0\0\0",
            Refused::OtherKind { kind: "image/avif" },
        ),
        (
            b"\0\0\0\x18ftypisom\0\0\0\0isomiso2\0\0\0\0",
            Refused::OtherKind { kind: "video/mp4" },
        ),
    ];
    for (bytes, expected) in cases {
        assert_eq!(Picture::decode(bytes).expect_err("refused"), expected);
        assert_eq!(measure(bytes).expect_err("refused"), expected);
        assert!(!expected.hint().is_empty() && expected.code().starts_with("media_"));
    }
}

#[test]
fn a_cut_off_file_is_refused_wherever_it_ends() {
    for (format, bytes) in samples() {
        for tenths in 1..10 {
            let part = &bytes[..bytes.len() * tenths / 10];
            let refused = Picture::decode(part);
            assert!(
                refused.is_err(),
                "{format:?} with {tenths} tenths was taken"
            );
        }
    }
    let jpeg = make::jpeg(&make::noise(300, 300));
    assert_eq!(
        Picture::decode(&jpeg[..jpeg.len() - 2]).expect_err("no end"),
        Refused::CutOff
    );
    assert!(Picture::decode(&[&jpeg[..], b"trailing bytes of a phone"].concat()).is_ok());
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    let gif = {
        let mut bytes = make::gif(1);
        bytes[6..10].copy_from_slice(&[0x60, 0xea, 0x60, 0xea]);
        bytes
    };
    let webp = {
        let (width, height) = (16_383u32, 16_383u32);
        let mut bytes = b"RIFF\x1e\0\0\0WEBPVP8L\x12\0\0\0\x2f".to_vec();
        bytes.extend_from_slice(&((width - 1) | ((height - 1) << 14)).to_le_bytes());
        bytes.extend_from_slice(&[0; 13]);
        bytes
    };
    let jpeg = make::jpeg_claiming(&make::jpeg(&make::halves(16, 16)), 60_000, 60_000);
    for (name, bytes) in [
        ("png", make::png_claiming(60_000, 60_000)),
        ("gif", gif),
        ("webp", webp),
        ("jpeg", jpeg),
    ] {
        assert!(bytes.len() < 4096, "{name} is small");
        for error in [
            measure(&bytes).map(|_| ()).expect_err(name),
            Picture::decode(&bytes).map(|_| ()).expect_err(name),
        ] {
            let Refused::TooManyPixels { width, height } = error else {
                panic!("{name}: {error}")
            };
            assert!(u64::from(width) * u64::from(height) > MAX_PIXELS, "{name}");
        }
    }
}

#[test]
fn a_head_without_its_body_is_damaged_or_cut_off() {
    let error = Picture::decode(&make::png_claiming(64, 64)).expect_err("no pixels");
    assert!(
        matches!(error, Refused::Damaged | Refused::CutOff),
        "{error}"
    );
    assert!(Picture::decode(&make::png_claiming(0, 64)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn nothing_makes_it_panic(which in 0usize..4, place in any::<prop::sample::Index>(), junk in prop::collection::vec(any::<u8>(), 1..12)) {
        let (_, mut bytes) = samples().swap_remove(which);
        let at = place.index(bytes.len());
        let end = (at + junk.len()).min(bytes.len());
        bytes[at..end].copy_from_slice(&junk[..end - at]);
        let _ = measure(&bytes);
        let _ = Picture::decode(&bytes);
        let _ = Picture::decode(&junk);
    }

    #[test]
    fn no_thumbhash_makes_it_panic(hash in prop::collection::vec(any::<u8>(), 0..40)) {
        let _ = media::average_color(&hash);
    }
}
