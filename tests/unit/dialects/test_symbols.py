"""What a name means is found again after the module has changed."""

import gc
import weakref

from xdsl.dialects import func
from xdsl.dialects.builtin import StringAttr, SymbolRefAttr

from ireelite.dialects.symbols import find_symbol
from ireelite.syntax.parser import parse_module

TEXT = """
func.func @f() {
  call @g() : () -> ()
  return
}
func.func @g() {
  return
}
"""


def test_what_is_remembered_counts_only_while_it_stands():
    module = parse_module(TEXT)
    call = next(op for op in module.walk() if isinstance(op, func.CallOp))
    f, g = module.body.block.ops
    assert isinstance(f, func.FuncOp) and isinstance(g, func.FuncOp)
    assert find_symbol(call, SymbolRefAttr("g")) is g
    g.sym_name = StringAttr("h")
    assert find_symbol(call, SymbolRefAttr("g")) is None
    assert find_symbol(call, SymbolRefAttr("h")) is g
    g.detach()
    assert find_symbol(call, SymbolRefAttr("h")) is None
    again = parse_module(TEXT).body.block.last_op
    assert again is not None
    again.detach()
    module.body.block.add_op(again)
    assert find_symbol(call, SymbolRefAttr("g")) is again
    f.detach()
    assert find_symbol(call, SymbolRefAttr("g")) is None


def test_a_module_that_was_searched_is_released():
    module = parse_module(TEXT)
    call = next(op for op in module.walk() if isinstance(op, func.CallOp))
    assert find_symbol(call, SymbolRefAttr("g")) is not None
    alive = weakref.ref(module)
    del module, call
    gc.collect()
    assert alive() is None
