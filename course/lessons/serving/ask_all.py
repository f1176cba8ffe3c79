"""ask_all, an exercise of lesson 10, serving."""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from concurrent.futures.thread import _worker

import httpx
import openai

from course.exercise import exercise
from course.probe import outcome, sleeps

ask_all = exercise(minutes=8, level=2)


@ask_all.solution
def _(connect, questions, at_once):
    """Many questions to one server, some at a time.

    `connect()` makes a client, as `openai.OpenAI(...)` does; make one, it can be used by several
    threads. Ask each of `questions` (texts) with `client.chat.completions.create`, as one message
    of the user, to the model "default_model". Always keep `at_once` requests under way while so
    many are left, and never more. Return the list of answers' texts in the order of the questions;
    None in the place of a question for which the client raised an `openai.OpenAIError`.
    """
    client = connect()

    def ask(question):
        messages = [{"role": "user", "content": question}]
        try:
            said = client.chat.completions.create(model="default_model", messages=messages)
        except openai.OpenAIError:
            return None
        return said.choices[0].message.content

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(ask, questions))


def _idle(thread):
    """Whether a worker of a ThreadPoolExecutor has nothing to do: it waits where `sleeps` cannot
    look."""
    frame = sys._current_frames().get(thread.ident or 0)
    if frame is None or frame.f_code is not _worker.__code__:
        return False
    given = frame.f_locals
    return given.get("work_item") is None and given["work_queue"].empty()


class _Desk:
    """A server in this process, in which no time passes: it answers one request when everybody
    waits, so that no other can come first; the last one of `questions` is served first."""

    def __init__(self, questions, at_once, busy, lost):
        self.questions, self.at_once, self.busy, self.lost = questions, at_once, busy, lost
        self.waiting, self.most, self.fewest, self.clients = {}, 0, at_once, 0
        self.models, self.roles = set(), set()
        self.before = set(threading.enumerate()) - {threading.current_thread()}
        self.changed, self.came, self.answered = threading.Condition(), 0, 0
        self.looks, self.open, self.blind = 0, False, False

    def connect(self):
        with self.changed:
            self.clients += 1
        return openai.OpenAI(
            base_url="http://127.0.0.1:8080/v1",
            api_key="none",
            max_retries=0,
            http_client=httpx.Client(transport=httpx.MockTransport(self.serve)),
        )

    def serve(self, request):
        body = json.loads(request.content)
        question = body["messages"][-1]["content"]
        with self.changed:
            self.models.add(str(body["model"]))
            self.roles.add(" and ".join(message["role"] for message in body["messages"]))
            self.wait(question)
        if question == self.lost:
            raise httpx.ConnectError("Connection refused", request=request)
        if question == self.busy:
            return httpx.Response(503, json={"error": "busy"})
        message = {"role": "assistant", "content": question.upper()}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        about = {"id": "1", "object": "chat.completion", "created": 0, "model": body["model"]}
        return httpx.Response(200, json=about | {"choices": [choice]})

    def wait(self, question):
        me = threading.current_thread()
        self.waiting[me] = self.questions.index(question) if question in self.questions else -1
        self.most, self.came, self.looks = max(self.most, len(self.waiting)), self.came + 1, 0
        while not (self.waiting[me] == max(self.waiting.values()) and self.everybody_waits()):
            self.changed.wait(0.001)
        if not self.blind and len(self.questions) - self.answered >= self.at_once:
            self.fewest = min(self.fewest, len(self.waiting))
        del self.waiting[me]
        self.looks, self.answered = 0, self.answered + 1

    def everybody_waits(self):
        """Whether no thread of the answer can bring another request before one is answered.

        A thread that waits in a way that is not known here would hold up all of them, so after 500
        looks in a row without anything new the desk is blind: it answers whatever comes, at once.
        """
        self.looks += 1
        self.blind = self.blind or self.looks > 500
        self.open = self.blind or self.came >= len(self.questions)
        others = set(threading.enumerate()) - self.before - self.waiting.keys()
        # A worker that was just given something looks idle for an instant: look ten times.
        return self.open or all(sleeps(one) or (self.looks > 10 and _idle(one)) for one in others)


@ask_all.use(together="reading", fewest="reading", clients="reading")
def _(answer, rng):
    at_once = int(rng.integers(3, 5))
    names = rng.permutation(["ana", "ben", "cleo", "dora", "emil", "fay", "gus", "hana", "ivo"])
    questions = [str(name) for name in names[: int(rng.integers(7, 10))]]
    busy, lost = (int(place) for place in rng.permutation(len(questions) - 2)[:2] + 1)
    desk = _Desk(questions, at_once, questions[busy], questions[lost])
    said = []
    ended = outcome(lambda: said.append(answer(desk.connect, list(questions), at_once)))
    found = (
        said[0]
        if said and isinstance(said[0], list)
        else " ".join(ended.split())[:60].removesuffix(".")
    )
    if isinstance(found, list):
        right = [
            text.upper() if i not in (busy, lost) else None for i, text in enumerate(questions)
        ]
        same = sorted(map(str, found)) == sorted(map(str, right))
        found = "as asked" if found == right else "in another order" if same else str(found)
    return {
        "answers": found,
        "together": min(desk.most, at_once + 1),
        "fewest": desk.fewest,
        "clients": desk.clients,
        "model": ", ".join(sorted(desk.models)),
        "messages": ", ".join(sorted(desk.roles)),
    }


