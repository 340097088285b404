"""The structs of `ireelite/dynamic_module.h`, as ctypes sees them.

The header says what they mean. A test compiles it and compares sizes and offsets.
"""

from __future__ import annotations

import ctypes
from ctypes import c_char, c_int32, c_int64, c_size_t, c_uint32, c_void_p
from typing import Any

VERSION = 0x0001_0001
"""major << 16 | minor: the newest version of the interface that is spoken here."""

MARKER = "ireelite_dynamic_module_abi"
MAGIC = b"IREELITE"
DEFAULT_ENTRY_POINT = "iree_vm_dynamic_module_create"
CELL = 8
"""Bytes of an `ireelite_value_t`."""

OPTIONAL_DEPENDENCY = 2
READ, WRITE = 1, 2
STREAM_OUT, STREAM_ERROR = 1, 2


class Marker(ctypes.Structure):
    """`ireelite_dynamic_module_abi_t`"""

    _fields_ = [("magic", c_char * 8), ("version", c_uint32), ("pointer_size", c_uint32)]


class StringView(ctypes.Structure):
    """`ireelite_string_view_t`"""

    _fields_ = [("data", c_void_p), ("size", c_size_t)]

    def bytes(self) -> bytes:
        """Returns a copy of the bytes."""
        return ctypes.string_at(self.data, self.size) if self.data and self.size else b""

    def text(self) -> str:
        """Returns a copy; what is not UTF-8 is replaced."""
        return self.bytes().decode(errors="replace")


class StringPair(ctypes.Structure):
    """`ireelite_string_pair_t`"""

    _fields_ = [("key", StringView), ("value", StringView)]


class Call(ctypes.Structure):
    """`ireelite_call_t`"""

    _fields_ = [
        ("struct_size", c_size_t),
        ("argument_count", c_size_t),
        ("arguments", c_void_p),
        ("result_count", c_size_t),
        ("results", c_void_p),
    ]


class DependencyRow(ctypes.Structure):
    """`ireelite_dependency_t`"""

    _fields_ = [("name", StringView), ("minimum_version", c_uint32), ("flags", c_uint32)]


class ExportRow(ctypes.Structure):
    """`ireelite_export_t`"""

    _fields_ = [
        ("name", StringView),
        ("cconv", StringView),
        ("attribute_count", c_size_t),
        ("attributes", c_void_p),
    ]


class ModuleTable(ctypes.Structure):
    """`ireelite_module_t`"""

    _fields_ = [
        ("struct_size", c_size_t),
        ("abi_version", c_uint32),
        ("version", c_uint32),
        ("self", c_void_p),
        ("name", StringView),
        ("dependency_count", c_size_t),
        ("dependencies", c_void_p),
        ("export_count", c_size_t),
        ("exports", c_void_p),
        ("destroy", c_void_p),
        ("create_state", c_void_p),
        ("free_state", c_void_p),
        ("fork_state", c_void_p),
        ("call", c_void_p),
    ]


class TypeDescriptor(ctypes.Structure):
    """`ireelite_type_descriptor_t`"""

    _fields_ = [
        ("struct_size", c_size_t),
        ("name", StringView),
        ("self", c_void_p),
        ("destroy", c_void_p),
    ]


class Mapping(ctypes.Structure):
    """`ireelite_mapping_t`"""

    _fields_ = [
        ("struct_size", c_size_t),
        ("size", c_size_t),
        ("data", c_void_p),
        ("token", c_void_p),
    ]


class BufferViewInfo(ctypes.Structure):
    """`ireelite_buffer_view_info_t`"""

    _fields_ = [
        ("struct_size", c_size_t),
        ("element_type", c_int32),
        ("encoding", c_int32),
        ("byte_length", c_size_t),
        ("rank", c_size_t),
        ("shape_capacity", c_size_t),
        ("shape", c_void_p),
    ]


