-- Schema 1. Times are milliseconds since 1970; hashes are SHA-256 in hexadecimal.

CREATE TABLE users (
    id      TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    role    TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE installation (
    only_row    INTEGER PRIMARY KEY CHECK (only_row = 1),
    id          TEXT NOT NULL,
    signing_key TEXT NOT NULL, -- PKCS #8 in PEM
    owner       TEXT NOT NULL REFERENCES users (id),
    created     INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    hash       TEXT PRIMARY KEY,
    user       TEXT NOT NULL REFERENCES users (id),
    created    INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    expires    INTEGER NOT NULL,
    user_agent TEXT NOT NULL,
    revoked    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_user ON sessions (user);

CREATE TABLE sign_ins (
    hash    TEXT PRIMARY KEY,
    user    TEXT NOT NULL REFERENCES users (id),
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used    INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    prefix     TEXT NOT NULL,
    hash       TEXT NOT NULL UNIQUE,
    scope      TEXT NOT NULL, -- JSON list of patterns
    created    INTEGER NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    last_used  INTEGER,
    revoked    INTEGER
) STRICT, WITHOUT ROWID;

-- A deleted dashboard keeps its row: it can be restored, its id counts as seen, and its revisions go on rising.
CREATE TABLE dashboards (
    id       TEXT PRIMARY KEY,
    title    TEXT NOT NULL,
    revision INTEGER NOT NULL,
    position INTEGER NOT NULL,
    document TEXT NOT NULL, -- JSON
    updated  INTEGER NOT NULL,
    deleted  INTEGER
) STRICT;

-- A deleted view keeps its row without a document, so that its revisions go on rising.
CREATE TABLE personal_views (
    user      TEXT NOT NULL REFERENCES users (id),
    dashboard TEXT NOT NULL REFERENCES dashboards (id),
    revision  INTEGER NOT NULL,
    document  TEXT, -- JSON
    updated   INTEGER NOT NULL,
    PRIMARY KEY (user, dashboard)
) STRICT;
