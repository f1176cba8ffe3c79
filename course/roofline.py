"""What memory and arithmetic allow: bytes, operations, ceilings and what fits, from plain numbers.

Knows no model and no chip by name (``published`` does); only ``here`` asks this machine. Sizes are
in bytes, bandwidths in bytes a second, flops are floating-point operations.
"""

from dataclasses import dataclass, field
from typing import Any

GB, GIB = 10**9, 2**30
GROUP = 64  # weights that share a scale and a bias of 16 bits each
SHORT = 4096  # tokens: with longer contexts attention was seen to cost more than its bytes
HALF = 2  # bytes of a number in float16 or bfloat16


@dataclass(frozen=True)
class Model:
    """A transformer of Llama's shape, as its config.json describes it; it may have experts.

    Args:
        name: as its makers write it.
        layers: how many blocks.
        width: numbers in a token's vector (``hidden_size``).
        heads: query heads of a layer.
        kv_heads: key and value heads of a layer.
        head_dim: numbers in a head's vector.
        hidden: width inside the MLP (``intermediate_size``); with experts, inside one of them.
        vocab: how many tokens there are.
        tied: whether the output layer is the embedding.
        card: parameters as the makers state them; 0 if they do not.
        source: where these numbers stand.
        experts: how many a layer has; 0 for a dense model.
        active: how many experts of a layer a token uses.
        qkv_bias: whether queries, keys and values have biases.
        qk_norm: whether queries and keys are normalized.

    Example:
        >>> from course import published
        >>> model = published.models()["Llama 3.1 8B"]
        >>> f"{model.parameters / 1e9:.2f} billion, {model.weight_bytes(4) / GB:.1f} GB at 4 bits"
        '8.03 billion, 4.5 GB at 4 bits'
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
        """How many weights an embedding table has."""
        return self.vocab * self.width

    @property
    def small(self) -> int:
        """How many weights norms and biases have; they stay in 16 bits."""
        each = 2 * self.width + self.qk_norm * 2 * self.head_dim
        each += self.qkv_bias * (self.heads + 2 * self.kv_heads) * self.head_dim
        return self.layers * each + self.width

    def matrices(self, experts: float = 1) -> float:
        """How many weights the matrices of all layers have.

        Args:
            experts: how many of a layer's experts to count; 1 for a dense model.
        """
        attention = 2 * (self.heads + self.kv_heads) * self.head_dim * self.width
        router = self.experts * self.width
        return self.layers * (attention + router + experts * 3 * self.width * self.hidden)

    @property
    def parameters(self) -> int:
        """How many weights the model has."""
        tables = self.table * (1 if self.tied else 2)
        return round(self.matrices(self.experts or 1)) + tables + self.small

    def touched(self, batch: int = 1) -> float:
        """How many experts of a layer a batch uses, if each token draws its own by chance.

        Args:
            batch: tokens in the batch.

        Returns:
            An expected value; 1 for a dense model.
        """
        if not self.experts:
            return 1
        return self.experts * (1 - (1 - self.active / self.experts) ** batch)

    def weight_bytes(self, bits: float, group: int = GROUP) -> float:
        """Bytes of all weights.

        Args:
            bits: for each weight of a matrix; below 16 it is quantized in groups.
            group: weights that share a scale and a bias.
        """
        large = self.parameters - self.small
        return large * bits_each(bits, group) / 8 + HALF * self.small

    def read_bytes(self, bits: float, batch: int = 1, group: int = GROUP) -> float:
        """Bytes of weights that one step of decoding reads.

        The output layer is read whole. An embedding that is not tied to it is left out: a step
        reads one row of it for each token.

        Args:
            bits: for each weight of a matrix; below 16 it is quantized in groups.
            batch: how many streams are decoded at once; it matters only with experts.
            group: weights that share a scale and a bias.
        """
        large = self.matrices(self.touched(batch)) + self.table
        return large * bits_each(bits, group) / 8 + HALF * self.small

    def cache_bytes(self, context: int, batch: int = 1, each: float = HALF) -> float:
        """Bytes of the keys and values of all layers.

        Args:
            context: tokens in each stream.
            batch: streams.
            each: bytes of a number.
        """
        return 2 * self.layers * self.kv_heads * self.head_dim * each * context * batch

    def flops(self, context: float = 0, head: bool = True) -> float:
        """Floating-point operations for one token.

        Args:
            context: tokens that it attends to.
            head: whether its logits are computed; in a prompt only the last token's are.
        """
        weights = self.matrices(self.active or 1) + head * self.table
        return 2 * weights + 4 * self.layers * self.heads * self.head_dim * context


@dataclass(frozen=True)
class Machine:
    """A chip with one of the memory sizes it is sold with.

    Args:
        name: chip and memory.
        kind: "mac", "nvidia" or "here".
        bandwidth: bytes a second.
        memory: bytes: all memory of a Mac, or a card's own.
        budget: bytes that a model may take.
        flops: floating-point operations a second; 0 if they are unknown.
        overhead: seconds that a layer was seen to take in each step beyond reading its bytes: the
            least and the most with contexts up to SHORT, and the most with any context. None if
            nothing was measured.
        source: where these numbers stand.
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
    """One step of decoding for a batch: what it needs, and what that allows. As text: a summary.

    Args:
        model: what is run.
        machine: what it runs on.
        context: tokens in each stream.
        batch: streams decoded at once.
        weights: bytes of all weights.
        cache: bytes of all keys and values.
        read: bytes that a step reads.
        flops: floating-point operations of a step.
        ceiling: tokens a second for each stream that nothing can exceed; computed.
    """

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
        """Bytes of weights and cache together."""
        return self.weights + self.cache

    @property
    def fits(self) -> bool:
        """Whether the machine's budget holds them."""
        return self.needed <= self.machine.budget

    @property
    def intensity(self) -> float:
        """Floating-point operations for each byte read."""
        return self.flops / self.read

    @property
    def floor(self) -> float:
        """Seconds that a step takes at least."""
        arithmetic = self.flops / self.machine.flops if self.machine.flops else 0.0
        return max(self.read / self.machine.bandwidth, arithmetic)

    @property
    def expected(self) -> tuple[float, float] | None:
        """Tokens a second to expect for each stream, (low, high); None without measurements.

        The floor of a step, and the overhead of each layer on top.
        """
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
    """Bits that a weight takes, with its share of the group's scale and bias.

    Args:
        bits: of the weight alone; with 16 or more there are no groups.
        group: weights that share a scale and a bias of 16 bits each.

    Example:
        >>> bits_each(4)
        4.5
    """
    return bits if bits >= 16 else bits + 32 / group


