//! The dashboard: state, what keys do to it, and the pictures drawn from it.
//!
//! [`Ui::update`] is the only way the state changes, and what it returns is the only way a key changes the world.
//! [`view::render`] takes the state and the model and changes nothing. No clock, no file, no environment is read
//! here: time comes as [`Action::Tick`], and how to look comes as [`Look`]. Only `term` touches the terminal.

pub mod action;
pub mod keys;
pub mod layout;
pub mod list;
pub mod state;
pub mod term;
pub mod text;
pub mod theme;
pub mod view;

pub use action::{Action, Effect};
pub use view::render;

use crate::clock::TimeStyle;
use crate::event::ProcKey;
use crate::model::{Entry, Model, Proc};
use crate::signal::SignalSet;
use keys::Context;
use layout::{Layout, Panel, layout};
use state::checklist::{Checklist, Grid};
use state::counters::CountersState;
use state::log::LogState;
use state::tree::TreeState;
use state::{Frozen, Subject};
use theme::{ASCII, Glyphs, Palette, UNICODE};

/// How the screen is to look, said once at the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Look {
    /// Colours or none.
    pub palette: Palette,
    /// Only ASCII: frames, guides, graphs and marks too.
    pub ascii: bool,
    /// How times are shown.
    pub time: TimeStyle,
    /// The events are made up: the header says so.
    pub demo: bool,
}

impl Look {
    /// The signs to draw with.
    pub fn glyphs(&self) -> &'static Glyphs {
        if self.ascii { &ASCII } else { &UNICODE }
    }
}

/// What is open above the main screen.
pub enum Popup {
    /// The list of keys, from this line on.
    Help(usize),
    /// The checklist of signals.
    Checklist(Checklist),
}

/// How many rows a turn of the mouse wheel is.
const WHEEL_ROWS: isize = 3;

/// The state of the dashboard.
pub struct Ui {
    /// How it looks.
    pub look: Look,
    /// The time that is shown, in nanoseconds of `CLOCK_MONOTONIC`. It stops while the picture is paused.
    pub now_ns: u64,
    /// The signals that the source sends one by one; the others are only counted.
    pub capture: SignalSet,
    /// Something to be said in the footer until the next key.
    pub message: Option<String>,
    /// What is open above the main screen.
    pub popup: Option<Popup>,
    /// The picture that stands still, if it is paused.
    pub frozen: Option<Box<Frozen>>,
    /// The tree panel.
    pub tree: TreeState,
    /// The log panel.
    pub log: LogState,
    /// The counters, of the header too.
    pub counters: CountersState,
    /// The first line of the detail that is shown.
    pub detail_top: usize,
    detail_of: Option<Subject>,
    width: u16,
    height: u16,
    /// The panels, the last looked at first: it has the keys.
    recent: [Panel; 5],
}

impl Ui {
    /// The state at the start, with these signals captured.
    pub fn new(look: Look, capture: SignalSet) -> Ui {
        Ui {
            look,
            now_ns: 0,
            capture,
            message: None,
            popup: None,
            frozen: None,
            tree: TreeState::default(),
            log: LogState::new(),
            counters: CountersState::new(),
            detail_top: 0,
            detail_of: None,
            width: 80,
            height: 24,
            recent: Panel::ALL,
        }
    }

    /// The panel that has the keys.
    pub fn focus(&self) -> Panel {
        self.recent[0]
    }

    /// Where everything is on a screen of this size.
    pub fn layout(&self, width: u16, height: u16) -> Layout {
        layout(width, height, &self.recent)
    }

