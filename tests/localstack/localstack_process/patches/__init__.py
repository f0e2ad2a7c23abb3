"""Repairs of LocalStack 4.14.0, switched on by `LS_PROCESS_PATCHES=1`.

Each module repairs one thing and says what is wrong without it. Each patch checks that what it replaces is there, so that
another version of LocalStack is told apart rather than patched by guess.
"""

import os

from localstack.runtime import hooks


@hooks.on_infra_start(should_load=lambda: os.environ.get("LS_PROCESS_PATCHES") == "1")
def apply_process_patches():
    from . import dead_letters, poll_interval, record_bodies, replays

    for patch in (record_bodies, poll_interval, dead_letters, replays):
        patch.apply()
