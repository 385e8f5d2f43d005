"""People who come into the admin."""

import pytest
from django.test import Client

from messaging.models import Agent
from tests.factories import make_agent

BACKEND = "django.contrib.auth.backends.ModelBackend"


def staff(role: str, **fields: object) -> Agent:
    """An agent who may come in; an admin is a superuser as well, as the services make them."""
    agent = make_agent(role=role, **fields)  # type: ignore[arg-type]
    agent.user.is_staff = role in ("admin", "supervisor")
    agent.user.is_superuser = role == "admin"
    agent.user.save()
    return agent


def browser_of(agent: Agent) -> Client:
    client = Client()
    client.force_login(agent.user, backend=BACKEND)
    return client


@pytest.fixture
def boss(db: None) -> Agent:
    return staff("admin")


@pytest.fixture
def admin(boss: Agent) -> Client:
    """A browser in which an admin is signed in."""
    return browser_of(boss)


@pytest.fixture
def supervisor(db: None) -> Client:
    return browser_of(staff("supervisor"))
