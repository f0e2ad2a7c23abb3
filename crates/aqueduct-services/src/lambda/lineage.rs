//! Which functions an event passed on its way, by which Lambda recognises a chain that bites its own tail.
//!
//! The trace header `X-Amzn-Trace-Id` carries it, through SQS as the system attribute `AWSTraceHeader`, through SNS and
//! direct invocations: `Root=…;Parent=…;Sampled=0;Lineage=1:a87bd80c:3`, where the eight digits name a function and the
//! number says how often the chain came back to it. SDKs send on the header that a function was invoked with. AWS does
//! not document the digits; here they are the start of the SHA-256 of the function's ARN. EventBridge does not carry it.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How often one function runs in a chain.
///
/// Source: <https://aws.amazon.com/blogs/compute/detecting-and-stopping-recursive-loops-in-aws-lambda-functions/>
pub(super) const CHAIN_MAX: u32 = 16;

/// What a caller hears of a chain that was stopped.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
pub(super) const MESSAGE: &str = "Lambda has detected your function being invoked in a recursive loop with other Amazon \
                                  Web Services resources and stopped your function's invocation.";

/// The longest header that is read, in bytes, and how many functions of it.
const HEADER_BYTES_MAX: usize = 2_048;
const FUNCTIONS_MAX: usize = 64;

/// What a trace header says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lineage {
    root: Option<String>,
    parent: Option<String>,
    sampled: bool,
    /// How often the chain came back, by the function's digits.
    returns: BTreeMap<String, u32>,
}

impl Lineage {
    /// Reads a header; what is not of its form is left out.
    pub(super) fn parse(header: &str) -> Self {
        let mut lineage = Self::default();
        let header = &header[..header.floor_char_boundary(HEADER_BYTES_MAX)];
        for (name, value) in header.split(';').filter_map(|part| part.split_once('=')) {
            match name.trim() {
                "Root" => lineage.root = Some(value.trim().to_owned()),
                "Parent" => lineage.parent = Some(value.trim().to_owned()),
                "Sampled" => lineage.sampled = value.trim() == "1",
                "Lineage" => lineage.returns = value.split('|').take(FUNCTIONS_MAX).filter_map(link).collect(),
                _ => {}
            }
        }
        lineage
    }

    /// That of a batch: the longest of each function's chains, and the trace of its first record.
    pub(super) fn of_batch<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Self> {
        headers.map(Self::parse).reduce(|mut one, other| {
            for (function, returns) in other.returns {
                let known = one.returns.entry(function).or_default();
                *known = (*known).max(returns);
            }
            one
        })
    }

    /// How often `function` ran in this chain already.
    pub(super) fn runs(&self, function: &Arn) -> u32 {
        self.returns.get(&digits(function)).map_or(0, |returns| returns.saturating_add(1))
    }

    /// The header with which `function` is invoked; `id` makes a new trace, and the parent's digits.
    pub(super) fn enter(mut self, function: &Arn, seconds: u64, id: u64) -> String {
        self.root.get_or_insert_with(|| format!("1-{seconds:08x}-{:024x}", u128::from(id)));
        self.parent = Some(format!("{id:016x}"));
        let runs = self.runs(function);
        self.returns.insert(digits(function), runs);
        self.header()
    }

    /// The header that says this.
    pub(super) fn header(&self) -> String {
        let mut header = String::new();
        for (name, value) in [("Root", &self.root), ("Parent", &self.parent)] {
            if let Some(value) = value {
                // Writing to a String cannot fail.
                let _ = write!(header, "{name}={value};");
            }
        }
        let _ = write!(header, "Sampled={}", u8::from(self.sampled));
        for (index, (function, returns)) in self.returns.iter().enumerate() {
            let sign = if index == 0 { ";Lineage=1:" } else { "|" };
            let _ = write!(header, "{sign}{function}:{returns}");
        }
        header
    }
}

/// One function of a chain: `a87bd80c:3`, with the format's number before the first.
fn link(text: &str) -> Option<(String, u32)> {
    let (name, returns) = text.trim().rsplit_once(':')?;
    let digits = name.rsplit(':').next().filter(|digits| digits.len() == 8)?;
    Some((digits.to_owned(), returns.parse().ok()?))
}

fn digits(function: &Arn) -> String {
    let hash = Sha256::digest(function.as_str());
    hash.iter().take(4).fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str) -> Arn {
        Arn::new(format!("arn:aws:lambda:us-east-1:000000000000:function:{name}"))
    }

    #[test]
    fn a_chain_counts_each_of_its_functions() {
        let (a, b) = (function("a"), function("b"));
        let mut header = String::new();
        for run in 0..3 {
            assert_eq!(Lineage::parse(&header).runs(&a), run);
            header = Lineage::parse(&header).enter(&a, 1, 7);
        }
        header = Lineage::parse(&header).enter(&b, 2, 8);
        let lineage = Lineage::parse(&header);
        assert_eq!((lineage.runs(&a), lineage.runs(&b)), (3, 1), "{header}");
        assert!(header.starts_with("Root=1-00000001-"), "{header}");
    }

    #[test]
    fn both_forms_of_the_header_are_read() {
        let digits = digits(&function("a"));
        for header in [
            format!("Root=1-x;Sampled=1;Lineage=1:{digits}:4"),
            format!("Root=1-x;Sampled=1;Lineage={digits}:4|68fd508a:5"),
            format!("Lineage=1:68fd508a:5|{digits}:4"),
        ] {
            assert_eq!(Lineage::parse(&header).runs(&function("a")), 5, "{header}");
        }
        for broken in ["", "Lineage", "Lineage=", "Lineage=::::", "Lineage=1:abc:x|:", "=;;="] {
            assert_eq!(Lineage::parse(broken).runs(&function("a")), 0, "{broken}");
        }
    }

    #[test]
    fn a_batch_has_the_longest_chain() {
        let digits = digits(&function("a"));
        let headers = [format!("Root=1-one;Lineage=1:{digits}:1"), format!("Root=1-two;Lineage=1:{digits}:6")];
        let lineage = Lineage::of_batch(headers.iter().map(String::as_str)).unwrap();
        assert_eq!(lineage.runs(&function("a")), 7);
        assert!(lineage.enter(&function("a"), 0, 0).starts_with("Root=1-one;"));
    }
}
