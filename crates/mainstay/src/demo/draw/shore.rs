//! Pictures of the demo's surf school: palms, the van, the lighthouse, dunes.

use std::f32::consts::TAU;

use super::canvas::{
    Canvas, Point, below, both, circle, either, ellipse, hex, limb, mix, noise, slab, turned,
};
use super::surf::{HOURS, sky, sun};

/// Palms before a large evening sun.
pub fn palms(canvas: &mut Canvas, number: usize) {
    let height = canvas.height();
    let colors = sky(canvas, number, 0.95);
    let disc = circle(0.5, 0.56, 0.29);
    canvas.soft(circle(0.5, 0.56, 0.31), colors[2], 0.5, 220.0);
    canvas.shade(disc, |p| {
        mix(
            mix(colors[2], hex(0xFFFFFF), 0.35),
            mix(colors[2], hex(0xE23E57), 0.6),
            (p.1 - 0.27) / 0.58,
        )
    });
    for bar in 0..5 {
        let y = 0.62 + bar as f32 * 0.052;
        canvas.fill(
            both(disc, slab(0.5, y, 0.4, 0.004 + bar as f32 * 0.003, 0.0)),
            mix(colors[0], colors[1], y / 0.95),
        );
    }
    canvas.shade(below(|_| 0.84), |p| {
        mix(colors[3], colors[4], (p.1 - 0.84) * 2.5)
    });
    for glint in 0..40_u32 {
        let y = 0.86 + noise(glint, 2) * 0.34;
        let spread = 0.12 + (y - 0.84) * 0.5;
        let x = 0.5 + (noise(glint, 3) - 0.5) * spread * 2.0;
        canvas.glaze(
            slab(x, y, 0.015 + noise(glint, 4) * 0.04, 0.0025, 0.002),
            colors[2],
            0.55,
        );
    }
    let dark = mix(colors[4], hex(0x0B0A14), 0.65);
    canvas.fill(
        below(move |x| height - 0.1 + (x - 0.2) * (x - 0.2) * 0.16),
        dark,
    );
    for (foot, top, size) in [
        ((0.13, height), (0.25, 0.38), 0.23),
        ((0.3, height), (0.2, 0.62), 0.17),
        ((0.92, height), (0.8, 0.5), 0.19),
    ] {
        let bend: Point = (foot.0 + (top.0 - foot.0) * 0.25, (foot.1 + top.1) / 2.0);
        canvas.fill(
            either(
                limb(foot, bend, 0.018, 0.013),
                limb(bend, top, 0.013, 0.009),
            ),
            dark,
        );
        for leaf in 0..8 {
            let angle = leaf as f32 / 8.0 * TAU + 0.2;
            let out = (
                top.0 + angle.cos() * size * 0.6,
                top.1 + angle.sin() * size * 0.3 - size * 0.22,
            );
            let tip = (
                top.0 + angle.cos() * size,
                top.1 + angle.sin() * size * 0.45 + size * 0.16,
            );
            canvas.fill(
                either(limb(top, out, 0.006, 0.021), limb(out, tip, 0.021, 0.002)),
                dark,
            );
        }
    }
}

