"""Single sign-on against a real provider on loopback: who comes in, with which roles, and what opens nothing."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.web.staff.conftest import Desk
from tests.web.staff.provider import CLIENT, SECRET, LoginProvider
from web.config import Config, ConfigError, OidcConfig
from web.staff.models import AccountEvent, Employee

KARI = {
    "sub": "s-1",
    "preferred_username": "Kari@fjordvik.example",
    "name": "Kari Vik",
    "groups": ["desk", "other"],
}


@pytest.fixture(scope="module")
def running():
    with LoginProvider() as provider:
        yield provider


@pytest.fixture
def provider(running):
    running.person, running.spoil, running.away, running.published = dict(KARI), {}, False, [running.key]
    return running


@pytest.fixture
def oidc(provider):
    roles = {"desk": ("front_desk", "contact_person"), "boss": ("leader",), "it": ("administrator",)}
    return OidcConfig(provider.issuer, CLIENT, SECRET, "fjordvik", roles)


@pytest.fixture
def sso_app(make_app, oidc):
    return make_app(oidc=oidc, second_factor="required", municipalities=("fjordvik", "granlia"))


def come(app, provider):
    """All the way, as a browser goes it."""
    desk = Desk(app.test_client())
    answer = desk.client.get("/staff/logg-inn/felles")
    assert answer.status_code == 302, answer.headers
    back = urlsplit(provider.log_in(answer.headers["Location"]))
    assert back.netloc == "localhost:8000"
    final = desk.client.get(f"{back.path}?{back.query}")
    desk.redirected_to = final.headers["Location"]
    desk.get(desk.redirected_to)
    return desk


def test_a_new_employee_comes_in_with_the_roles_of_the_groups(sso_app, provider, session):
    desk = come(sso_app, provider)
    assert desk.redirected_to.endswith("/staff/")
    assert "Kari Vik" in desk.page
    kari = session.query(Employee).one()
    assert (kari.username, kari.roles, kari.sso) == (
        "kari@fjordvik.example",
        ("front_desk", "contact_person"),
        True,
    )
    assert [event.action for event in session.query(AccountEvent)] == ["created"]
    # No second factor of ours is asked for, and none can be made here.
    assert desk.client.get("/staff/konto/").status_code == 200
    assert desk.client.get("/staff/konto/app").status_code == 403
    come(sso_app, provider)
    assert session.query(Employee).count() == 1


def test_roles_follow_the_groups_at_each_login(sso_app, provider, session):
    come(sso_app, provider)
    provider.person["groups"] = ["boss"]
    come(sso_app, provider)
    assert session.query(Employee).one().roles == ("leader",)
    provider.person["groups"] = ["nobody we know"]
    desk = come(sso_app, provider)
    assert "sso=groups" in desk.redirected_to
    assert desk.client.get("/staff/").status_code == 302


def test_the_name_may_change_but_not_the_subject(sso_app, provider, session):
    come(sso_app, provider)
    provider.person |= {"preferred_username": "kari.berg", "name": "Kari Berg"}
    assert "Kari Berg" in come(sso_app, provider).page
    # Somebody else with the name from before is not taken for her.
    provider.person |= {"sub": "s-2", "preferred_username": KARI["preferred_username"]}
    assert "sso=name" in come(sso_app, provider).redirected_to
    assert session.query(Employee).count() == 1


def test_a_local_account_is_not_taken_over_by_name(sso_app, provider, session, colleagues):
    provider.person["preferred_username"] = "maja"
    assert "sso=name" in come(sso_app, provider).redirected_to
    colleagues["maja"].sso = True
    session.commit()
    assert come(sso_app, provider).status == 200
    session.expire_all()
    assert session.get(Employee, colleagues["maja"].id).sso_subject == f"{provider.issuer} s-1"
    # And from then on its password opens nothing.
    assert Desk(sso_app.test_client()).log_in("maja").status == 422


def test_a_closed_account_stays_closed(sso_app, provider, session):
    come(sso_app, provider)
    session.query(Employee).one().active = False
    session.commit()
    assert "sso=groups" in come(sso_app, provider).redirected_to


@pytest.mark.parametrize(
    "spoil",
    [
        {"iss": "http://127.0.0.1:1"},
        {"aud": "another-door"},
        {"exp": 1},
        {"nonce": "another"},
        {"nonce": None},
        {"azp": "another-door"},
        {"sub": None},
    ],
)
def test_a_wrong_token_opens_nothing(sso_app, provider, session, spoil):
    provider.spoil = spoil
    desk = come(sso_app, provider)
    assert "sso=answer" in desk.redirected_to
    assert "ikke fullført" in desk.get(desk.redirected_to + "&lang=nb")
    assert session.query(Employee).count() == 0


def test_a_token_signed_with_another_key_opens_nothing(sso_app, provider, session):
    from joserfc.jwk import RSAKey

    own, provider.key = provider.key, RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    try:
        assert "sso=answer" in come(sso_app, provider).redirected_to
    finally:
        provider.key = own
    assert session.query(Employee).count() == 0


def test_new_keys_of_the_provider_are_found(sso_app, provider):
    from joserfc.jwk import RSAKey

    assert come(sso_app, provider).status == 200
    own, new = provider.key, RSAKey.generate_key(2048, {"kid": "two"}, private=True)
    provider.key, provider.published = new, [new]
    try:
        assert come(sso_app, provider).status == 200
    finally:
        provider.key, provider.published = own, [own]


def test_an_answer_counts_for_the_browser_that_asked_and_once(sso_app, provider):
    asked = sso_app.test_client()
    back = urlsplit(provider.log_in(asked.get("/staff/logg-inn/felles").headers["Location"]))
    stranger = sso_app.test_client()
    stranger.get("/staff/logg-inn/felles")
    path = f"{back.path}?{back.query}"
    assert "sso=answer" in stranger.get(path).headers["Location"]
    assert asked.get(path).headers["Location"].endswith("/staff/")
    assert "sso=answer" in asked.get(path).headers["Location"]


def test_the_provider_is_away(make_app, oidc, provider):
    provider.away = True
    desk = Desk(make_app(oidc=oidc).test_client())
    answer = desk.client.get("/staff/logg-inn/felles")
    assert "sso=provider" in answer.headers["Location"]
    assert "svarer ikke" in desk.get(answer.headers["Location"] + "&lang=nb")


def test_another_municipality_has_nothing_to_do_with_it(sso_app):
    assert sso_app.test_client().get("/granlia/staff/logg-inn/felles").status_code == 404
    assert "felles" not in sso_app.test_client().get("/granlia/staff/logg-inn").text
    assert "felles" in sso_app.test_client().get("/staff/logg-inn").text


def test_local_accounts_can_be_switched_off(make_app, oidc, colleagues):
    app = make_app(oidc=oidc, local_accounts=False)
    desk = Desk(app.test_client())
    assert "password" not in desk.get("/staff/logg-inn")
    app.config["WTF_CSRF_ENABLED"] = False
    for path in ("/staff/logg-inn", "/staff/logg-inn/nokkel", "/staff/logg-inn/nokkel/start"):
        assert desk.client.post(path, data={"username": "maja", "password": "x"}).status_code == 404


def test_settings():
    base = {
        "PORTAL_OIDC_ISSUER": "https://login.example/",
        "PORTAL_OIDC_CLIENT_ID": "a",
        "PORTAL_OIDC_CLIENT_SECRET": "hemmelig",
        "PORTAL_OIDC_ROLES": "desk=front_desk,contact_person it=administrator",
    }
    config = Config.from_environment({**base, "PORTAL_LOCAL_ACCOUNTS": "off"})
    assert config.oidc.roles == {"desk": ("front_desk", "contact_person"), "it": ("administrator",)}
    assert config.oidc.issuer == "https://login.example"
    assert not config.local_accounts
    assert "hemmelig" not in repr(config) + repr(config.oidc)
    for wrong in (
        {"PORTAL_OIDC_ISSUER": "http://login.example"},
        {"PORTAL_OIDC_CLIENT_SECRET": ""},
        {"PORTAL_OIDC_ROLES": ""},
        {"PORTAL_OIDC_ROLES": "desk=king"},
        {"PORTAL_OIDC_ROLES": "desk=service_user"},
        {"PORTAL_OIDC_MUNICIPALITY": "elsewhere"},
        {"PORTAL_OIDC_CLIENT_SECRET_FILE": "/nowhere"},
        {"PORTAL_LOCAL_ACCOUNTS": "perhaps"},
        {"PORTAL_SECOND_FACTOR": "sometimes"},
        {"PORTAL_SECOND_FACTOR": "optional", "PORTAL_PUBLIC_URL": "https://hjelp.example.no"},
    ):
        with pytest.raises(ConfigError):
            Config.from_environment({**base, **wrong})
    with pytest.raises(ConfigError, match="LOCAL_ACCOUNTS"):
        Config.from_environment({"PORTAL_LOCAL_ACCOUNTS": "off"})
    assert Config.from_environment({"PORTAL_PUBLIC_URL": "https://x.no"}).second_factor == "required"
    assert Config.from_environment({}).second_factor == "optional"
