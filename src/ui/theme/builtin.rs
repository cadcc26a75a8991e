//! The themes of our own, as a table of inks: a theme is nine colours, and the roles say which of them they take.
//!
//! `dark` and `light` leave the background as it is and are readable on any background that goes by that name;
//! `contrast` brings its own, for only then it can promise anything. A test computes the ratios of WCAG 2.

use super::colour::rgb;
use super::{COUNT, Ink, Paint, ROLES, Theme};
use ratatui::style::{Color, Modifier};

/// The terminal's own sixteen colours, so that they follow the terminal's theme: the default.
pub const SIXTEEN: &str = "16";
/// For a dark background.
pub const DARK: &str = "dark";
/// For a light background.
pub const LIGHT: &str = "light";
/// Strong colours on black.
pub const CONTRAST: &str = "contrast";
/// No colours.
pub const MONO: &str = "mono";

/// The names, in the order in which a key goes through them.
pub const OWN: [&str; 5] = [SIXTEEN, DARK, LIGHT, CONTRAST, MONO];

/// What the inks are.
struct Inks {
    name: &'static str,
    text: Option<Color>,
    faint: Option<Color>,
    accent: Option<Color>,
    good: Option<Color>,
    warn: Option<Color>,
    bad: Option<Color>,
    stopped: Option<Color>,
    kernel: Option<Color>,
    /// Letters and background of the selected row; none: letters and background are swapped.
    selected: Option<(Color, Color)>,
    /// Behind everything.
    screen: Option<Color>,
}

#[rustfmt::skip] // a table is read by its columns
static INKS: [Inks; OWN.len()] = [
    Inks {
        name: SIXTEEN, text: None, faint: Some(Color::DarkGray), accent: Some(Color::Cyan), good: Some(Color::Green),
        warn: Some(Color::Yellow), bad: Some(Color::Red), stopped: Some(Color::Magenta), kernel: Some(Color::Blue),
        selected: None, screen: None,
    },
    Inks {
        name: DARK, text: rgb(0xdc_df_e4), faint: rgb(0x9a_a0_aa), accent: rgb(0x5f_c8_d7), good: rgb(0x87_cf_87),
        warn: rgb(0xe8_c0_70), bad: rgb(0xff_82_7a), stopped: rgb(0xd7_9b_e8), kernel: rgb(0x87_af_ff),
        selected: Some((Color::Rgb(255, 255, 255), Color::Rgb(0x3d, 0x4f, 0x6b))), screen: None,
    },
    Inks {
        name: LIGHT, text: rgb(0x1f_23_28), faint: rgb(0x60_66_6e), accent: rgb(0x00_5f_70), good: rgb(0x18_69_18),
        warn: rgb(0x85_55_00), bad: rgb(0xb3_16_1c), stopped: rgb(0x87_2b_a5), kernel: rgb(0x1f_4f_bf),
        selected: Some((Color::Rgb(0, 0, 0), Color::Rgb(0xc6, 0xdc, 0xf8))), screen: None,
    },
    Inks {
        name: CONTRAST, text: rgb(0xff_ff_ff), faint: rgb(0xc0_c0_c0), accent: rgb(0x5f_ff_ff), good: rgb(0x5f_ff_5f),
        warn: rgb(0xff_ff_5f), bad: rgb(0xff_87_87), stopped: rgb(0xff_a0_ff), kernel: rgb(0x87_c7_ff),
        selected: Some((Color::Rgb(0, 0, 0), Color::Rgb(0xff, 0xff, 0xff))), screen: rgb(0),
    },
    Inks {
        name: MONO, text: None, faint: None, accent: None, good: None, warn: None, bad: None, stopped: None, kernel: None,
        selected: None, screen: None,
    },
];

impl Inks {
    fn paint(&self, ink: Ink, modifier: Modifier) -> Paint {
        let fg = match ink {
            Ink::Text => self.text,
            Ink::Faint => self.faint,
            Ink::Accent => self.accent,
            Ink::Good => self.good,
            Ink::Warn => self.warn,
            Ink::Bad => self.bad,
            Ink::Stopped => self.stopped,
            Ink::Kernel => self.kernel,
            Ink::Selected => {
                return match self.selected {
                    Some((fg, bg)) => Paint { fg: Some(fg), bg: Some(bg), modifier },
                    None => Paint { modifier: modifier.union(Modifier::REVERSED), ..Paint::default() },
                };
            }
        };
        let modifier = if fg.is_some() { modifier.difference(Modifier::DIM) } else { modifier };
        Paint { fg, bg: None, modifier }
    }

    fn theme(&self) -> Theme {
        let mut paints = [Paint::default(); COUNT];
        for (paint, row) in paints.iter_mut().zip(ROLES) {
            *paint = self.paint(row.ink, row.modifier);
        }
        paints[0].bg = self.screen;
        Theme { name: self.name.into(), base: self.name, paints }
    }
}

impl Theme {
    /// The theme of our own with this name; of another name, the first.
    pub fn own(name: &str) -> Theme {
        INKS.iter().find(|inks| inks.name == name).unwrap_or(&INKS[0]).theme()
    }

    /// All of our own.
    pub fn all() -> Vec<Theme> {
        INKS.iter().map(Inks::theme).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::colour::{Depth, rgb_of};
    use super::*;
    use crate::ui::theme::Role;

    /// Relative luminance (WCAG 2.2).
    fn luminance(colour: Color) -> f64 {
        let (r, g, b) = rgb_of(colour).unwrap();
        let linear = |value: u8| {
            let c = f64::from(value) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    /// Contrast ratio (WCAG 2.2).
    fn ratio(a: Color, b: Color) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn ratios_are_those_of_wcag() {
        let hex = |value| rgb(value).unwrap();
        assert!((ratio(hex(0), hex(0xff_ff_ff)) - 21.0).abs() < 0.001);
        assert!((ratio(hex(0x76_76_76), hex(0xff_ff_ff)) - 4.54).abs() < 0.01);
    }

    /// On black, on white, and on the backgrounds of themes that many have: One Dark, Solarized, plain greys.
    #[test]
    fn text_is_readable_on_the_background_that_the_theme_is_for() {
        const DARKS: [u32; 4] = [0, 0x1e_1e_1e, 0x28_2c_34, 0x00_2b_36];
        const LIGHTS: [u32; 4] = [0xff_ff_ff, 0xf6_f6_f6, 0xfd_f6_e3, 0xf2_f2_f2];
        for (name, backgrounds, least) in
            [(DARK, &DARKS[..], 4.5), (LIGHT, &LIGHTS[..], 4.5), (CONTRAST, &DARKS[..1], 7.0)]
        {
            for depth in [Depth::True, Depth::Indexed] {
                let palette = Theme::own(name).palette(depth);
                for row in ROLES {
                    let style = palette.style(row.role);
                    for background in backgrounds.iter().map(|value| rgb(*value).unwrap()) {
                        let ratio = ratio(style.fg.unwrap(), style.bg.unwrap_or(background));
                        assert!(ratio >= least, "{name} {:?} at {depth:?} on {background}: {ratio:.2}", row.role);
                    }
                }
            }
        }
    }

    #[test]
    fn only_contrast_paints_the_screen() {
        for theme in Theme::all() {
            assert_eq!(theme.palette(Depth::True).screen().is_some(), theme.name == CONTRAST);
            assert_eq!(Theme::own(&theme.name), theme);
            assert!(OWN.contains(&theme.base));
        }
        assert_eq!(Theme::own(SIXTEEN).paint(Role::Text), Paint::default());
    }
}
