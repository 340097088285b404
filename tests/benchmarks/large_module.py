"""A module with as many bytes of constants as one likes, in a file that takes no room, and what
loading it costs a fresh process.

    python large_module.py write FILE BYTES BACKEND
    python large_module.py load FILE ours|upstream

`write` compiles a small program for `vmvx` or `llvm-cpu` and lets its constant grow: the new end is
a hole in the file, so nothing is written there. `ours` reads the file, `upstream` maps it. `load`
prints, as JSON, seconds and bytes of resident memory that loading and a first call have taken, and
the call's result. The program adds its argument to the elements 7 to 10, of which element `n` is
`n`.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import time
from pathlib import Path

import numpy as np

SEED = 65_543
"""Elements that are compiled in; so many that no other number in the module is their byte length."""


def write(path: Path, byte_length: int, backend: str) -> None:
    """Writes the module with `byte_length` bytes of constants, more than 4 * `SEED`."""
    import ireelite
    from ireelite.bytecode.decode import decode_module
    from ireelite.bytecode.encode import encode_module

    elements = np.arange(SEED, dtype=np.float32)
    program = ireelite.compile(
        f"""
        func.func @pick(%x: tensor<4xf32>) -> tensor<4xf32> {{
          %c = stablehlo.constant dense<"0x{elements.tobytes().hex()}"> : tensor<{SEED}xf32>
          %0 = stablehlo.slice %c [7:11] : (tensor<{SEED}xf32>) -> tensor<4xf32>
          %1 = stablehlo.add %0, %x : tensor<4xf32>
          return %1 : tensor<4xf32>
        }}
        """,
        targets=[backend],
    )
    module = decode_module(program.data)
    for block in (block for function in module.functions for block in function.blocks):
        block.instructions[:] = [
            row._replace(operands=(byte_length, row.operands[1]))
            if row.op.mnemonic == "const.i64" and row.operands[0] == elements.nbytes
            else row
            for row in block.instructions
        ]
    data = bytearray(encode_module(module, polyglot_zip=False).data)
    # The constants are the file's last segment; its length stands once in the FlatBuffer.
    end = 4 + int.from_bytes(data[:4], "little")
    length = struct.pack("<Q", elements.nbytes)
    assert data.count(length, 0, end) == 1
    at = data.index(length, 0, end)
    data[at : at + 8] = struct.pack("<Q", byte_length)
    with open(path, "wb") as file:
        file.write(data)
        file.truncate(len(data) + byte_length - elements.nbytes)


def load(path: Path, runtime: str) -> dict[str, object]:
    """What loading the module and its first call take in this process."""
    x = np.zeros(4, np.float32)
    if runtime != "upstream":
        import ireelite
        from ireelite.vm.bytecode_module import BytecodeModule

        # Both runtimes have loaded and called something before, so that only the file counts.
        small = path.with_suffix(".small")
        ireelite.load(small).pick(x)
        before = resident_bytes()
        start = time.perf_counter()
        module = BytecodeModule.from_file(path)
        result = ireelite.load(module).pick(x)
    else:
        import iree.runtime

        config = iree.runtime.Config("local-sync")

        def called(file: Path) -> np.ndarray:
            context = iree.runtime.SystemContext(config=config)
            context.add_vm_module(iree.runtime.VmModule.mmap(config.vm_instance, str(file)))
            return context.modules["module"]["pick"](x).to_host()

        called(path.with_suffix(".small"))
        before = resident_bytes()
        start = time.perf_counter()
        result = called(path)
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "resident": resident_bytes() - before,
        "result": [float(element) for element in result],
    }


def resident_bytes() -> int:
    """Memory of this process that is in use now, mapped files included."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def main() -> None:
    """`write`, which leaves a small one with the suffix `.small` next to the file, or `load`."""
    command, path = sys.argv[1], Path(sys.argv[2])
    if command == "write":
        write(path, int(sys.argv[3]), sys.argv[4])
        write(path.with_suffix(".small"), 8 * SEED, sys.argv[4])
    else:
        print(json.dumps(load(path, sys.argv[3])))


if __name__ == "__main__":
    main()
