//! Which panel is where, for every size of screen: one pure function of the size and of what was last looked at.
//!
//! Where there is no room for all panels, several share a place and the one last looked at is shown there;
//! Tab reaches every one of them at every size. Neighbours share the line between them. Draws nothing.

mod preset;

pub use preset::Preset;

use ratatui::layout::{Position, Rect};

/// A part of the main screen that can have the keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Panel {
    /// The process tree.
    Tree,
    /// The signal log.
    Log,
    /// Counters by signal.
    Signals,
    /// Counters by sender.
    Senders,
    /// All about what is selected.
    Detail,
    /// What rules found.
    Alerts,
}

impl Panel {
    /// In the order of Tab.
    pub const ALL: [Panel; 6] = [Panel::Tree, Panel::Log, Panel::Signals, Panel::Senders, Panel::Detail, Panel::Alerts];

    /// Its place in [`Panel::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The panel after it.
    pub const fn next(self) -> Panel {
        Panel::ALL[(self.index() + 1) % Panel::ALL.len()]
    }

    /// The panel before it.
    pub const fn previous(self) -> Panel {
        Panel::ALL[(self.index() + Panel::ALL.len() - 1) % Panel::ALL.len()]
    }
}

/// Panels that share one place.
pub type Sharing = &'static [Panel];

const TREE: Sharing = &[Panel::Tree];
const LOG: Sharing = &[Panel::Log];
const SIGNALS: Sharing = &[Panel::Signals];
const SENDERS: Sharing = &[Panel::Senders];
const DETAIL: Sharing = &[Panel::Detail];
const COUNTERS: Sharing = &[Panel::Signals, Panel::Senders];
const ASIDE: Sharing = &[Panel::Signals, Panel::Senders, Panel::Detail];
const NOT_LOG: Sharing = &[Panel::Tree, Panel::Signals, Panel::Senders, Panel::Detail];
const ALL: Sharing = &[Panel::Tree, Panel::Log, Panel::Signals, Panel::Senders, Panel::Detail];
const LOG_ALERTS: Sharing = &[Panel::Log, Panel::Alerts];
const ALERTS: Sharing = &[Panel::Alerts];

/// Who shares a place that the log is in, with the alerts as one more.
const WITH_ALERTS: [(Sharing, Sharing); 4] = [
    (LOG, LOG_ALERTS),
    (ALL, &Panel::ALL),
    (preset::NOT_TREE, &[Panel::Log, Panel::Signals, Panel::Senders, Panel::Detail, Panel::Alerts]),
    (preset::NOT_COUNTERS, &[Panel::Log, Panel::Tree, Panel::Detail, Panel::Alerts]),
];

/// The log and the alerts are shown at once in a place of at least this size.
const BOTH: (u16, u16) = (60, 18);

/// The smallest screen that is drawn.
pub const MIN: (u16, u16) = (40, 12);

/// A framed place on the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Who shares it.
    pub sharing: Sharing,
    /// Who is shown.
    pub panel: Panel,
    /// With its frame.
    pub area: Rect,
}

impl Place {
    /// Within the frame.
    pub const fn inner(&self) -> Rect {
        let a = self.area;
        Rect { x: a.x + 1, y: a.y + 1, width: a.width.saturating_sub(2), height: a.height.saturating_sub(2) }
    }

    /// Where rows go: within the frame, below the column heads, where the panel has any.
    pub const fn rows(&self) -> Rect {
        let inner = self.inner();
        let heads = if matches!(self.panel, Panel::Detail) { 0 } else { 1 };
        Rect { y: inner.y + heads, height: inner.height.saturating_sub(heads), ..inner }
    }
}

/// The whole screen, divided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    /// The first line.
    pub header: Rect,
    /// The lines above that, while the filter bar is open.
    pub bar: Rect,
    /// The line above the last one, where a recording is played: when in it the picture is.
    pub time: Rect,
    /// The last line.
    pub footer: Rect,
    /// What is between; none if the screen is too small.
    pub places: Vec<Place>,
}

/// How wide a popup is that wants `width` cells: all of the screen rather than all but a few.
pub const fn popup_width(width: u16, screen: u16) -> u16 {
    if width + 6 > screen { screen } else { width }
}

/// How the screen is to be divided, beside its size.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Shape {
    /// Which way.
    pub preset: Preset,
    /// The panel that has the keys takes the whole middle.
    pub is_zoomed: bool,
    /// There is a panel of alerts.
    pub has_alerts: bool,
}

/// From so many lines on there is one for the time.
const TIMED: u16 = 14;

