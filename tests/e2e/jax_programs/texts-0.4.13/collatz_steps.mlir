module @jit_collatz_steps attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<i32> {jax.arg_info = "n", mhlo.sharding = "{replicated}"}) -> (tensor<i32> {jax.result_info = ""}) {
    %0 = stablehlo.constant dense<0> : tensor<i32>
    %1:2 = stablehlo.while(%iterArg = %arg0, %iterArg_0 = %0) : tensor<i32>, tensor<i32>
     cond {
      %2 = stablehlo.constant dense<1> : tensor<i32>
      %3 = stablehlo.compare  NE, %iterArg, %2,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %3 : tensor<i1>
    } do {
      %2 = stablehlo.constant dense<2> : tensor<i32>
      %3 = func.call @remainder(%iterArg, %2) : (tensor<i32>, tensor<i32>) -> tensor<i32>
      %4 = stablehlo.constant dense<0> : tensor<i32>
      %5 = stablehlo.compare  EQ, %3, %4,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %6 = stablehlo.constant dense<2> : tensor<i32>
      %7 = func.call @floor_divide(%iterArg, %6) : (tensor<i32>, tensor<i32>) -> tensor<i32>
      %8 = stablehlo.constant dense<3> : tensor<i32>
      %9 = stablehlo.multiply %8, %iterArg : tensor<i32>
      %10 = stablehlo.constant dense<1> : tensor<i32>
      %11 = stablehlo.add %9, %10 : tensor<i32>
      %12 = func.call @_where_1(%5, %7, %11) : (tensor<i1>, tensor<i32>, tensor<i32>) -> tensor<i32>
      %13 = stablehlo.constant dense<1> : tensor<i32>
      %14 = stablehlo.add %iterArg_0, %13 : tensor<i32>
      stablehlo.return %12, %14 : tensor<i32>, tensor<i32>
    }
    return %1#1 : tensor<i32>
  }
  func.func private @remainder(%arg0: tensor<i32>, %arg1: tensor<i32>) -> tensor<i32> {
    %0 = stablehlo.convert %arg1 : tensor<i32>
    %1 = stablehlo.constant dense<0> : tensor<i32>
    %2 = stablehlo.compare  EQ, %0, %1,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %3 = stablehlo.constant dense<1> : tensor<i32>
    %4 = call @_where(%2, %3, %0) : (tensor<i1>, tensor<i32>, tensor<i32>) -> tensor<i32>
    %5 = stablehlo.remainder %arg0, %4 : tensor<i32>
    %6 = stablehlo.constant dense<0> : tensor<i32>
    %7 = stablehlo.compare  NE, %5, %6,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %8 = stablehlo.constant dense<0> : tensor<i32>
    %9 = stablehlo.compare  LT, %5, %8,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %10 = stablehlo.constant dense<0> : tensor<i32>
    %11 = stablehlo.compare  LT, %4, %10,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %12 = stablehlo.compare  NE, %9, %11,  UNSIGNED : (tensor<i1>, tensor<i1>) -> tensor<i1>
    %13 = stablehlo.and %12, %7 : tensor<i1>
    %14 = stablehlo.add %5, %4 : tensor<i32>
    %15 = stablehlo.select %13, %14, %5 : tensor<i1>, tensor<i32>
    return %15 : tensor<i32>
  }
  func.func private @_where(%arg0: tensor<i1>, %arg1: tensor<i32>, %arg2: tensor<i32>) -> tensor<i32> {
    %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<i1>, tensor<i32>
    return %0 : tensor<i32>
  }
  func.func private @floor_divide(%arg0: tensor<i32>, %arg1: tensor<i32>) -> tensor<i32> {
    %0 = stablehlo.convert %arg1 : tensor<i32>
    %1 = stablehlo.divide %arg0, %0 : tensor<i32>
    %2 = stablehlo.sign %arg0 : tensor<i32>
    %3 = stablehlo.sign %0 : tensor<i32>
    %4 = stablehlo.compare  NE, %2, %3,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %5 = stablehlo.remainder %arg0, %0 : tensor<i32>
    %6 = stablehlo.constant dense<0> : tensor<i32>
    %7 = stablehlo.compare  NE, %5, %6,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %8 = stablehlo.and %4, %7 : tensor<i1>
    %9 = stablehlo.constant dense<1> : tensor<i32>
    %10 = stablehlo.subtract %1, %9 : tensor<i32>
    %11 = call @_where_0(%8, %10, %1) : (tensor<i1>, tensor<i32>, tensor<i32>) -> tensor<i32>
    return %11 : tensor<i32>
  }
  func.func private @_where_0(%arg0: tensor<i1>, %arg1: tensor<i32>, %arg2: tensor<i32>) -> tensor<i32> {
    %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<i1>, tensor<i32>
    return %0 : tensor<i32>
  }
  func.func private @_where_1(%arg0: tensor<i1>, %arg1: tensor<i32>, %arg2: tensor<i32>) -> tensor<i32> {
    %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<i1>, tensor<i32>
    return %0 : tensor<i32>
  }
}
