//! From a signal to its senders to its targets: what Enter does in the counters, and the way back.

use super::layout::{Panel, Place};
use super::state::drill::Level;
use super::{Page, Popup, Ui};
use crate::event::SenderKey;
use crate::model::{Model, TargetKey};
use crate::ui::state::Subject;
use ratatui::layout::Rect;

impl Ui {
    /// One step deeper, where the panel that has the keys can go deeper. Whether it can.
    pub(super) fn step_in(&mut self, model: &Model) -> bool {
        match (self.focus(), self.counters.drill.level()) {
            (Panel::Signals, _) => {
                let Some(signal) = self.counters.signals.selected() else { return false };
                self.counters.enter_signal(signal, model, self.now_ns, self.frozen.as_deref());
                self.look_at(Panel::Senders);
            }
            (Panel::Senders, Level::Targets(..)) => match self.counters.drill.targets.selected() {
                Some(TargetKey::Process(key)) => {
                    self.popup = Some(Popup::Page(Page { subject: Subject::Process(key), top: 0 }));
                }
                Some(TargetKey::Aim(_)) => self.say("nobody who is known: these sends failed"),
                None => return false,
            },
            (Panel::Senders, Level::Senders(None)) => self.say("none of these came one by one: no targets are known"),
            (Panel::Senders, level) => {
                let selected = match level {
                    Level::All => self.counters.senders.selected_line().map(|l| (l.figures.key, l.figures.name)),
                    _ => self.counters.drill.senders.selected_line().map(|part| (part.key, part.name)),
                };
                match selected {
                    Some((SenderKey::Others, _)) => self.say("many senders, counted together: no targets are known"),
                    Some((from, name)) => {
                        let frozen = self.frozen.as_deref();
                        self.counters.drill.enter_sender(from, name, model, self.now_ns, frozen);
                    }
                    None => return false,
                }
            }
            _ => return false,
        }
        true
    }

    /// One step back; from the senders of a signal to the signals.
    pub(super) fn step_out(&mut self, model: &Model) {
        if self.counters.drill.step_out() {
            self.look_at(Panel::Signals);
        } else if self.frozen.is_none() {
            self.counters.refresh(model, self.now_ns);
        }
    }

    /// Where the rows of a panel's list go: its rows, without those that say where it comes from.
    pub fn list_area(&self, place: &Place) -> Rect {
        let rows = place.rows();
        let notes = if place.panel == Panel::Senders { self.counters.drill.note_lines() } else { 0 };
        Rect { height: rows.height.saturating_sub(notes as u16), ..rows }
    }
}
