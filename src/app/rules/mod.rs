//! Rules at work: read from their files, held against the stream, their alerts handed on.

mod work;

pub use work::work;
