//! The forecast of all sign-ins and the fire drill of one: what pages, picture and API say, to whom, and that looking
//! changes nothing.

mod drill;
mod look;
mod made;
mod timeline;
