"""Models: networks of small sizes, with their weights as arguments."""

import jax
import jax.numpy as jnp
from inputs import integers, normal, program
from jax import lax


@program({"w": [normal(8, 16), normal(16, 3)], "b": [normal(16), normal(3)]}, normal(5, 8))
def mlp(params, x):
    hidden = jax.nn.relu(x @ params["w"][0] + params["b"][0])
    return jax.nn.softmax(hidden @ params["w"][1] + params["b"][1])


def convolve(x, kernel, stride=1, padding="SAME"):
    return lax.conv_general_dilated(
        x, kernel, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


@program(
    {"conv": [normal(3, 3, 1, 4), normal(3, 3, 4, 8)], "dense": normal(32, 5)}, normal(2, 8, 8, 1)
)
def cnn(params, x):
    for kernel in params["conv"]:
        x = jax.nn.relu(convolve(x, kernel))
        x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    return jax.nn.log_softmax(x.reshape(x.shape[0], -1) @ params["dense"])


def layer_norm(x, scale, shift):
    mean = x.mean(-1, keepdims=True)
    variance = jnp.square(x - mean).mean(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(variance + 1e-5) * scale + shift


def attention(x, weights, heads=2):
    length, width = x.shape
    query, key, value = (
        (x @ weights[name]).reshape(length, heads, width // heads) for name in ("q", "k", "v")
    )
    scores = jnp.einsum("qhd,khd->hqk", query, key) / jnp.sqrt(width // heads)
    scores = jnp.where(jnp.tril(jnp.ones((length, length), bool)), scores, -1e9)
    mixed = jnp.einsum("hqk,khd->qhd", jax.nn.softmax(scores), value)
    return mixed.reshape(length, width) @ weights["o"]


@program(
    {
        "attention": {name: normal(8, 8) for name in "qkvo"},
        "norm": [normal(8), normal(8), normal(8), normal(8)],
        "dense": [normal(8, 16), normal(16, 8)],
    },
    normal(6, 8),
    locations=True,
)
def transformer_block(params, x):
    norm = params["norm"]
    x = x + attention(layer_norm(x, norm[0], norm[1]), params["attention"])
    hidden = jax.nn.gelu(layer_norm(x, norm[2], norm[3]) @ params["dense"][0])
    return x + hidden @ params["dense"][1]


@program(normal(12, 6), integers(0, 12, 2, 5), normal(6, 12))
def embedding_model(table, tokens, output):
    return jnp.take(table, tokens, axis=0).mean(1) @ output


@program(normal(3, 4), normal(4, 4), normal(4), normal(7, 3))
def rnn(input_weights, state_weights, bias, sequence):
    def step(state, x):
        state = jnp.tanh(x @ input_weights + state @ state_weights + bias)
        return state, state

    return lax.scan(step, jnp.zeros(4), sequence)


@program({"w": normal(7, 16), "b": normal(16)}, normal(5, 2, 3))
def lstm(params, sequence):
    def step(carry, x):
        hidden, cell = carry
        gates = jnp.concatenate([x, hidden], -1) @ params["w"] + params["b"]
        i, f, g, o = jnp.split(gates, 4, -1)
        cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
        hidden = jax.nn.sigmoid(o) * jnp.tanh(cell)
        return (hidden, cell), hidden

    start = (jnp.zeros((2, 4)), jnp.zeros((2, 4)))
    return lax.scan(step, start, sequence)


@program(
    {"encode": normal(10, 8), "decode": normal(4, 10)},
    normal(3, 10),
    integers(0, 100, 2, dtype="uint32"),
)
def vae(params, x, key):
    mean, log_variance = jnp.split(x @ params["encode"], 2, -1)
    code = mean + jnp.exp(0.5 * log_variance) * jax.random.normal(key, mean.shape)
    logits = code @ params["decode"]
    likelihood = jnp.sum(jax.nn.log_sigmoid(logits) * x - jax.nn.softplus(logits) * (1 - x))
    divergence = 0.5 * jnp.sum(jnp.exp(log_variance) + mean**2 - 1 - log_variance)
    return divergence - likelihood, jax.nn.sigmoid(logits)


@program({"g": normal(3, 6), "d": normal(6, 1)}, normal(4, 6), normal(4, 3))
def gan_step(params, real, noise):
    def loss(d, g):
        true, false = real @ d, jnp.tanh(noise @ g) @ d
        return -jnp.mean(jax.nn.log_sigmoid(true)) - jnp.mean(jax.nn.log_sigmoid(-false))

    d_gradient, g_gradient = jax.grad(loss, (0, 1))(params["d"], params["g"])
    return {"d": params["d"] - 0.1 * d_gradient, "g": params["g"] + 0.1 * g_gradient}


@program(normal(2, 6, 6, 3), normal(3), normal(3))
def batch_norm(x, scale, shift):
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    return (x - mean) / jnp.sqrt(variance + 1e-3) * scale + shift


@program(normal(3, 3, 1, 8), normal(1, 1, 8, 4), normal(1, 6, 6, 8))
def separable_convolution(depthwise, pointwise, x):
    x = lax.conv_general_dilated(
        x,
        depthwise,
        (1, 1),
        "SAME",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=8,
    )
    return convolve(jax.nn.relu6(x), pointwise)


@program(normal(5, 6), normal(6, 6), normal(6, 3), integers(0, 2, 5, 5))
def graph_convolution(nodes, hidden, output, edges):
    adjacency = edges.astype(jnp.float32) + jnp.eye(5)
    adjacency = adjacency / adjacency.sum(1, keepdims=True)
    return adjacency @ jax.nn.elu(adjacency @ nodes @ hidden) @ output


@program(normal(4, 8, 2), normal(3, 2, 4), normal(4))
def convolution_1d(x, kernel, bias):
    y = lax.conv_general_dilated(
        x, kernel, (2,), [(2, 0)], rhs_dilation=(1,), dimension_numbers=("NWC", "WIO", "NWC")
    )
    return jax.nn.silu(y + bias)


@program(normal(6, 4), normal(4, 3, 5), normal(4, 3))
def mixture_of_experts(x, experts, gate):
    weights, chosen = lax.top_k(jax.nn.softmax(x @ gate), 2)
    outputs = jnp.einsum("bi,ieo->beo", x, experts)
    picked = jnp.take_along_axis(outputs, chosen[:, :, None], axis=1)
    return jnp.sum(picked * weights[:, :, None], 1)
