//! The embedded cloud, held against what AWS does.

use std::collections::BTreeSet;

use aqueduct_testkit::conformance;

#[test]
fn the_embedded_cloud_does_what_aws_does() {
    let cases = conformance::cases().unwrap();
    let failures: Vec<String> =
        cases.iter().filter_map(|case| case.run().err()).map(|failure| failure.to_string()).collect();
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn every_case_has_a_name_of_its_own_and_a_source() {
    let cases = conformance::cases().unwrap();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len());
    for case in &cases {
        let source = &case.source;
        assert!(
            source.starts_with("https://docs.aws.amazon.com/") || source.contains("AWS-validated test"),
            "{}: {source}",
            case.name
        );
        assert!(case.refused.is_some() || !case.steps.is_empty(), "{} looks at nothing", case.name);
    }
}

#[test]
fn a_case_that_does_not_hold_fails_by_name() {
    let mut case = conformance::cases().unwrap().remove(0);
    let (last, message) = (case.steps.len(), "visible: expected 1, saw 0");
    case.steps.swap(5, last - 1);
    assert_eq!(case.run().unwrap_err().what, message);
}
