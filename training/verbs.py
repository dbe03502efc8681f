"""Verbs: more of them than `training.words` has, and their forms."""

import random
from dataclasses import dataclass

IRREGULAR = """\
drive drove driven|ride rode ridden|wear wore worn|choose chose chosen|grow grew grown|know knew
known|hear heard heard|see saw seen|tell told told|spend spent spent|win won won| lend lent
lent|bind bound bound|shoot shot shot|strike struck struck|beat beat beaten|begin began begun|bend
bent bent|bite bit bitten|blow blew blown|feel felt felt|fight fought fought|grind ground
ground|lay laid laid|lead led led|make made made|pay paid paid|ring rang rung|seek sought sought|
spin spun spun|split split split|spread spread spread|sting stung stung|swing swung swung|tear
tore torn|think thought thought|understand understood understood|weave wove woven|withdraw
withdrew withdrawn|drink drank drunk|deal dealt dealt|sink sank sunk|steal stole stolen|set set
set|put put put|get got got|have had had|say said said|show showed shown|sew sewed sewn|saw sawed
sawn"""
REGULAR = """
accept add admire admit adopt advise announce answer approve arrange ask assemble attach
attack avoid award bless block boil bottle brush bury calculate cancel capture carve celebrate chain
change chase check claim command compose confuse connect conquer conserve consider construct consult
contain control cool correct crack crush cure dance decorate defend deliver demand deny deposit design
destroy detect discover discuss divide drop dry dust earn elect employ enjoy erase escort examine
exchange exhibit expect explain explore export fasten fear fetch film finish float flood forge frame
free fry gather glue grab greet guide harvest hate haul heat hire hunt import improve inherit install
insult interview introduce invade invent invite iron join judge kick kiss knit label launch learn
lick like list lock love mail manage mark marry mix mock name nail note notice observe obtain offer
operate own pack park pass patch perform photograph pick pin plan please plough point post practise
praise prefer prepare present preserve press prevent process produce promise promote protect prove
punish purchase raise record recommend recover reduce remember remove rent replace report request
rescue reserve respect restore reveal reward rob roll rule sail salute save scare scratch search seal
select serve settle sew shape shave shelter shine ship sketch smash smell smoke solve spare spill
spoil stamp start state stitch stop strip study supply support surprise surround tame taste tease
thank tickle time touch tow trace track train transport trap treat trim trust try tune unite unlock
use vacate value view wait walk want warn waste wax welcome whip whisper win wipe wish worship wrestle
zip trade treasure prepare donate collect weigh translate publish rehearse demolish polish auction
wander""".split()
VOWELS = "aeiou"
DOUBLING = set(
    """admit grab drop knit pin plan rob ship skip spot stop strip trap trim whip zip prefer
    wrap""".split()
)
TAKEN = set(
    "share receive forget bear need move refuse intend".split()
)  # of the held-out templates


def past(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in VOWELS:
        return verb[:-1] + "ied"
    return verb + (verb[-1] if verb in DOUBLING else "") + "ed"


def third(verb: str) -> str:
    """The form for he, she or it."""
    if verb == "have":
        return "has"
    if verb.endswith("y") and verb[-2] not in VOWELS:
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")


EXTRA = tuple(
    dict.fromkeys(
        [tuple(line.split()) for line in IRREGULAR.replace("\n", " ").split("|")]
        + [(verb, past(verb), past(verb)) for verb in REGULAR if verb not in TAKEN]
    )
)
GIVING = [
    tuple(line.split())
    for line in """show showed shown|offer offered offered|lend lent lent|
teach taught taught|tell told told|pay paid paid|sell sold sold|send sent sent|hand handed handed|
promise promised promised|read read read|sing sang sung|bring brought brought|grant granted granted|
owe owed owed|leave left left|write wrote written|throw threw thrown|buy bought bought|feed fed fed|
wish wished wished|deny denied denied|save saved saved|cook cooked cooked|build built built|
allow allowed allowed|assign assigned assigned|cost cost cost|lease leased leased|call called called|
name named named|make made made|ask asked asked|serve served served""".replace("\n", "").split("|")
]


@dataclass(frozen=True)
class Verb:
    """A verb in one tense: as stated, split for questions, and its passive."""

    said: str
    helper: str  # did, does, will ...
    rest: str
    passive: str  # was seen, will be seen ...
    be: str
    done: str


def tensed(draw: random.Random, forms: tuple[str, str, str], many: bool) -> Verb:
    """The verb for one doer or for many."""
    base, was, done = forms
    pick = draw.random()
    if pick < 0.5:
        be = "were" if many else "was"
        return Verb(was, "did", base, f"{be} {done}", be, done)
    if pick < 0.72:
        said, helper = (base, "do") if many else (third(base), "does")
        return Verb(said, helper, base, f"is {done}", "is", done)
    if pick < 0.85:
        helper = draw.choice(("will", "will", "can", "must", "may", "should", "would", "could"))
        return Verb(f"{helper} {base}", helper, base, f"{helper} be {done}", helper, f"be {done}")
    helper = draw.choice(("have" if many else "has", "had"))
    one = "had" if helper == "had" else "has"
    return Verb(f"{helper} {done}", helper, done, f"{one} been {done}", one, f"been {done}")
