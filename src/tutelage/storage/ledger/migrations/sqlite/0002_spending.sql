-- Steps and days; sums that are kept with every call, so that telling them reads a few rows however many calls there are.
ALTER TABLE calls ADD COLUMN step TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN day TEXT NOT NULL DEFAULT '';    -- of `created`, UTC
UPDATE calls SET day = date(created, 'unixepoch');
DROP INDEX calls_by_run;
CREATE INDEX calls_by_run ON calls (run, role, day);
CREATE INDEX unusable_calls ON calls (run, role, day) WHERE status <> 'ok';

-- What runs were told, by step, role, teacher and day: calls sent, and answers taken from the ledger instead.
CREATE TABLE spending (
    run           TEXT NOT NULL,
    step          TEXT NOT NULL,
    role          TEXT NOT NULL,
    teacher       TEXT NOT NULL,
    day           TEXT NOT NULL,
    calls         INTEGER NOT NULL,
    reused        INTEGER NOT NULL,
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost          REAL NOT NULL,
    unknown_cost  INTEGER NOT NULL,
    unusable      INTEGER NOT NULL,
    PRIMARY KEY (run, step, role, teacher, day)
);
INSERT INTO spending
SELECT run, '', role, teacher, day, count(*), 0, coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
       coalesce(sum(cost), 0.0), sum(cost IS NULL), sum(status <> 'ok')
FROM calls GROUP BY run, role, teacher, day;
INSERT INTO spending SELECT run, '', role, teacher, '', 0, calls, 0, 0, 0.0, 0, 0 FROM reuses;
DROP TABLE reuses;

-- What each run has used of its budget, and what is reserved for calls in flight.
CREATE TABLE accounts (
    run             TEXT PRIMARY KEY,
    calls           INTEGER NOT NULL,
    tokens          INTEGER NOT NULL,
    cost            REAL NOT NULL,
    reserved_calls  INTEGER NOT NULL,
    reserved_tokens INTEGER NOT NULL,
    reserved_cost   REAL NOT NULL
);
INSERT INTO accounts
SELECT run, count(*), coalesce(sum(coalesce(input_tokens + output_tokens, worst_tokens)), 0),
       coalesce(sum(coalesce(cost, worst_cost, 0.0)), 0.0), 0, 0, 0.0
FROM calls GROUP BY run;

-- Answers of other runs that a run has taken: with its own calls, all that a replay of it needs.
CREATE TABLE borrowed (
    run TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (run, key)
);
