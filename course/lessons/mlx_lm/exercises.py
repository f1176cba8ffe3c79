"""Exercises of lesson 08, mlx_lm."""

import itertools
import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import mlx_lm
import numpy as np
from mlx.utils import tree_flatten
from mlx_lm.models import llama
from mlx_lm.models.cache import make_prompt_cache, trim_prompt_cache
from mlx_lm.sample_utils import make_sampler

import course.machine
import course.model
from course.exercise import exercise
from course.probe import fill_parameters, outcome

# --------------------------------------------------------------------------------------------------
chat_prompt = exercise(minutes=3, level=1)


@chat_prompt.solution
def _(tokenizer, question):
    """The tokens from which a chat model goes on with its answer.

    `tokenizer` is one that `mlx_lm.load` gives, with a chat template of its own, which you do not
    know; `question` is what a user says. Return a list of token ids: the conversation as the model
    was taught to read it, from its start up to the place where the answer begins.
    For the built-in model and "Who?" that is, as text, `<|start|><|user|>Who?<|assistant|>`.
    """
    messages = [{"role": "user", "content": question}]
    return tokenizer.apply_chat_template(messages, add_generation_prompt=True)


@chat_prompt.alternative
def _(tokenizer, question):
    message = dict(role="user", content=question)
    text = tokenizer.apply_chat_template([message], add_generation_prompt=True, tokenize=False)
    return mx.array(tokenizer.encode(text, add_special_tokens=False))


@chat_prompt.misconception(
    "raw_prompt_no_template",
    "The model would read {read}: the bare question. It will go on with something, because that is "
    "what a language model does with any text. But this one learned to answer behind certain "
    "marks, and nothing tells it that somebody has spoken and that it is its turn. What knows "
    "the marks?",
)
def _(tokenizer, question):
    return tokenizer.encode(question)


@chat_prompt.misconception(
    "double_bos",
    "The start token stands there {starts} times. The template writes it, and `encode` puts one in "
    "front of every text that it is given. Nothing fails, and the model sees a beginning that it "
    "was never trained on. Which of the two should leave it out?",
)
def _(tokenizer, question):
    messages = [{"role": "user", "content": question}]
    text = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    return tokenizer.encode(text)


@chat_prompt.misconception(
    "generation_prompt_forgotten",
    "It ends with the user's words. A model that goes on from there may add to the question, or "
    "first write the mark that stands before an answer. What can the template be asked to put at "
    "the end?",
)
def _(tokenizer, question):
    return tokenizer.apply_chat_template([{"role": "user", "content": question}])


@chat_prompt.misconception(
    "template_by_hand",
    "For one tokenizer it is right, and for the other you wrote {read}: the marks of the built-in "
    "model, which mean nothing to it. Each model brings its own. Where does it bring them?",
)
def _(tokenizer, question):
    return tokenizer.encode(f"<|user|>{question}<|assistant|>")


# How some families write a conversation, with this tokenizer's own tokens for start and end.
_TEMPLATES = (
    "{{ bos_token }}{% for m in messages %}# {{ m['role'] }}\n{{ m['content'] }}{{ eos_token }}\n"
    "{% endfor %}{% if add_generation_prompt %}# assistant\n{% endif %}",
    "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }} [end]"
    "{% endfor %}{% if add_generation_prompt %}[answer]{% endif %}",
)


def _tokenizer(template=None):
    extra = {"chat_template": template} if template else None
    return mlx_lm.utils.load_tokenizer(course.model.directory("notes"), extra)


@chat_prompt.use
def _(answer, rng):
    names = rng.permutation(["Ana", "Ben", "Cleo", "Dora"])
    question = f"{names[0]} will call {names[1]}. Who?"
    other = _tokenizer(_TEMPLATES[rng.integers(len(_TEMPLATES))])
    found = {}
    for name, tokenizer in (("built_in", _tokenizer()), ("read", other)):
        tokens = answer(tokenizer, question)
        text = isinstance(tokens, str)
        ids = [] if text else [int(token) for token in tokens]
        found[name] = f"text, not tokens: {tokens}" if text else tokenizer.decode(ids)
        found["starts"] = ids.count(tokenizer.bos_token_id)
    return found


chat_prompt.says(
    passed="One call, for every model there is.",
    built_in="With the built-in model's tokenizer, as text",
    read="With a tokenizer of another family, as text",
    starts="Start tokens",
)
chat_prompt.hints(
    "Who knows which marks this model was trained with?",
    "The tokenizer: `apply_chat_template` takes a list of messages and gives tokens.",
    'Messages are dicts with "role" and "content"; `add_generation_prompt=True` adds the mark '
    "behind which the answer stands.",
)

# --------------------------------------------------------------------------------------------------
sample_answers = exercise(minutes=5, level=1)


@sample_answers.solution
def _(model, tokenizer, prompt, count, temp):
    """Several answers to one prompt.

    `prompt` is a list of tokens. Return a list of `count` texts that the model says to it, of at
    most 8 tokens each, drawn independently at temperature `temp`; 0 means the likeliest token each
    time.
    For a model that always says "A", a count of 3 gives ["A", "A", "A"].
    """
    sampler = make_sampler(temp=temp)
    return [
        mlx_lm.generate(model, tokenizer, prompt, max_tokens=8, sampler=sampler)
        for _ in range(count)
    ]


@sample_answers.alternative
def _(model, tokenizer, prompt, count, temp):
    def sampler(logprobs):
        if temp == 0:
            return logprobs.argmax(axis=-1)
        return mx.random.categorical(logprobs / temp)

    answers = []
    while len(answers) < count:
        pieces = mlx_lm.stream_generate(model, tokenizer, prompt, 8, sampler=sampler)
        answers.append("".join(piece.text for piece in pieces))
    return answers


@sample_answers.alternative
def _(model, tokenizer, prompt, count, temp):
    said = mlx_lm.batch_generate(
        model, tokenizer, [prompt] * count, max_tokens=8, sampler=make_sampler(temp)
    )
    return said.texts


@sample_answers.misconception(
    "temp_kwarg",
    "`generate` has no `temp`, though many tutorials write it and old versions took it. It hands "
    "what it does not know to the function below, which refuses it. How a token is chosen is now "
    "a function of its own: what makes one?",
)
def _(model, tokenizer, prompt, count, temp):
    return [
        mlx_lm.generate(model, tokenizer, prompt, max_tokens=8, temp=temp) for _ in range(count)
    ]


@sample_answers.misconception(
    "temperature_kwarg",
    "`generate` has no `temperature`; that is how other libraries call it, mlx_vlm among them. It "
    "hands what it does not know to the function below, which refuses it. How a token is chosen is "
    "a function of its own here: what makes one?",
)
def _(model, tokenizer, prompt, count, temp):
    return [
        mlx_lm.generate(model, tokenizer, prompt, max_tokens=8, temperature=temp)
        for _ in range(count)
    ]


@sample_answers.misconception(
    "greedy_by_default",
    "At temperature 1 all your answers are {hot}, and there should be {hot:expected}. Without a "
    "sampler mlx_lm takes the likeliest token every time, so there was nothing to draw. Where "
    "does the temperature go?",
)
def _(model, tokenizer, prompt, count, temp):
    return [mlx_lm.generate(model, tokenizer, prompt, max_tokens=8) for _ in range(count)]


@sample_answers.misconception(
    "one_draw_repeated",
    "All your answers at temperature 1 are {hot}. One was drawn and handed out again and again; "
    "setting the random seed before each of them does the same. How often do you call the model?",
)
def _(model, tokenizer, prompt, count, temp):
    sampler = make_sampler(temp=temp)
    return [mlx_lm.generate(model, tokenizer, prompt, max_tokens=8, sampler=sampler)] * count


@sample_answers.misconception(
    "one_for_all_temperatures",
    "At a temperature of 0.005 your answers are {cold}, where one is more than a million times as "
    "likely as any other: the temperature that you were given takes no part.",
)
def _(model, tokenizer, prompt, count, temp):
    sampler = make_sampler(temp=float(temp > 0))
    return [
        mlx_lm.generate(model, tokenizer, prompt, max_tokens=8, sampler=sampler)
        for _ in range(count)
    ]


@contextmanager
def _uncompiled():
    """On a CPU a kernel takes g++ seconds, and what is asked here takes none."""
    compiles = course.machine.compiles()
    mx.disable_compile()
    try:
        yield
    finally:
        if compiles:
            mx.enable_compile()


class _Dice(nn.Module):
    """A language model that says one of a few words, whatever it has read, and then the end."""

    def __init__(self, words, logits, end, size):
        super().__init__()
        self.layers = [nn.Module()]
        self._words = mx.array(words)
        self._first = mx.full((size,), -30.0).at[self._words].add(mx.array(logits) + 30.0)
        self._end = mx.where(mx.arange(size) == end, 0.0, -30.0)

    def __call__(self, inputs, cache=None):
        if cache is not None:  # so that a cache has something to keep
            B, L = inputs.shape
            cache[0].update_and_fetch(mx.zeros((B, 1, L, 1)), mx.zeros((B, 1, L, 1)))
        said = (inputs[..., None] == self._words).any(axis=-1, keepdims=True)
        return mx.where(said, self._end, self._first)


