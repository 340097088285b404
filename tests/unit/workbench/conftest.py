"""Records made by hand: simple_mul at every stage of the walkthrough,
and a run of it on a queue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import pytest

from ireelite.records import (
    CompilationRecord,
    ExecutionRecord,
    ExecutionRecorder,
    Rewrite,
    TextSpan,
)

TEXTS = {
    "tf": """module {
  tf.graph @simple_mul {
    %arg0, %arg0_control = tf.Placeholder {dtype = f32, shape = [4]} : tensor<4xf32>
    %arg1, %arg1_control = tf.Placeholder {dtype = f32, shape = [4]} : tensor<4xf32>
    %Mul, %Mul_control = tf.Mul(%arg0, %arg1) {T = f32} : tensor<4xf32>
  }
}
""",
    "hlo": """module {
  func.func @simple_mul(%arg0 : tensor<4xf32>, %arg1 : tensor<4xf32>) -> tensor<4xf32> {
    %0 = stablehlo.multiply %arg0, %arg1 : tensor<4xf32>
    return %0 : tensor<4xf32>
  }
}
""",
    "dispatch": """module {
  func.func @simple_mul(%arg0 : tensor<4xf32>, %arg1 : tensor<4xf32>) -> tensor<4xf32> {
    %cst = arith.constant dense<[4, 1, 1]> : tensor<3xi32>
    %0 = iree.dispatch_region[%cst : tensor<3xi32>](%arg2 = %arg0, %arg3 = %arg1) : tensor<4xf32> {
      %1 = arith.mulf %arg2, %arg3 : tensor<4xf32>
      iree.return %1 : tensor<4xf32>
    }
    return %0 : tensor<4xf32>
  }
}
""",
    "hl-seq": """module {
  iree.multi_arch_executable @simple_mul_ex_dispatch_0() {
    iree.executable(Unspecified) {
      module {
        func.func @simple_mul_rgn_dispatch_0(%arg0 : memref<4xf32>, %arg1 : memref<4xf32>, %arg2 :
        memref<4xf32>) { %0 = iree.load_input(%arg0 : memref<4xf32>) : tensor<4xf32> %1 =
        iree.load_input(%arg1 : memref<4xf32>) : tensor<4xf32> %2 = arith.mulf %0, %1 : tensor<4xf32>
        iree.store_output(%2 : tensor<4xf32>, %arg2 : memref<4xf32>) iree.return }
      }
    }
  }
  func.func @simple_mul(%arg0 : memref<4xf32>, %arg1 : memref<4xf32>) -> memref<4xf32> {
    %0 = arith.constant dense<[4, 1, 1]> : tensor<3xi32>
    %1 = iree_hl_seq.alloc_heap : memref<4xf32>
    iree_hl_seq.dispatch @simple_mul_ex_dispatch_0::@simple_mul_rgn_dispatch_0[%0](%arg0, %arg1, %1)
    iree_hl_seq.return %1 : memref<4xf32>
  }
}
""",
    "kernels": """module {
  func.func @simple_mul_rgn_dispatch_0(%arg0 : memref<4xf32>, %arg1 : memref<4xf32>, %arg2 : memref<4xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    scf.parallel (%i) = (%c0) to (%c4) step (%c1) {
      %0 = memref.load %arg0[%i] : memref<4xf32>
      %1 = memref.load %arg1[%i] : memref<4xf32>
      %2 = arith.mulf %0, %1 : f32
      memref.store %2, %arg2[%i] : memref<4xf32>
      scf.reduce
    }
    return
  }
}
""",
    "executables": """module {
  iree.multi_arch_executable @simple_mul_ex_dispatch_0[0]() {
    iree.executable(SPIRV) {
      spirv.module Logical GLSL450 {
        spirv.func @simple_mul_rgn_dispatch_0() "None" {
          %0 = spirv.mlir.addressof @globalInvocationID : !spirv.ptr<vector<3xi32>, Input>
          %1 = spirv.Load "Input" %0 : vector<3xi32>
          %2 = spirv.Load "StorageBuffer" %1 : f32
          %3 = spirv.Load "StorageBuffer" %1 : f32
          %4 = spirv.FMul %2, %3 : f32
          spirv.Store "StorageBuffer" %1, %4 : f32
          spirv.Return
        }
      }
    }
  }
  func.func @simple_mul(%arg0 : memref<4xf32>, %arg1 : memref<4xf32>) -> memref<4xf32> {
    %0 = iree_ll_seq.alloc_heap : memref<4xf32>
    iree_ll_seq.static_dispatch @simple_mul_ex_dispatch_0::@simple_mul_rgn_dispatch_0(%arg0, %arg1, %0)
    iree_ll_seq.return %0 : memref<4xf32>
  }
}
""",
    "vm": """module {
  vm.func @simple_mul(%arg0 : !vm.ref<?>, %arg1 : !vm.ref<?>) -> !vm.ref<?> {
    %0 = vm.call @hal.device.allocator(%arg0)
    %1 = vm.call @hal.command_buffer.create(%0)
    vm.call @hal.command_buffer.dispatch(%1)
    %2 = vm.call @hal.device.queue.execute(%1)
    %3 = vm.call @hal.fence.await(%2)
    vm.return %3 : !vm.ref<?>
  }
}
""",
}
"""What the stages of a small program look like."""

PASSES = {
    "tf": [("import-graphdef", 0)],
    "hlo": [("tf-to-hlo", 3)],
    "dispatch": [("canonicalize", 0), ("form-dispatches", 1)],
    "hl-seq": [("outline-executables", 1)],
    "kernels": [("generalize", 2)],
    "executables": [("serialize-spirv", 9)],
    "vm": [("ll-seq-to-vm", 4)],
}
CHAINS = [
    ["tf.Mul", "stablehlo.multiply", "arith.mulf", "arith.mulf", "arith.mulf", "spirv.FMul"],
    [
        "stablehlo.multiply",
        "iree.dispatch_region",
        "iree_hl_seq.dispatch",
        "iree_ll_seq.static_dispatch",
        "vm.call",
    ],
    ["iree.dispatch_region", "func.func"],
    ["stablehlo.multiply", "scf.parallel"],
    ["tf.Placeholder", "iree.load_input", "memref.load", "spirv.Load"],
]
"""Names of ops, each derived from the first op of the name before it in an earlier stage."""


KERNEL = "simple_mul_rgn_dispatch_0"
EXECUTABLE = "simple_mul_ex_dispatch_0"
FRAMES = ("builtin.module", "iree.multi_arch_executable", "iree.executable", "spirv.module")


@dataclass
class Spans:
    """Where the ops and values of a text stand: the op's name, its start and its end, by position;
    and the values numbered by name.
    """

    names: list[str]
    name_starts: list[int]
    ops: list[TextSpan]
    values: list[TextSpan]


def _spans(text: str) -> Spans:
    """Op names in pre-order with nested spans found by braces."""
    names: list[str] = []
    name_starts: list[int] = []
    ops: list[TextSpan] = []
    open_ops: list[tuple[int, int, int]] = []
    offset = 0
    for line in text.split("\n"):
        body = line.strip()
        indent = len(line) - len(line.lstrip())
        if body.startswith("}"):
            start, index, _ = open_ops.pop()
            ops.append(TextSpan(start, offset + indent + 1, index))
        elif body:
            name = re.search(r"(?:^|= )([a-z_]+(?:\.[\w]+)*)", body)
            assert name, body
            full = {"module": "builtin.module", "return": "func.return"}.get(
                name.group(1), name.group(1)
            )
            index = len(names)
            names.append(full)
            name_starts.append(offset + indent + name.start(1))
            if body.endswith("{"):
                open_ops.append((offset + indent, index, indent))
            else:
                ops.append(TextSpan(offset + indent, offset + len(line), index))
        offset += len(line) + 1
    numbers: dict[str, int] = {}
    values = [
        TextSpan(m.start(), m.end(), numbers.setdefault(m.group(), len(numbers)))
        for m in re.finditer(r"%[\w]+", text)
    ]
    return Spans(names, name_starts, sorted(ops, key=lambda s: s.index), values)


def make_compilation() -> CompilationRecord:
    """simple_mul from graph to bytes."""
    record = CompilationRecord(source="simple_mul.pb", module_digest="c0ffee")
    first: dict[str, list[int]] = {}
    for stage_name, text in TEXTS.items():
        spans = _spans(text)
        serials: list[int] = []
        kernels = stage_name in ("kernels", "executables")
        for name in spans.names:
            older = [
                first[before]
                for chain in CHAINS
                for before, after in pairwise(chain)
                if after == name and before in first
            ]
            inside = kernels and name not in FRAMES and not name.startswith("iree_ll_seq")
            if name == "func.func" and stage_name == "executables":
                kernels = inside = False
            serial = record.nodes.add(
                name,
                [older[-1][-1]] if older else [],
                PASSES[stage_name][-1][0] if not older and record.stages else None,
                executable=EXECUTABLE if inside else None,
                entry_point=KERNEL if inside else None,
            )
            serials.append(serial)
        for name, serial in zip(spans.names, serials):
            first.setdefault(name, []).append(serial)
        stage = record.add_stage(stage_name, text, serials)
        for span in spans.ops:
            stage.op_spans.add(span.start, span.end, span.index)
        for span in spans.values:
            stage.value_spans.add(span.start, span.end, span.index)
        stage.name_starts.values.extend(spans.name_starts)
        for name, count in PASSES[stage_name]:
            run = record.add_pass(name, stage_name, 120_000 * (count + 1))
            for n in range(count):
                run.rewrites.append(Rewrite(f"lower_{n}", "ireelite/lowering/x.py", 10 + n, [], []))
    _instructions(record, first)
    return record


def _instructions(record: CompilationRecord, first: dict[str, list[int]]) -> None:
    spirv = record.add_instructions("spirv", f"{EXECUTABLE}/SPIRV", 1)
    for word, (name, origin) in enumerate(
        [
            ("OpCapability", None),
            ("OpLoad", "spirv.Load"),
            ("OpFMul", "spirv.FMul"),
            ("OpStore", "spirv.Store"),
        ]
    ):
        serial = record.nodes.add(
            name,
            [first[origin][-1]] if origin else [],
            None if origin else "spirv",
            executable=EXECUTABLE,
            entry_point=KERNEL if origin else None,
        )
        spirv.addresses.append((5 + 4 * word,))
        spirv.nodes.append(serial)
    vm = record.add_instructions("vm", "module", 2)
    for n, parent in enumerate(first["vm.call"]):
        vm.addresses.append((0, 12 * n))
        vm.nodes.append(record.nodes.add("call", [parent]))


def make_execution() -> ExecutionRecord:
    """One call of simple_mul: allocate, submit, wait for the queue's signal."""
    recorder = ExecutionRecorder("local-task")
    clock = iter(range(1_000_000, 10_000_000, 7_300))
    dispatch = {
        "module": "module",
        "rodata": 0,
        "entry_point": "simple_mul_rgn_dispatch_0",
        "workgroups": [4, 1, 1],
    }

    def event(
        kind: str, lane: str, causes: tuple[int, ...] = (), pc: int | None = None, **details: object
    ) -> int:
        where = (
            {"module": "module", "function": 0, "pc": pc}
            if pc is not None
            else details.pop("where", {})
        )
        return recorder.event(kind, lane, causes, where, next(clock), **details)  # pyright: ignore

    call = event("call_begin", "host", name="module.simple_mul")
    event("alloc", "host", (call,), 0, buffer="b1", bytes=16)
    submit = event("submit", "host", (call,), 36, submission=1, operation="execute")
    begin = event("dispatch_begin", "local-task/queue0", (submit,), where=dispatch)
    end = event("dispatch_end", "local-task/queue0", (begin,), where=dispatch)
    signal = event("signal", "local-task/queue0", (end,), semaphore="s1", value=1)
    wait = event("wait", "host", (signal,), 48, semaphore="s1", value=1)
    event("call_end", "host", (call, wait))
    event("free", "host", (), buffer="b1")
    return recorder.record


