"""What a function writes, gathered in one file without a name.

A file, not a pipe: when the function's response arrives, everything that it wrote before is there. Without a name
nothing is left behind, however LocalStack ends.
"""

import os
import tempfile
import weakref

TAIL = 64 * 1024


class Capture:
    """Standard output and standard error of the processes of one environment, in the order of writing."""

    def __init__(self):
        self._file = tempfile.TemporaryFile("a+b", buffering=0)
        # Closed with the last reference: LocalStack asks for the logs of environments that it has stopped.
        weakref.finalize(self, self._file.close)
        self._taken = 0

    def fileno(self) -> int:
        return self._file.fileno()

    def take(self) -> str:
        """What was written since the last time."""
        end = os.fstat(self.fileno()).st_size
        start, self._taken = self._taken, end
        return self._read(start, end)

    def tail(self) -> str:
        """The last 64 KiB of all that was written."""
        end = os.fstat(self.fileno()).st_size
        return self._read(max(0, end - TAIL), end)

    def _read(self, start: int, end: int) -> str:
        return os.pread(self.fileno(), end - start, start).decode(errors="replace")
