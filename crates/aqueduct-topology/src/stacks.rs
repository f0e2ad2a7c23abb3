//! Several templates that are deployed beside one another, as one topology.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Deployment, Diagnostic, Severity, Span, Topology, read, suggest};

/// One of several templates that belong together.
#[derive(Clone, Debug)]
pub struct Stack<'t> {
    /// The template.
    pub text: &'t str,
    /// What it is deployed for. Its stack name and file must be its own. A parameter's value `${stack.Output}` is the output
    /// of another of the stacks.
    pub deployment: Deployment,
}

/// Reads templates that are deployed beside one another into one topology.
///
/// What one exports, puts out or keeps in Systems Manager is known to the others. Of a logical id that several templates have,
/// each gets its stack's name in front: `shop.Orders`.
pub fn read_together(stacks: &[Stack<'_>]) -> (Topology, Vec<Diagnostic>) {
    let mut read_stacks: Vec<Read> = Vec::new();
    // Each pass lets values travel one stack further; a circle of stacks, which cannot be deployed, ends all the same.
    for _ in 0..=stacks.len() {
        let deployments: Vec<Deployment> = stacks.iter().map(|stack| known(stack, stacks, &read_stacks)).collect();
        let next: Vec<Read> = stacks
            .iter()
            .zip(deployments)
            .enumerate()
            .map(|(index, (stack, deployment))| match read_stacks.get_mut(index) {
                Some(before) if before.deployment == deployment => std::mem::take(before),
                _ => {
                    let (topology, diagnostics) = read(stack.text, &deployment);
                    Read { deployment, topology, diagnostics, changed: true }
                }
            })
            .collect();
        read_stacks = next;
        if read_stacks.iter_mut().all(|it| !std::mem::take(&mut it.changed)) {
            break;
        }
    }
    let unknown = unknown_outputs(&read_stacks);
    let twice = ids_of_several(&read_stacks);
    let mut joined = Topology::default();
    let mut diagnostics = Vec::new();
    for Read { deployment, mut topology, diagnostics: told, .. } in read_stacks {
        topology.rename(&twice, &deployment.stack);
        joined.take_in(topology);
        diagnostics.extend(told);
    }
    diagnostics.extend(unknown);
    (joined, diagnostics)
}

/// A stack as far as it could be read with what is known of the others.
#[derive(Default)]
struct Read {
    deployment: Deployment,
    topology: Topology,
    diagnostics: Vec<Diagnostic>,
    changed: bool,
}

/// The stack's deployment with what the others give it.
fn known(stack: &Stack<'_>, stacks: &[Stack<'_>], read_stacks: &[Read]) -> Deployment {
    let mut deployment = stack.deployment.clone();
    for (other, read) in stacks.iter().zip(read_stacks) {
        for (name, value) in &read.topology.exports {
            deployment.imports.entry(name.clone()).or_insert_with(|| value.clone());
        }
        for parameter in &read.topology.stored_parameters {
            let known = deployment.stored_parameters.entry(parameter.name.clone());
            known.or_insert_with(|| parameter.value.clone());
        }
        for value in deployment.parameters.values_mut() {
            if let Some(output) = output_of(value, &other.deployment.stack)
                && let Some(known) = read.topology.outputs.get(output)
            {
                value.clone_from(known);
            }
        }
    }
    deployment
}

/// The name in `${stack.Name}`.
fn output_of<'v>(value: &'v str, stack: &str) -> Option<&'v str> {
    value.strip_prefix("${")?.strip_suffix('}')?.strip_prefix(stack)?.strip_prefix('.')
}

/// What is said of parameters whose values are still to be outputs.
fn unknown_outputs(read_stacks: &[Read]) -> Vec<Diagnostic> {
    let names = read_stacks
        .iter()
        .flat_map(|it| it.topology.outputs.keys().map(|output| format!("{}.{output}", it.deployment.stack)));
    let names: Vec<String> = names.collect();
    let mut diagnostics = Vec::new();
    for Read { deployment, .. } in read_stacks {
        for (name, value) in &deployment.parameters {
            let Some(wanted) = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) else { continue };
            let near = suggest::nearest(wanted, names.iter().map(String::as_str));
            diagnostics.push(Diagnostic {
                severity: Severity::Error,
                message: format!(
                    "parameter `{name}` of stack `{}` is to be the output `{wanted}`, which is not known",
                    deployment.stack
                ),
                help: near.map(|near| format!("did you mean `{near}`?")),
                span: Span { file: deployment.file, ..Span::default() },
            });
        }
    }
    diagnostics
}

fn ids_of_several(read_stacks: &[Read]) -> BTreeSet<String> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    for id in read_stacks.iter().flat_map(|it| it.topology.resources.keys()) {
        *counts.entry(id).or_default() += 1;
    }
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(id, _)| id.clone()).collect()
}

fn rename(id: &mut String, twice: &BTreeSet<String>, stack: &str) {
    if twice.contains(id) {
        *id = format!("{stack}.{id}");
    }
}

