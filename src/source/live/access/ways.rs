//! By which ways opens, changed modes, moves and connections can be seen: which program for which function of the kernel,
//! which of them are taken on this one, and what a stream's header says of that.
//!
//! Nothing here asks the kernel: what it has is handed in.

use crate::source::live::skel::types::sigtop_facts as Fact;

/// By what a fact is seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// The exit of the kernel's own function (fexit).
    Exit,
    /// The security hook, as a program of an LSM.
    Lsm,
    /// The function that calls all LSMs (fentry).
    Hook,
}

/// A way to see a fact.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    pub fact: Fact,
    pub by: By,
    pub program: &'static str,
    /// What it is for in the kernel: the first of these that there is.
    pub functions: &'static [&'static str],
}

const fn way(fact: Fact, by: By, program: &'static str, functions: &'static [&'static str]) -> Way {
    Way { fact, by, program, functions }
}

/// How many arguments this one has differs from kernel to kernel, which its program must know.
pub const OPEN_ROOT: &str = "do_file_open_root";

/// By preference: what is first found for a fact is taken, with all that follow by the same means.
pub const WAYS: [Way; 11] = [
    way(Fact::SIGTOP_OF_OPEN, By::Exit, "on_open_end", &["do_filp_open", "do_file_open"]), // renamed in 7.0
    way(Fact::SIGTOP_OF_OPEN, By::Exit, "on_open_root_end", &[OPEN_ROOT]),
    way(Fact::SIGTOP_OF_OPEN, By::Lsm, "on_lsm_file_open", &["bpf_lsm_file_open"]),
    way(Fact::SIGTOP_OF_OPEN, By::Hook, "on_hook_file_open", &["security_file_open"]),
    way(Fact::SIGTOP_OF_CHMOD, By::Lsm, "on_lsm_path_chmod", &["bpf_lsm_path_chmod"]),
    way(Fact::SIGTOP_OF_CHMOD, By::Hook, "on_hook_path_chmod", &["security_path_chmod"]),
    way(Fact::SIGTOP_OF_MOVE, By::Lsm, "on_lsm_path_rename", &["bpf_lsm_path_rename"]),
    way(Fact::SIGTOP_OF_MOVE, By::Hook, "on_hook_path_rename", &["security_path_rename"]),
    way(Fact::SIGTOP_OF_CONNECT, By::Exit, "on_connect_end", &["__sys_connect_file"]),
    way(Fact::SIGTOP_OF_CONNECT, By::Lsm, "on_lsm_socket_connect", &["bpf_lsm_socket_connect"]),
    way(Fact::SIGTOP_OF_CONNECT, By::Hook, "on_hook_socket_connect", &["security_socket_connect"]),
];

/// All that can be asked for.
pub const ALL_FACTS: [Fact; 4] =
    [Fact::SIGTOP_OF_OPEN, Fact::SIGTOP_OF_CHMOD, Fact::SIGTOP_OF_MOVE, Fact::SIGTOP_OF_CONNECT];

/// The ways that were taken.
#[derive(Debug)]
pub struct Ways {
    pub taken: Vec<Way>,
    /// Whether io_uring's workers are threads of the processes that they work for.
    pub own_workers: bool,
}

/// The ways for every fact, or `None` where one has none.
pub fn choose(has: &dyn Fn(&str) -> bool, with_lsm: bool) -> Option<Vec<Way>> {
    let usable = |way: &&Way| (with_lsm || way.by != By::Lsm) && way.functions.iter().any(|function| has(function));
    let mut chosen = Vec::new();
    for fact in ALL_FACTS {
        let of_fact = || WAYS.iter().filter(|way| way.fact == fact).filter(usable);
        let best = of_fact().next()?.by;
        chosen.extend(of_fact().filter(|way| way.by == best));
    }
    Some(chosen)
}

/// What a stream's header says of them, for the facts with these bits.
pub fn function_sentences(ways: &Ways, bits: u32) -> Vec<String> {
    let uring = if ways.own_workers { "io_uring's too" } else { "io_uring's too, as the deeds of the kernel's worker" };
    let mut said = Vec::new();
    for (fact, what, refused, but) in [
        (Fact::SIGTOP_OF_OPEN, "opens", "an open that then fails", ""),
        (Fact::SIGTOP_OF_CHMOD, "changed modes", "a chmod that is then refused", ""),
        (Fact::SIGTOP_OF_MOVE, "moves", "a rename that is then refused", ""),
        (
            Fact::SIGTOP_OF_CONNECT,
            "connections",
            "a connect that then fails",
            "; what is sent without connect(2) is not (UDP by sendto, MSG_FASTOPEN)",
        ),
    ] {
        let Some(way) = ways.taken.iter().find(|way| way.fact == fact && fact.0 & bits != 0) else { continue };
        let how = match way.by {
            By::Exit => format!("where the kernel has done them (fexit), {uring}, with their errors"),
            By::Lsm => format!("at the security hook (LSM), {uring}; {refused} is told as done"),
            By::Hook => format!("at the security hook (fentry), {uring}; {refused} is told as done"),
        };
        said.push(format!("{what} are seen {how}{but}"));
    }
    said
}

/// What it says of every call.
pub fn every_call_sentences(bits: u32) -> Vec<String> {
    const COST: &str = "which costs each of them 20 to 130 ns";
    [
        (
            Fact::SIGTOP_OF_OPEN.0,
            "opens are seen at the exit of every system call (sys_exit)",
            "io_uring's are not seen, nor what another thread replaces at once (dup2)",
        ),
        (
            Fact::SIGTOP_OF_CHMOD.0,
            "changed modes are seen at the exit of every system call (sys_exit)",
            "the mode of before is not; a path is what the caller wrote, followed a moment later",
        ),
        (
            Fact::SIGTOP_OF_MOVE.0,
            "moves are seen at the exit of every system call (sys_exit)",
            "io_uring's are not seen; a path is what the caller wrote, followed a moment later",
        ),
        (
            Fact::SIGTOP_OF_CONNECT.0,
            "connections are seen at the exit of every system call (sys_exit)",
            "io_uring's are not seen, nor what is sent without connect(2) (UDP by sendto, MSG_FASTOPEN)",
        ),
    ]
    .into_iter()
    .filter(|(facts, ..)| facts & bits != 0)
    .map(|(_, how, but)| format!("{how}, {COST}; {but}"))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_way_that_the_kernel_has_is_taken() {
        let names = |has: &dyn Fn(&str) -> bool, lsm| {
            choose(has, lsm).map(|ways| ways.iter().map(|way| way.program).collect::<Vec<_>>())
        };
        let all = names(&|_| true, true).unwrap();
        assert_eq!(
            all,
            ["on_open_end", "on_open_root_end", "on_lsm_path_chmod", "on_lsm_path_rename", "on_connect_end"]
        );
        let hooks = names(&|name| name.starts_with("security_"), false).unwrap();
        assert!(hooks.len() == 4 && hooks.iter().all(|name| name.starts_with("on_hook_")), "{hooks:?}");
        assert_eq!(names(&|name| name != "security_path_chmod", false), None);
    }
}