/// The school's van on the beach.
pub fn van(canvas: &mut Canvas, number: usize) {
    let height = canvas.height();
    let colors = sky(canvas, number, 0.8);
    sun(canvas, 0.78, 0.22, 0.085, colors[2]);
    for cloud in 0..3_u32 {
        let (x, y) = (0.15 + cloud as f32 * 0.3, 0.16 + noise(cloud, 5) * 0.14);
        canvas.glaze(
            either(
                either(circle(x, y, 0.045), circle(x + 0.055, y - 0.015, 0.055)),
                slab(x + 0.04, y + 0.025, 0.1, 0.022, 0.022),
            ),
            hex(0xFFFFFF),
            0.75,
        );
    }
    canvas.shade(below(|_| 0.66), |p| {
        mix(colors[3], colors[4], (p.1 - 0.66) * 4.0)
    });
    canvas.shade(below(move |x| 0.84 + (x * 4.0).sin() * 0.012), |p| {
        mix(
            mix(colors[5], hex(0xFFFFFF), 0.25),
            colors[5],
            (p.1 - 0.84) * 3.0,
        )
    });
    let paints = [0xE4572E, 0x17808F, 0xF2A541, 0x7A9E7E];
    let paint = hex(paints[number % paints.len()]);
    let ground = height - 0.17;
    canvas.soft(
        ellipse(0.5, ground + 0.01, 0.4, 0.03),
        hex(0x33251A),
        0.5,
        60.0,
    );
    let body = slab(0.5, ground - 0.2, 0.37, 0.17, 0.075);
    canvas.shade(body, |p| {
        mix(
            mix(paint, hex(0xFFFFFF), 0.15),
            mix(paint, hex(0x1A1A1A), 0.25),
            (p.1 - ground + 0.37) * 2.6,
        )
    });
    canvas.fill(both(body, below(|_| -1.0)), paint);
    canvas.fill(
        both(body, slab(0.5, ground - 0.31, 0.5, 0.095, 0.0)),
        hex(0xFFF6E4),
    );
    for (x, half) in [(0.215, 0.055), (0.375, 0.075), (0.56, 0.075), (0.75, 0.085)] {
        let pane = slab(x, ground - 0.285, half, 0.052, 0.022);
        canvas.shade(pane, |p| {
            mix(
                hex(0xBDE5EE),
                hex(0x5D95A8),
                (p.0 - x + half) / (half * 2.0),
            )
        });
    }
    canvas.fill(slab(0.5, ground - 0.205, 0.37, 0.006, 0.0), hex(0xFFFFFF));
    canvas.fill(
        slab(0.855, ground - 0.15, 0.018, 0.026, 0.018),
        hex(0xFFE08A),
    );
    canvas.fill(slab(0.5, ground - 0.035, 0.38, 0.012, 0.01), hex(0xD9DEE0));
    for x in [0.28, 0.72] {
        canvas.fill(circle(x, ground - 0.03, 0.073), hex(0x23262B));
        canvas.fill(circle(x, ground - 0.03, 0.04), hex(0xE6E8EA));
        canvas.fill(circle(x, ground - 0.03, 0.016), paint);
    }
    for (y, color, shift) in [(0.405, 0xFFC857, 0.02), (0.435, 0x2E86AB, -0.03)] {
        canvas.fill(ellipse(0.5 + shift, ground - y, 0.34, 0.016), hex(color));
        canvas.fill(ellipse(0.5 + shift, ground - y, 0.34, 0.003), hex(0xFFFFFF));
    }
    for x in [0.3, 0.68] {
        canvas.fill(slab(x, ground - 0.395, 0.008, 0.035, 0.004), hex(0x3B3F45));
    }
}

