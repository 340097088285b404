"""The two records that carry all the workbench knows: what the compiler did, and what the runtime
did.

Both are plain data with a versioned form on disk; neither imports xDSL, NumPy or the workbench.
"""

from ireelite.records.compilation import (
    CompilationRecord,
    InstructionTable,
    PassRun,
    ProvenanceShare,
    Stage,
)
from ireelite.records.execution import NOT_YET, Event, ExecutionRecord, Submission
from ireelite.records.fusions import FusedOp, Fusion
from ireelite.records.nodes import Node, Nodes
from ireelite.records.recorder import ExecutionRecorder
from ireelite.records.tables import Decision, Rewrite, Rewrites, TextSpan, TextSpans

__all__ = [
    "NOT_YET",
    "CompilationRecord",
    "Decision",
    "Event",
    "ExecutionRecord",
    "ExecutionRecorder",
    "FusedOp",
    "Fusion",
    "InstructionTable",
    "Node",
    "Nodes",
    "PassRun",
    "ProvenanceShare",
    "Rewrite",
    "Rewrites",
    "Stage",
    "Submission",
    "TextSpan",
    "TextSpans",
]
