//! Sealing and opening secrets, the keys that do it, and how keys are replaced.
//!
//! Every secret is sealed with XChaCha20-Poly1305 under a subkey of its [`Purpose`], and bound to its
//! [`Place`]: workspace, table, row, column and generation. A sealed value that is copied to another
//! place does not open there.
//!
//! Not here: where sealed values are stored, files (the caller reads the key ring's text), clocks and
//! chance (nonces come from the [`domain::chance::Chance`] that is passed in).

mod check;
mod envelope;
mod key_ring;
mod place;
pub mod places;
mod rotation;
mod sealing;

pub use check::WrongKey;
pub use envelope::{Malformed, Sealed};
pub use key_ring::{BadKeyRing, KeyId, KeyProblem, KeyRing};
pub use place::{Place, Purpose};
pub use rotation::{Holding, Refusal, Rotation, RotationStep, UnknownStep};
pub use sealing::{Key, MAX_SECRET, OpenError, SecretBytes, TooLong, Vault};
