//! Pictures of the demo's bakery: bread, pastry, coffee, the shop.

use std::f32::consts::{PI, TAU};

use super::canvas::{
    Canvas, Point, Rgb, both, circle, either, ellipse, hex, limb, mix, noise, slab, turned, without,
};

/// Backgrounds and tables that go together: wall above, wall below, table, its edge.
const ROOMS: [[u32; 4]; 5] = [
    [0xF6E3C5, 0xF0C99A, 0xB9744A, 0x8F5233],
    [0xDCE8E1, 0xB9D3C9, 0x5E7F78, 0x43605A],
    [0xF7D9CC, 0xEDB39E, 0x96506A, 0x743A52],
    [0xE9E4F0, 0xC9BEDD, 0x6D5F8D, 0x50456C],
    [0xFFF0C9, 0xFAD78A, 0xC98A3B, 0x9C6626],
];

fn room(canvas: &mut Canvas, number: usize) -> [Rgb; 4] {
    let colors = ROOMS[number % ROOMS.len()].map(hex);
    let height = canvas.height();
    canvas.ground(|p| mix(colors[0], colors[1], p.1 / height));
    canvas.soft(circle(0.22, 0.16, 0.02), hex(0xFFFFFF), 0.5, 620.0);
    canvas.shade(slab(0.5, height + 0.02, 0.8, 0.36, 0.0), |p| {
        mix(colors[2], colors[3], (p.1 - height + 0.34) / 0.34)
    });
    canvas.glaze(
        slab(0.5, height - 0.335, 0.8, 0.006, 0.0),
        hex(0xFFFFFF),
        0.35,
    );
    colors
}

fn crust(p: Point, top: f32, bottom: f32) -> Rgb {
    let down = (p.1 - top) / (bottom - top);
    mix(
        mix(hex(0xF2BE6B), hex(0xC97B2E), down * 1.4),
        hex(0x8A4A1C),
        (down - 0.6) * 1.7,
    )
}

/// A round loaf on a board.
pub fn loaf(canvas: &mut Canvas, number: usize) {
    room(canvas, number);
    let base = canvas.height() - 0.26;
    canvas.soft(
        ellipse(0.5, base + 0.05, 0.42, 0.05),
        hex(0x2E1608),
        0.45,
        90.0,
    );
    canvas.shade(slab(0.5, base + 0.02, 0.42, 0.035, 0.03), |p| {
        mix(hex(0xE4B981), hex(0xB98752), (p.1 - base) * 14.0)
    });
    let body = either(
        ellipse(0.5, base - 0.19, 0.345, 0.205),
        slab(0.5, base - 0.07, 0.335, 0.075, 0.07),
    );
    canvas.shade(body, |p| crust(p, base - 0.4, base));
    for slash in 0..4 {
        let x = 0.29 + slash as f32 * 0.14;
        let cut = turned(
            ellipse(x, base - 0.235, 0.035, 0.125),
            (x, base - 0.235),
            0.42,
        );
        canvas.shade(both(cut, ellipse(0.5, base - 0.19, 0.325, 0.19)), |p| {
            mix(hex(0xFFF3DA), hex(0xEBC184), (p.1 - base + 0.36) * 3.2)
        });
    }
    canvas.glaze(
        both(
            body,
            turned(
                ellipse(0.33, base - 0.33, 0.16, 0.04),
                (0.33, base - 0.33),
                -0.4,
            ),
        ),
        hex(0xFFFFFF),
        0.25,
    );
    for grain in 0..70_u32 {
        let (x, y) = (
            0.14 + noise(grain, 3) * 0.72,
            base - 0.01 + noise(grain, 9) * 0.18,
        );
        canvas.glaze(
            circle(x, y, 0.0022 + noise(grain, 5) * 0.003),
            hex(0xFFF6E6),
            0.8,
        );
    }
}

