//! For tests only: generators, recompute oracle, a real server on a free port.
