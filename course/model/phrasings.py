"""How the notes say things, and how one asks about them: ``SEEN`` to train on, ``KEPT`` not."""

# One phrasing a line. n: a name, t: a task, d: when it is due, p: the project, o: a thing.
SEEN = {
    "topic": [
        "Meeting about {p}.", "Notes on {p}.", "Minutes of the meeting about {p}.",
        "We met to talk about {p}.", "Subject: {p}.", "This was the weekly meeting on {p}.",
        "Topic: {p}.", "Today we spoke about {p}.", "Our talk was about {p}.", "Agenda: {p}.",
        "The only point on the agenda was {p}.", "Team call about {p}.",
        "Notes of our call on {p}.", "A quick word about {p}.", "Today: {p}.",
        "The subject of the day was {p}.", "Once more we talked about {p}.",
        "Weekly call, this time about {p}.", "In short: {p}.",
    ],
    "date": [
        "We met on {x}.", "Date: {x}.", "The meeting was on {x}.", "It was held on {x}.",
        "We came together on {x}.", "When: {x}.", "We sat down on {x}.", "The call was on {x}.",
        "This was on {x}.", "We had this meeting on {x}.", "Date of the call: {x}.",
    ],
    "date_place": [
        "We met on {x} in {y}.", "Date: {x}, in {y}.", "The meeting was on {x} in {y}.",
        "On {x} we came together in {y}.", "When and where: {x}, {y}.",
        "It was held in {y} on {x}.", "We sat in {y} on {x}.", "In {y}, on {x}.",
    ],
    "present": [
        "Present: {x}.", "{x} were there.", "{x} took part.", "At the table: {x}.",
        "Attending: {x}.", "{x} were present.", "With us: {x}.", "In the room: {x}.",
        "Those present were {x}.", "{x} came.", "People: {x}.", "{x} attended.",
        "On the call: {x}.", "{x} had time for it.", "We were {x}.", "Round table with {x}.",
    ],
    "action": [
        "{n} will {t} by {d}.", "{n} agreed to {t} by {d}.", "{n} is going to {t} by {d}.",
        "{n} offered to {t} before {d}.", "{n} has to {t} by {d}.", "{n} promised to {t} by {d}.",
        "We asked {n} to {t} by {d}.", "It was agreed that {n} will {t} by {d}.",
        "By {d}, {n} will {t}.", "Next, {n} should {t}, at the latest by {d}.",
        "{n} needs to {t}; the deadline is {d}.", "{n} to {t} by {d}.",
        "Action for {n}: {t} by {d}.", "{n} volunteered to {t}, due {d}.",
        "The group wants {n} to {t} by {d}.", "Before {d}, {n} must {t}.",
        "{n} wants to {t} by {d}.", "It falls to {n} to {t} by {d}.", "{n} can {t} by {d}.",
        "{n} plans to {t} by {d}.", "To do by {d}: {n} will {t}.",
        "{n} took on the job to {t} by {d}.", "{n} said yes when we asked who could {t} by {d}.",
        "Until {d}, {n} has time to {t}.", "{n} is the one to {t} by {d}.",
        "We count on {n} to {t} by {d}.", "{n} is happy to {t} before {d}.",
        "{n} was asked to {t} by {d}.", "{n} is to {t} by {d}.", "Please, {n}: {t} by {d}.",
        "We are glad that {n} will {t} by {d}.", "{n} is supposed to {t} by {d}.",
    ],
    "decision": [
        "We decided to {x}.", "Decision: {x}.", "It was decided to {x}.", "The team chose to {x}.",
        "After some debate we agreed to {x}.", "We voted to {x}.",
        "Everyone was in favour of the plan to {x}.", "The group resolved to {x}.",
        "In the end we decided to {x}.", "Decided: {x}.",
        "Most of us wanted to {x}, so it is done.", "The vote was clear: {x}.",
        "We made up our minds to {x}.", "The plan is now to {x}.", "Our choice was to {x}.",
    ],
    "budget": [
        "The budget is {x}.", "We have {x} to spend.", "{n} confirmed a budget of {x}.",
        "Budget: {x}.", "The costs must stay below {x}.", "Our budget was set at {x}.",
        "{n} asked for {x}, and got it.", "There is {x} for all of this.", "We may spend {x}.",
        "All of it may cost {x}.", "{n} has set aside {x}.", "The money for this: {x}.",
        "It will cost us {x} at most.", "We are given {x} for this.",
    ],
    "risk": [
        "There is a risk that {x}.", "Risk: {x}.", "{n} warned that {x}.",
        "{n} is worried that {x}.", "One concern: {x}.", "The main risk is that {x}.",
        "{n} pointed out that {x}.", "We should remember that {x}.", "A danger: {x}.",
        "{n} is afraid that {x}.", "The problem is that {x}.", "It is possible that {x}.",
        "{n} sees a problem: {x}.", "What worries us: {x}.",
    ],
    "next": [
        "We meet again on {x}.", "Next meeting: {x}.", "The next meeting is on {x}.",
        "We will talk again on {x}.", "Our next date is {x}.", "See you again on {x}.",
        "The group meets again on {x}.", "Next time: {x}.", "The next call is on {x}.",
        "We come together again on {x}.", "We go on with this on {x}.",
    ],
    "other": [
        "{n} had to leave early.", "{n} was on the phone.", "The coffee was cold.",
        "{n} is back from holiday.", "Everybody was tired.", "The mood was good.",
        "{n} brought cake.", "The room was too warm.", "We began ten minutes late.",
        "{n} told a long story.", "It was a short meeting.", "{n} thanked everyone.",
    ],
}  # fmt: skip
KEPT = {
    "topic": ["Today's subject was {p}.", "A short call about {p}."],
    "date": ["It took place on {x}."],
    "date_place": ["We gathered in {y} on {x}."],
    "present": ["{x} joined.", "Round the table: {x}."],
    "action": [
        "{n} was told to {t} by {d}.", "{n} is expected to {t} by {d}.",
        "We agreed that {n} should {t} before {d}.", "{n} is ready to {t} by {d}.",
    ],
    "decision": ["We settled on the plan to {x}.", "A majority chose to {x}."],
    "budget": ["The budget will be {x}.", "We are allowed to spend {x}."],
    "risk": ["{n} fears that {x}.", "A possible problem: {x}."],
    "next": ["The next time we meet is {x}."],
    "other": ["{n} was late.", "The window was open."],
}  # fmt: skip

