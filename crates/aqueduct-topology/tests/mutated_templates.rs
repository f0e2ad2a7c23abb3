//! Whatever text comes in, reading it ends, without a panic and with something to say when it is no template.

use aqueduct_topology::{Deployment, graph, read};
use proptest::prelude::*;

const TEMPLATES: [&str; 4] = [
    include_str!("sam/pipeline.yaml"),
    include_str!("templates/lambda-esm-sqs-filters-sam.yaml"),
    include_str!("templates/eventbridge-sns-lambda.yaml"),
    include_str!("templates/apigw-rest-api-eventbridge-sqs-sam.yml"),
];

const PIECES: [&str; 24] = [
    "!Ref ",
    "!Sub '${",
    "!GetAtt ",
    "Fn::If",
    "Ref",
    "{",
    "}",
    "[",
    "]",
    ":",
    "- ",
    "&a ",
    "*a",
    "<<: ",
    "\"",
    "'",
    "|\n",
    "\t",
    "\n",
    "\u{0}",
    "é",
    "AWS::NoValue",
    "Properties:",
    "---\n",
];

/// Replaces a stretch of a template, given in thousandths of its length, by something else.
fn mutate(text: &str, from: usize, length: usize, piece: &str) -> String {
    let place = |thousandths: usize| {
        let mut place = text.len() * thousandths / 1000;
        while !text.is_char_boundary(place) {
            place -= 1;
        }
        place
    };
    let (start, end) = (place(from), place((from + length).min(1000)));
    format!("{}{piece}{}", &text[..start], &text[end..])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_templates(
        template in prop::sample::select(TEMPLATES.to_vec()),
        changes in prop::collection::vec((0..1000_usize, 0..60_usize, prop::sample::select(PIECES.to_vec())), 1..6),
    ) {
        let mut text = template.to_owned();
        for (from, length, piece) in changes {
            text = mutate(&text, from, length, piece);
        }
        let (topology, _) = read(&text, &Deployment::default());
        prop_assert!(graph::mermaid(&topology).starts_with("flowchart LR"));
    }

    #[test]
    fn any_text(text in "\\PC{0,200}|[ \\n:{}\\[\\]&*!|>'\"%@`,#?-]{0,60}") {
        let (_, diagnostics) = read(&text, &Deployment::default());
        prop_assert!(!diagnostics.is_empty(), "this is no template");
        for diagnostic in diagnostics {
            prop_assert!(!diagnostic.message.is_empty());
        }
    }
}

/// A chain of resources, each named after the next, is as long as the template allows.
#[test]
fn long_chains_of_names_end() {
    let mut text = "Resources:\n".to_owned();
    for index in 0..5000 {
        let next = index + 1;
        text.extend([format!(
            "  Q{index}: {{Type: AWS::SQS::Queue, Properties: {{QueueName: !Sub '${{Q{next}.QueueName}}'}}}}\n"
        )]);
    }
    let (_, diagnostics) = read(&text, &Deployment::default());
    assert!(diagnostics.iter().any(|diagnostic| diagnostic.message.contains("through more than")));
}

/// Texts that double at each step would need more memory than there is.
#[test]
fn texts_that_grow_without_end_are_refused() {
    let mut text = "Resources:\n  Q0: {Type: AWS::SQS::Queue, Properties: {QueueName: aaaaaaaaaaaaaaaa}}\n".to_owned();
    for index in 1..30 {
        let last = index - 1;
        text.extend([format!(
            "  Q{index}: {{Type: AWS::SQS::Queue, Properties: {{QueueName: !Sub '${{Q{last}.QueueName}}${{Q{last}.QueueName}}'}}}}\n"
        )]);
    }
    let (_, diagnostics) = read(&text, &Deployment::default());
    assert!(diagnostics.iter().any(|diagnostic| diagnostic.message.contains("grow beyond 64 MB")), "{diagnostics:?}");
}
