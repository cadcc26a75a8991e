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
mod wanted;

pub(crate) use any::{any_deed_term, any_expr, any_filter, any_term, users};
