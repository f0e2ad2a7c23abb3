//! What a topology says about the way of a message, with the changes that hold from the start.

use std::time::Duration;

use aqueduct_topology::{Function, Mapping, Queue, Topology};

use crate::{Behaviour, Change, FaultKind, Scenario, ServiceTime, Setting};

impl Setting {
    /// Its name in templates.
    pub fn name(self) -> &'static str {
        match self {
            Self::VisibilityTimeout => "VisibilityTimeout",
            Self::MaxReceiveCount => "maxReceiveCount",
            Self::DelaySeconds => "DelaySeconds",
            Self::MessageRetentionPeriod => "MessageRetentionPeriod",
            Self::BatchSize => "BatchSize",
            Self::MaximumBatchingWindowInSeconds => "MaximumBatchingWindowInSeconds",
            Self::MaximumConcurrency => "MaximumConcurrency",
            Self::ReservedConcurrentExecutions => "ReservedConcurrentExecutions",
            Self::Timeout => "Timeout",
            Self::MemorySize => "MemorySize",
        }
    }

    /// Every setting.
    pub const ALL: [Self; 10] = [
        Self::VisibilityTimeout,
        Self::MaxReceiveCount,
        Self::DelaySeconds,
        Self::MessageRetentionPeriod,
        Self::BatchSize,
        Self::MaximumBatchingWindowInSeconds,
        Self::MaximumConcurrency,
        Self::ReservedConcurrentExecutions,
        Self::Timeout,
        Self::MemorySize,
    ];
}

/// How many timeouts of its function a queue's visibility timeout should be long: AWS's advice, which leaves room for retries
/// when Lambda is throttled.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
pub(crate) const TIMEOUTS_OF_VISIBILITY: u64 = 6;

/// A topology as a scenario begins with it.
#[derive(Clone, Debug)]
pub(crate) struct Wiring<'a> {
    pub(crate) topology: &'a Topology,
    pub(crate) scenario: &'a Scenario,
}

impl<'a> Wiring<'a> {
    pub(crate) fn queue(&self, id: &str) -> Option<&'a Queue> {
        self.topology.queues.iter().find(|queue| queue.id == id)
    }

    pub(crate) fn function(&self, id: &str) -> Option<&'a Function> {
        self.topology.functions.iter().find(|function| function.id == id)
    }

    /// The queue that an ARN means.
    pub(crate) fn queue_of(&self, arn: &str) -> Option<&'a Queue> {
        self.topology.queues.iter().find(|queue| queue.arn.as_str() == arn)
    }

    /// The function that an ARN means, be it one of a version or alias.
    pub(crate) fn function_of(&self, arn: &str) -> Option<&'a Function> {
        self.topology.functions.iter().find(|function| {
            arn.strip_prefix(function.arn.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        })
    }

    /// The first mapping that reads a queue, with its function.
    pub(crate) fn consumer(&self, queue: &Queue) -> Option<(&'a Mapping, &'a Function)> {
        self.topology
            .mappings
            .iter()
            .filter(|mapping| mapping.queue == queue.arn)
            .find_map(|mapping| Some((mapping, self.function_of(mapping.function.as_str())?)))
    }

    /// The mappings that lead to a function, with their queues.
    pub(crate) fn sources(&self, function: &str) -> Vec<(&'a Mapping, &'a Queue)> {
        let of_function =
            |mapping: &&Mapping| self.function_of(mapping.function.as_str()).is_some_and(|it| it.id == function);
        let mappings = self.topology.mappings.iter().filter(of_function);
        mappings.filter_map(|mapping| Some((mapping, self.queue_of(mapping.queue.as_str())?))).collect()
    }

    /// The dead-letter queue of a queue.
    pub(crate) fn dead_letter_queue(&self, queue: &Queue) -> Option<&'a Queue> {
        self.queue_of(queue.redrive.as_ref()?.target.as_str())
    }

    /// The function that a resource hands its messages to: a queue's consumer, a function itself, a subscription's endpoint.
    pub(crate) fn worker(&self, id: &str) -> Option<&'a Function> {
        if let Some(queue) = self.queue(id) {
            return self.consumer(queue).map(|(_, function)| function);
        }
        let subscription = self.topology.subscriptions.iter().find(|it| it.id == id);
        self.function(id).or_else(|| self.function_of(&subscription?.endpoint))
    }

    /// What a function does with its work.
    pub(crate) fn behaviour(&self, function: &str) -> Behaviour {
        self.scenario.functions.get(function).cloned().unwrap_or_default()
    }

    /// What a setting of a resource is when the simulation starts; `None` where it has none.
    pub(crate) fn value(&self, resource: &str, setting: Setting) -> Option<u64> {
        let changed = self
            .scenario
            .changes
            .iter()
            .rfind(|change| change.at.is_zero() && change.resource == resource && change.setting == setting);
        changed.map(|change| change.value).or_else(|| written(self.topology, resource, setting))
    }

    /// How long a message is invisible once it is received.
    pub(crate) fn visibility(&self, queue: &Queue) -> Duration {
        self.value(&queue.id, Setting::VisibilityTimeout).map_or(queue.visibility_timeout, Duration::from_secs)
    }

    /// How many receives a message has before it is given up.
    pub(crate) fn receives(&self, queue: &Queue) -> Option<u64> {
        self.value(&queue.id, Setting::MaxReceiveCount)
    }

    /// How many executions of a function a mapping allows, by itself or by the function's reserved concurrency.
    pub(crate) fn concurrency(&self, mapping: &Mapping, function: &Function) -> Option<u64> {
        let of_mapping = self.value(&mapping.id, Setting::MaximumConcurrency);
        let of_function = self.value(&function.id, Setting::ReservedConcurrentExecutions);
        of_mapping.into_iter().chain(of_function).min()
    }

    /// The longest fault of a function that `of` picks, with its beginning and end.
    pub(crate) fn longest(&self, of: impl Fn(&FaultKind) -> bool) -> Option<(Duration, Duration)> {
        let faults = self.scenario.faults.iter().filter(|fault| of(&fault.kind));
        faults.map(|fault| (fault.from, fault.until)).max_by_key(|(from, until)| until.saturating_sub(*from))
    }
}

