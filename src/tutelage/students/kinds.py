"""The kinds of students: one that encodes and decodes, one that continues a conversation.

Training and methods need of both only `model`, `tokenizer`, `family`, `direction`, `origin`, `encode_sources`,
`encode_targets` and `max_tokens`; the engines know the difference.
"""

from __future__ import annotations

from tutelage.students.causal_student import CausalStudent
from tutelage.students.student import Student

AnyStudent = Student | CausalStudent
