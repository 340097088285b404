"""Fourier transforms and complex numbers."""

import jax.numpy as jnp
from inputs import normal, program


@program(normal(2, 16))
def fft_round_trip(x):
    spectrum = jnp.fft.fft(x)
    return jnp.abs(spectrum), jnp.fft.ifft(spectrum).real


@program(normal(3, 16))
def real_fft(x):
    spectrum = jnp.fft.rfft(x)
    return spectrum, jnp.fft.irfft(spectrum, 16)


@program(normal(8, 8))
def fft_2d(x):
    return jnp.fft.fft2(x), jnp.fft.fftshift(jnp.abs(jnp.fft.fft2(x)))


@program(normal(15))
def fft_of_odd_length(x):
    return jnp.fft.fft(x), jnp.fft.irfft(jnp.fft.rfft(x), 15)


@program(normal(32), normal(5))
def convolution_by_fft(signal, kernel):
    return jnp.fft.irfft(jnp.fft.rfft(signal) * jnp.fft.rfft(kernel, 32), 32)


@program(normal(4, 3, dtype="complex64"), normal(4, 3, dtype="complex64"))
def complex_arithmetic(x, y):
    return x * y, x / y, jnp.conj(x) + y, jnp.abs(x), jnp.angle(y), jnp.exp(x), jnp.sqrt(y)


@program(normal(3, 4, dtype="complex64"), normal(4, 2, dtype="complex64"))
def complex_product(x, y):
    product = x @ y
    return product, product.real, product.imag, jnp.sum(jnp.abs(product) ** 2)


@program(normal(5, dtype="complex64"))
def complex_functions(x):
    return jnp.log(x), jnp.sin(x), jnp.tanh(x), x**2, jnp.power(x, 0.5)


@program(normal(16))
def spectrogram(x):
    frames = jnp.stack([x[i : i + 8] for i in range(0, 9, 4)])
    window = 0.5 - 0.5 * jnp.cos(2 * jnp.pi * jnp.arange(8) / 8)
    return jnp.log1p(jnp.abs(jnp.fft.rfft(frames * window)) ** 2)
