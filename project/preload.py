"""Loaded once, before the supervisor's processes are forked from here. Opens no connection and starts no thread."""

import gc
import importlib
import os
import signal
import sys
import traceback

import django
from django.core.exceptions import ImproperlyConfigured
from setproctitle import setproctitle

from project.launching import follow_parent

LOADED_LATER_OTHERWISE = (
    "project.urls",
    "messaging.tasks",
    "messaging.services.sending",
    "bot.pipeline",
    "celery.bin.celery",
    "celery.apps.worker",
    "celery.beat",
    "granian.cli",
)


def load() -> bool:
    """Load the code; when that fails say why, once for all processes."""
    try:
        django.setup()
        for name in LOADED_LATER_OTHERWISE:
            importlib.import_module(name)
    except ImproperlyConfigured as error:
        sys.stderr.write(f"balcao: {error}\n")
        return False
    except Exception:  # noqa: BLE001 - shown whole; the fork server would swallow it
        traceback.print_exc()
        return False
    gc.collect()
    gc.freeze()  # shared pages stay shared
    return True


signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's to hear
follow_parent()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
setproctitle("balcao: loaded code")
pid = os.getpid()  # of the process the others are forked from
loaded = load()
