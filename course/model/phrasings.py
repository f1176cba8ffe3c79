"""How notes say things. One in ten phrasings of each list is never trained on: see ``draw``.

In an action: n who; is, has, was, s, es: the verb's form for n; t the task, ts "sends the letters",
ting "sending the letters", o the thing, o_is "the letters are", done "sent", tail what follows it,
by " by Friday" or nothing, by_ ", by Friday" or nothing, lead "by Friday", d "Friday". Elsewhere x is the fact, n somebody.
"""

import re


def entries(text: str) -> list[str]:
    """The phrasings of a text: a semicolon with no blank after it parts them."""
    text = re.sub(r"\s*\n\s*", "\n", text.strip())
    text = text.replace(";\n", ";").replace("\n;", ";").replace("\n", " ")
    for slot in ("by", "by_", "by_due", "tail"):
        text = text.replace(" {" + slot + "}", "{" + slot + "}")
    return [" ".join(entry.split()) for entry in re.split(r";(?! )", text) if entry.strip()]


# Who does what, with or without a date.
ACTION = entries("""
{n} will {t}{by};{n} will {t}{by};{n} agree{s} to {t}{by};{n} {is} going to {t}{by};{n} offered
to {t}{by};{n} {has} to {t}{by};{n} promised to {t}{by};we asked {n} to {t}{by};it was agreed
that {n} will {t}{by};next, {n} should {t}{by};{n} need{s} to {t}{by};{n} to {t}{by};action for
{n}: {t}{by};{n} volunteered to {t}{by};the group wants {n} to {t}{by};{n} must {t}{by};{n}
want{s} to {t}{by};it falls to {n} to {t}{by};{n} can {t}{by};{n} plan{s} to {t}{by};{n} took on
the job to {t}{by};{n} said yes when we asked who could {t}{by};{n} {is} the one to {t}{by};we
count on {n} to {t}{by};{n} {is} happy to {t}{by};{n} {was} asked to {t}{by};{n} {is} to
{t}{by};please, {n}: {t}{by};we are glad that {n} will {t}{by};{n} {is} supposed to {t}{by};{n}
{was} told to {t}{by};{n} {is} expected to {t}{by};we agreed that {n} should {t}{by};{n} {is}
ready to {t}{by};{n} {ts}{by};{n} {is} {ting}{by};{n} will be {ting}{by};{n} take{s} care of
{ting}{by};{n} {is} responsible for {ting}{by};{n} {is} in charge of {ting}{by};{n} see{s} to
{ting} {by};{n} handle{s} {ting}{by};{n} look{s} after {ting}{by};{n} said {they} would {t}{by};
{n} said {theyll} {t}{by};{n} promise{s} to {t}{by};{n} shall {t}{by};{n} {is} down to {t}{by};
{n} {has} agreed to {t}{by};{n} {has} been asked to {t} {by};{n} could {t}{by}, {they} said;{n}
ought to {t}{by};the plan is for {n} to {t}{by};{n} undertook to {t}{by};{n} kindly offered to
{t}{by};{n} {is} up for {ting}{by};{n}'ll {t}{by};{n}'s job: {t}{by};{n} get{s} to {t}{by};{n}
still {has} to {t} {by};{n} still need{s} to {t}{by};{n}, please {t}{by};{n}, could you
{t}{by}?;{n}, can you {t}{by}?;could {n} please {t} {by}?;can {n} {t}{by}? {They} said yes;let's
have {n} {t}{by};we need {n} to {t}{by};it is up to {n} to {t}{by};it's {n}'s job to {t}{by};{n}
{was} given the job of {ting}{by};{ting} is {n}'s job{by_due};{ting} falls to {n}{by_due};{ting}
goes to {n} {by_due};to do for {n}: {t}{by};{n} put up a hand for {ting}{by};{n} {is} on the
hook for {ting}{by};{n} {has} it on the list to {t}{by};{n} will try to {t}{by};{n} will make
sure to {t}{by};{n} will then {t}{by};as for {n}, {they} will {t}{by};{n} {was} reminded to
{t}{by};{n} wanted to {t} and will do so{by};if all goes well, {n} will {t}{by};before we
forget: {n} {is} to {t} {by};{n} chose to {t}{by};it will be {n} who {ts}{by};who is going to
{t}? {n}{by_};somebody has to {t}, and {n} will do it{by};we need somebody to {t}; {n} will{by};
{n} raised a hand to {t}{by};from now on it is {n} who {ts}{by};thanks to {n}, who will {t}{by};
{n}, who has some time, will {t}{by};{n}, though busy, will {t}{by};{n} {has} time to {t}{by};
{n} {is} able to {t}{by};{n} decided to {t}{by};{n} hope{s} to {t}{by};{n} intend{s} to {t}{by};
{n} {is} keen to {t}{by};{n} {is} willing to {t}{by};{n} {is} meant to {t}{by};{n} said: I will
{t}{by};"I can {t}{by}", said {n};{n} will kindly {t}{by};also, {n} {is} to {t}{by}

""")  # fmt: skip
# Only with a date.
DUE = entries("""
{lead}, {n} will {t};{lead} {n} will {t};{lead}, {n} must {t};{n} need{s} to {t}; the deadline
is {d};to do {lead}: {n} will {t};{n} will {t}, deadline {d};{n} volunteered to {t}, due {d};
until {d}, {n} {has} time to {t};{n} will {t}, and that {lead};{n} {has} until {d} to {t};{n}
will {t}. Deadline: {d};{n} will {t}. This is due {d};{n} will {t}. It has to be done {lead};{n}
will {t} and should be done {lead};{n} will have to {t}. We need that {lead};{lead}, we need {n}
to {t};{d} is the deadline for {n} to {t};{d}: {n} {ts};on the list for {d}: {n} will {t};{n}
promised it for {d}: {t};{n} {has} to {t}; it's due {d};we gave {n} until {d} to {t};{n} will,
{lead}, {t};{n} said {they} can {t}, but not before the rest is done, so {lead};{n} will
{t}; {d} at the latest;{n} will {t} ({d});{n} will {t} - {d};{n} asked for more time to {t}; now
it is {d};the deadline for {n} to {t} is {d};{d} works for {n} to {t}

""")  # fmt: skip
# With the thing first. o_will: "the letters will", as they are.
PASSIVE = entries("""
{o} will be {done}{tail} by {n}{by};{o} will be {done}{tail} by {n}{by};{o_is} to be
{done}{tail} by {n}{by};{o} should be {done} {tail} by {n}{by};{o} must be {done}{tail} by
{n}{by};{o} {need} to be {done}{tail}{by}; {n} will do it;{o} {need} {doing}{tail}{by}, and {n}
will do that;{o_has} to be {done}{tail}{by}; {n} will see to that;{o}: {n} will {v}
{it}{tail}{by};{o_is} {n}'s job: {v} {it} {tail}{by};as for {o}, {n} will {v} {it}{tail}{by};{o}
can be {done}{tail} by {n}{by};{o_is} going to be {done}{tail} by {n}{by};{lead_} {o} will be
{done}{tail} by {n};{o} will get {done}{tail} by {n}{by};{o} still {need} to be {done}{tail}:
{n}{by_};{o} will be {done} {tail}{by}. {n} will do it;{o} will be {done}{tail}{by} ({n});we
want to have {o} {done}{tail}{by}; {n} will do it;who {vs} {o}{tail}? {n} {will}{by};about {o}:
{n} {is} going to {v} {it}{tail}{by};we talked about {o}. {n} will {v} {it}{tail}{by};{n} {has}
{o}; {they} will {v} {it} {tail}{by};nobody had {done} {o}{tail} yet, so {n} will{by}

""")  # fmt: skip
# As one notes it on a list.
TERSE = entries("""
{n}: {t}{by};{n}: {t}, {d};{n}: {t} ({d});{n} - {t} - {d};{n} to {t}{by};{n} to {t}, {d};{t}:
{n}, {d};{t} - {n}, {d};{t} ({n}, {d});{t} ({n}{by_});{t}{by} ({n});{n} -> {t} ({d});{n} / {t} /
{d};{d}: {t} ({n});{d} - {n}: {t};{n}: {t} | {d};@{n} {t}{by};@{n}: {t}{by};ACTION {n}: {t}{by};
Action: {n} to {t}{by};AP {n}: {t}{by};TODO {n}: {t}{by};[{n}] {t}{by};{n} will {t}{by};{n}
{ts}{by};{t}. Who: {n}. When: {d};{t}; {n}; {d};{t} -> {n}{by};{n} = {t}, {d};{t} = {n}, {d};
{n}, {t}{by};{n}: {ting}{by};{ting}: {n}{by_};{n} • {t} • {d};{t}, {n}, {d};{t} / {n} / {d};{n}
{t}{by};{n}: {t}. Due {d};{n}: {t} - due {d};{t} (owner: {n}, due: {d});who: {n}, what: {t},
when: {d};{t} – {n} – {d};{n} – {t}, {d};{n} | {t} | {d};{n}: {t} <- {d};{d} {n}: {t};{n} ({d}):
{t};{t} [{n}, {d}];{t} [{n}]{by};{n}: to {t}{by};{n} + {t} + {d}

""")  # fmt: skip
# Two tasks in a row: what stands between them. {m} is who does the second, {u} the task.
SAME = entries("""
{c} and {u};{c} and will {u};{c} and also {u};{c} and then {u};{c}, then {u};{c}, and after that
{u};{c} and to {u};{c}. {They} will also {u};{c}. {They} will {u} as well;{c}. {They} also {has}
to {u};{c}. After that {they} will {u};{c}, and {they} will {u};{c} as well as {uing};
{c}; {they} also agreed to {u};{c}. {Their} other job: {u};{c}. Then {they} {is} to {u};{c}. The
same for {uing};{c} & {u};{c} but first {they} will {u};{c}, plus {u};{c}. And {they} will {u},
too;{c}. {They} {is} also going to {u};{c}. On top of that {they} will {u}

""")  # fmt: skip
OTHER = entries("""
{c}, and {e};{c}; {e};{c}, while {e};{c}. Meanwhile, {e};{c}. Then {e};{c}. After that, {e};{c},
then {e};{c}, but {e};{c} so that {e};{c}, whereas {e};{c}. In return, {e};{c}. Once that is
done, {e};{c} and {e}

""")  # fmt: skip

