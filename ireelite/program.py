"""A compiled program: its bytes, its IR at every stage, and its compilation record."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from ireelite.compile_options import CompileOptions
from ireelite.completion import complete_behind
from ireelite.importers.source import Source, read_source
from ireelite.interrupts import interruptible
from ireelite.lowering.fusion.rules import ALL_RULES, rules_of
from ireelite.option_values import (
    mapping_of,
    names_of,
    optional_text_of,
    text_of,
    workgroup_size_of,
)
from ireelite.other_functions import naming_other_functions
from ireelite.passes import STEPS, Compilation
from ireelite.pipeline import encode, lower
from ireelite.progress import progress as shown_progress
from ireelite.provenance import Tracker
from ireelite.records import CompilationRecord
from ireelite.stages import STAGES, stage_index
from ireelite.status import StatusCode, StatusError, invalid_argument, not_found
from ireelite.targets.registry import TargetWarning

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp

    from ireelite.lowering.kernels.cost import DispatchCost
    from ireelite.reference import Interpretation
    from ireelite.signature import CallTree


@dataclass
class Program:
    """What `ireelite.compile` returns."""

    data: bytes = field(repr=False)
    """The module, as in a `.vmfb` file."""
    source: Source
    options: CompileOptions
    inputs: Sequence[str] | None = None
    outputs: Sequence[str] | None = None
    compilation_record: CompilationRecord | None = field(default=None, repr=False)
    input_shapes: Mapping[str, Any] | None = None
    targets: tuple[str, ...] = ()
    """Names of the targets that the module has executables for, in the order of preference."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Name of each default target that the module has no executables for -> what it can't take."""
    _texts: dict[tuple[str, bool], str] = field(default_factory=dict, repr=False)
    _start: str | None = field(default=None, repr=False)
    """The stage of the source, once it has been parsed."""

    @property
    def record(self) -> CompilationRecord:
        """What the compiler did. Raises NOT_FOUND if it did not record."""
        if self.compilation_record is None:
            raise not_found(
                "this program was compiled without a record: use compile(..., record=True)"
            )
        return self.compilation_record

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that `ir` can show, from the source's own on."""
        if self._start is None:
            _, self._start = self._parse()
        return STAGES[stage_index(self._start) : -1]

    def ir(self, stage: str, elide: bool = True) -> str:
        """Returns the program's text at a stage. Long constants are shortened; with `elide=False`,
        it can be read back. Taken from the record if there is one; otherwise the first call lowers
        the program, and keeps the texts of all stages.

        Raises NOT_FOUND for a stage that is not there.
        """
        if stage not in self.stages:
            stage_index(stage)
            shown = ", ".join(self.stages)
            raise not_found(f"stage '{stage}' has no text for this program; it has: {shown}")
        if (stage, elide) not in self._texts:
            if elide and self.compilation_record is not None:
                self._texts[stage, elide] = self.compilation_record.stage(stage).text
            else:
                self._print_stages(elide)
        return self._texts[stage, elide]

    def _print_stages(self, elide: bool) -> None:
        """Lowers the program once and prints it at every stage."""
        from ireelite.syntax.printer import print_module

        def keep(stage: str, program: ModuleOp) -> None:
            self._texts[stage, elide] = print_module(program, elide)

        module, start = self._parse()
        with interruptible("the compilation"), self.source.excerpts():
            lower(module, start, STAGES[-2], Compilation(self.options, at_stage=keep))

    def cost(self) -> list[DispatchCost]:
        """Returns the bytes and the operations of each dispatch, in the order of the program's
        text, and by `seconds` of a row the time that they take at least. Lowers the program to its
        kernels.

        Raises FAILED_PRECONDITION for a program that comes from a later stage.
        """
        from ireelite.lowering.kernels.cost import dispatch_costs

        module, start = self._parse()
        with interruptible("the count of costs"), self.source.excerpts():
            if stage_index(start) > stage_index("kernels"):
                raise StatusError(
                    StatusCode.FAILED_PRECONDITION,
                    f"costs are counted in kernels, and a program of stage '{start}' has none",
                )
            return dispatch_costs(lower(module, start, "kernels", Compilation(self.options)))

    @overload
    def interpret(
        self,
        *arguments: Any,
        function: str | None = ...,
        values: Literal[False] = ...,
        parameters: Any = ...,
    ) -> Any: ...

    @overload
    def interpret(
        self,
        *arguments: Any,
        function: str | None = ...,
        values: Literal[True],
        turns: int = ...,
        parameters: Any = ...,
    ) -> Interpretation: ...

    def interpret(
        self,
        *arguments: Any,
        function: str | None = None,
        values: bool = False,
        turns: int = 1,
        parameters: Any = None,
    ) -> Any:
        """Runs a function in the reference interpreter, which computes the program op by op in
        NumPy, before any lowering. Calls of LAPACK are compiled and run, each for itself. Returns
        one result as it is, several as a tuple.

        With `values`, an `Interpretation` is returned: the results, and the value of every op by
        its identity at stage `hlo`; of ops in loops those of the last `turns` times. `parameters`
        are given as to `load`. Raises FAILED_PRECONDITION for a program that comes from a later
        stage, and what `interpret_module` raises.
        """
        from ireelite.compiled_ops import run_compiled
        from ireelite.reference import interpret_module

        module, start = self._parse()
        with interruptible("the reference interpreter"), self.source.excerpts():
            if stage_index(start) > stage_index("hlo"):
                raise StatusError(
                    StatusCode.FAILED_PRECONDITION,
                    f"the reference interprets programs of stage 'hlo', not of stage '{start}'",
                )
            module = lower(module, start, "hlo", Compilation(self.options))
            outcome = interpret_module(
                module,
                function,
                arguments,
                turns if values else None,
                parameters=_parameter_bytes(module, parameters),
                run_other=run_compiled,
            )
        if values:
            return outcome
        return outcome.results[0] if len(outcome.results) == 1 else outcome.results or None

    def save(self, path: str | Path) -> Path:
        """Writes the `.vmfb` file whole, or not at all."""
        from ireelite.files import write_whole

        return write_whole(path, self.data)

    @property
    def functions(self) -> dict[str, str]:
        """Exported functions and their declarations."""
        from ireelite.bytecode.decode import decode_module

        module = decode_module(self.data)
        return {
            export.name: module.functions[export.ordinal].signature.attrs.get(
                "iree.abi.declaration", ""
            )
            for export in module.exports
            if not export.name.startswith("__")
        }

    @property
    def trees(self) -> dict[str, CallTree]:
        """How the arguments and results of exported functions nest, where they do."""
        jax = self.source.jax
        return {} if jax is None else {jax.name: jax.tree}

    def _parse(self):
        return self.source.parse(self.inputs, self.outputs, self.input_shapes)

    def __repr__(self) -> str:
        from ireelite.summaries import first_few, shortened

        functions = "; ".join(first_few(self.functions.values()))
        targets = ", ".join(self.targets) or "none"
        without = "".join(
            f"; without {name}: {shortened(why)}" for name, why in self.left_out.items()
        )
        return (
            f"<Program {self.source.name}: {functions}; targets {targets}{without}; "
            f"{len(self.data)} bytes>"
        )


