//! Keys, clicks and sizes at random, fast and for long, on the real program: it must neither end nor stop answering.
//!
//! The seed is always the same; `SIGTOP_SEED=N cargo test --test storms` tries another.

#![allow(clippy::unwrap_used, clippy::panic)]

mod pty;

use pty::Session;
use std::time::{Duration, Instant};

/// How long keys are pressed.
const MINUTE: Duration = Duration::from_secs(60);

/// The sequence of xorshift64 from a seed: the same everywhere.
struct Dice(u64);

impl Dice {
    fn new() -> Dice {
        let seed = std::env::var("SIGTOP_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261);
        println!("SIGTOP_SEED={seed}");
        Dice(seed | 1)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn one_of<'a>(&mut self, these: &[&'a str]) -> &'a str {
        these[self.below(these.len() as u64) as usize]
    }
}

/// Keys that are no letters: arrows, pages, ends, function keys, control and alt. Not those that end or suspend, nor the
/// one that writes files.
const KEYS: &[&str] = &[
    "\x1b[A",
    "\x1b[B",
    "\x1b[C",
    "\x1b[D",
    "\x1b[5~",
    "\x1b[6~",
    "\x1b[H",
    "\x1b[F",
    "\x1b[3~",
    "\t",
    "\x1b[Z",
    "\r",
    "\x7f",
    OUT,
    "\x1bOP",
    "\x1bOQ",
    "\x1bOR",
    "\x1bOS",
    "\x1b[15~",
    "\x1b[17~",
    "\x1b[18~",
    "\x1b[19~",
    "\x1b[20~",
    "\x01",
    "\x02",
    "\x05",
    "\x06",
    "\x0b",
    "\x0c",
    "\x0e",
    "\x10",
    "\x15",
    "\x17",
    "\x19",
    "\x1bb",
    "\x1bf",
    "\x1b[1;5C",
    "\x1b[1;5D",
    "ä",
    "日",
];

fn any_key(dice: &mut Dice) -> String {
    match dice.below(10) {
        0..=4 => {
            let letter = char::from(b' ' + dice.below(95) as u8);
            if letter == 'q' { "Q".into() } else { letter.into() }
        }
        5..=7 => dice.one_of(KEYS).into(),
        8 => format!("\x1b[<0;{};{}M", 1 + dice.below(130), 1 + dice.below(LAST_LINE - 1)), // on the last there is `quit`
        _ => format!("\x1b[<{};{};{}M", 64 + dice.below(2), 1 + dice.below(130), 1 + dice.below(45)),
    }
}

/// The line of keys, on the screen where keys are pressed.
const LAST_LINE: u64 = 40;

/// The key Esc, whatever comes behind it: one alone would make the next letter an Alt.
const OUT: &str = "\x1b\x1b";

/// Out of whatever is open; then the list of keys opens and closes.
fn still_answers(session: &mut Session) {
    session.press(&OUT.repeat(8)).press("?").wait_for("Moving").press(OUT);
    session.wait("the list of keys to close", |screen| !screen.contents().contains("Moving"));
}

#[test]
fn keys_at_random_for_a_minute() {
    let mut dice = Dice::new();
    let mut session = Session::demo(120, 40);
    session.wait_for("following");
    let start = Instant::now();
    while start.elapsed() < MINUTE {
        let keys: String = (0..=dice.below(40)).map(|_| any_key(&mut dice)).collect();
        println!("{keys:?}");
        session.press(&keys);
        still_answers(&mut session);
    }
    session.press("q");
    assert_eq!(session.end().0, 0);
}

#[test]
fn sizes_at_random() {
    let mut dice = Dice::new();
    let mut session = Session::demo(80, 24);
    session.wait_for("following");
    for _ in 0..20 {
        for _ in 0..40 {
            let (columns, rows) = (1 + dice.below(250) as u16, 1 + dice.below(80) as u16);
            session
                .resize(columns, rows)
                .press(dice.one_of(&["\t", "j", "\x1b[B", "?", OUT, "s", "f", "o", "\r", "z", "p"]));
        }
        session.resize(120, 40).press(&OUT.repeat(8));
        session.wait("the whole main screen", |screen| {
            let lines: Vec<String> = screen.rows(0, 120).collect();
            lines[0].contains("sigtop")
                && lines[1].starts_with('┌')
                && lines[38].starts_with('└')
                && !lines[39].is_empty()
        });
    }
    session.press("q");
    assert_eq!(session.end().0, 0);
}
