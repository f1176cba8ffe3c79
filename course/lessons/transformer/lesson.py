# %% [markdown]
# # 06 · The transformer
# **After this lesson you can** say what each part of a Llama is for and what it costs, write each of them yourself, train a small language model, and run real weights in code of your own.
#
# **60 minutes · runs on any machine · needs lesson 05**
# %%
import course
import math
import random

import matplotlib.pyplot as plt
import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import mlx_lm
import numpy as np
from course import figures, live, measure, measured, model, predict
from course.model import corpus
from mlx.utils import tree_flatten
from mlx_lm.models.cache import make_prompt_cache

# %% [markdown]
# This lesson takes a language model to pieces: the one inside the course, which reads meeting notes. (It is this one whatever `MLX_COURSE_MODEL` says.)
# %%
llama, tokenizer = model.load("notes")
llama.set_dtype(mx.float32)  # on a GPU too, so that small differences are differences
model.generate("Ana will send the report by Friday.\nWho sends the report?", name="notes")
# %% [markdown]
# ## A sentence, read backwards
# Attention is how one token learns of the others. Here it is with nothing around it: the last token compares itself with every token, makes weights of the comparisons that add up to 1, and takes the weighted mean.
# %%
def look_back(x):
    scores = x @ x[-1] / x.shape[1] ** 0.5
    return mx.softmax(scores) @ x


ids = tokenizer.encode("Ana asks Ben whether Cleo has paid the printer.")
x = llama.model.embed_tokens.weight[mx.array(ids)]
x.shape
# %% [markdown]
# One row for each token. Now everything before the full stop is read in reverse: printer the paid has Cleo whether Ben asks Ana. The full stop gets a row of 256 numbers both times. How many of them change?
# %%
predict("transformer.order", None, "of 256 numbers")
# %% tags=["claim:transformer.order"]
forwards = look_back(x)
backwards = look_back(mx.concatenate([x[:-1][::-1], x[-1:]]))
changed = (mx.abs(forwards - backwards) > 1e-5).sum().item()
changed
# %% tags=["nbval-ignore-output"]
measured("transformer.order", changed, "of 256 numbers")
# %% [markdown]
# None. A weighted mean has no order, so to attention a sentence is a bag of words: who asks whom is lost. Everything that a transformer knows about order has to be put in by hand, and further down you will see how.
#
# > **Keep this.** Attention moves numbers between tokens; nothing else in a transformer does. And it knows of no order.
#
# ## Text is bytes
# The model reads numbers from 0 to 1,535. A tokenizer makes them of text: it begins with bytes, and has learned which runs of bytes are frequent enough to have a number of their own.
# %%
[tokenizer.decode([token]) for token in ids]
# %% [markdown]
# Frequent words are one token, with the space before them; a rare name is spelled. And what was never seen at all, an emoji or a control character? It has bytes too:
# %% tags=["claim:transformer.bytes"]
odd = "Zoë: ok 👍\x07"
odd_ids = tokenizer.encode(odd, add_special_tokens=False)
len(odd), len(odd.encode()), len(odd_ids), tokenizer.decode(odd_ids) == odd
# %% [markdown]
# That many characters, that many bytes, that many tokens, and all of it comes back. One token of an emoji is no letter: it is decoded together with its neighbours or not at all.
#
# ## From numbers to rows
# A token's number chooses a row of a table, the embedding. From there to the end each token is a row of 256 numbers that the layers add to. At the end, each row is compared with every row of the same table: 1,536 dot products, the logits, one for each token that could come next.
#
# How many of the model's weights are in attention, do you think, with its queries, keys, values and output?
# %%
predict("transformer.attention_share", None, "% of the weights")
# %% tags=["claim:transformer.attention_share"]
parts = {"embedding": 0, "attention": 0, "MLP": 0, "norms": 0}
for name, weight in tree_flatten(llama.parameters()):
    where = name.split(".")
    kind = {"embed_tokens": "embedding", "self_attn": "attention", "mlp": "MLP"}
    parts[next((kind[part] for part in where if part in kind), "norms")] += weight.size
