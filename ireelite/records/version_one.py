"""Reads compilation records of version 1, which were JSON text with an object for each node."""

from __future__ import annotations

from typing import Any

from ireelite.records.compilation import CompilationRecord
from ireelite.records.json_text import checked_json
from ireelite.records.tables import Decision, Rewrite
from ireelite.status import StatusCode, StatusError

FORMAT = "ireelite.compilation-record"
VERSION = 1
NEWER = ", and files of version 2; compile the program again with a record"


def from_json(data: bytes) -> CompilationRecord:
    """Converts a record of version 1. It says nothing about symbols, entry points and source
    locations, so that a run's events find no ops in it.

    Raises INVALID_ARGUMENT for other formats and versions, and for text that lacks a part.
    """
    try:
        return _converted(checked_json(data.decode(), FORMAT, VERSION, NEWER))
    except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise StatusError(
            StatusCode.INVALID_ARGUMENT,
            f"this compilation record of version 1 lacks a part ({error!r}); compile the program "
            "again with a record",
        ) from error
    except UnicodeDecodeError as error:
        raise StatusError(
            StatusCode.INVALID_ARGUMENT, f"not a compilation record: {error}"
        ) from error


def _converted(body: dict[str, Any]) -> CompilationRecord:
    record = CompilationRecord(body["source"], body["module_digest"])
    for node in body["nodes"]:
        record.nodes.add(node["name"], node["parents"], node["invented_by"])
    for stage in body["stages"]:
        made = record.add_stage(stage["name"], stage["text"], stage["nodes"])
        made.complete = "dense<...>" not in stage["text"]
        for table, spans in (
            (made.op_spans, stage["op_spans"]),
            (made.value_spans, stage["value_spans"]),
        ):
            for span in spans:
                table.add(span["start"], span["end"], span["index"])
    for run in body["passes"]:
        made = record.add_pass(run["name"], run["stage"], run["nanoseconds"])
        for rewrite in run["rewrites"]:
            made.rewrites.append(Rewrite(**rewrite))
    for table in body["instructions"]:
        width = len(table["addresses"][0]) if table["addresses"] else 1
        made = record.add_instructions(table["kind"], table["where"], width)
        made.nodes.extend(table["nodes"])
        for address in table["addresses"]:
            made.addresses.append(address)
    for decision in body.get("decided", ()):
        record.decided.append(Decision(**{**decision, "ops": tuple(decision["ops"])}))
    return record
