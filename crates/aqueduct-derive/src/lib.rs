//! The derive of `aqueduct::Payload`; `aqueduct` exports it under the trait's name.

mod payload;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Implements `Payload`: how a type travels as a message.
///
/// What it takes, in `#[payload(…)]`:
///
/// | | |
/// |---|---|
/// | `type = "OrderConfirmed"` | the message type; the name of the Rust type unless said otherwise |
/// | `version = "2"` | the version of its schema, `1` unless said otherwise |
/// | `subject = order` | what it is about: a field, or an expression with `self` |
/// | `key = format!("{}/{}", self.order, self.line)` | what makes it idempotent; the subject unless said otherwise |
/// | `group = customer` | its message group |
/// | `schema` | its contract has a JSON Schema, which takes `#[derive(schemars::JsonSchema)]` and the feature `contract` |
#[proc_macro_derive(Payload, attributes(payload))]
pub fn payload(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    payload::implement(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
