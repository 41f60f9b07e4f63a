"""What a string of digits can be, by its length, its first digits and its checksum.

Sources: Saudi national ID and Iqama: ten digits, 1 for citizens and 2 for residents, Luhn checksum;
ISO 13616 (IBAN; SA + 22 digits); ISO/IEC 7812 (cards, Luhn); the Saudi numbering plan of CST
(05 mobile, 011 to 017 landline, 9200 unified, 800 freephone) and those of the Arab countries; Egypt's
national number (century, date of birth, governorate), the Emirates ID (784, year), Kuwait's civil ID.
"""

from __future__ import annotations

import re
from datetime import date

ID_LENGTH = 10
IBAN_DIGITS = 22
CARD_LENGTH = 16

_MOBILE = re.compile(
    r"05\d{8}|(?:00)?9665\d{8}|(?:00)?96605\d{8}"  # Saudi Arabia, Emirates (national form)
    r"|01[0125]\d{8}|07[789]\d{7}|07[3-9]\d{8}|0[67]\d{8}|09[019]\d{7}"
    # Egypt; Jordan; Iraq; Morocco and Algeria; Sudan
)
_LANDLINE = re.compile(r"01[1-7]\d{7}|(?:00)?9661[1-7]\d{7}|(?:00)?96601[1-7]\d{7}")
_ABROAD = re.compile(
    r"00(?:20|249|91|92|880|63|62|967|961|962|963|964|965|968|970|971|973|974|90|44|1)\d{7,11}"
)
_WITH_PLUS = re.compile(r"[1-9]\d{8,14}")
#: Mobiles as they are dialled at home, without a trunk zero or with fewer digits than at ours. Such
#: digits may be anything, so they need a word for calling beside them.
_MOBILE_AT_HOME = re.compile(
    r"[2-9]\d{7}"  # Kuwait, Qatar, Bahrain, Oman, Tunisia, Lebanon, Mauritania
    r"|7[013789]\d{7}|9[0-9]\d{7}|1[0-2]\d{7}|[67]\d{8}|5\d{8}"
    # Yemen; Syria, Sudan and Libya; Sudan; Morocco and Algeria; Palestine and ours
    r"|7[3-9]\d{8}|1[0125]\d{8}|0\d{8,10}|03\d{6}|(?:00)?(?:20|2[1-4]\d|96\d|97\d)\d{7,10}"
    # Iraq; Egypt; any with a trunk zero; Lebanon; any with a country code
)
_EMIRATES_ID = re.compile(r"784(?:19|20)\d{10}")
_EGYPTIAN_ID = re.compile(r"([23])(\d{2})(\d{2})(\d{2})(?:0[1-4]|1[1-9]|2[1-9]|3[1-5]|88)\d{5}")
_KUWAITI_ID = re.compile(r"([123])(\d{2})(\d{2})(\d{2})\d{5}")
_PUBLIC = re.compile(r"(?:00)?(?:966)?(?:9200\d{5}|800\d{7}|8001\d{6,7}|199\d{2,4}|9\d{2})")


def luhn_valid(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit (ISO/IEC 7812-1, annex B) of the others."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return bool(digits) and total % 10 == 0


def is_national_id(digits: str) -> bool:
    """Ten digits that begin with 1 or 2; the checksum is separate evidence."""
    return len(digits) == ID_LENGTH and digits[0] in "12"


def is_emirates_id(digits: str) -> bool:
    """Fifteen digits that begin with the country's code, 784, and a year of birth."""
    return bool(_EMIRATES_ID.fullmatch(digits))


def is_egyptian_id(digits: str) -> bool:
    """Fourteen digits: century (2 for 19), date of birth, governorate, four digits and a check digit."""
    match = _EGYPTIAN_ID.fullmatch(digits)
    return match is not None and _born(match)


def is_kuwaiti_id(digits: str) -> bool:
    """Twelve digits: century (2 for 19), date of birth, four digits and a check digit."""
    match = _KUWAITI_ID.fullmatch(digits)
    return match is not None and _born(match)


def _born(match: re.Match[str]) -> bool:
    """Whether century, year, month and day are a date."""
    century, year, month, day = (int(part) for part in match.groups())
    try:
        date(1700 + 100 * century + year, month, day)
    except ValueError:
        return False
    return True


def is_mobile_at_home(digits: str) -> bool:
    """What a mobile of any Arab country may look like to those who dial it there."""
    return bool(_MOBILE_AT_HOME.fullmatch(digits))


def is_phone(digits: str) -> bool:
    """A personal or office number in full, told by its first digits."""
    return bool(
        _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits) or _ABROAD.fullmatch(digits)
    )


def is_international(digits: str) -> bool:
    """What may follow a plus sign (ITU-T E.164)."""
    return bool(_WITH_PLUS.fullmatch(digits))


def is_mobile_without_zero(digits: str) -> bool:
    return len(digits) == 9 and digits[0] == "5"


def is_public_number(digits: str) -> bool:
    """Unified, freephone and short numbers: nobody's personal number."""
    return bool(_PUBLIC.fullmatch(digits))


def is_card(digits: str) -> bool:
    """Sixteen digits with a valid checksum."""
    return len(digits) == CARD_LENGTH and digits[0] in "234569" and luhn_valid(digits)


def iban_valid(iban: str) -> bool:
    """Whether the check digits of an IBAN (letters and digits, no spaces) fit (ISO 7064, 97-10)."""
    moved = iban[4:] + iban[:4]
    if not moved.isascii() or not moved.isalnum():
        return False
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1
