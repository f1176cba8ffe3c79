"""How one asks about notes: questions composed of a kind's words and of polite or blunt frames.

One in ten entries of each list is never trained on: see ``draw``. Knows no answers.
"""

import re
from functools import cache

from course.model.draw import Pen
from course.model.phrasings import entries

# {x} is "the budget": how a plain fact is asked for.
_NOUN = entries("""
What is {x}?;What is {x}?;What's {x}?;What was {x}?;Name {x}.;Give {x}.;Give me {x}.;Tell me
{x}.;{X}?;{X}, please.;Please give {x}.;State {x}.;Find {x}.;Look up {x}.;Write down {x}.;Can
you tell me {x}?;Could you tell me {x}, please?;I need {x}.;I'd like to know {x}.;Read me {x}.;
Extract {x}.;Please name {x}.;Do you know {x}?;Could you give me {x}?;Show me {x}.;What do the
notes give as {x}?;Which is {x}?;Let me have {x}.;Say {x}.;Please tell me {x}.;Can you find {x}?

""")  # fmt: skip
# {x} is a question within another: "who was there".
_INNER = entries("""
Can you tell me {x}?;Could you tell me {x}, please?;Please tell me {x}.;Tell me {x}.;Do you know
{x}?;I'd like to know {x}.;Say {x}.;I want to know {x}.;Could you say {x}, please?;Find out
{x}.;Can you see {x}?;Let me know {x}.;Do the notes say {x}?;Does it say {x}?;Could you please
tell me {x}?;I wonder {x}.;I need to know {x}.;Do you see {x}?;Look up {x}.;Please say {x}.;Any
idea {x}?;Could you check {x}?;Remind me {x}.;Write down {x}.

""")  # fmt: skip
# {x} is a whole question.
_OUTER = entries("""
According to the notes, {x};From the notes: {x};Quick question: {x};In this meeting, {x};Please:
{x};And {x};So {x};Hi, {x};Now, {x};One question: {x};As the notes have it, {x};Looking at the
notes, {x};Just to be sure: {x};Sorry, {x};Question: {x};OK, {x};Tell me: {x};Read the notes:
{x};Hello, {x};In the notes above, {x}

""")  # fmt: skip

