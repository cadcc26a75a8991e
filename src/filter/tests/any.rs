//! Random filters. Few pids, names and users, so that they often fit random events made of the same few.

use super::super::*;
use crate::signal::SignalSet;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Users of the tests' system; some have names that need quotes.
pub(crate) const USERS: [(&str, u32); 5] = [("root", 0), ("alice", 1000), ("b o b", 1001), ("1000", 7), ("or", 8)];

/// Finds them.
pub(crate) fn users(name: &str) -> Option<u32> {
    USERS.iter().find(|(known, _)| *known == name).map(|(_, uid)| *uid)
}

/// Any filter that the parser may give.
pub(crate) fn any_filter() -> impl Strategy<Value = Filter> {
    any_expr(any_term().boxed()).prop_map(Filter)
}

/// Any expression over these terms.
pub(crate) fn any_expr(terms: BoxedStrategy<Term>) -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![12 => terms.prop_map(Expr::Term), 1 => Just(Expr::default())];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Expr::all),
            vec(inner.clone(), 1..4).prop_map(Expr::any),
            inner.prop_map(Expr::not),
        ]
    })
}

/// Any term.
pub(crate) fn any_term() -> impl Strategy<Value = Term> {
    let few = |words: &'static [&'static str]| vec(select(words).prop_map(String::from), 1..3);
    let patterns = |words: &'static [&'static str]| vec(select(words).prop_map(|w| Pattern(w.into())), 1..3);
    let side = select(vec![Side::From, Side::To, Side::Either]);
    let ttys = vec![Tty::NONE, Tty::from_device(136, 3), Tty::from_device(4, 1), Tty::from_device(4000, 70)];
    prop_oneof![
        4 => prop_oneof![any::<u64>(), (0u32..64).prop_map(|n| 1 << n)].prop_map(|b| Term::Signal(SignalSet::from_bits(b))),
        4 => (side, vec(any_who(), 1..3)).prop_map(|(side, who)| Term::Party(side, who)),
        2 => vec(any_pid(), 1..3).prop_map(Term::Tree),
        1 => subsequence(Alike::ALL.to_vec(), 1..3).prop_map(Term::Same),
        1 => of_one_end(),
        2 => vec(any_user(), 1..3).prop_map(Term::User),
        2 => subsequence(ttys, 1..=4).prop_map(Term::Tty),
        1 => patterns(&["nginx", "nginx.service", "user-*", "*.slice"]).prop_map(Term::Unit),
        1 => few(&["3f2a", "0", "web"]).prop_map(Term::Container),
        1 => few(&["/", "/system.slice", "/system.slice/nginx.service", "/user.slice"]).prop_map(Term::Cgroup),
        2 => subsequence(SendResult::ALL.to_vec(), 1..4).prop_map(Term::Result),
        2 => subsequence(Origin::ALL.to_vec(), 1..4).prop_map(Term::Origin),
        2 => subsequence(Kind::ALL.to_vec(), 1..4).prop_map(Term::Kind),
        1 => patterns(&["bash", "/usr/bin/*", "/bin/sh", "*"]).prop_map(Term::Exe),
        1 => patterns(&["-l", "--*", "a b", "*x*y*"]).prop_map(Term::Arg),
        1 => patterns(&["/usr/**", "/usr/bin/*", "ls", "**/sh"]).prop_map(Term::Path),
        2 => any_deed_term(),
        2 => any_name().prop_map(Term::Word),
    ]
}

/// A term about one end.
fn of_one_end() -> impl Strategy<Value = Term> {
    let patterns = |words: &'static [&'static str]| vec(select(words).prop_map(|w| Pattern(w.into())), 1..3);
    let term = prop_oneof![
        patterns(&["nginx.service", "user-*"]).prop_map(Term::Unit),
        patterns(&["bash", "/usr/bin/*"]).prop_map(Term::Exe),
        vec(any_user(), 1..3).prop_map(Term::User),
        Just(Term::Tty(vec![Tty::NONE])),
    ];
    (select(vec![Side::From, Side::To]), term).prop_map(|(side, term)| Term::Of(side, Box::new(term)))
}

/// A term about what is done to files and addresses, or why something failed.
pub(crate) fn any_deed_term() -> impl Strategy<Value = Term> {
    let paths = select(PATHS).prop_map(|path| Pattern(path.into()));
    let nets = vec!["10.0.0.0/8", "192.0.2.1", "::1", "fe80::/10", "0.0.0.0/0", "::/0"];
    let modes = vec!["+x", "u+s", "+s", "o+w", "go+rw", "0755", "4755", "+xst"];
    let port = prop_oneof![Just((22, 22)), Just((8000, 8100)), any::<(u16, u16)>()];
    prop_oneof![
        3 => vec(paths, 1..3).prop_map(Term::Path),
        1 => vec(port, 1..3).prop_map(|all| {
            Term::Port(all.into_iter().map(|(a, b)| Ports { first: a.min(b), last: a.max(b) }).collect())
        }),
        1 => subsequence(nets, 1..3).prop_map(|all| Term::Addr(all.into_iter().filter_map(Net::parse).collect())),
        1 => subsequence(modes, 1..3).prop_map(|all| Term::Mode(all.into_iter().filter_map(ModeTest::parse).collect())),
        1 => subsequence(Access::ALL.to_vec(), 1..3).prop_map(Term::Access),
        1 => vec(prop_oneof![1u16..40, Just(115)].prop_map(Errno), 1..3).prop_map(Term::Errno),
    ]
}

/// Patterns of every shape for the paths of [`super::events`].
const PATHS: &[&str] = &[
    "/etc/shadow",
    "shadow",
    "mem",
    "*",
    "**",
    "/**",
    "/*",
    "/root/**",
    "/root/.ssh/*",
    "/home/*/.ssh/*",
    "/home/**/id_*",
    "/proc/*/mem",
    "**/*.enc",
    "*.enc",
    "a*.enc",
    "/tmp/*",
    "/tmp/**/x",
    "/tmp/a/../x",
    "x/y",
    "*/y",
    "/tmp*",
    "/tmp/",
    "@abstract",
];

/// A pid that often is somebody's.
pub(crate) fn any_pid() -> impl Strategy<Value = u32> {
    prop_oneof![20 => 1u32..9, 1 => any::<u32>()]
}

/// A name that often is somebody's, and sometimes is hard to write.
fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(vec!["bash", "sh", "NGINX", "worker thread", "worker", "a-name-that-is-longer-than-comm"]),
        1 => select(vec!["7", "or", "And", "!x", "a:b", "a,b", "(", "\"", "\\", "\u{202e}evil", "\x1b[31m", "\u{a0}", "日本"]),
    ]
    .prop_map(String::from)
}

fn any_who() -> impl Strategy<Value = Who> {
    let star = (any_name(), 0..3).prop_map(|(name, star)| match star {
        0 => format!("{name}*"),
        1 => format!("*{name}"),
        _ => "w*r*d".into(),
    });
    prop_oneof![
        any_pid().prop_map(Who::Pid),
        any_name().prop_map(|name| Who::Name(Pattern(name))),
        star.prop_map(|name| Who::Name(Pattern(name))),
    ]
}

fn any_user() -> impl Strategy<Value = User> {
    prop_oneof![
        select(vec![0u32, 7, 1000, 1001]).prop_map(|uid| User { uid, name: None }),
        select(USERS.to_vec()).prop_map(|(name, uid)| User { uid, name: Some(name.into()) }),
    ]
}