/// A croissant on a plate.
pub fn croissant(canvas: &mut Canvas, number: usize) {
    let colors = ROOMS[number % ROOMS.len()].map(hex);
    let height = canvas.height();
    canvas.ground(|p| mix(colors[2], colors[3], (p.0 + p.1) / (1.0 + height)));
    let middle = height * 0.52;
    canvas.soft(
        circle(0.515, middle + 0.03, 0.41),
        hex(0x1A0E08),
        0.35,
        90.0,
    );
    canvas.fill(circle(0.5, middle, 0.41), hex(0xFBF7F0));
    canvas.shade(circle(0.5, middle, 0.31), |p| {
        mix(hex(0xEDE6DB), hex(0xFFFDF8), (p.1 - middle + 0.3) / 0.6)
    });
    canvas.soft(
        ellipse(0.5, middle + 0.06, 0.3, 0.13),
        hex(0x5A3A20),
        0.35,
        70.0,
    );
    let parts = 9;
    for part in (0..parts)
        .filter(|part| part % 2 == 0)
        .chain((0..parts).filter(|part| part % 2 == 1))
    {
        let along = part as f32 / (parts - 1) as f32;
        let angle = PI * (1.12 + along * 0.76);
        let (x, y) = (
            0.5 + angle.cos() * 0.265,
            middle + 0.17 + angle.sin() * 0.25,
        );
        let thick = 0.045 + (along * PI).sin() * 0.075;
        let piece = turned(ellipse(x, y, 0.05, thick), (x, y), angle + PI / 2.0);
        canvas.soft(piece, hex(0x5B2E10), 0.5, 14.0);
        canvas.shade(piece, |p| {
            let light = ((y - p.1) / thick + 0.35) * 0.9;
            mix(hex(0xA65F20), hex(0xF4C173), light)
        });
        let shine = turned(
            ellipse(x - 0.005, y - thick * 0.35, 0.012, thick * 0.42),
            (x, y),
            angle + PI / 2.0,
        );
        canvas.glaze(shine, hex(0xFFF1D0), 0.5);
    }
}

/// A cup of coffee from above, with a leaf in the milk.
pub fn coffee(canvas: &mut Canvas, number: usize) {
    let colors = ROOMS[(number + 1) % ROOMS.len()].map(hex);
    let height = canvas.height();
    canvas.ground(|p| mix(colors[0], colors[1], p.0 * 0.6 + p.1 / height * 0.4));
    for plank in 0..5 {
        canvas.glaze(
            slab(plank as f32 * 0.25, height / 2.0, 0.003, height, 0.0),
            colors[2],
            0.35,
        );
    }
    let (x, y) = (0.5, height * 0.5);
    canvas.soft(circle(x + 0.03, y + 0.05, 0.37), hex(0x20120A), 0.35, 90.0);
    canvas.fill(circle(x, y, 0.37), hex(0xFFFBF3));
    canvas.fill(circle(x, y, 0.3), hex(0xF1E9DC));
    let handle = turned(
        without(
            ellipse(x + 0.31, y, 0.1, 0.075),
            ellipse(x + 0.31, y, 0.06, 0.038),
        ),
        (x, y),
        -0.7,
    );
    canvas.soft(circle(x + 0.02, y + 0.03, 0.245), hex(0x4A2E1B), 0.4, 50.0);
    canvas.fill(handle, hex(0xFFFFFF));
    canvas.fill(circle(x, y, 0.25), hex(0xFFFFFF));
    canvas.shade(circle(x, y, 0.222), |p| {
        mix(hex(0x6E3D1C), hex(0xA8682F), (p.1 - y + 0.22) / 0.44)
    });
    for row in 0..5 {
        let (at, wide) = (y + 0.12 - row as f32 * 0.055, 0.135 - row as f32 * 0.021);
        for side in [-1.0, 1.0] {
            let leaf = turned(
                ellipse(x + side * wide * 0.5, at, wide * 0.62, 0.021),
                (x, at),
                side * -0.5,
            );
            canvas.fill(both(leaf, circle(x, y, 0.205)), hex(0xFBEBD3));
        }
    }
    canvas.fill(
        limb((x, y + 0.17), (x, y - 0.14), 0.007, 0.003),
        hex(0xFBEBD3),
    );
    for (bx, by, turn) in [
        (0.17_f32, height - 0.16, 0.4_f32),
        (0.27, height - 0.1, -0.5),
    ] {
        let biscuit = turned(slab(bx, by, 0.085, 0.05, 0.02), (bx, by), turn);
        canvas.soft(biscuit, hex(0x3A2312), 0.4, 30.0);
        canvas.shade(biscuit, |p| {
            mix(hex(0xE3AE66), hex(0xB9772F), (p.1 - by + 0.05) * 8.0)
        });
    }
}

