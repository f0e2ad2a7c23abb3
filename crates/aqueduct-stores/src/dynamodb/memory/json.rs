//! Values in DynamoDB's JSON. What is no value, and what this engine leaves to the other one, is an error alike.

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::number::Number;
use super::value::{Item, Value};

#[derive(serde::Deserialize)]
#[serde(field_identifier)]
enum Kind {
    S,
    N,
    B,
    #[serde(rename = "BOOL")]
    Bool,
    #[serde(rename = "NULL")]
    Null,
    #[serde(rename = "SS")]
    Ss,
    #[serde(rename = "NS")]
    Ns,
    #[serde(rename = "BS")]
    Bs,
    L,
    M,
}

struct OneKind;

impl<'de> Visitor<'de> for OneKind {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an attribute value of one type")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let kind = map.next_key()?.ok_or_else(|| de::Error::custom("no type"))?;
        let value = match kind {
            Kind::S => Value::S(map.next_value()?),
            Kind::N => Value::N(number(map.next_value()?)?),
            Kind::B => Value::B(bytes(map.next_value()?)?),
            Kind::Bool => Value::Bool(map.next_value()?),
            Kind::Null if map.next_value()? => Value::Null,
            Kind::Null => return Err(de::Error::custom("null is true")),
            Kind::Ss => Value::Ss(set(map.next_value()?, Ok)?),
            Kind::Ns => Value::Ns(set(map.next_value()?, element)?),
            Kind::Bs => Value::Bs(set(map.next_value()?, bytes)?),
            Kind::L => Value::L(map.next_value()?),
            Kind::M => match map.next_value::<Item>()? {
                item if item.contains_key("") => return Err(de::Error::custom("a name is empty")),
                item => Value::M(item),
            },
        };
        match map.next_key::<IgnoredAny>()? {
            None => Ok(value),
            Some(_) => Err(de::Error::custom("several types")),
        }
    }
}

fn number<E: de::Error>(text: String) -> Result<Number, E> {
    Number::read(text).ok_or_else(|| E::custom("another spelling"))
}

/// The other engine compares elements by their spelling here and there.
fn element<E: de::Error>(text: String) -> Result<Number, E> {
    let spelt = text.clone();
    let number = number(text)?;
    if number.as_str() == spelt { Ok(number) } else { Err(E::custom("another spelling")) }
}

#[expect(clippy::needless_pass_by_value, reason = "one of three readers of a set's elements")]
fn bytes<E: de::Error>(text: String) -> Result<Vec<u8>, E> {
    STANDARD.decode(&text).map_err(E::custom)
}

/// A set has elements, each of them once.
fn set<T: Ord, E: de::Error>(elements: Vec<String>, read: impl Fn(String) -> Result<T, E>) -> Result<BTreeSet<T>, E> {
    let given = elements.len();
    let set = elements.into_iter().map(read).collect::<Result<BTreeSet<T>, E>>()?;
    if set.is_empty() || set.len() < given { Err(E::custom("no set")) } else { Ok(set) }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OneKind)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::S(text) => map.serialize_entry("S", text)?,
            Self::N(number) => map.serialize_entry("N", number.as_str())?,
            Self::B(bytes) => map.serialize_entry("B", &STANDARD.encode(bytes))?,
            Self::Bool(value) => map.serialize_entry("BOOL", value)?,
            Self::Null => map.serialize_entry("NULL", &true)?,
            Self::Ss(set) => map.serialize_entry("SS", set)?,
            Self::Ns(set) => map.serialize_entry("NS", &set.iter().map(Number::as_str).collect::<Vec<_>>())?,
            Self::Bs(set) => {
                map.serialize_entry("BS", &set.iter().map(|bytes| STANDARD.encode(bytes)).collect::<Vec<_>>())?;
            }
            Self::L(list) => map.serialize_entry("L", list)?,
            Self::M(item) => map.serialize_entry("M", item)?,
        }
        map.end()
    }
}
