"""The wait after an empty poll begins at the maximum that was asked for, if that is less than a second.

`LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC` caps the later waits only; the first is a second whatever it says.
"""

import functools


def apply() -> None:
    from localstack.services.lambda_.event_source_mapping import esm_worker

    esm_worker.ExponentialBackoff = capped(esm_worker.ExponentialBackoff)


def capped(backoff):
    """Makes a back-off whose first wait is no longer than its longest."""

    @functools.wraps(backoff, updated=())
    def make(*, initial_interval: float, max_interval: float, **others):
        return backoff(initial_interval=min(initial_interval, max_interval), max_interval=max_interval, **others)

    return make
