"""Calls for tests of the ledger."""

from dataclasses import replace

from tutelage.storage.ledger import Call, call_key


def make_call(number, **changes):
    key = call_key(model="m", parameters={"temperature": 0}, messages=[f"question {number}"])
    call = Call(
        key=key,
        role="translate",
        teacher="t",
        prompt_version="1",
        request="{}",
        answer=f"answer {number}",
        input_tokens=10,
        output_tokens=5,
        cost=0.25,
    )
    return replace(call, **changes)
