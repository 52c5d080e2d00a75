//! What was measured, as tables of documents: `docs/benchmarks.md` and three figures of `README.md`. Nothing is measured
//! here; everything follows from `bench/results/latest.json`, whoever wrote it.

mod figures;
mod promised;
mod side_by_side;
mod summary;

use time::OffsetDateTime;

use crate::document::filled;
use crate::machine::Machine;
use crate::measure::Effort;
use crate::numbers::short;
use crate::report::Report;

/// A block's name, and what makes it.
type Block = (&'static str, fn(&Report) -> String);

const BLOCKS: [Block; 4] = [
    ("measured", measured),
    ("side-by-side", |report| side_by_side::tables(&report.samples)),
    ("figures", |report| figures::table(&[report.figures.clone(), promised::figures(&report.samples)].concat())),
    ("summary", summary::table),
];

/// Whether a document has a place for anything of this.
pub(crate) fn has_place(document: &str) -> bool {
    BLOCKS.iter().any(|(name, _)| filled(document, name, "").is_some())
}

/// The document with all of it that it has places for.
pub(crate) fn fill(document: &str, report: &Report) -> String {
    BLOCKS
        .iter()
        .fold(document.to_owned(), |document, (name, text)| filled(&document, name, &text(report)).unwrap_or(document))
}

/// When, on what and how long.
fn measured(report: &Report) -> String {
    let Machine { processor, threads, memory_mib, kernel, load_before } = &report.machine;
    let form = match report.effort {
        Effort::Short => "short form",
        Effort::Long => "long form",
    };
    format!(
        "{date}, {form}, on {processor}, {threads} threads, {memory} GiB, Linux {kernel}, load generator included; load {load} \
         before.\n",
        date = date(report.measured_at),
        memory = short(*memory_mib as f64 / 1_024.0),
        load = short(*load_before),
    )
}

/// Of milliseconds since 1970.
fn date(ms: u64) -> String {
    let seconds = i64::try_from(ms / 1_000).unwrap_or_default();
    OffsetDateTime::from_unix_timestamp(seconds).map_or_else(|_| "undated".to_owned(), |at| at.date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let machine = Machine {
            processor: "Some Processor".to_owned(),
            threads: 2,
            memory_mib: 24_105,
            kernel: "6.18".to_owned(),
            load_before: 0.5,
        };
        Report { measured_at: 1_795_768_166_759, ..Report::new(machine, Effort::Short) }
    }

    #[test]
    fn it_is_said_when_and_where_it_was_measured() {
        let text = measured(&report());
        assert!(text.starts_with("2026-11-27, short form, on Some Processor, 2 threads, 23.5 GiB"), "{text}");
    }

    #[test]
    fn a_document_gets_what_it_has_places_for() {
        let document = "a\n<!-- measured:begin -->\n<!-- measured:end -->\nb";
        assert!(has_place(document) && !has_place("a"));
        let once = fill(document, &report());
        assert!(once.contains("Some Processor"));
        assert_eq!(fill(&once, &report()), once);
    }

    #[test]
    fn the_documents_have_their_places() {
        for (file, names) in
            [("docs/benchmarks.md", &["measured", "side-by-side", "figures"][..]), ("README.md", &["summary"][..])]
        {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../").to_owned() + file;
            let text = std::fs::read_to_string(path).unwrap();
            assert!(names.iter().all(|name| filled(&text, name, "").is_some()), "{file}: {names:?}");
        }
    }
}
