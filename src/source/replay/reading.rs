//! The thread that reads and unpacks: files in order, chunk by chunk, as long as somebody gives chunks back.

use super::News;
use super::frames::Step;
use super::input::{Chunk, Input, name};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};

/// How many chunks go round between the two threads: what is read ahead is bounded by them.
const CHUNKS: usize = 4;

/// What it reads after its first file, to whom it tells, and where empty chunks come from.
pub struct Reading {
    files: std::vec::IntoIter<PathBuf>,
    news: Sender<News>,
    chunks: Receiver<Chunk>,
    spare: Chunk,
}

impl Reading {
    /// Tells `news` of what it reads; and where chunks are to be given back.
    pub fn new(files: std::vec::IntoIter<PathBuf>, news: Sender<News>) -> (Sender<Chunk>, Reading) {
        let (returned, chunks) = channel();
        (0..CHUNKS).for_each(|_| drop(returned.send(Chunk::new())));
        (returned, Reading { files, news, chunks, spare: Chunk::new() })
    }

    /// Until everything is read, or nobody wants more.
    pub fn run(mut self, first: Input) {
        if self.file(first).is_none() {
            return;
        }
        while let Some(path) = self.files.next() {
            match Input::open(&path) {
                Ok((input, header)) => {
                    self.tell(News::File(name(&path), Box::new(header)));
                    if self.file(input).is_none() {
                        return;
                    }
                }
                Err(e) => self.tell(News::Broken(e.what)),
            }
        }
        self.tell(News::End);
    }

    /// One file; nothing where nobody wants more.
    fn file(&mut self, mut input: Input) -> Option<()> {
        loop {
            match input.step(&mut self.spare) {
                Ok(Step::Bytes(_)) => {
                    let empty = self.chunks.recv().ok()?;
                    let full = std::mem::replace(&mut self.spare, empty);
                    self.tell(News::Bytes(full));
                }
                Ok(Step::Damage(at)) => self.tell(News::Damage(at)),
                Ok(Step::End { torn }) => {
                    self.tell(News::FileEnd { torn });
                    return Some(());
                }
                Err(e) => {
                    self.tell(News::Broken(format!("reading ended: {e}")));
                    self.tell(News::FileEnd { torn: false });
                    return Some(());
                }
            }
        }
    }

    fn tell(&self, news: News) {
        let _ = self.news.send(news); // where nobody listens, no chunk comes back either
    }
}
