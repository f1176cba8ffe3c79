"""ask_all, an exercise of lesson 10, serving."""

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from types import SimpleNamespace

import openai

from course.exercise import exercise
from course.probe import outcome, sleeps

from .common import _status_error

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


class _Desk:
    """A server in this process, in which no time passes: it answers one request when everybody
    waits, so that no other can come first; the last one of `questions` is served first."""

    def __init__(self, questions, fails):
        self.questions, self.fails = questions, fails
        self.waiting, self.most, self.clients, self.models = {}, 0, 0, set()
        self.before = set(threading.enumerate()) - {threading.current_thread()}
        self.changed, self.came = threading.Condition(), 0
        self.looks, self.open = 0, False

    def connect(self):
        with self.changed:
            self.clients += 1
        return SimpleNamespace(
            chat=SimpleNamespace(completions=SimpleNamespace(create=self.create))
        )

    def create(self, *, model, messages, **_):
        question, me = messages[-1]["content"], threading.current_thread()
        with self.changed:
            self.models.add(model)
            self.waiting[me] = self.questions.index(question) if question in self.questions else -1
            self.most, self.came, self.looks = max(self.most, len(self.waiting)), self.came + 1, 0
            while not (self.waiting[me] == max(self.waiting.values()) and self.everybody_waits()):
                self.changed.wait(0.001)
            del self.waiting[me]
            self.looks = 0
        if question == self.fails:
            raise _status_error(503)
        message = SimpleNamespace(content=question.upper())
        return SimpleNamespace(choices=[SimpleNamespace(message=message)])

    def everybody_waits(self):
        """Whether no thread of the answer can bring another request before one is answered.

        A thread that waits in a way that is not known here would hold up all of them, so after 500
        looks in a row without anything new the desk is open: it answers whatever comes, at once.
        """
        self.looks += 1
        self.open = self.open or self.came >= len(self.questions) or self.looks > 500
        others = set(threading.enumerate()) - self.before - self.waiting.keys()
        return self.open or all(map(sleeps, others))


@ask_all.use(together="reading", clients="reading")
def _(answer, rng):
    at_once = int(rng.integers(3, 5))
    names = rng.permutation(["ana", "ben", "cleo", "dora", "emil", "fay", "gus", "hana"])
    questions = [str(name) for name in names[: 2 * at_once]]
    desk = _Desk(questions, questions[1])
    said = []
    ended = outcome(lambda: said.append(answer(desk.connect, list(questions), at_once)))
    found = said[0] if said and isinstance(said[0], list) else ended
    if isinstance(found, list):
        right = [None if i == 1 else text.upper() for i, text in enumerate(questions)]
        same = sorted(map(str, found)) == sorted(map(str, right))
        found = "as asked" if found == right else "in another order" if same else str(found)
    return {
        "answers": found,
        "together": min(desk.most, at_once + 1),
        "clients": desk.clients,
        "model": ", ".join(sorted(map(str, desk.models))),
    }


ask_all.says(
    passed="One client, a fixed number of threads, and each failure stays in its place.",
    answers="The answers",
    together="Requests under way at a time, at most",
    clients="Clients made",
    model="The model that was asked for",
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


def _ask(client, question, careful=True):
    messages = [{"role": "user", "content": question}]
    try:
        said = client.chat.completions.create(model="default_model", messages=messages)
    except openai.OpenAIError:
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
    "{clients} clients were made, one for each thread, as one would for a database. This one may "
    "be used by several threads at a time.",
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
    "All questions were sent in one moment: {together} were under way, where at most "
    "{together:expected} should be. With eight that is harmless; with a folder of a thousand notes "
    "the last ones wait longer than any client does. What holds them back?",
)
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(len(questions)) as pool:
        return list(pool.map(lambda question: _ask(client, question), questions))


@ask_all.misconception(
    "in_the_order_of_arrival",
    "The answers stand in the order in which they came: {answers}. A short answer overtakes a long "
    "one. What do you know about an answer when it comes in?",
)
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(at_once) as pool:
        under_way = [pool.submit(_ask, client, question) for question in questions]
        return [future.result() for future in as_completed(under_way)]


@ask_all.misconception(
    "one_failure_loses_all",
    "One request failed, and with it {answers}: the answers that were there are gone. A long job "
    "meets such an error sooner or later. Where could it be caught?",
)
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda question: _ask(client, question, careful=False), questions))


ask_all.hints(
    "A call that waits for a server needs no processor. What can wait several times at once?",
    "`concurrent.futures.ThreadPoolExecutor(at_once)`: its `map` keeps the order.",
    "Make the client before the pool, write a function that asks one question and catches "
    "`openai.OpenAIError`, and `list(pool.map(ask, questions))`.",
)
