"""What the migrations say of tables, columns and views: the comments beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from audit.store.database import migrations

_TABLE = re.compile(r"CREATE TABLE (\w+) \(\s*(?:--\s*(.*))?")
_VIEW = re.compile(r"CREATE VIEW (\w+) AS.*")
_COLUMN = re.compile(r"\s+([a-z]\w*)\s+[A-Z].*?(?:--\s*(.*))?")
_ADDED = re.compile(r"ALTER TABLE (\w+) ADD COLUMN (\w+) [^;]*;\s*(?:--\s*(.*))?")
_COMMENT = re.compile(r"(\s*)--\s?(.*)")


@dataclass(slots=True)
class SchemaComments:
    """Comments by the name of a table or view, and by table and column."""

    relations: dict[str, str] = field(default_factory=dict)
    columns: dict[tuple[str, str], str] = field(default_factory=dict)


def read_schema_comments() -> SchemaComments:
    """The comments of all migrations, later ones added to earlier ones.

    A table's comment stands beside its name or above it, a view's above it; a column's beside it, going
    on in lines that hold a comment alone.
    """
    comments = SchemaComments()
    for step in migrations():
        _Reader(comments).read(step.sql)
    return comments


class _Reader:
    """Reads one migration line by line."""

    def __init__(self, comments: SchemaComments) -> None:
        self._comments = comments
        self._table: str | None = None
        self._above: list[str] = []
        self._open: tuple[str, str] | None = None

    def read(self, sql: str) -> None:
        for line in sql.splitlines():
            self._line(line)

    def _line(self, line: str) -> None:
        if comment := _COMMENT.fullmatch(line):
            self._comment(comment[1] != "", comment[2])
        elif table := _TABLE.fullmatch(line):
            self._table = table[1]
            self._relation(table[1], table[2])
        elif view := _VIEW.fullmatch(line):
            self._relation(view[1], None)
        elif added := _ADDED.fullmatch(line):
            self._column(added[1], added[2], added[3])
        elif self._table and (column := _COLUMN.fullmatch(line)):
            self._column(self._table, column[1], column[2])
        else:
            self._above = []
            self._open = None
            if line.startswith(");"):
                self._table = None

    def _comment(self, indented: bool, text: str) -> None:
        if indented and self._open:
            self._comments.columns[self._open] += f" {text}"
        elif not indented:
            self._above.append(text)

    def _relation(self, name: str, beside: str | None) -> None:
        self._comments.relations[name] = beside or " ".join(self._above)
        self._above = []
        self._open = None

    def _column(self, table: str, name: str, comment: str | None) -> None:
        self._above = []
        self._open = (table, name) if comment else None
        if comment:
            self._comments.columns[table, name] = comment
