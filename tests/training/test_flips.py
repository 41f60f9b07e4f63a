from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from audit.cli.training import register
from audit.errors import UsageError
from audit.language.conversation import ConversationTurn
from audit.training.corpus import AnnotatedCall, AnnotatedTurn, Origin
from audit.training.evaluate_flips import evaluate_flips
from audit.training.swaps import KINDS, MAN, WOMAN, read_swaps, variants
from audit.types import LABELS, POSITIVES, LabelScore, TurnInput, TurnScore

ORIGIN = Origin("a", "g", "najdi", "bank", "test")


def conversation(*texts):
    return tuple(
        ConversationTurn("caller" if i % 2 == 0 else "agent", text) for i, text in enumerate(texts)
    )


def changed(turns, kind, target):
    return [v.after for v in variants(turns, read_swaps()) if (v.kind, v.target) == (kind, target)]


def test_gender_is_swapped_both_ways_and_words_whole():
    turns = conversation("انا مستعجل", "تفضل يا أخوي، تقدر تراجع وتطمن ولا تقدرون")
    (to_woman,) = changed(turns, "gender", WOMAN)
    assert [t.text for t in to_woman] == [
        "انا مستعجلة",
        "تفضلي يا أختي، تقدرين تراجعين وتطمني ولا تقدرون",
    ]
    (back,) = changed(to_woman, "gender", MAN)
    assert [t.text for t in back] == [t.text for t in turns]
    assert changed(turns, "gender", MAN) == []


def test_dialect_words_are_swapped_for_those_of_another():
    turns = conversation("وش السبب الحين", "وليش مو واضح")
    (egyptian,) = changed(turns, "dialect", "egyptian")
    assert [t.text for t in egyptian] == ["ايه السبب دلوقتي", "وليه مش واضح"]
    # What is the dialect's own stays, and a word that means something else elsewhere is not matched.
    assert changed(conversation("وش", "ايه نعم"), "dialect", "najdi") == []


def test_names_stand_before_the_first_words_of_both():
    turns = conversation("متى", "بكرة", "طيب", "حياك")
    found = [v for v in variants(turns, read_swaps()) if v.kind == "names"]
    names = read_swaps().frames["names"]
    assert len(found) == sum(map(len, names.groups.values()))
    assert found[0].after[0].text == "معك فهد العتيبي، متى"
    assert found[-1].after[1].text == "هلا جون سميث، بكرة"
    assert all(v.after[2:] == turns[2:] for v in found)


def test_the_table_is_sound():
    swaps = read_swaps()
    assert set(swaps.frames) | set(swaps.replacements) == set(KINDS)
    for replacements in swaps.replacements.values():
        for replacement in replacements:
            # Swapping again changes nothing: no word leads to another of its own table.
            for word, other in replacement.words.items():
                assert replacement.applied(replacement.applied(word)) == replacement.applied(word)
                assert word != other
    dialects = {r.target for r in swaps.replacements["dialect"]}
    assert dialects == {"najdi", "hijazi", "gulf", "egyptian", "levantine", "iraqi", "msa"}


class Prejudiced:
    """Thinks worse of whoever is called Mina, and of women a little; minds no dialect."""

    name, call_model = "prejudiced", None

    def score(self, turns, *, evidence=True):
        return tuple(self._one(turn) for turn in turns)

    def _one(self, turn):
        value = 0.2 + 0.5 * ("مينا" in turn.context) + 0.1 * ("تقدرين" in turn.text)
        flagged = ("placation",) if value > 0.5 else ()
        labels = tuple(LabelScore(label, value) for label in LABELS)
        zeros = tuple(LabelScore(kind, 0.1) for kind in POSITIVES)
        return TurnScore(value, labels, flagged, positive_scores=zeros)

    def threshold(self, label):
        return 0.5


