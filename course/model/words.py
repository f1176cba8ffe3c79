"""The words and phrasings of the meeting notes: what the model may learn from, and what is kept.

Every list comes twice: ``SEEN`` is for training, ``KEPT`` is held out, to ask about names, things
and phrasings that no training document holds. Data only; ``corpus`` puts it together.
"""

SEEN_NAMES = """
Aaron Abena Adele Adrian Agnes Ahmed Aiko Aisha Akira Alana Alba Alden Alice Alina Amara Amir Amos
Ana Anders Andrea Anika Anton Anya Arjun Arlo Asha Astrid Aurora Axel Ayo Bao Bea Ben Bianca Björn
Bodil Boris Bram Bruno Camille Carla Carlos Carmen Cato Cecil Celia Chen Chloe Claire Clara Cleo
Colin Cora Cyrus Dalia Daniel Dario David Deepa Dev Diana Diego Dina Dora Duncan Edith Efe Eileen
Elena Eli Elif Elsa Emeka Emil Emma Enzo Erik Esme Ethan Eva Ezra Farah Farid Fatima Fay Felix
Fiona Flora Frank Freya Gabriel Gemma George Gita Goran Grace Greta Hadi Hana Hannah Hans Harriet
Hassan Helen Hiro Hugo Ian Ibrahim Ida Igor Imani Imre Ines Ingrid Iris Isaac Ivan Ivy Jack Jamal
James Jana Jane Jasper Jin Joan Joel Johan Jonas Joy Juan Julia Jun Kai Karim Karin Kasia Kate
Keiko Kemi Kevin Khalid Kim Kofi Lars Laura Layla Lea Leila Lena Leo Levi Liam Lina Lisa Lola Louis
Lucia Luis Luka Magnus Maja Malik Mara Marco Maria Marie Mario Mark Marta Mateo Maya Mei Mia Miguel
Mila Milan Mina Mira Mona Musa Nadia Naomi Nasser Nia Nico Nils Nina Noah Noor Nora Ola Olga Oliver
Omar Oscar Otto Pablo Paolo Paula Pedro Per Petra Pia Priya Quinn Rafael Rana Ravi Rita Robin Rosa
Ruben Ruth Samir Sana Sara Sasha Sean Selma Simon Sofia Sonia Stefan Sven Tara Tariq Teo Thea Theo
Tomas Tove Uma Umar Vera Vikram Viktor Vito Walter Wanda Wei Wen Willa Xenia Yara Yasmin Yuki Yusuf
Zane Zara Zoe
""".split()
KEPT_NAMES = """
Alma Anouk Baptiste Bela Calvin Davina Desmond Elke Estelle Florian Gideon Hilde Ilaria Jerome
Kwame Ludovic Malin Nestor Odette Pascal Rosalind Sigrid Thandi Ursula Valentin Winston Ximena
Yannick Zelda Zoltan
""".split()
# A name never met is copied piece by piece; names that are put together here teach that.
STARTS = """
Al Am An Ar As Ba Be Bo Bri Ca Ce Cla Co Da De Do Dra El En Er Fa Fe Fi Fo Ga Ge Gla Go Gra Ha He
Ho Is Ja Je Jo Ju Ka Ke Ki Ko Kra La Le Li Lo Lu Ma Me Mi Mo Na Ne Ni No Ol Or Os Pa Pe Phi Po Ra
Re Ri Ro Ru Sa Se Si So Sta Su Ta Te Ti To Tri Ul Va Ve Vi Vo Wa We Wil Xa Ya Yo Za Ze Zi
""".split()
MIDDLES = """
ba be da di do fa ga la le li lo ma me mi na ne ni no ra re ri ro sa si ta te ti to va vi
""".split()
ENDS = """
bel ben beth bin by da dan dra den dis don dor dy fred gan ger ka ken kim la lan las len lia lin
lis lo lon ly ma man mar men mir mon na nan nard nel ner net nia nick nis nor nus ra ran rek ren
ria ric rin ris ro ron sa sha sia sie son sta tan tas ten ter tha thy tin ton tor va van ven vin
vis wen win
""".split()

