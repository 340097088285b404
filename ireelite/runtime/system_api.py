"""Loading modules in one line, and calling their functions as attributes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ireelite.completion import complete_behind
from ireelite.runtime.errors import raising
from ireelite.runtime.function import FunctionInvoker
from ireelite.runtime.hal_device import HalDevice
from ireelite.runtime.hal_module import INLINE, create_hal_module, module_of_runtime
from ireelite.runtime.system_setup import get_first_device
from ireelite.runtime.vm import VmContext, VmInstance, VmModule

TARGET_BACKEND_TO_DRIVER = {
    "llvm-cpu": "local-sync",
    "vmvx": "local-sync",
    "vulkan-spirv": "webgpu",
}
"""The driver for what a compiler's target makes."""


class Config:
    """A device, an instance, and the modules that every context begins with."""

    def __init__(self, driver_name: str | None = None, *, device: HalDevice | None = None):
        """Takes the first of some drivers, separated by commas, that can be opened; or a device.

        Raises ValueError if there is none.
        """
        if device is not None and driver_name is not None:
            raise ValueError("Either 'device' or 'driver_name' can be specified (not both)")
        if device is None:
            device = get_first_device(None if driver_name is None else driver_name.split(","))
        self.device = device
        self.vm_instance = VmInstance()
        self.default_vm_modules = (create_hal_module(self.vm_instance, device),)


class BoundModule:
    """A module in a context. Its functions are its attributes and its items."""

    def __init__(self, context: SystemContext, vm_module: VmModule):
        self._context = context
        self._vm_module = vm_module
        self._functions: dict[str, FunctionInvoker] = {}

    @property
    def name(self) -> str:
        """The module's name."""
        return self._vm_module.name

    @property
    def vm_module(self) -> VmModule:
        """The module."""
        return self._vm_module

    def __getitem__(self, name: str) -> FunctionInvoker:
        """Returns a function. Raises KeyError."""
        if name not in self._functions:
            function = self._vm_module.lookup_function(name)
            if function is None:
                raise KeyError(f"Function '{name}' not found in module '{self}'")
            self._functions[name] = FunctionInvoker(
                self._context.vm_context, self._context.config.device, function
            )
        return self._functions[name]

    def __getattr__(self, name: str) -> FunctionInvoker:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._vm_module.function_names]

    def __repr__(self) -> str:
        return f"<BoundModule {self._vm_module!r}>"


class BoundModules(dict[str, BoundModule]):
    """Modules of a context by name, which are attributes too."""

    def __getattr__(self, name: str) -> BoundModule:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"no module '{name}'; modules: {', '.join(self)}") from None


