"""Measures the workbench: the first paint, a step, a frame, and the size of the page.

python tests/benchmarks/views_bench.py [--inputs digits_cnn,loop] [--pages FOLDER]

first paint   CPU seconds to make the notebook's widget with its first views, in the kernel
shown         seconds from opening the exported page to its first view, in Chromium
step          milliseconds from a key press in the rewrite stepper, or in the debugger of a module by
              another compiler, to the end of its layout: median and 95th percentile of sixty
frame         milliseconds between two frames while the stepper's list and the IR are scrolled:
              median and 95th percentile
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
LOOP = """func.func @main(%n: tensor<i32>, %x: tensor<8xf32>) -> tensor<8xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %i, %y = stablehlo.while(%k = %zero, %v = %x) : tensor<i32>, tensor<8xf32>
  cond {
    %more = stablehlo.compare LT, %k, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %more : tensor<i1>
  } do {
    %next = stablehlo.add %k, %one : tensor<i32>
    %s = stablehlo.sine %v : tensor<8xf32>
    %w = stablehlo.add %s, %v : tensor<8xf32>
    stablehlo.return %next, %w : tensor<i32>, tensor<8xf32>
  }
  return %y : tensor<8xf32>
}
"""
OPS = ("add", "multiply", "subtract", "maximum")


def long_chain(ops: int) -> str:
    """Returns a program of `ops` ops, each of which takes the result of the previous one."""
    lines = "\n".join(
        f"  %{n + 1} = stablehlo.{OPS[n % 4]} %{n}, %0 : tensor<4xf32>" for n in range(ops)
    )
    return (
        f"func.func @main(%0: tensor<4xf32>) -> tensor<4xf32> {{\n{lines}\n"
        f"  return %{ops} : tensor<4xf32>\n}}\n"
    )


def classifier() -> str:
    """Returns a classifier of 28 × 28 pictures as MLIR text: two layers and a softmax, with random
    weights.
    """
    import numpy as np

    random = np.random.default_rng(0)

    def weights(*shape: int) -> str:
        data = (random.standard_normal(shape) / 20).astype("<f4").tobytes().hex().upper()
        return f'dense<"0x{data}"> : tensor<{"x".join(map(str, shape))}xf32>'

    return f"""module @classifier {{
  func.func @predict(%x: tensor<1x28x28x1xf32>) -> tensor<1x10xf32> {{
    %k1 = stablehlo.constant {weights(784, 128)}
    %b1 = stablehlo.constant {weights(128)}
    %k2 = stablehlo.constant {weights(128, 10)}
    %b2 = stablehlo.constant {weights(10)}
    %zero = stablehlo.constant dense<0.0> : tensor<f32>
    %least = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %zeros = stablehlo.constant dense<0.0> : tensor<1x128xf32>
    %0 = stablehlo.reshape %x : (tensor<1x28x28x1xf32>) -> tensor<1x784xf32>
    %1 = stablehlo.dot %0, %k1 : (tensor<1x784xf32>, tensor<784x128xf32>) -> tensor<1x128xf32>
    %2 = stablehlo.broadcast_in_dim %b1, dims = [1] : (tensor<128xf32>) -> tensor<1x128xf32>
    %3 = stablehlo.add %1, %2 : tensor<1x128xf32>
    %4 = stablehlo.maximum %3, %zeros : tensor<1x128xf32>
    %5 = stablehlo.dot %4, %k2 : (tensor<1x128xf32>, tensor<128x10xf32>) -> tensor<1x10xf32>
    %6 = stablehlo.broadcast_in_dim %b2, dims = [1] : (tensor<10xf32>) -> tensor<1x10xf32>
    %7 = stablehlo.add %5, %6 : tensor<1x10xf32>
    %8 = stablehlo.reduce(%7 init: %least) applies stablehlo.maximum across dimensions = [1] : (tensor<1x10xf32>, tensor<f32>) -> tensor<1xf32>
    %9 = stablehlo.broadcast_in_dim %8, dims = [0] : (tensor<1xf32>) -> tensor<1x10xf32>
    %10 = stablehlo.subtract %7, %9 : tensor<1x10xf32>
    %11 = stablehlo.exponential %10 : tensor<1x10xf32>
    %12 = stablehlo.reduce(%11 init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<1x10xf32>, tensor<f32>) -> tensor<1xf32>
    %13 = stablehlo.broadcast_in_dim %12, dims = [0] : (tensor<1xf32>) -> tensor<1x10xf32>
    %14 = stablehlo.divide %11, %13 : tensor<1x10xf32>
    return %14 : tensor<1x10xf32>
  }}
}}
"""


def by_upstream(folder: Path, target: str, source: Path | None = None) -> Path:
    """Returns a module file that upstream's compiler made of `source`, by default of the
    classifier.
    """
    source = source or _written(folder, classifier())
    file = folder / f"{target}.vmfb"
    _upstream(source, target, file)
    return file


def dump_by_upstream(folder: Path, source: Path | None = None) -> Path:
    """Returns a file with the IR that upstream's compiler prints after each pass over `source`."""
    source = source or _written(folder, classifier())
    file = folder / "passes.mlir"
    flags = ["--mlir-print-ir-after-all", "--mlir-disable-threading"]
    flags += ["--mlir-elide-elementsattrs-if-larger=16"]
    file.write_text(_upstream(source, "llvm-cpu", folder / "passes.vmfb", *flags))
    return file


