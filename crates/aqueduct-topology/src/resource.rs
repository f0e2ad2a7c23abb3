//! Resources as they were written, for whoever asks about a property by its name.

use serde_json::Value;

use crate::resolved::{Property, Resolved, Unknown};
use crate::{Span, Topology};

/// A resource that the deployment has, whether the topology models its type or not.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Resource {
    /// Logical id in the template.
    pub id: String,
    /// `Type`, such as `AWS::SQS::Queue`.
    pub kind: String,
    /// The function, event or connector that SAM makes it of: that resource's logical id.
    pub generated_by: Option<String>,
    /// The construct's path, `Metadata` `aws:cdk:path`, in templates that CDK synthesised.
    pub construct_path: Option<String>,
    /// `Metadata`, unresolved.
    pub metadata: Option<Property>,
    /// `Properties`, worked out; those of SAM's `Globals` are in it.
    pub properties: Property,
    /// Whether `Properties` was written; if not, it has no place.
    pub has_properties: bool,
    /// `DeletionPolicy`.
    pub deletion_policy: Option<String>,
    /// `UpdateReplacePolicy`.
    pub update_replace_policy: Option<String>,
    /// Where its logical id stands.
    pub span: Span,
    /// From its logical id to its end.
    pub body: Span,
}

/// A resource that was left out of the topology because too little of it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// `Type`.
    pub kind: String,
    /// Why, to follow "because".
    pub reason: String,
    /// Where it stands in the template.
    pub span: Span,
}

/// What a template says of a property.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setting<'t> {
    /// Nothing: the service's default holds.
    NotSet,
    /// Something that only the deployment will tell.
    Unknown(&'t Unknown),
    /// This.
    Set(&'t Property),
}

impl<'t> Setting<'t> {
    /// The property when it is there and known.
    pub const fn known(self) -> Option<&'t Property> {
        match self {
            Self::Set(property) => Some(property),
            _ => None,
        }
    }

    /// Whether there is something, but what is not known.
    pub const fn is_unknown(self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// A known scalar as text.
    pub fn text(self) -> Option<String> {
        self.known()?.value.text()
    }

    /// A known value as JSON.
    pub fn json(self) -> Option<Value> {
        self.known().map(|property| property.value.to_json())
    }
}

impl Resource {
    /// What stands at `path`, such as `RedrivePolicy.maxReceiveCount` or `Targets.0.Arn`.
    pub fn property(&self, path: &str) -> Setting<'_> {
        match lookup(&self.properties, path) {
            Ok(Property { value: Resolved::Null | Resolved::Absent, .. }) | Err(None) => Setting::NotSet,
            Ok(Property { value: Resolved::Unknown(unknown), .. }) => Setting::Unknown(unknown),
            Err(Some(unknown)) => Setting::Unknown(unknown),
            Ok(property) => Setting::Set(property),
        }
    }

    /// Where the property at `path` stands, key and value; the nearest part around it when it is not written, and the
    /// resource's logical id when nothing is.
    pub fn span_of(&self, path: &str) -> Span {
        let mut path = path;
        loop {
            if let Ok(property) = lookup(&self.properties, path) {
                return property.full_span();
            }
            match path.rsplit_once('.') {
                Some((outer, _)) => path = outer,
                None => return self.span,
            }
        }
    }

    /// The name to show: the construct's path without CDK's own last step, or the logical id.
    pub fn shown_name(&self) -> &str {
        self.construct_path.as_deref().map_or(self.id.as_str(), |path| path.strip_suffix("/Resource").unwrap_or(path))
    }
}

/// The part at `path`, or the unknown that hides it.
fn lookup<'p>(root: &'p Property, path: &str) -> Result<&'p Property, Option<&'p Unknown>> {
    path.split('.').try_fold(root, |property, step| match &property.value {
        Resolved::Unknown(unknown) => Err(Some(unknown.as_ref())),
        Resolved::List(items) => step.parse().ok().and_then(|index: usize| items.get(index)).ok_or(None),
        _ => property.get(step).ok_or_else(|| match property.get("Fn::Transform") {
            // What is included may be the property that is asked for.
            Some(Property { value: Resolved::Unknown(unknown), .. }) => Some(unknown.as_ref()),
            _ => None,
        }),
    })
}

impl Topology {
    /// The resource with this logical id.
    pub fn resource(&self, id: &str) -> Option<&Resource> {
        self.resources.get(id)
    }

    /// The resource in whose text a place lies; one that is written, where SAM makes others of it.
    pub fn resource_at(&self, place: Span) -> Option<&Resource> {
        let holds = |resource: &&Resource| {
            let Span { file, line, column, end_line, end_column } = resource.body;
            file == place.file
                && (line, column) <= (place.line, place.column)
                && (place.line, place.column) < (end_line, end_column.max(column + 1))
        };
        let all = self.resources.values().filter(holds);
        all.min_by_key(|resource| (resource.generated_by.is_some(), resource.body.end_line - resource.body.line))
    }

    /// What the template says of a property of resource `id`, such as `RedrivePolicy.maxReceiveCount`.
    ///
    /// A default in the model, such as a queue's visibility timeout of 30 s, stands for a property that is not set and for
    /// one that is not known; this tells them apart.
    pub fn property(&self, id: &str, path: &str) -> Setting<'_> {
        self.resource(id).map_or(Setting::NotSet, |resource| resource.property(path))
    }

    /// Where a property of resource `id` stands; the nearest part around it, the resource at last, when it is not written.
    pub fn span_of(&self, id: &str, path: &str) -> Span {
        self.resource(id).map_or_else(Span::default, |resource| resource.span_of(path))
    }

    /// Whether a resource of type `kind` was left out because too little of it is known.
    pub fn has_undecided(&self, kind: &str) -> bool {
        self.undecided.values().any(|undecided| undecided.kind == kind)
    }
}
