"""agents/ and teams/: accounts, presence, and what ends with them."""

import pytest

from messaging.api import auth
from messaging.models import Agent, Team
from tests.factories import PASSWORD, make_agent, make_conversation, make_team

AGENTS = "/api/v1/agents/"
TEAMS = "/api/v1/teams/"
TOKEN = "/api/v1/auth/token/"
FIELDS = {"id", "username", "name", "email", "role", "status", "capacity", "teams"}


def test_an_admin_makes_a_person_who_can_log_in(admin, anyone):
    team = make_team()
    answer = admin.post(
        AGENTS,
        {
            "username": "carla",
            "password": PASSWORD,
            "name": "Carla Dias",
            "email": "carla@example.com",
            "role": "agent",
            "capacity": 3,
            "teams": [str(team.pk)],
        },
    )
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == FIELDS
    assert (body["status"], body["capacity"]) == ("unavailable", 3)
    assert body["teams"] == [str(team.pk)]
    login = anyone.post(TOKEN, {"username": "carla", "password": PASSWORD})
    assert login.status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "ada"}, "username"),
        ({"username": ""}, "username"),
        ({"username": "a b"}, "username"),
        ({"username": "x" * 151}, "username"),
        ({"password": "123"}, "password"),
        ({"password": "password"}, "password"),
        ({"password": None}, "password"),
        ({"email": "nobody"}, "email"),
        ({"role": "owner"}, "role"),
        ({"capacity": -1}, "capacity"),
        ({"capacity": 1001}, "capacity"),
        ({"capacity": 10**30}, "capacity"),
        ({"capacity": "many"}, "capacity"),
        ({"status": "asleep"}, "status"),
        ({"teams": ["abc"]}, "teams.0"),
        ({"teams": ["00000000-0000-0000-0000-000000000000"]}, "teams"),
    ],
)
def test_a_wrong_value_names_its_field_and_makes_nobody(admin, change, field):
    before = Agent.objects.count()
    answer = admin.post(AGENTS, {"username": "carla", "password": PASSWORD, **change})
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {field}
    assert Agent.objects.count() == before


def test_i_set_my_own_status_and_capacity(agent, bob):
    answer = agent.patch(f"{AGENTS}me/", {"status": "busy", "capacity": 2})
    assert (answer.json()["status"], answer.json()["capacity"]) == ("busy", 2)
    assert agent.get(f"{AGENTS}me/").json() == answer.json()
    bob.refresh_from_db()
    assert (bob.presence, bob.capacity) == ("busy", 2)
    assert agent.patch(f"{AGENTS}me/", {"status": "gone"}).status_code == 400


def test_a_new_password_ends_all_sessions_of_the_person(admin, agent, bob, anyone):
    pair = auth.pair(bob.user)
    answer = admin.patch(f"{AGENTS}{bob.pk}/", {"password": "another-secret-99"})
    assert answer.status_code == 200
    assert "password" not in answer.json()
    assert agent.get(f"{AGENTS}me/").status_code == 401
    refresh = anyone.post("/api/v1/auth/token/refresh/", {"refresh": pair["refresh"]})
    assert refresh.status_code == 401
    login = anyone.post(TOKEN, {"username": "bob", "password": "another-secret-99"})
    assert login.status_code == 200


def test_a_person_who_leaves_is_out_at_once_and_the_work_goes_back_to_the_queue(
    admin, agent, bob, anyone
):
    team = make_team()
    held = make_conversation(agent=bob, team=team)
    parked = make_conversation(agent=bob, status="snoozed")
    assert admin.delete(f"{AGENTS}{bob.pk}/").status_code == 204
    assert agent.get(f"{AGENTS}me/").status_code == 401
    assert anyone.post(TOKEN, {"username": "bob", "password": PASSWORD}).status_code == 401
    assert admin.get(f"{AGENTS}{bob.pk}/").status_code == 404
    assert str(bob.pk) not in [row["id"] for row in admin.get(AGENTS).json()["results"]]
    for row, expected_team in ((held, team), (parked, None)):
        row.refresh_from_db()
        assert (row.owner, row.status, row.agent, row.team) == (
            "queue",
            "open",
            None,
            expected_team,
        )


def test_tokens_stay_dead_when_the_person_comes_back(admin, bob, anyone):
    refresh = auth.pair(bob.user)["refresh"]
    admin.delete(f"{AGENTS}{bob.pk}/")
    bob.user.refresh_from_db()
    bob.user.is_active = True
    bob.user.save()
    answer = anyone.post("/api/v1/auth/token/refresh/", {"refresh": refresh})
    assert answer.status_code == 401


def test_somebody_must_be_left_who_administers_the_desk(admin):
    me = admin.get(f"{AGENTS}me/").json()["id"]
    for answer in (
        admin.delete(f"{AGENTS}{me}/"),
        admin.patch(f"{AGENTS}{me}/", {"role": "agent"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
    make_agent(role="admin")
    assert admin.patch(f"{AGENTS}{me}/", {"role": "agent"}).status_code == 200
    assert admin.get(TEAMS).status_code == 403


def test_the_rights_in_the_dashboard_follow_the_role(admin, bob):
    admin.patch(f"{AGENTS}{bob.pk}/", {"role": "admin"})
    bob.user.refresh_from_db()
    assert (bob.user.is_staff, bob.user.is_superuser) == (True, True)
    admin.patch(f"{AGENTS}{bob.pk}/", {"role": "supervisor"})
    bob.user.refresh_from_db()
    assert (bob.user.is_staff, bob.user.is_superuser) == (True, False)
    admin.patch(f"{AGENTS}{bob.pk}/", {"role": "agent"})
    bob.user.refresh_from_db()
    assert (bob.user.is_staff, bob.user.is_superuser) == (False, False)


def test_teams_are_made_changed_and_removed(admin, bob):
    made = admin.post(TEAMS, {"name": " Sales ", "agents": [str(bob.pk)]})
    assert made.status_code == 201
    team = made.json()
    assert team == {"id": team["id"], "name": "Sales", "agents": [str(bob.pk)]}
    path = f"{TEAMS}{team['id']}/"
    assert admin.patch(path, {"agents": []}).json()["agents"] == []
    assert admin.patch(path, {"name": "Support"}).json()["name"] == "Support"
    assert admin.get(TEAMS).json()["results"][0]["name"] == "Support"
    assert admin.delete(path).status_code == 204
    assert not Team.objects.exists()


def test_a_wrong_team_names_its_field(admin):
    make_team("Sales")
    nobody = "00000000-0000-0000-0000-000000000000"
    for body, field in [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "Sales"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "Other", "agents": [nobody]}, "agents"),
        ({"name": "Other", "agents": nobody}, "agents"),
    ]:
        answer = admin.post(TEAMS, body)
        assert answer.status_code == 400, body
        assert set(answer.json()["fields"]) == {field}
    other = make_team("Support")
    assert admin.patch(f"{TEAMS}{other.pk}/", {"name": "Sales"}).status_code == 400
    assert Team.objects.count() == 2


def test_a_team_with_conversations_stays(admin):
    team = make_team()
    make_conversation(team=team)
    answer = admin.delete(f"{TEAMS}{team.pk}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")


def test_the_lists_need_the_same_queries_for_any_number_of_rows(
    admin, django_assert_max_num_queries
):
    team = make_team()
    for _ in range(10):
        make_agent(teams=[team])
    with django_assert_max_num_queries(4):
        assert len(admin.get(AGENTS).json()["results"]) == 11
    with django_assert_max_num_queries(4):
        assert len(admin.get(TEAMS).json()["results"][0]["agents"]) == 10