/// Divides a screen. The filter bar takes its lines from the panels at the bottom, if it is open; where `is_timed`, there
/// is a line for the time, if the screen has one to spare. `recent` has the panels
/// by when they were last looked at, the latest first. The default:
///
/// ```text
/// wide            tall enough       narrow          tiny
/// ┌ tree ─┬ log ─┐ ┌ tree ─┬ aside ┐ ┌ any but log ┐ ┌ any ──┐
/// ├ sig ┬ from ┬─┤ ├ log ──┴───────┤ ├ log ────────┤ │       │
/// └─────┴──────┴─┘ └───────────────┘ └─────────────┘ └───────┘
/// ```
/// Alerts, if there are to be any, stand below the log; where it has no room for that, they share its place.
pub fn layout(width: u16, height: u16, bar: u16, is_timed: bool, recent: &[Panel; 6], shape: Shape) -> Layout {
    let header = Rect { x: 0, y: 0, width, height: height.min(1) };
    let footer = Rect { x: 0, y: height.saturating_sub(1), width, height: height.min(1) };
    let timed = u16::from(is_timed && height >= TIMED);
    let time = Rect { x: 0, y: footer.y - timed, width, height: timed };
    let bar = Rect { x: 0, y: time.y.saturating_sub(bar), width, height: bar.min(time.y) };
    let mut places = Vec::new();
    if width >= MIN.0 && height >= MIN.1 {
        let area = Rect { x: 0, y: 1, width, height: height - 2 - timed };
        let mut take = |sharing: Sharing, area: Rect| {
            let panel = *recent.iter().find(|p| sharing.contains(p)).unwrap_or(&sharing[0]);
            places.push(Place { sharing, panel, area });
        };
        let mut put = |sharing: Sharing, area: Rect| match sharing {
            LOG if shape.has_alerts && area.width >= BOTH.0 && area.height >= BOTH.1 => {
                let (log, alerts) = split_rows(area, area.height - (area.height * 3 / 10).clamp(8, 14));
                take(LOG, log);
                take(ALERTS, alerts);
            }
            _ => take(if shape.has_alerts { with_alerts(sharing) } else { sharing }, area),
        };
        match shape {
            Shape { is_zoomed: true, .. } => put(ALL, area),
            Shape { preset: Preset::Default, .. } => divide(area, &mut put),
            Shape { preset, .. } => preset::divide(preset, area, &mut put),
        }
        for place in places.iter_mut().filter(|place: &&mut Place| place.area.bottom() > bar.y) {
            place.area.height -= place.area.bottom() - bar.y;
        }
    }
    Layout { header, bar, time, footer, places }
}

/// Who shares a place where there are alerts.
fn with_alerts(sharing: Sharing) -> Sharing {
    WITH_ALERTS.iter().find(|(without, _)| *without == sharing).map_or(sharing, |(_, with)| with)
}

fn divide(area: Rect, put: &mut impl FnMut(Sharing, Rect)) {
    let Rect { width, height, .. } = area;
    if width >= 110 && height >= 20 {
        let (upper, lower) = split_rows(area, height - (height * 3 / 10).clamp(8, 16));
        let (tree, log) = split_columns(upper, if width < 160 { width * 2 / 5 } else { width * 9 / 20 }.clamp(46, 100));
        let (signals, rest) = split_columns(lower, (width * 3 / 10).clamp(36, 60));
        let (senders, detail) = split_columns(rest, (width * 7 / 20).clamp(40, 64));
        put(TREE, tree);
        put(LOG, log);
        put(SIGNALS, signals);
        put(SENDERS, senders);
        put(DETAIL, detail);
    } else if width >= 72 && height >= 20 {
        let (upper, lower) = split_rows(area, height / 2);
        let (tree, aside) = split_columns(upper, width * 11 / 20);
        put(TREE, tree);
        if upper.height >= 18 {
            let (counters, detail) = split_rows(aside, upper.height / 2);
            put(COUNTERS, counters);
            put(DETAIL, detail);
        } else {
            put(ASIDE, aside);
        }
        put(LOG, lower);
    } else if width >= 96 {
        let (left, right) = split_columns(area, width * 2 / 5);
        put(NOT_LOG, left);
        put(LOG, right);
    } else if height >= 18 {
        let (upper, lower) = split_rows(area, height / 2);
        put(NOT_LOG, upper);
        put(LOG, lower);
    } else {
        put(ALL, area);
    }
}

/// Two areas, the upper one `height` high; they share a line.
const fn split_rows(area: Rect, height: u16) -> (Rect, Rect) {
    let upper = Rect { height, ..area };
    (upper, Rect { y: area.y + height - 1, height: area.height - height + 1, ..area })
}

/// Two areas, the left one `width` wide; they share a column.
const fn split_columns(area: Rect, width: u16) -> (Rect, Rect) {
    let left = Rect { width, ..area };
    (left, Rect { x: area.x + width - 1, width: area.width - width + 1, ..area })
}

impl Layout {
    /// Where a panel is shown, if it is.
    pub fn place(&self, panel: Panel) -> Option<&Place> {
        self.places.iter().find(|place| place.panel == panel)
    }

    /// How many rows of its list a panel shows.
    pub fn height(&self, panel: Panel) -> usize {
        self.place(panel).map_or(0, |place| place.rows().height.into())
    }

