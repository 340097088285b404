
util.global private @table : tensor<?xi32> = dense<[1, 2, 3]> : tensor<3xi32>
util.global private @bytes = #util.byte_pattern<258> : tensor<2xi16>
util.global private @zeros = #util.uninitialized : tensor<2xf32>
util.global private mutable @state {inlining_policy = #util.inline.never} = dense<5> : tensor<2xi32>
util.global private mutable @text {kept = #util.byte_pattern<1> : i64, none = #util.uninitialized : i64} = 5 : i64
func.func @f() attributes {inlining_policy = #util.inline.always} {
  %p = util.global.address immutable @table : !util.ptr<tensor<?xi32>>
  %q = util.global.address @state : !util.ptr<tensor<2xi32>>
  %0 = util.global.load.indirect immutable %p : !util.ptr<tensor<?xi32>> -> tensor<?xi32>
  %1 = util.global.load.indirect %q : !util.ptr<tensor<2xi32>> -> tensor<2xi32>
  util.global.store.indirect %1, %q : tensor<2xi32> -> !util.ptr<tensor<2xi32>>
  func.return
}