# kind -> (whole questions, questions within others, nouns). n: a name, t: a task, d: a date.
FACTS = {
    "topic": (
        entries("""
            What was the meeting about?;What did they talk about?;What did they discuss?;Which
            subject was discussed?;What is this about?;What was talked about?;Which project was
            this about?;What was on the agenda?;What was the call about?;What was discussed?;
            What were they meeting about?;What did the meeting deal with?;What is the meeting
            about?;Why did they meet?;What did the group talk about?;What was this meeting for?;
            What are these notes about?;What did they meet about?;What's this meeting about?;
            What did they come together for?

        """),
        ["what the meeting was about", "what they talked about", "what was discussed", "what this is about", "what the topic was", "what they met about", "what was on the agenda", "what the call was about"],
        ["the topic", "the subject", "the topic of the meeting", "the subject of the meeting", "the theme", "the main topic", "the subject of these notes", "the topic of the notes", "the meeting's topic", "the subject of the call"],
    ),
    "present": (
        entries("""
            Who was there?;Who was present?;Who took part?;Name the people in the meeting.;List
            everyone who attended.;Which people took part?;Which people were there?;Who attended
            the meeting?;Who came?;Name everyone who was present.;List the people.;Who was in
            the meeting?;Which names are on the list of those present?;Which people were
            present?;Who attended?;Who joined?;Who was at the meeting?;Who joined the meeting?;
            Who sat at the table?;List the people who came.;List all who were there.;Who showed
            up?;Who was in the room?;Who were the participants?;Who met?;List those present.;Who
            came to the meeting?;Who is listed as present?;Which people attended?;Who
            participated?;List the attendees.;Name those present.;Who all was there?

        """),
        ["who was there", "who was present", "who took part", "who came", "who attended", "who joined", "who was at the meeting", "who attended the meeting", "which people were there", "who showed up"],
        ["the people present", "the attendees", "the participants", "the names of those present", "the names of the people", "the list of people", "everyone present", "the attendance list"],
    ),
    "how_many": (
        entries("""
            How many people were there?;How many people took part?;Count the people.;How many
            were present?;How many people attended?;How many people came?;Give the number of
            people.;How many names are on the list?;How many people were in the meeting?;How
            many were there?;How many attended?;How many people joined?;How many came to the
            meeting?;How many people were present?;How many people met?;How many participants
            were there?;Count those present.;How many attendees were there?;How large was the
            group?;How many people took part in the meeting?;How many came?

        """),
        ["how many people were there", "how many took part", "how many people came", "how many were present", "how many people attended", "how many people met", "how many there were", "how many joined"],
        ["the number of people", "the number of people present", "the number of attendees", "the number of participants", "the head count", "the count of people", "the size of the group", "the number of names"],
    ),
    "date": (
        entries("""
            When did they meet?;On which date was the meeting?;When was the call?;When was
            this?;On which day was the meeting?;On which day did they meet?;When was this
            meeting held?;When did this happen?;When was the meeting?;When did the meeting take
            place?;What day was the meeting?;What date was the meeting?;When did the group
            meet?;When was it?;On what day did they meet?;When was the meeting held?;Which day
            did they meet?;When did the meeting happen?;When did it take place?;What day did
            they meet on?;From when are these notes?

        """),
        ["when they met", "when the meeting was", "when this was", "on which day they met", "when the meeting took place", "when it was held", "what day the meeting was", "on which date they met"],
        ["the date of the meeting", "the date", "the meeting's date", "the day of the meeting", "the date of this meeting", "the date of the call", "the day on which they met", "the date of these notes"],
    ),
    "decision": (
        entries("""
            What was decided?;What did they decide?;Which decision was made?;What did they agree
            on?;What did the group decide?;Which decision was taken?;What did they choose to
            do?;Which decision did they make?;What was agreed?;What did they decide to do?;What
            has been decided?;What did the team decide?;What decision was made?;What decision
            did they take?;What did the meeting decide?;What did they settle on?;What have they
            decided?;Which decision came out of the meeting?;What did they vote for?;What was
            the group's decision?;What's been decided?;What decision was reached?

        """),
        ["what was decided", "what they decided", "what the group decided", "which decision was made", "what they agreed on", "what has been decided", "what decision they took", "what they chose"],
        ["the decision", "the decision that was made", "their decision", "the group's decision", "the outcome of the vote", "the decision taken", "the decision of the meeting", "the team's decision"],
    ),
    "budget": (
        entries("""
            How much can they spend?;How much money is there?;How big is the budget?;How much
            may it cost?;How much money do they have?;How much may they spend?;What amount can
            they spend?;How much money can they spend?;How much is the budget?;How much do they
            have to spend?;How large is the budget?;How much money do they have to spend?;What
            can they spend?;How much is there to spend?;How high is the budget?;How much is
            available?;What budget do they have?;How much is in the budget?;How much budget is
            there?;How much are they allowed to spend?;What may it cost at most?;How much did
            they get?

        """),
        ["how much they can spend", "how much money there is", "how big the budget is", "how much it may cost", "what the budget is", "how much money they have", "how much they may spend", "how high the budget is"],
        ["the budget", "the amount they can spend", "the total budget", "the limit on spending", "their budget", "the money available", "the sum available", "the size of the budget"],
    ),
    "risk": (
        entries("""
            What could go wrong?;Which problem was named?;What worries them?;Which risk is
            there?;Which risk was named?;What risk was mentioned?;What are they worried about?;
            What are they afraid of?;What might go wrong?;Which risk was mentioned?;What risk do
            they see?;What is there to worry about?;What might be a problem?;What can go wrong?;
            What risk did they name?;What do they fear?;What problem could there be?;Which risk
            do they see?;Which risk came up?;What was seen as a risk?;What may go wrong?

        """),
        ["what could go wrong", "what the risk is", "what worries them", "which risk was named", "what they are worried about", "what might go wrong", "which risk they see", "what they fear"],
        ["the risk", "the problem", "the main risk", "the risk that was named", "their worry", "the danger", "the main worry", "the concern", "the biggest risk", "the risk mentioned"],
    ),
    "next": (
        entries("""
            When do they meet again?;When is the next meeting?;When is the next call?;When will
            they talk again?;On which day is the next meeting?;When will the next meeting be?;
            When will the group meet again?;When does it go on?;When will they meet again?;When
            will they meet next?;When is their next meeting?;When are they meeting again?;When
            does the group meet again?;When do they meet next?;When's the next meeting?;When is
            the next one?;When will the next meeting take place?;What date is the next meeting?;
            When do they see each other again?;When do they come together again?;What day is the
            next meeting?;When does the next meeting take place?

        """),
        ["when they meet again", "when the next meeting is", "when they will meet again", "when the next meeting will be", "when the group meets again", "when the next call is", "when they talk again", "when they meet next"],
        ["the date of the next meeting", "the next date", "the next meeting's date", "the day of the next meeting", "the time of the next meeting", "the date when they meet again", "the date of the next call", "the next meeting date"],
    ),
    "busy": (
        entries("""
            Who has something to do?;Who has a task?;Which people got a task?;Who got a task?;
            Who has to do something?;Name the people who have a task.;Which people have
            something to do?;Who has work to do?;Who got something to do?;Which people have
            tasks?;Who took on a task?;Who has tasks?;Name everyone with a task.;List everyone
            who has something to do.;Who must do something?;Who was given a task?;Which people
            have to do something?;Who has a job to do?;Who took something on?;List the people
            with tasks.;Name those who have a task.;Who is busy?;Who has an action?

        """),
        ["who has something to do", "who has a task", "who got a task", "which people have tasks", "who has to do something", "who took on a task", "who has work to do", "who was given a task"],
        ["the people who have a task", "the names of those with tasks", "everyone who has something to do", "the people with tasks", "everyone with a task", "those who have a task", "the people with something to do", "the names of the people who have to do something"],
    ),
    "dates": (
        entries("""
            Which dates were named for the tasks?;List the due dates.;Which due dates are
            there?;By which dates are the tasks due?;Which due dates were named?;List the dates
            of the tasks.;List the deadlines.;Which deadlines are there?;When are the tasks
            due?;What dates are the tasks due?;List all deadlines.;List all due dates.;Which
            deadlines were set?;By when are the tasks due?;When are things due?;When is
            everything due?;Which deadlines do the tasks have?;Name all deadlines.;List when the
            tasks are due.;What deadlines were set?;Which deadlines were named?

        """),
        ["when the tasks are due", "which deadlines there are", "which due dates were named", "by when the tasks are due", "what the deadlines are", "which deadlines were set", "what the due dates are", "which dates the tasks are due"],
        ["the due dates", "the deadlines", "all the deadlines", "the dates by which the tasks are due", "all due dates", "the deadlines of the tasks", "the due dates of the tasks", "the task deadlines"],
    ),
}  # fmt: skip

