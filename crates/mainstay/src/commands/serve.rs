//! `mainstay serve`: opens the installation, serves until it is told to stop, and stops gracefully.

use domain::clock::{Clock as _, Clocks};
use secrecy::ExposeSecret as _;
use storage::Mode;
use tokio::net::TcpListener;
use web::actions::sign_in;

use crate::apps::{Apps, Replaced};
use crate::assemble::Assembly;
use crate::cli::Serve;
use crate::settings::Settings;
use crate::trouble::{Result, Trouble};
use crate::{open, say};

/// Serves.
///
/// # Errors
/// What stood in the way of the start, or that a stop took too long.
pub async fn run(settings: &Settings, how: &Serve) -> Result<()> {
    let ended = super::ended()?;
    let (clocks, chance) = (Clocks::system(), open::chance()?);
    // First, so that a port that is taken is told before anything is touched.
    let listener = listen(settings).await?;
    let opened =
        open::installation(settings, Mode::Threads, clocks.security.as_ref(), &chance).await?;
    if opened.migrated > 0 && !opened.first {
        tracing::info!(count = opened.migrated, "migrations were run");
    }
    if !how.replace_clients {
        let apps = Apps {
            store: &opened.store,
            vault: &opened.vault,
            chance: &chance,
            now: clocks.product.now(),
        };
        ask(&apps.would_replace(settings).await?)?;
    }
    let assembly = Assembly::new(settings, &opened, clocks, chance).await?;
    let mut served = assembly
        .open_door(settings, listener, None, None)
        .await?
        .run();
    let address = settings.public_url.as_str().trim_end_matches('/');
    say::line(format_args!("Mainstay is ready: {address}"));
    let code = sign_in::first_start_code(&served.door.web).await;
    match code {
        Ok(Some(code)) => say::line(format_args!(
            "Nobody has an account yet. Open {address}{} and give this code, which works once: {}",
            web::urls::FirstStart,
            code.expose_secret()
        )),
        Ok(None) => {}
        Err(_) => {
            return Err(Trouble::plain(
                "the code for the first start could not be stored",
            ));
        }
    }
    tracing::info!(listen = %served.door.address, "serving");
    let fell = tokio::select! {
        biased;
        () = ended.cancelled() => None,
        trouble = served.door_fell() => Some(trouble),
    };
    say::line("Stopping: what is under way is finished.");
    let finished = served.stop().await;
    opened.close().await?;
    match (fell, finished) {
        (Some(trouble), _) => Err(trouble),
        (None, true) => {
            say::line("Stopped.");
            Ok(())
        }
        (None, false) => Err(Trouble::new(
            "some work did not finish in time; it is settled at the next start",
            "give it longer with server.stop_seconds",
        )),
    }
}

/// Sign-ins that live through a client that these settings no longer name are listed before anything is changed.
fn ask(replaced: &[Replaced]) -> Result<()> {
    if replaced.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = replaced.iter().map(Replaced::say).collect();
    Err(Trouble::new(
        format!(
            "the settings name another client id or public address than the one that sign-ins live through; nothing was changed\n{}",
            lines.join("\n")
        ),
        "put the former one back, or start once with `mainstay serve --replace-clients`: no sign-in is ended by that, new ones go through the new client",
    ))
}

async fn listen(settings: &Settings) -> Result<TcpListener> {
    TcpListener::bind(settings.listen).await.map_err(|error| {
        Trouble::new(
            format!("{} cannot be listened on: {error}", settings.listen),
            "stop what uses it, or set server.listen",
        )
    })
}

#[cfg(test)]
mod tests {
    use domain::platform::{LoginFlow, Platform};

    use super::*;

    #[test]
    fn only_what_would_be_put_aside_stops_a_start_and_the_way_on_is_said() {
        assert!(ask(&[]).is_ok());
        let replaced = Replaced {
            platform: Platform::Bluesky,
            flow: LoginFlow::Bluesky,
            old: "https://one.example/client".to_owned(),
            new: "https://two.example/client".to_owned(),
            logins: Vec::new(),
        };
        let asked = ask(&[replaced]).expect_err("it asks").to_string();
        assert!(
            asked.contains("nothing was changed")
                && asked.contains("https://one.example/client")
                && asked.contains("--replace-clients"),
            "{asked}"
        );
    }
}
