"""Others' answers to scribe_model."""

import mlx.core as mx
from mlx_lm.models import llama

from course.author.answers import right, wrong


def _scribe(
    args,
    weights,
    order="qkv",
    gate_first=True,
    down_t=True,
    out_t=False,
    table=True,
    norms=True,
    qsize=None,
    embed=True,
    head=None,
    blocks=None,
):
    D = head or args.head_dim or args.hidden_size // args.num_attention_heads
    Q, K = args.num_attention_heads * D, args.num_key_value_heads * D
    new = {}
    for name, w in weights.items():
        if name == "embed":
            new["model.embed_tokens.weight"] = w
            continue
        if name == "norm":
            new["model.norm.weight"] = w
            continue
        _, i, part = name.split(".")
        p = f"model.layers.{i}."
        if part == "norm1":
            new[p + ("input_layernorm" if norms else "post_attention_layernorm") + ".weight"] = w
        elif part == "norm2":
            new[p + ("post_attention_layernorm" if norms else "input_layernorm") + ".weight"] = w
        elif part == "qkv":
            q, k, v = mx.split(w, [Q, Q + K], axis=0)
            for n, a in zip(order, (q, k, v)):
                new[p + f"self_attn.{n}_proj.weight"] = a
        elif part == "out":
            new[p + "self_attn.o_proj.weight"] = w.T if out_t else w
        elif part == "gate_up":
            a, b = mx.split(w, 2, axis=0)
            if not gate_first:
                a, b = b, a
            new[p + "mlp.gate_proj.weight"], new[p + "mlp.up_proj.weight"] = a, b
        elif part == "down":
            new[p + "mlp.down_proj.weight"] = w.T if down_t else w
        elif part == "rope_table" and not table:
            new[p + "self_attn.rope_table"] = w
    return new


def _cut_qkv(points, order="qkv"):
    class Cut(llama.Model):
        def sanitize(self, weights):
            a = self.args
            D = a.hidden_size // a.num_attention_heads
            Q, K = a.num_attention_heads * D, a.num_key_value_heads * D
            new = _scribe(a, {k: v for k, v in weights.items() if not k.endswith("qkv")})
            for i in range(a.num_hidden_layers):
                for n, w in zip(order, mx.split(weights[f"blocks.{i}.qkv"], points(Q, K))):
                    new[f"model.layers.{i}.self_attn.{n}_proj.weight"] = w
            return new

    return Cut


@right("super().sanitize at the end, tied head dropped")
class _(llama.Model):
    def sanitize(self, weights):
        new = _scribe(self.args, {k: v for k, v in weights.items() if not k.endswith("rope_table")})
        return super().sanitize(new)


@wrong("gate and up exchanged", named="gate_and_up_exchanged")
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(self.args, weights, gate_first=False)


@wrong("k and v exchanged", named="keys_and_values_exchanged")
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(self.args, weights, order="qvk")


@wrong("out transposed too", named="out_turned")
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(self.args, weights, out_t=True)


@wrong("rope table kept", named="table_kept")
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(self.args, weights, table=False)


@wrong("qkv in thirds", named="equal_thirds")
class _(llama.Model):
    def sanitize(self, weights):
        new = _scribe(self.args, weights)
        for n, w in weights.items():
            if n.endswith(".qkv"):
                i = n.split(".")[1]
                for p, a in zip("qkv", mx.split(w, 3, axis=0)):
                    new[f"model.layers.{i}.self_attn.{p}_proj.weight"] = a
        return new


@wrong("gate and up interleaved", named="gate_and_up_interleaved")
class _(llama.Model):
    def sanitize(self, weights):
        new = _scribe(self.args, weights)
        for n, w in weights.items():
            if n.endswith(".gate_up"):
                i = n.split(".")[1]
                (
                    new[f"model.layers.{i}.mlp.gate_proj.weight"],
                    new[f"model.layers.{i}.mlp.up_proj.weight"],
                ) = w[0::2], w[1::2]
        return new


@wrong("down reshaped, not transposed")
class _(llama.Model):
    def sanitize(self, weights):
        new = _scribe(self.args, weights)
        for n, w in weights.items():
            if n.endswith(".down"):
                new[f"model.layers.{n.split('.')[1]}.mlp.down_proj.weight"] = w.reshape(
                    w.shape[::-1]
                )
        return new


@wrong("names without model.", named="no_model_in_front")
class _(llama.Model):
    def sanitize(self, weights):
        return {k.removeprefix("model."): v for k, v in _scribe(self.args, weights).items()}


@wrong("q and k exchanged")
class _(llama.Model):
    def sanitize(self, weights):
        new = _scribe(self.args, weights)
        for k in [k for k in new if "o_proj" in k]:
            q = k.replace("o_proj", "q_proj")
            n = q.replace("q_proj", "k_proj")
            new[q], new[n] = (
                mx.concatenate([new[n], new[q][new[n].shape[0] :]]),
                new[q][: new[n].shape[0]],
            )
        return new


@right("head_dim from the width, which it is here")
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(
            self.args, weights, head=self.args.hidden_size // self.args.num_attention_heads
        )


@wrong("last norm under layers")
class _(llama.Model):
    def sanitize(self, weights):
        new = _scribe(self.args, weights)
        new["model.final_norm.weight"] = new.pop("model.norm.weight")
        return new


@right("Q by the statement's words: heads times self.args.head_dim")
class _(llama.Model):
    def sanitize(self, weights):
        a = self.args
        Q, K = a.num_attention_heads * a.head_dim, a.num_key_value_heads * a.head_dim
        new = _scribe(a, {k: v for k, v in weights.items() if not k.endswith("qkv")})
        for i in range(a.num_hidden_layers):
            q, k, v = mx.split(weights[f"blocks.{i}.qkv"], [Q, Q + K])
            for n, w in zip("qkv", (q, k, v)):
                new[f"model.layers.{i}.self_attn.{n}_proj.weight"] = w
        return new


@right("Q from the model's own layer")
class _(llama.Model):
    def sanitize(self, weights):
        new = _scribe(self.args, {k: v for k, v in weights.items() if not k.endswith("qkv")})
        for i, layer in enumerate(self.layers):
            Q, K = layer.self_attn.q_proj.weight.shape[0], layer.self_attn.k_proj.weight.shape[0]
            for n, w in zip("qkv", mx.split(weights[f"blocks.{i}.qkv"], [Q, Q + K])):
                new[f"model.layers.{i}.self_attn.{n}_proj.weight"] = w
        return new


wrong("order k, v, q")(_cut_qkv(lambda Q, K: [K, 2 * K], "kvq"))


wrong("cut at K and 2 K")(_cut_qkv(lambda Q, K: [K, 2 * K]))


wrong("cut at K and Q + K")(_cut_qkv(lambda Q, K: [K, Q + K]))


@wrong("gate_up cut at the width of the model")
class _(llama.Model):
    def sanitize(self, weights):
        new = _scribe(self.args, weights)
        for i in range(self.args.num_hidden_layers):
            g, u = mx.split(weights[f"blocks.{i}.gate_up"], [self.args.hidden_size])
            (
                new[f"model.layers.{i}.mlp.gate_proj.weight"],
                new[f"model.layers.{i}.mlp.up_proj.weight"],
            ) = g, u
        return new