@pytest.fixture(scope="session")
def compilation() -> CompilationRecord:
    return make_compilation()


@pytest.fixture(scope="session")
def execution() -> ExecutionRecord:
    return make_execution()


LOOP_PROGRAM = """func.func @main(%n: tensor<i32>, %x: tensor<8x16xf32>, %w: tensor<16x16xf32>) -> tensor<8x16xf32> {
  %c0 = stablehlo.constant dense<0> : tensor<i32>
  %c1 = stablehlo.constant dense<1> : tensor<i32>
  %r:2 = stablehlo.while(%i = %c0, %a = %x) : tensor<i32>, tensor<8x16xf32> cond {
    %c = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %p = stablehlo.dot_general %a, %w, contracting_dims = [1] x [0] : (tensor<8x16xf32>, tensor<16x16xf32>) -> tensor<8x16xf32>
    %t = stablehlo.tanh %p : tensor<8x16xf32>
    %j = stablehlo.add %i, %c1 : tensor<i32>
    stablehlo.return %j, %t : tensor<i32>, tensor<8x16xf32>
  }
  %q = stablehlo.dot_general %r#1, %w, contracting_dims = [1] x [0] : (tensor<8x16xf32>, tensor<16x16xf32>) -> tensor<8x16xf32>
  %s = stablehlo.dot_general %q, %w, contracting_dims = [1] x [0] : (tensor<8x16xf32>, tensor<16x16xf32>) -> tensor<8x16xf32>
  %u = stablehlo.dot_general %s, %w, contracting_dims = [1] x [0] : (tensor<8x16xf32>, tensor<16x16xf32>) -> tensor<8x16xf32>
  %v = stablehlo.exponential %u : tensor<8x16xf32>
  return %v : tensor<8x16xf32>
}
"""
"""A loop over a product, then three products in a row, of which two are the same."""


@pytest.fixture(scope="session")
def loop_record() -> CompilationRecord:
    """`LOOP_PROGRAM` compiled for vmvx, as it is read from a file."""
    from ireelite.program import compile_source

    record = compile_source(LOOP_PROGRAM, targets=["vmvx"], record=True).record
    assert record is not None
    return CompilationRecord.from_bytes(record.to_bytes())