SEEN_PROJECTS = """
Amber Anchor Apollo Atlas Aurora Beacon Birch Bridge Canyon Cedar Citrus Clover Cobalt Comet
Compass Copper Coral Crescent Crystal Delta Dune Echo Ember Fable Falcon Fern Fjord Forest Garnet
Ginger Glacier Granite Grove Harbor Harvest Hazel Heron Horizon Indigo Iris Island Ivory Jade
Jasmine Juniper Kestrel Lagoon Lantern Laurel Lemon Lilac Linden Lotus Lunar Maple Marble Meadow
Mercury Mirror Mosaic Nectar Nimbus North Oasis Olive Onyx Opal Orbit Orchid Osprey Pebble Pepper
Phoenix Pine Pixel Polar Poppy Prairie Prism Quartz Quill Rain Raven Reef River Robin Saffron Sage
Salmon Sierra Silver Sparrow Spring Summit Sunrise Tango Teal Thistle Tiger Topaz Tulip Tundra
Umbra Velvet Violet Walnut Willow Winter Zenith Zephyr
""".split()
KEPT_PROJECTS = """
Badger Bamboo Cactus Dolphin Eclipse Galaxy Hickory Kiwi Lynx Magnet Nutmeg Panda Pelican Rocket
Sapphire Sequoia Tornado Volcano Walrus Yarrow
""".split()
SEEN_PLANS = """
launch migration pricing hiring support budget design security data training website warehouse
billing onboarding research audit move merger contract campaign release upgrade survey workshop
conference rollout pilot catalogue delivery packaging
""".split()
KEPT_PLANS = "branding insurance relocation recycling translation".split()

# What an office has, in four groups, so that a verb fits its thing: nobody translates a printer.
SEEN_WORK = {
    "paper": {
        "verbs": """send, draft, review, update, prepare, publish, share, check, translate,
            archive, sign, correct, copy, print, approve, rewrite, file, finish, write, shorten,
            explain, scan, present, collect, circulate, edit, revise, format, outline, compare,
            release, read, simplify, complete, reissue, submit, withdraw, expand, split""",
        "adjectives": """final, first, new, old, short, monthly, signed, missing, customer,
            internal, weekly, quarterly, annual, second, printed, revised, updated, draft,
            digital, confidential, detailed, technical, financial, third, corrected, spring,
            autumn, English, French, German""",
        "things": """contract, invoice, report, survey, price list, press note, test plan, user
            guide, job advert, phone script, shipping form, network map, licence, order form,
            floor plan, guest list, risk table, release note, tax form, parts list, help page,
            style guide, time sheet, travel plan, seating plan, product page, privacy notice,
            sales chart, welcome letter, stock count, quality report, cost estimate, project
            diary, code review, opening speech, packing list, questionnaire, reading list,
            supplier list, work plan, bug list, data sheet, exit survey, agenda, newsletter,
            brochure, forecast, handbook, budget sheet, roadmap, business case, audit report,
            offer, tender, lease, manual, policy, checklist, summary, slide deck, case study, job
            description, purchase order, receipt book, safety report, accident report, balance
            sheet, salary table, complaint form, fact sheet""",
    },
    "event": {
        "verbs": """plan, organise, announce, move, cancel, prepare, host, schedule, book, open,
            lead, promote, arrange, evaluate, attend, confirm, film, advertise, reschedule,
            extend, shorten, sponsor, moderate, set up""",
        "adjectives": """annual, first, next, summer, winter, spring, internal, public, second,
            short, monthly, weekly, regular, joint, local, outdoor, technical, final, virtual""",
        "things": """training course, product demo, open day, summer party, safety training, team
            lunch, kick-off, supplier visit, customer workshop, press call, street party, quiz
            night, town hall, board meeting, trade fair, factory tour, photo session, user test,
            retreat, farewell party, sales call, charity run, panel discussion, webinar, book
            club, hackathon, onboarding day, language class, first-aid course, planning session,
            site visit, reception""",
    },
    "equipment": {
        "verbs": """order, repair, replace, test, clean, move, install, return, inspect, donate,
            sell, rent, collect, label, store, photograph, unpack, check, fetch, insure, paint,
            count, pack, buy, reserve, remove, borrow, unload, lend, adjust, service, weigh""",
        "adjectives": """new, old, second, spare, small, large, blue, yellow, green, red, broken,
            heavy, portable, electric, wooden, black, white, cheap, noisy, used, grey, missing""",
        "things": """coffee machine, projector, desk lamp, printer, delivery van, meeting table,
            server, card reader, water filter, door sign, power cable, sample box, wall calendar,
            visitor badge, gift box, office chair, keyboard, microphone, heater, bookshelf,
            fridge, camera, monitor, alarm system, forklift, storage rack, whiteboard, air filter,
            loudspeaker, generator, label printer, router, hard disk, headset, scanner, ladder,
            trolley""",
    },
    "system": {
        "verbs": """test, update, fix, check, rebuild, monitor, document, migrate, restart,
            inspect, speed up, secure, redesign, back up, switch off, upgrade, benchmark, debug,
            configure, launch, rename, simplify, deploy, repair, patch, review, integrate""",
        "adjectives": """new, old, internal, public, mobile, slow, local, online, second, French,
            German, experimental, legacy, customer, main, temporary, shared, broken, secure,
            central""",
        "things": """login page, web shop, search index, payment system, test server, backup
            script, mailing list, booking form, ticket queue, data export, chat bot, staff
            calendar, app, dashboard, database, contact form, intranet, download page, photo
            archive, phone menu, product filter, price engine, sign-up form, spam filter, wiki,
            time tracker, map service, invoice tool, news feed, translation memory, stock system,
            video player, access log""",
    },
}
KEPT_WORK = {
    "paper": {
        "verbs": "proofread, summarise, forward, annotate",
        "adjectives": "bilingual, provisional, urgent, anonymous",
        "things": """parking permit, expense claim, handover memo, kitchen rota, marketing brief,
            quote request, volunteer list, event diary, warranty card""",
    },
    "event": {
        "verbs": "postpone, rehearse, record",
        "adjectives": "regional, seasonal",
        "things": "charity raffle, cooking class, award dinner, information evening",
    },
    "equipment": {
        "verbs": "dismantle, polish, calibrate",
        "adjectives": "laminated, rusty",
        "things": "bicycle rack, feedback wall, first-aid kit, poster stand, vending machine",
    },
    "system": {
        "verbs": "refactor, profile, encrypt",
        "adjectives": "redundant, obsolete",
        "things": "password manager, recommendation list, feedback widget, parking app",
    },
}
DECISIONS = {
    "paper": """approve, rewrite, publish, drop, shorten, keep, outsource, redo, delay, simplify,
        accept""",
    "event": "cancel, postpone, repeat, shorten, keep, merge, move, outsource, extend, skip",
    "equipment": "replace, keep, sell, rent, buy, repair, give away, return, lease, donate",
    "system": """replace, rebuild, keep, switch off, outsource, redesign, open up, test, freeze,
        delay""",
}
RISKS = {
    "paper": """{o} may be incomplete; {o} depends on one person; nobody has time for {o}; {o} may
        be out of date; {o} could be late; {o} contains mistakes; {o} could be misread""",
    "event": """{o} may clash with the holidays; too few people may come to {o}; {o} may cost more
        than planned; {o} could be rained off; the room for {o} is too small""",
    "equipment": """{o} may break again; {o} may arrive late; the supplier of {o} may fail; {o}
        may cost more than planned; {o} is too heavy; {o} could be stolen""",
    "system": """{o} is not tested yet; {o} may be slow; we may lose data in {o}; {o} depends on
        one person; customers may not like {o}; {o} could be down for a day""",
}
OTHERS = {
    "paper": """{n} asked whether {o} is ready; there was no word about {o}; {n} showed us {o};
        {n} has finished with {o}; nothing new about {o}; {n} thanked the team for {o}""",
    "event": """everybody enjoyed {o}; {n} told us about {o}; there is no news about {o}; {n} is
        looking forward to {o}; {n} thanked everyone for {o}""",
    "equipment": """{o} has been paid for; {n} is happy with {o}; {o} is still in the hall; {n}
        asked who needs {o}; {n} made a joke about {o}""",
    "system": """customers like {o}; {n} showed us {o}; {o} was down on the weekend; we spoke
        about {o} for a long time; {n} has questions about {o}""",
}
KEPT_OTHERS = {
    "paper": "{n} complained about {o}",
    "event": "{o} made us laugh",
    "equipment": "{n} likes {o}",
    "system": "{n} is proud of {o}",
}

