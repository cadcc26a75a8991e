//! A prompt: in the place of the footer, what is asked for, the text, and what there is to say of it.

use super::Canvas;
use super::field::Field;
use crate::ui::state::prompt::Prompt;
use crate::ui::text;
use crate::ui::theme::Role;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

/// The fewest cells for the text.
const FIELD: usize = 16;

/// Draws the line.
pub fn render(canvas: &mut Canvas, area: Rect, prompt: &Prompt) {
    canvas.line(area, 0, false).text(&" ".repeat(area.width.into()), Role::Text);
    let edge = canvas.glyphs.edge;
    let mut pen = canvas.pen(area);
    pen.skip(1).text(prompt.wanted.label(), Role::TitleFocus).skip(1).text(edge, Role::Mark);
    let room = pen.room();
    let said = text::cut(&prompt.said, room.saturating_sub(FIELD + 2), canvas.glyphs.cut);
    let width = room.saturating_sub(text::width(&said) + 2) as u16;
    let left = Rect { x: area.right() - room as u16, width, ..area };
    let field = Field::new(&prompt.input, left);
    field.render(canvas);
    if let Some(cells) = prompt.wrong.as_ref().and_then(|letters| field.cells(letters)) {
        canvas.buffer.set_style(cells, canvas.palette.style(Role::Alarm).add_modifier(Modifier::UNDERLINED));
    }
    field.cursor(canvas);
    canvas
        .pen(Rect { x: left.right() + 1, width: (room as u16).saturating_sub(width + 1), ..area })
        .text(&said, if prompt.wrong.is_some() { Role::Alarm } else { Role::Notice });
}
