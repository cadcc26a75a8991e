//! Every panel and every popup at three sizes: what is written is the same in every theme, and each theme paints all of
//! it with its own roles.

use super::*;
use ratatui::style::Style;
use sigtop::ui::theme::{Depth, ROLES, Theme};

/// What is looked at, and the keys that open it.
const EVERYTHING: &[(&str, &str)] = &[
    ("tree", "1"),
    ("log", "2<Up><Up>"),
    ("signals", "3<Down>"),
    ("senders", "4<Down>"),
    ("detail", "2<Up>5"),
    ("help", "?"),
    ("checklist", "s"),
    ("chooser", "2<Up>o"),
    ("bar", "fsig:TERM fr"),
    ("find", "/ngi"),
    ("prompt", ""),
    ("process", "<Down><Down><Enter>"),
    ("death", "/881<Enter><Enter>"),
    ("signal", "2<Up><Enter>"),
    ("drill", "3/TERM<Enter><Enter>"),
    ("targets", "3/TERM<Enter><Enter><Enter>"),
    ("send", "<Down><Down>k"),
    ("question", "<Down><Down>k<Enter>"),
];

/// That every cell that shows something is painted as one of the roles, whether on a selected row or dimmed or not.
fn is_painted_by_roles(screen: &Screen, model: &Model) -> Result<(), String> {
    let palette = screen.ui.look.palette;
    let styles: Vec<Style> = ROLES.iter().map(|row| palette.style(row.role)).collect();
    let colour = |style: &Style| (style.fg.unwrap_or(Color::Reset), style.bg.unwrap_or(Color::Reset));
    let known: Vec<_> = styles.iter().map(colour).collect();
    let back = colour(&styles[0]).1;
    for (at, cell) in screen.buffer(model).content().iter().enumerate().filter(|(_, cell)| cell.symbol() != " ") {
        let (x, y) = (at % usize::from(screen.size.0), at / usize::from(screen.size.0));
        let is_known =
            known.iter().any(|(fg, bg)| cell.fg == *fg && [*bg, back, known[selected()].1].contains(&cell.bg));
        if !is_known {
            return Err(format!("{:?} at {x},{y} is {:?} on {:?}", cell.symbol(), cell.fg, cell.bg));
        }
    }
    Ok(())
}

fn selected() -> usize {
    ROLES.iter().position(|row| row.name == "selected").unwrap()
}

#[test]
fn says_the_same_in_every_theme_and_is_painted_by_its_roles() {
    let world = busy();
    for (name, keys) in EVERYTHING {
        for size in [(80, 24), (120, 36), (200, 50)] {
            let mut texts = Vec::new();
            for theme in Theme::all() {
                let mut screen = Screen::new(look(), size, &world.model);
                screen.ui.look.palette = theme.palette(Depth::True);
                screen.press(keys, &world.model);
                if *name == "prompt" {
                    screen.act(Action::Write, &world.model);
                }
                let painted = is_painted_by_roles(&screen, &world.model);
                assert!(painted.is_ok(), "{name} at {size:?} in {}: {painted:?}", theme.name);
                texts.push(screen.text(&world.model));
            }
            assert!(texts.windows(2).all(|two| two[0] == two[1]), "{name} at {size:?}");
            let picture = format!("every_{name}_{}x{}", size.0, size.1);
            insta::with_settings!({
                snapshot_path => ".", prepend_module_to_snapshot => false, omit_expression => true
            }, {
                insta::assert_snapshot!(picture, texts[0]);
            });
        }
    }
}
