//! The bar that the demo always shows: it says that nothing leaves the machine, and moves the simulated world.

/// What the bar shows.
#[derive(Clone, Debug, Default)]
pub struct DemoBar {
    /// The simulated time, ready to read.
    pub now: String,
    /// What happened through the last button, line by line.
    pub story: Vec<String>,
    /// Whether the platform is down at the moment; the button then brings it back.
    pub down: bool,
}

/// Where each button posts, the key of its words, its icon.
pub const BUTTONS: [(&str, &str, &str); 5] = [
    ("/demo/break-login", "demo-break", "plug-zap"),
    ("/demo/next-post", "demo-next", "skip-forward"),
    ("/demo/jump-14-days", "demo-jump", "fast-forward"),
    ("/demo/platform-down", "demo-down", "cloud"),
    ("/demo/reset", "demo-reset", "rotate-ccw"),
];

impl DemoBar {
    /// The words of a button: *Platform down* becomes *Platform up* while it is down.
    #[must_use]
    pub fn key(&self, key: &'static str) -> &'static str {
        if self.down && key == "demo-down" {
            "demo-up"
        } else {
            key
        }
    }

    /// One.
    #[must_use]
    pub fn sample() -> Self {
        Self {
            now: "Tue 24 Nov, 08:58".to_owned(),
            story: Vec::new(),
            down: false,
        }
    }
}
