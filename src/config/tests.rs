//! What settings mean, what of them is refused and how that is said, and that what is written reads back.

use super::*;
use crate::ui::keys::{KEYS, Key, Keymap, Remap};
use crate::ui::theme::{DARK, MODIFIERS, OWN, Paint, ROLES, Role, colour};
use proptest::prelude::*;

fn file(name: &str, text: &str) -> File {
    File { name: name.into(), text: text.into() }
}

fn config(text: &str) -> (Config, Vec<String>) {
    let (config, problems) = read(Some(&file("config.toml", text)), &[]);
    (config, problems.iter().map(Problem::to_string).collect())
}

fn config_of(main: &str, theme: &str) -> (Config, Vec<Problem>) {
    read(Some(&file("config.toml", main)), &[("a".into(), file("themes/a.toml", theme))])
}

fn keys_of(config: &Config, name: &str) -> String {
    config.keys.rows().iter().find(|bound| bound.row.name == name).unwrap().names(true)
}

#[test]
fn nothing_is_the_defaults() {
    assert_eq!(read(None, &[]), (Config::default(), Vec::new()));
    assert_eq!(config(""), (Config::default(), Vec::new()));
}

#[test]
fn every_entry_is_read() {
    let (config, problems) = config(
        "theme = 'sea'\ncolor = \"always\"\nascii = true\nmouse = false\nread_only = true\ntime = 'utc'\nlayout = 'log'\n\
         [keys]\npause = 'F8'\nundo = []\nopen = ['Enter', 'Ctrl-o']\n\
         [themes.sea]\nbase = 'dark'\nhandled = 35\nfatal = { fg = 'white', bg = '#800000', bold = false, underline = true }\n",
    );
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!((config.theme.as_str(), config.color, config.ascii, config.mouse), ("sea", Color::Always, true, false));
    assert_eq!((config.time, config.layout, config.read_only), (TimeStyle::Utc, Preset::Log, true));
    assert_eq!(["pause", "undo", "open"].map(|name| keys_of(&config, name)), ["F8", "", "Enter ^O"]);
    let sea = &config.themes[0];
    assert_eq!(sea.paint(Role::Handled).fg, Some(colour::Color::Indexed(35)));
    assert_eq!(sea.paint(Role::Kernel), crate::ui::theme::Theme::own(DARK).paint(Role::Kernel));
    let fatal = sea.paint(Role::Fatal);
    assert_eq!((fatal.fg, fatal.bg), (Some(colour::Color::White), Some(colour::Color::Rgb(0x80, 0, 0))));
    assert_eq!(fatal.modifier, MODIFIERS[3].1);
}