/// The lighthouse on its rock.
pub fn lighthouse(canvas: &mut Canvas, number: usize) {
    let height = canvas.height();
    let colors = sky(canvas, number + 4, 0.95);
    if (number + 4) % HOURS.len() == 4 {
        for star in 0..70_u32 {
            canvas.glaze(
                circle(
                    noise(star, 1),
                    noise(star, 2) * 0.75,
                    0.001 + noise(star, 3) * 0.0028,
                ),
                hex(0xFFFFFF),
                0.9,
            );
        }
    }
    sun(canvas, 0.2, 0.24, 0.07, colors[2]);
    let lamp = (0.66, 0.315);
    let beam = both(
        turned(
            move |p: Point| (p.1 - lamp.1).abs() - (lamp.0 - p.0).max(0.0) * 0.2,
            lamp,
            0.16,
        ),
        move |p: Point| p.0 - lamp.0,
    );
    canvas.soft(beam, hex(0xFFF2B8), 0.5, 60.0);
    canvas.shade(below(|_| 0.92), |p| {
        mix(colors[3], colors[4], (p.1 - 0.92) * 3.0)
    });
    for line in 0..24_u32 {
        let y = 0.94 + noise(line, 2) * 0.3;
        canvas.glaze(
            slab(
                noise(line, 1),
                y,
                0.03 + noise(line, 3) * 0.06,
                0.002,
                0.002,
            ),
            hex(0xFFFFFF),
            0.35,
        );
    }
    let rock = mix(colors[4], hex(0x15131C), 0.55);
    canvas.fill(
        below(move |x| {
            height - 0.3 - ((x - 0.68) * 3.1).cos().max(0.0) * 0.17 + (x * 31.0).sin() * 0.008
        }),
        rock,
    );
    let tower = move |p: Point| {
        let wide = 0.052 + (p.1 - 0.37) * 0.07;
        ((p.0 - 0.66).abs() - wide).max(0.36 - p.1).max(p.1 - 0.93)
    };
    canvas.shade(tower, |p| {
        mix(hex(0xFFFDF6), hex(0xB9C0C9), (p.0 - 0.58) * 5.0)
    });
    for band in 0..3 {
        let y = 0.45 + band as f32 * 0.17;
        canvas.shade(both(tower, slab(0.66, y, 0.3, 0.042, 0.0)), |p| {
            mix(hex(0xE8503A), hex(0x8E2419), (p.0 - 0.58) * 5.0)
        });
    }
    canvas.fill(slab(0.66, 0.358, 0.072, 0.011, 0.004), hex(0x2B2F38));
    canvas.fill(slab(0.66, 0.315, 0.036, 0.036, 0.004), hex(0xFFEFA8));
    canvas.soft(circle(lamp.0, lamp.1, 0.03), hex(0xFFF6CF), 0.9, 120.0);
    canvas.fill(
        either(
            slab(0.66, 0.275, 0.046, 0.007, 0.004),
            ellipse(0.66, 0.27, 0.038, 0.03),
        ),
        hex(0xC63D2B),
    );
    canvas.fill(
        limb((0.66, 0.24), (0.66, 0.205), 0.004, 0.002),
        hex(0x2B2F38),
    );
}

/// Dunes with grass, the sea behind.
pub fn dunes(canvas: &mut Canvas, number: usize) {
    let height = canvas.height();
    let colors = sky(canvas, number, 0.6);
    sun(canvas, 0.7, 0.28, 0.1, colors[2]);
    canvas.shade(below(|_| 0.5), |p| {
        mix(colors[3], colors[4], (p.1 - 0.5) * 5.0)
    });
    canvas.fill(slab(0.24, 0.497, 0.035, 0.008, 0.008), hex(0xFFFFFF));
    canvas.fill(
        both(
            move |p: Point| (p.0 - 0.245).abs() - (p.1 - 0.395) * 0.28,
            slab(0.245, 0.44, 0.05, 0.045, 0.0),
        ),
        hex(0xFFFFFF),
    );
    for dune in 0..4 {
        let part = dune as f32 / 3.0;
        let phase = dune as f32 * 2.3 + number as f32;
        let line = move |x: f32| {
            0.58 + part * 0.42 - (0.05 + part * 0.03) * (x * (4.2 - part) + phase).sin()
        };
        let light = mix(mix(colors[5], hex(0xFFFFFF), 0.3), colors[5], part);
        canvas.soft(
            below(move |x| line(x) - 0.006),
            mix(light, hex(0x5B3F2A), 0.6),
            0.35,
            24.0,
        );
        canvas.shade(below(line), |p| {
            mix(
                light,
                mix(light, hex(0x8A5E3B), 0.55),
                (p.1 - line(p.0)) * 2.6,
            )
        });
        for blade in 0..(14 + dune * 10) {
            let seed = (dune * 100 + blade) as u32;
            let x = noise(seed, 1);
            let foot = (x, line(x) + 0.012 + noise(seed, 5) * 0.03);
            let (lean, tall) = (
                (noise(seed, 2) - 0.35) * 0.09,
                0.04 + noise(seed, 3) * 0.09 * (0.5 + part),
            );
            let green = mix(hex(0x8FA05A), hex(0x4C6B3C), noise(seed, 4));
            canvas.fill(
                limb(foot, (foot.0 + lean, foot.1 - tall), 0.0042, 0.001),
                green,
            );
        }
    }
    canvas.soft(
        slab(0.5, height + 0.05, 0.8, 0.06, 0.0),
        mix(colors[5], hex(0x5B3F2A), 0.5),
        0.5,
        120.0,
    );
}