DAYS = "Monday Tuesday Wednesday Thursday Friday".split()
MONTHS = """
January February March April May June July August September October November December
""".split()
SOON = [
    "tomorrow", "noon", "tonight", "next week", "next month", "the end of the week",
    "the end of the month", "the next meeting", "Easter", "the summer break",
]  # fmt: skip
PLACES = """
room 4, room 12, the small room, the library, the canteen, the Lisbon office, the Oslo office, the
main hall, the workshop, the garden, the lab, the training room
""".replace("\n", " ").split(",")
PLACES = [place.strip() for place in PLACES]
MONEY = ["{} euros", "${}", "£{}", "{} francs", "{} dollars", "€{}", "{} pounds", "{} crowns"]


def _entries(text: str, mark: str) -> list[str]:
    return [" ".join(entry.split()) for entry in text.split(mark)]


SEEN_WORK, KEPT_WORK = (
    {
        group: {what: _entries(text, ",") for what, text in lists.items()}
        for group, lists in work.items()
    }
    for work in (SEEN_WORK, KEPT_WORK)
)
DECISIONS = {group: _entries(text, ",") for group, text in DECISIONS.items()}
RISKS, OTHERS, KEPT_OTHERS = (
    {group: _entries(text, ";") for group, text in said.items()}
    for said in (RISKS, OTHERS, KEPT_OTHERS)
)
