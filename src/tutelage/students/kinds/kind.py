"""What every kind of student is, and says of itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from tutelage.core.languages import Direction
from tutelage.core.protection.alphabet import Alphabet
from tutelage.core.protection.masks import LETTERS, MaskForm
from tutelage.core.protection.spans import Protection
from tutelage.core.records import Example
from tutelage.core.registry import Registry
from tutelage.core.training import EncodedExample
from tutelage.students.states import DecoderOutput

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(slots=True)
class BareModel:
    """What the files of a model say of it; its weights are left there until somebody wants them."""

    config: Any
    generation_config: Any = None
    weights: Any = None
    """The model itself, once it was read."""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """As transformers reads them; never code from the folder."""
        import transformers

        config = transformers.AutoConfig.from_pretrained(folder)
        if (folder / "generation_config.json").is_file():
            return cls(config, transformers.GenerationConfig.from_pretrained(folder))
        return cls(config, transformers.GenerationConfig.from_model_config(config))


@dataclass(frozen=True, slots=True)
class AnyStudent(ABC):
    """A model ready to be trained or decoded. Its class is its kind: a line in `registry.py`."""

    chats: ClassVar[bool] = False
    """Whether it answers any conversation: a `CausalStudent`, with an instruction and with abilities to lose."""
    packed: ClassVar[bool] = False
    """Whether it is trained on packed rows of whole sequences, not on padded sources and targets."""
    low_precision: ClassVar[bool] = False
    """Whether what an adapter does not train can be held in bfloat16."""
    piece_words: ClassVar[int] = 150
    """Words that it is given at once; longer texts are parted between sentences."""
    adapter_task: ClassVar[str]
    """What peft calls its task."""
    engines: ClassVar[Registry]
    """What opens an engine: with the student, `cache`, `compute_type` and, for transformers, perhaps a `contrast`."""

    model: Any
    """A transformers model, perhaps with a LoRA adapter, or a `BareModel`."""
    tokenizer: Any
    direction: Direction
    origin: Path
    """The folder the weights were read from. Engines name and convert it: after training, save and load anew."""
    mask_form: MaskForm = field(default=LETTERS, kw_only=True)
    """How it is given masks for protected spans."""

    @classmethod
    @abstractmethod
    def load(cls, folder: Path, *, direction: Direction) -> Self:
        """The student in a folder, in float32; only safetensors, never code from the folder."""

    @classmethod
    def load_bare(cls, folder: Path, *, direction: Direction) -> Self:
        """The same with a `BareModel`, for what needs no weights; with its weights if the kind has no other way."""
        return cls.load(folder, direction=direction)

    @classmethod
    def load_tokenizer(cls, folder: Path) -> Any:
        """The tokenizer in a folder, as transformers reads it."""
        import transformers

        return transformers.AutoTokenizer.from_pretrained(folder)

    @classmethod
    @abstractmethod
    def asking_problem(cls, folder: Path, instruction: str | None = None) -> str | None:
        """Why the student in a folder cannot be told a direction, or `None`; no weights are loaded.

        `instruction` is a template that takes the place of its own.
        """

    @classmethod
    def require_direction(cls, _tokenizer: Any, _direction: Direction) -> None:
        """StudentError for a direction that it cannot be told, though it can be told some."""

    @classmethod
    def says_source(cls, _folder: Path) -> bool:
        """Whether the student in a folder is told the source's language too, and not the target's alone."""
        return True

    @classmethod
    def said_direction(cls, _folder: Path) -> Direction | None:
        """The direction that the student in a folder was last trained in; `None` if its files do not say."""
        return None

    @classmethod
    def signed_beside(cls, _folder: Path) -> tuple[str, ...]:
        """What decides its outputs and is not in its folder."""
        return ()

    @classmethod
    @abstractmethod
    def states(cls, model: Any, batch: dict[str, Tensor]) -> DecoderOutput:
        """The forward pass of a training batch up to, and without, the output projection."""

    @abstractmethod
    def encode_sources(
        self, texts: Sequence[str], *, max_tokens: int, direction: Direction | None = None
    ) -> list[list[int]]:
        """Ids of what the student is given for each text; `None` is its own direction."""

    @abstractmethod
    def encode_examples(
        self, examples: Sequence[Example], *, max_source_tokens: int, max_target_tokens: int, conflicts: bool = False
    ) -> list[EncodedExample]:
        """Each example under its own direction and, with `conflicts`, also under the wrong one that it names."""

    @property
    @abstractmethod
    def max_tokens(self) -> int:
        """Tokens that a source can have at most."""

    @property
    def masks_first(self) -> bool:
        """Whether it is given masks for protected spans at once, and is trained so; else only for what it loses."""
        return bool(self.mask_form.tokens)

    @property
    def alphabet(self) -> Alphabet | None:
        """What it can spell; `None` for a kind that can spell anything, as chat models do byte by byte."""
        return None

    def protect(self, protection: Protection | None) -> Protection | None:
        """The protection of its texts: what it cannot spell is protected besides."""
        return protection if protection is None else replace(protection, alphabet=self.alphabet)

    @abstractmethod
    def count_tokens(self, text: str) -> int:
        """Tokens of a source, uncut."""

    def require_trainable(self) -> None:
        """StudentError for a model whose logits `states` does not give."""

    def save_tokenizer(self, folder: Path) -> None:
        """Write what it is asked with into its folder."""
        self.tokenizer.save_pretrained(folder)

    @classmethod
    def mend_model(cls, model: Any) -> None:
        """Give a model that CTranslate2 converts what its converter looks for."""

    def mend_conversion(self, spec: Any) -> None:
        """Give a conversion what CTranslate2 leaves out."""

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return sum(weight.numel() for weight in self.model.parameters())
