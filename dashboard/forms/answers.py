"""What goes with an answer: its buttons, its files, its texts for single channels. Without JSON."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bot.answers import FAQ_PREFIX
from bot.models import FAQ, Language
from bot.services import answers
from channels.registry import CHANNELS
from dashboard.forms.lists import Data, channel_choices, listed
from messaging.services.attachments import MAX_SIZE, uploads

_OFFERED = 300  # FAQs a button may be led to with the list that opens under its field
Checked = Any


def checked(clean: Any, value: Any) -> Checked:
    """What a check of the bot's services makes of a value, its refusal as the form's own."""
    try:
        return clean(value)
    except ValueError as error:
        raise ValidationError(str(error), code="invalid") from None


# --- buttons -------------------------------------------------------------------------------------


class FaqButtonsWidget(forms.Widget):
    """Rows of a title and where it leads, with the titles in other languages folded away."""

    template_name = "dashboard/widgets/faq_buttons.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = [row for row in value or [] if isinstance(row, dict)]
        faqs = FAQ.objects.order_by("question", "pk").values_list("pk", "question")[:_OFFERED]
        offered = [(f"{FAQ_PREFIX}{pk}", question) for pk, question in faqs]
        context["widget"] |= {
            "rows": [_row(button, dict(offered)) for button in [*rows, {}]],
            "offered": offered,
            "longest": {"title": answers.TITLE, "target": answers.ADDRESS},
        }
        return context

    def value_from_datadict(self, data: Data, files: Any, name: str) -> list[dict[str, Any]]:
        columns = [listed(data, f"{name}-{part}") for part in ("title", "target", *Language.values)]
        rows = ([cell.strip() for cell in row] for row in zip(*columns, strict=False))
        return [_button(*row) for row in rows if any(row)]

    def value_omitted_from_data(self, data: Data, files: Any, name: str) -> bool:
        return f"{name}-title" not in data

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0" if id_ else id_


def _button(title: str, target: str, *titles: str) -> dict[str, Any]:
    by_language = {
        tag: own for tag, own in zip(Language.values, titles, strict=True) if own and own != title
    }
    target = target or title
    aim = "url" if target.lower().startswith(("http://", "https://")) else "payload"
    return {"title": title, aim: target} | ({"titles": by_language} if by_language else {})


def _row(button: dict[str, Any], questions: dict[str, str]) -> dict[str, Any]:
    target = button.get("url") or button.get("payload", "")
    titles = button.get("titles", {})
    return {
        "title": button.get("title", ""),
        "target": target,
        "leads_to": questions.get(target, ""),
        "titles": [(tag, label, titles.get(tag, "")) for tag, label in Language.choices],
        "open": bool(titles),
    }


class FaqButtonsField(forms.Field):
    """A list of {title, payload | url, titles?}. A button that leads nowhere sends its own title."""

    widget = FaqButtonsWidget

    def clean(self, value: Any) -> Any:
        return checked(answers.buttons, value or [])

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != list(data or [])


# --- files ---------------------------------------------------------------------------------------


class Files(NamedTuple):
    """Ids of the files to keep, and new ones to be stored."""

    kept: list[str]
    new: "list[UploadedFile[bytes]]"


class FilesWidget(forms.Widget):
    """The files there are, each with a tick that keeps it, and room for new ones."""

    template_name = "dashboard/widgets/files.html"
    needs_multipart_form = True

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["files"] = uploads(
            value.kept if isinstance(value, Files) else value or []
        )
        return context

    def value_from_datadict(self, data: Data, files: Any, name: str) -> Files:
        new = files.getlist(f"{name}-new") if hasattr(files, "getlist") else []
        return Files(listed(data, f"{name}-kept"), list(new))

    def value_omitted_from_data(self, data: Data, files: Any, name: str) -> bool:
        return False  # no tick means that none is kept


class FilesField(forms.Field):
    """Files that are there, kept or not, and files to be uploaded."""

    widget = FilesWidget

    def clean(self, value: Any) -> Files:
        kept = [str(row.pk) for row in uploads(checked(answers.files, value.kept))]
        if len(kept) + len(value.new) > answers.MOST_FILES:
            raise ValidationError(
                _("At most %(most)s of them.") % {"most": answers.MOST_FILES}, code="most"
            )
        for file in value.new:
            if not file.size or file.size > MAX_SIZE:
                raise ValidationError(
                    _("%(name)s is empty or larger than %(most)d MB.")
                    % {"name": file.name, "most": MAX_SIZE // 1_000_000},
                    code="size",
                )
        return Files(kept, value.new)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data.new) or list(initial or []) != data.kept


# --- texts for single channels -------------------------------------------------------------------


class PlacesWidget(forms.Widget):
    """Rows of a channel or kind, a language and the text."""

    template_name = "dashboard/widgets/places.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = [
            (place, language, text)
            for place, said in (value or {}).items()
            for language, text in said.items()
        ]
        context["widget"] |= {
            "rows": [*rows, ("", "", "")],
            "places": _places([place for place, *_rest in rows]),
            "languages": Language.choices,
        }
        return context

    def value_from_datadict(self, data: Data, files: Any, name: str) -> dict[str, dict[str, str]]:
        columns = [listed(data, f"{name}-{part}") for part in ("place", "language", "text")]
        found: dict[str, dict[str, str]] = {}
        for place, language, text in zip(*columns, strict=False):
            if text.strip():
                found.setdefault(place, {})[language] = text
        return found

    def value_omitted_from_data(self, data: Data, files: Any, name: str) -> bool:
        return f"{name}-text" not in data


def _places(present: Iterable[str]) -> list[tuple[Any, Sequence[tuple[str, Any]]]]:
    """Groups of choices: every channel, then every kind; what is gone stays choosable."""
    kinds = [(kind.kind, kind.label) for kind in CHANNELS.values()]
    own = channel_choices()
    known = {value for value, _label in (*own, *kinds)}
    own += [(place, f"({place})") for place in dict.fromkeys(present) if place not in known]
    return [
        (gettext_lazy("Channels"), own),
        (gettext_lazy("Every channel of a kind"), kinds),
    ]


class PlacesField(forms.Field):
    """{channel id or kind: {language: text}}."""

    widget = PlacesWidget

    def clean(self, value: Any) -> Any:
        if "" in (value or {}):
            raise ValidationError(_("Choose the channel of each text."), code="place")
        return checked(answers.overrides, value or {})

    def has_changed(self, initial: Any, data: Any) -> bool:
        return dict(initial or {}) != dict(data or {})
