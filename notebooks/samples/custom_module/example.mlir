// Calls the functions of a module that is not compiled with it: `custom_module.cc` has them, and
// any module named `custom` with functions of these names and types would do.

module @example {
  func.func private @custom.string.from_tensor(tensor<?xi8>) -> !custom.string
  func.func private @custom.string.print(!custom.string)
  func.func private @custom.error()

  // Makes a string of a tensor and prints it.
  func.func @main() {
    %bytes = util.unfoldable_constant dense<[0, 1, 2, 3, 4]> : tensor<5xi8>
    %tensor = tensor.cast %bytes : tensor<5xi8> to tensor<?xi8>
    %string = call @custom.string.from_tensor(%tensor) : (tensor<?xi8>) -> !custom.string
    call @custom.string.print(%string) : (!custom.string) -> ()
    return
  }

  // A string that passes through a program.
  func.func @make(%tensor: tensor<?xi8>) -> !custom.string {
    %string = call @custom.string.from_tensor(%tensor) : (tensor<?xi8>) -> !custom.string
    return %string : !custom.string
  }
  func.func @print(%string: !custom.string) {
    call @custom.string.print(%string) : (!custom.string) -> ()
    return
  }

  // Fails in the library.
  func.func @error() {
    call @custom.error() : () -> ()
    return
  }
}
