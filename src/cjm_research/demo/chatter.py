"""The talk around the codes: questions, small talk by persona, and how an interview begins and ends."""

from __future__ import annotations

TOPICS = ("warm", "hear", "choose", "finder", "advice", "basket", "slot", "pay", "track", "support", "club", "wish", "end")

QUESTIONS: dict[str, tuple[str, ...]] = {
    "warm": ("Thank you for taking the time. To begin with, what does being outdoors look like for you?",
             "Nice to meet you. Could you tell me a little about yourself and the trips you make?",
             "Let us start simply. What kind of trips do you make?"),
    "hear": ("How did you first come across Birkfell?", "Do you remember where you saw Birkfell for the first time?",
             "And before you bought anything there, what did you know about Birkfell?"),
    "choose": ("Think of the last thing you bought. How did you choose it?", "Walk me through it. You needed something, and then?",
               "What did you look at on the page before you decided?"),
    "finder": ("There is a tool on the site called the gear finder. Have you used it?", "Did you come across the gear finder?",
               "Some people use the gear finder. What about you?"),
    "advice": ("Have you been to one of the stores?", "What role do the stores play for you?", "Do you ever ask somebody for advice?"),
    "basket": ("So it is in the basket. What happens next?", "And then you went to the basket. What was that like?",
               "Once you had decided, how did it go on?"),
    "slot": ("Then comes the page where you choose a delivery slot. How was that?", "Tell me about the delivery. How did you arrange it?",
             "I would like to hear about the moment when you chose the delivery time."),
    "pay": ("And paying?", "How did the payment go?", "What about the last step, the payment?"),
    "track": ("After you had ordered, what happened until it arrived?", "How was the time between ordering and holding it in your hands?",
              "And then you waited for it. How was that?"),
    "support": ("Did you ever have to call them?", "Was there anything that went wrong afterwards?", "Have you been in touch with the hotline?"),
    "club": ("Do you know the Gear Club?", "What keeps you coming back, if you do?", "Have you told others about Birkfell?"),
    "wish": ("If you could change one thing, what would it be?", "Imagine you had a free wish. What should they do differently?",
             "What would the perfect order look like for you?"),
    "end": ("That was very helpful. Is there anything we have not talked about?", "We are nearly done. Anything you would like to add?",
            "Thank you, that is all from my side. Would you like to add something?"),
}
PROBES = ("Can you say more about that?", "How was that for you?", "How did that feel?", "What do you mean by that?",
          "What makes you say that?", "Anything else?", "Is that always the case?", "Hm, tell me more.", "And beyond that?",
          "I see. And apart from that?")
NODS = ("Mhm.", "I see.", "Right.", "Okay.", "Yes.")

