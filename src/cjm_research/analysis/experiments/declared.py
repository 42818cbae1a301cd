"""What the answers about experiments hold: frames, and what each column says in which unit."""

from __future__ import annotations

from ...results.declared import Column, Frame, count, day, ends, estimate, interval, number, p_value, share, text, yes_no
from ...results.words import column

_VARIANT, _METRIC = text("variant", "Variant"), text("metric", "Metric", worded=column)
_DIFFERENCE = estimate("Difference", n="Units with it", base="Both arms")
_P = p_value("p", "p", "of the difference")
_P_ADJUSTED = p_value("p_adjusted", "p, adjusted", "for all that was compared alike")

# evaluate
VERDICTS = Frame("verdicts", "Verdict by variant: the difference against the control in the primary metric", (
    _VARIANT, text("verdict", "Verdict"), *estimate("Difference", n="Units with it", base="Both arms", interval_heading="Interval"), _P_ADJUSTED,
    text("reason", "Because"), share("conf", "Confidence of the interval", internal=True)), key=("variant",),
    shown=("variant", "verdict", "value", "interval", "p_adjusted", "reason"))
DESIGN = Frame("design", "The design as it was stated", (
    text("item", "Item"), text("value", "Value"), yes_no("stated", "Stated", "whether params say so, or it is the default", internal=True)), key=("item",))
CHECKS = Frame("checks", "Checks of trust: what was looked at and found; a failing one with a yes withholds the verdict", (
    text("check", "Check"), text("state", "Result", "pass, warn, fail or not possible"), text("reason", "What was found"),
    yes_no("above_line", "Withholds", "whether its failing withholds the verdict")))
EFFECTS = Frame("effects", "Effects by metric and variant; p, adjusted: Holm for the primary metric, Benjamini–Hochberg for the others, guardrails each by themselves", (
    _METRIC, text("role", "Role", "primary, secondary or guardrail", internal=True), text("kind", "Kind", internal=True), _VARIANT, text("control", "Name of the control", internal=True),
    Column("control_value", "Control", "level", "the control's value"), Column("variant_value", "With it", "level", "the variant's value"),
    *_DIFFERENCE, _P, _P_ADJUSTED, text("family", "Corrected as", internal=True), number("se", "Standard error", internal=True),
    Column("lift", "Relative change", "relative", internal=True), interval("lift"), text("lift_method", "Method of the relative change", internal=True),
    Column("mde_now", "Could be detected", "estimate", "smallest difference that these units can detect", internal=True),
    yes_no("better", "Better", internal=True), text("adjusted_for", "Adjusted for", internal=True),
    Column("plain_value", "Difference, unadjusted", "estimate", internal=True), *ends("plain", "estimate", "Unadjusted"), p_value("plain_p", "p, unadjusted", internal=True),
    number("correlation", "Correlation", "with the values from before", internal=True), share("variance_kept", "Variance kept", internal=True),
    number("margin", "Margin", internal=True), text("margin_kind", "Kind of margin", internal=True), *ends("guard", "estimate", "Against the margin"),
    p_value("guard_p", "p of the guardrail", internal=True), text("guard", "State of the guardrail", internal=True),
    text("source", "Values from", internal=True), number("cap", "Capped at", internal=True), Column("uncapped", "Without the cap", "estimate", internal=True), interval("uncapped", "Interval without the cap")), key=("metric", "variant"),
    shown=("metric", "variant", "control_value", "variant_value", "value", "interval", "p", "p_adjusted"))
GUARDRAILS = Frame("guardrails", "Guardrails: must not be worse than their margin; not significant would not mean unharmed", (
    _METRIC, _VARIANT, *estimate("Difference", n="Units with it", base="Both arms", interval_heading="Interval"), text("margin", "Margin"),
    p_value("p", "p", "of being worse than the margin"), text("state", "State")), key=("metric", "variant"),
    shown=("metric", "variant", "value", "interval", "margin", "p", "state"), if_empty="No guardrail is named.")
