"""Daily counts that stay when messages go."""

from django.db import models


class DailyCounter(models.Model):
    """How often something happened on one day. `subject` is the id counted for, "" for the whole desk."""

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    name = models.CharField(max_length=40)  # messages_in, answered_by_bot, faq_answered, …
    subject = models.CharField(max_length=64, blank=True)
    value = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "name", "subject"], name="daily_counter_once"),
        ]
        indexes = [models.Index(fields=["name", "day"], name="daily_counter_chart")]

    def __str__(self) -> str:
        return f"{self.day} {self.name} {self.subject}: {self.value}"
