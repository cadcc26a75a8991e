//! The dashboard: state, what keys do to it, and the pictures drawn from it.
//!
//! [`Ui::update`] is the only way the state changes, and what it returns is the only way a key changes the world.
//! [`view::draw`] takes the state and the model and changes nothing. No clock, no file, no environment is read
//! here: time comes as [`Action::Tick`], and how to look comes as [`Look`]. Only `term` touches the terminal.

pub mod action;
mod alerting;
pub mod arrange;
mod drilling;
pub mod facts;
mod finding;
mod forest;
pub mod head;
mod jump;
pub mod kept;
pub mod keys;
pub mod language;
pub mod layout;
pub mod list;
mod marking;
pub mod moment;
mod mouse;
mod moving;
mod narrow;
mod open;
pub mod people;
mod playing;
mod prompting;
mod send;
pub mod state;
mod taking;
pub mod term;
pub mod text;
pub mod theme;
mod update;
pub mod view;

pub use action::{Action, Copied, Effect, Export};
pub use taking::rows;

use crate::clock::TimeStyle;
use crate::event::ProcKey;
use crate::filter::{Filter, Placement};
use crate::model::{Entry, Model, Proc, Procs};
use arrange::{Arrangement, Themes};
use facts::FactsState;
use head::Head;
use kept::Kept;
use keys::{Context, Keymap};
use language::{Accounts, Places};
use layout::{Layout, Panel, Preset, Shape, layout};
use list::Window;
use mouse::Clicks;
use state::alerts::{AlertsState, Rules};
use state::bar::Bar;
use state::checklist::Checklist;
use state::chooser::Chooser;
use state::counters::CountersState;
use state::drill::Level;
use state::filters::FilterState;
use state::log::LogState;
use state::prompt::Prompt;
use state::send::Sending;
use state::story::Story;
use state::tree::TreeState;
use state::{Frozen, Subject};
use theme::{ASCII, Glyphs, Palette, Role, UNICODE};

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
    /// The events come from a running daemon: the header says so.
    pub attached: bool,
    /// They were recorded: the header says so.
    pub replay: bool,
}

impl Look {
    /// Whether the processes on the screen are those of this machine, now.
    pub fn is_here(&self) -> bool {
        !self.demo && !self.replay
    }

    /// The signs to draw with.
    pub fn glyphs(&self) -> &'static Glyphs {
        if self.ascii { &ASCII } else { &UNICODE }
    }
}

/// What the dashboard is told at the start, beside how to look.
#[derive(Clone, Debug)]
pub struct Start {
    /// The filter that the source obeys.
    pub capture: Filter,
    /// Which terms of a filter the source would decide where.
    pub places: Places,
    /// The users of this machine.
    pub users: Accounts,
    /// What each key does.
    pub keys: Keymap,
    /// The source is not there yet: the header says so, and nothing else will come.
    pub is_waiting: bool,
    /// No signal is sent.
    pub read_only: bool,
    /// The pid of sigtop itself.
    pub own_pid: Option<u32>,
    /// The themes that a key goes through.
    pub themes: Themes,
    /// How the screen is divided.
    pub preset: Preset,
    /// What outlived the dashboard before.
    pub kept: Kept,
    /// Who holds rules against the stream.
    pub rules: Rules,
    /// What in the settings was not understood.
    pub problems: Vec<String>,
}

impl Default for Start {
    fn default() -> Start {
        Start {
            capture: Filter::EVERYTHING,
            places: |_| Placement::default(),
            users: Accounts::default(),
            keys: Keymap::default(),
            is_waiting: false,
            read_only: false,
            own_pid: None,
            themes: Themes::default(),
            preset: Preset::default(),
            kept: Kept::default(),
            rules: Rules::default(),
            problems: Vec::new(),
        }
    }
}

/// What is open above the main screen, or below it.
pub enum Popup {
    /// The list of keys, from this line on.
    Help(usize),
    /// The checklist of signals.
    Checklist(Checklist),
    /// What of the selected row is to be shown only, or not at all.
    Chooser(Chooser),
    /// The filter bar.
    Bar(Box<Bar>),
    /// All about one thing.
    Page(Page),
    /// A line is asked for.
    Prompt(Prompt),
    /// A signal to send.
    Send(Box<Sending>),
}

/// All that is known of one thing, at full size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Page {
    /// Of what.
    pub subject: Subject,
    /// The first line that is shown.
    pub top: usize,
}

/// Something to be said in the footer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// What.
    pub text: String,
    /// How.
    pub role: Role,
}

impl Message {
    fn notice(text: impl Into<String>) -> Message {
        Message { text: text.into(), role: Role::Notice }
    }

    fn alarm(text: impl Into<String>) -> Message {
        Message { text: text.into(), role: Role::Alarm }
    }
}

