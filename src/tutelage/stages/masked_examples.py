"""Examples as a student reads them that translates with masks: the same masks on both sides."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from tutelage.core.protection.masks import MaskForm, mask_pair
from tutelage.core.protection.spans import Protection
from tutelage.core.records import Example
from tutelage.students.diversity import part_control_words


def mask_examples(examples: Iterable[Example], form: MaskForm, protection: Protection) -> Iterator[Example]:
    """The examples with masks for what source and target share; conversations as they are.

    A hypothesis that the target corrects is left out if it does not share the same with the source.
    Of a form with tokens all are used alike, whatever place a span has in its text: a student learns them evenly.
    """
    for example in examples:
        if example.messages:
            yield example
            continue
        words, source = part_control_words(example.source, instructed=example.direction.is_paraphrase)
        shift = zlib.crc32(example.id.encode()) % form.capacity if form.tokens else 0
        pair = mask_pair(source, example.target, form, protection, shift=shift)
        hypothesis = example.hypothesis
        if hypothesis is not None:
            written = mask_pair(source, hypothesis, form, protection, shift=shift)
            hypothesis = written.target if written.source == pair.source else None
        yield replace(example, source=words + pair.source, target=pair.target, hypothesis=hypothesis)
