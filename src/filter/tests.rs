//! Tests of the filter language. `any_filter` makes filters for the tests of others, too.

pub(crate) mod any;
mod parse;

pub(crate) use any::{any_filter, users};
