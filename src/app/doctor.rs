//! `sigtop doctor`: what this kernel and these privileges allow, line by line, with the remedy for each "no".
//!
//! It claims nothing that it has not tried: all that can be asked of the kernel is attached for a moment, and a signal
//! that it sends to itself must come back out of the kernel. What is seen by which road is told in the words of a
//! stream's header.

use crate::error::Error;
use crate::event::{Event, Header};
use crate::filter::{Filter, Wanted, sieve::Narrows};
use crate::signal::Signal;
use crate::source::{Source, live};
use crate::ui::text::wrap;
use rustix::process::{self, getpid, kill_process};
use std::fmt::Write;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Exit code where sigtop cannot work here.
const UNFIT: u8 = 3;
/// What decides that: all else is about more or less of it.
const CAPTURE: &str = "capture";
/// A signal that did not come out of the kernel by then does not come.
const PATIENCE: Duration = Duration::from_secs(10);
/// Older kernels lack what the programs need.
const OLDEST: (u32, u32) = (5, 10);

/// How wide the words are, in cells.
const WIDTH: usize = 63;

/// How it stands with something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    Yes,
    /// Yes, at a price.
    But,
    No,
}

/// A line of the answer.
#[derive(Debug)]
struct Finding {
    verdict: Verdict,
    about: &'static str,
    says: String,
    /// What to do about it; empty where there is nothing to do.
    remedy: String,
}

impl Finding {
    fn yes(about: &'static str, says: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::Yes, about, says: says.into(), remedy: String::new() }
    }

    fn but(about: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::But, about, says: says.into(), remedy: remedy.into() }
    }

    fn no(about: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::No, about, says: says.into(), remedy: remedy.into() }
    }

    /// What was refused.
    fn refused(about: &'static str, error: Error) -> Finding {
        Finding::no(about, error.what, error.hint)
    }
}

/// Prints what works here. The exit code is 0 where capture works, else 3.
///
/// # Errors
/// Where nothing can be printed.
pub fn run(buffer: u32) -> Result<ExitCode, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let findings = runtime.map_err(|e| Error::environment("cannot start", e))?.block_on(examine(buffer));
    let text = text(&findings);
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            return Err(Error::environment(format!("cannot write to standard output: {e}"), ""));
        }
        _ => {}
    }
    Ok(if is_unfit(&findings) { ExitCode::from(UNFIT) } else { ExitCode::SUCCESS })
}

fn is_unfit(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.about == CAPTURE && finding.verdict == Verdict::No)
}

/// In the order in which one thing needs the other.
async fn examine(buffer: u32) -> Vec<Finding> {
    let mut findings = vec![
        kernel(),
        checked("privileges", live::check_privileges(), "CAP_BPF and CAP_PERFMON are there"),
        checked("BTF", live::check_btf(), "/sys/kernel/btf/vmlinux is there"),
    ];
    if findings.iter().any(|finding| finding.verdict == Verdict::No) {
        findings.push(Finding::no(CAPTURE, "not tried: see above", ""));
        return findings;
    }
    let facts = Wanted { failed_sends: true, failed_execs: true, ..Wanted::EVERYTHING };
    let options =
        live::Options { buffer, threads: false, filter: Filter::EVERYTHING, narrows: Narrows::Signals, facts };
    match live::open(options) {
        Err(error) => findings.push(Finding::refused(CAPTURE, error)),
        Ok(source) => {
            let header = source.header.clone();
            findings.push(capture(source).await);
            findings.extend(seen(&header));
        }
    }
    findings.push(others());
    findings
}

fn kernel() -> Finding {
    let name = rustix::system::uname();
    let (release, machine) = (name.release().to_string_lossy(), name.machine().to_string_lossy());
    let mut numbers = release.split(['.', '-']).map_while(|part| part.parse().ok());
    let is_old = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < OLDEST;
    let says = format!("Linux {release} {machine}");
    if is_old {
        Finding::but("kernel", says, "sigtop is made for 5.10 and newer")
    } else {
        Finding::yes("kernel", says)
    }
}

fn checked(about: &'static str, result: Result<(), Error>, says: &str) -> Finding {
    result.map_or_else(|error| Finding::refused(about, error), |()| Finding::yes(about, says))
}

