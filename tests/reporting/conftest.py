import shutil

import pytest

from audit.store.database import open_database
from tests.reporting.audited_calls import AuditedCalls
from tests.reporting.pages import loaded, two_channels


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """A database with every migration applied, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "empty.duckdb"
    with open_database(path, write=True):
        pass
    return path


@pytest.fixture
def audits(tmp_path, empty_database):
    return AuditedCalls(shutil.copy(empty_database, tmp_path / "audits.duckdb"))


@pytest.fixture(scope="session")
def two_channel_report(tmp_path_factory, empty_database):
    """A report on a hotline that brushes callers off and a branch that does not."""
    path = shutil.copy(empty_database, tmp_path_factory.mktemp("channels") / "audits.duckdb")
    return loaded(two_channels(AuditedCalls(path), 60).store())
