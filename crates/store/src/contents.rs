//! All that a store holds, as one plain document: for moving an installation from one store to another.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::StoreError;

/// The version of the document; raised when a kind or a column is added.
pub(crate) const CONTENTS_VERSION: i64 = 2;

/// One kind of record: its table, and the columns that are kept, the key first.
pub(crate) struct Kind {
    /// The table, in every store.
    pub(crate) name: &'static str,
    /// By how many of the columns records are sorted.
    pub(crate) key: usize,
    pub(crate) columns: &'static [Column],
}

/// A column and what is in it.
#[derive(Clone, Copy)]
pub(crate) enum Column {
    Text(&'static str),
    Number(&'static str),
}

impl Column {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text(name) | Self::Number(name) => name,
        }
    }
}

use Column::{Number, Text};

/// Every kind; each refers only to those before it. What changed ([`crate::Changes`]) stays behind: whoever read it
/// read another store.
pub(crate) const KINDS: [Kind; 14] = [
    Kind {
        name: "users",
        key: 1,
        columns: &[
            Text("id"),
            Text("name"),
            Text("login"),
            Text("role"),
            Text("reach"),
            Number("created"),
            Number("disabled"),
            Text("password"),
            Text("totp"),
            Number("totp_step"),
        ],
    },
    Kind {
        name: "installation",
        key: 1,
        columns: &[Text("id"), Text("signing_key"), Text("previous_key"), Text("owner"), Number("created")],
    },
    Kind { name: "teams", key: 1, columns: &[Text("id"), Text("name"), Text("folded"), Number("created")] },
    Kind { name: "members", key: 2, columns: &[Text("team"), Text("user")] },
    Kind { name: "recovery_codes", key: 2, columns: &[Text("user"), Text("hash"), Number("used")] },
    Kind {
        name: "sessions",
        key: 1,
        columns: &[
            Text("id"),
            Text("user"),
            Number("created"),
            Number("last_seen"),
            Number("expires"),
            Text("user_agent"),
            Text("address"),
            Number("revoked"),
        ],
    },
    Kind { name: "refreshes", key: 1, columns: &[Text("hash"), Text("session"), Number("used"), Text("next")] },
    Kind {
        name: "links",
        key: 1,
        columns: &[Text("hash"), Text("user"), Text("purpose"), Number("created"), Number("expires"), Number("used")],
    },
    Kind {
        name: "invites",
        key: 1,
        columns: &[
            Text("id"),
            Text("hash"),
            Text("note"),
            Text("role"),
            Text("reach"),
            Text("teams"),
            Number("created"),
            Text("created_by"),
            Number("expires"),
            Number("ended"),
            Text("accepted"),
        ],
    },
    Kind {
        name: "keys",
        key: 1,
        columns: &[
            Text("id"),
            Text("name"),
            Text("prefix"),
            Text("hash"),
            Text("purpose"),
            Text("scope"),
            Text("tags"),
            Number("created"),
            Text("created_by"),
            Number("expires"),
            Number("last_used"),
            Number("revoked"),
        ],
    },
    Kind {
        name: "dashboards",
        key: 1,
        columns: &[
            Text("id"),
            Text("title"),
            Number("revision"),
            Number("position"),
            Text("document"),
            Number("updated"),
            Number("deleted"),
        ],
    },
    Kind { name: "grants", key: 2, columns: &[Text("dashboard"), Text("subject"), Text("level")] },
    Kind {
        name: "personal_views",
        key: 2,
        columns: &[Text("user"), Text("dashboard"), Number("revision"), Text("document"), Number("updated")],
    },
    Kind {
        name: "audit",
        key: 1,
        columns: &[
            Number("number"),
            Number("at"),
            Text("who"),
            Text("address"),
            Text("action"),
            Text("target"),
            Text("detail"),
        ],
    },
];

/// A value as it is stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Value {
    Nothing,
    Number(i64),
    Text(String),
}

/// The records of one kind, sorted by their key, with their values in the order of the columns.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Records {
    pub(crate) kind: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Value>>,
}

impl Records {
    pub(crate) fn new(kind: &Kind, rows: Vec<Vec<Value>>) -> Self {
        let columns = kind.columns.iter().map(|column| column.name().to_owned()).collect();
        Self { kind: kind.name.to_owned(), columns, rows }
    }

    /// Whether these are records of that kind, as this version knows it.
    fn is_of(&self, kind: &Kind) -> bool {
        let columns = kind.columns.iter().map(|column| column.name());
        let fits = |row: &Vec<Value>| row.len() == kind.columns.len();
        self.kind == kind.name && self.columns.iter().eq(columns) && self.rows.iter().all(fits)
    }
}

/// All that a store holds, the key that signs its tokens and what passwords are checked against included: keep it where
/// nobody else reads. Two stores hold the same if their contents are equal. As JSON it is plain enough to be read by other programs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    version: i64,
    records: Vec<Records>,
}

/// How many records of a kind there are, and what tells them from any others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Which kind: `users`, `sessions`, `keys`, `dashboards`…
    pub kind: &'static str,
    /// How many.
    pub count: usize,
    /// The SHA-256 of all of them, in hexadecimal.
    pub sha256: String,
}

impl Contents {
    pub(crate) fn new(records: Vec<Records>) -> Self {
        Self { version: CONTENTS_VERSION, records }
    }

    /// Each kind with its records, once it is certain that all are known here.
    ///
    /// # Errors
    /// [`StoreError::NewerVersion`] or [`StoreError::Damaged`].
    pub(crate) fn checked(&self) -> Result<impl Iterator<Item = (&'static Kind, &Records)>, StoreError> {
        if self.version > CONTENTS_VERSION {
            return Err(StoreError::NewerVersion { found: self.version, known: CONTENTS_VERSION });
        }
        let is_known = self.records.len() == KINDS.len()
            && self.records.iter().zip(&KINDS).all(|(records, kind)| records.is_of(kind));
        if is_known {
            Ok(KINDS.iter().zip(&self.records))
        } else {
            Err(StoreError::Damaged { reason: "the contents have other kinds or columns than they should".to_owned() })
        }
    }

    /// What is in it, kind by kind.
    ///
    /// # Errors
    /// [`StoreError::NewerVersion`] or [`StoreError::Damaged`], where they were not written by this version.
    pub fn tally(&self) -> Result<Vec<Tally>, StoreError> {
        let tally = |(kind, records): (&'static Kind, &Records)| {
            let json = crate::document::write(&records.rows)?;
            let sha256 = Sha256::digest(json).iter().map(|byte| format!("{byte:02x}")).collect();
            Ok(Tally { kind: kind.name, count: records.rows.len(), sha256 })
        };
        self.checked()?.map(tally).collect()
    }

    /// Refuses unless these, read back, are those that were to be kept.
    pub(crate) fn verify(&self, read_back: &Self) -> Result<(), StoreError> {
        let differs = self.records.iter().zip(&read_back.records).find(|(kept, read)| kept != read);
        match differs {
            Some((kept, _)) => {
                let reason = format!("{} read back other than they were written: nothing was kept", kept.kind);
                Err(StoreError::Failed { reason })
            }
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.records.iter().map(|records| (&records.kind, records.rows.len()));
        f.debug_map().entries(counts).finish()
    }
}
