use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::Deserializer;
use serde_json::Value;
use serde_json::value::RawValue;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
struct Order<'a> {
    id: &'a str,
    #[serde(borrow)]
    note: Cow<'a, str>,
    lines: Vec<Line>,
    total: Option<i64>,
    paid: bool,
    nothing: (),
    unit: Unit,
    wrapped: Wrapped,
    letter: char,
    share: f64,
    large: u128,
    pair: (u8, i32),
    by_number: BTreeMap<i16, String>,
    by_kind: BTreeMap<Kind, Option<u8>>,
    kinds: Vec<Kind>,
    #[serde(default)]
    missing: Vec<u8>,
    #[serde(deserialize_with = "number_or_none")]
    lenient: Option<u8>,
    any: Value,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    sku: String,
    count: u32,
    price: i64,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Deserialize)]
struct Wrapped(u64);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
enum Kind {
    Plain,
    New(u8),
    Pair(u8, String),
    Named { a: u8 },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(i32),
    Text(String),
    Line(Line),
    Many(Vec<Untagged>),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "type")]
enum Tagged {
    A { a: u8 },
    B(Line),
}

#[derive(Debug, PartialEq, Deserialize)]
struct Nested(Option<Box<Nested>>, Vec<Nested>);

#[derive(Debug, Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    raw: &'a RawValue,
    owned: Box<RawValue>,
}

impl PartialEq for Raw<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.raw.get(), self.owned.get()) == (other.raw.get(), other.owned.get())
    }
}

/// A type that makes something of an error.
#[expect(clippy::unnecessary_wraps, reason = "it is what `serde` takes")]
fn number_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    Ok(u8::deserialize(deserializer).ok())
}

const ORDER: &str = r#"{"id":"ord_1","note":"\"so\" \u00e9","lines":[{"sku":"a","count":1,"price":-3400},
    {"price":0,"sku":"a longer one than sixteen bytes","count":4294967295} ],"total":null,"paid":true,"nothing":null,"unit":null,
    "wrapped":18446744073709551615,"letter":"é","share":-0.25e1,"large":340282366920938463463374607431768211455,"pair":[255,-7],
    "by_number":{"-1":"x","20":"y"},"by_kind":{"Plain":null},"kinds":["Plain",{"New":1},{"Pair":[2,"b"]},{"Named":{"a":3}}],
    "lenient":3,"any":{"a":[1,-2,3.5,"b",true,false,null,{"c":[]}],"z":{}},"other":[ 1 , { "deep":"\n" } ],"more":"x"}"#;

/// What is read here at all is what `serde_json` reads. Says whether it was.
fn agrees<'a, T: Deserialize<'a> + Debug + PartialEq>(text: &'a str) -> bool {
    let Some(value) = attempt::<T>(text) else { return false };
    assert_eq!(serde_json::from_str::<T>(text).ok().as_ref(), Some(&value), "{text}");
    true
}

/// Every place in turn has every byte that means something in JSON, and those that are parts of numbers and words.
fn changed(text: &str) -> impl Iterator<Item = String> {
    text.char_indices().flat_map(move |(place, letter)| {
        let (before, after) = (&text[..place], &text[place + letter.len_utf8()..]);
        let others =
            ["\"", "\\", "{", "}", "[", "]", ":", ",", " ", "\u{1}", "-", "0", "9", ".", "e", "n", "null", "é", ""];
        others.into_iter().map(move |other| format!("{before}{other}{after}")).chain([before.to_owned()])
    })
}

