"""Attribute names of GenAI spans, current and older, and the column that each of them fills."""

from __future__ import annotations

from typing import Final

ATTRIBUTES: Final[dict[str, tuple[str, ...]]] = {
    "operation": ("gen_ai.operation.name", "llm.request.type"),
    "span_kind": ("openinference.span.kind", "traceloop.span.kind"),
    "provider": ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"),
    "model": (
        "gen_ai.response.model",
        "gen_ai.request.model",
        "llm.model_name",
        "embedding.model_name",
        "reranker.model_name",
        "llm.response.model",
        "llm.request.model",
    ),
    "service_tier": (
        "openai.response.service_tier",
        "gen_ai.openai.response.service_tier",
        "openai.request.service_tier",
        "gen_ai.openai.request.service_tier",
    ),
    "input": (
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "llm.token_count.prompt",
        "llm.usage.prompt_tokens",
    ),
    "output": (
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.token_count.completion",
        "llm.usage.completion_tokens",
    ),
    "total": (
        "gen_ai.usage.total_tokens",
        "llm.token_count.total",
        "llm.usage.total_tokens",
    ),
    "cache_read": (
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.cached_input_tokens",
        "gen_ai.usage.input_tokens.cached",
        "gen_ai.usage.details.cache_read_tokens",
        "gen_ai.usage.details.cached_tokens",
        "ai.usage.cachedInputTokens",
        "llm.token_count.prompt_details.cache_read",
        "llm.usage.cache_read_input_tokens",
    ),
    "cache_write": (
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.details.cache_write_tokens",
        "llm.token_count.prompt_details.cache_write",
        "llm.usage.cache_creation_input_tokens",
    ),
    "reasoning": (
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.details.reasoning_tokens",
        "gen_ai.usage.completion_tokens_details.reasoning",
        "llm.token_count.completion_details.reasoning",
        "llm.usage.reasoning_tokens",
    ),
    "cost": ("gen_ai.usage.cost", "llm.cost.total", "gen_ai.usage.total_cost", "operation.cost"),
    "first_token": (
        "gen_ai.response.time_to_first_chunk",
        "gen_ai.server.time_to_first_token",
    ),
    "session": (
        "gen_ai.conversation.id",
        "session.id",
        "langfuse.session.id",
        "ai.telemetry.metadata.sessionId",
        "traceloop.association.properties.session_id",
    ),
    "user": (
        "user.id",
        "enduser.id",
        "gen_ai.user",
        "langfuse.user.id",
        "ai.telemetry.metadata.userId",
        "traceloop.association.properties.user_id",
    ),
    "agent": ("gen_ai.agent.id", "gen_ai.agent.name", "agent.name", "gen_ai.application_name"),
    "agent_version": ("gen_ai.agent.version",),
    "template": (
        "gen_ai.prompt.name",
        "traceloop.prompt.key",
        "langfuse.observation.prompt.name",
    ),
    "template_version": (
        "gen_ai.prompt.version",
        "traceloop.prompt.version",
        "llm.prompt_template.version",
        "langfuse.observation.prompt.version",
    ),
    "workflow": ("gen_ai.workflow.name", "traceloop.workflow.name"),
    "tool": ("gen_ai.tool.name", "tool.name"),
    "tool_call": ("gen_ai.tool.call.id", "tool_call.id"),
    "entity": ("traceloop.entity.name",),
    "error_type": ("error.type", "exception.type"),
    "error_message": ("error.message", "exception.message"),
    "environment": (
        "deployment.environment.name",
        "gen_ai.environment",
        "deployment.environment",
        "langfuse.environment",
    ),
    "tags": ("tag.tags", "langfuse.trace.tags"),
    "metadata": ("metadata",),
    "service": ("service.name",),
    "service_version": ("service.version",),
}
"""Matter → names of the attribute that tells it, the one that is believed first."""

MARKS: Final = ("gen_ai.", "llm.", "openinference.", "traceloop.", "embedding.", "reranker.")
"""How the name of an attribute begins that only GenAI spans have."""

TARGETS: Final[dict[str, tuple[str, int, bool]]] = {
    name: (matter, rank, name.startswith(MARKS))
    for matter, names in ATTRIBUTES.items()
    for rank, name in enumerate(names)
}
"""Name of an attribute → what it tells, its rank among those that tell the same, and whether only
GenAI spans have it."""

CONTEXT: Final = "traceloop.association.properties."
"""Prefix of the user's own attributes in OpenLLMetry."""

OWN: Final = "assay."
"""Prefix of attributes that name a column of ours: `assay.item_id`."""

OPERATIONS: Final = {
    "llm": "chat",
    "chain": "chain",
    "agent": "invoke_agent",
    "workflow": "invoke_workflow",
    "task": "task",
    "tool": "execute_tool",
    "embedding": "embeddings",
    "retriever": "retrieval",
    "reranker": "rerank",
    "guardrail": "guardrail",
    "evaluator": "evaluation",
    "completion": "text_completion",
}
"""Kinds of span of OpenInference and OpenLLMetry → operations."""

AROUND: Final = frozenset(
    {"invoke_agent", "create_agent", "invoke_workflow", "chain", "task", "plan"}
)
"""Operations that stand around calls of models, whose tokens and costs they may repeat."""

EVALUATION: Final = "gen_ai.evaluation.result"

INTERACTIONS: Final = (
    "interaction_id",
    "trace_id",
    "parent_id",
    "occurred_at",
    "session_id",
    "user_id",
    "agent_id",
    "agent_version",
    "template_id",
    "template_version",
    "workflow_id",
    "provider",
    "model",
    "service_tier",
    "operation",
    "tool",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost_usd",
    "latency_s",
    "first_token_s",
    "succeeded",
    "error_type",
    "error_message",
    "row",
)
CALLS: Final = (
    "call_id",
    "interaction_id",
    "integration",
    "started_at",
    "duration_s",
    "succeeded",
    "error_type",
    "row",
)
SCORES: Final = (
    "score_id",
    "interaction_id",
    "session_id",
    "name",
    "value",
    "comment",
    "judged_at",
    "row",
)