# About a task: n who, t, ts "sends the letters", ting, o the thing, is, done.
WHO = (
    entries("""
        Who will {t}?;Who will {t}?;Who has to {t}?;Who is going to {t}?;Whose job is it to
        {t}?;Who must {t}?;Who is to {t}?;Who agreed to {t}?;Name the person who will {t}.;Which
        person will {t}?;Who was asked to {t}?;Who should {t}?;Who {ts}?;Who {ts}?;Who is
        {ting}?;Who's {ting}?;Who is responsible for {ting}?;Who takes care of {ting}?;Who is in
        charge of {ting}?;Who's going to {t}?;Who needs to {t}?;Who is supposed to {t}?;Whose
        task is it to {t}?;Who promised to {t}?;Who offered to {t}?;Who volunteered to {t}?;Who
        took on the job to {t}?;Who'll {t}?;Who is expected to {t}?;Who has agreed to {t}?;By
        whom will {o} be {done}?;Who will see to {ting}?;Who is taking care of {o}?;Who takes
        care of {o}?;Who is dealing with {o}?;Who is responsible for {o}?;Who handles {o}?;Who
        said they would {t}?;Who can {t}?;Who looks after {ting}?;Who does it fall to to {t}?;
        Who wants to {t}?;To whom does it fall to {t}?;Who will be {ting}?;Who is the one to
        {t}?;Who is meant to {t}?;Who plans to {t}?;Who took over {ting}?

    """),
    ["who will {t}", "who has to {t}", "who {ts}", "who is going to {t}", "who should {t}", "whose job it is to {t}", "who is responsible for {ting}", "who takes care of {ting}", "who takes care of {o}", "who is to {t}", "who must {t}", "who is {ting}", "who agreed to {t}"],
    ["the person who will {t}", "the name of the person who has to {t}", "the person who {ts}", "the person responsible for {ting}", "the one who will {t}", "the person in charge of {ting}", "the name of whoever will {t}", "the person who is to {t}"],
)  # fmt: skip
WHEN = (
    entries("""
        By when will {n} {t}?;When {does} {n} have to {t}?;Until when can {n} {t}?;By when must
        {n} {t}?;By when {is} {n} going to {t}?;When must {n} {t}?;When will {n} {t}?;When will
        {n} {t}?;By what date will {n} {t}?;Until when {does} {n} have time to {t}?;By when
        {does} {n} have to {t}?;When should {n} {t}?;By when should {n} {t}?;When {is} {n}
        {ting}?;When {is} {n} going to {t}?;When {does} {n} {t}?;When {does} {n} need to {t}?;
        When will {o} be {done}?;When {o_is} to be {done}?;By when must {o} be {done}?;By when
        will {o} be {done}?;When does {o} have to be {done}?;How long {does} {n} have to {t}?;
        What day will {n} {t}?;When {is} {n} supposed to {t}?;By when {is} {n} to {t}?;When can
        {n} {t}?;When did {n} promise to {t}?;By what date must {n} {t}?;By which date {does}
        {n} have to {t}?;When {is} {n} due to {t}?;On what day will {n} {t}?

    """),
    ["when {n} will {t}", "by when {n} will {t}", "when {n} {has} to {t}", "by when {n} {has} to {t}", "when {n} must {t}", "by when {n} should {t}", "until when {n} {has} time to {t}", "when {o} will be {done}", "when {n} {is} going to {t}", "by when {o} must be {done}", "when {n} {ns}", "by what date {n} will {t}"],
    ["the deadline to {t}", "the deadline for {n} to {t}", "the date by which {n} must {t}", "the deadline for {ting}", "the due date for {ting}", "the date by which {n} will {t}", "the deadline for {o}", "the day by which {n} {has} to {t}", "the time limit for {n} to {t}"],
)  # fmt: skip
DUE = (
    entries("""
        What is due by {d}?;Which task is due by {d}?;What must be ready by {d}?;What has to be
        done by {d}?;Which task has to be done by {d}?;Which tasks are due by {d}?;What is to be
        done by {d}?;What must be done by {d}?;Which task must be done by {d}?;Which task must
        be ready by {d}?;What is due on {d}?;What's due by {d}?;What's due on {d}?;What needs to
        be done by {d}?;What should be done by {d}?;Which task is due on {d}?;What has to be
        finished by {d}?;What will be done by {d}?;Which job is due by {d}?;What needs doing by
        {d}?;What is due {d}?;What's due {d}?;What has {d} as its deadline?;Which tasks have to
        be done by {d}?;Which tasks must be finished by {d}?;What falls due on {d}?

    """),
    ["what is due by {d}", "what has to be done by {d}", "which task is due by {d}", "what must be done by {d}", "what is due on {d}", "what needs to be done by {d}", "which tasks are due by {d}", "what must be ready by {d}"],
    ["what is due by {d}", "the task due by {d}", "the tasks due by {d}", "the task that is due on {d}", "everything due by {d}", "all that is due by {d}", "what has to be done by {d}", "the job that is due by {d}"],
)  # fmt: skip
TASKS_OF = (
    entries("""
        What will {n} do?;What {does} {n} have to do?;What are the tasks of {n}?;Which tasks
        {does} {n} have?;What must {n} do?;What is the task of {n}?;What {was} {n} asked to do?;
        What should {n} do?;What did {n} agree to do?;What {is} {n} to do?;List the tasks of
        {n}.;Which task did {n} get?;What {is} {n} going to do?;What {is} {n} doing?;What {does}
        {n} do?;What {is} {n} responsible for?;What {has} {n} to do?;What {does} {n} need to
        do?;What {is} {n} supposed to do?;What did {n} promise to do?;What did {n} take on?;What
        {is} {n}'s task?;What are {n}'s tasks?;What's {n}'s job?;What is on {n}'s list?;Which
        task {does} {n} have?;What did {n} say they would do?;List {n}'s tasks.;List what {n}
        {has} to do.;Which tasks did {n} get?;What {does} {n} take care of?;Which jobs {does}
        {n} have?;What {is} {n} expected to do?;What did {n} offer to do?;What {is} {n} in
        charge of?;What'll {n} do?

    """),
    ["what {n} will do", "what {n} {has} to do", "what {n} must do", "what {n} should do", "what {n} {is} going to do", "which tasks {n} {has}", "what {n} {was} asked to do", "what {n} agreed to do", "what {n} {is} responsible for", "what {n}'s task is"],
    ["the tasks of {n}", "the task of {n}", "{n}'s task", "{n}'s tasks", "{n}'s job", "what {n} {has} to do", "all of {n}'s tasks", "everything that {n} {has} to do", "{n}'s to-do list"],
)  # fmt: skip
TOOL = entries("""
Add {n}'s task to the list.;Add {n}'s task to the list.;Put {n}'s task on the list.;Add the task
of {n} to the list.;Add {n}'s tasks to the list.;Please add {n}'s task to the list.;Save {n}'s
task.;Enter {n}'s task in the list.;Record what {n} has to do.;Can you add {n}'s task to the
list?;Could you put {n}'s task on the list, please?;Add what {n} has to do to the list.;Create
an entry for {n}'s task.;Note {n}'s task in the list.;File {n}'s task.;Put what {n} will do on
the list.;Store {n}'s task.;Add an item for {n}.;Make an entry for what {n} has to do.;Log {n}'s
task.;Add {n}'s job to the to-do list.;Register {n}'s task.;Use the tool to add {n}'s task.;Call
the tool for {n}'s task.;Track {n}'s task.;Add {n}'s to-do.;Put {n} on the list with the task.;
{n}'s task goes on the list, please.

""")  # fmt: skip

