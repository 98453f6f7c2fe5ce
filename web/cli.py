"""python -m web: database, keys, employees, translations. Everything works on the settings in PORTAL_*."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from web.cases import SystemClock
from web.citizen import drafts
from web.config import Config, ConfigError
from web.db import make_engine
from web.i18n import compile_catalogs
from web.migrations import runner
from web.security.logs import set_up_logging
from web.security.vault import KeyRing, KeyRingError, Vault
from web.staff.models import Employee, create_employee, normalise_username, one_time_password


def _config() -> Config:
    try:
        return Config.from_environment(os.environ)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def _engine() -> Engine:
    return make_engine(_config().database_url)


@contextmanager
def _session() -> Iterator[Session]:
    engine = _engine()
    with engine.connect() as connection:
        if not runner.at_head(connection):
            raise click.ClickException("the database is not up to date: run «python -m web db upgrade»")
    with Session(engine) as session:
        yield session


@contextmanager
def _key_errors() -> Iterator[None]:
    try:
        yield
    except KeyRingError as error:
        raise click.ClickException(str(error)) from error


@click.group(help=__doc__)
def cli() -> None:
    """Set up logging before anything can go wrong."""
    set_up_logging()


@cli.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest version; makes it when there is none."""
    runner.upgrade(_engine())
    click.echo(f"Database at version {runner.head()}.")


@db.command("current")
def db_current() -> None:
    """Say which version the database is at."""
    with _engine().connect() as connection:
        click.echo(
            f"Database at {runner.current_version(connection) or 'no version'}, newest {runner.head()}."
        )


@cli.group()
def keys() -> None:
    """The key ring."""


@keys.command("create")
@click.option("--if-missing", is_flag=True, help="Do nothing when there are keys already.")
def keys_create(if_missing: bool) -> None:
    """Make the keys, readable by the owner only."""
    directory = _config().keys_dir
    with _key_errors():
        if if_missing and (directory / "keyring.json").exists():
            KeyRing.load(directory)
            click.echo(f"Keys are in {directory}.")
            return
        KeyRing.create(directory)
    click.echo(f"Keys made in {directory}. Keep a copy somewhere else: without them no case can be read.")


@keys.command("rotate")
def keys_rotate() -> None:
    """Make a new key and wrap every case with it."""
    with _key_errors(), _session() as session:
        vault = Vault(KeyRing.load(_config().keys_dir))
        count = vault.rotate(session)
        old = [key_id for key_id in vault.keyring.keys if key_id != vault.keyring.current]
    click.echo(f"New key {vault.keyring.current}; {count} cases wrapped again. Older keys: {', '.join(old)}.")
    click.echo("When every portal has been restarted: «python -m web keys retire KEY».")


@keys.command("retire")
@click.argument("key_id")
def keys_retire(key_id: str) -> None:
    """Remove an old key that no case needs any more."""
    with _key_errors(), _session() as session:
        Vault(KeyRing.load(_config().keys_dir)).retire(session, key_id)
    click.echo(f"Removed {key_id}. Remove it from your copies too.")


_of_municipality = click.option(
    "--municipality", help="Folder name in the catalog; without it the first of PORTAL_MUNICIPALITIES."
)


def _municipality(wanted: str | None) -> str:
    config = _config()
    if wanted is not None and wanted not in config.municipalities:
        raise click.ClickException(f"this portal serves {', '.join(config.municipalities)}, not {wanted}")
    return wanted or config.municipality


@cli.group()
def employee() -> None:
    """Employees of the front desk."""


@employee.command("create")
@click.option("--username", required=True)
@click.option("--name", required=True)
@click.option("--unit", default="")
@click.option("--catalog-editor", is_flag=True, help="May correct local facts of the catalog.")
@_of_municipality
@click.option("--if-missing", is_flag=True, help="Do nothing when the employee exists already.")
def employee_create(
    username: str, name: str, unit: str, catalog_editor: bool, municipality: str | None, if_missing: bool
) -> None:
    """Make an employee and print the one-time password."""
    municipality = _municipality(municipality)
    with _session() as session:
        if if_missing and _find(session, municipality, username) is not None:
            return
        try:
            made, password = create_employee(session, municipality, username, name, unit)
            made.catalog_editor = catalog_editor
            session.commit()
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"One-time password for {normalise_username(username)}: {password}")


@employee.command("reset")
@click.option("--username", required=True)
@_of_municipality
def employee_reset(username: str, municipality: str | None) -> None:
    """Give an employee a new one-time password; ends every session and opens a closed account."""
    with _session() as session:
        found = _existing(session, username, municipality)
        password = one_time_password()
        found.set_password(password, one_time=True)
        found.active = True
        session.commit()
    click.echo(f"One-time password for {normalise_username(username)}: {password}")


@employee.command("close")
@click.option("--username", required=True)
@_of_municipality
def employee_close(username: str, municipality: str | None) -> None:
    """Shut an employee out, at once."""
    with _session() as session:
        found = _existing(session, username, municipality)
        found.active = False
        found.end_sessions()
        session.commit()
    click.echo(f"{normalise_username(username)} can no longer log in.")


@employee.command("rights")
@click.option("--username", required=True)
@click.option("--catalog-editor/--no-catalog-editor", required=True)
@_of_municipality
def employee_rights(username: str, catalog_editor: bool, municipality: str | None) -> None:
    """Give or take the right to correct local facts of the catalog."""
    with _session() as session:
        _existing(session, username, municipality).catalog_editor = catalog_editor
        session.commit()
    may = "may" if catalog_editor else "may not"
    click.echo(f"{normalise_username(username)} {may} correct the catalog.")


def _find(session: Session, municipality: str, username: str) -> Employee | None:
    return session.scalar(
        select(Employee).where(
            Employee.municipality == municipality, Employee.username == normalise_username(username)
        )
    )


def _existing(session: Session, username: str, municipality: str | None) -> Employee:
    found = _find(session, _municipality(municipality), username)
    if found is None:
        raise click.ClickException(f"there is no employee {normalise_username(username)}")
    return found


@cli.command("purge-drafts")
def purge_drafts() -> None:
    """Delete conversations that were never sent and are too old. The running portal does this by itself."""
    with _session() as session:
        count = drafts.purge(session, SystemClock().now())
    click.echo(f"Deleted {count} old drafts.")


@cli.group()
def translations() -> None:
    """Texts."""


@translations.command("compile")
def translations_compile() -> None:
    """Compile the translations that have changed."""
    made = compile_catalogs(_config().locales_dir)
    click.echo(f"Compiled {len(made)} files.")


def main() -> None:
    """For python -m web."""
    cli(prog_name="python -m web")
