//! The file of what outlives the dashboard: a name and a word a line. Whatever else is in it is passed over.

use super::write::quoted;
use crate::ui::kept::Kept;
use std::fmt::Write;
use toml::de::DeTable;

/// What was kept.
pub fn read_state(text: &str) -> Kept {
    let mut kept = Kept::default();
    if let Ok(table) = DeTable::parse(text) {
        for (name, value) in table.get_ref() {
            if let Some(word) = value.get_ref().as_str() {
                kept.put(name.get_ref(), word);
            }
        }
    }
    kept
}

/// As [`read_state`] reads it.
pub fn write_state(kept: &Kept) -> String {
    let mut out = String::from("# What the keys of the dashboard changed; written by sigtop when it ends.\n");
    for (name, word) in kept.iter() {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{} = {}", quoted(name), quoted(word));
    }
    out
}