ADJUSTED = Frame("adjusted", "With and without the adjustment by values from before", (
    _METRIC, _VARIANT, text("analysis", "Analysis"), *_DIFFERENCE, _P, number("correlation", "Correlation", "with the values from before", internal=True),
    share("variance_saved_share", "Variance saved")), key=("metric", "variant", "analysis"),
    shown=("metric", "variant", "analysis", "value", "interval", "p", "variance_saved_share"),
    if_empty="No metric has values from before the experiment to adjust by.")
SENSITIVITY = Frame("sensitivity", "The primary effect by every analysis that applies", (_VARIANT, text("analysis", "Analysis"), *_DIFFERENCE, _P),
                    key=("variant", "analysis"), shown=("variant", "analysis", "value", "interval", "p", "base"))
LOOKS = Frame("looks", "How it looked on the way", (
    _VARIANT, day("day", "Day"), count("units", "Units"), number("information", "Of planned size", "1 is the planned size, or that of the last look where none is planned", internal=True),
    yes_no("planned", "Planned look"), *_DIFFERENCE, number("z", "z"), number("bound", "Bound", "z beyond which a planned look may stop"), yes_no("crossed", "Bound crossed"),
    *ends("anytime", "estimate", "At any time"), p_value("anytime_p", "p at any time"), p_value("naive_p", "p of this look alone")), key=("variant", "day"))
SEGMENTS = Frame("segments", "Difference by segment: segments differ only where p of the interaction is small", (
    text("segment", "Segment"), text("level", "Level"), _VARIANT, *_DIFFERENCE, p_value("p", "p", internal=True),
    p_value("interaction_p", "p, interaction, uncorrected", internal=True), p_value("interaction_p_adjusted", "p, interaction", "adjusted for all segments"),
    text("state", "State", internal=True)), key=("segment", "level", "variant"),
    shown=("segment", "level", "variant", "value", "interval", "base", "interaction_p_adjusted"),
    if_empty="No segment is named, or the primary metric cannot be split by one.")
OVER_TIME = Frame("over_time", "The primary effect by days since exposure", (_VARIANT, count("day", "Day since exposure"), *_DIFFERENCE), key=("variant", "day"),
                  if_empty="The primary metric cannot be told by day since exposure.")
TRIGGERED = Frame("triggered", "Among those who could notice it, and diluted over all", (
    _VARIANT, text("what", "Among"), *_DIFFERENCE, share("triggered_share", "Could notice it"), yes_no("trusted", "Alike in all arms")), key=("variant", "what"),
    shown=("variant", "what", "value", "interval", "triggered_share", "trusted"),
    if_empty="No metric says who could notice the change (`trigger`), so all units count.")
WORTH = Frame("worth", "What the difference is worth at the touchpoint in 30 days", (
    _VARIANT, *estimate("Worth", n="Units with it", base="Both arms"), text("words", "In words")), key=("variant",), shown=("variant", "value", "interval", "words"),
    if_empty="Not scaled up: the verdict is withheld, the metric cannot be added up over customers, or the data do not say how many customers come in 30 days.")
ARMS = Frame("arms", "Units by arm, and how many have a value of the primary metric, are still within its window, or miss it", (
    _VARIANT, share("planned_share", "Planned"), count("units", "Units"), count("observed", "Observed"), count("pending", "Pending"), count("missing", "Missing")),
    key=("variant",))
EVALUATED = (VERDICTS, DESIGN, CHECKS, EFFECTS, GUARDRAILS, ADJUSTED, SENSITIVITY, LOOKS, SEGMENTS, OVER_TIME, TRIGGERED, WORTH, ARMS)

# plan
_RELATIVE = Column("relative", "Relative to the control", "relative")
SIZES = Frame("sizes", "Units and days by the effect to detect", (
    Column("value", "Effect to detect", "estimate"), _RELATIVE, count("units", "Units, all arms"), count("n_control", "Of these, control"), count("days", "Days"),
    count("weeks", "Whole weeks"), Column("effect", "Effect", "estimate", internal=True), text("unit", "Unit", internal=True), text("method", "Method", internal=True)),
    if_empty="No smallest effect that matters is stated (`mde`), so no size follows.")
