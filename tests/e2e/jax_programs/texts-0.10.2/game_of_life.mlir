module @jit_game_of_life attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<16x16xi32>) -> (tensor<16x16xi32> {jax.result_info = "result[0]"}, tensor<4xi32> {jax.result_info = "result[1]"}) {
    %c = stablehlo.constant dense<0> : tensor<i32>
    %0 = stablehlo.broadcast_in_dim %c, dims = [] : (tensor<i32>) -> tensor<4xi32>
    %c_0 = stablehlo.constant dense<0> : tensor<i32>
    %1:3 = stablehlo.while(%iterArg = %c_0, %iterArg_1 = %arg0, %iterArg_2 = %0) : tensor<i32>, tensor<16x16xi32>, tensor<4xi32>
    cond {
      %c_3 = stablehlo.constant dense<4> : tensor<i32>
      %2 = stablehlo.compare LT, %iterArg, %c_3, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %2 : tensor<i1>
    } do {
      %2:2 = func.call @closed_call(%iterArg_1) : (tensor<16x16xi32>) -> (tensor<16x16xi32>, tensor<i32>)
      %3 = func.call @dynamic_update_index_in_dim(%iterArg_2, %2#1, %iterArg) : (tensor<4xi32>, tensor<i32>, tensor<i32>) -> tensor<4xi32>
      %c_3 = stablehlo.constant dense<1> : tensor<i32>
      %4 = stablehlo.add %iterArg, %c_3 : tensor<i32>
      stablehlo.return %4, %2#0, %3 : tensor<i32>, tensor<16x16xi32>, tensor<4xi32>
    }
    return %1#1, %1#2 : tensor<16x16xi32>, tensor<4xi32>
  }
  func.func private @closed_call(%arg0: tensor<16x16xi32>) -> (tensor<16x16xi32>, tensor<i32>) {
    %0 = call @_roll_static(%arg0) : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %1 = call @_roll_static_0(%0) : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %c = stablehlo.constant dense<0> : tensor<i32>
    %2 = stablehlo.broadcast_in_dim %c, dims = [] : (tensor<i32>) -> tensor<16x16xi32>
    %3 = stablehlo.add %2, %1 : tensor<16x16xi32>
    %4 = call @_roll_static(%arg0) : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %5 = call @_roll_static_1(%4) : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %6 = stablehlo.add %3, %5 : tensor<16x16xi32>
    %7 = call @_roll_static(%arg0) : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %8 = call @_roll_static_2(%7) : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %9 = stablehlo.add %6, %8 : tensor<16x16xi32>
    %10 = call @_roll_static_3(%arg0) : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %11 = call @_roll_static_0(%10) : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %12 = stablehlo.add %9, %11 : tensor<16x16xi32>
    %13 = call @_roll_static_3(%arg0) : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %14 = call @_roll_static_2(%13) : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %15 = stablehlo.add %12, %14 : tensor<16x16xi32>
    %16 = call @_roll_static_4(%arg0) : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %17 = call @_roll_static_0(%16) : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %18 = stablehlo.add %15, %17 : tensor<16x16xi32>
    %19 = call @_roll_static_4(%arg0) : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %20 = call @_roll_static_1(%19) : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %21 = stablehlo.add %18, %20 : tensor<16x16xi32>
    %22 = call @_roll_static_4(%arg0) : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %23 = call @_roll_static_2(%22) : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %24 = stablehlo.add %21, %23 : tensor<16x16xi32>
    %c_0 = stablehlo.constant dense<0> : tensor<i32>
    %25 = stablehlo.broadcast_in_dim %c_0, dims = [] : (tensor<i32>) -> tensor<16x16xi32>
    %26 = stablehlo.compare EQ, %arg0, %25, SIGNED : (tensor<16x16xi32>, tensor<16x16xi32>) -> tensor<16x16xi1>
    %c_1 = stablehlo.constant dense<3> : tensor<i32>
    %27 = stablehlo.broadcast_in_dim %c_1, dims = [] : (tensor<i32>) -> tensor<16x16xi32>
    %28 = stablehlo.compare EQ, %24, %27, SIGNED : (tensor<16x16xi32>, tensor<16x16xi32>) -> tensor<16x16xi1>
    %29 = stablehlo.and %26, %28 : tensor<16x16xi1>
    %c_2 = stablehlo.constant dense<1> : tensor<i32>
    %30 = stablehlo.broadcast_in_dim %c_2, dims = [] : (tensor<i32>) -> tensor<16x16xi32>
    %31 = stablehlo.compare EQ, %arg0, %30, SIGNED : (tensor<16x16xi32>, tensor<16x16xi32>) -> tensor<16x16xi1>
    %c_3 = stablehlo.constant dense<2> : tensor<i32>
    %32 = stablehlo.broadcast_in_dim %c_3, dims = [] : (tensor<i32>) -> tensor<16x16xi32>
    %33 = stablehlo.compare EQ, %24, %32, SIGNED : (tensor<16x16xi32>, tensor<16x16xi32>) -> tensor<16x16xi1>
    %c_4 = stablehlo.constant dense<3> : tensor<i32>
    %34 = stablehlo.broadcast_in_dim %c_4, dims = [] : (tensor<i32>) -> tensor<16x16xi32>
    %35 = stablehlo.compare EQ, %24, %34, SIGNED : (tensor<16x16xi32>, tensor<16x16xi32>) -> tensor<16x16xi1>
    %36 = stablehlo.or %33, %35 : tensor<16x16xi1>
    %37 = stablehlo.and %31, %36 : tensor<16x16xi1>
    %38 = stablehlo.or %29, %37 : tensor<16x16xi1>
    %39 = stablehlo.convert %38 : (tensor<16x16xi1>) -> tensor<16x16xi32>
    %c_5 = stablehlo.constant dense<-2147483648> : tensor<i32>
    %40 = stablehlo.reduce(%24 init: %c_5) applies stablehlo.maximum across dimensions = [0, 1] : (tensor<16x16xi32>, tensor<i32>) -> tensor<i32>
    return %39, %40 : tensor<16x16xi32>, tensor<i32>
  }
  func.func private @_roll_static(%arg0: tensor<16x16xi32>) -> tensor<16x16xi32> {
    %0 = stablehlo.slice %arg0 [1:16, 0:16] : (tensor<16x16xi32>) -> tensor<15x16xi32>
    %1 = stablehlo.slice %arg0 [0:1, 0:16] : (tensor<16x16xi32>) -> tensor<1x16xi32>
    %2 = stablehlo.concatenate %0, %1, dim = 0 : (tensor<15x16xi32>, tensor<1x16xi32>) -> tensor<16x16xi32>
    return %2 : tensor<16x16xi32>
  }
  func.func private @_roll_static_0(%arg0: tensor<16x16xi32>) -> tensor<16x16xi32> {
    %0 = stablehlo.slice %arg0 [0:16, 1:16] : (tensor<16x16xi32>) -> tensor<16x15xi32>
    %1 = stablehlo.slice %arg0 [0:16, 0:1] : (tensor<16x16xi32>) -> tensor<16x1xi32>
    %2 = stablehlo.concatenate %0, %1, dim = 1 : (tensor<16x15xi32>, tensor<16x1xi32>) -> tensor<16x16xi32>
    return %2 : tensor<16x16xi32>
  }
  func.func private @_roll_static_1(%arg0: tensor<16x16xi32>) -> tensor<16x16xi32> {
    %0 = stablehlo.slice %arg0 [0:16, 0:16] : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %1 = stablehlo.slice %arg0 [0:16, 0:0] : (tensor<16x16xi32>) -> tensor<16x0xi32>
    %2 = stablehlo.concatenate %0, %1, dim = 1 : (tensor<16x16xi32>, tensor<16x0xi32>) -> tensor<16x16xi32>
    return %2 : tensor<16x16xi32>
  }
  func.func private @_roll_static_2(%arg0: tensor<16x16xi32>) -> tensor<16x16xi32> {
    %0 = stablehlo.slice %arg0 [0:16, 15:16] : (tensor<16x16xi32>) -> tensor<16x1xi32>
    %1 = stablehlo.slice %arg0 [0:16, 0:15] : (tensor<16x16xi32>) -> tensor<16x15xi32>
    %2 = stablehlo.concatenate %0, %1, dim = 1 : (tensor<16x1xi32>, tensor<16x15xi32>) -> tensor<16x16xi32>
    return %2 : tensor<16x16xi32>
  }
  func.func private @_roll_static_3(%arg0: tensor<16x16xi32>) -> tensor<16x16xi32> {
    %0 = stablehlo.slice %arg0 [0:16, 0:16] : (tensor<16x16xi32>) -> tensor<16x16xi32>
    %1 = stablehlo.slice %arg0 [0:0, 0:16] : (tensor<16x16xi32>) -> tensor<0x16xi32>
    %2 = stablehlo.concatenate %0, %1, dim = 0 : (tensor<16x16xi32>, tensor<0x16xi32>) -> tensor<16x16xi32>
    return %2 : tensor<16x16xi32>
  }
  func.func private @_roll_static_4(%arg0: tensor<16x16xi32>) -> tensor<16x16xi32> {
    %0 = stablehlo.slice %arg0 [15:16, 0:16] : (tensor<16x16xi32>) -> tensor<1x16xi32>
    %1 = stablehlo.slice %arg0 [0:15, 0:16] : (tensor<16x16xi32>) -> tensor<15x16xi32>
    %2 = stablehlo.concatenate %0, %1, dim = 0 : (tensor<1x16xi32>, tensor<15x16xi32>) -> tensor<16x16xi32>
    return %2 : tensor<16x16xi32>
  }
  func.func private @dynamic_update_index_in_dim(%arg0: tensor<4xi32>, %arg1: tensor<i32>, %arg2: tensor<i32>) -> tensor<4xi32> {
    %0 = stablehlo.broadcast_in_dim %arg1, dims = [] : (tensor<i32>) -> tensor<1xi32>
    %1 = stablehlo.dynamic_update_slice %arg0, %0, %arg2 : (tensor<4xi32>, tensor<1xi32>, tensor<i32>) -> tensor<4xi32>
    return %1 : tensor<4xi32>
  }
}
