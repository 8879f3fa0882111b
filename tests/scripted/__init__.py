"""A teacher for tests, demonstrations and benchmarks: a chat server on the loopback that answers by script.

`llm.ScriptedLlm` is the server; here is what it is made of and what it can say:

    loopback       HTTP/1.1 on asyncio, in a thread of its own
    wire           OpenAI's wire format: completions, streams, errors
    batches        files and batches of the Batch API
    misbehaviour   one thing that goes wrong; misbehaving: many of them, by share; rewriting: wrong answers
    answer_key     what the right answers are; key_lookup: finds in them
    build_key      makes a key from parallel text; word_families: which words belong together
    questions      which role is asked, and about what
    keyed_teacher  plays the roles by an answer key; correcting: feedback by comparison
    serve          the server as a process
    asking_client  a process that asks, to be killed
"""
