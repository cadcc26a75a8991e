//! sigtop: `top` for signals.
pub mod app;
pub mod cli;
pub mod clock;
pub mod error;
pub mod escape;
pub mod event;
pub mod plan;
pub mod signal;
pub mod sink;
pub mod source;
