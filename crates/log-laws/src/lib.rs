//! What every log promises, as one suite: each law is a function over a [`Kind`] of log, and [`laws!`] makes a test of
//! each. It knows the contract, and no log in particular.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::disallowed_methods,
    reason = "a law stops where it is broken"
)]

pub mod batches;
mod kind;
pub mod laws;
mod listener;

pub use kind::{Kind, ManualClock, Place, Subject};
pub use listener::{Listener, contents, told, value};

/// Makes a test of each law for one kind of log: `laws!(name, expression of a Kind)`.
#[macro_export]
macro_rules! laws {
    ($name:ident, $kind:expr) => {
        mod $name {
            $crate::each_law!($kind);
        }
    };
}

/// The names of all laws, each as a test.
#[doc(hidden)]
#[macro_export]
macro_rules! each_law {
    ($kind:expr) => {
        $crate::tests_of!($kind, appending:
            offsets_are_dense_from_one
            a_receipt_names_the_end_of_its_append
            batches_that_came_together_are_answered_one_by_one
            commits_are_told_in_order_and_as_they_are_read
            appenders_side_by_side_share_no_offset_and_lose_none
            an_empty_batch_moves_nothing
            a_stream_nobody_wrote_to_has_no_end
            a_closed_log_takes_no_more
            one_stream_too_many_is_refused
        );
        $crate::tests_of!($kind, keys:
            a_retry_gets_the_first_receipt_and_counts_once
            a_retry_that_was_stamped_at_another_arrival_is_the_same_batch
            other_content_under_a_used_key_is_refused
            keys_are_scoped_by_principal_and_stream
            a_key_is_forgotten_with_age
            a_key_is_forgotten_with_count
            retries_that_race_append_once
        );
        $crate::tests_of!($kind, names:
            a_field_keeps_its_first_kind_and_conflicts_are_named_by_index
            integers_and_floats_are_one_kind
            names_past_the_limit_are_refused_by_name
            a_refused_event_teaches_the_stream_nothing
            an_event_of_another_stream_is_refused
        );
        $crate::tests_of!($kind, positions:
            every_receipt_is_proved_and_so_is_the_start
            a_wiped_log_is_another_log
            a_position_past_the_end_is_ahead
            a_forged_proof_and_an_offset_inside_an_append_are_unproved
            what_was_trimmed_is_expired_and_its_edge_is_proved
            a_proof_ages_but_the_end_does_not
            streams_and_appends_share_no_epoch_and_no_proof
        );
        $crate::tests_of!($kind, producers:
            an_event_sent_again_in_other_batches_counts_once
            within_a_batch_the_same_rules_hold_event_by_event
            what_comes_late_is_appended_as_far_as_the_window_reaches
            what_lies_behind_the_window_is_refused_by_name
            events_without_a_producer_pass_between_those_of_one
            a_refused_event_leaves_its_sequence_free
            producers_are_scoped_by_principal_and_stream
            a_key_is_looked_at_before_the_sequences
            other_sequences_under_a_used_key_are_other_content
            a_producer_is_forgotten_a_while_after_its_last_use
            the_least_recently_used_producer_gives_way
            retries_that_race_append_each_event_once
        );
        $crate::tests_of!($kind, reading:
            a_read_gives_whole_appends_and_at_least_one
            a_read_from_inside_an_append_gives_it_whole
            a_scan_finds_by_time_within_offsets_in_order
            a_scan_in_pages_finds_what_one_scan_finds
            reading_back_gives_the_newest_first
            every_append_names_the_proof_of_the_one_before_it
        );
        $crate::tests_of!($kind, retention:
            the_longest_prefix_of_old_appends_goes
            marks_are_answered_told_and_kept
            retention_only_moves_forward
            reads_of_all_kinds_stop_at_the_mark
            a_long_prefix_goes_in_one_mark
        );
    };
}

/// One chapter of laws.
#[doc(hidden)]
#[macro_export]
macro_rules! tests_of {
    ($kind:expr, $chapter:ident: $($law:ident)*) => {
        mod $chapter {
            #[allow(unused_imports, reason = "the kind is named as its caller names it")]
            use super::super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $law() {
                    $crate::laws::$chapter::$law(&$kind).await;
                }
            )*
        }
    };
}
