"""Where do customers live, and under which telephone numbers do they seem to be?

The numbers have the local form but lie in mobile ranges that no operator has been given (libphonenumber's metadata
calls them impossible), so that a demo with real message delivery reaches nobody.
"""

from itertools import islice
from random import Random

from models.demo.companies import Company

CITIES = {
    "SA": ("الرياض",) * 8 + ("الدرعية", "الخرج"),
    "IR": ("تهران",) * 5 + ("اصفهان", "شیراز", "مشهد", "تبریز", "کرج", "رشت", "یزد"),
    "KW": ("Kuwait City", "Salmiya", "Salmiya", "Hawally", "Jabriya", "Mangaf", "Fahaheel", "Farwaniya", "Bayan"),
}
STREETS = {
    "SA": ("حي الياسمين، شارع أنس بن مالك", "حي العليا، طريق الملك فهد", "حي النرجس، طريق أبي بكر الصديق",
           "حي الملقا، شارع وادي هجر", "حي الروضة، شارع خالد بن الوليد", "حي السليمانية، شارع الضباب"),
    "IR": ("خیابان شریعتی", "خیابان ولیعصر", "بلوار کشاورز", "خیابان انقلاب", "خیابان حافظ", "بلوار فردوسی"),
    "KW": ("Block 2, Street 14", "Block 5, Salem Al-Mubarak Street", "Block 10, Street 3", "Block 7, Tunis Street",
           "Block 1, Street 21", "Block 12, Beirut Street"),
}  # fmt: skip
BUILDING = {"SA": "{street}، مبنى {number}", "IR": "{street}، پلاک {number}", "KW": "{street}, Building {number}"}
PREFIXES = {"SA": ("52",), "IR": ("926", "927", "928"), "KW": ("53", "54")}
"""Unassigned mobile prefixes, after the country code."""
COUNTRY_CODES = {"SA": "966", "IR": "98", "KW": "965"}
GROUPS = {"SA": (2, 3, 4), "IR": (3, 3, 4), "KW": (4, 4)}
"""How the digits after the country code are grouped when written with spaces."""


def address(company: Company, chance: Random) -> str:
    """Street and building in the city's own way of writing them."""
    street = chance.choice(STREETS[company.country])
    return BUILDING[company.country].format(street=street, number=chance.randrange(1, 400))


def mobile_number(company: Company, chance: Random) -> str:
    """A mobile number of the company's country in E.164, e.g. +966521234567."""
    prefix = chance.choice(PREFIXES[company.country])
    missing = sum(GROUPS[company.country]) - len(prefix)
    return f"+{COUNTRY_CODES[company.country]}{prefix}{chance.randrange(10**missing):0{missing}d}"


def as_dialled(number: str, company: Company, chance: Random) -> str:
    """The same number as a receptionist might have typed it: international, spaced, or with the national zero."""
    code = COUNTRY_CODES[company.country]
    national = number.removeprefix(f"+{code}")
    digits = iter(national)
    spaced = " ".join("".join(islice(digits, size)) for size in GROUPS[company.country])
    trunk = "" if company.country == "KW" else "0"
    return chance.choice((number, f"+{code} {spaced}", f"{trunk}{national}", f"{trunk}{spaced}"))
