//! Whether a value fits a schema, and an example that does.

use serde_json::{Map, Number, Value};

use super::schema::Schemas;
use super::shape::{Additional, All, Shape};
use super::types::Types;

/// Values nested deeper are not looked at: a schema may refer to itself.
const DEPTH_MAX: usize = 40;

impl<'s> Schemas<'s> {
    /// Whether the value fits all of these schemas; `None` where a schema says more than is known here.
    pub(super) fn fits(&self, schemas: &[&'s Value], value: &Value, depth: usize) -> Option<bool> {
        let depth = depth.checked_sub(1)?;
        let mut answer = Some(false);
        for shape in self.shapes(schemas).ok()? {
            match self.fits_shape(&shape, value, depth) {
                Some(true) => return Some(true),
                None => answer = None,
                Some(false) => {}
            }
        }
        answer
    }

    /// Whether a whole document fits.
    pub(super) fn fits_root(&self, value: &Value) -> Option<bool> {
        self.fits(&self.root(), value, DEPTH_MAX)
    }

    fn fits_shape(&self, shape: &Shape<'s>, value: &Value, depth: usize) -> Option<bool> {
        if !fits_itself(shape, value)? {
            return Some(false);
        }
        let mut known = !shape.says_more;
        let mut inner = |schemas: &[&'s Value], value: &Value| {
            let fits = self.fits(schemas, value, depth);
            known &= fits.is_some();
            fits.unwrap_or(true)
        };
        let fits = match value {
            Value::Object(members) => {
                shape.required.iter().all(|name| members.contains_key(*name))
                    && members.iter().all(|(name, value)| {
                        match (shape.properties.get(name.as_str()), &shape.additional) {
                            (Some(schemas), _) | (None, Additional::Of(schemas)) => inner(schemas, value),
                            (None, _) => shape.declares(name) || shape.takes_any_name(),
                        }
                    })
            }
            Value::Array(elements) => elements
                .iter()
                .enumerate()
                .all(|(index, element)| inner(shape.first.get(index).unwrap_or(&shape.items), element)),
            _ => true,
        };
        if fits && !known { None } else { Some(fits) }
    }

    /// Whether one of the values that the shape lists fits it.
    pub(super) fn fits_listed(&self, shape: &Shape<'s>, value: &Value) -> Option<bool> {
        self.fits_shape(shape, value, DEPTH_MAX)
    }

    /// A value that fits, as small as it can be; `None` where none is found.
    pub(super) fn example(&self, schemas: &[&'s Value], depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        let mut shapes = self.shapes(schemas).ok()?;
        // A schema that refers to itself ends with a value that has no parts.
        shapes.sort_by_key(|shape| shape.values.is_none() && !shape.types.has(Types::LEAVES));
        shapes.iter().find_map(|shape| self.example_of(shape, depth))
    }

    /// A value of the shape that fits.
    pub(super) fn example_of(&self, shape: &Shape<'s>, depth: usize) -> Option<Value> {
        if let Some(values) = &shape.values {
            let value = values.iter().find(|value| self.fits_shape(shape, value, DEPTH_MAX) != Some(false))?;
            return Some((*value).clone());
        }
        scalars(shape).into_iter().find(|value| fits_itself(shape, value) != Some(false)).or_else(|| {
            if shape.types.has(Types::OBJECT) {
                let mut members = Map::new();
                self.complete(shape, &mut members, depth)?;
                Some(members.into())
            } else if shape.types.has(Types::ARRAY) {
                let mut elements = Vec::new();
                self.lengthen(shape, &mut elements, depth)?;
                Some(elements.into())
            } else {
                None
            }
        })
    }

    /// Members that a document can have, with an example of each.
    pub(super) fn members_of_root(&self) -> Vec<(&'s str, Value)> {
        let shapes = self.shapes(&self.root()).unwrap_or_default();
        let members = shapes.iter().flat_map(|shape| &shape.properties);
        members.filter_map(|(name, schemas)| Some((*name, self.example(schemas, DEPTH_MAX)?))).collect()
    }

    /// Adds what the object must have and lacks.
    pub(super) fn complete(&self, shape: &Shape<'s>, members: &mut Map<String, Value>, depth: usize) -> Option<()> {
        for name in &shape.required {
            if members.contains_key(*name) {
                continue;
            }
            let value = match (shape.properties.get(name), &shape.additional) {
                (Some(schemas), _) | (None, Additional::Of(schemas)) => self.example(schemas, depth)?,
                (None, _) => self.example(&[], depth)?,
            };
            members.insert((*name).to_owned(), value);
        }
        Some(())
    }

    /// Adds elements until the array is long enough.
    pub(super) fn lengthen(&self, shape: &Shape<'s>, elements: &mut Vec<Value>, depth: usize) -> Option<()> {
        const LENGTHENED_TO: u64 = 100;
        if shape.items_min > LENGTHENED_TO {
            return None;
        }
        while (elements.len() as u64) < shape.items_min {
            elements.push(self.example(element_at(shape, elements.len()), depth)?);
        }
        Some(())
    }
}

/// The schemas of an array's element.
pub(super) fn element_at<'a, 's>(shape: &'a Shape<'s>, index: usize) -> &'a All<'s> {
    shape.first.get(index).unwrap_or(&shape.items)
}

/// Values without parts to try, the likeliest first.
fn scalars(shape: &Shape<'_>) -> Vec<Value> {
    let mut values = Vec::new();
    if shape.types.has(Types::STRING) {
        values.extend(texts(shape).into_iter().map(Value::String));
    }
    if shape.types.has(Types::NUMBER) {
        values.extend(numbers(shape).into_iter().map(Value::Number));
    }
    if shape.types.has(Types::BOOLEAN) {
        values.extend([Value::Bool(true), Value::Bool(false)]);
    }
    if shape.types.has(Types::NULL) {
        values.push(Value::Null);
    }
    values
}

/// Texts of the format, or of the length.
pub(super) fn texts(shape: &Shape<'_>) -> Vec<String> {
    let of_format = match shape.format {
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some("date") => "2026-01-01",
        Some("time") => "00:00:00Z",
        Some("duration") => "PT1S",
        Some("email") => "a@example.com",
        Some("uri" | "url" | "uri-reference") => "https://example.com/",
        Some("hostname") => "example.com",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("uuid") => "00000000-0000-4000-8000-000000000000",
        _ => "text",
    };
    let mut texts = vec![of_format.to_owned(), String::new(), "1".to_owned(), "A".to_owned()];
    let missing = padding("", shape).len().max(1);
    texts.extend(["a", "0", "Z"].map(|letter| letter.repeat(missing)));
    texts
}

/// The text, with more behind it when it is too short.
pub(super) fn padded(text: &str, shape: &Shape<'_>) -> String {
    format!("{text}{}", padding(text, shape))
}

/// What a text lacks to be long enough.
pub(super) fn padding(text: &str, shape: &Shape<'_>) -> String {
    const PADDED_TO: u64 = 10_000;
    let missing = shape.length_min.min(PADDED_TO).saturating_sub(text.chars().count() as u64);
    "x".repeat(usize::try_from(missing).unwrap_or_default())
}

/// Numbers at the bounds and near zero.
pub(super) fn numbers(shape: &Shape<'_>) -> Vec<Number> {
    let bounds = [shape.minimum, shape.maximum, shape.above.map(|above| above + 1.0), shape.below.map(|it| it - 1.0)];
    let between =
        shape.above.or(shape.minimum).zip(shape.below.or(shape.maximum)).map(|(low, high)| low.midpoint(high));
    let near = [0.0, 1.0, -1.0].into_iter().chain(shape.multiples.iter().copied());
    near.chain(bounds.into_iter().flatten()).chain(between).filter_map(number).collect()
}

/// The number, whole where it is.
pub(super) fn number(value: f64) -> Option<Number> {
    const WHOLE_MAX: f64 = 9e15;
    #[expect(clippy::cast_possible_truncation, reason = "a whole number far within the range")]
    if value.fract() == 0.0 && value.abs() <= WHOLE_MAX { Some((value as i64).into()) } else { Number::from_f64(value) }
}

/// Whether a value fits, its parts aside; `None` where a regular expression cannot be read.
pub(super) fn fits_itself(shape: &Shape<'_>, value: &Value) -> Option<bool> {
    if !shape.types.has(Types::of(value)) || shape.values.as_ref().is_some_and(|values| !values.contains(&value)) {
        return Some(false);
    }
    match value {
        Value::Number(number) => Some(number_fits(shape, number)),
        Value::String(text) => text_fits(shape, text),
        Value::Array(elements) => Some((shape.items_min..=shape.items_max).contains(&(elements.len() as u64))),
        _ => Some(true),
    }
}

fn number_fits(shape: &Shape<'_>, number: &Number) -> bool {
    let Some(value) = number.as_f64() else { return false };
    let is_multiple = |of: &f64| (value / of).fract() == 0.0;
    (!shape.whole || value.fract() == 0.0)
        && shape.minimum.is_none_or(|minimum| value >= minimum)
        && shape.maximum.is_none_or(|maximum| value <= maximum)
        && shape.above.is_none_or(|above| value > above)
        && shape.below.is_none_or(|below| value < below)
        && shape.multiples.iter().all(is_multiple)
}

fn text_fits(shape: &Shape<'_>, text: &str) -> Option<bool> {
    let length = text.chars().count() as u64;
    if !(shape.length_min..=shape.length_max).contains(&length) {
        return Some(false);
    }
    let mut answer = Some(true);
    for pattern in &shape.patterns {
        match regex_lite::Regex::new(pattern) {
            Ok(expression) if expression.is_match(text) => {}
            Ok(_) => return Some(false),
            Err(_) => answer = None,
        }
    }
    answer
}
