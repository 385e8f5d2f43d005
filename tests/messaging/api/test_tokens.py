"""Tokens: how they are made, and everything that ends them (F-98, F-99, F-100, F-110)."""

import json
import threading
import time
from base64 import urlsafe_b64encode
from datetime import timedelta

import jwt
import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from messaging.api import auth
from messaging.models import Agent
from tests.factories import PASSWORD, make_agent, make_user

TOKEN = "/api/v1/auth/token/"
REFRESH = "/api/v1/auth/token/refresh/"
VERIFY = "/api/v1/auth/token/verify/"
LOGOUT = "/api/v1/auth/logout/"
ME = "/api/v1/agents/me/"


def login(client, username, password=PASSWORD):
    return client.post(TOKEN, {"username": username, "password": password})


def me(access):
    client = APIClient()
    return client.get(ME, HTTP_AUTHORIZATION=f"Bearer {access}")


def signed(key=None, algorithm="HS256", **claims):
    """A token made by hand with our key unless told otherwise."""
    now = int(time.time())
    payload = {
        "token_type": "access",
        "exp": now + 300,
        "iat": now,
        "jti": "ab" * 16,
        "user_id": "1",
        **claims,
    }
    payload = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode(payload, key or settings.JWT_SIGNING_KEY, algorithm=algorithm)


def test_a_login_gives_a_pair_that_works(db, anyone):
    agent = make_agent("carla")
    answer = login(anyone, "carla")
    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "refresh"}
    shown = me(answer.json()["access"])
    assert shown.status_code == 200
    assert shown.json()["id"] == str(agent.pk)


def test_access_tokens_live_ten_minutes(db):
    claims = jwt.decode(
        auth.pair(make_user())["access"], settings.JWT_SIGNING_KEY, algorithms=["HS256"]
    )
    assert claims["exp"] - claims["iat"] == 600


def test_the_database_keeps_no_usable_token(db):
    pair = auth.pair(make_user())
    assert OutstandingToken.objects.get().token == ""
    assert pair["refresh"]


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(db, anyone):
    make_agent("carla")
    wrong = login(anyone, "carla", "nonsense")
    unknown = login(anyone, "nobody", "nonsense")
    switched_off = make_agent("dan")
    switched_off.user.is_active = False
    switched_off.user.save()
    off = login(anyone, "dan")
    assert wrong.status_code == unknown.status_code == off.status_code == 401
    bodies = [answer.json() for answer in (wrong, unknown, off)]
    for body in bodies:
        body.pop("request_id")
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["code"] == "no_active_account"


def test_f110_an_unknown_name_costs_as_much_hashing_as_a_known_one(db, anyone, monkeypatch):
    from django.contrib.auth.hashers import MD5PasswordHasher

    make_agent("carla")
    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda *args: hashed.append(1) or encode(*args)
    )
    login(anyone, "carla", "nonsense")
    known = len(hashed)
    login(anyone, "nobody", "nonsense")
    assert known == len(hashed) - known == 1


@pytest.mark.parametrize("end", ["deactivate", "delete", "password"])
def test_f98_access_and_refresh_die_with_the_account_and_with_the_password(db, anyone, end):
    agent = make_agent("carla")
    pair = login(anyone, "carla").json()
    user = agent.user
    if end == "deactivate":
        user.is_active = False
        user.save()
    elif end == "delete":
        user.delete()
    else:
        user.set_password("another-password-77")
        user.save()
    assert me(pair["access"]).status_code == 401
    assert anyone.post(REFRESH, {"refresh": pair["refresh"]}).status_code == 401
    assert anyone.post(VERIFY, {"token": pair["access"]}).status_code == 401
    assert anyone.post(VERIFY, {"token": pair["refresh"]}).status_code == 401
    assert anyone.post(LOGOUT, {"refresh": pair["refresh"]}).status_code in (200, 401)