HANDED = entries("""
{a} was to {t}, but {n} will do it{by};{a} wanted to {t}, but has no time; {n} will do it{by};
{a} had promised to {t}. {n} took that over{by_};instead of {a}, {n} will {t}{by};{n}, not {a},
will {t}{by};{a} cannot {t} any more, so {n} will{by};{t}: no longer {a} but {n}{by_};{a} asked
{n} to {t}{by}, and {n} agreed;{n} takes over from {a}: {t}{by};first {a} was going to {t}; now
it is {n}{by_};{a} is ill, so {n} will {t}{by};{a} hands over to {n}, who will {t}{by};{a}
handed it to {n} to {t}{by};{t} was on {a}'s list; it goes to {n}{by_};{a} gave {n} the job to
{t}{by};{a} swapped with {n}: {n} will {t}{by};{n} will {t}{by}, because {a} is away;{a} offered
to {t}, but in the end {n} will{by};as {a} is on leave, {n} will {t} {by};{a} can't make it, so
it is {n} who will {t}{by};we first asked {a} to {t}. {n} does it now{by_};not {a} but {n} will
{t}{by};{n} will {t} instead of {a}{by};correction: {n} will {t}{by}, not {a};{a} passed it on:
{n} will {t}{by};{n} will {t}{by}. {a} will not

""")  # fmt: skip
MOVED = entries("""
{n} will {t}, not by {x} but by {d};{n} was to {t} by {x}; now it is {d};the deadline for {n} to
{t} moves from {x} to {d};{n} cannot {t} by {x} and will do it by {d};{n} has more time to {t}:
{d} instead of {x};{n} will {t} by {d} (it was {x});{n} will {t}. {x} was too early, so {d};{n}
said {x} was too tight, so {they} will {t} by {d};{n} will {t} by {d} instead of {x}

""")  # fmt: skip

