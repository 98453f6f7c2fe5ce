"""python -m web: database, keys, employees, translations. Everything works on the settings in PORTAL_*."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from web import escalations, notices
from web.cases import SystemClock, archive, journal, mark_services, retention
from web.cases.types import CaseError, CaseNotFound, EmployeeRef
from web.catalog import CatalogError
from web.catalog.retention import Retention
from web.citizen import drafts
from web.config import Config, ConfigError
from web.db import make_engine
from web.i18n import compile_catalogs
from web.migrations import runner
from web.municipalities import Municipalities
from web.security.logs import set_up_logging
from web.security.vault import KeyRing, KeyRingError, Vault
from web.staff import accounts
from web.staff.accounts import Actor, Wanted
from web.staff.models import Employee, normalise_username
from web.staff.rights import DEFAULT_ROLES, ROLES, checked_roles
from web.statistics import refresh_all


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


@db.command("mark-services")
def db_mark_services() -> None:
    """Make cases findable by service that were sent before the queue could search for it."""
    with _key_errors(), _session() as session:
        count = mark_services(session, Vault(KeyRing.load(_config().keys_dir)), SystemClock())
    click.echo(f"{count} cases can now be found by their services.")


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


_BY = Actor(None, "command line")
_role = click.option(
    "--role", "roles", multiple=True, type=click.Choice(ROLES), help="May be given several times."
)


@employee.command("create")
@click.option("--username", required=True)
@click.option("--name", required=True)
@click.option("--unit", default="")
@_role
@click.option("--service", help="The service in the catalog that a service user answers for.")
@_of_municipality
@click.option("--if-missing", is_flag=True, help="Do nothing when the employee exists already.")
def employee_create(
    username: str,
    name: str,
    unit: str,
    roles: tuple[str, ...],
    service: str | None,
    municipality: str | None,
    if_missing: bool,
) -> None:
    """Make an employee and print the one-time password. Without --role: front desk and contact person."""
    municipality = _municipality(municipality)
    with _session() as session:
        if if_missing and _find(session, municipality, username) is not None:
            return
        try:
            wanted = Wanted(username, name, unit, checked_roles(roles or DEFAULT_ROLES), service)
            _made, password = accounts.create(session, SystemClock(), municipality, wanted, _BY)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"One-time password for {normalise_username(username)}: {password}")


@employee.command("list")
@_of_municipality
def employee_list(municipality: str | None) -> None:
    """Show every account: username, name, unit, roles, last login."""
    municipality = _municipality(municipality)
    with _session() as session:
        for found in accounts.everybody(session, municipality):
            last = f"{found.last_login_at:%Y-%m-%d}" if found.last_login_at else "never"
            state = "" if found.active else " closed"
            click.echo(
                f"{found.username}\t{found.name}\t{found.unit}\t{','.join(found.roles)}\t{last}{state}"
            )


@employee.command("reset")
@click.option("--username", required=True)
@_of_municipality
def employee_reset(username: str, municipality: str | None) -> None:
    """Give an employee a new one-time password; ends every session and opens a closed account."""
    with _session() as session:
        found = _existing(session, username, municipality)
        password = accounts.reset_password(session, SystemClock(), found, _BY)
    click.echo(f"One-time password for {normalise_username(username)}: {password}")


@employee.command("close")
@click.option("--username", required=True)
@_of_municipality
def employee_close(username: str, municipality: str | None) -> None:
    """Shut an employee out, at once."""
    with _session() as session:
        accounts.close(session, SystemClock(), _existing(session, username, municipality), _BY)
    click.echo(f"{normalise_username(username)} can no longer log in.")


@employee.command("roles")
@click.option("--username", required=True)
@click.option("--unit", help="A new unit.")
@_role
@click.option("--service", help="The service in the catalog that a service user answers for.")
@_of_municipality
def employee_roles(
    username: str, unit: str | None, roles: tuple[str, ...], service: str | None, municipality: str | None
) -> None:
    """Give an employee exactly these roles; without --role they stay as they are."""
    with _session() as session:
        found = _existing(session, username, municipality)
        wanted = Wanted(
            found.username,
            found.name,
            found.unit if unit is None else unit,
            checked_roles(roles) if roles else found.roles,
            service or found.service_id,
        )
        try:
            accounts.change(session, SystemClock(), found, wanted, _BY)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{found.username}: {', '.join(found.roles)}")


@employee.command("recover")
@click.option("--username", required=True)
@click.option("--asked-by", required=True, help="Username of an administrator.")
@click.option("--approved-by", required=True, help="Username of another administrator.")
@_of_municipality
def employee_recover(username: str, asked_by: str, approved_by: str, municipality: str | None) -> None:
    """Take away a lost second factor, with two administrators, and print a one-time password."""
    with _session() as session:
        found = _existing(session, username, municipality)
        asks, approves = (_existing(session, name, municipality) for name in (asked_by, approved_by))
        if not all(person.active and person.may("accounts") for person in (asks, approves)):
            raise click.ClickException("both must be administrators with open accounts")
        try:
            recovery = accounts.ask_recovery(session, SystemClock(), found, asks)
            password = accounts.decide_recovery(session, SystemClock(), recovery, approves, approve=True)
        except accounts.TwoPeople as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"One-time password for {normalise_username(username)}: {password}")


@employee.command("log")
@_of_municipality
def employee_log(municipality: str | None) -> None:
    """Show who changed which account, the newest first."""
    with _session() as session:
        for event in accounts.events(session, _municipality(municipality)):
            line = (event.action, event.employee_name, event.actor_name, event.detail)
            click.echo(f"{event.at:%Y-%m-%d %H:%M}\t" + "\t".join(line))


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


@cli.group(name="notices")
def notices_group() -> None:
    """Notices by text message and email."""


@notices_group.command("send")
def notices_send() -> None:
    """Send the notices that are due. The running portal does this by itself, every minute."""
    config = _config()
    if not notices.ways(config):
        raise click.ClickException(
            "set PORTAL_SMTP_HOST or PORTAL_SMS_URL first: there is no way to send any"
        )
    with _key_errors(), _session() as session:
        bind = session.get_bind()
        vault = Vault(KeyRing.load(config.keys_dir))
        counts = notices.send_due(lambda: Session(bind), vault, SystemClock(), config)
    click.echo(", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "Nothing to send.")


@cli.group(name="retention")
def retention_group() -> None:
    """What is deleted when its time is over."""


def _rules() -> dict[str, Retention]:
    config = _config()
    try:
        served = Municipalities.load(config.catalog_dir, config.municipalities)
    except (CatalogError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    return {name: catalog.retention for name, catalog in served.catalogs.items()}


@retention_group.command("run")
@click.option("--again", is_flag=True, help="Also when it has been done today.")
def retention_run(again: bool) -> None:
    """List what goes soon and delete what has stood its time. The running portal does this by itself, every night."""
    rules = _rules()
    with _key_errors(), _session() as session:
        bind, vault = session.get_bind(), Vault(KeyRing.load(_config().keys_dir))
        done = retention.run_night(lambda: Session(bind), vault, SystemClock(), rules, again=again)
        journal.write_out(session, vault, _config().deletions_file)
    if done is None:
        click.echo("Done today already, or another process does it now.")
        return
    for name, counts in done.items():
        click.echo(f"{name}: {counts.listed} listed, {counts.deleted} deleted, {counts.failed} failed.")
    if any(counts.failed for counts in done.values()):
        raise click.ClickException("some cases could not be opened; the log says which")


@retention_group.command("journal")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
def retention_journal(file: Path | None) -> None:
    """Write the journal of deletions out, to be copied away from the backups."""
    file = file or _config().deletions_file
    with _key_errors(), _session() as session:
        count = journal.write_out(session, Vault(KeyRing.load(_config().keys_dir)), file)
    click.echo(f"{count} new lines in {file}.")


@cli.group(name="archive")
def archive_group() -> None:
    """Closed cases as packages for the archive."""


@archive_group.command("export")
@click.argument("file", type=click.Path(exists=False, dir_okay=False, path_type=Path))
@click.option(
    "--by", "by_name", required=True, help="Who takes it out: a person's name, for the log and the receipt."
)
@click.option(
    "--case", "references", multiple=True, help="Number of a case; without it the oldest that wait."
)
@_of_municipality
def archive_export(file: Path, by_name: str, references: tuple[str, ...], municipality: str | None) -> None:
    """Write closed cases that the archive does not have to FILE, in plain text."""
    from web import create_app
    from web.i18n import log_text

    name, config = _municipality(municipality), _config()
    app = create_app(config)  # the log in words needs the translations
    with _key_errors(), _session() as session, app.app_context():
        catalog = app.extensions["portal-municipalities"].catalogs[name]
        waiting = archive.ready(session, name, catalog.retention)
        chosen = [case.id for case in waiting if not references or case.reference in references]
        if not chosen:
            raise click.ClickException("no closed case waits for the archive")
        owner = archive.Owner(
            name, catalog.municipality.name[catalog.municipality.written_language], catalog.retention
        )
        employee = EmployeeRef("command-line", by_name, name)
        try:
            with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as target:
                made = archive.make(
                    session,
                    app.extensions["portal-vault"],
                    SystemClock(),
                    chosen,
                    employee,
                    owner,
                    target,
                    lambda line: str(log_text(line)),
                )
        except FileExistsError as error:
            raise click.ClickException(f"{file} is there already") from error
        except CaseError as error:
            file.unlink()
            raise click.ClickException(str(error)) from error
    click.echo(f"{made.cases} cases, {made.documents} documents in {file}. SHA-256 {made.sha256}")
    click.echo(f"When the archive has it: «python -m web archive confirm {made.id} --by … --reference …».")


@archive_group.command("confirm")
@click.argument("package")
@click.option("--by", "by_name", required=True)
@click.option("--reference", required=True, help="The archive's own number of the package.")
@_of_municipality
def archive_confirm(package: str, by_name: str, reference: str, municipality: str | None) -> None:
    """Note that the archive has received a package; the retention after the archive counts from now."""
    with _session() as session:
        try:
            archive.confirm(session, SystemClock(), package, _municipality(municipality), by_name, reference)
        except CaseNotFound as error:
            raise click.ClickException("there is no such package") from error
    click.echo("Noted.")


@cli.command("replay-deletions")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--count", "only_count", is_flag=True, help="Only say how many cases would go.")
def replay_deletions(file: Path, only_count: bool) -> None:
    """After a backup was restored: delete again what had been deleted since. Before the portal is opened."""
    with _key_errors(), _session() as session:
        vault = Vault(KeyRing.load(_config().keys_dir))
        try:
            done = journal.replay(session, vault, SystemClock(), file, only_count=only_count)
        except journal.JournalError as error:
            raise click.ClickException(str(error)) from error
    if only_count:
        click.echo(f"{done.lines} lines; {done.deleted} whole cases in this database would be deleted.")
    else:
        click.echo(f"{done.lines} lines; {done.deleted} of them deleted something here.")


@cli.group(name="statistics")
def statistics_group() -> None:
    """The overview for leaders."""


@statistics_group.command("refresh")
def statistics_refresh() -> None:
    """Count the months that are due. The running portal does this by itself, every hour."""
    config = _config()
    with _key_errors(), _session() as session:
        vault = Vault(KeyRing.load(config.keys_dir))
        made = sum(refresh_all(session, vault, SystemClock(), one) for one in config.municipalities)
    click.echo(f"{made} sets of numbers made.")


@cli.group(name="escalations")
def escalations_group() -> None:
    """Cases that wait too long."""


@escalations_group.command("run")
def escalations_run() -> None:
    """Tell about cases that wait too long. The running portal does this by itself, every minute."""
    config = _config()
    try:
        served = Municipalities.load(config.catalog_dir, config.municipalities)
    except (CatalogError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    with _session() as session:
        bind = session.get_bind()
        counts = escalations.run(lambda: Session(bind), SystemClock(), config, served.catalogs.values())
    click.echo(", ".join(f"{count} {state}" for state, count in sorted(counts.items())))


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