def compile_source(
    source: str | Path | bytes | Callable[..., Any],
    *,
    targets: str | Iterable[str] | None = None,
    devices: Mapping[str, str] | None = None,
    inputs: str | Iterable[str] | None = None,
    outputs: str | Iterable[str] | None = None,
    input_shapes: Mapping[str, Any] | None = None,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    record: bool | str = False,
    workgroup_size: tuple[int, int, int] | None = None,
    module_name: str | None = None,
    execution_model: str = "async-internal",
    cpu: str = "host",
    schedule: str | None = None,
    vulkan_target: str | None = None,
    fusion: str | Iterable[str] | None = None,
    reassociate: bool = True,
    microkernels: bool = True,
    strip_source_map: bool = False,
    passes: Mapping[str, Any] | None = None,
    verify: bool | None = None,
    progress: bool | None = None,
) -> Program:
    """Compiles a TensorFlow graph, MLIR text or a JAX function into a module. Raises `StatusError`.

    `source` is a path to a GraphDef (binary or text) or to MLIR text of any stage, such text or
    bytes themselves, or a function to be traced by JAX with the example arguments `args` and
    `kwargs`: trees of arrays, of `jax.ShapeDtypeStruct` and of numbers, as the program then takes
    them. `inputs` and `outputs` name a graph's feeds and fetches as TensorFlow does, `x` or
    `split:1` (by default, its sinks and the Placeholders that they need). `input_shapes` gives
    feeds the sizes that the graph leaves open, as `{"x": (1, 784)}`, and the arguments of MLIR
    functions those that are `?` in their types, as `{"main": [(8, 4), None]}`.

    Names are given as a list, or as a string with commas between them: `targets="vmvx,llvm-cpu"`.
    `targets` are names of targets, each of which must accept the program; by default the module has
    executables for every target that accepts it, and a `TargetWarning` says why another does not.
    `devices` are the devices of a multi-device program, as `{"a": "local", "b": "vulkan"}`; its
    affinities and transfers refer to them by these names, and the first is the default.

    `execution_model` is `async-internal`, `async-external` (functions take a fence to wait for and
    one to signal) or `host-only` (no tensor work, no device). `cpu` is the CPU that native code is
    generated for: `host`, this machine's, or `generic`, any of the architecture. `schedule` is the
    register set that tiles of native code fill, as `avx2`, or `plain` for loops without tiles.
    `vulkan_target` is the kind of devices that shaders are scheduled for: `lavapipe`, `gpu` or
    `portable` (by default, that of this machine's). `fusion` names the rules of fusion that are on,
    of `elementwise`, `movement`, `rows`, `epilogues` and `siblings`, or is `all` (the default) or
    `none`. Reductions of
    floats may add in another order than the program's only with `reassociate`. With `microkernels`,
    products of matrices for vmvx are calls of the runtime's `mmt4d`, those of floats only if
    `reassociate` is true, too.

    With `strip_source_map` the module does not say where in the source its instructions come from.
    `passes` are xDSL passes and rewrite patterns of your own, each after a stage or a pass of the
    pipeline, as `{"hlo": [MyPass()]}`; they are verified and recorded. With `record`, the program
    keeps a record of every stage, pass and rewrite; with `record="passes"` also of the program
    after each pass that changed it. With `verify`, the output of each pass is verified. A
    compilation of more than two seconds shows its progress, on a terminal and in a notebook, unless
    `progress` is false.
    """
    kinds = mapping_of("devices", devices, "{'a': 'local', 'b': 'vulkan'}")
    options = CompileOptions(
        targets=None if targets is None else names_of("targets", targets),
        devices=tuple((name, text_of(f"devices[{name!r}]", kind)) for name, kind in kinds.items()),
        workgroup_size=workgroup_size_of(workgroup_size),
        module_name=optional_text_of("module_name", module_name),
        execution_model=text_of("execution_model", execution_model),
        cpu=text_of("cpu", cpu),
        schedule=optional_text_of("schedule", schedule),
        vulkan_target=optional_text_of("vulkan_target", vulkan_target),
        fusion=ALL_RULES if fusion is None else rules_of(names_of("fusion", fusion)),
        reassociate=reassociate,
        microkernels=microkernels,
        strip_source_map=strip_source_map,
    )
    inputs = None if inputs is None else names_of("inputs", inputs)
    outputs = None if outputs is None else names_of("outputs", outputs)
    shapes = mapping_of("input_shapes", input_shapes, "{'x': (1, 784)} or {'main': [(8, 4), None]}")
    if own := mapping_of("passes", passes, "{'hlo': [MyPass()]}"):
        from ireelite.own_passes import passes_by_point

        options = replace(options, own_passes=passes_by_point(own))
    if verify is not None:
        options = replace(options, verify=verify)
    with interruptible("the compilation"), shown_progress(STEPS, progress) as shown:
        read = read_source(source, args, keywords=kwargs)
        with naming_other_functions(read, options):
            module, start = read.parse(inputs, outputs, shapes)
            tracker = _tracker(Path(read.name).name, record)
            compilation = Compilation(options, tracker, progress=shown)
            with read.excerpts():
                module = lower(module, start, "module", compilation)  # frees what it was before
                data = encode(module, compilation)
    kept = compilation.tracker.record if compilation.tracker is not None else None
    selection = compilation.targets
    for warning in selection.warnings:
        warnings.warn(warning, TargetWarning, stacklevel=2)
    return Program(
        data,
        read,
        options,
        inputs,
        outputs,
        kept,
        input_shapes,
        targets=tuple(target.name for target in selection.taken),
        left_out={name: error.message for name, error in selection.left_out.items()},
        _start=start,
    )


def _parameter_bytes(module: ModuleOp, given: Any) -> dict[tuple[str, str], bytes]:
    """Returns the bytes of the parameters that a program names, by scope and key."""
    if given is None:
        return {}
    from ireelite.parameters import read_parameters
    from ireelite.parameters.index import find_parameter
    from ireelite.reference.interpret import named_parameters

    known = read_parameters(given)
    found: dict[tuple[str, str], bytes] = {}
    for named in named_parameters(module).values():
        scope, key = named.scope.data, named.key.data
        found[scope, key] = find_parameter(known, scope, key).read()
    return found


def _tracker(source: str, record: bool | str) -> Tracker | None:
    """Returns what fills the record that is asked for. Raises INVALID_ARGUMENT for a word that is
    no kind.
    """
    if not record:
        return None
    if record not in (True, "passes"):
        raise invalid_argument(f"record={record!r}: expected True, False or 'passes'")
    return Tracker(source, keeps_programs=record == "passes")


complete_behind(Program)
