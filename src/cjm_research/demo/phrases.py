"""Sentences of app reviews and support tickets, by topic and mood; `voices` puts them together."""

from __future__ import annotations

REVIEW_CORES: dict[str, dict[str, tuple[str, ...]]] = {
    "delivery slot": {
        "low": (
            "I filled my basket, typed in everything, and then there was not one delivery slot before next week.",
            "Every delivery slot is in the middle of a working day. Who is at home at 11 on a {day}?",
            "Picked a slot, went to pay, and the slot was gone. Back to the start, three times.",
            "The page just says no slot available and does not tell you when to try again.",
            "You only learn about the delivery slots after entering the whole address. Waste of time.",
            "Chose {day} evening, the parcel van came {day} at noon. Why do I choose a slot at all?",
            "The list of slots jumps while you scroll and in the end it picks one you never wanted.",
            "I gave up at the delivery slot page and bought the {product} somewhere else.",
            "No slot, no order. I tried for {minutes} minutes and then deleted my basket.",
        ),
        "mid": (
            "Shop is fine, but choosing a delivery slot takes longer than choosing the {product}.",
            "In the end I found a slot, but only after {minutes} minutes of reloading.",
            "Good gear, slow slots. Evening slots are always gone.",
        ),
        "high": (
            "Got a slot on {day} evening at once and the van was on time.",
            "The new slot picker shows the evening slots first, much better than before.",
        ),
    },
    "gear finder": {
        "low": ("The gear finder asks ten questions and then shows me the same three tents as everybody.",
                "Answered all the questions of the gear finder and it started again from the first one."),
        "mid": ("The gear finder is fun, I just never get to the end of it on a train.",
                "Nice idea, that gear finder, but I still bought what my friend has."),
        "high": (
            "The gear finder asked the right questions, it felt like talking to somebody who has been up there.",
            "Love the gear finder! It found the {product} for my hut tour in two minutes.",
            "Played with the gear finder all evening, best thing in this app.",
            "The gear finder explains why a boot fits my trip and not just that it is popular.",
            "I show the gear finder to everyone in my hiking club.",
        ),
    },
    "app": {
        "low": ("The app logs me out every time and forgets my wish list.", "Crashes when I open the photos of the {product}.",
                "Since the last update the search finds nothing.", "Slow. Every tap takes ages on my phone."),
        "mid": ("App does what it should, a dark mode would be nice.", "Works, although the filters reset when I go back."),
        "high": ("Fast app, clear photos, easy to find things.", "Scanning the club card in the app is really handy.",
                 "Clean design and no silly pop-ups. Keep it that way!"),
    },
    "product": {
        "low": ("The {product} lost its coating after two weekends.", "Size 42 is really a 41. Had to send the {product} back.",
                "Seams of the {product} came loose on the first tour."),
        "mid": ("The {product} is solid but heavier than the page says.", "Decent {product}, colours differ from the photos."),
        "high": ("The {product} kept me dry for four days in the Alps.", "Very happy with the {product}, it fits like made for me.",
                 "Took the {product} over the pass in snow and wind. Would buy it again.",
                 "Great quality, my {product} is in its third season."),
    },
    "support": {
        "low": ("{minutes} minutes on hold and then the line went dead.", "Wrote to support twice about my parcel, no answer in a week.",
                "The hotline could only tell me what the tracking page says."),
        "mid": ("Support was friendly but could not change my delivery.", "Took a while to get through, then it was solved."),
        "high": ("Called about a missing pole tip, a new one came in two days. Wonderful support.",
                 "The person on the phone knew the {product} better than I do."),
    },
    "price": {
        "low": ("The {product} was cheaper the day after I bought it.", "Shipping costs show up at the very end. Not fair.",
                "The voucher code from the newsletter did not work."),
        "mid": ("Fair prices if you wait for the sale.", "Not cheap, not outrageous."),
        "high": ("Found the {product} at a price nobody else had.", "The club discount really adds up over a year."),
    },
}
REVIEW_OPENERS = {
    "low": ("Really disappointed.", "Sorry, but no.", "I wanted to like it.", "What a pity.", "Angry.", "Not again.", ""),
    "mid": ("Hm.", "Mixed feelings.", "Okay overall.", "It is alright.", ""),
    "high": ("Great!", "Very good.", "I am impressed.", "Finally.", "Super 👍", "Thank you!", ""),
}
REVIEW_CLOSERS = {
    "low": ("One star until this is fixed.", "Please fix it.", "I will order elsewhere next time.", "Never again.", "", ""),
    "mid": ("Let us see what the next update brings.", "Three stars.", "There is room for more.", "", ""),
    "high": ("Recommended.", "See you on the trail ⛰️", "Keep going!", "Greetings from {city}.", "", ""),
}
TITLES: dict[str, dict[str, tuple[str, ...]]] = {
    "delivery slot": {"low": ("No slots", "Delivery is a lottery", "Gave up at checkout", "Slot gone"), "mid": ("Slow slots",), "high": ("On time",)},
    "gear finder": {"low": ("Too many questions",), "mid": ("Nice toy",), "high": ("Love the gear finder", "Like a good shop assistant")},
    "app": {"low": ("Buggy", "Logged out again"), "mid": ("Works",), "high": ("Good app", "Handy")},
    "product": {"low": ("Poor quality", "Wrong size"), "mid": ("Decent",), "high": ("Great gear", "Dry and warm")},
    "support": {"low": ("Nobody answers",), "mid": ("Friendly",), "high": ("Great support",)},
    "price": {"low": ("Hidden costs",), "mid": ("Fair",), "high": ("Good deal",)},
}
REPLIES = ("Hello, thank you for telling us. Please write to help@example.com with your order number. Your Birkfell team",
           "Hello, we are sorry about that. We are rebuilding this page right now. Your Birkfell team")

