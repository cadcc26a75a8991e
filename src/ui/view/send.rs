//! The list of signals to send, with what each would do to this very process, and the question before it is sent.

use super::Canvas;
use crate::model::Model;
use crate::signal::{DefaultAction, Signal};
use crate::ui::facts::Masks;
use crate::ui::keys::Context;
use crate::ui::state::send::{Sending, area, question, signals};
use crate::ui::theme::Role;
use crate::ui::{Ui, text};
use ratatui::layout::Rect;

/// Draws the list, or the question.
pub fn render(canvas: &mut Canvas, screen: Rect, sending: &Sending, ui: &Ui, model: &Model) {
    let size = (screen.width, screen.height);
    if sending.is_chosen {
        return ask(canvas, size, sending, ui);
    }
    let area = area(size);
    let whom = text::process(&sending.name, sending.to.pid, 30, canvas.glyphs.cut);
    let rows = sending.rows(size);
    let more = if rows.end < signals().count() { canvas.glyphs.down } else { "" };
    let masks = model.procs.get(&sending.to).and_then(|proc| ui.facts(proc)).map(|facts| facts.masks);
    let status = match (sending.typed.as_str(), masks) {
        ("", None) => format!("by default {more}"),
        ("", Some(_)) => more.into(),
        (typed, _) => typed.into(),
    };
    canvas.popup(area, &format!("Send to {whom}"), status.trim_end());
    let inner = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height.saturating_sub(2) };
    for (line, (at, signal)) in signals().enumerate().skip(rows.start).take(rows.len()).enumerate() {
        let mut pen = canvas.line(inner, line as u16, at == sending.window.at);
        pen.skip(1).right(&signal.number().to_string(), Role::Dim, 2).skip(1);
        pen.left(signal.short_name(), Role::Signal, 9).skip(1);
        let (what, role) = does(signal, masks, sending.shield);
        pen.text(what, role);
    }
}

/// `Send SIGTERM (15) to nginx 881 (uid 33 www-data)?`, what there is to think of, and the keys.
fn ask(canvas: &mut Canvas, size: (u16, u16), sending: &Sending, ui: &Ui) {
    let signal = sending.signal();
    let whom = text::process(&sending.name, sending.to.pid, 40, canvas.glyphs.cut);
    let asked = format!("Send {signal} ({}) to {whom} ({})?", signal.number(), ui.user(sending.uid));
    let room = usize::from(question(1, size).width.saturating_sub(4));
    let wrap = |text: &str| text::wrap(text, room, 4, "~");
    let mut lines: Vec<(String, Role)> = wrap(&asked).into_iter().map(|line| (line, Role::Strong)).collect();
    let caution = sending.caution.map(wrap).unwrap_or_default();
    lines.extend(caution.into_iter().map(|line| (line, Role::Alarm)));
    lines.push((String::new(), Role::Text));
    let area = question(lines.len() + 1, size);
    canvas.popup(area, "Send a signal", "");
    let inner = Rect { x: area.x + 2, y: area.y + 1, width: area.width.saturating_sub(4), height: area.height - 2 };
    for (line, (text, role)) in lines.iter().enumerate() {
        canvas.line(inner, line as u16, false).text(text, *role);
    }
    let mut pen = canvas.line(inner, lines.len() as u16, false);
    for bound in ui.keys.active(&[Context::Confirm]) {
        if let (Some(key), Some((word, _))) = (bound.keys.first(), bound.row.footer) {
            pen.text(&key.name(ui.look.ascii), Role::Key).skip(1).text(word, Role::Text).skip(3);
        }
    }
}

/// What a signal would do to a process with these masks; where they are not known, to one that changed nothing. One that
/// is shielded is reached only by what it handles itself (kernel/signal.c, SIGNAL_UNKILLABLE).
fn does(signal: Signal, masks: Option<Masks>, shield: Option<&'static str>) -> (&'static str, Role) {
    let masks = masks.unwrap_or_default();
    let is_handled = masks.blocked.contains(signal) || masks.caught.contains(signal);
    if let Some(shield) = shield.filter(|_| !is_handled) {
        return (shield, Role::Ignored);
    }
    match signal {
        Signal::KILL => return ("ends it, come what may", Role::Fatal),
        Signal::STOP => return ("stops it, come what may", Role::Stopped),
        _ if masks.blocked.contains(signal) => return ("waits: it is blocked", Role::Pending),
        _ if masks.caught.contains(signal) => return ("its own handler runs", Role::Handled),
        _ if masks.ignored.contains(signal) => return ("nothing: it ignores it", Role::Ignored),
        _ => {}
    }
    match signal.default_action() {
        DefaultAction::Terminate => ("ends it", Role::Fatal),
        DefaultAction::Core => ("ends it, dumps core", Role::Fatal),
        DefaultAction::Ignore => ("nothing, by default", Role::Ignored),
        DefaultAction::Stop => ("stops it", Role::Stopped),
        DefaultAction::Continue => ("lets it go on", Role::Stopped),
    }
}