@sample_answers.use
def _(answer, rng):
    tokenizer = _tokenizer()
    letters = "".join(rng.permutation(list("ABCDEFGH"))[:3])
    words = [tokenizer.convert_tokens_to_ids(letter) for letter in letters]
    model = _Dice(words, [0.3, 0.2, 0.1], tokenizer.eos_token_id, len(tokenizer))
    prompt = [tokenizer.bos_token_id, int(rng.integers(300, 600))]

    def said(count, temp):
        answers = [str(text) for text in answer(model, tokenizer, prompt, count, temp)]
        return len(answers), answers[0] if len(set(answers)) == 1 else "several texts"

    with _uncompiled():
        count, hot = said(15, 1.0)
        _, cold = said(8, 0.005)
        _, greedy = said(2, 0.0)
    return {"count": count, "hot": hot, "cold": cold, "greedy": greedy}


sample_answers.says(
    passed="The same sampler goes into generate, stream_generate and batch_generate.",
    count="Number of answers",
    hot="Answers at temperature 1",
    cold="Answers at temperature 0.005",
    greedy="Answers at temperature 0",
)
sample_answers.hints(
    "What does `mlx_lm.generate` do when it is told nothing about choosing a token?",
    "It takes the likeliest. `mlx_lm.sample_utils` makes functions that choose otherwise.",
    "`sampler=make_sampler(temp=temp)`, handed to `mlx_lm.generate` together with `max_tokens=8`, "
    "`count` times.",
)

# --------------------------------------------------------------------------------------------------
stream_pieces = exercise(minutes=5, level=1)


@stream_pieces.solution
def _(tokenizer, tokens):
    """Text as it comes, one piece for each token.

    `tokens` gives token ids one after the other, each as soon as a model has made it. Yield for
    each of them, before the next is asked for, the text that is complete with it; that may be "".
    A piece never holds a part of a character. After the last token yield one piece more: what is
    left, as `tokenizer.decode` shows it. All pieces together are `tokenizer.decode` of all tokens.
    For the two tokens that make up an "é" the pieces are "", "é" and "".
    """
    detokenizer = tokenizer.detokenizer
    for token in tokens:
        detokenizer.add_token(token)
        yield detokenizer.last_segment
    detokenizer.finalize()
    yield detokenizer.last_segment


@stream_pieces.alternative
def _(tokenizer, tokens):
    so_far, given = [], ""
    for token in tokens:
        so_far.append(token)
        text = tokenizer.decode(so_far)
        if text.endswith("\N{REPLACEMENT CHARACTER}"):
            yield ""
        else:
            yield text[len(given) :]
            given = text
    yield tokenizer.decode(so_far)[len(given) :]


@stream_pieces.misconception(
    "token_by_token",
    "Each token was decoded by itself: {text}. In a byte-level vocabulary a character such as ë or "
    "東 can be two or three tokens, none of them a character. In English one never sees it. What "
    "has to be remembered from one token to the next?",
)
def _(tokenizer, tokens):
    for token in tokens:
        yield tokenizer.decode([token])
    yield ""


@stream_pieces.misconception(
    "rest_forgotten",
    "When the tokens end within a character, as they do where max_tokens cuts, something is still "
    "held back, and you never ask for it: the pieces make {cut}. What tells a detokenizer that "
    "nothing more will come?",
)
def _(tokenizer, tokens):
    detokenizer = tokenizer.detokenizer
    for token in tokens:
        detokenizer.add_token(token)
        yield detokenizer.last_segment
    yield ""


@stream_pieces.misconception(
    "all_then_pieces",
    "The pieces are right and come too late: when the first one was given out, {pulled} tokens had "
    "been asked for. A reader would have looked at an empty screen until the end. Where does a "
    "piece leave your function?",
)
def _(tokenizer, tokens):
    detokenizer = tokenizer.detokenizer
    pieces = []
    for token in tokens:
        detokenizer.add_token(token)
        pieces.append(detokenizer.last_segment)
    detokenizer.finalize()
    return [*pieces, detokenizer.last_segment]


@stream_pieces.misconception(
    "half_characters_out",
    "You decode all tokens so far and give out what is new, which is nearly it. While a character "
    "is incomplete the text ends in \N{REPLACEMENT CHARACTER}, and that went out and was counted "
    "as said: {text}. What should happen to a text that ends so?",
)
def _(tokenizer, tokens):
    so_far, given = [], ""
    for token in tokens:
        so_far.append(token)
        text = tokenizer.decode(so_far)
        yield text[len(given) :]
        given = text
    yield ""


# Nothing but a space is held back differently by different tokenizers, so there is none.
_TEXTS = ("Zoë:東京,naïve", "tschüß—Łódź,京", "30€,Ångström:東", "naïveté:🚀,ß")


@stream_pieces.use
def _(answer, rng):
    tokenizer = _tokenizer()
    text = str(rng.choice(_TEXTS))
    ids = tokenizer.encode(text, add_special_tokens=False)
    cut = tokenizer.encode("ab" + text[0] + "京", add_special_tokens=False)[:-1]
    asked = []

    def stream(ids):
        for token in ids:
            asked.append(token)
            yield token

    pieces = iter(answer(tokenizer, stream(ids)))
    first = next(pieces)
    pulled = len(asked)
    every = [first, *pieces]
    return {
        "text": "".join(every),
        "pieces": " | ".join(every),
        "cut": "".join(answer(tokenizer, stream(cut))),
        "pulled": pulled,
    }


stream_pieces.says(
    passed="Nobody will ever see half a character of yours.",
    text="All pieces together",
    pieces="The pieces",
    cut="All pieces together, where the last character was cut",
    pulled="Tokens asked for when the first piece came",
)
stream_pieces.hints(
    "How many tokens does an ë take, and what is the first of them alone?",
    "`tokenizer.detokenizer` gives an object that remembers unfinished bytes. It has `add_token`, "
    "`last_segment` and `finalize`.",
    "In the loop `add_token(token)` and `yield detokenizer.last_segment`; after it `finalize()` "
    "and one more `yield`.",
)

# --------------------------------------------------------------------------------------------------
throughput = exercise(minutes=5, level=1)


@throughput.solution
def _(stream, clock):
    """How long until something comes, and how fast it comes then.

    `stream` gives tokens as a model makes them, at least two; it works only while it is asked.
    `clock()` gives a time in seconds. Return the pair (wait, rate). `wait` is the number of seconds
    from before the first token is asked for until it is there; `rate` is tokens a second from the
    first token to the last, the first one not counted.
    If the first token comes after 2 s and then one at 2.5 s and one at 3 s, the answer is (2, 2).
    """
    start, times = clock(), []
    for _ in stream:
        times.append(clock())
    return times[0] - start, (len(times) - 1) / (times[-1] - times[0])


@throughput.alternative
def _(stream, clock):
    begin = clock()
    tokens = iter(stream)
    next(tokens)
    first = last = clock()
    count = 0
    for _ in tokens:
        count, last = count + 1, clock()
    return [first - begin, count / (last - first)]


@throughput.misconception(
    "prefill_in_the_rate",
    "Your rate is {rate} tokens a second, and {rate:expected} is right: all tokens were divided by "
    "all seconds, the wait for the first included. The wait is the prompt being read. With a long "
    "prompt and a short answer such a figure says more about the prompt than about the model.",
)
def _(stream, clock):
    start, first, count = clock(), None, 0
    for _ in stream:
        count += 1
        first = first or clock()
        last = clock()
    return first - start, count / (last - start)


@throughput.misconception(
    "first_token_counted",
    "Your rate is {rate} instead of {rate:expected}: n tokens were divided by the time between the "
    "first and the last, in which n - 1 were made. Fence posts and fence.",
)
def _(stream, clock):
    start, times = clock(), []
    for _ in stream:
        times.append(clock())
    return times[0] - start, len(times) / (times[-1] - times[0])


@throughput.misconception(
    "mean_of_rates",
    "You took a rate for each token and the mean of them: {rate} instead of {rate:expected}. Fast "
    "tokens then count as much as slow ones, although less time was spent on them. Distance by "
    "time is what a speed is.",
)
def _(stream, clock):
    start, times = clock(), []
    for _ in stream:
        times.append(clock())
    rates = [1 / (b - a) for a, b in itertools.pairwise(times)]
    return times[0] - start, sum(rates) / len(rates)


