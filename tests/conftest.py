"""What every test gets: a clean cache; and on request the whole desk as real processes."""

import os
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection

from tests.live import LiveDesk
from tests.stand_ins.telegram import TelegramStandIn

REQUIRED = {
    name.removeprefix("REQUIRE_").lower() for name in os.environ if name.startswith("REQUIRE_")
}


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of the live desk share one, so one xdist worker; the PostgreSQL pass runs what its database can change."""
    postgres = connection.vendor == "postgresql"
    left_out = []
    for item in items:
        if "live_desk" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.processes)
            item.add_marker(pytest.mark.xdist_group("live_desk"))
        elsewhere = (
            not _asks_the_database(item) if postgres else item.get_closest_marker("postgres")
        )
        if elsewhere:
            left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def _asks_the_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("processes") or item.get_closest_marker("browser"):
        return False
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db"})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Under REQUIRE_BROWSER=1 (or another REQUIRE_<marker>) a skipped test of that kind is a failed one."""
    report = yield
    needed = REQUIRED & {marker.name for marker in item.iter_markers()}
    if report.skipped and needed:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, but it is required: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def _clean_cache() -> None:
    """Nothing that one test cached reaches the next."""
    cache.clear()


@pytest.fixture(scope="session")
def telegram() -> Iterator[TelegramStandIn]:
    """The Bot API's stand-in, running."""
    with TelegramStandIn() as api:
        yield api


@pytest.fixture(scope="session")
def live_desk(
    telegram: TelegramStandIn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveDesk]:
    """The whole desk: supervisor, web, worker, beat, pump, receiver, Valkey; fails on a traceback in its log."""
    desk = LiveDesk(tmp_path_factory.mktemp("desk"), TELEGRAM_API_BASE=telegram.url)
    desk.start()
    yield desk
    desk.stop()
    assert "Traceback" not in desk.log(), desk.log()
