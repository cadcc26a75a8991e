//! What keys do to the arrangement: which panel, how large, which colours; and what of it is kept.

use super::kept::Kept;
use super::layout::{Panel, Preset};
use super::state::counters::CountersState;
use super::state::drill::Level;
use super::state::sort::Sort;
use super::state::tree_order;
use super::theme::{Depth, Palette, Theme};
use super::{Message, Ui};
use crate::model::Model;

/// The themes that a key goes through.
#[derive(Clone, PartialEq, Debug)]
pub struct Themes {
    /// In their order. On a screen without colours only that.
    pub list: Vec<Theme>,
    /// The one that is shown.
    pub at: usize,
    /// The one that the settings say.
    pub usual: String,
    /// Whether it was asked for on the command line: then what was kept does not matter.
    pub is_asked: bool,
    /// How many colours the terminal has.
    pub depth: Depth,
}

impl Default for Themes {
    fn default() -> Themes {
        let list = Theme::all();
        Themes { usual: list[0].name.clone(), list, at: 0, is_asked: false, depth: Depth::default() }
    }
}

impl Themes {
    /// The styles of the one that is shown.
    pub fn palette(&self) -> Palette {
        self.list.get(self.at).map_or_else(Palette::default, |theme| theme.palette(self.depth))
    }

    fn name(&self) -> &str {
        self.list.get(self.at).map_or("", |theme| &theme.name)
    }

    /// Shows the one of this name, if there is one.
    fn show(&mut self, name: &str) -> bool {
        let found = self.list.iter().position(|theme| theme.name == name);
        self.at = found.unwrap_or(self.at);
        found.is_some()
    }
}

/// What was arranged by keys, beside what [`super::layout::Shape`] says.
pub(super) struct Arrangement {
    themes: Themes,
    /// What the settings say.
    preset: Preset,
    kept: Kept,
}

impl Arrangement {
    pub(super) fn new(themes: Themes, preset: Preset, kept: Kept) -> Arrangement {
        Arrangement { themes, preset, kept }
    }
}

/// The lists whose order is kept, and the order that each begins with.
fn usual_orders() -> [(&'static str, Sort); 3] {
    let counters = CountersState::new();
    [("tree", tree_order::BY_PID), ("signals", counters.signals.sort), ("senders", counters.senders.sort)]
}

impl Ui {
    /// Takes up what was kept, and says what in the settings was not understood.
    pub(super) fn take_up(&mut self) {
        let Arrangement { themes, preset, kept } = &mut self.arrangement;
        let chosen = kept.chosen("theme", &themes.usual).filter(|_| !themes.is_asked).map(String::from);
        if chosen.is_some_and(|name| themes.show(&name)) {
            self.look.palette = themes.palette();
        }
        let chosen = kept.chosen("layout", preset.name()).and_then(Preset::named);
        self.shape.preset = chosen.unwrap_or(*preset);
        self.take_up_orders();
        let key = self.keys.first("help").map_or(String::new(), |key| format!(": {} lists them", key.name(true)));
        self.message = match &self.problems[..] {
            [] => None,
            [one] => Some(Message::alarm(one.clone())),
            more => Some(Message::alarm(format!("settings: {} entries were not understood{key}", more.len()))),
        };
    }

    /// What is to be kept.
    pub fn keep(&self) -> Kept {
        let mut kept = self.arrangement.kept.clone();
        let (sort, flat) = self.tree.arrangement();
        let orders = [("tree", sort), ("signals", self.counters.signals.sort), ("senders", self.counters.senders.sort)];
        for ((list, sort), (_, usual)) in orders.into_iter().zip(usual_orders()) {
            kept.choose(&format!("{list}-order"), &sort.to_string(), &usual.to_string());
        }
        kept.choose("tree-as", if flat { "list" } else { "tree" }, "tree");
        kept
    }

    /// Puts the lists into the orders that were kept.
    fn take_up_orders(&mut self) {
        let kept = &self.arrangement.kept;
        let [tree, signals, senders] = usual_orders().map(|(list, usual)| {
            let kept = kept.chosen(&format!("{list}-order"), &usual.to_string()).and_then(Sort::read);
            kept.unwrap_or(usual)
        });
        let flat = kept.chosen("tree-as", "tree") == Some("list");
        self.tree.arrange(tree, flat);
        self.counters.arrange(signals, senders);
    }

    /// The panel that has the keys takes all of the middle, or gives it back.
    pub(super) fn zoom(&mut self) {
        self.shape.is_zoomed = !self.shape.is_zoomed;
    }

    /// One step back, out of what hides a part of the screen: of what `/` left out, of what was drilled into, of the
    /// panel that is zoomed.
    pub(super) fn back(&mut self, model: &Model) {
        if self.focus() == Panel::Tree && self.tree.find().is_some() {
            return self.end_find(model);
        }
        if self.focus() == Panel::Senders && self.counters.drill.level() != Level::All {
            return self.step_out(model);
        }
        self.shape.is_zoomed = false;
    }

    /// Divides the screen the next way, or the way before.
    pub(super) fn next_preset(&mut self, forward: bool) {
        let preset = self.shape.preset.next(forward);
        (self.shape.preset, self.shape.is_zoomed) = (preset, false);
        self.arrangement.kept.choose("layout", preset.name(), self.arrangement.preset.name());
        self.message = Some(Message::notice(format!("layout: {}", preset.name())));
    }

    /// Paints everything in the next theme.
    pub(super) fn next_theme(&mut self) {
        let Arrangement { themes, kept, .. } = &mut self.arrangement;
        if themes.list.len() < 2 {
            self.message = Some(Message::notice("no colours: NO_COLOR is set, or --color never was asked for"));
            return;
        }
        themes.at = (themes.at + 1) % themes.list.len();
        kept.choose("theme", themes.name(), &themes.usual);
        self.message = Some(Message::notice(format!("theme: {}", themes.name())));
        self.look.palette = themes.palette();
    }
}