/// Each wrong entry is named with its place, what was expected and the nearest word; its default holds, the rest is read.
#[test]
fn what_is_wrong_is_named_and_the_rest_holds() {
    for (text, said) in [
        ("theem = 'dark'", "config.toml:1:1: there is no setting \"theem\"; did you mean \"theme\"?"),
        ("theme = 'drak'", "config.toml:1:9: theme: there is no \"drak\"; did you mean \"dark\"?"),
        ("theme = 'x'", "config.toml:1:9: theme: there is no \"x\"; there are 16, dark, light, contrast, mono"),
        ("theme = 3", "config.toml:1:9: \"theme\": expected a theme's name, not integer"),
        ("\n\n  color = 'allways'", "config.toml:3:11: color: there is no \"allways\"; did you mean \"always\"?"),
        ("ascii = 'yes'", "config.toml:1:9: \"ascii\": expected true or false, not string"),
        ("time = 'now'", "config.toml:1:8: time: there is no \"now\"; there are local, utc, relative"),
        ("layout = 'lgo'", "config.toml:1:10: layout: there is no \"lgo\"; did you mean \"log\"?"),
        ("keys = 1", "config.toml:1:8: \"keys\": expected a table: [keys], not integer"),
        ("[keys]\npuase = 'p'", "config.toml:2:1: keys: nothing is called \"puase\"; did you mean \"pause\"?"),
        ("[keys]\npause = 'Hyper-x'", "config.toml:2:9: pause: there is no key \"Hyper-x\": write it as"),
        ("[keys]\npause = ['F8', 7]", "config.toml:2:16: \"pause\": expected a key, or a list of keys, not integer"),
        ("[keys]\nsignals = 'q'", "config.toml:2:11: signals: q is the key of \"quit\": not changed"),
        ("[keys]\nquit-now = []", "config.toml:2:12: quit-now: something that is no letter must end sigtop"),
        ("[keys]\ntext-letter = 'x'", "config.toml:2:15: text-letter: these keys are letters or numbers"),
        ("[themes.dark]", "config.toml:1:9: theme \"dark\" is one of sigtop's own"),
        ("[themes.'a b']", "config.toml:1:9: theme \"a b\" is no name"),
        ("[themes.a]\nbase = 'b'", "config.toml:2:8: base: \"b\" is none of sigtop's own themes"),
        ("[themes.a]\nfatale = 'red'", "config.toml:2:1: there is no role \"fatale\"; did you mean \"fatal\"?"),
        ("[themes.a]\nfatal = 'rde'", "config.toml:2:9: fatal: \"rde\" is no colour; did you mean \"red\"?"),
        ("[themes.a]\nfatal = 256", "config.toml:2:9: fatal: \"256\" is no colour; write a colour: red"),
        (
            "[themes.a]\nfatal = { bolt = true }",
            "config.toml:2:11: fatal: there is no \"bolt\"; did you mean \"bold\"?",
        ),
        ("[themes.a]\nfatal = { fg = [] }", "config.toml:2:16: \"fg\": expected a colour"),
        ("themes.a = 1", "config.toml:1:12: \"a\": expected a table: [themes.NAME], not integer"),
    ] {
        let (read, problems) = config(text);
        assert_eq!(problems.len(), 1, "{text}: {problems:?}");
        assert!(problems[0].starts_with(said), "{text}:\n{}\n{said}", problems[0]);
        assert_eq!(Config { themes: Vec::new(), ..read }, Config::default(), "{text}");
        // The same with something right around it.
        let (read, problems) = config(&format!("mouse = false\n{text}\n"));
        assert!(!read.mouse && problems.len() == 1, "{text}: {problems:?}");
    }
}

#[test]
fn no_toml_is_said_with_its_place() {
    for (text, place) in [
        ("mouse = false\ntheme = \n", "config.toml:2:"),
        ("a = 1\na = 2", "config.toml:2:1"),
        ("[keys\n", "config.toml:1:"),
        ("\u{1b}[31m", "config.toml:1:"),
    ] {
        let (read, problems) = config(text);
        assert_eq!(read, Config::default());
        assert!(problems.len() == 1 && problems[0].starts_with(place), "{text:?}: {problems:?}");
        assert!(problems[0].ends_with("nothing of this file holds") && !problems[0].contains('\u{1b}'), "{problems:?}");
    }
}

#[test]
fn themes_have_files_of_their_own() {
    let main = file("config.toml", "theme = 'sea'\nmouse = false");
    let sea = file("themes/sea.toml", "base = 'light'\nhandled = 'greeen'\nfatal = 'light-red'");
    let (config, problems) = read(Some(&main), &[("sea".into(), sea)]);
    assert_eq!((config.theme.as_str(), config.themes[0].base), ("sea", "light"));
    assert_eq!(problems.len(), 1);
    let (_, both) = config_of("theme = 'x'\nmouse = 1\ntime = 2", "base = 1");
    let lines: Vec<(&str, usize)> = both.iter().map(|problem| (&*problem.file, problem.place.0)).collect();
    assert_eq!(lines, [("config.toml", 1), ("config.toml", 2), ("config.toml", 3), ("themes/a.toml", 1)]);
    assert_eq!(
        problems[0].to_string(),
        "themes/sea.toml:2:11: handled: \"greeen\" is no colour; did you mean \"green\"?"
    );
    assert_eq!(config.themes[0].paint(Role::Fatal).fg, Some(colour::Color::LightRed));
}

#[test]
fn swapped_keys_are_no_conflict() {
    let (config, problems) = config("[keys]\npause = 'q'\nquit = 'Space'");
    assert_eq!((problems.len(), keys_of(&config, "quit").as_str()), (0, "Space"));
}