# The questions, by kind; `corpus._answer` has what answers them.
SEEN_QUESTIONS = {
    "topic": [
        "What was the meeting about?", "What is the topic?", "What did they talk about?",
        "What was the subject?", "Name the topic.",
    ],
    "present": [
        "Who was there?", "Who was present?", "Who took part?", "Name the people in the meeting.",
        "List everyone who attended.",
    ],
    "how_many": ["How many people were there?", "How many people took part?", "Count the people."],
    "date": [
        "When did they meet?", "On which date was the meeting?",
        "What is the date of the meeting?",
    ],
    "who": [
        "Who will {t}?", "Who has to {t}?", "Who is going to {t}?", "Whose job is it to {t}?",
    ],
    "when": [
        "By when will {n} {t}?", "When does {n} have to {t}?", "What is the deadline to {t}?",
        "Until when can {n} {t}?",
    ],
    "due": ["What is due by {d}?", "Which task is due by {d}?", "What must be ready by {d}?"],
    "tasks_of": [
        "What will {n} do?", "What does {n} have to do?", "What are the tasks of {n}?",
        "Which tasks does {n} have?",
    ],
    "busy": ["Who has something to do?", "Who has a task?", "Which people got a task?"],
    "decision": ["What was decided?", "What did they decide?", "Which decision was made?"],
    "budget": [
        "What is the budget?", "How much can they spend?", "How much money is there?",
        "How big is the budget?",
    ],
    "risk": ["What is the risk?", "What could go wrong?", "Which problem was named?"],
    "next": ["When do they meet again?", "When is the next meeting?"],
    "bullets": ["What has to be done?", "List the tasks.", "Write the tasks as bullets."],
    "numbered": ["Number the tasks.", "Write the tasks as a numbered list."],
    "duties": ["Who does what?", "Who will do what?", "Give each person's task."],
    "plan": ["Write the plan.", "Make a plan.", "Write the plan with dates."],
    "dates": [
        "Which dates were named for the tasks?", "List the due dates.",
        "Which due dates are there?",
    ],
    "table": ["Make a table of the tasks.", "Put the tasks in a table."],
    "reminders": ["Write a reminder for everyone.", "Remind everyone of their task."],
}  # fmt: skip
KEPT_QUESTIONS = {
    "topic": ["What was discussed?"],
    "present": ["Which people were present?"],
    "how_many": ["How many people were in the meeting?"],
    "date": ["When was the meeting?"],
    "who": ["Who should {t}?"],
    "when": ["By when does {n} have to {t}?"],
    "due": ["Which task must be ready by {d}?"],
    "tasks_of": ["What is {n} going to do?"],
    "busy": ["Who got something to do?"],
    "decision": ["Which decision did they make?"],
    "budget": ["How much money can they spend?"],
    "risk": ["Which risk was named?"],
    "next": ["When will they meet again?"],
    "bullets": ["Write a list of the tasks."],
    "numbered": ["Make a numbered list of the tasks."],
    "duties": ["Which task does each person have?"],
    "plan": ["Give the plan with dates."],
    "dates": ["Which due dates were named?"],
    "table": ["Write the tasks as a table."],
    "reminders": ["Write everyone a reminder."],
}
