//! Signals and deliveries out of JSON, by hand: many times as fast as the general way.
//!
//! It reads exactly the bytes that the JSON sink writes, and knows nothing else: at anything unexpected it gives up,
//! and the line goes the general way, which decides. Tests hold the two together, on damaged lines too.
//! Parts of lines repeat (who sent, who was meant, all behind them), so their bytes are compared with those of parts
//! that were read before. What is remembered is of a fixed size.

mod scan;

use crate::event::wire::VERSION;
use crate::event::{
    Action, Call, DeliverEvent, Detail, Disposition, Event, Ignored, Masks, Name, Oom, Origin, Party, ProcKey, Reason,
    Scope, SendResult, SignalEvent, Tty,
};
use crate::signal::{Signal, SignalSet, code_name};
use scan::Scan;

/// How many parties are remembered, by pid.
const PARTIES: usize = 4096;
/// The longest text of a party that is remembered.
const PARTY_LEN: usize = 128;
/// How many ends of signals are remembered for each number.
const WAYS: usize = 4;

/// The head of every line of this version.
const HEAD: &[u8] = br#"{"v":1,"type":""#;
const _: () = assert!(VERSION == 1, "another head is to be read");

/// A party whose text was read before: all behind its pid.
#[derive(Clone, Copy)]
struct Known {
    pid: u32,
    len: u8,
    text: [u8; PARTY_LEN],
    party: Party,
    tty: Tty,
}

impl Default for Known {
    fn default() -> Known {
        Known { pid: 0, len: 0, text: [0; PARTY_LEN], party: Party::default(), tty: Tty::NONE }
    }
}

/// What stands in a signal's line behind its target.
#[derive(Clone, Copy)]
struct Rest {
    origin: Origin,
    call: Option<Call>,
    code: i32,
    scope: Scope,
    result: SendResult,
    ignored: Option<Ignored>,
    continued: bool,
    detail: Detail,
    masks: Option<Masks>,
    generation: u32,
}

/// The ends of the lines of one signal, and which of them is replaced next.
#[derive(Default)]
struct Ends {
    ways: [(Vec<u8>, Option<Rest>); WAYS],
    next: usize,
}

/// Reads lines, and remembers parts of them.
pub struct Hot {
    ends_of_lines: Vec<Ends>,
    parties: Vec<Known>,
    takers: Vec<Known>,
}

impl Default for Hot {
    fn default() -> Hot {
        Hot {
            ends_of_lines: (0..=crate::signal::MAX).map(|_| Ends::default()).collect(),
            parties: vec![Known::default(); PARTIES],
            takers: vec![Known::default(); PARTIES],
        }
    }
}

impl Hot {
    /// The event in the line that `text` begins with, and the length of that line with its line feed. `None` where it
    /// is another kind, is not whole, or differs in a single byte from what the sink writes.
    pub fn read(&mut self, text: &[u8]) -> Option<(Event, usize)> {
        let mut scan = Scan(text);
        scan.eat(HEAD)?;
        let event = match scan.0.first()? {
            b's' => Event::Signal(self.signal(&mut scan)?),
            b'd' => Event::Deliver(self.deliver(&mut scan)?),
            _ => return None,
        };
        Some((event, text.len() - scan.0.len()))
    }

