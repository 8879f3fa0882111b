"""Files and batches of the Batch API, kept in memory: uploaded, worked off after some polls, downloaded."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from scripted.loopback import Reply, Request
from scripted.wire import error_reply, json_reply

_DISPOSITION = re.compile(rb'name="([^"]*)"(?:; filename="([^"]*)")?')
ENDPOINT = "/v1/chat/completions"


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """How batches go: finished at poll number `polls` (from 1), perhaps not whole."""

    polls: int = 1
    expire_after: int | None = None
    """Lines worked off before the batch expires; none: it completes."""
    fail: str = ""
    """The batch fails as a whole with this message."""


@dataclass(slots=True)
class Batch:
    """One batch and how far it is."""

    id: str
    input_file: str
    metadata: dict[str, str] | None
    total: int
    status: str = "validating"
    polls: int = 0
    output_file: str | None = None
    error_file: str | None = None
    completed: int = 0
    failed: int = 0
    message: str = ""

    def as_json(self) -> dict[str, Any]:
        """The `batch` object."""
        errors = {"object": "list", "data": [{"code": "failed", "message": self.message}]} if self.message else None
        return {
            "id": self.id, "object": "batch", "endpoint": ENDPOINT, "errors": errors, "status": self.status,
            "input_file_id": self.input_file, "output_file_id": self.output_file, "error_file_id": self.error_file,
            "completion_window": "24h", "created_at": 0, "metadata": self.metadata,
            "request_counts": {"total": self.total, "completed": self.completed, "failed": self.failed},
        }  # fmt: skip


Answer = Callable[[dict[str, Any]], Awaitable[Reply]]


@dataclass(slots=True)
class BatchOffice:
    """Takes files and batches; `answer` works off the body of one line."""

    answer: Answer
    plan: BatchPlan = field(default_factory=BatchPlan)
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)

    async def handle(self, request: Request) -> Reply:
        """The reply to a request under /v1/files or /v1/batches."""
        kind, _, rest = request.path.removeprefix("/v1/").partition("/")
        number, _, action = rest.partition("/")
        if kind == "files":
            return self._handle_file(request, number, action)
        if not number:
            return self._begin(json.loads(request.body)) if request.method == "POST" else self._list()
        batch = self.batches.get(number)
        if batch is None:
            return error_reply(404, f"no batch {number}")
        if action == "cancel" and batch.status in {"validating", "in_progress"}:
            batch.status = "cancelled"
        elif request.method == "GET":
            await self._poll(batch)
        return json_reply(batch.as_json())

    def _handle_file(self, request: Request, number: str, action: str) -> Reply:
        if request.method == "POST":
            fields = _read_form(request)
            number = self._keep(fields["file"])
        if number not in self.files:
            return error_reply(404, f"no file {number}")
        if action == "content":
            return Reply(body=self.files[number], content_type="application/jsonl")
        if request.method == "DELETE":
            del self.files[number]
            return json_reply({"id": number, "object": "file", "deleted": True})
        size = len(self.files[number])
        about = {"filename": "batch.jsonl", "purpose": "batch", "created_at": 0, "status": "processed"}
        return json_reply({"id": number, "object": "file", "bytes": size, **about})

    def _keep(self, data: bytes) -> str:
        name = f"file-{len(self.files)}"
        self.files[name] = data
        return name

    def _begin(self, asked: dict[str, Any]) -> Reply:
        if asked["input_file_id"] not in self.files:
            return error_reply(400, f"no file {asked['input_file_id']}")
        total = len(self._lines(asked["input_file_id"]))
        batch = Batch(f"batch-{len(self.batches)}", asked["input_file_id"], asked.get("metadata"), total)
        self.batches[batch.id] = batch
        return json_reply(batch.as_json())

    def _list(self) -> Reply:
        data = [batch.as_json() for batch in self.batches.values()]
        return json_reply({"object": "list", "data": data, "has_more": False})

    async def _poll(self, batch: Batch) -> None:
        if batch.status not in {"validating", "in_progress"}:
            return
        batch.polls += 1
        batch.status = "in_progress"
        if batch.polls < self.plan.polls:
            return
        batch.message = self.plan.fail
        if batch.message:
            batch.status = "failed"
            return
        await self._work_off(batch)

    async def _work_off(self, batch: Batch) -> None:
        """Answers every line, in an order of its own, since a real batch keeps none."""
        lines = self._lines(batch.input_file)
        until = len(lines) if self.plan.expire_after is None else self.plan.expire_after
        done = [await self._line(line) for line in lines[:until]]
        done += [_outcome(line, error=("batch_expired", "not done in time")) for line in lines[until:]]
        good = [outcome for outcome in done if _is_answered(outcome)]
        bad = [outcome for outcome in done if not _is_answered(outcome)]
        batch.output_file = self._keep(_as_lines(good[::-1])) if good else None
        batch.error_file = self._keep(_as_lines(bad)) if bad else None
        batch.completed, batch.failed = len(good), len(bad)
        batch.status = "completed" if until >= len(lines) else "expired"

    async def _line(self, line: dict[str, Any]) -> dict[str, Any]:
        reply = await self.answer(line["body"])
        if reply.drop or reply.cut:
            return _outcome(line, error=("server_error", "the connection was lost"))
        try:
            return _outcome(line, status=reply.status, body=json.loads(reply.body))
        except ValueError:
            return _outcome(line, status=reply.status, body={"error": {"message": reply.body.decode()}})

    def _lines(self, file: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.files[file].splitlines() if line.strip()]


def _outcome(
    line: dict[str, Any], *, status: int = 0, body: Any = None, error: tuple[str, str] | None = None
) -> dict[str, Any]:
    response = None if error else {"status_code": status, "request_id": line["custom_id"], "body": body}
    mistake = {"code": error[0], "message": error[1]} if error else None
    return {"id": f"line-{line['custom_id']}", "custom_id": line["custom_id"], "response": response, "error": mistake}


def _is_answered(outcome: dict[str, Any]) -> bool:
    return outcome["error"] is None and outcome["response"]["status_code"] == 200


def _as_lines(values: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values).encode()


def _read_form(request: Request) -> dict[str, bytes]:
    """The parts of a multipart form by name (RFC 7578)."""
    boundary = request.headers["content-type"].partition("boundary=")[2].strip('"').encode()
    fields = {}
    for part in request.body.split(b"--" + boundary)[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        found = _DISPOSITION.search(head)
        if found is not None:
            fields[found.group(1).decode()] = value.removesuffix(b"\r\n")
    return fields
