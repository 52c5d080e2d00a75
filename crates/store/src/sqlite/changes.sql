-- Schema 2: what changed, for those who hold copies. Numbers are dense; the last row always stays.

CREATE TABLE changes (
    number INTEGER PRIMARY KEY,
    mark   INTEGER NOT NULL, -- random: tells this history of changes from another that has come as far
    change TEXT NOT NULL -- JSON
) STRICT;
