"""Non-literal needles: facts that share no word with the question about them."""

import random
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rh_lens.cases.case import Case, Labels
from rh_lens.cases.haystack import Haystack
from rh_lens.cases.invented import FIRST_NAMES
from rh_lens.cases.needle import Needle
from rh_lens.cases.niah import niah
from rh_lens.cases.prompt import Prompt, PromptFormat

ASSOCIATIONS = (  # what a text says of somebody, and what one can conclude and ask
    ("{} lives next door to the Eiffel Tower.", "Who has a home in Paris?"),
    ("{} sells postcards in front of the Colosseum.", "Who works in Rome?"),
    ("{} grew up in the shadow of the Kremlin.", "Who spent a childhood in Moscow?"),
    ("{} rows past the Houses of Parliament every morning.", "Who knows London well?"),
    ("{} married on the steps of the Acropolis.", "Whose wedding was in Athens?"),
    ("{} photographed the pyramids at sunrise.", "Who has been to Egypt?"),
    ("{} walked all along the Great Wall.", "Who has travelled in China?"),
    ("{} climbed Mount Fuji with two friends.", "Who has visited Japan?"),
    ("{} has been a vegan since school.", "Who would refuse an omelette with cheese?"),
    ("{} gets a rash from peanuts.", "Who is allergic to nuts?"),
    ("{} pulls teeth from nine to five.", "Who is a dentist?"),
    ("{} kneads dough before dawn.", "Who is a baker?"),
    ("{} shears forty sheep a day.", "Who cuts wool?"),
    ("{} flies a jumbo jet across the Atlantic.", "Who is a pilot?"),
    ("{} defends suspects before the judge.", "Who is a lawyer?"),
    ("{} plays Chopin on a Steinway.", "Who is a pianist?"),
    ("{} keeps forty hives behind the house.", "Who is surrounded by bees?"),
    ("{} cannot tell red from green.", "Who is colour-blind?"),
    ("{} has not touched wine or beer for years.", "Who drinks no alcohol?"),
    ("{} blew out ninety-nine candles yesterday.", "Who is almost a century old?"),
    ("{} wears a cast from the knee to the toes.", "Who has a broken leg?"),
    ("{} proposed to Martha, who said yes.", "Who is engaged?"),
    ("{} translates Cervantes and Borges for a living.", "Who understands Spanish?"),
    ("{} came home with an Olympic gold medal.", "Who is a champion athlete?"),
    ("{} drives with a siren and a blue light to burning houses.", "Who fights fires?"),
    ("{} shuts every window as soon as it thunders.", "Who is afraid of storms?"),
)


def non_literal(
    tokenizer: Any,
    lengths: Iterable[int],
    depths: Iterable[float | int],
    *,
    count: int = 8,
    haystack: Haystack | None = None,
    prompt: PromptFormat = Prompt(),
    seed: int = 0,
) -> list[Case]:
    """Needles that can be found by what they mean only, not by a word of the question.

    "Berit pulls teeth from nine to five." answers "Who is a dentist?": fact and question have no
    word in common but the likes of "is" and "the". In our own words, after NoLiMa (Modarressi et
    al. 2025, arXiv:2502.05167), whose needles are not free. `count` rows of our table of
    associations, with as many different first names, are drawn and hidden as `niah` does.

    Returns:
        Cases with the spans and labels of `niah`, `needle` being the question, and the label seed.
    """
    most = min(len(ASSOCIATIONS), len(FIRST_NAMES))
    if not 1 <= count <= most:
        raise ValueError(f"count is {count}: ask for 1 to {most} associations")
    draw = random.Random(seed)
    rows, names = draw.sample(ASSOCIATIONS, count), draw.sample(FIRST_NAMES, count)
    needles = [
        Needle(fact.format(name), question, name, kind="association")
        for (fact, question), name in zip(rows, names, strict=True)
    ]
    cases = niah(tokenizer, needles, haystack or Haystack(), lengths, depths, prompt=prompt)
    own: Labels = {"task": "non_literal", "seed": seed}
    return [replace(case, labels={**case.labels, **own}) for case in cases]
