//! What things look like: roles (what a piece of text means) and the style and glyph each one has.
//!
//! Views name roles, never colours. Colours are the terminal's own sixteen, so that they follow the user's theme.
//! Colour is never the only cue: every fate has its word, focus has its bold title, the dead have their mark.
//! Reads no environment: who starts the screen passes the palette and whether the terminal can do more than ASCII.

use ratatui::style::{Color, Modifier, Style};

/// Which styles are used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Palette {
    /// The terminal's sixteen colours.
    #[default]
    Colour,
    /// No colours, only bold, dim, underlined and reversed: for `NO_COLOR`.
    Mono,
}

/// What a piece of text means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// Less important: labels, rests, guides.
    Dim,
    /// More important than ordinary text.
    Strong,
    /// The program's name.
    Brand,
    /// A panel's title.
    Title,
    /// The title of the panel that has the keys.
    TitleFocus,
    /// A panel's frame.
    Frame,
    /// The frame of the panel that has the keys.
    FrameFocus,
    /// Column heads.
    Head,
    /// The head of the column that a list is sorted by.
    HeadSorted,
    /// The selected row of the panel that has the keys.
    Selected,
    /// The mark before a panel's selected row.
    Mark,
    /// A handler ran.
    Handled,
    /// Nothing came of it.
    Ignored,
    /// It waits.
    Pending,
    /// It killed.
    Fatal,
    /// It stopped the target, or made it go on.
    Stopped,
    /// A signal's name.
    Signal,
    /// The kernel as a sender.
    Kernel,
    /// The picture moves.
    Live,
    /// The picture stands still.
    Paused,
    /// Something is wrong or missing.
    Alarm,
    /// A small graph.
    Graph,
    /// A key, in footer and help.
    Key,
    /// What was turned on by hand: noise shown.
    Notice,
    /// A filter that is in force.
    Narrowed,
}

impl Palette {
    /// The style of a role.
    pub fn style(self, role: Role) -> Style {
        let (colour, modifier) = look(role);
        let style = Style::new().add_modifier(modifier);
        match (self, colour) {
            (Palette::Colour, Some(colour)) => style.remove_modifier(Modifier::DIM).fg(colour),
            _ => style,
        }
    }
}

/// The colour of a role, and its modifiers. With a colour, DIM is left out: the colour says it.
fn look(role: Role) -> (Option<Color>, Modifier) {
    const PLAIN: Modifier = Modifier::empty();
    const BOLD: Modifier = Modifier::BOLD;
    const DIM: Modifier = Modifier::DIM;
    const REVERSED: Modifier = Modifier::REVERSED;
    match role {
        Role::Text => (None, PLAIN),
        Role::Dim | Role::Ignored | Role::Frame => (Some(Color::DarkGray), DIM),
        Role::Strong | Role::Title | Role::Brand => (None, BOLD),
        Role::TitleFocus => (Some(Color::Cyan), BOLD.union(REVERSED)),
        Role::FrameFocus | Role::Mark => (Some(Color::Cyan), BOLD),
        Role::Head => (Some(Color::DarkGray), DIM),
        Role::HeadSorted => (Some(Color::Cyan), PLAIN),
        Role::Selected => (None, REVERSED),
        Role::Handled => (Some(Color::Green), PLAIN),
        Role::Pending => (Some(Color::Yellow), Modifier::ITALIC),
        Role::Fatal | Role::Alarm => (Some(Color::Red), BOLD),
        Role::Stopped => (Some(Color::Magenta), PLAIN),
        Role::Signal => (None, BOLD),
        Role::Kernel => (Some(Color::Blue), PLAIN),
        Role::Live => (Some(Color::Green), BOLD),
        Role::Paused => (Some(Color::Yellow), BOLD.union(REVERSED)),
        Role::Graph => (Some(Color::Cyan), PLAIN),
        Role::Key => (Some(Color::Cyan), BOLD),
        Role::Notice => (Some(Color::Yellow), PLAIN),
        Role::Narrowed => (Some(Color::Yellow), BOLD),
    }
}

