//! Numbers, durations and process text in the least space that still reads well.
//!
//! Every function here is pure. Whatever a process chose itself (names, paths, arguments) goes through
//! [`crate::escape::plain`] and is cut by display width, never by bytes or characters.

use crate::escape;
use crate::event::{Name, Origin, SenderKey, SignalEvent, Tty};
use crate::ui::theme::Glyphs;
use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// `1204567` as `1,204,567`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number in at most `width` cells: with separators, without, or as `1.2M`.
pub fn number(value: u64, width: usize) -> String {
    let full = thousands(value);
    if full.len() <= width {
        return full;
    }
    let plain = value.to_string();
    if plain.len() <= width && width < 6 {
        return plain;
    }
    short_number(value)
}

/// `950`, `1.2k`, `12k`, `1.2M`: at most four cells up to a thousand billions.
pub fn short_number(value: u64) -> String {
    let (mut scaled, mut unit) = (value as f64, "");
    for next in ["k", "M", "G", "T"] {
        if scaled < 999.5 {
            break;
        }
        (scaled, unit) = (scaled / 1000.0, next);
    }
    if unit.is_empty() || scaled >= 9.95 { format!("{scaled:.0}{unit}") } else { format!("{scaled:.1}{unit}") }
}

/// A rate per second, in whole signals, in at most `width` cells: it is what the last whole second had.
pub fn rate(per_second: f64, width: usize) -> String {
    number(per_second.round() as u64, width)
}

/// A duration in at most six cells: `800ns`, `12µs`, `3.4ms`, `4.2s`, `3m05s`, `4h12m`, `3d04h`.
pub fn duration(ns: u64, glyphs: &Glyphs) -> String {
    const US: u64 = 1000;
    const MS: u64 = 1000 * US;
    const S: u64 = 1000 * MS;
    let tenths = |unit: u64, name: &str| {
        let tenths = ns / (unit / 10);
        if tenths < 100 { format!("{}.{}{name}", tenths / 10, tenths % 10) } else { format!("{}{name}", ns / unit) }
    };
    let seconds = ns / S;
    match ns {
        0..US => format!("{ns}ns"),
        US..MS => format!("{}{}", ns / US, glyphs.micro),
        MS..S => tenths(MS, "ms"),
        _ if seconds < 60 => tenths(S, "s"),
        _ if seconds < 3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ if seconds < 86_400 => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// How long ago, in whole seconds or larger: `now`, `4s`, `3m05s`.
pub fn age(ns: u64, glyphs: &Glyphs) -> String {
    let second = 1_000_000_000;
    if ns < second {
        "now".into()
    } else if ns < 60 * second {
        format!("{}s", ns / second)
    } else {
        duration(ns, glyphs)
    }
}

/// Display width in cells.
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// The whole text if it fits, else its beginning and the mark of a cut: never wider than `room` cells.
pub fn cut<'a>(text: &'a str, room: usize, mark: &str) -> Cow<'a, str> {
    if text.len() <= room && text.is_ascii() || width(text) <= room && text.chars().map(cells).sum::<usize>() <= room {
        return Cow::Borrowed(text);
    }
    let mut used = width(mark);
    if used > room {
        return Cow::Borrowed("");
    }
    let mut out = String::new();
    for c in text.chars() {
        used += cells(c);
        if used > room {
            break;
        }
        out.push(c);
    }
    out.push_str(mark);
    Cow::Owned(out)
}

/// The same for `KILL by systemd(1)`: a pid in parentheses at the end is the last to go.
pub fn cut_before_pid<'a>(text: &'a str, room: usize, mark: &str) -> Cow<'a, str> {
    let is_pid = |tail: &str| tail.len() > 2 && tail[1..tail.len() - 1].bytes().all(|byte| byte.is_ascii_digit());
    let at = text.rfind('(').filter(|at| text.ends_with(')') && is_pid(&text[*at..]));
    let Some((head, tail)) = at.map(|at| text.split_at(at)) else { return cut(text, room, mark) };
    match room.checked_sub(width(tail)) {
        Some(left) if left < width(head) && left > room / 2 => Cow::Owned(format!("{}{tail}", cut(head, left, mark))),
        _ => cut(text, room, mark),
    }
}

