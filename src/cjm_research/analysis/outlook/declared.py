"""What the outlook answers: frames, and what each column says in which unit."""

from __future__ import annotations

from ...results.declared import Column, Frame, count, day, estimate, interval, number, p_value, share, text

# return_outlook
TEST = Frame("test", "How the prediction did on a later period", (text("what", "What"), text("model", "Prediction"), *estimate("Value", "Came back", "Customers")), key=("what", "model"))
GROUPS = Frame("groups", "Five groups by predicted chance, and how many of each came back", (
    count("group", "Group", "1: least likely to come back"), Column("predicted", "Predicted", "share"), *estimate("Came back", "Came back", "Customers")), key=("group",))
DRIVERS = Frame("drivers", "What goes along with coming back; no causes", (
    text("feature", "What was known"), number("weight", "Log odds a standard deviation"), text("reads", "Reads as"), text("used", "Used")), key=("feature",))
CUTS = Frame("cuts", "The cuts in time", (text("role", "Role"), day("cut", "Known until"), day("end", "Outcome until"), *estimate("Came back", "Came back", "Customers")), key=("role",))
CALIBRATION = Frame("calibration", "Chances and what happened, in groups of equal size, on the later period", (
    count("bin", "Group", "1: lowest chances"), share("predicted", "Predicted"), *estimate("Came back", "Came back", "Customers")), key=("bin",), if_empty="Too few customers to be put into groups.")
CARD = Frame("card", "What this prediction is, and what it is not for", (text("item", "What"), text("says", "Says")), key=("item",))
RETURNING = (TEST, GROUPS, CALIBRATION, DRIVERS, CUTS, CARD)

# customer_value
FIT = Frame("fit", "The model of purchases, and how it did on the later half", (
    text("what", "What"), number("value", "Value"), number("expected", "Expected"), text("reads", "Reads as")), key=("what",))
FREQUENCY = Frame("by_frequency", "Purchases in the later half by repeat purchases in the first", (
    text("repeats", "Repeat purchases before"), count("customers", "Customers"), number("expected", "Expected a customer"), Column("value", "Actual a customer", "estimate"), interval("value"),
    count("n", "n", internal=True), count("base", "Base", internal=True), text("unit", "Unit", internal=True), text("method", "Method", internal=True)), key=("repeats",))
WORTH = Frame("worth", "What customers may spend in the time to come, by fifths", (
    count("group", "Fifth", "5: most"), count("customers", "Customers"), *estimate("Mean a customer", "Customers", "Customers in all"), share("of_all", "Of all")), key=("group",), if_empty="Not said: the model did not hold on a later period, or purchases carry no amounts.")
VALUED = (FIT, FREQUENCY, WORTH)

# sales
FIGURES = Frame("figures", "What customers buy", (text("what", "What"), *estimate("Value", "n", "Base")), key=("what",))
BY = Frame("by", "Purchases by channel and by month of the first purchase", (
    text("by", "By"), text("level", "Group"), count("buyers", "Buyers"), count("orders", "Purchases"), Column("revenue", "Revenue", "estimate"), share("of_revenue", "Of revenue"), *estimate("Spend a buyer", "Buyers", "Buyers")),
    key=("by", "level"), shown=("by", "level", "buyers", "orders", "revenue", "of_revenue", "value", "interval"))
RFM = Frame("rfm", "Buyers by recency, frequency and spend, cut as stated", (
    text("recency", "Last purchase"), text("frequency", "Purchases"), text("spend", "Spend"), count("buyers", "Buyers"), share("of_buyers", "Of buyers"), share("of_revenue", "Of revenue")),
    key=("recency", "frequency", "spend"))
SOLD = (FIGURES, BY, RFM)

# endings
ENDED = Frame("ends", "How journeys end", (text("end", "End"), *estimate("Share of journeys", "Came to it", "Journeys"), number("median_days", "Median days of those who did")), key=("end",))
CURVE = Frame("curve", "The share with each end, by days since the first event", (
    text("end", "End"), number("days", "Days"), count("at_risk", "Still open before"), share("ended", "Have come to it"), share("low", "From"), share("high", "To")), key=("end", "days"),
    if_empty="Too few came to any end.")
BY_GROUP = Frame("groups", "The share with each end by group", (
    text("end", "End"), text("group", "Group"), *estimate("Share of journeys", "Came to it", "Journeys"), p_value("p_adjusted", "p, adjusted", "that the end comes equally fast (log-rank), for all ends")), key=("end", "group"),
    if_empty="No groups were asked for, or they are too small.")
ENDINGS = (ENDED, CURVE, BY_GROUP)
