//! What tests are made of: the engine on one thread (`world`), the whole web in one process (`app`), the
//! simulator in memory (`sim`), kills at chosen points (`kill`), a real browser (`browser`) and the ports
//! that it comes to (`front`), Bluesky's own server (`pds`), a platform whose refresh tokens stay the same (`fixed`),
//! a neutral OAuth server whose refresh tokens rotate (`neutral`), PostgreSQL. Never part of the program.

pub mod app;
pub mod apps;
pub mod browser;
pub mod fixed;
pub mod front;
pub mod kill;
pub mod neutral;
pub mod pds;
pub mod pds_rows;
pub mod pds_world;
pub mod peer;
pub mod pictures;
pub mod postgres;
pub mod sim;
pub mod webdriver;
pub mod world;
