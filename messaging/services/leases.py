"""Exclusive rights for a while, by compare-and-set on the database's clock."""

from datetime import timedelta

from django.db.models import F, Q
from django.db.models.functions import Now

from messaging.models import Lease


def acquire(name: str, holder: str, seconds: float) -> int | None:
    """Take the lease if it is free or over; answers its epoch, None when somebody else holds it."""
    Lease.objects.get_or_create(name=name)
    free = Lease.objects.filter(Q(until=None) | Q(until__lt=Now()), name=name)
    taken = free.update(
        holder=holder[:100], epoch=F("epoch") + 1, until=Now() + timedelta(seconds=seconds)
    )
    if not taken:
        return None
    mine = Lease.objects.filter(name=name, holder=holder[:100]).values_list("epoch", flat=True)
    return mine.first()


def renew(name: str, epoch: int, seconds: float) -> bool:
    """Keep the lease; False when it was lost."""
    mine = Lease.objects.filter(name=name, epoch=epoch)
    return bool(mine.update(until=Now() + timedelta(seconds=seconds)))


def release(name: str, epoch: int) -> None:
    """Give the lease back, if it is still mine."""
    Lease.objects.filter(name=name, epoch=epoch).update(until=None, holder="")