TURNS = [
    AnnotatedTurn(f"t{i}", ORIGIN, TurnInput("وش صار", f"تقدر تنتظر {i}"), (), ()) for i in range(8)
]


def test_prejudice_shows():
    found = evaluate_flips(Prejudiced(), TURNS, (), read_swaps())
    figures = {(f.unit, f.kind, f.target): f for f in found.figures}
    mina = figures["turn", "names", "egypt_christian_man"]
    assert mina.flips.value == 1.0
    assert mina.drift.value == pytest.approx(0.5 * 28 / 29)  # against the mean of 29 names
    assert figures["turn", "names", "egypt_man"].flips.value == 0.0
    whole = figures["turn", "names", "all"]
    assert whole.flips.value == pytest.approx(8 / whole.swaps)
    women = figures["turn", "gender", WOMAN]
    assert (women.flips.value, women.texts) == (0.0, 8)
    assert women.mean_change.value == pytest.approx(0.1)
    assert figures["turn", "dialect", "all"].largest == 0.0
    assert {item.target for item in found.worst[:8]} == {"egypt_christian_man"}


def test_calls_are_judged_before_and_after():
    call = AnnotatedCall(
        "c1", ORIGIN,
        conversation("متى ينحل طلبي", "تقدر تنتظر", "طيب", "شكرا لك"),
        ((),) * 4, ((),) * 4, False, 10.0, "none",
    )  # fmt: skip
    found = evaluate_flips(Prejudiced(), (), [call], read_swaps())
    figures = {(f.unit, f.kind, f.target): f for f in found.figures}
    # The words of the ending count a little in the verdict on a call, whoever scores its turns.
    small = figures["call", "vendors", "all"].largest
    assert 0.0 < small < 0.1
    assert figures["call", "vendors", "all"].drift.value == pytest.approx(0.0, abs=1e-9)
    assert figures["call", "names", "egypt_christian_man"].drift.value > 2 * small


def test_a_limit_takes_the_same_texts_every_time():
    first = evaluate_flips(Prejudiced(), TURNS, (), read_swaps(), limit=3)
    assert first.turns == 3
    assert first == evaluate_flips(Prejudiced(), TURNS, (), read_swaps(), limit=3)


def test_the_command_prints_and_writes(tmp_path):
    with (tmp_path / "turns.jsonl").open("w", encoding="utf-8") as file:
        for turn in TURNS:
            file.write(json.dumps({
                "id": turn.id, "author": "a", "group": "g", "dialect": "najdi", "topic": "bank",
                "context": turn.input.context, "text": turn.input.text, "labels": [],
                "positives": [], "split": "test",
            }) + "\n")  # fmt: skip
    (tmp_path / "calls.jsonl").write_text("")
    app = typer.Typer()
    register(app)
    out = tmp_path / "flips.json"
    result = CliRunner().invoke(
        app,
        ["evaluate", "flips", "--corpus", str(tmp_path), "--classifier", "lexicon",
         "--limit", "2", "--json-out", str(out)],
        catch_exceptions=False,
    )  # fmt: skip
    assert result.exit_code == 0
    assert "lexicon-1 on 2 turns and 0 calls" in result.output
    assert "| turn | names |" in result.output
    value = json.loads(out.read_text(encoding="utf-8"))
    assert value["turns"] == 2
    assert value["worst"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[colours]\n", "colours"),
        ("[names]\ncaller = 'x'\n", "agent|groups"),
        ("[names]\ncaller='a'\nagent='b'\n[names.groups]\none=['x']\n", "two names"),
        ("not toml", "swaps"),
    ],
)
def test_a_wrong_table_is_named(tmp_path, text, why):
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=why):
        read_swaps(path)


def test_texts_that_no_swap_touches_are_said(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('[gender]\npairs = [["قلم", "قلمة"]]\n', encoding="utf-8")
    with pytest.raises(UsageError, match="no text"):
        evaluate_flips(Prejudiced(), TURNS, (), read_swaps(path))
