//! Who may do what: principals, roles, tokens and keys as pure functions.