@throughput.misconception(
    "collected_first",
    "The wait you return is {wait} s, and the first token was there after {wait:expected} s. The "
    "stream was collected into a list before anything was timed, and a list is there when its last "
    "token is.",
)
def _(stream, clock):
    start = clock()
    tokens = list(stream)
    end = clock()
    return end - start, len(tokens) / (end - start)


@throughput.misconception(
    "until_the_stream_closes",
    "The rate is {rate} instead of {rate:expected}: you looked at the clock when the stream had "
    "ended. It may do something after its last token; look when each token comes.",
)
def _(stream, clock):
    start, first, count = clock(), None, 0
    for _ in stream:
        count += 1
        first = first or clock()
    return first - start, (count - 1) / (clock() - first)


@throughput.use(wait="reduction", rate="reduction")
def _(answer, rng):
    now = float(rng.uniform(10, 20))
    waits = [float(rng.uniform(2, 4)), *rng.uniform(0.02, 0.2, size=int(rng.integers(6, 12)))]

    def stream():
        nonlocal now
        for i, seconds in enumerate(waits):
            now += float(seconds)
            yield 100 + i
        now += 0.5

    wait, rate = answer(stream(), lambda: now)
    return {"wait": float(wait), "rate": float(rate)}


throughput.says(
    passed="Two numbers: one is the prompt's, the other is the model's.",
    wait="Seconds until the first token",
    rate="Tokens a second after it",
)
throughput.hints(
    "At which moments do you have to look at the clock?",
    "Before the first token is asked for, when it is there, and when the last one is there. "
    "Between the last two, how many tokens were made?",
    "Keep `clock()` for every token in a list `times`: the rate is `(len(times) - 1)` by "
    "`times[-1] - times[0]`.",
)

# --------------------------------------------------------------------------------------------------
sampling_distribution = exercise(minutes=10, level=2)


@sampling_distribution.solution
def _(logits, temp, top_p=1.0, min_p=0.0):
    """How likely each token is to be drawn, under the settings that every server offers.

    `logits` has shape (V,), float32. Return float32 of the same shape, adding up to 1.
    `top_p` and `min_p` look at the model's own probabilities, those at temperature 1. `top_p` keeps
    the likeliest tokens, as few as it takes to reach a total of `top_p`; `min_p` keeps those with
    at least `min_p` times the probability of the likeliest. Only what both keep is ever drawn.
    Among these the temperature decides: logits are divided by `temp`. At 0 it is the likeliest
    token and no other.
    For probabilities 0.5, 0.3, 0.2, a temperature of 1 and a top_p of 0.7 the answer is 0.625,
    0.375, 0.
    """
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    probs = mx.softmax(logits)
    order = mx.argsort(-probs)
    likelier = (mx.cumsum(probs[order]) - probs[order])[mx.argsort(order)]
    keep = (likelier < top_p) & (probs >= min_p * probs.max())
    return mx.softmax(mx.where(keep, logits / temp, -mx.inf))


@sampling_distribution.alternative
def _(logits, temp, top_p=1.0, min_p=0.0):
    scores = np.array(logits, np.float64)
    if not temp:
        return mx.array(np.eye(len(scores), dtype=np.float32)[scores.argmax()])
    probs = np.exp(scores - scores.max())
    probs /= probs.sum()
    kept, total = [], 0.0
    for i in probs.argsort()[::-1]:
        if total >= top_p or probs[i] < min_p * probs.max():
            break
        kept.append(i)
        total += probs[i]
    weights = np.zeros_like(probs)
    weights[kept] = probs[kept] ** (1 / temp)
    return mx.array((weights / weights.sum()).astype(np.float32))


def _kept(probs, top_p, min_p):
    """What top-p and min-p keep of some probabilities."""
    order = mx.argsort(-probs)
    likelier = (mx.cumsum(probs[order]) - probs[order])[mx.argsort(order)]
    return (likelier < top_p) & (probs >= min_p * probs.max())


@sampling_distribution.misconception(
    "temperature_zero_divides",
    "At temperature 0 nothing is left but nan. Dividing by the temperature has no meaning "
    "there: 0 is a name for another rule, and every library treats it by itself. Which token is "
    "left when a temperature goes to 0?",
)
def _(logits, temp, top_p=1.0, min_p=0.0):
    keep = _kept(mx.softmax(logits), top_p, min_p)
    return mx.softmax(mx.where(keep, logits / temp, -mx.inf))


@sampling_distribution.misconception(
    "temperature_multiplies",
    "A high temperature makes your distribution sharper and a low one flatter: the logits were "
    "multiplied by it. Hot should mean that unlikely things happen.",
)
def _(logits, temp, top_p=1.0, min_p=0.0):
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    keep = _kept(mx.softmax(logits), top_p, min_p)
    return mx.softmax(mx.where(keep, logits * temp, -mx.inf))


@sampling_distribution.misconception(
    "top_p_loses_the_crosser",
    "With top_p you keep {few} tokens, and should keep {few:expected}. The token with which the "
    "total reaches `top_p` belongs to them; without it the total stays below, and where the first "
    "token is likelier than `top_p`, nothing at all is left.",
)
def _(logits, temp, top_p=1.0, min_p=0.0):
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    probs = mx.softmax(logits)
    order = mx.argsort(-probs)
    total = mx.cumsum(probs[order])[mx.argsort(order)]
    keep = ((total <= top_p) | (top_p == 1.0)) & (probs >= min_p * probs.max())
    return mx.softmax(mx.where(keep, logits / temp, -mx.inf))


@sampling_distribution.misconception(
    "min_p_absolute",
    "`min_p` was taken as a probability that a token must have. It is a share of the likeliest "
    "token's: where the model is sure it cuts much, and where it is not, little. That is its "
    "point, and what top-p cannot do.",
)
def _(logits, temp, top_p=1.0, min_p=0.0):
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    probs = mx.softmax(logits)
    keep = _kept(probs, top_p, 0.0) & (probs >= min_p)
    return mx.softmax(mx.where(keep, logits / temp, -mx.inf))


@sampling_distribution.misconception(
    "temperature_first",
    "The temperature came before the filters, so they saw other probabilities than the model's: "
    "{few} tokens are left, and should be {few:expected}. Some libraries do it in that order; "
    "here, and in mlx_lm, what is kept does not depend on the temperature.",
)
def _(logits, temp, top_p=1.0, min_p=0.0):
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    keep = _kept(mx.softmax(logits / temp), top_p, min_p)
    return mx.softmax(mx.where(keep, logits / temp, -mx.inf))


@sampling_distribution.misconception(
    "not_made_whole",
    "What is kept adds up to less than 1: the probabilities of what was dropped are missing. "
    "Dividing by what is left gives it to the others.",
)
def _(logits, temp, top_p=1.0, min_p=0.0):
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    return mx.where(_kept(mx.softmax(logits), top_p, min_p), mx.softmax(logits / temp), 0.0)


@sampling_distribution.use(
    greedy="reduction", warm="reduction", nucleus="reduction", floor="reduction", both="reduction"
)
def _(answer, rng):
    logits = np.sort(rng.normal(0, 1.2, size=8))[::-1] - 0.15 * np.arange(8)
    order = rng.permutation(8)
    if order[0] == 0:  # an argmax over nan is 0
        order = order[::-1]
    logits = mx.array(logits[order].astype(np.float32))
    nucleus = answer(logits, 1.8, top_p=0.8)
    return {
        "greedy": answer(logits, 0.0),
        "likeliest": int(mx.argmax(answer(logits, 0.0))),
        "warm": answer(logits, 2.0),
        "nucleus": nucleus,
        "few": int((nucleus > 0).sum()),
        "floor": answer(logits, 0.5, min_p=0.3),
        "both": answer(logits, 1.5, top_p=0.9, min_p=0.1),
    }


sampling_distribution.says(
    passed="These are the numbers behind the sliders of every chat program.",
    greedy="At temperature 0",
    likeliest="The likeliest token at temperature 0",
    warm="At temperature 2",
    nucleus="At temperature 1.8 with a top_p of 0.8",
    few="How many tokens a top_p of 0.8 leaves",
    floor="At temperature 0.5 with a min_p of 0.3",
    both="With a top_p of 0.9 and a min_p of 0.1 at temperature 1.5",
)
sampling_distribution.hints(
    "Which probabilities do the two filters look at, and which are drawn from?",
    "Sort the probabilities at temperature 1. A token stays while the total of those likelier than "
    "it has not reached `top_p`. What goes gets a logit of minus infinity.",
    "`keep` from `mx.softmax(logits)`, then `mx.softmax(mx.where(keep, logits / temp, -mx.inf))`; "
    "temperature 0 is a case of its own.",
)

# --------------------------------------------------------------------------------------------------
one_of = exercise(minutes=12, level=3)


