//! W3C trace context: read with care, passed on, and made from what X-Ray says.

use std::fmt;

use aqueduct_message::Header;
use uuid::Uuid;

use super::state;

/// Where something stands in a distributed trace.
///
/// What cannot be read is ignored, as the specification asks: a malformed `traceparent` takes its `tracestate` with it, and
/// a malformed `tracestate` is left out alone. A later version is read by the fields that it shares with this one.
///
/// ```
/// use aqueduct::observe::TraceContext;
///
/// let context = TraceContext::parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", None).expect("well formed");
/// assert_eq!(context.trace_id(), "0af7651916cd43dd8448eb211c80319c");
/// assert!(context.is_sampled());
/// assert_eq!(TraceContext::parse("00-00000000000000000000000000000000-b7ad6b7169203331-01", None), None);
/// ```
///
/// Source: <https://www.w3.org/TR/trace-context/>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace: u128,
    parent: u64,
    flags: u8,
    state: Option<String>,
}

/// Somebody before may have recorded the trace.
const SAMPLED: u8 = 0b01;

/// The lower half of the trace's id is random, which the second level of the specification lets samplers rely on.
///
/// Source: <https://www.w3.org/TR/trace-context-2/#random-trace-id-flag>
const RANDOM: u8 = 0b10;

/// How long a `traceparent` of version 00 is, and of every later one at least.
const LENGTH: usize = 55;

impl TraceContext {
    /// Reads the two headers of the specification.
    pub fn parse(traceparent: &str, tracestate: Option<&str>) -> Option<Self> {
        let text = traceparent.trim_matches([' ', '\t']).as_bytes();
        if text.len() < LENGTH || [2, 35, 52].iter().any(|at| text[*at] != b'-') {
            return None;
        }
        let version = digits(&text[..2])?;
        let ends_well = match version {
            0 => text.len() == LENGTH,
            0xff => false,
            _ => text.len() == LENGTH || text[LENGTH] == b'-',
        };
        let (trace, parent) = (digits(&text[3..35])?, digits(&text[36..52])?);
        let flags = digits(&text[53..LENGTH])?;
        if !ends_well || trace == 0 || parent == 0 {
            return None;
        }
        let flags = u8::try_from(flags).ok()? & (SAMPLED | RANDOM);
        Some(Self { trace, parent: u64::try_from(parent).ok()?, flags, state: tracestate.and_then(state::read) })
    }

    /// The context that a message carries.
    pub fn of(header: &Header) -> Option<Self> {
        Self::parse(header.traceparent.as_deref()?, header.tracestate.as_deref())
    }

    /// Reads an X-Ray trace header, which SQS hands on as `AWSTraceHeader` and Lambda with each invocation:
    /// `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.
    ///
    /// Only a sampled one is taken. Lambda sets the header whether anyone traces or not, and then it says `Sampled=0`:
    /// taken over, this would keep every other tracer from recording too.
    ///
    /// Sources: <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>,
    /// <https://opentelemetry.io/docs/specs/semconv/faas/aws-lambda/>
    pub fn from_xray(header: &str) -> Option<Self> {
        // By bytes: this is read in every invocation, and mostly says that nobody traces.
        let parts = || header.as_bytes().split(|byte| *byte == b';');
        let field = |wanted: &str| {
            let value = parts().find_map(|part| {
                let equals = part.iter().position(|byte| *byte == b'=')?;
                let (name, value) = (&part[..equals], &part[equals + 1..]);
                name.trim_ascii().eq_ignore_ascii_case(wanted.as_bytes()).then(|| value.trim_ascii())
            });
            value.and_then(|value| std::str::from_utf8(value).ok())
        };
        if field("Sampled")? != "1" {
            return None;
        }
        let (epoch, unique) = field("Root")?.strip_prefix("1-")?.split_once('-')?;
        let parent = field("Parent")?;
        if (epoch.len(), unique.len(), parent.len()) != (8, 24, 16) {
            return None;
        }
        let trace = (any_case(epoch)? << 96) | any_case(unique)?;
        let parent = u64::try_from(any_case(parent)?).ok()?;
        (trace != 0 && parent != 0).then_some(Self { trace, parent, flags: SAMPLED, state: None })
    }

    /// The context of the message or the request at work, to be sent along where a handler calls something else than a
    /// [`Publisher`](crate::Publisher).
    pub fn current() -> Option<Self> {
        super::propagate::current()
    }

    /// The first context of a trace, which follows from the id of the message that begins it. It says that the trace is
    /// recorded, so that those who record by their parent's word do.
    pub(super) fn begin(id: &str) -> Self {
        let unique = unique(id);
        Self { trace: unique.as_u128(), parent: fold(unique), flags: SAMPLED, state: None }
    }

    /// The context of a message with this id that is published within this one.
    pub(super) fn child(self, id: &str) -> Self {
        Self { parent: fold(unique(id)), ..self }
    }

