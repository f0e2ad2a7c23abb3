//! Resource policies on the edges between services.
