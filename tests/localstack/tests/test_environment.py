"""Functions that succeed, fail, crash, hang and never start."""

import json
import os
import tempfile
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from localstack_process.bootstrap import CannotRun
from localstack_process.environment import Environment, Report, Request, Stopped
from localstack_process.runtime_api import RESPONSE_LIMIT, InitFailed

from .functions import ECHO, write

ARN = "arn:aws:lambda:us-east-1:000000000000:function:echo"


class EnvironmentTests(unittest.TestCase):
    def environment(self, code: str, timeout: float = 20.0, init_timeout: float = 20.0, **variables: str) -> Environment:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        environment = Environment(write(Path(folder.name), code), variables, timeout, init_timeout)
        self.addCleanup(environment.stop)
        return environment

    def invoke(self, environment: Environment, payload: str = "{}", id: str = "1") -> Report:
        return environment.invoke(Request(id, ARN, payload.encode(), "Root=1-5759e988-bd862e3fe1be46a994272793"))

    def error(self, report: Report) -> tuple[str, str]:
        self.assertTrue(report.outcome.is_error, report)
        body = json.loads(report.outcome.payload)
        return body["errorType"], body["errorMessage"]

    def test_an_answer_comes_back_with_what_was_written(self):
        environment = self.environment(ECHO)
        environment.start()
        first, second = self.invoke(environment, '{"a":1}'), self.invoke(environment, '"two"', id="2")
        self.assertEqual((first.outcome.payload, first.outcome.is_error), (b'{"a":1}', False))
        self.assertEqual(first.output, 'starting\ngot {"a":1}\n')
        self.assertEqual((second.outcome.payload, second.output), (b'"two"', 'got "two"\n'))
        self.assertEqual(environment.logs(), 'starting\ngot {"a":1}\ngot "two"\n')

    def test_the_function_learns_its_deadline_and_surroundings(self):
        environment = self.environment(
            """
            while True:
                headers, _ = next()
                remaining = int(headers["Lambda-Runtime-Deadline-Ms"]) / 1000 - time.time()
                names = "PATH LANG TZ LAMBDA_TASK_ROOT STATUS_TABLE HOME".split()
                answer(headers, json.dumps({
                    "remaining": remaining, "arn": headers["Lambda-Runtime-Invoked-Function-Arn"],
                    "trace": headers["Lambda-Runtime-Trace-Id"], "cwd": os.getcwd(),
                    **{name: os.environ.get(name) for name in names},
                }))
            """,
            STATUS_TABLE="status",
        )
        environment.start()
        told = json.loads(self.invoke(environment).outcome.payload)
        self.assertTrue(10 < told.pop("remaining") <= 20)
        self.assertEqual(os.path.realpath(told.pop("cwd")), os.path.realpath(told["LAMBDA_TASK_ROOT"]))
        told.pop("LAMBDA_TASK_ROOT")
        wanted = {
            "arn": ARN,
            "trace": "Root=1-5759e988-bd862e3fe1be46a994272793",
            "PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "STATUS_TABLE": "status",
            "HOME": None,
        }
        self.assertEqual(told, wanted)

    def test_an_error_of_the_handler_is_handed_on(self):
        environment = self.environment(
            """
            while True:
                headers, _ = next()
                answer(headers, '{"errorType":"Declined","errorMessage":"no money"}', kind="error")
            """
        )
        environment.start()
        for id in ("1", "2"):
            self.assertEqual(self.error(self.invoke(environment, id=id)), ("Declined", "no money"))

    def test_a_crash_is_reported_and_the_next_invocation_has_a_new_process(self):
        environment = self.environment(
            """
            while True:
                headers, body = next()
                if body == b'"exit"':
                    print("about to exit", flush=True)
                    sys.exit(3)
                if body == b'"kill"':
                    os.kill(os.getpid(), signal.SIGABRT)
                answer(headers, str(os.getpid()))
            """
        )
        environment.start()
        before = self.invoke(environment).outcome.payload
        crash = self.invoke(environment, '"exit"', id="2")
        wanted = ("Runtime.ExitError", "RequestId: 2 Error: Runtime exited with error: exit status 3")
        self.assertEqual(self.error(crash), wanted)
        self.assertEqual(crash.output, "about to exit\n")
        abort = self.invoke(environment, '"kill"', id="3")
        wanted = ("Runtime.ExitError", "RequestId: 3 Error: Runtime exited with error: signal: Aborted")
        self.assertEqual(self.error(abort), wanted)
        after = self.invoke(environment, id="4")
        self.assertFalse(after.outcome.is_error)
        self.assertNotEqual(after.outcome.payload, before)

    def test_a_timeout_kills_the_process_with_its_children_and_the_next_invocation_works(self):
        environment = self.environment(
            """
            import subprocess
            while True:
                headers, body = next()
                if body == b'"hang"':
                    child = subprocess.Popen(["sleep", "1000"])
                    print(child.pid, flush=True)
                    time.sleep(1000)
                answer(headers, body)
            """,
            timeout=3.0,
        )
        environment.start()
        hang = self.invoke(environment, '"hang"')
        wanted = ("Sandbox.Timedout", "RequestId: 1 Error: Task timed out after 3.00 seconds")
        self.assertEqual(self.error(hang), wanted)
        self.assertGreaterEqual(hang.milliseconds, 3000)
        self.assertTrue(gone(int(hang.output)), "the function's child still runs")
        self.assertEqual(self.invoke(environment, '"well"', id="2").outcome.payload, b'"well"')

    def test_a_function_that_ends_before_it_asks_for_work_has_failed_to_start(self):
        environment = self.environment('print("STATUS_TABLE is not set", flush=True); sys.exit(1)')
        with self.assertRaises(InitFailed) as failed:
            environment.start()
        wanted = {"errorType": "Runtime.ExitError", "errorMessage": "Error: Runtime exited with error: exit status 1"}
        self.assertEqual(json.loads(failed.exception.outcome.payload), wanted)
        self.assertEqual(environment.logs(), "STATUS_TABLE is not set\n")
        self.assertEqual(self.error(self.invoke(environment))[0], "Runtime.ExitError")

    def test_an_error_of_initialisation_is_handed_on(self):
        environment = self.environment("""post("init/error", '{"errorType":"NoTable","errorMessage":"which?"}')""")
        with self.assertRaisesRegex(InitFailed, "NoTable"):
            environment.start()

    def test_a_function_that_never_asks_for_work_is_stopped(self):
        environment = self.environment("time.sleep(1000)", init_timeout=0.3)
        with self.assertRaisesRegex(InitFailed, "within 0.3 seconds"):
            environment.start()

    def test_a_response_beyond_the_limit_is_an_error_of_the_function(self):
        environment = self.environment(
            """
            while True:
                headers, body = next()
                status = answer(headers, b"x" * int(body))
                print(status, flush=True)
            """
        )
        environment.start()
        self.assertEqual(len(self.invoke(environment, str(RESPONSE_LIMIT)).outcome.payload), RESPONSE_LIMIT)
        too_large = self.invoke(environment, str(RESPONSE_LIMIT + 1), id="2")
        self.assertEqual(self.error(too_large)[0], "Function.ResponseSizeTooLarge")
        self.assertFalse(self.invoke(environment, "1", id="3").outcome.is_error)

    def test_a_response_in_chunks_is_put_together(self):
        environment = self.environment(
            """
            while True:
                headers, _ = next()
                answer(headers, iter([b"one ", b"two"]), encode_chunked=True,
                    headers={"Transfer-Encoding": "chunked"})
            """
        )
        environment.start()
        for id in ("1", "2"):
            self.assertEqual(self.invoke(environment, id=id).outcome.payload, b"one two")

    def test_an_answer_to_another_invocation_is_refused(self):
        environment = self.environment(
            """
            while True:
                headers, _ = next()
                answer(headers, str(post("invocation/another/response", "{}")))
            """
        )
        environment.start()
        self.assertEqual(self.invoke(environment).outcome.payload, b"400")

    def test_eight_environments_answer_at_once(self):
        # Each function waits until all eight are at work, so that one after the other would never end.
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        code = f"""
            while True:
                headers, body = next()
                open({folder.name!r} + "/" + body.decode(), "w").close()
                while len(os.listdir({folder.name!r})) < 8:
                    time.sleep(0.01)
                answer(headers, body)
            """
        environments = [self.environment(code, timeout=60.0, init_timeout=60.0) for _ in range(8)]

        def run(index: int) -> bytes:
            environments[index].start()
            return self.invoke(environments[index], str(index)).outcome.payload

        with ThreadPoolExecutor(8) as threads:
            self.assertEqual(list(threads.map(run, range(8))), [str(index).encode() for index in range(8)])

    def test_stopping_ends_an_invocation_that_runs_and_comes_twice_in_peace(self):
        environment = self.environment("next(); print('here', flush=True); time.sleep(1000)")
        environment.start()
        reports = []
        waiting = threading.Thread(target=lambda: reports.append(self.invoke(environment)))
        waiting.start()
        until(lambda: "here" in environment.logs())
        environment.stop()
        environment.stop()
        waiting.join(20)
        self.assertEqual(self.error(reports[0])[0], "Runtime.ExitError")
        with self.assertRaises(Stopped):
            environment.start()

    def test_a_bootstrap_that_is_no_program_cannot_run(self):
        environment = self.environment("")
        folder = environment._folder
        (folder / "bootstrap").write_bytes(b"\x7fELF no more than that")
        with self.assertRaisesRegex(CannotRun, "cannot be started"):
            environment.start()


def until(condition) -> None:
    """Waits for a condition, with a limit far beyond what it takes."""
    limit = time.monotonic() + 20
    while not condition():
        if time.monotonic() > limit:
            raise AssertionError("it did not happen within 20 seconds")
        time.sleep(0.01)


def gone(process: int) -> bool:
    """Whether a process ended, or is only kept for whoever asks after it."""

    def ended() -> bool:
        try:
            return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
        except FileNotFoundError:
            return True

    until(ended)
    return True


if __name__ == "__main__":
    unittest.main()
