//! Against the kernel's own queues, as signal(7) and dequeue_signal() have them.

use super::*;
use std::collections::{HashMap, VecDeque};

const THREADS: [u32; 2] = [BOB, 22];

/// One step: a signal sent to the process (0) or a thread, or taken by a thread.
#[derive(Clone, Debug)]
enum Step {
    Send { signal: u8, tid: u32 },
    Take { signal: u8, tid: u32 },
}

fn step() -> impl Strategy<Value = Step> {
    let signal = prop::sample::select(vec![10u8, 12, 34, 35]);
    let tid = prop::sample::select(vec![0, THREADS[0], THREADS[1]]);
    (any::<bool>(), signal, tid).prop_map(|(send, signal, tid)| match (send, tid) {
        (true, tid) => Step::Send { signal, tid },
        (false, 0) => Step::Take { signal, tid: THREADS[0] },
        (false, tid) => Step::Take { signal, tid },
    })
}

/// What waits: for the process under 0, for each thread under its own number.
#[derive(Default)]
struct Kernel {
    waiting: HashMap<u32, VecDeque<(u8, u64)>>,
}

impl Kernel {
    fn is_coalesced(&self, signal: u8, tid: u32) -> bool {
        signal < 32 && self.waiting.get(&tid).is_some_and(|queue| queue.iter().any(|(s, _)| *s == signal))
    }

    fn take(&mut self, signal: u8, tid: u32) -> Option<u64> {
        [tid, 0].into_iter().find_map(|of| {
            let queue = self.waiting.get_mut(&of)?;
            let at = queue.iter().position(|(s, _)| *s == signal)?;
            Some(queue.remove(at)?.1)
        })
    }
}

proptest! {
    #[test]
    fn every_delivery_is_joined_as_the_kernel_took_it(steps in prop::collection::vec(step(), 0..200)) {
        let mut fold = Fold::default();
        let mut kernel = Kernel::default();
        for step in steps {
            match step {
                Step::Send { signal, tid } => {
                    let coalesced = kernel.is_coalesced(signal, tid);
                    let who = thread(BOB, if tid == 0 { BOB } else { tid });
                    let scope = if tid == 0 { Scope::Process } else { Scope::Thread };
                    let result = if coalesced { SendResult::Coalesced } else { SendResult::Queued };
                    fold.now += 1;
                    let event = sent(fold.now, Signal::new(signal).unwrap(), who, scope);
                    let id = fold.send(SignalEvent { result, ..event });
                    if !coalesced {
                        kernel.waiting.entry(tid).or_default().push_back((signal, id));
                    }
                }
                Step::Take { signal, tid } => {
                    // Only what waits can be taken.
                    if let Some(id) = kernel.take(signal, tid) {
                        let told = fold.handle(BOB, tid, Signal::new(signal).unwrap());
                        prop_assert_eq!(told, Some(id));
                    }
                }
            }
        }
    }

    /// Any records in any order: numbers rise, nothing panics, nothing is left behind.
    #[test]
    fn any_order_is_folded(records in prop::collection::vec((0u8..6, 1u32..5, 1u8..65), 0..300)) {
        let mut fold = Fold::default();
        for (kind, pid, number) in records {
            let signal = Signal::new(number).unwrap();
            match kind {
                0 => { fold.kill(pid, signal); }
                1 => { fold.handle(pid, pid, signal); }
                2 => { fold.group_exit(pid, pid, signal); }
                3 => { fold.exit(pid, by_signal(signal)); }
                4 => { fold.kernel_kill(pid, pid); }
                _ => fold.oom_mark(pid),
            }
        }
        let ids: Vec<u64> = fold.signals().iter().map(|e| e.id).collect();
        prop_assert!(ids.windows(2).all(|w| w[0] < w[1]));
        prop_assert!(fold.linker.out.is_empty() && !fold.linker.holds());
    }
}

/// Two real-time signals wait, and the filter left out that the first was sent. The first is taken: it is not the
/// second, as its siginfo says.
#[test]
fn a_signal_whose_sending_was_left_out_does_not_borrow_anothers() {
    let mut fold = Fold::default();
    let signal = Signal::new(40).unwrap();
    let event = sent(1, signal, process(BOB), Scope::Process);
    let mark = |word| Mark { code: -1, word };
    fold.linker.record(Record::Signal { event, mark: mark(7), ran: 10, alone: false, maybe_oom: false });
    let taken = |fold: &mut Fold, word| {
        let event = super::taken(2, signal, process(BOB), Disposition::Handler);
        fold.linker.record(Record::Deliver { event, mark: Some(mark(word)) });
        let events = fold.linker.take(u64::MAX);
        let Some(Event::Deliver(e)) = events.last() else { panic!("{events:?}") };
        e.id
    };
    assert_eq!(taken(&mut fold, 8), None);
    assert_eq!(taken(&mut fold, 7), Some(1));
}
