"""What memory and arithmetic allow: bytes, FLOPs, ceilings and what fits, from plain numbers.

Knows no model and no chip by name (``published`` does); asks this machine only in ``here``.
Bandwidths are in bytes a second, sizes in bytes.
"""

from dataclasses import dataclass, field
from typing import Any

GB, GIB = 10**9, 2**30
GROUP = 64  # weights that share a scale and a bias, 16 bits each
SHORT = 4096  # tokens: beyond it attention was seen to cost more than its bytes
HALF = 2  # bytes of a number in float16 or bfloat16


@dataclass(frozen=True)
class Model:
    """A transformer as its config.json describes it; Llama's shape, maybe with experts.

    Args:
        hidden: width inside the MLP; of one expert where there are experts.
        tied: whether the output layer is the embedding.
        card: parameters as the makers state them.
        experts: how many there are; 0 for a dense model.
        active: how many of them a token uses.
    """

    name: str
    layers: int
    width: int
    heads: int
    kv_heads: int
    head_dim: int
    hidden: int
    vocab: int
    tied: bool
    card: float
    source: str
    experts: int = 0
    active: int = 0
    qkv_bias: bool = False
    qk_norm: bool = False

    @property
    def table(self) -> int:
        """Weights of one embedding table."""
        return self.vocab * self.width

    @property
    def small(self) -> int:
        """Norms and biases, which stay in 16 bits."""
        each = 2 * self.width + self.qk_norm * 2 * self.head_dim
        each += self.qkv_bias * (self.heads + 2 * self.kv_heads) * self.head_dim
        return self.layers * each + self.width

    def matrices(self, experts: float = 1) -> float:
        """Weights of the layers' matrices, with so many experts (1 for a dense model)."""
        attention = 2 * (self.heads + self.kv_heads) * self.head_dim * self.width
        router = self.experts * self.width
        return self.layers * (attention + router + experts * 3 * self.width * self.hidden)

    @property
    def parameters(self) -> int:
        """All of them."""
        tables = self.table * (1 if self.tied else 2)
        return round(self.matrices(self.experts or 1)) + tables + self.small

    def touched(self, batch: int = 1) -> float:
        """Experts of a layer that some token of a batch uses, were they drawn by chance."""
        if not self.experts:
            return 1
        return self.experts * (1 - (1 - self.active / self.experts) ** batch)

    def weight_bytes(self, bits: float, group: int = GROUP) -> float:
        """Bytes of the whole model."""
        large = self.parameters - self.small
        return large * bits_each(bits, group) / 8 + HALF * self.small

    def read_bytes(self, bits: float, batch: int = 1, group: int = GROUP) -> float:
        """Bytes of weights read in one step of decoding: of the embedding only if it is tied."""
        large = self.matrices(self.touched(batch)) + self.table
        return large * bits_each(bits, group) / 8 + HALF * self.small

    def cache_bytes(self, context: int, batch: int = 1, each: float = HALF) -> float:
        """Bytes of keys and values for so many tokens in each of so many streams."""
        return 2 * self.layers * self.kv_heads * self.head_dim * each * context * batch

    def flops(self, context: float = 0, head: bool = True) -> float:
        """Floating-point operations for one token that looks back on so many.

        Args:
            head: whether its logits are computed; in a prompt only the last token's are.
        """
        weights = self.matrices(self.active or 1) + head * self.table
        return 2 * weights + 4 * self.layers * self.heads * self.head_dim * context


@dataclass(frozen=True)
class Machine:
    """A chip with one of the memories it is sold with.

    Args:
        kind: "mac", "nvidia" or "here".
        bandwidth: bytes a second.
        memory: bytes; of a Mac all of it, of a card its own.
        budget: bytes that a model may have.
        flops: floating-point operations a second, 0 where nobody says.
        overhead: seconds a layer of each step beyond reading that were seen: least and most with
            short contexts, most with any.
    """

    name: str
    kind: str
    bandwidth: float
    memory: float
    budget: float
    flops: float = 0.0
    overhead: tuple[float, float, float] | None = None
    source: str = "measured here"


