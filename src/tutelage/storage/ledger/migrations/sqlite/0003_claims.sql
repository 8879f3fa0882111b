-- Questions that a process is about to send or has in flight; others on the ledger wait for their answers.
CREATE TABLE claims (
    key   TEXT PRIMARY KEY,
    owner TEXT NOT NULL
) WITHOUT ROWID;

-- The processes that have claims, each with the time (seconds since 1970 by the database's clock) until which it counts
-- as alive unless it says so again.
CREATE TABLE claim_owners (
    owner       TEXT PRIMARY KEY,
    alive_until REAL NOT NULL
) WITHOUT ROWID;
