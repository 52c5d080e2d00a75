-- A log as the first version of its format left it: two streams, both trimmed, and two idempotency keys.
PRAGMA application_id = 1416193125;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE streams (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        epoch INTEGER NOT NULL,
        -- The last append that retention took, and the latest event time up to it.
        base_last INTEGER NOT NULL DEFAULT 0,
        base_proof INTEGER NOT NULL DEFAULT 0,
        base_accepted INTEGER,
        base_high_time INTEGER,
        retained_from INTEGER
    ) STRICT;
INSERT INTO streams VALUES(1,'gone',2069825299486154125,2,-3592395727250763161,1000,2,3);
INSERT INTO streams VALUES(2,'s',7550627519025676307,2,-4410120994124277075,1000,2,3);
CREATE TABLE fields (
        stream INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (stream, name)
    ) STRICT, WITHOUT ROWID;
INSERT INTO fields VALUES(1,'value','number');
INSERT INTO fields VALUES(2,'value','number');
CREATE TABLE tags (
        stream INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (stream, name)
    ) STRICT, WITHOUT ROWID;
INSERT INTO tags VALUES(1,'host');
INSERT INTO tags VALUES(2,'host');
CREATE TABLE appends (
        id INTEGER PRIMARY KEY,
        stream INTEGER NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        proof INTEGER NOT NULL,
        accepted INTEGER NOT NULL,
        min_time INTEGER NOT NULL,
        max_time INTEGER NOT NULL,
        -- The latest event time up to here: rises with the offset, so that a time is found by binary search.
        high_time INTEGER NOT NULL,
        events BLOB NOT NULL
    ) STRICT;
INSERT INTO appends VALUES(3,2,3,4,-556249124380352347,1000,30,40,40,X'010304686f737401610576616c7565023c0100010102013c14010001010201508e43d07d');
INSERT INTO appends VALUES(4,2,5,6,2720720182687985353,1000,50,60,60,X'010304686f737401610576616c75650264010001010201641401000101020178315fa53a');
INSERT INTO appends VALUES(5,2,7,7,7934681613498536471,1000,70,70,70,X'010304686f737401610576616c7565018c010100010102018c01d6867ee9');
CREATE TABLE keys (
        id INTEGER PRIMARY KEY,
        stream INTEGER NOT NULL,
        principal TEXT NOT NULL,
        key TEXT NOT NULL,
        digest BLOB NOT NULL,
        accepted INTEGER NOT NULL,
        last INTEGER NOT NULL,
        proof INTEGER NOT NULL,
        appended INTEGER NOT NULL,
        refused TEXT NOT NULL
    ) STRICT;
INSERT INTO keys VALUES(1,2,'p','good',X'c5a8cd7583711cd53b0e0edb9ef65ac8',1000,6,2720720182687985353,2,'');
INSERT INTO keys VALUES(2,2,'p','bad	part',X'd5ee45102a8704e970591bd66a325202',1000,7,7934681613498536471,1,replace('1	field_conflict	value	bool	number\n2	other_stream	other\n','\n',char(10)));
CREATE UNIQUE INDEX appends_by_offset ON appends (stream, last);
CREATE INDEX appends_by_time ON appends (stream, high_time, last);
CREATE UNIQUE INDEX keys_by_name ON keys (stream, principal, key);
COMMIT;
