"""The words of the notes, as lists. One in ten of each list is never trained on: see ``draw``.

Data only. ``work`` makes tasks of them, ``meeting`` notes.
"""

NAMES = """
Aaron Abdul Abena Adaeze Adele Adrian Agnes Agnieszka Ahmed Aiko Ailsa Aisha Akira Alana Alba Alden
Alejandro Aleksandr Ali Alice Alina Aline Alma Amara Amina Amir Amit Amos Ana Anaïs Anders Andre
Andrea Andrew Angela Anika Anita Anna Annika Anouk Anton Antonio Anya Archie Arjun Arlo Arun Asha
Astrid Aurora Axel Aylin Ayo Bao Baptiste Barbara Bea Beatriz Bela Ben Benedikt Bernd Beth Bianca
Björn Bodil Bogdan Boris Bram Brendan Bridget Bruno Callum Calvin Camille Carla Carlos Carmen
Caroline Catarina Cato Cecil Celia Chen Chiamaka Chiara Chidi Chloe Chris Christine Ciara Claire
Clara Cleo Colin Connor Cora Cyrus Dalia Damian Dan Daniel Danuta Dario Darren Dave David Davina
Debbie Declan Deepa Derek Desmond Dev Diana Diego Dilip Dina Dmitri Dominik Donna Dora Dorota Doug
Duncan Ebony Ed Edith Eduardo Efe Eileen Eleanor Elena Eli Elif Elke Ella Ellen Elsa Emeka Emil
Emily Emma Emre Enrique Enzo Erik Erika Esme Estelle Esther Ethan Eun Eva Evan Ezra Fabio Faisal
Farah Farid Fatima Fay Felix Fergus Fernanda Finn Fiona Flora Florian Francesca Frank Fred Freya
Fumiko Gabriel Gareth Gary Gavin Gemma George Gideon Gina Giorgio Gita Giulia Gloria Goran Grace
Greta Gwen Hadi Hamid Hana Hannah Hans Harriet Harry Haruto Hassan Heather Heidi Helen Helga Henrik
Henry Hilde Hiro Hugo Ian Ibrahim Ida Igor Ikechukwu Ikram Ilaria Ilse Imani Imre Ines Ingrid Irina
Iris Isaac Isabel Ismail Ivan Ivy Jacek Jack Jackie Jake Jakub Jamal James Jan Jana Jane Janet
Jason Jasper Jayden Jean Jelena Jen Jenny Jerome Jess Jim Jin Jo Joan Joanna Joe Joel Johan John
Jonah Jonas Josh José Joy Juan Judith Julia Julian Jun Jürgen Kai Kamal Karen Karim Karin Karl
Kasia Kate Katya Keiko Keith Kemi Kenji Kevin Khalid Kim Kiran Klaus Kofi Kristina Kumar Kwame Kyle
Lakshmi Lars Latifa Laura Laurence Layla Lea Leila Lena Leo Leonie Levi Liam Lina Linda Ling Lisa
Lise Liz Lola Lorenzo Lorna Louis Lucia Lucy Ludovic Luis Luka Lukas Lydia Lynn Mae Maggie Magnus
Mahmoud Maja Malik Malin Manuel Mara Marco Marcus Margaret Maria Mariam Marian Marie Mario Mark
Marta Martin Mary Mateo Mats Matt Maud Max Maya Meera Mehmet Mei Mel Mia Mick Miguel Mike Mila
Milan Mina Ming Mira Miriam Mohamed Molly Mona Monika Morag Muhammad Musa Nabil Nadia Nancy Naomi
Nasser Naveen Neil Nestor Ngozi Nia Nick Nico Nikolai Nils Nina Nisha Noah Noor Nora Norbert Obi
Odette Oksana Ola Olga Oliver Olivia Olumide Omar Orla Oscar Otto Owen Pablo Paolo Pascal Pat
Patricia Patrick Paul Paula Pedro Per Pete Peter Petra Phil Pia Pierre Piotr Pooja Priya Quinn
Rachel Radek Rafael Rajesh Ralf Ramona Rana Ravi Ray Raúl Rebecca Reza Rich Rita Rob Roberto Robin
Roger Ron Rory Rosa Rosalind Rosie Ross Roy Ruben Ruth Ryan Sadia Sally Sam Samir Sana Sandra
Sanjay Sara Sarah Sasha Saskia Scott Sean Selma Sergei Seán Shanice Sheila Sigrid Silvia Simon
Simone Siobhan Siân Slavko Snežana Sofia Sonia Sophie Stan Stefan Stella Steve Sue Sunil Susan Sven
Svetlana Søren Takeshi Tam Tanya Tara Tariq Ted Teo Terry Thabo Thandi Thea Theo Thomas Tilda Tim
Tina Toby Tom Tomas Tony Tove Tunde Uche Ulrike Uma Umar Ursula Valentin Vanessa Vasile Vera Vic
Victor Vikram Viktor Viola Vito Walter Wanda Wei Wen Wiebke Wiktor Will Willa Winston Xavier Xenia
Xiao Ximena Yannick Yara Yasmin Yetunde Yolanda Yuki Yusra Yusuf Yvonne Zainab Zane Zara Zbigniew
Zelda Zoe Zofia Zoltan Zsófia Zuzana""".split()
SURNAMES = """
Abara Adeyemi Ahmed Almeida Andersson Bakker Banerjee Barrett Bauer Becker Bianchi Brandt Byrne
Campbell Castro Chen Choi Cohen Costa Cruz Danso Davies Diallo Dubois Eriksen Evans Farrell Fernandes
Fischer Fofanah Fraser Garcia Gupta Hall Hansen Haddad Hoffmann Horvat Hughes Ibrahim Ivanov Jansen
Jensen Johnson Kapoor Kaya Keller Khan Kim Kowalski Kovacs Larsen Laurent Lee Lewis Lindgren Lopez
Mahlangu Marino Martins Mbeki McKenna Mensah Meyer Mills Moreau Morgan Müller Murphy Mwangi Nakamura
Nguyen Novak Nwosu O'Brien Okafor Okoye Olsen Osei Ortiz Park Patel Pereira Petrov Popescu Quinn
Rahman Ramirez Reilly Ricci Robinson Rossi Roux Sahin Santos Sato Schmidt Shah Silva Singh Sokolov
Stewart Suzuki Tanaka Taylor Thompson Torres Varga Vogel Walsh Watanabe Weber White Wilson Wong Wright
Yamamoto Yilmaz Young Zhang Zimmermann
""".split()
TITLES = ["Mr", "Ms", "Mrs", "Dr", "Mr", "Ms", "Dr.", "Mr.", "Prof", "Sister", "Father"]
# A name never met is copied piece by piece; names that are put together here teach that.
STARTS = """
Al Am An Ar As Ba Be Bo Bri Ca Ce Cla Co Da De Do Dra El En Er Fa Fe Fi Fo Ga Ge Gla Go Gra Ha He
Ho Is Ja Je Jo Ju Ka Ke Ki Ko Kra La Le Li Lo Lu Ma Me Mi Mo Na Ne Ni No Ol Or Os Pa Pe Phi Po Ra
Re Ri Ro Ru Sa Se Si So Sta Su Ta Te Ti To Tri Ul Va Ve Vi Vo Wa We Wil Xa Ya Yo Za Ze Zi Nj Sz Å Ö
""".split()
MIDDLES = """
ba be da di do fa ga la le li lo ma me mi na ne ni no ra re ri ro sa si ta te ti to va vi ja wu ko
""".split()
ENDS = """
bel ben beth bin by da dan dra den dis don dor dy fred gan ger ka ken kim la lan las len lia lin
lis lo lon ly ma man mar men mir mon na nan nard nel ner net nia nick nis nor nus ra ran rek ren
ria ric rin ris ro ron sa sha sia sie son sta tan tas ten ter tha thy tin ton tor va van ven vin
vis wen win wa ki ji ne i o é
""".split()
PROJECTS = """
Amber Anchor Apollo Atlas Aurora Badger Bamboo Beacon Birch Bridge Cactus Canyon Cedar Citrus
Clover Cobalt Comet Compass Copper Coral Crescent Crystal Delta Dolphin Dune Echo Eclipse Ember
Fable Falcon Fern Fjord Forest Galaxy Garnet Ginger Glacier Granite Grove Harbor Harvest Hazel
Heron Hickory Horizon Indigo Iris Island Ivory Jade Jasmine Juniper Kestrel Kiwi Lagoon Lantern
Laurel Lemon Lilac Linden Lotus Lunar Lynx Magnet Maple Marble Meadow Mercury Mirror Mosaic Nectar
Nimbus North Nutmeg Oasis Olive Onyx Opal Orbit Orchid Osprey Panda Pebble Pelican Pepper Phoenix
Pine Pixel Polar Poppy Prairie Prism Quartz Quill Rain Raven Reef River Robin Rocket Saffron Sage
Salmon Sapphire Sequoia Sierra Silver Sparrow Spring Summit Sunrise Tango Teal Thistle Tiger Topaz
Tornado Tulip Tundra Umbra Velvet Violet Volcano Walnut Walrus Willow Winter Yarrow Zenith Zephyr""".split()


