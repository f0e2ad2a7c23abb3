//! The listening sockets of a local run, bound before the template is resolved, since it mentions their addresses.

use std::collections::BTreeMap;
use std::net::TcpListener;

use aqueduct_topology::{Deployment, Topology};

use crate::StartError;

/// Where the AWS endpoint is.
#[derive(Debug)]
pub(crate) enum Front {
    /// Here.
    Here(TcpListener),
    /// At this URL.
    Elsewhere(String),
}

/// One socket for the AWS endpoint and one for each function URL, all on 127.0.0.1.
#[derive(Debug)]
pub struct Sockets {
    pub(crate) endpoint: Front,
    pub(crate) function_urls: BTreeMap<String, TcpListener>,
}

impl Sockets {
    /// Binds the sockets that a topology needs. Port 0 is any free one; `url_port` is that of the first function URL.
    pub fn bind(topology: &Topology, endpoint_port: u16, url_port: u16) -> Result<Self, StartError> {
        let endpoint = Front::Here(bind(endpoint_port, "the AWS endpoint")?);
        Self::with(endpoint, topology, url_port)
    }

    /// Binds the sockets of function URLs alone: the AWS endpoint is another cloud's, at `endpoint`.
    pub fn bind_urls(topology: &Topology, endpoint: &str, url_port: u16) -> Result<Self, StartError> {
        Self::with(Front::Elsewhere(endpoint.trim_end_matches('/').to_owned()), topology, url_port)
    }

    fn with(endpoint: Front, topology: &Topology, url_port: u16) -> Result<Self, StartError> {
        let mut function_urls = BTreeMap::new();
        for function in topology.functions.iter().filter(|function| function.url.is_some()) {
            let port = if function_urls.is_empty() { url_port } else { 0 };
            function_urls.insert(function.id.clone(), bind(port, &format!("the URL of {}", function.id))?);
        }
        Ok(Self { endpoint, function_urls })
    }

    /// The endpoint's URL, without a slash at the end.
    pub fn endpoint(&self) -> String {
        match &self.endpoint {
            Front::Here(listener) => url(listener),
            Front::Elsewhere(endpoint) => endpoint.clone(),
        }
    }

    /// Function URLs by logical id, each with a slash at the end, as Lambda has them.
    pub fn function_urls(&self) -> BTreeMap<String, String> {
        self.function_urls.iter().map(|(id, listener)| (id.clone(), format!("{}/", url(listener)))).collect()
    }

    /// The deployment for which to read the template: `base` with these addresses.
    #[must_use]
    pub fn deployment(&self, base: Deployment) -> Deployment {
        Deployment { endpoint: Some(self.endpoint()), function_urls: self.function_urls(), ..base }
    }
}

fn bind(port: u16, what: &str) -> Result<TcpListener, StartError> {
    let bound = TcpListener::bind(("127.0.0.1", port)).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    bound.map_err(|source| StartError::Port { port, what: what.to_owned(), source })
}

/// Where a socket listens, without a slash at the end.
pub(crate) fn url(listener: &TcpListener) -> String {
    listener.local_addr().map_or_else(|_| String::new(), |address| format!("http://{address}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_named() {
        let first = Sockets::bind(&Topology::default(), 0, 0).unwrap();
        let Front::Here(listener) = &first.endpoint else { panic!("the endpoint is here") };
        let port = listener.local_addr().unwrap().port();
        let error = Sockets::bind(&Topology::default(), port, 0).unwrap_err();
        assert!(error.is_port_in_use());
        assert!(error.to_string().contains(&format!("127.0.0.1:{port}")), "{error}");
    }

    #[test]
    fn the_deployment_has_the_addresses() {
        let sockets = Sockets::bind(&Topology::default(), 0, 0).unwrap();
        let deployment = sockets.deployment(Deployment::default());
        assert_eq!(deployment.endpoint, Some(sockets.endpoint()));
        assert!(sockets.endpoint().starts_with("http://127.0.0.1:"));
    }
}
