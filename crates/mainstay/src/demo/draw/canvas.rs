//! A canvas for flat pictures: shapes are signed distances, so that every edge is smooth and every
//! shadow is soft. Not here: what is drawn.

/// A colour, each part from 0 to 1.
pub type Rgb = [f32; 3];
/// Where something is: x from 0 to 1, y from 0 to [`Canvas::height`].
pub type Point = (f32, f32);

/// `0xRRGGBB` as a colour.
#[must_use]
pub fn hex(code: u32) -> Rgb {
    [16, 8, 0].map(|shift| ((code >> shift) & 0xff) as f32 / 255.0)
}

/// Part of the way from one colour to the other.
#[must_use]
pub fn mix(from: Rgb, to: Rgb, part: f32) -> Rgb {
    let part = part.clamp(0.0, 1.0);
    [0, 1, 2].map(|at| from[at] + (to[at] - from[at]) * part)
}

/// Distance to a circle.
pub fn circle(x: f32, y: f32, radius: f32) -> impl Fn(Point) -> f32 + Copy {
    move |p| (p.0 - x).hypot(p.1 - y) - radius
}

/// Distance to an upright ellipse, near enough for edges.
pub fn ellipse(x: f32, y: f32, rx: f32, ry: f32) -> impl Fn(Point) -> f32 + Copy {
    move |p| {
        let (dx, dy) = ((p.0 - x) / rx, (p.1 - y) / ry);
        let length = dx.hypot(dy);
        let slope = (dx / rx).hypot(dy / ry).max(1e-6);
        (length - 1.0) * length / slope
    }
}

/// Distance to a box with round corners; the middle and half the sizes.
pub fn slab(x: f32, y: f32, half_w: f32, half_h: f32, round: f32) -> impl Fn(Point) -> f32 + Copy {
    move |p| {
        let (dx, dy) = (
            (p.0 - x).abs() - half_w + round,
            (p.1 - y).abs() - half_h + round,
        );
        dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - round
    }
}

/// Distance to a thick line with round ends, whose radius changes from one end to the other.
pub fn limb(a: Point, b: Point, from: f32, to: f32) -> impl Fn(Point) -> f32 + Copy {
    move |p| {
        let (px, py, bx, by) = (p.0 - a.0, p.1 - a.1, b.0 - a.0, b.1 - a.1);
        let along = ((px * bx + py * by) / (bx * bx + by * by).max(1e-9)).clamp(0.0, 1.0);
        (px - bx * along).hypot(py - by * along) - (from + (to - from) * along)
    }
}

/// Everything below a curve.
pub fn below(curve: impl Fn(f32) -> f32 + Copy) -> impl Fn(Point) -> f32 + Copy {
    move |p| curve(p.0) - p.1
}

/// The same shape turned around a point, in radians.
pub fn turned(
    shape: impl Fn(Point) -> f32 + Copy,
    around: Point,
    angle: f32,
) -> impl Fn(Point) -> f32 + Copy {
    let (sin, cos) = angle.sin_cos();
    move |p| {
        let (dx, dy) = (p.0 - around.0, p.1 - around.1);
        shape((
            around.0 + dx * cos + dy * sin,
            around.1 - dx * sin + dy * cos,
        ))
    }
}

/// Both together.
pub fn either(
    one: impl Fn(Point) -> f32 + Copy,
    other: impl Fn(Point) -> f32 + Copy,
) -> impl Fn(Point) -> f32 + Copy {
    move |p| one(p).min(other(p))
}

/// Only where both are.
pub fn both(
    one: impl Fn(Point) -> f32 + Copy,
    other: impl Fn(Point) -> f32 + Copy,
) -> impl Fn(Point) -> f32 + Copy {
    move |p| one(p).max(other(p))
}

/// The first without the second.
pub fn without(
    one: impl Fn(Point) -> f32 + Copy,
    other: impl Fn(Point) -> f32 + Copy,
) -> impl Fn(Point) -> f32 + Copy {
    move |p| one(p).max(-other(p))
}

/// What is drawn on.
pub struct Canvas {
    width: u32,
    height: u32,
    pixels: Vec<Rgb>,
}

