//! Planning past one machine: what was measured here, put together into what more machines would do. No measuring happens
//! here; everything follows from `bench/coefficients.json`, and `docs/scale.md` holds what it prints.

mod coefficients;
mod cost;
mod fleet;
mod freshness;
mod owning;
mod tables;

pub(crate) use coefficients::{Coefficients, Node, Postgres, Redis};
pub(crate) use tables::tables;
