"""OpenTelemetry spans of generative AI, as OTLP JSON."""
