-- As in SQLite. Who may ask: the hash of a key, never the key.
CREATE TABLE keys (
    name TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    made TEXT NOT NULL
);
-- What people wrote in place of a student's output. state: accepted, held (for a person to look at), dropped.
CREATE TABLE corrections (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_lang TEXT NOT NULL,
    target_lang TEXT NOT NULL,
    source TEXT NOT NULL,
    output TEXT NOT NULL,
    correction TEXT NOT NULL,
    student TEXT NOT NULL,
    who TEXT NOT NULL,
    made TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL
);
-- Of any length, which a unique index could not hold; who writes locks the table, so that nothing is kept twice.
CREATE INDEX corrections_of_source ON corrections USING hash (source);
