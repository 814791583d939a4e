"""The same model under many names: which line of a price list a logged name means, by rule.

A log names a model as its source does: `openai/gpt-4o`, `gpt-4o-2024-08-06`,
`us.anthropic.claude-3-5-haiku-20241022-v1:0` on Bedrock, `claude-3-5-haiku@20241022` on Vertex AI.
Rules are tried from the least to the most that they change, and what they changed is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Named = tuple[str, str]
"""A provider and a model, as a price list calls them."""

PROVIDERS: Final[dict[str, tuple[str, ...]]] = {
    "openai": ("open_ai", "text-completion-openai", "openai_compatible"),
    "anthropic": ("claude",),
    "gemini": (
        "google",
        "googleai",
        "google_ai",
        "google_ai_studio",
        "google_genai",
        "google-generativeai",
        "gcp.gemini",
        "gcp.gen_ai",
    ),
    "vertex_ai": (
        "vertex",
        "vertexai",
        "gcp.vertex_ai",
        "vertex_ai_beta",
        "vertex_ai-language-models",
        "vertex_ai-anthropic_models",
        "vertex_ai-mistral_models",
    ),
    "deepseek": ("deepseek-ai", "deepseek_ai"),
    "mistral": ("mistralai", "mistral_ai", "mistral-ai"),
    "xai": ("x_ai", "x-ai", "grok"),
    "cohere": ("cohere_chat",),
    "bedrock": (
        "aws",
        "aws.bedrock",
        "aws_bedrock",
        "amazon",
        "amazon_bedrock",
        "amazon-bedrock",
        "bedrock_converse",
    ),
    "azure": (
        "azure_openai",
        "azureopenai",
        "az.ai.openai",
        "azure.ai.openai",
        "az.ai.inference",
        "azure.ai.inference",
        "azure_ai",
    ),
    "groq": (),
    "fireworks_ai": ("fireworks", "fireworks-ai"),
    "together_ai": ("together", "togetherai", "together-ai"),
    "openrouter": ("open_router",),
    "github": ("github_copilot", "copilot"),
    "perplexity": (),
    "moonshot": ("moonshotai", "moonshot_ai"),
    "meta": ("meta_llama", "meta-llama"),
    "alibaba": ("qwen", "dashscope", "alibaba_cloud"),
    "zai": ("z-ai", "z_ai", "zhipuai"),
    "minimax": ("minimaxai",),
}
"""Providers by the names that price lists use, and the names that others give them."""

HOSTS: Final = frozenset({"azure", "bedrock", "vertex_ai", "openrouter"})
"""Providers that sell others' models; without a line of their own, the maker's price is taken."""

CLOSED: Final = frozenset({"openai", "anthropic", "gemini", "xai"})
"""Makers whose models nobody else runs: whatever passes their calls on, they are paid for."""

_CANONICAL: Final = {
    name: provider for provider, names in PROVIDERS.items() for name in (provider, *names)
}

_MAKERS: Final = (
    (re.compile(r"(gpt-(?!oss)|chatgpt|o[134](-|$)|codex|davinci|text-embedding-[3a])"), "openai"),
    (re.compile(r"claude"), "anthropic"),
    (re.compile(r"gemini"), "gemini"),
    (re.compile(r"deepseek"), "deepseek"),
    (
        re.compile(r"(mistral|ministral|magistral|codestral|devstral|pixtral|open-mi[sx]tral)"),
        "mistral",
    ),
    (re.compile(r"grok"), "xai"),
    (re.compile(r"(command|c4ai)"), "cohere"),
    (re.compile(r"(nova|titan|amazon\.)"), "bedrock"),
    (re.compile(r"kimi"), "moonshot"),
    (re.compile(r"glm"), "zai"),
)
"""By how a model's name begins: who makes it."""

