"""Finds the FAQ a message means. Pure: no Django, no clock, no global state."""

from bot.matcher.matcher import Matcher

__all__ = ["Matcher"]
