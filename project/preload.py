"""Loaded once, before the supervisor's processes are forked from here. Opens no connection and starts no thread."""

import gc
import importlib
import os

import django
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

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

try:
    django.setup()
except ImproperlyConfigured:
    pass  # each process says what is wrong itself, in one line
else:
    for name in LOADED_LATER_OTHERWISE:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # shared pages stay shared
