-- One row for each answer that a teacher gave, under the content key of what it was asked.
CREATE TABLE calls (
    id             INTEGER PRIMARY KEY,
    key            TEXT NOT NULL UNIQUE,
    run            TEXT NOT NULL,
    role           TEXT NOT NULL,
    teacher        TEXT NOT NULL,
    prompt_version TEXT NOT NULL,
    request        TEXT NOT NULL,
    answer         TEXT,
    status         TEXT NOT NULL,
    input_tokens   INTEGER,
    output_tokens  INTEGER,
    cost           REAL,     -- NULL: not known, which is not the same as free
    worst_tokens   INTEGER NOT NULL,
    worst_cost     REAL,     -- what was reserved; counts against the budget where the cost is not known
    created        REAL NOT NULL
);
CREATE INDEX calls_by_run ON calls (run, role, teacher);

-- Answers that a run took from the ledger instead of asking again.
CREATE TABLE reuses (
    run     TEXT NOT NULL,
    role    TEXT NOT NULL,
    teacher TEXT NOT NULL,
    calls   INTEGER NOT NULL,
    PRIMARY KEY (run, role, teacher)
);
