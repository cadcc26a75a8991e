//! What keys do to the process tree: order, folds, levels, following, threads.
//!
//! The state and its rows are in `state/tree.rs`; here it is told what there is to say, and to whom.

use super::action::Effect;
use super::facts::Looked;
use super::layout::Panel;
use super::state::sort::Turn;
use super::state::tree::{TreeState, View};
use super::state::tree_order::column;
use super::theme::Role;
use super::{Message, Ui, text, view};
use crate::event::{End, Name, ProcKey};
use crate::model::{Model, Proc, death};

/// Nothing can be folded there.
const NO_FOLDS: &str = "one list has nothing to fold: t for the tree";

impl Ui {
    /// Changes the tree's state, which is told the processes that are shown.
    pub(super) fn in_tree<T>(&mut self, model: &Model, change: impl FnOnce(&mut TreeState, View) -> T) -> T {
        let height = self.rows(Panel::Tree);
        let procs = self.frozen.as_ref().map_or(&model.procs, |frozen| &frozen.procs);
        change(&mut self.tree, View { procs, now_ns: self.now_ns, height })
    }

    /// By another of the columns that are shown, or the other way round.
    pub(super) fn sort_tree(&mut self, turn: Turn, model: &Model) {
        let layout = self.layout(self.width, self.height);
        let slots = layout.place(Panel::Tree).map(|place| view::tree::table(place, self).slots);
        let is_shown = |column: &usize| slots.is_none_or(|slots| slots[*column].is_some());
        let shown: Vec<usize> = column::SORTED.into_iter().filter(is_shown).collect();
        self.in_tree(model, |tree, view| tree.turn(turn, &shown, view));
    }

    pub(super) fn fold_all(&mut self, model: &Model) {
        if self.tree.arrangement().1 {
            return self.say(NO_FOLDS);
        }
        let said = if self.in_tree(model, TreeState::fold_all) { "all unfolded" } else { "all folded" };
        self.say(said);
    }

    pub(super) fn change_level(&mut self, more: bool, model: &Model) {
        if self.tree.arrangement().1 {
            return self.say(NO_FOLDS);
        }
        self.in_tree(model, |tree, view| tree.change_level(more, view));
        let levels = self.tree.rows.levels;
        self.say(match self.tree.level() {
            Some(level) => format!("{level} of {levels} levels"),
            None => format!("all {levels} levels"),
        });
    }

    pub(super) fn toggle_flat(&mut self, model: &Model) {
        self.in_tree(model, TreeState::toggle_flat);
        self.say(if self.tree.arrangement().1 { "one list" } else { "a tree" });
    }

    /// Follows the selected process, or no longer.
    pub(super) fn toggle_follow(&mut self, model: &Model) {
        let Some(proc) = self.tree.selected().and_then(|key| self.proc(model, &key)) else {
            return self.say("select a process first");
        };
        let (who, fate) = (self.called(proc), death::of(proc));
        match fate {
            Some(fate) if self.tree.followed().is_none() => {
                self.say(format!("{who} is dead, there is nothing to follow: {fate}"));
            }
            _ => {
                self.tree.toggle_follow();
                let said = if self.tree.followed().is_some() { "following" } else { "no longer following" };
                self.say(format!("{said} {who}"));
            }
        }
    }

    /// Says so when the one that is followed has ended.
    pub(super) fn watch_followed(&mut self, model: &Model) {
        let Some(key) = self.tree.followed() else { return };
        let (said, role) = match self.proc(model, &key) {
            Some(proc) if proc.is_alive() => return,
            Some(proc) => (format!("{} {}", self.called(proc), ended(proc)), view::tree::end_role(proc)),
            None => (format!("process {} is gone", key.pid), Role::Notice),
        };
        let is_here = self.focus() == Panel::Tree && self.popup.is_none();
        let text = if is_here { format!("{said}: Enter opens it") } else { said };
        self.tree.unfollow();
        self.message = Some(Message { text, role: if role == Role::Fatal { Role::Alarm } else { Role::Notice } });
    }

    /// `nginx 881 was killed by SIGKILL of systemd(1)`, if it is known.
    pub(super) fn fate(&self, key: &ProcKey, model: &Model) -> Option<String> {
        let proc = self.proc(model, key)?;
        Some(format!("{} {}", self.called(proc), ended(proc)))
    }

    /// `nginx 881`
    fn called(&self, proc: &Proc) -> String {
        text::process(&proc.name, proc.key.pid, usize::MAX, self.look.glyphs().cut)
    }

    /// Asks for the threads of the selected process, or hides them.
    pub(super) fn toggle_threads(&mut self, model: &Model) -> Option<Effect> {
        let Some(proc) = self.tree.selected().and_then(|key| self.proc(model, &key)) else {
            self.say("select a process first");
            return None;
        };
        let (key, lives) = (proc.key, proc.is_alive());
        if self.tree.has_threads(&key) {
            self.in_tree(model, |tree, view| tree.hide_threads(key, view));
        } else if self.frozen.is_some() {
            self.say("threads are read as they are now: let the picture go on first (Space)");
        } else if !lives {
            self.say("it is dead and has no threads");
        } else {
            self.tree.want_threads(key, self.now_ns);
            return Some(Effect::Look { key, threads: true });
        }
        None
    }

    /// What /proc tells of a process has come: its threads, if they are wanted here.
    pub(super) fn take_threads(&mut self, key: ProcKey, answer: &Looked, model: &Model) {
        if self.frozen.is_some() || !self.tree.has_threads(&key) {
            return;
        }
        let threads: Vec<(u32, Name)> = match answer {
            Some(Ok(facts)) if facts.threads.is_empty() => return, // it was asked for something else
            Some(Ok(facts)) => facts.threads.iter().map(|(tid, name)| (*tid, Name::from(name.as_str()))).collect(),
            Some(Err(_)) | None => Vec::new(),
        };
        if !self.in_tree(model, |tree, view| tree.set_threads(key, &threads, view)) {
            self.say(match answer {
                Some(Ok(_)) => format!("{} has no thread but its first", key.pid),
                Some(Err(why)) => format!("nothing is known of the threads of {}: {why}", key.pid),
                None => "the processes of this stream are not here: nothing is known of their threads".into(),
            });
        }
    }

    /// Threads come and go: those that are shown are asked for again.
    pub(super) fn ask_threads(&mut self) -> impl Iterator<Item = Effect> {
        let stale = if self.frozen.is_some() { Vec::new() } else { self.tree.stale_threads(self.now_ns) };
        stale.into_iter().map(|key| Effect::Look { key, threads: true })
    }
}

/// `was killed by SIGKILL of systemd(1)`, `exited 0`.
fn ended(proc: &Proc) -> String {
    let Some(death) = &proc.death else { return "ended unseen".into() };
    let how = death::end(&death.end);
    match (&death.end, &death.cause) {
        (End::Code(_), _) => how,
        (End::Signal { .. }, None) => format!("was killed by {how}"),
        (End::Signal { .. }, Some(cause)) => {
            format!("was killed by {how} of {}", death::sender(cause.sender.as_ref(), cause.origin, cause.detail))
        }
    }
}
