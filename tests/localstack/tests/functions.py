"""Small bootstraps, written by the tests, that speak the Runtime API."""

import sys
import textwrap
from pathlib import Path

# What every bootstrap here begins with: `next()` and `post(path, body)` against the Runtime API.
PREAMBLE = f"""\
#!{sys.executable}
import http.client, json, os, signal, sys, time
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
def next():
    connection.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = connection.getresponse()
    return answer.headers, answer.read()
def post(path, body, **options):
    connection.request("POST", "/2018-06-01/runtime/" + path, body=body, **options)
    answer = connection.getresponse()
    answer.read()
    return answer.status
def answer(invocation, body, kind="response", **options):
    return post("invocation/" + invocation["Lambda-Runtime-Aws-Request-Id"] + "/" + kind, body, **options)
"""

ECHO = """
print("starting", flush=True)
while True:
    headers, body = next()
    print("got " + body.decode(), flush=True)
    answer(headers, body)
"""


def write(folder: Path, code: str) -> Path:
    """Writes a bootstrap into a folder, and answers the folder."""
    path = folder / "bootstrap"
    path.write_text(PREAMBLE + textwrap.dedent(code))
    path.chmod(0o755)
    return folder
