"""Ops of the `stablehlo` dialect by which several devices work on one program, in their generic form.

Groups and pairs of devices are dense constants: `replica_groups = dense<0> : tensor<1x1xi64>`.
"""

from __future__ import annotations

from typing import ClassVar

from xdsl.dialects.builtin import (
    BoolAttr,
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    TensorType,
    UnitAttr,
    i64,
)
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.traits import Pure

from ireelite.dialects.stablehlo.attributes import StructureAttribute, parse_i64


@irdl_attr_definition
class ChannelHandleAttr(StructureAttribute):
    """What ops of one exchange have in common: `#stablehlo.channel_handle<handle = 1, type = 1>`."""

    name = "stablehlo.channel_handle"

    handle: IntegerAttr
    type: IntegerAttr

    PRINTS_DEFAULTS: ClassVar[bool] = True
    FIELDS: ClassVar = {
        "handle": (parse_i64, IntegerAttr(0, i64)),
        "type": (parse_i64, IntegerAttr(0, i64)),
    }


class CollectiveOp(IRDLOperation):
    """An op whose devices exchange data in groups."""

    channel_handle = opt_prop_def(ChannelHandleAttr)

    @property
    def groups(self) -> DenseIntOrFPElementsAttr | None:
        """The numbers of the devices that work together, or the pairs of them."""
        found = self.properties.get("replica_groups", self.properties.get("source_target_pairs"))
        return found if isinstance(found, DenseIntOrFPElementsAttr) else None


@irdl_op_definition
class AllReduceOp(CollectiveOp):
    """Reduces what the devices of a group have; each gets the result."""

    name = "stablehlo.all_reduce"

    inputs = var_operand_def(TensorType)
    replica_groups = prop_def(DenseIntOrFPElementsAttr)
    use_global_device_ids = opt_prop_def(UnitAttr | BoolAttr)
    computation = region_def("single_block")
    outputs = var_result_def(TensorType)


@irdl_op_definition
class ReduceScatterOp(CollectiveOp):
    """Reduces what the devices of a group have; each gets a part of the result."""

    name = "stablehlo.reduce_scatter"

    operand = operand_def(TensorType)
    scatter_dimension = prop_def(IntegerAttr)
    replica_groups = prop_def(DenseIntOrFPElementsAttr)
    use_global_device_ids = opt_prop_def(UnitAttr | BoolAttr)
    computation = region_def("single_block")
    result = result_def(TensorType)


@irdl_op_definition
class AllGatherOp(CollectiveOp):
    """Joins what the devices of a group have along a dimension; each gets all."""

    name = "stablehlo.all_gather"

    inputs = var_operand_def(TensorType)
    all_gather_dim = prop_def(IntegerAttr)
    replica_groups = prop_def(DenseIntOrFPElementsAttr)
    use_global_device_ids = opt_prop_def(UnitAttr | BoolAttr)
    outputs = var_result_def(TensorType)


@irdl_op_definition
class AllToAllOp(CollectiveOp):
    """Splits what each device of a group has; part n goes to device n, which joins its parts."""

    name = "stablehlo.all_to_all"

    inputs = var_operand_def(TensorType)
    split_dimension = prop_def(IntegerAttr)
    concat_dimension = prop_def(IntegerAttr)
    split_count = prop_def(IntegerAttr)
    replica_groups = prop_def(DenseIntOrFPElementsAttr)
    outputs = var_result_def(TensorType)


@irdl_op_definition
class CollectiveBroadcastOp(CollectiveOp):
    """Sends what the first device of a group has to all of it; devices in no group get zeros."""

    name = "stablehlo.collective_broadcast"

    operand = operand_def(TensorType)
    replica_groups = prop_def(DenseIntOrFPElementsAttr)
    result = result_def(TensorType)


@irdl_op_definition
class CollectivePermuteOp(CollectiveOp):
    """Sends data from the first to the second device of each pair; others get zeros."""

    name = "stablehlo.collective_permute"

    operand = operand_def(TensorType)
    source_target_pairs = prop_def(DenseIntOrFPElementsAttr)
    result = result_def(TensorType)


class DeviceNumberOp(IRDLOperation):
    """The number of the device that runs it: `%0 = stablehlo.partition_id : tensor<ui32>`."""

    result = result_def(TensorType)

    traits = traits_def(Pure())
    assembly_format = "attr-dict `:` type($result)"


@irdl_op_definition
class PartitionIdOp(DeviceNumberOp):
    """The number of the device's partition."""

    name = "stablehlo.partition_id"


@irdl_op_definition
class ReplicaIdOp(DeviceNumberOp):
    """The number of the device's replica."""

    name = "stablehlo.replica_id"


COLLECTIVE_OPS: list[type[IRDLOperation]] = [
    AllGatherOp,
    AllReduceOp,
    AllToAllOp,
    CollectiveBroadcastOp,
    CollectivePermuteOp,
    PartitionIdOp,
    ReduceScatterOp,
    ReplicaIdOp,
]
"""Every op of this file."""
