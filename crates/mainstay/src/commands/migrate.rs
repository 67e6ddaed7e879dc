//! `mainstay migrate`: brings the database to this program's schema, so that the next start need not.

use domain::clock::Clocks;
use storage::{Mode, Store};

use crate::settings::Settings;
use crate::trouble::Result;
use crate::{open, say};

/// Runs the migrations that are missing.
///
/// # Errors
/// When another process serves the database, or it is newer, or the keys are not its own.
pub async fn run(settings: &Settings) -> Result<()> {
    let (clocks, chance) = (Clocks::system(), open::chance()?);
    let opened =
        open::installation(settings, Mode::Inline, clocks.security.as_ref(), &chance).await?;
    let number = Store::program_schema_number();
    match opened.migrated {
        0 => say::line(format_args!("Nothing to do: the schema is {number}.")),
        count => say::line(format_args!(
            "{count} migrations were run: the schema is {number}."
        )),
    }
    opened.close().await
}
