"""The demo's codebook and what participants say for each code: sentences, and the emotions that go with them.

`said_by` is the truth: how many of the three participants of each persona hold the code. Who it is, and in
which words, is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

VALENCES = {"Frustration": -2, "Worry": -1, "Impatience": -1, "Relief": 1, "Trust": 1, "Delight": 2}
EMOTION_MEMOS = {
    "Frustration": "Being stopped, having to start again, giving up.", "Worry": "Not knowing whether it will work out.",
    "Impatience": "Waiting, or being made to do more than needed.", "Relief": "It was easier than feared.",
    "Trust": "Relying on what somebody says.", "Delight": "Joy, surprise, telling others about it.",
}
F, W, I, R, T, D = "Frustration", "Worry", "Impatience", "Relief", "Trust", "Delight"


@dataclass(frozen=True)
class Code:
    """kind: pain, gain or need. topic: when it comes up. said_by: participants by persona, in the order of PERSONAS.

    sentences: what they say, each with the emotion it carries, if any.
    """

    name: str
    kind: str
    touchpoint: str | None
    topic: str
    said_by: tuple[int, int, int, int]
    memo: str
    sentences: tuple[tuple[str, str | None], ...]

    @property
    def participants(self) -> int:
        """Participants who hold it."""
        return sum(self.said_by)


CODES = (
    Code("No slot that fits", "pain", "Delivery slot", "slot", (3, 3, 1, 3), "No delivery slot at a time the person is at home.", (
        ("They offer me Tuesday between ten and one, and at that time I am in the office like everybody else.", F),
        ("There was simply no slot in the evening, not one, for two weeks.", F),
        ("I clicked through every day of the week and all I got was no slot available.", F),
        ("I do shifts, so a window of four hours in the morning is the same as no delivery at all.", F),
        ("The first free slot was after our holiday had started, which made the whole order pointless.", F),
        ("You fill in everything and only then you find out that nobody will bring it before next Thursday.", F),
        ("I ended up sending it to my mother, because she is the only one who is at home at those hours.", None),
        ("It feels as if the slots were made for people without a job.", F),
        ("I closed the window there, honestly, I had lost the wish to buy anything.", F),
        ("Every evening I looked again whether a slot had opened, like a lottery.", I),
        ("For a parcel that fits in a letter box I do not want to choose a slot in the first place.", I),
        ("Saturday would be fine, but Saturday is always the first to go.", F))),
    Code("Slot lost while paying", "pain", "Delivery slot", "slot", (2, 2, 0, 2), "A chosen slot is gone when the person pays.", (
        ("I had a slot, I typed in my card, and then it told me the slot was taken and threw me back.", F),
        ("It happened three times in a row that the slot vanished while I was paying.", F),
        ("By the time I had found my bank card the slot was somebody else's.", F),
        ("There is no clock, nothing that tells you how long they hold the slot for you.", W),
        ("The basket was suddenly empty again and I could start from the beginning.", F),
        ("I did not dare to look up my voucher, because last time that cost me the slot.", W),
        ("They took the slot away after the payment page had opened, that must not happen.", F))),
    Code("Cost shown too late", "pain", "Basket", "basket", (1, 0, 0, 3), "Shipping or surcharges appear after the basket.", (
        ("The delivery surcharge only turned up on the very last page.", F),
        ("In the basket it was fifty-eight euros and at the end it was sixty-six, and nobody had told me why.", F),
        ("I always take it to the last step just to see the real price, and then I often leave.", I),
        ("Show me the total at the top and I will believe you.", None),
        ("Evening delivery costs extra, but you only learn that when you choose it.", F))),
    Code("Unsure about size", "pain", "Product page", "choose", (2, 1, 1, 1), "Not knowing which size to order.", (
        ("With boots I never know whether their forty-two is my forty-two.", W),
        ("The size chart says chest in centimetres, but who measures his chest for a rain jacket.", W),
        ("I ordered two sizes and sent one back, which I find a pity.", None),
        ("One review says it runs small and the next one says it runs large, so I was none the wiser.", W),
        ("I put it off for a week because I could not decide between the two sizes.", W),
        ("For the backpack I would need to know the back length, and that is nowhere.", I))),
    Code("Long wait on the phone", "pain", "Support call", "support", (1, 1, 1, 1), "Waiting on hold, being passed on.", (
        ("I hung up after twenty minutes of that pan flute.", I),
        ("They passed me on twice and I told the same story three times.", F),
        ("The line is only open while I am at work, so I sat on hold in my lunch break.", I),
        ("The person was kind, but it took half an hour to reach a person.", I),
        ("I called because of the slot, and the hotline could not change the slot either.", F))),
    Code("Too many mails", "pain", "Newsletter", "hear", (1, 1, 0, 1), "Newsletter felt as a burden.", (
        ("After the first order I got a mail every other day, and I unsubscribed.", I),
        ("The newsletter tells me about sales I have already missed.", I),
        ("Half of those mails are about skiing, and I do not ski.", None),
        ("I keep a second address just for shops like that.", None))),
    Code("Feels like good advice", "gain", "Gear finder", "finder", (3, 3, 1, 2), "The gear finder is experienced as advice.", (
        ("The gear finder asked me how heavy my tent may be and how cold it gets up there, nobody online had ever asked me that.", D),
        ("It was like talking to a friend who knows the trails.", D),
        ("I played with the gear finder for an hour, it is honestly the best thing on the whole site.", D),
        ("What I love is that it explains why, this boot because of your ankles, that one because of the scree.", D),
        ("It did not try to sell me the most expensive one, and that won me over.", T),
        ("I sent the result to my brother straight away.", D),
        ("Finally a shop that starts from my trip and not from its shelves.", D),
        ("The questions are so good that I learned something about my own tours.", D),
        ("After the gear finder I had the feeling that I knew what I needed.", T),
        ("I trust the gear finder more than any of those star ratings.", T))),
    Code("Staff who have been there", "gain", "Store advice", "advice", (1, 0, 3, 1), "Advice in the store from own experience.", (
        ("The young woman in the store had walked that very route in June, so I believed every word.", T),
        ("He let me walk up and down the little rock ramp for half an hour and was not in a hurry.", D),
        ("They told me not to buy the expensive one, and since then I go nowhere else.", T),
        ("In the store they look at your old boots first, they see how you walk.", T),
        ("I took my grandson along and they showed him how to pack a backpack.", D),
        ("You notice that they go outside themselves at the weekend.", T))),
    Code("Honest guides", "gain", "Trail guide", "hear", (3, 1, 2, 1), "Trail guides are read as honest.", (
        ("The packing list is the only one I know that tells you what to leave at home.", T),
        ("I found them through that article about hut-to-hut tours, and it said plainly when not to go.", T),
        ("Their guide about rain jackets also praises a jacket they do not sell.", T),
        ("I read the guide on trail shoes twice before I looked at a single shoe.", None),
        ("The article answered what I had typed in, that is rare enough.", R),
        ("We printed the winter guide and took it with us.", D),
        ("I had the impression that somebody wrote it who had been wet before.", T),
        ("The first thing I saw of them was a guide, not an advert, I liked that.", T))),
    Code("Always know where it is", "gain", "Delivery tracking", "track", (2, 1, 0, 2), "Tracking gives certainty.", (
        ("Once it was on its way I could see on the map where the van was, that was great.", D),
        ("The tracking mail came at eight in the morning and was right to the quarter of an hour.", R),
        ("I could see that there were four stops before me, so I went down in time.", R),
        ("From the moment it shipped I did not have to think about it any more.", R),
        ("The little map is a nice touch, my kids watched the van.", D),
        ("It told me that it would be late before I had noticed myself.", R))),
    Code("Quick to pay", "gain", "Payment", "pay", (1, 2, 0, 1), "Paying is easy.", (
        ("Paying itself was done in ten seconds, thumb on the phone and that was it.", R),
        ("They remembered my card, so the payment page was the shortest of all.", R),
        ("I like that I can pay after delivery.", T),
        ("The payment went through at once, I was almost surprised.", R),
        ("Two taps and a mail that says thank you.", R))),
    Code("Held in the store", "gain", "Reservation", "advice", (0, 0, 3, 0), "Items are put aside.", (
        ("They put the boots aside for me with my name on them, that is how it should be.", R),
        ("I could sleep on it for a night and the tent was still there for me.", R),
        ("They wrote down my size and called when it had come in.", D),
        ("I rang up, they held the jacket, and the next day I picked it up.", R))),
    Code("Belonging", "gain", "Gear Club", "club", (1, 1, 2, 0), "The club as company, not as discount.", (
        ("Through the club evening I met the people I now walk with.", D),
        ("The club card is worth it for the repair days alone.", D),
        ("They mended my old tent at the club day and would not take a cent.", D),
        ("I feel like a member there and not like a number.", T),
        ("Our hiking group has the club's map on the wall.", D))),
    Code("Delivery around my day", "need", "Delivery slot", "wish", (2, 2, 0, 3), "Delivery should follow the person's day.", (
        ("Let me say at which hours I am at home and bring it then.", None),
        ("A box at the station where I can pick it up at night would solve it.", None),
        ("I want to choose the day first and shop afterwards.", None),
        ("An evening window of two hours, that is all I ask.", None),
        ("Just leave it with the neighbour, but ask me which one.", None),
        ("Tell me on the product page already when it could be here.", None),
        ("Let me move the slot later on without calling anybody.", None),
        ("I would even pay two euros more if it came when I am in.", None))),
    Code("Certainty before buying", "need", "Product page", "choose", (3, 0, 2, 1), "Wants to be sure before paying.", (
        ("Before I spend four hundred euros I want to be sure.", W),
        ("I compare for weeks, I have a table for it.", None),
        ("I need to have read somebody who used it in the rain.", None),
        ("I would like to try it for a weekend before I decide.", None),
        ("I do not buy boots I have not stood in.", None),
        ("Weight, pack size and what it is like after two years, those three things I want to know.", None),
        ("If I am not certain, I rather do without.", None))),
    Code("Value for money", "need", "Product page", "choose", (0, 1, 0, 3), "Price decides.", (
        ("I wait until it is reduced, I always do.", None),
        ("For the three weekends a year that I go out it must not cost a fortune.", None),
        ("I look at the price first and at the colour second.", None),
        ("If the same thing is ten euros cheaper elsewhere, I buy it elsewhere.", None),
        ("Second-hand would be fine with me if they sold it.", None))),
    Code("Somebody to talk to", "need", "Store advice", "advice", (1, 0, 3, 0), "Wants a person.", (
        ("I want to talk to a person, I have enough screens at home.", None),
        ("With a new hip I have questions that no website answers.", W),
        ("At my age you want somebody who looks at your feet.", None),
        ("I ring up first and ask who is in the store that day.", None),
        ("A real conversation saves me three parcels.", None))),
)
BY_NAME = {c.name: c for c in CODES}
FOLDERS = {"pain": "Pain points", "gain": "Gains", "emotion": "Emotions", "need": "Needs"}
COLORS = {"pain": "#C0392B", "gain": "#2E8B57", "emotion": "#8E6BBF", "need": "#2C6FAC"}
