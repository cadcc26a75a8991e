//! The names of the fields of the JSON, as its own reader has them: serde tells them to a deserializer that is asked for the
//! struct, and this one takes nothing else. So there is no second list that could miss one.

use crate::event::wire::Wire;
use serde::de::{self, Deserialize, Deserializer, Visitor};

/// The fields of the JSON: as its own reader knows them.
pub(super) fn wire_fields() -> &'static [&'static str] {
    match Wire::deserialize(Names) {
        Err(Told(fields)) => fields,
        Ok(_) => &[],
    }
}

/// Holds nothing; asked for a struct, it refuses with the names of its fields.
struct Names;

#[derive(Debug)]
struct Told(&'static [&'static str]);

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("names of fields")
    }
}

impl std::error::Error for Told {}

impl de::Error for Told {
    fn custom<T: std::fmt::Display>(_: T) -> Told {
        Told(&[])
    }
}

impl<'de> Deserializer<'de> for Names {
    type Error = Told;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Told> {
        Err(Told(&[]))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Told> {
        Err(Told(fields))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