    fn signal(&mut self, scan: &mut Scan) -> Option<SignalEvent> {
        scan.eat(br#"signal","time":""#)?;
        let mono_ns = scan.time()?;
        scan.eat(br#","id":"#)?;
        let id = scan.number()?;
        scan.eat(br#","pid":"#)?;
        scan.u32()?; // the target's, which is told below
        let signal = scan.signal()?;
        scan.eat(br#","sender":"#)?;
        let (sender, sender_tty) = match scan.eat(b"null") {
            Some(()) => (None, Tty::NONE),
            None => self.party(scan).map(|(party, tty)| (Some(party), tty))?,
        };
        scan.eat(br#","target":"#)?;
        let (target, _) = self.party(scan)?;
        let Rest { origin, call, code, scope, result, ignored, continued, detail, masks, generation } =
            self.rest(scan, signal)?;
        Some(SignalEvent {
            id,
            mono_ns,
            signal,
            code,
            sender,
            sender_tty,
            target,
            origin,
            call,
            scope,
            result,
            ignored,
            continued,
            detail,
            masks,
            generation,
        })
    }

    fn deliver(&mut self, scan: &mut Scan) -> Option<DeliverEvent> {
        scan.eat(br#"deliver","time":""#)?;
        let mono_ns = scan.time()?;
        let id = match scan.eat(br#","id":"#) {
            Some(()) => Some(scan.number()?),
            None => None,
        };
        scan.eat(br#","pid":"#)?;
        let pid = scan.u32()?;
        scan.eat(br#","tid":"#)?;
        let tid = scan.u32()?;
        let signal = scan.signal()?;
        let disposition = scan.word(br#","disposition":""#, Disposition::from_word)?;
        let action = scan.word(br#","action":""#, Action::from_word)?;
        let latency_ns = match scan.eat(br#","latency_ns":"#) {
            Some(()) => Some(scan.number()?),
            None => None,
        };
        let taker = self.taker(scan, pid)?;
        Some(DeliverEvent { id, mono_ns, signal, target: Party { tid, ..taker }, disposition, action, latency_ns })
    }

    /// `{"pid":...}`
    fn party(&mut self, scan: &mut Scan) -> Option<(Party, Tty)> {
        scan.eat(br#"{"pid":"#)?;
        let pid = scan.u32()?;
        remembered(&mut self.parties, scan, pid, |scan| {
            scan.eat(br#","tid":"#)?;
            let tid = scan.u32()?;
            let party = who(scan, pid)?;
            let tty = scan.maybe(br#","tty":""#, Tty::parse)?.unwrap_or_default();
            scan.eat(b"}")?;
            Some((Party { tid, ..party }, tty))
        })
    }

    /// The end of a delivery. Its thread stands elsewhere.
    fn taker(&mut self, scan: &mut Scan, pid: u32) -> Option<Party> {
        let taker = remembered(&mut self.takers, scan, pid, |scan| {
            let party = who(scan, pid)?;
            scan.eat(b"}\n")?;
            Some((party, Tty::NONE))
        });
        taker.map(|(party, _)| party)
    }

    fn rest(&mut self, scan: &mut Scan, signal: Signal) -> Option<Rest> {
        let ends = self.ends_of_lines.get_mut(usize::from(signal.number()))?;
        for (text, rest) in &ends.ways {
            if let Some(rest) = rest
                && scan.eat(text).is_some()
            {
                return Some(*rest);
            }
        }
        let before = scan.0;
        let rest = rest(scan, signal)?;
        let next = ends.next;
        ends.next = (next + 1) % WAYS;
        let (text, known) = ends.ways.get_mut(next)?;
        text.clear();
        text.extend_from_slice(before.get(..before.len() - scan.0.len())?);
        *known = Some(rest);
        Some(rest)
    }
}

/// What `read` reads of a process, or, where the text is the one of last time, what it read then.
fn remembered(
    known: &mut [Known],
    scan: &mut Scan,
    pid: u32,
    read: impl FnOnce(&mut Scan) -> Option<(Party, Tty)>,
) -> Option<(Party, Tty)> {
    let known = known.get_mut(pid as usize % PARTIES)?;
    let text = known.text.get(..usize::from(known.len))?;
    if known.pid == pid && known.len > 0 && scan.eat(text).is_some() {
        return Some((known.party, known.tty));
    }
    let before = scan.0;
    let (party, tty) = read(scan)?;
    let text = before.get(..before.len() - scan.0.len())?;
    if let Some(place) = known.text.get_mut(..text.len()) {
        place.copy_from_slice(text);
        (known.pid, known.len, known.party, known.tty) = (pid, text.len() as u8, party, tty);
    }
    Some((party, tty))
}

/// `,"uid":...,"comm":...,"start_ns":...`
fn who(scan: &mut Scan, pid: u32) -> Option<Party> {
    scan.eat(br#","uid":"#)?;
    let uid = scan.u32()?;
    scan.eat(br#","comm":""#)?;
    let name = Name::from(scan.text()?);
    scan.eat(br#","start_ns":"#)?;
    Some(Party { key: ProcKey { pid, start_ns: scan.number()? }, tid: pid, uid, name })
}

fn rest(scan: &mut Scan, signal: Signal) -> Option<Rest> {
    let origin = scan.word(br#","origin":""#, Origin::from_word)?;
    let call = scan.maybe(br#","call":""#, Call::from_word)?;
    scan.eat(br#","code":"#)?;
    let code = scan.i32()?;
    let named = scan.maybe(br#","code_name":""#, |name| Some(Some(name) == code_name(signal, code)))?;
    if named == Some(false) {
        return None;
    }
    let rest = Rest {
        origin,
        call,
        code,
        scope: scan.word(br#","scope":""#, Scope::from_word)?,
        result: scan.word(br#","result":""#, SendResult::from_word).filter(|result| !result.is_attempt())?,
        ignored: scan.maybe(br#","why":""#, Ignored::from_word)?,
        continued: scan.maybe(br#","action":""#, Action::from_word)? == Some(Action::Continue),
        detail: detail(scan)?,
        masks: masks(scan)?,
        generation: match scan.eat(br#","generation":"#) {
            Some(()) => scan.u32()?,
            None => 0,
        },
    };
    scan.eat(b"}\n")?;
    Some(rest)
}

/// But for those of kernel kills, which are seldom.
fn detail(scan: &mut Scan) -> Option<Detail> {
    let address = |text: &str| u64::from_str_radix(text.strip_prefix("0x")?, 16).ok();
    if scan.eat(br#","value":"#).is_some() {
        let value = scan.i64()?;
        let int = i32::try_from(value).map(|int| u64::from(int as u32));
        return Some(Detail::Value(int.unwrap_or(value as u64)));
    }
    if scan.eat(br#","status":"#).is_some() {
        return scan.i32().map(Detail::Status);
    }
    if scan.eat(br#","syscall":"#).is_some() {
        return scan.i32().map(Detail::Syscall);
    }
    if let Some(address) = scan.maybe(br#","address":""#, address)? {
        return Some(Detail::Address(address));
    }
    if let Some(reason) = scan.maybe(br#","reason":""#, Reason::from_word)? {
        return Some(Detail::Reason(reason));
    }
    if scan.eat(br#","oom_rss":"#).is_some() {
        return oom(scan).map(Detail::Oom);
    }
    Some(scan.maybe(br#","tty":""#, Tty::parse)?.map_or(Detail::None, Detail::Tty))
}

fn oom(scan: &mut Scan) -> Option<Oom> {
    let rss = scan.number()?;
    let limit = if scan.eat(br#","oom_limit":"#).is_some() { scan.number()? } else { 0 };
    let level = if scan.eat(br#","oom_level":"#).is_some() { scan.u32()? } else { 0 };
    Some(Oom::new(rss, limit, level))
}

/// Both or none.
fn masks(scan: &mut Scan) -> Option<Option<Masks>> {
    if scan.eat(br#","blocked":["#).is_none() {
        return Some(None);
    }
    let blocked = names(scan)?;
    scan.eat(br#","pending":["#)?;
    Some(Some(Masks { blocked, pending: names(scan)? }))
}

/// Signals in order, to the closing bracket.
fn names(scan: &mut Scan) -> Option<SignalSet> {
    let mut set = SignalSet::EMPTY;
    if scan.eat(b"]").is_some() {
        return Some(set);
    }
    scan.eat(b"\"")?;
    for signal in Signal::all() {
        let mut ahead = Scan(scan.0);
        if ahead.eat(signal.name().as_bytes()).is_none() || ahead.eat(b"\"").is_none() {
            continue;
        }
        set.insert(signal);
        *scan = ahead;
        if scan.eat(b"]").is_some() {
            return Some(set);
        }
        scan.eat(b",\"")?;
    }
    None
}

#[cfg(test)]
mod tests;