TOPIC = entries("""
meeting about {x};notes on {x};minutes of the meeting about {x};we met to talk about {x};
subject: {x};this was the weekly meeting on {x};topic: {x};today we spoke about {x};our talk was
about {x};agenda: {x};the only point on the agenda was {x};team call about {x};notes of our call
on {x};a quick word about {x};today: {x};the subject of the day was {x};once more we talked
about {x};weekly call, this time about {x};in short: {x};today's subject was {x};a short call
about {x};we discussed {x};we got together to discuss {x};{n} had called the meeting to talk
about {x};short meeting on {x};quick catch-up about {x};stand-up on {x};notes from the meeting
about {x};re: {x};meeting notes: {x};planning meeting for {x};this meeting was about {x};the
meeting was all about {x};we sat down to plan {x};it was about {x};main topic: {x};{n} wanted to
talk about {x};on the table: {x};we went through {x};{x} was the topic;{x} was what we met for;
the talk was of {x};we had a long talk about {x};first meeting about {x};another round on {x};
kick-off for {x};follow-up on {x};committee meeting on {x};what we said about {x};here are my
notes on {x};here is what we agreed about {x};a meeting on {x};a few notes on {x};notes, {x};our
meeting today was on {x};we spent the hour on {x};everything was about {x};catch-up re {x}

""")  # fmt: skip
DATE = entries("""
we met on {x};date: {x};the meeting was on {x};it was held on {x};we came together on {x};when:
{x};we sat down on {x};the call was on {x};this was on {x};we had this meeting on {x};date of
the call: {x};it took place on {x};{x}, in {y};we met on {x} in {y};date: {x}, in {y};the
meeting was on {x} in {y};on {x} we came together in {y};when and where: {x}, {y};it was held in
{y} on {x};we sat in {y} on {x};in {y}, on {x};we gathered in {y} on {x};the meeting took place
on {x};meeting held on {x};held {x};meeting of {x};{x};{x}, {y};minutes of {x};notes from {x};
{y}, {x};on {x} we met at {h} in {y};we met on {x} at {h};meeting on {x}, {h};written down on
{x} during the call;we spoke on {x};this is from {x};date {x};on {x} we talked

""")  # fmt: skip
PRESENT = entries("""
present: {x};{x} {were} there;{x} took part;at the table: {x};attending: {x};{x} {were} present;
with us: {x};in the room: {x};those present were {x};{x} came;people: {x};{x} attended;on the
call: {x};{x} had time for it;we were {x};round table with {x};{x} joined;round the table: {x};
attendees: {x};participants: {x};who was there: {x};only {x} came;only {x} made it;{x} {were}
in;{x} sat down together;there were {x};{x} met;{x} dialled in;in attendance: {x};attended by
{x};with {x};members present: {x};team: {x};{x} {were} around the table;{x} showed up;{x} turned
up;we had {x} with us;{x} {were} on the call;there: {x};here today: {x};{x} found the time;it
was {x} this time;who: {x};present were {x};{x} made up the meeting

""")  # fmt: skip
ABSENT = entries("""
apologies: {a};{a} sent apologies;absent: {a};{a} could not come;{a} was ill;{a} is on holiday;
{a} was missing;without {a}, who is away;{a} could not make it;not there: {a};{a} did not come;
apologies from {a};{a} had to stay at home;excused: {a};{a} wasn't there;regrets: {a};no sign of
{a};{a} was away;{a} stayed away;sorry not to see {a}

""")  # fmt: skip
COUNT = entries("""
{x} of us were there;{x} people came;we were {x};there were {x} of us;{x} people took part;{x}
people in the room;{x} members attended;a meeting of {x};{x} people joined the call;present: {x}
people;{x} turned up;all {x} of us came;number present: {x};just {x} of us this time

""")  # fmt: skip
DECISION_TO = entries("""
we decided to {x};decision: {x};it was decided to {x};the team chose to {x};after some debate we
agreed to {x};we voted to {x};everyone was in favour of the plan to {x};the group resolved to
{x};in the end we decided to {x};decided: {x};most of us wanted to {x}, so it is done;the vote
was clear: {x};we made up our minds to {x};the plan is now to {x};our choice was to {x};we
settled on the plan to {x};a majority chose to {x};agreed: {x};we agreed to {x};it was agreed to
{x};everyone agreed to {x};the decision was to {x};the committee decided to {x};we will {x},
that is decided;final decision: {x};resolved to {x};{n} proposed to {x}, and we agreed;{n}
suggested to {x}, and that was accepted;{n} moved to {x}; all in favour;all agreed to {x};the
board voted to {x};we finally decided to {x};it is decided: we {x};so we are going to {x}, all
agreed;after a vote, we will {x};we took the decision to {x};we came to the decision to {x};
carried: {x};approved: {x};the outcome: we will {x};what we decided: {x};we have decided to {x};
{n}'s idea to {x} was accepted;the vote: {x};we opted to {x};by five votes to two it was decided
to {x};we decided, after a long talk, to {x};decision taken: {x};it's settled, we {x}

""")  # fmt: skip
DECISION_THAT = entries("""
we decided that {x};decision: {x};it was decided that {x};the team agreed that {x};after some
debate we agreed that {x};we agreed that {x};agreed: {x};decided: {x};it was agreed that {x};it
is settled that {x};everyone agreed that {x};the vote was clear: {x};{n} proposed that {x}, and
all agreed;final decision: {x};resolved: {x};the group decided that {x};so it's decided: {x};
settled: {x};the committee decided that {x};the decision is that {x};what we decided: {x};from
now on, {x}, as we decided;carried: {x};we came to the decision that {x};all in favour: {x};
outcome: {x};we voted, and {x};it is now certain that {x};{x}: that is decided;{x}; everyone
agreed;the outcome of the vote: {x};approved: {x}

""")  # fmt: skip
DECISION_IT = entries("""
decision: {x};we decided on {x};we settled on {x};we chose {x};agreed: {x};decided: {x};the vote
went to {x};our choice is {x};we voted for {x};in the end it will be {x};we went for {x};final
decision: {x};everyone was for {x};it will be {x}, we decided;the group agreed on {x};the choice
fell on {x};we agreed on {x};all in favour of {x};settled: {x};what we decided: {x};the decision
was for {x};carried: {x};we opted for {x};decision taken: {x}

""")  # fmt: skip
BUDGET = entries("""
the budget is {x};we have {x} to spend;{n} confirmed a budget of {x};budget: {x};the costs must
stay below {x};our budget was set at {x};{n} asked for {x}, and got it;there is {x} for all of
this;we may spend {x};all of it may cost {x};{n} has set aside {x};the money for this: {x};it
will cost us {x} at most;we are given {x} for this;the budget will be {x};we are allowed to
spend {x};budget {x};we can spend {x};we can spend up to {x};{x} is all we have;there's {x} in
the pot;the board gave us {x};{n} has {x} for it;total budget: {x};the budget was raised to {x};
the budget was cut to {x};the budget is now {x};the budget stays at {x};we agreed on a budget of
{x};money: {x};funds: {x};the limit is {x};we must not spend more than {x};our budget: {x};{x}
in all, not more;the council gives us {x};a budget of {x} was approved;{n} said the budget is
{x};we've got {x} for this;with a budget of {x};costs up to {x} are covered;we have a budget of
{x};budget = {x};max. {x};{x} was approved for this;the committee set aside {x};we get {x} from
the fund;the whole thing must not cost more than {x};there is a budget of {x}

""")  # fmt: skip
RISK_THAT = entries("""
there is a risk that {x};risk: {x};{n} warned that {x};{n} is worried that {x};one concern: {x};
the main risk is that {x};{n} pointed out that {x};we should remember that {x};a danger: {x};{n}
is afraid that {x};the problem is that {x};it is possible that {x};{n} sees a problem: {x};what
worries us: {x};{n} fears that {x};a possible problem: {x};the risk is that {x};biggest risk:
{x};main worry: {x};worry: {x};concern: {x};the danger is that {x};we are worried that {x};our
worry is that {x};{n}'s worry is that {x};it might happen that {x};risks: {x};what could go
wrong: {x};watch out: {x};{x}, which is a risk;{x}; that is the main risk;{n} raised the concern
that {x};the one thing that could go wrong: {x};{n} fears {x};we fear that {x};there is some
danger that {x};open risk: {x};{n} noted the risk that {x}

""")  # fmt: skip
RISK_IT = entries("""
the risk is {x};risk: {x};main risk: {x};the main risk is {x};the biggest worry is {x};{n} is
worried about {x};we are worried about {x};{n} is afraid of {x};there is a risk of {x};there is
the risk of {x};the danger is {x};{x} is the main risk;{x} is our biggest worry;{x} could become
a problem;{x} might be a problem;{x} is a risk;{n} warned of {x};{n} warned us about {x};
concern: {x};worry: {x};biggest risk: {x};what worries us: {x};what could go wrong: {x};the only
risk is {x};our worry is {x};the problem could be {x};the weak point is {x};{n} sees a risk in
{x};{n} sees a problem with {x};{n} fears {x};watch out for {x};open risk: {x};{n}'s worry is
{x}

""")  # fmt: skip
NEXT = entries("""
we meet again on {x};next meeting: {x};the next meeting is on {x};we will talk again on {x};our
next date is {x};see you again on {x};the group meets again on {x};next time: {x};the next call
is on {x};we come together again on {x};we go on with this on {x};the next time we meet is {x};
next meeting {x};next: {x};the next meeting will be on {x};next meeting will be {x};we'll meet
again on {x};date of next meeting: {x};next call: {x};next one: {x};next session: {x};we
reconvene on {x};back together on {x};follow-up: {x};let's meet again {x};same again on {x};see
you {x};next meeting on {x} in {y};next meeting: {x}, {y};the next meeting is {x}, in {y};we
meet next on {x};the next get-together is on {x};next round: {x};until {x}, when we meet again;
the next meeting takes place on {x};we see each other again on {x};next up: meeting on {x};we
agreed to meet again on {x};{n} will invite us again for {x};to be continued on {x};NM: {x};we
will next meet on {x};next date: {x};our next meeting: {x}

""")  # fmt: skip