/// The state of the dashboard.
pub struct Ui {
    /// How it looks.
    pub look: Look,
    /// What each key does.
    pub keys: Keymap,
    /// The source is not there yet.
    pub is_waiting: bool,
    /// The time that is shown, in nanoseconds of `CLOCK_MONOTONIC`. It stops while the picture is paused.
    pub now_ns: u64,
    /// When the stream ended, if it has.
    pub ended_ns: Option<u64>,
    /// The play head, where a recording is played that can be gone about in.
    pub head: Option<Head>,
    /// What is captured, and what is shown of it.
    pub filters: FilterState,
    /// Something to be said in the footer until the next key.
    pub message: Option<Message>,
    /// What is open above the main screen, or below it.
    pub popup: Option<Popup>,
    /// The picture that stands still, if it is paused.
    pub frozen: Option<Box<Frozen>>,
    /// The tree panel.
    pub tree: TreeState,
    /// The log panel.
    pub log: LogState,
    /// The counters, of the header too.
    pub counters: CountersState,
    /// What rules found.
    pub alerts: AlertsState,
    /// The story of the process whose page is open.
    pub story: Story,
    /// What was read of the process that is looked at.
    pub facts: FactsState,
    /// The first line of the detail that is shown.
    pub detail_top: usize,
    detail_of: Option<Subject>,
    users: Accounts,
    is_read_only: bool,
    own_pid: Option<u32>,
    /// Where the source would decide what.
    places: Places,
    width: u16,
    height: u16,
    /// How the screen is divided.
    pub shape: Shape,
    arrangement: Arrangement,
    /// What in the settings was not understood.
    pub problems: Vec<String>,
    clicks: Clicks,
    /// The panels, the last looked at first: it has the keys.
    recent: [Panel; 6],
    /// Where jumps into the tree began.
    trail: jump::Trail,
}

impl Ui {
    /// The state at the start.
    pub fn new(look: Look, start: Start) -> Ui {
        let mut ui = Ui {
            look,
            keys: start.keys,
            is_waiting: start.is_waiting,
            now_ns: 0,
            ended_ns: None,
            head: None,
            tree: TreeState::new(start.users.clone(), start.capture.asked_for()),
            filters: FilterState::new((start.places)(&start.capture), start.capture),
            message: None,
            popup: None,
            frozen: None,
            log: LogState::new(),
            counters: CountersState::new(),
            alerts: AlertsState::new(start.rules),
            story: Story::default(),
            facts: FactsState::default(),
            detail_top: 0,
            detail_of: None,
            users: start.users,
            is_read_only: start.read_only,
            own_pid: start.own_pid,
            places: start.places,
            width: 80,
            height: 24,
            shape: Shape::default(),
            arrangement: Arrangement::new(start.themes, start.preset, start.kept),
            problems: start.problems,
            clicks: Clicks::default(),
            recent: Panel::ALL,
            trail: jump::Trail::default(),
        };
        ui.take_up();
        ui
    }

    /// The panel that has the keys.
    pub fn focus(&self) -> Panel {
        self.recent[0]
    }

    /// Where everything is on a screen of this size.
    pub fn layout(&self, width: u16, height: u16) -> Layout {
        let bar = if let Some(Popup::Bar(bar)) = &self.popup { view::bar::lines(bar, self, width) } else { 0 };
        layout(width, height, bar, self.head.is_some(), &self.recent, self.shape)
    }

