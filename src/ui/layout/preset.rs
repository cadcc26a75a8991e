//! The ways to divide the screen that a key goes through: each is for another question, and works at every size.
//!
//! ```text
//! default: as large as the screen     tree: who is there, and what happens    log: what happens, in full
//! ┌ tree ─┬ log ─┐                    ┌ tree ──┬ counters ┐                   ┌ log ──────────────┐
//! ├ sig ┬ from ┬─┤                    │        ├ log ─────┤                   ├ tree ──┬ counters ┤
//! └─────┴──────┴─┘                    └────────┴──────────┘                   └────────┴──────────┘
//! counters: how much of what
//! ┌ sig ───┬ from ───┐
//! ├ log ───┴─┬ tree ─┤
//! └──────────┴───────┘
//! ```

use super::{ASIDE, COUNTERS, LOG, NOT_LOG, Panel, SENDERS, SIGNALS, Sharing, TREE, split_columns, split_rows};
use ratatui::layout::Rect;

pub(super) const NOT_TREE: Sharing = &[Panel::Log, Panel::Signals, Panel::Senders, Panel::Detail];
pub(super) const NOT_COUNTERS: Sharing = &[Panel::Log, Panel::Tree, Panel::Detail];
const TREE_DETAIL: Sharing = &[Panel::Detail, Panel::Tree];

/// A way to divide the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Preset {
    /// Everything that the size allows.
    #[default]
    Default,
    /// The tree is large.
    Tree,
    /// The log is large.
    Log,
    /// The counters are large.
    Counters,
}

impl Preset {
    /// In the order of the key.
    pub const ALL: [Preset; 4] = [Preset::Default, Preset::Tree, Preset::Log, Preset::Counters];

    /// Its name in the file of settings.
    pub const fn name(self) -> &'static str {
        match self {
            Preset::Default => "default",
            Preset::Tree => "tree",
            Preset::Log => "log",
            Preset::Counters => "counters",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Preset> {
        Preset::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// The one after it, or before.
    pub const fn next(self, forward: bool) -> Preset {
        Preset::ALL[(self as usize + if forward { 1 } else { 3 }) % 4]
    }
}

/// Divides the middle of the screen as a preset other than the default wants it.
pub(super) fn divide(preset: Preset, area: Rect, put: &mut impl FnMut(Sharing, Rect)) {
    let Rect { width, height, .. } = area;
    let (is_wide, is_tall) = (width >= 110, height >= 20);
    let (main, rest) = match preset {
        Preset::Default | Preset::Tree => (TREE, NOT_TREE),
        Preset::Log => (LOG, NOT_LOG),
        Preset::Counters => (COUNTERS, NOT_COUNTERS),
    };
    if !is_tall && width >= 96 {
        let (left, right) = split_columns(area, width * 11 / 20);
        put(main, left);
        put(rest, right);
        return;
    }
    if height < 16 {
        return put(super::ALL, area);
    }
    let (upper, lower) = split_rows(area, if is_tall { height * 3 / 5 } else { height / 2 });
    match preset {
        Preset::Default | Preset::Tree if is_wide && is_tall => {
            let (tree, right) = split_columns(area, width * 11 / 20);
            let (aside, log) = split_rows(right, height * 2 / 5);
            put(TREE, tree);
            put(ASIDE, aside);
            put(LOG, log);
        }
        Preset::Log if is_wide && is_tall => {
            let (tree, aside) = split_columns(lower, width * 11 / 20);
            put(LOG, upper);
            put(TREE, tree);
            put(ASIDE, aside);
        }
        Preset::Counters if width >= 80 => {
            let (signals, senders) = split_columns(upper, width / 2);
            put(SIGNALS, signals);
            put(SENDERS, senders);
            if is_wide && is_tall {
                let (log, detail) = split_columns(lower, width * 13 / 20);
                put(LOG, log);
                put(TREE_DETAIL, detail);
            } else {
                put(rest, lower);
            }
        }
        _ => {
            put(main, upper);
            put(rest, lower);
        }
    }
}
