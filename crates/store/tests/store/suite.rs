//! What every store must keep. A test takes a fresh backend; `run_suite!` runs them all on one kind of backend.

pub(crate) mod changes;
pub(crate) mod dashboards;
pub(crate) mod keys;
pub(crate) mod sessions;
pub(crate) mod users;
pub(crate) mod views;

/// A test for each case of the suite, on the backend that the expression makes.
macro_rules! run_suite {
    ($backend:expr) => {
        crate::suite::run_suite! { $backend =>
            users::a_new_store_has_an_installation_and_an_owner,
            users::the_first_installation_stays_whoever_opens_next,
            users::users_are_added_once_and_found,
            users::someone_stays_owner,
            sessions::a_session_lasts_thirty_days,
            sessions::a_session_of_nobody_is_refused,
            sessions::a_revoked_session_counts_no_more,
            sessions::sessions_are_revoked_by_their_own_user_only,
            sessions::all_sessions_but_one_are_revoked_at_once,
            sessions::a_touched_session_is_seen_to_the_minute,
            sessions::labels_are_cut_and_cleaned,
            sessions::a_role_changed_during_a_session_counts_at_once,
            sessions::a_sign_in_token_is_good_once,
            sessions::a_sign_in_token_expires,
            sessions::of_many_attempts_with_one_token_one_succeeds,
            sessions::a_failed_sign_in_does_not_use_up_the_token,
            keys::a_key_is_found_by_its_hash_with_all_it_is,
            keys::a_revoked_key_opens_nothing_and_stays_listed,
            keys::ids_and_hashes_of_keys_are_unique,
            keys::a_used_key_is_noted_to_the_minute,
            dashboards::a_dashboard_is_added_saved_and_read_alike,
            dashboards::saving_over_a_newer_revision_is_a_conflict,
            dashboards::of_many_saves_over_one_revision_one_succeeds,
            dashboards::an_invalid_dashboard_is_never_stored,
            dashboards::a_deleted_dashboard_is_gone_until_restored,
            dashboards::an_id_used_again_never_repeats_a_revision,
            dashboards::dashboards_are_listed_in_the_order_they_were_moved_to,
            dashboards::built_in_dashboards_come_once,
            dashboards::seeding_is_all_or_nothing,
            views::a_view_is_saved_and_read_alike,
            views::saving_over_a_newer_view_is_a_conflict,
            views::each_user_has_an_own_view,
            views::a_deleted_view_never_repeats_a_revision,
            views::views_need_a_user_and_a_dashboard,
            views::a_view_comes_back_with_its_dashboard,
            changes::every_change_is_told_in_order,
            changes::what_changes_nothing_is_not_told,
            changes::whoever_knows_nothing_is_told_everything,
            changes::a_reader_too_far_behind_is_told_everything,
            changes::long_lists_of_changes_come_in_parts,
            changes::no_change_of_many_writers_is_skipped,
        }
    };
    ($backend:expr => $($module:ident :: $test:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $test() {
                crate::suite::$module::$test(&$backend).await;
            }
        )+
    };
}
pub(crate) use run_suite;