/// Ears of wheat before the sun.
pub fn wheat(canvas: &mut Canvas, number: usize) {
    let colors = ROOMS[(number + 4) % ROOMS.len()].map(hex);
    let height = canvas.height();
    canvas.ground(|p| mix(colors[0], colors[1], p.1 / height));
    canvas.soft(circle(0.66, 0.42, 0.2), hex(0xFFF7DD), 0.9, 260.0);
    canvas.fill(
        circle(0.66, 0.42, 0.155),
        mix(colors[0], hex(0xFFB347), 0.75),
    );
    canvas.shade(
        super::canvas::below(move |x| height - 0.3 + (x * 5.0).sin() * 0.03),
        |p| mix(hex(0xE2A94A), hex(0xA9702A), (p.1 - height + 0.3) * 2.6),
    );
    for stalk in 0..9_u32 {
        let foot = 0.02 + stalk as f32 * 0.12;
        let lean = (noise(stalk, 1) - 0.4) * 0.22;
        let top = 0.3 + noise(stalk, 2) * 0.32;
        let shade = mix(hex(0xC9892F), hex(0x8C5A1E), noise(stalk, 4));
        canvas.fill(
            limb(
                (foot, height + 0.05),
                (foot + lean, top + 0.12),
                0.006,
                0.004,
            ),
            shade,
        );
        for grain in 0..7 {
            let along = grain as f32 / 7.0;
            let (x, y) = (foot + lean * (1.0 + along * 0.12), top + 0.15 - along * 0.2);
            for side in [-1.0_f32, 1.0] {
                let seed = turned(
                    ellipse(x + side * 0.019, y, 0.014, 0.031),
                    (x, y),
                    side * 0.42,
                );
                canvas.shade(seed, |p| mix(hex(0xF6CF78), shade, (p.1 - y + 0.03) * 18.0));
            }
        }
        canvas.fill(
            ellipse(foot + lean * 1.13, top - 0.06, 0.011, 0.03),
            hex(0xF6CF78),
        );
    }
}

/// A layered cake on its stand.
pub fn cake(canvas: &mut Canvas, number: usize) {
    room(canvas, number + 2);
    let base = canvas.height() - 0.25;
    canvas.soft(
        ellipse(0.5, base + 0.1, 0.25, 0.03),
        hex(0x2E1608),
        0.5,
        60.0,
    );
    canvas.fill(
        limb((0.5, base + 0.09), (0.5, base - 0.02), 0.03, 0.02),
        hex(0xEFEAE2),
    );
    canvas.fill(ellipse(0.5, base + 0.095, 0.15, 0.022), hex(0xF7F3EC));
    canvas.fill(slab(0.5, base - 0.03, 0.37, 0.018, 0.018), hex(0xFFFFFF));
    let layers = [0xE8B06C, 0xFFF4E2, 0xC9563F, 0xFFF4E2, 0xE8B06C, 0xFFF8EC];
    for (at, color) in layers.into_iter().enumerate() {
        let y = base - 0.075 - at as f32 * 0.062;
        let color = hex(color);
        canvas.shade(slab(0.5, y, 0.285, 0.033, 0.012), |p| {
            mix(
                mix(color, hex(0xFFFFFF), 0.18),
                mix(color, hex(0x5A2A12), 0.28),
                p.0 * 1.1 - 0.1,
            )
        });
    }
    let top = base - 0.405;
    for drop in 0..8_u32 {
        let x = 0.25 + drop as f32 * 0.0715;
        canvas.fill(
            limb(
                (x, top),
                (x, top + 0.05 + noise(drop, 8) * 0.09),
                0.03,
                0.022,
            ),
            hex(0xFFF8EC),
        );
    }
    for berry in 0..6 {
        let x = 0.28 + berry as f32 * 0.088;
        canvas.soft(circle(x, top - 0.035, 0.036), hex(0x5A1020), 0.4, 16.0);
        canvas.shade(circle(x, top - 0.045, 0.037), |p| {
            mix(hex(0xE8475B), hex(0x8E1630), (p.1 - top + 0.08) * 13.0)
        });
        canvas.glaze(circle(x - 0.012, top - 0.06, 0.009), hex(0xFFFFFF), 0.7);
        canvas.fill(
            limb((x, top - 0.08), (x + 0.02, top - 0.12), 0.003, 0.002),
            hex(0x4E6B35),
        );
    }
}