shares = {part: round(100 * size / sum(parts.values()), 1) for part, size in parts.items()}
sum(parts.values()), shares
# %% tags=["nbval-ignore-output"]
measured("transformer.attention_share", shares["attention"], "% of the weights")
# %% [markdown]
# Less than a quarter. Two thirds are in the MLPs, which look at one token at a time.
#
# ## Who may look where
# While it generates, a token has no successors. So in training, where the whole text is there, each token is kept from looking at those that come after it: their scores become minus infinity before the softmax, and their weights 0.
#
# Ten tokens go in, ten rows of logits come out, in one pass. Now the fifth token is replaced by another one. How many of the ten rows change?
# %%
predict("transformer.rows_changed", None, "of 10 rows")
# %%
ten = mx.array([ids[:10]])
other = mx.array([[*ids[:4], 500, *ids[5:10]]])
rows = mx.abs(llama(ten) - llama(other)).max(axis=-1)[0] > 1e-3
rows.astype(mx.int32).tolist()
# %% tags=["nbval-ignore-output"]
measured("transformer.rows_changed", rows.sum(), "of 10 rows")
# %% [markdown]
# Six: the fifth and all after it. What came before does not know of it. That is worth two things. One pass over a text of n tokens is n lessons in guessing the next one, because row l has seen only tokens 0 to l. And the past never changes, so whatever was computed for it can be kept.
#
# This is what a head looks at, in the model as it is. The keys and queries are those of the layer, rotated by their positions:
# %% tags=["nbval-ignore-output"]
def weights_of(layer, tokens):
    """(heads, L, L): how much each token looks at each other one, in one layer."""
    x = llama.model.embed_tokens(mx.array([tokens]))
    for before in llama.layers[:layer]:
        x = before(x, "causal")
    part = llama.layers[layer].self_attn
    x = llama.layers[layer].input_layernorm(x)
    B, L, _ = x.shape
    q = part.rope(part.q_proj(x).reshape(B, L, part.n_heads, -1).swapaxes(1, 2))
    k = part.rope(part.k_proj(x).reshape(B, L, part.n_kv_heads, -1).swapaxes(1, 2))
    k = mx.repeat(k, part.n_heads // part.n_kv_heads, axis=1)
    scores = mx.where(mx.tri(L) > 0, part.scale * q @ k.swapaxes(-1, -2), -mx.inf)
    return mx.softmax(scores, axis=-1)[0]


weights = np.array(weights_of(1, ids))
head = int(weights[:, 2:, 1:].max(axis=-1).mean(axis=-1).argmax())  # the most decided one
words = [tokenizer.decode([token]) for token in ids]
figure, axis = plt.subplots(figsize=(5, 5))
axis.imshow(weights[head], cmap="Blues")
axis.set_xticks(range(len(ids)), words, rotation=90, fontsize=7)
axis.set_yticks(range(len(ids)), words, fontsize=7)
axis.set_xlabel("is looked at")
axis.set_ylabel("looks")
said = ", ".join(f"{words[i]} at {words[weights[head][i].argmax()]}" for i in (2, 4, len(ids) - 1))
figures.show(
    figure,
    alt=f"Attention weights of head {head} in the second block, a lower triangle: nothing is right of "
    f"the diagonal. Most of all look, for instance: {said}.",
)
plt.close(figure)
# %% [markdown]
# The upper triangle is empty: that is the mask. Each row adds up to 1. Many heads of language models look one token back, whatever it is; does this one?
#
# In this model two query heads share one head of keys and values. It saves little arithmetic. It halves what has to be kept for each token, and you will see how much that is.
#
# ## Position: attention knows only differences
# A score by itself does not depend on where its two tokens stand. RoPE (rotary position embedding) adds that: before a query is multiplied with a key, both are rotated, each by an angle that grows with its token's position. The product of two rotated vectors depends on the difference of their angles. So a score depends on the difference of two positions:
# %% tags=["claim:transformer.rope_relative"]
mx.random.seed(0)
query, key = mx.random.normal((2, 1, 1, 1, 32))


def score(place_of_query, place_of_key, traditional=False):
    settings = dict(traditional=traditional, base=10000.0, scale=1.0)
    q = mx.fast.rope(query, 32, offset=place_of_query, **settings)
    k = mx.fast.rope(key, 32, offset=place_of_key, **settings)
    return round((q * k).sum().item(), 2)


score(9, 7), score(1009, 1007), score(9, 2)
# %% [markdown]
# Two positions apart give the same score, wherever they are; seven apart give another one. A single number can't be rotated, so RoPE rotates pairs. Which pairs is a matter of taste, and there are two tastes: neighbours (0 with 1, 2 with 3), as in the paper, and halves (0 with 16, 1 with 17), as in nearly all weights of today. Both know distances. What if the weights had one in mind and the code has the other?
# %% tags=["claim:transformer.rope_pairs"]
example = corpus.examples(1, seed=1, held_out=False)[0]
turns = [("user", example.prompt), ("assistant", example.answer)]
messages = [{"role": role, "content": content} for role, content in turns]
known = mx.array([tokenizer.apply_chat_template(messages)])


def loss_fn(model, tokens):
    logits = model(tokens[:, :-1])
    return nn.losses.cross_entropy(logits, tokens[:, 1:], reduction="mean")


def with_neighbours(function):
    try:
        for layer in llama.layers:
            layer.self_attn.rope.traditional = True
        return function()
    finally:
        for layer in llama.layers:
            layer.self_attn.rope.traditional = False


as_trained = loss_fn(llama, known).item()
neighbours = with_neighbours(lambda: loss_fn(llama, known).item())
round(as_trained, 1), round(neighbours, 1), neighbours > 1.5 * as_trained
# %% [markdown]
# Every shape fits, nothing fails, and the loss on a conversation of the kind that it was trained on is far worse. When a converted model talks nonsense, this is the first thing to look at. (mlx_lm reads `rope_traditional` in a config.json, and takes halves where there is none.)
#
# ## A block
# Two more parts make a block. RMSNorm divides each row by its own length, so that what a layer reads has the same size wherever it stands. The MLP looks at one row at a time. Around both goes a sum: what attention and MLP say is *added* to the row, and nothing that was there is overwritten.
#
# Here is a model of this kind, smaller than a Llama and simpler in two places: every query has a key of its own, and the MLP has a ReLU in place of a gate. In the exercises you will write the real one.
# %%
class Attention(nn.Module):
    def __init__(self, dims, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(dims, 3 * dims, bias=False)
        self.out = nn.Linear(dims, dims, bias=False)
        self.rope = nn.RoPE(dims // n_heads)

    def __call__(self, x):
        B, L, D = x.shape
        qkv = self.qkv(x).reshape(B, L, 3, self.n_heads, -1)
        q, k, v = qkv.transpose(2, 0, 3, 1, 4)  # each (B, heads, L, D / heads)
        q, k, scale = self.rope(q), self.rope(k), q.shape[-1] ** -0.5
        x = mx.fast.scaled_dot_product_attention(q, k, v, scale=scale, mask="causal")
        return self.out(x.swapaxes(1, 2).reshape(B, L, D))
# %%
class Block(nn.Module):
    def __init__(self, dims, n_heads):
        super().__init__()
        self.attention = Attention(dims, n_heads)
        self.up, self.down = nn.Linear(dims, 4 * dims), nn.Linear(4 * dims, dims)
        self.norm1, self.norm2 = nn.RMSNorm(dims), nn.RMSNorm(dims)

    def __call__(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.down(nn.relu(self.up(self.norm2(x))))
# %%
class Tiny(nn.Module):
    def __init__(self, vocabulary, dims=96, n_layers=2, n_heads=4):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, dims)
        self.embedding.weight = self.embedding.weight * dims**0.5  # rows of size 1, for the norms
        self.blocks = [Block(dims, n_heads) for _ in range(n_layers)]
        self.norm = nn.RMSNorm(dims)
        self.head = nn.Linear(dims, vocabulary, bias=False)

    def __call__(self, tokens):
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


mx.random.seed(0)
tiny = Tiny(llama.args.vocab_size)
sum(w.size for _, w in tree_flatten(tiny.parameters()))
# %% [markdown]
# ## Before the first step
# The notes are one long row of tokens, and a batch is a few windows of it, each one token longer than what is predicted: token l + 1 is the answer to row l.
#
# What loss will the untrained model begin with, having 1,536 tokens to choose from?
# %%
predict("transformer.first_loss", None, "nats")
# %%
def text_of(count, seed):
    rng = random.Random(seed)
    notes = (corpus.note(rng, most=4).text for _ in range(count))
    return np.array([token for text in notes for token in tokenizer.encode(text)])


def batch(tokens, rng, size=8, length=64):
    starts = rng.integers(0, len(tokens) - length - 1, size)
    return mx.array(np.stack([tokens[start : start + length + 1] for start in starts]))


training, held_out = text_of(1500, seed=0), text_of(60, seed=1)
windows = mx.array(held_out[: len(held_out) // 65 * 65].reshape(-1, 65))
first = loss_fn(tiny, windows).item()
round(first, 1), round(math.log(llama.args.vocab_size), 1)
# %% tags=["nbval-ignore-output"]
measured("transformer.first_loss", first, "nats")
# %% [markdown]
# Knowing nothing about V tokens costs log V, and this model's first guesses are nearly even. It is so for models that begin with small logits, and not by nature. Here the logits are dot products with the embedding itself, as in the built-in model, in which input and output share one table:
# %% tags=["claim:transformer.first_loss"]
def tied(tokens):
    x = tiny.embedding(tokens)
    for block in tiny.blocks:
        x = block(x)
    return tiny.embedding.as_linear(tiny.norm(x))


round(loss_fn(tied, windows).item() / math.log(llama.args.vocab_size), 1)
# %% [markdown]
# Twelve times log V. Such a model knows nothing and is sure of something: each row still resembles its own token most, so it expects every word twice. A first loss above log V asks what the model is so sure of.
#
# ## A short training
# It is lesson 05's loop, 250 times. What each window asks for at every token is the next one.
# %% tags=["nbval-ignore-output"]
def train(model, tokens, steps, rate=5e-3, seed=0):
    rng = np.random.default_rng(seed)
    warm_up = optim.linear_schedule(0.0, rate, 20)
    schedule = optim.join_schedules([warm_up, optim.cosine_decay(rate, steps, rate / 10)], [20])
    optimizer = optim.AdamW(learning_rate=schedule)
    loss_and_grad_fn = nn.value_and_grad(model, loss_fn)
    with live.loss_curve(steps) as show_loss:
        for _ in range(steps):
            loss, grads = loss_and_grad_fn(model, batch(tokens, rng))
            optimizer.update(model, grads)
            mx.eval(loss, model.parameters(), optimizer.state)
            show_loss(loss.item())


with measure.stopwatch() as watch:
    train(tiny, training, steps=250)
print(f"{watch.s:.0f} s")
# %% [markdown]
# Is the loss that it has reached a good one? Somebody who knows how often each token occurs, and nothing about what came before, has the loss of the frequencies:
# %% tags=["nbval-ignore-output"]
counts = np.bincount(training, minlength=llama.args.vocab_size) + 1
by_frequency = -np.log(counts / counts.sum())[held_out].mean()
after = loss_fn(tiny, windows).item()
assert after < by_frequency - 1
print(f"at first {first:.2f}, frequencies alone {by_frequency:.2f}, after training {after:.2f}")
# %% [markdown]
# The rest has come from looking back. It writes by itself, too: a token is drawn by the softmax of the last row, and put behind the text.
# %% tags=["nbval-ignore-output"]
mx.random.seed(1)
tokens = [tokenizer.bos_token_id]
for _ in range(60):
    logits = tiny(mx.array([tokens[-64:]]))[0, -1]
    tokens.append(mx.random.categorical(logits / 0.7).item())
print(tokenizer.decode(tokens, skip_special_tokens=True))
# %% [markdown]
# An office, dreamt. The built-in model is the same thing with seven times the weights, and was trained for longer.
#
# ## What the past costs
# The loop above reads the whole text again for every token. The past does not change, so its keys and values can be kept, and each step then reads one token. A prompt of 200 tokens, and 40 to write: how many times as long does it take without such a cache?
# %%
predict("transformer.cache_times", None, "times as long")
# %% tags=["nbval-ignore-output"]
prompt = training[:200].tolist()


def with_cache(steps=40):
    cache, tokens, step = make_prompt_cache(llama), [], prompt
    for _ in range(steps):
        step = [llama(mx.array([step]), cache=cache)[0, -1].argmax().item()]
        tokens += step
    return tokens


def without_cache(steps=40):
    tokens = []
    for _ in range(steps):
        tokens.append(llama(mx.array([prompt + tokens]))[0, -1].argmax().item())
    return tokens


slow, fast = (measure.time_call(f, repeat=1, warmup=0).best for f in (without_cache, with_cache))
measured("transformer.cache_times", slow / fast, "times as long")
# %% [markdown]
# A cache is not an approximation. The logits are the same but for rounding:
# %% tags=["claim:transformer.cache_exact"]
cache = make_prompt_cache(llama)
text = mx.array([prompt])
llama(text[:, :150], cache=cache)
kept, read_again = llama(text[:, 150:], cache=cache), llama(text)[:, 150:]
mx.abs(kept - read_again).max().item() < 1e-2 * mx.abs(read_again).max().item()
# %% [markdown]
# What does it hold? Keys and values, for each block and each key head:
# %% tags=["claim:transformer.grouped"]
args = llama.args
head_dim = args.hidden_size // args.num_attention_heads
floats = 2 * args.num_hidden_layers * args.num_key_value_heads * head_dim
held = sum(c.keys[..., 0, :].size + c.values[..., 0, :].size for c in cache)
floats, held, 2 * args.num_hidden_layers * args.num_attention_heads * head_dim
# %% [markdown]
# Numbers for one token: by arithmetic, by looking, and as it would be if every query head had a key head of its own.
#
# How such a cache is kept matters more than one thinks. Growing it by `mx.concatenate` gives the right numbers. But an array has the size it has, so one more token makes a new array and copies the old one. Written into room that was taken beforehand, MLX changes the array in place where nobody else holds it. Bytes that one more token takes, with 4,000 there:
# %% tags=["claim:transformer.concatenated"]
keys, new = mx.zeros((1, 4, 4000, 32)), mx.ones((1, 4, 1, 32))
room = mx.zeros((1, 4, 4096, 32))
mx.eval(keys, new, room)


def grow():
    return mx.concatenate([keys, new], axis=2)


def write():
    room[:, :, 4000:4001] = new
    return room


grown, written = measure.peak_memory(grow), measure.peak_memory(write)
grown >= keys.nbytes, written < keys.nbytes / 100
# %% [markdown]
# > **Keep this.** A KV cache takes 2 × layers × key heads × head size numbers a token, taken once and written in place.
#
# ## Quadratic, but when
# Every token looks at every token before it, so attention's scores cost the square of the length, and one reads that this is what makes long texts slow. Everything else costs the same for each token: two operations for each weight. For a Llama of 8 billion weights, 32 layers and a width of 4,096: how long must a text be for the scores, and the mixing of values by them, to cost as much as all the rest?
# %%
predict("transformer.quadratic", None, "tokens")
# %% tags=["claim:transformer.quadratic"]
def equal_at(weights, layers, dims):
    for_weights = 2 * weights  # a token
    for_each_key = 2 * 2 * layers * dims  # a token and a key: a score, and a share of a value
    return for_weights / for_each_key * 2  # on average a token sees half of the text


float(f"{equal_at(8e9, 32, 4096):.2g}")
# %% tags=["nbval-ignore-output"]
measured("transformer.quadratic", equal_at(8e9, 32, 4096), "tokens")
# %% [markdown]
# About 60,000 tokens. Below that it is the weights. (That is arithmetic, by the shape of Llama 3 8B; memory has its own word to say, in lesson 12.)
#
# ## Who is speaking
# The built-in model was trained on conversations, with marks that say who speaks. They are tokens like any others, and every chat model has its own. The tokenizer knows them:
# %%
question = [{"role": "user", "content": "Who sends the report?"}]
tokenizer.apply_chat_template(question, add_generation_prompt=True, tokenize=False)
# %% [markdown]
# Without them the model sees a text that begins in the middle and belongs to nobody:
# %% tags=["claim:transformer.template", "nbval-ignore-output"]
asked = example.prompt
print(asked, end="\n\n")
print("with marks:   ", model.generate(asked, name="notes"))
print("without marks:", mlx_lm.generate(llama, tokenizer, asked, max_tokens=24))
# %% [markdown]
# The first is what it was trained for. The second has to find out first whose turn it is.
#
# ## Yours
# The exercises build a Llama from its parts, each checked against MLX's own. The last one, `load_llama`, reads the weights that you have been looking at into your code. If every convention is right, its logits and its tokens are those of `mlx_lm`; if one is not, you will be told which. And then yours can be asked:
#
#     network = load_llama(model.directory("notes"))
#
#     def generate(ids):
#         cache = [kv_cache(512) for _ in network.layers]
#         return greedy(network, cache, ids, 64, tokenizer.eos_token_id)
#
#     ask(generate, tokenizer, "Ana will send the report by Friday.\nWho sends the report?")
#
# ## What to keep
# - Attention is a weighted mean over tokens. Order comes from RoPE, and only differences of positions count.
# - The mask works before the softmax. Because of it the past never changes, one pass trains every row, and a cache is exact.
# - A row is a sum that attention and MLP add to. Two thirds of the weights are in the MLPs.
# - The first loss is log V where logits begin small. Above it, the model is sure of something.
# - Right shapes prove nothing: half-split or neighbours, repeated or tiled, offset or none all fit. Compare numbers with something you trust.
#
# **Claims tested here:** transformer.order, transformer.bytes, transformer.attention_share, transformer.rope_relative, transformer.rope_pairs, transformer.first_loss, transformer.cache_exact, transformer.grouped, transformer.concatenated, transformer.quadratic, transformer.template.
