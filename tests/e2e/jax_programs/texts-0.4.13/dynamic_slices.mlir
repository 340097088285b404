module @jit_dynamic_slices attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<6x7xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<2xi32> {jax.arg_info = "start", mhlo.sharding = "{replicated}"}) -> (tensor<3x2xf32> {jax.result_info = "[0]"}, tensor<1x7xf32> {jax.result_info = "[1]"}, tensor<6x2xf32> {jax.result_info = "[2]"}) {
    %0 = stablehlo.constant dense<0> : tensor<i32>
    %1 = stablehlo.dynamic_slice %arg1, %0, sizes = [1] : (tensor<2xi32>, tensor<i32>) -> tensor<1xi32>
    %2 = stablehlo.reshape %1 : (tensor<1xi32>) -> tensor<i32>
    %3 = stablehlo.constant dense<1> : tensor<i32>
    %4 = stablehlo.dynamic_slice %arg1, %3, sizes = [1] : (tensor<2xi32>, tensor<i32>) -> tensor<1xi32>
    %5 = stablehlo.reshape %4 : (tensor<1xi32>) -> tensor<i32>
    %6 = stablehlo.constant dense<0> : tensor<i32>
    %7 = stablehlo.compare  LT, %2, %6,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %8 = stablehlo.constant dense<6> : tensor<i32>
    %9 = stablehlo.add %2, %8 : tensor<i32>
    %10 = stablehlo.select %7, %9, %2 : tensor<i1>, tensor<i32>
    %11 = stablehlo.constant dense<0> : tensor<i32>
    %12 = stablehlo.compare  LT, %5, %11,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %13 = stablehlo.constant dense<7> : tensor<i32>
    %14 = stablehlo.add %5, %13 : tensor<i32>
    %15 = stablehlo.select %12, %14, %5 : tensor<i1>, tensor<i32>
    %16 = stablehlo.dynamic_slice %arg0, %10, %15, sizes = [3, 2] : (tensor<6x7xf32>, tensor<i32>, tensor<i32>) -> tensor<3x2xf32>
    %17 = stablehlo.constant dense<0> : tensor<i32>
    %18 = stablehlo.dynamic_slice %arg1, %17, sizes = [1] : (tensor<2xi32>, tensor<i32>) -> tensor<1xi32>
    %19 = stablehlo.reshape %18 : (tensor<1xi32>) -> tensor<i32>
    %20 = stablehlo.constant dense<0> : tensor<i32>
    %21 = stablehlo.compare  LT, %19, %20,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %22 = stablehlo.constant dense<6> : tensor<i32>
    %23 = stablehlo.add %19, %22 : tensor<i32>
    %24 = stablehlo.select %21, %23, %19 : tensor<i1>, tensor<i32>
    %25 = stablehlo.constant dense<0> : tensor<i32>
    %26 = stablehlo.constant dense<7> : tensor<i32>
    %27 = stablehlo.add %25, %26 : tensor<i32>
    %28 = stablehlo.constant dense<false> : tensor<i1>
    %29 = stablehlo.constant dense<0> : tensor<i32>
    %30 = stablehlo.select %28, %27, %29 : tensor<i1>, tensor<i32>
    %31 = stablehlo.dynamic_slice %arg0, %24, %30, sizes = [1, 7] : (tensor<6x7xf32>, tensor<i32>, tensor<i32>) -> tensor<1x7xf32>
    %32 = stablehlo.constant dense<1> : tensor<i32>
    %33 = stablehlo.dynamic_slice %arg1, %32, sizes = [1] : (tensor<2xi32>, tensor<i32>) -> tensor<1xi32>
    %34 = stablehlo.reshape %33 : (tensor<1xi32>) -> tensor<i32>
    %35 = stablehlo.constant dense<0> : tensor<i32>
    %36 = stablehlo.constant dense<6> : tensor<i32>
    %37 = stablehlo.add %35, %36 : tensor<i32>
    %38 = stablehlo.constant dense<false> : tensor<i1>
    %39 = stablehlo.constant dense<0> : tensor<i32>
    %40 = stablehlo.select %38, %37, %39 : tensor<i1>, tensor<i32>
    %41 = stablehlo.constant dense<0> : tensor<i32>
    %42 = stablehlo.compare  LT, %34, %41,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %43 = stablehlo.constant dense<7> : tensor<i32>
    %44 = stablehlo.add %34, %43 : tensor<i32>
    %45 = stablehlo.select %42, %44, %34 : tensor<i1>, tensor<i32>
    %46 = stablehlo.dynamic_slice %arg0, %40, %45, sizes = [6, 2] : (tensor<6x7xf32>, tensor<i32>, tensor<i32>) -> tensor<6x2xf32>
    return %16, %31, %46 : tensor<3x2xf32>, tensor<1x7xf32>, tensor<6x2xf32>
  }
}
