-- Schema 3: accounts, teams, grants, and the record of who did what. Sessions begin anew: everyone signs in once more.

CREATE TABLE teams (
    id      TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    folded  TEXT NOT NULL UNIQUE, -- the name in lower case
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE users ADD COLUMN login TEXT; -- in lower case
ALTER TABLE users ADD COLUMN reach TEXT NOT NULL DEFAULT '{"streams":[],"tags":{}}'; -- JSON
ALTER TABLE users ADD COLUMN disabled INTEGER;
ALTER TABLE users ADD COLUMN password TEXT; -- PHC string
ALTER TABLE users ADD COLUMN totp TEXT; -- secret in base32
ALTER TABLE users ADD COLUMN totp_step INTEGER;
CREATE UNIQUE INDEX users_by_login ON users (login) WHERE login IS NOT NULL;

ALTER TABLE installation ADD COLUMN previous_key TEXT; -- PKCS #8 in PEM

CREATE TABLE members (
    team TEXT NOT NULL REFERENCES teams (id),
    user TEXT NOT NULL REFERENCES users (id),
    PRIMARY KEY (team, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_of_user ON members (user);

CREATE TABLE recovery_codes (
    user TEXT NOT NULL REFERENCES users (id),
    hash TEXT NOT NULL,
    used INTEGER,
    PRIMARY KEY (user, hash)
) STRICT, WITHOUT ROWID;

DROP TABLE sessions;
CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    user       TEXT NOT NULL REFERENCES users (id),
    created    INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    expires    INTEGER NOT NULL,
    user_agent TEXT NOT NULL,
    address    TEXT NOT NULL,
    revoked    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_user ON sessions (user);

-- The secrets by which a session goes on, one after another; the one that was not used yet is the current one.
CREATE TABLE refreshes (
    hash    TEXT PRIMARY KEY,
    session TEXT NOT NULL REFERENCES sessions (id),
    used    INTEGER,
    next    TEXT -- hash of the successor, once used
) STRICT, WITHOUT ROWID;
CREATE INDEX refreshes_of_session ON refreshes (session);

ALTER TABLE sign_ins RENAME TO links;
ALTER TABLE links ADD COLUMN purpose TEXT NOT NULL DEFAULT 'sign_in'; -- or reset

CREATE TABLE invites (
    id         TEXT PRIMARY KEY,
    hash       TEXT NOT NULL UNIQUE,
    note       TEXT NOT NULL,
    role       TEXT NOT NULL,
    reach      TEXT NOT NULL, -- JSON
    teams      TEXT NOT NULL, -- JSON list of ids
    created    INTEGER NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    expires    INTEGER NOT NULL,
    ended      INTEGER, -- accepted or taken back
    accepted   TEXT REFERENCES users (id) -- who it became
) STRICT, WITHOUT ROWID;

ALTER TABLE keys ADD COLUMN purpose TEXT NOT NULL DEFAULT 'write'; -- or read
ALTER TABLE keys ADD COLUMN tags TEXT NOT NULL DEFAULT '{}'; -- JSON map from tags to values
ALTER TABLE keys ADD COLUMN expires INTEGER;

CREATE TABLE grants (
    dashboard TEXT NOT NULL REFERENCES dashboards (id),
    subject   TEXT NOT NULL, -- everyone, user:ID or team:ID
    level     TEXT NOT NULL, -- view or edit
    PRIMARY KEY (dashboard, subject)
) STRICT, WITHOUT ROWID;
INSERT INTO grants (dashboard, subject, level) SELECT id, 'everyone', 'edit' FROM dashboards;

CREATE TABLE audit (
    number  INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    who     TEXT NOT NULL,
    address TEXT NOT NULL,
    action  TEXT NOT NULL,
    target  TEXT NOT NULL,
    detail  TEXT NOT NULL -- JSON
) STRICT;
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the record is never changed'); END;
CREATE TRIGGER audit_keeps BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the record is never shortened'); END;
