//! browser: being written.
