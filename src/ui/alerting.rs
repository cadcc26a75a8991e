//! The pane of alerts: the way there and back, when there is one, and rules that are read again.

use super::action::Effect;
use super::layout::Panel;
use super::state::Subject;
use super::state::alerts::Rules;
use super::{Message, Page, Popup, Ui, text};

impl Ui {
    /// To the alerts; from there, back to the panel before.
    pub(super) fn toggle_alerts(&mut self) {
        self.look_at(if self.focus() == Panel::Alerts { self.recent[1] } else { Panel::Alerts });
    }

    /// There is a pane where rules are, where an alert came, or where somebody looks for one. Who looks has seen them.
    pub(super) fn settle_alerts(&mut self) {
        let is_looked_at = self.focus() == Panel::Alerts;
        if is_looked_at {
            self.alerts.look();
        }
        self.shape.has_alerts =
            is_looked_at || self.alerts.rules != Rules::Nowhere || !self.alerts.list.lines.is_empty();
    }

    /// Has the rules read again, where they are this program's.
    pub(super) fn reload(&mut self) -> Option<Effect> {
        match self.alerts.rules {
            Rules::Here(_) => return Some(Effect::ReloadRules),
            Rules::Nowhere if self.look.attached => {
                self.say("the rules are the daemon's: SIGHUP has it read them again")
            }
            Rules::Nowhere => self.say("no rules are loaded: --rules builtin, or --rules FILE"),
        }
        None
    }

    /// Whether the page is open that tells what is wrong with rules.
    pub(super) fn is_told_refusal(&self) -> bool {
        matches!(self.popup, Some(Popup::Page(Page { subject: Subject::Refusal, .. })))
    }

    /// They were. What is wrong with them is told whole: on a page, where a line is too short for it. Another page gives
    /// way to it, what is being typed or chosen does not.
    pub(super) fn reloaded(&mut self, answer: Result<String, String>) {
        self.alerts.refusal = None;
        if self.is_told_refusal() {
            self.popup = None;
        }
        let why = match answer {
            Ok(said) => {
                self.alerts.rules = Rules::Here(None); // there may be more or fewer now
                return self.message = Some(Message::notice(said));
            }
            Err(why) => why,
        };
        let is_short = !why.trim_end().contains('\n') && text::width(&why) + 2 <= usize::from(self.width);
        if !is_short && matches!(self.popup, None | Some(Popup::Page(_))) {
            self.alerts.refusal = Some(why);
            self.popup = Some(Popup::Page(Page { subject: Subject::Refusal, top: 0 }));
        } else {
            let first = why.lines().next().unwrap_or_default();
            self.message = Some(Message::alarm(crate::escape::plain(first).into_owned()));
        }
    }
}