fn cells(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// `text` in lines of at most `room` cells, at most `lines` of them, broken at spaces and slashes where that is
/// possible.
pub fn wrap(text: &str, room: usize, lines: usize, mark: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut rest = text.trim_end();
    while !rest.is_empty() && room > 0 && out.len() < lines {
        if out.len() + 1 == lines {
            out.push(cut(rest, room, mark).into_owned());
            break;
        }
        let mut used = 0;
        let end = rest.char_indices().find(|(_, c)| {
            used += cells(*c);
            used > room
        });
        let Some((end, _)) = end else {
            out.push(rest.into());
            break;
        };
        let gap = if rest[end..].starts_with(' ') { Some(end) } else { rest[..end].rfind([' ', '/']) };
        let at = gap.filter(|at| *at > 0).map_or(end.max(first(rest)), |at| at + 1);
        out.push(rest[..at].trim_end().into());
        rest = rest[at..].trim_start();
    }
    out
}

/// Bytes of the first character, so that a letter wider than the room is passed over and not looked at for ever.
fn first(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

/// A process's name, safe to draw; `?` where it has none.
pub fn name(name: &Name) -> Cow<'_, str> {
    if name.is_empty() { Cow::Borrowed("?") } else { escape::plain(name.as_str()) }
}

/// `nginx 881` in at most `room` cells: the name gives way, never the pid.
pub fn process(process: &Name, pid: u32, room: usize, mark: &str) -> String {
    let pid = pid.to_string();
    let text = name(process);
    match room.checked_sub(pid.len() + 1) {
        Some(left) if left > 0 => format!("{} {pid}", cut(&text, left, mark)),
        _ => cut(&pid, room, mark).into_owned(),
    }
}

/// `kernel (timer)`, with the terminal where it is one: `kernel (tty pts/3)`.
pub fn kernel(origin: Origin, tty: Tty) -> String {
    match origin {
        Origin::Kernel => "kernel".into(),
        Origin::Tty if tty.is_some() => format!("kernel (tty {tty})"),
        _ => format!("kernel ({})", origin.word()),
    }
}

/// The longest form that fits: `kernel (tty pts/3)`, `tty pts/3`, `kernel (tty)`, `tty`.
fn kernel_in(origin: Origin, tty: Tty, room: usize, mark: &str) -> String {
    let place = tty.is_some().then(|| format!("tty {tty}"));
    let forms = [Some(kernel(origin, tty)), place, Some(kernel(origin, Tty::NONE))];
    let fits = forms.into_iter().flatten().find(|form| form.len() <= room);
    fits.unwrap_or_else(|| cut(origin.word(), room, mark).into_owned())
}

/// Who sent a signal: a process, or the kernel and why.
pub fn sender(event: &SignalEvent, room: usize, mark: &str) -> String {
    match event.sender {
        Some(party) => process(&party.name, party.key.pid, room, mark),
        None => {
            let tty = if let crate::event::Detail::Tty(tty) = event.detail { tty } else { Tty::NONE };
            kernel_in(event.origin, tty, room, mark)
        }
    }
}

/// A counted sender.
pub fn counted(key: SenderKey, sender: &Name, room: usize, mark: &str) -> String {
    match key {
        SenderKey::Process(key) => process(sender, key.pid, room, mark),
        SenderKey::Kernel(origin) => kernel_in(origin, Tty::NONE, room, mark),
        SenderKey::Others => cut("others", room, mark).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::{ASCII, UNICODE};
    use proptest::prelude::*;

    #[test]
    fn numbers_are_grouped_and_shortened() {
        for (value, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (48_210, "48,210"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(value), text);
        }
        assert_eq!((number(12_345, 6), number(12_345, 5)), ("12,345".into(), "12345".into()));
        assert_eq!((number(1_234_567, 8), number(1_234_567, 5)), ("1.2M".into(), "1.2M".into()));
        for (value, text) in
            [(950, "950"), (1_250, "1.2k"), (12_340, "12k"), (999_600, "1.0M"), (u64::MAX, "18446744T")]
        {
            assert_eq!(short_number(value), text);
        }
        assert_eq!((rate(0.0, 4), rate(1204.4, 5), rate(490_422.0, 6)), ("0".into(), "1,204".into(), "490k".into()));
    }

    #[test]
    fn durations_have_the_unit_that_fits() {
        for (ns, text) in [
            (800, "800ns"),
            (12_345, "12µs"),
            (3_450_000, "3.4ms"),
            (34_500_000, "34ms"),
            (4_260_000_000, "4.2s"),
            (185_000_000_000, "3m05s"),
            (15_120_000_000_000, "4h12m"),
            (273_600_000_000_000, "3d04h"),
        ] {
            assert_eq!(duration(ns, &UNICODE), text);
        }
        assert_eq!(duration(12_345, &ASCII), "12us");
        assert_eq!((age(5, &UNICODE), age(4_900_000_000, &UNICODE)), ("now".into(), "4s".into()));
    }

    #[test]
    fn a_cause_keeps_its_pid() {
        let short = |room| cut_before_pid("KILL by killer.sh(13892)", room, "…").into_owned();
        assert_eq!((short(24), short(22)), ("KILL by killer.sh(13892)".into(), "KILL by killer…(13892)".into()));
        assert_eq!((short(10), short(0)), ("KILL by k…".into(), "".into()));
        assert_eq!(cut_before_pid("exited 0", 6, "…"), "exite…");
        assert_eq!(cut_before_pid("PIPE by kernel (pipe)", 18, "…"), "PIPE by kernel (p…");
    }

    #[test]
    fn the_name_gives_way_and_not_the_pid() {
        let java = Name::from("java-backend");
        assert_eq!(process(&java, 1234, 20, "…"), "java-backend 1234");
        assert_eq!(process(&java, 1234, 10, "…"), "java… 1234");
        assert_eq!(process(&java, 1234, 4, "…"), "1234");
        assert_eq!(process(&Name::from("\x1b[31m"), 7, 20, "…"), "\\x1b[31m 7");
        assert_eq!(process(&Name::default(), 7, 20, "…"), "? 7");
    }

    #[test]
    fn the_kernel_is_named_as_fully_as_fits() {
        let tty = Tty::from_device(136, 3);
        let forms = [18, 17, 11, 2].map(|room| kernel_in(Origin::Tty, tty, room, "…"));
        assert_eq!(forms, ["kernel (tty pts/3)", "tty pts/3", "tty pts/3", "t…"]);
    }

    #[test]
    fn text_is_wrapped_at_spaces() {
        assert_eq!(wrap("one two three", 7, 9, "…"), ["one two", "three"]);
        assert_eq!(wrap("one two three", 7, 1, "…"), ["one tw…"]);
        assert_eq!(wrap("abcdefgh", 3, 9, "…"), ["abc", "def", "gh"]);
        assert_eq!(wrap("/usr/lib/x", 6, 9, "…"), ["/usr/", "lib/x"]);
        assert_eq!(wrap("日本", 1, 9, "…"), ["日", "本"]);
    }

    proptest! {
        #[test]
        fn a_cut_text_fits(text in "\\PC*", room in 0usize..30) {
            prop_assert!(width(&cut(&text, room, "…")) <= room);
        }

        #[test]
        fn wrapping_ends_and_fits(text in "[a-z 日]{0,60}", room in 2usize..12, lines in 0usize..8) {
            let out = wrap(&text, room, lines, "…");
            prop_assert!(out.len() <= lines);
            prop_assert!(out.iter().all(|line| width(line) <= room), "{:?}", out);
        }
    }
}
