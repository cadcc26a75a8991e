//! Colours: their names, how many of them a terminal has, and which of those comes nearest. Pure arithmetic.

pub use ratatui::style::Color;

/// How many colours a terminal has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Depth {
    /// 24 bits.
    True,
    /// The 256 of xterm.
    Indexed,
    /// Sixteen, and what they look like is the terminal's choice.
    #[default]
    Sixteen,
}

/// Terminals that have 24 bits, by the beginning of `$TERM`: under sudo there is no `$COLORTERM`.
const TRUE_TERMS: [&str; 6] = ["xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour"];

impl Depth {
    /// What `$COLORTERM` and `$TERM` say.
    pub fn of(colorterm: Option<&str>, term: Option<&str>) -> Depth {
        let term = term.unwrap_or("");
        let is_true = matches!(colorterm, Some("truecolor" | "24bit"))
            || term.ends_with("-direct")
            || TRUE_TERMS.iter().any(|name| term.starts_with(name));
        match is_true {
            true => Depth::True,
            false if term.contains("256color") => Depth::Indexed,
            false => Depth::Sixteen,
        }
    }

    /// The nearest colour that the terminal has.
    pub fn fit(self, colour: Color) -> Color {
        match (self, colour) {
            (Depth::True, _) | (_, Color::Reset) => colour,
            (Depth::Indexed, Color::Rgb(r, g, b)) => Color::Indexed(nearest_of_256(r, g, b)),
            (Depth::Sixteen, Color::Rgb(r, g, b)) => nearest_of_16(r, g, b),
            (Depth::Sixteen, Color::Indexed(index)) => match SIXTEEN.get(usize::from(index)) {
                Some((_, own)) => *own,
                None => rgb_of_index(index).map_or(colour, |(r, g, b)| nearest_of_16(r, g, b)),
            },
            _ => colour,
        }
    }
}

/// The terminal's own sixteen, by their number.
const SIXTEEN: [(&str, Color); 16] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("gray", Color::Gray),
    ("dark-gray", Color::DarkGray),
    ("light-red", Color::LightRed),
    ("light-green", Color::LightGreen),
    ("light-yellow", Color::LightYellow),
    ("light-blue", Color::LightBlue),
    ("light-magenta", Color::LightMagenta),
    ("light-cyan", Color::LightCyan),
    ("white", Color::White),
];

/// The terminal's own colour, of letters or behind them.
const DEFAULT: &str = "default";

/// What a colour may be, for whoever wrote something else.
pub const EXPECTED: &str = "a colour: red, light-red, dark-gray, default, 0 to 255, or \"#rrggbb\"";

/// A colour by its name, its number among 256, or `#rrggbb`.
pub fn parse(text: &str) -> Option<Color> {
    if let Some(digits) = text.strip_prefix('#') {
        let is_hex = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        return u32::from_str_radix(digits, 16).ok().filter(|_| is_hex).and_then(rgb);
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().map(Color::Indexed);
    }
    let name = text.to_ascii_lowercase().replace("bright", "light").replace("grey", "gray").replace(['_', ' '], "-");
    if name == DEFAULT {
        return Some(Color::Reset);
    }
    let plain = |text: &str| text.replace('-', "");
    SIXTEEN.iter().find(|(known, _)| plain(known) == plain(&name)).map(|(_, colour)| *colour)
}

/// As [`parse`] reads it.
pub fn name(colour: Color) -> String {
    match colour {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Indexed(index) => index.to_string(),
        colour => SIXTEEN.iter().find(|(_, own)| *own == colour).map_or(DEFAULT, |(name, _)| name).into(),
    }
}

/// The names that there are.
pub fn names() -> impl Iterator<Item = &'static str> {
    SIXTEEN.iter().map(|(name, _)| *name).chain([DEFAULT])
}

/// `0xrrggbb`.
pub(super) const fn rgb(value: u32) -> Option<Color> {
    let [_, r, g, b] = value.to_be_bytes();
    Some(Color::Rgb(r, g, b))
}

/// What a colour looks like, if that is not the terminal's choice.
#[cfg(test)]
pub(super) fn rgb_of(colour: Color) -> Option<(u8, u8, u8)> {
    match colour {
        Color::Rgb(r, g, b) => Some((r, g, b)),
        Color::Indexed(index) => rgb_of_index(index),
        _ => None,
    }
}

/// The steps of xterm's colour cube: 16 + 36 red + 6 green + blue.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// What the colours from 16 on look like: a cube, then 24 greys.
fn rgb_of_index(index: u8) -> Option<(u8, u8, u8)> {
    let cube = index.checked_sub(16)?;
    let step = |n: u8| STEPS[usize::from(n % 6)];
    Some(match cube.checked_sub(216) {
        Some(grey) => (8 + 10 * grey, 8 + 10 * grey, 8 + 10 * grey),
        None => (step(cube / 36), step(cube / 6), step(cube)),
    })
}

