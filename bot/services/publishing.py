"""Snapshots: written by `publish`, read by `current`.

The database holds the truth: the newest Snapshot row is what the bot speaks from. Each process
keeps that one compiled; the shared cache only saves reading the content from the database.
"""

import functools
import hashlib
import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db import transaction

from bot import cache, snapshot, types
from bot.matcher.folding import plain
from bot.matcher.storing import FORMAT
from bot.models import FAQ, BotSettings, Rule, Snapshot
from bot.services.errors import Outdated
from bot.services.indexing import indexed
from bot.snapshot import Rank

logger = logging.getLogger(__name__)

KEPT_SNAPSHOTS = 50
_CONTENT_S = 24 * 3600  # a snapshot's content stays in the cache
_ANSWER_S = 3600  # ranked candidates stay in the cache
_WAIT_S = 0.2  # for another thread's rebuild, when there is something older to answer from

_SETTINGS_FIELDS = (
    "accept",
    "suggest",
    "margin",
    "min_informative",
    "bands",
    "misses_before_escalation",
    "default_language",
    "texts",
    "opening_hours",
    "time_zone",
    "feedback",
)


# --- writing -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Changes:
    touched: bool = False


_open_changes: ContextVar[_Changes | None] = ContextVar("open_changes", default=None)


@contextmanager
def changes(*, author: User | None = None, note: str = "") -> Iterator[None]:
    """One transaction around any number of changes, published once at its end unless drafts are on.

    May be nested: the outermost one publishes. Code that changes FAQs, rules or settings without
    the services of this package says so with `touch()`.
    """
    if _open_changes.get() is not None:
        yield
        return
    with transaction.atomic():
        mine = _Changes()
        token = _open_changes.set(mine)
        try:
            yield
        finally:
            _open_changes.reset(token)
        if mine.touched and not BotSettings.objects.filter(pk=1, drafts=True).exists():
            publish(author=author, note=note)


def touch() -> None:
    """Something changed inside `changes()`: it has to be published."""
    mine = _open_changes.get()
    if mine is None:
        raise RuntimeError("touch() needs an open changes()")
    mine.touched = True


def publish(
    *, author: User | None = None, note: str = "", seen: str = "", anyway: bool = False
) -> Snapshot:
    """Make the FAQs, rules and settings, as they are now, what the bot speaks from.

    Numbers are given under a lock on the settings row, so that they have no gaps and no doubles.
    When the newest snapshot says the same it is the answer, and none is made, unless `anyway`:
    what is kept is history, not repetition. With `seen`, the digest of what somebody looked at, it raises Outdated when that has changed.
    """
    with transaction.atomic():
        BotSettings.objects.get_or_create(pk=1)
        row = BotSettings.objects.select_for_update().get(pk=1)
        content = _content(row)
        digest = snapshot.digest_of(content)
        if seen and seen != digest:
            raise Outdated
        newest = Snapshot.objects.defer("content").order_by("-version").first()
        if newest and newest.digest == digest and not anyway:
            return newest
        published = Snapshot.objects.create(
            version=newest.version + 1 if newest else 1,
            content=content,
            digest=digest,
            note=note[:500],
            author=author,
            faq_count=len(content["faqs"]),
            rule_count=len(content["rules"]),
        )
        Snapshot.objects.filter(version__lte=published.version - KEPT_SNAPSHOTS).delete()
        key = _content_key(_Pointer(published.version, published.digest))
        transaction.on_commit(functools.partial(cache.put, key, content, _CONTENT_S), robust=True)
        said = functools.partial(logger.info, "snapshot %s published", published.version)
        transaction.on_commit(said, robust=True)  # a dry run publishes nothing
    return published


def unpublished(*, disabled: bool = False) -> dict[str, Any]:
    """The content `publish` would publish now; with `disabled` also what is switched off."""
    return _content(BotSettings.objects.filter(pk=1).first() or BotSettings(), disabled=disabled)


def _content(row: BotSettings, *, disabled: bool = False) -> dict[str, Any]:
    chosen = {} if disabled else {"enabled": True}
    faqs = FAQ.objects.filter(**chosen).order_by("pk").prefetch_related("phrasings")
    rules = Rule.objects.filter(**chosen).order_by("priority", "pk")
    return snapshot.content_of(
        (_faq(faq) for faq in faqs),
        (_rule(rule) for rule in rules),
        {name: getattr(row, name) for name in _SETTINGS_FIELDS},
    )


def _faq(row: FAQ) -> types.Faq:
    return types.Faq(
        id=str(row.pk),
        question=row.question,
        answer=row.answer,
        language=row.language,
        alternatives=tuple(phrasing.text for phrasing in row.phrasings.all()),
        keywords=tuple(row.keywords),
        category=row.category,
        channels=frozenset(row.channels),
        accept=row.bands.get("accept"),
        suggest=row.bands.get("suggest"),
        version=row.version,
        answers=row.answers,
        buttons=tuple(types.FaqButton(**button) for button in row.buttons),
        attachments=tuple(row.attachments),
        overrides=row.overrides,
    )