def entries(text: str, mark: str = ",") -> list[str]:
    """A long text as a list of its entries."""
    return [" ".join(entry.split()) for entry in text.split(mark) if entry.strip()]


PLANS = entries("""
launch, migration, pricing, hiring, support, budget, design, security, data, training, website,
warehouse, billing, onboarding, research, audit, move, merger, contract, campaign, release,
upgrade, survey, workshop, conference, rollout, pilot, catalogue, delivery, packaging, branding,
insurance, relocation, recycling, translation, renovation, exhibition, trip, funding, timetable,
garden, season, volunteer, sponsorship, membership, safety, maintenance, inspection,
vaccination, harvest, fundraising

""")
ROLES = entries("""
treasurer, secretary, chair, caretaker, head teacher, librarian, nurse, cook, coach, conductor,
driver, gardener, accountant, architect, receptionist, manager, trainer, designer, developer,
tester, editor, intern, technician, electrician, plumber, vet, pharmacist, midwife, physio,
director, stage manager, sound engineer, costume designer, cashier, shop manager, baker, chef,
bookkeeper, lawyer, webmaster, youth leader, captain, groundskeeper, curator, guide, lab
manager, site manager, foreman, office manager, head nurse, team lead, product owner, scrum
master, product manager, sales rep, buyer, warehouse manager, beekeeper, farmhand, music
teacher, maths teacher, school counsellor, class rep, parent rep, deputy head, vice chair,
minute-taker, project lead, data analyst, IT officer, HR officer, safety officer, porter,
trustee, deacon, organist, choir leader, pianist, producer, camera operator, ranger, lifeguard,
housekeeper

""")
TEAMS = entries("""
kitchen team, garden group, parents' council, IT team, front desk, sales team, night shift,
warehouse team, finance team, youth group, welcome team, marketing team, board, stage crew,
sound team, design team, press office, cleaning crew, neighbours, volunteers, sixth form, altos,
basses, under-12s, events team, support team, back office, infrastructure team, safety
committee, fair committee, day shift, ward staff

""")
PEOPLE = entries("""
parents, neighbours, members, volunteers, guests, suppliers, sponsors, teachers, pupils,
players, tenants, landlord, bank, town council, caterer, printer, plumber, electrician, roofer,
vet, insurance company, tax office, fire brigade, police, local paper, radio station, bus
company, cleaning company, band, speaker, photographer, wholesaler, builder, carpenter,
architect, lawyer, accountant, publisher, agency, customers, patients, new members, applicants,
trainees, interns, staff, board, committee, head office, school office, sports club, museum,
library, church, university, hospital, health department, planning office, garden centre, farm
shop, feed supplier, software vendor, hosting company, internet provider, gas company, water
board, letting agent, delivery company, courier, bakery, butcher, florist, choir, orchestra,
referee, umpire, judge, auditor, inspector, consultant, translator, piano tuner, locksmith,
glazier, painter

""")
PLACES = entries("""
hall, kitchen, garden, library, canteen, workshop, lab, training room, office, shop, storeroom,
cellar, attic, playground, gym, pool, changing room, car park, courtyard, barn, stable,
greenhouse, orchard, field, henhouse, waiting room, ward, pharmacy, reception, staff room,
classroom, music room, theatre, stage, foyer, gallery, museum, church, chapel, vestry, community
centre, club house, boathouse, pavilion, tennis court, warehouse, loading bay, cold room,
bakery, dining room, bar, terrace, roof, staircase, lift, corridor, entrance, front door, back
gate, fence, shed, bike shed, well, pond, path, footbridge, server room, meeting room, hut,
campsite, allotment, sports field, rehearsal room, dressing room, box office, toilets, cloakroom

""")
WHERE = entries("""
room 4, room 12, the small room, the library, the canteen, the Lisbon office, the Oslo office,
the main hall, the workshop, the garden, the lab, the training room, the staff room, the club
house, the village hall, the parish hall, the Red Lion, the café on the corner, room B, the
school, the gym, the back office, the community centre, the clinic, the barn, the church hall,
the upstairs room, the town hall, Zoom, Teams, the boardroom, the theatre, the music room, the
sports hall, the kitchen, the museum, the big tent

""")