    /// Where keys are looked up now.
    pub fn contexts(&self) -> &'static [Context] {
        use Context::{
            Alerts, Always, Bar, Checklist, Chooser, Confirm, Counters, Drill, Help, Lists, Log, Page, Screen,
        };
        use Context::{Popup as Any, Prompt as Line, Replay, Send, Text, Tree};
        let is_drilled = self.counters.drill.level() != Level::All;
        match &self.popup {
            Some(Popup::Help(_)) => &[Help, Any, Lists, Always],
            Some(Popup::Checklist(_)) => &[Checklist, Any, Lists, Always],
            Some(Popup::Chooser(_)) => &[Chooser, Any, Lists, Always],
            Some(Popup::Bar(_)) => &[Bar, Text, Always],
            Some(Popup::Prompt(_)) => &[Line, Text, Always],
            Some(Popup::Send(sending)) if sending.is_chosen => &[Confirm, Always],
            Some(Popup::Send(_)) => &[Send, Lists, Always],
            Some(Popup::Page(_)) => &[Page, Any, Lists, Always],
            None if self.is_recording() => match self.focus() {
                Panel::Tree => &[Tree, Replay, Screen, Lists, Always],
                Panel::Log => &[Log, Replay, Screen, Lists, Always],
                Panel::Senders if is_drilled => &[Drill, Counters, Replay, Screen, Lists, Always],
                Panel::Signals | Panel::Senders => &[Counters, Replay, Screen, Lists, Always],
                Panel::Alerts => &[Alerts, Replay, Screen, Lists, Always],
                Panel::Detail => &[Replay, Screen, Lists, Always],
            },
            None => match self.focus() {
                Panel::Tree => &[Tree, Screen, Lists, Always],
                Panel::Log => &[Log, Screen, Lists, Always],
                Panel::Senders if is_drilled => &[Drill, Counters, Screen, Lists, Always],
                Panel::Signals | Panel::Senders => &[Counters, Screen, Lists, Always],
                Panel::Alerts => &[Alerts, Screen, Lists, Always],
                Panel::Detail => &[Screen, Lists, Always],
            },
        }
    }

    /// Whether keys are about a recording, also where it cannot be gone about in: then they say so.
    fn is_recording(&self) -> bool {
        self.head.is_some() || self.look.replay && !self.is_waiting
    }

    /// Whether a key does something here: where no signal may be sent, those that would are not shown, nor on the page
    /// of something else those that need a signal.
    pub fn offers(&self, action: &Action) -> bool {
        match (action, &self.popup) {
            (Action::Send | Action::Copy { json: true }, _) if self.is_told_refusal() => false,
            (Action::Send, _) => !self.is_read_only && !self.look.replay,
            (Action::Play(_) | Action::AskTime, _) => self.head.is_some(),
            (Action::ToSender | Action::ToTarget, Some(Popup::Page(page))) => match page.subject {
                Subject::Alert(number) => *action == Action::ToSender || self.has_target(number),
                subject => matches!(subject, Subject::Row(_)),
            },
            (Action::ToRow, Some(Popup::Page(page))) => matches!(page.subject, Subject::Alert(_)),
            (Action::ReloadRules, Some(Popup::Page(page))) => page.subject == Subject::Refusal,
            _ => true,
        }
    }

    /// Which terms of a filter the source would decide where.
    pub fn place(&self, filter: &Filter) -> Placement {
        (self.places)(filter)
    }

    /// A row of the log, as it is shown.
    pub fn entry(&self, model: &Model, seq: u64) -> Option<Entry> {
        self.frozen.as_ref().map_or_else(|| model.log.get(seq), |frozen| frozen.entry(seq).cloned())
    }

    /// A process, as it is shown.
    pub fn proc<'a>(&'a self, model: &'a Model, key: &ProcKey) -> Option<&'a Proc> {
        self.procs(model).get(key)
    }

    /// The process whose page is open.
    fn told_of(&self) -> Option<ProcKey> {
        match &self.popup {
            Some(Popup::Page(Page { subject: Subject::Process(key), .. })) => Some(*key),
            Some(Popup::Send(sending)) => sending.back.and(Some(sending.to)),
            _ => None,
        }
    }

    /// A user, by number and name: `uid 1000 alice`.
    pub fn user(&self, uid: u32) -> String {
        match state::tree_order::user(uid, &self.users) {
            Some(name) => format!("uid {uid} {name}"),
            None => format!("uid {uid}"),
        }
    }

    /// The ancestors of a process as they were, nearest first: who made it, who made that, and so on; where a maker is
    /// forgotten, its stand-in.
    pub fn ancestors<'a>(&'a self, model: &'a Model, key: &ProcKey) -> impl Iterator<Item = &'a Proc> {
        self.procs(model).ancestors(key)
    }

    /// All processes, as they are shown.
    pub fn procs<'a>(&'a self, model: &'a Model) -> &'a Procs {
        self.frozen.as_ref().map_or(&model.procs, |frozen| &frozen.procs)
    }

    /// The users of this machine.
    pub fn users(&self) -> &Accounts {
        &self.users
    }

    /// What the detail is about: the process that is followed, else the selection of the list last looked at that has
    /// one.
    pub fn subject(&self) -> Option<Subject> {
        self.selection(self.subject_panel()?)
    }

    /// The row that keys which narrow are about: of the panel that has the keys, not of one looked at before.
    fn chosen(&self) -> Option<Subject> {
        match self.focus() {
            Panel::Detail => self.subject(),
            panel => self.selection(panel),
        }
    }

    /// The list whose selection the detail is about.
    pub fn subject_panel(&self) -> Option<Panel> {
        let followed = self.tree.followed().map(|_| Panel::Tree);
        let panels = followed.into_iter().chain(self.recent);
        panels.into_iter().find(|panel| self.selection(*panel).is_some())
    }

    fn selection(&self, panel: Panel) -> Option<Subject> {
        match panel {
            Panel::Tree => self.tree.selected().map(Subject::Process),
            Panel::Log => self.log.selected().map(Subject::Row),
            Panel::Signals => self.counters.signals.selected().map(Subject::Signal),
            Panel::Senders => self.counters.selected_sender(),
            Panel::Alerts => self.alerts.list.selected().map(Subject::Alert),
            Panel::Detail => None,
        }
    }

    /// What part of a panel's list is shown, and how long the list is; none where the panel has no list.
    pub fn list(&self, panel: Panel) -> Option<(Window, usize)> {
        match panel {
            Panel::Tree => Some((self.tree.window, self.tree.rows.list.len())),
            Panel::Log => Some((self.log.window, self.log.index.len())),
            Panel::Signals => Some((self.counters.signals.window, self.counters.signals.lines.len())),
            Panel::Senders => Some((self.counters.senders.window, self.counters.senders.lines.len())),
            Panel::Alerts => Some((self.alerts.list.window, self.alerts.list.lines.len())),
            Panel::Detail => None,
        }
    }
}
