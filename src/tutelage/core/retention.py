"""What a recipe says of the general abilities of a causal student: which are measured, and how."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from tutelage.core.settings import Count, Settings

Ability = Literal["instructions", "arithmetic", "facts", "refusal", "wrapped_refusal", "harmless"]
BUILT_IN_ABILITIES: tuple[Ability, ...] = get_args(Ability)


class HarnessSettings(Settings):
    """lm-evaluation-harness, if it is installed: run as a program on the folders of both students."""

    command: Annotated[tuple[str, ...], Field(min_length=1)] = ("lm_eval",)
    """The program and what comes before its options."""
    tasks: Annotated[tuple[str, ...], Field(min_length=1)]
    """Its tasks or groups; each is an ability."""
    limit: Count | None = None
    """Documents of each task at most."""
    shots: int | None = Field(default=None, ge=0)
    """Examples before each question; without it, as the task has it."""
    batch_size: Count = 8
    device: str | None = None
    """Such as `cpu` or `cuda:0`; without it, as it chooses."""
    chat_template: bool = True
    """Ask by the student's chat template."""
    model_args: dict[str, str] = {}
    """More of what lm-eval is told of the model, for instance { dtype = "float32" }."""
    metrics: dict[str, str] = {}
    """Measure of a task where it has several: `acc_norm`, or with its filter `exact_match,strict-match`."""


class RetentionSettings(Settings):
    """The general abilities of a causal student, measured before and after every step."""

    abilities: Annotated[tuple[Ability, ...], Field(min_length=1)] = BUILT_IN_ABILITIES
    """Of the built-in suite."""
    items: Count | None = None
    """Of each built-in ability at most; without it, all. A pair of requests counts as one."""
    arithmetic: int = Field(default=100, ge=1, le=20_000)
    """Tasks of arithmetic there are; of 1,000, a share of 50 % is known to ± 3 points."""
    max_answer_tokens: Count = 192
    """Longest answer; short ones such as facts have lower limits of their own."""
    drift: int = Field(default=100, ge=0)
    """Questions of the suite on whose answers by the student before the divergence of the new one is measured: two
    forward passes for each; 0 measures no drift."""
    reasoning: dict[str, Count] = {}
    """Datasets of reasoning-gym and how many items of each, for instance { chain_sum = 20 }; the ability `reasoning`.
    Needs the extra `retention`."""
    lm_eval: HarnessSettings | None = None
    """Tasks of lm-evaluation-harness besides."""

    @property
    def measured(self) -> tuple[str, ...]:
        """Names of all abilities that are measured, as rules name them."""
        tasks = self.lm_eval.tasks if self.lm_eval else ()
        return tuple(dict.fromkeys([*self.abilities, *(("reasoning",) if self.reasoning else ()), *tasks]))
