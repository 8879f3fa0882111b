"""What the server counts, in the form that Prometheus reads."""

from __future__ import annotations

from dataclasses import asdict

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from tutelage.serving.monitor import Monitor
from tutelage.serving.signs import SIGNS
from tutelage.serving.translator import Served


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("tutelage_requests", "Requests answered.", ["route", "status"], registry=self.registry)
        self.seconds = Histogram(
            "tutelage_request_seconds", "Seconds until an answer began.", ["route"], registry=self.registry
        )
        self.texts = Counter("tutelage_texts", "Texts translated.", ["direction"], registry=self.registry)
        self.lost = Counter(
            "tutelage_lost_texts", "Translations that lack a protected span.", ["direction"], registry=self.registry
        )
        self.waiting = Gauge("tutelage_waiting_texts", "Texts in the queue.", ["direction"], registry=self.registry)
        self.unknown = Counter(
            "tutelage_unknown_directions", "Requests for a direction that no student has.", registry=self.registry
        )
        self.suggestions = Counter(
            "tutelage_suggestions", "Corrections received, by what became of them.", ["state"], registry=self.registry
        )

        self.seen = Gauge(
            "tutelage_today_seen",
            "Today's sample of texts: what was counted in it (UTC).",
            ["direction", "what"],
            registry=self.registry,
        )
        self.shares = Gauge(
            "tutelage_share",
            "Share of what a student was not trained for, today and in the seven days before.",
            ["direction", "sign", "period"],
            registry=self.registry,
        )
        self.warnings = Gauge(
            "tutelage_warning", "1 if a sign is worth a warning today.", ["direction", "sign"], registry=self.registry
        )
        self.readings = Gauge(
            "tutelage_test_set_readings",
            "Gates that decided by the test set of the student's run.",
            ["direction"],
            registry=self.registry,
        )

    def look(self, student: Served, monitor: Monitor) -> None:
        """Set what is read at the moment of asking."""
        model, direction = student.model, student.direction
        self.waiting.labels(model).set(student.queue.waiting)
        if student.background.gates is not None:
            self.readings.labels(model).set(student.background.gates)
        today, week = monitor.day(direction), monitor.week(direction)
        warned = {one.sign for one in monitor.warnings(direction)}
        for what, count in asdict(today).items():
            self.seen.labels(model, what).set(count)
        for sign in SIGNS:
            self.shares.labels(model, sign.name, "today").set(sign.part(today).share)
            self.shares.labels(model, sign.name, "week_before").set(sign.part(week).share)
            self.warnings.labels(model, sign.name).set(sign.name in warned)

    def render(self) -> bytes:
        """The text that is scraped."""
        return generate_latest(self.registry)
