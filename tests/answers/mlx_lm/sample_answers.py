"""Others' answers to sample_answers."""

from functools import partial

import mlx.core as mx
import mlx_lm
from mlx_lm.sample_utils import make_sampler

from course.author.answers import right, wrong


@right("stream_generate joined, one sampler")
def _(model, tokenizer, prompt, count, temp):
    sampler, out = make_sampler(temp), []
    for _ in range(count):
        out.append(
            "".join(
                r.text
                for r in mlx_lm.stream_generate(
                    model, tokenizer, prompt, max_tokens=8, sampler=sampler
                )
            )
        )
    return out


@right("own sampler as lambda, partial")
def _(model, tokenizer, prompt, count, temp):
    draw = (
        (lambda lp: mx.argmax(lp, axis=-1))
        if temp == 0
        else (lambda lp: mx.random.categorical(lp / temp))
    )
    say = partial(
        mlx_lm.generate, model, tokenizer, prompt, max_tokens=8, sampler=draw, verbose=False
    )
    return list(map(lambda i: say(), range(count)))


@wrong("temp= as an argument", named="temp_kwarg")
def _(model, tokenizer, prompt, count, temp):
    return [
        mlx_lm.generate(model, tokenizer, prompt, max_tokens=8, temp=temp) for _ in range(count)
    ]


@wrong("greedy", named="greedy_by_default")
def _(model, tokenizer, prompt, count, temp):
    return [mlx_lm.generate(model, tokenizer, prompt, max_tokens=8) for _ in range(count)]


@wrong("seed set anew for each", named="one_draw_repeated")
def _(model, tokenizer, prompt, count, temp):
    out = []
    for _ in range(count):
        mx.random.seed(0)
        out.append(
            mlx_lm.generate(model, tokenizer, prompt, max_tokens=8, sampler=make_sampler(temp=temp))
        )
    return out


@wrong("count ignored", named="one_answer")
def _(model, tokenizer, prompt, count, temp):
    return mlx_lm.generate(model, tokenizer, prompt, max_tokens=8, sampler=make_sampler(temp=temp))


@wrong("temperature 1 always", named="one_temperature")
def _(model, tokenizer, prompt, count, temp):
    return [
        mlx_lm.generate(model, tokenizer, prompt, max_tokens=8, sampler=make_sampler(temp=1.0))
        for _ in range(count)
    ]


@wrong("temp squared (argument in two places)", named="too_cold")
def _(model, tokenizer, prompt, count, temp):
    return [
        mlx_lm.generate(
            model, tokenizer, prompt, max_tokens=8, sampler=make_sampler(temp=temp * temp)
        )
        for _ in range(count)
    ]


@wrong("template applied again to the tokens' text", named="template_over_tokens")
def _(model, tokenizer, prompt, count, temp):
    text = tokenizer.decode(prompt)
    p = tokenizer.apply_chat_template(
        [{"role": "user", "content": text}], add_generation_prompt=True
    )
    return [
        mlx_lm.generate(model, tokenizer, p, max_tokens=8, sampler=make_sampler(temp=temp))
        for _ in range(count)
    ]


@wrong("prompt ignored")
def _(model, tokenizer, prompt, count, temp):
    return [
        mlx_lm.generate(model, tokenizer, [1], max_tokens=8, sampler=make_sampler(temp=temp))
        for _ in range(count)
    ]


@wrong("make_sampler() without the temperature", named="greedy_by_default")
def _(model, tokenizer, prompt, count, temp):
    return [
        mlx_lm.generate(model, tokenizer, prompt, max_tokens=8, sampler=make_sampler())
        for _ in range(count)
    ]
