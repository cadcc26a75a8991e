//! The pane of alerts: when, how bad, which rule, whose deed, what it was; and the badge in the header, that is there
//! only when there are alerts. The badge is about now, also where the picture stands still.

use super::table::{Column, NICE, Row, Table, number, text as column};
use super::{Canvas, deed, log};
use crate::event::{AlertEvent, Severity};
use crate::model::{Alert, Model};
use crate::ui::layout::{Panel, Place};
use crate::ui::state::alerts::{Rules, alert_column as is, counts, sum, worst};
use crate::ui::theme::{Glyphs, Role};
use crate::ui::{Ui, text};

const COLUMNS: [Column; 7] = [
    Column { falls: true, ..column("TIME", [8, 8, 12], 0) },
    Column { falls: true, ..column("SEVERITY", [8, 8, 8], 0) },
    column("RULE", [9, 16, 28], 0),
    column("WHO", [9, 13, 22], 3),
    column("WHAT", [10, 18, 60], 1),
    number("COUNT", [5, 5, 8], NICE),
    number("FOLDED", [6, 6, 8], 2),
];

/// The columns that fit.
pub fn table(place: &Place) -> Table<7> {
    Table::fit(&COLUMNS, place.area.width - 2)
}

/// Draws the rows.
pub fn render(canvas: &mut Canvas, place: &Place, ui: &Ui, model: &Model) {
    let table = table(place);
    let (list, area) = (&ui.alerts.list, place.rows());
    table.heads(canvas, place.inner(), Some(list.sort));
    if list.lines.is_empty() {
        canvas.say(area, &nothing(ui));
    }
    let mut clock = log::clock(ui, model);
    for at in list.window.shown(list.lines.len(), area.height) {
        let alert = &list.lines[at];
        let e = &alert.event;
        let row = Row::new(area, list.window, at, Panel::Alerts, ui);
        table.row(canvas, row, |column, pen| {
            let (room, glyphs) = (pen.room(), ui.look.glyphs());
            match column {
                is::TIME => pen.put(&log::time(&mut clock, e.mono_ns, room), Role::Dim),
                is::SEVERITY => pen.put(e.rule.severity.word(), role(e.rule.severity)),
                is::RULE => pen.put(&e.rule.name, Role::Strong),
                is::WHO => pen.put(&who(e, room, glyphs), Role::Text),
                is::WHAT => pen.put(&what(e, room, glyphs), Role::Text),
                is::COUNT => pen.put(&times(e.count, glyphs), Role::Text),
                _ => pen.put(&more(alert), Role::Notice),
            }
        });
    }
}

/// How a severity looks.
pub fn role(severity: Severity) -> Role {
    match severity {
        Severity::Info => Role::Info,
        Severity::Low => Role::Low,
        Severity::Medium => Role::Medium,
        Severity::High => Role::High,
        Severity::Critical => Role::Critical,
    }
}

/// Whose deed it was; where that is no one process, what the rule counts by.
pub fn who(e: &AlertEvent, room: usize, glyphs: &Glyphs) -> String {
    match &e.who {
        Some(who) => text::process(&who.name, who.key.pid, room, glyphs.cut),
        None => text::cut(&crate::escape::plain(&e.by), room, glyphs.cut).into_owned(),
    }
}

/// The event that made it fire; of an announcement whose alert is not known, that it is one.
fn what(e: &AlertEvent, room: usize, glyphs: &Glyphs) -> String {
    match &e.event {
        Some(event) => deed::what(event, room, glyphs),
        None => text::cut("what was folded", room, glyphs.cut).into_owned(),
    }
}

/// How many events made it fire, where that is more than one.
fn times(count: u64, glyphs: &Glyphs) -> String {
    if count > 1 { format!("{}{}", glyphs.times, text::short_number(count)) } else { String::new() }
}

/// How often it would have fired again.
fn more(alert: &Alert) -> String {
    if alert.folded > 0 { format!("+{}", text::short_number(alert.folded)) } else { String::new() }
}

