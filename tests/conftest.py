from __future__ import annotations

from hypothesis import HealthCheck, settings

# Machines are shared and noisy: a slow draw says nothing about the code.
settings.register_profile(
    "tasleek", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tasleek")