def test_a_refresh_gives_a_new_pair_and_works_once(db, anyone):
    make_agent("carla")
    first = login(anyone, "carla").json()
    second = anyone.post(REFRESH, {"refresh": first["refresh"]})
    assert second.status_code == 200
    assert second.json()["refresh"] != first["refresh"]
    assert me(second.json()["access"]).status_code == 200
    again = anyone.post(REFRESH, {"refresh": first["refresh"]})
    assert again.status_code == 401
    assert "WWW-Authenticate" in again.headers
    assert anyone.post(REFRESH, {"refresh": second.json()["refresh"]}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_f99_two_uses_of_one_refresh_token_at_once_give_at_most_one_pair():
    user = make_user()
    refresh = auth.pair(user)["refresh"]
    ready = threading.Barrier(4)
    codes = []

    def use():
        try:
            ready.wait()
            codes.append(APIClient().post(REFRESH, {"refresh": refresh}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(codes) == [200, 401, 401, 401]


def test_logout_ends_the_refresh_token(db, anyone):
    make_agent("carla")
    pair = login(anyone, "carla").json()
    assert anyone.post(LOGOUT, {"refresh": pair["refresh"]}).status_code == 200
    assert anyone.post(REFRESH, {"refresh": pair["refresh"]}).status_code == 401
    assert anyone.post(VERIFY, {"token": pair["refresh"]}).status_code == 401
    assert anyone.post(LOGOUT, {"refresh": pair["refresh"]}).status_code == 401


def test_verify_accepts_a_living_token_of_either_kind(db, anyone):
    pair = auth.pair(make_user())
    assert anyone.post(VERIFY, {"token": pair["access"]}).status_code == 200
    assert anyone.post(VERIFY, {"token": pair["refresh"]}).status_code == 200


def unsigned():
    def part(value):
        return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"token_type": "access", "exp": int(time.time()) + 300, "jti": "x", "user_id": "1"}
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


HOSTILE = {
    "alg none": unsigned,
    "another key": lambda: signed(key="k" * 40),
    "the key for cookies": lambda: signed(key=settings.SECRET_KEY),
    "another algorithm": lambda: signed(key="k" * 70, algorithm="HS512"),
    "our key, another algorithm": lambda: signed(algorithm="HS384"),
    "no exp": lambda: signed(exp=None),
    "exp in the past": lambda: signed(exp=int(time.time()) - 1),
    "exp of 1e20": lambda: signed(exp=1e20),
    "exp is text": lambda: signed(exp="soon"),
    "exp is a list": lambda: signed(exp=[1]),
    "no user": lambda: signed(user_id=None),
    "user is text": lambda: signed(user_id="abc"),
    "user is a list": lambda: signed(user_id=[1]),
    "user beyond the database": lambda: signed(user_id="9" * 30),
    "no fingerprint": lambda: signed(user_id="1"),
    "fingerprint is a number": lambda: signed(user_id="1", pwd=5),
    "no type": lambda: signed(token_type=None),
    "100 KB": lambda: "a" * 100_000,
    "100 KB, signed": lambda: signed(filler="x" * 100_000),
    "not a token": lambda: "abc",
    "three dots": lambda: "...",
    "not base64": lambda: "é.é.é",
    "empty parts": lambda: "a..b",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_f100_a_token_that_is_not_ours_or_odd_is_401_everywhere(db, anyone, name):
    make_agent("carla")
    token = HOSTILE[name]()
    answer = anyone.get(ME, HTTP_AUTHORIZATION=f"Bearer {token}")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert anyone.post(REFRESH, {"refresh": token}).status_code == 401
    assert anyone.post(VERIFY, {"token": token}).status_code == 401
    assert anyone.post(LOGOUT, {"refresh": token}).status_code == 401


def test_f100_each_kind_of_token_opens_only_its_own_door(db, anyone):
    pair = auth.pair(make_agent().user)
    assert me(pair["refresh"]).status_code == 401
    assert anyone.post(REFRESH, {"refresh": pair["access"]}).status_code == 401
    assert anyone.get(f"{ME}?token={pair['access']}").status_code == 401
    assert anyone.get(ME, HTTP_AUTHORIZATION=f"Token {pair['access']}").status_code == 401


def test_the_signing_key_is_not_the_secret_key():
    assert settings.SIMPLE_JWT["SIGNING_KEY"] != settings.SECRET_KEY
    assert len(settings.SIMPLE_JWT["SIGNING_KEY"].encode()) >= 32


def test_f99_the_start_fails_without_the_tables_of_revoked_tokens(settings):
    assert not [m for m in run_checks() if m.id == "messaging.E001"]
    settings.INSTALLED_APPS = [a for a in settings.INSTALLED_APPS if "blacklist" not in a]
    from messaging.checks import tokens_can_be_revoked

    assert [m.id for m in tokens_can_be_revoked(None)] == ["messaging.E001"]


def test_a_call_is_noted_as_a_sign_of_life_at_most_every_30_seconds(
    db, api, django_assert_num_queries
):
    long_ago = timezone.now() - timedelta(minutes=5)
    agent = make_agent(seen_at=long_ago)
    client = api(agent)
    client.get(ME)
    seen = Agent.objects.get(pk=agent.pk).seen_at
    assert seen > long_ago + timedelta(minutes=4)
    client.get(ME)
    assert Agent.objects.get(pk=agent.pk).seen_at == seen


def test_a_user_who_is_no_agent_may_do_nothing(db, anyone):
    access = auth.pair(make_user())["access"]
    answer = me(access)
    assert answer.status_code == 403
