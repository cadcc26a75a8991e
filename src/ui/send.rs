//! What keys do to send a signal: whom it is for, the list of signals, the question, the answer.
//!
//! Asked twice and sent once: Enter chooses, only a yes sends. Whether the pid still is the same process's is checked by
//! the main loop, when it sends ([`Effect::Send`]).

use super::state::send::Sending;
use super::{Effect, Message, Page, Popup, Subject, Ui, text};
use crate::event::{ProcKey, SenderKey};
use crate::model::{Entry, Model, Proc, TargetKey};
use crate::signal::Signal;

const WHOM: &str = "select a process first, or a row of the log or a sender";
const MADE_UP: &str = "this history is made up: there is nobody to send to";
const RECORDED: &str = "this is a recording: there is nobody to send to";
const READ_ONLY: &str = "read-only: no signal is sent";
const INIT: &str = "This is the init of the machine.";
const OWN: &str = "This is sigtop itself.";

/// The parent of all threads of the kernel's own; it ignores signals, and so do they (kernel/kthread.c).
const KTHREADD: u32 = 2;

impl Ui {
    /// Opens the list of signals for what is selected, or for what the page is about.
    pub(super) fn open_send(&mut self, model: &Model) {
        match self.recipient(model) {
            Ok(sending) => self.popup = Some(Popup::Send(Box::new(sending))),
            Err(why) => self.message = Some(Message::notice(why)),
        }
    }

    fn recipient(&self, model: &Model) -> Result<Sending, String> {
        if self.is_read_only {
            return Err(READ_ONLY.into());
        }
        if self.look.replay {
            return Err(RECORDED.into());
        }
        if self.look.demo {
            return Err(MADE_UP.into());
        }
        let back = if let Some(Popup::Page(page)) = &self.popup { Some(*page) } else { None };
        let subject = back.map_or_else(|| self.chosen(), |page: Page| Some(page.subject));
        let key = self.process_of(subject, model)?;
        let proc = self.living(&key, model)?;
        let caution = match key.pid {
            1 => Some(INIT),
            pid if Some(pid) == self.own_pid => Some(OWN),
            _ => None,
        };
        let is_kernels = key.pid == KTHREADD || proc.parent.is_some_and(|parent| parent.pid == KTHREADD);
        let shield = match key.pid {
            1 => Some("nothing: the kernel shields init"),
            _ if is_kernels => Some("nothing: it is the kernel's own"),
            _ => None,
        };
        Ok(Sending { caution, shield, ..Sending::new(key, proc.name, proc.uid, back) })
    }

    /// The process that a row is about; of a signal, its target.
    fn process_of(&self, subject: Option<Subject>, model: &Model) -> Result<ProcKey, &'static str> {
        match subject {
            Some(Subject::Process(key) | Subject::Sender(SenderKey::Process(key))) => Ok(key),
            Some(Subject::Sender(SenderKey::Kernel(_))) => Err("the kernel is no process: nothing can be sent to it"),
            Some(Subject::Flow(flow)) => match flow.to {
                Some(TargetKey::Process(key)) => Ok(key),
                Some(TargetKey::Aim(_)) => Err("nobody knows whom that was meant for"),
                None => self.process_of(Some(Subject::Sender(flow.from)), model),
            },
            Some(Subject::Row(seq)) => match self.entry(model, seq) {
                Some(Entry::Signal(row)) => Ok(row.event.target.key),
                Some(Entry::Attempt(e)) => {
                    e.target.map(|target| target.key).ok_or("nobody knows whom that was meant for")
                }
                Some(entry) => entry.doer().map(|who| who.key).ok_or(WHOM),
                None => Err(WHOM),
            },
            Some(Subject::Alert(number)) => {
                let who = self.alerts.get(number).and_then(|alert| alert.event.who);
                who.map(|who| who.key).ok_or("no one process did it")
            }
            Some(Subject::Sender(SenderKey::Others) | Subject::Signal(_) | Subject::Refusal) | None => Err(WHOM),
        }
    }

    /// The process as it is now, not as a paused picture shows it.
    fn living<'a>(&self, key: &ProcKey, model: &'a Model) -> Result<&'a Proc, String> {
        let known = model.procs.get(key);
        known.filter(|proc| proc.is_alive()).ok_or_else(|| {
            let name = known.or_else(|| self.told(model, key)).map(|proc| proc.name).unwrap_or_default();
            format!("{} is dead: nothing can be sent to it", self.named(&name, key))
        })
    }

    fn named(&self, name: &crate::event::Name, key: &ProcKey) -> String {
        text::process(name, key.pid, 40, self.look.glyphs().cut)
    }

    /// Enter in the list, or yes to the question.
    pub(super) fn send(&mut self, model: &Model) -> Option<Effect> {
        let Some(Popup::Send(sending)) = &mut self.popup else { return None };
        if !sending.is_chosen {
            sending.is_chosen = true;
            return None;
        }
        let (key, signal) = (sending.to, sending.signal());
        self.popup = sending.back.map(Popup::Page);
        match self.living(&key, model) {
            Ok(_) => Some(Effect::Send { key, signal }),
            Err(why) => {
                self.message = Some(Message::alarm(why));
                None
            }
        }
    }

    /// Back from the question to the list, from the list to where it was asked for. Whether one of them was open.
    pub(super) fn leave_send(&mut self) -> bool {
        let Some(Popup::Send(sending)) = &mut self.popup else { return false };
        if std::mem::take(&mut sending.is_chosen) {
            return true;
        }
        self.popup = sending.back.map(Popup::Page);
        true
    }

    /// It was sent, or why not.
    pub(super) fn sent(&mut self, key: ProcKey, signal: Signal, result: Result<(), String>, model: &Model) {
        let name = self.told(model, &key).map(|proc| proc.name).unwrap_or_default();
        let whom = self.named(&name, &key);
        self.message = Some(match result {
            Ok(()) => Message::notice(format!("{signal} sent to {whom}")),
            Err(why) => Message::alarm(format!("{signal} not sent to {whom}: {why}")),
        });
    }
}
