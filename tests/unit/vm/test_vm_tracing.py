"""Execution as text."""

from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.ref_names import RefNames
from ireelite.vm.refs import Buffer, List


def linked(*modules, trace):
    loaded = [BytecodeModule.from_bytes(encode_module(built).data) for built in modules]
    return Context(Instance(), loaded, trace=trace)


def test_values_of_all_kinds():
    twice = module(
        "a", {"twice": function("0i_i", [[row("add.i32", 0, 0, 0), row("return", (0,))]])}
    )
    body = [
        row("const.f32", 0.1, 4),
        row("add.f32", 4, 4, 5),
        row("ext.f32.f64", 5, 6),
        row("neg.f64", 6, 6),
        row("shr.i64.s", 2, 0, 2),
        row("call", imported(0), (0,), (1,)),
        row("call", 0, (ref(0, True), 2), (ref(1),)),
        row("cond_br", 1, 1, ((1, 8), (ref(1, True), ref(0))), 1, ()),
    ]
    inner = [row("buffer.load.i8.u", ref(0), 0, 2), row("return", (ref(0),))]
    built = module(
        "m",
        {
            ".inner": function("0rI_r", [inner]),
            "f": function("0iiIr_r", [body, [row("return", (ref(0),))]]),
        },
        imports={"a.twice": "0i_i"},
    )
    lines: list[str] = []
    context = linked(twice, built, trace=lines.append)
    buffer = Buffer(b"abcd")
    assert context.lookup_function("m.f")(1, 0, 7, buffer) == (buffer,)
    assert [line.partition("    ")[2] for line in lines] == [
        "%i4 = vm.const.f32 0.100000001",
        "%i5 = vm.add.f32 %i4(0.100000001), %i4(0.100000001)",
        "%i6:7 = vm.ext.f32.f64 %i5(0.200000003)",
        "%i6:7 = vm.neg.f64 %i6:7(0.20000000298023224)",
        "%i2:3 = vm.shr.i64.s %i2:3(7), %i0(1)",
        "%i1 = vm.call @a.twice(%i0(1))",
        "%i0 = vm.add.i32 %i0(1), %i0(1)",
        "vm.return %i0(2)",
        "%r1 = vm.call @m:0(%R0(!vm.buffer#0), %i2(3))",
        "%i2 = vm.buffer.load.i8.u %r0(!vm.buffer#0), %i0:1(3)",
        "vm.return %r0(!vm.buffer#0)",
        "vm.cond_br %i1(2), ^bb1(%i1(2)->%i8, %R1(!vm.buffer#0)->%r0), ^bb1()",
        "vm.return %r0(!vm.buffer#0)",
    ]
    assert lines[0].startswith("[m.f+00000001]    ")
    assert lines[6].startswith("[a.twice+00000001]    ")
    assert lines[9].startswith("[m@0+00000001]    ")


def test_names_of_references():
    names = RefNames()
    buffer, other = Buffer(b""), List()
    assert names.name(None) == "null"
    shown = [names.name(value) for value in (buffer, other, buffer)]
    assert shown == ["vm.buffer#0", "vm.list#1", "vm.buffer#0"]
    for _ in range(100):
        names.name(Buffer(b""))
    assert names.name(Buffer(b"")) == "vm.buffer#102"
    assert names.name(7) == "int#103"