# What says nothing that is asked for, with names, dates, amounts and things of the same kinds.
NOISE = entries("""
{n} had to leave early;{n} was on the phone;the coffee was cold;{n} is back from holiday;
everybody was tired;the mood was good;{n} brought cake;the room was too warm;we began ten
minutes late;{n} told a long story;it was a short meeting;{n} thanked everyone;{n} was late;the
window was open;{n} asked whether {o} is ready;there was no word about {o};{n} showed us {o};{n}
has finished with {o};nothing new about {o};{n} thanked the team for {o};everybody enjoyed {e};
{n} told us about {e};there is no news about {e};{n} is looking forward to {e};{o} has been paid
for;{n} is happy with {o};{o} is still in the hall;{n} asked who needs {o};{n} made a joke about
{o};{p} liked {o};we spoke about {o} for a long time;{n} has questions about {o};{n} complained
about {o};{e} made us laugh;{n} likes {o};{n} is proud of {o};{n} has already {done} {o};{n}
{past} {o} last week;{n} {past} {o} on {d};{o} was {done} on {d};{o} has been {done};{n} had
{done} {o} by {d};last year's {e} cost {m};{n} paid {m} for {s};{o} costs {m};{n} found {o} for
{m};we still owe {p} {m};{e} brought in {m};the old {o2} cost {m};{p} asked for {m}, which is
too much;{n} is away until {d};{n} is away from {d};{n} has a birthday on {d};{e} was on {d};{e}
is on {d};{p} will be here on {d};{l} opens again on {d};since {d} {l} is closed;{n} has been
with us since {d};the last meeting was on {d};{n} will not be there on {d};{n} wanted to {t},
but that is no longer needed;we talked about {o} without a decision;{n} would like {o}, but
nobody agreed;no decision yet about {o};we could not agree about {o};{n} suggested {o}; we will
see;{n} thinks {o} looks good;{n} and {n2} argued about {o};{n} met {p} last week;{p} wrote to
{n} about {o};{p} phoned {n} on {d};{n} forgot {o};{n} lost {s};{p} sent {s};{s} arrived on {d};
{s} are here at last;thanks to {n} for {s};thanks to {n} for {o};well done, {n};{n} is new here;
{n} is the new {r};{n} used to be our {r};{n} took the minutes;{n} wrote these notes;{n} was in
the chair;the parking is bad;it rained all day;{n} joined by phone;we had tea first;{o} works
again;{o} is broken;{o} is out of stock;{e} went well;{e} was a success;{e} was fun;{n} has {o}
at home;{n} read out a letter from {p};{n} reported on {e};{n} gave an update on {o};{n}
reported that {o_is} {done};{n} says hello;{n} asked about {o}, but nobody knew;{p} are pleased
with {o};we looked at {o};{n} explained {o};{o} cost more than last year;{k} {s} were sold;{k}
people came to {e};{k} people have signed up for {e};we have {k} {s} left;{n} counted {k} {s};
the clock is wrong;our cat walked in;lunch was good;no other business;nothing else;that was all;
we finished at {h};it ended at {h};we started at {h};{n} will be missed;{n} leaves us in
{month};good news: {o} is back;{n} got {s} from {p};{n} would rather not {t};nobody wanted to
{t};we will not {t};there is no need to {t};{n} did not want to {t};{n} tried to {t}, without
luck;{n} has no time to {t};{n} will be on holiday on {d};{n} was asked about {o}; no answer
yet;{p} have said yes;{p} will come;we liked {n}'s {o2};the last {e2} was better;{n} laughed a
lot

""")  # fmt: skip
OPEN = entries("""
nobody has time to {t};we still need somebody to {t};who can {t}? Nobody knows yet;we could not
find anyone to {t};it is open who will {t};no one offered to {t};somebody should {t};it is not
clear who will {t};someone has to {t}

""")  # fmt: skip

