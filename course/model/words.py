"""The words and phrasings of the meeting notes: what the model may learn from, and what is kept.

Every list comes twice: ``SEEN`` is for training, ``KEPT`` is held out, to ask about names, things
and phrasings that no training document holds. Data only; ``corpus`` puts it together.
"""

SEEN_NAMES = """
Aaron Abena Adele Adrian Agnes Ahmed Aiko Aisha Akira Alana Alba Alden Alice Alina Amara Amir Amos
Ana Anders Andrea Anika Anton Anya Arjun Arlo Asha Astrid Aurora Axel Ayo Bao Bea Ben Bianca Björn
Bodil Boris Bram Bruno Camille Carla Carlos Carmen Cato Cecil Celia Chen Chloe Claire Clara Cleo
Colin Cora Cyrus Dalia Daniel Dario David Deepa Dev Diana Diego Dina Dora Duncan Edith Efe Eileen
Elena Eli Elif Elsa Emeka Emil Emma Enzo Erik Esme Ethan Eva Ezra Farah Farid Fatima Fay Felix Fiona
Flora Frank Freya Gabriel Gemma George Gita Goran Grace Greta Hadi Hana Hannah Hans Harriet Hassan
Helen Hiro Hugo Ian Ibrahim Ida Igor Imani Imre Ines Ingrid Iris Isaac Ivan Ivy Jack Jamal James Jana
Jane Jasper Jin Joan Joel Johan Jonas Joy Juan Julia Jun Kai Karim Karin Kasia Kate Keiko Kemi Kevin
Khalid Kim Kofi Lars Laura Layla Lea Leila Lena Leo Levi Liam Lina Lisa Lola Louis Lucia Luis Luka
Magnus Maja Malik Mara Marco Maria Marie Mario Mark Marta Mateo Maya Mei Mia Miguel Mila Milan Mina
Mira Mona Musa Nadia Naomi Nasser Nia Nico Nils Nina Noah Noor Nora Ola Olga Oliver Omar Oscar Otto
Pablo Paolo Paula Pedro Per Petra Pia Priya Quinn Rafael Rana Ravi Rita Robin Rosa Ruben Ruth Samir
Sana Sara Sasha Sean Selma Simon Sofia Sonia Stefan Sven Tara Tariq Teo Thea Theo Tomas Tove Uma Umar
Vera Vikram Viktor Vito Walter Wanda Wei Wen Willa Xenia Yara Yasmin Yuki Yusuf Zane Zara Zoe
""".split()
KEPT_NAMES = """
Alma Anouk Baptiste Bela Calvin Davina Desmond Elke Estelle Florian Gideon Hilde Ilaria Jerome Kwame
Ludovic Malin Nestor Odette Pascal Rosalind Sigrid Thandi Ursula Valentin Winston Ximena Yannick
Zelda Zoltan
""".split()
# A name never met is copied letter by letter; names made from syllables teach that.
SYLLABLES = """
ba bel bo ca cor da del di do el fa fi ga gen ha hel im in ja jo ka kel ki la len li lo ma mar mel mi
mo na nel ni no o pa pel ra rel ri ro sa sel si so ta tel ti to u va vel vi vo wa wen ya yel za zi
""".split()

SEEN_PROJECTS = """
Amber Anchor Apollo Atlas Aurora Beacon Birch Bridge Canyon Cedar Citrus Clover Cobalt Comet Compass
Copper Coral Crescent Crystal Delta Dune Echo Ember Fable Falcon Fern Fjord Forest Garnet Ginger
Glacier Granite Grove Harbor Harvest Hazel Heron Horizon Indigo Iris Island Ivory Jade Jasmine
Juniper Kestrel Lagoon Lantern Laurel Lemon Lilac Linden Lotus Lunar Maple Marble Meadow Mercury
Mirror Mosaic Nectar Nimbus North Oasis Olive Onyx Opal Orbit Orchid Osprey Pebble Pepper Phoenix
Pine Pixel Polar Poppy Prairie Prism Quartz Quill Rain Raven Reef River Robin Saffron Sage Salmon
Sierra Silver Sparrow Spring Summit Sunrise Tango Teal Thistle Tiger Topaz Tulip Tundra Umbra Velvet
Violet Walnut Willow Winter Zenith Zephyr
""".split()
KEPT_PROJECTS = """
Badger Bamboo Cactus Dolphin Eclipse Galaxy Hickory Kiwi Lynx Magnet Nutmeg Panda Pelican Rocket
Sapphire Sequoia Tornado Volcano Walrus Yarrow
""".split()
SEEN_PLANS = """
launch, migration, pricing, hiring, support, budget, design, security, data, training, website,
warehouse, billing, onboarding, research, audit, move, merger, contract, campaign, release, upgrade,
survey, workshop, conference, rollout, pilot, catalogue, delivery, packaging
""".replace("\n", " ").split(",")
KEPT_PLANS = ["branding", "insurance", "relocation", "recycling", "translation"]

