//! tests: being written.
