"""sample_answers, an exercise of lesson 08, mlx_lm."""

import mlx.core as mx
import mlx_lm
from mlx_lm.sample_utils import make_sampler

from course.exercise import exercise

from .common import _Dice, _tokenizer, _uncompiled

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


sample_answers.hints(
    "What does `mlx_lm.generate` do when it is told nothing about choosing a token?",
    "It takes the likeliest. `mlx_lm.sample_utils` makes functions that choose otherwise.",
    "`sampler=make_sampler(temp=temp)`, handed to `mlx_lm.generate` together with `max_tokens=8`, "
    "`count` times.",
)
