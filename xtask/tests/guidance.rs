//! What the compiler says to common mistakes with `aqueduct`: `TRYBUILD=overwrite cargo test -p xtask --test guidance`
//! writes it down.
//!
//! The cases stand here because `trybuild` compiles all that the crate around them depends on once more, in a workspace of
//! its own: `aqueduct`'s own tests would bring the AWS SDKs and SQLite along.

#[test]
fn mistakes_are_told_in_words() {
    trybuild::TestCases::new().compile_fail("tests/guidance/*.rs");
}
