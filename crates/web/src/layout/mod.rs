//! The frame around pages: what every page shows whoever wrote it. A page's struct has a field `frame: Frame` (or
//! `plain: Plain` before sign-in) and its template extends `layout/app.html` (or `layout/plain.html`).
//! Nothing is read here; the session layer fills a frame once for each request.

pub mod banner;
pub mod demo_bar;
pub mod nav;

pub use banner::{Banner, Flash};
pub use demo_bar::DemoBar;
pub use nav::{Entry, NavCounts, SwitcherEntry};

use crate::components::icon::Html;
use crate::text::Text;

/// What a signed-in page stands in.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Words of the request's language.
    pub text: Text,
    /// The entry of the rail that is marked.
    pub current: Entry,
    /// The workspace's name.
    pub workspace: String,
    /// The member's name.
    pub member: String,
    /// What the account switcher offers.
    pub sets: Vec<SwitcherEntry>,
    /// Numbers on the entries that need a person.
    pub counts: NavCounts,
    /// The worst trouble, if there is any.
    pub banner: Option<Banner>,
    /// What just happened.
    pub flashes: Vec<Flash>,
    /// Only in the demo.
    pub demo: Option<DemoBar>,
}

impl Frame {
    /// A frame with nothing in it but words; the session layer fills the rest.
    #[must_use]
    pub fn new(text: &Text, current: Entry) -> Self {
        Self {
            text: text.clone(),
            current,
            workspace: String::new(),
            member: String::new(),
            sets: Vec::new(),
            counts: NavCounts::default(),
            banner: None,
            flashes: Vec::new(),
            demo: None,
        }
    }

    /// The same frame with another message.
    #[must_use]
    pub fn with_flash(mut self, flash: Flash) -> Self {
        self.flashes.push(flash);
        self
    }

    /// The chosen social set's name, or the workspace's where there is none yet.
    #[must_use]
    pub fn set_name(&self) -> &str {
        self.sets
            .iter()
            .find(|set| set.selected)
            .map_or(self.workspace.as_str(), |set| set.name.as_str())
    }

    /// The page of the chosen set's connections; without a set the list of all.
    #[must_use]
    pub fn connections_href(&self) -> String {
        self.sets.iter().find(|set| set.selected).map_or_else(
            || nav::SETS.to_owned(),
            |set| format!("{}/{}", nav::SETS, set.id),
        )
    }

    /// Whether a set that is not the chosen one needs a person.
    #[must_use]
    pub fn elsewhere(&self) -> bool {
        self.sets
            .iter()
            .any(|set| !set.selected && set.attention > 0)
    }

    /// The chosen set's letters.
    #[must_use]
    pub fn set_initials(&self) -> String {
        crate::components::life_ring::initials(self.set_name())
    }

    /// Marks the entry that is shown.
    #[must_use]
    pub fn aria(&self, entry: &Entry) -> Html {
        nav::current_mark(self.current == *entry)
    }

    /// One filled with everything.
    #[must_use]
    pub fn sample(text: &Text) -> Self {
        let set = |id: &str, name: &str, selected, attention| SwitcherEntry {
            id: id.to_owned(),
            name: name.to_owned(),
            selected,
            attention,
        };
        Self {
            text: text.clone(),
            current: Entry::Calendar,
            workspace: "Studio Nord".to_owned(),
            member: "Mara Lind".to_owned(),
            sets: vec![
                set("1", "Lumen Coffee", true, 1),
                set("2", "Harbour Yoga and Wellbeing Collective", false, 2),
                set("3", "مقهى النخيل", false, 0),
            ],
            counts: NavCounts {
                missed: 3,
                drafts: 2,
                inbox: 4,
                channels: 2,
            },
            banner: Some(Banner::sample(text)),
            flashes: vec![Flash::done("Saved. It goes out on Tuesday at 09:00.")],
            demo: Some(DemoBar::sample()),
        }
    }
}

/// What a page outside the frame stands in: sign-in, first start, steps of a consent, errors.
#[derive(Clone, Debug)]
pub struct Plain {
    /// Words of the request's language.
    pub text: Text,
    /// What just happened.
    pub flashes: Vec<Flash>,
    /// Only in the demo.
    pub demo: Option<DemoBar>,
    /// Whether the page needs more room than a form.
    pub wide: bool,
}

impl Plain {
    /// A narrow page.
    #[must_use]
    pub fn new(text: &Text) -> Self {
        Self {
            text: text.clone(),
            flashes: Vec::new(),
            demo: None,
            wide: false,
        }
    }
}

#[cfg(test)]
mod tests;
