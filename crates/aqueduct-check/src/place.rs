//! What is known of a property, and where it stands.

use aqueduct_topology::{Arn, Function, Mapping, Role, Setting, Span, Target};

use crate::wiring::Wiring;

impl<'a> Wiring<'a> {
    /// Whether what the template says of each of these properties is known; one that is not set is.
    pub(crate) fn knows(&self, id: &str, paths: &[&str]) -> bool {
        paths.iter().all(|path| !self.topology.property(id, path).is_unknown())
    }

    /// Where a property stands, or the nearest thing around it; `span` for what the template has no words for.
    pub(crate) fn place(&self, id: &str, path: &str, span: Span) -> Span {
        let place = self.topology.span_of(id, path);
        if place == Span::default() { span } else { place }
    }

    /// Whether `property` is written.
    pub(crate) fn sets(&self, id: &str, property: &str) -> bool {
        self.topology.property(id, property).known().is_some()
    }

    /// Where the mapping names its queue.
    pub(crate) fn mapping_place(&self, mapping: &Mapping) -> Span {
        self.place(&mapping.id, "EventSourceArn", mapping.span)
    }

    /// Whether a resource of one of these types may exist that is not read, or says what is not known.
    pub(crate) fn may_hide(&self, kinds: &[&str]) -> bool {
        kinds.iter().any(|kind| self.topology.has_undecided(kind))
    }

    /// Whether something outside of the template may use the resource: an output or an exported parameter names it.
    pub(crate) fn is_shown_outside(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.index.shown.contains(name))
    }

    /// Whether a SAM function's event made the resource.
    pub(crate) fn is_sam_event(&self, id: &str) -> bool {
        self.topology.resource(id).is_some_and(|resource| resource.generated_by.is_some())
    }

    /// Whether something of a target of `owner` is written that is not known.
    pub(crate) fn hides_in_target(&self, owner: &str, target: &Target, paths: &[&str]) -> bool {
        let is_hidden = |within: &str| paths.iter().any(|path| !self.knows(owner, &[&format!("{within}.{path}")]));
        if self.topology.property(owner, "Target") != Setting::NotSet {
            return is_hidden("Target");
        }
        self.bus_rule(owner)
            .and_then(|rule| rule.targets.iter().position(|it| it == target))
            .is_some_and(|index| is_hidden(&format!("Targets.{index}")))
    }

    /// How messages call a resource: by its logical id, or by its own name where the template does not have it.
    pub(crate) fn shown<'n>(&self, arn: &'n Arn) -> &'n str
    where
        'a: 'n,
    {
        self.shown_id(arn).unwrap_or_else(|| arn.name())
    }

    /// How messages call the role of a function.
    pub(crate) fn shown_role(&self, role: &Role, function: &Function) -> String {
        if self.is_sam_event(&role.id) { format!("the role of {}", function.id) } else { role.id.clone() }
    }
}
