//! sigtop: `top` for signals.
pub mod clock;
pub mod escape;
pub mod event;
pub mod model;
pub mod signal;
pub mod ui;
