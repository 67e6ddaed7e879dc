//! `mainstay demo`: Mainstay on SQLite and the simulator in one process, furnished by real means. The
//! product is the same as in `serve`; only the hosts of its platforms, its clock and its bar differ.

mod bar;
mod content;
mod draw;
mod furnish;
mod house;
mod plan;
mod platforms;
mod steps;
mod story;
mod world;

use std::net::TcpListener;

use domain::ids::{Id as _, PersonId, SessionId};
use domain::schedule::plus_ms;
use secrecy::ExposeSecret as _;
use storage::codes::Purpose;
use storage::sessions::{self, Session};
use storage::{Conn, Mode, people};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use web::Web;
use web::access::session::{ABSOLUTE_MS, living};
use web::actions::sign_in;

use crate::assemble::{Assembly, Door, Stage};
use crate::trouble::{Result, Trouble};
use crate::{cli, commands, open, say};
use bar::Bar;
use house::House;
use steps::Steps;
use world::World;

/// How a run of the demo ended.
enum End {
    /// Somebody stopped it.
    Stopped,
    /// It is to be furnished anew; these cookies stay signed in.
    Anew(Vec<[u8; 32]>),
}

/// Runs the demo until it is stopped.
///
/// # Errors
/// What stood in the way.
pub async fn run(how: cli::Demo) -> Result<()> {
    let ended = commands::ended()?;
    let house = House::enter(&how)?;
    say::line(format_args!(
        "Mainstay's demo. Nothing leaves this machine. Data: {}",
        house.data.display()
    ));
    let mut carried = Vec::new();
    loop {
        match once(&house, &ended, &carried).await? {
            End::Stopped => break,
            End::Anew(cookies) => {
                say::line("Furnishing the demo anew.");
                house.clear()?;
                carried = cookies;
            }
        }
    }
    say::line("Stopped. Start it again with the same command; the data is kept.");
    Ok(())
}

async fn once(house: &House, ended: &CancellationToken, carried: &[[u8; 32]]) -> Result<End> {
    let settings = house.settings()?;
    let chance = open::chance()?;
    let system = domain::clock::Clocks::system();
    let mut steps = Steps::new(system.boot.clone());
    let opened =
        open::installation(&settings, Mode::Threads, system.security.as_ref(), &chance).await?;
    let world = World::open(&house.data, &house.simulator_origin(), &opened.store).await?;
    let simulator_stop = CancellationToken::new();
    let simulator = serve_simulator(
        &world,
        house.simulator_door.try_clone(),
        simulator_stop.clone(),
    )?;
    let assembly = Assembly::new(&settings, &opened, world.clocks.clone(), chance).await?;
    let redirect_uri = crate::apps::redirect_uri(&settings);
    platforms::allow(&world.simulator, &redirect_uri);
    let cx = assembly.cx.clone();
    let anew = CancellationToken::new();
    let (stage, seen) = watch::channel(Stage::Furnishing);
    let bar = Bar::new(world.clone(), cx.clone(), anew.clone(), stage.clone());
    let door = assembly
        .open_door(
            &settings,
            listener(house.door.try_clone())?,
            Some(bar),
            Some(seen),
        )
        .await?;
    steps.done("Open the database and start the simulator");
    let person = if house.is_furnished() {
        visitor(&door.web).await?
    } else {
        let person = furnish::furnish(&world, &cx, &door.web, &redirect_uri, &mut steps).await?;
        world.keep().await;
        house.is_furnished_now()?;
        person
    };
    keep_signed_in(&door.web, person, carried).await?;
    stage.send_replace(Stage::Open);
    let keeping = tokio::spawn(
        world
            .clone()
            .keep_up(simulator_stop.clone(), cx.timer.clone()),
    );
    told(&door, house, person, &steps).await?;
    let mut served = door.run();
    let fell = tokio::select! {
        biased;
        () = ended.cancelled() => None,
        () = anew.cancelled() => None,
        trouble = served.door_fell() => Some(trouble),
    };
    let cookies = if anew.is_cancelled() {
        cookies(&served.door.web, person).await?
    } else {
        Vec::new()
    };
    served.stop().await;
    simulator_stop.cancel();
    let _ = tokio::join!(simulator, keeping);
    opened.close().await?;
    match fell {
        Some(trouble) => Err(trouble),
        None if ended.is_cancelled() => Ok(End::Stopped),
        None => Ok(End::Anew(cookies)),
    }
}

fn listener(listener: std::io::Result<TcpListener>) -> Result<tokio::net::TcpListener> {
    let ready = listener.and_then(|listener| {
        listener.set_nonblocking(true)?;
        tokio::net::TcpListener::from_std(listener)
    });
    ready.map_err(|error| Trouble::plain(format!("the port cannot be listened on: {error}")))
}

fn serve_simulator(
    world: &World,
    door: std::io::Result<TcpListener>,
    stop: CancellationToken,
) -> Result<tokio::task::JoinHandle<()>> {
    let door = listener(door)?;
    Ok(tokio::spawn(simulator::serve(
        world.simulator.clone(),
        door,
        async move { stop.cancelled().await },
    )))
}

async fn visitor(web: &Web) -> Result<PersonId> {
    let found = web
        .store
        .read("demo.visitor", |conn| people::by_mail(conn, content::MAIL))
        .await?;
    found.map(|person| person.id).ok_or_else(|| {
        Trouble::new(
            "the demo's visitor is gone",
            "delete the demo's data folder",
        )
    })
}

/// The address that opens signed in, once.
async fn told(door: &Door, house: &House, person: PersonId, steps: &Steps) -> Result<()> {
    let code = sign_in::link_code(&door.web, person, Purpose::Demo).await;
    let code = code.map_err(|_| Trouble::plain("the link could not be stored"))?;
    let link = door.web.public(web::urls::Enter {
        code: code.expose_secret().to_owned(),
    });
    say::line(format_args!(
        "\nReady after {}. Open this address; it signs you in, once:\n\n  {link}\n",
        steps.whole()
    ));
    say::line(format_args!(
        "The simulated platforms and their switches: {}/control",
        house.simulator_origin()
    ));
    say::line("Stop with Ctrl-C.");
    Ok(())
}

async fn cookies(web: &Web, person: PersonId) -> Result<Vec<[u8; 32]>> {
    let living = living(web.security_now());
    Ok(web
        .store
        .read("demo.cookies", move |conn| {
            sessions::tokens(conn, person, living)
        })
        .await?)
}

/// Cookies of before a reset open the same person's pages after it.
async fn keep_signed_in(web: &Web, person: PersonId, cookies: &[[u8; 32]]) -> Result<()> {
    let now = web.security_now();
    let made: Vec<(Session, [u8; 32])> = cookies
        .iter()
        .map(|cookie| {
            let session = Session {
                id: SessionId::new(now, &*web.chance),
                person,
                workspace: None,
                set: None,
                created_at: now,
                seen_at: now,
                ends_at: plus_ms(now, ABSOLUTE_MS),
                client: "the browser of before the reset".to_owned(),
            };
            (session, *cookie)
        })
        .collect();
    if made.is_empty() {
        return Ok(());
    }
    web.tell_story(vec!["Everything is as at the beginning.".to_owned()]);
    let write = move |conn: &mut Conn<'_>| {
        made.iter()
            .try_for_each(|(session, cookie)| sessions::create(conn, session, cookie))
    };
    Ok(web.store.write("demo.keep_signed_in", write).await?)
}
