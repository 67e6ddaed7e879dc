//! Settings: one page a part, with tabs between them.

pub mod answers;
pub mod app;
pub mod app_set_up;
pub mod app_test;
pub mod apps;
pub mod audit_log;
pub mod holds;
pub mod keys;
pub mod members;
pub mod sets;
pub mod workspace;

use domain::member::Action;

use crate::access::Guard;
use crate::components::{Tab, Tabs};
use crate::text::Text;
use crate::urls;

/// The parts of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Workspace,
    Sets,
    Members,
    Apps,
    Holds,
    Keys,
    AuditLog,
    Answers,
    Sessions,
}

/// The tabs, without those that the member may not open.
pub(super) fn tabs(guard: &Guard, text: &Text, current: Part) -> Tabs {
    let all = [
        (
            Part::Workspace,
            text.t("settings-workspace"),
            urls::Settings::PATH,
            true,
        ),
        (
            Part::Sets,
            text.t("settings-sets"),
            urls::SetSettings::PATH,
            true,
        ),
        (
            Part::Members,
            text.t("settings-members"),
            urls::Members::PATH,
            true,
        ),
        (Part::Apps, text.t("settings-apps"), urls::Apps::PATH, true),
        (
            Part::Holds,
            text.t("settings-holds"),
            urls::Holds::PATH,
            true,
        ),
        (
            Part::Keys,
            text.t("settings-keys"),
            urls::Keys::PATH,
            guard.may(Action::Administer, None),
        ),
        (
            Part::AuditLog,
            text.t("settings-audit-log"),
            urls::AuditLog::PATH,
            guard.may(Action::Administer, None),
        ),
        (
            Part::Answers,
            text.t("settings-answers"),
            urls::UnmappedAnswers::PATH,
            guard.may(Action::Administer, None),
        ),
        (
            Part::Sessions,
            text.t("settings-sessions"),
            urls::Sessions::PATH,
            true,
        ),
    ];
    let tabs = all
        .into_iter()
        .filter(|tab| tab.3)
        .map(|(part, label, href, _)| Tab::new(label, href, part == current))
        .collect();
    Tabs {
        label: text.t("nav-settings"),
        tabs,
        joined: false,
    }
}
