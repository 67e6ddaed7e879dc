//! Renditions: they fit, they are upright, they show the right colours, and nothing else is in them.

use image::{ImageFormat, RgbImage};
use media::{CannotFit, Fit, Picture, Rendition, View, average_color, measure};

use crate::make;

const WIDE: Fit = Fit {
    max_width: 1080,
    max_height: 1350,
    max_bytes: 8_000_000,
    ratio: None,
};

fn pixels(rendition: &Rendition) -> RgbImage {
    let image = image::load_from_memory_with_format(&rendition.bytes, ImageFormat::Jpeg)
        .expect("a JPEG")
        .into_rgb8();
    assert_eq!(image.dimensions(), (rendition.width, rendition.height));
    image
}

/// The colour at a place in hundredths of the sides, as one letter.
fn color_at(image: &RgbImage, x: u32, y: u32) -> char {
    let [red, green, blue] = image
        .get_pixel(image.width() * x / 100, image.height() * y / 100)
        .0;
    match (red > 150, green > 150, blue > 150) {
        (true, true, true) => 'w',
        (true, false, false) => 'r',
        (false, true, false) => 'g',
        (false, false, true) => 'b',
        (false, false, false) => 'k',
        _ => '?',
    }
}

#[test]
fn every_orientation_comes_out_upright() {
    let upright = make::halves(80, 40);
    let turned = |image: &image::DynamicImage, orientation: u8| -> image::DynamicImage {
        // What the camera stores so that this note makes it upright again.
        match orientation {
            2 => image.fliph(),
            3 => image.rotate180(),
            4 => image.flipv(),
            5 => image.rotate270().flipv(),
            6 => image.rotate270(),
            7 => image.rotate90().flipv(),
            8 => image.rotate90(),
            _ => image.clone(),
        }
    };
    for orientation in 1..=8 {
        let stored = turned(&upright.clone().into(), orientation).into_rgb8();
        let bytes = make::oriented(&make::jpeg(&stored), orientation);
        let measures = measure(&bytes).expect("measured");
        assert_eq!(
            (measures.width, measures.height),
            (80, 40),
            "orientation {orientation}"
        );
        let rendition = Picture::decode(&bytes)
            .expect("decodes")
            .rendition(&WIDE)
            .expect("fits");
        let image = pixels(&rendition);
        assert_eq!(image.dimensions(), (80, 40), "orientation {orientation}");
        let seen = [
            color_at(&image, 50, 10),
            color_at(&image, 20, 70),
            color_at(&image, 80, 70),
        ];
        assert_eq!(seen, ['g', 'r', 'b'], "orientation {orientation}");
    }
}

#[test]
fn nothing_of_the_metadata_is_left() {
    let bytes = make::oriented(&make::jpeg(&make::halves(60, 60)), 6);
    let holds = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    assert!(holds(&bytes, b"SecretMaker") && holds(&bytes, b"Exif"));
    let picture = Picture::decode(&bytes).expect("decodes");
    for copy in [
        picture.rendition(&WIDE).expect("fits"),
        picture.view(View::Tile, 30).expect("a view"),
    ] {
        assert!(!holds(&copy.bytes, b"SecretMaker") && !holds(&copy.bytes, b"Exif"));
    }
}

#[test]
fn a_huge_picture_is_brought_down() {
    let bytes = make::jpeg(&make::halves(6000, 4000));
    let picture = Picture::decode(&bytes).expect("decodes");
    let copy = picture.rendition(&WIDE).expect("fits");
    assert_eq!((copy.width, copy.height), (1080, 720));
    assert_eq!(color_at(&pixels(&copy), 20, 70), 'r');
    let tile = picture.view(View::Tile, 400).expect("a view");
    assert_eq!((tile.width, tile.height), (400, 533));
    let whole = picture.view(View::Whole, 400).expect("a view");
    assert_eq!((whole.width, whole.height), (400, 267));
    let square = picture.view(View::Square, 100).expect("a view");
    assert_eq!((square.width, square.height), (100, 100));
    // Cut around the middle: the border between red and blue stays there.
    let image = pixels(&tile);
    assert_eq!(
        (color_at(&image, 40, 70), color_at(&image, 60, 70)),
        ('r', 'b')
    );
}

#[test]
fn small_pictures_are_not_enlarged() {
    let picture = Picture::decode(&make::jpeg(&make::halves(50, 40))).expect("decodes");
    let copy = picture.rendition(&WIDE).expect("fits");
    assert_eq!((copy.width, copy.height), (50, 40));
    let tile = picture.view(View::Tile, 400).expect("a view");
    assert_eq!((tile.width, tile.height), (30, 40));
}

