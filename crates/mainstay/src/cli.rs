//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// A social media planner whose logins stay alive.
#[derive(Parser)]
#[command(name = "mainstay", version, about, max_term_width = 100)]
pub struct Cli {
    /// The settings file; without it mainstay.toml in this folder, if it is there.
    #[arg(long, global = true, env = "MAINSTAY_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Subcommand)]
pub enum Command {
    /// Serve: pages, API, and everything that keeps running.
    Serve(Serve),
    /// A furnished workspace with simulated platforms; nothing leaves this machine.
    Demo(Demo),
    /// Only the simulated platforms, to try any OAuth client against them.
    Simulator(Simulator),
    /// Rehearse: the real engine against the simulated platforms, with every kind of trouble, on virtual time.
    Simulate(Simulate),
    /// Bring the database to this program's schema, and stop.
    Migrate,
    /// The keys with which logins are sealed.
    #[command(subcommand)]
    Keys(Keys),
}

/// How the program serves.
#[derive(Args)]
pub struct Serve {
    /// Start although the settings name another client id or public address than the one that sign-ins live through.
    /// Nothing is ended by it: the app before stays beside the new one, for those.
    #[arg(long)]
    pub replace_clients: bool,
}

/// How the demo runs.
#[derive(Args)]
pub struct Demo {
    /// The folder of the demo's data; it is made, and kept until it is deleted.
    #[arg(long, default_value = "demo-data", value_name = "FOLDER")]
    pub data: PathBuf,
    /// The port of the pages; without it the last one, or the first free from 8484 on.
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// The port of the simulator; without it the last one, or the first free from 9500 on.
    #[arg(long, value_name = "PORT")]
    pub simulator_port: Option<u16>,
}

/// How the simulator runs.
#[derive(Args)]
pub struct Simulator {
    /// The port to listen on; 0 for any free one.
    #[arg(long, default_value_t = 9500, value_name = "PORT")]
    pub port: u16,
    /// The seed of everything that is left to chance.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    pub seed: u64,
    /// An address that sign-ins may return to; may be given several times.
    #[arg(long, value_name = "ADDRESS")]
    pub redirect: Vec<String>,
}

/// What is rehearsed.
#[derive(Args)]
pub struct Simulate {
    /// The seed that decides every delay, fault and kill.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    pub seed: u64,
    /// So many seeds, from that one on.
    #[arg(long, default_value_t = 1, value_name = "COUNT")]
    pub seeds: u64,
    /// Channels in all, over two workspaces.
    #[arg(long, default_value_t = 60, value_name = "COUNT")]
    pub channels: usize,
    /// Days of trouble.
    #[arg(long, default_value_t = 365, value_name = "COUNT")]
    pub days: u32,
    /// `all`, `none`, or some of: answers, outages, throttles, lists, secrets, logins, kills, pauses, clocks,
    /// database, disk, people.
    #[arg(long, default_value = "all", value_name = "LIST")]
    pub faults: String,
    /// The store.
    #[arg(long, value_enum, default_value_t = StoreKind::Sqlite)]
    pub store: StoreKind,
    /// The server on which a database is made for each seed and dropped again.
    #[arg(long, value_name = "ADDRESS")]
    pub database: Option<String>,
    /// Nodes that share a PostgreSQL; 3 when left out.
    #[arg(long, value_name = "COUNT")]
    pub nodes: Option<usize>,
    /// An empty folder in which the database is left, to look at; for one seed on SQLite.
    #[arg(long, value_name = "FOLDER")]
    pub keep: Option<PathBuf>,
    /// Print the whole report of every seed.
    #[arg(long)]
    pub verbose: bool,
}

/// A kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum StoreKind {
    /// One process on one thread; the same seed gives the same run, byte for byte.
    Sqlite,
    /// Several nodes on one server.
    Postgres,
}

/// What can be done with keys.
#[derive(Subcommand)]
pub enum Keys {
    /// Make a key ring, or add a key to it that only opens for now.
    New,
    /// Which keys the ring has, and which one seals.
    List,
    /// Replace the sealing key: a new one seals, everything is sealed anew. Can be called again.
    Rotate,
    /// Take a key out of the ring that nothing needs any more.
    Retire {
        /// Its number.
        key: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
