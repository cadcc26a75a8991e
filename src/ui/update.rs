//! What each wish does to the state: one arm for each [`Action`], which is a call to the part that knows.
//!
//! Also what passes by itself: time, and the picture that stands still or goes on.

use super::action::{Action, Effect};
use super::head::Play;
use super::layout::Panel;
use super::state::Frozen;
use super::state::checklist::Checklist;
use super::state::log::Rows;
use super::state::tree::TreeState;
use super::{Message, Popup, Ui, jump};
use crate::model::Model;
use crate::signal::SignalSet;

impl Ui {
    /// Does what is wished. What is to be done outside is returned.
    pub fn update(&mut self, action: Action, model: &Model) -> Vec<Effect> {
        if action.is_from_user() && self.message.take().is_some() && self.is_on_footer(&action) {
            return Vec::new(); // the message was clicked, not the keys below it
        }
        let is_tick = matches!(action, Action::Tick(_));
        let mut effects: Vec<Effect> = self.perform(action, model).into_iter().collect();
        if is_tick {
            effects.extend(self.ask_threads());
        }
        self.tell(self.told_of(), model);
        self.settle(model);
        effects
    }

    pub(super) fn perform(&mut self, action: Action, model: &Model) -> Option<Effect> {
        if action.is_about_a_row() && self.popup.is_none() && self.focus() == Panel::Log {
            self.log.stop_at_newest(self.rows(Panel::Log));
        }
        match action {
            Action::Tick(now_ns) => {
                self.tick(now_ns, model);
                return self.look(model);
            }
            Action::Clock(now_ns) => self.clicks.now_ns = Some(now_ns),
            Action::Looked(key, answer) => {
                self.take_threads(key, &answer, model);
                self.looked(key, answer);
            }
            Action::Sent(key, signal, result) => self.sent(key, signal, result, model),
            Action::Resize { width, height } => (self.width, self.height) = (width, height),
            Action::InForce(filter, placement) => self.in_force(filter, placement, model),
            Action::Refused(why) => self.refused(why),
            Action::Head(head) => self.head = Some(head),
            Action::Arrived => self.arrived(model),
            Action::Rewound { same_rows } => self.rewound(same_rows, model),
            Action::Died(key) => self.died(&key, model),
            Action::Ended(ns) => self.ended(ns),
            Action::Say(what) => self.message = Some(Message::alarm(what)),
            Action::Done(what) => self.done(what),
            Action::NotWritten(why) => self.told_file(why),
            Action::Reloaded(answer) => self.reloaded(answer),

            // What is wrong with rules has no sender, and no row.
            Action::ToSender | Action::ToTarget | Action::ToRow | Action::Send if self.is_told_refusal() => {}
            Action::Move(step) => self.step(step),
            Action::NextPanel => self.look_beside(Panel::next),
            Action::PreviousPanel => self.look_beside(Panel::previous),
            Action::Panel(panel) => self.look_at(panel),
            Action::Alerts => self.toggle_alerts(),
            Action::ReloadRules => return self.reload(),
            Action::Zoom => self.zoom(),
            Action::Back if self.is_reading() => return Some(Effect::Play(Play::Stop)),
            Action::Back => self.back(model),
            Action::Preset { forward } => self.next_preset(forward),
            Action::Theme => self.next_theme(),
            Action::Pause if self.head.is_some() => return Some(Effect::Play(Play::Toggle)),
            Action::Pause => self.pause(model),
            Action::Play(play) => return self.play(play, model),
            Action::AskTime => self.ask_time(model),
            Action::Noise => {
                self.log.toggle_noise();
                self.show_anew(model);
            }
            Action::Open => self.open(model),
            Action::StepOut => self.step_out(model),
            Action::Sort(turn) => self.sort(self.focus(), turn, model),
            Action::Find => self.open_find(model),
            Action::FoldIn => self.in_tree(model, TreeState::fold_in),
            Action::FoldOut => self.in_tree(model, TreeState::fold_out),
            Action::FoldAll => self.fold_all(model),
            Action::Level { more } => self.change_level(more, model),
            Action::Flat => self.toggle_flat(model),
            Action::Follow => self.toggle_follow(model),
            Action::ShowThreads => return self.toggle_threads(model),
            Action::ToSender => self.jump(jump::End::Sender, model),
            Action::ToTarget => self.jump(jump::End::Target, model),
            Action::ToRow => self.jump_to_row(model),
            Action::JumpBack => self.jump_back(model),
            Action::Mark => self.mark(),
            Action::ToMark { forward } => self.go_to_mark(forward),
            Action::Copy { json } => return self.copy(json, model),
            Action::Write => self.ask_file(model),
            Action::Checklist => self.popup = Some(Popup::Checklist(Checklist::new(self.filters.signals()))),
            Action::Help => self.popup = Some(Popup::Help(0)),
            Action::Close if matches!(self.popup, Some(Popup::Prompt(_))) => self.left(model),
            Action::Close => self.close(),
            Action::Bar(which) => self.open_bar(which, model),
            Action::Chooser { is_not } => self.open_chooser(is_not, model),
            Action::Send => self.open_send(model),
            Action::Undo => return self.undo(model),
            Action::Redo => return self.redo(model),

            Action::Left => self.checklist(|list, grid| list.sideways(false, grid)),
            Action::Right => self.checklist(|list, grid| list.sideways(true, grid)),
            Action::Check => self.checklist(|list, _| list.check()),
            Action::CheckAll => self.checklist(|list, _| list.set = SignalSet::ALL),
            Action::CheckNone => self.checklist(|list, _| list.set = SignalSet::EMPTY),
            Action::CheckInvert => self.checklist(|list, _| list.set = list.set.complement()),
            Action::Apply if matches!(self.popup, Some(Popup::Prompt(_))) => return self.given(model),
            Action::Apply => return self.apply(model),

            Action::Other => self.chooser(|chooser| chooser.which = chooser.which.other()),
            Action::Letter(letter) => return self.letter(letter, model),
            Action::Edit(request) => self.edit(request, model),
            Action::Complete { forward } => self.complete(forward, model),

            Action::Click { column, row } => return self.click(column, row, model),
            Action::Wheel { column, row, down } => self.wheel(column, row, down),
            Action::Redraw => return Some(Effect::Redraw),
            Action::Suspend => return Some(Effect::Suspend),
            Action::Quit => return Some(Effect::Quit),
        }
        None
    }

