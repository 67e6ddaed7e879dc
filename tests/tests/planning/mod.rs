//! Planning: pictures, posts, calendar, grid, missed posts, through the API and through the pages.

mod again;
mod bad_input;
mod browser;
mod life;
mod look;
mod pages;
mod risk;
pub mod scene;
