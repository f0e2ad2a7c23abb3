//! The conformance suite over HTTP: against the embedded cloud, and against the endpoint of
//! `AQUEDUCT_CONFORMANCE_ENDPOINT`, if it is set, by the table of `AQUEDUCT_CONFORMANCE_BACKEND`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use aqueduct_testkit::conformance::{Options, Place, Report};
use pipeline_tests::conformance::{Caller, embedded};

async fn assert_held(place: Place, options: Options) {
    let report = tokio::task::spawn_blocking(move || Report::make(&place, &options, |_, _| ())).await.unwrap().unwrap();
    assert!(report.is_as_known(), "\n{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_cloud_does_over_http_what_aws_does() {
    let (local, place) = embedded().await.unwrap();
    assert_held(place, Options::new("embedded")).await;
    local.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says where")]
async fn the_endpoint_elsewhere_does_what_aws_does() {
    let variable = |name: &str| std::env::var(name).ok();
    let Some(url) = variable("AQUEDUCT_CONFORMANCE_ENDPOINT") else { return };
    let backend = variable("AQUEDUCT_CONFORMANCE_BACKEND").unwrap_or_else(|| "endpoint".to_owned());
    let place = Caller::of_environment().place(&url, true).await.unwrap();
    assert_held(place, Options::new(&backend)).await;
}