ask_all.says(
    passed="One client, a fixed number of threads, and each failure stays in its place.",
    answers="The answers",
    together="Requests under way at a time, at most",
    fewest="Requests under way at a time, at least, while as many were left",
    clients="Clients made",
    model="The model that was asked for",
    messages="Who says the messages of a request",
)
for _label in ("solution", "alternative 1"):
    ask_all.same_as(
        _label,
        "constant",
        "said.choices[0]",
        "an answer has one choice: the first is the last",
    )
ask_all.same_as(
    "alternative 1", "constant", "left.pop(0)", "each question keeps its place, whoever is first"
)


@ask_all.alternative
def _(connect, questions, at_once):
    client, answers, left = connect(), [None] * len(questions), list(enumerate(questions))

    def work():
        while left:
            try:
                place, question = left.pop(0)
            except IndexError:
                return
            try:
                said = client.chat.completions.create(
                    model="default_model", messages=[{"role": "user", "content": question}]
                )
                answers[place] = said.choices[0].message.content
            except openai.OpenAIError:
                pass

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _ask(client, question, careful=True, model="default_model", errors=openai.OpenAIError):
    messages = [{"role": "user", "content": question}]
    try:
        said = client.chat.completions.create(model=model, messages=messages)
    except errors:
        if careful:
            return None
        raise
    return said.choices[0].message.content


@ask_all.misconception(
    "one_after_the_other",
    "There was never more than {together} request under way. The server reads its weights once for "
    "all the answers that it writes at a time; asked like this it writes one. What lets several "
    "calls wait at the same time?",
)
def _(connect, questions, at_once):
    client = connect()
    return [_ask(client, question) for question in questions]


@ask_all.misconception(
    "client_per_request",
    "{clients} clients were made. Each brings a pool of connections and reads a whole file of "
    "certificates, which can take longer than a short answer; and nobody closes them. Where is "
    "the one that all can share?",
)
def _(connect, questions, at_once):
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda question: _ask(connect(), question), questions))


@ask_all.misconception(
    "client_per_thread",
    "{clients} clients were made, as many as there were requests at a time. A connection to a "
    "database wants a thread of its own; this client may be used by several. How many are needed?",
)
def _(connect, questions, at_once):
    mine = threading.local()

    def ask(question):
        if not hasattr(mine, "client"):
            mine.client = connect()
        return _ask(mine.client, question)

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(ask, questions))


@ask_all.misconception(
    "all_at_once",
    "{together} requests were under way or more, where at most {together:expected} should be. With "
    "eight that is harmless; with a folder of a thousand notes the last ones wait longer than any "
    "client does. What holds them back?",
)
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(len(questions)) as pool:
        return list(pool.map(lambda question: _ask(client, question), questions))


@ask_all.misconception(
    "in_the_order_of_arrival",
    "All answers are there, and {answers} than their questions. A short answer overtakes a long "
    "one. What do you know about an answer when it comes in?",
)
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(at_once) as pool:
        under_way = [pool.submit(_ask, client, question) for question in questions]
        return [future.result() for future in as_completed(under_way)]


@ask_all.misconception(
    "one_failure_loses_all",
    "One request failed, and your function with it: {answers}. The answers that were there are "
    "gone. A long job meets such an error sooner or later. Where could it be caught?",
)
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda question: _ask(client, question, careful=False), questions))


@ask_all.misconception(
    "in_groups",
    "While more were left, only {fewest} of {fewest:expected} requests was under way: the others "
    "were answered, and the next ones were not sent until the last of a group was. Groups are easy "
    "to write, and each waits for its slowest. What could send the next one sooner?",
)
def _(connect, questions, at_once):
    client, answers = connect(), []
    for start in range(0, len(questions), at_once):
        with ThreadPoolExecutor(at_once) as pool:
            some = questions[start : start + at_once]
            answers += pool.map(lambda question: _ask(client, question), some)
    return answers


@ask_all.misconception(
    "failures_left_out",
    "The questions that failed have no place in your list: {answers}. Then nobody can say which "
    "answer belongs to which question. What stands in the place of a failure?",
)
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(at_once) as pool:
        said = pool.map(lambda question: _ask(client, question), questions)
        return [text for text in said if text is not None]


@ask_all.misconception(
    "failure_as_empty_text",
    "A failure became an empty text: {answers}. A model, too, can answer with nothing, and that is "
    "no failure. What stands in the place of one?",
)
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(at_once) as pool:
        return [text or "" for text in pool.map(lambda text: _ask(client, text), questions)]


@ask_all.misconception(
    "statuses_alone",
    "A lost connection ended your function: {answers}. It has no status, and it is a failure as "
    "well as a 503. Of which kind are all errors of the client?",
)
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(at_once) as pool:
        ask = lambda text: _ask(client, text, errors=openai.APIStatusError)  # noqa: E731
        return list(pool.map(ask, questions))


@ask_all.misconception(
    "model_of_openai",
    "The model that was asked for is {model}, and mlx_lm.server would try to download it. Which "
    "name stands for the one that it has?",
)
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda text: _ask(client, text, model="gpt-4o"), questions))


ask_all.hints(
    "A call that waits for a server needs no processor. What can wait several times at once?",
    "`concurrent.futures.ThreadPoolExecutor(at_once)`: its `map` keeps the order.",
    "Make the client before the pool, write a function that asks one question and catches "
    "`openai.OpenAIError`, and `list(pool.map(ask, questions))`.",
)