SEEN_VERBS = """
send draft review update prepare publish share check translate archive sign order test fix present
copy print approve collect rewrite move measure compare clean file book call finish write plan
shorten correct deliver design explain find install label list pack photograph price rename repair
replace return scan sort store study
""".split()
KEPT_VERBS = "proofread summarise laminate forward inspect refund sketch upload".split()

SEEN_ADJECTIVES = """
final first new old short monthly public signed missing German blue customer internal weekly
quarterly French annual second printed large small yellow local online paper revised secret spare
spring summer technical updated visitor winter yearly draft digital Spanish full
""".split()
KEPT_ADJECTIVES = "bilingual laminated provisional regional seasonal urgent".split()
SEEN_THINGS = """
contract, invoice, report, slides, survey, roadmap, price list, press note, test plan, backup,
user guide, photo set, job ad, phone script, shipping form, network map, licence file, demo video,
order form, floor plan, guest list, risk table, release note, tax form, parts list, help page,
style guide, safety check, time sheet, name tags, travel plan, lunch order, room booking, seat plan,
product page, privacy text, sales figures, meeting room, delivery van, test server, office keys,
payment system, storage unit, coffee machine, welcome letter, training course, search index,
stock count, quality report, cost estimate, project diary, team photo, desk lamp, code review,
login page, mailing list, opening speech, packing list, power cable, question sheet, reading list,
rental car, sample box, screen test, sign-up form, supplier list, table order, ticket queue,
train tickets, uniform, vendor list, visitor badge, wall calendar, water filter, web shop, work plan,
year plan, answer sheet, bank letter, bug list, cable plan, card reader, colour chart, data sheet,
door sign, exit survey, fire drill, gift box
""".replace("\n", " ").split(",")
KEPT_THINGS = """
parking permit, charity raffle, bicycle rack, expense claim, feedback wall, first-aid kit,
handover memo, kitchen rota, marketing brief, poster stand, quote request, redundancy test,
sponsor pack, trade fair stand, volunteer shift plan
""".replace("\n", " ").split(",")
SEEN_PLANS, SEEN_THINGS, KEPT_THINGS = (
    [word.strip() for word in words] for words in (SEEN_PLANS, SEEN_THINGS, KEPT_THINGS)
)

DAYS = "Monday Tuesday Wednesday Thursday Friday".split()
MONTHS = """
January February March April May June July August September October November December
""".split()
SOON = [
    "tomorrow", "noon", "tonight", "next week", "next month", "the end of the week",
    "the end of the month", "the next meeting", "Easter", "the summer break",
]  # fmt: skip
PLACES = """
room 4, room 12, the small room, the library, the canteen, the Lisbon office, the Oslo office,
the main hall, the workshop, the garden, the lab, the training room
""".replace("\n", " ").split(",")
PLACES = [place.strip() for place in PLACES]
MONEY = ["{} euros", "${}", "£{}", "{} francs", "{} dollars", "€{}", "{} pounds", "{} crowns"]

DECISIONS = """
postpone cancel keep replace extend outsource simplify drop buy rent double reduce redo delay
split merge redesign restart outsource abandon
""".split()
RISKS = [
    "{o} may arrive late", "{o} may cost more than planned", "{o} could be incomplete",
    "nobody has time for {o}", "{o} depends on one person", "we may lose {o}",
    "{o} might not be ready", "the supplier of {o} may fail", "{o} is not tested yet",
    "{o} could break again", "customers may not want {o}", "the rules for {o} may change",
]  # fmt: skip

