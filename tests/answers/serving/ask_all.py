"""Others' answers to ask_all."""

import queue
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, as_completed, wait

import openai

from course.author.answers import right, wrong


def _ask(client, question):
    try:
        said = client.chat.completions.create(
            model="default_model", messages=[{"role": "user", "content": question}]
        )
        return said.choices[0].message.content
    except openai.OpenAIError:
        return None


@right("submit, results in order")
def _(connect, questions: list[str], at_once: int) -> list:
    client, answers = connect(), []
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        futures = [
            pool.submit(
                client.chat.completions.create,
                model="default_model",
                messages=[dict(role="user", content=q)],
            )
            for q in questions
        ]
        for future in futures:
            try:
                answers.append(future.result().choices[0].message.content)
            except openai.OpenAIError:
                answers.append(None)
    return answers


@right("threads and a queue")
def _(connect, questions, at_once):
    client, answers, jobs = connect(), [None] * len(questions), queue.Queue()
    for job in enumerate(questions):
        jobs.put(job)

    def work():
        while True:
            try:
                i, question = jobs.get_nowait()
            except queue.Empty:
                return
            answers[i] = _ask(client, question)

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return answers


@right("as_completed into a dict")
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(at_once) as pool:
        where = {pool.submit(_ask, client, q): i for i, q in enumerate(questions)}
        found = {where[f]: f.result() for f in as_completed(where)}
    return [found[i] for i in range(len(questions))]


@right("client closed at the end")
def _(connect, questions, at_once):
    client = connect()
    try:
        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(lambda q: _ask(client, q), questions))
    finally:
        client.close()


@wrong("one after the other", named="one_after_the_other")
def _(connect, questions, at_once):
    client = connect()
    return [_ask(client, q) for q in questions]


@wrong("order of completion", named="in_the_order_of_arrival")
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(at_once) as pool:
        return [f.result() for f in as_completed([pool.submit(_ask, client, q) for q in questions])]


@wrong("groups of at_once", named="in_groups")
def _(connect, questions, at_once):
    client, answers = connect(), []
    for i in range(0, len(questions), at_once):
        with ThreadPoolExecutor(at_once) as pool:
            answers += pool.map(lambda q: _ask(client, q), questions[i : i + at_once])
    return answers


@wrong("one too few")
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(max(1, at_once - 1)) as pool:
        return list(pool.map(lambda q: _ask(client, q), questions))


@wrong("errors leave", named="one_failure_loses_all")
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(at_once) as pool:
        return list(
            pool.map(
                lambda q: (
                    client.chat.completions.create(
                        model="default_model", messages=[{"role": "user", "content": q}]
                    )
                    .choices[0]
                    .message.content
                ),
                questions,
            )
        )


@wrong("failed ones left out", named="failures_left_out")
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(at_once) as pool:
        return [a for a in pool.map(lambda q: _ask(client, q), questions) if a is not None]


@wrong("an empty text for a failure", named="failure_as_empty_text")
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(at_once) as pool:
        return [a or "" for a in pool.map(lambda q: _ask(client, q), questions)]


@wrong("gpt-4o", named="model_of_openai")
def _(connect, questions, at_once):
    client = connect()

    def one(q):
        try:
            return (
                client.chat.completions.create(
                    model="gpt-4o", messages=[{"role": "user", "content": q}]
                )
                .choices[0]
                .message.content
            )
        except openai.OpenAIError:
            return None

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(one, questions))


@wrong("from the first failure on None")
def _(connect, questions, at_once):
    client, answers = connect(), []
    with ThreadPoolExecutor(at_once) as pool:
        futures = [
            pool.submit(
                client.chat.completions.create,
                model="default_model",
                messages=[dict(role="user", content=q)],
            )
            for q in questions
        ]
        try:
            for f in futures:
                answers.append(f.result().choices[0].message.content)
        except openai.OpenAIError:
            pass
    return answers + [None] * (len(questions) - len(answers))


@right("a thread for each question, a semaphore")
def _(connect, questions, at_once):
    client, gate, answers = connect(), threading.Semaphore(at_once), [None] * len(questions)

    def work(i, question):
        with gate:
            answers[i] = _ask(client, question)

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(questions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@right("the client in a with, a window of futures")
def _(connect, questions, at_once):
    answers, under_way = [None] * len(questions), {}
    with connect() as client, ThreadPoolExecutor(at_once) as pool:
        for i, question in enumerate(questions):
            under_way[pool.submit(_ask, client, question)] = i
            if len(under_way) == at_once:
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in done:
                    answers[under_way.pop(future)] = future.result()
        for future, i in under_way.items():
            answers[i] = future.result()
    return answers
