//! What a template is resolved for.

use std::collections::{BTreeMap, BTreeSet};

/// The account, Region and names for which a template is resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// `AWS::AccountId`.
    pub account: String,
    /// `AWS::Region`.
    pub region: String,
    /// `AWS::StackName`; the start of every generated name.
    pub stack: String,
    /// Values of the template's parameters, before their defaults.
    pub parameters: BTreeMap<String, String>,
    /// Parameters of Systems Manager by name, for `{{resolve:ssm:…}}` and parameters of type `AWS::SSM::Parameter::Value`.
    pub stored_parameters: BTreeMap<String, String>,
    /// What other stacks export, for `Fn::ImportValue`.
    pub imports: BTreeMap<String, String>,
    /// The endpoint that queue URLs start with; none means AWS's own.
    pub endpoint: Option<String>,
    /// Function URLs by the function's logical id, for `GetAtt` on them.
    pub function_urls: BTreeMap<String, String>,
    /// What resources that exist already are called, by logical id: a physical name, a queue's URL or an ARN. It wins over
    /// the name that the template gives.
    pub physical: BTreeMap<String, String>,
    /// Parameters that have a value which is not known, so that their defaults do not count.
    pub unknown_parameters: BTreeSet<String>,
    /// Outputs of nested stacks, by the logical id of the stack.
    pub nested_outputs: BTreeMap<String, BTreeMap<String, String>>,
}

impl Deployment {
    /// The name of a resource that [`Self::physical`] names: the last part of a URL or an ARN.
    pub fn physical_name(&self, id: &str) -> Option<&str> {
        self.physical.get(id)?.trim_end_matches('/').rsplit(['/', ':']).next()
    }
}

impl Deployment {
    /// The same for one of several stacks. What is known of a resource by its name alone may be known by that name behind
    /// the stack's, as in `billing/Queue`, which [`read_stacks`](crate::read_stacks) gives to what two stacks have.
    pub(crate) fn for_stack(&self, stack: &str) -> Self {
        let own = |known: &BTreeMap<String, String>| {
            let strip = |(id, value): (&String, &String)| {
                let id = id.strip_prefix(stack)?.strip_prefix('/')?;
                Some((id.to_owned(), value.clone()))
            };
            let mut all = known.clone();
            all.extend(known.iter().filter_map(strip));
            all
        };
        Self {
            stack: stack.to_owned(),
            function_urls: own(&self.function_urls),
            physical: own(&self.physical),
            ..self.clone()
        }
    }
}

impl Default for Deployment {
    /// Account 000000000000, `us-east-1`, stack `aqueduct`: what local clouds use.
    fn default() -> Self {
        Self {
            account: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            stack: "aqueduct".to_owned(),
            parameters: BTreeMap::new(),
            stored_parameters: BTreeMap::new(),
            imports: BTreeMap::new(),
            endpoint: None,
            function_urls: BTreeMap::new(),
            physical: BTreeMap::new(),
            unknown_parameters: BTreeSet::new(),
            nested_outputs: BTreeMap::new(),
        }
    }
}
