//! The settings: the text of the files into a [`Config`], and back into a text that says what everything is.
//!
//! Reads no file and no environment: whoever starts the program hands the texts in. It stands above the dashboard, for
//! it speaks of its themes, keys and layouts, and the dashboard knows nothing of files. All that a file says is
//! untrusted: each entry that makes no sense is named with its place and what was expected, its default holds, and so
//! does everything else in the file.

mod problem;
mod read;
mod state;
mod themes;
mod write;

pub use problem::{Problem, nearest};
pub use read::read;
pub use state::{read_state, write_state};
pub use write::write;

use crate::clock::TimeStyle;
use crate::ui::keys::Keymap;
use crate::ui::layout::Preset;
use crate::ui::theme::{SIXTEEN, Theme};

/// A file as it was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    /// Its name, as problems say it: `config.toml`, `themes/sea.toml`.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// The most bytes of a file.
pub const MOST_BYTES: u64 = 256 << 10;

/// The most themes of the user's own.
pub const MOST_THEMES: usize = 64;

/// Whether the dashboard has colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Color {
    /// Unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The settings.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// The name of the theme.
    pub theme: String,
    /// Whether there are colours.
    pub color: Color,
    /// Only ASCII, also where the locale has more.
    pub ascii: bool,
    /// Whether the mouse is asked for.
    pub mouse: bool,
    /// Whether no signal is sent from the dashboard.
    pub read_only: bool,
    /// How times are shown.
    pub time: TimeStyle,
    /// How the screen is divided.
    pub layout: Preset,
    /// What each key does.
    pub keys: Keymap,
    /// Themes of the user's own.
    pub themes: Vec<Theme>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            theme: SIXTEEN.into(),
            color: Color::default(),
            ascii: false,
            mouse: true,
            read_only: false,
            time: TimeStyle::default(),
            layout: Preset::default(),
            keys: Keymap::default(),
            themes: Vec::new(),
        }
    }
}

impl Config {
    /// Every theme that there is: ours, then the user's.
    pub fn all_themes(&self) -> Vec<Theme> {
        Theme::all().into_iter().chain(self.themes.iter().cloned()).collect()
    }
}

/// A setting that is one of a few words.
struct Words<T: 'static>(&'static [(&'static str, T)]);

impl<T: Copy + PartialEq> Words<T> {
    fn value(&self, word: &str) -> Option<T> {
        self.0.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
    }

    fn word(&self, value: T) -> &'static str {
        self.0.iter().find(|(_, known)| *known == value).map_or("", |(word, _)| word)
    }

    fn all(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(word, _)| *word)
    }
}

const COLORS: Words<Color> = Words(&[("auto", Color::Auto), ("always", Color::Always), ("never", Color::Never)]);

const TIMES: Words<TimeStyle> =
    Words(&[("local", TimeStyle::Local), ("utc", TimeStyle::Utc), ("relative", TimeStyle::Relative)]);

const LAYOUTS: Words<Preset> = Words(&[
    (Preset::Default.name(), Preset::Default),
    (Preset::Tree.name(), Preset::Tree),
    (Preset::Log.name(), Preset::Log),
    (Preset::Counters.name(), Preset::Counters),
]);

#[cfg(test)]
mod tests;
