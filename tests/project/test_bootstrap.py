"""The first start: an admin, channels, a Telegram bot, knowledge; each once."""

import pytest
from django.contrib.auth import get_user_model
from django.core.management.base import CommandError

from messaging.management.commands import bootstrap
from messaging.models import Agent, Channel, PeriodicJob

pytestmark = pytest.mark.django_db
TOKEN = "77:FIRST-START"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def use(settings, base, token):
    settings.CHANNEL_DEFAULTS = {"telegram": {"api_base": base}}
    settings.TELEGRAM_BOT_TOKEN = token


def test_the_generated_password_is_the_one_in_the_private_file(settings, tmp_path):
    settings.ADMIN_USERNAME, settings.ADMIN_PASSWORD = "ana", ""
    said = bootstrap.make_admin()
    kept = (tmp_path / "admin-password").read_text().strip()
    assert said.endswith(kept)
    assert len(kept) >= 16
    assert get_user_model().objects.get(username="ana").check_password(kept)
    assert Agent.objects.get(user__username="ana").role == "admin"


def test_a_given_password_is_neither_printed_nor_kept(settings, tmp_path):
    settings.ADMIN_USERNAME, settings.ADMIN_PASSWORD = "ana", "given-by-the-operator"
    assert "given-by-the-operator" not in bootstrap.make_admin()
    assert list(tmp_path.iterdir()) == []


def test_an_existing_superuser_is_left_alone(settings):
    get_user_model().objects.create_superuser("boss", password="long-enough-word")
    assert bootstrap.make_admin() == ""
    assert get_user_model().objects.count() == 1


def test_a_step_runs_once_and_again_only_when_it_failed():
    runs = []

    def step():
        runs.append(1)
        if len(runs) == 1:
            raise RuntimeError("the machine was switched off")
        return "done"

    with pytest.raises(RuntimeError):
        bootstrap.once("step", step)
    assert bootstrap.once("step", step) == "done"
    assert bootstrap.once("step", step) == ""
    assert len(runs) == 2
    assert set(PeriodicJob.objects.get(name=bootstrap.RECORD).progress) == {"step"}


def test_channels_that_were_removed_later_do_not_come_back():
    bootstrap.once("channels", bootstrap.make_channels)
    assert set(Channel.objects.values_list("kind", flat=True)) == {"webchat", "mock"}
    Channel.objects.all().delete()
    bootstrap.once("channels", bootstrap.make_channels)
    assert not Channel.objects.exists()


def test_the_token_of_the_environment_connects_a_bot(settings, telegram):
    use(settings, telegram.url, TOKEN)
    telegram.add_bot(TOKEN, bot_id=77, username="first_bot")
    bootstrap.connect_telegram()
    assert Channel.objects.get(kind="telegram").health == "ok"
    assert bootstrap.connect_telegram() == ""
    assert Channel.objects.count() == 1


def test_a_platform_that_cannot_be_reached_does_not_stop_the_start(settings):
    use(settings, "http://127.0.0.1:1", TOKEN)
    bootstrap.connect_telegram()
    assert Channel.objects.get(kind="telegram").health == "unreachable"


def test_f165_a_token_the_platform_refuses_stops_the_start_without_showing_it(settings, telegram):
    use(settings, telegram.url, "78:UNKNOWN")
    with pytest.raises(CommandError, match="TELEGRAM_BOT_TOKEN was not accepted") as caught:
        bootstrap.connect_telegram()
    assert "78:UNKNOWN" not in str(caught.value)
    assert not Channel.objects.exists()
