"""What the server counts, in the form that Prometheus reads."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


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

    def render(self) -> bytes:
        """The text that is scraped."""
        return generate_latest(self.registry)