START = ["so, ", "ok, ", "right, ", "well, ", "also, ", "oh, and ", "by the way, ", "anyway, ", "then: ", "in addition, ", "moreover, ", "and ", "finally, ", "last but not least, ", "first, ", "second, ",
         "as usual, ", "furthermore, ", "good to know: ", "news: ", "note: ", "nb: ", "next point: "]  # fmt: skip
HELLO = ["Hi all,", "Dear all,", "Hello everyone,", "Hi team,", "Hi,", "Dear colleagues,", "Hey all,", "Hello,", "Morning all,", "Dear friends,", "Hi folks,", "Dear committee,", "All,", "Hi everybody,", "Dear parents,"]  # fmt: skip
ASIDE = ["here is what we said.", "a quick summary of today:", "these are my notes.", "thanks for coming.", "short notes from the meeting:", "as promised, the notes.", "here are the minutes.", "below is what we agreed.", "thanks for today.", "just a short note.", "a few words about today.", ""]  # fmt: skip
BYE = ["Best,", "Thanks,", "Cheers,", "Best wishes,", "See you,", "Kind regards,", "Yours,", "Many thanks,", "All the best,", "Bye,", "Greetings,", "Regards,"]  # fmt: skip
HEADINGS = {
    "topic": ["Topic", "Subject", "Agenda", "About", "Theme", "Re"],
    "date": ["Date", "When", "Day", "On"],
    "present": ["Present", "Attendees", "Participants", "People", "Who was there", "Attending", "There", "Team", "In attendance"],
    "absent": ["Apologies", "Absent", "Excused", "Not there", "Regrets", "Away"],
    "decision": ["Decisions", "Decision", "Decided", "Agreed", "Outcome", "Resolved"],
    "budget": ["Budget", "Money", "Costs", "Finance", "Budget and costs", "Funds"],
    "risk": ["Risks", "Risk", "Worries", "Concerns", "What could go wrong", "Open risks", "Problems"],
    "next": ["Next meeting", "Next", "Next time", "Next date", "Next session", "Date of next meeting", "Next call"],
    "actions": ["Actions", "Action items", "To do", "Tasks", "Next steps", "TODO", "Who does what", "Action points", "Jobs", "AOB and actions", "Follow-up", "Todos"],
    "other": ["Other", "News", "AOB", "Any other business", "Discussion", "Notes", "Round the table", "Updates", "Done", "Misc"],
}  # fmt: skip
# Beginnings that tell several facts at once. g: who met; t the topic, d the date, p the people, l where, h when.
HEADS = entries("""
{g}, {d};{g}, {d}, {l};{g} of {d};{g} ({d});{g} / {d};{g} - {d};{g}: {t};{g}, {d}: {t};{g} on
{t};{g} about {t}, {d};{t} - {d};{t}, {d};{t} ({d});minutes of {g}, {d};notes from {g}, {d};{g},
{d}, {h};{g}, {h}, {l};{d}: {g};{d}, {g};{d} - {t};on {d} we came together because of {t};on {d}
we met to talk about {t};we met on {d} to discuss {t};we met on {d} in {l} to speak about {t};on
{d} {p} met about {t};{p} met on {d} to plan {t};{p} met in {l} to discuss {t};{p} sat together
on {d};{p} and I met on {d};{p} came together to talk about {t};{p} got together on {d} because
of {t};{p} talked about {t};{p} went over {t} on {d};{p} discussed {t} in {l};{p} met;we, that
is {p}, sat together about {t};we, that is {p}, met on {d};there were {k} of us: {p};we were
{k}: {p};{k} of us met: {p};{g}. {p} there;{g}, {d}. {p};{g}. {p}. {l}, {h};{g}, {d}. Present:
{p};{d}, {l}. {p};{d}. {p};{g}: {p};with {p} in {l} on {d};{d}, {h}, {l}: {p};the {d} meeting
was about {t};the meeting on {d} was about {t};short meeting on {d} about {t};quick call with
{p} on {d};quick call with {p} about {t};today, {d}, we talked about {t};today {p} and I talked
about {t};the only item on {d} was {t};{d} - {p} - {t};{t}. {d}. {p};re {t}: we met on {d};{g}
in {l} on {d} with {p};{p} were there when we talked about {t};present at {g} on {d}: {p};our
{d} meeting: {p};at {g} on {d} we spoke about {t};{t} was what {p} talked about on {d};{n} had
asked us to meet about {t};since {n} was ill, {p} met without her on {d};last night ({d}) we had
{p} round the table;{g} met on {d};{g} met in {l} on {d} about {t};{d} was the day of our
meeting on {t};we sat down on {d}, {p} and I, to talk about {t};it was all about {t} on {d};this
was {g} on {d};{p} sat in {l} on {d} and went through {t};the talk on {d} turned on {t}

""")  # fmt: skip
# A decision that is only told, as it will be.
TOLD_TO = entries("""
we will {x};we'll {x};so we {x};we {x};from now on we {x};we are going to {x};we now {x};this
year we {x};instead, we {x};as of now we {x};we will {x} this year;it is better to {x}, so we
will;{n} convinced us to {x};we want to {x};let's {x}, everyone said;yes, we will {x};we said we
would {x}

""")  # fmt: skip
TOLD_THAT = entries("""
{x};{x};{x};from now on {x};{x} from now on;{x} this year;for now {x};{x}, everyone was for it;
so {x};{x} after all;this time {x};{x}, as {n} proposed;{x} until further notice;{x} (all in
favour);{x} in future;starting now, {x}

""")  # fmt: skip
# A risk with its condition: x is what may happen.
RISK_IF = entries("""
if {c}, {x};{x} if {c};should it happen that {c}, {x};{n} fears that {x} if {c};we are worried
that {x} if {c};risk: {x} if {c};if {c}, {n} says, {x};in case {c}, {x};when {c}, {x};the
danger: if {c}, {x};what if {c}? Then {x};{x}, should it be that {c};unless we are careful, {x};
in the worst case {x};{x}, and that keeps {n} awake;there is a chance that {x};as in 2019, {x},
we fear;I fear that {x};it could be that {x};my worry: {x};{n} thinks {x};chances are that {x}

""")  # fmt: skip
PRESENT += entries("""
here: {x};{x} and me;{x} were here;we sat together: {x};{x} sat in {y};around the table: {x};in
{y}: {x};{x}, that was all;{x} were on the line;with {x} we were complete;{x} are here;{x} got
together;{x} came together;{x}

""")  # fmt: skip
NEXT += entries("""
we look at it again on {x};back on {x};we speak again on {x};the next one is on {x};we gather
again on {x};next committee: {x};next round on {x};{x}: next meeting;more on {x};we sit down
again on {x};until then: {x};we continue {x};the next time is {x};we will see each other again
on {x};meet again {x};again on {x};next gathering: {x}, same place;next meeting: {x}, same
place;we'll be back together on {x};the group gathers next on {x};{x} is our next date;{x} is
when we meet again

""")  # fmt: skip
BUDGET += entries("""
for {o} there is {x};at most {x} may be spent on it;we can spend {x} on {o};{x} may be spent;{x}
in the kitty for this;{p} give us {x};for all this we have {x};not more than {x}, all in all;
there are {x} in the pot;we have put aside {x};we must stay under {x};{x} has been set aside for
{o};{p} will pay up to {x};{x} from {p} is all we get;up to {x}, said {n};spending limit: {x};
{n} will not pay more than {x};for {o} we have {x}, not a cent more;{x} is the most we can
spend;the cap is {x};we have {x} for {o}

""")  # fmt: skip
NOISE += entries("""
{n2} looked in for a minute;{n2} sends regards;{n2} sent best wishes;{n2} left before we began;
{n} has no task this time;{n} is off the hook;nothing to do for {n};{n} will be away;{n} already
{past} {o};{n} had {done} {o} before we met;{o} was {done} by {n} last week;{n} passed the exam,
congratulations;{o} will hold one more winter;{n} is moving house;{p} want {m} for {o}, which is
too dear;{o}: not now, too dear ({m});the quote for {o} is {m};{o} has doubled to {m};{n} sells
{o} for {m};{e} made {m};no date for the next meeting yet;nobody knows when we meet again;no
date has been fixed for {e};we had a go at the budget but gave up;the budget is still open;the
money is not clear yet;no decision on {o} today;{o} is postponed to another meeting;whether {o}
will come, nobody could say;{n} has {o} since {d};{o} was found in {l};{o} is nearly out;{s}
nearly out;{l} is shut until {d};{l} is wet;{n} and {n2} send their love;good biscuits, by the
way;we laughed a lot about {o};it was a long evening;the notes of {d} were approved;last minutes
were read and approved;{n2} was thanked for {o};{e} was moved to {d} by {p};{p} open at {h} on
{d};{n} told us about {p};{n} reported from {l};{n} is worried;{n} lives in {l} now;{n} was in
{l} on {d};{e} starts at {h};{e} is sold out;{k} new members since {d};{n} showed photos of {e};
{n} fell asleep;{n} has to leave at {h};{n} turned {k} on {d}

""")  # fmt: skip
ACTION += entries("""
{n}, you will {t}{by};{n}, that leaves you to {t}{by};{n}, it is yours to {t}{by};that is yours,
{n}: {t}{by};{n}, I'm afraid, get{s} to {t}{by};you, {n}, will {t}{by};{n}, you offered to
{t}{by};{n}, will you {t}{by}?;{n}, you have to {t}{by};{n}, don't forget to {t}{by}

""")  # fmt: skip
ACTION += (
    ["{n} {ts}{by}"] * 6
    + ["{n} will {t}{by}"] * 6
    + ["{n} to {t}{by}", "{n} {is} to {t}{by}", "{n} {ts}{by}, too"]
)
ACTION += entries("""
{n} {is} writing it down: {t}{by};{n} will kindly {t}{by};{n} {has} promised to {t}{by};{n}
kindly agree{s} to {t}{by};{n} get{s} {ting}{by_};{n} {has} taken on {ting}{by_};{n} volunteered
for {ting}{by_};{n} {has} offered to {t}{by};{n} get{s} the job of {ting}{by_};{n} will start
{ting} and be done{by};{n} {has} been talked into {ting}{by_};{n} {was} talked into {ting}{by_};
somebody has to {t}, and {n} {has} taken that on{by_};{n} stay{s} on to {t}{by};{n} may {t}{by};
{n} {is} kind enough to {t}{by};I asked {n} to {t}{by};I would like {n} to {t}{by};{n} {is}
asked to {t}{by};{n}, you said you would {t}{by};that leaves {n} to {t}{by};{n} want{s} to {t}
and be done{by};{n} promises to {t}{by};{n} finally agreed to {t}{by};{n} {is} off to {t}{by};
{n} {is} doing the rest: {t}{by}

""")  # fmt: skip
DUE += entries("""
{n} {has} to have it done {lead}: {t};{n} {ts}, also {lead};{n} will {t}, {lead} that is;{n}
{ts} ({d});{n} {ts}, {d};{n} {ts}, deadline {d};{n} {ts}, due {d};{n} will {t}, to be done
{lead};{n} hope{s} to {t}, {lead};{d}, {n} {ts};{lead} {n} {ts};{lead}, {n} {has} to {t};{n}
will {t}, which has to be done {lead};{n} will {t}, no later than {d};{n} {is} to {t}, and {d}
is the last day for it;{n} will have {ting} done {lead};it must be done {lead}: {n} will {t}

""")  # fmt: skip
OTHER += entries("""
{c}, {e};{c}, and in the meantime {e};{c} before {e};{c}; in turn, {e};{c}. At the same time
{e};{c}. Also, {e};{c} – and {e};{c}. And {e}

""")  # fmt: skip
