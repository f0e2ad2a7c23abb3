//! Traces for OpenTelemetry: a span for each batch, each record, each request and each sending, and their export.
//!
//! Names and attributes are those of the semantic conventions for messaging.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/>

mod export;
mod place;
mod publish;
mod spans;

use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_otlp::{WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::EnvResourceDetector;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanExporter as _};
use thiserror::Error;
use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

use export::{Export, Ids, Pending};
pub(crate) use publish::sending;
#[cfg(feature = "lambda")]
pub(crate) use spans::{answered, context_of, request};
pub(crate) use spans::{batch, described, ended, here, record};

/// How long an export may take, unless said otherwise.
const LIMIT: Duration = Duration::from_millis(200);

/// How many producers a batch's span can be linked to. What is beyond is counted in the span.
const LINKS_MAX: u32 = 1_000;

/// The process's own exporter: a function has one.
static ACTIVE: OnceLock<Active> = OnceLock::new();

#[derive(Debug)]
struct Active {
    tracer: SdkTracer,
    export: Export,
}

/// Where the process's traces go: a collector that takes OTLP over HTTP, such as that of the OpenTelemetry Lambda layer on
/// `http://localhost:4318`.
///
/// [`lambda::run`](crate::lambda::run) sets this up by itself, from the environment variables that OpenTelemetry names:
/// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or `OTEL_EXPORTER_OTLP_ENDPOINT` (else `http://localhost:4318`), `OTEL_SERVICE_NAME` (else the
/// function's name), `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`, and not where `OTEL_SDK_DISABLED` is `true` or
/// `OTEL_TRACES_EXPORTER` is `none`. Who has a subscriber of his own adds the layer to it:
///
/// ```
/// use aqueduct::observe::Traces;
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// let traces = Traces::to("http://localhost:4318/v1/traces")?.service("order-processor");
/// let subscriber = tracing_subscriber::registry().with(traces.install()?);
/// # drop(subscriber);
/// # Ok::<(), aqueduct::observe::TracesError>(())
/// ```
///
/// Spans are exported at the end of each invocation, before its answer, since Lambda stops the process then. This takes 200
/// ms at most, and an invocation never fails for it: what could not be exported is gone, and a warning says so.
///
/// Sources: <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>,
/// <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>
#[derive(Debug)]
pub struct Traces {
    exporter: opentelemetry_otlp::SpanExporter,
    attributes: Vec<KeyValue>,
    limit: Duration,
}

/// Traces cannot be set up so.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TracesError {
    /// The endpoint is no URL that can be reached.
    #[error("traces cannot be exported to `{endpoint}`: {reason}")]
    Endpoint {
        /// What was given.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The process has an exporter already.
    #[error("the process exports traces already; it can do so to one collector, which may hand them on")]
    Installed,
}

impl Traces {
    /// Traces to the URL to which a collector lets spans be posted, such as `http://localhost:4318/v1/traces`.
    pub fn to(endpoint: impl Into<String>) -> Result<Self, TracesError> {
        let endpoint = endpoint.into();
        if !endpoint.starts_with("http://") {
            let reason =
                "it is no `http://` URL; a collector beside the function takes plain HTTP and can hand on over TLS";
            return Err(TracesError::Endpoint { endpoint, reason: reason.to_owned() });
        }
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_endpoint(&endpoint)
            .with_http_client(HyperClient::with_default_connector(Duration::from_secs(10), None))
            .build()
            .map_err(|error| TracesError::Endpoint { endpoint, reason: error.to_string() })?;
        Ok(Self { exporter, attributes: Vec::new(), limit: LIMIT })
    }

    /// The name of the service that spans are of.
    #[must_use]
    pub fn service(self, name: impl Into<String>) -> Self {
        self.attribute("service.name", name)
    }

    /// An attribute of the process, such as `cloud.region`.
    #[must_use]
    pub fn attribute(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push(KeyValue::new(name, value.into()));
        self
    }

    /// How long an export may take, which the invocation waits for.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Makes this the process's exporter, and answers with the layer that its subscriber needs.
    pub fn install<S>(self) -> Result<impl Layer<S> + Send + Sync + 'static, TracesError>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let active = self.active();
        let tracer = active.tracer.clone();
        ACTIVE.set(active).map_err(|_| TracesError::Installed)?;
        let layer = tracing_opentelemetry::layer().with_location(false).with_threads(false).with_target(false);
        Ok(layer.with_tracer(tracer).with_filter(filter_fn(is_traced)).with_filter(LevelFilter::INFO))
    }

    fn active(self) -> Active {
        let resource = Resource::builder_empty()
            .with_attributes(self.attributes)
            .with_detector(Box::new(EnvResourceDetector::new()))
            .build();
        let mut exporter = self.exporter;
        exporter.set_resource(&resource);
        let pending = Pending::default();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(pending.clone())
            .with_id_generator(Ids::default())
            .with_max_links_per_span(LINKS_MAX)
            .with_resource(resource)
            .build();
        Active { tracer: provider.tracer("aqueduct"), export: Export::new(exporter, pending, self.limit) }
    }
}

/// The span of the invocation itself is for the log: it ends only after everything has been exported.
fn is_traced(metadata: &Metadata<'_>) -> bool {
    !(metadata.is_span() && metadata.name() == "invocation" && metadata.target().starts_with("aqueduct"))
}

fn is_active() -> bool {
    ACTIVE.get().is_some()
}

/// Exports the spans that have ended, within the time that [`Traces::within`] says. [`lambda::run`](crate::lambda::run) does
/// so after every invocation. Nothing happens where no [`Traces`] are installed.
pub async fn flush() {
    flush_within(Duration::MAX).await;
}

/// Does so within this time, if it is shorter.
pub(crate) async fn flush_within(limit: Duration) {
    if let Some(active) = ACTIVE.get() {
        active.export.flush(limit).await;
    }
}
