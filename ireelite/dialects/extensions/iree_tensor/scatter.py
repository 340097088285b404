"""`iree_tensor.scatter`: updates at places that indices name."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    BoolAttr,
    DenseArrayBase,
    IntegerAttr,
    IntegerType,
    TensorType,
    i64,
)
from xdsl.ir import Region, SSAValue
from xdsl.irdl import (
    SameVariadicOperandSize,
    irdl_op_definition,
    operand_def,
    prop_def,
    region_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.extensions.iree_tensor.kernel_op import (
    KernelOp,
    ShapeOf,
    integer,
    points_in,
)
from ireelite.dialects.stablehlo.shapes import compatible
from ireelite.dialects.tensor_types import element_type_of, shape_of


@irdl_op_definition
class ScatterOp(KernelOp):
    """Updates elements of tensors at places that indices name.

    The operands are inputs, indices, and updates for each input. `indices` has the shape of the
    index space of the updates without the windows, and a last dimension that holds the index
    vectors. The dimensions of the updates are those of the indices, then those of the inputs: an
    update's place is the sum of its index vector, of its own position in the batching dimensions,
    and of its window position, which are the last dimensions of the updates, one for each dimension
    of the inputs.

    `batching` are pairs of a dimension of the inputs and one of the indices whose positions are
    equal; `starts` are the dimensions of the inputs that the numbers of an index vector are
    positions of. Places outside of the inputs are left out; updates of one place apply in order.
    The region takes the old values, then the updates, and yields the new values.

    The workload are parts of the inputs: in the dimensions that index vectors name, `tiles` parts of
    their row-major order; the positions in each other dimension, but for the last one, in which a
    part has `row` elements: one, if its size is open.
    """

    name = "iree_tensor.scatter"

    inputs = var_operand_def(TensorType)
    indices = operand_def(TensorType)
    updates = var_operand_def(TensorType)
    starts = prop_def(DenseArrayBase[IntegerType])
    batching = prop_def(DenseArrayBase[IntegerType])
    unsigned = prop_def(BoolAttr)
    tiles = prop_def(IntegerAttr)
    row = prop_def(IntegerAttr)
    outputs = var_result_def(TensorType)
    body = region_def("single_block")

    irdl_options = (SameVariadicOperandSize(),)
    traits = traits_def(Pure())

    def __init__(
        self,
        inputs: Sequence[SSAValue],
        indices: SSAValue,
        updates: Sequence[SSAValue],
        starts: Sequence[int],
        batching: Sequence[tuple[int, int]],
        unsigned: bool,
        tiles: int,
        row: int,
        body: Region,
    ):
        pairs = [d for pair in batching for d in pair]
        super().__init__(
            operands=[inputs, indices, updates],
            properties={
                "starts": DenseArrayBase.from_list(i64, starts),
                "batching": DenseArrayBase.from_list(i64, pairs),
                "unsigned": BoolAttr.from_bool(unsigned),
                "tiles": integer(tiles),
                "row": integer(row),
            },
            result_types=[[value.type for value in inputs]],
            regions=[body],
        )

    @property
    def start_dims(self) -> list[int]:
        """Of each number of an index vector: its dimension of the inputs."""
        return [int(d) for d in self.starts.get_values()]

    @property
    def batching_dims(self) -> dict[int, int]:
        """Dimension of the inputs -> the dimension of the indices with the same position."""
        flat = [int(d) for d in self.batching.get_values()]
        return dict(zip(flat[::2], flat[1::2], strict=True))

    @property
    def places(self) -> tuple[int, ...]:
        """The extents of the indices' index space."""
        return shape_of(self.indices)[:-1]

    @property
    def window(self) -> tuple[int, ...]:
        """The extents of a window, one for each dimension of the inputs."""
        return shape_of(self.updates[0])[len(self.places) :]

    @property
    def parallel_dims(self) -> list[int]:
        """The dimensions of the inputs that index vectors say nothing about."""
        return [d for d in range(len(shape_of(self.inputs[0]))) if d not in self.start_dims]

    @property
    def row_dim(self) -> int | None:
        """The dimension that is divided into rows, if there is one: the last, if index vectors say
        nothing about it and it is no batching dimension.
        """
        last = len(shape_of(self.inputs[0])) - 1
        named = {*self.start_dims, *self.batching_dims}
        return last if last >= 0 and last not in named else None

    @property
    def workload(self) -> tuple[int, ...]:
        return tuple(
            count if isinstance(count, int) else DYNAMIC_INDEX
            for count in self.workload_in(shape_of)
        )

    def workload_in(self, shape: ShapeOf) -> tuple[int | SSAValue, ...]:
        sizes, row = shape(self.inputs[0]), self.row.value.data

        def count(d: int) -> int | SSAValue:
            size = sizes[d]
            return -(-size // row) if d == self.row_dim and isinstance(size, int) else size

        return (self.tiles.value.data, *map(count, self.parallel_dims))

    @property
    def reads(self) -> Sequence[int]:
        points, count = self.tiles.value.data, len(self.inputs)
        batches = points_in([shape_of(self.inputs[0])[d] for d in self.batching_dims])
        vectors = points_in(self.workload) // max(batches, 1)
        return [1] * count + [vectors] + [points] * count

    def verify_(self) -> None:
        if not self.inputs or list(self.result_types) != [v.type for v in self.inputs]:
            raise VerifyException("yields a tensor of each input's type, for one input at least")
        shape, places = shape_of(self.inputs[0]), shape_of(self.indices)
        dims = [*self.start_dims, *self.batching_dims]
        if (
            not places
            or places[-1] != len(self.start_dims)
            or not isinstance(element_type_of(self.indices), IntegerType)
        ):
            raise VerifyException(
                f"needs index vectors of {len(self.start_dims)} integers, not {self.indices.type}"
            )
        if len(set(dims)) != len(dims) or any(not 0 <= d < len(shape) for d in dims):
            raise VerifyException(f"dimensions {dims} do not name those of {shape} once each")
        if any(
            not 0 <= b < len(places) - 1 or not compatible((places[b],), (shape[a],))
            for a, b in self.batching_dims.items()
        ):
            raise VerifyException(f"batching dimensions {self.batching_dims} do not match")
        for value, update in zip(self.inputs, self.updates, strict=True):
            window = shape_of(update)[len(places) - 1 :]
            if (
                shape_of(value) != shape
                or not compatible(shape_of(update)[: len(places) - 1], places[:-1])
                or len(window) != len(shape)
                or any(w > s >= 0 for w, s in zip(window, shape, strict=True))
                or any(window[d] != 1 for d in self.batching_dims)
                or element_type_of(value) != element_type_of(update)
            ):
                raise VerifyException(f"{update.type} are no updates of {value.type} at {places}")
        if self.tiles.value.data < 1 or self.row.value.data < 1:
            raise VerifyException("needs a tile at least, and rows of an element at least")
        if self.row.value.data > 1 and self.row_dim is not None and shape[-1] == DYNAMIC_INDEX:
            raise VerifyException("has rows of one element where the last dimension has no size")
        elements = [element_type_of(value) for value in self.inputs]
        self.verify_region(elements * 2, elements)
