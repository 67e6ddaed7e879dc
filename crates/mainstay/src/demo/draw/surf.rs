//! Pictures of the demo's surf school: the sea at all hours, boards, the beach from above.

use std::f32::consts::{PI, TAU};

use super::canvas::{
    Canvas, Point, Rgb, below, both, circle, ellipse, hex, limb, mix, noise, slab, turned, without,
};

/// Hours of the day: sky above, sky below, sun, far sea, near sea, sand.
pub(super) const HOURS: [[u32; 6]; 5] = [
    [0x8FD3E8, 0xFDF2D8, 0xFFD46B, 0x3FA7B8, 0x0E6E86, 0xF3D9A4],
    [0x2B2D5B, 0xFF8A6B, 0xFFD08A, 0x5B4B8A, 0x2A2754, 0xC98F7A],
    [0xF7B267, 0xFFE8B6, 0xF25C54, 0x4A8FA3, 0x1D5C75, 0xEBC48A],
    [0xBFE3F5, 0xFFFFFF, 0xFFF1B8, 0x5CC6D0, 0x2191A6, 0xF8E6C2],
    [0x0B1D3A, 0x2F5D8C, 0xF2F1DC, 0x1C4A74, 0x0C2A4B, 0x7C8BA0],
];

pub(super) fn sky(canvas: &mut Canvas, number: usize, down_to: f32) -> [Rgb; 6] {
    let colors = HOURS[number % HOURS.len()].map(hex);
    canvas.ground(|p| mix(colors[0], colors[1], p.1 / down_to));
    colors
}

pub(super) fn sun(canvas: &mut Canvas, x: f32, y: f32, size: f32, color: Rgb) {
    canvas.soft(
        circle(x, y, size * 1.1),
        mix(color, hex(0xFFFFFF), 0.3),
        0.55,
        300.0,
    );
    canvas.fill(circle(x, y, size), color);
}

/// Rows of waves before the sun.
pub fn waves(canvas: &mut Canvas, number: usize) {
    let height = canvas.height();
    let colors = sky(canvas, number, 0.6);
    sun(
        canvas,
        0.3 + (number % 3) as f32 * 0.2,
        0.34,
        0.13,
        colors[2],
    );
    for bird in 0..3 {
        let (x, y) = (0.55 + bird as f32 * 0.11, 0.17 + (bird % 2) as f32 * 0.05);
        for side in [-1.0, 1.0] {
            canvas.fill(
                limb((x, y), (x + side * 0.03, y - 0.014), 0.004, 0.002),
                mix(colors[4], hex(0x10101A), 0.4),
            );
        }
    }
    for row in 0..7 {
        let part = row as f32 / 6.0;
        let (base, swing, pace) = (
            0.5 + part * part * 0.62,
            0.012 + part * 0.05,
            13.0 - part * 7.5,
        );
        let phase = row as f32 * 1.9 + number as f32;
        let crest = move |x: f32| {
            let turn = (x * pace + phase).sin();
            base - swing * (1.0 - turn.abs()) * 1.5 - swing * 0.4 * (x * pace * 0.5 + phase).cos()
        };
        let color = mix(colors[3], colors[4], part);
        canvas.soft(
            below(move |x| crest(x) - 0.012),
            mix(color, hex(0x04121C), 0.5),
            0.22,
            40.0,
        );
        canvas.fill(
            below(crest),
            mix(hex(0xFFFFFF), color, 0.25 + 0.35 * (1.0 - part)),
        );
        canvas.shade(below(move |x| crest(x) + 0.007 + part * 0.011), |p| {
            mix(
                mix(color, hex(0xFFFFFF), 0.1),
                color,
                (p.1 - crest(p.0)) * 7.0,
            )
        });
    }
    for drop in 0..60_u32 {
        let (x, y) = (noise(drop, 1), height - noise(drop, 2) * 0.3);
        canvas.glaze(
            circle(x, y, 0.002 + noise(drop, 3) * 0.004),
            hex(0xFFFFFF),
            0.5,
        );
    }
}

