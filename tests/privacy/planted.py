"""Texts with planted identifiers, by form, and texts that hold none although they look like it.

Numbers with check digits are published examples or made by the rule from the other end (the check digits are computed
here, not tested). Names, streets and addresses are made up.
"""

from __future__ import annotations

import itertools
import random

_LOCAL = ["dana.fox", "j_roe", "olga", "max.mustermann", "zoe-lefevre", "a.b.smith", "k8", "jörg"]
_DOMAIN = [("web", "de"), ("mail.example", "com"), ("posteo", "net"), ("orange", "fr"), ("virgin-media.co", "uk"), ("company", "org")]
_PAIRS = list(itertools.product(_LOCAL, _DOMAIN))


def _luhn(body: str) -> str:
    for check in "0123456789":
        digits = [int(c) for c in body + check]
        doubled = [sum(divmod(2 * d, 10)) if i % 2 == len(digits) % 2 else d for i, d in enumerate(digits)]
        if sum(doubled) % 10 == 0:
            return body + check
    raise AssertionError


def _iban(country: str, body: str) -> str:
    number = int("".join(str(int(c, 36)) for c in body + country + "00"))
    return f"{country}{98 - number % 97:02d}{body}"


def _groups(text: str, sizes: list[int], sign: str) -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(text[at:at + size])
        at += size
    return sign.join(p for p in [*parts, text[at:]] if p)


def _nir(body: str) -> str:
    return body + f"{97 - int(body) % 97:02d}"


