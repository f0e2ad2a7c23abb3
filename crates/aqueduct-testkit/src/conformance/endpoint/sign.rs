//! Requests signed as AWS asks for.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use aqueduct_services::Timestamp;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use bytes::Bytes;

/// The keys that requests are signed with.
#[derive(Clone)]
pub struct Keys {
    /// `AWS_ACCESS_KEY_ID`.
    pub id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret: String,
    /// `AWS_SESSION_TOKEN`.
    pub session: Option<String>,
}

impl Keys {
    /// Keys for an endpoint that looks at none.
    pub fn dummy() -> Self {
        Self { id: "test".to_owned(), secret: "test".to_owned(), session: None }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Keys").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug)]
pub(super) struct Signer {
    keys: Keys,
    region: String,
}

impl Signer {
    pub(super) fn new(keys: Keys, region: &str) -> Self {
        Self { keys, region: region.to_owned() }
    }

    /// Adds the headers of a signature of version 4; the address must be whole.
    pub(super) fn sign(&self, service: &str, request: &mut http::Request<Bytes>, now: Timestamp) -> Result<(), String> {
        let Keys { id, secret, session } = self.keys.clone();
        let identity = Credentials::new(id, secret, session, None, "conformance").into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(service)
            .time(UNIX_EPOCH + Duration::from_millis(now.as_millis()))
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| error.to_string())?
            .into();
        let headers = request.headers().iter();
        let headers: Vec<(&str, &str)> =
            headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
        let uri = request.uri().to_string();
        let body = SignableBody::Bytes(request.body());
        let signable = SignableRequest::new(request.method().as_str(), uri, headers.into_iter(), body)
            .map_err(|error| error.to_string())?;
        let (instructions, _) = sign(signable, &params).map_err(|error| error.to_string())?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }
}
