"""A function's executable: whether it can run here, and its process."""

import os
import platform
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

# `e_machine` of the ELF header, by Lambda's word for it.
MACHINES = {0x3E: "x86_64", 0xB7: "arm64"}
HOST = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


class CannotRun(Exception):
    """This executable cannot run on this machine; the message says what to do."""


def check(folder: Path) -> None:
    """Refuses code that has no bootstrap, or one for another processor."""
    path = folder / "bootstrap"
    if not path.is_file():
        raise CannotRun("the code has no file named bootstrap; `cargo lambda build` makes one")
    with path.open("rb") as file:
        header = file.read(20)
    if header[:4] != b"\x7fELF":
        return
    machine = MACHINES.get(int.from_bytes(header[18:20], "little"), "another architecture")
    host = HOST.get(platform.machine().lower(), platform.machine())
    if machine != host:
        flag = "--arm64" if host == "arm64" else "--x86-64"
        raise CannotRun(
            f"bootstrap is built for {machine} and this machine is {host}; build it with `cargo lambda build {flag}`"
        )


class Bootstrap:
    """A running bootstrap, in a process group of its own."""

    def __init__(self, folder: Path, variables: dict[str, str], output: int, on_end: Callable[[str], None]):
        try:
            self._process = subprocess.Popen(
                [str(folder / "bootstrap")],
                cwd=folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as cause:
            raise CannotRun(f"bootstrap cannot be started: {cause.strerror}") from cause
        self._watcher = threading.Thread(target=self._watch, args=(on_end,), name="bootstrap", daemon=True)
        self._watcher.start()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """Kills the process and what it started: Lambda too gives a function without extensions no time to say goodbye."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._watcher.join()

    def _watch(self, on_end: Callable[[str], None]) -> None:
        on_end(_how(self._process.wait()))


def _how(code: int) -> str:
    if code == 0:
        return "Runtime exited without providing a reason"
    if code > 0:
        return f"Runtime exited with error: exit status {code}"
    return f"Runtime exited with error: signal: {signal.strsignal(-code) or -code}"
