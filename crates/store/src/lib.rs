//! Metadata: users, sessions, keys and dashboards, kept in SQLite.