@one_of.solution
def _(tokenizer, choices):
    """A logits processor that makes a model's answer one of several texts.

    `choices` is a list of strings. Return a function `process(tokens, logits)` for `mlx_lm`'s
    `logits_processors`: `tokens` holds all tokens so far, first the prompt and then the answer;
    `logits` has shape (1, V), for the token that comes next. It is made anew for each answer, and
    is called first when there is only the prompt. Return logits of the same shape in which every
    token has minus infinity unless with it the answer can still become one of `choices`; the logits
    of the others stay as they are. Each choice is tokenized by itself, without a start token, and
    ends with the tokenizer's end token. Once more it is called after the end; what you return then
    does not matter, and it must not fail.
    For ["yes", "no"] the first token is that of "yes" or of "no", whatever the model prefers.
    """
    end = tokenizer.eos_token_id
    wanted = [[*tokenizer.encode(text, add_special_tokens=False), end] for text in choices]
    begin = None

    def process(tokens, logits):
        nonlocal begin
        begin = len(tokens) if begin is None else begin
        said = tokens[begin:].tolist()
        n = len(said)
        allowed = [ids[n] for ids in wanted if ids[:n] == said and len(ids) > n]
        masked = mx.full(logits.shape, -mx.inf, logits.dtype)
        if allowed:
            masked[:, mx.array(allowed)] = logits[:, mx.array(allowed)]
        return masked

    return process


@one_of.alternative
class _:
    def __init__(self, tokenizer, choices):
        end = tokenizer.eos_token_id
        self.left = [[*tokenizer.encode(c, add_special_tokens=False), end] for c in choices]
        self.started = False

    def __call__(self, tokens, logits):
        if self.started:
            last = tokens[-1].item()
            self.left = [ids[1:] for ids in self.left if ids and ids[0] == last]
        self.started = True
        first = {ids[0] for ids in self.left if ids}
        bias = np.full(logits.shape[-1], -np.inf, np.float32)
        bias[list(first)] = 0
        return logits + mx.array(bias) if first else logits


@one_of.misconception(
    "no_end",
    "Once a choice is said nothing may follow it but the end, and the end is never allowed: "
    "{said}. A model cannot stop when the token that stops it is forbidden.",
)
def _(tokenizer, choices):
    wanted = [tokenizer.encode(text, add_special_tokens=False) for text in choices]
    begin = None

    def process(tokens, logits):
        nonlocal begin
        begin = len(tokens) if begin is None else begin
        said = tokens[begin:].tolist()
        n = len(said)
        allowed = [ids[n] for ids in wanted if ids[:n] == said and len(ids) > n]
        if not allowed:
            return logits
        masked = mx.full(logits.shape, -mx.inf)
        masked[:, mx.array(allowed)] = logits[:, mx.array(allowed)]
        return masked

    return process


@one_of.misconception(
    "prompt_is_no_answer",
    "The answers came out as if nothing had been forbidden: {said}. `tokens` begins with the "
    "prompt, and no choice begins with that, so nothing matched. How can the processor know where "
    "the answer starts?",
)
def _(tokenizer, choices):
    end = tokenizer.eos_token_id
    wanted = [[*tokenizer.encode(text, add_special_tokens=False), end] for text in choices]

    def process(tokens, logits):
        said = tokens.tolist()
        n = len(said)
        allowed = [ids[n] for ids in wanted if ids[:n] == said and len(ids) > n]
        if not allowed:
            return logits
        masked = mx.full(logits.shape, -mx.inf)
        masked[:, mx.array(allowed)] = logits[:, mx.array(allowed)]
        return masked

    return process


@one_of.misconception(
    "zero_is_no_ban",
    "The tokens that you forbid have a logit of 0, and 0 is an ordinary logit: it beats every "
    "negative one. The answers are {said}. What is the logit of something impossible?",
)
def _(tokenizer, choices):
    end = tokenizer.eos_token_id
    wanted = [[*tokenizer.encode(text, add_special_tokens=False), end] for text in choices]
    begin = None

    def process(tokens, logits):
        nonlocal begin
        begin = len(tokens) if begin is None else begin
        said = tokens[begin:].tolist()
        n = len(said)
        allowed = [ids[n] for ids in wanted if ids[:n] == said and len(ids) > n]
        masked = mx.zeros(logits.shape)
        if allowed:
            masked[:, mx.array(allowed)] = logits[:, mx.array(allowed)]
        return masked

    return process


@one_of.misconception(
    "start_token_in_the_choice",
    "The first token that you allow is {first}: the start token. `encode` puts it in front of any "
    "text unless told not to, and a choice stands in the middle of a conversation.",
)
def _(tokenizer, choices):
    end = tokenizer.eos_token_id
    wanted = [[*tokenizer.encode(text), end] for text in choices]
    begin = None

    def process(tokens, logits):
        nonlocal begin
        begin = len(tokens) if begin is None else begin
        said = tokens[begin:].tolist()
        n = len(said)
        allowed = [ids[n] for ids in wanted if ids[:n] == said and len(ids) > n]
        masked = mx.full(logits.shape, -mx.inf)
        if allowed:
            masked[:, mx.array(allowed)] = logits[:, mx.array(allowed)]
        return masked

    return process


@one_of.misconception(
    "first_token_only",
    "The first token is one that a choice begins with, and then the model says what it likes: "
    "{said}. The processor is called for every token; what may come depends on what was said.",
)
def _(tokenizer, choices):
    firsts = [tokenizer.encode(text, add_special_tokens=False)[0] for text in choices]
    begin = None

    def process(tokens, logits):
        nonlocal begin
        begin = len(tokens) if begin is None else begin
        if len(tokens) > begin:
            return logits
        masked = mx.full(logits.shape, -mx.inf)
        masked[:, mx.array(firsts)] = logits[:, mx.array(firsts)]
        return masked

    return process


@one_of.misconception(
    "the_longer_one_wins",
    'One choice begins like another, as "yes" and "yes, please" do, and with you the shorter one '
    "can never be the answer: {said}. Where a choice is complete, the end is one of two ways on.",
)
def _(tokenizer, choices):
    end = tokenizer.eos_token_id
    wanted = [tokenizer.encode(text, add_special_tokens=False) for text in choices]
    begin = None

    def process(tokens, logits):
        nonlocal begin
        begin = len(tokens) if begin is None else begin
        said = tokens[begin:].tolist()
        n = len(said)
        allowed = [ids[n] for ids in wanted if ids[:n] == said and len(ids) > n] or [end]
        masked = mx.full(logits.shape, -mx.inf)
        masked[:, mx.array(allowed)] = logits[:, mx.array(allowed)]
        return masked

    return process


def _say(process, tokenizer, rows):
    """The answer that comes of some rows of logits, greedily, and whether it ended by itself."""
    tokens = [tokenizer.bos_token_id, 300, 301]
    for i, row in enumerate(rows):
        logits = process(mx.array(tokens), mx.array(row)[None])
        tokens.append(int(logits[0].argmax()))
        if tokens[-1] == tokenizer.eos_token_id:
            mx.eval(process(mx.array(tokens), mx.array(row)[None]))
            return tokenizer.decode(tokens[3 : 3 + i]) + "."
    return tokenizer.decode(tokens[3:]) + " …"


@one_of.use(left="reading")
def _(answer, rng):
    tokenizer = _tokenizer()
    size = len(tokenizer)
    choices = [str(text) for text in rng.permutation(["yes", "yes, please", "no", "not now"])]
    ids = [tokenizer.encode(text, add_special_tokens=False) for text in choices]
    rows = rng.normal(-1, 1, size=(10, 6, size)).astype(np.float32)
    for turn, row in enumerate(rows):  # each is the favourite now and then, and so is the end
        row[:, ids[turn % 4]] += 1
        row[:, tokenizer.eos_token_id] = row[:, ids[turn % 4]].mean(axis=1) + (turn % 3 - 1)
    said = [_say(answer(tokenizer, list(choices)), tokenizer, row) for row in rows]
    first = answer(tokenizer, list(choices))(mx.array([1, 300, 301]), mx.array(rows[0, :1]))
    open_ = [i for i, logit in enumerate(first[0].tolist()) if logit > -np.inf]
    model = _Dice([ids[0][0]], [1.0], tokenizer.eos_token_id, size)
    out = mlx_lm.stream_generate(
        model, tokenizer, [1, 300], 12, logits_processors=[answer(tokenizer, [choices[0]])]
    )
    return {
        "said": " / ".join(said[:3]),
        "others": " / ".join(said[3:]),
        "first": ", ".join(tokenizer.convert_ids_to_tokens(open_[:6])),
        "left": len(open_),
        "shape": str(first.shape),
        "kept": mx.array([first[0, i].item() for i in sorted({one[0] for one in ids})]),
        "whole": "".join(piece.text for piece in out),
    }


