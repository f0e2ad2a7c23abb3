//! Cases by expression: each holds in memory as it does in the database, and the one in memory answers it itself.

use http::StatusCode;
use serde_json::{Value, json};

use super::generate::tables;
use super::{Both, Compared};

fn item() -> Value {
    json!({"id": {"S": "1"}, "s": {"S": "some😀"}, "t": {"S": "t"}, "n": {"N": "2.5"}, "k": {"N": "7"}, "b": {"B": "AQI="},
        "yes": {"BOOL": true}, "nil": {"NULL": true}, "ss": {"SS": ["b", "a"]}, "ns": {"NS": ["2", "1"]},
        "bs": {"BS": ["AQ==", "AA=="]}, "li": {"L": [{"S": "x"}, {"N": "1"}, {"M": {"a": {"N": "1"}}}]},
        "m": {"M": {"a": {"N": "1"}, "c": {"L": [{"S": "y"}]}}}})
}

fn values() -> Value {
    json!({":s": {"S": "some"}, ":t": {"S": "t"}, ":n": {"N": "2.5"}, ":one": {"N": "1"}, ":ten": {"N": "10"}, ":b": {"B": "AQ=="},
        ":yes": {"BOOL": true}, ":nil": {"NULL": true}, ":ss": {"SS": ["a", "b"]}, ":a": {"SS": ["a", "c"]}, ":ns": {"NS": ["1", "3"]},
        ":bs": {"BS": ["AQ=="]}, ":l": {"L": [{"S": "new"}]}, ":m": {"M": {"a": {"N": "1"}, "c": {"L": [{"S": "y"}]}}}, ":x": {"S": "x"},
        ":type": {"S": "SS"}, ":e": {"S": ""}})
}

/// The request with those of the values that an expression names.
fn bound(mut request: Value, expression: &str) -> Value {
    let is_named = |name: &str| {
        expression.split(|at: char| !at.is_ascii_alphanumeric() && at != ':' && at != '_').any(|word| word == name)
    };
    let values = values();
    let named = values.as_object().unwrap().iter().filter(|(name, _)| is_named(name));
    let named: serde_json::Map<_, _> = named.map(|(name, value)| (name.clone(), value.clone())).collect();
    if !named.is_empty() {
        request["ExpressionAttributeValues"] = named.into();
    }
    request
}

fn with_item() -> Both {
    let mut both = Both::new(tables());
    let mut item = item();
    // `n` is a key of an index and a number.
    item["g"] = json!({"S": "g1"});
    both.ask("PutItem", &json!({"TableName": "indexed", "Item": item}));
    both
}

