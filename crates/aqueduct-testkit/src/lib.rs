//! Handlers and AWS SDK clients in virtual time, and the conformance suite.
