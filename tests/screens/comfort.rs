//! The arrangement of the screen, its colours, its keys and its mouse, as the user chose them.

use super::*;
use ratatui::style::Style;
use sigtop::ui::arrange::Themes;
use sigtop::ui::kept::Kept;
use sigtop::ui::keys::{Key, Keymap, Remap};
use sigtop::ui::layout::Preset;
use sigtop::ui::theme::{self, Depth, ROLES, Theme};
use std::fmt::Write;

fn started(size: (u16, u16), start: Start, model: &Model) -> Screen {
    let mut screen = Screen { ui: Ui::new(look(), start), size };
    screen.act(Action::Resize { width: size.0, height: size.1 }, model);
    screen.act(Action::Tick(NOW), model);
    screen
}

fn themes(name: &str, depth: Depth) -> Themes {
    let list = Theme::all();
    let at = list.iter().position(|theme| theme.name == name).unwrap();
    Themes { usual: name.into(), list, at, is_asked: false, depth }
}

#[test]
fn presets() {
    for (preset, keys) in [("tree", "p"), ("log", "pp"), ("counters", "P")] {
        for (width, height) in [(80, 24), (120, 36), (200, 50)] {
            after(&format!("layout_{preset}_{width}x{height}"), (width, height), &format!("{keys}<Home>"));
        }
    }
}

#[test]
fn zoom() {
    after("zoom_log_120x36", (120, 36), "<Tab>z");
    after("zoom_tree_80x24", (80, 24), "z");
    let world = busy();
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    let whole = screen.text(&world.model);
    screen.press("z<Tab><Tab>", &world.model);
    let text = screen.text(&world.model);
    assert!(text.contains("zoomed") && text.contains("TREND") && !text.contains("OUTCOME"), "{text}");
    screen.press("<Esc>1", &world.model);
    assert_eq!(screen.text(&world.model), whole);
    screen.press("5z", &world.model);
    assert!(screen.text(&world.model).contains("zoomed"));
    screen.press("z2", &world.model);
    assert_eq!(screen.ui.focus(), sigtop::ui::layout::Panel::Log);
}

/// One letter for the style of each cell that shows something, and what the letters mean.
fn styles(screen: &Screen, model: &Model) -> String {
    let palette = screen.ui.look.palette;
    let styles: Vec<Style> = ROLES.iter().map(|row| Style::reset().patch(palette.style(row.role))).collect();
    let letter = |at: usize| char::from(if at < 26 { b'a' + at as u8 } else { b'A' + (at - 26) as u8 });
    let of = |style: Style| {
        let style = Style { sub_modifier: Modifier::empty(), underline_color: None, ..style };
        let is = |known: &Style| (known.fg, known.bg, known.add_modifier) == (style.fg, style.bg, style.add_modifier);
        styles.iter().position(is).map_or('.', letter)
    };
    let mut out = String::new();
    let mut used = String::new();
    for row in screen.buffer(model).content().chunks(screen.size.0.into()) {
        let cells =
            row.iter().map(|cell| if cell.symbol() == " " && cell.bg == Color::Reset { ' ' } else { of(cell.style()) });
        let line: String = cells.collect();
        used.push_str(&line);
        let _ = writeln!(out, "{}", line.trim_end());
    }
    for (at, style) in styles.iter().enumerate().filter(|(at, _)| used.contains(letter(*at))) {
        let names: Vec<&str> =
            ROLES.iter().zip(&styles).filter(|(_, other)| *other == style).map(|(row, _)| row.name).collect();
        let colour = |colour: Option<Color>| theme::colour::name(colour.unwrap_or(Color::Reset));
        let _ = writeln!(
            out,
            "{} {} on {} {:?}: {}",
            letter(at),
            colour(style.fg),
            colour(style.bg),
            style.add_modifier,
            names.join(", ")
        );
    }
    out
}

#[test]
fn themes_paint_roles() {
    let world = busy();
    for (name, depth) in [("dark", Depth::True), ("contrast", Depth::Indexed)] {
        for (width, height) in [(80, 24), (120, 36), (200, 50)] {
            let themes = themes(name, depth);
            let mut screen =
                started((width, height), Start { themes: themes.clone(), ..Start::default() }, &world.model);
            screen.ui.look.palette = themes.palette();
            let picture = |name: String, text: String| {
                insta::with_settings!({ snapshot_path => ".", prepend_module_to_snapshot => false, omit_expression => true }, {
                    insta::assert_snapshot!(name, text);
                });
            };
            picture(format!("styles_{name}_main_{width}x{height}"), styles(&screen, &world.model));
            screen.press("<Down>x", &world.model);
            picture(format!("styles_{name}_chooser_{width}x{height}"), styles(&screen, &world.model));
        }
    }
}

