"""The templates. Their words are those that event names of analytics and business systems have, in English and some in German.

Stages follow the usual cut of a journey (become aware, consider, buy or apply, use, get help, stay); none of it is measured on anybody's clients.
"""

from __future__ import annotations

from .model import StageWords as S
from .model import Template
from .model import TouchpointWords as T

_AWARE = (T("Advertisement", ("campaign", "ad click", "impression", "kampagne")), T("E-mail or newsletter", ("newsletter", "email", "e-mail")))
_HELP = T("Contact with support", ("support", "ticket", "contact", "hotline", "call", "chat", "anfrage"))
_COMPLAINT = T("Complaint", ("complain", "beschwerde", "reklamation"), unwanted=True)

RETAIL = Template("retail", "Retail and web shops", "shoppers", (
    S("Become aware", "Notices an offer, and looks whether the shop has it", (*_AWARE, T("Visit", ("page view", "session", "visit", "landing", "first open")))),
    S("Choose", "Compares products, prices and reviews", (T("Search", ("search", "suche", "filter")), T("Product", ("product", "item", "artikel", "detail")), T("Wish list", ("wish", "favorit", "merkzettel")))),
    S("Buy", "Looks for the full price with delivery before paying", (T("Basket", ("cart", "basket", "warenkorb")), T("Checkout", ("checkout", "payment", "shipping info", "kasse", "zahl")), T("Order", ("purchase", "order", "buy", "bestell", "kauf")))),
    S("Receive", "Waits, and wants to know when it arrives", (T("Delivery", ("deliver", "shipped", "dispatch", "parcel", "liefer", "versand")), T("Collection in the store", ("pickup", "collect", "abhol")))),
    S("Get help", "Wants an answer the first time", (_HELP, _COMPLAINT, T("Return or refund", ("return", "refund", "retour", "storno"), unwanted=True))),
    S("Stay", "Comes back when the last time was easy", (T("Review", ("review", "rating", "bewert")), T("Loyalty programme", ("loyalty", "points", "membership", "coupon"))))),
    ("NPS after delivery (0–10)", "satisfaction with delivery (1–5)", "effort of a return (1–7)", "reasons for not buying (choice)"),
    ("show delivery costs before the checkout", "say when a parcel arrives, and keep it", "make returning easier than complaining", "help to choose between similar products"))

BANK = Template("bank", "Banks and insurers", "account holders", (
    S("Become aware", "Asks friends and comparison sites first", (*_AWARE, T("Comparison or website", ("page view", "session", "visit", "vergleich", "landing")))),
    S("Get advice", "Wants to know what it costs and what it is for", (T("Calculator", ("calculat", "rechner", "simulat")), T("Appointment", ("appointment", "meeting", "termin", "branch", "filiale")))),
    S("Apply", "Gathers papers, and fears a refusal", (T("Application", ("applic", "apply", "applied", "antrag", "submit")), T("Identification", ("identif", "kyc", "verif", "legitim")), T("Documents", ("document", "upload", "unterlagen", "incomplete")), T("Decision", ("approv", "accept", "declin", "offer", "angebot", "zusage")))),
    S("Begin", "Tries the first payment with a small amount", (T("Account or policy opened", ("opened", "activat", "policy issued", "eröffn")), T("Card", ("card", "karte")))),
    S("Use", "Looks at the balance, pays, and expects no surprises", (T("Sign-in", ("login", "log in", "sign in", "anmeld")), T("Payment or transfer", ("transfer", "payment", "überweis", "zahl")), T("Claim", ("claim", "schaden")))),
    S("Get help", "Calls when money is at stake", (_HELP, _COMPLAINT, T("Fraud or dispute", ("fraud", "dispute", "blocked", "betrug", "sperr"), unwanted=True))),
    S("Stay or leave", "Compares again when the price changes", (T("Renewal", ("renew", "extend", "verläng")), T("Cancellation", ("cancel", "closed", "churn", "kündig"), unwanted=True)))),
    ("NPS of the relationship (0–10)", "effort of the application (1–7)", "satisfaction with a claim (1–5)", "trust (1–5)"),
    ("say at once which papers are missing", "tell the decision with its reason", "make a blocked card usable the same day", "explain fees before they are charged"))

HEALTH = Template("health", "Clinics, practices and health services", "patients", (
    S("Notice", "Notices symptoms, and asks whom to trust", (*_AWARE, T("Information", ("page view", "session", "visit website", "symptom")))),
    S("Find care", "Looks for a place that has time", (T("Referral", ("referral", "überweis")), T("Booking", ("booking", "booked", "appointment", "termin", "schedul")))),
    S("Prepare", "Wants to know what will happen", (T("Reminder", ("remind", "erinner")), T("Forms and consent", ("forms", "form submitted", "consent", "anamnes", "questionnaire")))),
    S("Be treated", "Wants to be heard, and to understand", (T("Arrival and waiting", ("check in", "arriv", "admission", "triage", "aufnahme", "waiting")), T("Examination", ("examin", "consult", "diagnos", "lab result", "scan")), T("Treatment", ("treat", "surgery", "therap", "medication", "behandl")))),
    S("Recover", "Is alone with questions at home", (T("Discharge", ("discharge", "entlass")), T("Prescription", ("prescri", "rezept", "dispens")), T("Follow-up", ("follow up", "followup", "nachsorge", "control visit")))),
    S("Get help", "Hopes not to be a burden", (_HELP, _COMPLAINT, T("Missed appointment", ("no show", "missed", "ausfall"), unwanted=True), T("Bill", ("bill", "invoice", "rechnung"))))),
    ("would recommend to friends and family (0–10)", "felt listened to (1–5)", "waiting time (minutes)", "understood what comes next (yes or no)"),
    ("say how long the wait will be", "give the next steps in writing at discharge", "offer an earlier appointment when one is freed", "let patients change appointments themselves"))

