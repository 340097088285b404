"""`ireelite-workbench`: writes a page with everything about a program or a module."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from ireelite.files import write_whole
from ireelite.status import StatusError
from ireelite.tools.endings import exit_code
from ireelite.tools.flag_parser import ToolParser

NAME = "ireelite-workbench"
EXAMPLES = """examples:
  ireelite-workbench model.pb                         writes model.html
  ireelite-workbench model.vmfb -o report.html        a module by any compiler
  ireelite-workbench model.mlir --input=4xf32=1,2,3,4 --function=main
  ireelite-workbench model.record --text              prints the views as text
"""


def parser() -> argparse.ArgumentParser:
    """Returns the flags."""
    flags = ToolParser(
        NAME,
        description="Writes one page with every view that applies to a program, a module or a "
        "record: it opens in a browser without a server and without a network.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    flags.add_argument(
        "source",
        help="a GraphDef (.pb, .pbtxt), MLIR text (.mlir), a module (.vmfb), or a saved record",
    )
    flags.add_argument(
        "-o", "--output", help="the page to write (default: the source's name with .html)"
    )
    flags.add_argument("--function", help="the function to call (default: the first exported)")
    flags.add_argument(
        "--input",
        action="append",
        default=None,
        metavar="VALUE",
        help="an argument of the call: 4xf32=1,2,3,4, or @file.npy, or an integer; once for each "
        "(default: ramps and zeros of the declared types)",
    )
    flags.add_argument("--device", default=None, help="local-sync (default), local-task or webgpu")
    flags.add_argument("--no-run", action="store_true", help="call nothing")
    flags.add_argument("--title", default="", help="the page's title (default: the source's name)")
    flags.add_argument("--text", action="store_true", help="print the views as text, write no page")
    flags.add_argument("--quiet", action="store_true", help="show no progress")
    return flags


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the tool; returns the exit code: 0, 1 for errors, 2 for wrong flags."""
    options = parser().parse_args(arguments)
    return exit_code(NAME, lambda: _run(options), _show, owns_process=arguments is None)


def _run(options: argparse.Namespace) -> int:
    from workbench.material import array_of_text
    from workbench.progress import without_progress
    from workbench.widgets.layout import open_workbench

    given = None if options.input is None else [array_of_text(text) for text in options.input]
    with without_progress() if options.quiet else nullcontext():
        bench = open_workbench(
            Path(options.source), given, options.function, options.device, not options.no_run
        )
        page = bench.to_text() if options.text else bench.to_html(options.title)
    if options.text:
        print(page)
        return 0
    output = Path(options.output or Path(options.source).with_suffix(".html").name)
    write_whole(output, page.encode())
    for name, why in bench.left_out.items():
        print(f"{NAME}: left out {name}: {why}", file=sys.stderr)
    print(f"wrote {output} ({len(page.encode()) / 1e6:.2f} MB): {', '.join(bench.names)}")
    return 0


def _show(error: StatusError) -> None:
    print(f"{NAME}: {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
