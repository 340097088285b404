// Objects of another module's type pass through variables, lists, globals and calls.
// ENGINES
// CALL greeting() = ("hello",)
// CALL stored() = ("kept",)
// CALL chosen(1) = ("yes",)
// CALL chosen(0) = ("no",)
// CALL length() = (5,)
// CALL is_null() = (1,)
// CALL same() = (1, 0)

module @custom_types {
  util.global private mutable @kept : !ext.string

  func.func private @ext.string(!util.buffer) -> !ext.string
  func.func private @ext.length(!ext.string) -> index attributes {
    vm.signature = (!vm.ref<!ext.string>) -> i64
  }

  func.func private @string(%text: !util.buffer) -> !ext.string {
    %0 = call @ext.string(%text) : (!util.buffer) -> !ext.string
    return %0 : !ext.string
  }
  func.func @greeting() -> !ext.string {
    %0 = util.buffer.constant : !util.buffer = "hello"
    %1 = call @string(%0) : (!util.buffer) -> !ext.string
    return %1 : !ext.string
  }
  func.func @stored() -> !ext.string {
    %0 = util.buffer.constant : !util.buffer = "kept"
    %1 = call @string(%0) : (!util.buffer) -> !ext.string
    util.global.store %1, @kept : !ext.string
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %list = util.list.create %c1 : !util.list<!ext.string>
    util.list.resize %list, %c1 : !util.list<!ext.string>
    %2 = util.global.load @kept : !ext.string
    util.list.set %list[%c0], %2 : !util.list<!ext.string>
    %3 = util.list.get %list[%c0] : !util.list<!ext.string>
    return %3 : !ext.string
  }
  func.func @chosen(%c: i1) -> !ext.string {
    %yes = util.buffer.constant : !util.buffer = "yes"
    %no = util.buffer.constant : !util.buffer = "no"
    %0 = arith.select %c, %yes, %no : !util.buffer
    %1 = scf.if %c -> (!ext.string) {
      %2 = func.call @string(%0) : (!util.buffer) -> !ext.string
      scf.yield %2 : !ext.string
    } else {
      %3 = func.call @ext.string(%0) : (!util.buffer) -> !ext.string
      scf.yield %3 : !ext.string
    }
    return %1 : !ext.string
  }
  func.func @length() -> index {
    %0 = call @greeting() : () -> !ext.string
    %1 = call @ext.length(%0) : (!ext.string) -> index
    return %1 : index
  }
  func.func @is_null() -> i1 {
    %0 = util.null : !ext.string
    %1 = util.null : !ext.string
    %2 = util.cmp.eq %0, %1 : !ext.string
    return %2 : i1
  }
  func.func @same() -> (i1, i1) {
    %0 = call @greeting() : () -> !ext.string
    %1 = call @greeting() : () -> !ext.string
    %2 = util.cmp.eq %0, %0 : !ext.string
    %3 = util.cmp.eq %0, %1 : !ext.string
    return %2, %3 : i1, i1
  }
}