#[test]
fn a_theme_with_a_background_leaves_no_hole() {
    let world = busy();
    let themes = themes("contrast", Depth::True);
    let mut screen = started((120, 36), Start { themes: themes.clone(), ..Start::default() }, &world.model);
    screen.ui.look.palette = themes.palette();
    for keys in ["", "?", "<Esc>s", "<Esc>f", "<Esc>o", "<Esc><Enter>"] {
        screen.press(keys, &world.model);
        let buffer = screen.buffer(&world.model);
        assert!(buffer.content().iter().all(|cell| cell.bg != Color::Reset), "after {keys}");
    }
}

#[test]
fn themes_and_layouts_are_gone_through_and_kept() {
    let world = busy();
    let mut screen = started((120, 36), Start::default(), &world.model);
    screen.press("C", &world.model);
    assert!(screen.text(&world.model).contains("theme: dark"));
    screen.press("p", &world.model);
    assert!(screen.text(&world.model).contains("layout: tree"));
    let kept = screen.ui.keep();
    assert_eq!((kept.get("theme"), kept.get("layout")), (Some("dark"), Some("tree")));
    let again = started((120, 36), Start { kept: kept.clone(), ..Start::default() }, &world.model);
    assert_eq!(again.ui.shape.preset, Preset::Tree);
    assert_eq!(again.ui.look.palette, screen.ui.look.palette);
    // Who changes the settings, or asks on the command line, is obeyed.
    let start =
        Start { kept: kept.clone(), preset: Preset::Log, themes: themes("light", Depth::True), ..Start::default() };
    let other = started((120, 36), start, &world.model);
    assert_eq!((other.ui.shape.preset, other.ui.look.palette), (Preset::Log, look().palette));
    let asked = Themes { is_asked: true, ..Themes::default() };
    let other = started((120, 36), Start { kept: kept.clone(), themes: asked, ..Start::default() }, &world.model);
    assert_eq!(other.ui.look.palette, look().palette);
    assert_eq!(other.ui.keep(), kept);
    // Junk is nothing.
    let mut junk = Kept::default();
    junk.choose("theme", "no such theme", "16");
    junk.choose("layout", "\u{1b}[31m", "default");
    let other = started((120, 36), Start { kept: junk, ..Start::default() }, &world.model);
    assert_eq!((other.ui.shape.preset, other.ui.look.palette), (Preset::Default, look().palette));
}

#[test]
fn a_screen_without_colours_stays_so() {
    let world = busy();
    let themes = Themes { list: vec![Theme::own(theme::MONO)], ..Themes::default() };
    let mut screen = started((80, 24), Start { themes, ..Start::default() }, &world.model);
    screen.press("C", &world.model);
    assert!(screen.text(&world.model).contains("no colours: NO_COLOR"));
}

#[test]
fn remapped_keys_stand_in_footer_help_and_hints() {
    let world = busy();
    let key = |name: &str| Key::parse(name).unwrap();
    let remap =
        |name: &str, keys: &[&str]| Remap { name: name.into(), keys: keys.iter().map(|name| key(name)).collect() };
    let (keys, refused) = Keymap::with(&[
        remap("pause", &["F8"]),
        remap("next-panel", &["Space"]),
        remap("undo", &[]),
        remap("chooser-other", &["t"]),
        remap("panels", &["a", "b"]),
    ]);
    assert!(refused.iter().all(Option::is_none), "{refused:?}");
    let mut screen = started((200, 50), Start { keys, ..Start::default() }, &world.model);
    let footer = screen.text(&world.model).lines().last().unwrap().to_string();
    assert!(footer.contains("F8 pause") && footer.contains("Space panel") && !footer.contains("undo"), "{footer}");
    screen.press(" ", &world.model);
    assert_eq!(screen.ui.focus(), sigtop::ui::layout::Panel::Log);
    screen.press("a", &world.model);
    assert_eq!(screen.ui.focus(), sigtop::ui::layout::Panel::Tree);
    screen.press("?", &world.model);
    let help = screen.text(&world.model);
    assert!(help.contains("F8            pause the picture") && !help.contains("undo the last change"), "{help}");
    screen.press("<Esc>x", &world.model);
    assert!(screen.text(&world.model).contains(" t: view "), "{}", screen.text(&world.model));
}