def roof(intensity: float, flops: float, bandwidth: float) -> float:
    """Operations a second that a machine allows: the lower of its two roofs.

    Args:
        intensity: operations for each byte that is read or written.
        flops: operations a second that the machine can do.
        bandwidth: bytes a second that its memory can move.

    Source: Williams, Waterman, Patterson, "Roofline: an insightful visual performance model for
    multicore architectures", Communications of the ACM, 2009.

    Example:
        >>> roof(intensity=2, flops=10e12, bandwidth=400e9)
        800000000000.0
    """
    return min(flops, intensity * bandwidth)


def estimate(
    model: Model, machine: Machine, bits: float = 4, context: int = 0, batch: int = 1
) -> Estimate:
    """What one step of decoding needs and how fast it can be.

    Args:
        model: what is run.
        machine: what it runs on.
        bits: for each weight of a matrix; below 16 it is quantized in groups of GROUP.
        context: tokens in each stream.
        batch: streams decoded at once.

    Example:
        >>> from course import published
        >>> step = estimate(published.models()["Llama 3.1 8B"], published.machines()["M4, 16 GB"])
        >>> step.fits, round(step.ceiling)
        (True, 28)
    """
    cache_ = model.cache_bytes(context, batch)
    read = model.read_bytes(bits, batch) + cache_
    flops = batch * model.flops(context)
    return Estimate(model, machine, context, batch, model.weight_bytes(bits), cache_, read, flops)


def from_config(config: dict[str, Any], name: str = "this model") -> Model:
    """A model from the contents of its config.json; for dense models of Llama's family.

    Args:
        config: the parsed file, with Hugging Face's keys.
        name: how it is called in texts.

    Raises:
        KeyError: the config lacks one of the keys that the arithmetic needs.
    """
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
    """Bytes of a Mac's memory that its GPU gets by default: the lower of the known figures.

    macOS 15 was seen to give two thirds up to 36 GB and three quarters above, and macOS 26 more.
    The setting ``iogpu.wired_limit_mb`` changes it. On the Mac itself
    ``machine.gpu_memory_bytes()`` asks MLX.

    Args:
        memory: bytes of the whole machine.

    Source: ``published.shares()``.
    """
    return memory * (2 / 3 if memory <= 36 * GIB else 3 / 4)


def here() -> Machine:
    """This machine as a Machine, both roofs measured now. Takes a second or two."""
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
