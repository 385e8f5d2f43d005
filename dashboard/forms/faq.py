"""A FAQ as one form: the answer in every language, and what goes with it."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextareaWidget

from bot.models import FAQ, Language
from bot.services import answers
from dashboard.forms.answers import FaqButtonsField, Files, FilesField, PlacesField, checked
from dashboard.forms.lists import ChannelsField, WordsField
from messaging.models import Agent
from messaging.services import attachments

PLAIN = (
    "question",
    "answer",
    "keywords",
    "language",
    "category",
    "channels",
    "enabled",
    "buttons",
    "overrides",
)
BANDS = ("accept", "suggest")


def answer_field(language: str) -> str:
    return f"answers__{language}"


ANSWERS = tuple(answer_field(language) for language in Language.values)


class FaqForm(forms.ModelForm[FAQ]):
    keywords = WordsField(
        label=_("Keywords"),
        help_text=_("Words that point at this FAQ, separated by commas."),
    )
    channels = ChannelsField(label=_("Channels"))
    buttons = FaqButtonsField(
        label=_("Buttons"),
        required=False,
        help_text=_(
            "Under the answer. A button leads to another FAQ (choose it from the list), opens a web address (https://…), or sends a payload that a rule answers."
        ),
    )
    attached = FilesField(
        label=_("Files"),
        required=False,
        help_text=_("Sent with the answer where the channel takes files. At most 5, 20 MB each."),
    )
    overrides = PlacesField(
        label=_("Answer on single channels"),
        required=False,
        help_text=_(
            "Said there instead. A text for one channel comes before that for every channel of its kind."
        ),
    )
    accept = forms.FloatField(
        label=_("Accept from"),
        required=False,
        min_value=0,
        max_value=1,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("From this confidence (0–1) it is answered. Empty: as in the settings."),
    )
    suggest = forms.FloatField(
        label=_("Suggest from"),
        required=False,
        min_value=0,
        max_value=1,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("From this confidence (0–1) it is offered. Empty: as in the settings."),
    )

    class Meta:
        model = FAQ
        fields = PLAIN
        widgets: ClassVar[dict[str, Any]] = {"answer": UnfoldAdminTextareaWidget(attrs={"rows": 5})}
        help_texts: ClassVar[dict[str, Any]] = {
            "answer": _(
                "Filled in: {first_name} and {name} of the contact, {hours} opening hours, {opening} when somebody is there again, {channel}, {date}, {time}."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channels"].keep(self.instance.channels)  # type: ignore[attr-defined]
        for name in BANDS:
            self.initial.setdefault(name, self.instance.bands.get(name))
        self.initial.setdefault("attached", self.instance.attachments)
        for language in Language.values:
            self.initial.setdefault(answer_field(language), self.instance.answers.get(language))

    def clean_answer(self) -> Any:
        return checked(answers.answer, self.cleaned_data["answer"])

    def clean(self) -> dict[str, Any] | None:
        """Say beside its field what is wrong with the answer in one language."""
        cleaned = super().clean()
        own, said = (self.cleaned_data.get(name) for name in ("language", "answer"))
        for language in Language.values:
            text = self.cleaned_data.get(answer_field(language), "")
            try:
                checked(answers.answers, {language: text})
            except forms.ValidationError as error:
                self.add_error(answer_field(language), error)
            if text and language == own and text != said:
                self.add_error(
                    answer_field(language),
                    _("This is the FAQ's own language: its text is the answer above."),
                )
        return cleaned

    def values(self, by: Agent | None) -> dict[str, Any]:
        """What the service takes, without the phrasings; new files are stored."""
        values = {name: self.cleaned_data[name] for name in PLAIN}
        own = {name: self.cleaned_data[name] for name in BANDS}
        values["bands"] = {name: share for name, share in own.items() if share is not None}
        values["answers"] = {
            language: self.cleaned_data.get(answer_field(language), "")
            for language in Language.values
            if language != values["language"]
        }
        files: Files = self.cleaned_data["attached"]
        stored = [attachments.store(upload=file, by=by) for file in files.new]
        values["attachments"] = [*files.kept, *(row.pk for row in stored)]
        return values


def faq_form() -> type[FaqForm]:
    """The form with an answer for every language."""
    fields: dict[str, forms.Field] = {
        answer_field(code): forms.CharField(
            label=label,
            required=False,
            max_length=answers.LONGEST,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        )
        for code, label in Language.choices
    }
    return type("FaqForm", (FaqForm,), fields)
