"""The Lambda Runtime API for one execution environment, on a loopback port of its own.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import queue
import re
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VERSION = "/2018-06-01/runtime"
OUTCOME = re.compile(rf"{VERSION}/invocation/([^/]+)/(response|error)")

# Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (6 MB, and what frames it)
RESPONSE_LIMIT = 6_291_556


@dataclass(frozen=True)
class Invocation:
    """What `/next` hands to the function."""

    id: str
    function_arn: str
    payload: bytes
    deadline_ms: int
    trace_id: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came back: a response, or an error in Lambda's own form."""

    payload: bytes
    is_error: bool = False


def error(kind: str, message: str) -> Outcome:
    """An error as Lambda words it."""
    return Outcome(json.dumps({"errorType": kind, "errorMessage": message}).encode(), is_error=True)


class InitFailed(Exception):
    """The function never asked for its first invocation."""

    def __init__(self, outcome: Outcome):
        super().__init__(outcome.payload.decode(errors="replace"))
        self.outcome = outcome


class RuntimeApi:
    """Serves one process, one invocation at a time."""

    def __init__(self):
        self.ready: Future[None] = Future()
        self._inbox: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._current: tuple[Invocation, Future[Outcome]] | None = None
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        threading.Thread(target=self._server.serve_forever, name="runtime-api", daemon=True).start()

    @property
    def address(self) -> str:
        """The value of `AWS_LAMBDA_RUNTIME_API`."""
        return f"127.0.0.1:{self._server.server_port}"

    def hand_over(self, invocation: Invocation) -> "Future[Outcome]":
        """Offers an invocation to the process; the future has its outcome."""
        future: Future[Outcome] = Future()
        with self._lock:
            self._current = (invocation, future)
        self._inbox.put(invocation)
        return future

    def ended(self, how: str) -> None:
        """The process is gone: whoever waits for it learns how it ended."""
        with self._lock:
            if not self.ready.done():
                self.ready.set_exception(InitFailed(error("Runtime.ExitError", f"Error: {how}")))
            if self._current:
                invocation, future = self._current
                self._current = None
                future.set_result(error("Runtime.ExitError", f"RequestId: {invocation.id} Error: {how}"))

    def close(self) -> None:
        """Stops listening; a process that waits for `/next` finds its connection closed."""
        self._inbox.put(None)
        self._server.shutdown()
        self._server.server_close()

    def next(self) -> Invocation | None:
        with self._lock:
            if not self.ready.done():
                self.ready.set_result(None)
        return self._inbox.get()

    def init_error(self, body: bytes) -> None:
        with self._lock:
            if not self.ready.done():
                self.ready.set_exception(InitFailed(Outcome(body, is_error=True)))

    def finish(self, invocation_id: str, outcome: Outcome) -> bool:
        """Whether this invocation was the one that ran."""
        with self._lock:
            if not self._current or self._current[0].id != invocation_id:
                return False
            _, future = self._current
            self._current = None
        future.set_result(outcome)
        return True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    api: RuntimeApi


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes: Nagle's algorithm would hold back the second one for 40 ms.
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self):
        if self.path != f"{VERSION}/invocation/next":
            return self._refuse(404, f"{self.path} is not part of the Runtime API")
        invocation = self.server.api.next()
        if invocation is None:
            self.close_connection = True
            return None
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
        }
        if invocation.trace_id:
            headers["Lambda-Runtime-Trace-Id"] = invocation.trace_id
        return self._answer(200, invocation.payload, headers)

    def do_POST(self):
        body = self._body()
        if self.path == f"{VERSION}/init/error":
            self.server.api.init_error(body)
            return self._accepted()
        outcome = OUTCOME.fullmatch(self.path)
        if not outcome:
            return self._refuse(404, f"{self.path} is not part of the Runtime API; extensions are not modelled")
        invocation_id, kind = outcome.groups()
        if kind == "response" and len(body) > RESPONSE_LIMIT:
            message = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
            self.server.api.finish(invocation_id, error("Function.ResponseSizeTooLarge", message))
            return self._refuse(413, message)
        if not self.server.api.finish(invocation_id, Outcome(body, is_error=kind == "error")):
            return self._refuse(400, f"invocation {invocation_id} is not the one that runs")
        return self._accepted()

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._chunks())
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _chunks(self):
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        # Trailers say how a streamed response ended; they stand before an empty line.
        while self.rfile.readline().strip():
            pass

    def _accepted(self):
        self._answer(202, b'{"status":"OK"}', {"Content-Type": "application/json"})

    def _refuse(self, status: int, message: str):
        body = json.dumps({"errorType": "InvalidRequest", "errorMessage": message}).encode()
        self._answer(status, body, {"Content-Type": "application/json"})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Silence: requests are the function's business."""