def _upstream(source: Path, target: str, file: Path, *flags: str) -> str:
    command = ["iree-compile", str(source), f"--iree-hal-target-backends={target}", "-o", str(file)]
    if target == "llvm-cpu":
        command.append("--iree-llvmcpu-target-cpu=generic")
    run = subprocess.run([*command, *flags], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    return run.stderr


def _written(folder: Path, text: str) -> Path:
    file = folder / "classifier.mlir"
    file.write_text(text)
    return file


INPUTS: dict[str, Callable[[Path, int], Any]] = {
    "digits_cnn": lambda folder, ops: ROOT / "tests" / "data" / "tf" / "digits_cnn.pb",
    "transformer": lambda folder, ops: ROOT / "tests" / "data" / "workbench" / "transformer.mlir",
    "upstream_vmvx": lambda folder, ops: by_upstream(folder, "vmvx"),
    "upstream_llvm_cpu": lambda folder, ops: by_upstream(folder, "llvm-cpu"),
    "upstream_dump": lambda folder, ops: dump_by_upstream(folder),
    "loop": lambda folder, ops: LOOP,
    "long": lambda folder, ops: long_chain(ops),
}
"""Name -> function that returns the argument of `workbench.open`. Its arguments are a folder for
files and the number of ops of `long`.
"""

FIRST = ".wb-ir .wb-op, .wb-timeline .mark"
STEPPERS = {"rewrites": ".wb-steps .wb-rows", "debugger": ".wb-debugger .wb-code"}
"""Name of a tab with steps -> CSS selector of the element that takes keys and is scrolled."""
STEPS = """async (node) => {
  const times = [];
  for (let n = 0; n < 60; n++) {
    const begin = performance.now();
    node.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}));
    document.body.offsetHeight;
    times.push(performance.now() - begin);
    await new Promise(requestAnimationFrame);
  }
  return times.sort((a, b) => a - b);
}"""
FRAMES = """async (nodes) => {
  const times = [];
  for (const node of nodes) {
    let last = performance.now();
    for (let n = 0; n < 60; n++) {
      node.scrollTop += 300;
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - last);
      last = performance.now();
    }
  }
  return times.sort((a, b) => a - b);
}"""


@dataclass(frozen=True)
class Row:
    """Measurements of one input: `first` and `shown` in seconds, `step` and `frame` in milliseconds
    (median, 95th percentile), `size` in bytes.
    """

    name: str
    ops: int
    rewrites: int
    first: float
    shown: float
    step: tuple[float, float]
    frame: tuple[float, float]
    size: int

    def text(self) -> str:
        """Returns the row as a line of the table."""
        step, frame = (f"{low:5.1f} {high:6.1f}" for low, high in (self.step, self.frame))
        return (
            f"{self.name:18} {self.ops:8} {self.rewrites:8} {self.first:8.2f} {self.shown:7.2f} "
            f"{step} {frame} {self.size / 1e6:6.2f}"
        )


HEAD = (
    f"{'input':18} {'nodes':>8} {'rewrites':>8} {'first s':>8} {'shown s':>7} "
    f"{'step ms':>5} {'p95':>4} {'frame ms':>5} {'p95':>4} {'MB':>5}"
)


def choose(page: Any, name: str) -> None:
    """Chooses a tab of an exported workbench and waits for its view."""
    page.get_by_role("tab", name=name, exact=True).click()
    page.wait_for_selector("[role=tabpanel]:not([hidden]) .wb")


def measure(name: str, source: Any, context: Any, folder: Path) -> Row:
    """Opens, exports, steps through and scrolls one input; returns the measurements."""
    import workbench

    opened = workbench.open(source)
    begin = time.process_time()
    bench = workbench.Workbench(opened._material)
    bench.live()
    first = time.process_time() - begin
    file = folder / f"{name}.html"
    file.write_text(bench.to_html(name), encoding="utf-8")
    page = context.new_page()
    begin = time.perf_counter()
    page.goto(file.as_uri())
    page.wait_for_selector(FIRST)
    shown = time.perf_counter() - begin
    stepper = next(tab for tab in STEPPERS if tab in bench.names)
    choose(page, stepper)
    page.wait_for_selector(STEPPERS[stepper])
    steps = page.locator(STEPPERS[stepper]).first.evaluate(STEPS)
    frames = page.locator(STEPPERS[stepper]).evaluate_all(FRAMES)
    if "IR" in bench.names:
        choose(page, "IR")
        frames = sorted(frames + page.locator(".wb-ir .wb-lines").evaluate_all(FRAMES))
    page.close()
    record = bench.shared.record
    return Row(
        name,
        len(record.nodes) if record else 0,
        sum(len(run.rewrites) for run in record.passes) if record else 0,
        first,
        shown,
        _middle_and_late(steps),
        _middle_and_late(frames),
        file.stat().st_size,
    )


def _middle_and_late(times: list[float]) -> tuple[float, float]:
    return times[len(times) // 2], times[len(times) * 95 // 100]


def main() -> int:
    from shutil import which

    from playwright.sync_api import sync_playwright

    flags = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    flags.add_argument("--inputs", default=",".join(INPUTS))
    flags.add_argument("--ops", type=int, default=10_000, help="the length of the long program")
    flags.add_argument("--pages", type=Path, help="a folder that keeps the pages")
    options = flags.parse_args()
    browser = next(filter(None, map(which, BROWSERS)), None)
    if browser is None:
        print("views_bench: no Chromium was found: install chromium", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = options.pages or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        context = playwright.chromium.launch_persistent_context(
            f"{scratch}/profile",
            executable_path=browser,
            headless=True,
            args=FLAGS,
            viewport={"width": 1440, "height": 900},
        )
        print(HEAD, flush=True)
        for name in options.inputs.split(","):
            source = INPUTS[name](Path(scratch), options.ops)
            print(measure(name, source, context, folder).text(), flush=True)
        context.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