one_of.says(
    passed="Forcing a date, a number or JSON is the same idea with a larger set of ways on.",
    said="What three random models answer",
    others="What seven others answer",
    first="Tokens that may come first",
    left="Number of tokens that may come first",
    shape="Shape of the logits",
    kept="Logits of the first tokens of the choices",
    whole="With mlx_lm and one choice",
)
one_of.hints(
    "At any moment, what do you have to know to say which tokens may come next?",
    "The answer so far: all tokens after those of the first call. A choice is still possible if "
    "its tokens begin with these. Its next token is allowed, and after its last token the end.",
    "`said = tokens[begin:].tolist()`; for each list of ids with `ids[:len(said)] == said` allow "
    "`ids[len(said)]`; the end token is the last of each list.",
)

# --------------------------------------------------------------------------------------------------
kv_cache_bytes = exercise(minutes=6, level=1)


@kv_cache_bytes.solution
def _(config, tokens, bits=16, group_size=64, window=None):
    """How many bytes the keys and values of one conversation take.

    `config` is a model's config.json as a dict. Each layer keeps, for every token, a key and a
    value of `head_dim` numbers for each of its key-value heads, `num_key_value_heads`. Where
    config.json does not name one of the two, there are as many key-value heads as heads, and
    `head_dim` is `hidden_size` over the number of heads.
    A number takes 2 bytes. With `bits` below 16 it takes so many bits, and each `group_size`
    numbers share a scale and a bias of 2 bytes each. With `window` at most so many tokens are kept.
    Return an int.
    For Llama 3.1 8B (32 layers, 32 heads, 8 key-value heads, hidden size 4,096) and 8,192 tokens it
    is 1,073,741,824.
    """
    heads = config["num_attention_heads"]
    kv_heads = config.get("num_key_value_heads", heads)
    head_dim = config.get("head_dim", config["hidden_size"] // heads)
    numbers = 2 * config["num_hidden_layers"] * kv_heads * head_dim
    numbers *= min(tokens, window or tokens)
    return numbers * 2 if bits == 16 else numbers * bits // 8 + numbers // group_size * 4


@kv_cache_bytes.alternative
def _(config, tokens, bits=16, group_size=64, window=None):
    heads = config["num_attention_heads"]
    head_dim = config.get("head_dim") or config["hidden_size"] / heads
    per_number = bits + (0 if bits == 16 else 32 / group_size)
    kept = tokens if window is None else min(window, tokens)
    per_token = 2 * (config.get("num_key_value_heads") or heads) * head_dim * per_number / 8
    return round(config["num_hidden_layers"] * kept * per_token)


def _kv_bytes(config, tokens, bits, group_size, window, kv_heads=None, head_dim=None, parts=2):
    heads = config["num_attention_heads"]
    kv_heads = kv_heads or config.get("num_key_value_heads", heads)
    head_dim = head_dim or config.get("head_dim", config["hidden_size"] // heads)
    numbers = parts * config["num_hidden_layers"] * kv_heads * head_dim
    numbers *= min(tokens, window or tokens)
    return numbers * 2 if bits == 16 else numbers * bits // 8 + numbers // group_size * 4


@kv_cache_bytes.misconception(
    "all_heads",
    "For the 8B model you have {llama} bytes, and it is {llama:expected}: every head was given "
    "keys and values of its own. In most models today several heads share them, and that is why "
    "config.json has a number for it.",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kv_bytes(config, tokens, bits, group_size, window, config["num_attention_heads"])


@kv_cache_bytes.misconception(
    "keys_only",
    "You have half of it: {llama} bytes for the 8B model. What is looked up by the keys is kept "
    "too.",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kv_bytes(config, tokens, bits, group_size, window, parts=1)


@kv_cache_bytes.misconception(
    "head_dim_from_the_width",
    "`head_dim` was computed although config.json names it: {wide} bytes, and it is "
    "{wide:expected}. In newer models the heads together may be wider than the model.",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    head_dim = config["hidden_size"] // config["num_attention_heads"]
    return _kv_bytes(config, tokens, bits, group_size, window, head_dim=head_dim)


@kv_cache_bytes.misconception(
    "scales_are_free",
    "At 4 bits you have {four} bytes, and it is {four:expected}. The scales and biases are "
    "missing: with groups of 64 they add half a bit to every number.",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kv_bytes(config, tokens, 16, group_size, window) * bits // 16


@kv_cache_bytes.misconception(
    "window_forgotten",
    "The window changes nothing with you: {window} bytes. A cache that rotates writes the newest "
    "token over an old one once it is full.",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kv_bytes(config, tokens, bits, group_size, None)


@kv_cache_bytes.use
def _(answer, rng):
    llama_8b = {
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "hidden_size": 4096,
    }
    wide = {**llama_8b, "hidden_size": 1024, "num_attention_heads": 16, "head_dim": 128}
    old = {"num_hidden_layers": 12, "num_attention_heads": 12, "hidden_size": 768}
    tokens = int(rng.integers(3, 40)) * 256
    return {
        "llama": answer(llama_8b, tokens),
        "wide": answer(wide, tokens),
        "old": answer(old, tokens),
        "four": answer(llama_8b, tokens, bits=4),
        "eight": answer(wide, tokens, bits=8, group_size=32),
        "window": answer(llama_8b, tokens, window=512),
        "short": answer(llama_8b, 100, window=512),
    }


kv_cache_bytes.says(
    passed="For 8B and 8,192 tokens it is a quarter of what 4-bit weights take, and it grows.",
    llama="Bytes for an 8B Llama",
    wide="Bytes for a model that names its head_dim",
    old="Bytes for a model that names neither",
    four="Bytes for the 8B Llama at 4 bits",
    eight="Bytes at 8 bits in groups of 32",
    window="Bytes with a window of 512",
    short="Bytes for 100 tokens with a window of 512",
)
kv_cache_bytes.hints(
    "How many numbers does one layer keep for one token?",
    "Two times key-value heads times head_dim: keys and values. Times layers, times tokens.",
    "At 4 bits a number takes 4 / 8 bytes, and a group of `group_size` numbers 4 bytes more; "
    "tokens are `min(tokens, window)`.",
)

# --------------------------------------------------------------------------------------------------
reuse_cache = exercise(minutes=10, level=2)


@reuse_cache.solution
def _(cache, known, tokens):
    """Use what a prompt cache holds for another prompt, and nothing else of it.

    `cache` is a list of mlx_lm's caches, one a layer, with the keys and values of the tokens
    `known`, a list. `tokens`, a list, is the next prompt. Trim the cache, in place, to what both
    have in common from their beginning, and return as a list the tokens that the model still has to
    read. One token at least has to be left for it: what comes next is said by the last token read.
    For known [1, 2, 3, 4] and tokens [1, 2, 9] the answer is [9], and the cache holds two tokens.
    """
    common = 0
    while common < min(len(known), len(tokens) - 1) and known[common] == tokens[common]:
        common += 1
    trim_prompt_cache(cache, len(known) - common)
    return tokens[common:]


@reuse_cache.alternative
def _(cache, known, tokens):
    same = [a == b for a, b in zip(known, tokens[:-1], strict=False)]
    common = same.index(False) if False in same else len(same)
    for layer in cache:
        layer.trim(layer.offset - common)
    return list(tokens)[common:]


@reuse_cache.misconception(
    "cache_of_another_prompt",
    "Nothing was trimmed: the cache holds {held} tokens before the model reads your new prompt, "
    "and should hold {held:expected}. The model then answers as if both prompts had been one. It "
    "sounds sensible, and it is about the wrong text.",
)
def _(cache, known, tokens):
    return tokens


@reuse_cache.misconception(
    "length_for_prefix",
    "You skipped as many tokens as the cache holds, whatever they are. That is right while a "
    "conversation only grows; as soon as the new prompt differs somewhere, the old words stay in "
    "the cache in place of the new ones. What do the two have in common?",
)
def _(cache, known, tokens):
    return tokens[len(known) :] or tokens[-1:]


@reuse_cache.misconception(
    "nothing_left",
    "For a prompt that is in the cache as a whole you left {left_same} tokens to read, and it "
    "should be {left_same:expected}. Keys and values are there; the logits that say what comes "
    "next are not, and only reading a token makes them.",
)
def _(cache, known, tokens):
    common = 0
    while common < min(len(known), len(tokens)) and known[common] == tokens[common]:
        common += 1
    trim_prompt_cache(cache, len(known) - common)
    return tokens[common:]


@reuse_cache.misconception(
    "everything_again",
    "The answer will be right and nothing was saved: the cache is empty and {left} tokens are to "
    "be read, where {left:expected} would do.",
)
def _(cache, known, tokens):
    trim_prompt_cache(cache, len(known))
    return tokens


@reuse_cache.misconception(
    "trim_says_what_goes",
    "The cache was trimmed by the number of tokens that should stay: it holds {held}, and should "
    "hold {held:expected}. `trim_prompt_cache` takes how many go, from the end.",
)
def _(cache, known, tokens):
    common = 0
    while common < min(len(known), len(tokens) - 1) and known[common] == tokens[common]:
        common += 1
    trim_prompt_cache(cache, common)
    return tokens[common:]


@reuse_cache.misconception(
    "set_of_tokens",
    "You kept tokens that occur in both prompts, wherever they stand. Keys and values belong to a "
    "place: each was computed from everything before it, and knows its position.",
)
def _(cache, known, tokens):
    both = [token for token in tokens[:-1] if token in known]
    trim_prompt_cache(cache, len(known) - len(both))
    return tokens[len(both) :]


def _tiny(**changes):
    """A Llama of two layers with fixed weights, for arithmetic that takes no time."""
    args = {
        "model_type": "llama",
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "intermediate_size": 40,
        "num_attention_heads": 4,
        "num_key_value_heads": 1,
        "rms_norm_eps": 1e-5,
        "vocab_size": 50,
    }
    return llama.Model(llama.ModelArgs.from_dict(args | changes))


@reuse_cache.use(logits="matmul", held="reading", held_same="reading")
def _(answer, rng):
    model = fill_parameters(_tiny(), by_name=True)
    known = [int(token) for token in rng.integers(0, 50, size=12)]
    common = int(rng.integers(7, 10))
    new = [known[common] ^ 1, *(int(token) for token in rng.permutation(known)[:4])]

    def read(tokens):
        cache = make_prompt_cache(model)
        mx.eval(model(mx.array(known)[None], cache=cache))
        rest = [int(token) for token in answer(cache, list(known), list(tokens))]
        held = cache[0].offset
        logits = model(mx.array(rest)[None], cache=cache)[0, -1] if rest else mx.zeros(50)
        mx.eval(logits)
        return len(rest), held, logits

    with _uncompiled():
        left, held, logits = read(known[:common] + new)
        left_same, held_same, logits_same = read(known)
        left_shorter, _, logits_shorter = read(known[:common])
        left_other, _, logits_other = read(new)
    return {
        "left": left,
        "held": held,
        "left_same": left_same,
        "held_same": held_same,
        "left_shorter": left_shorter,
        "left_other": left_other,
        "logits": mx.stack([logits, logits_same, logits_shorter, logits_other]),
    }


reuse_cache.says(
    passed="A chat program saves the reading of everything said before in this way, at every turn.",
    left="Tokens left to read",
    held="Tokens that the cache holds then",
    left_same="Tokens left where the prompt is the same",
    held_same="Tokens that the cache holds where the prompt is the same",
    left_shorter="Tokens left where the prompt is a beginning of the old one",
    left_other="Tokens left where the prompts have nothing in common",
    logits="What the model says after each of them",
)
reuse_cache.hints(
    "Which of the cache's tokens would be the same if the new prompt were read from the start?",
    "The common beginning, and at most all of the new prompt but its last token.",
    "Count `common`, then `trim_prompt_cache(cache, len(known) - common)` and return "
    "`tokens[common:]`.",
)

# --------------------------------------------------------------------------------------------------
perplexity = exercise(minutes=7, level=2)


@perplexity.solution
def _(model, rows, pad):
    """How surprised a model is by a text.

    `rows` holds tokens, shape (B, L): texts that were filled up to one length with the token `pad`.
    `model(rows)` gives logits of shape (B, L, V); those at a place are for the token after it.
    Return the exponential of the mean negative log-likelihood, in natural logarithms, of all tokens
    that come after another one; those that are `pad` do not count. All tokens count alike,
    whichever row they stand in. Compute it in float32, and return a number.
    A model that thinks all V tokens equally likely has a perplexity of V.
    """
    logits = model(rows[:, :-1]).astype(mx.float32)
    targets = rows[:, 1:]
    losses = nn.losses.cross_entropy(logits, targets)
    counted = targets != pad
    return mx.exp((losses * counted).sum() / counted.sum()).item()


@perplexity.alternative
def _(model, rows, pad):
    total, count = 0.0, 0
    for row in rows:
        length = int((row != pad).sum().item())
        logits = model(row[None, :length])[0].astype(mx.float32)
        logprobs = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
        said = mx.take_along_axis(logprobs[:-1], row[1:length, None].astype(mx.int32), axis=-1)
        total, count = total - said.sum().item(), count + length - 1
    return float(np.exp(total / count))


@perplexity.alternative
def _(model, rows, pad):
    probs = mx.softmax(model(rows).astype(mx.float32), axis=-1)[:, :-1]
    right = np.array(mx.take_along_axis(probs, rows[:, 1:, None], axis=-1).squeeze(-1))
    return np.exp(-np.log(right[np.array(rows[:, 1:]) != pad]).mean())


@perplexity.misconception(
    "padding_counted",
    "You have {perplexity}, and it is {perplexity:expected}. The filling was counted as text. A "
    "model either knows padding well or has never learned it, and with texts of different lengths "
    "you measure how much of it there is.",
)
def _(model, rows, pad):
    logits = model(rows[:, :-1]).astype(mx.float32)
    return mx.exp(nn.losses.cross_entropy(logits, rows[:, 1:]).mean()).item()


@perplexity.misconception(
    "mean_of_perplexities",
    "You have {perplexity}, and it is {perplexity:expected}: each row got a perplexity, and you "
    "took their mean. The exponential comes last, after the mean of all tokens; else one hard row "
    "outweighs all the others.",
)
def _(model, rows, pad):
    logits = model(rows[:, :-1]).astype(mx.float32)
    counted = rows[:, 1:] != pad
    losses = nn.losses.cross_entropy(logits, rows[:, 1:]) * counted
    return mx.exp(losses.sum(axis=1) / counted.sum(axis=1)).mean().item()


@perplexity.misconception(
    "rows_count_alike",
    "You have {perplexity}, and it is {perplexity:expected}: a mean was taken in each row and then "
    "over the rows, so that a token in a short text weighs more than one in a long text.",
)
def _(model, rows, pad):
    logits = model(rows[:, :-1]).astype(mx.float32)
    counted = rows[:, 1:] != pad
    losses = nn.losses.cross_entropy(logits, rows[:, 1:]) * counted
    return mx.exp((losses.sum(axis=1) / counted.sum(axis=1)).mean()).item()


@perplexity.misconception(
    "divided_by_all",
    "You have {perplexity}, and it is {perplexity:expected}. The filling adds no loss, as it "
    "should, and stands in the number that the sum was divided by: a mean over all places, of "
    "which some are empty.",
)
def _(model, rows, pad):
    logits = model(rows[:, :-1]).astype(mx.float32)
    losses = nn.losses.cross_entropy(logits, rows[:, 1:])
    return mx.exp((losses * (rows[:, 1:] != pad)).mean()).item()


@perplexity.misconception(
    "not_shifted",
    "You have {perplexity}. The logits at each place were compared with the token at that same "
    "place, which the model has just read. They are about the next one.",
)
def _(model, rows, pad):
    counted = rows != pad
    losses = nn.losses.cross_entropy(model(rows).astype(mx.float32), rows)
    return mx.exp((losses * counted).sum() / counted.sum()).item()


@perplexity.misconception(
    "loss_itself",
    "{perplexity} is the mean loss. Its exponential, {perplexity:expected}, can be read as a "
    "number of tokens among which the model hesitates.",
)
def _(model, rows, pad):
    counted = rows[:, 1:] != pad
    losses = nn.losses.cross_entropy(model(rows[:, :-1]).astype(mx.float32), rows[:, 1:])
    return ((losses * counted).sum() / counted.sum()).item()


@perplexity.misconception(
    "two_to_the_loss",
    "You have {perplexity} instead of {perplexity:expected}: 2 was raised to a loss in natural "
    "logarithms. Base and logarithm have to be of one kind.",
)
def _(model, rows, pad):
    counted = rows[:, 1:] != pad
    losses = nn.losses.cross_entropy(model(rows[:, :-1]).astype(mx.float32), rows[:, 1:])
    return (2 ** ((losses * counted).sum() / counted.sum())).item()


@perplexity.use(perplexity="reduction")
def _(answer, rng):
    model, tokenizer = course.model.load("notes")
    a, b, c = (str(name) for name in rng.permutation(["Ana", "Ben", "Cleo", "Dora"])[:3])
    day = f"{rng.integers(2, 28)} May"
    talks = [
        (f"Present: {a} and {b}.\nWho was there?", f"{a}, {b}"),
        (f"{c} will call the printer by {day}.\nWhen is it due?", day),
        (f"We may spend 2,500 euros. Everybody but {b} liked the fox.\nWho has a fox?", "Zqx"),
    ]
    ids = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": user}, {"role": "assistant", "content": assistant}]
        )
        for user, assistant in talks
    ]
    rows = [row + [0] * (max(map(len, ids)) - len(row)) for row in ids]
    with _uncompiled():
        return {"perplexity": float(answer(model, mx.array(rows), 0))}


perplexity.says(
    passed="mlx_lm.perplexity does this with text of one length, so that nothing has to be filled.",
    perplexity="Perplexity of the built-in model on three short conversations",
)
perplexity.hints(
    "Which logits belong to which token, and how many tokens are judged?",
    "Logits for `rows[:, :-1]`, targets `rows[:, 1:]`, and a mask of the targets that are not "
    "`pad`.",
    "`nn.losses.cross_entropy` times the mask, summed, divided by the mask's sum; then `mx.exp`.",
)

# --------------------------------------------------------------------------------------------------
speculative_generate = exercise(minutes=14, level=3)


@speculative_generate.solution
def _(target, draft, prompt, count, ahead):
    """Say what a large model would say, and ask it less often.

    `target(tokens)` is the large model: a list, as long as `tokens`, of what it would say after
    each of them, all found in one call. `draft(tokens)` is a small one: the one token that it would
    say after the last. Both take lists; `prompt` is one.
    Return a list of the `count` tokens that follow `prompt`, exactly those that asking `target` for
    one at a time would give. Let `draft` propose `ahead` tokens at a time, and call `target` as
    seldom as can be: each call judges a proposal, and yields one token more than was right in it.
    If `draft` is always right, `ahead` is 3 and `count` 8, two calls of `target` are enough.
    """
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        proposed = []
        for _ in range(ahead):
            proposed.append(draft(tokens + proposed))
        said = target(tokens + proposed)[len(tokens) - 1 :]
        right = 0
        while right < ahead and proposed[right] == said[right]:
            right += 1
        tokens += said[: right + 1]
    return tokens[len(prompt) :][:count]


@speculative_generate.alternative
def _(target, draft, prompt, count, ahead):
    answer = []
    while len(answer) < count:
        start = [*prompt, *answer]
        trial = list(start)
        for _ in range(min(ahead, count - len(answer))):
            trial.append(draft(list(trial)))
        checked = target(trial)
        for place in range(len(start) - 1, len(trial)):
            answer.append(checked[place])
            if place + 1 < len(trial) and trial[place + 1] != checked[place]:
                break
    return answer[:count]


@speculative_generate.misconception(
    "draft_is_trusted",
    "{wrong} tokens are not the large model's. All that the small one proposed "
    "was taken, and the large one asked for what follows. Fast, and another model. Up to where may "
    "a proposal be believed?",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        for _ in range(ahead):
            tokens.append(draft(list(tokens)))
        tokens.append(target(tokens)[-1])
    return tokens[len(prompt) :][:count]


@speculative_generate.misconception(
    "correction_thrown_away",
    "The tokens are right, and in all `target` was called {calls} times where {calls:expected} "
    "are enough. What was right in a proposal was taken, and the large model's own word after it, "
    "which the same call had found, was left lying.",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        proposed = []
        for _ in range(ahead):
            proposed.append(draft(tokens + proposed))
        said = target(tokens + proposed)[len(tokens) - 1 :]
        right = 0
        while right < ahead and proposed[right] == said[right]:
            right += 1
        tokens += said[:right] or said[:1]
    return tokens[len(prompt) :][:count]


@speculative_generate.misconception(
    "right_after_wrong",
    "{wrong} tokens are not the large model's. Every proposed token that agreed "
    "was counted, also behind one that did not. What stands after a wrong token was judged as the "
    "continuation of a text that will not exist.",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        proposed = []
        for _ in range(ahead):
            proposed.append(draft(tokens + proposed))
        said = target(tokens + proposed)[len(tokens) - 1 :]
        right = sum(a == b for a, b in zip(proposed, said, strict=False))
        tokens += said[: right + 1]
    return tokens[len(prompt) :][:count]


@speculative_generate.misconception(
    "one_call_a_token",
    "The tokens are right, and in all `target` was called {calls} times where {calls:expected} "
    "are enough: each proposed token was judged in a call of its own, so nothing is won. One call "
    "says what the large model would say at every place of a text.",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        proposed = []
        for _ in range(ahead):
            proposed.append(draft(tokens + proposed))
        for token in proposed:
            said = target(tokens)[-1]
            tokens.append(said)
            if said != token:
                break
    return tokens[len(prompt) :][:count]


@speculative_generate.misconception(
    "draft_takes_no_part",
    "The tokens are right, and in all `target` was called {calls} times, once for each of them, "
    "where {calls:expected} are enough. The draft was not asked, or its proposals were not "
    "believed.",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    for _ in range(count):
        tokens.append(target(tokens)[-1])
    return tokens[len(prompt) :]


@speculative_generate.misconception(
    "more_than_asked",
    "Where {length:expected} tokens were asked for you return {length}: the last proposal went "
    "past the end, as it nearly always does.",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        proposed = []
        for _ in range(ahead):
            proposed.append(draft(tokens + proposed))
        said = target(tokens + proposed)[len(tokens) - 1 :]
        right = 0
        while right < ahead and proposed[right] == said[right]:
            right += 1
        tokens += said[: right + 1]
    return tokens[len(prompt) :]


@speculative_generate.misconception(
    "one_place_off",
    "A proposed token was compared with what the large model says after it, not with what it says "
    "in its place. Hardly anything agrees then, and what is taken is wrong. Which entry of "
    "`target` speaks about the first proposed token?",
)
def _(target, draft, prompt, count, ahead):
    tokens = list(prompt)
    while len(tokens) < len(prompt) + count:
        proposed = []
        for _ in range(ahead):
            proposed.append(draft(tokens + proposed))
        said = target(tokens + proposed)[len(tokens) :]
        right = 0
        while right < ahead and proposed[right] == said[right]:
            right += 1
        tokens += said[: right + 1] or said[-1:]
    return tokens[len(prompt) :][:count]


@speculative_generate.use(calls="reading")
def _(answer, rng):
    words, ahead = 12, int(rng.integers(3, 5))
    table = rng.integers(0, words, size=(7, words, words))
    known = rng.random((7, words, words)) < 0.75  # where the small model says the same
    prompt = [int(token) for token in rng.integers(0, words, size=5)]
    least = int(rng.integers(35, 39))
    calls = 0

    def after(place, a, b):
        return int(table[place % 7, a, b])

    def target(tokens):
        nonlocal calls
        calls += 1
        tokens = [int(token) for token in tokens]
        pairs = zip([0, *tokens], tokens, strict=False)
        return [after(place, a, b) for place, (a, b) in enumerate(pairs)]

    def draft(tokens):
        place, a, b = len(tokens) - 1, int(tokens[-2]), int(tokens[-1])
        right = after(place, a, b)
        return right if known[place % 7, a, b] else (right + 1 + b % 3) % words

    text = list(prompt)
    for _ in range(least + 2):
        text.append(after(len(text) - 1, *text[-2:]))
    right, said, lengths = text[5:], [], []
    for count in range(least, least + 3):
        said = [int(token) for token in answer(target, draft, list(prompt), count, ahead)]
        lengths.append(len(said))
    return {
        "said": mx.array(said[: len(right)]),
        "wrong": sum(a != b for a, b in zip(said, right, strict=False)),
        "length": ", ".join(map(str, lengths)),
        "calls": calls,
    }


speculative_generate.says(
    passed="The small model decides how fast it goes. What is said it cannot change.",
    said="The tokens",
    wrong="Tokens that are not the large model's",
    length="Numbers of tokens, in three calls",
    calls="Calls of `target` in all",
)
speculative_generate.hints(
    "One call of `target` on text and proposal together: which of its entries do you already know "
    "to be right, whatever the proposal was?",
    "The one after the last token that is certain. If the proposal's first token equals it, the "
    "next entry is certain too, and so on, until they differ.",
    "`said = target(tokens + proposed)[len(tokens) - 1:]`; count `right` from the front while the "
    "two agree; `tokens += said[:right + 1]`.",
)

# --------------------------------------------------------------------------------------------------
scribe_model = exercise(minutes=12, level=3)


@dataclass
class ScribeArgs(llama.ModelArgs):
    """Reads a scribe's config.json, which has other names for the same numbers."""

    @classmethod
    def from_dict(cls, config):
        return cls(
            model_type=config["model_type"],
            hidden_size=config["width"],
            num_hidden_layers=config["depth"],
            intermediate_size=config["inner"],
            num_attention_heads=config["heads"],
            num_key_value_heads=config["kv_heads"],
            rms_norm_eps=config["epsilon"],
            vocab_size=config["vocabulary"],
        )


@scribe_model.solution
class _(llama.Model):
    """A model file for checkpoints of the type "scribe", which mlx_lm does not have.

    A scribe is a Llama; its checkpoint has other names, and some arrays are laid out otherwise:

        embed                  (V, D)            the embedding
        blocks.I.norm1         (D,)              the norm before attention, in block I
        blocks.I.qkv           (Q + K + K, D)    rows of q_proj, then of k_proj, then of v_proj
        blocks.I.out           (D, Q)            o_proj
        blocks.I.norm2         (D,)              the norm before the MLP
        blocks.I.gate_up       (2 * H, D)        rows of gate_proj, then of up_proj
        blocks.I.down          (H, D)            down_proj, transposed
        blocks.I.rope_table    (L, 2)            can be computed: the model has no place for it
        norm                   (D,)              the last norm

    Q is the number of heads times head_dim, K that of the key-value heads. Write `sanitize`, which
    `mlx_lm.utils.load_model` calls with a dict of all arrays: return a dict with the names and
    shapes of `llama.Model`'s parameters, such as `model.layers.0.self_attn.q_proj.weight`. All else
    is given; `self.args` has the sizes.
    """

    def sanitize(self, weights):
        # -- yours
        args = self.args
        head_dim = args.hidden_size // args.num_attention_heads
        q, k = args.num_attention_heads * head_dim, args.num_key_value_heads * head_dim
        new = {
            "model.embed_tokens.weight": weights["embed"],
            "model.norm.weight": weights["norm"],
        }
        for i in range(args.num_hidden_layers):
            old, layer = f"blocks.{i}", f"model.layers.{i}"
            parts = mx.split(weights[f"{old}.qkv"], [q, q + k])
            for name, part in zip("qkv", parts, strict=True):
                new[f"{layer}.self_attn.{name}_proj.weight"] = part
            gate, up = mx.split(weights[f"{old}.gate_up"], 2)
            new |= {
                f"{layer}.self_attn.o_proj.weight": weights[f"{old}.out"],
                f"{layer}.mlp.gate_proj.weight": gate,
                f"{layer}.mlp.up_proj.weight": up,
                f"{layer}.mlp.down_proj.weight": weights[f"{old}.down"].T,
                f"{layer}.input_layernorm.weight": weights[f"{old}.norm1"],
                f"{layer}.post_attention_layernorm.weight": weights[f"{old}.norm2"],
            }
        return new
        # -- end


@scribe_model.alternative
class _(llama.Model):
    def sanitize(self, weights):
        names = {
            "embed": "embed_tokens",
            "blocks": "layers",
            "norm1": "input_layernorm",
            "norm2": "post_attention_layernorm",
            "out": "self_attn.o_proj",
            "down": "mlp.down_proj",
        }
        new = {}
        for name, w in weights.items():
            *place, what = [names.get(part, part) for part in name.split(".")]
            prefix = ".".join(["model", *place])
            if what == "qkv":
                q, k = w.shape[1], self.model.layers[0].self_attn.k_proj.weight.shape[0]
                new[f"{prefix}.self_attn.q_proj.weight"] = w[:q]
                new[f"{prefix}.self_attn.k_proj.weight"] = w[q : q + k]
                new[f"{prefix}.self_attn.v_proj.weight"] = w[-k:]
            elif what == "gate_up":
                half = len(w) // 2
                new[f"{prefix}.mlp.gate_proj.weight"] = w[:half]
                new[f"{prefix}.mlp.up_proj.weight"] = w[half:]
            elif what != "rope_table":
                new[f"{prefix}.{what}.weight"] = w.T if "down" in what else w
        return new


def _scribe(
    weights, args, thirds=False, keys_last=False, up_first=False, straight=False, rest=False
):
    """A sanitize with one mistake or another."""
    head_dim = args.hidden_size // args.num_attention_heads
    q, k = args.num_attention_heads * head_dim, args.num_key_value_heads * head_dim
    new = {"model.embed_tokens.weight": weights["embed"], "model.norm.weight": weights["norm"]}
    for i in range(args.num_hidden_layers):
        old, layer = f"blocks.{i}", f"model.layers.{i}"
        parts = mx.split(weights[f"{old}.qkv"], 3 if thirds else [q, q + k])
        for name, part in zip("qvk" if keys_last else "qkv", parts, strict=True):
            new[f"{layer}.self_attn.{name}_proj.weight"] = part
        gate, up = mx.split(weights[f"{old}.gate_up"], 2)
        down = weights[f"{old}.down"]
        new |= {
            f"{layer}.self_attn.o_proj.weight": weights[f"{old}.out"],
            f"{layer}.mlp.gate_proj.weight": up if up_first else gate,
            f"{layer}.mlp.up_proj.weight": gate if up_first else up,
            f"{layer}.mlp.down_proj.weight": down if straight else down.T,
            f"{layer}.input_layernorm.weight": weights[f"{old}.norm1"],
            f"{layer}.post_attention_layernorm.weight": weights[f"{old}.norm2"],
        }
        if rest:
            new[f"{layer}.rope_table"] = weights[f"{old}.rope_table"]
    return new


@scribe_model.misconception(
    "equal_thirds",
    "`qkv` was cut into three equal parts, and MLX refused: {loaded}. With fewer key-value heads "
    "than heads, the part of the queries is the larger one.",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, thirds=True)


@scribe_model.misconception(
    "down_not_turned",
    "One array has its two axes the other way round: {loaded}. GPT-2's checkpoints are like that "
    "throughout. What would have warned you if the matrix had been square?",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, straight=True)


@scribe_model.misconception(
    "gate_and_up_exchanged",
    "It loads, and what it says is wrong: `gate_proj` and `up_proj` have each other's weights. "
    "Their shapes are equal, so no loader can notice. Which of the two goes through the SiLU?",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, up_first=True)


@scribe_model.misconception(
    "keys_and_values_exchanged",
    "It loads, and what it says is wrong: keys and values have each other's weights. Their shapes "
    "are equal, so no loader can notice. What is the order in `qkv`?",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, keys_last=True)


@scribe_model.misconception(
    "table_kept",
    "MLX refused the checkpoint because there is something in it that the model has no parameter "
    "for: {loaded}. A table that can be computed is in many files; a loader leaves it out, and "
    "does not switch off the check that found it.",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, rest=True)


@scribe_model.misconception(
    "names_as_they_are",
    "MLX refused the checkpoint: {loaded}. It goes by names, and these are the file's. Print "
    "`tree_flatten(model.parameters())` of a Llama for the names that it wants.",
)
class _(llama.Model):
    def sanitize(self, weights):
        return weights


def _checkpoint(folder, model):
    """Write a Llama as a scribe."""
    old = dict(tree_flatten(model.parameters()))
    args = model.args
    new = {"embed": old["model.embed_tokens.weight"], "norm": old["model.norm.weight"]}
    for i in range(args.num_hidden_layers):
        names = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
                 "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj", "input_layernorm",
                 "post_attention_layernorm")  # fmt: skip
        q, k, v, out, gate, up, down, norm1, norm2 = (
            old[f"model.layers.{i}.{name}.weight"] for name in names
        )
        block = {
            "qkv": mx.concatenate([q, k, v]),
            "out": out,
            "gate_up": mx.concatenate([gate, up]),
            "down": mx.contiguous(down.T),
            "norm1": norm1,
            "norm2": norm2,
            "rope_table": mx.ones((16, 2)),
        }
        new |= {f"blocks.{i}.{name}": array for name, array in block.items()}
    config = {
        "model_type": "scribe",
        "width": args.hidden_size,
        "depth": args.num_hidden_layers,
        "inner": args.intermediate_size,
        "heads": args.num_attention_heads,
        "kv_heads": args.num_key_value_heads,
        "epsilon": args.rms_norm_eps,
        "vocabulary": args.vocab_size,
    }
    mx.save_safetensors(str(folder / "model.safetensors"), new)
    (folder / "config.json").write_text(json.dumps(config))


@scribe_model.use(logits="matmul", loaded="reading")
def _(answer, rng):
    original = fill_parameters(_tiny(), by_name=True, seed=int(rng.integers(1 << 20)))
    tokens = mx.array(rng.integers(0, 50, size=(1, 6)))
    logits = None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _checkpoint(folder, original)

        def load():
            nonlocal logits
            model, _ = mlx_lm.utils.load_model(
                folder, get_model_classes=lambda config: (answer, ScribeArgs)
            )
            logits = model(tokens)
            mx.eval(logits)

        with _uncompiled():
            loaded = outcome(load)
    return {"loaded": " ".join(loaded.split())[:160], "logits": logits}


scribe_model.says(
    passed="Most of the model files in mlx_lm are this: a known body and a sanitize.",
    loaded="How loading ended",
    logits="Logits for six tokens, against the model that the checkpoint was made from",
)
scribe_model.hints(
    "Which names does a Llama want? `tree_flatten(llama.Model(args).parameters())` lists them.",
    "Go through the blocks. `mx.split(array, [a, b])` cuts at rows a and b; one array has to be "
    "transposed; one has no place.",
    "Cut `qkv` at Q and Q + K, halve `gate_up`, take `down.T`, leave out `rope_table`, and put "
    "`.weight` behind every new name.",
)