#[test]
fn too_much_is_bounded() {
    let many: String = (0..5000).map(|i| format!("x{i} = 1\n")).collect();
    let (_, problems) = config(&many);
    assert_eq!((problems.len(), problems[50].as_str()), (51, "config.toml: and 4950 more"));
    let (_, problems) = config(&format!("{} = 1", "y".repeat(100_000)));
    assert!(problems[0].len() < 300);
    let themes: String = (0..100).map(|i| format!("[themes.t{i}]\n")).collect();
    assert_eq!(config(&themes).0.themes.len(), MOST_THEMES);
    assert_eq!(config(&format!("a = {}", "[".repeat(100_000))).0, Config::default());
}

#[test]
fn the_defaults_name_every_entry_and_key() {
    let text = write(&Config::default());
    assert_eq!(config(&text), (Config::default(), Vec::new()));
    assert!(text.lines().all(|line| line.len() <= 120), "{text}");
    assert!(KEYS.iter().all(|row| text.contains(&format!("{} = ", row.name))));
}

#[test]
fn state_is_read_back_and_junk_is_nothing() {
    let mut kept = crate::ui::kept::Kept::default();
    kept.choose("theme", "dark", "16");
    kept.put("odd \"name\"", "a\nb\\");
    assert_eq!(read_state(&write_state(&kept)), kept);
    for junk in ["", "x", "a = 1\n[b]\nc = 'd'", "\0", &"a = 'b'\n".repeat(9)] {
        assert_eq!(read_state(junk), crate::ui::kept::Kept::default(), "{junk:?}");
    }
}

fn any_config() -> impl Strategy<Value = Config> {
    let keys = proptest::sample::select(KEYS.iter().flat_map(|row| row.keys).copied().collect::<Vec<Key>>());
    let name = proptest::sample::select(KEYS.iter().map(|row| row.name.to_string()).collect::<Vec<_>>());
    let remap = (name, proptest::collection::vec(keys, 0..3)).prop_map(|(name, keys)| Remap { name, keys });
    let remaps = proptest::collection::vec(remap, 0..6);
    let colour = || {
        proptest::option::of(prop_oneof![
            any::<u8>().prop_map(colour::Color::Indexed),
            any::<[u8; 3]>().prop_map(|[r, g, b]| colour::Color::Rgb(r, g, b)),
            proptest::sample::select(colour::names().collect::<Vec<_>>()).prop_map(|name| colour::parse(name).unwrap()),
        ])
    };
    let role = proptest::sample::select(ROLES.iter().map(|row| row.role).collect::<Vec<_>>());
    let paint = (role, colour(), colour(), 0..32usize);
    let theme = ("[a-z0-9_-]{2,9}x", 0..OWN.len(), proptest::collection::vec(paint, 0..5));
    let theme = theme.prop_map(|(name, base, paints)| {
        let mut theme = crate::ui::theme::Theme::own(OWN[base]);
        theme.name = name;
        for (role, fg, bg, bits) in paints {
            let was = theme.paint(role);
            let mut paint = fg.map_or(was, |fg| was.with_fg(fg));
            paint.bg = bg.or(paint.bg);
            for (i, (_, modifier)) in MODIFIERS.iter().enumerate() {
                paint.modifier.set(*modifier, bits & (1 << i) != 0);
            }
            theme.set(role, Paint { ..paint });
        }
        theme
    });
    let words = (0..3usize, 0..3usize, 0..4usize);
    (any::<[bool; 3]>(), words, remaps, proptest::option::of(theme)).prop_map(|(flags, words, remaps, theme)| Config {
        theme: theme.as_ref().map_or_else(|| SIXTEEN.into(), |theme| theme.name.clone()),
        color: COLORS.0[words.0].1,
        ascii: flags[0],
        mouse: flags[1],
        read_only: flags[2],
        time: TIMES.0[words.1].1,
        layout: LAYOUTS.0[words.2].1,
        keys: Keymap::with(&remaps).0,
        themes: theme.into_iter().collect(),
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back(config in any_config()) {
        let text = write(&config);
        let (read, problems) = read(Some(&file("config.toml", &text)), &[]);
        prop_assert!(problems.is_empty(), "{problems:?}\n{text}");
        prop_assert_eq!(read, config, "{}", text);
    }

    #[test]
    fn no_text_is_too_strange(text in "[a-z =\\[\\]{}.\"'#\\n0-9]{0,200}|.{0,60}") {
        let (_, problems) = config(&text);
        prop_assert!(problems.iter().all(|problem| !problem.chars().any(char::is_control)));
    }
}
