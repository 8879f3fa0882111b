"""llama.cpp's own server in this process, on a port of the loopback: for a chat teacher and for an exported student."""

from __future__ import annotations

from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tutelage.core.errors import MissingExtraError


def start_server(gguf: Path, *, threads: int, slots: int, context_tokens: int, on_gpu: bool = True) -> Any:
    """A server for one GGUF file, which runs until it is let go of; RuntimeError if the file cannot be loaded.

    `slots` calls are decoded together, each with `context_tokens` for question and answer. `threads` is best 1 unless
    there are cores to spare: they wait for one another by spinning. `on_gpu` lets a GPU compute, if there is one.
    """
    xllamacpp = _import_llama_cpp()
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(gguf)
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_ctx = context_tokens * slots
    parameters.n_parallel = slots
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    if not on_gpu:
        parameters.n_gpu_layers = 0
        parameters.no_kv_offload = parameters.no_op_offload = True
    parameters.warmup = False
    parameters.ui = False
    parameters.verbosity = -1
    server = xllamacpp.Server(parameters)
    _await_loop(server.listening_address)
    return server


def count_gpus() -> int:
    """GPUs that the installed build of llama.cpp can use; 0 of one that is built without."""
    return sum("GPU" in device["type"].name for device in _import_llama_cpp().get_device_info())


def _import_llama_cpp() -> Any:
    try:
        import xllamacpp
    except ImportError as error:
        raise MissingExtraError("xllamacpp", extra="embedded") from error
    return xllamacpp


def _await_loop(address: str) -> None:
    """Until its loop answers: if it is told to end before it has begun, it never does, and who lets go of it waits."""
    connection = HTTPConnection(urlsplit(address).netloc)
    try:
        connection.request("GET", "/slots")
        connection.getresponse().read()
    finally:
        connection.close()
