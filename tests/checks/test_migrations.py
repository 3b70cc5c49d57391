"""Migrations leave the processes alone that run while they are applied.

Not a part of `make check`: the SQL that is judged comes from PostgreSQL's driver, which wants a
connection to quote a value, so that this runs where there is a server.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django_migration_linter import MigrationLinter
from pytest_django import Settings

from tests.e2e.processes import REPOSITORY

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="about PostgreSQL's locks"),
]

#: What holds a table for as long as an index is built: PostgreSQL can do that beside all else.
LOCKS = ["CREATE_INDEX", "CREATE_INDEX_EXCLUSIVE", "DROP_INDEX", "REINDEX"]
#: They lock, and were there before the first release: no installation has them still to come.
OLD = {("certificates", "0002_parts_of_names"), ("certifications", "0004_active_mentors")}
#: They add a unique index, which the linter refuses whatever it is: rows of the version before
#: could be refused. Here that version writes them with ON CONFLICT DO NOTHING alone, and
#: PostgreSQL builds the index beside all else.
UNIQUE = {("cron", "0007_reminders_once_per_day")}

TABLE = """
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Thing",
            [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())],
        )
    ]
"""
CHANGE = """
class Migration(migrations.Migration):
    dependencies = [("badges", "0001_table")]
    operations = [{operation}]
"""
IMPORTS = "from django.db import migrations, models\n"


def linter(*, leave_out: tuple[str, ...] = ()) -> MigrationLinter:
    return MigrationLinter(
        no_cache=True, warnings_as_errors_tests=LOCKS, exclude_migration_tests=leave_out
    )


def _is_ours(folder: Path) -> bool:
    return REPOSITORY in folder.parents and "site-packages" not in folder.parts


def test_no_migration_breaks_or_locks_what_is_running(capsys: pytest.CaptureFixture[str]) -> None:
    judge, judge_of_unique = linter(), linter(leave_out=("ADD_UNIQUE",))
    ours = {app.label for app in apps.get_app_configs() if _is_ours(Path(app.path))}
    for migration in judge.migration_loader.disk_migrations.values():
        key = (migration.app_label, migration.name)
        if migration.app_label in ours and key not in OLD:
            (judge_of_unique if key in UNIQUE else judge).lint_migration(migration)

    assert judge.nb_total > 0
    assert [judge.has_errors, judge_of_unique.has_errors] == [False, False], capsys.readouterr().out


@pytest.mark.parametrize(
    ("operation", "verdict"),
    [
        ("migrations.AddField('thing', 'size', models.IntegerField(null=True))", "OK"),
        ("migrations.AddField('thing', 'size', models.IntegerField(db_default=0))", "OK"),
        ("migrations.AddField('thing', 'size', models.IntegerField(default=0))", "ERR"),
        ("migrations.RenameField('thing', 'name', 'title')", "ERR"),
        ("migrations.RemoveField('thing', 'name')", "ERR"),
        ("migrations.DeleteModel('thing')", "ERR"),
        ("migrations.AddIndex('thing', models.Index(fields=['name'], name='x'))", "ERR"),
    ],
)
def test_what_a_migration_may_do(
    operation: str,
    verdict: str,
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    package = tmp_path / f"migrations_{tmp_path.name}"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "0001_table.py").write_text(IMPORTS + TABLE)
    (package / "0002_change.py").write_text(IMPORTS + CHANGE.format(operation=operation))
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"badges": package.name}

    judge = linter()
    judge.lint_migration(judge.migration_loader.disk_migrations["badges", "0002_change"])

    assert f"(badges, 0002_change)... {verdict}" in capsys.readouterr().out
