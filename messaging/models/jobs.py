"""Leases: who may do a thing now. All times are the database's."""

from django.db import models


class Lease(models.Model):
    """An exclusive right for a while, e.g. to poll one channel."""

    name = models.CharField(max_length=100, primary_key=True)
    holder = models.CharField(max_length=100, blank=True)
    epoch = models.PositiveIntegerField(default=0)
    until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class PeriodicJob(models.Model):
    """When a periodic job last began and ended, and how far it came."""

    name = models.CharField(max_length=60, primary_key=True)
    last_period = models.CharField(max_length=40, blank=True)  # e.g. "2026-11-21"
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    progress = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name
