//! The keys of the language: one table, for the parser, `Display`, completion and help.
//!
//! What a key's values are is in `values.rs`, what they mean in `eval.rs`. The examples are filters themselves.

use super::Side;
use std::fmt::Write;

macro_rules! keys {
    ($($key:ident = $word:literal, $example:literal, $what:literal;)*) => {
        /// A key of the language: what stands before the colon.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Key { $(#[doc = $what] $key,)* }

        /// All keys, in the order in which they are told.
        pub const KEYS: &[Key] = &[$(Key::$key,)*];

        impl Key {
            /// As it is typed, without the colon.
            pub const fn word(self) -> &'static str {
                match self { $(Key::$key => $word,)* }
            }

            /// As it may be used.
            pub const fn example(self) -> &'static str {
                match self { $(Key::$key => $example,)* }
            }

            /// What it matches.
            pub const fn what(self) -> &'static str {
                match self { $(Key::$key => $what,)* }
            }
        }
    };
}

keys! {
    Sig = "sig", "sig:KILL,TERM", "signal";
    From = "from", "from:bash", "sender: pid, or name with *";
    To = "to", "to:1234", "target: pid, or name with *";
    Pid = "pid", "pid:nginx*", "sender or target: pid, or name with *";
    Tree = "tree", "tree:812", "sender or target is this pid or a descendant";
    Uid = "uid", "uid:1000", "user id of the sender, or of the process";
    User = "user", "user:root", "user of the sender, or of the process";
    Tty = "tty", "tty:pts/3", "terminal of the sender, or of the process; - for none";
    Same = "same", "same:unit", "sender and target have this in common";
    Unit = "unit", "unit:nginx.service", "systemd unit of sender or target";
    Container = "container", "container:3f2a", "how the container id of sender or target begins";
    Cgroup = "cgroup", "cgroup:/system.slice", "cgroup of sender or target, or one above it";
    Result = "result", "result:failed", "what became of the signal, or of what else was tried";
    Origin = "origin", "origin:oom", "by which road the signal came";
    Kind = "kind", "kind:signal,exit", "kind of event";
    Exe = "exe", "exe:/usr/bin/*", "executable of sender or target";
    Arg = "arg", "arg:--daemon", "any argument of sender or target";
    Path = "path", "path:/root/**", "a file that was touched; * stops at /, ** does not";
    Access = "access", "access:write,created", "how the file was opened; created: it was not there";
    Mode = "mode", "mode:+x,u+s", "permission that chmod newly gave, or the whole mode";
    Addr = "addr", "addr:10.0.0.0/8,::1", "address or network that was connected to";
    Port = "port", "port:22,8000-8100", "port that was connected to";
    Errno = "errno", "errno:EACCES,EPERM", "why it failed";
}

impl Key {
    /// The key with this word, in any case. `comm:` is what the command line calls `pid:`.
    pub fn from_word(word: &str) -> Option<Key> {
        let is = |key: &Key| key.word().eq_ignore_ascii_case(word);
        KEYS.iter().copied().find(is).or_else(|| word.eq_ignore_ascii_case("comm").then_some(Key::Pid))
    }
}

/// The language in lines of text, for the help of the command line.
pub fn help() -> String {
    let mut text = String::from("Filters:\n");
    for key in KEYS {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {:<22}  {}", key.example(), key.what());
    }
    text + "  nginx                   a name contains it, whatever the case\n  1234                    tree:1234\n\
         to. or from. before unit, container, cgroup, exe, arg, uid, user and tty asks it of this end alone: to.unit:nginx\n\
         open, chmod, move and connect are told only to who names the kind: kind:open path:/etc/**; path: alone is of execs\n\
         Terms side by side must all be true; `or`, `!` and parentheses work, a comma is an or between values,\n\
         `*` stands for any characters, and double quotes keep blanks and signs of the language together."
}

/// The same as a table of the README (Markdown).
pub fn readme_table() -> String {
    let mut text = String::from("| term | matches |\n|---|---|\n");
    for key in KEYS {
        let _ = writeln!(text, "| `{}` | {} |", key.example(), key.what());
    }
    text + "| `to.unit:nginx` | the same of one end of a signal: `to.` or `from.` before `unit`, `container`, `cgroup`, `exe`, `arg`, \
            `uid`, `user`, `tty` |\n\
            | `nginx` | a name contains it, whatever the case |\n| `1234` | the same as `tree:1234` |\n"
}

impl Side {
    /// The key that names it.
    pub const fn key(self) -> Key {
        match self {
            Side::From => Key::From,
            Side::To => Key::To,
            Side::Either => Key::Pid,
        }
    }
}
