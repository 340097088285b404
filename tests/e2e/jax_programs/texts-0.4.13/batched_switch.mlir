module @jit_batched_switch attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<5xi32> {jax.arg_info = "index", mhlo.sharding = "{replicated}"}, %arg1: tensor<5x3xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<5x3xf32> {jax.result_info = ""}) {
    %0 = stablehlo.constant dense<0> : tensor<i32>
    %1 = stablehlo.constant dense<3> : tensor<i32>
    %2 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<i32>) -> tensor<5xi32>
    %3 = stablehlo.broadcast_in_dim %1, dims = [] : (tensor<i32>) -> tensor<5xi32>
    %4 = stablehlo.clamp %2, %arg0, %3 : tensor<5xi32>
    %5 = stablehlo.constant dense<0> : tensor<i32>
    %6 = stablehlo.broadcast_in_dim %5, dims = [] : (tensor<i32>) -> tensor<5xi32>
    %7 = stablehlo.compare  EQ, %4, %6,  SIGNED : (tensor<5xi32>, tensor<5xi32>) -> tensor<5xi1>
    %8 = stablehlo.broadcast_in_dim %7, dims = [0] : (tensor<5xi1>) -> tensor<5x3xi1>
    %9 = stablehlo.select %8, %arg1, %arg1 : tensor<5x3xi1>, tensor<5x3xf32>
    %10 = stablehlo.sine %9 : tensor<5x3xf32>
    %11 = stablehlo.constant dense<1> : tensor<i32>
    %12 = stablehlo.broadcast_in_dim %11, dims = [] : (tensor<i32>) -> tensor<5xi32>
    %13 = stablehlo.compare  EQ, %4, %12,  SIGNED : (tensor<5xi32>, tensor<5xi32>) -> tensor<5xi1>
    %14 = stablehlo.broadcast_in_dim %13, dims = [0] : (tensor<5xi1>) -> tensor<5x3xi1>
    %15 = stablehlo.select %14, %arg1, %arg1 : tensor<5x3xi1>, tensor<5x3xf32>
    %16 = stablehlo.cosine %15 : tensor<5x3xf32>
    %17 = stablehlo.constant dense<2> : tensor<i32>
    %18 = stablehlo.broadcast_in_dim %17, dims = [] : (tensor<i32>) -> tensor<5xi32>
    %19 = stablehlo.compare  EQ, %4, %18,  SIGNED : (tensor<5xi32>, tensor<5xi32>) -> tensor<5xi1>
    %20 = stablehlo.broadcast_in_dim %19, dims = [0] : (tensor<5xi1>) -> tensor<5x3xi1>
    %21 = stablehlo.select %20, %arg1, %arg1 : tensor<5x3xi1>, tensor<5x3xf32>
    %22 = stablehlo.tanh %21 : tensor<5x3xf32>
    %23 = stablehlo.constant dense<3> : tensor<i32>
    %24 = stablehlo.broadcast_in_dim %23, dims = [] : (tensor<i32>) -> tensor<5xi32>
    %25 = stablehlo.compare  EQ, %4, %24,  SIGNED : (tensor<5xi32>, tensor<5xi32>) -> tensor<5xi1>
    %26 = stablehlo.broadcast_in_dim %25, dims = [0] : (tensor<5xi1>) -> tensor<5x3xi1>
    %27 = stablehlo.select %26, %arg1, %arg1 : tensor<5x3xi1>, tensor<5x3xf32>
    %28 = stablehlo.negate %27 : tensor<5x3xf32>
    %29 = stablehlo.broadcast_in_dim %4, dims = [0] : (tensor<5xi32>) -> tensor<5x3xi32>
    %30 = stablehlo.constant dense<2> : tensor<i32>
    %31 = stablehlo.broadcast_in_dim %30, dims = [] : (tensor<i32>) -> tensor<5x3xi32>
    %32 = stablehlo.compare  LT, %29, %31,  SIGNED : (tensor<5x3xi32>, tensor<5x3xi32>) -> tensor<5x3xi1>
    %33 = stablehlo.constant dense<1> : tensor<i32>
    %34 = stablehlo.broadcast_in_dim %33, dims = [] : (tensor<i32>) -> tensor<5x3xi32>
    %35 = stablehlo.compare  LT, %29, %34,  SIGNED : (tensor<5x3xi32>, tensor<5x3xi32>) -> tensor<5x3xi1>
    %36 = stablehlo.select %35, %10, %16 : tensor<5x3xi1>, tensor<5x3xf32>
    %37 = stablehlo.constant dense<3> : tensor<i32>
    %38 = stablehlo.broadcast_in_dim %37, dims = [] : (tensor<i32>) -> tensor<5x3xi32>
    %39 = stablehlo.compare  LT, %29, %38,  SIGNED : (tensor<5x3xi32>, tensor<5x3xi32>) -> tensor<5x3xi1>
    %40 = stablehlo.select %39, %22, %28 : tensor<5x3xi1>, tensor<5x3xf32>
    %41 = stablehlo.select %32, %36, %40 : tensor<5x3xi1>, tensor<5x3xf32>
    return %41 : tensor<5x3xf32>
  }
}
