"""F-94: a step that the database could not do now is done again, whole."""

import pytest
from django.db import IntegrityError, OperationalError

from messaging.models import Team
from messaging.services.contention import atomically


@pytest.mark.django_db(transaction=True)
def test_a_locked_database_is_tried_again_and_the_step_is_whole() -> None:
    tries = []

    def step() -> str:
        Team.objects.create(name=f"team {len(tries)}")
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("database is locked")
        return "done"

    assert atomically(step) == "done"
    assert [t.name for t in Team.objects.all()] == ["team 2"]


@pytest.mark.django_db(transaction=True)
def test_after_five_tries_the_trouble_is_told() -> None:
    tries = []

    def step() -> None:
        tries.append(1)
        raise OperationalError("deadlock detected")

    with pytest.raises(OperationalError):
        atomically(step)
    assert len(tries) == 5


@pytest.mark.django_db(transaction=True)
def test_what_is_wrong_with_the_data_is_told_at_once() -> None:
    tries = []

    def step() -> None:
        tries.append(1)
        raise IntegrityError("unique")

    with pytest.raises(IntegrityError):
        atomically(step)
    assert len(tries) == 1
