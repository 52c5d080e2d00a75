-- Schema 2: accounts, teams, grants, and the record of who did what. Sessions begin anew: everyone signs in once more.

CREATE TABLE teams (
    id      text COLLATE "C" PRIMARY KEY,
    name    text NOT NULL,
    folded  text COLLATE "C" NOT NULL UNIQUE, -- the name in lower case
    created bigint NOT NULL
);

ALTER TABLE users
    ADD COLUMN login     text COLLATE "C", -- in lower case
    ADD COLUMN reach     text NOT NULL DEFAULT '{"streams":[],"tags":{}}', -- JSON
    ADD COLUMN disabled  bigint,
    ADD COLUMN password  text, -- PHC string
    ADD COLUMN totp      text, -- secret in base32
    ADD COLUMN totp_step bigint;
CREATE UNIQUE INDEX users_by_login ON users (login) WHERE login IS NOT NULL;

ALTER TABLE installation ADD COLUMN previous_key text; -- PKCS #8 in PEM

CREATE TABLE members (
    team    text COLLATE "C" NOT NULL REFERENCES teams (id),
    user_id text COLLATE "C" NOT NULL REFERENCES users (id),
    PRIMARY KEY (team, user_id)
);
CREATE INDEX members_of_user ON members (user_id);

CREATE TABLE recovery_codes (
    user_id text COLLATE "C" NOT NULL REFERENCES users (id),
    hash    text COLLATE "C" NOT NULL,
    used    bigint,
    PRIMARY KEY (user_id, hash)
);

DROP TABLE sessions;
CREATE TABLE sessions (
    id         text COLLATE "C" PRIMARY KEY,
    user_id    text COLLATE "C" NOT NULL REFERENCES users (id),
    created    bigint NOT NULL,
    last_seen  bigint NOT NULL,
    expires    bigint NOT NULL,
    user_agent text NOT NULL,
    address    text NOT NULL,
    revoked    bigint
);
CREATE INDEX sessions_of_user ON sessions (user_id);

-- The secrets by which a session goes on, one after another; the one that was not used yet is the current one.
CREATE TABLE refreshes (
    hash    text COLLATE "C" PRIMARY KEY,
    session text COLLATE "C" NOT NULL REFERENCES sessions (id),
    used    bigint,
    next    text COLLATE "C" -- hash of the successor, once used
);
CREATE INDEX refreshes_of_session ON refreshes (session);

ALTER TABLE sign_ins RENAME TO links;
ALTER TABLE links ADD COLUMN purpose text NOT NULL DEFAULT 'sign_in'; -- or reset

CREATE TABLE invites (
    id         text COLLATE "C" PRIMARY KEY,
    hash       text COLLATE "C" NOT NULL UNIQUE,
    note       text NOT NULL,
    role       text NOT NULL,
    reach      text NOT NULL, -- JSON
    teams      text NOT NULL, -- JSON list of ids
    created    bigint NOT NULL,
    created_by text COLLATE "C" NOT NULL REFERENCES users (id),
    expires    bigint NOT NULL,
    ended      bigint, -- accepted or taken back
    accepted   text COLLATE "C" REFERENCES users (id) -- who it became
);

ALTER TABLE keys
    ADD COLUMN purpose text NOT NULL DEFAULT 'write', -- or read
    ADD COLUMN tags    text NOT NULL DEFAULT '{}', -- JSON map from tags to values
    ADD COLUMN expires bigint;

CREATE TABLE grants (
    dashboard text COLLATE "C" NOT NULL REFERENCES dashboards (id),
    subject   text COLLATE "C" NOT NULL, -- everyone, user:ID or team:ID
    level     text NOT NULL, -- view or edit
    PRIMARY KEY (dashboard, subject)
);
INSERT INTO grants (dashboard, subject, level) SELECT id, 'everyone', 'edit' FROM dashboards;

CREATE TABLE audit (
    number  bigint PRIMARY KEY,
    at      bigint NOT NULL,
    who     text NOT NULL,
    address text NOT NULL,
    action  text NOT NULL,
    target  text NOT NULL,
    detail  text NOT NULL -- JSON
);
CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'the record is never changed and never shortened'; END$$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
