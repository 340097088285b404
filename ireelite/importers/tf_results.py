"""How many results a TensorFlow node has, and their names.

Source: the op definitions in TensorFlow's `core/ops`.
"""

from __future__ import annotations

from typing import Any

NO_RESULTS = frozenset(
    (
        *("NoOp", "ControlTrigger", "Assert", "Save", "SaveV2", "SaveSlices", "PrintV2"),
        *("MergeV2Checkpoints", "AssignVariableOp", "AssignAddVariableOp", "WriteFile"),
        *("AssignSubVariableOp", "DestroyResourceOp", "InitializeTableV2", "WriteSummary"),
        *("TensorArrayCloseV2", "TensorArrayCloseV3", "StackCloseV2", "StackClose"),
        *("ResourceApplyGradientDescent", "ResourceApplyAdam", "ResourceScatterUpdate"),
        *("InitializeTable", "InitializeTableFromTextFile", "InitializeTableFromTextFileV2"),
        *("LookupTableImport", "LookupTableImportV2", "LookupTableInsert", "LookupTableInsertV2"),
    )
)
"""Ops without a result."""

LSTM = "i cs f o ci co h"
QUANTIZED = "output min_output max_output"
SPARSE = "output_indices output_values output_shape"

RESULT_NAMES: dict[str, tuple[str, ...]] = {
    op: tuple(names.split())
    for ops, names in (
        ("Switch RefSwitch", "output_false output_true"),
        ("Merge RefMerge", "output value_index"),
        ("TopK TopKV2 ApproxTopK", "values indices"),
        ("TopKUnique TopKWithUnique", "topk topk_indices"),
        ("Unique UniqueV2", "y idx"),
        ("UniqueWithCounts UniqueWithCountsV2", "y idx count"),
        ("ListDiff", "out idx"),
        ("Lu", "lu p"),
        ("Qr", "q r"),
        ("SelfAdjointEigV2 BatchSelfAdjointEigV2 Eig", "e v"),
        ("Svd BatchSvd", "s u v"),
        ("LogMatrixDeterminant", "sign log_abs_determinant"),
        ("TensorArrayConcat TensorArrayConcatV2 TensorArrayConcatV3", "value lengths"),
        ("TensorArrayV3", "handle flow"),
        ("TensorArrayGradV3", "grad_handle flow_out"),
        ("TensorListConcat TensorListConcatV2", "tensor lengths"),
        ("TensorListPopBack", "output_handle tensor"),
        ("SoftmaxCrossEntropyWithLogits SparseSoftmaxCrossEntropyWithLogits", "loss backprop"),
        ("CTCLoss CTCLossV2", "loss gradient"),
        ("BroadcastGradientArgs", "r0 r1"),
        (
            "FusedBatchNorm FusedBatchNormV2",
            "y batch_mean batch_variance reserve_space_1 reserve_space_2",
        ),
        (
            "FusedBatchNormV3 _FusedBatchNormEx",
            "y batch_mean batch_variance reserve_space_1 reserve_space_2 reserve_space_3",
        ),
        (
            "FusedBatchNormGrad FusedBatchNormGradV2 FusedBatchNormGradV3",
            "x_backprop scale_backprop offset_backprop reserve_space_4 reserve_space_5",
        ),
        ("MaxPoolWithArgmax", "output argmax"),
        (
            "FractionalMaxPool FractionalAvgPool",
            "output row_pooling_sequence col_pooling_sequence",
        ),
        ("NonMaxSuppressionV4", "selected_indices valid_outputs"),
        ("NonMaxSuppressionV5", "selected_indices selected_scores valid_outputs"),
        (
            "CombinedNonMaxSuppression",
            "nmsed_boxes nmsed_scores nmsed_classes valid_detections",
        ),
        ("GenerateBoundingBoxProposals", "rois roi_probabilities"),
        ("StatelessRandomGetKeyCounter", "key counter"),
        ("StatelessRandomGetKeyCounterAlg", "key counter alg"),
        ("SampleDistortedBoundingBox SampleDistortedBoundingBoxV2", "begin size bboxes"),
        ("LSTMBlockCell BlockLSTM BlockLSTMV2", LSTM),
        ("GRUBlockCell", "r u c h"),
        (
            "FakeQuantWithMinMaxVarsGradient FakeQuantWithMinMaxVarsPerChannelGradient",
            "backprops_wrt_input backprop_wrt_min backprop_wrt_max",
        ),
        ("QuantizeV2 QuantizeDownAndShrinkRange Requantize", "output output_min output_max"),
        ("QuantizedConcat QuantizedReshape", "output output_min output_max"),
        ("QuantizedConv2D QuantizedDepthwiseConv2D QuantizedMaxPool QuantizedAvgPool", QUANTIZED),
        ("QuantizedMatMul QuantizedBiasAdd", "out min_out max_out"),
        ("QuantizedAdd QuantizedMul", "z min_z max_z"),
        (
            "QuantizedRelu QuantizedRelu6 QuantizedReluX",
            "activations min_activations max_activations",
        ),
        ("RequantizationRange", "output_min output_max"),
        (
            "SparseFillEmptyRows",
            "output_indices output_values empty_row_indicator reverse_index_map",
        ),
        ("SparseReshape", "output_indices output_shape"),
        ("SparseReorder", "output_indices output_values"),
        ("SparseSlice SparseConcat SparseCross", SPARSE),
        ("SparseAdd", "sum_indices sum_values sum_shape"),
        ("StringSplit StringSplitV2", "indices values shape"),
        ("LookupTableExport LookupTableExportV2", "keys values"),
    )
    for op in ops.split()
}
"""Ops with several results, each of which has a name, by which nodes of functions read it; the
others have one result, or a list of them.
"""

RESULT_LISTS: dict[str, str] = {
    **dict.fromkeys(("If", "StatelessIf", "Case", "StatelessCase"), "Tout"),
    **dict.fromkeys(("PartitionedCall", "StatefulPartitionedCall", "RemoteCall"), "Tout"),
    **dict.fromkeys(("PyFunc", "PyFuncStateless", "EagerPyFunc", "XlaLaunch"), "Tout"),
    **dict.fromkeys(("IdentityN", "While", "StatelessWhile"), "T"),
    **dict.fromkeys(("IteratorGetNext", "MakeIterator"), "output_types"),
    **dict.fromkeys(("ParseExampleV2", "ParseSingleExample"), "Tdense"),
    "QueueDequeueV2": "component_types",
    "RestoreV2": "dtypes",
}
"""Ops whose results have the types that an attribute lists."""

RESULT_COUNTS: dict[str, str] = {
    "ConcatOffset": "N",
    "DynamicPartition": "num_partitions",
    "ShapeN": "N",
    "Split": "num_split",
    "SplitV": "num_split",
    "Unpack": "num",
    "_SwitchN": "num_outs",
}
"""Ops whose number of results is an attribute."""


def result_count(node: Any) -> int:
    """Returns how many data results a node of a GraphDef has."""
    if node.op in NO_RESULTS:
        return 0
    if node.op in RESULT_COUNTS:
        return max(0, int(node.attr[RESULT_COUNTS[node.op]].i))
    if node.op in RESULT_NAMES:
        return len(RESULT_NAMES[node.op])
    if node.op in RESULT_LISTS and RESULT_LISTS[node.op] in node.attr:
        return len(node.attr[RESULT_LISTS[node.op]].list.type)
    return 1
