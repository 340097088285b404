"""Measures the workbench: the first paint, a step, a frame, a selection, and the size of the page.

python tests/benchmarks/views_bench.py [--inputs digits_cnn,loop] [--pages FOLDER]

lab           seconds from the execution of a cell with `Workbench(x)` to the first frame of its
              views, in JupyterLab; and the CPU seconds of the kernel and of the page's main thread
shown         seconds from opening the exported page to its first view, in Chromium
step          a key press in the rewrite stepper, or in the debugger of a module by another compiler
frame         a frame in which the stepper's list or a pane of the IR is scrolled
select        a click on an op of the IR, or on a slice of the timeline, with the views that follow

Steps, frames and selections are CPU milliseconds of the page's main thread, with layout and
painting: median and 95th percentile.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from views_in_lab import FirstPaint, first_paint, lab

ROOT = Path(__file__).resolve().parent.parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIZE = {"width": 1440, "height": 900}
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
STEPS = """async (nodes) => {
  for (let n = 0; n < 60; n++) {
    performance.mark('act');
    nodes[0].dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}));
    await new Promise(requestAnimationFrame);
  }
}"""
FRAMES = """async (nodes) => {
  for (const node of nodes) {
    for (let n = 0; n < 60; n++) {
      performance.mark('act');
      node.scrollTop += 300;
      await new Promise(requestAnimationFrame);
    }
  }
}"""
SELECTIONS = """async (roots) => {
  for (let n = 0; n < 60; n++) {
    const ops = [...roots[0].querySelectorAll('.wb-line[data-begins] .wb-op, .mark')];
    performance.mark('act');
    ops[(n * 37) % ops.length].dispatchEvent(new MouseEvent('click', {bubbles: true}));
    await new Promise(requestAnimationFrame);
  }
}"""
"""Scripts that act on elements, mark each act, and draw a frame after it."""
TASKS = ("RunTask", "ThreadControllerImpl::RunTask")


@dataclass(frozen=True)
class Row:
    """Measurements of one input: `paint` and `shown` in seconds, `step`, `frame` and
    `select` in milliseconds (median, 95th percentile), `size` in bytes.
    """

    name: str
    ops: int
    rewrites: int
    paint: FirstPaint
    shown: float
    step: tuple[float, float]
    frame: tuple[float, float]
    select: tuple[float, float]
    size: int

    def text(self) -> str:
        """Returns the row as a line of the table."""
        acts = " ".join(
            f"{low:6.1f} {high:5.1f}" for low, high in (self.step, self.frame, self.select)
        )
        return (
            f"{self.name:18} {self.ops:7} {self.rewrites:8} {self.paint.seconds:6.2f} {self.paint.kernel:6.2f} "
            f"{self.paint.page:6.2f} {self.shown:7.2f} {acts} {self.size / 1e6:6.2f}"
        )


HEAD = (
    f"{'input':18} {'nodes':>7} {'rewrites':>8} {'lab s':>6} {'kernel':>6} {'page':>6} {'shown s':>7} "
    f"{'step':>6} {'p95':>5} {'frame':>6} {'p95':>5} {'select':>6} {'p95':>5} {'MB':>6}"
)


def choose(page: Any, name: str) -> None:
    """Chooses a tab of an exported workbench and waits for its view."""
    page.get_by_role("tab", name=name, exact=True).click()
    page.wait_for_selector("[role=tabpanel]:not([hidden]) .wb")


def acts(page: Any, selector: str, script: str) -> list[float]:
    """Runs a script on the elements that match a selector; returns the CPU milliseconds of the
    page's main thread from each act to the next.
    """
    browser = page.context.browser
    browser.start_tracing(page=page, categories=["toplevel", "blink.user_timing"])
    page.locator(selector).evaluate_all(script)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    marks = [event for event in events if event["name"] == "act"]
    thread = marks[0]["pid"], marks[0]["tid"]
    starts = [event["ts"] for event in marks]
    spent = [0.0] * len(starts)
    for event in events:
        if event["name"] in TASKS and (event["pid"], event["tid"]) == thread and "tdur" in event:
            # An act is in a task that also draws its frame.
            number = bisect_right(starts, event["ts"] + event["dur"]) - 1
            if number >= 0:
                spent[number] += event["tdur"] / 1000
    return spent


def measure(name: str, source: Any, browser: Any, folder: Path, paint: FirstPaint) -> Row:
    """Opens, exports, steps through and scrolls one input; returns the measurements."""
    import workbench

    opened = workbench.open(source)
    bench = workbench.Workbench(opened._material)
    file = folder / f"{name}.html"
    file.write_text(bench.to_html(name), encoding="utf-8")
    page = browser.new_page(viewport=SIZE)
    page.set_default_timeout(120_000)
    begin = time.perf_counter()
    page.goto(file.as_uri())
    page.wait_for_selector(FIRST)
    shown = time.perf_counter() - begin
    stepper = next(tab for tab in STEPPERS if tab in bench.names)
    choose(page, stepper)
    page.wait_for_selector(STEPPERS[stepper])
    steps = acts(page, STEPPERS[stepper], STEPS)
    frames = acts(page, STEPPERS[stepper], FRAMES)
    choose(page, "IR" if "IR" in bench.names else "run")
    selections = acts(page, ".wb-ir, .wb-timeline", SELECTIONS)
    if "IR" in bench.names:
        frames += acts(page, ".wb-ir .wb-lines", FRAMES)
    page.close()
    record = bench.shared.record
    return Row(
        name,
        len(record.nodes) if record else 0,
        sum(len(run.rewrites) for run in record.passes) if record else 0,
        paint,
        shown,
        _middle_and_late(steps),
        _middle_and_late(frames),
        _middle_and_late(selections),
        file.stat().st_size,
    )


def _middle_and_late(times: list[float]) -> tuple[float, float]:
    times = sorted(times)
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
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        scratch = Path(name)
        folder = options.pages or scratch
        folder.mkdir(parents=True, exist_ok=True)
        chromium = playwright.chromium.launch(executable_path=browser, headless=True, args=FLAGS)
        print(HEAD, flush=True)
        with lab(scratch / "lab") as server:
            for name in options.inputs.split(","):
                with chromium.new_context(viewport=SIZE) as context:
                    paint = first_paint(server, context, name, options.ops, FIRST)
                source = INPUTS[name](scratch, options.ops)
                print(measure(name, source, chromium, folder, paint).text(), flush=True)
        chromium.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
