//! The capture against the real kernel: real signals, real deaths, and the kernel's own record beside them.
//!
//! Needs root; without it every test says loudly that it was skipped. Nothing here sleeps: who waits, waits for a
//! line, a process or a byte, and the only times are guards against waiting for ever.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests: a wrong test stops here

#[path = "live/access.rs"]
mod access;
#[path = "live/attempts.rs"]
mod attempts;
#[path = "live/deeds/mod.rs"]
mod deeds;
#[path = "live/door.rs"]
mod door;
#[path = "live/ending.rs"]
mod ending;
#[path = "live/exe.rs"]
mod exe;
#[path = "live/flood.rs"]
mod flood;
#[path = "live/gone.rs"]
mod gone;
#[path = "live/hanging.rs"]
mod hanging;
#[path = "live/harness.rs"]
mod harness;
#[path = "live/inside.rs"]
mod inside;
#[path = "live/joins.rs"]
mod joins;
#[path = "live/laws.rs"]
mod laws;
#[path = "live/losses.rs"]
mod losses;
#[path = "live/masks.rs"]
mod masks;
#[path = "live/parity.rs"]
mod parity;
#[path = "live/processes.rs"]
mod processes;
#[path = "live/program.rs"]
mod program;
#[path = "live/reach.rs"]
mod reach;
#[path = "live/replayed.rs"]
mod replayed;
#[path = "live/watching.rs"]
mod watching;
#[path = "live/why.rs"]
mod why;
#[path = "live/witness.rs"]
mod witness;
#[path = "live/zoo.rs"]
mod zoo;
