//! What every store must keep. A test takes a fresh backend; `run_suite!` runs them all on one kind of backend.

pub(crate) mod audit;
pub(crate) mod changes;
pub(crate) mod credentials;
pub(crate) mod dashboards;
pub(crate) mod grants;
pub(crate) mod invites;
pub(crate) mod keys;
pub(crate) mod links;
pub(crate) mod refresh;
pub(crate) mod sessions;
pub(crate) mod teams;
pub(crate) mod users;
pub(crate) mod views;

/// A test for each case of the suite, on the backend that the expression makes.
macro_rules! run_suite {
    ($backend:expr) => {
        crate::suite::run_suite! { $backend =>
            users::a_new_store_has_an_installation_and_an_owner,
            users::the_first_installation_stays_whoever_opens_next,
            users::the_signing_key_before_is_kept_and_no_older_one,
            users::users_are_added_once_and_found,
            users::a_user_gets_another_role_reach_name_and_login,
            users::someone_stays_owner,
            users::of_two_owners_who_shut_each_other_out_one_stays,
            users::who_is_shut_out_has_no_session_until_let_in_again,
            credentials::credentials_are_found_by_login_and_by_id,
            credentials::another_password_ends_all_sessions_but_the_one_that_chose_it,
            credentials::the_code_of_a_step_is_good_once_and_none_before_it,
            credentials::a_recovery_code_is_good_once,
            credentials::another_second_factor_takes_the_place_of_the_first,
            sessions::a_session_lasts_thirty_days,
            sessions::a_session_of_nobody_is_refused,
            sessions::a_revoked_session_counts_no_more,
            sessions::sessions_are_revoked_by_their_own_user_only,
            sessions::all_sessions_but_one_are_revoked_at_once,
            sessions::a_touched_session_is_seen_to_the_minute,
            sessions::labels_are_cut_and_cleaned,
            sessions::a_role_changed_during_a_session_counts_at_once,
            refresh::a_session_goes_on_from_secret_to_secret,
            refresh::a_secret_presented_again_within_its_grace_is_answered_alike,
            refresh::a_secret_presented_again_after_its_grace_ends_the_session,
            refresh::a_secret_whose_successor_was_used_ends_the_session_even_within_its_grace,
            refresh::a_secret_has_one_successor,
            refresh::a_reuse_ends_its_own_session_alone_and_is_noted,
            refresh::a_session_that_counts_no_more_does_not_go_on,
            refresh::of_fifty_at_once_all_get_the_one_successor,
            refresh::of_fifty_who_want_another_successor_each_one_gets_it_and_the_session_ends,
            links::a_link_to_nobody_is_refused,
            links::a_link_for_signing_in_is_good_once,
            links::a_link_expires,
            links::of_many_attempts_with_one_link_one_succeeds,
            links::a_failed_sign_in_does_not_use_up_the_link,
            links::a_link_for_one_thing_is_none_for_another,
            links::a_password_is_reset_once_and_ends_all_sessions,
            links::another_password_ends_the_links_for_choosing_one_and_no_others,
            links::links_to_who_is_shut_out_are_of_no_use,
            invites::an_invitation_is_found_with_all_it_is,
            invites::an_invitation_expires,
            invites::an_invitation_becomes_a_user_with_a_session_once,
            invites::of_many_who_accept_one_invitation_one_succeeds,
            invites::an_invitation_stays_good_when_its_login_is_taken,
            invites::an_invitation_taken_back_makes_nobody_a_user,
            teams::teams_are_listed_by_name_with_their_members,
            teams::the_name_of_a_team_is_unique_whatever_its_case,
            teams::members_of_a_team_know_it_at_once,
            teams::a_team_is_dissolved_with_all_that_was_granted_to_it,
            keys::a_key_is_found_by_its_hash_with_all_it_is,
            keys::a_revoked_key_opens_nothing_and_stays_listed,
            keys::a_key_opens_nothing_once_it_expires_and_stays_listed,
            keys::ids_and_hashes_of_keys_are_unique,
            keys::a_used_key_is_noted_to_the_minute,
            audit::entries_are_numbered_from_one_and_read_back_newest_first,
            audit::many_who_note_at_once_leave_no_gap,
            audit::every_change_is_noted_in_the_same_step,
            audit::what_is_refused_is_not_noted,
            grants::a_new_dashboard_is_everyones_to_edit,
            grants::grants_are_replaced_without_those_to_nobody,
            grants::grants_stay_with_their_dashboard_and_end_with_it,
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
            changes::who_comes_or_goes_with_a_team_is_told_of,
            changes::every_way_in_which_a_session_ends_is_told,
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
