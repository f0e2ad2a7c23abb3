"""One execution environment: a bootstrap with its Runtime API, started again when it died."""

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from .bootstrap import Bootstrap
from .capture import Capture
from .runtime_api import InitFailed, Invocation, Outcome, RuntimeApi, error

# What Lambda gives every function, whatever the machine has.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
BASE = {"PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin", "LANG": "en_US.UTF-8", "TZ": ":UTC"}


@dataclass(frozen=True)
class Request:
    """One invocation, before its deadline is known."""

    id: str
    function_arn: str
    payload: bytes
    trace_id: str = ""


@dataclass(frozen=True)
class Report:
    """How an invocation went, with what the function wrote meanwhile."""

    outcome: Outcome
    output: str
    milliseconds: float


class Stopped(Exception):
    """The environment was stopped while somebody waited for it."""


class Environment:
    """Runs one invocation at a time; `stop` may come from another thread, and more than once."""

    def __init__(self, folder: Path, variables: dict[str, str], timeout: float, init_timeout: float = 10.0):
        self._folder = folder
        self._variables = {**BASE, **variables, "LAMBDA_TASK_ROOT": str(folder)}
        self._timeout = timeout
        self._init_timeout = init_timeout
        self._capture = Capture()
        self._lock = threading.Lock()
        self._running: tuple[RuntimeApi, Bootstrap] | None = None
        self._stopped = False

    def start(self) -> None:
        """Starts the process and waits until it asks for work; raises `InitFailed`."""
        with self._lock:
            if self._stopped:
                raise Stopped
            api = RuntimeApi()
            try:
                variables = {**self._variables, "AWS_LAMBDA_RUNTIME_API": api.address}
                process = Bootstrap(self._folder, variables, self._capture.fileno(), api.ended)
            except BaseException:
                api.close()
                raise
            self._running = (api, process)
        self._wait_until_ready(api.ready)

    def _wait_until_ready(self, ready: "Future[None]") -> None:
        try:
            ready.result(self._init_timeout)
        except TimeoutError:
            self._end_process()
            what = f"Error: the function asked for no invocation within {self._init_timeout:g} seconds of its start"
            raise InitFailed(error("Sandbox.Timedout", what)) from None
        except InitFailed:
            self._end_process()
            raise

    def invoke(self, request: Request) -> Report:
        """Runs one invocation; what goes wrong with the function is in the report."""
        began = time.monotonic()
        outcome = self._outcome(request)
        milliseconds = (time.monotonic() - began) * 1000
        return Report(outcome, self._capture.take(), milliseconds)

    def _outcome(self, request: Request) -> Outcome:
        try:
            api = self._ready_api()
        except InitFailed as failure:
            return failure.outcome
        deadline_ms = int((time.time() + self._timeout) * 1000)
        invocation = Invocation(request.id, request.function_arn, request.payload, deadline_ms, request.trace_id)
        future = api.hand_over(invocation)
        try:
            return future.result(self._timeout)
        except TimeoutError:
            self._end_process()
            what = f"RequestId: {request.id} Error: Task timed out after {self._timeout:.2f} seconds"
            return error("Sandbox.Timedout", what)

    def _ready_api(self) -> RuntimeApi:
        with self._lock:
            running = self._running
        if running and running[1].running:
            return running[0]
        self._end_process()
        self.start()
        with self._lock:
            if not self._running:
                raise Stopped
            return self._running[0]

    def logs(self) -> str:
        """The end of all that the function wrote."""
        return self._capture.tail()

    def stop(self) -> None:
        """Ends the process for good; its logs stay readable."""
        with self._lock:
            self._stopped = True
        self._end_process()

    def _end_process(self) -> None:
        with self._lock:
            running, self._running = self._running, None
        if running:
            api, process = running
            process.stop()
            api.close()