#[test]
fn conditions() {
    let cases = [
        ("attribute_exists(s)", true),
        ("attribute_exists(m.a)", true),
        ("attribute_exists(m.b)", false),
        ("attribute_exists(li[2].a)", true),
        ("attribute_not_exists(li[3])", true),
        ("attribute_type(ss, :type)", true),
        ("attribute_type(s, :type)", false),
        ("begins_with(s, :s)", true),
        ("begins_with(b, :b)", true),
        ("begins_with(k, :s)", false),
        ("contains(s, :s)", true),
        ("contains(s, :e)", true),
        ("contains(ss, :t)", false),
        ("contains(ns, :one)", true),
        ("contains(bs, :b)", true),
        ("contains(b, :b)", true),
        ("contains(li, :x)", true),
        ("contains(li, :one)", true),
        ("size(s) = :ten", false),
        ("size(ss) > :one", true),
        ("size(m) > :one", true),
        ("size(b) > :one", true),
        ("size(k) > :one", false),
        ("n = :n", true),
        ("n <> :n", false),
        ("n < :ten", true),
        ("n >= :ten", false),
        ("n < s", false),
        ("gone <> :n", true),
        ("gone = :n", false),
        ("yes = :yes", true),
        ("nil = :nil", true),
        ("yes < :yes", false),
        ("ss = :ss", true),
        ("m = :m", true),
        ("n BETWEEN :one AND :ten", true),
        ("k BETWEEN n AND :ten", true),
        ("gone BETWEEN :one AND :ten", false),
        ("n IN (:one, :n)", true),
        ("n IN (:one, gone)", false),
        ("NOT n = :n", false),
        ("NOT (n = :n AND t = :s)", true),
        ("n = :one OR t = :t AND k > :one", true),
        ("(n = :one OR t = :t) AND k < :one", false),
        ("n=:n and t=:t", true),
    ];
    for (condition, holds) in cases {
        let request = json!({"TableName": "indexed", "Key": {"id": {"S": "1"}}, "ConditionExpression": condition,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD"});
        match with_item().ask("DeleteItem", &bound(request, condition)) {
            Compared::Same(status, answer) => assert_eq!(status == StatusCode::OK, holds, "{condition}: {answer}"),
            Compared::Left(status, answer) => panic!("{condition} was left: {status} {answer}"),
        }
    }
}

#[test]
fn updates() {
    let cases = [
        "SET s = :t",
        "SET s = t, t = s",
        "SET k = k + :one",
        "SET k = k - :n, x = :one - k",
        "SET x = if_not_exists(gone, :one) + :ten",
        "SET x = if_not_exists(k, :one)",
        "SET x = (k + :one) - :n",
        "SET li = list_append(li, :l)",
        "SET li = list_append(:l, li)",
        "SET x = list_append(if_not_exists(x, :l), :l)",
        "SET li[0] = :t, li[9] = :one, li[7] = :ten",
        "SET m.a = :t, m.d = :m, m.c[0] = :one",
        "SET x = m.c[0]",
        "REMOVE s, li[0], li[2], m.a, gone",
        "ADD k :one, more :one, ss :a, fresh :a, ns :ns, bs :bs",
        "ADD m.a :one",
        "DELETE ss :a, ns :ns, absent :a",
        "DELETE ss :ss",
        "SET s = :t REMOVE t ADD k :one DELETE ss :a",
        "set s = :t remove t",
    ];
    for update in cases {
        for returned in ["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"] {
            let request = json!({"TableName": "indexed", "Key": {"id": {"S": "1"}}, "UpdateExpression": update,
                "ReturnValues": returned});
            let mut both = with_item();
            let compared = both.ask("UpdateItem", &bound(request, update));
            assert!(matches!(compared, Compared::Same(StatusCode::OK, _)), "{update}: {compared:?}");
            let get = both.ask("GetItem", &json!({"TableName": "indexed", "Key": {"id": {"S": "1"}}}));
            assert!(matches!(get, Compared::Same(..)), "{update}");
        }
    }
}

/// What the other engine refuses, and what it spells in another way, is left to it.
#[test]
fn requests_that_are_left() {
    let key = json!({"id": {"S": "1"}});
    let update = |text: &str| bound(json!({"TableName": "indexed", "Key": key, "UpdateExpression": text}), text);
    let condition = |text: &str| bound(json!({"TableName": "indexed", "Key": key, "ConditionExpression": text}), text);
    let put = |value: Value| json!({"TableName": "indexed", "Item": {"id": {"S": "1"}, "x": value}});
    let cases = [
        ("UpdateItem", update("SET status = :t")),
        ("UpdateItem", update("SET id = :t")),
        ("UpdateItem", update("SET a.b = :t")),
        ("UpdateItem", update("SET m = :t, m.a = :one")),
        ("UpdateItem", update("SET s = s + :one")),
        ("UpdateItem", update("SET s = :t SET t = :s")),
        ("UpdateItem", update("SET g = :one")),
        ("UpdateItem", update("ADD s :one")),
        ("DeleteItem", condition("((n = :one))")),
        ("DeleteItem", condition("n BETWEEN :ten AND :one")),
        ("DeleteItem", condition("begins_with(s, :one)")),
        ("DeleteItem", condition("contains(s, s)")),
        ("DeleteItem", condition("unknown(s)")),
        ("DeleteItem", condition("n = ")),
        ("PutItem", put(json!({"NS": ["1.0"]}))),
        ("PutItem", put(json!({"N": "1e3"}))),
        ("PutItem", put(json!({"SS": []}))),
        ("PutItem", put(json!({"SS": ["a", "a"]}))),
        ("PutItem", put(json!({"S": "a", "N": "1"}))),
        ("PutItem", put(json!({"M": {"": {"S": "a"}}}))),
        ("GetItem", json!({"TableName": "indexed", "Key": {"id": {"N": "1"}}})),
        ("GetItem", json!({"TableName": "indexed", "Key": key, "ReturnConsumedCapacity": "TOTAL"})),
        ("Query", json!({"TableName": "indexed"})),
        ("DescribeTable", json!({"TableName": "indexed"})),
    ];
    for (operation, request) in cases {
        let compared = with_item().ask(operation, &request);
        assert!(matches!(compared, Compared::Left(..)), "{operation} {request}: {compared:?}");
    }
}
