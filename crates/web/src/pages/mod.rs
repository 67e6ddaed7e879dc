//! The pages: one file or folder each, with its template in `templates/pages/` and its words in a file
//! of `locales/en/`. A handler reads through an action or storage, fills a template, and decides
//! nothing.

pub mod channels;
pub mod connect;
pub mod connections;
pub mod demo;
pub mod docs;
pub mod first_start;
pub mod forecast;
pub mod health;
pub mod help;
pub mod home;
pub mod inbox;
pub mod planning;
pub mod sessions;
pub mod settings;
pub mod sign_in;
pub mod switch;