DURATIONS = Frame("durations", "What whole weeks can detect", (
    count("weeks", "Whole weeks"), count("units", "Units, all arms"), Column("value", "Smallest effect detected", "estimate"), _RELATIVE,
    Column("mde", "Smallest effect", "estimate", internal=True), text("unit", "Unit", internal=True)), key=("weeks",),
    if_empty="How many units come in a day is not known from the data; say `units_per_day` to see what whole weeks can detect.")

# evaluate_change
BEFORE_AFTER = Frame("effects", "Before and after: no A/B test", (
    text("effect", "Effect"), *estimate("Value", "Days", "Days in all"), p_value("p")), key=("effect",), shown=("effect", "value", "interval", "p"))
PLACEBO = Frame("placebo", "The level change at dates before the change", (day("day", "Day"), number("value", "Level change"), number("t", "t")), key=("day",),
                if_empty="Too few days before for placebo dates.")
SERIES = Frame("series", "The series by day", (
    day("day", "Day"), number("value", "Value"), count("n", "n"), number("weight", "Weight", internal=True), yes_no("after", "After the change"),
    number("fitted", "Fitted"), number("expected", "Expected without it")), key=("day",))

# shipped
SHIPPED = Frame("changes", "What moved after each change; before and after, no A/B test", (
    text("name", "Change"), day("day", "Live since"), text("metric", "What was looked at"), text("state", "What it did"), *estimate("Average after", "Days", "Days in all"), p_value("p", internal=True),
    p_value("p_adjusted", "p, adjusted", "for all changes (Holm)"), share("placebo", "Other dates that jump as clearly"), text("control", "Against the control series"), text("opportunity", "Opportunity it ships")),
    key=("name",), shown=("name", "day", "metric", "state", "value", "interval", "p_adjusted", "placebo", "control", "opportunity"))
SHIPPED_SERIES = Frame("series", "The series by day", (
    text("change", "Change"), day("day", "Day"), number("value", "Value"), yes_no("after", "After the change"), number("fitted", "Fitted"), number("expected", "Expected without it")), key=("change", "day"))

# overview, aggregates
OVERVIEW = Frame("overview", "All A/B tests and changes of this client", (
    text("name", "Name"), text("how", "How", internal=True), _VARIANT, text("verdict", "Outcome"), text("metric", "Metric", internal=True, worded=column),
    *estimate("Difference", "Units with it", "Units or days"), text("opportunity", "Opportunity it tests")),
    shown=("name", "variant", "verdict", "value", "opportunity"))
AGGREGATES = Frame("series", "Series, those that are sure first", (
    text("experiment", "Experiment"), _VARIANT, _METRIC, count("looks", "Looks"), text("outcome", "Outcome", "higher, lower or open"),
    *estimate("Difference", "Units with it", "Both arms", "Interval at any time"), _P_ADJUSTED, p_value("naive_p", "p of the last look alone", internal=True),
    yes_no("naive_ever", "Ever significant by a single look", internal=True), yes_no("naive_last", "Significant by the last look alone", internal=True),
    count("flips", "Turns", "how often single looks turned significant or back"), p_value("sample_ratio_p", "p of the sample ratio", internal=True)),
    key=("experiment", "variant", "metric"), shown=("experiment", "variant", "metric", "outcome", "value", "interval", "p_adjusted", "flips"))
EXAMPLE = Frame("example", "The looks of the series that turned most often", (
    count("series", "Series", internal=True), Column("time", "Look", "mixed"), *_DIFFERENCE, number("se", "Standard error", internal=True),
    p_value("naive_p", "p of this look alone"), number("bound", "Bound", internal=True), yes_no("crossed", "Bound crossed", internal=True),
    *ends("anytime", "estimate", "At any time"), p_value("anytime_p", "p at any time")), if_empty="No series has two units an arm and values that vary.")
