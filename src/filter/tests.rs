//! Tests of the filter language. `any_filter` makes filters for the tests of others, too, and `events` histories.

pub(crate) mod any;
mod attempts;
mod census;
mod cgroup;
mod complete;
mod deeds;
mod ends;
mod eval;
pub(crate) mod events;
mod kernel;
mod parse;
mod pattern;
mod sieve;

pub(crate) use any::{any_filter, users};