/// Boards leaning against a wall.
pub fn boards(canvas: &mut Canvas, number: usize) {
    let height = canvas.height();
    let walls = [0xCFE6E3, 0xF7E3C3, 0xE7D7EA, 0xDCE9F6];
    let wall = hex(walls[number % walls.len()]);
    canvas.ground(|p| {
        mix(
            wall,
            mix(wall, hex(0x6B7F86), 0.25),
            ((p.0 * 9.0).fract() - 0.5).abs().powi(6) * 30.0,
        )
    });
    canvas.shade(slab(0.5, height, 0.8, 0.17, 0.0), |p| {
        mix(hex(0xF5DDB0), hex(0xD9B27A), (p.1 - height + 0.17) * 6.0)
    });
    let sets = [
        [0xF2545B, 0xFFF3E2, 0x19647E],
        [0xFFC857, 0xFFFDF5, 0xE4572E],
        [0x2E86AB, 0xF6F5EE, 0xF5A65B],
        [0x3BB273, 0xFFF9EC, 0x7768AE],
    ];
    for board in 0..4 {
        let x = 0.17 + board as f32 * 0.22;
        let tall = 0.42 + noise(board as u32, number as u32) * 0.08;
        let y = height - 0.1 - tall;
        let colors = sets[(board + number) % sets.len()].map(hex);
        let lean = (noise(board as u32, 7) - 0.5) * 0.1;
        let around = (x, y + tall);
        let shape = turned(ellipse(x, y, 0.083, tall), around, lean);
        canvas.soft(
            turned(ellipse(x + 0.03, y + 0.02, 0.083, tall), around, lean),
            hex(0x24323A),
            0.3,
            34.0,
        );
        canvas.fill(shape, colors[1]);
        canvas.fill(
            both(
                shape,
                turned(
                    slab(x, y - tall * 0.62, 0.2, tall * 0.34, 0.0),
                    around,
                    lean,
                ),
            ),
            colors[0],
        );
        canvas.fill(
            both(
                shape,
                turned(slab(x, y + tall * 0.5, 0.2, tall * 0.1, 0.0), around, lean),
            ),
            colors[2],
        );
        canvas.fill(
            both(shape, turned(slab(x, y, 0.0045, tall, 0.0), around, lean)),
            mix(colors[2], hex(0x2A2A2A), 0.35),
        );
        canvas.fill(
            both(
                shape,
                turned(circle(x, y - tall * 0.08, 0.045), around, lean),
            ),
            colors[2],
        );
        canvas.glaze(
            both(
                shape,
                turned(slab(x - 0.05, y, 0.012, tall * 0.8, 0.01), around, lean),
            ),
            hex(0xFFFFFF),
            0.5,
        );
    }
}

/// Inside a breaking wave.
pub fn barrel(canvas: &mut Canvas, number: usize) {
    let height = canvas.height();
    let colors = sky(canvas, number, 0.8);
    sun(canvas, 0.58, 0.52, 0.075, colors[2]);
    canvas.shade(below(|_| 0.72), |p| {
        mix(colors[3], colors[4], (p.1 - 0.72) * 2.2)
    });
    let (x, y) = (0.56, 0.62);
    let hole = turned(ellipse(x, y, 0.33, 0.27), (x, y), -0.3);
    canvas.shade(without(circle(0.3, 0.68, 0.86), hole), |p| {
        let (dx, dy) = (p.0 - x, p.1 - y);
        let (far, angle) = (dx.hypot(dy * 1.15), dy.atan2(dx));
        let lines = ((angle * 9.0 + far * 26.0).sin() * 0.5 + 0.5).powi(3);
        let water = mix(
            mix(colors[3], hex(0xFFFFFF), 0.12),
            colors[4],
            (far - 0.3) * 1.5,
        );
        mix(water, mix(colors[3], hex(0xFFFFFF), 0.45), lines * 0.42)
    });
    let rim = without(turned(ellipse(x, y, 0.352, 0.29), (x, y), -0.3), hole);
    canvas.fill(rim, mix(hex(0xFFFFFF), colors[3], 0.15));
    for foam in 0..150_u32 {
        let angle = PI * (0.05 + noise(foam, 1) * 1.25);
        let far = 0.34 + noise(foam, 2) * noise(foam, 6) * 0.2;
        let (fx, fy) = (
            x + (angle - 0.3).cos() * far,
            y + (angle - 0.3).sin() * far * 0.86,
        );
        canvas.glaze(
            circle(fx, fy, 0.004 + noise(foam, 3) * 0.018),
            hex(0xFFFFFF),
            0.85,
        );
    }
    let rider = mix(colors[4], hex(0x0A0A12), 0.7);
    let (rx, ry) = (0.66, 0.79);
    canvas.fill(
        turned(ellipse(rx, ry, 0.1, 0.011), (rx, ry), -0.22),
        hex(0xFFF3E0),
    );
    canvas.fill(
        limb(
            (rx - 0.035, ry - 0.01),
            (rx - 0.005, ry - 0.075),
            0.012,
            0.012,
        ),
        rider,
    );
    canvas.fill(
        limb(
            (rx + 0.035, ry - 0.02),
            (rx - 0.005, ry - 0.075),
            0.012,
            0.012,
        ),
        rider,
    );
    canvas.fill(
        limb(
            (rx - 0.005, ry - 0.075),
            (rx + 0.025, ry - 0.145),
            0.016,
            0.014,
        ),
        rider,
    );
    canvas.fill(
        limb(
            (rx + 0.02, ry - 0.135),
            (rx + 0.095, ry - 0.12),
            0.008,
            0.006,
        ),
        rider,
    );
    canvas.fill(
        limb(
            (rx + 0.02, ry - 0.135),
            (rx - 0.055, ry - 0.15),
            0.008,
            0.006,
        ),
        rider,
    );
    canvas.fill(circle(rx + 0.035, ry - 0.178, 0.02), rider);
    canvas.soft(
        below(move |px| height - 0.12 + (px * 6.0).sin() * 0.02),
        hex(0xFFFFFF),
        0.8,
        90.0,
    );
}

