"""OpenTelemetry spans of generative AI, as OTLP JSON."""

from assay.data.adapters.otel.adapter import Otel

__all__ = ["Otel"]
