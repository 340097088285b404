"""Ranges of buffers and tensors in them: what `hal` and `hal_inline` have in common."""

from __future__ import annotations

import sys

from ireelite.hal.buffer import Buffer, BufferView
from ireelite.hal.host_memory import HostBuffer
from ireelite.modules.hal_arguments import checked, text
from ireelite.status import StatusCode, StatusError
from ireelite.vm.native import vm_export
from ireelite.vm.refs import Buffer as VmBuffer


class ViewFunctions:
    """`buffer.length`, `buffer.subspan` and `buffer_view.*`."""

    @vm_export("buffer.length", "0r_I")
    def buffer_length(self, buffer: Buffer) -> int:
        """Bytes."""
        return checked(buffer, Buffer).byte_length

    @vm_export("buffer.subspan", "0rII_r")
    def buffer_subspan(self, buffer: Buffer, offset: int, length: int) -> Buffer:
        """Returns a range of a buffer as a buffer."""
        return checked(buffer, Buffer).subspan(offset, length)

    @vm_export("buffer_view.assert", "0rriiCID_v")
    def buffer_view_assert(
        self,
        view: BufferView,
        message: VmBuffer,
        element_type: int,
        encoding: int,
        shape: list[int],
    ) -> None:
        """Checks element type, encoding and shape of an argument."""
        if (
            view.__class__ is not BufferView
            or view.element_type != element_type
            or view.encoding != encoding
            or view.shape != shape
        ):
            from ireelite.modules.hal_assertions import check_buffer_view

            check_buffer_view(
                checked(view, BufferView), text(message), element_type, encoding, shape
            )

    @vm_export("buffer_view.buffer", "0r_r")
    def buffer_view_buffer(self, view: BufferView) -> Buffer:
        """Returns the buffer behind a view."""
        if view.__class__ is not BufferView:
            checked(view, BufferView)
        return view.buffer

    @vm_export("buffer_view.create", "0rIIiiCID_r")
    def buffer_view_create(
        self,
        buffer: Buffer,
        offset: int,
        length: int,
        element_type: int,
        encoding: int,
        shape: list[int],
    ) -> BufferView:
        """Returns a view of a range of a buffer."""
        if buffer.__class__ is not HostBuffer:
            checked(buffer, Buffer)
        if offset or length != buffer.byte_length:
            buffer = buffer.subspan(offset, length)
        return BufferView(buffer, shape, element_type, encoding)

    @vm_export("buffer_view.dim", "0ri_I")
    def buffer_view_dim(self, view: BufferView, index: int) -> int:
        """Returns one extent."""
        shape = checked(view, BufferView).shape
        if not 0 <= index < len(shape):
            raise StatusError(
                StatusCode.OUT_OF_RANGE,
                f"dimension {index} out of range; view has rank {len(shape)}",
            )
        return shape[index]

    @vm_export("buffer_view.rank", "0r_i")
    def buffer_view_rank(self, view: BufferView) -> int:
        """Returns the number of dimensions."""
        return len(checked(view, BufferView).shape)

    @vm_export("buffer_view.element_type", "0r_i")
    def buffer_view_element_type(self, view: BufferView) -> int:
        """Returns the code of the element type."""
        return checked(view, BufferView).element_type

    @vm_export("buffer_view.encoding_type", "0r_i")
    def buffer_view_encoding_type(self, view: BufferView) -> int:
        """Returns the code of the encoding."""
        return checked(view, BufferView).encoding

    @vm_export("buffer_view.trace", "0rCrD_v")
    def buffer_view_trace(self, key: VmBuffer, views: list[BufferView]) -> None:
        """Prints views to stderr under a heading."""
        from ireelite.element_types import from_code
        from ireelite.values import TensorValue, format_tensor

        lines = [f"=== {text(key)} ==="]
        for view in views:
            type = from_code(checked(view, BufferView).element_type)
            lines.append(format_tensor(TensorValue(tuple(view.shape), type, view.contents())))
        print("\n".join(lines), file=sys.stderr)
