//! Accepts orders over HTTP and answers for their status.

mod intake;
mod pages;
mod place;
mod report;

pub use intake::Intake;

#[cfg(test)]
mod tests;
