//! Themes of the user's own: one of ours, and what is different in it.

use super::MOST_THEMES;
use super::problem::hint;
use super::read::{Reader, entries};
use crate::escape::Quoted;
use crate::ui::theme::{MODIFIERS, OWN, Paint, ROLES, SIXTEEN, Theme, colour};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Letters, digits, `-` and `_`, not too many.
fn is_name(name: &str) -> bool {
    (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

impl Reader<'_> {
    /// The tables below `[themes]`.
    pub(super) fn themes(&mut self, value: &Spanned<DeValue>, themes: &mut Vec<Theme>) {
        let Some(table) = value.get_ref().as_table() else {
            return self.expected("themes", value, "tables: [themes.NAME]");
        };
        for (name, value) in entries(table) {
            match value.get_ref().as_table() {
                Some(table) => self.add_theme(name.get_ref(), name.span(), table, themes),
                None => self.expected(name.get_ref(), value, "a table: [themes.NAME]"),
            }
        }
    }

    /// One theme.
    pub(super) fn add_theme(&mut self, name: &str, span: Range<usize>, table: &DeTable, themes: &mut Vec<Theme>) {
        let why = if !is_name(name) {
            "is no name: use letters, digits, - and _, at most 32"
        } else if OWN.contains(&name) {
            "is one of sigtop's own: give it another name"
        } else if themes.iter().any(|theme| theme.name == name) {
            "is there already: give it another name"
        } else if themes.len() == MOST_THEMES {
            "is one too many"
        } else {
            ""
        };
        if !why.is_empty() {
            return self.wrong(span, &format!("theme {} {why}", Quoted(name)));
        }
        let base = table.get("base").and_then(|value| self.base(value));
        let mut theme = Theme::own(base.unwrap_or(SIXTEEN));
        theme.name = name.into();
        for (role, value) in entries(table) {
            let name = &**role.get_ref();
            match ROLES.iter().find(|row| row.name == name) {
                Some(row) => {
                    if let Some(paint) = self.paint(name, value, theme.paint(row.role)) {
                        theme.set(row.role, paint);
                    }
                }
                None if name == "base" => {}
                None => {
                    let hint = hint(name, ROLES.iter().map(|row| row.name).chain(["base"]));
                    self.wrong(role.span(), &format!("there is no role {}{hint}", Quoted(name)));
                }
            }
        }
        themes.push(theme);
    }

    fn base(&mut self, value: &Spanned<DeValue>) -> Option<&'static str> {
        let text = self.text("base", value, "the name of a theme")?;
        let found = OWN.into_iter().find(|own| *own == text);
        if found.is_none() {
            let hint = hint(text, OWN);
            self.wrong(value.span(), &format!("base: {} is none of sigtop's own themes{hint}", Quoted(text)));
        }
        found
    }

    /// A colour, or a table that says more. What it does not say is as in the base.
    fn paint(&mut self, role: &str, value: &Spanned<DeValue>, base: Paint) -> Option<Paint> {
        let Some(table) = value.get_ref().as_table() else {
            return Some(base.with_fg(self.colour(role, value)?));
        };
        let mut paint = base;
        if let Some(fg) = table.get("fg") {
            paint = paint.with_fg(self.colour("fg", fg)?);
        }
        for (name, value) in entries(table) {
            match &**name.get_ref() {
                "fg" => {}
                "bg" => paint.bg = Some(self.colour("bg", value)?),
                other => match MODIFIERS.iter().find(|(known, _)| *known == other) {
                    Some((_, modifier)) => paint.modifier.set(*modifier, self.flag(other, value)?),
                    None => {
                        let hint = hint(other, MODIFIERS.iter().map(|(name, _)| *name).chain(["fg", "bg"]));
                        self.wrong(name.span(), &format!("{role}: there is no {}{hint}", Quoted(other)));
                    }
                },
            }
        }
        Some(paint)
    }

    fn colour(&mut self, name: &str, value: &Spanned<DeValue>) -> Option<colour::Color> {
        let number;
        let text = match value.get_ref() {
            DeValue::String(text) => &**text,
            DeValue::Integer(integer) if integer.radix() == 10 => {
                number = integer.as_str().to_string();
                &number
            }
            _ => {
                self.expected(name, value, colour::EXPECTED);
                return None;
            }
        };
        let found = colour::parse(text);
        if found.is_none() {
            let near = super::nearest(text, colour::names());
            let hint = near.map_or(format!("; write {}", colour::EXPECTED), |near| format!("; did you mean {near:?}?"));
            self.wrong(value.span(), &format!("{name}: {} is no colour{hint}", Quoted(text)));
        }
        found
    }
}
