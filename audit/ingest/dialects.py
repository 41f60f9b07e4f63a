"""Names of Arabic dialects as people and systems write them -> one code each."""

from __future__ import annotations

#: Codes with other names: English, Arabic, ISO 639-3 (SIL), BCP 47 regions (RFC 5646).
_NAMES = {
    "najdi": "ars|نجدي|نجدية",
    "hijazi": "acw|hejazi|حجازي|حجازية",
    "gulf": "afb|khaleeji|khaliji|خليجي|خليجية|ar-ae|ar-kw|ar-qa|ar-bh",
    "egyptian": "arz|مصري|مصرية|ar-eg",
    "levantine": "apc|ajp|shami|شامي|شامية|ar-sy|ar-lb|ar-jo|ar-ps",
    "maghrebi": "ary|arq|aeb|darija|مغربي|مغربية|مغاربي|مغاربية|ar-ma|ar-dz|ar-tn",
    "iraqi": "acm|ayp|عراقي|عراقية|ar-iq",
    "sudanese": "apd|سوداني|سودانية|ar-sd",
    "yemeni": "ayn|acq|ayh|يمني|يمنية|ar-ye",
    "msa": "arb|fusha|فصحى|الفصحى|العربية الفصحى|modern standard arabic",
}
DIALECTS = tuple(_NAMES)
_CODES = {name: code for code, names in _NAMES.items() for name in (code, *names.split("|"))}


def dialect_code(told: str) -> str:
    """The code of a dialect that is known by this name; else the name itself, in lower case.

    ``اللهجة النجدية``, ``Najdi`` and ``ars`` are all ``najdi``.
    """
    name = " ".join(told.casefold().replace("_", "-").split())
    bare = name.removeprefix("اللهجة ").removeprefix("لهجة ").removesuffix(" arabic")
    return _CODES.get(bare) or _CODES.get(bare.removeprefix("ال")) or _CODES.get(name) or name
