"""The shared cache may be gone at any time, and nobody waits for it."""

import socket
import time
from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.test import override_settings

from bot import cache, services


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    cache.reset()
    yield
    cache.reset()


def redis_at(port: int) -> dict[str, object]:
    return {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": f"redis://127.0.0.1:{port}/0",
            "OPTIONS": {
                "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
                "SOCKET_CONNECT_TIMEOUT": 1,
                "SOCKET_TIMEOUT": 1,
            },
        }
    }


@pytest.fixture
def frozen_port() -> Iterator[int]:
    """A server that takes connections and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(20)
        yield server.getsockname()[1]


def test_what_was_put_is_got_until_it_is_deleted() -> None:
    cache.put("k", {"a": [1, "é"]}, 60)
    assert cache.get("k") == {"a": [1, "é"]}
    cache.delete("k")
    assert cache.get("k") is None


def test_f09_a_cache_that_refuses_is_a_cache_that_is_empty(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with override_settings(CACHES=redis_at(port)):
        for _ in range(20):
            cache.put("k", 1, 60)
            assert cache.get("k") is None
            cache.delete("k")
    assert [r.message for r in caplog.records].count(
        "the cache does not answer; going on without it"
    ) == 1


def test_f86_a_frozen_cache_costs_one_timeout_not_one_for_each_call(frozen_port: int) -> None:
    with override_settings(CACHES=redis_at(frozen_port)):
        started = time.monotonic()
        assert [cache.get("k") for _ in range(100)] == [None] * 100
        assert time.monotonic() - started < 1.9


def test_f86_after_a_pause_one_call_tries_again(
    monkeypatch: pytest.MonkeyPatch, frozen_port: int
) -> None:
    monkeypatch.setattr(cache, "PAUSE_S", 0.2)
    with override_settings(CACHES=redis_at(frozen_port)):
        cache.get("k")
        time.sleep(0.25)
        started = time.monotonic()
        cache.get("k")
        cache.get("k")
        assert 0.9 < time.monotonic() - started < 1.9
    caches["default"].set("k", "back", 60)
    time.sleep(0.25)
    assert cache.get("k") == "back"
    assert cache.get("k") == "back"


@pytest.mark.django_db
def test_f09_the_bot_answers_without_a_cache(frozen_port: int) -> None:
    services.create_faq(question="Onde está meu pedido?", answer="Em Meus pedidos.")
    with override_settings(CACHES=redis_at(frozen_port)):
        started = time.monotonic()
        assert services.match("cadê meu pedido?").decision.text == "Em Meus pedidos."
        assert time.monotonic() - started < 1.9
