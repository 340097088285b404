"""Which host code has a plan, and why other has none."""

import pytest

import ireelite
from ireelite.hal.buffer import BufferView
from ireelite.hal.native_code import native_code
from ireelite.modules.planned_calls import plan_call
from ireelite.status import StatusError

SOURCE = """
module {
  vm.module @m {
    vm.import @hal.buffer_view.buffer "0r_r" minimum_version 7
    vm.import @hal.buffer_view.create "0rIIiiCID_r" minimum_version 7
    vm.import @hal.buffer.load "0rIi_i" minimum_version 7
    vm.import @hal.buffer.length "0r_I" minimum_version 7
    vm.import @hal.buffer.allocation.preserve "0r_v" minimum_version 7
    vm.import @hal.fence.create "0rI_r" minimum_version 7
    vm.import @hal.fence.await "0iICrD_i" minimum_version 7
    vm.import @hal.devices.get "0i_r" minimum_version 7
    vm.global.i32 @counter
    vm.global.ref @kept : !vm.ref<!hal.buffer_view>
    vm.global.ref @bytes : !vm.ref<!vm.buffer>
    vm.func @same(%view: !vm.ref<!hal.buffer_view>) -> !vm.ref<!hal.buffer_view> {
      vm.return %view : (!vm.ref<!hal.buffer_view>)
    }
    vm.export @same
    vm.func @called(%view: !vm.ref<!hal.buffer_view>) -> !vm.ref<!hal.buffer_view> {
      %0 = vm.call @same(%view) : (!vm.ref<!hal.buffer_view>) -> !vm.ref<!hal.buffer_view>
      vm.return %0 : (!vm.ref<!hal.buffer_view>)
    }
    vm.export @called
    vm.func @preserved(%view: !vm.ref<!hal.buffer_view>) -> !vm.ref<!hal.buffer_view> {
      %0 = vm.call @hal.buffer_view.buffer(%view) : (!vm.ref<!hal.buffer_view>) -> !vm.ref<!hal.buffer>
      vm.call @hal.buffer.allocation.preserve(%0) : (!vm.ref<!hal.buffer>)
      vm.return %view : (!vm.ref<!hal.buffer_view>)
    }
    vm.export @preserved
    vm.func @count(%view: !vm.ref<!hal.buffer_view>) -> !vm.ref<!hal.buffer_view> {
      %0 = vm.const.i32 3 : i32
      vm.global.store.i32 @counter %0 : (i32)
      vm.return %view : (!vm.ref<!hal.buffer_view>)
    }
    vm.export @count
    vm.func @counted(%view: !vm.ref<!hal.buffer_view>) -> !vm.ref<!hal.buffer_view> {
      %0 = vm.global.load.i32 @counter : i32
      vm.return %view : (!vm.ref<!hal.buffer_view>)
    }
    vm.export @counted
    vm.func @keep(%view: !vm.ref<!hal.buffer_view>) -> !vm.ref<!hal.buffer_view> {
      vm.global.store.ref @kept %view : (!vm.ref<!hal.buffer_view>)
      vm.return %view : (!vm.ref<!hal.buffer_view>)
    }
    vm.export @keep
    vm.func @last(%view: !vm.ref<!hal.buffer_view>) -> !vm.ref<!hal.buffer_view> {
      %0 = vm.global.load.ref @kept : !vm.ref<!hal.buffer_view>
      vm.return %0 : (!vm.ref<!hal.buffer_view>)
    }
    vm.export @last
    vm.func @number(%view: !vm.ref<!hal.buffer_view>) -> i32 {
      %0 = vm.const.i32 3 : i32
      vm.return %0 : (i32)
    }
    vm.export @number
    vm.func @loaded(%view: !vm.ref<!hal.buffer_view>) -> i32 {
      %0 = vm.call @hal.buffer_view.buffer(%view) : (!vm.ref<!hal.buffer_view>) -> !vm.ref<!hal.buffer>
      %1 = vm.const.i64.zero : i64
      %2 = vm.const.i32 4 : i32
      %3 = vm.call @hal.buffer.load(%0, %1, %2) : (!vm.ref<!hal.buffer>, i64, i32) -> i32
      vm.return %3 : (i32)
    }
    vm.export @loaded
    vm.func @waits(%view: !vm.ref<!hal.buffer_view>) -> !vm.ref<!hal.buffer_view> {
      %0 = vm.const.i32.zero : i32
      %1 = vm.const.i64.zero : i64
      %2 = vm.call @hal.devices.get(%0) : (i32) -> !vm.ref<!hal.device>
      %3 = vm.call @hal.fence.create(%2, %1) : (!vm.ref<!hal.device>, i64) -> !vm.ref<!hal.fence>
      vm.call.variadic.yieldable @hal.fence.await segments [65535, 65535, 1] (%0, %1, %3) ^bb1 : (i32, i64, !vm.ref<!hal.fence>)
    ^bb1(%status: i32):
      vm.return %view : (!vm.ref<!hal.buffer_view>)
    }
    vm.export @waits
    vm.func @prints(%view: !vm.ref<!hal.buffer_view>) -> !vm.ref<!hal.buffer_view> {
      vm.print "here"
      vm.return %view : (!vm.ref<!hal.buffer_view>)
    }
    vm.export @prints
  }
}
"""
WITHOUT = {
    "count": "runs global.store.i32",
    "counted": "reads a number that calls store",
    "keep": "runs global.store.ref",
    "last": "reads a global that calls store to",
    "number": "returns something other than tensors",
    "loaded": "reads a buffer on the host",
    "waits": "waits for a fence that others signal",
    "prints": "runs print",
}


@pytest.fixture(scope="module")
def module():
    return ireelite.load(ireelite.compile(SOURCE), device="local-sync")


def planned(module, name):
    code = native_code()
    assert code is not None
    device = module.device
    view = BufferView(device.allocator.allocate(0x30, 0x1000C03, 16), [4], 0x21000020)
    function = module[name]._function
    return plan_call(module._context, function, device, [view], code)


@pytest.mark.parametrize("name", ["same", "called", "preserved"])
def test_an_argument_that_is_returned(module, name):
    call = planned(module, name)
    (view,) = call.results
    assert view.buffer.slot == 0 and [row.byte_length for row in call.memory] == [16, 0]
    assert not any(call.device.phases)


@pytest.mark.parametrize("name", WITHOUT)
def test_host_code_without_a_plan(module, name):
    with pytest.raises(StatusError, match=f"UNIMPLEMENTED; a call that {WITHOUT[name]}"):
        planned(module, name)
