//! `aqueduct check`, `explain` and `rules` as their users see them.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use snapbox::{assert_data_eq, file};
use tempfile::TempDir;

const WORST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/worst");

fn aqueduct(folder: impl AsRef<Path>, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aqueduct")).args(args).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// A queue whose visibility timeout is too short for its function, and that lacks an alarm.
const SHORT: &str = include_str!("../../aqueduct-check/rules/visibility-without-retry-room/bad.yaml");

#[test]
fn the_ten_worst_mistakes_are_told_so_that_one_can_act() {
    let output = aqueduct(WORST, &["check", "template.yaml", "--contracts", "contracts.json"]);
    assert_eq!(output.status.code(), Some(1));
    assert_data_eq!(text(&output.stdout), file!["worst/findings.txt"].raw());
    assert!(text(&output.stderr).starts_with("template.yaml: 7 errors, 3 warnings, 11 ignored"));
}

#[test]
fn the_exit_code_says_whether_a_finding_reaches_the_denied_level() {
    let folder = folder(&[("t.yaml", SHORT), ("broken.yaml", "Resources: [")]);
    for (args, code) in [
        (&["t.yaml"][..], 0),
        (&["t.yaml", "--deny", "errors"], 0),
        (&["t.yaml", "--deny", "warnings"], 1),
        (&["t.yaml", "--deny", "advice", "--format", "json"], 1),
        (&["broken.yaml"], 2),
        (&["broken.yaml", "--format", "sarif"], 2),
        (&["t.yaml", "broken.yaml"], 2),
        (&["t.yaml", "--config", "gone.toml"], 2),
        (&["t.yaml", "--contracts", "gone.json"], 2),
        (&["t.yaml", "--contracts", "t.yaml"], 2),
    ] {
        let output = aqueduct(folder.path(), &[&["check"], args].concat());
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", text(&output.stderr));
        assert!(!text(&output.stdout).contains('\u{1b}') && !text(&output.stderr).contains('\u{1b}'), "{args:?}");
    }
}

#[test]
fn settings_are_found_in_a_folder_above() {
    let settings = "[check]\ntemplates = [\"infra/t.yaml\"]\ndeny = \"warnings\"\n[check.rules]\ndead-letter-queue-without-alarm = \"off\"\n";
    let folder = folder(&[("aqueduct.toml", settings), ("infra/t.yaml", SHORT), ("infra/deep/x", "")]);
    for place in ["", "infra", "infra/deep"] {
        let output = aqueduct(folder.path().join(place), &["check", "--format", "concise"]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        let found = text(&output.stdout);
        assert!(found.contains("t.yaml:5:7: warning[visibility-without-retry-room]: "), "{found}");
        assert!(!found.contains("dead-letter-queue-without-alarm"), "{found}");
    }
    std::fs::write(folder.path().join("aqueduct.toml"), "[check]\ndeny = \"all\"\n").unwrap();
    let output = aqueduct(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--> aqueduct.toml:2:8"), "{}", text(&output.stderr));
}

#[test]
fn github_makes_annotations_of_findings() {
    let folder = folder(&[("t.yaml", SHORT)]);
    let output = aqueduct(folder.path(), &["check", "t.yaml", "--format", "github"]);
    let commands = text(&output.stdout);
    let first = commands.lines().find(|line| line.starts_with("::warning")).unwrap();
    assert!(
        first.starts_with(
            "::warning file=t.yaml,line=5,endLine=5,col=7,endColumn=27,title=visibility-without-retry-room::Orders's"
        ),
        "{first}"
    );
    assert!(first.ends_with("%0Ahelp: set VisibilityTimeout to at least 180 s"), "{first}");
}

#[test]
fn json_has_everything_that_is_known() {
    let output = aqueduct(WORST, &["check", "template.yaml", "--contracts", "contracts.json", "--format", "json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = document["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 10);
    assert_eq!(document["ignored"].as_array().unwrap().len(), 11);
    let report = findings.iter().find(|it| it["rule"] == "visibility-without-retry-room").unwrap();
    assert_eq!(report["place"]["file"], "template.yaml");
    assert_eq!(report["fix"]["edits"][0]["path"], "VisibilityTimeout");
    assert_eq!(report["related"][0]["label"], "may run 10 s");
}

/// The parts of SARIF 2.1.0 that its schema demands, and the references inside.
#[test]
fn sarif_is_whole() {
    let output = aqueduct(WORST, &["check", "template.yaml", "--contracts", "contracts.json", "--format", "sarif"]);
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "aqueduct");
    let rules = driver["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 21);
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(result["message"]["text"].is_string());
        let related = result["relatedLocations"].as_array().into_iter().flatten();
        for location in result["locations"].as_array().unwrap().iter().chain(related) {
            let place = &location["physicalLocation"];
            assert_eq!(place["artifactLocation"]["uri"], "template.yaml");
            let number = |name: &str| place["region"][name].as_u64().unwrap();
            let (start, end) = ((number("startLine"), number("startColumn")), (number("endLine"), number("endColumn")));
            assert!(start < end && start.1 > 0, "{place}");
        }
    }
    let suppressed = results.iter().filter(|it| it["suppressions"][0]["kind"] == "inSource").count();
    assert_eq!(suppressed, 11);
    let fixed = results.iter().filter(|it| it["fixes"][0]["artifactChanges"][0]["replacements"][0].is_object()).count();
    assert!(fixed >= 4, "{fixed}");
}

#[test]
fn fixes_are_shown_and_made_and_nothing_else_is_touched() {
    let text_before = SHORT.replace("VisibilityTimeout: 60", "VisibilityTimeout: 60 # as everywhere");
    let folder = folder(&[("t.yaml", &text_before)]);
    let output = aqueduct(folder.path(), &["check", "t.yaml", "--diff"]);
    assert_eq!(output.status.code(), Some(0));
    let diff = text(&output.stdout);
    assert!(diff.starts_with("--- a/t.yaml\n+++ b/t.yaml\n@@ -2,7 +2,7 @@\n"), "{diff}");
    assert!(
        diff.contains("-      VisibilityTimeout: 60 # as everywhere\n+      VisibilityTimeout: 180 # as everywhere\n")
    );
    assert_eq!(std::fs::read_to_string(folder.path().join("t.yaml")).unwrap(), text_before);

    let output = aqueduct(folder.path(), &["check", "t.yaml", "--fix", "--format", "concise"]);
    assert_eq!(output.status.code(), Some(0));
    let found = text(&output.stdout);
    assert!(!found.contains("visibility") && found.contains("dead-letter-queue-without-alarm"), "{found}");
    assert!(text(&output.stderr).starts_with("edited t.yaml\nfixed 1 finding\n"), "{}", text(&output.stderr));
    let after = std::fs::read_to_string(folder.path().join("t.yaml")).unwrap();
    assert_eq!(after, text_before.replace("VisibilityTimeout: 60", "VisibilityTimeout: 180"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside");
}

/// Two properties that are added to the same map: the second has its turn when the first is there.
#[test]
fn edits_that_meet_at_one_place_are_all_made() {
    let template = "Resources:
  Orders: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 60 } }
  Work: { Type: AWS::Lambda::Function, Properties: { Timeout: 10, ReservedConcurrentExecutions: 5 } }
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Orders.Arn
      FunctionName: !Ref Work
      BatchSize: 50
";
    let folder = folder(&[("t.yaml", template)]);
    let output = aqueduct(folder.path(), &["check", "t.yaml", "--fix", "--format", "concise"]);
    let after = std::fs::read_to_string(folder.path().join("t.yaml")).unwrap();
    for property in ["ScalingConfig: { MaximumConcurrency: 5 }", "MaximumBatchingWindowInSeconds: 1"] {
        assert!(after.contains(property), "{property}: {after}\n{}", text(&output.stderr));
    }
    assert!(!text(&output.stdout).contains("large-batch-without-window"), "{}", text(&output.stdout));
}

#[test]
fn what_a_parameter_gives_is_not_edited() {
    let template = SHORT
        .replace("VisibilityTimeout: 60", "VisibilityTimeout: !Ref Visibility")
        .replace("Resources:", "Parameters: { Visibility: { Type: Number, Default: 60 } }\nResources:");
    let folder = folder(&[("t.yaml", &template)]);
    let output = aqueduct(folder.path(), &["check", "t.yaml", "--fix"]);
    let said = text(&output.stderr);
    assert!(said.contains("VisibilityTimeout of Orders is not written there: change it where it comes from"), "{said}");
    assert_eq!(std::fs::read_to_string(folder.path().join("t.yaml")).unwrap(), template);
    let output = aqueduct(folder.path(), &["check", "t.yaml", "--parameter", "Visibility=180", "--format", "concise"]);
    assert!(!text(&output.stdout).contains("visibility"), "{}", text(&output.stdout));
}

const EVENTS: &str = "Resources:
  Events: { Type: AWS::SNS::Topic }
Outputs:
  Topic: { Value: !Ref Events, Export: { Name: events-topic } }
";

fn subscriber(topic: &str) -> String {
    format!(
        "Parameters: {{ Topic: {{ Type: String }} }}
Resources:
  Orders: {{ Type: AWS::SQS::Queue }}
  OrdersOfEvents:
    Type: AWS::SNS::Subscription
    Properties: {{ TopicArn: {topic}, Protocol: sqs, Endpoint: !GetAtt Orders.Arn, RedrivePolicy: {{ deadLetterTargetArn: !GetAtt Orders.Arn }} }}
"
    )
}

#[test]
fn templates_are_checked_together() {
    let by_mapping = "[check.stacks.events]\ntemplate = \"events.yaml\"\n[check.stacks.shop]\ntemplate = \"shop.yaml\"\nparameters = { Topic = \"${events.Topic}\" }\n";
    let folder =
        folder(&[("events.yaml", EVENTS), ("shop.yaml", &subscriber("!Ref Topic")), ("aqueduct.toml", by_mapping)]);
    let output = aqueduct(folder.path(), &["check"]);
    let found = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{found}{}", text(&output.stderr));
    assert!(
        found.contains("error[subscription-without-queue-policy]: no queue policy lets topic Events send to Orders"),
        "{found}"
    );
    assert!(!found.contains("topic-without-subscription"), "{found}");
    assert!(text(&output.stderr).contains("2 templates: "), "{}", text(&output.stderr));

    let by_export = subscriber("!ImportValue events-topic").replace("Parameters: { Topic: { Type: String } }\n", "");
    std::fs::write(folder.path().join("shop.yaml"), by_export).unwrap();
    std::fs::remove_file(folder.path().join("aqueduct.toml")).unwrap();
    let output = aqueduct(folder.path(), &["check", "shop.yaml", "events.yaml", "--format", "concise"]);
    assert!(
        text(&output.stdout).contains("shop.yaml:2:3: error[subscription-without-queue-policy]"),
        "{}",
        text(&output.stdout)
    );

    let unknown = by_mapping.replace("${events.Topic}", "${evnts.Topic}");
    std::fs::write(folder.path().join("aqueduct.toml"), unknown).unwrap();
    let output = aqueduct(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("there is no stack `evnts` for `${evnts.Topic}`"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn rules_are_explained() {
    let output = aqueduct(".", &["explain", "reserved-concurrency-on-queue-consumer"]);
    assert_eq!(output.status.code(), Some(0));
    let explained = text(&output.stdout);
    for part in
        ["Source: https://docs.aws.amazon.com/", "\nBad\n", "What is said of it", "\nGood\n", "CKV_AWS_115", "Reason: "]
    {
        assert!(explained.contains(part), "{part:?} is missing from:\n{explained}");
    }
    let output = aqueduct(".", &["explain", "dead-leter-cycle"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("did you mean `dead-letter-cycle`?"));
}

#[test]
fn every_rule_can_be_explained_and_is_listed() {
    let output = aqueduct(".", &["rules", "--format", "json"]);
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let table = text(&aqueduct(".", &["rules"]).stdout);
    let rules = listed["rules"].as_array().unwrap();
    assert_eq!(table.lines().count(), rules.len());
    for rule in rules {
        let id = rule["id"].as_str().unwrap();
        assert!(table.contains(&format!("{id} ")), "{id}");
        let explained = text(&aqueduct(".", &["explain", id]).stdout);
        assert!(explained.contains("What is said of it"), "{id}");
    }
}

/// A function behind a rule, and an event that the rule does not match.
const UNHEARD: [(&str, &str); 3] = [
    ("infra/t.yaml", include_str!("../../aqueduct-check/rules/sample-without-consumer/bad.yaml")),
    ("events/deep/e.json", include_str!("../../aqueduct-check/rules/sample-without-consumer/dispatched.json")),
    ("events/deep/notes.txt", "{"),
];

#[test]
fn sample_events_are_found_in_the_project_or_where_one_says() {
    let told = "warning[sample-without-consumer]: no rule lets the sample event ";
    let folder = folder(&UNHEARD);
    let check =
        |args: &[&str]| aqueduct(folder.path(), &[&["check", "infra/t.yaml", "--format", "concise"], args].concat());
    let output = check(&[]);
    assert!(!text(&output.stdout).contains(told), "the folder is no project's yet: {}", text(&output.stdout));
    let output = check(&["--events", "events/deep"]);
    assert!(text(&output.stdout).contains(&format!("{told}events/deep/e.json through")), "{}", text(&output.stdout));

    std::fs::write(folder.path().join("aqueduct.toml"), "").unwrap();
    let output = check(&[]);
    assert!(text(&output.stdout).contains(&format!("{told}events/deep/e.json through")), "{}", text(&output.stdout));
    std::fs::write(folder.path().join("aqueduct.toml"), "[check]\nevents = \"infra\"\n").unwrap();
    assert!(!text(&check(&[]).stdout).contains(told));
}

#[test]
fn sample_events_that_cannot_be_read_are_told() {
    let folder = folder(&UNHEARD);
    std::fs::write(folder.path().join("aqueduct.toml"), "").unwrap();
    std::fs::write(folder.path().join("events/broken.json"), "{\"a\":").unwrap();
    let output = aqueduct(folder.path(), &["check", "infra/t.yaml"]);
    assert_eq!(output.status.code(), Some(0));
    let told = text(&output.stderr);
    assert!(
        told.contains("a sample event is passed over: events/broken.json: the sample event is not JSON: "),
        "{told}"
    );
    for (named, words) in [("events", "events/broken.json: "), ("gone", "cannot read the sample events in gone: ")] {
        let output = aqueduct(folder.path(), &["check", "infra/t.yaml", "--events", named]);
        assert_eq!(output.status.code(), Some(2), "{named}");
        assert!(text(&output.stderr).contains(words), "{}", text(&output.stderr));
    }
}

#[test]
fn nested_stacks_are_read_beside_their_parent() {
    let parent = "Resources:\n  Queues: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: ./nested } }\n";
    let folder = folder(&[("infra/t.yaml", parent), ("infra/nested/template.yaml", SHORT)]);
    let output = aqueduct(folder.path(), &["check", "infra/t.yaml", "--format", "concise"]);
    let found = text(&output.stdout);
    let place = "infra/nested/template.yaml:5:7: warning[visibility-without-retry-room]: ";
    assert!(found.contains(place), "{found}{}", text(&output.stderr));
    // What lies in another file is fixed where that is checked.
    let output = aqueduct(folder.path(), &["check", "infra/t.yaml", "--fix"]);
    let told = text(&output.stderr);
    assert!(!told.contains("edited") && told.contains("is not fixed: check that file by itself"), "{told}");

    let circle =
        "Resources:\n  Again: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: ../infra/t.yaml } }\n";
    std::fs::write(folder.path().join("infra/t.yaml"), circle).unwrap();
    let output = aqueduct(folder.path(), &["check", "infra/t.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    assert!(told.contains("it leads back to itself: infra/t.yaml -> infra/t.yaml"), "{told}");
}
