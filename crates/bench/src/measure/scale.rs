//! What each kind of work costs, for plans past this machine: nodes that share a Redis and a PostgreSQL, driven in ways that
//! differ in one respect each, so that a difference is the cost of that respect.

mod alone;
mod shared;
mod site;
mod viewers;

use super::{Effort, Subject};
use crate::error::BenchError;
use crate::machine;
use crate::report::Figure;
use crate::scale::{Coefficients, Node, Postgres};

/// Measures, and writes what plans are made with.
pub(super) async fn measure(subject: &Subject, effort: Effort) -> Result<Vec<Figure>, BenchError> {
    let shared = shared::measure(subject, effort).await?;
    let alone = alone::measure(subject, effort, shared.request_us).await?;
    let machine = machine::describe()?;
    let coefficients = Coefficients {
        measured: format!(
            "{}, {} threads, Linux {}, load generator, nodes, Redis and PostgreSQL all on it",
            machine.processor, machine.threads, machine.kernel
        ),
        node: Node {
            request_us: shared.request_us,
            event_us: shared.event_us,
            tail_append_us: shared.tail_append_us,
            tail_event_us: shared.tail_event_us,
            fold_append_us: shared.fold_append_us,
            fold_us: shared.fold_us,
            frame_us: alone.frame_us,
            part_us: alone.part_us,
            engine_frame_us: alone.engine_frame_us,
            engine_part_us: alone.engine_part_us,
            frame_bytes: alone.frame_bytes,
            part_bytes: alone.part_bytes,
            idle_viewer_us: alone.idle_viewer_us,
            idle_us: shared.idle_us,
            attended_us: shared.attended_us,
            viewer_kib: alone.viewer_kib,
            cell_bytes: alone.cell_bytes,
        },
        redis: shared.redis,
        postgres: Postgres { node_us: shared.postgres_us },
    };
    coefficients.write(&subject.coefficients)?;
    Ok(coefficients.figures())
}
