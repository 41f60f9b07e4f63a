from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.config import IngestConfig
from audit.errors import ConfigError, MetadataError
from audit.ingest.metadata import FIELDS, parse_metadata
from audit.types import CallMetadata

CONFIG = IngestConfig()
RIYADH = timezone(timedelta(hours=3))


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("2026-11-03T09:15:00+03:00", datetime(2026, 11, 3, 9, 15, tzinfo=RIYADH)),
        ("2026-11-03T06:15:00Z", datetime(2026, 11, 3, 6, 15, tzinfo=UTC)),
        ("2026-11-03 09:15", datetime(2026, 11, 3, 9, 15, tzinfo=RIYADH)),
        ("٢٠٢٦-١١-٠٣ ٠٩:١٥", datetime(2026, 11, 3, 9, 15, tzinfo=RIYADH)),
    ],
)
def test_started_at(told, moment):
    assert parse_metadata({"started_at": told}, "row 2", CONFIG).started_at == moment


def test_started_at_in_a_format_of_ones_own():
    config = IngestConfig(started_at_format="%d/%m/%Y %H:%M")
    found = parse_metadata({"started_at": "03/11/2026 09:15"}, "row 2", config).started_at
    assert found == datetime(2026, 11, 3, 9, 15, tzinfo=RIYADH)


@pytest.mark.parametrize("told", ["yesterday", "03/11/2026", "2026-13-40", "١٢"])
def test_a_date_that_does_not_parse_names_the_row(told):
    with pytest.raises(MetadataError, match=r"calls\.csv row 7.*started_at"):
        parse_metadata({"started_at": told}, "calls.csv row 7", CONFIG)


def test_no_date_is_no_date():
    assert parse_metadata({"started_at": ""}, "row 2", CONFIG).started_at is None


def test_unknown_timezone():
    with pytest.raises(ConfigError, match="Mars/Olympus"):
        parse_metadata({"started_at": "2026-11-03"}, "", IngestConfig(timezone="Mars/Olympus"))


def test_seconds_become_milliseconds():
    found = parse_metadata({"wait_s": "12.5", "hold_s": 90}, "row 2", CONFIG)
    assert (found.wait_ms, found.hold_ms) == (12_500, 90_000)


@pytest.mark.parametrize("value", ["soon", "-3", "nan", "inf"])
def test_wrong_seconds(value):
    with pytest.raises(MetadataError, match="row 2: wait_s"):
        parse_metadata({"wait_s": value}, "row 2", CONFIG)


@pytest.mark.parametrize(
    ("fields", "channel"),
    [
        ({"agent_channel": "1"}, 1),
        ({"agent_channel": 0}, 0),
        ({"agent_channel": "right"}, 1),
        ({"agent_channel": "auto"}, None),
        ({"agent_channel": ""}, None),
        ({"channel_map": "caller, agent"}, 1),
        ({"channel_map": {"0": "agent", "1": "caller"}}, 0),
        ({"channel_map": ["agent", "caller"]}, 0),
    ],
)
def test_agent_channel(fields, channel):
    assert parse_metadata(fields, "row 2", CONFIG).agent_channel == channel


@pytest.mark.parametrize(
    "fields", [{"agent_channel": "5"}, {"agent_channel": "middle"}, {"channel_map": "a,b"}]
)
def test_unknown_agent_channel(fields):
    with pytest.raises(MetadataError, match="row 2"):
        parse_metadata(fields, "row 2", CONFIG)


def test_merging_fills_only_what_is_unknown():
    near = CallMetadata(agent_id="A1", queue=None)
    far = CallMetadata(agent_id="A2", queue="billing")
    assert near.merged_over(far) == CallMetadata(agent_id="A1", queue="billing")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_fields_give_metadata_or_an_error_of_ours(fields):
    try:
        assert isinstance(parse_metadata(fields, "row 2", CONFIG), CallMetadata)
    except MetadataError as error:
        assert "row 2" in str(error)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("Najdi", "najdi"), ("ars", "najdi"), ("اللهجة النجدية", "najdi"), ("نجدي", "najdi"),
        (" Egyptian  Arabic ", "egyptian"), ("ar_EG", "egyptian"), ("لهجة شامية", "levantine"),
        ("العربية الفصحى", "msa"), ("Modern Standard Arabic", "msa"), ("Jizani", "jizani"),
    ],
)  # fmt: skip
def test_dialects_have_one_name_each(told, code):
    assert parse_metadata({"dialect": told}, "row 2", CONFIG).dialect == code


def test_a_dialect_that_is_not_told_is_not_known():
    assert parse_metadata({"dialect": " "}, "row 2", CONFIG).dialect is None
    with pytest.raises(MetadataError, match="row 2: dialect must be text"):
        parse_metadata({"dialect": ["najdi"]}, "row 2", CONFIG)