/// The beach from above.
pub fn beach(canvas: &mut Canvas, number: usize) {
    let height = canvas.height();
    let colors = HOURS[[0, 2, 3][number % 3]].map(hex);
    let sand = colors[5];
    canvas.ground(|p| {
        mix(
            sand,
            mix(sand, hex(0xFFFFFF), 0.35),
            noise((p.0 * 260.0) as u32, (p.1 * 260.0) as u32) * 0.5,
        )
    });
    let shore = |shift: f32| {
        move |p: Point| {
            let edge = 0.36
                + (p.1 - 0.6) * 0.32
                + (p.1 * 9.0).sin() * 0.03
                + (p.1 * 23.0 + shift * 40.0).sin() * 0.012
                + shift;
            (p.0 - edge) * 0.9
        }
    };
    canvas.soft(shore(0.09), mix(sand, hex(0x7A5A36), 0.55), 0.6, 30.0);
    canvas.fill(shore(0.055), hex(0xFFFFFF));
    canvas.shade(shore(0.03), |p| {
        mix(
            mix(colors[3], hex(0xFFFFFF), 0.45),
            colors[3],
            (0.45 - p.0) * 5.0,
        )
    });
    canvas.soft(shore(-0.07), hex(0xFFFFFF), 0.75, 12.0);
    canvas.shade(shore(-0.1), |p| {
        mix(colors[3], colors[4], (0.3 - p.0 + p.1 * 0.2) * 2.6)
    });
    let sets = [
        [0xF2545B, 0xFFF6E9],
        [0x17808F, 0xFFF6E9],
        [0xFFC857, 0xFFFFFF],
        [0x7768AE, 0xFFF6E9],
    ];
    for (at, (x, y)) in [(0.72, 0.26), (0.9, 0.58), (0.66, 0.8), (0.88, height - 0.2)]
        .into_iter()
        .enumerate()
    {
        let pair = sets[(at + number) % sets.len()].map(hex);
        canvas.soft(
            circle(x + 0.03, y + 0.035, 0.098),
            hex(0x6B4C2A),
            0.45,
            34.0,
        );
        canvas.shade(circle(x, y, 0.098), |p| {
            let slice = ((p.1 - y).atan2(p.0 - x) / TAU * 10.0 + at as f32 * 0.3).rem_euclid(2.0);
            mix(
                if slice < 1.0 { pair[0] } else { pair[1] },
                hex(0x40302A),
                (p.0 - x + p.1 - y) * 0.9,
            )
        });
        canvas.fill(circle(x, y, 0.011), hex(0xFFFFFF));
        let towel = turned(
            slab(x - 0.12, y + 0.1, 0.035, 0.07, 0.006),
            (x - 0.12, y + 0.1),
            0.4,
        );
        canvas.soft(towel, hex(0x6B4C2A), 0.3, 16.0);
        canvas.shade(towel, |p| {
            if ((p.1 - p.0 * 0.4) * 60.0).sin() > 0.0 {
                pair[0]
            } else {
                pair[1]
            }
        });
    }
    for (x, y, turn) in [(0.12, 0.3, 0.5), (0.2, 0.9, -0.4)] {
        let board = turned(ellipse(x, y, 0.018, 0.075), (x, y), turn);
        canvas.soft(board, hex(0x06303C), 0.4, 20.0);
        canvas.fill(board, hex(0xFFFDF4));
        canvas.fill(
            both(board, turned(slab(x, y, 0.004, 0.08, 0.0), (x, y), turn)),
            hex(0xE4572E),
        );
    }
}