Create = ctypes.CFUNCTYPE(c_void_p, c_uint32, c_void_p, c_size_t, c_void_p, c_void_p)
Destroy = ctypes.CFUNCTYPE(None, c_void_p)
CreateState = ctypes.CFUNCTYPE(c_void_p, c_void_p, c_void_p)
FreeState = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)
ForkState = ctypes.CFUNCTYPE(c_void_p, c_void_p, c_void_p, c_void_p)
CallFunction = ctypes.CFUNCTYPE(c_void_p, c_void_p, c_void_p, c_size_t, c_void_p)
DestroyObject = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)
FenceCallback = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)

_P, _N, _S = c_void_p, c_size_t, StringView

HOST_FUNCTIONS: dict[str, tuple[Any, ...]] = {
    # name: what it takes behind the table itself
    "allocate": (_N, _P),
    "deallocate": (_P,),
    "status_make": (c_int32, _S),
    "status_annotate": (_P, _S),
    "status_code": (_P,),
    "status_message": (_P, _P),
    "status_free": (_P,),
    "type_register": (_P, _P),
    "type_unregister": (_P,),
    "type_lookup": (_S, _P),
    "type_name": (_P, _P),
    "ref_retain": (_P,),
    "ref_release": (_P,),
    "ref_type": (_P, _P),
    "object_create": (_P, _P, _P),
    "object_get": (_P, _P, _P),
    "print": (c_int32, _S),
    "format": (_P, _N, _P),
    "buffer_create": (_N, _P),
    "buffer_bytes": (_P, c_int32, _P, _P),
    "list_create": (_S, _P),
    "list_size": (_P, _P),
    "list_resize": (_P, _N),
    "list_get": (_P, _N, c_char, _P),
    "list_set": (_P, _N, c_char, _P),
    "list_push": (_P, c_char, _P),
    "hal_buffer_create": (_P, _P, _N, _P),
    "hal_buffer_read": (_P, _N, _N, _P),
    "hal_buffer_write": (_P, _N, _N, _P),
    "hal_buffer_map": (_P, c_int32, _P),
    "hal_buffer_unmap": (_P,),
    "buffer_view_create": (_P, _P, _P),
    "buffer_view_info": (_P, _P),
    "buffer_view_buffer": (_P, _P),
    "fence_create": (_P,),
    "fence_query": (_P, _P),
    "fence_wait": (_P, c_int64),
    "fence_signal": (_P,),
    "fence_fail": (_P, _P),
    "fence_notify": (_P, _P, _P),
}
"""The functions of `ireelite_host_t`, in order."""

RETURNS_NOTHING = {
    "deallocate",
    "status_annotate",
    "status_message",
    "status_free",
    "ref_retain",
    "ref_release",
}
RETURNS_STATUS = HOST_FUNCTIONS.keys() - RETURNS_NOTHING - {"status_code"}

HOST_SIGNATURES = {
    name: ctypes.CFUNCTYPE(
        None if name in RETURNS_NOTHING else c_int32 if name == "status_code" else c_void_p,
        c_void_p,
        *takes,
    )
    for name, takes in HOST_FUNCTIONS.items()
}


class HostTable(ctypes.Structure):
    """`ireelite_host_t`"""

    _fields_ = [
        ("struct_size", c_size_t),
        ("version", c_uint32),
        ("reserved", c_uint32),
        ("self", c_void_p),
        *HOST_SIGNATURES.items(),
    ]


STRUCTS: dict[str, type[ctypes.Structure]] = {
    "ireelite_dynamic_module_abi_t": Marker,
    "ireelite_string_view_t": StringView,
    "ireelite_string_pair_t": StringPair,
    "ireelite_call_t": Call,
    "ireelite_dependency_t": DependencyRow,
    "ireelite_export_t": ExportRow,
    "ireelite_module_t": ModuleTable,
    "ireelite_type_descriptor_t": TypeDescriptor,
    "ireelite_mapping_t": Mapping,
    "ireelite_buffer_view_info_t": BufferViewInfo,
    "ireelite_host_t": HostTable,
}
"""Every struct of the header."""
