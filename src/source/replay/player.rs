//! The thread that reads events out of bytes: lines, what is wrong with them, and what passes the filter.

use super::chain::{Chain, Turn};
use super::input::Chunk;
use super::words::Words;
use super::{Narrow, News, placement};
use crate::event::{CountEvent, Event, Header};
use crate::source::lines::{self, Item, LINE_MAX, hot::Hot};
use crate::source::{BATCH_EVENTS, Batch};
use std::io::BufRead;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use tokio::sync::mpsc;

/// Reads events, until the end of the recording or of whoever reads.
pub struct Player {
    hot: Hot,
    chain: Chain,
    narrow: Narrow,
    words: Words,
    out: mpsc::Sender<Batch>,
    batch: Batch,
    /// A line whose end has not come yet.
    begun: Vec<u8>,
    /// That line is too long: the rest of it is passed over.
    is_endless: bool,
    /// Lines so far.
    line: u64,
    /// The latest time so far.
    now_ns: u64,
    /// What could not be read and is not counted yet.
    unread: u64,
    /// Lines of later versions.
    unknown: u64,
}

/// Nobody reads any more.
struct Gone;

impl Player {
    /// For a stream with this header, which is read already.
    pub fn new(header: &Header, narrow: Narrow, words: Words, out: mpsc::Sender<Batch>) -> Player {
        Player {
            hot: Hot::default(),
            chain: Chain::new(header),
            narrow,
            words,
            out,
            batch: Batch::new(),
            begun: Vec::new(),
            is_endless: false,
            line: 1,
            now_ns: header.mono_ns,
            unread: 0,
            unknown: 0,
        }
    }

    /// Plays what comes; empty chunks go back.
    pub fn run(mut self, inbox: &Receiver<News>, returned: &Sender<Chunk>) {
        let _ = self.play(inbox, returned); // where nobody reads any more, nothing is left to do
        self.count_unread();
        self.batch.extend(self.narrow.count(self.now_ns));
        self.words.finish(self.unknown);
        let _ = self.send();
    }

    fn play(&mut self, inbox: &Receiver<News>, returned: &Sender<Chunk>) -> Result<(), Gone> {
        loop {
            let news = match inbox.try_recv() {
                Err(TryRecvError::Empty) => {
                    self.send()?; // what is there is not kept waiting
                    inbox.recv().map_err(|_| Gone)?
                }
                news => news.map_err(|_| Gone)?,
            };
            match news {
                News::Bytes(chunk) => {
                    self.bytes(chunk.bytes())?;
                    let _ = returned.send(chunk); // the other thread may be at its end
                }
                News::Damage(at) => {
                    self.drop_begun();
                    self.lost(&format!("damaged around byte {at}: what cannot be unpacked there is missing"));
                }
                News::Broken(why) => self.lost(&why),
                News::FileEnd { torn } => self.file_end(torn),
                News::File(name, header) => {
                    (self.words.name, self.line) = (name, 1);
                    self.header(&header);
                }
                News::Wish(filter, reply) => {
                    let placement = placement(&filter);
                    self.count_unread();
                    self.batch.extend(self.narrow.set_filter(filter, self.now_ns));
                    let _ = reply.send(Ok(placement)); // whoever asks may have gone
                }
                News::End | News::Stop => return Ok(()),
            }
        }
    }

    fn bytes(&mut self, mut text: &[u8]) -> Result<(), Gone> {
        if !self.begun.is_empty() || self.is_endless {
            let Some(rest) = self.go_on(text) else { return Ok(()) };
            text = rest;
        }
        while !text.is_empty() {
            if let Some((event, len)) = self.hot.read(text) {
                self.line += 1;
                self.event(event);
                text = text.get(len..).unwrap_or_default();
            } else if let Some((line, rest)) = cut(text) {
                self.line(line);
                text = rest;
            } else {
                self.begun.extend_from_slice(text);
                break;
            }
            if self.batch.len() >= BATCH_EVENTS {
                self.send()?;
            }
        }
        Ok(())
    }