# What there is to do, in groups, so that a verb fits its thing: nobody translates a printer.
VERBS = {
    "paper": entries("""
send, draft, review, update, prepare, publish, share, check, translate, archive, sign, correct,
copy, print, approve, rewrite, file, finish, write, shorten, explain, scan, present, collect,
circulate, edit, revise, format, outline, compare, release, read, simplify, complete, reissue,
submit, withdraw, expand, split, proofread, summarise, forward, annotate, hand out, hand in,
fill in, send out, type up, write up, look over, go through, post, email, upload, laminate,
deliver, sort, hand over, draw up, check over, put up, tidy up, redo, renew, cancel, request,
order, ask for, amend, enter, read out, distribute, pin up
"""),
    "event": entries("""
plan, organise, announce, move, cancel, prepare, host, schedule, book, open, lead, promote,
arrange, evaluate, attend, confirm, film, advertise, reschedule, extend, shorten, sponsor,
moderate, set up, postpone, rehearse, record, run, coordinate, chair, oversee, photograph, call
off, put off, look after, help with, publicise, supervise, price, map out, write about, hold,
report on, plan for, take care of, sort out, cater for, bring forward
"""),
    "thing": entries("""
order, repair, replace, test, clean, move, install, return, inspect, donate, sell, rent,
collect, label, store, photograph, unpack, check, fetch, insure, paint, count, pack, buy,
reserve, remove, borrow, unload, lend, adjust, service, weigh, dismantle, polish, calibrate,
fix, mend, oil, pick up, bring, take down, put away, set up, wash, hire, throw out, measure,
sharpen, varnish, drop off, hang up, assemble, take back, look at, get, exchange, bring back,
tidy away, swap, wire, plug in, top up, wrap, carry up, lock up, charge, tune, sand, recycle,
have a look at
"""),
    "system": entries("""
test, update, fix, check, rebuild, monitor, document, migrate, restart, inspect, speed up,
secure, redesign, back up, switch off, upgrade, benchmark, debug, configure, launch, rename,
simplify, deploy, repair, patch, review, integrate, refactor, profile, encrypt, roll back, roll
out, set up, look into, clean up, ship, release, merge, demo, write tests for, turn on, turn
off, move, extend, translate, finish, take over, scale up, hook up, lock down, tidy, port
"""),
    "people": entries("""
call, phone, email, ask, invite, remind, thank, write to, talk to, meet, contact, inform, speak
to, visit, pay, brief, ring, message, text, interview, answer, chase, warn, speak with, meet
with, consult, write back to, get back to, follow up with, check with, update, tell, train,
welcome, find, negotiate with, apologise to, introduce, book, call back, reply to, reassure,
notify
"""),
    "place": entries("""
clean, paint, sweep, book, measure, lock, open, decorate, heat, inspect, photograph, tidy,
clear, light, air, repaint, insulate, rent, prepare, close, check, clear out, tidy up, mop, look
after, water, weed, fence off, clean out, set up, lock up, reserve, hire, show them, renovate,
fix, repair, look at, redecorate, mow, rake, disinfect, unlock, guard, map, survey, sort out
"""),
}  # fmt: skip
NOUNS = {
    "paper": entries("""
contract, invoice, report, survey, price list, press note, test plan, user guide, job advert,
phone script, shipping form, network map, licence, order form, floor plan, guest list, risk
table, release note, tax form, parts list, help page, style guide, time sheet, travel plan,
seating plan, product page, privacy notice, sales chart, welcome letter, stock count, quality
report, cost estimate, project diary, code review, opening speech, packing list, questionnaire,
reading list, supplier list, work plan, bug list, data sheet, exit survey, agenda, newsletter,
brochure, forecast, handbook, budget sheet, roadmap, business case, audit report, offer, tender,
lease, manual, policy, checklist, summary, slide deck, case study, job description, purchase
order, receipt book, safety report, accident report, balance sheet, salary table, complaint
form, fact sheet, parking permit, expense claim, handover memo, kitchen rota, marketing brief,
quote, volunteer list, event diary, flyer, poster, letter, reminder, invitation, programme,
timetable, rota, shift plan, menu, recipe, ticket, leaflet, sign, map, song sheet, score,
script, lesson plan, report card, permission slip, school report, class list, lunch list,
consent form, referral, prescription, patient leaflet, allergy list, vaccination list, duty
roster, insurance form, grant application, funding bid, permit, minutes, feed plan, planting
plan, crop report, seed list, harvest plan, fixture list, team sheet, match report, membership
list, petition, press release, blog post, article, photo caption, FAQ, changelog, privacy
policy, design doc, spec, test report, incident report, postmortem, ticket list, mailing,
statement, receipt, thank-you card, birthday card, wish list, shopping list, key list, meter
reading, photo permission, bus schedule, route map, inventory, catalogue, label list, loan form,
exhibition text
"""),
    "event": entries("""
training course, product demo, open day, summer party, safety training, team lunch, kick-off,
supplier visit, customer workshop, press call, street party, quiz night, town hall, board
meeting, trade fair, factory tour, photo session, user test, retreat, farewell party, sales
call, charity run, panel discussion, webinar, book club, hackathon, onboarding day, language
class, first-aid course, planning session, site visit, reception, charity raffle, cooking class,
award dinner, information evening, summer fair, christmas market, bake sale, jumble sale,
concert, rehearsal, school trip, parents' evening, sports day, sponsored walk, carol service,
flu clinic, blood drive, ward round, fire drill, stocktake, tasting, harvest festival, farm
tour, lambing season, sheep sale, tournament, training camp, away match, cup final, annual
dinner, general meeting, exhibition, guided tour, opening night, premiere, dress rehearsal,
audition, bonfire, barbecue, picnic, clean-up day, plant sale, coffee morning, story hour, craft
afternoon, holiday camp, science week, exam week, prize draw, fundraiser, auction, wedding, film
night, dance class, swimming lesson, staff party, sprint review, retro, release party, interview
day, career day, house tour, workshop, seminar, lecture
"""),
    "thing": entries("""
coffee machine, projector, desk lamp, printer, delivery van, meeting table, server, card reader,
water filter, door sign, power cable, sample box, wall calendar, visitor badge, gift box, office
chair, keyboard, microphone, heater, bookshelf, fridge, camera, monitor, alarm system, forklift,
storage rack, whiteboard, air filter, loudspeaker, generator, label printer, router, hard disk,
headset, scanner, ladder, trolley, bicycle rack, feedback wall, first-aid kit, poster stand,
vending machine, pump, boiler, oven, freezer, dishwasher, kettle, till, key, lock, curtain,
carpet, costume, music stand, piano, drum kit, amplifier, spotlight, cable, extension lead,
tent, gazebo, bench, table, chair, bin, hose, lawn mower, wheelbarrow, spade, tractor, trailer,
milking machine, gate, water trough, beehive, egg box, seed tray, wheelchair, blood pressure
monitor, syringe, fridge thermometer, stretcher, bandage, glove, mask, hand dryer, ball, net,
goal, shirt, kit bag, trophy, boat, oar, life jacket, helmet, minibus, tyre, battery, smoke
alarm, fire extinguisher, light bulb, lamp, sofa, mattress, towel, apron, tray, glass, plate,
cake stand, banner, flag, laptop, tablet, phone, charger, display case, frame, painting, statue,
tool box, drill, saw, paint pot, brush, plank, brick, roof tile, window, door handle, tap, sink,
radiator, thermostat, noticeboard, suggestion box, cash box
"""),
    "system": entries("""
login page, web shop, search index, payment system, test server, backup script, mailing list,
booking form, ticket queue, data export, chat bot, staff calendar, app, dashboard, database,
contact form, intranet, download page, photo archive, phone menu, product filter, price engine,
sign-up form, spam filter, wiki, time tracker, map service, invoice tool, news feed, translation
memory, stock system, video player, access log, password manager, recommendation list, feedback
widget, parking app, API, build, test suite, staging server, CI pipeline, release branch, cache,
queue, cron job, import job, mobile app, checkout, admin page, error page, cookie banner, search
box, newsletter sign-up, patient portal, booking system, membership database, website, online
rota, alert system, monitoring, config file, feature flag, login bug, memory leak, script
"""),
}  # fmt: skip
ADJECTIVES = {
    "paper": entries("""
final, first, new, old, short, monthly, signed, missing, customer, internal, weekly, quarterly,
annual, second, printed, revised, updated, draft, digital, confidential, detailed, technical,
financial, third, corrected, spring, autumn, English, French, German, bilingual, provisional,
urgent, anonymous, last, next, long, blank, late, unpaid, colour, simple, outdated
"""),
    "event": entries("""
annual, first, next, summer, winter, spring, internal, public, second, short, monthly, weekly,
regular, joint, local, outdoor, technical, final, virtual, regional, seasonal, big, extra,
autumn, evening, family, christmas, free, last, small
"""),
    "thing": entries("""
new, old, second, spare, small, large, blue, yellow, green, red, broken, heavy, portable,
electric, wooden, black, white, cheap, noisy, used, grey, missing, laminated, rusty, leaking,
big, lost, folding, plastic, metal, second-hand, long, round, loose, dirty, empty, cracked,
extra, hired
"""),
    "system": entries("""
new, old, internal, public, mobile, slow, local, online, second, French, German, experimental,
legacy, customer, main, temporary, shared, broken, secure, central, redundant, obsolete,
nightly, weekly, failing, flaky, staging, live, hosted
"""),
    "place": entries("""old, small, big, upper, lower, back, front, north, south, east, west, new, main, second,
        empty, dark, damp, side"""),
    "people": entries("""new, old, local, other, second, first, former, regular, younger, older, current"""),
}  # fmt: skip
STUFF = entries("""
flyers, chairs, tables, tickets, costumes, seeds, snacks, drinks, cakes, sandwiches, cups,
plates, napkins, balloons, candles, flowers, plants, bulbs, paint, wood, screws, nails, sand,
gravel, straw, hay, feed, milk, eggs, apples, honey, flour, sugar, coffee, tea, soap, towels,
gloves, masks, bandages, vaccines, test kits, printer paper, envelopes, stamps, pens, notebooks,
labels, stickers, badges, keys, batteries, cables, light bulbs, spare parts, tools, shirts,
balls, medals, prizes, books, toys, games, instruments, strings, scores, photos, posters, signs,
leaflets, bags, boxes, pallets, bottles, cans, fuel, firewood, bricks, tiles, curtains,
blankets, pillows, lamps, tents, ropes, helmets, life jackets, donations, fees, subs, deposits,
refunds

""")
# Tasks as a whole. The first word changes, the rest stays.
TASKS = entries("""
find a new caterer; get three quotes for the roof; look for a bigger room; look into the noise;
think about a logo; work out the costs; sort out the keys; count the chairs; collect the money;
raise money for the trip; draw a map of the site; bring the cake; bake two cakes; take the
minutes; take photos on the day; make a poster; make a list of allergies; make copies for
everyone; make the tea; make room in the shed; do the shopping; do the accounts; do the dishes;
do a risk check; give the opening speech; give a talk on safety; give feedback on the draft; set
a date for the trip; set the alarm; put the rota on the wall; put up the tent; put the bins out;
keep the receipts; keep an eye on the costs; keep track of the hours; let the neighbours know;
let everybody know about the new time; tell the parents about the bus; tell the bank about the
change; ask the council for a permit; ask for a discount; ask around for helpers; ask the school
about the hall; apply for a grant; apply for the licence; arrange a lift for the guests; arrange
transport; check whether the hall is free; check if the insurance covers it; check the fire
exits; find out what it costs; find out who has the key; find somebody for the bar; find two
more drivers; see if the library can help; see to the heating; open an account; open a ticket
with the vendor; order pizza for twelve; order more cups; pay the deposit; pay the rent; pick up
the parcel; pick a colour; plant the bulbs; pump up the balls; book a table for eight; book a
coach; book flights to Lisbon; buy a present for the caretaker; buy paint for the fence; buy
stamps; call a plumber; call off the order; clean the filters; clear the gutters; close the old
account; compare two offers; cut the hedge; cut the grass; drive the van; feed the hens; feed
the fish; fix the leak under the sink; fix the date with the band; fold the programmes; hand out
the tickets; hang the pictures; have the brakes checked; have the piano tuned; help with the
set-up; help in the kitchen; hire a sound system; interview the two candidates; invite the
mayor; invite the press; iron the costumes; label the boxes; lead the warm-up; lend us a ladder;
light the stove; lock up on Sunday; look after the animals; look up the bus times; meet the
architect; meet the inspector at the gate; mend the net; move the piano to the hall; mow the
pitch; nominate a treasurer; note down the meter readings; pack the bags; paint the sets; print
fifty copies; print the name tags; prune the roses; reach out to past members; record a video
message; register the team; renew the domain; renew the insurance; rent a trailer; repair the
step; report the fault; return the borrowed chairs; review the code; revoke the old keys; rotate
the passwords; run the bar; run the numbers again; save the date; scan the old letters; sew the
curtains; sharpen the mower blades; shop for snacks; show the new nurse around; sit with the new
pupil; sketch a layout; sort the donations; speak at the assembly; start a waiting list; step in
for the driver; store the sets; switch to the new plan; take the dog to the vet; take the parcel
to the post office; take over the newsletter; teach the new song; test the sound; thank the
helpers; top up the float; train two volunteers; translate the sign; try the new recipe; turn
the compost; unload the truck; update the website; upgrade the router; vote on the budget; wait
for the delivery; walk the route; wash the bibs; water the tomatoes; weigh the lambs; wind up
the clock; wrap the prizes; write to our sponsors; write a short piece for the paper; write the
job advert; write down the rules; write tests for the parser; set up a group chat; set up the
stage; set up two-factor login; follow up on the invoice; follow up with the supplier; go over
the figures; go through the bug reports; deal with the complaint; speak to the neighbours about
parking; bring a first-aid box; bring spare batteries; come up with three names; come early and
open up; get the keys from the office; get a price for the windows; get rid of the old sofa; get
hold of the vet; get the boiler looked at; get in touch with the printer; liaise with the
museum; hold the fort; chase the late payments; chase up the missing forms; claim the money
back; confirm the numbers with the kitchen; confirm the time with the driver; double-check the
address; empty the shed; explain the new rules to the team; extend the lease; finalise the menu;
gather feedback from the wards; germinate the seeds; grit the path; house the visitors; insulate
the loft; join the call with the bank; log the hours; mix the feed; nail down the price; oil the
hinges ; phone round the members; pilot the new form; post the photos; prepare a quiz; proofread
the programme; propose a date; provide the drinks; read the small print; reconcile the bank
statement; refill the soap; refund the tickets; rehearse the second act; reply to the letter;
restock the shelves; rewrite the intro; rota the drivers; seal the cracks; secure a venue; set
the table; share the slides; sign the lease; sponsor the cup; stack the chairs; stick up the
posters; supervise the bonfire; sweep the chimney; tag the sheep; tidy the props; trim the
hooves; try out the app; tune the strings; type up the notes; unblock the drain; vacuum the bus;
vet the applicants; warn the residents; weed the beds; work with the designer on the logo; worm
the goats

""", ";")  # fmt: skip
DAYS = "Monday Tuesday Wednesday Thursday Friday Monday Tuesday Thursday Friday Saturday Sunday".split()
SHORT_DAYS = "Mon Tue Tues Wed Thu Thurs Fri Sat Sun".split()
MONTHS = """
January February March April May June July August September October November December
""".split()
SHORT_MONTHS = "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec".split()
# When something is due: after "by" or "before", and by itself.
SOON = entries("""
noon, tonight, tomorrow, next week, next month, the end of the week, the end of the month, the
next meeting, Easter, the summer break, the holidays, Christmas, the end of the day, lunch, the
weekend, half-term, the open day, the fair, the first rehearsal, the end of May, the end of
June, the end of the year, the end of term, mid-June, mid-March, early May, late August, the
15th, the 1st, the 30th, the 3rd, the 22nd, the end of October, tomorrow morning, tomorrow
evening, this Friday, next Monday, next Wednesday, the first of May, the inspection, New Year,
the start of the season, harvest, the deadline, the audit, the release, opening night, the
match, week 12, week 40, Q3, the end of Q2, 5pm, 10 am, 17:00, midday, close of business, COB
Friday, EOD, EOD Tuesday, tomorrow noon, Monday morning, Friday lunchtime, Thursday evening,
Saturday night, Wednesday afternoon, the middle of May, autumn

""")  # fmt: skip
ADVERBS = entries("""
tomorrow, next week, next month, tonight, this week, this afternoon, this evening, today, in two
weeks, in ten days, within a week, within two days, in the spring, in the autumn, in May, in
September, over the weekend, at the weekend, after the holidays, after the match, after lunch,
after Easter, before lunch, first thing tomorrow, later this month, early next week, at the end
of the month, within a month, tomorrow morning, in three days , straight after the meeting, on
the day of the fair, next Tuesday, next Friday, this Thursday, within 48 hours , as soon as
possible, right away, by the end of play, in time for the concert, this weekend, in January

""")  # fmt: skip
# Who meets: two halves of a name.
ORG_FIRST = entries("""
Garden, Choir, Parents', School, Clinic, Kitchen, Football, Chess, Theatre, Museum, Library,
Farm, Village, House, Harbour, Sprint, Project, Staff, Ward, Shop, Bakery, Lab, Works, Youth,
Sailing, Rowing, Book, Film, Dance, Band, Orchestra, Church, Parish, Hospital, Nursery, Stable,
Allotment, Street, Festival, Fair, Press, Sales, Support, Data, Web, Security, Night shift,
Warehouse, Fire brigade, Scout, Ski, Tennis, Swimming, Bee, Seed, Radio, Archive, Faculty,
Student, Tenants', Neighbours', Founders', Finance

""")
ORG_SECOND = entries("""
committee, team, group, crew, meeting, club, council, board, society, round, call, check-in,
circle, get-together, staff meeting, retro, planning, stand-up, assembly, working group,
association, members, conference, session, department, office, union, league

""")
GROUPS = entries("""
the committee, the team, the group, the club, the board, the choir, the crew, the staff, the
council, the members, the band, the neighbours, the parents, the teachers, the nurses, the
players, the gardeners, the developers, the volunteers, the organisers, the helpers, the
colleagues, the friends, the people, everybody, the actors, the farmers, the singers, the
owners, the family, the shop, the school, the clinic, the library, the museum, the office, the
project, the lab, the class, the department, the circle, the workers, the swimmers, the runners,
the drivers, the tenants, the sailors, the trainers, the students, the founders, the editors

""")
PREFIXES = entries("""
Sister, Brother, Father, Pastor, Chef, Nurse, Captain, Coach, Uncle, Aunt, Grandma, Grandpa,
old, young, little, Dr, Dr., Prof., Mr, Mrs, Ms, Mrs., Frau, Herr, Madame, Señor, Director,
Councillor, Inspector, Doctor, Miss, Sir, Lady, big, Skipper, Officer

""")
