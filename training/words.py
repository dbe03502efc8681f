"""Words: what the generated facts are about, a part of them never shown in training."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

PEOPLE = """man woman teacher doctor nurse baker farmer painter singer miller sailor captain judge
king queen guard clerk tailor butcher driver pilot hunter shepherd brother sister uncle aunt
grandmother neighbour child boy girl student professor engineer gardener keeper monk priest poet
writer actor dancer fiddler banker lawyer merchant messenger mayor soldier twins""".split()
THINGS = """house door window table chair lamp clock book letter map coin ring box chest drawer key
lock bottle cup bowl knife spoon plate pan oven stove broom bucket rope ladder hammer nail saw axe
wheel cart boat ship train bus car bicycle wagon engine machine radio camera piano violin drum flute
bell candle mirror picture statue flag coat hat glove shoe boot scarf blanket pillow carpet basket
bag sack barrel tent fence gate wall roof chimney cellar attic kitchen garden orchard field barn
stable mill bridge tower castle church school library museum hotel shop market station harbour
lighthouse island river lake pond well spring hill mountain valley forest cave beach road path
square park tree bush flower rose apple pear plum cherry onion carrot potato bread cheese butter
milk soup cake pie tea coffee wine horse dog cat goose hen goat sheep cow donkey rabbit fox wolf
bear owl crow swan eagle fish whale snake spider bee ant stone sand snow ice rain storm wind cloud
moon star sun fire smoke paper pencil brush paint cloth needle thread button wire pipe pump valve
tank motor signal ticket stamp parcel photograph journal recipe song story dream plan secret
festival concert dinner wedding journey race game meeting lesson experiment bench shelf cabin
workshop factory office hospital theatre bakery vault archive fountain tunnel garage balcony
corridor staircase platform crane anchor sail lantern telescope compass""".split()
ADJECTIVES = """old young small big tall short long thin thick heavy light dark bright red blue
green yellow white black brown grey purple golden silver wooden iron stone glass paper
clean dirty wet dry
hot cold warm cool soft hard rough smooth round square flat steep deep shallow wide narrow high low
early late quick slow quiet loud sweet sour bitter salty fresh stale rich poor strong weak brave shy
proud gentle cruel kind angry happy sad lonely broken empty full open closed hidden lost stolen
borrowed painted polished rusty dusty muddy frozen burnt torn folded northern southern eastern
western upper lower inner outer second third last first famous strange ancient modern royal public
private secret foreign crooked striped spotted silent curious patient careless""".split()
# base, past, participle
VERBS = [
    tuple(line.split())
    for line in """open opened opened|close closed closed|paint painted painted|repair repaired
