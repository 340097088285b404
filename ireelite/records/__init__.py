"""The two records that carry all the workbench knows: what the compiler did, and what the runtime
did.

Both are plain data with a versioned form on disk; neither imports xDSL, NumPy or the workbench.
"""

from ireelite.records.compilation import (
    CompilationRecord,
    Decision,
    InstructionTable,
    Node,
    PassRun,
    ProvenanceShare,
    Rewrite,
    Stage,
    TextSpan,
)
from ireelite.records.execution import Event, ExecutionRecord, ExecutionRecorder

__all__ = [
    "CompilationRecord",
    "Decision",
    "Event",
    "ExecutionRecord",
    "ExecutionRecorder",
    "InstructionTable",
    "Node",
    "PassRun",
    "ProvenanceShare",
    "Rewrite",
    "Stage",
    "TextSpan",
]
