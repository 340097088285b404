"""Images: resizing, windows, and convolutions of every kind."""

import jax
import jax.numpy as jnp
from inputs import normal, program, uniform
from jax import lax

LAYOUT = ("NHWC", "HWIO", "NHWC")


@program(uniform(0, 1, 1, 4, 4, 2))
def resize_bilinear(x):
    return jax.image.resize(x, (1, 7, 6, 2), "bilinear")


@program(uniform(0, 1, 4, 6))
def resize_nearest_and_cubic(x):
    return jax.image.resize(x, (8, 3), "nearest"), jax.image.resize(x, (6, 6), "bicubic")


@program(normal(1, 4, 4, 3), normal(3, 3, 3, 2))
def transposed_convolution(x, kernel):
    return lax.conv_transpose(x, kernel, (2, 2), "SAME", dimension_numbers=LAYOUT)


@program(normal(1, 6, 6, 2))
def pooling(x):
    window, stride = (1, 3, 3, 1), (1, 2, 2, 1)
    total = lax.reduce_window(x, 0.0, lax.add, window, stride, "SAME")
    count = lax.reduce_window(jnp.ones_like(x), 0.0, lax.add, window, stride, "SAME")
    return total / count, lax.reduce_window(x, jnp.inf, lax.min, window, stride, "VALID")


@program(normal(1, 8, 8, 2), normal(3, 3, 2, 3))
def dilated_convolution(x, kernel):
    return lax.conv_general_dilated(
        x, kernel, (1, 1), "SAME", rhs_dilation=(2, 2), dimension_numbers=LAYOUT
    )


@program(normal(2, 3, 6, 6), normal(4, 3, 3, 3))
def channels_first(x, kernel):
    return lax.conv(x, kernel, (2, 2), "VALID")


@program(normal(1, 4, 4, 4, 1), normal(2, 2, 2, 1, 2))
def convolution_3d(x, kernel):
    return lax.conv_general_dilated(
        x, kernel, (1, 1, 1), "VALID", dimension_numbers=("NDHWC", "DHWIO", "NDHWC")
    )


@program(uniform(0, 1, 8, 8))
def edges(x):
    sobel = jnp.array([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])
    across = jax.scipy.signal.convolve2d(x, sobel, mode="same")
    down = jax.scipy.signal.convolve2d(x, sobel.T, mode="same")
    return jnp.hypot(across, down)


@program(uniform(0, 1, 5, 5), uniform(0, 4, 2, 6))
def sample_at_coordinates(x, coordinates):
    return jax.scipy.ndimage.map_coordinates(x, coordinates, order=1)


@program(uniform(0, 1, 4, 4, 3))
def colours(x):
    grey = x @ jnp.array([0.299, 0.587, 0.114])
    gamma = jnp.where(x <= 0.0031308, 12.92 * x, 1.055 * jnp.power(x, 1 / 2.4) - 0.055)
    return grey, jnp.clip(jnp.round(gamma * 255), 0, 255).astype(jnp.uint8)


@program(normal(1, 6, 6, 4), normal(3, 3, 2, 6))
def grouped_convolution(x, kernel):
    return lax.conv_general_dilated(
        x, kernel, (1, 1), "SAME", dimension_numbers=LAYOUT, feature_group_count=2
    )


@program(normal(6, 6))
def cumulative_windows(x):
    return lax.reduce_window(x, 0.0, lax.add, (3, 1), (1, 1), [(2, 0), (0, 0)]), lax.cumlogsumexp(
        x, 1
    )
