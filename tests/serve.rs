//! `sigtop serve` and its clients: the real program, real sockets, and clients that people have (nc, socat).
//!
//! Most of it needs no root: the demo is served. What looks at this kernel says loudly that it was skipped without.
//! Nothing here sleeps: who waits, waits for a line, a process or a byte; times are guards against waiting for ever.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests: a wrong test stops here

#[path = "serve/attached.rs"]
mod attached;
#[path = "serve/crowd.rs"]
mod crowd;
#[path = "serve/daemon.rs"]
mod daemon;
#[path = "live/harness.rs"]
#[allow(dead_code)] // of what live tests need, the leave to run
mod harness;
#[path = "serve/manners.rs"]
mod manners;
#[path = "serve/requests.rs"]
mod requests;
#[path = "serve/socket.rs"]
mod socket;
#[path = "serve/unit.rs"]
mod unit;