WHO[0].extend(
    entries("""
    Who is to {t}?;Who {ts}?;Who {ts} in the end?;Who will {t} after all?;Who is {ting} now?;Who
    has taken on {ting}?;Who deals with {o}?;Who sees to {o}?;Who is responsible for {o} now?;
    Who gets to {t}?;Who has been asked to {t}?;Who is stuck with {ting}?;Who has been given the
    job to {t}?;Who was given the job of {ting}?;Who is down to {t}?;Which of {g} will {t}?;Who
    of {g} {ts}?;Who ended up with {ting}?;Who does the {ting}?;Who looks after {o}?;Who has to
    see to {o}?;Who works on {o}?;Who is doing {o}?;Who gets {o} done?;Who is going to take care
    of {o}?

""")
)
WHEN[0].extend(
    entries("""
    By when should {o} be {done}?;By when is {o} to be {done}?;What is the deadline for {o}?;
    When must {o} be {done}?;By what time should {o} be {done}?;Until when {has} {n} time to
    {t}?;Until when {has} {n} time for {o}?;By when {is} {n} to have {done} {o}?;What deadline
    {does} {n} have for {ting}?;What is {n}'s deadline for {ting}?;By when {does} {n} {t}?;What
    date is set for {ting}?;On which date {is} {n} to {t}?;By which day will {n} {t}?;When {is}
    {n} expected to {t}?;When {does} {n} plan to {t}?;When will {n} be done {ting}?;When is {o}
    due?;By when must {o} be ready?;When should {o} be {done}?;When {has} {n} to {t}?;By when
    {has} {n} to {t}?

""")
)
TASKS_OF[0].extend(
    entries("""
    What is on {n}'s plate?;What {has} {n} taken on?;What {was} {n} given to do?;What {is} {n}
    to take care of?;And what must {n} do?;What {has} {n} been asked to do?;What {is} {n} down
    for?;What {is} {n} left with?;{n} {is} responsible for what?;What did {n} get to do?;What
    will {n} have to do?;What jobs did {n} take on?;What {has} {n} promised?;And {n}, what will
    they do?;What's on {n}'s to-do list?;What work {does} {n} have?;What {has} {n} agreed to
    do?;Tell me {n}'s tasks.;All of {n}'s tasks, please.;What's {n} doing?;What falls to {n}?

""")
)
DUE[0].extend(
    entries("""
    What has to happen by {d}?;What falls due by {d}?;Which tasks have {d} as their deadline?;
    What has to be ready by {d}?;Which job falls due on {d}?;What needs doing {d}?;What is to be
    done {d}?;What should be finished by {d}?;What has to happen {d}?;What is the task for {d}?;
    What is planned for {d}?;Which tasks have {d} as due date?;What is the job for {d}?;What has
    to be done before {d}?;Everything that is due by {d}, please.;Which work is due by {d}?;What
    must happen by {d}?

""")
)