TICKET_TOPICS: dict[str, tuple[float, tuple[str, ...]]] = {
    "delivery slot": (0.46, (
        "I booked the slot on {day} evening and nobody came. I took the afternoon off for this.",
        "The website lost my delivery slot while I was paying. Which slot do I have now?",
        "There is no slot before next {day}. Can you please deliver the {product} earlier?",
        "Your driver came outside the slot and took the parcel back to the depot.",
        "Please move my delivery to an evening, I work until six.")),
    "where is my parcel": (0.30, (
        "Tracking has said out for delivery since {day}. Where is my {product}?",
        "The tracking mail never arrived. Has my order left the warehouse?",
        "The parcel is marked as delivered but I have nothing.")),
    "return": (0.14, ("The {product} is too small, how do I send it back?", "I sent the {product} back two weeks ago and have no refund yet.")),
    "product question": (0.10, ("Can I wash the {product} at 30 degrees?", "Do you repair zips of the {product}?")),
}
TICKET_OPENERS = ("Hello,", "Hi,", "Good morning,", "Dear team,")
TICKET_CLOSERS = ("Thank you.", "Best regards", "Kind regards\n{phone}", "Please call me on {phone}.", "Please write to {email}.")

SURVEY_COMMENTS: dict[str, tuple[str, ...]] = {
    "trouble": (
        "The delivery slots made me try three times.", "Please offer delivery in the evening.", "Slot was gone when I wanted to pay.",
        "Everything good except choosing the delivery time.", "I nearly gave up at the delivery page.",
        "Nobody with a job is at home between 9 and 12."),
    "happy": (
        "Great boots, thank you!", "Your people in the store know what they talk about.", "The gear finder is brilliant.",
        "All easy, will come back.", "Good quality and fast.", "Nothing to complain about."),
    "plain": ("Fine.", "Ok", "Nothing to add.", "Prices could be lower.", "More photos of the gear in use, please.", "A bit expensive."),
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