    /// A line that began before: what is behind its end, if that is here.
    fn go_on<'a>(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        let (line, rest) = cut(text).map_or((text, None), |(line, rest)| (line, Some(rest)));
        if self.begun.len() + line.len() > LINE_MAX {
            self.is_endless = true;
            self.begun.clear();
        }
        if !self.is_endless {
            self.begun.extend_from_slice(line);
        }
        let rest = rest?;
        let begun = std::mem::take(&mut self.begun);
        if std::mem::take(&mut self.is_endless) {
            self.line += 1;
            self.lost(&format!("line {}: longer than {LINE_MAX} bytes, as no line of a recording is", self.line));
        } else {
            self.line(&begun);
        }
        self.begun = begun;
        self.begun.clear();
        Some(rest)
    }

    fn line(&mut self, line: &[u8]) {
        self.line += 1;
        let line = line.trim_ascii_end();
        if line.is_empty() {
            return;
        }
        match lines::read(line) {
            Ok(Item::Event(event)) => self.event(event),
            Ok(Item::Header(header)) => self.header(&header),
            Ok(Item::Unknown) => self.unknown += 1,
            Err(why) if !self.chain.is_other() => self.lost(&format!("line {}: {why}", self.line)),
            Err(_) => {}
        }
    }

    #[inline]
    fn event(&mut self, event: Event) {
        if !self.chain.wants(&event) {
            return;
        }
        if self.unread > 0 {
            self.count_unread();
        }
        self.now_ns = self.now_ns.max(event.mono_ns());
        self.narrow.take(event, &mut self.batch);
    }

    fn header(&mut self, header: &Header) {
        let line = self.line;
        match self.chain.header(header) {
            Turn::On => {}
            Turn::Gap(what) => {
                self.unread += 1;
                self.words.tell(format!("line {line}: {what}"));
            }
            Turn::Over(what) => self.words.tell(format!("line {line}: {what}")),
        }
    }

    /// Something could not be read.
    fn lost(&mut self, what: &str) {
        self.unread += 1;
        self.chain.damaged();
        self.words.tell(what);
    }

    fn count_unread(&mut self) {
        let (mono_ns, count) = (self.now_ns, std::mem::take(&mut self.unread));
        if count > 0 {
            let lost =
                CountEvent { mono_ns, kind: None, count, signal: None, sender: None, result: None, since_ns: None };
            self.batch.push(Event::Lost(lost));
        }
    }

    /// A torn end is no damage: what there is can be trusted. How much is not there, nobody knows.
    fn file_end(&mut self, mut torn: bool) {
        let begun = std::mem::take(&mut self.begun);
        match lines::read(begun.trim_ascii_end()) {
            Ok(_) => self.line(&begun), // only its line feed is missing
            Err(_) => torn |= !begun.is_empty() || self.is_endless,
        }
        self.is_endless = false;
        if torn && !self.chain.is_other() {
            self.chain.damaged();
            let line = self.line + 1;
            self.words.tell(format!("ends in the middle of line {line}: what came there and after it is missing"));
        }
    }

    /// The rest of a line is damaged: what there is of it is of no use.
    fn drop_begun(&mut self) {
        self.begun.clear();
        self.is_endless = false;
    }

    fn send(&mut self) -> Result<(), Gone> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let next = Batch::with_capacity(self.batch.len());
        self.out.blocking_send(std::mem::replace(&mut self.batch, next)).map_err(|_| Gone)
    }
}

/// The first line, without its line feed, and what is behind it.
fn cut(mut text: &[u8]) -> Option<(&[u8], &[u8])> {
    let whole = text;
    let len = text.skip_until(b'\n').ok()?; // as fast as the C library searches
    let (line, rest) = whole.split_at_checked(len)?;
    Some((line.strip_suffix(b"\n")?, rest))
}
