"""Examples of what the verifiers of ops with open sizes refuse.

A text with `«` where the op begins that the error must point at -> the error's words.
"""

from __future__ import annotations

TENSORS = "%a: tensor<?x3xf32>, %n: index"
BUFFERS = "%a: memref<?x3xf32>, %n: index"


def one(op: str, signature: str = TENSORS) -> str:
    return f"func.func @f({signature}) {{\n  {op}\n  func.return\n}}"


EXP = "%1 = math.exp %x : tensor<?x3xf32>\n    iree.return %1 : tensor<?x3xf32>"
X = "%x = %a : tensor<?x3xf32>"

REFUSED = {
    "a tensor with no size for its open dimension": (
        one("«%0 = iree.sized %a sizes() : tensor<?x3xf32>"),
        "'iree.sized' op a tensor<?x3xf32> has 1 open sizes, but 0 are given",
    ),
    "a region over two sizes": (
        one(
            f"«%0 = iree.dynamic_dispatch_region[%n, %n]({X}) : (tensor<?x3xf32>) sizes(%n) {{\n"
            f"    {EXP}\n  }}"
        ),
        "'iree.dynamic_dispatch_region' op a workload has three sizes, not 2",
    ),
    "a region whose arguments have other types": (
        one(
            '«%0 = "iree.dynamic_dispatch_region"(%n, %n, %n, %a, %n) '
            "<{operandSegmentSizes = array<i32: 3, 1, 1>}> ({\n  ^bb0(%x: tensor<?x4xf32>):\n"
            "    %1 = tensor.cast %x : tensor<?x4xf32> to tensor<?x3xf32>\n"
            "    iree.return %1 : tensor<?x3xf32>\n"
            "  }) : (index, index, index, tensor<?x3xf32>, index) -> tensor<?x3xf32>"
        ),
        "'iree.dynamic_dispatch_region' op body arguments must have the types of the inputs they are bound to",
    ),
    "a region of open sizes without results": (
        one(
            '«"iree.dynamic_dispatch_region"(%n, %n, %n, %a) '
            "<{operandSegmentSizes = array<i32: 3, 1, 0>}> ({\n  ^bb0(%x: tensor<?x3xf32>):\n"
            "    iree.return\n  }) : (index, index, index, tensor<?x3xf32>) -> ()"
        ),
        "'iree.dynamic_dispatch_region' op must yield at least one result",
    ),
    "a region whose result has no size": (
        one(
            f"«%0 = iree.dynamic_dispatch_region[%n, %n, %n]({X}) : (tensor<?x3xf32>) sizes() {{\n"
            f"    {EXP}\n  }}"
        ),
        "'iree.dynamic_dispatch_region' op its results have 1 open sizes, but 0 are given",
    ),
    "an input without its size": (
        one("«%0 = iree.load_input(%a : memref<?x3xf32>) : tensor<?x3xf32>", BUFFERS),
        "'iree.load_input' op a tensor<?x3xf32> has 1 open sizes, but 0 are given",
    ),
    "an allocation without its size": (
        one('«%0 = "iree_hl_seq.alloc_heap"() : () -> memref<?x3xf32>', BUFFERS),
        "'iree_hl_seq.alloc_heap' op a memref<?x3xf32> has 1 open sizes, but 0 are given",
    ),
    "a dispatch over two sizes": (
        one(
            "«iree_hl_seq.dynamic_dispatch ex::entry[%n, %n](%a) : (memref<?x3xf32>) -> ()", BUFFERS
        ),
        "'iree_hl_seq.dynamic_dispatch' op a workload has three sizes, not 2",
    ),
}