SAAS = Template("saas", "Software and other subscriptions", "users", (
    S("Become aware", "Has a problem, and reads what others use", (*_AWARE, T("Website", ("page view", "landing", "visit", "blog", "docs")))),
    S("Consider", "Looks for price, security and a way out", (T("Pricing", ("pricing", "plan viewed", "quote")), T("Demonstration", ("demo", "webinar", "sales call")), T("Sign-up", ("sign up", "signup", "regist", "account created")))),
    S("Try", "Wants a first result within minutes", (T("Onboarding", ("onboard", "tutorial", "setup", "install", "integration connected")), T("First result", ("activat", "first project", "created project", "project created", "first report")), T("Trial", ("trial",)))),
    S("Subscribe", "Needs somebody's approval to pay", (T("Subscription", ("subscri", "upgrade", "checkout", "paid")), T("Invitation", ("invite", "seat", "teammate")))),
    S("Use", "Comes back when work needs it", (T("Sign-in", ("login", "log in", "sign in", "signed in", "session")), T("Feature use", ("feature", "export", "share", "edited", "report viewed", "dashboard")))),
    S("Get help", "Searches before asking", (_HELP, T("Error", ("error", "crash", "fail"), unwanted=True))),
    S("Renew or leave", "Asks whether it is used enough", (T("Renewal", ("renew", "invoice")), T("Downgrade or cancellation", ("cancel", "downgrade", "churn"), unwanted=True)))),
    ("NPS in the product (0–10)", "effort of the set-up (1–7)", "how disappointed without it (choice)", "reasons for leaving (choice)"),
    ("bring new users to a first result in one sitting", "ask for the team when the first result is there", "tell what will be charged before a trial ends", "mend the errors that most users meet"))

B2B = Template("b2b", "Selling to companies", "buyers", (
    S("Become aware", "Sees a need, and asks colleagues", (*_AWARE, T("Trade fair or webinar", ("fair", "webinar", "event attended", "messe")), T("Website", ("page view", "visit", "download", "whitepaper")))),
    S("Enquire", "Wants an answer before the competitor's", (T("Enquiry", ("lead", "enquir", "inquir", "form submit", "mql", "anfrage")), T("First meeting", ("meeting", "discovery", "qualif", "sql")))),
    S("Decide", "Must convince several colleagues", (T("Sample or demonstration", ("demo", "sample", "pilot", "muster")), T("Quote", ("quote", "proposal", "offer", "angebot")), T("Negotiation", ("negotiat", "contract sent", "legal review", "procurement")), T("Won", ("closed won", "closedwon", "deal won", "signed", "order", "auftrag")), T("Lost", ("lost", "verloren"), unwanted=True))),
    S("Receive", "Needs it on the day that was promised", (T("Delivery", ("deliver", "shipped", "fulfil", "liefer")), T("Installation and training", ("install", "training", "onboard", "go live")), T("Invoice", ("invoice", "payment", "rechnung")))),
    S("Use", "Counts downtime", (T("Service", ("service", "maintenance", "wartung")), T("Contact with support", ("support", "ticket", "call", "hotline")), _COMPLAINT)),
    S("Buy again", "Stays where it is known what comes", (T("Reorder", ("repeat",)), T("Renewal", ("renew", "extension")), T("Loss of the account", ("churn", "cancel"), unwanted=True)))),
    ("NPS of the relationship, by role (0–10)", "satisfaction with the project (1–5)", "reasons for won and lost (choice)", "effort of a complaint (1–7)"),
    ("answer an enquiry the same day", "give the champion what convinces colleagues", "say the delivery date before the order, and keep it", "ask lost buyers for the reason"))

PUBLIC = Template("public", "Public services", "applicants", (
    S("Learn of it", "Does not know which office is the right one", (T("Information", ("page view", "session", "visit", "search", "faq", "info page")), T("Letter or notice", ("letter", "notice sent", "mailing", "brief")))),
    S("Check entitlement", "Asks whether it is worth the trouble", (T("Eligibility check", ("eligib", "check started", "anspruch", "calculator")), T("Advice", ("advice", "beratung", "appointment", "termin")))),
    S("Apply", "Gathers papers, and fears mistakes", (T("Identification", ("identif", "login", "verif")), T("Application", ("applic", "apply", "applied", "submit", "antrag")), T("Documents", ("document", "upload", "nachweis", "evidence")))),
    S("Wait", "Wants to know where it stands", (T("Status", ("status", "progress", "eingang", "received")), T("Request for more", ("missing", "request for", "nachforder"), unwanted=True))),
    S("Get the decision", "Needs to understand what it means", (T("Decision", ("decision", "approv", "grant", "bescheid", "bewillig")), T("Refusal", ("reject", "refus", "denied", "ablehn"), unwanted=True), T("Payment or document received", ("paid", "payment", "issued", "auszahl", "ausgestellt")))),
    S("Get help", "Calls when nothing else is clear", (_HELP, _COMPLAINT, T("Objection", ("appeal", "objection", "widerspruch"), unwanted=True)))),
    ("satisfaction with the service (1–5)", "effort (1–7)", "understood the letter (yes or no)", "trust in the office (1–5)"),
    ("say which papers are needed before the form begins", "show where an application stands", "write decisions in plain words", "let people finish online what they began online"))

TEMPLATES = {t.name: t for t in (RETAIL, BANK, HEALTH, SAAS, B2B, PUBLIC)}
