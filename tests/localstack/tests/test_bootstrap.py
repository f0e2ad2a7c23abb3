"""Which executables are refused, and with what words."""

import tempfile
import unittest
from pathlib import Path
from unittest import mock

from localstack_process.bootstrap import CannotRun, check


def elf(machine: int) -> bytes:
    return b"\x7fELF" + bytes(14) + machine.to_bytes(2, "little") + bytes(40)


class CheckTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def refusal(self, host: str) -> str | None:
        with mock.patch("platform.machine", return_value=host):
            try:
                check(self.folder)
            except CannotRun as reason:
                return str(reason)
        return None

    def test_the_machine_must_be_that_of_the_host(self):
        x86_64, arm64, riscv = elf(0x3E), elf(0xB7), elf(0xF3)
        wrong_arm64 = "bootstrap is built for arm64 and this machine is x86_64; build it with `cargo lambda build --x86-64`"
        wrong_x86_64 = "bootstrap is built for x86_64 and this machine is arm64; build it with `cargo lambda build --arm64`"
        for header, host, wanted in [
            (x86_64, "x86_64", None),
            (arm64, "aarch64", None),
            (arm64, "arm64", None),
            (arm64, "x86_64", wrong_arm64),
            (x86_64, "aarch64", wrong_x86_64),
            (riscv, "x86_64", wrong_arm64.replace("for arm64", "for another architecture")),
            (b"#!/bin/sh\nexit 0\n", "x86_64", None),
        ]:
            with self.subTest(host=host, header=header[:20]):
                (self.folder / "bootstrap").write_bytes(header)
                self.assertEqual(self.refusal(host), wanted)

    def test_code_without_a_bootstrap_is_told(self):
        self.assertEqual(
            self.refusal("x86_64"), "the code has no file named bootstrap; `cargo lambda build` makes one"
        )


if __name__ == "__main__":
    unittest.main()
