module @jit_condition_in_scan attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<6xi32> {jax.arg_info = "codes", mhlo.sharding = "{replicated}"}, %arg1: tensor<6xf32> {jax.arg_info = "values", mhlo.sharding = "{replicated}"}) -> (tensor<f32> {jax.result_info = "[0]"}, tensor<6xf32> {jax.result_info = "[1]"}) {
    %0 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %1 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %3 = stablehlo.constant dense<0> : tensor<i32>
    %4:5 = stablehlo.while(%iterArg = %arg0, %iterArg_0 = %arg1, %iterArg_1 = %3, %iterArg_2 = %0, %iterArg_3 = %2) : tensor<6xi32>, tensor<6xf32>, tensor<i32>, tensor<f32>, tensor<6xf32>
     cond {
      %5 = stablehlo.constant dense<6> : tensor<i32>
      %6 = stablehlo.compare  LT, %iterArg_1, %5,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %6 : tensor<i1>
    } do {
      %5 = stablehlo.constant dense<0> : tensor<i32>
      %6 = stablehlo.compare  LT, %iterArg_1, %5,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %7 = stablehlo.convert %iterArg_1 : tensor<i32>
      %8 = stablehlo.constant dense<6> : tensor<i32>
      %9 = stablehlo.add %7, %8 : tensor<i32>
      %10 = stablehlo.select %6, %9, %iterArg_1 : tensor<i1>, tensor<i32>
      %11 = stablehlo.dynamic_slice %iterArg, %10, sizes = [1] : (tensor<6xi32>, tensor<i32>) -> tensor<1xi32>
      %12 = stablehlo.reshape %11 : (tensor<1xi32>) -> tensor<i32>
      %13 = stablehlo.constant dense<0> : tensor<i32>
      %14 = stablehlo.compare  LT, %iterArg_1, %13,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %15 = stablehlo.convert %iterArg_1 : tensor<i32>
      %16 = stablehlo.constant dense<6> : tensor<i32>
      %17 = stablehlo.add %15, %16 : tensor<i32>
      %18 = stablehlo.select %14, %17, %iterArg_1 : tensor<i1>, tensor<i32>
      %19 = stablehlo.dynamic_slice %iterArg_0, %18, sizes = [1] : (tensor<6xf32>, tensor<i32>) -> tensor<1xf32>
      %20 = stablehlo.reshape %19 : (tensor<1xf32>) -> tensor<f32>
      %21 = stablehlo.constant dense<2> : tensor<i32>
      %22 = stablehlo.compare  GT, %12, %21,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %23 = stablehlo.convert %22 : (tensor<i1>) -> tensor<i32>
      %24 = "stablehlo.case"(%23) ({
        %35 = stablehlo.multiply %iterArg_2, %20 : tensor<f32>
        stablehlo.return %35 : tensor<f32>
      }, {
        %35 = stablehlo.add %iterArg_2, %20 : tensor<f32>
        stablehlo.return %35 : tensor<f32>
      }) : (tensor<i32>) -> tensor<f32>
      %25 = stablehlo.broadcast_in_dim %24, dims = [] : (tensor<f32>) -> tensor<1xf32>
      %26 = stablehlo.constant dense<0> : tensor<i32>
      %27 = stablehlo.compare  LT, %iterArg_1, %26,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %28 = stablehlo.convert %iterArg_1 : tensor<i32>
      %29 = stablehlo.constant dense<6> : tensor<i32>
      %30 = stablehlo.add %28, %29 : tensor<i32>
      %31 = stablehlo.select %27, %30, %iterArg_1 : tensor<i1>, tensor<i32>
      %32 = stablehlo.dynamic_update_slice %iterArg_3, %25, %31 : (tensor<6xf32>, tensor<1xf32>, tensor<i32>) -> tensor<6xf32>
      %33 = stablehlo.constant dense<1> : tensor<i32>
      %34 = stablehlo.add %iterArg_1, %33 : tensor<i32>
      stablehlo.return %iterArg, %iterArg_0, %34, %24, %32 : tensor<6xi32>, tensor<6xf32>, tensor<i32>, tensor<f32>, tensor<6xf32>
    }
    return %4#3, %4#4 : tensor<f32>, tensor<6xf32>
  }
}
