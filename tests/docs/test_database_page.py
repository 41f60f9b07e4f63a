"""The page of the database shows the schema and the views that the code has."""

from __future__ import annotations

from pathlib import Path

from audit.reporting.database_page import database_page

PAGE = Path(__file__).parents[2] / "docs" / "database.md"


def test_the_page_is_what_the_code_makes():
    assert PAGE.read_text(encoding="utf-8") == database_page(), (
        "run `python -m audit.reporting.database_page docs/database.md`"
    )


def test_the_page_has_comments_of_migrations_and_headers():
    page = PAGE.read_text(encoding="utf-8")
    assert (
        "| `caller_hash` | VARCHAR | HMAC-SHA256 of the caller under this database's salt |" in page
    )
    assert "### agents_report" in page
    assert "### selected_calls" in page