impl Canvas {
    /// An empty canvas, so many pixels wide and high.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            pixels: vec![[0.0; 3]; (width * height) as usize],
        }
    }

    /// The height in widths.
    #[must_use]
    pub fn height(&self) -> f32 {
        self.height as f32 / self.width as f32
    }

    /// Colours everything.
    pub fn ground(&mut self, color: impl Fn(Point) -> Rgb) {
        let width = self.width as f32;
        for (at, pixel) in self.pixels.iter_mut().enumerate() {
            let (x, y) = (at as u32 % self.width, at as u32 / self.width);
            *pixel = color(((x as f32 + 0.5) / width, (y as f32 + 0.5) / width));
        }
    }

    /// Fills a shape with one colour.
    pub fn fill(&mut self, shape: impl Fn(Point) -> f32, color: Rgb) {
        self.paint(shape, 1.0, 1.0, |_| color);
    }

    /// Fills a shape with changing colours.
    pub fn shade(&mut self, shape: impl Fn(Point) -> f32, color: impl Fn(Point) -> Rgb) {
        self.paint(shape, 1.0, 1.0, color);
    }

    /// Fills a shape, seen through.
    pub fn glaze(&mut self, shape: impl Fn(Point) -> f32, color: Rgb, strength: f32) {
        self.paint(shape, strength, 1.0, |_| color);
    }

    /// A soft shape: a shadow or a glow, whose edge is so many pixels of a 1000 pixels' width.
    pub fn soft(&mut self, shape: impl Fn(Point) -> f32, color: Rgb, strength: f32, edge: f32) {
        self.paint(shape, strength, edge * self.width as f32 / 1000.0, |_| {
            color
        });
    }

    /// Rows are skipped in blocks where the shape is far: a distance says how far.
    fn paint(
        &mut self,
        shape: impl Fn(Point) -> f32,
        strength: f32,
        edge: f32,
        color: impl Fn(Point) -> Rgb,
    ) {
        const BLOCK: u32 = 16;
        let width = self.width as f32;
        let far = (BLOCK as f32 * 0.75 + edge) / width * 1.6;
        for block_y in (0..self.height).step_by(BLOCK as usize) {
            for block_x in (0..self.width).step_by(BLOCK as usize) {
                let middle = (
                    (block_x + BLOCK / 2) as f32 / width,
                    (block_y + BLOCK / 2) as f32 / width,
                );
                if shape(middle) > far {
                    continue;
                }
                for y in block_y..(block_y + BLOCK).min(self.height) {
                    for x in block_x..(block_x + BLOCK).min(self.width) {
                        let p = ((x as f32 + 0.5) / width, (y as f32 + 0.5) / width);
                        let cover = (0.5 - shape(p) * width / edge).clamp(0.0, 1.0);
                        if cover > 0.0 {
                            // Smooth, so that wide edges have no visible begin and end.
                            let cover = cover * cover * (3.0 - 2.0 * cover) * strength;
                            let pixel = &mut self.pixels[(y * self.width + x) as usize];
                            *pixel = mix(*pixel, color(p), cover);
                        }
                    }
                }
            }
        }
    }

    /// A little grain and a darker rim, which make flat colours look printed.
    pub fn finish(&mut self) {
        let (width, height) = (self.width as f32, self.height as f32);
        for (at, pixel) in self.pixels.iter_mut().enumerate() {
            let (x, y) = (at as u32 % self.width, at as u32 / self.width);
            let grain = (noise(x, y) - 0.5) * 0.022;
            let (dx, dy) = (x as f32 / width - 0.5, y as f32 / height - 0.5);
            let rim = 1.0 - 0.22 * (dx * dx + dy * dy);
            *pixel = pixel.map(|part| (part * rim + grain).clamp(0.0, 1.0));
        }
    }

    /// As bytes, three a pixel.
    #[must_use]
    pub fn into_rgb(self) -> image::RgbImage {
        let bytes = self
            .pixels
            .iter()
            .flatten()
            .map(|part| (part * 255.0 + 0.5) as u8)
            .collect();
        image::RgbImage::from_raw(self.width, self.height, bytes).unwrap_or_default()
    }
}

/// A number from 0 to 1 that looks like chance and is the same every time.
#[must_use]
pub fn noise(x: u32, y: u32) -> f32 {
    let mut n = x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77);
    n ^= n >> 15;
    n = n.wrapping_mul(0x2C1B_3C6D);
    n ^= n >> 12;
    n = n.wrapping_mul(0x297A_2D39);
    n ^= n >> 15;
    (n & 0xffff) as f32 / 65_535.0
}
