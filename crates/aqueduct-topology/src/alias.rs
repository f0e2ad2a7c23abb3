//! Aliases of functions, for clouds that have one version of each.

use std::borrow::Cow;

use crate::{Arn, Topology};

impl Topology {
    /// The same topology with everything that invokes an alias invoking its function.
    pub fn unaliased(&self) -> Cow<'_, Self> {
        if self.aliases.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut topology = self.clone();
        let functions: Vec<(Arn, Arn)> = topology
            .aliases
            .iter()
            .filter_map(|alias| Some((alias.arn.clone(), Arn::new(alias.arn.as_str().rsplit_once(':')?.0))))
            .collect();
        let plain = |arn: &mut Arn| {
            if let Some((_, function)) = functions.iter().find(|(alias, _)| alias == arn) {
                *arn = function.clone();
            }
        };
        topology.mappings.iter_mut().for_each(|mapping| plain(&mut mapping.function));
        topology.streams.iter_mut().for_each(|mapping| plain(&mut mapping.function));
        topology.permissions.iter_mut().for_each(|permission| plain(&mut permission.function));
        topology.routes.iter_mut().for_each(|route| plain(&mut route.function));
        topology.rules.iter_mut().flat_map(|rule| &mut rule.targets).for_each(|target| plain(&mut target.arn));
        topology.schedules.iter_mut().for_each(|schedule| plain(&mut schedule.target.arn));
        topology.notifications.iter_mut().filter_map(|it| it.target.as_mut()).for_each(plain);
        for subscription in &mut topology.subscriptions {
            let mut endpoint = Arn::new(subscription.endpoint.as_str());
            plain(&mut endpoint);
            endpoint.as_str().clone_into(&mut subscription.endpoint);
        }
        topology.aliases.clear();
        Cow::Owned(topology)
    }
}
