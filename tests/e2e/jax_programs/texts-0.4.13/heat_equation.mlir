module @jit_heat_equation attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<12x12xf32> {jax.arg_info = "field", mhlo.sharding = "{replicated}"}) -> (tensor<12x12xf32> {jax.result_info = ""}) {
    %0 = stablehlo.constant dense<0> : tensor<i32>
    %1 = stablehlo.constant dense<0> : tensor<i32>
    %2:3 = stablehlo.while(%iterArg = %1, %iterArg_0 = %0, %iterArg_1 = %arg0) : tensor<i32>, tensor<i32>, tensor<12x12xf32>
     cond {
      %3 = stablehlo.constant dense<10> : tensor<i32>
      %4 = stablehlo.compare  LT, %iterArg, %3,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %4 : tensor<i1>
    } do {
      %3 = stablehlo.constant dense<1> : tensor<i32>
      %4 = stablehlo.add %iterArg_0, %3 : tensor<i32>
      %5 = stablehlo.constant dense<0> : tensor<i32>
      %6 = stablehlo.constant dense<0> : tensor<i32>
      %7 = stablehlo.compare  LT, %5, %6,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %8 = stablehlo.constant dense<0> : tensor<i32>
      %9 = stablehlo.constant dense<12> : tensor<i32>
      %10 = stablehlo.add %8, %9 : tensor<i32>
      %11 = stablehlo.constant dense<0> : tensor<i32>
      %12 = stablehlo.select %7, %10, %11 : tensor<i1>, tensor<i32>
      %13 = stablehlo.constant dense<1> : tensor<i32>
      %14 = stablehlo.constant dense<0> : tensor<i32>
      %15 = stablehlo.compare  LT, %13, %14,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %16 = stablehlo.constant dense<1> : tensor<i32>
      %17 = stablehlo.constant dense<12> : tensor<i32>
      %18 = stablehlo.add %16, %17 : tensor<i32>
      %19 = stablehlo.constant dense<1> : tensor<i32>
      %20 = stablehlo.select %15, %18, %19 : tensor<i1>, tensor<i32>
      %21 = stablehlo.dynamic_slice %iterArg_1, %12, %20, sizes = [10, 10] : (tensor<12x12xf32>, tensor<i32>, tensor<i32>) -> tensor<10x10xf32>
      %22 = stablehlo.constant dense<2> : tensor<i32>
      %23 = stablehlo.constant dense<0> : tensor<i32>
      %24 = stablehlo.compare  LT, %22, %23,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %25 = stablehlo.constant dense<2> : tensor<i32>
      %26 = stablehlo.constant dense<12> : tensor<i32>
      %27 = stablehlo.add %25, %26 : tensor<i32>
      %28 = stablehlo.constant dense<2> : tensor<i32>
      %29 = stablehlo.select %24, %27, %28 : tensor<i1>, tensor<i32>
      %30 = stablehlo.constant dense<1> : tensor<i32>
      %31 = stablehlo.constant dense<0> : tensor<i32>
      %32 = stablehlo.compare  LT, %30, %31,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %33 = stablehlo.constant dense<1> : tensor<i32>
      %34 = stablehlo.constant dense<12> : tensor<i32>
      %35 = stablehlo.add %33, %34 : tensor<i32>
      %36 = stablehlo.constant dense<1> : tensor<i32>
      %37 = stablehlo.select %32, %35, %36 : tensor<i1>, tensor<i32>
      %38 = stablehlo.dynamic_slice %iterArg_1, %29, %37, sizes = [10, 10] : (tensor<12x12xf32>, tensor<i32>, tensor<i32>) -> tensor<10x10xf32>
      %39 = stablehlo.add %21, %38 : tensor<10x10xf32>
      %40 = stablehlo.constant dense<1> : tensor<i32>
      %41 = stablehlo.constant dense<0> : tensor<i32>
      %42 = stablehlo.compare  LT, %40, %41,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %43 = stablehlo.constant dense<1> : tensor<i32>
      %44 = stablehlo.constant dense<12> : tensor<i32>
      %45 = stablehlo.add %43, %44 : tensor<i32>
      %46 = stablehlo.constant dense<1> : tensor<i32>
      %47 = stablehlo.select %42, %45, %46 : tensor<i1>, tensor<i32>
      %48 = stablehlo.constant dense<0> : tensor<i32>
      %49 = stablehlo.constant dense<0> : tensor<i32>
      %50 = stablehlo.compare  LT, %48, %49,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %51 = stablehlo.constant dense<0> : tensor<i32>
      %52 = stablehlo.constant dense<12> : tensor<i32>
      %53 = stablehlo.add %51, %52 : tensor<i32>
      %54 = stablehlo.constant dense<0> : tensor<i32>
      %55 = stablehlo.select %50, %53, %54 : tensor<i1>, tensor<i32>
      %56 = stablehlo.dynamic_slice %iterArg_1, %47, %55, sizes = [10, 10] : (tensor<12x12xf32>, tensor<i32>, tensor<i32>) -> tensor<10x10xf32>
      %57 = stablehlo.add %39, %56 : tensor<10x10xf32>
      %58 = stablehlo.constant dense<1> : tensor<i32>
      %59 = stablehlo.constant dense<0> : tensor<i32>
      %60 = stablehlo.compare  LT, %58, %59,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %61 = stablehlo.constant dense<1> : tensor<i32>
      %62 = stablehlo.constant dense<12> : tensor<i32>
      %63 = stablehlo.add %61, %62 : tensor<i32>
      %64 = stablehlo.constant dense<1> : tensor<i32>
      %65 = stablehlo.select %60, %63, %64 : tensor<i1>, tensor<i32>
      %66 = stablehlo.constant dense<2> : tensor<i32>
      %67 = stablehlo.constant dense<0> : tensor<i32>
      %68 = stablehlo.compare  LT, %66, %67,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %69 = stablehlo.constant dense<2> : tensor<i32>
      %70 = stablehlo.constant dense<12> : tensor<i32>
      %71 = stablehlo.add %69, %70 : tensor<i32>
      %72 = stablehlo.constant dense<2> : tensor<i32>
      %73 = stablehlo.select %68, %71, %72 : tensor<i1>, tensor<i32>
      %74 = stablehlo.dynamic_slice %iterArg_1, %65, %73, sizes = [10, 10] : (tensor<12x12xf32>, tensor<i32>, tensor<i32>) -> tensor<10x10xf32>
      %75 = stablehlo.add %57, %74 : tensor<10x10xf32>
      %76 = stablehlo.constant dense<1> : tensor<i32>
      %77 = stablehlo.constant dense<0> : tensor<i32>
      %78 = stablehlo.compare  LT, %76, %77,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %79 = stablehlo.constant dense<1> : tensor<i32>
      %80 = stablehlo.constant dense<12> : tensor<i32>
      %81 = stablehlo.add %79, %80 : tensor<i32>
      %82 = stablehlo.constant dense<1> : tensor<i32>
      %83 = stablehlo.select %78, %81, %82 : tensor<i1>, tensor<i32>
      %84 = stablehlo.constant dense<1> : tensor<i32>
      %85 = stablehlo.constant dense<0> : tensor<i32>
      %86 = stablehlo.compare  LT, %84, %85,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %87 = stablehlo.constant dense<1> : tensor<i32>
      %88 = stablehlo.constant dense<12> : tensor<i32>
      %89 = stablehlo.add %87, %88 : tensor<i32>
      %90 = stablehlo.constant dense<1> : tensor<i32>
      %91 = stablehlo.select %86, %89, %90 : tensor<i1>, tensor<i32>
      %92 = stablehlo.dynamic_slice %iterArg_1, %83, %91, sizes = [10, 10] : (tensor<12x12xf32>, tensor<i32>, tensor<i32>) -> tensor<10x10xf32>
      %93 = stablehlo.constant dense<4.000000e+00> : tensor<f32>
      %94 = stablehlo.broadcast_in_dim %93, dims = [] : (tensor<f32>) -> tensor<10x10xf32>
      %95 = stablehlo.multiply %94, %92 : tensor<10x10xf32>
      %96 = stablehlo.subtract %75, %95 : tensor<10x10xf32>
      %97 = stablehlo.constant dense<1.000000e-01> : tensor<f32>
      %98 = stablehlo.broadcast_in_dim %97, dims = [] : (tensor<f32>) -> tensor<10x10xf32>
      %99 = stablehlo.multiply %98, %96 : tensor<10x10xf32>
      %100 = stablehlo.constant dense<1> : tensor<i32>
      %101 = stablehlo.broadcast_in_dim %100, dims = [] : (tensor<i32>) -> tensor<1xi32>
      %102 = stablehlo.constant dense<1> : tensor<i32>
      %103 = stablehlo.broadcast_in_dim %102, dims = [] : (tensor<i32>) -> tensor<1xi32>
      %104 = stablehlo.concatenate %101, %103, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
      %105 = "stablehlo.scatter"(%iterArg_1, %104, %99) ({
      ^bb0(%arg1: tensor<f32>, %arg2: tensor<f32>):
        %108 = stablehlo.add %arg1, %arg2 : tensor<f32>
        stablehlo.return %108 : tensor<f32>
      }) {indices_are_sorted = true, scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [0, 1], scatter_dims_to_operand_dims = [0, 1]>, unique_indices = true} : (tensor<12x12xf32>, tensor<2xi32>, tensor<10x10xf32>) -> tensor<12x12xf32>
      %106 = stablehlo.constant dense<1> : tensor<i32>
      %107 = stablehlo.add %iterArg, %106 : tensor<i32>
      stablehlo.return %107, %4, %105 : tensor<i32>, tensor<i32>, tensor<12x12xf32>
    }
    return %2#2 : tensor<12x12xf32>
  }
}
