//! What the clients of all services have in common.

/// What the SDK says, down to the cause: its own errors name only their outermost layer.
pub(super) fn reason(error: impl std::error::Error + 'static) -> String {
    crate::consume::chain(&error)
}

/// The client of a service, made when it is first needed.
///
/// What a process may spend on retries, its clients of a service share. An environment with settings of its own stands for a
/// process of its own, and so spends its own: otherwise what happens in one would depend on what happened in others.
#[cfg(feature = "lambda")]
macro_rules! client {
    ($environment:ident, $service:ident, $sdk:ident) => {
        client!($environment, $service, $sdk, |config| config)
    };
    ($environment:ident, $service:ident, $sdk:ident, |$builder:ident| $set:expr) => {{
        let make = || {
            let $builder = $sdk::config::Builder::from(&$environment.config);
            let mut config = $set;
            if $environment.settings.is_some() {
                let retries = $sdk::config::retry::RetryPartition::custom("environment");
                let retries = retries.token_bucket($sdk::config::retry::TokenBucket::default());
                config.set_retry_partition(Some(retries.build()));
            }
            $sdk::Client::from_conf(config.build())
        };
        $environment.$service.get_or_init(make).clone()
    }};
}
