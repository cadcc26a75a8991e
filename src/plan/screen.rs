//! What the command line, the settings and the terminal make of the screen.

use super::{Output, Surroundings};
use crate::cli::{self, Args};
use crate::clock::TimeStyle;
use crate::config::{self, Color, Config};
use crate::error::Error;
use crate::escape::Quoted;
use crate::ui::arrange::Themes;
use crate::ui::head::Speed;
use crate::ui::keys::Keymap;
use crate::ui::layout::Preset;
use crate::ui::moment;
use crate::ui::theme::{Depth, MONO, Theme};
use std::path::PathBuf;

/// The screen, as it is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Screen {
    /// Colours, or only bold, dim and reverse.
    pub colour: bool,
    /// Only ASCII, or box drawing and block characters too.
    pub ascii: bool,
    /// Whether the mouse is ours.
    pub mouse: bool,
    /// How times are shown.
    pub time: TimeStyle,
    /// How it is divided.
    pub preset: Preset,
    /// What each key does.
    pub keys: Keymap,
    /// What it is painted with.
    pub themes: Themes,
    /// Where it is written down what keys changed of this.
    pub state: State,
    /// No signal is sent from it.
    pub read_only: bool,
    /// How a recording begins to play.
    pub playing: Playing,
}

/// How a recording begins to play.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Playing {
    /// Where, as it was typed: the recording knows its days.
    pub at: Option<String>,
    /// How fast.
    pub speed: Speed,
}

/// Where the state of the layout is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Where it usually is.
    Usual,
    /// In this file.
    File(PathBuf),
    /// Nowhere.
    Nowhere,
}

impl From<cli::Color> for Color {
    fn from(color: cli::Color) -> Color {
        match color {
            cli::Color::Auto => Color::Auto,
            cli::Color::Always => Color::Always,
            cli::Color::Never => Color::Never,
        }
    }
}

/// The dashboard, where the terminal can show it.
pub(super) fn dashboard(args: &Args, surroundings: &Surroundings) -> Result<Output, Error> {
    let term = surroundings.term.as_deref().unwrap_or("");
    if matches!(term, "" | "dumb" | "unknown") {
        return Err(Error::environment(
            format!("the dashboard needs a terminal that can place text, and TERM is {term:?}"),
            "set TERM to what your terminal is (xterm-256color, say), or use `sigtop log`",
        ));
    }
    let settings = settings(args, &surroundings.settings)?;
    let colour = match settings.color {
        Color::Auto => !surroundings.no_color,
        Color::Always => true,
        Color::Never => false,
    };
    let list = if colour { settings.all_themes() } else { vec![Theme::own(MONO)] };
    let themes = Themes {
        at: list.iter().position(|theme| theme.name == settings.theme).unwrap_or(0),
        list,
        usual: surroundings.settings.theme.clone(),
        is_asked: args.select.theme.is_some() || !colour,
        depth: Depth::of(surroundings.colorterm.as_deref(), surroundings.term.as_deref()),
    };
    let state = match (&args.select.state, args.select.demo) {
        (Some(file), _) => State::File(file.clone()),
        (None, Some(_)) => State::Nowhere,
        (None, None) => State::Usual,
    };
    Ok(Output::Dashboard(Box::new(Screen {
        colour,
        ascii: settings.ascii || !surroundings.utf8,
        mouse: settings.mouse,
        time: settings.time,
        preset: settings.layout,
        keys: settings.keys,
        themes,
        state,
        read_only: settings.read_only,
        playing: playing(&args.select)?.unwrap_or_default(),
    })))
}

/// How a recording begins to play, if that is said.
///
/// # Errors
/// What is no time and no speed, whatever is recorded.
pub(super) fn playing(select: &cli::Select) -> Result<Option<Playing>, Error> {
    select.at.as_deref().map_or(Ok(()), |text| moment::check(text).map_err(|wrong| no_time(text, &wrong)))?;
    let speed = select.speed.as_deref().map(|text| {
        Speed::parse(text).map_err(|there_are| Error::usage(format!("there is no speed {}", Quoted(text)), there_are))
    });
    let speed = speed.transpose()?;
    let is_said = speed.is_some() || select.at.is_some();
    Ok(is_said.then(|| Playing { at: select.at.clone(), speed: speed.unwrap_or_default() }))
}

/// Why a recording cannot begin to play there.
pub fn no_time(text: &str, wrong: &moment::Wrong) -> Error {
    Error::usage(format!("this is no time to begin at: {wrong}"), wrong.marked(text).replace('\n', "\n  "))
}

/// The settings, and what the command line says instead.
///
/// # Errors
/// A theme that there is not.
pub fn settings(args: &Args, settings: &Config) -> Result<Config, Error> {
    let mut merged = settings.clone();
    let select = &args.select;
    if let Some(name) = &select.theme {
        let all = settings.all_themes();
        let names = || all.iter().map(|theme| &*theme.name);
        if names().all(|known| known != name) {
            let hint = match config::nearest(name, names()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
            };
            return Err(Error::usage(format!("there is no theme {}", Quoted(name)), hint));
        }
        merged.theme.clone_from(name);
    }
    merged.color = select.color.map_or(merged.color, Color::from);
    merged.ascii |= select.ascii;
    merged.mouse &= !select.no_mouse;
    merged.read_only |= select.read_only;
    Ok(merged)
}
