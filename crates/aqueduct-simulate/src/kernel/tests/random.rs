//! The engine held against itself.
