//! What the source was asked for and has not answered: filters of the reader's, and what rules need that were read again.
//! Such rules hold once the source captures it; where it refuses, the old ones stay, and whoever asked is told why.
//!
//! Answers are taken in the order of the questions. Nothing here touches the stream.

use super::back::{Back, Request, Word, lock};
use crate::app::rules::files;
use crate::filter::{Filter, Placement, Wanted};
use crate::rules::{Needs, RuleSet};
use crate::source::{self, Answer, Asked};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;

/// What the source was asked for, and has not answered.
enum Question {
    /// A filter of the reader's.
    Filter(Request),
    /// What other rules need of what is told only on request.
    Facts(Asked, Change),
    /// And then of everything else.
    Rules(u64, Answer, Change),
}

/// Rules that are to hold.
struct Change {
    rules: RuleSet,
    needs: Arc<Needs>,
    reply: oneshot::Sender<Result<String, String>>,
}

/// An answer of the source.
pub enum Said {
    /// To a filter.
    Filter(Result<Placement, String>),
    /// To what is told only on request.
    Facts(Result<(), String>),
}

/// All of them, the oldest first, and what they change.
pub struct Questions {
    asked: VecDeque<Question>,
    back: Arc<Mutex<Back>>,
    /// Those in force.
    rules: RuleSet,
    /// What the reader asked for of what is told only on request.
    facts: Wanted,
}

impl Questions {
    /// None yet.
    pub fn new(back: Arc<Mutex<Back>>, rules: RuleSet, facts: Wanted) -> Questions {
        Questions { asked: VecDeque::new(), back, rules, facts }
    }

    /// Takes a word of the reader's. Rules that hold from here on go through `set` before anybody is told.
    pub fn heard(&mut self, word: Word, set: impl FnOnce(RuleSet)) {
        match word {
            Word::Filter(request) => self.asked.push_back(Question::Filter(request)),
            Word::Rules(Err(why), reply) => drop(reply.send(Err(why))), // whoever asked may have gone
            Word::Rules(Ok(rules), reply) => {
                let needs = Arc::new(rules.needs());
                self.change(Change { rules, needs, reply }, set);
            }
        }
    }

    /// Other rules hold, once the source captures what they need: first what is told only on request.
    fn change(&mut self, change: Change, set: impl FnOnce(RuleSet)) {
        let before = lock(&self.back).needs();
        if *before == *change.needs {
            return self.obey(change, set);
        }
        if before.facts == change.needs.facts {
            return self.ask(change);
        }
        if let Some(answer) = self.ask_facts(&change.needs) {
            self.asked.push_back(Question::Facts(answer, change));
        }
    }

    fn ask_facts(&self, needs: &Needs) -> Option<Asked> {
        lock(&self.back).ask_facts(self.facts.clone().or(needs.facts.clone()))
    }

    fn ask(&mut self, change: Change) {
        let asked = lock(&self.back).ask_for_rules(Arc::clone(&change.needs));
        self.asked.extend(asked.map(|(id, answer)| Question::Rules(id, answer, change)));
    }

    fn obey(&mut self, Change { rules, reply, .. }: Change, set: impl FnOnce(RuleSet)) {
        let said = files::reloaded(&self.rules, &rules);
        self.rules = rules.clone();
        set(rules);
        let _ = reply.send(Ok(said)); // whoever asked may have gone
    }

    /// What the source says to the oldest question; waits for ever where there is none. Dropping the future loses nothing.
    pub async fn answer(&mut self) -> Said {
        let ended = || "the stream has ended".to_string();
        match self.asked.front_mut() {
            None => std::future::pending().await,
            Some(Question::Filter(Request { answer, .. }) | Question::Rules(_, answer, _)) => {
                Said::Filter(answer.await.unwrap_or_else(|_| Err(ended())))
            }
            Some(Question::Facts(answer, _)) => Said::Facts(answer.await.unwrap_or_else(|_| Err(ended())).map(drop)),
        }
    }

    /// Takes that answer.
    pub fn answered(&mut self, said: Said, set: impl FnOnce(RuleSet)) {
        match (self.asked.pop_front(), said) {
            (Some(Question::Filter(request)), Said::Filter(answer)) => {
                if answer.is_err() {
                    lock(&self.back).give_up(request.id);
                }
                let answer = answer.map(|below| placement(&request.user, &request.union, below));
                let _ = request.reply.send(answer); // likewise
            }
            (Some(Question::Facts(_, change)), Said::Facts(Ok(()))) => self.ask(change),
            (Some(Question::Facts(_, change)), Said::Facts(Err(why))) => refuse(change, &why),
            (Some(Question::Rules(_, _, change)), Said::Filter(Ok(_))) => self.obey(change, set),
            (Some(Question::Rules(id, _, change)), Said::Filter(Err(why))) => {
                lock(&self.back).give_up(id);
                let before = lock(&self.back).needs();
                let _ = self.ask_facts(&before); // as before: what is told beyond that does no harm
                refuse(change, &why);
            }
            _ => {}
        }
    }
}

/// Where the terms of the reader's filter are decided. What the source captures for both, it decides; of that, the
/// reader's own terms are decided here.
fn placement(user: &Filter, union: &Filter, below: Placement) -> Placement {
    if user == union {
        return below;
    }
    Placement { kernel: below.kernel, ..source::placement(user) }
}

/// The old rules stay.
fn refuse(change: Change, why: &str) {
    let _ = change.reply.send(Err(format!("the rules stay as they were: {why}"))); // whoever asked may have gone
}
