//! `--webhook URL`.

use super::voice::Voice;
use crate::error::Error;
use crate::event::{Event, Header};
use crate::plan::Webhook;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc::WeakSender;

/// The webhook.
pub struct Post {}

impl Post {
    /// Opens.
    ///
    /// # Errors
    /// None.
    pub fn open(_webhook: &Webhook, _voice: Arc<Voice>) -> Result<Post, Error> {
        Ok(Post {})
    }

    /// Stream.
    pub fn begin(&self, _header: &Header, _problems: WeakSender<String>) {}
    /// Event.
    pub fn take(&self, _event: &Event) {}
    /// End.
    pub fn end(&self) {}
    /// Finish.
    pub fn finish(&self, _until: Instant) {}
}