/// A tray of cinnamon rolls.
pub fn rolls(canvas: &mut Canvas, number: usize) {
    let colors = ROOMS[number % ROOMS.len()].map(hex);
    let height = canvas.height();
    canvas.ground(|p| mix(colors[3], mix(colors[3], hex(0x1D120C), 0.45), p.1 / height));
    let pitch = 0.345;
    for row in 0..5 {
        for column in 0..4 {
            let shift = if row % 2 == 0 { 0.0 } else { pitch / 2.0 };
            let (x, y) = (
                column as f32 * pitch + shift - 0.02,
                row as f32 * pitch * 0.87 - 0.03,
            );
            canvas.soft(circle(x + 0.01, y + 0.02, 0.158), hex(0x120905), 0.55, 50.0);
            canvas.shade(circle(x, y, 0.158), |p| {
                let (dx, dy) = (p.0 - x, p.1 - y);
                let (far, angle) = (dx.hypot(dy), dy.atan2(dx) + (row * 3 + column) as f32);
                let swirl = ((far / 0.0125) - angle / TAU * 4.2).rem_euclid(4.2) / 4.2;
                let dough = mix(hex(0xF7D49A), hex(0xD08F46), far / 0.16 + dy * 1.2);
                let line = ((swirl - 0.5).abs() * 2.0 - 0.62) / 0.16;
                mix(hex(0x7A3E17), dough, 1.0 - line.clamp(0.0, 1.0))
            });
            canvas.glaze(
                turned(ellipse(x - 0.04, y - 0.07, 0.07, 0.02), (x, y), -0.35),
                hex(0xFFFFFF),
                0.33,
            );
            for sugar in 0..7_u32 {
                let seed = (row * 10 + column) as u32;
                let (turn, far) = (noise(sugar, seed) * TAU, noise(seed, sugar + 7) * 0.12);
                canvas.fill(
                    slab(
                        x + turn.cos() * far,
                        y + turn.sin() * far,
                        0.005,
                        0.005,
                        0.002,
                    ),
                    hex(0xFFFDF6),
                );
            }
        }
    }
}

