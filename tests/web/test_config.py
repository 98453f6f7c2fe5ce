"""Settings: what is read, what is refused, and that nothing starts without keys."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from web import create_app
from web.config import Config, ConfigError


def test_defaults_work_on_one_machine():
    config = Config.from_environment({})
    assert config.database_url == f"sqlite:///{config.var_dir / 'portal.sqlite'}"
    assert config.keys_dir == config.var_dir / "keys"
    assert (config.catalog_dir / "needs.yml").exists()
    assert config.municipality == "fjordvik"
    assert config.assistant_timeout_s == 3.0
    assert not config.secure_cookies
    assert not config.testing


def test_everything_can_be_set(tmp_path):
    config = Config.from_environment(
        {
            "PORTAL_VAR_DIR": str(tmp_path),
            "PORTAL_DATABASE_URL": "postgresql+psycopg://u:hemmeleg@db/portal",
            "PORTAL_KEYS_DIR": "/run/keys",
            "PORTAL_PUBLIC_URL": "https://hjelp.example.no/",
            "PORTAL_ASSISTANT_URL": "http://127.0.0.1:5055/",
            "PORTAL_ASSISTANT_TOKEN": "løyndom",
            "PORTAL_ASSISTANT_TIMEOUT": "1.5",
            "PORTAL_TRUSTED_PROXIES": "1",
        }
    )
    assert config.keys_dir == Path("/run/keys")
    assert config.public_url == "https://hjelp.example.no"
    assert config.secure_cookies
    assert (config.assistant_timeout_s, config.trusted_proxies) == (1.5, 1)
    for secret in ("hemmeleg", "løyndom"):
        assert secret not in repr(config)


def test_the_port_is_in_the_public_address():
    assert Config.from_environment({"PORT": "9000"}).public_url == "http://localhost:9000"


def test_it_is_frozen(config):
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.testing = False


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_PUBLIC_URL", "hjelp.example.no"),
        ("PORTAL_ASSISTANT_URL", "ftp://x"),
        ("PORTAL_ASSISTANT_TIMEOUT", "soon"),
        ("PORTAL_ASSISTANT_TIMEOUT", "0"),
        ("PORTAL_TRUSTED_PROXIES", "-1"),
        ("PORTAL_MUNICIPALITIES", "../../etc"),
    ],
)
def test_nonsense_is_refused_by_name(name, value):
    with pytest.raises(ConfigError, match=name):
        Config.from_environment({name: value})


def test_no_start_without_keys(config, compiled_translations):
    with pytest.raises(ConfigError, match="keys create"):
        create_app(dataclasses.replace(config, keys_dir=config.var_dir / "none"))


def test_no_start_with_keys_that_others_can_read(config, compiled_translations):
    (config.keys_dir / "keyring.json").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod"):
        create_app(config)


def test_no_start_without_catalog(config, compiled_translations):
    with pytest.raises(ConfigError):
        create_app(dataclasses.replace(config, municipalities=("storvik",)))


def test_no_start_without_translations(config):
    with pytest.raises(ConfigError, match="translations compile"):
        create_app(dataclasses.replace(config, locales_dir=config.var_dir))


def test_templates_cannot_reach_the_settings(app):
    assert "config" not in app.jinja_env.globals
