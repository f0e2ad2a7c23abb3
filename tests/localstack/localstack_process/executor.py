"""LocalStack's runtime executor `process`: chosen by `LAMBDA_RUNTIME_EXECUTOR=process`."""

import logging
import os
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from .bootstrap import CannotRun, check
from .environment import Environment, Report, Request
from .runtime_api import InitFailed, error

LOG = logging.getLogger(__name__)

# Lambda gives initialisation ten seconds.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
INIT_TIMEOUT = 10.0

# "1" starts each function once while it is deployed, so that one which cannot start fails its deployment.
CHECK_START = "LS_PROCESS_CHECK_START"


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):
    name = "process"

    def load(self, *_args, **_kwargs):
        return ProcessRuntimeExecutor


class ProcessRuntimeExecutor(RuntimeExecutor):
    """One execution environment of one function version."""

    def __init__(self, id: str, function_version: FunctionVersion):
        super().__init__(id, function_version)
        self._environment: Environment | None = None

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpacks the code, and refuses what cannot run; LocalStack shows the reason as `StateReason`."""
        runtime = function_version.config.runtime or "a container image"
        if not runtime.startswith("provided"):
            raise CannotRun(f"the process executor runs provided.* functions, not {runtime}")
        if function_version.config.layers:
            raise CannotRun("the process executor does not model layers")
        function_version.config.code.prepare_for_execution()
        check(_folder(function_version))
        if os.environ.get(CHECK_START) == "1":
            _start_once(function_version)

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Nothing was made beside the code, which LocalStack deletes itself."""

    def start(self, env_vars: dict[str, str]) -> None:
        variables = {name: str(value) for name, value in env_vars.items()}
        timeout = float(self.function_version.config.timeout)
        self._environment = Environment(_folder(self.function_version), variables, timeout, INIT_TIMEOUT)
        try:
            self._environment.start()
        except InitFailed as failure:
            raise StatusErrorException(str(failure), payload=failure.outcome.payload) from failure
        except CannotRun as reason:
            payload = error("Runtime.InvalidEntrypoint", str(reason)).payload
            raise StatusErrorException(str(reason), payload=payload) from reason

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        request = Request(
            id=payload["invoke-id"],
            function_arn=payload["invoked-function-arn"],
            payload=payload["payload"].encode(),
            trace_id=payload.get("trace-id", ""),
        )
        report = self._environment.invoke(request)
        logs = self._framed(request.id, report)
        return InvocationResult(request.id, report.outcome.payload, is_error=report.outcome.is_error, logs=logs)

    def _framed(self, request_id: str, report: Report) -> str:
        version = self.function_version.id.qualifier
        output = report.output if report.output.endswith("\n") or not report.output else report.output + "\n"
        memory = self.function_version.config.memory_size
        return (
            f"START RequestId: {request_id} Version: {version}\n{output}END RequestId: {request_id}\n"
            f"REPORT RequestId: {request_id}\tDuration: {report.milliseconds:.2f} ms\tMemory Size: {memory} MB\n"
        )

    def stop(self) -> None:
        if self._environment:
            self._environment.stop()

    def get_logs(self) -> str:
        return self._environment.logs() if self._environment else ""

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"


def _folder(function_version: FunctionVersion) -> Path:
    return Path(function_version.config.code.get_unzipped_code_location())


def _start_once(function_version: FunctionVersion) -> None:
    # Importing it above would be a circle: LocalStack loads the executor from there.
    from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment, InitializationType

    def ignore(*_):
        pass

    trial = ExecutionEnvironment(function_version, InitializationType.on_demand, ignore, "start-check")
    try:
        trial.start()
    except StatusErrorException as failure:
        written = trial.runtime_executor.get_logs().strip() or "(it wrote nothing)"
        raise CannotRun(f"the function does not start: {failure}\nIt wrote:\n{written}") from failure
    finally:
        trial.runtime_executor.stop()
