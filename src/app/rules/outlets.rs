//! Where alerts go beside the stream: the alert log and the webhook, each with a thread of its own behind a bounded queue.
//! Handing over never waits.

use super::alert_log::AlertLog;
use super::post::Post;
use crate::event::{Event, Header};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use tokio::sync::mpsc;

/// The outlets of one stage.
#[derive(Clone, Default)]
pub struct Outlets {
    /// The alert log.
    pub log: Option<Arc<AlertLog>>,
    /// The webhook.
    pub post: Option<Arc<Post>>,
    /// How many alerts there were in all.
    pub alerts: Arc<AtomicU64>,
    /// How many of them came through here. A recording that is read again from its beginning gives the same ones again,
    /// and they are handed on once.
    count: u64,
}

impl Outlets {
    /// Those of a run.
    pub fn new(log: Option<Arc<AlertLog>>, post: Option<Arc<Post>>) -> Outlets {
        Outlets { log, post, alerts: Arc::default(), count: 0 }
    }

    /// What stream it is, and who is told what the user should know, as long as it lasts.
    pub fn begin(&self, header: &Header, problems: &mpsc::Sender<String>) {
        self.log.iter().for_each(|log| log.begin(header, problems.downgrade()));
        self.post.iter().for_each(|post| post.begin(header, problems.downgrade()));
    }

    /// Takes an event of the stream; what is none of theirs is passed over.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Alert(_) => {
                self.count += 1;
                if self.alerts.fetch_max(self.count, Relaxed) >= self.count {
                    return;
                }
            }
            Event::Clock(_) => {}
            _ => return,
        }
        self.log.iter().for_each(|log| log.take(event));
        self.post.iter().for_each(|post| post.take(event));
    }
}
