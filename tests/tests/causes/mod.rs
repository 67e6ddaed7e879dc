//! Every cause of DESIGN section 5 on every platform that stands: broken in the simulator, recognised, named, mended
//! or rightly not; in storage, in the API and on the page. The table in `docs/causes/proven/` is made of this.

mod advice;
mod browser;
pub mod cases;
mod evidence;
mod half_done;
mod look;
pub mod stage;
mod table;
