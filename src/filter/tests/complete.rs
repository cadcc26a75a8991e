//! What is offered where the cursor is.

use super::super::complete::{CANDIDATES_MAX, Known, complete};
use super::super::{Filter, KEYS};
use super::users;
use proptest::prelude::*;

fn known() -> Known {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_string()).collect();
    Known {
        names: words(&["bash", "sshd", "nginx", "my prog", "Bashful", "12", "", "bash", "evil\u{202e}"]),
        pids: vec![9, 100, 12],
        units: words(&["nginx.service", "user.slice"]),
        containers: words(&["3f2a"]),
        ttys: words(&["pts/3", "tty(4:999)"]),
        users: words(&["root", "b o b"]),
    }
}

/// Candidates where `|` stands, and what the text is with the first of them.
fn at(marked: &str) -> (Vec<String>, String) {
    let cursor = marked.find('|').unwrap();
    let text = marked.replace('|', "");
    let found = complete(&text, cursor, &known());
    let first = found.candidates.first().cloned().unwrap_or_default();
    (found.candidates, format!("{}{first}{}", &text[..found.from], &text[cursor..]))
}

#[test]
fn keys_are_offered_where_a_term_may_stand() {
    for (marked, first) in [
        ("fr|", "from:"),
        ("FR|", "from:"),
        ("sig:KILL fr|", "sig:KILL from:"),
        ("(fr|", "(from:"),
        ("!fr|", "!from:"),
        ("!(a or !fr| b", "!(a or !from: b"),
        ("it|", "unit:"),
    ] {
        assert_eq!(at(marked).1, first, "{marked}");
    }
    assert_eq!(at("|").0.len(), KEYS.len());
    assert_eq!(at("u|").0, ["uid:", "unit:", "user:", "cgroup:", "result:"]);
    assert!(at("xyz|").0.is_empty() && at("\"fr|").0.is_empty());
}

#[test]
fn values_are_offered_behind_a_key_and_a_comma() {
    for (marked, candidates) in [
        ("sig:ki|", &["KILL"][..]),
        ("sig:SIGKI|", &["KILL"]),
        ("sig:KILL,usr|", &["USR1", "USR2"]),
        ("from:b|", &["bash", "Bashful"]),
        ("from:s|", &["sshd", "bash", "Bashful"]),
        ("from:1|", &["\"12\"", "12", "100"]),
        ("to:my|", &["\"my prog\""]),
        ("to:\"my p|", &["\"my prog\""]),
        ("pid:evil|", &["\"evil\\u{202e}\""]),
        ("tree:|", &["9", "12", "100"]),
        ("unit:ng|", &["nginx.service"]),
        ("!(container:|)", &["3f2a"]),
        ("tty:|", &["-", "pts/3", "\"tty(4:999)\""]),
        ("user:b|", &["\"b o b\""]),
        ("result:f|", &["failed", "info-lost", "overflow"]),
        ("origin:oo|", &["oom"]),
        ("kind:signal,ex|", &["exec", "exit"]),
        ("KIND:ex|", &["exec", "exit"]),
        ("from:a:b|", &[]),
        ("nokey:b|", &[]),
        ("exe:b|", &[]),
        ("access:cre|", &["create", "created"]),
        ("mode:+|", &["+s", "+x", "g+s", "o+w", "u+s"]),
        ("errno:eacc|", &["EACCES"]),
    ] {
        assert_eq!(at(marked).0, candidates, "{marked}");
    }
    assert_eq!(at("from:\"a,b\",bas|x").1, "from:\"a,b\",bashx");
    assert_eq!(at("from:a to|").1, "from:a to:");
}

#[test]
fn there_are_not_too_many() {
    let many = Known { pids: (0..10_000).collect(), names: vec!["zsh".into()], ..Known::default() };
    let found = complete("pid:", 4, &many).candidates;
    assert_eq!(found.len(), CANDIDATES_MAX);
    assert_eq!(found[..3], ["zsh", "0", "1"]);
}

proptest! {
    #[test]
    fn any_text_and_cursor_is_survived(text in "[a-z:,()!\" \\\\ö]{0,20}", cursor in 0usize..40) {
        let found = complete(&text, cursor, &known());
        prop_assert!(found.from <= cursor.min(text.len()) && text.is_char_boundary(found.from));
    }

    /// Whatever processes are called: what is offered is read.
    #[test]
    fn what_is_offered_is_read(name in ".{1,15}", key in prop::sample::select(vec!["from", "to", "pid", "unit", "container"])) {
        let known = Known { names: vec![name.clone()], units: vec![name.clone()], containers: vec![name], ..Known::default() };
        let text = format!("{key}:");
        for candidate in complete(&text, text.len(), &known).candidates {
            let whole = format!("{text}{candidate}");
            prop_assert!(Filter::parse(&whole, &users).is_ok(), "{}", whole);
        }
    }
}
