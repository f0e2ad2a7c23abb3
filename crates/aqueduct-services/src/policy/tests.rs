use serde_json::json;

use super::*;

fn topic() -> Principal {
    Principal {
        service: "sns.amazonaws.com",
        source_arn: Arn::new("arn:aws:sns:eu-central-1:000000000000:OrderEvents"),
    }
}

fn asked(statement: &Value) -> Result<(), String> {
    let queue = Arn::new("arn:aws:sqs:eu-central-1:000000000000:Fulfilment");
    allows(&json!({ "Statement": statement }), "sqs:SendMessage", &queue, &topic())
}

fn statement(condition: &Value) -> Value {
    json!({
        "Sid": "FromTopic", "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-central-1:000000000000:Fulfilment",
        "Condition": condition,
    })
}

#[test]
fn conditions_decide() {
    let own = "arn:aws:sns:eu-central-1:000000000000:OrderEvents";
    let cases = [
        (json!({}), true),
        (json!({"ArnEquals": {"aws:SourceArn": own}}), true),
        (json!({"ArnEquals": {"aws:sourcearn": [own, "arn:aws:sns:a:b:c"]}}), true),
        (json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:Order*"}}), true),
        (json!({"ArnLike": {"aws:SourceArn": "arn:*:OrderEvents"}}), false),
        (json!({"StringLike": {"aws:SourceArn": "arn:*:OrderEvents"}}), true),
        (json!({"StringEquals": {"aws:SourceAccount": "000000000000"}}), true),
        (json!({"StringEquals": {"aws:SourceAccount": "111111111111"}}), false),
        (json!({"ArnEquals": {"aws:SourceArn": own}, "StringEquals": {"aws:SourceAccount": "1"}}), false),
        (json!({"ForAnyValue:StringEquals": {"aws:SourceAccount": ["1", "000000000000"]}}), true),
        (json!({"StringNotEquals": {"aws:SourceAccount": "1"}}), true),
        (json!({"Bool": {"aws:SecureTransport": "false"}}), false),
        (json!({"Null": {"aws:SourceArn": "false"}}), true),
        (json!({"Null": {"aws:PrincipalOrgID": "true"}}), true),
        // A service is in nobody's organisation: the usual way to lose messages.
        (json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), false),
        (json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}), true),
        (json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}), true),
        (json!({"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-1/*"}}), true),
        (json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}}), false),
        (
            json!({"ForAnyValue:StringEquals": {"aws:PrincipalServiceNamesList": "sns.eu-central-1.amazonaws.com"}}),
            true,
        ),
        (json!({"ForAllValues:StringLike": {"aws:PrincipalServiceNamesList": "sns.*"}}), true),
        (json!({"ForAllValues:StringEquals": {"aws:PrincipalServiceNamesList": "sns.amazonaws.com"}}), false),
        (json!({"StringEquals": {"AWS:SourceOwner": "000000000000"}}), false),
        (json!({"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}), true),
        (json!({"BoolIfExists": {"aws:PrincipalIsAWSService": true, "aws:ViaAWSService": "false"}}), true),
        (json!({"ArnNotEquals": {"aws:SourceArn": own}}), false),
        (json!({"StringEquals": {"aws:SourceAccount": []}}), false),
        (json!({"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}}), false),
        (json!({"NumericEquals": {"aws:SourceAccount": "0"}}), false),
        (json!({"ForSomeValues:StringEquals": {"aws:SourceAccount": "000000000000"}}), false),
        (json!({"StringEquals": "aws:SourceAccount"}), false),
        (json!("none"), false),
        (json!(null), true),
    ];
    for (condition, allowed) in cases {
        assert_eq!(asked(&statement(&condition)).is_ok(), allowed, "{condition}");
    }
}

#[test]
fn principals_actions_and_resources_decide() {
    let mut cases: Vec<(Value, bool)> = vec![];
    for (field, value, allowed) in [
        ("Principal", json!("*"), true),
        ("Principal", json!({"AWS": "*"}), true),
        ("Principal", json!({"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}), true),
        ("Principal", json!({"Service": "events.amazonaws.com"}), false),
        ("Principal", json!({"AWS": "arn:aws:iam::000000000000:root"}), false),
        ("Action", json!("SQS:SendMessage"), true),
        ("Action", json!(["sqs:Get*", "sqs:*"]), true),
        ("Action", json!("*"), true),
        ("Action", json!("sqs:ReceiveMessage"), false),
        ("Resource", json!("*"), true),
        ("Resource", json!("arn:aws:sqs:*:*:Ful?ilment"), true),
        ("Resource", json!("arn:aws:sqs:eu-central-1:000000000000:Other"), false),
        ("Resource", json!("arn:aws:sqs:eu-central-1:000000000000:${*}"), false),
        ("Effect", json!("Deny"), false),
        ("Effect", json!("allow"), false),
        ("Effect", json!(null), false),
    ] {
        let mut statement = statement(&json!({}));
        statement[field] = value;
        cases.push((statement, allowed));
    }
    for (statement, allowed) in cases {
        assert_eq!(asked(&statement).is_ok(), allowed, "{statement}");
    }
}

#[test]
fn a_refusal_says_which_statement_is_needed() {
    let refusal = asked(&json!([])).unwrap_err();
    for needed in ["sns.amazonaws.com", "sqs:SendMessage", ":Fulfilment", ":OrderEvents", "aws:SourceArn"] {
        assert!(refusal.contains(needed), "{refusal}");
    }
    let queue = Arn::new("arn:aws:sqs:eu-central-1:000000000000:Fulfilment");
    assert!(allows(&Value::Null, "sqs:SendMessage", &queue, &topic()).unwrap_err().contains("has no policy"));
}

#[test]
fn what_is_not_modelled_never_widens_access() {
    let strange = json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}});
    let refusal = asked(&statement(&strange)).unwrap_err();
    assert!(refusal.contains("aws:SourceIp") && refusal.contains("FromTopic"), "{refusal}");
    let mut deny = statement(&strange);
    deny["Effect"] = json!("Deny");
    assert!(asked(&json!([statement(&json!({})), deny])).is_err());
}

#[test]
fn negated_elements_name_what_is_left_out() {
    for (element, negation, others, allowed) in [
        ("Principal", "NotPrincipal", json!({"Service": "events.amazonaws.com"}), true),
        ("Principal", "NotPrincipal", json!({"Service": "sns.amazonaws.com"}), false),
        ("Action", "NotAction", json!("sqs:Delete*"), true),
        ("Action", "NotAction", json!(["SQS:*"]), false),
        ("Resource", "NotResource", json!("arn:aws:sqs:*:*:Other"), true),
        ("Resource", "NotResource", json!("*"), false),
    ] {
        let mut statement = statement(&json!({}));
        statement.as_object_mut().unwrap().remove(element);
        statement[negation] = others;
        assert_eq!(asked(&statement).is_ok(), allowed, "{statement}");
    }
    assert!(asked(&json!({"Effect": "Allow"})).is_err());
}

#[test]
fn the_needed_statement_can_be_pasted() {
    let refusal = asked(&json!([])).unwrap_err();
    let statement: Value = serde_json::from_str(refusal.split("; add ").nth(1).unwrap()).unwrap();
    assert_eq!(asked(&statement), Ok(()));
}

#[test]
fn the_closest_statement_and_its_flaw_are_named() {
    let other = "arn:aws:sns:eu-central-1:000000000000:Others";
    let cases = [
        (
            "Condition",
            json!({"ArnEquals": {"aws:SourceArn": other}}),
            format!("its Condition ArnEquals wants aws:SourceArn \"{other}\", and it is \"{}\"", topic().source_arn),
        ),
        (
            "Condition",
            json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
            "its Condition StringEquals wants aws:PrincipalOrgID \"o-1\", and it is not there for a service".to_owned(),
        ),
        ("Action", json!("sqs:ReceiveMessage"), "its Action is \"sqs:ReceiveMessage\"".to_owned()),
        ("Principal", json!({"AWS": "1"}), "its Principal is {\"AWS\":\"1\"}".to_owned()),
        ("Resource", json!("x".repeat(300)), format!("its Resource is \"{}…", "x".repeat(199))),
    ];
    let far = json!({"Effect": "Allow", "Principal": {"AWS": "1"}, "Action": "sqs:Get*", "Resource": "arn:x"});
    for (element, value, flaw) in cases {
        let mut close = statement(&json!({}));
        close[element] = value;
        let refusal = asked(&json!([far, close])).unwrap_err();
        assert!(refusal.ends_with(&format!("; statement \"FromTopic\" comes close, but {flaw}")), "{refusal}");
    }
    assert!(!asked(&far).unwrap_err().contains("comes close"));
}

#[test]
fn a_denial_wins() {
    let mut deny = statement(&json!({}));
    deny["Effect"] = json!("Deny");
    assert!(asked(&json!([deny, statement(&json!({}))])).unwrap_err().contains("denies"));
}
