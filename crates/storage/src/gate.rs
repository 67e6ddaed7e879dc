//! A gate before and after every write, by name: where a test counts the writes of a journey and
//! stops the program at each of them. A served program has none.

use std::future::Future;
use std::pin::Pin;

/// Something that every write passes twice: `NAME:before`, when nothing is stored yet, and
/// `NAME:after`, when the write is durable and its caller has not heard of it. A gate that never
/// answers is a kill at that point.
pub trait Gate: Send + Sync {
    /// Waits until the write may go on.
    fn pass<'a>(&'a self, point: &'a str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}
