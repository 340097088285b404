"""`VmVariantList`: a `vm.list` of anything."""

from __future__ import annotations

from typing import Any, TypeVar

from ireelite.modules.python_module import VmRef
from ireelite.vm.refs import List

T = TypeVar("T")


class VmVariantList:
    """A list of numbers and references, as functions take and return them."""

    __slots__ = ("_list",)

    def __init__(self, capacity: int):
        """Makes an empty list; it grows beyond `capacity` when it must."""
        if capacity < 0:
            raise ValueError(f"a list cannot hold {capacity} items")
        self._list = List()

    @classmethod
    def _of(cls, list: List) -> VmVariantList:
        self = cls.__new__(cls)
        self._list = list
        return self

    @staticmethod
    def __iree_vm_cast__(reference: VmRef) -> VmVariantList | None:
        value = reference.value
        return VmVariantList._of(value) if isinstance(value, List) else None

    @property
    def ref(self) -> VmRef:
        """The reference to it."""
        return VmRef(self._list)

    @property
    def __iree_vm_ref__(self) -> VmRef:
        return self.ref

    @property
    def size(self) -> int:
        """How many items."""
        return len(self._list.items)

    def __len__(self) -> int:
        return len(self._list.items)

    def push_int(self, value: int) -> None:
        """Appends an i64. Raises ValueError beyond its range."""
        self._list.items.append(i64_of(value))

    def push_float(self, value: float) -> None:
        """Appends an f64."""
        self._list.items.append(float(value))

    def push_list(self, value: VmVariantList) -> None:
        """Appends a list."""
        self._list.items.append(value._list)

    def push_ref(self, ref: Any) -> None:
        """Appends a `VmRef`, or an object that has one. Raises TypeError for anything else."""
        self._list.items.append(reference_of(ref))

    def get_variant(self, index: int) -> Any:
        """Returns an item: an int, a float, a `VmRef`, or None. Raises IndexError."""
        value = self._item(index)
        return value if value is None or isinstance(value, (int, float)) else VmRef(value)

    def get_as_ref(self, index: int) -> VmRef:
        """Returns an item as a reference. Raises IndexError, and ValueError for a number."""
        value = self._item(index)
        if isinstance(value, (int, float)):
            raise ValueError(f"list item {index} is a number, not a reference")
        return VmRef(value)

    def get_as_object(self, index: int, clazz: type[T]) -> T:
        """Returns an item as a `clazz`. Raises IndexError, ValueError and TypeError."""
        found = self.get_as_ref(index).deref(clazz)
        assert found is not None
        return found

    def get_as_list(self, index: int) -> VmVariantList:
        """Returns an item as a list. Raises IndexError, ValueError and TypeError."""
        return self.get_as_object(index, VmVariantList)

    def get_serialized_trace_value(self, index: int) -> dict[str, Any]:
        """Returns an item as plain data. Raises IndexError, and ValueError for references that have
        no such form.
        """
        return _serialized(self._item(index))

    def _item(self, index: int) -> Any:
        if not 0 <= index < len(self._list.items):
            raise IndexError(f"list index {index} out of range; the list has {len(self)} items")
        return self._list.items[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VmVariantList) and self._list is other._list

    def __hash__(self) -> int:
        return id(self._list)

    def __repr__(self) -> str:
        return f"<VmVariantList({len(self)}): [{_described(self._list, [])}]>"


def i64_of(value: int) -> int:
    """Returns the number itself. Raises ValueError beyond the range of an i64."""
    if not -(1 << 63) <= value < 1 << 63:
        raise ValueError(f"{value} is no i64")
    return int(value)


def reference_of(value: Any) -> Any:
    """Returns the VM's object that a `VmRef`, or an object that has one, stands for. Raises
    TypeError for anything else.
    """
    reference = getattr(value, "__iree_vm_ref__", None)
    if isinstance(reference, VmRef):
        return reference.value
    if isinstance(getattr(type(value), "vm_type", None), str):
        return value
    raise TypeError(f"{value!r} is no reference")


def _described(list: List, above: list[List]) -> str:
    inside = [*above, list]
    return ", ".join([_item_text(item, inside) for item in list.items])


def _item_text(item: Any, above: list[List]) -> str:
    if isinstance(item, List):
        circular = any(item is known for known in above)
        return f"List[{'...circular...' if circular else _described(item, above)}]"
    if isinstance(item, float):
        return f"{item:f}"
    if item is None or isinstance(item, int):
        return str(item)
    match item.vm_type:
        case "hal.buffer":
            return f"HalBuffer({item.byte_length})"
        case "hal.buffer_view":
            shape = "x".join(map(str, item.shape))
            return f"HalBufferView({shape}:0x{code_text(item.element_type)})"
        case "hal.fence":
            return f"fence({len(item.values)})"
        case other:
            return f"Unknown({other})"


def code_text(element_type: int) -> str:
    """Returns an element type's code as upstream's texts show it: its bytes in memory order."""
    return (element_type & 0xFFFFFFFF).to_bytes(4, "little").hex()


def _serialized(item: Any) -> dict[str, Any]:
    if item is None:
        return {"type": "null"}
    if isinstance(item, (int, float)):
        return {"type": "value", "f64" if isinstance(item, float) else "i64": item}
    if isinstance(item, List):
        return {"type": "vm.list", "items": [_serialized(entry) for entry in item.items]}
    if item.vm_type == "hal.buffer_view":
        from ireelite.element_types import from_code

        return {
            "type": "hal.buffer_view",
            "shape": list(item.shape),
            "element_type": str(from_code(item.element_type)),
            "contents": bytes(item.contents()),
        }
    raise ValueError(f"{item.vm_type} has no form as plain data")
