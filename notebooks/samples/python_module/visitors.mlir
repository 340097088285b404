// Calls a module that is not compiled with it: `greeter.py`.

module @visitors {
  func.func private @greeter.greet() -> i32

  // Lets `%count` visitors in; the result is how many there have been in all.
  func.func @main(%count: i32) -> i32 {
    %zero = arith.constant 0 : index
    %one = arith.constant 1 : index
    %none = arith.constant 0 : i32
    %last = arith.index_cast %count : i32 to index
    %visitors = scf.for %n = %zero to %last step %one iter_args(%before = %none) -> (i32) {
      %now = func.call @greeter.greet() : () -> i32
      scf.yield %now : i32
    }
    return %visitors : i32
  }
}