    /// Nothing will come any more: what is seen is as it was then.
    fn ended(&mut self, ns: u64) {
        self.ended_ns = Some(ns);
        self.message = Some(Message::alarm("the stream has ended: nothing new will come"));
    }

    /// Time passes, unless the picture stands still. After the end of the stream rates fall, for nothing comes; ages do
    /// not rise, for nobody knows who still lives.
    pub(super) fn tick(&mut self, now_ns: u64, model: &Model) {
        if self.frozen.is_none() {
            self.now_ns = self.ended_ns.map_or(now_ns, |ended| ended.min(now_ns));
            let found = self.tree.rows.fitting;
            self.in_tree(model, TreeState::refresh);
            self.find_again(found, model);
            self.watch_followed(model);
            let height = self.rows(Panel::Log);
            self.log.refresh(Rows { model, frozen: None, view: &self.filters.view }, height);
            self.counters.refresh(model, now_ns);
            self.alerts.refresh(model);
        }
    }

    pub(super) fn pause(&mut self, model: &Model) {
        if self.frozen.take().is_none() {
            self.tick(self.now_ns, model);
            self.in_tree(model, TreeState::rebuild);
            self.frozen = Some(Box::new(Frozen::new(model, &self.log)));
            self.rebuild_log(model);
        } else {
            self.rebuild_log(model);
            self.tick(self.now_ns, model);
        }
    }

    pub(super) fn rebuild_log(&mut self, model: &Model) {
        let height = self.rows(Panel::Log);
        let rows = Rows { model, frozen: self.frozen.as_deref(), view: &self.filters.view };
        self.log.rebuild(rows, height);
    }

    /// After another view, or other noise.
    pub(super) fn show_anew(&mut self, model: &Model) {
        if self.frozen.is_some() && self.message.is_none() {
            self.message = Some(Message::notice("rows that were hidden come back when the picture goes on"));
        }
        self.rebuild_log(model);
    }
}
