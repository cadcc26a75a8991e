//! `sigtop rules`: check, test, show.

use crate::error::Error;
use crate::plan::{Origin, RulesWork};
use std::process::ExitCode;

/// Does it. The exit code is 0 if all was well.
///
/// # Errors
/// What cannot be read.
pub async fn work(_work: &RulesWork, _origin: &Origin) -> Result<ExitCode, Error> {
    Err(Error::usage("`sigtop rules` is not there yet", ""))
}
