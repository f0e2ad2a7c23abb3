//! Accepts orders over HTTP and answers for their status.

mod function;
mod intake;
mod pages;
mod place;
mod report;

pub use function::intake;
pub use intake::Intake;

#[cfg(test)]
mod tests;
