//! Text from processes, made safe to print.
//!
//! A process chooses its own name, paths and arguments: they may hold terminal escapes, line breaks, quotes, or
//! letters that turn the reading direction of the line. Everything that is printed or drawn goes through here.

use std::borrow::Cow;
use std::fmt::{self, Write};

/// Whether this character may reach a terminal as it is.
fn is_plain(c: char) -> bool {
    !c.is_control() && !is_invisible(c)
}

/// Format characters that draw nothing, or that change how their neighbours are drawn: zero-width letters,
/// direction marks and overrides, line and paragraph separators, tags.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
}

/// `text` with every control or invisible character replaced by its escape (`\x1b`, `\n`, `\u{202e}`).
/// Quotes and backslashes stay: use [`Quoted`] where text stands between quotes.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| (b' '..0x7f).contains(&b)) || text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    text.chars().for_each(|c| push_escaped(&mut out, c, false));
    Cow::Owned(out)
}

/// Displays text between double quotes, on one line, with quotes and backslashes escaped too.
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::with_capacity(self.0.len() + 2);
        out.push('"');
        self.0.chars().for_each(|c| push_escaped(&mut out, c, true));
        out.push('"');
        f.write_str(&out)
    }
}

fn push_escaped(out: &mut String, c: char, quoted: bool) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '"' | '\\' if quoted => out.extend(['\\', c]),
        c if is_plain(c) => out.push(c),
        // Writing to a String cannot fail.
        c if (c as u32) < 0x80 => {
            let _ = write!(out, "\\x{:02x}", c as u32);
        }
        c => {
            let _ = write!(out, "\\u{{{:x}}}", c as u32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_do_not_reach_the_terminal() {
        assert_eq!(plain("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
        assert_eq!(plain("a\nb\u{9b}c\u{202e}d"), "a\\nb\\u{9b}c\\u{202e}d");
        assert_eq!(plain("größe 日本"), "größe 日本");
        assert_eq!(Quoted("say \"hi\" \\ \n").to_string(), r#""say \"hi\" \\ \n""#);
    }

    proptest! {
        #[test]
        fn nothing_dangerous_is_left(text in "\\PC*|.*") {
            for shown in [plain(&text).into_owned(), Quoted(&text).to_string()] {
                prop_assert!(shown.chars().all(is_plain), "{:?}", shown);
            }
        }

        #[test]
        fn quotes_are_balanced(text in ".*") {
            let shown = Quoted(&text).to_string();
            let inner = &shown[1..shown.len() - 1];
            let mut escaped = false;
            for c in inner.chars() {
                prop_assert!(escaped || c != '"');
                escaped = !escaped && c == '\\';
            }
            prop_assert!(!escaped);
        }
    }
}
