//! `/`: what it finds in each panel. Processes are left out that do not fit; among the counters it goes to the first
//! row that fits; in the log it is the filter of the view.

use super::layout::Panel;
use super::state::counters::{Part, SenderLine, SignalLine};
use super::state::drill::Level;
use super::state::filters::Which;
use super::state::find::Find;
use super::state::prompt::Wanted;
use super::state::ranking::Ranking;
use super::theme::UNICODE;
use super::view::{alerts, deed};
use super::{Message, Popup, Ui, text};
use crate::model::{Alert, Model, TargetCount, TargetKey};

impl Ui {
    /// Asks for what to find in the panel that has the keys.
    pub(super) fn open_find(&mut self, model: &Model) {
        match self.focus() {
            Panel::Log => self.open_bar(Which::View, model),
            Panel::Detail => self.message = Some(Message::notice("nothing can be found here: Tab to a list first")),
            panel => {
                self.ask(Wanted::Find(panel), "");
                self.typed(model);
            }
        }
    }

    /// Finds in a panel. What there is to say of it.
    pub(super) fn find(&mut self, panel: Panel, text: &str, model: &Model) -> String {
        let count = match panel {
            Panel::Tree => self.in_tree(model, |tree, view| tree.look_for(text, view)),
            Panel::Signals => go_to(&mut self.counters.signals, text, signal_text),
            Panel::Senders => match self.counters.drill.level() {
                Level::All => go_to(&mut self.counters.senders, text, sender_text),
                Level::Senders(_) => go_to(&mut self.counters.drill.senders, text, part_text),
                Level::Targets(..) => go_to(&mut self.counters.drill.targets, text, target_text),
            },
            Panel::Alerts => go_to(&mut self.alerts.list, text, alert_text),
            Panel::Log | Panel::Detail => 0,
        };
        found(text, count)
    }

    /// Processes came, went or were renamed while it is typed what to find: how many fit now, where it was another number
    /// `before`. The first that fits is gone to, as if it had been there already.
    pub(super) fn find_again(&mut self, before: usize, model: &Model) {
        let count = self.tree.rows.fitting;
        match &mut self.popup {
            Some(Popup::Prompt(prompt)) if prompt.is_of_tree() && count != before => match before {
                0 => self.typed(model),
                _ => prompt.said = found(prompt.input.value(), count),
            },
            _ => {}
        }
    }

    /// Esc while it is typed: all is shown again.
    pub(super) fn leave_find(&mut self, panel: Panel, model: &Model) {
        if panel == Panel::Tree {
            self.end_find(model);
        }
    }

    /// All processes are shown again.
    pub(super) fn end_find(&mut self, model: &Model) {
        if self.tree.find().is_some() {
            self.in_tree(model, |tree, view| tree.look_for("", view));
        }
    }
}

/// What there is to say of a text that so many fit.
fn found(text: &str, count: usize) -> String {
    match count {
        _ if text.trim().is_empty() => String::new(),
        0 => "no match".into(),
        1 => "1 match".into(),
        count => format!("{} matches", text::thousands(count as u64)),
    }
}

/// Goes to the first line that fits. How many do.
fn go_to<L, K: Copy + PartialEq>(ranking: &mut Ranking<L, K>, text: &str, of: fn(&L) -> String) -> usize {
    let Some(find) = Find::new(text, &[].into(), None) else { return 0 };
    let fits = |line: &L| find.fits_text(&of(line));
    if let Some(at) = ranking.lines.iter().position(fits) {
        ranking.choose(at);
    }
    ranking.lines.iter().filter(|line| fits(line)).count()
}

fn signal_text(line: &SignalLine) -> String {
    line.key.map_or_else(String::new, |signal| format!("{signal} {}", signal.number()))
}

fn sender_text(line: &SenderLine) -> String {
    text::counted(line.figures.key, &line.figures.name, usize::MAX, "")
}

/// Rule, severity, who, and what it was.
fn alert_text(alert: &Alert) -> String {
    let e = &alert.event;
    let what = e.event.as_deref().map_or(String::new(), |event| deed::what(event, usize::MAX, &UNICODE));
    let who = alerts::who(e, usize::MAX, &UNICODE);
    format!("{} {} {who} {what} {} {}", e.rule.name, e.rule.severity.word(), e.by, e.rule.tags.join(" "))
}

fn part_text(part: &Part) -> String {
    text::counted(part.key, &part.name, usize::MAX, "")
}

fn target_text(target: &TargetCount) -> String {
    match &target.key {
        TargetKey::Process(key) => text::process(&target.name, key.pid, usize::MAX, ""),
        TargetKey::Aim(aim) => aim.to_string(),
    }
}