def planted() -> dict[str, list[tuple[str, str]]]:
    """form → (text, what must not be left of it)."""
    rng = random.Random(11)
    cards = [_luhn(f"4{rng.randrange(10**14):014d}") for _ in range(6)] + [_luhn(f"5{rng.randint(1, 5)}{rng.randrange(10**13):013d}") for _ in range(6)]
    ibans = [_iban("DE", f"{rng.randrange(10**18):018d}") for _ in range(4)] + [_iban("FR", f"{rng.randrange(10**23):023d}") for _ in range(3)]
    ibans += [_iban("GB", f"NWBK{rng.randrange(10**14):014d}") for _ in range(3)] + [_iban("AT", f"{rng.randrange(10**16):016d}") for _ in range(2)]
    nirs = [_nir(f"{rng.randint(1, 2)}{rng.randrange(100):02d}{rng.randint(1, 12):02d}{rng.randint(1, 95):02d}{rng.randrange(10**6):06d}") for _ in range(12)]
    emails = {
        "e-mail": ["{l}@{d}.{t}", "<{l}@{d}.{t}>", "mailto:{l}@{d}.{t}", "{l}+shop@{d}.{t}"],
        "e-mail (at)": ["{l} (at) {d}.{t}", "{l}(at){d}.{t}", "{l} [at] {d} [dot] {t}", "{l}[at]{d}[dot]{t}", "{l} {{at}} {d} {{dot}} {t}"],
        "e-mail in words": ["{l} at {d} dot {t}", "{l} at {d} punkt {t}"],
        "e-mail %40": ["https://shop.example/x?mail={l}%40{d}.{t}&a=1", "{l}%40{d}.{t}", "/login/{l}%40{d}.{t}"],
        "e-mail with spaces": ["{l} @ {d}.{t}", "{l}@ {d}.{t}", "{l} @{d}.{t}"],
    }
    found: dict[str, list[tuple[str, str]]] = {}
    for form, ways in emails.items():
        found[form] = [_said(way.format(l=local, d=domain, t=top), f"{local}", rng) for way in ways for local, (domain, top) in _PAIRS[:: 3 if len(ways) > 3 else 2]]
    found["card"] = [_said(_groups(c, [4, 4, 4], sign), c[-4:], rng) for c in cards for sign in ("", " ", "-", ".", "\u00a0", "–")]
    found["IBAN"] = [_said(_groups(i, [4] * (len(i) // 4), sign), i[-6:-2], rng) for i in ibans for sign in ("", " ", "-", ".", "\u00a0")]
    phones = ["0731 1234567", "0731/1234567", "(0731) 123 45 67", "0731.123.45.67", "0731-1234567", "+49 731 1234567", "0049 731 1234567", "0172 1234567", "0172/123 45 67",
              "020 7946 0958", "(020) 7946 0958", "07911 123456", "+44 20 7946 0958", "+44 (0)20 7946 0958", "01632 960961", "0161 496 0148",
              "212-736-5000", "(212) 736-5000", "+1 212 736 5000", "212.736.5000", "1-800-275-2273", "(415) 555-0132",
              "01 42 68 53 00", "01.42.68.53.00", "+33 1 42 68 53 00", "06 12 34 56 78", "0731 dash 1234567", "0731 – 1234567", "０７３１ １２３４５６７", "+49-(0)731-1234567"]
    found["phone"] = [_said(p, p[-4:], rng, ways=("Call me: {}", "Meine Nummer ist {}.", "reach me at {} please", "tel. {}", "Ruf {} an")) for p in phones for _ in range(2)]
    titles = ["Frau Dr. Kunze", "Herrn Prof. Dr. Sabine Krahwinkel", "Frau Kunze", "Herr von Bülow", "Mr. Smithers", "Mrs J. Robinson", "Ms Lopez-Garcia", "Dr Watson", "Mr and Mrs Potter",
              "Mme Lefèvre", "Monsieur Dupont", "Sra. García", "Signora Rossi", "Mevrouw de Vries", "Professor McGonagall", "Herr Dr. med. Oliver Brandt", "Miss O'Hara", "Prof. Dr. Lindqvist"]
    found["title and name"] = [_said(t, t.split()[-1], rng, ways=("I spoke to {} twice.", "{} hat nie geantwortet.", "Danke an {}, sehr nett", "and {} said no")) for t in titles for _ in range(3)]
    closings = ["Best regards,\n{}", "Kind regards\n{}", "Mit freundlichen Grüßen\n{}", "Viele Grüße, {}", "Yours sincerely,\n{}", "Cordialement,\n{}", "Thanks, {}", "MfG\n{}", "Cheers,\n{}", "Saludos,\n{}",
                "Best,\n{}", "LG {}", "Warm regards,\n\n{}", "Liebe Grüße\n{}", "Regards,\n{}"]
    found["signature"] = [(f"The tent leaks.\n{c.format(n)}", n.split()[-1]) for c in closings for n in ("Dana Fox", "Jörg Müller-Lüdenscheidt", "O. Krahwinkel", "Aylin")]
    streets = ["Lange Straße 12a, 89073 Ulm", "Hauptstr. 5", "Karl-Marx-Allee 101", "Schillerweg 7, 70174 Stuttgart", "Am Markt 5, 10115 Berlin", "Goethestrasse 14 b", "Lindenplatz 3, 20099 Hamburg",
               "Neue Gasse 22", "Rheinufer 8", "An der Alster 12, 20099 Hamburg",
               "221B Baker Street, London NW1 6XE", "10 Downing Street", "Flat 2, 14 High Street, Leeds LS1 4AP", "7 Acacia Avenue", "33 Old Mill Lane, York YO1 7HH", "5 St Mary's Close", "M1 1AE", "EC1A 1BB",
               "12 bis, rue de la Paix, 75002 Paris", "5 avenue Victor Hugo", "18, boulevard des Capucines", "3 impasse du Moulin, 31000 Toulouse", "27 quai de la Tournelle", "44 rue Sainte-Catherine",
               "1600 Pennsylvania Ave NW, Washington, DC 20500", "350 Fifth Avenue, Apt 4B, New York, NY 10118", "742 Evergreen Terrace, Springfield, IL 62704", "12 Oak St", "9400 S Normandie Ave #14, Los Angeles, CA 90044",
               "Denver, CO 80202", "P.O. Box 1234", "Postfach 12 34", "4 Privet Drive"]
    found["street and postcode"] = [_said(s, s.split(",")[0], rng, ways=("I live at {}.", "Lieferung an {} kam nie", "sent to {} last week", "mon adresse : {}")) for s in streets for _ in range(2)]
    six = ["2001:db8::8a2e:370:7334", "fe80::1ff:fe23:4567:890a", "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "::ffff:c0a8:1101", "2a02:8109:9440:1a2c::5", "192.168.17.4", "10.0.0.231"]
    found["IP address"] = [_said(i, i, rng, ways=("from {} at night", "IP {}", "blocked [{}]", "host={}")) for i in six for _ in range(4)]
    plates = ["my plate is M-AB 1234", "Kennzeichen: UL-XY 77", "license plate 7ABC123", "AB12 CDE was parked there", "AB-123-CD garée devant", "Nummernschild B-MW 2002", "number plate LK71 ZZZ", "immatriculation GH-456-JK"]
    found["plate"] = [(p, p.split()[-1] if any(c.isdigit() for c in p.split()[-1]) else next(w for w in p.split() if any(c.isdigit() for c in w))) for p in plates for _ in range(3)]
    papers = ["passport number C01X00T47", "Reisepass-Nr. C01X0006H", "Personalausweis L01X00T471", "my passport is 533380006", "driver's licence no: MORGA657054SM9IJ", "passeport n° 09PA12345", "Führerscheinnummer: B072RRE2I55"]
    papers += ["47036892816", "Steuer-ID 65 929 970 489", "steuerliche Identifikationsnummer: 86095742719", "USt-ID: DE123456789", "tax id 98-7654321", "UTR 1234567890", "Steuernummer 93815/08152",
               "15 070649 C 103", "Sozialversicherungsnummer 65 170839 J 003", "AB 12 34 56 C", "NI number: QQ123456A", "219-09-9999", "SSN 219 09 9999", "NHS number 943 476 5919", "943-476-5919",
               "12345678Z", "X1234567L", "RSSMRA85T10A562S", "529.982.247-25"]
    found["passport, tax and insurance number"] = [_said(p, p.split()[-1], rng, ways=("it says {}", "Meine Angaben: {}", "{} as you asked")) for p in papers for _ in range(2)]
    found["passport, tax and insurance number"] += [_said(_groups(n, [1, 2, 2, 2, 3, 3], sign), n[-5:], rng) for n in nirs for sign in ("", " ")]
    births = ["born on 12 March 1985", "date of birth: 03/12/1985", "DOB 12-03-85", "geb. 12.03.1985", "geboren am 12. März 1985", "Geburtsdatum: 12.3.85", "née le 12 mars 1985", "date de naissance : 12/03/1985", "my birthday is March 12, 1985",
              "nacido el 12 de marzo de 1985", "d.o.b. 1985-03-12", "born 12th of March 1985"]
    found["date of birth"] = [(f"Hello, {b}, thanks", "85") for b in births for _ in range(3)]
    numbers = ["Kundennummer 4711-2345", "customer no. 99812345", "Kd.-Nr. 1002003", "my account number is 00123456", "Vertragsnummer: V-2024-00912", "member id 77-8812", "policy number AB1234567", "numéro de client 88127763", "customer id: 5512", "Konto-Nr. 532013000"]
    found["customer number"] = [_said(n, n.split()[-1], rng, ways=("{}", "about {} again", "Es geht um {}!")) for n in numbers for _ in range(4)]
    urls = ["https://shop.example/users/dana-fox/orders", "/profile/dana.fox", "https://x.example/account/dana_fox?tab=2", "www.linkedin.com/in/dana-fox-12", "https://facebook.com/dana.fox.9", "/kunden/dana-fox", "shop.example/u/danafox",
            "https://shop.example/cart?first_name=Dana&last_name=dana-fox", "https://a.example/x?username=danafox", "/members/dana%20fox/edit", "https://shop.example/customer/88127763", "https://instagram.com/danafox"]
    found["name in a web address"] = [_said(u, next(k for k in ("dana-fox", "dana.fox", "dana_fox", "danafox", "dana%20fox", "88127763") if k in u), rng, ways=("see {}", "{} is broken", "on {} today")) for u in urls for _ in range(3)]
    return found


def _said(value: str, left: str, rng: random.Random, ways: tuple[str, ...] = ("please use {} now", "{}", "Bitte {} nehmen, danke", "it was {}.", "\"{}\" does not work", "écrire à {} svp")) -> tuple[str, str]:
    return rng.choice(ways).format(value), left


HARMLESS = [
    "order 12345 on 2026-03-01 at 10:30 for 1,200.50", "The wait was 3 days and 20 euros at 5 pm.", "I paid $10000.00 and called them 3 times in 2023.", "According to 15 USC 1681 i ( 5 ) they are supposed to",
    "as many people do at some point in their lives", "meet at noon, dot your i's", "from 10:30:15 to 11:45:00", "C++ uses std::vector and a::b often", "version 1.2.3.400 and v10.0.19041.1", "After 7-10 business days my account was open",
    "During 2019 and in Spring 2020 it was fine", "Monitoring 24 hours a day", "5 place settings and 3 Way calling", "2,5 Notebook / Desktop Seagate St500lm030 Barracuda 500gb 540", "Model XJ-900 and GT-R 35 and MX-5",
    "Dr. Oetker Pizza und Dr. Martens Schuhe", "Mr. Cooper services my loan", "Thanks, Team!", "Thank you, XXXX XXXX", "My name is XXXX XXXX", "my name is on the list", "Frau und Herr im Test", "Miss you all",
    "ISBN 978-3-16-148410-0 is a book", "Paragraph 433 BGB, Artikel 12 GG", "Öffnungszeiten: Mo-Fr 9-18 Uhr, Sa 10-14", "the ratio was 0.8573 (p = .0312)", "error 0x80070057 at 0xdeadbeef", "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e4b0d3255bfef95601890afd80709aaf is the session", "Route 66 and Highway 101", "24/7 Support, Platz 3 im Test", "At 12 we had some thing to eat there", "It is 5 o'clock in the afternoon here", "Windows 10, Office 365, iOS 17.2.1",
    "I ordered 2 x 500 g and 3 x 250 ml", "born to be wild since 1985", "Geburtstag meiner Firma", "Die Straße war gesperrt, 12 Minuten", "Im Mai 2019 kam nichts", "Am Montag 5 Anrufe", "Bestellung 4711 fehlt", "Gate B12, Terminal 2E, flight LH 1234",
    "size 42 EU, 8.5 US, 9 UK", "USB-C 3.2, HDMI 2.1, 65 W", "https://shop.example/products/tent-2?color=red", "/account/settings and /users/login", "/customer-service/contact", "the page www.shop.example/help/returns fails",
    "row 3, seat 14 B", "a 10-15 % discount", "between 1990 and 2005, 1.5 million people", "50% off, code SAVE50", "#hashtag and 3rd place", "call me maybe", "I called the number of times I could", "text me when ready", "the customer is king", "Kunden 2000",
    "my account has 2 users", "passport control took 45 minutes", "tax was 19 %", "insurance paid 1,250.00", "plates and cups", "The policy 2024 changed", "member since 2019", "O Senhor dos Anéis", "best regards to the team", "Regards to all.\nThe tent",
    "Zimmer 12, 3. Stock", "Seite 12 von 345", "Tel Aviv 2019", "2019-2020 season", "1234567890123 is no card", "4111 1111 1111 1112", "DE88 3704 0044 0532 0130 00", "10.5.2024 Termin", "12/24/2023 was Sunday", "1.234.567,89 EUR", "0,001 mm", "3:2 im Elfmeterschießen",
]
