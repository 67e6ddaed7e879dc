//! Pictures: what a file really is, its measures, copies that a place can take, small views, where
//! the bytes are kept, and signed addresses to them.
//!
//! Not here: what a platform takes (callers pass a [`Fit`]), films, tables, clocks.
//!
//! [`sniff`] and [`measure`] look at the head of a file and may be called anywhere. [`Picture`] and
//! all its methods use the processor for tens to hundreds of milliseconds and up to some hundred
//! megabytes: call them on a blocking thread, few at a time.

mod address;
mod decode;
mod disk;
mod jpeg;
mod public;
mod render;
mod sniff;

pub use address::{AddressKeys, BadAddress};
pub use decode::{MAX_PIXELS, Measures, Picture, measure};
pub use disk::{ContentHash, DiskStore, NotAHash, StoreError};
pub use public::{PUBLIC_ROUTE, public_path, verify_public};
pub use render::{CannotFit, Fit, Rendition, View, average_color};
pub use sniff::{Format, Refused, sniff};