/// What is done alike to each list of things that have a logical id.
macro_rules! lists {
    ($($list:ident)*) => {
        impl Topology {
            /// Puts the stack's name in front of the ids that several templates have.
            fn rename(&mut self, twice: &BTreeSet<String>, stack: &str) {
                $(for part in &mut self.$list {
                    rename(&mut part.id, twice, stack);
                })*
                self.resources = std::mem::take(&mut self.resources)
                    .into_values()
                    .map(|mut resource| {
                        rename(&mut resource.id, twice, stack);
                        if let Some(origin) = &mut resource.generated_by {
                            rename(origin, twice, stack);
                        }
                        (resource.id.clone(), resource)
                    })
                    .collect();
            }

            fn take_in(&mut self, other: Self) {
                $(self.$list.extend(other.$list);)*
                // The account's own bus is the same to all.
                for bus in other.buses {
                    if self.buses.iter().all(|known| known.arn != bus.arn) {
                        self.buses.push(bus);
                    }
                }
                self.outputs.extend(other.outputs);
                self.exports.extend(other.exports);
                self.resources.extend(other.resources);
                self.undecided.extend(other.undecided);
                self.metadata.extend(other.metadata);
            }
        }
    };
}

lists! {
    functions mappings permissions queues topics subscriptions rules schedules archives policies tables buckets alarms roles keys
    key_aliases bus_policies streams invoke_configs aliases pipes state_machines notifications routes stored_parameters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack<'t>(name: &str, file: u16, text: &'t str, parameters: &[(&str, &str)]) -> Stack<'t> {
        let parameters = parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Stack { text, deployment: Deployment { stack: name.to_owned(), file, parameters, ..Deployment::default() } }
    }

    const EVENTS: &str = "
Resources:
  Events: { Type: AWS::SNS::Topic }
  Dlq: { Type: AWS::SQS::Queue }
  Stored: { Type: AWS::SSM::Parameter, Properties: { Name: /events/topic, Type: String, Value: !Ref Events } }
Outputs:
  Topic: { Value: !Ref Events, Export: { Name: events-topic } }
";

    fn subscriber(topic: &str) -> String {
        format!(
            "
Parameters:
  Topic: {{ Type: String, Default: none }}
Resources:
  Dlq: {{ Type: AWS::SQS::Queue }}
  Orders: {{ Type: AWS::SQS::Queue }}
  OrdersOfEvents:
    Type: AWS::SNS::Subscription
    Properties: {{ TopicArn: {topic}, Protocol: sqs, Endpoint: !GetAtt Orders.Arn }}
"
        )
    }

    #[test]
    fn stacks_are_joined_by_exports_stored_parameters_and_a_mapping() {
        for (topic, parameters) in [
            ("!ImportValue events-topic", &[][..]),
            ("'{{resolve:ssm:/events/topic}}'", &[]),
            ("!Ref Topic", &[("Topic", "${events.Topic}")]),
        ] {
            let shop = subscriber(topic);
            // The one that imports comes first, so that its first reading knows nothing.
            let stacks = [stack("shop", 0, &shop, parameters), stack("events", 1, EVENTS, &[])];
            let (topology, diagnostics) = read_together(&stacks);
            assert_eq!(diagnostics, [], "{topic}");
            let [subscription] = &topology.subscriptions[..] else { panic!("{topic}: {topology:?}") };
            assert_eq!(subscription.topic, topology.topics[0].arn, "{topic}");
            assert_eq!((subscription.span.file, topology.topics[0].span.file), (0, 1));
            let ids: Vec<_> = topology.queues.iter().map(|queue| queue.id.as_str()).collect();
            assert_eq!(ids, ["shop.Dlq", "Orders", "events.Dlq"]);
            assert_eq!(topology.resource("events.Dlq").map(|it| it.span.file), Some(1));
        }
    }

    #[test]
    fn an_output_that_no_stack_has_is_told() {
        let shop = subscriber("!Ref Topic");
        let stacks = [stack("shop", 0, &shop, &[("Topic", "${events.Tipic}")]), stack("events", 1, EVENTS, &[])];
        let (_, diagnostics) = read_together(&stacks);
        assert_eq!(
            diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "0:0: parameter `Topic` of stack `shop` is to be the output `events.Tipic`, which is not known\nhelp: did you \
              mean `events.Topic`?"
            ]
        );
    }

    #[test]
    fn a_circle_of_stacks_ends() {
        let one = "Resources: { A: { Type: AWS::SQS::Queue } }\nOutputs: { O: { Value: !ImportValue two, Export: { Name: one } } }";
        let two = "Resources: { B: { Type: AWS::SQS::Queue } }\nOutputs: { O: { Value: !ImportValue one, Export: { Name: two } } }";
        let (topology, _) = read_together(&[stack("one", 0, one, &[]), stack("two", 1, two, &[])]);
        assert_eq!(topology.queues.len(), 2);
    }
}