repaired|clean cleaned cleaned|wash washed washed|carry carried carried|lift lifted lifted|push
pushed pushed|pull pulled pulled|turn turned turned|move moved moved|hide hid hidden|find found
found|lose lost lost|buy bought bought|sell sold sold|borrow borrowed borrowed|steal stole
stolen|break broke broken|build built built|bring brought brought|take took taken|give gave
given|throw threw thrown|catch caught caught|hold held held|keep kept kept|leave left left|send
sent sent|write wrote written|read read read|draw drew drawn|cut cut cut|burn burnt burnt|cook
cooked cooked|bake baked baked|eat ate eaten|feed fed fed|plant planted planted|water watered
watered|visit visited visited|watch watched watched|follow followed followed|meet met met|call
called called|help helped helped|teach taught taught|wake woke woken|guard guarded guarded|count
counted counted|measure measured measured|weigh weighed weighed|fill filled filled|empty emptied
emptied|cover covered covered|wrap wrapped wrapped|tie tied tied|fold folded folded|hang hung
hung|polish polished polished|test tested tested|order ordered ordered|choose chose chosen|name
named named|sign signed signed|copy copied copied|print printed printed|sing sang sung|play played
played|ring rang rung|light lit lit|shake shook shaken|stir stirred stirred|pour poured
poured|collect collected collected|sort sorted sorted|store stored stored|load loaded
loaded|inspect inspected inspected|describe described described|mention mentioned mentioned|dig
dug dug|sweep swept swept|fix fixed fixed|mend mended mended|climb climbed climbed|cross crossed
crossed|reach reached reached|enter entered entered""".replace("\n", " ").split("|")
]
PREPOSITIONS = """behind under above below near beside inside outside opposite past beyond against
over in on at by beneath between around""".split()
PLACES_START = """Lin Mar Tor Bel Gran Hol Ves Kal Ros Dun Fal Nor Sel Tam Ul Wes Zar Ost Pel Quer
Ard Bram Cor Dal Elm Fen Gar Har Iven Jor""".split()
PLACES_END = """ton ville berg stad ford mouth port holm dam field burg grad wick by nes mar dell
moor""".split()
SYLLABLES = """ka ri mo ta le no sa vi du ne lo ma fe ro ti ga be lu na pe so da mi ju ra zo ha ne
ko el an or is um ar en il os ur ad""".split()
MONTHS = """January February March April May June July August September October November
December""".split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
ORDINALS = """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth
thirteenth fourteenth fifteenth twentieth""".split()
ABOUT = """about|almost|exactly|nearly|only|at least|at most|more than|fewer than|as many as|
no more than|over|some|precisely|around""".replace("\n", "").split("|")
NUMBERS = """two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
twenty thirty forty fifty sixty seventy eighty ninety""".split()
ATTRIBUTES = """code|password|number|name|motto|colour|price|favourite dish|favourite game|address|
secret word|nickname|job|birthday|destination|owner|weight|height|age|speed|symbol|prize|hiding
place|phone number|telephone number|locker number|account number|serial number|last wish|greatest
fear|first rule|main reason|usual excuse|best friend|oldest friend|worst habit|title|subject|
purpose|result|cost|length|door code|call sign|signal|label|brand|flavour|home town|birthplace|
profession|hobby|magic word|master key|final score|best memory|weak point|strangest feature|
quickest way|easiest way|only way|right way|cheapest part|most famous part|next stop|last stop|
meeting point|starting point|opening time|closing time|arrival time|date|year|winner|inventor|
founder|director|author|guest|mascot|anthem|emblem|ingredient|main ingredient""".replace(
    "\n", " "
).split("|")
ATTRIBUTES = [re.sub(r"\s+", " ", attribute).strip() for attribute in ATTRIBUTES]

Verb = tuple[str, str, str]  # base, past, participle


@dataclass(frozen=True)
class Words:
    """Words to fill facts with.

    Args:
        mined: Words found in real text, which stand in for the listed ones now and then.
        held_out: Whether these are the words kept for the reported numbers, or all the others.
    """

    people: tuple[str, ...]
    things: tuple[str, ...]
    adjectives: tuple[str, ...]
    verbs: tuple[Verb, ...]
    attributes: tuple[str, ...]
    mined: tuple[str, ...]


def split(mined: list[str], held_out: bool, seed: int = 7) -> Words:
    """A sixth of every list is held out; the rest is for training."""
    banks = []
    for bank in (PEOPLE, THINGS, ADJECTIVES, VERBS, ATTRIBUTES, mined):
        items = sorted(set(bank))
        random.Random(seed).shuffle(items)
        cut = len(items) // 6
        banks.append(tuple(items[:cut] if held_out else items[cut:]))
    return Words(*banks)


def widened(words: Words, others: Sequence[Verb], seed: int = 7) -> Words:
    """The words for training among many more, so that one never seen is nothing new.

    The verbs are joined by `others`, by those of real text, by invented ones, and by some whose
    forms have nothing in common, as "go" and "went". None of the held-out verbs is among them.
    """
    draw = random.Random(seed)
    kept = {base for base, _, _ in split([], held_out=True).verbs}
    heard = set(words.mined)
    bases = [base for base in words.mined if f"{base}ed" in heard]
    bases += [invented(draw).rstrip("aeiou") for _ in range(100)]
    many = [*words.verbs * 3, *others, *((base, f"{base}ed", f"{base}ed") for base in bases)]
    many = [verb for verb in many if verb[0] not in kept]
    for _ in range(len(many) // 8):
        (base, _, _), (_, was, done) = draw.sample(many, 2)
        many.append((base, was, done))
    return replace(
        words,
        things=words.things + tuple(draw.sample(words.mined, len(words.things))),
        adjectives=words.adjectives + tuple(draw.sample(words.mined, len(words.adjectives))),
        verbs=tuple(many),
        attributes=words.attributes
        + tuple(" ".join(draw.sample(words.mined, 2)) for _ in words.attributes[::2]),
    )


def mine(text: str) -> list[str]:
    """Every lower-case word of 3 to 11 letters that occurs in a text."""
    return sorted(set(re.findall(r"\b[a-z]{3,11}\b", text)))


def invented(draw: random.Random) -> str:
    """A word that no language has."""
    return "".join(draw.choice(SYLLABLES) for _ in range(draw.randint(2, 3)))