class SystemContext:
    """A context over a `Config`. Without `vm_modules` it starts with the default modules, and more
    can be added.
    """

    def __init__(self, vm_modules: Sequence[VmModule] | None = None, config: Config | None = None):
        """Raises what registering the modules fails with."""
        self._config = config if config is not None else Config()
        self._is_dynamic = vm_modules is None
        self._vm_context = VmContext(self._config.vm_instance)
        self._modules = BoundModules()
        self._add((*self._config.default_vm_modules, *(vm_modules or ())))

    @property
    def vm_context(self) -> VmContext:
        """The context itself."""
        return self._vm_context

    @property
    def is_dynamic(self) -> bool:
        """Whether modules can be added."""
        return self._is_dynamic

    @property
    def config(self) -> Config:
        """What it was made with."""
        return self._config

    @property
    def instance(self) -> VmInstance:
        """The instance of the config."""
        return self._config.vm_instance

    @property
    def modules(self) -> BoundModules:
        """The modules by name."""
        return self._modules

    def add_module_dependency(self, name: str, minimum_version: int = 0) -> None:
        """Adds a module of this package. Raises ValueError for one that it has not."""
        self._vm_context.register_modules(
            [VmModule.resolve_module_dependency(self.instance, name, minimum_version)]
        )

    def add_vm_modules(self, vm_modules: Sequence[VmModule]) -> None:
        """Adds modules in order. Raises ValueError for a name that is taken, RuntimeError if the
        set of modules was given at the beginning.
        """
        if not self._is_dynamic:
            raise RuntimeError("modules can only be added to a context made without vm_modules")
        for module in vm_modules:
            if module.name in self._modules:
                raise ValueError(f"Attempt to register duplicate VmModule: '{module.name}'")
        self._add(vm_modules)

    def add_vm_module(self, vm_module: VmModule) -> None:
        """Adds one module."""
        self.add_vm_modules((vm_module,))

    def _add(self, modules: Sequence[VmModule]) -> None:
        self._vm_context.register_modules([*self._absent(modules), *modules])
        for module in modules:
            self._modules[module.name] = BoundModule(self, module)

    def _absent(self, modules: Sequence[VmModule]) -> list[VmModule]:
        """Returns the modules of the inline execution models that modules depend on and that
        neither the context has nor the modules are. Raises ValueError over a device that is no CPU.
        """
        known = {*self._vm_context.context.modules, *(module.name for module in modules)}
        needed = [row.name for module in modules for row in module.module.dependencies]
        names = [name for name in dict.fromkeys(needed) if name in INLINE and name not in known]
        with raising("Error resolving module dependency"):
            made = [module_of_runtime(name, self._config.device) for name in names]
        return [module for module in made if module is not None]


def load_vm_modules(*vm_modules: VmModule, config: Config | None = None) -> list[BoundModule]:
    """Modules in a new context."""
    context = SystemContext(vm_modules=vm_modules, config=config)
    return [context.modules[module.name] for module in vm_modules]


def load_vm_module(vm_module: VmModule, config: Config | None = None) -> BoundModule:
    """Returns a module in a new context."""
    return load_vm_modules(vm_module, config=config)[0]


def load_vm_flatbuffer(
    vm_flatbuffer: bytes, *, driver: str | None = None, backend: str | None = None
) -> BoundModule:
    """Returns a module's bytes in a new context, on a driver or on that of a compiler's target.

    Raises ValueError unless one of the two is given.
    """
    config = _config_for(driver, backend)
    return load_vm_module(VmModule.copy_buffer(config.vm_instance, vm_flatbuffer), config)


def load_vm_flatbuffer_file(
    path: Any,
    *,
    driver: str | None = None,
    backend: str | None = None,
    destroy_callback: Callable[[], Any] | None = None,
) -> BoundModule:
    """Returns a module's file, mapped into memory, in a new context.

    `destroy_callback` is called when the module is gone.
    """
    config = _config_for(driver, backend)
    module = VmModule.mmap(config.vm_instance, str(path), destroy_callback)
    return load_vm_module(module, config)


def normalize_value(value: Any) -> Any:
    """Returns a value as a function would be given it: numbers as arrays of 32 bits, anything but
    containers as an array.
    """
    import numpy

    if value is None or isinstance(value, (list, tuple, dict)):
        return value
    array = numpy.asarray(value)
    if isinstance(value, (bool, int, float)):
        narrow = {numpy.dtype("float64"): "float32", numpy.dtype("int64"): "int32"}
        return array.astype(narrow.get(array.dtype, array.dtype))
    return array


def _config_for(driver: str | None, backend: str | None) -> Config:
    if (driver is None) == (backend is None):
        raise ValueError("Either 'driver' or 'backend' must be specified, and not both")
    if backend is not None:
        if backend not in TARGET_BACKEND_TO_DRIVER:
            known = ", ".join(TARGET_BACKEND_TO_DRIVER)
            raise ValueError(f"no driver for backend '{backend}'; backends: {known}")
        driver = TARGET_BACKEND_TO_DRIVER[backend]
    return Config(driver)


complete_behind(BoundModule, BoundModules, SystemContext)
