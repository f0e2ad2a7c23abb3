//! Where the conformance suite can be held against.

use std::io::{Cursor, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow};
use aqueduct_local::{Local, Options, Sockets};
use aqueduct_testkit::conformance::{Endpoint, Keys, Place};
use aqueduct_topology::{Deployment, Topology};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

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

    /// The endpoint at `url`, where cases make functions if the bootstrap was built.
    pub async fn place(self, url: &str, with_functions: bool) -> Result<Place> {
        let url = url.to_owned();
        let place = tokio::task::spawn_blocking(move || {
            let endpoint = Endpoint::new(&url, &self.region, self.keys)?;
            Ok(Place::Endpoint(Box::new(match bootstrap().filter(|_| with_functions) {
                Some(bootstrap) => endpoint.with_functions(&archive(&bootstrap)?),
                None => endpoint,
            })))
        });
        place.await.context("the endpoint was not asked")?
    }
}

/// The bootstrap of functions, which Cargo puts beside this program or beside the folder of the tests.
fn bootstrap() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let folders = program.ancestors().skip(1).take(2);
    folders.map(|folder| folder.join("conformance-function")).find(|file| file.is_file())
}

/// A function's archive with this bootstrap, in Base64.
fn archive(bootstrap: &PathBuf) -> Result<String> {
    let program = std::fs::read(bootstrap).with_context(|| format!("{} cannot be read", bootstrap.display()))?;
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("bootstrap", SimpleFileOptions::default().unix_permissions(0o755))?;
    archive.write_all(&program)?;
    Ok(BASE64_STANDARD.encode(archive.finish()?.into_inner()))
}

/// An empty embedded cloud over HTTP, and the place that it is.
pub async fn embedded() -> Result<(Local, Place)> {
    let sockets = Sockets::bind(&Topology::default(), 0, 0)?;
    let (topology, diagnostics) = aqueduct_topology::read("Resources: {}", &sockets.deployment(Deployment::default()));
    if let Some(diagnostic) = diagnostics.first() {
        return Err(anyhow!("an empty template: {diagnostic}"));
    }
    let local = Local::start(&topology, sockets, Options::default()).await?;
    let place = Caller::local().place(local.endpoint(), true).await?;
    Ok((local, place))
}