    /// Where keys are looked up now.
    pub fn contexts(&self) -> &'static [Context] {
        match self.popup {
            Some(Popup::Help(_)) => &[Context::Help, Context::Popup, Context::Always],
            Some(Popup::Checklist(_)) => &[Context::Checklist, Context::Popup, Context::Always],
            None if self.focus() == Panel::Tree => &[Context::Tree, Context::Screen, Context::Always],
            None => &[Context::Screen, Context::Always],
        }
    }

    /// A row of the log, as it is shown.
    pub fn entry(&self, model: &Model, seq: u64) -> Option<Entry> {
        self.frozen.as_ref().map_or_else(|| model.log.get(seq), |frozen| frozen.entry(seq).cloned())
    }

    /// A process, as it is shown.
    pub fn proc<'a>(&'a self, model: &'a Model, key: &ProcKey) -> Option<&'a Proc> {
        self.frozen.as_ref().map_or_else(|| model.procs.get(key), |frozen| frozen.proc(key))
    }

    /// What the detail is about: the selection of the list last looked at that has one.
    pub fn subject(&self) -> Option<Subject> {
        self.recent.iter().find_map(|panel| self.selection(*panel))
    }

    /// The list whose selection the detail is about.
    pub fn subject_panel(&self) -> Option<Panel> {
        self.recent.into_iter().find(|panel| self.selection(*panel).is_some())
    }

    fn selection(&self, panel: Panel) -> Option<Subject> {
        match panel {
            Panel::Tree => self.tree.selected().map(Subject::Process),
            Panel::Log => self.log.selected().map(Subject::Row),
            Panel::Signals => self.counters.signals.selected().map(Subject::Signal),
            Panel::Senders => self.counters.senders.selected().map(Subject::Sender),
            Panel::Detail => None,
        }
    }

    /// Does what is wished. What is to be done outside is returned.
    pub fn update(&mut self, action: Action, model: &Model) -> Vec<Effect> {
        let is_from_user =
            !matches!(action, Action::Tick(_) | Action::Resize { .. } | Action::InForce(_) | Action::Refused(_));
        if is_from_user {
            self.message = None;
        }
        let effect = self.perform(action, model);
        self.settle(model);
        effect.into_iter().collect()
    }

    fn perform(&mut self, action: Action, model: &Model) -> Option<Effect> {
        match action {
            Action::Tick(now_ns) => self.tick(now_ns, model),
            Action::Resize { width, height } => (self.width, self.height) = (width, height),
            Action::InForce(signals) => self.capture = signals,
            Action::Refused(why) => self.message = Some(why),

            Action::Move(step) => self.step(step),
            Action::NextPanel => self.look_at(self.focus().next()),
            Action::PreviousPanel => self.look_at(self.focus().previous()),
            Action::Pause => self.pause(model),
            Action::Noise => {
                let hidden = if self.log.hidden.is_empty() { LogState::noise() } else { SignalSet::EMPTY };
                if self.frozen.is_some() && hidden.is_empty() {
                    self.message = Some("the noise that was hidden comes back when the picture goes on".into());
                }
                self.log.hide(hidden, &model.log, self.frozen.as_deref(), self.rows(Panel::Log));
            }
            Action::Fold => self.tree.toggle(&model.procs, self.frozen.as_deref(), self.now_ns, self.rows(Panel::Tree)),
            Action::FoldIn => {
                self.tree.fold_in(&model.procs, self.frozen.as_deref(), self.now_ns, self.rows(Panel::Tree))
            }
            Action::FoldOut => {
                self.tree.fold_out(&model.procs, self.frozen.as_deref(), self.now_ns, self.rows(Panel::Tree))
            }
            Action::Checklist => self.popup = Some(Popup::Checklist(Checklist::new(self.capture))),
            Action::Help => self.popup = Some(Popup::Help(0)),
            Action::Close => self.popup = None,

            Action::Left => self.checklist(|list, grid| list.sideways(false, grid)),
            Action::Right => self.checklist(|list, grid| list.sideways(true, grid)),
            Action::Check => self.checklist(|list, _| list.check()),
            Action::CheckAll => self.checklist(|list, _| list.set = SignalSet::ALL),
            Action::CheckNone => self.checklist(|list, _| list.set = SignalSet::EMPTY),
            Action::CheckInvert => self.checklist(|list, _| list.set = list.set.complement()),
            Action::Apply => return self.apply(),

            Action::Click { column, row } => self.click(column, row),
            Action::Wheel { column, row, down } => self.wheel(column, row, down),
            Action::Redraw => return Some(Effect::Redraw),
            Action::Suspend => return Some(Effect::Suspend),
            Action::Quit => return Some(Effect::Quit),
        }
        None
    }

    /// Time passes, unless the picture stands still.
    fn tick(&mut self, now_ns: u64, model: &Model) {
        if self.frozen.is_none() {
            self.now_ns = now_ns;
            self.tree.refresh(&model.procs, None, now_ns, self.rows(Panel::Tree));
            self.log.refresh(&model.log, self.rows(Panel::Log));
            self.counters.refresh(model, now_ns);
        }
    }

    fn pause(&mut self, model: &Model) {
        if self.frozen.take().is_none() {
            self.tick(self.now_ns, model);
            let frozen = Frozen::new(model, &self.log);
            self.log.rebuild(&model.log, Some(&frozen), self.rows(Panel::Log));
            self.frozen = Some(Box::new(frozen));
        } else {
            self.log.rebuild(&model.log, None, self.rows(Panel::Log));
            self.tick(self.now_ns, model);
        }
    }

    fn look_at(&mut self, panel: Panel) {
        let at = self.recent.iter().position(|p| *p == panel).unwrap_or(0);
        self.recent[..=at].rotate_right(1);
    }

    /// How many rows of its list a panel shows.
    fn rows(&self, panel: Panel) -> usize {
        self.layout(self.width, self.height).height(panel)
    }

    fn step(&mut self, step: list::Step) {
        let grid = Grid::new(self.width, self.height);
        match &mut self.popup {
            Some(Popup::Checklist(list)) => return list.step(step, &grid),
            Some(Popup::Help(top)) => {
                let height = view::help::height(self.height);
                *top = moved(*top, step, height);
                return;
            }
            None => {}
        }
        let rows = self.rows(self.focus());
        match self.focus() {
            Panel::Tree => self.tree.step(step, rows),
            Panel::Log => self.log.step(step, rows),
            Panel::Signals => self.counters.signals.step(step, rows),
            Panel::Senders => self.counters.senders.step(step, rows),
            Panel::Detail => self.detail_top = moved(self.detail_top, step, rows),
        }
    }

    fn checklist(&mut self, change: impl FnOnce(&mut Checklist, &Grid)) {
        let grid = Grid::new(self.width, self.height);
        if let Some(Popup::Checklist(list)) = &mut self.popup {
            change(list, &grid);
        }
    }

    fn apply(&mut self) -> Option<Effect> {
        match self.popup.take()? {
            Popup::Checklist(list) if list.set != self.capture => Some(Effect::SetSignals(list.set)),
            _ => None,
        }
    }

    fn click(&mut self, column: u16, row: u16) {
        if self.popup.is_some() {
            return self.checklist(|list, grid| list.click(column, row, grid));
        }
        let layout = self.layout(self.width, self.height);
        let Some(place) = layout.at(column, row) else { return };
        self.look_at(view::frames::tab_at(place, column, row).unwrap_or(place.panel));
        let rows = place.rows();
        if row < rows.y || row >= rows.bottom() {
            return;
        }
        let (line, height) = (usize::from(row - rows.y), usize::from(rows.height));
        match place.panel {
            Panel::Tree => self.tree.click(line, height),
            Panel::Log => self.log.click(line, height),
            Panel::Signals => self.counters.signals.click(line, height),
            Panel::Senders => self.counters.senders.click(line, height),
            Panel::Detail => {}
        }
    }

    fn wheel(&mut self, column: u16, row: u16, down: bool) {
        let by = if down { WHEEL_ROWS } else { -WHEEL_ROWS };
        if self.popup.is_some() {
            let step = if down { list::Step::Down } else { list::Step::Up };
            (0..WHEEL_ROWS).for_each(|_| self.step(step));
            return;
        }
        let Some(place) = self.layout(self.width, self.height).at(column, row).copied() else { return };
        let height = place.rows().height.into();
        match place.panel {
            Panel::Tree => self.tree.scroll(by, height),
            Panel::Log => self.log.scroll(by, height),
            Panel::Signals => self.counters.signals.scroll(by, height),
            Panel::Senders => self.counters.senders.scroll(by, height),
            Panel::Detail => self.detail_top = self.detail_top.saturating_add_signed(by),
        }
    }

    /// Brings every list within its bounds, whatever changed.
    fn settle(&mut self, model: &Model) {
        let layout = self.layout(self.width, self.height);
        self.tree.settle(layout.height(Panel::Tree));
        self.log.settle(layout.height(Panel::Log));
        self.counters.signals.settle(layout.height(Panel::Signals));
        self.counters.senders.settle(layout.height(Panel::Senders));
        let grid = Grid::new(self.width, self.height);
        match &mut self.popup {
            Some(Popup::Checklist(list)) => list.settle(&grid),
            Some(Popup::Help(top)) => *top = (*top).min(view::help::last_top(self.width, self.height, model)),
            None => {}
        }
        let subject = self.subject();
        if self.detail_of != subject {
            (self.detail_of, self.detail_top) = (subject, 0);
        }
        if self.detail_top > 0 {
            let lines = layout.place(Panel::Detail).map_or(0, |place| view::detail::line_count(self, model, place));
            self.detail_top = self.detail_top.min(lines.saturating_sub(layout.height(Panel::Detail)));
        }
    }
}

/// The new first line of a text that is scrolled; its end is seen to by `settle`.
fn moved(top: usize, step: list::Step, height: usize) -> usize {
    let page = height.saturating_sub(1).max(1);
    match step {
        list::Step::Up => top.saturating_sub(1),
        list::Step::Down => top.saturating_add(1),
        list::Step::PageUp => top.saturating_sub(page),
        list::Step::PageDown => top.saturating_add(page),
        list::Step::First => 0,
        list::Step::Last => usize::MAX,
    }
}