LEADS: dict[str, tuple[str, ...]] = {
    "hear": ("It must have been two or three years ago.", "Let me think back.", "You see them everywhere now, but at first it was different.",
             "Oh, I do remember that."),
    "choose": ("I had a rough idea of what I wanted.", "The photos are good, I must say.", "I looked at three or four of them.",
               "That took a while."),
    "finder": ("Yes, the gear finder.", "I did, on the sofa, in the evening.", "Yes, a friend had shown it to me.", "That one with the questions, yes."),
    "advice": ("There is one in the next town.", "Yes, I do go there.", "That is a big part of it for me.", "Whenever it is something expensive."),
    "basket": ("I put it in the basket and left it there for a while.", "I checked the number of things.", "I took one thing out again.",
               "That is where it began."),
    "slot": ("Delivery is a topic of its own.", "Well, the delivery.", "Oh, that page.", "Yes, I remember that very well."),
    "pay": ("When I got that far.", "Nothing to complain about.", "That part works.", "The payment, yes."),
    "track": ("It came after three or four days, I believe.", "The parcel was larger than I had thought.", "I was curious, of course.",
              "From then on it was fine."),
    "support": ("Once, yes.", "I did, about a parcel.", "Unfortunately yes.", "In March, I think."),
    "club": ("Yes, I am in it.", "I joined last year.", "My neighbour took me along.", "The club, yes."),
    "wish": ("That is a good question.", "Let me think.", "I know exactly what.", "If I could wish for something."),
}
"""How an answer begins that has something to say; `PLAIN` is the whole answer of someone who has not."""
PLAIN: dict[str, tuple[str, ...]] = {
    "hear": ("I think a colleague had one of their jackets.", "I cannot say exactly any more.", "Through a friend, I believe.",
             "There was a bag of theirs in our hallway, no idea why."),
    "choose": ("I had seen it on somebody and wanted the same.", "I just took the one I had before.", "It was the green one that I liked.",
               "I knew it already, so that was quick."),
    "finder": ("No, I have not tried that one.", "I saw the button but I did not press it.", "I started it once and then the train came.",
               "I did not finish it, something came in between."),
    "advice": ("I mostly do it online.", "I have been past it, it looks nice.", "My sister goes there more often than I do.",
               "No, the nearest one is an hour away."),
    "basket": ("That was quite normal.", "Nothing special.", "I do not remember anything about it.", "It was all in there, so I went on."),
    "slot": ("I pick things up myself, so that page is not for me.", "I took the first one, I am at home anyway.",
             "There was one on Friday and that was fine.", "I did not think much about it, it has to arrive somehow."),
    "pay": ("I paid as always.", "Nothing I remember, so it must have been fine.", "At the till, with my card.", "That worked."),
    "track": ("I took it home myself.", "It went to the neighbour.", "It came, that is all I know.", "I do not look at such things."),
    "support": ("No, never had to.", "Luckily not.", "I wrote a mail once and got an answer.", "No, why should I."),
    "club": ("I have the card somewhere.", "I have heard of it.", "I am not much of a club person.", "Not really, no."),
    "wish": ("Nothing very big, to be honest.", "More colours, perhaps.", "Keep going like that.", "Some more photos of real people."),
}
ASIDES: dict[str, tuple[str, ...]] = {
    "Trail planner": ("I keep notes on all of that.", "That is how I do it with everything.", "You can tell from the details.",
                      "I had already compared four others by then.", "It was a long Sunday with a lot of coffee.", "I read everything twice."),
    "Spontaneous weekender": ("It was on my phone, in the tram.", "We were leaving the next morning.", "I am not patient with such things.",
                              "Somebody in the group had sent the link.", "I decided that in about a minute.", "That is just how I am."),
    "Store loyalist": ("I am a bit old-fashioned there.", "My husband says the same.", "We have known them for years.",
                       "I take my time with that.", "You meet the same faces there.", "I like to hold things in my hand."),
    "Bargain seeker": ("With kids you count.", "I had a voucher, of course.", "I always look twice.", "It was in the sale, so fine.",
                       "My mother says I am stingy.", "I had three windows open next to each other."),
}
END = ("No, I think that was it.", "No, thank you, it was nice to talk about it.", "Just that I will probably be back.",
       "Only that you should keep the stores.", "You can write to me if you have more questions.", "No. Good luck with it.")
VOUCHER_QUESTION = "Where may we send your voucher?"
VOUCHER_ANSWERS = ("To {email}, please.", "Send it to {email}, that is the one I read.", "My address is {email}, and my number is {phone}.")

WARM: dict[str, tuple[str, ...]] = {
    "Trail planner": (
        "I plan my tours in the winter and walk them in the summer.", "I have done the hut-to-hut route around Oberstdorf four times.",
        "I am an engineer, and I suppose I hike like one, with a table.", "About forty days a year, if the family agrees.",
        "My wife {partner} says I spend more time reading about tents than sleeping in them.",
        "I like the long ones, five days with everything on your back."),
    "Spontaneous weekender": (
        "On Thursday somebody writes into the group, and on Friday evening we are on the train.", "I climb a bit, I run a bit, nothing serious.",
        "I live in a small flat, so everything I own has to fit under the bed.", "If the weather is good, I go, that is the whole plan.",
        "My friend {partner} usually forgets half of it and I bring it for both of us.", "I decide most things on my phone on the way somewhere."),
    "Store loyalist": (
        "We have gone to the mountains every autumn for thirty years.", "Since I retired I walk every Wednesday with the group.",
        "I was a district nurse, I have always been on my feet.", "I take it slower now, but I do go.",
        "My husband {partner} carries the backpack these days.", "We used to camp, now we like a bed in the evening."),
    "Bargain seeker": (
        "With two kids it has to be close by and it has to be cheap.", "We go to the lake, we grill, sometimes we put up the tent.",
        "I am not a real mountain person, I need solid things for little money.", "Twice or three times a year, and then a festival.",
        "My partner {partner} buys too much, so I do the shopping.", "I collect vouchers, I admit it."),
}
PARTNERS = ("Karin", "Tobias", "Miriam", "Jochen", "Selma", "Rolf", "Nele", "Bernd", "Inga", "Marius", "Dorothee", "Kemal")