@dataclass(frozen=True)
class Estimate:
    """One step of decoding for a batch: what it needs, and what that allows."""

    model: Model
    machine: Machine
    context: int
    batch: int
    weights: float
    cache: float
    read: float
    flops: float
    ceiling: float = field(init=False)  # tokens a second for each stream

    def __post_init__(self) -> None:
        object.__setattr__(self, "ceiling", 1 / self.floor)

    @property
    def needed(self) -> float:
        return self.weights + self.cache

    @property
    def fits(self) -> bool:
        return self.needed <= self.machine.budget

    @property
    def intensity(self) -> float:
        """Floating-point operations for each byte read."""
        return self.flops / self.read

    @property
    def floor(self) -> float:
        """Seconds that a step cannot be shorter than."""
        arithmetic = self.flops / self.machine.flops if self.machine.flops else 0.0
        return max(self.read / self.machine.bandwidth, arithmetic)

    @property
    def expected(self) -> tuple[float, float] | None:
        """Tokens a second for each stream, (low, high): reading and what each layer costs."""
        if self.machine.overhead is None:
            return None
        least, short, long = (self.model.layers * seconds for seconds in self.machine.overhead)
        most = short if self.context <= SHORT else long
        return 1 / (self.floor + most), 1 / (self.floor + least)

    def __str__(self) -> str:
        machine = self.machine
        said = "fits" if self.fits else "does NOT fit"
        of = {"mac": ", what macOS gives the GPU unasked", "here": " here"}.get(machine.kind, "")
        lines = [
            f"{said}: {self.weights / GB:.2f} GB of weights and {self.cache / GB:.2f} GB of cache, "
            f"of {machine.budget / GB:.1f} GB{of}"
        ]
        rate = f"at most {self.ceiling:,.4g} tokens/s"
        if self.batch > 1:
            rate = (f"at most {self.ceiling:,.4g} tokens/s for each of {self.batch} streams, "
                     f"{self.batch * self.ceiling:,.4g} together")  # fmt: skip
        by = "arithmetic" if self.read / machine.bandwidth < self.floor else "memory"
        lines += [f"{rate}, bound by {by}: {self.read / GB:.2f} GB are read for each step"]
        if expected := self.expected:
            lines += [f"expect {expected[0]:,.3g} to {expected[1]:,.3g} for each stream"]
        else:
            lines += ["expect less: nothing measured with MLX on it is in the table"]
        return "\n".join(lines)


def bits_each(bits: float, group: int = GROUP) -> float:
    """Bits that a weight takes: with 16 or more as they are, else scale and bias come on top."""
    return bits if bits >= 16 else bits + 32 / group


def roof(intensity: float, flops: float, bandwidth: float) -> float:
    """Operations a second that a machine allows at so many operations for each byte."""
    return min(flops, intensity * bandwidth)


def estimate(
    model: Model, machine: Machine, bits: float = 4, context: int = 0, batch: int = 1
) -> Estimate:
    """What one step of decoding needs, with ``context`` tokens in each of ``batch`` streams."""
    cache_ = model.cache_bytes(context, batch)
    read = model.read_bytes(bits, batch) + cache_
    flops = batch * model.flops(context)
    return Estimate(model, machine, context, batch, model.weight_bytes(bits), cache_, read, flops)


def from_config(config: dict[str, Any], name: str = "this model") -> Model:
    """A model from what its config.json holds; Llama's family."""
    heads = config["num_attention_heads"]
    return Model(
        name=name,
        layers=config["num_hidden_layers"],
        width=config["hidden_size"],
        heads=heads,
        kv_heads=config.get("num_key_value_heads") or heads,
        head_dim=config.get("head_dim") or config["hidden_size"] // heads,
        hidden=config["intermediate_size"],
        vocab=config["vocab_size"],
        tied=config.get("tie_word_embeddings", False),
        card=0.0,
        source="its config.json",
        qkv_bias=config.get("attention_bias", False),
    )


def gpu_share(memory: float) -> float:
    """Bytes of a Mac's memory that its GPU gets by default, by the lower of the figures known.

    Two thirds up to 36 GB, three quarters above, on macOS 15; macOS 26 was seen to give more
    (``published.shares``). ``iogpu.wired_limit_mb`` changes it; on the Mac itself MLX says.
    """
    return memory * (2 / 3 if memory <= 36 * GIB else 3 / 4)


def here() -> Machine:
    """This machine, its two roofs measured now; takes a second or two."""
    from course import machine, measure

    memory = float(machine.gpu_memory_bytes() or machine.memory_bytes())
    return Machine(
        name=f"this machine ({machine.chip()})",
        kind="here",
        bandwidth=measure.copy_bandwidth(),
        memory=memory,
        budget=memory,
        flops=measure.matmul_rate(),
    )
