"""How Celery is set up, in Celery's own names. Read on first use, when Django's settings are there."""

from typing import Any
from urllib.parse import urlsplit

from celery.schedules import crontab
from django.conf import settings
from kombu import Exchange, Queue

# Without a broker nothing is published (messaging.nudges looks first); the name keeps Celery from guessing one.
broker_url = settings.CELERY_BROKER_URL or "memory://"

# --- ids in JSON, no results: the database holds the outcome

accept_content = ["json"]
task_serializer = "json"
event_serializer = "json"
result_backend = None
task_ignore_result = True

# --- publishing must not hold up the web: one attempt, a second at most (F-09, F-10, F-86)

task_publish_retry_policy = {
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
broker_connection_timeout = 1
broker_transport_options: dict[str, Any] = (
    {"visibility_timeout": 120, "socket_timeout": 1, "socket_connect_timeout": 1}
    if "redis" in urlsplit(broker_url).scheme
    else {}
)

# --- a worker keeps trying to reach its broker

broker_connection_retry_on_startup = True
broker_connection_max_retries = None
worker_cancel_long_running_tasks_on_connection_loss = False

# --- a task that was lost comes back, one that hangs or leaks ends (F-80, F-91)

task_acks_late = True
task_reject_on_worker_lost = True
worker_prefetch_multiplier = 1
task_soft_time_limit = 30
task_time_limit = 60
worker_max_tasks_per_child = 1000
worker_max_memory_per_child = 300_000  # KiB
worker_proc_alive_timeout = 30.0  # seconds a new child may take on a loaded machine
worker_redirect_stdouts = False

# --- replies before the rest

task_default_queue = "replies"
task_queues = [Queue(name, Exchange(name), routing_key=name) for name in ("replies", "bulk")]
task_routes = {"messaging.tasks.purge": {"queue": "bulk"}}
worker_direct = True  # a queue of its own, for the watchdog's canary

# --- periodic work; the tasks take a lease in the database and remember their period (F-89)

timezone = settings.TIME_ZONE
enable_utc = True
beat_schedule = {
    "purge": {
        "task": "messaging.tasks.purge",
        "schedule": crontab(hour="3", minute="15"),
        "options": {"expires": 3600},
    },
    "tick": {"task": "messaging.tasks.tick", "schedule": 60.0, "options": {"expires": 50}},
}