/// Whether a signal of our own, which does nothing, is seen.
async fn capture(mut source: Source) -> Finding {
    // By its name: in a pid namespace its pid is another than the kernel's.
    let name = fs::read_to_string("/proc/self/comm").unwrap_or_default();
    let is_own = |event: &Event| match event {
        Event::Signal(sent) => sent.sender.is_some_and(|sender| {
            sent.signal == Signal::URG && sender.key == sent.target.key && sender.name.as_str() == name.trim_end()
        }),
        _ => false,
    };
    let until = Instant::now() + PATIENCE;
    if let Err(e) = kill_process(getpid(), process::Signal::URG) {
        return Finding::no(CAPTURE, format!("attached, but a signal to itself failed: {e}"), "");
    }
    let why = loop {
        match timeout_at(until, source.batches.recv()).await {
            Ok(Some(batch)) if batch.iter().any(is_own) => {
                let says = "signals, deliveries, forks, execs, exits: attached, and a signal came through";
                return Finding::yes(CAPTURE, says);
            }
            Ok(Some(_)) => {}
            Ok(None) => break "attached, but the stream ended",
            Err(_) => break "attached, but a signal that was sent did not come out of the kernel",
        }
    };
    Finding::no(CAPTURE, why, "")
}

/// What is seen by which road, and what is not.
fn seen(header: &Header) -> impl Iterator<Item = Finding> {
    let remedy = "all else works; a kernel of a big distribution has it";
    let lacks = header.missing.iter().map(move |what| Finding::no("hook", what, remedy));
    let roads = header.roads.iter().map(|road| match road.contains(live::LAST_ROAD) {
        true => Finding::but("on request", road, better_road()),
        false => Finding::yes("on request", road),
    });
    lacks.chain(roads)
}

/// Why the better roads are closed here, as far as the kernel says.
fn better_road() -> String {
    // "none [integrity] confidentiality": the one in brackets holds.
    let lockdown = fs::read_to_string("/sys/kernel/security/lockdown").unwrap_or_default();
    match lockdown.split(['[', ']']).nth(1) {
        Some(mode) if mode != "none" => {
            format!("lockdown={mode} closes the kernel's own functions (fexit, LSM) to BPF: boot without it")
        }
        _ => {
            "this kernel closes its own functions (fexit, LSM) to BPF: by a policy, or it is arm64's before 6.12".into()
        }
    }
}

/// Whether what others run may be read.
fn others() -> Finding {
    match fs::read_link("/proc/1/exe") {
        Err(e) if e.kind() == ErrorKind::PermissionDenied => Finding::but(
            "others",
            "programs of other users that run already are told without the path of their file",
            "that takes CAP_SYS_PTRACE, which root has unless it was taken away",
        ),
        _ => Finding::yes("others", "files that others run can be read in /proc"),
    }
}

/// A remedy stands once, below the last of those that it is for.
fn text(findings: &[Finding]) -> String {
    let mut out = String::new();
    let mut next = findings.iter().skip(1);
    for finding in findings {
        let verdict = match finding.verdict {
            Verdict::Yes => "yes",
            Verdict::But => "but",
            Verdict::No => "no",
        };
        let is_again = next.next().is_some_and(|next| next.remedy == finding.remedy);
        let mut head = format!("{verdict:<4} {:<11}", finding.about);
        for line in wrap(&finding.says, WIDTH, usize::MAX, "") {
            let _ = writeln!(out, "{head} {line}"); // writing to a String cannot fail
            head = " ".repeat(head.len());
        }
        let mut mark = "->";
        for line in wrap(&finding.remedy, WIDTH - 3, if is_again { 0 } else { usize::MAX }, "") {
            let _ = writeln!(out, "{:16} {mark} {line}", "");
            mark = "  ";
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_that_lacks_a_hook_is_fit_and_one_that_captures_nothing_is_not() {
        let hook = Finding::no("hook", "the OOM killer's mark is missing", "all else works");
        assert!(!is_unfit(&[Finding::yes(CAPTURE, "it works"), hook]));
        assert!(is_unfit(&[Finding::yes("BTF", "it is there"), Finding::no(CAPTURE, "refused", "")]));
    }
}
