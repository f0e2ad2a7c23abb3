//! Where the conformance suite can be held against.

use anyhow::{Context as _, Result, anyhow};
use aqueduct_local::{Local, Options, Sockets};
use aqueduct_testkit::conformance::{Endpoint, Keys, Place};
use aqueduct_topology::{Deployment, Topology};

/// The Region of local clouds.
const REGION: &str = "us-east-1";

/// Who asks, as the environment says; local clouds do not look.
#[derive(Clone, Debug)]
pub struct Caller {
    region: String,
    keys: Keys,
}

impl Caller {
    /// The usual one of local clouds.
    pub fn local() -> Self {
        Self { region: REGION.to_owned(), keys: Keys::dummy() }
    }

    /// The one of `AWS_REGION` or `AWS_DEFAULT_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
    /// `AWS_SESSION_TOKEN`.
    #[expect(clippy::disallowed_methods, reason = "whoever runs the suite says who asks")]
    pub fn of_environment() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let keys = match (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
            (Some(id), Some(secret)) => Keys { id, secret, session: variable("AWS_SESSION_TOKEN") },
            _ => Keys::dummy(),
        };
        let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
        Self { region: region.unwrap_or_else(|| REGION.to_owned()), keys }
    }

    /// The endpoint at `url`.
    pub async fn place(self, url: &str) -> Result<Place> {
        let url = url.to_owned();
        let asked = tokio::task::spawn_blocking(move || Endpoint::new(&url, &self.region, self.keys));
        Ok(Place::Endpoint(asked.await.context("the endpoint was not asked")??))
    }
}

/// An empty embedded cloud over HTTP, and the place that it is.
pub async fn embedded() -> Result<(Local, Place)> {
    let sockets = Sockets::bind(&Topology::default(), 0, 0)?;
    let (topology, diagnostics) = aqueduct_topology::read("Resources: {}", &sockets.deployment(Deployment::default()));
    if let Some(diagnostic) = diagnostics.first() {
        return Err(anyhow!("an empty template: {diagnostic}"));
    }
    let local = Local::start(&topology, sockets, Options::default()).await?;
    let place = Caller::local().place(local.endpoint()).await?;
    Ok((local, place))
}