#[test]
fn ratios_are_cut_only_if_asked() {
    let long = Picture::decode(&make::jpeg(&make::halves(1200, 300))).expect("decodes");
    let whole = long.rendition(&WIDE).expect("fits");
    assert_eq!((whole.width, whole.height), (1080, 270));
    let cut = long
        .rendition(&Fit {
            ratio: Some((0.8, 1.91)),
            ..WIDE
        })
        .expect("fits");
    assert_eq!((cut.width, cut.height), (573, 300));
    let tall = Picture::decode(&make::jpeg(&make::halves(300, 1200))).expect("decodes");
    let cut = tall
        .rendition(&Fit {
            ratio: Some((0.8, 1.91)),
            ..WIDE
        })
        .expect("fits");
    assert_eq!((cut.width, cut.height), (300, 375));
    let thin = Picture::decode(&make::jpeg(&make::halves(2000, 1))).expect("decodes");
    let copy = thin
        .rendition(&Fit {
            max_width: 100,
            ..WIDE
        })
        .expect("fits");
    assert_eq!((copy.width, copy.height), (100, 1));
}

#[test]
fn the_size_of_the_file_is_kept() {
    let picture =
        Picture::decode(&make::encoded(make::noise(900, 900), ImageFormat::Png)).expect("decodes");
    let free = picture.rendition(&WIDE).expect("fits");
    assert_eq!(free.width, 900);
    for max_bytes in [free.bytes.len() - 1, 300_000, 50_000] {
        let copy = picture.rendition(&Fit { max_bytes, ..WIDE }).expect("fits");
        assert!(copy.bytes.len() <= max_bytes);
        pixels(&copy);
    }
    let error = picture
        .rendition(&Fit {
            max_bytes: 200,
            ..WIDE
        })
        .expect_err("too few");
    assert_eq!(error, CannotFit::Bytes { max_bytes: 200 });
    for wrong in [
        Fit {
            max_width: 0,
            ..WIDE
        },
        Fit {
            max_bytes: 0,
            ..WIDE
        },
        Fit {
            ratio: Some((2.0, 1.0)),
            ..WIDE
        },
        Fit {
            ratio: Some((0.0, 1.0)),
            ..WIDE
        },
    ] {
        assert_eq!(
            picture.rendition(&wrong).expect_err("senseless"),
            CannotFit::Measures
        );
    }
}

#[test]
fn transparent_parts_become_white() {
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let picture = Picture::decode(&make::encoded(make::disc(100), format)).expect("decodes");
        let image = pixels(&picture.rendition(&WIDE).expect("fits"));
        assert_eq!(
            (color_at(&image, 2, 2), color_at(&image, 50, 50)),
            ('w', 'k'),
            "{format:?}"
        );
    }
}

#[test]
fn grey_and_deep_pictures_are_read() {
    let grey = image::GrayImage::from_pixel(30, 20, image::Luma([250]));
    let deep = image::ImageBuffer::<image::Rgba<u16>, _>::from_pixel(
        30,
        20,
        image::Rgba([65535, 0, 0, 65535]),
    );
    let cases = [
        (image::DynamicImage::from(grey), 'w'),
        (image::DynamicImage::from(deep), 'r'),
    ];
    for (image, color) in cases {
        let picture = Picture::decode(&make::encoded(image, ImageFormat::Png)).expect("decodes");
        assert_eq!(
            color_at(&pixels(&picture.rendition(&WIDE).expect("fits")), 50, 50),
            color
        );
    }
}

#[test]
fn the_first_picture_of_an_animation_is_used() {
    let picture = Picture::decode(&make::gif(3)).expect("decodes");
    let image = pixels(&picture.rendition(&WIDE).expect("fits"));
    assert_eq!(color_at(&image, 50, 50), 'k');
    assert_eq!(image.dimensions(), (40, 30));
}

#[test]
fn wide_colours_are_brought_to_srgb() {
    let profile = moxcms::ColorProfile::new_display_p3()
        .encode()
        .expect("a profile");
    let flat = RgbImage::from_pixel(40, 40, image::Rgb([200, 80, 80]));
    let red = |bytes: &[u8]| {
        let copy = Picture::decode(bytes)
            .expect("decodes")
            .rendition(&WIDE)
            .expect("fits");
        pixels(&copy).get_pixel(20, 20).0
    };
    let plain = red(&make::jpeg(&flat));
    let wide = red(&make::jpeg_with_profile(&flat, Some(profile)));
    assert!(
        plain[0].abs_diff(200) <= 3 && plain[1].abs_diff(80) <= 3,
        "{plain:?}"
    );
    // The same numbers mean a stronger red in Display P3.
    assert!(
        wide[0] >= plain[0] + 8 && wide[1] < plain[1],
        "{wide:?} against {plain:?}"
    );
    let junk = red(&make::jpeg_with_profile(&flat, Some(vec![7; 200])));
    assert_eq!(junk, plain, "a broken profile is passed over");
}

#[test]
fn a_thumbhash_keeps_the_colour() {
    let flat = RgbImage::from_pixel(640, 480, image::Rgb([30, 120, 200]));
    let picture = Picture::decode(&make::jpeg(&flat)).expect("decodes");
    let hash = picture.thumbhash().expect("hashed");
    assert!((5..40).contains(&hash.len()), "{} bytes", hash.len());
    let [red, green, blue] = average_color(&hash).expect("a colour");
    assert!(
        red.abs_diff(30) < 16 && green.abs_diff(120) < 16 && blue.abs_diff(200) < 16,
        "{red} {green} {blue}"
    );
    assert_eq!(average_color(&[]), None);
}
