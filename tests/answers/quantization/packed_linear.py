"""Others' answers to packed_linear."""

import mlx.core as mx
import mlx.nn as nn

from course.author.answers import right, wrong


class _PL(nn.Module):
    def __init__(self, linear, bits, group_size):
        super().__init__()
        self.bits, self.group_size = bits, group_size
        self.weight, self.scales, self.biases = mx.quantize(
            linear.weight, group_size=group_size, bits=bits
        )
        if "bias" in linear:
            self.bias = linear.bias
        self.freeze()

    def __call__(self, x, **more):
        y = mx.quantized_matmul(
            x,
            self.weight,
            self.scales,
            self.biases,
            **({"group_size": self.group_size, "bits": self.bits} | more),
        )
        return y + self.bias if "bias" in self else y


@right("quantized_matmul, freeze")
class _(nn.Module):
    def __init__(self, linear, bits, group_size):
        super().__init__()
        self._how = {"bits": bits, "group_size": group_size}
        self.weight, self.scales, self.biases = mx.quantize(linear.weight, **self._how)
        if "bias" in linear:
            self.bias = linear.bias
        self.freeze()

    def __call__(self, x):
        y = mx.quantized_matmul(
            x, self.weight, self.scales, self.biases, transpose=True, **self._how
        )
        return y + self.bias if "bias" in self else y


@right("dequantized in each call; list of parts")
class _(nn.Module):
    def __init__(self, linear, bits, group_size):
        super().__init__()
        self.bits, self.group_size = bits, group_size
        self.parts = list(mx.quantize(linear.weight, group_size=group_size, bits=bits))
        b = getattr(linear, "bias", None)
        if b is not None:
            self.b = b
        self.freeze()

    def __call__(self, x):
        w = mx.dequantize(*self.parts, group_size=self.group_size, bits=self.bits)
        out = x @ w.T
        return out + self.b if hasattr(self, "b") else out


@wrong("not frozen", named="left_trainable")
class _(_PL):
    def __init__(self, linear, bits, group_size):
        super().__init__(linear, bits, group_size)
        self.unfreeze()


@wrong("transpose=False", named="not_transposed")
class _(_PL):
    def __call__(self, x):
        return super().__call__(x, transpose=False)


@wrong("default bits in the product", named="defaults_assumed")
class _(_PL):
    def __call__(self, x):
        return super().__call__(x, bits=4, group_size=64)


@wrong("dequantized once in __init__", named="unpacked_at_once")
class _(nn.Module):
    def __init__(self, linear, bits, group_size):
        super().__init__()
        self.w = mx.dequantize(
            *mx.quantize(linear.weight, group_size=group_size, bits=bits),
            group_size=group_size,
            bits=bits,
        )
        if "bias" in linear:
            self.bias = linear.bias
        self.freeze()

    def __call__(self, x):
        y = x @ self.w.T
        return y + self.bias if "bias" in self else y


@wrong(
    "full weight kept, quantized in the call",
    named="quantized_in_each_call",
    never=("unpacked_at_once",),
)
class _(nn.Module):
    def __init__(self, linear, bits, group_size):
        super().__init__()
        self.how = {"bits": bits, "group_size": group_size}
        self.w = linear.weight
        if "bias" in linear:
            self.bias = linear.bias
        self.freeze()

    def __call__(self, x):
        y = mx.quantized_matmul(x, *mx.quantize(self.w, **self.how), **self.how)
        return y + self.bias if "bias" in self else y


@wrong("full weight used")
class _(_PL):
    def __init__(self, linear, bits, group_size):
        super().__init__(linear, bits, group_size)
        object.__setattr__(self, "full", (linear.weight,))

    def __call__(self, x):
        y = x @ self.full[0].T
        return y + self.bias if "bias" in self else y


@wrong("caches the dequantized weight at the first call", named="unpacked_and_kept")
class _(_PL):
    def __call__(self, x):
        if not hasattr(self, "_cache"):
            self._cache = mx.dequantize(
                self.weight, self.scales, self.biases, group_size=self.group_size, bits=self.bits
            )
        y = x @ self._cache.T
        return y + self.bias if "bias" in self else y


@wrong("parts in a tuple: no parameters", named="no_parameters")
class _(nn.Module):
    def __init__(self, linear, bits, group_size):
        super().__init__()
        self.how = {"bits": bits, "group_size": group_size}
        self.parts = tuple(mx.quantize(linear.weight, **self.how))
        if "bias" in linear:
            self.bias = linear.bias
        self.freeze()

    def __call__(self, x):
        y = mx.quantized_matmul(x, *self.parts, **self.how)
        return y + self.bias if "bias" in self else y
