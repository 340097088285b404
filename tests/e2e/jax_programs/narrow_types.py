"""Integers of 8 bits, halves, floats of 8 bits, and types of 64 bits."""

import jax.numpy as jnp
from inputs import integers, normal, program
from jax import lax


@program(integers(-128, 128, 4, 6, dtype="int8"), integers(-128, 128, 6, 3, dtype="int8"))
def int8_product(x, y):
    return lax.dot(x, y, preferred_element_type=jnp.int32)


@program(normal(4, 6), normal(6, 3))
def quantized_layer(x, w):
    def quantize(x):
        scale = jnp.max(jnp.abs(x)) / 127
        return jnp.clip(jnp.round(x / scale), -127, 127).astype(jnp.int8), scale

    (x, x_scale), (w, w_scale) = quantize(x), quantize(w)
    product = lax.dot(x, w, preferred_element_type=jnp.int32)
    return product.astype(jnp.float32) * (x_scale * w_scale)


@program(normal(4, 6), normal(6, 3), rtol=2e-2)
def bfloat16_layer(x, w):
    y = jnp.tanh(x.astype(jnp.bfloat16) @ w.astype(jnp.bfloat16))
    return y, y.astype(jnp.float32).sum()


@program(normal(4, 6, dtype="float16"), normal(6, 3, dtype="float16"), rtol=5e-3)
def float16_layer(x, w):
    return x @ w, jnp.exp(x), x.sum(), jnp.sort(x)


@program(normal(12))
def float8_casts(x):
    return (
        x.astype(jnp.float8_e4m3fn).astype(jnp.float32),
        x.astype(jnp.float8_e5m2).astype(jnp.float32),
    )


@program(integers(0, 256, 8, dtype="uint8"), integers(0, 256, 8, dtype="uint8"))
def uint8_arithmetic(x, y):
    return x + y, x * y, x // (y | 1), x >> 2, jnp.maximum(x, y), x ^ y


@program(integers(-1000, 1000, 8, dtype="int16"))
def int16_arithmetic(x):
    return x * x, jnp.abs(x), x // 7, x % 7, jnp.sign(x), lax.population_count(x)


@program(normal(4, 4, dtype="float64"), integers(-9, 9, 4, dtype="int64"), x64=True)
def doubles(x, n):
    return jnp.linalg.norm(x), jnp.exp(x) @ x, n * 1_000_000_007, jnp.cumsum(n)


@program(normal(6, dtype="complex128"), x64=True)
def double_complex(x):
    return x * jnp.conj(x), jnp.exp(x)


@program(integers(0, 2, 6, dtype="bool"), integers(0, 2, 6, dtype="bool"))
def booleans(x, y):
    return x & y, x | ~y, x ^ y, jnp.any(x), jnp.all(y), jnp.sum(x)


@program(normal(4, 4), rtol=2e-2)
def mixed_precision_softmax(x):
    half = x.astype(jnp.bfloat16)
    shifted = half - half.max(-1, keepdims=True)
    weights = jnp.exp(shifted.astype(jnp.float32))
    return (weights / weights.sum(-1, keepdims=True)).astype(jnp.bfloat16)


@program(integers(-1 << 20, 1 << 20, 6))
def bit_patterns(x):
    as_float = lax.bitcast_convert_type(x, jnp.float32)
    back = lax.bitcast_convert_type(jnp.abs(x).astype(jnp.float32), jnp.int32)
    return jnp.isfinite(as_float), back, lax.clz(x), x << 3, x >> 3
