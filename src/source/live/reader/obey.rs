//! What the control side asks of the reader: another filter, other things that are told on request. Each takes hold
//! whole, or in words why not, and then all stays as it was.

use super::{GoOn, Reader, SWEEP_MAX, mono_ns};
use crate::filter::kernel::Program;
use crate::filter::{Filter, Placement, Wanted};
use crate::source::live::attempts::Asked;
use crate::source::live::control::Word;
use crate::source::live::link::Expected;
use crate::source::live::seed;
use crate::source::live::skel::SigtopSkel;
use std::sync::mpsc::TryRecvError;

/// Who was born while the first of these put in whoever is watched is put in by the next. Each finds fewer.
const SEED_ROUNDS: usize = 8;

impl Reader<'_> {
    /// What the control side asked for.
    pub fn obey(&mut self, skel: &SigtopSkel<'_>) -> GoOn {
        let ended = loop {
            match self.words.try_recv() {
                Ok(Word::SetFilter(filter, answer)) => self.asked.push_back((filter, answer)),
                Ok(Word::Ask(wanted, answer)) => drop(answer.send(self.ask(wanted))),
                Err(TryRecvError::Empty) => break false,
                Err(TryRecvError::Disconnected) => break true,
            }
        };
        // While something waits for the OOM killer's mark, who was born since is not known here yet.
        while !self.asked.is_empty() && (ended || !self.linker.borrow().holds()) {
            let Some((filter, answer)) = self.asked.pop_front() else { break };
            let _ = answer.send(self.set_filter(skel, filter)); // whether anybody still waits for it or not
        }
        if ended { None } else { Some(()) }
    }

    /// Another filter, with what it asks for of failures and of what is told only on request; or in words why not, and
    /// then all stays as it was.
    fn set_filter(&mut self, skel: &SigtopSkel<'_>, filter: Filter) -> Result<Placement, String> {
        let before = (self.attempts.asked(), self.access.wanted().clone());
        let wanted = Wanted::by(&filter).or(self.facts.clone());
        let text = filter.to_string();
        let set = self.attempts.ask(Asked::by(&filter, self.narrows).and(&self.facts)).and_then(|_| self.tell(wanted));
        set.and_then(|_| self.change(skel, filter, Some(text))).inspect_err(|_| {
            let _ = self.attempts.ask(before.0);
            let _ = self.tell(before.1);
        })
    }

    /// What is wanted beside the filter.
    fn ask(&mut self, facts: Wanted) -> Result<Vec<String>, String> {
        let filter = self.expected.back().map_or(self.sieve.filter(), |(_, filter)| filter);
        let (wanted, asked) = (Wanted::by(filter).or(facts.clone()), Asked::by(filter, self.narrows).and(&facts));
        let before = self.attempts.asked();
        let mut roads: Vec<String> = self.attempts.ask(asked)?.sentence().map(String::from).into_iter().collect();
        roads.extend(self.tell(wanted).inspect_err(|_| {
            let _ = self.attempts.ask(before);
        })?);
        self.sieve.request(&facts);
        self.facts = facts;
        Ok(roads)
    }

    /// From now on this is told of what is told only on request. What was met so far is called as it was looked for.
    fn tell(&mut self, wanted: Wanted) -> Result<Vec<String>, String> {
        if wanted == *self.access.wanted() && wanted.is_nothing() {
            return Ok(Vec::new());
        }
        while self.sweep() >= SWEEP_MAX {}
        let roads = self.access.ask(wanted);
        self.linker.borrow_mut().look_for(self.access.looked_for());
        roads
    }

    /// Another filter, or in words why not. No hook of signals is detached, no count is lost.
    pub fn change(&mut self, skel: &SigtopSkel<'_>, filter: Filter, text: Option<String>) -> Result<Placement, String> {
        let program = Program::with(&filter, seed::has_only_unified_cgroups());
        match self.put_in_force(skel, filter, &program, text) {
            Ok(()) => Ok(program.placement),
            Err(why) => {
                self.slots.give_up(skel);
                Err(why)
            }
        }
    }

    fn put_in_force(
        &mut self,
        skel: &SigtopSkel<'_>,
        filter: Filter,
        program: &Program,
        text: Option<String>,
    ) -> Result<(), String> {
        let generation = self.slots.prepare(skel, program)?;
        for _ in 0..SEED_ROUNDS {
            if self.seed_trees(skel, program)? == 0 {
                break;
            }
        }
        let expected = Expected { generation, text, certain: program.unconditional() };
        self.linker.borrow_mut().expect(expected);
        self.expected.push_back((generation, filter));
        self.slots.put_in_force(skel).inspect_err(|_| {
            self.linker.borrow_mut().expect_not();
            self.expected.pop_back();
        })
    }

    /// Puts the descendants that are known by now into the filter that is being prepared. How many were not in it.
    fn seed_trees(&mut self, skel: &SigtopSkel<'_>, program: &Program) -> Result<usize, String> {
        if program.trees.is_empty() {
            return Ok(0);
        }
        while self.sweep() >= SWEEP_MAX {}
        self.hand_over(mono_ns());
        let mut added = 0;
        for (pid, bits) in &program.trees {
            added += self.slots.add(skel, self.sieve.census().family(&[*pid]), *bits)?;
        }
        Ok(added)
    }
}
