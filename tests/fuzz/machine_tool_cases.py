"""Tools with mutated files and flags."""

from __future__ import annotations

import importlib
import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import numpy as np
from fuzz_mutations import mutate_bytes
from machine_programs import PROGRAM

import ireelite


class Tools:
    """Runs each tool with a mutated file or mutated flags."""

    def __init__(self) -> None:
        self.folder = Path(mkdtemp())
        self.module = bytes(ireelite.compile(PROGRAM, targets=["vmvx"]).data)
        (self.folder / "good.vmfb").write_bytes(self.module)
        self.array = io.BytesIO()
        np.save(self.array, np.ones(8, np.float32))

    def make(self, random: Random) -> tuple[str, bytes]:
        """Returns a line with the tool and its flags as JSON, followed by the bytes of the file
        that they name.
        """
        tool = random.choice(list(TOOLS))
        text = PROGRAM.encode()
        kind, flags = random.choice(TOOLS[tool])
        original = {"module": self.module, "array": self.array.getvalue(), "text": text}.get(
            kind, b""
        )
        if kind == "flags":
            words = " ".join(flags).encode()
            flags = (
                mutate_bytes(words, b"--input=2x?xi4=1 @", random)
                .decode(errors="replace")
                .split(" ")
            )
        data = mutate_bytes(original, original, random) if original else b""
        line = json.dumps([tool, *flags]).encode()
        return f"{tool} {kind}", line + b"\n" + data

    def run(self, data: bytes) -> str:
        """Runs the tool in this process, with nothing on standard input. Raises AssertionError for
        a traceback or INTERNAL on standard error, an exit code other than 0, 1 and 2, or a failure
        without a message.
        """
        line, _, contents = data.partition(b"\n")
        tool, *flags = json.loads(line)
        (self.folder / "file").write_bytes(contents)
        main = importlib.import_module(f"ireelite.tools.{tool}").main
        out, error = io.TextIOWrapper(io.BytesIO()), io.StringIO()
        before, stdin = os.getcwd(), sys.stdin
        os.chdir(self.folder)
        try:
            sys.stdin = io.TextIOWrapper(io.BytesIO())
            with redirect_stdout(out), redirect_stderr(error):
                code = main(flags)
        except SystemExit as exit:
            code = exit.code
        finally:
            sys.stdin = stdin
            os.chdir(before)
        said = error.getvalue()
        # Upstream gives imports of other signatures this code, too.
        is_internal = "INTERNAL" in said and "signature mismatch between" not in said
        if "Traceback" in said or is_internal:
            raise AssertionError(f"a traceback: {error.getvalue()[-300:]}")
        if code not in (0, 1, 2, None):
            raise AssertionError(f"exit code {code}")
        out.flush()
        if code and not (error.getvalue() or out.buffer.tell()):
            raise AssertionError("a failure without a word")
        return "results" if not code else "text"


_RUN = ["--device=local-sync", "--max_instructions=100000", "--deadline=5", "--trusted=false"]
TOOLS: dict[str, list[tuple[str, list[str]]]] = {
    "run_module": [
        ("module", ["--module=file", "--function=scaled", "--input=8xf32=1", "--input=8xf32=2", *_RUN]),
        ("module", ["--module=file", "--module_mode=mmap", "--function=sorted", "--input=16xi32=3", *_RUN]),
        ("array", ["--module=good.vmfb", "--function=scaled", "--input=@file", "--input=@file", *_RUN]),
        ("array", ["--module=good.vmfb", "--function=scaled", "--input=8xf32=@file", "--input=8xf32=1",
                   "--expected_output=@file", *_RUN]),
        ("flags", ["--module=good.vmfb", "--function=scaled", "--input=8xf32=1", "--input=8xf32=2",
                   "--output=@out.npy", "--expected_output=8xf32=7.389", *_RUN]),
    ],
    "dump_module": [
        ("module", ["file"]),
        ("module", ["--output=disassembly", "--bytecode_offsets", "file"]),
        ("module", ["--output=flatbuffer-json", "--pretty", "file"]),
        ("module", ["--output=metadata", "file"]),
        ("flags", ["--output=all", "--function=scaled", "--source_lines", "good.vmfb"]),
    ],
    "check_module": [("module", ["--module=file", *_RUN])],
    "benchmark_module": [
        ("module", ["--module=file", "--function=picked", "--input=8xi32=1", "--input=i32=1",
                    "--benchmark_min_time=1x", *_RUN]),
    ],
    "compile": [
        ("text", ["--iree-hal-target-backends=vmvx", "file", "-o", "out.vmfb"]),
        ("text", ["--iree-hal-target-backends=vmvx", "--compile-to=kernels", "file", "-o", "out.mlir"]),
        ("module", ["--iree-hal-target-backends=vmvx", "file", "-o", "out.vmfb"]),
        ("flags", ["--iree-hal-target-backends=vmvx", "--compile-to=hlo", "file", "-o", "out.mlir"]),
    ],
    "opt": [
        ("text", ["--canonicalize", "--cse", "file"]),
        ("flags", ["--canonicalize", "--cse", "--pass-pipeline=builtin.module(cse)", "file"]),
    ],
}  # fmt: skip
"""Tool -> variants of (what is mutated, flags)."""
