//! The kernel's own record of the same: a tracefs instance, no BPF, so an independent witness.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

const TRACING: &str = "/sys/kernel/tracing";
/// Each event, and the name in it that tells whose it is: the target's, or that of the thread that runs.
const EVENTS: [(&str, &str); 5] = [
    ("signal/signal_generate", "comm"),
    ("signal/signal_deliver", "COMM"),
    ("sched/sched_process_fork", "COMM"),
    ("sched/sched_process_exec", "COMM"),
    ("sched/sched_process_exit", "COMM"),
];

/// One event as tracefs tells it. `by` is the thread that ran.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    Generate { by: u32, sig: i64, code: i64, tid: u32, group: bool, result: i64 },
    Deliver { by: u32, sig: i64, code: i64, handler: u64 },
    Fork { by: u32, child: u32 },
    Exec { by: u32 },
    Exit { by: u32 },
}

/// A running record.
pub struct Witness {
    instance: PathBuf,
}

impl Witness {
    /// Looks at processes with these names, which may hold `*`: others may flood the machine meanwhile.
    pub fn start(names: &[&str]) -> Witness {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        if !Path::new(TRACING).join("events").exists() {
            let mounted = Command::new("mount").args(["-t", "tracefs", "none", TRACING]).status().unwrap();
            assert!(mounted.success(), "no tracefs");
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let instance = Path::new(TRACING).join(format!("instances/sigtop-{}-{number}", std::process::id()));
        fs::create_dir(&instance).unwrap();
        let witness = Witness { instance };
        witness.put("buffer_size_kb", "16384");
        witness.put("trace_clock", "global"); // each processor has a clock of its own else: who was first is not known
        for (event, field) in EVENTS {
            let one = |name: &&str| format!("{field} {} \"{name}\"", if name.contains('*') { "~" } else { "==" });
            let filter = names.iter().map(one).collect::<Vec<_>>().join(" || ");
            witness.put(&format!("events/{event}/filter"), &filter);
        }
        witness.switch("1");
        witness
    }

    fn put(&self, file: &str, text: &str) {
        fs::write(self.instance.join(file), text).unwrap_or_else(|e| panic!("{file}: {e}"));
    }

    fn switch(&self, on: &str) {
        EVENTS.iter().for_each(|(event, _)| self.put(&format!("events/{event}/enable"), on));
    }

    /// Everything that happened between start and now.
    pub fn stop(self) -> Vec<Fact> {
        self.switch("0");
        for cpu in fs::read_dir(self.instance.join("per_cpu")).unwrap() {
            let stats = fs::read_to_string(cpu.unwrap().path().join("stats")).unwrap();
            assert!(stats.contains("\noverrun: 0\n"), "the witness has gaps: {stats}");
        }
        let text = fs::read(self.instance.join("trace")).unwrap();
        facts(&String::from_utf8_lossy(&text))
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.instance);
    }
}

/// Reads `comm-tid [cpu] flags time: event: fields`. A name may hold anything, line ends too: so events are found by
/// `: event: `, and their fields from the end.
fn facts(text: &str) -> Vec<Fact> {
    let names: Vec<String> = EVENTS.iter().map(|(e, _)| format!(": {}: ", e.split('/').next_back().unwrap())).collect();
    let mut found: Vec<(usize, &str)> = names
        .iter()
        .flat_map(|name| text.match_indices(name.as_str()).map(|(at, _)| (at, name.trim_matches([':', ' ']))))
        .collect();
    found.sort_unstable();
    let ends = found.iter().skip(1).map(|(at, _)| *at).chain([text.len()]);
    let mut start = 0;
    let mut facts = Vec::new();
    for (&(at, event), end) in found.iter().zip(ends) {
        let head = &text[start..at];
        let by = head.rfind(" [").and_then(|e| head[..e].trim_end().rsplit('-').next()?.parse().ok());
        let fields = &text[at + event.len() + 4..end];
        facts.push(fact(event, by.unwrap_or_else(|| panic!("who? {head}")), fields));
        start = at + event.len();
    }
    facts
}

fn fact(event: &str, by: u32, fields: &str) -> Fact {
    let text = |key: &str| {
        let at = fields.rfind(&format!("{key}=")).unwrap_or_else(|| panic!("no {key} in {fields}"));
        let value = &fields[at + key.len() + 1..];
        &value[..value.find(|c: char| c.is_whitespace()).unwrap_or(value.len())]
    };
    let number = |key: &str| text(key).parse::<i64>().unwrap_or_else(|e| panic!("{key}: {e} in {fields}"));
    let pid = |key: &str| u32::try_from(number(key)).unwrap();
    match event {
        "signal_generate" => Fact::Generate {
            by,
            sig: number("sig"),
            code: number("code"),
            tid: pid("pid"),
            group: number("grp") == 1,
            result: number("res"),
        },
        "signal_deliver" => Fact::Deliver {
            by,
            sig: number("sig"),
            code: number("code"),
            handler: u64::from_str_radix(text("sa_handler"), 16).unwrap(),
        },
        "sched_process_fork" => Fact::Fork { by, child: pid("child_pid") },
        "sched_process_exec" => Fact::Exec { by },
        _ => Fact::Exit { by },
    }
}

/// `first` and its descendants, threads among them.
pub fn family(facts: &[Fact], first: u32) -> HashSet<u32> {
    let mut members = HashSet::from([first]);
    for fact in facts {
        if let Fact::Fork { by, child } = fact
            && members.contains(by)
        {
            members.insert(*child);
        }
    }
    members
}
