//! Who presented what a moment ago: bounded in number and in age.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tideboard_model::Millis;

use super::Caller;

/// How long an answer counts, in milliseconds: a key revoked by another process works no longer than that.
pub(super) const KEPT_MS: i64 = 500;
/// Answers kept at once.
const MAX_ENTRIES: usize = 4096;

#[derive(Default)]
pub(super) struct Cache(Mutex<HashMap<String, (Millis, Caller)>>);

impl Cache {
    /// Who this was within [`KEPT_MS`].
    pub(super) fn get(&self, name: &str, now: Millis) -> Option<Caller> {
        self.within(name, now, KEPT_MS)
    }

    /// Who this was within a longer time, for when nobody can be asked.
    pub(super) fn within(&self, name: &str, now: Millis, age_ms: i64) -> Option<Caller> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, caller) = entries.get(name)?;
        is_younger(*since, now, age_ms).then(|| caller.clone())
    }

    pub(super) fn put(&self, name: &str, caller: &Caller, now: Millis) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_ENTRIES {
            entries.retain(|_, (since, _)| is_younger(*since, now, KEPT_MS));
        }
        if entries.len() >= MAX_ENTRIES {
            entries.clear();
        }
        entries.insert(name.to_owned(), (now, caller.clone()));
    }

    /// Forgets those of whom it is said so.
    pub(super) fn forget(&self, gone: impl Fn(&Caller) -> bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, (_, caller)| !gone(caller));
    }

    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A clock that was set back makes answers old, never young.
fn is_younger(since: Millis, now: Millis, age_ms: i64) -> bool {
    (0..age_ms).contains(&now.0.saturating_sub(since.0))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tideboard_access::{KeyPurpose, Reach, Secret, SecretKind};
    use tideboard_store::ApiKey;

    use super::*;

    fn hash(number: usize) -> String {
        format!("name-{number}")
    }

    fn caller() -> Caller {
        Caller::Key(Arc::new(ApiKey {
            id: "k".parse().unwrap(),
            name: String::new(),
            prefix: String::new(),
            hash: Secret::generate(SecretKind::ApiKey, [0; 32]).hash(),
            purpose: KeyPurpose::Write,
            reach: Reach::all(),
            created: Millis(0),
            created_by: "ana".parse().unwrap(),
            expires: None,
            last_used: None,
            revoked: None,
        }))
    }

    #[test]
    fn an_answer_ages() {
        let cache = Cache::default();
        cache.put(&hash(1), &caller(), Millis(1_000));
        assert!(cache.get(&hash(1), Millis(1_000 + KEPT_MS - 1)).is_some());
        assert!(cache.get(&hash(1), Millis(1_000 + KEPT_MS)).is_none());
        assert!(cache.get(&hash(1), Millis(999)).is_none());
        assert!(cache.get(&hash(2), Millis(1_000)).is_none());
        assert!(cache.within(&hash(1), Millis(1_000 + KEPT_MS), 60_000).is_some());
        assert!(cache.within(&hash(1), Millis(61_000), 60_000).is_none());
    }

    #[test]
    fn what_is_forgotten_is_not_known_however_long_one_looks_back() {
        let cache = Cache::default();
        cache.put(&hash(1), &caller(), Millis(1_000));
        cache.forget(|caller| matches!(caller, Caller::Key(key) if key.id.as_str() == "other"));
        assert!(cache.within(&hash(1), Millis(1_000), 60_000).is_some());
        cache.forget(|caller| matches!(caller, Caller::Key(key) if key.id.as_str() == "k"));
        assert!(cache.within(&hash(1), Millis(1_000), 60_000).is_none());
    }

    #[test]
    fn the_number_of_answers_is_bounded() {
        let cache = Cache::default();
        for number in 0..MAX_ENTRIES + 10 {
            cache.put(&hash(number), &caller(), Millis(0));
        }
        assert!(cache.0.lock().unwrap().len() <= MAX_ENTRIES);
        assert!(cache.get(&hash(MAX_ENTRIES + 9), Millis(0)).is_some());
    }
}
