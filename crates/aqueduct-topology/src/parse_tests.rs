use super::*;

fn json(text: &str) -> serde_json::Value {
    let mut diagnostics = Vec::new();
    let root = parse(text, &mut diagnostics).expect("a template that parses");
    assert_eq!(diagnostics, [], "{text}");
    root.value.to_json()
}

/// Every diagnostic that parsing gives, as it is shown.
fn told(text: &str) -> Vec<String> {
    let mut diagnostics = Vec::new();
    let refusal = parse(text, &mut diagnostics).err();
    diagnostics.into_iter().chain(refusal).map(|diagnostic| diagnostic.to_string()).collect()
}

#[test]
fn short_forms_are_made_long() {
    let cases = [
        ("!Ref A", r#"{"Ref":"A"}"#),
        ("!GetAtt A.Arn", r#"{"Fn::GetAtt":["A","Arn"]}"#),
        ("!GetAtt A.Outputs.B", r#"{"Fn::GetAtt":["A","Outputs.B"]}"#),
        ("!GetAtt [A, Arn]", r#"{"Fn::GetAtt":["A","Arn"]}"#),
        ("!Sub '${A}-b'", r#"{"Fn::Sub":"${A}-b"}"#),
        ("!Join ['', [a, !Ref B]]", r#"{"Fn::Join":["",["a",{"Ref":"B"}]]}"#),
        ("!If [C, !Ref A, !Ref AWS::NoValue]", r#"{"Fn::If":["C",{"Ref":"A"},{"Ref":"AWS::NoValue"}]}"#),
        ("!Not [!Condition C]", r#"{"Fn::Not":[{"Condition":"C"}]}"#),
        ("!ImportValue 10", r#"{"Fn::ImportValue":"10"}"#),
    ];
    for (short, long) in cases {
        assert_eq!(json(short).to_string(), long, "{short}");
    }
}

#[test]
fn quotes_and_tags_make_text() {
    assert_eq!(json("[yes, 'yes', \"010\", 010, !!str 010]"), serde_json::json!([true, "yes", "010", 8, "010"]));
    assert_eq!(json("|\n  10\n"), serde_json::json!("10\n"));
}

#[test]
fn tags_of_yaml_itself() {
    assert_eq!(
        json("[!!int '5', !!bool \"yes\", !!null '', !!str yes, !!float '1.5']"),
        serde_json::json!([5, true, null, "yes", 1.5])
    );
    assert_eq!(json("[2012-10-17, !!str 2012-10-17]"), serde_json::json!(["2012-10-17", "2012-10-17"]));
    for kind in ["binary", "timestamp", "set", "omap", "pairs"] {
        let told = told(&format!("a: !!{kind} b"));
        let expected =
            format!("CloudFormation does not take the tag `!!{kind}`\nhelp: write the value without the tag");
        assert!(told.len() == 1 && told[0].ends_with(&expected), "{told:?}");
    }
}

#[test]
fn keys_of_large_maps_are_told_when_they_stand_twice() {
    let keys: Vec<String> = (0..40).map(|number| format!("k{number}: 1\n")).collect();
    let keys = keys.concat();
    let twice = format!("{keys}k30: 2\n");
    assert_eq!(
        told(&twice),
        [
            "41:1: `k30` stands twice in one map, first in line 31\nhelp: rename or remove one of them; the first is read"
        ]
    );
    let merged = format!(
        "base: &base {{k3: 0, x: 1}}\nmap:\n  <<: *base\n{}",
        keys.lines().map(|line| format!("  {line}\n")).collect::<Vec<_>>().concat()
    );
    assert_eq!(json(&merged)["map"]["k3"], 1, "a written key replaces a merged one");
    assert_eq!(json(&merged)["map"]["x"], 1);
}

#[test]
fn json_with_tabs_and_escapes() {
    let text = "{\n\t\"a\":\t[1, 2.5, true, null, \"\\u00e9\\/\\n\\\"\"]\n}\n";
    assert_eq!(json(text), serde_json::from_str::<serde_json::Value>(text).expect("JSON"));
}

#[test]
fn json_escapes_beyond_the_basic_plane() {
    assert_eq!(json(r#"{"a": "\ud83d\ude00"}"#), serde_json::json!({"a": "😀"}));
    assert_eq!(json(r#"{"a": "\\ud83d\\\\"}"#), serde_json::json!({"a": r"\ud83d\\"}));
    assert_eq!(told(r#"{"a": "\ud83d"}"#).len(), 1, "half a pair is no character");
}

#[test]
fn anchors_and_merge_keys() {
    let text = "
base: &base {a: 1, b: 2}
one: {<<: *base, b: 3}
two: {b: 3, <<: *base}
three: {<<: [*base, {c: 4, a: 9}]}
again: *base
";
    let expected = serde_json::json!({
        "base": {"a": 1, "b": 2},
        "one": {"a": 1, "b": 3},
        "two": {"b": 3, "a": 1},
        "three": {"a": 1, "b": 2, "c": 4},
        "again": {"a": 1, "b": 2},
    });
    assert_eq!(json(text), expected);
}

#[test]
fn places_are_one_based_and_cover_the_part() {
    let root = parse("a:\n  b: [x,\n    y]\nc: é z\n", &mut Vec::new()).expect("YAML");
    let span = |line, column, end_line, end_column| Span { file: 0, line, column, end_line, end_column };
    assert_eq!(root.get("a").map(|a| a.span), Some(span(2, 3, 3, 7)));
    assert_eq!(root.get("a").and_then(|a| a.get("b")).map(|b| b.span), Some(span(2, 6, 3, 7)));
    assert_eq!(root.get("c").map(|c| c.span), Some(span(4, 4, 4, 7)));
    assert_eq!(root.entries()[1].key_span, span(4, 1, 4, 2));
}

#[test]
fn broken_texts_name_the_place_and_the_way_out() {
    let help = "\nhelp: check indentation, quotes and brackets at this place and just before it";
    let empty = "0:0: the template is empty\nhelp: describe at least one resource under `Resources`";
    let cases = [
        ("", vec![empty.to_owned()]),
        ("# nothing\n", vec![empty.to_owned()]),
        (
            "a: 1\n---\nb: 2\n",
            vec![
                "2:1: the template has a second YAML document\nhelp: keep one template per file and remove what \
                 follows `---`"
                    .to_owned(),
            ],
        ),
        (
            "a: 1\nb: 2\na: 3\n",
            vec![
                "3:1: `a` stands twice in one map, first in line 1\nhelp: rename or remove one of them; the first is \
                 read"
                    .to_owned(),
            ],
        ),
        ("a: !Reff B\n", vec!["1:4: CloudFormation has no tag `!Reff`\nhelp: did you mean `!Ref`?".to_owned()]),
        ("a: !Nonsense B\n", vec!["1:4: CloudFormation has no tag `!Nonsense`".to_owned()]),
        ("? [a, b]\n: 1\n", vec!["1:3: a key is a list or a map\nhelp: use text as keys".to_owned()]),
        (
            "a: &a [*a]\n",
            vec!["1:8: an alias stands inside the part that it repeats\nhelp: write the part out".to_owned()],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(told(text), expected, "{text:?}");
    }
    for text in ["a: [1, 2", "a: \"b\nc: d", "{\"a\": 1", "a:\n\t- b\n", "a: b: c", "a: *nowhere", "\u{0}"] {
        let told = told(text);
        assert!(
            told.len() == 1 && told[0].contains("the template is not valid YAML or JSON: ") && told[0].ends_with(help),
            "{text:?}: {told:?}"
        );
    }
}

#[test]
fn depth_size_and_repetition_are_limited() {
    let deep = "[".repeat(DEPTH_MAX + 1);
    assert_eq!(
        told(&deep),
        [format!(
            "1:{}: the template nests more than {DEPTH_MAX} parts\nhelp: move the inner parts into files of their own",
            DEPTH_MAX + 1
        )]
    );

    let large = " ".repeat(TEMPLATE_BYTES_MAX + 1);
    assert!(told(&large)[0].starts_with("0:0: the template has 4194305 bytes, more than the 4194304 that are read"));

    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let repeated = vec![format!("*a{}", level - 1); 10].join(", ");
        laughs.extend([format!("a{level}: &a{level} [{repeated}]\n")]);
    }
    assert!(told(&laughs)[0].contains("the template has more than 200000 parts, aliases counted in full"));
}
