//! Each file in `tests/conversations` is named after the promise it holds, and is played three ways.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test may fail by panicking.

use waxwing_tests::conversation::{Way, play};

macro_rules! conversations {
    ($($name:ident)+) => {
        /// Those that have a test below.
        const NAMES: &[&str] = &[$(stringify!($name)),+];
        $(
            mod $name {
                use super::{Way, play};

                const TEXT: &str = include_str!(concat!("conversations/", stringify!($name), ".imap"));

                #[test]
                fn whole() {
                    play(stringify!($name), TEXT, Way::Whole);
                }

                #[test]
                fn octet_by_octet() {
                    play(stringify!($name), TEXT, Way::Octets);
                }

                #[test]
                fn over_tls() {
                    play(stringify!($name), TEXT, Way::Tls);
                }
            }
        )+
    };
}

conversations! {
    a_body_as_a_quoted_string
    a_body_that_looks_like_answers
    a_bound_proof_that_is_not_understood_is_followed_by_an_unbound_one
    a_bound_proof_that_is_refused_for_the_password_is_the_last
    a_bound_sign_in_that_is_not_supported_is_followed_by_an_unbound_one
    a_cut_stream_gives_no_half_mail
    a_header_pass
    a_hidden_offer_of_a_bound_sign_in_is_told
    a_literal_name_is_refused
    a_literal_name_waits_for_the_go_ahead
    a_mailbox_without_modseqs_is_not_asked_for_them
    a_message_is_searched_from_a_uid_on
    a_part_that_cannot_be_decoded_is_refused
    a_piece_of_a_mail_is_not_the_mail
    a_server_that_knows_utf8_alone
    a_token_is_no_password
    a_token_is_refused
    a_token_signs_in
    a_wrong_password_is_proved_twice_at_most
    alerts_are_told_once
    all_mailboxes_come_in_one_answer
    all_uids_come_as_ranges
    an_ok_before_anything_was_said_is_not_believed
    an_unusable_mechanism_is_followed_by_one_other
    another_protocol_is_noticed
    bye_as_greeting
    bye_between_answers
    bye_in_the_middle_of_a_literal
    capabilities_are_asked_again_after_login
    changes_since_are_asked_for
    compression_begins_after_ok
    compression_is_refused
    compression_that_is_damaged_ends_the_session
    eight_bit_text_in_no
    enable_is_refused
    flags_are_added_and_removed
    half_an_answer_is_none
    icloud_has_no_qresync
    idle_is_ended_by_done
    idle_is_refused
    idle_is_renewed
    labels_of_gmail_come_with_the_mail
    line_ends_in_names_are_not_sent
    line_without_text
    login_is_refused_for_now
    login_is_refused_without_retry
    login_with_quotes_and_umlauts
    logindisabled_after_login_is_ignored
    logindisabled_is_obeyed
    logindisabled_leaves_other_mechanisms
    logout_says_goodbye
    logout_without_an_answer
    logout_without_an_end
    move_gives_copyuid
    move_is_not_sent_where_not_offered
    move_is_refused
    names_in_utf8_by_choice
    names_of_every_kind
    netease_is_told_who_is_there
    no_data_is_a_gap
    nul_in_literals
    odd_structures_cost_a_field
    other_mailboxes_are_told_of
    plain_waits_when_there_is_no_initial_response
    preauth_is_not_ours
    prefixes_of_mailboxes_are_told
    scram_asks_for_too_many_rounds
    scram_believes_no_ok_without_proof
    scram_finds_a_false_server_out
    scram_is_refused_without_retry
    scram_proves_both_sides
    scram_waits_when_there_is_no_initial_response
    select_forgets_the_mailbox_before
    select_refused_keeps_the_connection
    several_mailboxes_are_counted_at_once
    silence_after_sign_in_ends_it
    silence_ends_the_sign_in
    the_initial_response_is_asked_for_again
    uid_after_literal
    uids_of_another_time_say_nothing
    unasked_flags_are_news
    vanished_earlier_names_what_is_gone
    vanished_was_not_asked_for
    what_helps_is_switched_on
    what_nobody_understands_costs_nothing
    what_was_not_agreed_on_is_not_used
    words_in_other_letters_are_sought_as_literals
    words_that_are_sought_never_become_a_command
}

#[test]
fn no_conversation_is_forgotten() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/conversations");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let mut names: Vec<String> = NAMES.iter().map(|name| format!("{name}.imap")).collect();
    names.sort();
    assert_eq!(files, names);
}
