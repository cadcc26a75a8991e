//! sigtop: `top` for signals.
pub mod clock;
pub mod error;
pub mod escape;
pub mod event;
pub mod signal;
pub mod source;
