"""Failed logins are limited by account and address, in the database (F-108, F-109)."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import RequestFactory
from django.utils import timezone

from messaging import lockout
from tests.factories import PASSWORD, make_agent

TOKEN = "/api/v1/auth/token/"


def attempt(client, username, password="wrong", **extra):
    return client.post(TOKEN, {"username": username, "password": password}, **extra)


@pytest.fixture
def carla(db):
    return make_agent("carla")


def test_f108_ten_failures_lock_the_account_for_this_address(carla, anyone):
    codes = [attempt(anyone, "carla").status_code for _ in range(10)]
    assert codes[:9] == [401] * 9
    refused = attempt(anyone, "carla", PASSWORD)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert refused.json()["code"] == "throttled"


def test_a_locked_out_person_gets_in_from_elsewhere_and_after_15_minutes(carla, anyone):
    for _ in range(11):
        attempt(anyone, "carla")
    assert attempt(anyone, "carla", PASSWORD, REMOTE_ADDR="10.9.8.7").status_code == 200
    assert attempt(anyone, "carla", PASSWORD).status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert attempt(anyone, "carla", PASSWORD).status_code == 200


def test_tries_while_locked_out_do_not_lengthen_it(carla, anyone):
    for _ in range(10):
        attempt(anyone, "carla")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    assert attempt(anyone, "carla").status_code == 429
    wait = int(attempt(anyone, "carla").headers["Retry-After"])
    assert wait <= 61


def test_a_success_forgets_the_failures_before_it(carla, anyone):
    for _ in range(9):
        attempt(anyone, "carla")
    assert attempt(anyone, "carla", PASSWORD).status_code == 200
    assert attempt(anyone, "carla").status_code == 401
    assert attempt(anyone, "carla", PASSWORD).status_code == 200


def test_f108_a_spray_over_many_accounts_is_stopped_by_address(carla, anyone):
    for number in range(lockout.ADDRESS_LIMIT):
        assert attempt(anyone, f"nobody{number}").status_code == 401
    assert attempt(anyone, "carla", PASSWORD).status_code == 429
    assert attempt(anyone, "carla", PASSWORD, REMOTE_ADDR="10.9.8.7").status_code == 200


def test_f108_many_addresses_on_one_account_are_stopped_too(carla, anyone):
    for number in range(lockout.ACCOUNT_LIMIT):
        attempt(anyone, "carla", REMOTE_ADDR=f"10.0.{number // 200}.{number % 200}")
    assert attempt(anyone, "carla", PASSWORD, REMOTE_ADDR="10.9.8.7").status_code == 429


def test_f108_a_forged_forwarded_header_changes_nothing_without_proxies(carla, anyone):
    for number in range(10):
        attempt(anyone, "carla", HTTP_X_FORWARDED_FOR=f"1.2.3.{number}")
    assert attempt(anyone, "carla", PASSWORD, HTTP_X_FORWARDED_FOR="8.8.8.8").status_code == 429


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "1.1.1.1", "9.9.9.9"),
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "1.1.1.1", "9.9.9.9"),
        (1, "", "9.9.9.9"),
    ],
)
def test_the_address_is_the_one_our_outermost_proxy_saw(settings, proxies, forwarded, expected):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="9.9.9.9", HTTP_X_FORWARDED_FOR=forwarded)
    assert lockout.client_address(request) == expected


def test_f109_the_limit_needs_no_cache(carla, anyone, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    for _ in range(10):
        attempt(anyone, "carla")
    assert attempt(anyone, "carla", PASSWORD).status_code == 429