def _rule(row: Rule) -> types.Rule:
    return types.Rule(
        id=str(row.pk),
        name=row.name,
        priority=row.priority,
        trigger=row.trigger,  # type: ignore[arg-type]
        pattern=row.pattern,
        action=row.action,  # type: ignore[arg-type]
        reply=row.reply,
        buttons=tuple(types.RuleButton(b["title"], b["payload"]) for b in row.buttons),
        tags=tuple(row.tags),
        channels=frozenset(row.channels),
        version=row.version,
    )


# --- reading -------------------------------------------------------------------------------------


class _Pointer(NamedTuple):
    """Which snapshot is the current one. (0, "") before the first."""

    version: int
    digest: str


class _Held(NamedTuple):
    pointer: _Pointer
    knowledge: types.Knowledge


_held: _Held | None = None
_rebuilding = threading.Lock()


def current() -> types.Knowledge:
    """What the bot knows now: one small query, and what this process keeps compiled.

    Nothing published yet gives no FAQs and the default settings. While a thread compiles a new
    snapshot the others wait for it a moment, then answer from the one before.
    """
    newest = Snapshot.objects.order_by("-version").values_list("version", "digest").first()
    pointer = _Pointer(*newest) if newest else _Pointer(0, "")
    held = _held
    if held is not None and held.pointer == pointer:
        return held.knowledge
    if not _rebuilding.acquire(timeout=_WAIT_S if held else -1):
        return held.knowledge if held else _load(pointer)
    try:
        return _rebuilt(pointer)
    finally:
        _rebuilding.release()


def draft() -> types.Knowledge:
    """What the bot would know if everything were published now. Compiled at each call."""
    row = BotSettings.objects.filter(pk=1).first() or BotSettings()
    return snapshot.compiled(0, _content(row))


def _rebuilt(pointer: _Pointer) -> types.Knowledge:
    """Compile and keep, unless another thread just did. Needs the lock."""
    global _held  # noqa: PLW0603
    if _held is None or _held.pointer != pointer:
        _held = _Held(pointer, _load(pointer))
    return _held.knowledge


def _load(pointer: _Pointer) -> types.Knowledge:
    compile_ = functools.partial(
        snapshot.compiled,
        pointer.version,
        through=functools.partial(_through_cache, pointer),
        index=functools.partial(indexed, _named(pointer)),
    )
    if not pointer.version:
        return compile_(_content(BotSettings()) | {"faqs": [], "rules": []})
    content = _cached_content(pointer)
    if content is None:
        cache.count("snapshot_miss")
        content = Snapshot.objects.values_list("content", flat=True).get(pk=pointer.version)
        cache.put(_content_key(pointer), content, _CONTENT_S)
    try:
        return compile_(content)
    except snapshot.Unreadable:
        logger.exception("snapshot %s is of another release; reading the tables", pointer.version)
        return compile_(_content(BotSettings.objects.get(pk=1)))


def _cached_content(pointer: _Pointer) -> Any:
    """What the cache holds, if that is what was published; anything else is deleted."""
    key = _content_key(pointer)
    content = cache.get(key)
    if content is None:
        return None
    try:
        genuine = snapshot.digest_of(content) == pointer.digest
    except (TypeError, ValueError):
        genuine = False
    if genuine:
        return content
    cache.delete(key)
    return None


def _content_key(pointer: _Pointer) -> str:
    return f"snapshot:{_named(pointer)}"


def _named(pointer: _Pointer) -> str:
    return f"{pointer.version}:{pointer.digest[:16]}"


def _through_cache(pointer: _Pointer, rank: Rank) -> Rank:
    """The ranking behind the shared answer cache. Only ranked candidates are kept, never a decision."""

    def cached(text: str, language: str, channel: str) -> Sequence[types.Candidate]:
        said = hashlib.sha256(plain(text).encode()).hexdigest()[:32]
        key = f"answers:{FORMAT}:{_named(pointer)}:{channel}:{language}:{said}"
        entry = cache.get(key)
        known = _candidates(entry)
        if known is not None:
            cache.count("answers_hit")
            return known
        if entry is not None:
            cache.delete(key)
        cache.count("answers_miss")
        found = rank(text, language, channel)
        cache.put(key, [list(candidate) for candidate in found], _ANSWER_S)
        return found

    return cached


def _candidates(entry: object) -> list[types.Candidate] | None:
    """What the cache holds as candidates; None when it is anything else."""
    if not isinstance(entry, list):
        return None
    found = []
    for item in entry:
        match item:
            case [str(faq), int() | float() as score, str(phrasing)] if 0 <= score <= 1:
                found.append(types.Candidate(faq, float(score), phrasing))
            case _:
                return None
    return found
