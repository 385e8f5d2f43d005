"""Clients of the API: `api(agent)` is one who has logged in."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from messaging.api import auth
from messaging.models import Agent
from tests.factories import make_agent


@pytest.fixture
def api(db) -> Callable[[Agent], APIClient]:
    def client(agent: Agent) -> APIClient:
        logged_in = APIClient(raise_request_exception=False)
        logged_in.credentials(HTTP_AUTHORIZATION=f"Bearer {auth.pair(agent.user)['access']}")
        return logged_in

    return client


@pytest.fixture
def anyone() -> APIClient:
    return APIClient(raise_request_exception=False)


@pytest.fixture
def admin(api) -> APIClient:
    return api(make_agent("ada", role="admin"))


@pytest.fixture
def supervisor(api) -> APIClient:
    return api(make_agent("sue", role="supervisor"))


@pytest.fixture
def bob(db) -> Agent:
    """An agent without a team."""
    return make_agent("bob")


@pytest.fixture
def agent(api, bob) -> APIClient:
    return api(bob)
