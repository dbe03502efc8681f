"""Clean: templates that nobody who wrote training templates had seen, for the card alone."""

from training import values as v
from training.templates import FIGURES, NAMES, PLACES, THINGS, Template, parse

CLEAN: list[Template] = [
    *parse(
        """
        the lullaby that everyone hums in {town} was composed by {answer}. | Who composed the lullaby that everyone hums in {town}? | In {town} everyone hums a lullaby; who composed it?
        {answer} rescued {the} from the flood at {town}. | Who rescued {the} from the flood at {town}? | When the flood hit {town}, who rescued {the}?
        after a long argument, the crew picked {answer} as the new name for {the}. | Which new name did the crew pick for {the}? | What did the crew pick as a name for {the} after a long argument?
        """,
        NAMES,
    ),
    *parse(
        """
        nobody in {town} noticed that {who} had swapped {the} for {answer}. | For what had {who} swapped {the}? | What did {who} swap {the} for without anybody in {town} noticing?
        the strangest item in the luggage of {who} turned out to be {answer}. | What turned out to be the strangest item in the luggage of {who}? | Which item in the luggage of {who} was the strangest?
        on winter evenings {who} likes nothing better than {answer}. | What does {who} like best on winter evenings? | What is it that {who} likes so much on a winter evening?
        """,
        THINGS,
    ),
    *parse(
        """
        the spare batteries are stored {answer}, according to {who}. | Where are the spare batteries stored, according to {who}? | According to {who}, where are the spare batteries?
        {who} and {who2} spent their honeymoon {answer}. | Where did {who} and {who2} spend their honeymoon? | Tell me where {who} spent a honeymoon with {who2}.
        if it rains, the picnic planned by {who} will take place {answer} instead. | Where will the picnic planned by {who} take place if it rains? | Where is the picnic that {who} planned going to be held if it rains?
        """,
        PLACES,
    ),
    *parse(
        """
        to reach reception at the {town} clinic, dial {answer}. | What should I dial to reach reception at the {town} clinic? | I want to speak to reception at the clinic in {town}; what do I dial?
        stamped on the underside of {the}, in tiny print, is {answer}. | What is stamped on the underside of {the}? | What does the tiny print stamped on the underside of {the} say?
        the parcel that {who} is waiting for can be traced under reference {answer}. | Under which reference can the parcel that {who} is waiting for be traced? | What is the reference for tracing the parcel that {who} is waiting for?
        """,
        FIGURES,
    ),
    *parse(
        """
        somebody had chalked {answer} across the school gates in {town}. | What had somebody chalked across the school gates in {town}? | What was chalked across the gates of the school in {town}?
        the parrot belonging to {who} keeps repeating {answer}. | What does the parrot belonging to {who} keep repeating? | {who} has a parrot; what does it keep repeating?
        """,
        v.ANY,
    ),
    *parse(
        """
        the ferry to {town} is due to sail {answer}. | When is the ferry to {town} due to sail? | When does the {town} ferry sail?
        {answer}, {who} handed {the} over to the police. | When did {who} hand {the} over to the police? | When was {the} handed to the police by {who}?
        the power in {town} had to be switched off {answer} for repairs. | When did the power in {town} have to be switched off for repairs? | When was {town}'s power switched off?
        """,
        (v.moment,),
    ),
    *parse(
        """
        {who} refused to sit next to {who2} {answer}. | Why did {who} refuse to sit next to {who2}? | For what reason did {who} refuse a seat next to {who2}?
        the vote on {the} was postponed {answer}. | Why was the vote on {the} postponed? | Why did they postpone the vote on {the}?
        it is {answer} that {who} no longer speaks to the press. | Why does {who} no longer speak to the press? | For what reason has {who} stopped speaking to the press?
        """,
        (v.reason,),
    ),
    *parse(
        """
        visitors to the {noun} museum in {town} are asked to {answer} before they leave. | What are visitors to the {noun} museum in {town} asked to do before they leave? | Before they leave the {noun} museum in {town}, what must visitors do?
        as a favour to {who}, {who2} agreed to {answer}. | What did {who2} agree to do as a favour to {who}? | What favour did {who2} agree to do for {who}?
        all that {who} ever wanted to do in retirement was {answer}. | What did {who} want to do in retirement? | In retirement, what was all that {who} ever wanted to do?
        """,
        (v.task,),
    ),
    *parse(
        """
        the real purpose of the trip to {town} was {answer}. | What was the real purpose of the trip to {town}? | What was the trip to {town} really for?
        {who} saved up for years {answer}. | Why did {who} save up for years? | What was {who} saving up for all those years?
        volunteers came from all over {town} {answer}. | For what purpose did volunteers come from all over {town}? | Why did volunteers from all over {town} come?
        """,
        (v.aim,),
    ),
    *parse(
        """
        the expiry date printed on {the} is {answer}. | Which expiry date is printed on {the}? | According to the print on {the}, what is its expiry date?
        {who} circled {answer} on the calendar in red ink. | Which date did {who} circle on the calendar? | What did {who} circle in red ink on the calendar?
        the wedding of {who} and {who2} has been put back until {answer}. | Until when has the wedding of {who} and {who2} been put back? | {who} and {who2} have put their wedding back; until when?
        """,
        (v.date,),
    ),
    *parse(
        """
        {who} charges {answer} for a haircut. | How much does {who} charge for a haircut? | For a haircut, what does {who} charge?
        the lorry that broke down {place} was carrying {answer}. | What was the lorry that broke down {place} carrying? | A lorry broke down {place}; what was it carrying?
        {answer} are needed before {the} can be mended. | What is needed before {the} can be mended? | How much is needed to get {the} mended?
        """,
        (v.amount,),
    ),
]