# One phrasing a line. n: a name, t: a task, d: when it is due, p: the project, o: a thing.
SEEN = {
    "topic": [
        "Meeting about {p}.", "Notes on {p}.", "Minutes of the meeting about {p}.",
        "We met to talk about {p}.", "Subject: {p}.", "This was the weekly meeting on {p}.",
        "Topic: {p}.", "Today we spoke about {p}.", "Our talk was about {p}.", "Agenda: {p}.",
        "The only point on the agenda was {p}.", "Team call about {p}.",
    ],
    "date": [
        "We met on {x}.", "Date: {x}.", "The meeting was on {x}.", "It was held on {x}.",
        "We came together on {x}.", "When: {x}.", "We sat down on {x}.",
    ],
    "date_place": [
        "We met on {x} in {y}.", "Date: {x}, in {y}.", "The meeting was on {x} in {y}.",
        "On {x} we came together in {y}.", "When and where: {x}, {y}.", "It was held in {y} on {x}.",
    ],
    "present": [
        "Present: {x}.", "{x} were there.", "{x} took part.", "At the table: {x}.",
        "Attending: {x}.", "{x} were present.", "With {x}.", "In the room: {x}.",
        "Those present were {x}.", "{x} came.",
    ],
    "action": [
        "{n} will {t} by {d}.", "{n} agreed to {t} by {d}.", "{n} is going to {t} by {d}.",
        "{n} offered to {t} before {d}.", "{n} has to {t} by {d}.", "{n} promised to {t} by {d}.",
        "We asked {n} to {t} by {d}.", "It was agreed that {n} will {t} by {d}.",
        "By {d}, {n} will {t}.", "Next, {n} should {t}, at the latest by {d}.",
        "{n} needs to {t}; the deadline is {d}.", "{n} to {t} by {d}.",
        "Action for {n}: {t} by {d}.", "{n} volunteered to {t}, due {d}.",
        "The group wants {n} to {t} by {d}.", "Before {d}, {n} must {t}.",
        "{n} wants to {t} by {d}.", "It falls to {n} to {t} by {d}.",
        "{n} can {t} by {d}.", "{n} plans to {t} by {d}.", "To do by {d}: {n} will {t}.",
        "{n} took on the job to {t} by {d}.",
    ],
    "decision": [
        "We decided to {x}.", "Decision: {x}.", "It was decided to {x}.",
        "The team chose to {x}.", "After some debate we agreed to {x}.", "We voted to {x}.",
        "Everyone was in favour of the plan to {x}.", "The group resolved to {x}.",
        "In the end we decided to {x}.", "Decided: {x}.",
    ],
    "budget": [
        "The budget is {x}.", "We have {x} to spend.", "{n} confirmed a budget of {x}.",
        "Budget: {x}.", "The costs must stay below {x}.", "Our budget was set at {x}.",
        "{n} asked for {x}, and got it.", "There is {x} for all of this.", "We may spend {x}.",
    ],
    "risk": [
        "There is a risk that {x}.", "Risk: {x}.", "{n} warned that {x}.",
        "{n} is worried that {x}.", "One concern: {x}.", "The main risk is that {x}.",
        "{n} pointed out that {x}.", "We should remember that {x}.", "A danger: {x}.",
    ],
    "next": [
        "We meet again on {x}.", "Next meeting: {x}.", "The next meeting is on {x}.",
        "We will talk again on {x}.", "Our next date is {x}.", "See you again on {x}.",
        "The group meets again on {x}.",
    ],
    "other": [
        "{n} reported that {o} is late.", "{n} asked whether {o} is ready.",
        "{n} thanked the team for {o}.", "There was no word about {o}.",
        "Customers like {o}.", "{n} showed us {o}.", "We spoke about {o} for a long time.",
        "{n} has finished with {o}.", "{n} liked {o}.", "Nothing new about {o}.",
        "{n} had to leave early.", "{n} was on the phone.", "The coffee was cold.",
        "{o} came up again, without a result.", "{n} is back from holiday.",
        "Everybody was tired.", "{n} told us the story of {o}.", "{o} has been paid for.",
        "The mood was good.", "{n} made a joke about {o}.",
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
    "other": ["{n} complained about {o}.", "{o} made us laugh.", "{n} was late."],
}  # fmt: skip

# The questions, by kind. `corpus.ANSWERS` says what answers them.
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
        "When did they meet?", "On which date was the meeting?", "What is the date of the meeting?",
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
    "dates": ["Which dates were named for the tasks?", "List the due dates.", "Which due dates are there?"],
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
