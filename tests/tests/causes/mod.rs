//! Every cause of DESIGN section 5 on every platform that stands: broken in the simulator, recognised, named, mended
//! or rightly not; by a program through the API, and by a person in a real browser. The tables in
//! `docs/causes/proven/` are made of this.

mod advice;
mod browser;
pub mod cases;
mod evidence;
mod half_done;
mod look;
mod person;
pub mod stage;
mod table;
