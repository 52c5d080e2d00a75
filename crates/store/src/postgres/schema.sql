-- Schema 1. Times are milliseconds since 1970; hashes are SHA-256 in hexadecimal. Text sorts by its bytes, as in SQLite.

CREATE TABLE schema_version (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version  bigint NOT NULL
);
INSERT INTO schema_version (version) VALUES (0);

CREATE TABLE users (
    id      text COLLATE "C" PRIMARY KEY,
    name    text NOT NULL,
    role    text NOT NULL,
    created bigint NOT NULL
);

CREATE TABLE installation (
    only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    id          text NOT NULL,
    signing_key text NOT NULL, -- PKCS #8 in PEM
    owner       text COLLATE "C" NOT NULL REFERENCES users (id),
    created     bigint NOT NULL
);

CREATE TABLE sessions (
    hash       text COLLATE "C" PRIMARY KEY,
    user_id    text COLLATE "C" NOT NULL REFERENCES users (id),
    created    bigint NOT NULL,
    last_seen  bigint NOT NULL,
    expires    bigint NOT NULL,
    user_agent text NOT NULL,
    revoked    bigint
);
CREATE INDEX sessions_of_user ON sessions (user_id);

CREATE TABLE sign_ins (
    hash    text COLLATE "C" PRIMARY KEY,
    user_id text COLLATE "C" NOT NULL REFERENCES users (id),
    created bigint NOT NULL,
    expires bigint NOT NULL,
    used    bigint
);

CREATE TABLE keys (
    id         text COLLATE "C" PRIMARY KEY,
    name       text NOT NULL,
    prefix     text NOT NULL,
    hash       text COLLATE "C" NOT NULL UNIQUE,
    scope      text NOT NULL, -- JSON list of patterns
    created    bigint NOT NULL,
    created_by text COLLATE "C" NOT NULL REFERENCES users (id),
    last_used  bigint,
    revoked    bigint
);

-- A deleted dashboard keeps its row: it can be restored, its id counts as seen, and its revisions go on rising.
CREATE TABLE dashboards (
    id       text COLLATE "C" PRIMARY KEY,
    title    text NOT NULL,
    revision bigint NOT NULL,
    position bigint NOT NULL,
    document text NOT NULL, -- JSON, byte for byte as it was saved
    updated  bigint NOT NULL,
    deleted  bigint
);

-- A deleted view keeps its row without a document, so that its revisions go on rising.
CREATE TABLE personal_views (
    user_id   text COLLATE "C" NOT NULL REFERENCES users (id),
    dashboard text COLLATE "C" NOT NULL REFERENCES dashboards (id),
    revision  bigint NOT NULL,
    document  text, -- JSON
    updated   bigint NOT NULL,
    PRIMARY KEY (user_id, dashboard)
);

-- What changed, for those who hold copies. Numbers are dense; the last row always stays.
CREATE TABLE changes (
    number bigint PRIMARY KEY,
    mark   bigint NOT NULL, -- random: tells this history of changes from another that has come as far
    change text NOT NULL -- JSON
);
