//! `sigtop why --wait`: watches until one dies that is asked for, or can die no more.

use super::nothing;
use super::seek::{Looked, Seeker};
use super::tell;
use crate::app::ending::Endings;
use crate::app::identity;
use crate::app::problems::say;
use crate::error::Error;
use crate::event::Party;
use crate::filter::Who;
use crate::plan::{Origin, Question};
use crate::source::Source;
use procfs::process::Process;
use std::time::Duration;
use tokio::time::{Instant, interval, sleep_until};

/// After a death, how long it is waited for what is still told of the time before it.
const LATE: Duration = Duration::from_millis(1500);

/// Why it is waited no longer.
enum Over {
    /// It died, and what is told of that came.
    Died,
    /// The user ended it.
    AskedToEnd,
    /// Nothing more is told.
    StreamEnded,
    /// It ended before its end could be seen.
    GoneBefore,
    /// It ended, and the record of that was lost.
    EndLost(Party),
}

/// One that is waited for, and what came so far.
struct Waiting {
    seeker: Seeker,
    /// They are of this machine as it is now, so /proc knows them.
    is_live: bool,
    is_gone: bool,
    /// One that ended, and the record of that was lost.
    unseen: Option<Party>,
}

/// Watches; nothing where it was not seen to die, and then that is said.
///
/// # Errors
/// Where nothing can be watched, or who is asked for is not there.
pub async fn wait(origin: &Origin, question: &Question, endings: &mut Endings) -> Result<Option<Looked>, Error> {
    let is_live = matches!(origin, Origin::Live(_) | Origin::Connect(_));
    let pid = if let Who::Pid(pid) = question.who { Some(pid).filter(|_| is_live) } else { None };
    let started = pid.map(start_of).transpose()?;
    let mut source = crate::app::open(origin, None)?;
    let whom = nothing::whom(question, pid.and_then(name_of).as_deref());
    say(&format!("waiting for {whom} to die; ^C ends"));
    let seeker = Seeker::new("this machine".into(), source.header.clone(), question);
    // From here on its end is seen, so what is not there now ended before.
    let is_gone = pid.is_some_and(|pid| start_of(pid).ok() != started);
    let mut waiting = Waiting { seeker, is_live, is_gone, unseen: None };
    let over = waiting.watch(&mut source, endings).await;
    tell(&mut source.problems, &mut waiting.seeker);
    let seeker = waiting.seeker;
    match over {
        Over::Died => return Ok(Some(seeker.finish())),
        Over::AskedToEnd => say(&format!("ended; {whom} was not seen to die")),
        Over::StreamEnded => {
            let what = if matches!(origin, Origin::Connect(_)) { "the daemon" } else { "the stream" };
            say(&format!("{what} ended; {whom} was not seen to die"));
        }
        Over::GoneBefore => say(&format!("{whom} ended before it could be watched: who ended it was not seen")),
        Over::EndLost(party) => {
            let (name, pid, lost) = (party.name.as_str(), party.key.pid, seeker.lost());
            say(&format!(
                "{name}[{pid}] has ended, and why is not known: its end was lost (records that did not fit: {lost})"
            ));
        }
    }
    Ok(None)
}

impl Waiting {
    async fn watch(&mut self, source: &mut Source, endings: &mut Endings) -> Over {
        let mut until = None; // counted from when it is over, however much else happens
        let mut look = interval(LATE);
        loop {
            // A death may be known already while what was lost before it is not yet.
            if self.is_gone || self.unseen.is_some() || self.seeker.has_found() {
                until.get_or_insert_with(|| Instant::now() + LATE);
            }
            tokio::select! {
                biased;
                () = endings.asked_to_end() => return Over::AskedToEnd,
                () = sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => return self.outcome(),
                batch = source.batches.recv() => match batch {
                    Some(batch) => {
                        batch.iter().for_each(|event| self.seeker.take(event));
                        if self.seeker.is_explained() {
                            return Over::Died;
                        }
                    }
                    None if self.seeker.has_found() => return Over::Died,
                    None => return Over::StreamEnded,
                },
                Some(problem) = source.problems.recv() => {
                    say(&problem);
                    self.seeker.is_damaged = true;
                }
                // An end that was lost does not come.
                _ = look.tick(), if self.is_live && self.unseen.is_none() && self.seeker.lost() > 0 => {
                    self.unseen = self.seeker.alive().find(|party| identity::has_ended(&party.key));
                }
            }
        }
    }

    /// What is known when it was waited long enough.
    fn outcome(&mut self) -> Over {
        match self.unseen.take() {
            _ if self.seeker.has_found() => Over::Died,
            _ if self.is_gone => Over::GoneBefore,
            Some(party) => Over::EndLost(party),
            None => Over::Died,
        }
    }
}

/// When a process of this machine started, in ticks.
fn start_of(pid: u32) -> Result<u64, Error> {
    let missing = || {
        Error::usage(
            format!("there is no process {pid}"),
            "to look for its death in what was recorded, leave out --wait",
        )
    };
    let pid = i32::try_from(pid).map_err(|_| missing())?;
    let stat = Process::new(pid).and_then(|process| process.stat()).map_err(|_| missing())?;
    match stat.state {
        'Z' | 'X' => Err(Error::usage(
            format!("process {pid} is dead already; only its parent has not asked yet"),
            "to look for its death in what was recorded, leave out --wait",
        )),
        _ => Ok(stat.starttime),
    }
}

fn name_of(pid: u32) -> Option<String> {
    Process::new(i32::try_from(pid).ok()?).and_then(|process| process.stat()).ok().map(|stat| stat.comm)
}