fn nearest_of_256(r: u8, g: u8, b: u8) -> u8 {
    let distance = |index: u8| {
        let (x, y, z) = rgb_of_index(index).unwrap_or_default();
        [(r, x), (g, y), (b, z)].iter().map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum::<u32>()
    };
    (16..=255).min_by_key(|index| distance(*index)).unwrap_or(16)
}

/// By hue, not by distance: what the sixteen look like is not known, but red is red everywhere.
fn nearest_of_16(r: u8, g: u8, b: u8) -> Color {
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let spread = most - least;
    if u32::from(spread) * 5 <= u32::from(most) {
        return match most {
            0..64 => Color::Black,
            64..176 => Color::DarkGray,
            176..235 => Color::Gray,
            _ => Color::White,
        };
    }
    // A part counts if it is nearer to the strongest than to the weakest.
    let has = |part: u8| usize::from(part - least > spread / 2);
    let dark = has(r) + 2 * has(g) + 4 * has(b);
    SIXTEEN[dark + if most > 240 && least > 80 { 8 } else { 0 }].1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        for (colorterm, term, depth) in [
            (Some("truecolor"), Some("xterm-256color"), Depth::True),
            (Some("24bit"), Some("xterm"), Depth::True),
            (None, Some("xterm-direct"), Depth::True),
            (None, Some("xterm-kitty"), Depth::True),
            (Some(""), Some("screen-256color"), Depth::Indexed),
            (Some("yes"), Some("tmux-256color"), Depth::Indexed),
            (None, Some("xterm"), Depth::Sixteen),
            (None, Some("linux"), Depth::Sixteen),
            (None, None, Depth::Sixteen),
        ] {
            assert_eq!(Depth::of(colorterm, term), depth, "{colorterm:?} {term:?}");
        }
    }

    #[test]
    fn colours_are_read_in_every_way_of_writing() {
        for (text, colour) in [
            ("red", Color::Red),
            ("LightRed", Color::LightRed),
            ("bright-red", Color::LightRed),
            ("dark_grey", Color::DarkGray),
            ("default", Color::Reset),
            ("0", Color::Indexed(0)),
            ("255", Color::Indexed(255)),
            ("#1E2030", Color::Rgb(0x1e, 0x20, 0x30)),
        ] {
            assert_eq!(parse(text), Some(colour), "{text}");
        }
        for text in ["", "#12", "#12345g", "#+12345", "256", "-1", "reddish", "light-black", "#12345678"] {
            assert_eq!(parse(text), None, "{text}");
        }
        for named in names() {
            assert_eq!(parse(named).map(name).as_deref(), Some(named));
        }
    }

    #[test]
    fn colours_fall_back_to_what_there_is() {
        let fit = |depth: Depth, value| depth.fit(rgb(value).unwrap());
        assert_eq!(fit(Depth::Indexed, 0xff_00_00), Color::Indexed(196));
        assert_eq!(fit(Depth::Indexed, 0x80_80_80), Color::Indexed(244));
        assert_eq!(fit(Depth::Indexed, 0), Color::Indexed(16));
        for (value, colour) in [
            (0x87_cf_87, Color::Green),
            (0xe8_c0_70, Color::Yellow),
            (0xff_82_7a, Color::LightRed),
            (0xb3_16_1c, Color::Red),
            (0x5f_c8_d7, Color::Cyan),
            (0x9a_a0_aa, Color::DarkGray),
            (0xff_ff_ff, Color::White),
            (0, Color::Black),
        ] {
            assert_eq!(fit(Depth::Sixteen, value), colour, "{value:06x}");
        }
        assert_eq!(Depth::Sixteen.fit(Color::Indexed(9)), Color::LightRed);
        assert_eq!(Depth::Sixteen.fit(Color::Indexed(196)), Color::Red);
        assert_eq!(Depth::Sixteen.fit(Color::Reset), Color::Reset);
    }

    proptest! {
        #[test]
        fn what_a_terminal_has_stays(index in 16u8.., r: u8, g: u8, b: u8) {
            let (x, y, z) = rgb_of_index(index).unwrap();
            let found = nearest_of_256(x, y, z);
            prop_assert_eq!(rgb_of_index(found), Some((x, y, z)));
            for colour in [Color::Rgb(r, g, b), Color::Indexed(index)] {
                prop_assert_eq!(parse(&name(colour)), Some(colour));
                prop_assert_eq!(Depth::True.fit(colour), colour);
                for depth in [Depth::Indexed, Depth::Sixteen] {
                    let fitted = depth.fit(colour);
                    prop_assert_eq!(depth.fit(fitted), fitted);
                    prop_assert!(depth != Depth::Sixteen || SIXTEEN.iter().any(|(_, own)| *own == fitted));
                }
            }
        }
    }
}