/// The drawn signs that are not letters, each one cell wide (the guides two).
#[derive(PartialEq, Eq, Debug)]
pub struct Glyphs {
    /// The picture moves.
    pub live: &'static str,
    /// The picture stands still.
    pub paused: &'static str,
    /// The events are made up.
    pub demo: &'static str,
    /// A dead process.
    pub dead: &'static str,
    /// A signal that still waits.
    pub waiting: &'static str,
    /// More below, or following; sorted with the most on top.
    pub down: &'static str,
    /// Sorted with the least on top.
    pub up: &'static str,
    /// Before the selected row.
    pub mark: &'static str,
    /// From a parent to its child, from a sender to its target.
    pub arrow: &'static str,
    /// From a target to its sender, from a child to its parent.
    pub from: &'static str,
    /// Behind each step of the way that led somewhere.
    pub step: &'static str,
    /// Where text was cut.
    pub cut: &'static str,
    /// Between parts of a line.
    pub dot: &'static str,
    /// Microseconds.
    pub micro: &'static str,
    /// A folded process.
    pub folded: &'static str,
    /// Guide: a child with siblings below it.
    pub tee: &'static str,
    /// Guide: the last child.
    pub corner: &'static str,
    /// Guide: an ancestor has siblings below it.
    pub pipe: &'static str,
    /// A horizontal rule.
    pub rule: &'static str,
    /// On a frame: this part of the list is shown.
    pub thumb: &'static str,
    /// Before the text of the filter bar.
    pub edge: &'static str,
    /// Decided in the kernel, behind a filter: any width.
    pub kernel: &'static str,
    /// The same, as a word before terms.
    pub kernel_word: &'static str,
    /// A checked box's inside.
    pub check: &'static str,
    /// Eight heights of a bar, lowest first.
    pub bars: [&'static str; 8],
    /// Frame corners and crossings: index is the sum of up 1, right 2, down 4, left 8.
    pub lines: [&'static str; 16],
}

/// For terminals that know Unicode.
pub static UNICODE: Glyphs = Glyphs {
    live: "●",
    paused: "‖",
    demo: "◆",
    dead: "✗",
    waiting: "◷",
    down: "▼",
    up: "▲",
    mark: "▌",
    arrow: "→",
    from: "←",
    step: "›",
    cut: "…",
    dot: "·",
    micro: "µs",
    folded: "▸",
    tee: "├ ",
    corner: "└ ",
    pipe: "│ ",
    rule: "─",
    thumb: "┃",
    edge: "▏",
    kernel: "⚡",
    kernel_word: "⚡ kernel",
    check: "✓",
    bars: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    lines: [" ", "│", "─", "└", "│", "│", "┌", "├", "─", "┘", "─", "┴", "┐", "┤", "┬", "┼"],
};

/// For those that do not.
pub static ASCII: Glyphs = Glyphs {
    live: "*",
    paused: "=",
    demo: "#",
    dead: "x",
    waiting: "?",
    down: "v",
    up: "^",
    mark: ">",
    arrow: ">",
    from: "<",
    step: ">",
    cut: "~",
    dot: "-",
    micro: "us",
    folded: "+",
    tee: "|-",
    corner: "`-",
    pipe: "| ",
    rule: "-",
    thumb: "#",
    edge: "|",
    kernel: "(kernel)",
    kernel_word: "kernel",
    check: "x",
    bars: ["_", ".", "-", "=", "o", "O", "8", "#"],
    lines: [" ", "|", "-", "+", "|", "|", "+", "+", "-", "+", "-", "+", "+", "+", "+", "+"],
};

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn glyphs_are_one_cell_and_ascii_is_ascii() {
        for glyphs in [&UNICODE, &ASCII] {
            let ones = [
                glyphs.live,
                glyphs.paused,
                glyphs.demo,
                glyphs.dead,
                glyphs.waiting,
                glyphs.down,
                glyphs.up,
                glyphs.mark,
                glyphs.arrow,
                glyphs.from,
                glyphs.step,
                glyphs.cut,
                glyphs.dot,
                glyphs.folded,
                glyphs.rule,
                glyphs.thumb,
                glyphs.edge,
                glyphs.check,
            ];
            let all: Vec<&str> = ones.into_iter().chain(glyphs.bars).chain(glyphs.lines).collect();
            assert!(all.iter().all(|g| g.width() == 1), "{all:?}");
            let guides = [glyphs.tee, glyphs.corner, glyphs.pipe, glyphs.micro];
            assert!(guides.iter().all(|g| g.width() == 2), "{guides:?}");
            assert!(*glyphs != ASCII || all.iter().chain(&guides).all(|g| g.is_ascii()));
        }
    }

    #[test]
    fn mono_has_no_colour_and_tells_fates_apart() {
        let fates = [Role::Handled, Role::Ignored, Role::Pending, Role::Fatal];
        for (i, role) in fates.iter().enumerate() {
            assert_eq!(Palette::Mono.style(*role).fg, None);
            assert!(fates[..i].iter().all(|other| Palette::Mono.style(*other) != Palette::Mono.style(*role)));
            assert!(fates[..i].iter().all(|other| Palette::Colour.style(*other).fg != Palette::Colour.style(*role).fg));
        }
    }
}
