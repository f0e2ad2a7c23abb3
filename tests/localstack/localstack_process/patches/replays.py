"""`StartReplay` replays.

LocalStack archives the time of an event as text, and fails with an internal error when it treats that text as a time. It
compares times by the minute, here too: a replay sends everything from the first minute to the last.
"""

import datetime


def apply() -> None:
    from localstack.services.events.archive import ArchiveService

    install(ArchiveService)


def install(archive: type) -> None:
    """Gives LocalStack the archived events with times that are times."""
    get_events = archive._filter_events_start_end_time

    def filtering(self, start, end):
        stored = self.archive.events
        for name, event in list(stored.items()):
            stored[name] = {**event, "time": as_time(event["time"])}
        return get_events(self, start, end)

    archive._filter_events_start_end_time = filtering


def as_time(value) -> datetime.datetime:
    """A time, given as one or as text."""
    return value if isinstance(value, datetime.datetime) else datetime.datetime.fromisoformat(value)