_FOLDERS: Final = re.compile(r"^(accounts/[^/]+/(models|routers)|models|publishers/[^/]+/models)/")
_REGION: Final = re.compile(r"^(us|us-gov|eu|apac|global|jp|au|ca|sa|mx)\.(?=[a-z0-9]+\.)")
_MAKER: Final = re.compile(r"^(anthropic|amazon|meta|mistral|cohere|deepseek|ai21|openai|qwen)\.")
_BUILD: Final = re.compile(r"-v\d+(:\d+)?(:\d+k)?$")
_STAMP: Final = re.compile(
    r"(-20\d{2}-?[01]\d-?[0-3]\d|-(0[1-9]|1[0-2])-20\d{2}|-(0[1-9]|1[0-2])-?([0-2]\d|3[01])"
    r"|-latest|-default|-00[1-9])$"
)
_PREVIEW: Final = re.compile(r"(-preview|-beta|:beta|:thinking)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A model in a price list, and how its name was found there.

    Attributes:
        how: what the rules changed and whose price it is, in words; empty where the list names the
            model so, itself or by an alias.
    """

    provider: str
    model: str
    how: str


def canonical_provider(provider: str) -> str:
    """The provider as price lists call it; an unknown one as it is, in small letters.

    >>> canonical_provider("gcp.gemini")
    'gemini'
    """
    name = provider.strip().lower()
    return _CANONICAL.get(name, _CANONICAL.get(name.replace(" ", "_"), name))


def resolved(
    provider: str | None, model: str | None, known: Mapping[Named, Named]
) -> Resolved | None:
    """What a price list calls a logged model; nothing, where no rule leads to one of its names.

    `known` leads from every name and alias of the list, in small letters, to provider and model; a
    name that one provider alone has also stands there without one.
    """
    if model is None or not model.strip():
        return None
    name = model.strip().lower()
    given = canonical_provider(provider) if provider and provider.strip() else None
    for seller, inner in _routes(given, name):
        for spelled, changed in _spellings(inner):
            found = known.get((seller, spelled))
            if found is not None:
                bill = given or _first_provider(name)
                how = _told(bill, canonical_provider(found[0]), changed)
                return Resolved(provider=found[0], model=found[1], how=how)
    return None


def aliased(provider: str, alias: str) -> Iterator[Named]:
    """The names that an alias stands for: of its provider, or of one that it begins with.

    >>> list(aliased("openai", "azure/gpt-4o"))
    [('openai', 'azure/gpt-4o'), ('azure', 'gpt-4o')]
    """
    name = alias.strip().lower()
    yield canonical_provider(provider), name
    head, slash, rest = name.partition("/")
    if slash and head in _CANONICAL:
        yield _CANONICAL[head], rest


def maker_of(model: str) -> str | None:
    """Who makes the model, by how its name begins; nothing for an unknown family.

    >>> maker_of("claude-sonnet-4-6"), maker_of("my-own")
    ('anthropic', None)
    """
    return next((maker for begins, maker in _MAKERS if begins.match(model)), None)


def _first_provider(name: str) -> str | None:
    """Whose bill it is where the log does not say: of the first that the name is led by."""
    head, slash, _ = name.partition("/")
    return _CANONICAL.get(head) if slash else None


def _routes(given: str | None, model: str) -> Iterator[Named]:
    """Providers and names to look under, from the seller inwards to the maker."""
    seller = given
    while True:
        if seller is not None:
            yield seller, model
        bare = _FOLDERS.sub("", model)
        if bare != model:
            model = bare
            continue
        head, slash, rest = model.partition("/")
        if not slash or head not in _CANONICAL:
            break
        seller, model = _CANONICAL[head], rest
    name = _MAKER.sub("", _REGION.sub("", model))
    if seller is None and name != model:
        yield "bedrock", model
    maker = maker_of(name)
    resold = seller in HOSTS or (seller not in PROVIDERS and maker in CLOSED)
    if maker is not None and maker != seller and (seller is None or resold):
        yield maker, model
    if seller is None:
        yield "", model


def _spellings(model: str) -> Iterator[tuple[str, str]]:
    """The name as it is, then with ever more left off; each with what was, in words."""
    yield model, ""
    if "@" in model:
        model = model.replace("@", "-")
        yield model, ""
    here = _REGION.sub("", model)
    region = f"without {model[: -len(here)]}" if here != model else ""
    if region:
        yield here, region
    bare = _BUILD.sub("", _MAKER.sub("", here))
    for name in dict.fromkeys((bare, bare.replace(".", "-"))):
        if name != here:
            yield name, region
        left, off = name, ""
        for pattern in (_STAMP, _PREVIEW, _STAMP):
            shorter = pattern.sub("", left)
            if shorter != left:
                off = left[len(shorter) :] + off
                left = shorter
                yield left, ", ".join(part for part in (region, f"without {off}") if part)


def _told(bill: str | None, found: str, changed: str) -> str:
    said = [changed] if changed else []
    if bill is None:
        said.append(f"provider not told, taken as {found}'s")
    elif bill != found:
        said.append(f"at {found}'s price, as {bill} has no line")
    return ", ".join(said)
