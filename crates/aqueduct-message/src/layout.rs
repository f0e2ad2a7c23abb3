//! How a message is wrapped on its way.

use std::fmt;

/// The innermost form of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// CloudEvents 1.0 in structured JSON.
    CloudEvents,
    /// An EventBridge event.
    EventBridge,
    /// JSON from a producer that knows nothing of envelopes.
    Raw,
}

/// Something that another service put a message into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// An SNS notification, as a subscription without raw message delivery makes it.
    Notification,
    /// An EventBridge event around a destination record.
    Event,
    /// The record of an invocation that ended: a Lambda destination.
    Destination,
    /// The event of an SNS invocation, as a destination record or a function's dead-letter queue keeps it.
    Invocation,
}

/// A form in its wrappings. An SNS subscription with raw message delivery adds none.
///
/// ```
/// use aqueduct_message::Layout;
///
/// let layout = Layout::event_bridge().in_notification();
/// assert_eq!(layout.to_string(), "an EventBridge event in an SNS notification");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The innermost form.
    pub form: Form,
    /// What is around it, outermost first.
    pub wrappings: Vec<Wrapping>,
}

impl Layout {
    const fn bare(form: Form) -> Self {
        Self { form, wrappings: Vec::new() }
    }

    /// CloudEvents JSON, as [publishers](crate::to_cloud_event) send it to queues and topics.
    pub const fn cloud_events() -> Self {
        Self::bare(Form::CloudEvents)
    }

    /// An EventBridge event.
    pub const fn event_bridge() -> Self {
        Self::bare(Form::EventBridge)
    }

    /// JSON without an envelope.
    pub const fn raw() -> Self {
        Self::bare(Form::Raw)
    }

    /// The same in an SNS notification.
    #[must_use]
    pub fn in_notification(self) -> Self {
        self.inside(Wrapping::Notification)
    }

    /// The same in the record of an invocation that ended.
    #[must_use]
    pub fn in_destination(self) -> Self {
        self.inside(Wrapping::Destination)
    }

    /// The same in something else.
    #[must_use]
    pub fn inside(mut self, wrapping: Wrapping) -> Self {
        self.wrappings.insert(0, wrapping);
        self
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.form {
            Form::CloudEvents => "CloudEvents JSON",
            Form::EventBridge => "an EventBridge event",
            Form::Raw => "JSON without an envelope",
        })?;
        for wrapping in self.wrappings.iter().rev() {
            formatter.write_str(match wrapping {
                Wrapping::Notification => " in an SNS notification",
                Wrapping::Event => " in an EventBridge event",
                Wrapping::Destination => " in a Lambda destination record",
                Wrapping::Invocation => " in an SNS invocation's event",
            })?;
        }
        Ok(())
    }
}
