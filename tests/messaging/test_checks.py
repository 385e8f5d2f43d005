"""What `manage.py check --deploy` says of a desk."""

import pytest

from messaging import checks
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_an_enabled_mock_channel_is_warned_of_and_a_disabled_one_is_not() -> None:
    channel = make.make_channel("mock")
    assert [w.id for w in checks.no_open_door(None)] == ["messaging.W001"]
    channel.enabled = False
    channel.save()
    assert list(checks.no_open_door(None)) == []
