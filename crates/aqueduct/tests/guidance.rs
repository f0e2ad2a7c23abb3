//! What the compiler says to common mistakes: `TRYBUILD=overwrite cargo test -p aqueduct --test guidance` writes it down.
//!
//! The cases are compiled in a workspace of their own, for which the SDKs would be compiled again; without them it takes
//! seconds. The messages are the same.

#![cfg(not(feature = "aws"))]

#[test]
fn mistakes_are_told_in_words() {
    trybuild::TestCases::new().compile_fail("tests/guidance/*.rs");
}
