//! Settings as a file that says what each entry is, and reads back as the same settings.

use super::{COLORS, Config, LAYOUTS, TIMES};
use crate::ui::theme::{MODIFIERS, OWN, ROLES, Theme, colour};
use std::fmt::{Display, Write};

/// As TOML has it between quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            // Writing to a String cannot fail.
            c if c.is_control() => drop(write!(out, "\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Writes comment lines and an entry.
fn entry(out: &mut String, what: &str, name: &str, value: impl Display) {
    for line in what.lines() {
        let _ = writeln!(out, "# {line}");
    }
    let _ = writeln!(out, "{name} = {value}\n");
}

/// The whole file.
pub fn write(config: &Config) -> String {
    let mut out = String::from(
        "# Settings of sigtop. It looks for them in $XDG_CONFIG_HOME/sigtop/config.toml, or ~/.config/sigtop/config.toml,\n\
         # or /etc/sigtop/config.toml; --config names another file. What the command line says goes first. An entry that\n\
         # makes no sense is named, and its default holds. `sigtop config` prints what is in force.\n\n",
    );
    let one_of = |words: Vec<&str>| words.join(", ");
    let own = format!(
        "The colours: {}, or a theme of your own.\n16 is the terminal's own colours; contrast brings a black background; mono has none.",
        OWN.join(", ")
    );
    entry(&mut out, &own, "theme", quoted(&config.theme));
    let what = format!("{}. auto: unless NO_COLOR is set", one_of(COLORS.all().collect()));
    entry(&mut out, &what, "color", quoted(COLORS.word(config.color)));
    entry(
        &mut out,
        "Draw frames, guides and graphs with ASCII only, also where the locale has more",
        "ascii",
        config.ascii,
    );
    entry(
        &mut out,
        "Ask the terminal for the mouse; false leaves it to the terminal's own selection",
        "mouse",
        config.mouse,
    );
    entry(&mut out, "Send no signal from the dashboard: look, but do not touch", "read_only", config.read_only);
    let what = format!("Times: {}", one_of(TIMES.all().collect()));
    entry(&mut out, &what, "time", quoted(TIMES.word(config.time)));
    let what = format!("How the screen is divided: {}", one_of(LAYOUTS.all().collect()));
    entry(&mut out, &what, "layout", quoted(LAYOUTS.word(config.layout)));
    keys(&mut out, config);
    example(&mut out);
    config.themes.iter().for_each(|theme| self::theme(&mut out, theme));
    out
}

fn keys(out: &mut String, config: &Config) {
    out.push_str(
        "# Keys: \"q\", \"G\", \"Ctrl-b\" or \"^B\", \"Alt-b\", \"F9\", \"PgUp\", \"Space\", \"Shift-Tab\"; one, or a list; [] for none.\n\
         # A key that means something else at the same time is refused.\n[keys]\n",
    );
    for bound in config.keys.rows() {
        let keys: Vec<String> = bound.keys.iter().map(|key| quoted(&key.name(true))).collect();
        let value = if let [one] = &keys[..] { one.clone() } else { format!("[{}]", keys.join(", ")) };
        let mark = if bound.row.is_fixed() { "# fixed: " } else { "" };
        let _ = writeln!(out, "{:<40} # {}", format!("{mark}{} = {value}", bound.row.name), bound.row.help);
    }
    out.push('\n');
}

/// What a theme can say, as a comment.
fn example(out: &mut String) {
    out.push_str(
        "# A theme of your own begins with one of sigtop's and says what is different: a colour (\"red\", \"light-red\",\n\
         # \"default\", 0 to 255, \"#rrggbb\") or { fg, bg, bold, dim, italic, underline, reversed }. It may also stand in a\n\
         # file, themes/NAME.toml beside this one.\n\
         # [themes.sea]\n\
         # base = \"dark\"\n\
         # handled = \"#7fd1b9\"\n\
         # fatal = { fg = \"white\", bg = \"red\", bold = true }\n\
         # The roles:\n",
    );
    for row in ROLES {
        let _ = writeln!(out, "#   {:<12} {}", row.name, row.what);
    }
}

fn theme(out: &mut String, theme: &Theme) {
    let base = Theme::own(theme.base);
    let _ = writeln!(out, "\n[themes.{}]\nbase = {}", quoted(&theme.name), quoted(theme.base));
    for row in ROLES {
        let (was, is) = (base.paint(row.role), theme.paint(row.role));
        if was == is {
            continue;
        }
        let mut parts: Vec<String> = Vec::new();
        let of = |name: &str, value: colour::Color| format!("{name} = {}", quoted(&colour::name(value)));
        parts.extend(is.fg.map(|fg| of("fg", fg)));
        parts.extend(is.bg.map(|bg| of("bg", bg)));
        let was = is.fg.map_or(was, |fg| was.with_fg(fg));
        let changed = MODIFIERS.iter().filter(|(_, m)| was.modifier.contains(*m) != is.modifier.contains(*m));
        parts.extend(changed.map(|(name, m)| format!("{name} = {}", is.modifier.contains(*m))));
        let _ = writeln!(out, "{} = {{ {} }}", row.name, parts.join(", "));
    }
}
