"""The bytes of a TensorFlow `GraphDef`, binary or text, as a protobuf message.

Other files that users take for a GraphDef are named for what they are. Source: TensorFlow's
`graph.proto`, `meta_graph.proto`, `saved_model.proto`.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from ireelite.importers.foreign_formats import foreign_format
from ireelite.status import StatusError, invalid_argument
from ireelite.syntax.errors import first_lines, with_short_words

COMMENTS = rb"(?:\s*+#[^\n]*+\n)*+\s*+"
"""What may stand before the first field of protobuf's text form."""

GRAPH_FIELDS = (b"node", b"versions", b"library", b"version")
"""The fields of a GraphDef."""

SAVED_MODEL = (
    "a TensorFlow SavedModel",
    "load it in TensorFlow, freeze its function with "
    "convert_variables_to_constants_v2, and save graph.as_graph_def()",
)
META_GRAPH = (
    "a TensorFlow MetaGraphDef",
    "save the GraphDef that it holds, its field `graph_def`, after its variables are frozen to "
    "constants",
)
TEXT_FIELDS: dict[bytes, tuple[str, str]] = {
    **dict.fromkeys((b"saved_model_schema_version", b"meta_graphs"), SAVED_MODEL),
    **dict.fromkeys(
        (
            *(b"meta_info_def", b"graph_def", b"saver_def", b"collection_def"),
            *(b"signature_def", b"asset_file_def", b"object_graph_def"),
        ),
        META_GRAPH,
    ),
    b"model_checkpoint_path": (
        "the index of TensorFlow checkpoints",
        "it names weights; compile the frozen graph that they belong to",
    ),
}
"""The first field of other messages in text form -> (what the message is, what to do)."""


def is_text(data: bytes) -> bool:
    """Returns whether bytes are in protobuf's text form, which may begin with any number of
    comments.
    """
    # possessive, so that a long header that no field follows is read once
    return bool(re.match(COMMENTS + rb"[a-z_]+\s*[:{<]", data)) and b"\x00" not in data


def is_graph_text(data: bytes) -> bool:
    """Returns whether text begins with a field of a GraphDef, or of a message that holds one."""
    field = re.match(COMMENTS + rb"([a-z_]+)\s*[:{<]", data)
    return field is not None and (field[1] in GRAPH_FIELDS or field[1] in TEXT_FIELDS)


def parse_graphdef(data: bytes, name: str) -> Any:
    """Returns the protobuf message. Raises INVALID_ARGUMENT if the bytes are not a GraphDef."""
    from google.protobuf import text_format
    from google.protobuf.message import DecodeError

    graph = _message("graph_pb2", "GraphDef")
    failure: Exception | None = None
    try:
        if is_text(data):
            text_format.Parse(data, graph)
        else:
            graph.ParseFromString(data)
    except (DecodeError, text_format.ParseError, UnicodeDecodeError, RecursionError) as error:
        failure = error
    if failure is not None or not any(node.name or node.op for node in graph.node):
        raise _not_a_graph(data, name, failure) from failure
    return graph


def _not_a_graph(data: bytes, name: str, failure: Exception | None) -> StatusError:
    from google.protobuf.message import DecodeError

    if (other := _other_format(data)) is not None:
        what, remedy = other
        return invalid_argument(f"{name} is not a TensorFlow GraphDef: it is {what}; {remedy}")
    if failure is None:
        return invalid_argument(
            f"{name} is not a TensorFlow GraphDef: it holds no nodes; "
            "expected the binary or text form of a `GraphDef` message"
        )
    if isinstance(failure, DecodeError):
        return invalid_argument(
            f"{name} is not a TensorFlow GraphDef: its bytes are no protobuf message; "
            "a source is a GraphDef or MLIR text"
        )
    first = with_short_words(first_lines(failure))
    return invalid_argument(f"{name} is not a TensorFlow GraphDef: {first}")


def _other_format(data: bytes) -> tuple[str, str] | None:
    """Returns what the bytes are and what to do with them, for files that are often taken for a
    graph.
    """
    if is_text(data):
        field = re.match(COMMENTS + rb"([a-z_]+)", data)
        return TEXT_FIELDS.get(field[1]) if field else None
    if (other := foreign_format(data)) is not None:
        return other
    if _is_saved_model(data):
        return SAVED_MODEL
    return META_GRAPH if _is_meta_graph(data) else None


def _is_saved_model(data: bytes) -> bool:
    """Returns whether field 1 is a small number and field 2 a MetaGraphDef."""
    if len(data) < 4 or data[0] != 0x08 or data[1] > 0x7F or data[2] != 0x12:
        return False
    length, shift, at = 0, 0, 3
    while at < len(data) and shift < 35:
        byte = data[at]
        length |= (byte & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if byte < 0x80:
            return _is_meta_graph(data[at : at + length])
    return False


def _is_meta_graph(data: bytes) -> bool:
    from google.protobuf.message import DecodeError

    meta = _message("meta_graph_pb2", "MetaGraphDef")
    try:
        meta.ParseFromString(data)
    except DecodeError:
        return False
    return any(node.name and node.op for node in meta.graph_def.node)


def _message(module: str, name: str) -> Any:
    """Returns an empty message. protobuf makes its classes at import, when their names become
    known.
    """
    return vars(import_module(f"tensorboard.compat.proto.{module}"))[name]()