#[test]
fn settings_that_were_not_understood_are_said_and_listed() {
    let world = busy();
    let problems = vec!["config.toml:3:9: one".to_string(), "config.toml:14:1: another".to_string()];
    let mut screen = started((80, 24), Start { problems: problems.clone(), ..Start::default() }, &world.model);
    assert!(screen.text(&world.model).contains("2 entries were not understood: ? lists them"));
    screen.press("?<End>", &world.model);
    let text = screen.text(&world.model);
    assert!(problems.iter().all(|problem| text.contains(problem)), "{text}");
    let one = started((80, 24), Start { problems: problems[..1].to_vec(), ..Start::default() }, &world.model);
    assert!(one.text(&world.model).contains("config.toml:3:9: one"));
}

/// The last cell where a text begins.
fn cell_of(screen: &Screen, model: &Model, what: &str) -> (u16, u16) {
    let text = screen.text(model);
    let (row, line) = text.lines().enumerate().filter(|(_, line)| line.contains(what)).last().unwrap();
    (line[..line.find(what).unwrap()].chars().count() as u16, row as u16)
}

const PRESS: MouseEventKind = MouseEventKind::Down(MouseButton::Left);

#[test]
fn a_click_on_the_footer_is_the_key() {
    let world = busy();
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    let click = |screen: &mut Screen, what: &str| {
        let (column, row) = cell_of(screen, &world.model, what);
        assert_eq!(row, 35, "{what}");
        screen.mouse(PRESS, column, row, &world.model);
    };
    click(&mut screen, "Space pause");
    assert!(screen.text(&world.model).contains("PAUSED"));
    click(&mut screen, "? help");
    assert!(screen.text(&world.model).contains("┌ Keys"));
    click(&mut screen, "close");
    assert!(!screen.text(&world.model).contains("┌ Keys"));
    // A message hides the keys: a click on it only takes it away.
    screen.press("p", &world.model);
    let before = screen.ui.shape;
    let (column, row) = cell_of(&screen, &world.model, "layout: tree");
    screen.mouse(PRESS, column, row, &world.model);
    assert!(screen.ui.message.is_none() && screen.ui.frozen.is_some() && screen.ui.shape == before);
    let effects = {
        let (column, row) = cell_of(&screen, &world.model, "q quit");
        screen.act(Action::Click { column, row }, &world.model)
    };
    assert_eq!(effects, [Effect::Quit]);
}

#[test]
fn a_double_click_opens_a_row() {
    let world = busy();
    let mut screen = Screen::new(look(), (200, 50), &world.model);
    let (column, row) = cell_of(&screen, &world.model, "├ nginx");
    let click_at = |screen: &mut Screen, ms: u64, row: u16| {
        screen.act(Action::Clock(NOW + ms * 1_000_000), &world.model);
        screen.mouse(PRESS, column, row, &world.model);
        screen.ui.popup.is_some()
    };
    assert!(!click_at(&mut screen, 0, row));
    assert!(!click_at(&mut screen, 900, row), "too late");
    assert!(!click_at(&mut screen, 1000, row - 1), "another row");
    assert!(!click_at(&mut screen, 1100, row));
    assert!(click_at(&mut screen, 1300, row));
    assert!(screen.text(&world.model).contains("┌ Process nginx"), "{}", screen.text(&world.model));
    screen.press("<Esc>", &world.model);
    assert!(!click_at(&mut screen, 1400, row), "a third click is a first");
    // Below the last row there is nothing.
    assert!(!click_at(&mut screen, 2000, 31));
    assert!(!click_at(&mut screen, 2100, 31));
}

#[test]
fn orders_are_kept_and_junk_is_not_obeyed() {
    let world = busy();
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    screen.press(">t<Tab><Tab>I<Tab>I", &world.model);
    let kept = screen.ui.keep();
    let again = Ui::new(look(), Start { kept: kept.clone(), ..Start::default() });
    assert_eq!(again.tree.arrangement(), screen.ui.tree.arrangement());
    assert!(again.tree.arrangement().1);
    assert_eq!(again.counters.signals.sort, screen.ui.counters.signals.sort);
    assert_eq!(again.counters.senders.sort, screen.ui.counters.senders.sort);
    assert_eq!(again.keep(), kept);
    let mut junk = kept;
    ["tree-order", "signals-order", "tree-as"].iter().for_each(|name| junk.put(name, "99"));
    let usual = Ui::new(look(), Start::default());
    let again = Ui::new(look(), Start { kept: junk, ..Start::default() });
    assert_eq!(
        (again.tree.arrangement(), again.counters.signals.sort),
        (usual.tree.arrangement(), usual.counters.signals.sort)
    );
}
