//! The drawn signs, in two sets: for terminals that know Unicode, and for those that do not.

/// The drawn signs that are not letters, each one cell wide (the guides two).
#[derive(PartialEq, Eq, Debug)]
pub struct Glyphs {
    /// The picture moves.
    pub live: &'static str,
    /// The picture stands still.
    pub paused: &'static str,
    /// The events are made up.
    pub demo: &'static str,
    /// A recording plays.
    pub play: &'static str,
    /// It is at its end.
    pub stop: &'static str,
    /// Of a recording, what is behind the picture.
    pub played: &'static str,
    /// Where in it the picture is.
    pub head: &'static str,
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
    /// Before a row that the user marked.
    pub flag: &'static str,
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
    /// How many times.
    pub times: &'static str,
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
    play: "►",
    stop: "■",
    played: "━",
    head: "●",
    dead: "✗",
    waiting: "◷",
    down: "▼",
    up: "▲",
    mark: "▌",
    flag: "◆",
    arrow: "→",
    from: "←",
    step: "›",
    cut: "…",
    dot: "·",
    times: "×",
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

/// For those that do not. Guides are open where those of Unicode are, so that the mark of a dead process stands free.
pub static ASCII: Glyphs = Glyphs {
    live: "*",
    paused: "||",
    demo: "%",
    play: ">",
    stop: "#",
    played: "=",
    head: "O",
    dead: "x",
    waiting: "@",
    down: "v",
    up: "^",
    mark: ">",
    flag: "*",
    arrow: ">",
    from: "<",
    step: ">",
    cut: "~",
    dot: "/",
    times: "x",
    micro: "us",
    folded: ">",
    tee: "+ ",
    corner: "` ",
    pipe: "| ",
    rule: "-",
    thumb: "#",
    edge: "|",
    kernel: "(kernel)",
    kernel_word: "kernel",
    check: "x",
    bars: [".", ".", "-", "-", "=", "=", "@", "@"],
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
                glyphs.demo,
                glyphs.play,
                glyphs.stop,
                glyphs.played,
                glyphs.head,
                glyphs.dead,
                glyphs.waiting,
                glyphs.down,
                glyphs.up,
                glyphs.mark,
                glyphs.arrow,
                glyphs.from,
                glyphs.flag,
                glyphs.step,
                glyphs.cut,
                glyphs.dot,
                glyphs.times,
                glyphs.folded,
                glyphs.rule,
                glyphs.thumb,
                glyphs.edge,
                glyphs.check,
            ];
            let all: Vec<&str> = ones.into_iter().chain(glyphs.bars).chain(glyphs.lines).collect();
            assert!(all.iter().all(|g| g.width() == 1), "{all:?}");
            assert!(glyphs.paused.width() <= 2 && glyphs.paused.is_ascii() == (*glyphs == ASCII));
            let guides = [glyphs.tee, glyphs.corner, glyphs.pipe, glyphs.micro];
            assert!(guides.iter().all(|g| g.width() == 2), "{guides:?}");
            assert!(*glyphs != ASCII || all.iter().chain(&guides).all(|g| g.is_ascii()));
        }
    }
}
