//! The engine: folds committed events into views whose every cell is stamped with its offset.
