from __future__ import annotations

import signal

import pytest
from hypothesis import HealthCheck, settings

# Machines are shared and noisy: a slow draw says nothing about the code.
settings.register_profile(
    "tasleek", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tasleek")


@pytest.fixture(autouse=True, scope="session")
def _own_data_folder(tmp_path_factory):
    """No test sees, or changes, the model that this account has chosen."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TASLEEK_DATA", str(tmp_path_factory.mktemp("data")))
        yield


def pytest_configure() -> None:
    # A shell that starts the tests in the background makes them ignore Ctrl-C, and so the processes
    # they start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
