//! Where the services run.

use aqueduct_topology::Arn;

/// The account, Region and endpoint of an embedded cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Twelve digits.
    pub account: String,
    /// Such as `us-east-1`.
    pub region: String,
    /// What queue URLs start with, such as `http://127.0.0.1:4566`, without a slash at the end.
    pub endpoint: String,
}

impl Site {
    /// The ARN of a resource of this site: `arn("sqs", "OrdersQueue")`.
    pub fn arn(&self, service: &str, resource: &str) -> Arn {
        Arn::new(format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account))
    }
}

/// Names an API call towards the driver, which holds the connection that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);