# Forms of the whole: x is "the tasks".
_ALL = ["the tasks", "the tasks", "all tasks", "all the tasks", "what has to be done", "what is to be done", "the action items", "the actions", "the to-dos", "the jobs", "what people have to do", "everything that has to be done", "every task", "what needs to be done", "the tasks in the notes", "their tasks"]  # fmt: skip
FORMS = {
    "bullets": entries("""
        What has to be done?;List {x}.;List {x}.;Write {x} as bullets.;Write {x} as a list.;Make
        a list of {x}.;Give a list of {x}.;Write a list of {x}.;Show {x} as a list.;Put {x} in a
        list.;Write down {x}.;Give {x} as bullets.;Which tasks are there?;Note {x} in a list.;
        Give me {x}.;What are the tasks?;Give {x} as a bulleted list.;Make a bullet list of
        {x}.;Write {x} with bullets.;Turn {x} into bullet points.;Show {x} as bullets.;Put {x}
        into bullet points.;I need {x} as bullets.;Could you list {x}?;Please list {x}.;Write a
        bulleted list of {x}.;What needs to be done?;What is there to do?;Bullet points of {x},
        please.;What are the action items?;Make bullets of {x}.;What must be done?;List {x} as
        bullets.;Bullet {x}.;What should be done?;What work is there?

    """),
    "numbered": entries("""
        Number {x}.;Write {x} as a numbered list.;Give a numbered list of {x}.;Write a numbered
        list of {x}.;Make {x} a numbered list.;List {x} with numbers.;Put numbers before {x}.;
        Show {x} as a numbered list.;Write {x} with numbers.;Make a list of {x} with numbers.;
        Put {x} in a numbered list.;Make a numbered list of {x}.;Give me {x} as a numbered
        list.;Turn {x} into a numbered list.;Please number {x}.;Could you number {x}?;I need a
        numbered list of {x}.;List and number {x}.;List {x}, numbered.;A numbered list of {x},
        please.;Number {x}, please.;Show me a numbered list of {x}.;Put {x} in a list with
        numbers.;List {x} by number.;Write {x}, numbered, one a line.

    """),
    "duties": entries("""
        Who does what?;Who does what?;Who will do what?;Give each person's task.;Who has which
        task?;Who has to do what?;Write who does what.;Which person has which task?;Name each
        person's task.;List who does what.;What is each person's task?;Give the task of each
        person.;Which tasks do they have, and who does them?;What does each person have to do?;
        Which task does each person have?;Tell me who does what.;Show who does what.;Who is
        doing what?;Who's doing what?;Can you tell me who does what?;Please list who does what.;
        Write down who has to do what.;List each person with their task.;Who must do what?;Who
        takes care of what?;List names and tasks.;What will each person do?;Who is responsible
        for what?;Name who does what.;List everyone's task.;Write the name and task of each
        person.;Who needs to do what?

    """),
    "plan": entries("""
        Write the plan.;Make a plan.;Write the plan with dates.;Give the plan.;Make a plan with
        dates.;Show the plan.;Write a plan.;What is the plan?;Write down the plan with its
        dates.;Give the plan with dates.;What's the plan?;Give me the plan.;Can you write the
        plan?;Please write a plan.;Could you make a plan?;Turn this into a plan.;Draw up a
        plan.;Set out the plan.;I need a plan.;Show me the plan with dates.;Make the plan.;Write
        a plan with dates.;Make a plan from the notes.;Make a plan out of this.;Put together a
        plan.;A plan, please.;Turn the notes into a plan.

    """),
    "table": entries("""
        Make a table of {x}.;Put {x} in a table.;Give {x} as a table.;Show {x} as a table.;Write
        a table of {x}.;Write a table.;Make a table.;Show {x} in a table.;Write {x} into a
        table.;Make {x} a table.;List {x} in a table.;Write {x} as a table.;Draw a table of
        {x}.;Give me a table.;Give me a table of {x}.;Turn {x} into a table.;Please make a
        table.;Could you make a table of {x}?;I need {x} as a table.;Create a table of {x}.;A
        table of {x}, please.;Can you put {x} in a table?;Put this in a table.;Show a table.;Set
        out {x} in a table.;Make a table with who, what and when.;Put who, what and when in a
        table.

    """),
    "reminders": entries("""
        Write a reminder for everyone.;Remind everyone of their task.;Write reminders.;Remind
        each person of the task.;Write a reminder to each person.;Give everyone a reminder.;Send
        everyone a reminder.;Remind them of their tasks.;Write each person a reminder.;Write
        everyone a reminder.;Write a reminder for each person.;Make reminders.;Please remind
        everyone.;Remind everybody.;Could you write reminders?;Draft a reminder for everyone.;
        Remind each person.;Draft reminders.;I need a reminder for each person.;Write the
        reminders.;Make a reminder for each person.;Remind everyone what they have to do.;Can
        you remind everyone of their tasks?;Reminders, please.;Write short reminders.;Write a
        short reminder for everyone.

    """),
    "form": entries("""
        Write the tasks in this form: {f};Use this form for each task: {f};List the tasks in
        this form: {f};Write each task in the form {f};The tasks, please, in this form: {f};Give
        the tasks in this form: {f};Write {x} like this: {f};List {x} as {f};Use the form {f}
        for each task.;Write one line for each task, like this: {f};Give {x} in the form {f};Put
        each task in this form: {f};Show {x} in the form {f};For each task write: {f};Each task
        as {f}, please.;Write a line for each task in this form: {f};One line a task: {f};Write
        {x} as {f};Write the tasks as {f};Format {x} as {f};Give each task as {f};Please use
        this form: {f};Tasks in the form {f};List each task as: {f}

    """),
}  # fmt: skip


