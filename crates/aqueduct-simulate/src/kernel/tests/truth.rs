//! The engine held against the embedded cloud in virtual time.
