-- The same tables as in SQLite after its second migration: no ledger on PostgreSQL is older.
CREATE TABLE calls (
    id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key            TEXT NOT NULL UNIQUE,
    run            TEXT NOT NULL,
    role           TEXT NOT NULL,
    teacher        TEXT NOT NULL,
    prompt_version TEXT NOT NULL,
    request        TEXT NOT NULL,
    answer         TEXT,
    status         TEXT NOT NULL,
    input_tokens   BIGINT,
    output_tokens  BIGINT,
    cost           DOUBLE PRECISION,
    worst_tokens   BIGINT NOT NULL,
    worst_cost     DOUBLE PRECISION,
    created        DOUBLE PRECISION NOT NULL,
    step           TEXT NOT NULL,
    day            TEXT NOT NULL
);
CREATE INDEX calls_by_run ON calls (run, role, day);
CREATE INDEX unusable_calls ON calls (run, role, day) WHERE status <> 'ok';

CREATE TABLE spending (
    run           TEXT NOT NULL,
    step          TEXT NOT NULL,
    role          TEXT NOT NULL,
    teacher       TEXT NOT NULL,
    day           TEXT NOT NULL,
    calls         BIGINT NOT NULL,
    reused        BIGINT NOT NULL,
    input_tokens  BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cost          DOUBLE PRECISION NOT NULL,
    unknown_cost  BIGINT NOT NULL,
    unusable      BIGINT NOT NULL,
    PRIMARY KEY (run, step, role, teacher, day)
);

-- Rows that change with every call leave room in their page, so that the change touches no index.
CREATE TABLE accounts (
    run             TEXT PRIMARY KEY,
    calls           BIGINT NOT NULL,
    tokens          BIGINT NOT NULL,
    cost            DOUBLE PRECISION NOT NULL,
    reserved_calls  BIGINT NOT NULL,
    reserved_tokens BIGINT NOT NULL,
    reserved_cost   DOUBLE PRECISION NOT NULL
) WITH (fillfactor = 10);
ALTER TABLE spending SET (fillfactor = 10);

CREATE TABLE borrowed (
    run TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (run, key)
);