_MORE = {
    "topic": entries("""
        What did {g} talk about?;What did {g} discuss?;What did {g} meet about?;What was the
        meeting of {g} about?;Why did {g} come together?;What brought {g} together?;What was {g}
        talking about?;What did {g} go over?;What was planned?;What was being planned?;What was
        the one topic?;What is at stake here?;What was the reason for the meeting?;What had they
        come to discuss?;What was it about?;Which matter did {g} deal with?;What was the short
        meeting about?;What were the notes written about?;What did {g} want to sort out?

    """),
    "present": entries("""
        Who of {g} was there?;Who of {g} came?;Which of {g} attended?;Who sat together?;Who sat
        down together?;Who met?;Who talked?;Who talked it over?;Name the people who came.;Who
        all came?;Who was in {y}?;Who came to {y}?;Who took part in the meeting of {g}?;Who was
        on the call?;Everyone who was there, please.;Who had come?;Which people sat together?;
        Who is named as present?;Who was part of it?;Who were they?;Who attended {g}?;The people
        who were there, please.;Name all who took part.

    """),
    "how_many": entries("""
        How many of {g} were there?;How many of {g} came?;How many people sat together?;How many
        turned up?;How many people turned up?;Number of people?;How many people met, all in
        all?;How many people were at the meeting of {g}?;How big was the group?;How big was the
        round?;How many people does the note name as present?;How many of them were there?;How
        many people sat at the table?;How many in all?;How many heads were there?;With how many
        people did {g} meet?;How many showed up?;Tell me how many people came.

    """),
    "date": entries("""
        When did {g} meet?;When did {g} come together?;When did {g} get together?;On which day
        did {g} meet?;When was the meeting of {g}?;On what date did {g} meet?;When did {g} sit
        down?;Which day was it?;What date was this meeting?;When did they get together?;When did
        they sit down together?;When did {g} talk about this?;When was the talk?;When did the
        call take place?;On which date did {g} get together?;When was this check-in?;Which date
        was it?;What date is on the notes?;When did {g} talk?;On what date was the meeting held?

    """),
    "decision": entries("""
        What did {g} decide?;What did {g} agree on?;What did {g} settle on?;What was settled?;
        What was resolved?;What was decided about {x}?;What did they decide about {x}?;What was
        agreed about {x}?;What happens with {x}?;What happens to {x}?;What will happen with
        {x}?;What was settled about {x}?;What did they decide on {x}?;What is the decision on
        {x}?;What did {g} decide about {x}?;What was decided for {x}?;What did they agree to do
        with {x}?;What has been agreed on {x}?;What will change?;What changes with {x}?;What is
        new about {x}?;What was changed about {x}?;What becomes of {x}?;What is going to
        change?;What did {g} resolve?;What will be different from now on?;What did they choose
        for {x}?;What's the plan for {x}?;What came out about {x}?;What have they decided about
        {x}?;What is the new rule?

    """),
    "budget": entries("""
        How much can {g} spend?;How much money does {g} have?;What budget does {g} have?;How
        much money is there for {x}?;How much can be spent on {x}?;How much may {x} cost?;What
        is the budget for {x}?;How much is there for {x}?;How much can they spend on {x}?;What
        is the most they may spend?;What is the limit for {x}?;How much may they spend on {x} ?;
        How much has been set aside?;How much was set aside for {x}?;What is the spending
        limit?;What do they have to spend?;How much is in the pot?;What can {g} spend?;How much
        at most?;What is the most that {x} may cost?;What sum is there for {x}?;How much money
        has {g} got?;What's the budget for {x}?;How much money was given?

    """),
    "risk": entries("""
        What does {g} fear?;What worries {g}?;What is {g} worried about?;What could go wrong
        with {x}?;What is the risk with {x}?;What might go wrong with {x}?;What danger do they
        see?;What danger does {g} see?;What is the worry about {x}?;What could happen?;What
        might happen?;What might happen in the worst case?;What is the danger?;What could be a
        problem with {x}?;What could spoil it?;What could spoil {x}?;Which danger is named?;
        Which danger was mentioned?;What could become a problem?;What are they afraid might
        happen?;What is the worry?;What keeps them awake?;What is {g} afraid of?;What is the
        biggest worry?;What problem do they fear?;What could go wrong if {c}?;What happens if
        {c}?;What is the worry if {c}?;What could happen if {c}?;What do they fear if {c}?

    """),
    "next": entries("""
        When does {g} meet again?;When will {g} meet again?;When is {g} back together?;When does
        {g} meet next?;When will {g} see each other again?;When do they gather again?;When does
        {g} come together again?;When will they look at it again?;When do they talk about this
        again?;When is the following meeting?;When is the meeting after this one?;What is the
        date of the meeting after this one?;When will they get together again?;When do they sit
        down again?;When is the next get-together?;When's the next one?;When does {g} sit
        again?;When is the next session?;When will there be another meeting?;When and at what
        time is the next meeting?;When do they come back together?;When do {g} meet again?

    """),
    "busy": entries("""
        Who of {g} has something to do?;Who of {g} has a task?;Everyone with a job to do,
        please.;Who has something to do after this?;Who went away with a task?;Who went home
        with work to do?;Who of them got something to do?;Which of {g} have a task?;Who has been
        given a job?;List all who have something to do.;List all those with a task.;Which people
        were given a task?;Who has taken on work?;Who has to get to work?;Who got a job?;Whose
        turn is it to work?;Who has jobs to do?;Everyone who has something to do?;Who was given
        work?

    """),
    "dates": entries("""
        Only the deadlines, please.;Which due dates are named, in order?;Just the due dates,
        please.;List just the due dates, in order.;What are the due dates, in the order of the
        notes?;Which dates do the tasks have?;All deadlines, please.;Give only the due dates.;
        Only the due dates, in the order of the notes.;Which deadlines do the tasks have, in
        order?;All deadlines, separated by semicolons.;All the due dates in a row, please.;The
        deadlines, one after the other.;Name the deadlines in order.;By when does everything
        have to be done?

    """),
}  # fmt: skip
for _kind, _more in _MORE.items():
    FACTS[_kind] = ([*FACTS[_kind][0], *_more], *FACTS[_kind][1:])