/// An alert in a line of the log: `fork-bomb ×200`, `fork-bomb +37 more`.
pub fn title(e: &AlertEvent, room: usize, glyphs: &Glyphs) -> String {
    let name = crate::escape::plain(&e.rule.name);
    let behind = match (e.is_folded(), times(e.count, glyphs)) {
        (true, _) => format!(" +{} more", text::thousands(e.folded)),
        (false, times) if times.is_empty() => times,
        (false, times) => format!(" {times}"),
    };
    let head = text::cut(&name, room.saturating_sub(text::width(&behind)), glyphs.cut);
    let left = room.saturating_sub(text::width(&head) + text::width(&behind) + 2);
    let rest = match &e.event {
        Some(event) if left >= 8 => format!("  {}", deed::what(event, left, glyphs)),
        _ => String::new(),
    };
    format!("{head}{behind}{rest}")
}

/// What the pane says that has no alert.
fn nothing(ui: &Ui) -> String {
    match ui.alerts.rules {
        Rules::Here(Some(1)) => "No alert so far. 1 rule watches.".into(),
        Rules::Here(Some(rules)) => format!("No alert so far. {} rules watch.", text::thousands(rules as u64)),
        Rules::Here(None) => "No alert so far. The rules watch.".into(),
        Rules::Nowhere if ui.look.attached => {
            "No alert so far. The rules are the daemon's: sigtop serve --rules builtin.".into()
        }
        Rules::Nowhere => {
            let with = if ui.look.demo {
                "--demo "
            } else if ui.look.replay {
                "--replay FILE "
            } else {
                ""
            };
            format!(
                "No rules are loaded. sigtop {with}--rules builtin watches for what the rules that come with it look for; \
                 --rules FILE for what yours do."
            )
        }
    }
}

/// What stands in the title of the pane behind its name: all that there were, and how much was folded.
pub fn name(ui: &Ui) -> String {
    let dot = ui.look.glyphs().dot;
    let mut name = "Alerts".to_string();
    if ui.alerts.total() > 0 {
        name.push_str(&format!(" {}", text::thousands(ui.alerts.total())));
    }
    if ui.alerts.folded > 0 {
        name.push_str(&format!(" {dot} {} folded", text::thousands(ui.alerts.folded)));
    }
    if ui.look.attached && ui.alerts.rules == Rules::Nowhere {
        name.push_str(&format!(" {dot} of the daemon"));
    }
    name
}

/// What stands at the end of its upper line.
pub fn status(ui: &Ui) -> String {
    match (ui.alerts.rules, ui.alerts.list.lines.len() as u64) {
        (_, kept) if kept < ui.alerts.total() => format!("{kept} of {}", text::short_number(ui.alerts.total())),
        (Rules::Here(Some(rules)), _) => {
            format!("{} rule{}", text::thousands(rules as u64), if rules == 1 { "" } else { "s" })
        }
        _ => String::new(),
    }
}

/// How alerts stand out in the header, in many words or few, and how that looks: by the worst that nobody has looked
/// at yet. Nothing where there is none.
pub fn badge(ui: &Ui, model: &Model, is_short: bool) -> Option<(String, Role)> {
    let (all, unseen) = (counts(&model.alerts), ui.alerts.unseen(&model.alerts));
    let (total, fresh) = (sum(&all), sum(&unseen));
    let worst_of = worst(&unseen).or(worst(&all))?;
    let mut said = format!("! {} alert{}", text::thousands(total), if total == 1 { "" } else { "s" });
    let is_news = (1..total).contains(&fresh);
    if is_news {
        said.push_str(&format!(", {} new", text::thousands(fresh)));
    }
    if worst_of >= if is_short { Severity::Critical } else { Severity::High } && !(is_short && is_news) {
        let among = if fresh > 0 { &unseen } else { &all };
        said.push_str(&format!(", {} {}", text::thousands(among[worst_of as usize]), worst_of.word()));
    }
    Some((said, worst(&unseen).map_or(Role::Dim, role)))
}
