//! Patterns, against a matcher that tries everything.

use super::super::Pattern;
use crate::event::Name;
use proptest::prelude::*;

fn pattern(text: &str) -> Pattern {
    Pattern(text.into())
}

#[test]
fn a_star_is_any_characters() {
    for (text, fits, fits_not) in [
        ("bash", "bash", "bashful"),
        ("*", "", "-"),
        ("ba*", "ba", "ab"),
        ("*sh", "dash", "shed"),
        ("a*b*a", "aba", "aab"),
        ("ab*ba", "abba", "aba"),
        ("*a*a*", "aa", "a"),
        ("ö*ö", "ö日ö", "ö"),
    ] {
        assert!(pattern(text).fits(fits), "{text} {fits}");
        assert!(text == "*" || !pattern(text).fits(fits_not), "{text} {fits_not}");
    }
}

#[test]
fn a_name_is_compared_as_the_kernel_cuts_it() {
    let name = |comm: &str| {
        let mut bytes = [0; 16];
        let len = comm.len().min(15);
        bytes[..len].copy_from_slice(&comm.as_bytes()[..len]);
        Name::from_kernel(&bytes)
    };
    for typed in ["systemd-journald", "systemd-journal", "systemd-journal!?", "a-name-of-14-bö", "größe"] {
        assert!(pattern(typed).fits_name(&name(typed)), "{typed}");
    }
    assert!(!pattern("systemd-journald*").fits_name(&name("systemd-journald")));
    assert!(pattern("systemd-journ*").fits_name(&name("systemd-journald")));
    assert!(!pattern("Bash").fits_name(&name("bash")));
    assert_eq!(pattern("ba*").exact_name(), None);
}

#[test]
fn a_file_is_compared_by_its_last_component_or_whole() {
    assert!(pattern("bash").fits_file("/usr/bin/bash") && pattern("b*h").fits_file("bash"));
    assert!(pattern("/usr/*").fits_file("/usr/bin/bash") && pattern("*/bash").fits_file("/usr/bin/bash"));
    assert!(!pattern("bin").fits_file("/usr/bin/bash") && !pattern("/bin/bash").fits_file("/usr/bin/bash"));
}

#[test]
fn in_a_path_one_star_stops_at_a_slash() {
    for (text, path, fits) in [
        ("/root/**", "/root/a", true),
        ("/root/**", "/root/a/b/c", true),
        ("/root/**", "/root", false),
        ("/root/**", "/rooted/a", false),
        ("/root/*", "/root/a", true),
        ("/root/*", "/root/a/b", false),
        ("/*/b", "/a/b", true),
        ("/*/b", "/a/a/b", false),
        ("/**/b", "/a/a/b", true),
        ("/**/a*c", "/x/a/y/abc", true),
        ("/**/a*c", "/x/a/b/c", false),
        ("/a/***", "/a/b/c", true),
        ("*.enc", "/home/a/b.enc", true),
        ("passwd", "/etc/passwd", true),
        ("/etc/passwd", "/etc/passwd", true),
        ("/etc/passwd", "/etc/passwd-", false),
        ("**", "", true),
    ] {
        assert_eq!(pattern(text).fits_path(path), fits, "{text} {path}");
    }
}

/// Patterns that make a matcher that tries again take for ever: it is enough that this ends.
#[test]
fn no_pattern_takes_long() {
    let text = "a".repeat(1024);
    for piece in ["*a", "**a", "a*", "*a*b", "*"] {
        let hostile = format!("{}b", piece.repeat(1024 / piece.len()));
        assert!(!pattern(&hostile).fits(&text), "{piece}");
        assert!(!pattern(&hostile).fits_path(&text), "{piece}");
        assert!(!pattern(&hostile).fits_path(&format!("/{text}/{text}")), "{piece}");
    }
}

/// The definition: each star is tried at every length.
fn naive(pattern: &[u8], text: &[u8], stops: bool) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] if stops => {
            naive(rest, text, stops) || !text.is_empty() && naive(pattern, &text[1..], stops)
        }
        [b'*', rest @ ..] => {
            let on = text.first().is_some_and(|byte| !stops || *byte != b'/');
            naive(rest, text, stops) || on && naive(pattern, &text[1..], stops)
        }
        [byte, rest @ ..] => text.first() == Some(byte) && naive(rest, &text[1..], stops),
    }
}

proptest! {
    #[test]
    fn patterns_fit_what_the_naive_matcher_fits(text in "[ab/]{0,8}", typed in "[ab*/]{0,8}") {
        prop_assert_eq!(pattern(&typed).fits(&text), naive(typed.as_bytes(), text.as_bytes(), false));
        let rooted = format!("/{typed}");
        prop_assert_eq!(pattern(&rooted).fits_path(&text), naive(rooted.as_bytes(), text.as_bytes(), true));
        let text = format!("/{text}");
        prop_assert_eq!(pattern(&rooted).fits_path(&text), naive(rooted.as_bytes(), text.as_bytes(), true));
    }
}