/// Which resources have a setting.
pub(crate) fn owners(topology: &Topology, setting: Setting) -> Vec<&str> {
    let queues = || topology.queues.iter().map(|it| it.id.as_str());
    let mappings = topology.mappings.iter().map(|it| it.id.as_str());
    let functions = topology.functions.iter().map(|it| it.id.as_str());
    match setting {
        Setting::VisibilityTimeout | Setting::DelaySeconds | Setting::MessageRetentionPeriod => queues().collect(),
        Setting::MaxReceiveCount => {
            topology.queues.iter().filter(|it| it.redrive.is_some()).map(|it| it.id.as_str()).collect()
        }
        Setting::BatchSize | Setting::MaximumBatchingWindowInSeconds | Setting::MaximumConcurrency => {
            mappings.collect()
        }
        Setting::ReservedConcurrentExecutions | Setting::Timeout | Setting::MemorySize => functions.collect(),
    }
}

/// What the template says, or AWS's default where it says nothing.
fn written(topology: &Topology, resource: &str, setting: Setting) -> Option<u64> {
    let queue = topology.queues.iter().find(|it| it.id == resource);
    let mapping = topology.mappings.iter().find(|it| it.id == resource);
    let function = topology.functions.iter().find(|it| it.id == resource);
    match setting {
        Setting::VisibilityTimeout => queue.map(|it| it.visibility_timeout.as_secs()),
        Setting::DelaySeconds => queue.map(|it| it.delay.as_secs()),
        Setting::MessageRetentionPeriod => queue.map(|it| it.retention.as_secs()),
        Setting::MaxReceiveCount => queue.and_then(|it| Some(u64::from(it.redrive.as_ref()?.receives_max))),
        Setting::BatchSize => mapping.map(|it| u64::from(it.batch_size)),
        Setting::MaximumBatchingWindowInSeconds => mapping.map(|it| it.window.as_secs()),
        Setting::MaximumConcurrency => mapping.and_then(|it| it.concurrency_max.map(u64::from)),
        Setting::ReservedConcurrentExecutions => function.and_then(|it| it.reserved_concurrency.map(u64::from)),
        Setting::Timeout => function.map(|it| it.timeout.as_secs()),
        Setting::MemorySize => function.map(|it| u64::from(it.memory_mb)),
    }
}

impl ServiceTime {
    /// About how long one takes, and how long one in a hundred takes; unknown where a file has it.
    pub(crate) fn typical_and_slow(&self) -> Option<(Duration, Duration)> {
        match self {
            Self::Fixed { fixed } => Some((*fixed, *fixed)),
            Self::Lognormal { p50, p99 } => Some((*p50, *p99)),
            // ln 100: the share of an exponential distribution beyond 4.6 means is one in a hundred.
            Self::Exponential { mean } => Some((*mean, mean.mul_f64(4.605))),
            Self::Empirical { .. } => None,
        }
    }
}

/// A setting changed from the start.
pub(crate) fn from_the_start(resource: &str, setting: Setting, value: u64) -> Change {
    Change { at: Duration::ZERO, resource: resource.to_owned(), setting, value }
}