    pub(super) fn write_to(&self, header: &mut Header) {
        header.traceparent = Some(self.traceparent());
        header.tracestate.clone_from(&self.state);
    }

    /// The trace's id, the parent's and the flags.
    #[cfg(feature = "otel")]
    pub(super) const fn parts(&self) -> (u128, u64, u8) {
        (self.trace, self.parent, self.flags)
    }

    #[cfg(feature = "otel")]
    pub(super) fn from_parts(trace: u128, parent: u64, flags: u8, state: Option<String>) -> Self {
        Self { trace, parent, flags: flags & (SAMPLED | RANDOM), state }
    }

    /// The header `traceparent`.
    pub fn traceparent(&self) -> String {
        format!("00-{:032x}-{:016x}-{:02x}", self.trace, self.parent, self.flags)
    }

    /// The header `tracestate`, where there is one.
    pub fn tracestate(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// The trace's id: 32 hexadecimal digits.
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace)
    }

    /// Whether somebody before may have recorded the trace.
    pub fn is_sampled(&self) -> bool {
        self.flags & SAMPLED != 0
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.traceparent())
    }
}

/// Lower-case hexadecimal digits: the specification refuses others.
fn digits(text: &[u8]) -> Option<u128> {
    text.iter().try_fold(0, |number: u128, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(digit))
    })
}

fn any_case(text: &str) -> Option<u128> {
    digits(text.to_ascii_lowercase().as_bytes())
}

/// Identifiers follow from the message's own, which is unique: the same message has the same place in its trace, however
/// often it is sent. One that is a UUID, as the system's clock makes them, is taken as it is: its lower half is random.
fn unique(id: &str) -> Uuid {
    let own = Uuid::try_parse(id).ok().filter(|uuid| uuid.get_version_num() == 7);
    own.unwrap_or_else(|| Uuid::new_v5(&Uuid::NAMESPACE_OID, id.as_bytes()))
}

fn fold(unique: Uuid) -> u64 {
    let (high, low) = unique.as_u64_pair();
    (high ^ low).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn what_the_specification_refuses_is_ignored() {
        let cases = [
            (GOOD, Some(GOOD), "as it is"),
            (" \t00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 ", Some(GOOD), "white space around it"),
            (
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff",
                Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03"),
                "flags that nobody knows are not passed on",
            ),
            ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Some(GOOD), "a later version"),
            ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes", Some(GOOD), "with more fields"),
            ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.what", None, "with more of the last field"),
            ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", None, "a version that cannot be"),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", None, "more fields than the version has"),
            ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", None, "capitals"),
            ("00-00000000000000000000000000000000-b7ad6b7169203331-01", None, "no trace"),
            ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", None, "no parent"),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", None, "no flags"),
            ("00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01", None, "other separators"),
            ("00-0af7651916cd43dd8448eb211c80319\u{fc}-b7ad6b7169203331-01", None, "letters that are no digits"),
            ("", None, "nothing"),
        ];
        for (text, expected, why) in cases {
            let read = TraceContext::parse(text, None).map(|context| context.traceparent());
            assert_eq!(read.as_deref(), expected, "{why}: {text}");
        }
    }

    #[test]
    fn x_ray_is_taken_over_where_it_records() {
        let good = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01";
        let cases = [
            ("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", Some(good)),
            (
                "Self=1-0-0; Parent=53995C3F42CD8AD8; Root=1-5759E988-bd862e3fe1be46a994272793; Sampled=1;Lineage=1:a:0",
                Some(good),
            ),
            ("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0", None),
            ("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=?", None),
            ("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8", None),
            ("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1", None),
            ("Root=2-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", None),
            ("Root=1-a-b;Parent=53995c3f42cd8ad8;Sampled=1", None),
            ("Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8;Sampled=1", None),
            ("", None),
        ];
        for (header, expected) in cases {
            let read = TraceContext::from_xray(header).map(|context| context.traceparent());
            assert_eq!(read.as_deref(), expected, "{header}");
        }
    }

    #[test]
    fn a_child_stays_in_its_trace() {
        let parent = TraceContext::parse(GOOD, Some("vendor=1")).expect("well formed");
        let child = parent.clone().child("m-1");
        assert_eq!((child.trace_id(), child.tracestate()), (parent.trace_id(), Some("vendor=1")));
        assert_ne!(child.traceparent(), parent.traceparent());
        assert_eq!(child, parent.clone().child("m-1"));
        assert_ne!(child, parent.child("m-2"));
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_comes_from_outside_is_trusted(text: String, state: String, header: String) {
            let _ = TraceContext::parse(&text, Some(&state));
            let _ = TraceContext::from_xray(&header);
            let context = TraceContext::begin(&text);
            let sent = context.traceparent();
            proptest::prop_assert_eq!(TraceContext::parse(&sent, None), Some(context));
        }
    }
}
