//! What leads out of what is simulated: targets and subscribers in other services, Regions and accounts. The rest is simulated
//! without them, and what goes to them is counted as leaving.

use std::fmt::Write as _;
use std::mem::take;

use aqueduct_services::ApiError;
use aqueduct_topology::{Arn, Deployment, Rule, Subscription, Target, Topology};

use super::routes::{cloud, site};

/// A way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Exit {
    /// The rule or subscription.
    pub(super) from: String,
    /// Where it leads: an ARN or another address.
    pub(super) to: String,
    /// Why it is not simulated.
    pub(super) why: String,
}

/// A topology in two forms, with the exits that both lack.
#[derive(Clone, Debug)]
pub(super) struct Split {
    /// Without what leads outside.
    pub(super) inside: Topology,
    /// With a queue in the place of each exit, behind all other queues and in the exits' order.
    pub(super) sunk: Topology,
    pub(super) exits: Vec<Exit>,
}

impl Split {
    /// Takes a topology apart.
    pub(super) fn of(topology: &Topology) -> Self {
        let mut inside = topology.clone();
        let mut splitting = Splitting::new(topology);
        for rule in &mut inside.rules {
            for target in take(&mut rule.targets) {
                match splitting.target(rule, &target) {
                    Some(why) => splitting.leave(Way::Target(rule.id.clone(), target), why),
                    None => rule.targets.push(target),
                }
            }
        }
        for subscription in take(&mut inside.subscriptions) {
            match splitting.subscription(&subscription) {
                Some(why) => splitting.leave(Way::Subscription(subscription), why),
                None => inside.subscriptions.push(subscription),
            }
        }
        // No schedule is simulated, wherever it leads.
        inside
            .schedules
            .retain(|schedule| splitting.not_modelled(|it| it.schedules = vec![schedule.clone()]).is_none());
        let sunk = sunk(&inside, &splitting.ways);
        Self { inside, sunk, exits: splitting.exits }
    }
}

/// What is taken out of a topology.
enum Way {
    Target(String, Target),
    Subscription(Subscription),
}

/// A topology that is being taken apart.
struct Splitting<'a> {
    topology: &'a Topology,
    account: String,
    region: String,
    /// Whether the services refuse the topology because they do not model something of it.
    is_refused: bool,
    ways: Vec<Way>,
    exits: Vec<Exit>,
}

impl<'a> Splitting<'a> {
    fn new(topology: &'a Topology) -> Self {
        let site = site(topology);
        let is_refused = cloud(topology).is_err_and(|error| is_not_modelled(&error));
        let (ways, exits) = (Vec::new(), Vec::new());
        Self { topology, account: site.account, region: site.region, is_refused, ways, exits }
    }

    fn leave(&mut self, way: Way, why: String) {
        let (from, to) = match &way {
            Way::Target(rule, target) => (rule, target.arn.as_str()),
            Way::Subscription(subscription) => (&subscription.id, subscription.endpoint.as_str()),
        };
        self.exits.push(Exit { from: from.clone(), to: to.to_owned(), why });
        self.ways.push(way);
    }

    fn target(&self, rule: &Rule, target: &Target) -> Option<String> {
        self.elsewhere(&target.arn).or_else(|| {
            let rule = Rule { targets: vec![target.clone()], ..rule.clone() };
            self.not_modelled(|scratch| scratch.rules = vec![rule])
        })
    }

    fn subscription(&self, subscription: &Subscription) -> Option<String> {
        let arn = Some(&*subscription.endpoint).filter(|endpoint| endpoint.starts_with("arn:")).map(Arn::new);
        let elsewhere = arn.and_then(|arn| self.elsewhere(&arn));
        elsewhere.or_else(|| self.not_modelled(|scratch| scratch.subscriptions = vec![subscription.clone()]))
    }

    /// Whether an ARN is one of another Region or account. One that names neither is ours.
    fn elsewhere(&self, arn: &Arn) -> Option<String> {
        let is_other = |theirs: &str, ours: &str| !theirs.is_empty() && theirs != ours;
        if is_other(arn.region(), &self.region) {
            Some(format!("it is in the Region {}", arn.region()))
        } else if is_other(arn.account(), &self.account) {
            Some(format!("it is in the account {}", arn.account()))
        } else {
            None
        }
    }

    /// What the services say to something that stands alone among the topics and buses, if it is that they do not model it.
    fn not_modelled(&self, add: impl FnOnce(&mut Topology)) -> Option<String> {
        if !self.is_refused {
            return None;
        }
        let mut scratch = Topology::default();
        scratch.queues.clone_from(&self.topology.queues);
        scratch.topics.clone_from(&self.topology.topics);
        scratch.buses.clone_from(&self.topology.buses);
        scratch.functions.clone_from(&self.topology.functions);
        add(&mut scratch);
        let error = cloud(&scratch).err().filter(is_not_modelled)?;
        // The logical id is said anyway.
        Some(error.message.split_once(": ").map_or(error.message.as_str(), |(_, why)| why).to_owned())
    }
}

/// By its code alone, since what is wrong with a template must be told whatever else is in it.
fn is_not_modelled(error: &ApiError) -> bool {
    error.code == "NotImplemented"
}

/// The topology with a queue in the place of each exit.
fn sunk(inside: &Topology, ways: &[Way]) -> Topology {
    let mut sunk = inside.clone();
    if ways.is_empty() {
        return sunk;
    }
    let sinks = sinks(inside, ways.len());
    for (queue, way) in sinks.queues.iter().zip(ways) {
        match way {
            Way::Target(rule, target) => {
                let target = Target {
                    arn: queue.arn.clone(),
                    role: None,
                    input: None,
                    input_path: None,
                    input_transformer: None,
                    group: None,
                    ..target.clone()
                };
                if let Some(rule) = sunk.rules.iter_mut().find(|known| known.id == *rule) {
                    rule.targets.push(target);
                }
            }
            Way::Subscription(subscription) => sunk.subscriptions.push(Subscription {
                protocol: "sqs".to_owned(),
                endpoint: queue.arn.to_string(),
                attributes: std::collections::BTreeMap::new(),
                ..subscription.clone()
            }),
        }
    }
    sunk.queues.extend(sinks.queues);
    sunk.policies.extend(sinks.policies);
    sunk
}

/// Queues that everybody may send to.
fn sinks(topology: &Topology, count: usize) -> Topology {
    let site = site(topology);
    let deployment = Deployment { account: site.account, region: site.region, ..Deployment::default() };
    let mut template = String::from("Resources:\n");
    for number in 0..count {
        let _ = write!(
            template,
            "  AqueductOutside{number}: {{Type: AWS::SQS::Queue}}\n  AqueductOutsidePolicy{number}:\n    \
             Type: AWS::SQS::QueuePolicy\n    Properties:\n      Queues: [!Ref AqueductOutside{number}]\n      \
             PolicyDocument: {{Statement: [{{Effect: Allow, Principal: '*', Action: sqs:SendMessage, \
             Resource: !GetAtt AqueductOutside{number}.Arn}}]}}\n"
        );
    }
    aqueduct_topology::read(&template, &deployment).0
}
