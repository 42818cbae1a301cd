"""What the answer about traps holds, and from which share on each trap is told."""

from ...results.declared import Frame, count, number, share, text

SENTINEL_FROM = 0.05  # of the given values
LEAK_FROM = 0.99  # of customers whose event the column tells
LEAK_RARER = 0.9  # what the commoner case may be, for an event that a column can be said to tell
ONE_ID_FROM = 0.5  # of the rows
FEWEST = 20  # rows (ids, sentinels) below which a share says nothing
FEWEST_LEAK = 30  # customers

TRAPS = Frame("traps", "Traps that were seen", (
    text("trap", "Trap", "duplicates, sentinel, outcome, leak, calendar, marked or one id"), text("table", "Table"), text("source", "Export"),
    text("column", "Column"), count("n", "Rows", "to which it applies; customers for leak"), count("base", "Of"),
    share("share", "Share", base="base"), text("said", "What was seen"), text("next", "What to do")),
    key=("trap", "table", "source", "column", "said"), if_empty="None of the traps that are looked for was seen.")
COLUMNS = Frame("columns", "Every column in figures", (
    text("table", "Table"), text("source", "Export"), text("column", "Column", "of answers: the question"), count("rows", "Rows"),
    count("missing", "Missing", "empty where it is of fewer persons than privacy.min_cell, or of all but so few"), count("distinct", "Different values"),
    text("lowest", "Lowest", "that privacy.min_cell persons lie at or below; numbers and days"), text("highest", "Highest", "that as many lie at or above"),
    text("common", "Most common", "not shown of ids, of columns that may identify, and of values of few persons"), count("common_rows", "Rows with it"),
    count("given", "Given", internal=True), share("common_share", "Share of the given", base="given"),
    number("trend", "Rank correlation with time", "of numbers and days with the time of their row")), key=("table", "source", "column"),
    if_empty="No table has a row.")
