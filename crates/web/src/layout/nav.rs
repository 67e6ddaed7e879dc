//! The entries of the rail and of the phone's bar, and where they lead. The one list of these addresses in this folder.

use askama::filters::HtmlSafe;

use super::Frame;
use crate::components::icon::{Html, icon};

/// Where the account switcher's sets live; `/sets/{id}` is a set's Social Set Manager, `/sets/{id}/select` chooses it.
pub const SETS: &str = "/sets";
/// Where a post is written.
pub const CREATE: &str = "/posts/new";
/// Where *Sign out* posts.
pub const SIGN_OUT: &str = "/sign-out";

/// A page of the rail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// `/`
    Home,
    /// The composer.
    Create,
    /// The calendar.
    Calendar,
    /// The Plan Grid.
    Grid,
    /// Missed posts.
    Missed,
    /// Drafts.
    Drafts,
    /// The Inbox.
    Inbox,
    /// Linked Accounts and a channel's pages.
    Channels,
    /// The forecast of all sign-ins.
    Forecast,
    /// Settings.
    Settings,
    /// Help.
    Help,
    /// None of the rail's.
    Other,
}

/// How the rail is grouped.
pub const MAIN: [Entry; 6] = [
    Entry::Home,
    Entry::Calendar,
    Entry::Grid,
    Entry::Missed,
    Entry::Drafts,
    Entry::Inbox,
];

impl Entry {
    /// Where it leads.
    #[must_use]
    pub const fn href(self) -> &'static str {
        self.row().0
    }

    /// The key of its words.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.row().1
    }

    /// Its icon.
    #[must_use]
    pub fn drawn(self) -> Html {
        icon(self.row().2)
    }

    const fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Home | Self::Other => ("/", "nav-home", "house"),
            Self::Create => (CREATE, "nav-create", "plus"),
            Self::Calendar => ("/calendar", "nav-calendar", "calendar"),
            Self::Grid => ("/grid", "nav-grid", "layout-grid"),
            Self::Missed => ("/missed", "nav-missed", "circle-pause"),
            Self::Drafts => ("/drafts", "nav-drafts", "file-pen-line"),
            Self::Inbox => ("/inbox", "nav-inbox", "inbox"),
            Self::Channels => ("/channels", "nav-linked-accounts", "link-2"),
            Self::Forecast => ("/forecast", "nav-forecast", "chart-gantt"),
            Self::Settings => ("/settings", "nav-settings", "settings"),
            Self::Help => ("/help", "nav-help", "circle-help"),
        }
    }
}

/// A social set in the account switcher.
#[derive(Clone, Debug, Default)]
pub struct SwitcherEntry {
    /// The set's id, as addresses have it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is the chosen one.
    pub selected: bool,
    /// How many of its channels need a person.
    pub attention: usize,
}

impl SwitcherEntry {
    /// Posting here chooses the set.
    #[must_use]
    pub fn select_href(&self) -> String {
        format!("{SETS}/{}/select", self.id)
    }
}

/// How much needs a person, for each entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NavCounts {
    /// Posts that wait for the person.
    pub missed: usize,
    /// Drafts.
    pub drafts: usize,
    /// Notices that nobody has seen.
    pub inbox: usize,
    /// Channels that need a person.
    pub channels: usize,
}

impl NavCounts {
    /// The number on an entry; 0 shows none.
    #[must_use]
    pub const fn of(&self, entry: Entry) -> usize {
        match entry {
            Entry::Missed => self.missed,
            Entry::Drafts => self.drafts,
            Entry::Inbox => self.inbox,
            Entry::Channels => self.channels,
            _ => 0,
        }
    }

    /// Whether the number asks for a person rather than only counting.
    #[must_use]
    pub const fn alerts(entry: Entry) -> bool {
        matches!(entry, Entry::Missed | Entry::Channels)
    }
}

/// ` aria-current="page"` on the entry that is shown.
pub(super) fn current_mark(current: bool) -> Html {
    if current {
        Html::from_template(&CurrentMark)
    } else {
        Html::default()
    }
}

#[derive(askama::Template)]
#[template(source = r#" aria-current="page""#, ext = "html")]
struct CurrentMark;

/// The entries as the templates walk them.
impl Frame {
    /// The entries of the upper group.
    #[must_use]
    pub fn main_entries(&self) -> [Entry; 6] {
        MAIN
    }

    /// The number on an entry.
    #[must_use]
    pub fn count(&self, entry: &Entry) -> Badge {
        Badge {
            n: self.counts.of(*entry),
            alert: NavCounts::alerts(*entry),
            words: self.text.t1("count-waiting", "n", self.counts.of(*entry)),
        }
    }
}

/// The number on an entry.
#[derive(askama::Template)]
#[template(
    source = r#"{% if n > 0 %}<span class="count{% if alert %} alert{% endif %}"><span aria-hidden="true">{% if n > 99 %}99+{% else %}{{ n }}{% endif %}</span><span class="sr"> ({{ words }})</span></span>{% endif %}"#,
    ext = "html"
)]
pub struct Badge {
    n: usize,
    alert: bool,
    words: String,
}

impl HtmlSafe for Badge {}
