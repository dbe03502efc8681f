"""Broad: a longer list of ways to state a fact and to ask for it, in many kinds of grammar."""

from training import values as v
from training.templates import FIGURES, NAMES, PLACES, THINGS, parse

BROAD = [
    *parse(
        """
        {who} keeps saying that the {attr} of {the} is {answer}. | What does {who} say the {attr} of {the} is? | What is the {attr} of {the} according to {who}? | What is the {attr} of {the}?
        if anyone asks for the {attr} of {who}, say {answer}. | What should you say if anyone asks for the {attr} of {who}? | What is the {attr} of {who}?
        nobody in {town} knows that the {attr} of {the} is {answer}. | What is the {attr} of {the}? | What does nobody in {town} know?
        among all the {noun}s in {town}, the {attr} of {the} is {answer}. | Among all the {noun}s in {town}, what is the {attr} of {the}? | What is the {attr} of {the}?
        in the language of {town}, the word for {the} is {answer}. | What is the word for {the} in the language of {town}? | How does one say {the} in {town}?
        {the} is called {answer} in {town}. | What is {the} called in {town}? | What do they call {the} in {town}?
        the only {attr} that {who} can remember is {answer}. | What is the only {attr} that {who} can remember? | Which {attr} can {who} remember?
        what {who} likes most about {the} is {answer}. | What does {who} like most about {the}? | What is it about {the} that {who} likes most?
        the answer to the riddle of {the} is {answer}. | What is the answer to the riddle of {the}? | How is the riddle of {the} answered?
        {who} answered {answer} to the question about {the}. | What did {who} answer to the question about {the}? | How did {who} answer the question about {the}?
        the {noun} club of {town} chose {answer} as its {attr}. | What did the {noun} club of {town} choose as its {attr}? | Which {attr} was chosen by the {noun} club of {town}?
        {who} has {answer} for a {attr}. | What does {who} have for a {attr}? | Which {attr} does {who} have?
        {who} replaced {the} by {answer}. | By what did {who} replace {the}? | What was {the} replaced by? | What did {who} replace {the} by?
        {the} turned into {answer}. | What did {the} turn into? | Into what did {the} turn?
        the {adj} {noun} reminds {who} of {answer}. | What does the {adj} {noun} remind {who} of? | Of what is {who} reminded by the {adj} {noun}?
        when {who} was a {role}, the {attr} was {answer}. | What was the {attr} when {who} was a {role}?
        on the back of {the} {who} found the word {answer}. | Which word did {who} find on the back of {the}? | What word is on the back of {the}?
        the spell that {w0}s {the} goes {answer}. | How does the spell that {w0}s {the} go? | Which spell {w0}s {the}?
        {who} calls this {noun} {answer}. | What does {who} call this {noun}? | How does {who} call this {noun}?
        {who} swore by {answer} in {town}. | What did {who} swear by in {town}? | By what did {who} swear?
        the {role}'s own {attr} turned out to be {answer}. | What did the {role}'s own {attr} turn out to be? | What is the {role}'s own {attr}?
        """,
        v.ANY,
    ),
    *parse(
        """
        {the} was bought from {answer}. | From whom was {the} bought? | Who sold {the}? | Who was {the} bought from?
        {the} in {town} was designed by {answer}. | Who designed {the} in {town}? | By whom was {the} in {town} designed?
        {who} learned to {v0} from {answer}. | From whom did {who} learn to {v0}? | Who did {who} learn to {v0} from? | Who taught {who} to {v0}?
        {who} wrote a letter to {answer}. | To whom did {who} write a letter? | Who did {who} write a letter to?
        the {noun} race in {town} was won by {answer}. | Who won the {noun} race in {town}? | By whom was the {noun} race in {town} won?
        the inventor of {the} was {answer}. | Who was the inventor of {the}? | Who invented {the}?
        {who} works for {answer}. | For whom does {who} work? | Who does {who} work for? | Who employs {who}?
        {who} travelled to {town} together with {answer}. | Together with whom did {who} travel to {town}? | Who travelled to {town} together with {who}?
        {who} danced with {answer} in {town}. | With whom did {who} dance in {town}? | Who danced with {who} in {town}?
        behind {the} {who} saw {answer}. | Whom did {who} see behind {the}? | Who was seen behind {the}? | What did {who} see behind {the}?
        {who} borrowed {the} from {answer}. | From whom did {who} borrow {the}? | Who lent {the} to {who}? | Who did {who} borrow {the} from?
        {who} dreams of {answer}. | Of whom does {who} dream? | Who does {who} dream of? | What does {who} dream of?
        the key to {the} is kept by {answer}. | Who keeps the key to {the}? | By whom is the key to {the} kept?
        the father of {who} is {answer}. | Who is the father of {who}? | Who is {who}'s father? | What is the name of {who}'s father?
        {who} introduced {who2} to {answer}. | To whom did {who} introduce {who2}? | Who did {who} introduce {who2} to?
        the {attr} went to {answer} for {the}. | To whom did the {attr} go for {the}? | Who won the {attr} for {the}? | Who got the {attr} for {the}?
        {the} was painted for {answer}. | For whom was {the} painted? | Who was {the} painted for?
        {who} sits next to {answer} at school. | Next to whom does {who} sit at school? | Who sits next to {who} at school?
        {who}'s horse is called {answer}. | What is {who}'s horse called? | What is the name of {who}'s horse? | How is {who}'s horse called?
        the ship of {who} carries the name {answer}. | Which name does the ship of {who} carry? | What is the ship of {who} called?
        the {adj} {role} answers only to the name of {answer}. | To what name does the {adj} {role} answer? | What is the {adj} {role} called?
        {who} pretends to be {answer}. | Who does {who} pretend to be? | As whom does {who} pose?
        the {noun} of {town} was ruled by {answer} for years. | Who ruled the {noun} of {town} for years? | By whom was the {noun} of {town} ruled?
        {who} lost the match against {answer}. | Against whom did {who} lose the match? | Who beat {who} in the match? | Who did {who} lose the match against?
        they elected {answer} as {role} of {town}. | Whom did they elect as {role} of {town}? | Who was elected {role} of {town}?
        {who} trusts nobody but {answer}. | Whom does {who} trust? | Who is trusted by {who}?
        {who} thanked {answer} for {the}. | Whom did {who} thank for {the}? | Who was thanked for {the} by {who}?
        {who} mistook {who2} for {answer}. | For whom did {who} mistake {who2}? | Who did {who} mistake {who2} for?
        """,
        NAMES,
    ),
    *parse(
        """
        {who} paid for {the} with {answer}. | With what did {who} pay for {the}? | What did {who} pay for {the} with? | How did {who} pay for {the}?
        under {the} there is {answer}. | What is there under {the}? | What lies under {the}? | What is under {the}?
        {who} collects {answer}. | What does {who} collect? | What is collected by {who}?
        {the} is covered with {answer}. | With what is {the} covered? | What is {the} covered with? | What covers {the}?
        {the} is made of {answer}. | Of what is {the} made? | What is {the} made of?
        {the} smells of {answer}. | What does {the} smell of? | Of what does {the} smell?
        {who} got {answer} for a birthday. | What did {who} get for a birthday? | Which present did {who} get for a birthday?
        {who} exchanged {the} for {answer}. | For what did {who} exchange {the}? | What did {who} get for {the}? | What did {who} exchange {the} for?
        {who} sent {who2} {answer}. | What did {who} send {who2}? | What did {who} send to {who2}? | What did {who2} get from {who}?
        {who} ate {answer} for breakfast. | What did {who} eat for breakfast? | What was eaten by {who} for breakfast?
        {who} is looking for {answer}. | What is {who} looking for? | For what is {who} looking? | What does {who} look for?
        in a pocket {who} carries {answer}. | What does {who} carry in a pocket? | What is in the pocket of {who}?
        the {role} of {town} protects {answer}. | What does the {role} of {town} protect? | What is protected by the {role} of {town}?
        {who} cannot live without {answer}. | Without what can {who} not live? | What can {who} not live without?
        {the} can be swapped for {answer}. | For what can {the} be swapped? | What can {the} be swapped for?
        the recipe for {the} calls for {answer}. | What does the recipe for {the} call for? | What goes into {the}?
        {who} promised {who2} {answer}. | What did {who} promise {who2}? | What did {who} promise to {who2}?
        {who} prefers {answer} to {the}. | What does {who} prefer to {the}? | What is preferred to {the} by {who}?
        the {role} sells {answer} at the market of {town}. | What does the {role} sell at the market of {town}? | What is sold by the {role} at the market of {town}?
        {who} carved {the} out of {answer}. | Out of what did {who} carve {the}? | What did {who} carve {the} out of?
        next to {the} stood {answer}. | What stood next to {the}? | What was next to {the}?
        inside {the} they discovered {answer}. | What did they discover inside {the}? | What was discovered inside {the}?
        {who} came to the feast dressed as {answer}. | As what did {who} come to the feast? | What was {who} dressed as at the feast? | How was {who} dressed at the feast?
        {who} is famous for {answer}. | What is {who} famous for? | For what is {who} famous?
        {who} complained about {answer}. | What did {who} complain about? | About what did {who} complain?
        {who} taught {who2} about {answer}. | What did {who} teach {who2} about? | About what did {who} teach {who2}?
        the shop of {who} deals in {answer}. | In what does the shop of {who} deal? | What does the shop of {who} deal in? | What can one buy at the shop of {who}?
        the lecture of {who} was about {answer}. | What was the lecture of {who} about? | About what was the lecture of {who}?
        {who} is allergic to {answer}. | What is {who} allergic to? | To what is {who} allergic?
        """,
        THINGS,
    ),
    *parse(
        """
        {who} dropped {the} {answer}. | Where did {who} drop {the}? | Where was {the} dropped? | In what place did {who} drop {the}?
        {who} parked {the} {answer}. | Where did {who} park {the}? | Where is {the} parked? | Where was {the} parked by {who}?
        {the} is kept {answer}. | Where is {the} kept? | Where do they keep {the}?
        {the} was buried {answer} by {who}. | Where was {the} buried? | Where did {who} bury {the}?
        {who} grew up {answer}. | Where did {who} grow up? | In which place did {who} grow up?
        {who} works {answer} as a {role}. | Where does {who} work? | Where does {who} work as a {role}?
        the meeting with {who} will take place {answer}. | Where will the meeting with {who} take place? | Where will one meet {who}?
        {who} fell asleep {answer}. | Where did {who} fall asleep?
        {the} can be found {answer}. | Where can {the} be found? | Where can one find {the}? | Where is {the}?
        {who} spends every summer {answer}. | Where does {who} spend every summer? | In what place does {who} spend the summer?
        {the} hangs {answer}. | Where does {the} hang? | Where is {the}? | Where can you see {the}?
        {the} of {town} was built {answer}. | Where was {the} of {town} built? | Where did they build {the} of {town}?
        {who} last saw {the} {answer}. | Where did {who} last see {the}? | Where was {the} last seen?
        the treasure of {who} lies {answer}. | Where does the treasure of {who} lie? | Where is the treasure of {who}?
        {who} goes fishing {answer}. | Where does {who} go fishing?
        {the} fell {answer}. | Where did {the} fall? | Where has {the} fallen?
        the best place to {v0} {the} is {answer}. | What is the best place to {v0} {the}? | Where is the best place to {v0} {the}? | Where should one {v0} {the}?
        {who} waits for {who2} {answer}. | Where does {who} wait for {who2}?
        the road from {town} ends {answer}. | Where does the road from {town} end?
        {who} put {the} {answer}. | Where did {who} put {the}? | Where is {the}?
        {who} planted {the} {answer} in spring. | Where did {who} plant {the} in spring? | Where was {the} planted?
        {who} stayed {answer} for the winter. | Where did {who} stay for the winter? | Where did {who} spend the winter?
        the {role} has an office {answer}. | Where does the {role} have an office? | Where is the office of the {role}?
        {who} studies {answer}. | Where does {who} study?
        """,
        PLACES,
    ),
    *parse(
        """
        the number of {the} is {answer}. | What is the number of {the}? | Which number is on {the}?
        {who} types {answer} to start {the}. | What does {who} type to start {the}? | What must one type to start {the}?
        the combination for {the} of {who} is {answer}. | What is the combination for {the} of {who}? | Which combination opens {the} of {who}?
        the ticket of {who} shows {answer}. | What does the ticket of {who} show? | What is on the ticket of {who}?
        {who}'s room is number {answer}. | What number is {who}'s room? | What is the number of {who}'s room? | In which room is {who}?
        the plate of {the} reads {answer}. | What does the plate of {the} read? | What is written on the plate of {the}?
        {the} was sold as lot {answer}. | As which lot was {the} sold? | What lot was {the}?
        the machine in {town} prints {answer}. | What does the machine in {town} print? | What is printed by the machine in {town}?
        {who} set the alarm of {the} to {answer}. | To what did {who} set the alarm of {the}? | What is the alarm of {the} set to?
        page {answer} tells of {the}. | Which page tells of {the}? | What page is about {the}?
        {who} guessed {answer} in the game. | What did {who} guess in the game? | Which number did {who} guess in the game?
        the parcel for {who} carries the label {answer}. | Which label does the parcel for {who} carry? | What is the label of the parcel for {who}?
        the key of {the} is stamped {answer}. | What is stamped on the key of {the}? | How is the key of {the} stamped?
        the record of {who} stands at {answer}. | At what does the record of {who} stand? | What is the record of {who}?
        {who} scratched {answer} into {the}. | What did {who} scratch into {the}? | What is scratched into {the}?
        you reach {who} under {answer}. | Under which number do you reach {who}? | How do you reach {who}?
        """,
        FIGURES,
    ),
    *parse(
        """
        {who} counted {answer} in {town}. | How many did {who} count in {town}? | What did {who} count in {town}?
        {the} consists of {answer}. | Of what does {the} consist? | How many does {the} consist of? | What does {the} consist of?
        {who} paid {answer} for {the}. | How much did {who} pay for {the}? | What did {who} pay for {the}? | What did {the} cost?
        there are {answer} in {the}. | How many are there in {the}? | What is in {the}?
        {the} can carry {answer}. | How many can {the} carry? | How much can {the} carry? | What can {the} carry?
        {who} walked for {answer} to {town}. | For how long did {who} walk to {town}? | How far did {who} walk to {town}?
        {the} lasted {answer}. | How long did {the} last?
        the army of {town} had {answer}. | How many had the army of {town}? | What did the army of {town} have?
        {who} drank {answer} at the wedding. | How many did {who} drink at the wedding? | How much did {who} drink at the wedding?
        {the} is {answer} long. | How long is {the}?
        {who} is {answer} old. | How old is {who}?
        the library of {town} lends {answer} a day. | How many does the library of {town} lend a day?
        {who} has already {v2} {answer}. | How many has {who} already {v2}? | What has {who} already {v2}?
        """,
        (v.amount,),
    ),
    *parse(
        """
        {who} arrived in {town} {answer}. | When did {who} arrive in {town}? | At what time did {who} arrive in {town}?
        {the} broke down {answer}. | When did {the} break down?
        {who} met {who2} {answer}. | When did {who} meet {who2}? | When did {who} and {who2} meet?
        {the} opens {answer}. | When does {the} open? | At what time does {the} open?
        the train to {town} leaves {answer}. | When does the train to {town} leave? | At what time does the train leave for {town}?
        {who} retired {answer}. | When did {who} retire?
        {the} was first {v2} {answer}. | When was {the} first {v2}? | When did they first {v0} {the}?
        {who} gets up {answer}. | When does {who} get up?
        {who} lost {the} {answer}. | When did {who} lose {the}? | When was {the} lost?
        the war for {the} began {answer}. | When did the war for {the} begin? | Since when was there war for {the}?
        {who} will be back {answer}. | When will {who} be back? | When does {who} come back?
        {who} has not {v2} {the} since the fire {answer}. | When was the fire? | Since when has {who} not {v2} {the}?
        {the} must be returned {answer}. | When must {the} be returned? | By when must one return {the}?
        the festival of {town} starts {answer}. | When does the festival of {town} start? | When is the festival of {town}?
        {who} bought {the} from {who2} {answer}. | When did {who} buy {the} from {who2}? | When did {who2} sell {the} to {who}?
        """,
        (v.moment,),
    ),
    *parse(
        """
        {who} crossed the {noun} on {answer}. | When did {who} cross the {noun}? | On what day did {who} cross the {noun}? | On which date did {who} cross the {noun}?
        the contract of {who} ends on {answer}. | When does the contract of {who} end? | On what day does the contract of {who} end?
        {the} was founded on {answer}. | When was {the} founded? | On which day was {the} founded?
        {who} celebrates on {answer}. | When does {who} celebrate? | On which day does {who} celebrate?
        the letter from {who} was posted on {answer}. | When was the letter from {who} posted? | On what day was the letter from {who} posted?
        the next eclipse in {town} falls on {answer}. | When is the next eclipse in {town}? | On what day does the next eclipse in {town} fall?
        """,
        (v.date,),
    ),
    *parse(
        """
        {who} sold {the} {answer}. | Why did {who} sell {the}? | Why was {the} sold? | For what reason did {who} sell {the}?
        {who} cried {answer}. | Why did {who} cry? | What made {who} cry?
        {who} is proud {answer}. | Why is {who} proud?
        {the} was closed {answer}. | Why was {the} closed? | Why is {the} closed?
        {who} does not speak to {who2} {answer}. | Why does {who} not speak to {who2}? | For what reason does {who} not speak to {who2}?
        {who} became a {role} {answer}. | Why did {who} become a {role}?
        {who} hates {the} {answer}. | Why does {who} hate {the}? | For what reason is {the} hated by {who}?
        the {role}s of {town} laughed {answer}. | Why did the {role}s of {town} laugh?
        {who} stayed at home {answer}. | Why did {who} stay at home?
        {the} has to be {v2} {answer}. | Why does {the} have to be {v2}? | Why must one {v0} {the}?
        nobody in {town} likes {the} {answer}. | Why does nobody in {town} like {the}?
        {who} was punished {answer}. | Why was {who} punished? | For what was {who} punished?
        """,
        (v.reason,),
    ),
    *parse(
        """
        as soon as {the} arrives, {answer}. | What should you do as soon as {the} arrives? | What do you do when {the} arrives?
        should {the} be {adj}, {answer}. | What should you do should {the} be {adj}? | What should you do if {the} is {adj}?
        to get to {town}, {answer}. | How do you get to {town}? | What must you do to get to {town}?
        on {day}, everyone in {town} has to {answer}. | What does everyone in {town} have to do on {day}? | What must everyone in {town} do on {day}?
        the instructions for {the} say: {answer}. | What do the instructions for {the} say? | What should you do with {the}?
        the first step in the plan to {v0} {the} is to {answer}. | What is the first step in the plan to {v0} {the}? | How do you begin to {v0} {the}?
        {who} told us to {answer}. | What did {who} tell us to do? | What are we to do according to {who}?
        the {role} must {answer} every {noun}. | What must the {role} do every {noun}?
        {who} likes to {answer} in {town}. | What does {who} like to do in {town}? | What does {who} like to do?
        in case of {the}, {answer}. | What should you do in case of {the}? | What do you do in case of {the}?
        the {adj} way to spend a day in {town} is to {answer}. | What is the {adj} way to spend a day in {town}? | How should one spend a day in {town}?
        in {town} it is forbidden to {answer}. | What is forbidden in {town}? | What is it forbidden to do in {town}?
        when visiting {town}, {answer}. | What should you do when visiting {town}? | What should a visitor of {town} do?
        {who} spends the evenings alone to {answer}. | What does {who} do in the evenings? | For what does {who} spend the evenings alone?
        """,
        (v.task,),
    ),
    *parse(
        """
        {who} wants {answer} one day. | What does {who} want to do one day? | What does {who} want?
        the job of {who} is {answer}. | What is the job of {who}? | What does {who} have to do?
        {who} was asked {answer}. | What was {who} asked to do? | What was {who} asked?
        {who} saved money {answer}. | Why did {who} save money? | What did {who} save money for? | For what did {who} save money?
        the plan of {who} and {who2} is {answer}. | What is the plan of {who} and {who2}? | What do {who} and {who2} plan to do?
        {the} is used {answer}. | What is {the} used for? | For what is {the} used? | How is {the} used?
        {who} built {the} {answer}. | Why did {who} build {the}? | What did {who} build {the} for? | For what purpose did {who} build {the}?
        {who} dared {who2} {answer}. | What did {who} dare {who2} to do?
        the law of {town} tells everyone {answer}. | What does the law of {town} tell everyone to do? | What does the law of {town} tell everyone?
        {who} went to {the} {answer}. | Why did {who} go to {the}? | What did {who} go to {the} for?
        {who} has always dreamt of a chance {answer}. | What has {who} always dreamt of? | What does {who} dream of doing?
        {who} would love {answer} in {town}. | What would {who} love to do in {town}? | What would {who} love?
        it is the duty of {who} {answer}. | What is the duty of {who}?
        {who} taught {who2} {answer}. | What did {who} teach {who2} to do? | What did {who} teach {who2}?
        {who} got permission {answer}. | What did {who} get permission to do? | What is {who} allowed to do?
        """,
        (v.aim,),
    ),
]  # fmt: skip
