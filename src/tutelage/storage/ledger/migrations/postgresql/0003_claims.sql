-- As in SQLite's third migration. Not written to the log: a server that crashes forgets who was about to ask what.
CREATE UNLOGGED TABLE claims (
    key   TEXT PRIMARY KEY,
    owner TEXT NOT NULL
);
CREATE UNLOGGED TABLE claim_owners (
    owner       TEXT PRIMARY KEY,
    alive_until DOUBLE PRECISION NOT NULL
);