#[test]
fn what_is_read_is_what_serde_json_reads() {
    let mut read = 0;
    for text in std::iter::once(ORDER.to_owned()).chain(changed(ORDER)) {
        read += usize::from(agrees::<Order<'_>>(&text)) + usize::from(agrees::<Value>(&text));
    }
    assert!(read > 1_000, "{read}");
    assert!(agrees::<Order<'_>>(ORDER) && agrees::<Value>(ORDER), "it is read without any error");
}

#[test]
fn what_types_make_of_values_is_left_to_them() {
    let texts = [
        r#"[1, "two", {"sku":"a","count":1,"price":2}, [[], [-3, "four"]] ]       "#,
        r#"{"type":"B","price":2,"count":1,"sku":"a"}                          "#,
        r#"{"a":1,"type":"A"}                "#,
        r#"{"raw": {"x" : [1, 2.50] } ,"owned":"\u00e9"}                  "#,
        r"[[null,[[null,[]]]],[]]                      ",
        r#"{"12":"a","-7":"b"," 1":"c","1 ":"d","1.5":"e","true":"f"}"#,
        r#"{"12":"a","-7":"b","0":"c"}                  "#,
        r#"{"1.5":"a","-7e3":"b"}                  "#,
    ];
    let mut read = 0;
    for text in texts.into_iter().flat_map(|text| std::iter::once(text.to_owned()).chain(changed(text))) {
        read += [
            agrees::<Untagged>(&text),
            agrees::<Tagged>(&text),
            agrees::<Raw<'_>>(&text),
            agrees::<Nested>(&text),
            agrees::<BTreeMap<i64, String>>(&text),
            agrees::<BTreeMap<u128, Cow<'_, str>>>(&text),
            agrees::<BTreeMap<bool, String>>(&text),
            agrees::<Option<BTreeMap<Cow<'_, str>, String>>>(&text),
        ]
        .map(usize::from)
        .iter()
        .sum::<usize>();
    }
    assert!(read > 1_000, "{read}");
}

#[test]
fn numbers_are_read_as_they_are() {
    let numbers = [
        "0",
        "-0",
        "7",
        "-7",
        "00",
        "01",
        "-01",
        "255",
        "256",
        "-129",
        "1.0",
        "1e2",
        "-",
        "+1",
        "1.",
        ".5",
        "0x1",
        "999999999999999999",
        "1000000000000000000",
        "-999999999999999999",
        "18446744073709551615",
        "18446744073709551616",
        "9223372036854775807",
        "-9223372036854775808",
        "-9223372036854775809",
        "184467440737095516150",
        "1E400",
        "NaN",
    ];
    for number in numbers {
        for text in [number.to_owned(), format!(" {number} "), format!("{number},"), format!("[{number}]")] {
            agrees::<u8>(&text);
            agrees::<i8>(&text);
            agrees::<u64>(&text);
            agrees::<i64>(&text);
            agrees::<i128>(&text);
            agrees::<f64>(&text);
            agrees::<Value>(&text);
            agrees::<[i64; 1]>(&text);
        }
    }
    assert!(agrees::<u64>("999999999999999999") && agrees::<i64>("-7") && agrees::<[i64; 1]>(" [ 3 ] "));
}

#[test]
fn nesting_has_the_limit_of_serde_json() {
    let mut depths = Vec::new();
    for depth in [1, 90, 99, 100, 101, 126, 127, 128, 200] {
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        agrees::<Value>(&text);
        if read::<Value>(&text).is_ok() {
            depths.push(depth);
        }
        let raw = format!("{{\"raw\":{text},\"owned\":{text}}}");
        assert!(agrees::<Raw<'_>>(&raw), "what is not looked into has no limit");
    }
    assert_eq!(depths, [1, 90, 99, 100, 101, 126, 127]);
}

#[test]
fn an_error_is_that_of_serde_json() {
    for text in [
        "",
        "{",
        "{\"sku\":1}",
        "{\"sku\":\"a\",\"count\":-1,\"price\":2}",
        "[1,2,3",
        "{\"sku\":\"\u{1}\"}",
        "{}x",
        "nul",
    ] {
        let error = read::<Line>(text).expect_err(text).to_string();
        assert_eq!(error, serde_json::from_str::<Line>(text).expect_err(text).to_string());
    }
}