    /// Whose place this cell belongs to.
    pub fn at(&self, column: u16, row: u16) -> Option<&Place> {
        self.places.iter().find(|place| place.area.contains(Position { x: column, y: row }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every way to divide a screen.
    fn shapes() -> impl Iterator<Item = Shape> {
        let presets = Preset::ALL.into_iter().map(|preset| Shape { preset, ..Shape::default() });
        let all = presets.chain([Shape { is_zoomed: true, ..Shape::default() }]);
        all.flat_map(|shape| [false, true].map(|has_alerts| Shape { has_alerts, ..shape }))
    }

    fn looking_at(panel: Panel) -> [Panel; 6] {
        let mut recent = Panel::ALL;
        recent.swap(0, panel.index());
        recent
    }

    #[test]
    fn every_panel_can_be_shown_at_every_size() {
        for shape in shapes() {
            for width in (40..220).step_by(11).chain([72, 79, 96, 109, 110]) {
                for height in (12..60).step_by(2).chain([15, 17, 19]) {
                    for panel in Panel::ALL.into_iter().filter(|panel| shape.has_alerts || *panel != Panel::Alerts) {
                        let layout = layout(width, height, 0, false, &looking_at(panel), shape);
                        let rows = layout.height(panel);
                        assert!(rows >= 5, "{panel:?} has {rows} rows at {width}x{height} in {shape:?}");
                        let place = layout.place(panel).unwrap();
                        assert!(place.inner().width >= 30, "{panel:?} at {width}x{height} in {shape:?}: {place:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_common_terminal_shows_tree_log_and_one_more() {
        let shown = |w, h| {
            layout(w, h, 0, false, &Panel::ALL, Shape::default()).places.iter().map(|p| p.panel).collect::<Vec<_>>()
        };
        assert_eq!(shown(80, 24), [Panel::Tree, Panel::Signals, Panel::Log]);
        assert_eq!(shown(120, 36), Panel::ALL[..5]);
        assert_eq!(shown(40, 12), [Panel::Tree]);
        assert_eq!(shown(39, 12), []);
        assert_eq!(shown(40, 11), []);
    }

    #[test]
    fn alerts_stand_below_the_log_where_there_is_room_and_else_in_its_place() {
        let shape = Shape { has_alerts: true, ..Shape::default() };
        let at = |w, h, panel| layout(w, h, 0, false, &looking_at(panel), shape).place(panel).copied();
        for (w, h) in [(120, 36), (200, 50), (80, 50)] {
            let (log, alerts) = (at(w, h, Panel::Log).unwrap(), at(w, h, Panel::Alerts).unwrap());
            assert_eq!(
                (alerts.sharing, alerts.area.x, alerts.area.width),
                (ALERTS, log.area.x, log.area.width),
                "{w}x{h}"
            );
            assert!(alerts.rows().height >= 5 && log.rows().height > alerts.rows().height, "{w}x{h}");
        }
        let (log, alerts) = (at(80, 24, Panel::Log).unwrap(), at(80, 24, Panel::Alerts).unwrap());
        assert_eq!((log.area, log.sharing), (alerts.area, LOG_ALERTS));
    }

    #[test]
    fn a_preset_makes_large_what_it_is_named_for() {
        let cells = |layout: &Layout, panel| layout.place(panel).map_or(0, |place| place.area.area());
        for (width, height) in [(72, 22), (80, 24), (120, 36), (200, 50)] {
            let shaped = |preset| layout(width, height, 0, false, &Panel::ALL, Shape { preset, ..Shape::default() });
            let usual = shaped(Preset::Default);
            for (preset, panel) in
                [(Preset::Tree, Panel::Tree), (Preset::Log, Panel::Log), (Preset::Counters, Panel::Signals)]
            {
                assert!(cells(&shaped(preset), panel) > cells(&usual, panel), "{preset:?} at {width}x{height}");
                assert_eq!(Preset::named(preset.name()), Some(preset));
            }
            let zoomed = Shape { preset: Preset::Log, is_zoomed: true, has_alerts: false };
            let zoomed = layout(width, height, 0, false, &looking_at(Panel::Senders), zoomed);
            assert_eq!(cells(&zoomed, Panel::Senders), u32::from(width) * u32::from(height - 2));
        }
        assert_eq!(Preset::Default.next(false), Preset::Counters);
    }

    #[test]
    fn places_cover_the_screen_and_share_only_lines() {
        for shape in shapes() {
            for width in (40u16..220).step_by(7) {
                for height in (12u16..70).step_by(5) {
                    let layout = layout(width, height, 0, false, &Panel::ALL, shape);
                    for y in 1..height - 1 {
                        for x in 0..width {
                            let inside = layout.places.iter().filter(|p| p.inner().contains(Position { x, y })).count();
                            assert!(inside <= 1, "{x},{y} at {width}x{height} in {shape:?}");
                            assert!(layout.at(x, y).is_some(), "{x},{y} at {width}x{height} in {shape:?}");
                        }
                    }
                }
            }
        }
    }
}
