//! Names of members, as `serde` asks for them. They may stand for numbers and for variants.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{Deserializer, Visitor};
use serde_json::Error;

use super::{RAW_VALUE, Reader};

/// A name, whose quote comes next.
pub(super) struct Key<'r, 'de> {
    pub(super) reader: &'r mut Reader<'de>,
}

macro_rules! numbers {
    ($($name:ident)*) => { $(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let is_number = |key: &&str| {
                key.starts_with(|first: char| first == '-' || first.is_ascii_digit())
                    && key.bytes().all(|byte| byte.is_ascii_graphic())
            };
            let Some(key) = self.reader.plain().filter(is_number) else { return self.reader.fail() };
            let mut number = serde_json::Deserializer::from_str(key);
            let value = number.$name(visitor);
            self.reader.failed |= value.is_err() || number.end().is_err();
            value
        }
    )* };
}

macro_rules! left {
    ($($name:ident)*) => { $(
        fn $name<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
            self.reader.fail()
        }
    )* };
}

impl<'de> Deserializer<'de> for Key<'_, 'de> {
    type Error = Error;

    numbers! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_f32 }
    numbers! { deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f64 }
    left! { deserialize_bool deserialize_bytes deserialize_byte_buf }

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.reader.plain() {
            Some(text) => visitor.visit_borrowed_str(text),
            None => self.reader.general(|general| general.deserialize_str(visitor)),
        }
    }

    serde::forward_to_deserialize_any! {
        char str string unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        if name == RAW_VALUE {
            return self.reader.fail();
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.reader.plain() {
            Some(name) => visitor.visit_enum(BorrowedStrDeserializer::new(name)),
            None => self.reader.fail(),
        }
    }
}
