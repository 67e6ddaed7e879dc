//! The register of statements: every SQL text of the product, by name. One test prepares all of them
//! on both migrated schemas. A new aggregate file adds its line to [`all`]; a test looks for it.

/// One statement: one text for both engines, or rarely a pair.
///
/// Parameters are `$1 $2 …`. Rules of the shared text: integers are `bigint` (so literals in a
/// `select` list and sums are cast: `cast(sum(x) as bigint)`); never cast to `uuid` (SQLite would
/// turn the bytes into a number); no `now()`, no JSON and no date functions.
#[derive(Debug)]
pub struct Statement {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

impl Statement {
    /// A statement whose text runs on both engines.
    #[must_use]
    pub const fn both(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            sqlite: text,
            postgres: text,
        }
    }

    /// A statement that must differ; the macro asks for the reason.
    #[must_use]
    pub const fn pair(name: &'static str, sqlite: &'static str, postgres: &'static str) -> Self {
        Self {
            name,
            sqlite,
            postgres,
        }
    }

    /// Where it is defined: module and constant.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The text for SQLite.
    #[must_use]
    pub const fn sqlite(&self) -> &'static str {
        self.sqlite
    }

    /// The text for PostgreSQL.
    #[must_use]
    pub const fn postgres(&self) -> &'static str {
        self.postgres
    }

    /// Whether the two texts differ.
    #[must_use]
    pub fn is_pair(&self) -> bool {
        self.sqlite != self.postgres
    }
}

/// Defines the statements of one file, and the list `STATEMENTS` of them for the register:
///
/// ```ignore
/// statements! {
///     /// What it is for.
///     DUE = "select id from thing where act_at_ms <= $1";
///     /// What it is for.
///     CLAIM = { sqlite: "…", postgres: "… for update skip locked …", why: "row locks" };
/// }
/// ```
macro_rules! statements {
    ($($(#[$meta:meta])* $NAME:ident = $text:tt;)+) => {
        $(
            $(#[$meta])*
            pub(crate) const $NAME: $crate::Statement =
                $crate::sql::statements!(@one concat!(module_path!(), "::", stringify!($NAME)), $text);
        )+
        /// Every statement of this file, for the register.
        pub(crate) const STATEMENTS: &[&$crate::Statement] = &[$(&$NAME),+];
    };
    (@one $name:expr, { sqlite: $sqlite:expr, postgres: $postgres:expr, why: $why:literal $(,)? }) => {
        $crate::Statement::pair($name, $sqlite, $postgres)
    };
    (@one $name:expr, $text:expr) => {
        $crate::Statement::both($name, $text)
    };
}
pub(crate) use statements;

/// Every statement of the product. One line an aggregate file.
#[must_use]
pub fn all() -> Vec<&'static Statement> {
    [
        crate::migrate::STATEMENTS,
        crate::installation::STATEMENTS,
        crate::nodes::STATEMENTS,
        crate::reseal::STATEMENTS,
        crate::happened::STATEMENTS,
        crate::answers::STATEMENTS,
        crate::apps::STATEMENTS,
        crate::breakers::STATEMENTS,
        crate::app_care::STATEMENTS,
        crate::channel_events::STATEMENTS,
        crate::channel_grants::STATEMENTS,
        crate::channel_posts::STATEMENTS,
        crate::channels::STATEMENTS,
        crate::connect_sessions::STATEMENTS,
        crate::deliveries::STATEMENTS,
        crate::delivery_of_channel::STATEMENTS,
        crate::delivery_events::STATEMENTS,
        crate::grants::STATEMENTS,
        crate::ledger::STATEMENTS,
        crate::notices::STATEMENTS,
        crate::remote_posts::STATEMENTS,
        crate::renewals::STATEMENTS,
        crate::posts::STATEMENTS,
        crate::promises::STATEMENTS,
        crate::calendar::STATEMENTS,
        crate::drafts::STATEMENTS,
        crate::fire_drill::STATEMENTS,
        crate::forecast::STATEMENTS,
        crate::grid::STATEMENTS,
        crate::history::STATEMENTS,
        crate::missed::STATEMENTS,
        crate::spares::STATEMENTS,
        crate::standings::STATEMENTS,
        crate::media::STATEMENTS,
        crate::holds::STATEMENTS,
        crate::audit::STATEMENTS,
        crate::idempotency::STATEMENTS,
        crate::api_keys::STATEMENTS,
        crate::codes::STATEMENTS,
        crate::counts::STATEMENTS,
        crate::sessions::STATEMENTS,
        crate::sets::STATEMENTS,
        crate::people::STATEMENTS,
        crate::workspaces::STATEMENTS,
    ]
    .concat()
}
