"""sample_answers, an exercise of lesson 08, mlx_lm."""

import mlx.core as mx
import mlx_lm
from mlx_lm.sample_utils import make_sampler

from course.exercise import exercise

from .common import _Talker, _tokenizer, _uncompiled

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
    gap = float(rng.choice([0.05, 0.1]))
    letters = rng.permutation(list("ABCDEFGHIJKL"))[:5]
    words = [tokenizer.convert_tokens_to_ids(str(letter)) for letter in letters]

    def talk(words_said):  # a prompt, and a model that says so many words to it
        tokens = [int(token) for token in rng.integers(270, 600, size=int(rng.integers(2, 7)))]
        prompt = [tokenizer.bos_token_id, *tokens]
        most = len(prompt) + words_said
        return _Talker(words, gap, tokenizer.eos_token_id, len(tokenizer), most), prompt

    def said(model, prompt, count, temp):
        answers = answer(model, tokenizer, list(prompt), count, temp)
        if isinstance(answers, str):
            return "one text, not a list", answers
        texts = {str(text) for text in answers}
        if len(texts) == 1:
            return len(answers), texts.pop()
        return len(answers), "several texts" if texts else "no texts"

    def drawn(model, prompt, count, temp):
        number, text = said(model, prompt, count, temp)
        if text == tokenizer.decode(model.favourites(prompt, 8)):
            return number, "all the likeliest text"
        return number, text if " texts" in text else "all one text, not the likeliest"

    long, short = talk(12), talk(int(rng.integers(2, 7)))
    few = int(rng.integers(2, 4))
    with _uncompiled():
        count, hot = drawn(*long, few, 1.0)
        other_count, warm = drawn(*long, 2, gap)
        _, cold = drawn(*long, 1, gap / 25)
        _, greedy = said(*long, 1, 0.0)
        one, ends = said(*short, 1, 0.0)
    return {
        "count": count,
        "other_count": other_count,
        "one": one,
        "hot": hot,
        "warm": warm,
        "cold": cold,
        "greedy": greedy,
        "ends": ends,
    }


sample_answers.says(
    passed="The same sampler goes into generate, stream_generate and batch_generate.",
    count="Number of answers",
    other_count="Number of answers, where 2 were asked for",
    one="Number of answers, where one was asked for",
    hot="Answers at temperature 1",
    warm="Answers at a temperature at which each word is open",
    cold="Answers at a temperature at which only the likeliest word is drawn",
    greedy="Answers at temperature 0",
    ends="Answers at temperature 0 to another prompt",
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
    "hands what it does not know to the function below, which refuses it. How a token is chosen "
    "is a function of its own here: what makes one?",
)
def _(model, tokenizer, prompt, count, temp):
    return [
        mlx_lm.generate(model, tokenizer, prompt, max_tokens=8, temperature=temp)
        for _ in range(count)
    ]


@sample_answers.misconception(
    "greedy_by_default",
    "At every temperature all your answers are the likeliest one, {greedy}, and at temperature 1 "
    "there should be several texts. mlx_lm takes the likeliest token unless it is told how to "
    "draw. Where does the temperature go?",
)
def _(model, tokenizer, prompt, count, temp):
    return [mlx_lm.generate(model, tokenizer, prompt, max_tokens=8) for _ in range(count)]


@sample_answers.misconception(
    "one_draw_repeated",
    "All your answers at temperature 1 are one text, and not the likeliest. One draw that is "
    "handed out again and again looks like this, and so does a random seed that is set before "
    "each. How often is a token drawn anew?",
)
def _(model, tokenizer, prompt, count, temp):
    sampler = make_sampler(temp=temp)
    return [mlx_lm.generate(model, tokenizer, prompt, max_tokens=8, sampler=sampler)] * count


@sample_answers.misconception(
    "one_for_all_temperatures",
    "At a temperature at which one word is more than a million times as likely as any other your "
    "answers are {cold}; at 0 they are the likeliest. They are as mixed as at temperature 1. How "
    "does `temp` enter your way of drawing?",
)
def _(model, tokenizer, prompt, count, temp):
    sampler = make_sampler(temp=float(temp > 0))
    return [
        mlx_lm.generate(model, tokenizer, prompt, max_tokens=8, sampler=sampler)
        for _ in range(count)
    ]


@sample_answers.misconception(
    "one_temperature",
    "At temperature 0 your answer is {greedy}, and it should be {greedy:expected}. Cold or not, "
    "yours are drawn as at temperature 1. How does `temp` enter your way of drawing?",
)
def _(model, tokenizer, prompt, count, temp):
    sampler = make_sampler(temp=1.0)
    return [
        mlx_lm.generate(model, tokenizer, prompt, max_tokens=8, sampler=sampler)
        for _ in range(count)
    ]


@sample_answers.misconception(
    "too_cold",
    "At temperature 1 your answers differ. At a lower one, at which each word is still open, all "
    "are the likeliest text: you draw at a colder one than was asked for. How often does the "
    "temperature take part?",
)
def _(model, tokenizer, prompt, count, temp):
    sampler = make_sampler(temp=temp * temp)
    return [
        mlx_lm.generate(model, tokenizer, prompt, max_tokens=8, sampler=sampler)
        for _ in range(count)
    ]


@sample_answers.misconception(
    "as_long_as_it_likes",
    "At temperature 0 your answer is {greedy}, and it should be {greedy:expected}: it goes on "
    "after the eighth token. mlx_lm has a limit of its own, which is far higher. How does it "
    "learn of yours?",
)
def _(model, tokenizer, prompt, count, temp):
    sampler = make_sampler(temp=temp)
    return [mlx_lm.generate(model, tokenizer, prompt, sampler=sampler) for _ in range(count)]


@sample_answers.misconception(
    "one_answer",
    "You return {count}, and {count:expected} answers were asked for. One call of the model gives "
    "one text. How many does it take?",
)
def _(model, tokenizer, prompt, count, temp):
    sampler = make_sampler(temp=temp)
    return mlx_lm.generate(model, tokenizer, prompt, max_tokens=8, sampler=sampler)


@sample_answers.misconception(
    "template_over_tokens",
    "At temperature 0 your answer is {greedy}, and it should be {greedy:expected}: that of the "
    "prompt's text with a chat template around it. A chat model needs the marks of its template. "
    "What is `prompt` already?",
)
def _(model, tokenizer, prompt, count, temp):
    chat = [{"role": "user", "content": tokenizer.decode(prompt)}]
    prompt = tokenizer.apply_chat_template(chat, add_generation_prompt=True)
    sampler = make_sampler(temp=temp)
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
