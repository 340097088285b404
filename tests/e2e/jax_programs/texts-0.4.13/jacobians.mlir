module @jit_jacobians attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<3xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<3x3xf32> {jax.arg_info = "w", mhlo.sharding = "{replicated}"}) -> (tensor<3x3xf32> {jax.result_info = "[0]"}, tensor<3x3xf32> {jax.result_info = "[1]"}) {
    %0 = stablehlo.iota dim = 0 : tensor<3x3xi32>
    %1 = stablehlo.constant dense<0> : tensor<i32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [] : (tensor<i32>) -> tensor<3x3xi32>
    %3 = stablehlo.add %0, %2 : tensor<3x3xi32>
    %4 = stablehlo.iota dim = 1 : tensor<3x3xi32>
    %5 = stablehlo.compare  EQ, %3, %4,  SIGNED : (tensor<3x3xi32>, tensor<3x3xi32>) -> tensor<3x3xi1>
    %6 = stablehlo.convert %5 : (tensor<3x3xi1>) -> tensor<3x3xf32>
    %7 = "stablehlo.slice"(%6) {limit_indices = dense<3> : tensor<2xi64>, start_indices = dense<0> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<3x3xf32>) -> tensor<3x3xf32>
    %8 = stablehlo.dot_general %arg1, %arg0, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<3x3xf32>, tensor<3xf32>) -> tensor<3xf32>
    %9 = stablehlo.dot_general %arg1, %7, contracting_dims = [1] x [1], precision = [DEFAULT, DEFAULT] : (tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<3x3xf32>
    %10 = stablehlo.sine %8 : tensor<3xf32>
    %11 = stablehlo.cosine %8 : tensor<3xf32>
    %12 = stablehlo.transpose %9, dims = [1, 0] : (tensor<3x3xf32>) -> tensor<3x3xf32>
    %13 = stablehlo.broadcast_in_dim %11, dims = [1] : (tensor<3xf32>) -> tensor<1x3xf32>
    %14 = stablehlo.broadcast_in_dim %13, dims = [0, 1] : (tensor<1x3xf32>) -> tensor<3x3xf32>
    %15 = stablehlo.multiply %12, %14 : tensor<3x3xf32>
    %16 = stablehlo.multiply %10, %arg0 : tensor<3xf32>
    %17 = stablehlo.broadcast_in_dim %arg0, dims = [1] : (tensor<3xf32>) -> tensor<1x3xf32>
    %18 = stablehlo.broadcast_in_dim %17, dims = [0, 1] : (tensor<1x3xf32>) -> tensor<3x3xf32>
    %19 = stablehlo.multiply %15, %18 : tensor<3x3xf32>
    %20 = stablehlo.broadcast_in_dim %10, dims = [1] : (tensor<3xf32>) -> tensor<1x3xf32>
    %21 = stablehlo.broadcast_in_dim %20, dims = [0, 1] : (tensor<1x3xf32>) -> tensor<3x3xf32>
    %22 = stablehlo.multiply %21, %7 : tensor<3x3xf32>
    %23 = stablehlo.add %19, %22 : tensor<3x3xf32>
    %24 = stablehlo.transpose %23, dims = [1, 0] : (tensor<3x3xf32>) -> tensor<3x3xf32>
    %25 = "stablehlo.slice"(%24) {limit_indices = dense<3> : tensor<2xi64>, start_indices = dense<0> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<3x3xf32>) -> tensor<3x3xf32>
    %26 = stablehlo.dot_general %arg1, %arg0, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<3x3xf32>, tensor<3xf32>) -> tensor<3xf32>
    %27 = stablehlo.sine %26 : tensor<3xf32>
    %28 = stablehlo.cosine %26 : tensor<3xf32>
    %29 = stablehlo.multiply %27, %arg0 : tensor<3xf32>
    %30 = stablehlo.iota dim = 0 : tensor<3x3xi32>
    %31 = stablehlo.constant dense<0> : tensor<i32>
    %32 = stablehlo.broadcast_in_dim %31, dims = [] : (tensor<i32>) -> tensor<3x3xi32>
    %33 = stablehlo.add %30, %32 : tensor<3x3xi32>
    %34 = stablehlo.iota dim = 1 : tensor<3x3xi32>
    %35 = stablehlo.compare  EQ, %33, %34,  SIGNED : (tensor<3x3xi32>, tensor<3x3xi32>) -> tensor<3x3xi1>
    %36 = stablehlo.convert %35 : (tensor<3x3xi1>) -> tensor<3x3xf32>
    %37 = "stablehlo.slice"(%36) {limit_indices = dense<3> : tensor<2xi64>, start_indices = dense<0> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<3x3xf32>) -> tensor<3x3xf32>
    %38 = stablehlo.broadcast_in_dim %27, dims = [1] : (tensor<3xf32>) -> tensor<1x3xf32>
    %39 = stablehlo.broadcast_in_dim %38, dims = [0, 1] : (tensor<1x3xf32>) -> tensor<3x3xf32>
    %40 = stablehlo.multiply %39, %37 : tensor<3x3xf32>
    %41 = stablehlo.broadcast_in_dim %arg0, dims = [1] : (tensor<3xf32>) -> tensor<1x3xf32>
    %42 = stablehlo.broadcast_in_dim %41, dims = [0, 1] : (tensor<1x3xf32>) -> tensor<3x3xf32>
    %43 = stablehlo.multiply %37, %42 : tensor<3x3xf32>
    %44 = stablehlo.broadcast_in_dim %28, dims = [1] : (tensor<3xf32>) -> tensor<1x3xf32>
    %45 = stablehlo.broadcast_in_dim %44, dims = [0, 1] : (tensor<1x3xf32>) -> tensor<3x3xf32>
    %46 = stablehlo.multiply %43, %45 : tensor<3x3xf32>
    %47 = stablehlo.dot_general %46, %arg1, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<3x3xf32>
    %48 = stablehlo.add %40, %47 : tensor<3x3xf32>
    %49 = "stablehlo.slice"(%48) {limit_indices = dense<3> : tensor<2xi64>, start_indices = dense<0> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<3x3xf32>) -> tensor<3x3xf32>
    return %25, %49 : tensor<3x3xf32>, tensor<3x3xf32>
  }
}
