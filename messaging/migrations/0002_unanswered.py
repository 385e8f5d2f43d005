import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import bot.ids


def take_over_misses(apps, schema_editor):
    """What was missed before there was this list."""
    Decision = apps.get_model("messaging", "Decision")
    Miss = apps.get_model("messaging", "Miss")
    missed = Decision.objects.filter(step="miss", reason="miss").order_by("created_at")
    rows = missed.values_list("message_id", "snapshot", "message__conversation__language")
    Miss.objects.bulk_create(
        (
            Miss(message_id=message, snapshot=snapshot, language=language, cause="miss")
            for message, snapshot, language in rows.iterator()
        ),
        batch_size=1000,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="UnansweredQuestion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=bot.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("attached", "attached"),
                            ("dismissed", "dismissed"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("times", models.PositiveIntegerField(default=0, verbose_name="times asked")),
                ("faq_id", models.UUIDField(blank=True, null=True, verbose_name="FAQ")),
                ("known_from", models.PositiveIntegerField(blank=True, null=True)),
                ("added", models.JSONField(blank=True, default=list)),
                ("handled_at", models.DateTimeField(blank=True, null=True, verbose_name="handled")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="first asked"
                    ),
                ),
                (
                    "last_seen_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="last asked"
                    ),
                ),
                (
                    "handled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "unanswered question",
                "verbose_name_plural": "unanswered questions",
                "ordering": ["-times", "-last_seen_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Miss",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("miss", "no answer found"),
                            ("none_of_these", "offered in vain"),
                            ("not_helpful", "answered in vain"),
                        ],
                        max_length=15,
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=10)),
                ("snapshot", models.PositiveIntegerField(null=True)),
                ("key", models.CharField(blank=True, max_length=32)),
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="miss",
                        to="messaging.message",
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="misses",
                        to="messaging.unansweredquestion",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="unansweredquestion",
            index=models.Index(fields=["-last_seen_at", "-id"], name="unanswered_by_last_seen"),
        ),
        migrations.AddIndex(
            model_name="unansweredquestion",
            index=models.Index(fields=["state", "-times"], name="unanswered_by_state"),
        ),
        migrations.AddIndex(
            model_name="miss",
            index=models.Index(
                condition=models.Q(("question", None)), fields=["id"], name="miss_ungrouped"
            ),
        ),
        migrations.AddIndex(
            model_name="miss",
            index=models.Index(fields=["question", "id"], name="miss_of_question"),
        ),
        migrations.AddIndex(
            model_name="miss",
            index=models.Index(fields=["key"], name="miss_by_key"),
        ),
        migrations.RunPython(take_over_misses, migrations.RunPython.noop),
    ]