/// The shop from the street.
pub fn shop(canvas: &mut Canvas, number: usize) {
    let colors = ROOMS[number % ROOMS.len()].map(hex);
    let height = canvas.height();
    canvas.ground(|p| mix(mix(colors[2], hex(0xFFFFFF), 0.18), colors[3], p.1 / height));
    for brick in 0..90_u32 {
        let (x, y) = (noise(brick, 1), noise(brick, 2) * height);
        canvas.glaze(
            slab(x, y, 0.03, 0.012, 0.004),
            hex(0xFFFFFF),
            0.05 + noise(brick, 3) * 0.07,
        );
    }
    canvas.fill(slab(0.5, height - 0.04, 0.7, 0.06, 0.0), hex(0x4B4A52));
    canvas.fill(slab(0.5, 0.8, 0.43, 0.36, 0.02), hex(0x2F2A2C));
    canvas.shade(slab(0.5, 0.79, 0.405, 0.335, 0.012), |p| {
        mix(hex(0xFFE9B8), hex(0xF3B75F), (p.1 - 0.45) * 1.5)
    });
    for shelf in 0..3 {
        let y = 0.7 + shelf as f32 * 0.18;
        canvas.fill(slab(0.5, y, 0.395, 0.01, 0.0), hex(0x7C4A26));
        for bread in 0..6_u32 {
            let x = 0.17 + bread as f32 * 0.132;
            let size = 0.042 + noise(bread, shelf + 3) * 0.018;
            let shape = ellipse(x, y - size * 0.75, size * 1.2, size * 0.8);
            canvas.shade(both(shape, slab(0.5, y - 0.1, 0.4, 0.095, 0.0)), |p| {
                crust(p, y - size * 1.6, y)
            });
        }
    }
    canvas.glaze(
        turned(slab(0.34, 0.75, 0.05, 0.5, 0.0), (0.34, 0.75), 0.4),
        hex(0xFFFFFF),
        0.1,
    );
    canvas.soft(slab(0.5, 0.5, 0.45, 0.03, 0.0), hex(0x1B0F08), 0.4, 60.0);
    for stripe in 0..9 {
        let x = 0.06 + stripe as f32 * 0.11;
        let color = if stripe % 2 == 0 {
            hex(0xFFF8EC)
        } else {
            hex(0xC94F3D)
        };
        canvas.fill(
            either(slab(x, 0.36, 0.056, 0.11, 0.0), circle(x, 0.47, 0.056)),
            color,
        );
    }
    canvas.soft(slab(0.5, 0.27, 0.5, 0.03, 0.0), hex(0x1B0F08), 0.35, 40.0);
    canvas.fill(slab(0.5, 0.17, 0.4, 0.075, 0.02), hex(0x2F2A2C));
    for letter in 0..9_u32 {
        let x = 0.22 + letter as f32 * 0.07;
        canvas.fill(
            slab(x, 0.17, 0.02, 0.012 + noise(letter, 4) * 0.018, 0.008),
            hex(0xF8D994),
        );
    }
}

/// Baguettes in a basket.
pub fn baguettes(canvas: &mut Canvas, number: usize) {
    room(canvas, number + 1);
    let base = canvas.height() - 0.16;
    canvas.soft(
        ellipse(0.5, base + 0.03, 0.36, 0.04),
        hex(0x2E1608),
        0.5,
        80.0,
    );
    for (at, (x, lean)) in [
        (0.3, -0.3),
        (0.7, 0.32),
        (0.42, -0.1),
        (0.6, 0.13),
        (0.5, 0.02),
    ]
    .into_iter()
    .enumerate()
    {
        let (foot, tip) = ((x, base - 0.1), (x + lean, 0.2 + at as f32 * 0.03));
        canvas.soft(limb(foot, tip, 0.06, 0.045), hex(0x3A1C0B), 0.4, 26.0);
        canvas.shade(limb(foot, tip, 0.058, 0.042), |p| {
            let side =
                (p.0 - (foot.0 + (tip.0 - foot.0) * (foot.1 - p.1) / (foot.1 - tip.1))) / 0.06;
            mix(hex(0xF0BC6C), hex(0x9A561F), side.mul_add(0.5, 0.45))
        });
        for cut in 0..4 {
            let along = 0.3 + cut as f32 * 0.18;
            let (cx, cy) = (
                foot.0 + (tip.0 - foot.0) * along,
                foot.1 + (tip.1 - foot.1) * along,
            );
            canvas.fill(
                turned(ellipse(cx, cy, 0.012, 0.05), (cx, cy), 0.75 + lean),
                hex(0xFBE3B4),
            );
        }
    }
    let basket = both(slab(0.5, base - 0.12, 0.34, 0.17, 0.06), move |p: Point| {
        (p.0 - 0.5).abs() - 0.34 + (p.1 - base + 0.28) * 0.22
    });
    canvas.shade(basket, |p| {
        let weave = ((p.0 * 34.0).sin() * (p.1 * 46.0).sin()).signum();
        mix(
            hex(0xD9A860),
            hex(0xA9743A),
            weave.mul_add(0.3, 0.45) + (p.0 - 0.5) * 0.6,
        )
    });
    canvas.fill(slab(0.5, base - 0.285, 0.355, 0.022, 0.02), hex(0x8B5A2B));
}
