//! What is read, how it is written, and how the rest is refused.

use super::super::*;
use super::{any_filter, users};
use crate::signal::Signal;
use proptest::prelude::*;

fn parse(text: &str) -> Filter {
    Filter::parse(text, &users).unwrap_or_else(|e| panic!("{text:?}: {e}"))
}

fn refused(text: &str) -> ParseError {
    match Filter::parse(text, &users) {
        Ok(filter) => panic!("{text:?} is read as {filter:?}"),
        Err(error) => error,
    }
}

fn set(signals: &[Signal]) -> Expr {
    Expr::Term(Term::Signal(signals.iter().copied().collect()))
}

fn from(name: &str) -> Expr {
    Expr::Term(Term::Party(Side::From, vec![Who::Name(Pattern(name.into()))]))
}

/// Typed, and as it is written again.
const FORMS: &[(&str, &str)] = &[
    ("", ""),
    ("  ", ""),
    ("()", ""),
    ("!()", "!()"),
    ("sig:9,sigterm", "sig:KILL,TERM"),
    ("SIG:RTMIN+3 ", "sig:RTMIN+3"),
    ("!sig:CHLD", "!sig:CHLD"),
    ("!!sig:CHLD", "sig:CHLD"),
    ("!(!(sig:CHLD))", "sig:CHLD"),
    ("! ! ! sig:CHLD", "!sig:CHLD"),
    ("sig:all sig:none", "sig:all sig:none"),
    ("sig:none,HUP", "sig:HUP"),
    ("1234", "tree:1234"),
    ("tree:007,8", "tree:7,8"),
    ("from:bash,12 to:my* pid:\"12\"", "from:bash,12 to:my* pid:\"12\""),
    ("uid:0,1000", "uid:0,1000"),
    ("user:root", "user:root"),
    ("user:0", "uid:0"),
    ("user:0,root,\"b o b\",\"1000\"", "user:0,root,\"b o b\",\"1000\""),
    ("tty:/dev/pts/9,pts9,none,tty1", "tty:pts/9,pts/9,-,tty1"),
    ("tty:\"tty(4:999)\"", "tty:\"tty(4:999)\""),
    ("unit:nginx container:3f2a", "unit:nginx container:3f2a"),
    ("cgroup:/sys/fs/cgroup/system.slice/", "cgroup:/system.slice"),
    ("cgroup:system.slice,/", "cgroup:/system.slice,/"),
    ("result:failed,probe origin:cgroup-kill kind:exec", "result:failed,probe origin:cgroup-kill kind:exec"),
    ("result:FAILED", "result:failed"),
    ("exe:/usr/bin/* arg:-l path:/root/**", "exe:/usr/bin/* arg:-l path:/root/**"),
    ("path:*.enc access:CREATED,write mode:+x,u+s,4755", "path:*.enc access:created,write mode:+x,u+s,4755"),
    ("mode:a+x,gu+xr,o+t,0,00755", "mode:+x,ug+rx,o+t,0000,0755"),
    ("port:22,08000-8100,7-7 addr:10.1.2.3/8,::1", "port:22,8000-8100,7 addr:10.0.0.0/8,::1"),
    ("addr:::ffff:192.0.2.1,::ffff:10.0.0.0/104,fd00::1/8,0.0.0.0/0", "addr:192.0.2.1,10.0.0.0/8,fd00::/8,0.0.0.0/0"),
    ("errno:eacces,1,41", "errno:EACCES,EPERM,41"),
    ("nginx", "nginx"),
    ("\"nginx\"", "nginx"),
    ("\"my prog\"", "\"my prog\""),
    ("\"12\" \"or\" \"AND\" \"a:b\" \"!x\"", "\"12\" \"or\" \"AND\" \"a:b\" \"!x\""),
    ("from:or,and", "from:or,and"),
    ("from:a:b", "from:a:b"),
    ("from:\"!x\" a!b", "from:\"!x\" a!b"),
    (r#"from:"say \"hi\"",back\slash"#, r#"from:"say \"hi\"",back\slash"#),
    (r#"from:"back\\slash""#, r"from:back\slash"),
    ("from:\x1b[31m", r#"from:"\x1b[31m""#),
    (r#"from:"\n\u{202e}""#, r#"from:"\n\u{202e}""#),
    ("a and b AND c", "a b c"),
    ("a OR b or c", "a or b or c"),
    ("a b or c d", "a b or c d"),
    ("(a or b) c", "(a or b) c"),
    ("(a b) c", "a b c"),
    ("a (b (c))", "a b c"),
    ("(a b) or (c or d)", "a b or c or d"),
    ("!(a b) !(a or b) !(a)", "!(a b) !(a or b) !a"),
    ("a or ()", ""),
    ("andy oracle", "andy oracle"),
    ("(a)(b)!c", "a b !c"),
];

#[test]
fn what_is_read_is_written_in_its_shortest_form() {
    for (typed, written) in FORMS {
        let filter = parse(typed);
        assert_eq!(filter.to_string(), *written, "{typed}");
        assert_eq!(parse(written), filter, "{typed}");
    }
}

#[test]
fn terms_hold_what_was_typed() {
    assert_eq!(parse("sig:KILL,term").0, set(&[Signal::KILL, Signal::TERM]));
    let expected = Expr::any(vec![Expr::all(vec![from("a"), Expr::not(from("b"))]), from("c")]);
    assert_eq!(parse("from:a and !from:b or from:c").0, expected);
    assert_eq!(parse("812").0, Expr::Term(Term::Tree(vec![812])));
    assert_eq!(parse("from:812").0, Expr::Term(Term::Party(Side::From, vec![Who::Pid(812)])));
    let root = User { uid: 0, name: Some("root".into()) };
    assert_eq!(parse("user:root,5").0, Expr::Term(Term::User(vec![root, User { uid: 5, name: None }])));
    assert!(parse("").is_everything());
}

/// Typed, column, length, message, nearest.
const WRONG: &[(&str, usize, usize, &str, Option<&str>)] = &[
    ("sig:KILL and form:bash", 14, 5, "no such key \"form:\"", Some("from:")),
    ("größe zurk:1", 7, 5, "no such key \"zurk:\"", None),
    ("or:x", 1, 3, "no such key \"or:\"", None),
    (":x", 1, 1, "no such key \":\"", None),
    ("sig:KILL,TREM", 10, 4, "no such signal: \"TREM\"", Some("SIGTERM")),
    ("sig:65", 5, 2, "no such signal: \"65\"", None),
    ("result:faild", 8, 5, "no such result: \"faild\"", Some("failed")),
    ("origin:xyzzy", 8, 5, "no such origin: \"xyzzy\"", None),
    ("kind:exce", 6, 4, "no such kind: \"exce\"", Some("exec")),
    ("tty:pts/x", 5, 5, "no such terminal: \"pts/x\"", None),
    ("user:mallory", 6, 7, "no such user: \"mallory\"", None),
    ("uid:root", 5, 4, "no number: \"root\"", Some("user:root")),
    ("uid:mallory", 5, 7, "no number: \"mallory\"", None),
    ("tree:x", 6, 1, "no number: \"x\"", None),
    ("port:http", 6, 4, "no such port: \"http\"", None),
    ("port:22,9-7", 9, 3, "no such port: \"9-7\"", None),
    ("port:65536", 6, 5, "no such port: \"65536\"", None),
    ("port:+22", 6, 3, "no such port: \"+22\"", None),
    ("addr:10.0.0", 6, 6, "no such address: \"10.0.0\"", None),
    ("addr:10.0.0.0/33", 6, 11, "no such address: \"10.0.0.0/33\"", None),
    ("addr:::/+8", 6, 5, "no such address: \"::/+8\"", None),
    ("mode:x", 6, 1, "no such mode: \"x\"", None),
    ("mode:o+s", 6, 3, "no such mode: \"o+s\"", None),
    ("mode:17777", 6, 5, "no such mode: \"17777\"", None),
    ("mode:0o755", 6, 5, "no such mode: \"0o755\"", None),
    ("access:writ", 8, 4, "no such access: \"writ\"", Some("write")),
    ("errno:EPREM", 7, 5, "no such error: \"EPREM\"", Some("EPERM")),
    ("errno:0", 7, 1, "no such error: \"0\"", None),
    ("99999999999", 1, 11, "a number that is too large: \"99999999999\"", None),
    ("a from:4294967296", 8, 10, "a number that is too large: \"4294967296\"", None),
    ("a from:", 3, 5, "\"from:\" has no value", None),
    ("from: bash", 1, 5, "\"from:\" has no value", None),
    ("(from:)", 2, 5, "\"from:\" has no value", None),
    ("sig:KILL,,TERM", 10, 1, "a value of \"sig:\" is missing before this comma", None),
    ("sig:,TERM", 5, 1, "a value of \"sig:\" is missing before this comma", None),
    ("sig:KILL, TERM", 9, 1, "nothing stands behind this comma", None),
    ("sig:KILL,", 9, 1, "nothing stands behind this comma", None),
    ("sig:!CHLD", 5, 1, "\"!\" before a value", None),
    ("from:\"\"", 6, 2, "there is nothing between the quotes", None),
    ("from:\"bash", 6, 5, "this quote is never closed", None),
    ("\"bash\\", 6, 1, "a backslash between quotes that escapes nothing", None),
    ("\"a\\qb\"", 3, 1, "a backslash between quotes that escapes nothing", None),
    ("\"\\x80\"", 2, 1, "a backslash between quotes that escapes nothing", None),
    ("\"\\u{d800}\"", 2, 1, "a backslash between quotes that escapes nothing", None),
    ("\"a\"b", 4, 1, "something right behind a quote", None),
    ("a\"b\"", 2, 1, "a quote within a word", None),
    ("a,b", 2, 1, "a comma behind a word", None),
    (",", 1, 1, "a comma that is not between values", None),
    ("tty:tty(4:70)", 8, 1, "a \"(\" right behind a word", None),
    ("a (b or (c)", 3, 1, "this \"(\" is never closed", None),
    ("a) b", 2, 1, "nothing was opened that \")\" closes", None),
    ("or a", 1, 2, "nothing stands before \"or\"", None),
    ("a or", 3, 2, "nothing stands behind \"or\"", None),
    ("a or or b", 3, 2, "nothing stands behind \"or\"", None),
    ("(a or) b", 4, 2, "nothing stands behind \"or\"", None),
    ("and a", 1, 3, "nothing stands before \"and\"", None),
    ("a and", 3, 3, "nothing stands behind \"and\"", None),
    ("a and and b", 3, 3, "nothing stands behind \"and\"", None),
    ("a and or b", 3, 3, "nothing stands behind \"and\"", None),
    ("a !", 3, 1, "nothing stands behind \"!\"", None),
    ("!or a", 1, 1, "nothing stands behind \"!\"", None),
    ("(!)", 2, 1, "nothing stands behind \"!\"", None),
];

#[test]
fn what_is_wrong_is_said_where_it_is() {
    for (text, column, len, message, nearest) in WRONG {
        let error = refused(text);
        let said = (error.column, error.len, error.message.as_str(), error.nearest.as_deref());
        assert_eq!(said, (*column, *len, *message, *nearest), "{text}");
        assert!(!error.expected.is_empty(), "{text}");
    }
}

#[test]
fn an_error_reads_like_a_sentence() {
    let error = refused("sig:KILL and form:bash");
    assert_eq!(error.to_string(), "column 14: no such key \"form:\"; did you mean \"from:\"?");
    assert_eq!(error.marked("sig:KILL and form:bash"), "sig:KILL and form:bash\n             ^^^^^");
    let error = refused("日本 a\x1b from:");
    assert_eq!(error.marked("日本 a\x1b from:"), "日本 a\\x1b from:\n           ^^^^^");
    let error = refused("from:a or");
    assert_eq!(error.to_string(), "column 8: nothing stands behind \"or\"; expected a term");
    let long = format!("result:{}", "x\x1b".repeat(500));
    assert!(refused(&long).to_string().chars().all(|c| !c.is_control()));
    assert!(refused(&long).to_string().len() < 300);
}

#[test]
fn what_is_too_much_is_refused() {
    let said = |text: &str| refused(text).message;
    assert!(said(&"a ".repeat(2049)).starts_with("the filter is too long, 4098 bytes"));
    assert_eq!(refused(&"a ".repeat(2049)).column, 4097);
    assert_eq!(refused(&"ö".repeat(2049)).column, 2049);
    assert!(said(&"\u{202e}".repeat(1000)).contains("when it is written out"));
    assert_eq!(said(&"a ".repeat(257)), "too many terms");
    assert_eq!(refused(&"a ".repeat(257)).column, 513);
    assert_eq!(said(&"(".repeat(4096)), "too many parentheses within each other");
    assert_eq!(refused(&"(".repeat(33)).column, 33);
    parse(&format!("{}a{}", "(".repeat(32), ")".repeat(32)));
    parse(&"a ".repeat(256));
    assert_eq!(parse(&format!("{}a", "!".repeat(4095))).to_string(), "!a");
    assert_eq!(said(&"!(".repeat(2048)), "too many parentheses within each other");
}

#[test]
fn every_key_says_how_it_is_used() {
    for key in KEYS {
        assert_eq!(Key::from_word(key.word()), Some(*key));
        assert_eq!(parse(key.example()).to_string(), key.example());
        assert!(key.example().starts_with(&format!("{}:", key.word())) && !key.what().is_empty());
    }
}

#[test]
fn signals_are_said_the_shorter_way_round() {
    let shown = |bits: u64| Filter(Expr::signals(SignalSet::from_bits(bits))).to_string();
    assert_eq!(shown(u64::MAX), "");
    assert_eq!(shown(0), "sig:none");
    assert_eq!(shown(1 << 16), "sig:CHLD");
    assert_eq!(shown(!(1 << 16)), "!sig:CHLD");
}

/// Text made of the language's own pieces: often nearly a filter.
fn nearly() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "sig:",
        "from:",
        "tty:",
        "user:",
        "uid:",
        "cgroup:",
        "mode:",
        "addr:",
        "port:",
        "+x",
        "10.0.0.0/8",
        "::1",
        "8-9",
        "KILL",
        "root",
        "12",
        "bash",
        "pts/3",
        "tty(4:70)",
        "/a",
        ",",
        "(",
        ")",
        "!",
        "\"",
        "\\",
        "\\n",
        "\\u{202e}",
        "\\x1b",
        "or",
        "and",
        " ",
        " ",
        " ",
        "*",
        ":",
        "ö",
        "\u{a0}",
        "\x07",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

fn reads_back(text: &str) -> Result<(), TestCaseError> {
    match Filter::parse(text, &users) {
        Ok(filter) => {
            let written = filter.to_string();
            prop_assert_eq!(Filter::parse(&written, &users), Ok(filter), "{}", written);
            prop_assert_eq!(crate::escape::plain(&written), written.as_str());
        }
        Err(error) => {
            prop_assert!(error.column >= 1 && error.len >= 1);
            prop_assert!(error.column - 1 + error.len <= text.chars().count().max(1), "{:?}", error);
            prop_assert_eq!(error.marked(text).lines().count(), 2);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_filter_parses_back(filter in any_filter()) {
        let written = filter.to_string();
        prop_assert_eq!(Filter::parse(&written, &users), Ok(filter), "{}", written);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,80}|.{0,80}") {
        reads_back(&text)?;
    }

    #[test]
    fn what_is_nearly_a_filter_is_read_or_refused(text in nearly()) {
        reads_back(&text)?;
    }

    #[test]
    fn a_filter_that_was_cut_or_has_a_letter_too_many_is_read_or_refused(filter in any_filter(), at in any::<prop::sample::Index>(), c in any::<char>()) {
        let written: Vec<char> = filter.to_string().chars().collect();
        let at = at.index(written.len() + 1);
        let cut: String = written[..at].iter().collect();
        reads_back(&cut)?;
        let more: String = written[..at].iter().chain([&c]).chain(&written[at..]).collect();
        reads_back(&more)?;
    }
}