_AFTER = [" in the end", " now", " after all", " this time", ", according to the notes", " then", ", by the way", " again", ", please", " exactly", " at the meeting", " in these notes"]  # fmt: skip
_ADDED = {
    "bullets": [", no names", ", one a line", ", without names or dates", ", with dashes", ", in the order of the notes", ", only the tasks", ", please", ", without the names", ", just the tasks"],
    "numbered": [", without names", ", in the order of the notes", ", without names or dates", ", as 1., 2. and so on", ", one a line", ", please", ", no names", ", without the names"],
    "duties": [", one line per person", ", one a line", ", name first", ": name, colon, task", ", name before task", ", please", ", in the order of the notes", ", without dates"],
    "plan": [" (deadline, task, person)", ": by when, what, who", " with date, task and person", ": number, date, task, name", ", in the order of the notes", ", please", " with dates and names", ", one line for each task", ", numbered"],
    "table": [": who, what, when", " (who, what, when)", " with who, what and when", " with the columns who, what and when", " with the columns who, what, when", ", please", ", in the order of the notes"],
    "reminders": [", one line each", ", one line per task", ", please", " who has a task", ", one a line", ", one sentence for each task"],
    "form": [],
}  # fmt: skip


def fact(
    pen: Pen,
    parts: tuple[list[str], list[str], list[str]],
    slots: dict[str, str],
    whole: bool = False,
) -> str:
    """A question for a fact, of its three ways; those that need a thing are left where none is."""
    entire, inner, nouns = parts
    chance = pen.random()
    if whole or chance < 0.62:
        text = _fit(pen, entire, slots)
        if text[-1] == "?" and pen.maybe(0.07):
            text = text[:-1] + pen.one(_AFTER) + "?"
        return _framed(pen, text)
    if chance < 0.84:
        return pen.one(_INNER).format(x=_fit(pen, inner, slots))
    text = _fit(pen, nouns, slots)
    return pen.one(_NOUN).format(x=text, X=text[0].upper() + text[1:])


def form(pen: Pen, kind: str, shown: str = "") -> str:
    """A question for all tasks in a form."""
    text = pen.one(FORMS[kind]).format(x=pen.one(_ALL), f=shown)
    if kind == "form" and text.endswith(shown) and pen.maybe(0.45):
        text += "."  # the sentence's, not the form's
    if _ADDED[kind] and pen.maybe(0.25) and text[-1] in ".?":
        text = text[:-1] + pen.one(_ADDED[kind]) + text[-1]
    return _framed(pen, text)


def tool(pen: Pen, name: str) -> str:
    return pen.one(TOOL).format(n=name)


def _fit(pen: Pen, entries: list[str], slots: dict[str, str]) -> str:
    while True:
        text = pen.one(entries)
        if all(slots.get(name) for name in _slots(text)):
            return text.format_map(slots)


@cache
def _slots(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"{(\w+)}", text))


def _framed(pen: Pen, text: str) -> str:
    chance = pen.random()
    if chance < 0.1:
        return pen.one(_OUTER).format(x=text[0].lower() + text[1:])
    if chance < 0.13:
        return text[:-1] if text[-1] in "?." else text
    if chance < 0.15:
        return text.lower()
    return text
