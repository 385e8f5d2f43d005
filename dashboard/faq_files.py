"""FAQs from and to files: upload, look at what it would do, confirm. The bot's services do the work."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget

from bot import transfer
from bot.services.importing import Report, exported_faqs
from dashboard import metrics
from messaging.services.answers import import_faqs

FOLDER = "imports"
WAITS = timedelta(hours=1)  # between the preview and the confirmation
ROWS_SHOWN = 100
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_SALT = "dashboard.faq_files"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("file"),
        help_text=gettext_lazy("CSV, XLSX, JSON or YAML with at least a question and an answer."),
        widget=UnfoldAdminFileFieldWidget(
            attrs={"accept": ",".join(f".{name}" for name in transfer.formats())}
        ),
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > transfer.MOST_BYTES:
            raise forms.ValidationError(_("The file is too large."), code="size")
        return file


@dataclass(frozen=True, slots=True)
class Line:
    """A row as the preview shows it."""

    number: int
    question: str
    answer: str
    language: str
    category: str
    problem: str


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The import in its three steps. `context` is the site's."""
    if request.method == "POST" and "token" in request.POST:
        return _confirm(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    context |= {"title": _("Import FAQs"), "form": form, "columns": transfer.COLUMNS}
    if request.method == "POST" and form.is_valid():
        try:
            context |= _preview(request, form.cleaned_data["file"])
        except transfer.Unreadable as error:
            form.add_error("file", str(error))
    return TemplateResponse(request, "dashboard/faq_import.html", context)


def export(extension: str) -> HttpResponse:
    """All FAQs as a file."""
    try:
        content = transfer.write(exported_faqs(), extension)
    except transfer.Unreadable as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
    response = HttpResponse(content, content_type=TYPES[extension])
    name = f"faqs-{timezone.localdate().isoformat()}.{extension}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _preview(request: HttpRequest, file: "UploadedFile[bytes]") -> dict[str, Any]:
    """What the import would do; keeps the file until it is confirmed. Raises Unreadable."""
    extension = PurePath(file.name or "").suffix.removeprefix(".").lower()
    data = file.read()
    rows = transfer.read(data, extension)
    report = import_faqs(rows, author=request.user, dry_run=True)
    _forget_old()
    name = default_storage.save(f"{FOLDER}/{uuid.uuid4()}.{extension}", ContentFile(data))
    token = signing.dumps([name, request.user.pk], salt=_SALT)
    return {
        "report": report,
        "token": token,
        "total": len(rows),
        "lines": _lines(rows, report),
        "unknown": transfer.unknown_columns(rows),
        "takes": report.created + report.updated,
    }


def _lines(rows: list[transfer.Row], report: Report) -> list[Line]:
    """The rejected rows first, then the others, as many as a page should hold."""
    problems = {rejected.number: rejected.reason for rejected in report.rejected}
    numbered = list(enumerate(rows, start=1))
    numbered.sort(key=lambda item: (item[0] not in problems, item[0]))
    return [
        Line(
            number=number,
            question=metrics.shorten(str(row.get("question") or "")),
            answer=metrics.shorten(str(row.get("answer") or "")),
            language=str(row.get("language") or ""),
            category=str(row.get("category") or ""),
            problem=problems.get(number, ""),
        )
        for number, row in numbered[:ROWS_SHOWN]
    ]


def _confirm(request: HttpRequest) -> HttpResponse:
    """Import the file of the preview; it is read again, so nothing the browser sends is trusted."""
    try:
        name, user = signing.loads(request.POST["token"], salt=_SALT, max_age=WAITS)
    except signing.BadSignature:
        name, user = "", None
    if user != request.user.pk or not name or not default_storage.exists(name):
        messages.error(request, _("This preview is over. Upload the file again."))
        return redirect("admin:bot_faq_import_file")
    with default_storage.open(name) as file:
        rows = transfer.read(file.read(), PurePath(name).suffix.removeprefix("."))
    default_storage.delete(name)
    report = import_faqs(rows, author=request.user)
    text = _("%(created)d new, %(updated)d changed, %(same)d unchanged, %(rejected)d rejected.")
    messages.success(
        request,
        text
        % {
            "created": report.created,
            "updated": report.updated,
            "same": report.unchanged,
            "rejected": len(report.rejected),
        },
    )
    return redirect("admin:bot_faq_changelist")


def _forget_old() -> None:
    """Delete the files nobody confirmed."""
    if not default_storage.exists(FOLDER):
        return
    for name in default_storage.listdir(FOLDER)[1]:
        path = f"{FOLDER}/{name}"
        if default_storage.get_modified_time(path) < timezone.now() - WAITS:
            default_storage.delete(path)
