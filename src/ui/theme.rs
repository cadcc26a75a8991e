//! What things look like: roles (what a piece of text means) and the style and glyph each one has.
//!
//! Views name roles, never colours. A [`Theme`] says how each role is painted, a [`Palette`] is that for one terminal,
//! with the colours that it has. Colour is never the only cue: every fate has its word, focus has its bold title, the
//! dead have their mark. Reads no environment: who starts the screen passes theme and [`Depth`].

mod builtin;
pub mod colour;
mod glyphs;

pub use builtin::{CONTRAST, DARK, LIGHT, MONO, OWN, SIXTEEN};
pub use colour::Depth;
pub use glyphs::{ASCII, Glyphs, UNICODE};

use ratatui::style::{Color, Modifier, Style};

/// Declares the roles, and the table of what each is called and painted with.
macro_rules! roles {
    ($($role:ident $name:literal $ink:ident [$($modifier:ident)*] $what:literal)*) => {
        /// What a piece of text means.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Role {
            $(#[doc = $what] $role,)*
        }

        /// Every role, in the order of the enum.
        pub const ROLES: &[RoleRow] = &[$(RoleRow {
            role: Role::$role,
            name: $name,
            ink: Ink::$ink,
            modifier: Modifier::empty()$(.union(Modifier::$modifier))*,
            what: $what,
        },)*];
    };
}

/// A row of [`ROLES`].
#[derive(Debug)]
pub struct RoleRow {
    /// The role.
    pub role: Role,
    /// Its name in the file of settings.
    pub name: &'static str,
    ink: Ink,
    modifier: Modifier,
    /// What it is for.
    pub what: &'static str,
}

/// The few colours that a theme of our own is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ink {
    Text,
    Faint,
    Accent,
    Good,
    Warn,
    Bad,
    Stopped,
    Kernel,
    Selected,
}

// DIM holds where there is no colour: a colour says it by itself.
roles! {
    Text "text" Text [] "Ordinary text; its background is that of the whole screen"
    Dim "dim" Faint [DIM] "Less important: labels, rests, guides"
    Strong "strong" Text [BOLD] "More important than ordinary text"
    Brand "brand" Text [BOLD] "The program's name"
    Title "title" Text [BOLD] "A panel's title"
    TitleFocus "title-focus" Accent [BOLD REVERSED] "The title of the panel that has the keys"
    Frame "frame" Faint [DIM] "A panel's frame"
    FrameFocus "frame-focus" Accent [BOLD] "The frame of the panel that has the keys"
    Head "head" Faint [DIM] "Column heads"
    HeadSorted "head-sorted" Accent [] "The head of the column that a list is sorted by"
    Selected "selected" Selected [] "The selected row of the panel that has the keys"
    Mark "mark" Accent [BOLD] "The mark before a panel's selected row"
    Handled "handled" Good [] "A handler ran"
    Ignored "ignored" Faint [DIM] "Nothing came of it"
    Pending "pending" Warn [ITALIC] "It waits"
    Fatal "fatal" Bad [BOLD] "It killed"
    Found "found" Warn [BOLD UNDERLINED] "Letters that were looked for"
    Stopped "stopped" Stopped [] "It stopped the target, or made it go on"
    Signal "signal" Text [BOLD] "A signal's name"
    Kernel "kernel" Kernel [] "The kernel as a sender"
    Live "live" Good [BOLD] "The picture moves"
    Paused "paused" Warn [BOLD REVERSED] "The picture stands still"
    Alarm "alarm" Bad [BOLD] "Something is wrong or missing"
    Graph "graph" Accent [] "A small graph"
    Key "key" Accent [BOLD] "A key, in footer and help"
    Notice "notice" Warn [] "What was turned on by hand: noise shown"
    Info "info" Faint [DIM] "An alert that is worth a line"
    Low "low" Text [] "An alert of something unusual"
    Medium "medium" Warn [] "An alert that somebody should look at today"
    High "high" Bad [BOLD] "An alert that somebody should look at now"
    Critical "critical" Bad [BOLD REVERSED] "An alert that something is being lost"
    Narrowed "narrowed" Warn [BOLD] "A filter that is in force"
}

const COUNT: usize = ROLES.len();

/// How one role is painted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Paint {
    /// The colour of the letters; none: the terminal's own.
    pub fg: Option<Color>,
    /// The colour behind them; none: the screen's.
    pub bg: Option<Color>,
    /// Bold and the like.
    pub modifier: Modifier,
}

/// Bold and the like, by their names in the file of settings.
pub const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];

impl Paint {
    /// The same with letters of this colour. What has a colour need not be dim.
    #[must_use]
    pub fn with_fg(self, fg: Color) -> Paint {
        Paint { fg: Some(fg), modifier: self.modifier.difference(Modifier::DIM), ..self }
    }
}

/// How every role is painted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Theme {
    /// Its name.
    pub name: String,
    /// The theme of our own that it started from.
    pub base: &'static str,
    paints: [Paint; COUNT],
}

impl Theme {
    /// How a role is painted.
    pub fn paint(&self, role: Role) -> Paint {
        self.paints[role as usize]
    }

    /// Paints a role another way.
    pub fn set(&mut self, role: Role, paint: Paint) {
        self.paints[role as usize] = paint;
    }

    /// What it is on a terminal that has so many colours.
    pub fn palette(&self, depth: Depth) -> Palette {
        let screen = self.paint(Role::Text).bg;
        let style = |paint: Paint| Style {
            fg: paint.fg.map(|fg| depth.fit(fg)),
            bg: paint.bg.or(screen).map(|bg| depth.fit(bg)),
            add_modifier: paint.modifier,
            ..Style::new()
        };
        Palette { styles: self.paints.map(style) }
    }
}

/// The style of every role on this terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Palette {
    styles: [Style; COUNT],
}

impl Palette {
    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// No colours, only bold, dim, underlined and reversed: for `NO_COLOR`.
    pub fn mono() -> Palette {
        Theme::own(MONO).palette(Depth::Sixteen)
    }

    /// What the screen has behind everything, if not what the terminal has.
    pub fn screen(&self) -> Option<Color> {
        self.style(Role::Text).bg
    }
}

impl Default for Palette {
    /// The terminal's own sixteen colours.
    fn default() -> Palette {
        Theme::own(SIXTEEN).palette(Depth::Sixteen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_in_their_order_and_named_once() {
        for (at, row) in ROLES.iter().enumerate() {
            assert_eq!(row.role as usize, at);
            assert!(ROLES[..at].iter().all(|other| other.name != row.name));
            assert!(row.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        }
    }

    #[test]
    fn every_theme_tells_fates_apart_and_mono_without_colours() {
        let fates = [Role::Handled, Role::Ignored, Role::Pending, Role::Fatal, Role::Stopped];
        for theme in Theme::all() {
            for depth in [Depth::True, Depth::Indexed, Depth::Sixteen] {
                let palette = theme.palette(depth);
                for (i, role) in fates.iter().enumerate() {
                    let is_other = |other: &Role| palette.style(*other) != palette.style(*role);
                    // Without colours, a handler that ran and a stop look alike, and are told by their words.
                    let is_mono = theme.name == MONO && *role == Role::Stopped;
                    assert!(is_mono || fates[..i].iter().all(is_other), "{} {role:?} at {depth:?}", theme.name);
                }
            }
        }
        assert!(ROLES.iter().all(|row| Palette::mono().style(row.role).fg.is_none()));
        assert!(ROLES.iter().all(|row| Palette::mono().style(row.role).bg.is_none()));
    }
}
