"""Figures in the text format of Prometheus. Apart from the view: it needs prometheus_client."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from django.utils import timezone
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from config.metrics.figures import NAMESPACE, read_all
from config.metrics.processes import VARIABLE
from config.metrics.requests import REGISTRY

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
FAMILIES = {"gauge": GaugeMetricFamily, "counter": CounterMetricFamily}


def render() -> bytes:
    """What apps have registered, then the requests of all processes of this web server."""
    return generate_latest(_registry_of(_DomainCollector())) + generate_latest(_requests())


class _DomainCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        for figure in read_all(timezone.now()):
            name = f"{NAMESPACE}_{figure.name}"
            family = FAMILIES[figure.kind](name, figure.about, labels=figure.labels)
            for labels, value in figure.values.items():
                family.add_metric(labels, value)
            yield family

    def describe(self) -> Iterable[Metric]:
        """Nothing: the library would read everything once more to know the names."""
        return []


def _requests() -> CollectorRegistry:
    if not os.environ.get(VARIABLE):
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


def _registry_of(collector: Collector) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(collector)
    return registry
