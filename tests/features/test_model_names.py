import pytest

from assay.features.model_names import Resolved, canonical_provider, resolved

KNOWN = {
    ("openai", "gpt-4o"): ("openai", "gpt-4o"),
    ("openai", "gpt-4o-2024-05-13"): ("openai", "gpt-4o-2024-05-13"),
    ("openai", "gpt-5"): ("openai", "gpt-5"),
    ("anthropic", "claude-3-5-haiku-20241022"): ("anthropic", "claude-3-5-haiku-20241022"),
    ("anthropic", "claude-3-5-haiku"): ("anthropic", "claude-3-5-haiku-20241022"),
    ("anthropic", "claude-sonnet-4-6"): ("anthropic", "claude-sonnet-4-6"),
    ("bedrock", "anthropic.claude-sonnet-4-6"): ("bedrock", "anthropic.claude-sonnet-4-6"),
    ("bedrock", "us.anthropic.claude-sonnet-4-6"): ("bedrock", "us.anthropic.claude-sonnet-4-6"),
    ("gemini", "gemini-2.5-pro"): ("gemini", "gemini-2.5-pro"),
    ("gemini", "gemini-2.5-flash"): ("gemini", "gemini-2.5-flash"),
    ("deepseek", "deepseek-chat"): ("deepseek", "deepseek-chat"),
    ("mistral", "mistral-large"): ("mistral", "mistral-large-latest"),
    ("fireworks_ai", "deepseek-v3"): ("fireworks_ai", "deepseek-v3"),
    ("", "deepseek-v3"): ("fireworks_ai", "deepseek-v3"),
}


@pytest.mark.parametrize(
    ("provider", "model", "found", "how"),
    [
        ("openai", "gpt-4o", "gpt-4o", ""),
        (" OpenAI ", "GPT-4o", "gpt-4o", ""),
        ("openai", "openai/gpt-4o", "gpt-4o", ""),
        (None, "openai/gpt-4o", "gpt-4o", ""),
        ("openai", "gpt-4o-2024-05-13", "gpt-4o-2024-05-13", ""),
        ("openai", "gpt-4o-2024-11-20", "gpt-4o", "without -2024-11-20"),
        ("openai", "gpt-4o-latest", "gpt-4o", "without -latest"),
        ("gcp.gemini", "models/gemini-2.5-pro", "gemini-2.5-pro", ""),
        (
            "gemini",
            "gemini-2.5-pro-preview-05-06",
            "gemini-2.5-pro",
            "without -preview-05-06",
        ),
        (
            "gemini",
            "gemini-2.5-flash-preview-09-2025",
            "gemini-2.5-flash",
            "without -preview-09-2025",
        ),
        ("anthropic", "claude-3-5-haiku@20241022", "claude-3-5-haiku-20241022", ""),
        ("anthropic", "claude-3.5-haiku", "claude-3-5-haiku-20241022", ""),
        ("bedrock", "us.anthropic.claude-sonnet-4-6", "us.anthropic.claude-sonnet-4-6", ""),
        ("aws.bedrock", "anthropic.claude-sonnet-4-6", "anthropic.claude-sonnet-4-6", ""),
        (
            "bedrock",
            "eu.anthropic.claude-sonnet-4-6",
            "anthropic.claude-sonnet-4-6",
            "without eu.",
        ),
        (
            "bedrock",
            "us.anthropic.claude-3-5-haiku-20241022-v1:0",
            "claude-3-5-haiku-20241022",
            "without us., at anthropic's price, as bedrock has no line",
        ),
        (
            "vertex_ai",
            "claude-3-5-haiku@20241022",
            "claude-3-5-haiku-20241022",
            "at anthropic's price, as vertex_ai has no line",
        ),
        (
            None,
            "openrouter/anthropic/claude-3.5-haiku:beta",
            "claude-3-5-haiku-20241022",
            "without :beta, at anthropic's price, as openrouter has no line",
        ),
        ("azure.ai.openai", "gpt-4o", "gpt-4o", "at openai's price, as azure has no line"),
        ("my-gateway", "gpt-4o", "gpt-4o", "at openai's price, as my-gateway has no line"),
        (
            None,
            "gpt-5-2025-08-07",
            "gpt-5",
            "without -2025-08-07, provider not told, taken as openai's",
        ),
        (
            None,
            "us.anthropic.claude-sonnet-4-6",
            "us.anthropic.claude-sonnet-4-6",
            "provider not told, taken as bedrock's",
        ),
        (None, "deepseek-v3", "deepseek-v3", "provider not told, taken as fireworks_ai's"),
        ("fireworks", "accounts/fireworks/models/deepseek-v3", "deepseek-v3", ""),
        ("mistral", "mistral-large-latest", "mistral-large-latest", "without -latest"),
    ],
)
def test_leads_to_the_line_and_tells_how(provider, model, found, how):
    got = resolved(provider, model, KNOWN)
    assert isinstance(got, Resolved)
    assert (got.model, got.how) == (found, how)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openrouter", "deepseek/deepseek-chat:free"),  # free of charge, not at the price
        ("ollama", "deepseek-chat"),  # open weights on one's own machine cost no tokens
        ("groq", "gpt-4o"),  # a provider that runs models itself
        ("openai", "ft:gpt-4o:org::1"),  # tuned models have prices of their own
        ("openai", "gpt-4o-mini"),  # another model
        ("mistral", "mistral-large-2407"),  # a fixed version, when another is the latest
        ("openai", ""),
        ("openai", "  "),
        ("openai", None),
        ("", "nobody-knows"),
    ],
)
def test_takes_nothing_for_another_model(provider, model):
    assert resolved(provider, model, KNOWN) is None


def test_providers_have_one_name():
    told = ["google", "GOOGLE AI", "x_ai", "aws.bedrock", "mistralai", "my-own"]
    assert [canonical_provider(name) for name in told] == [
        "gemini",
        "gemini",
        "xai",
        "bedrock",
        "mistral",
        "my-own",
    ]
