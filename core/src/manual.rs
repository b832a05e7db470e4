//! How mail programs have failed their people, how this one is built so that it doesn't, and the test that holds it.
//!
//! Test names are checked by `tests/repository.rs`: each must exist.
//!
//! # On the wire
//!
//! **What a stranger said before TLS is believed.** STARTTLS lets whoever sits in between speak first; clients have
//! taken commands, capabilities and alerts from there. Here TLS comes with the first byte, and a server that greets in
//! the clear is refused: `a_server_that_greets_in_the_open_gets_no_answer`. STARTTLS may be chosen; then it is TLS or nothing:
//! `without_tls_nothing_but_the_wish_for_it_is_said`, `without_tls_nothing_is_said_whatever_is_done_to_starttls`. PREAUTH, which would skip the sign-in, ends the connection:
//! `preauth_is_not_ours.imap`.
//!
//! **The certificate is for somebody else.** Programs have checked the chain and not the name, or taken the common name
//! for one, or offered "continue anyway" in a habit. Here every fault is refused under its own name before a secret is
//! at hand: `each_fault_has_its_own_name`, `the_common_name_proves_nothing`. Who decides otherwise believes one key at one port, and
//! any other there stops everything:
//! `another_key_stops_everything_though_an_authority_stands_behind_it_until_the_pin_is_removed`.
//!
//! **A wrong password is tried until the account is locked.** One refusal asks the person:
//! `a_refused_sign_in_is_not_tried_again_and_a_new_password_is`.
//!
//! **The password is in a file for everybody.** Without a keyring programs have fallen back to a plain file. Here it is in memory, or
//! sealed, by the person's choice: `no_file_holds_a_secret_in_the_clear_and_all_are_for_their_owner_alone`.
//!
//! **A locked keyring freezes the program.** Its calls never return: `a_keyring_that_never_answers_keeps_nothing_else_waiting`.
//!
//! **The password is handed to whoever asks.** Where the server offers SCRAM it is proved and not told, and a server that
//! doesn't know it is found out: `scram_finds_a_false_server_out.imap`, `scram_believes_no_ok_without_proof.imap`.
//!
//! **A few compressed octets fill the memory.** What they become is looked at in pieces and cut off:
//! `a_bomb_is_cut_off`.
//!
//! **A line end in a name is a command.** A mailbox called `a\r\nA9 DELETE b` must not become one:
//! `line_ends_in_names_are_not_sent.imap`.
//!
//! **A line end in a subject is a field, or a recipient.** `nothing_in_a_field_becomes_another_field_or_a_command`.
//!
//! **Half a mail is a mail.** A stream that is cut without TLS's own goodbye looks like an end to a careless reader:
//! `a_cut_is_an_error_and_only_close_notify_is_an_end`, `a_cut_stream_gives_no_half_mail.imap`.
//!
//! **Mail that looks like protocol.** A body may hold `) A1 OK done`: `a_body_that_looks_like_answers.imap`.
//!
//! **Settings from whoever answers.** Programs have asked for them in the clear, followed an answer into the clear, and sent the
//! password to whatever host DNS named. Here files come over TLS alone, and a host that only DNS or a guess named is marked, to
//! be confirmed: `an_answer_that_leads_into_the_clear_is_none`, `a_stranger_that_only_dns_named_is_to_be_confirmed`. Where a
//! browser is sent is known here, and no file says: `a_browser_is_sent_only_where_we_know_of`.
//!
//! **The address is told to whoever has a domain that people mistype.**
//! `a_mistyped_domain_is_asked_about_and_not_told_who`.
//!
//! # In the mailbox
//!
//! **EXPUNGE takes what others marked.** A client that moves by COPY, \Deleted and EXPUNGE destroys every mail that
//! another device had marked. Only UID EXPUNGE of what was copied is ever sent:
//! `foreign_mail_marked_deleted_survives_our_moves_in_every_dialect`.
//!
//! **A failed copy, then the original goes.** The copy is proved before anything is marked:
//! `a_connection_lost_between_copy_and_expunge_leaves_no_twin_and_no_loss`.
//!
//! **The answer is lost, the move is sent again.** What may have happened is looked for before it is repeated:
//! `a_move_whose_answer_was_lost_happens_exactly_once`,
//! `a_move_that_was_being_sent_at_a_crash_is_probed_and_not_repeated`.
//!
//! **A move between accounts is a copy and a deletion.** Clients delete first, or believe an OK, and a full mailbox or a
//! cut line loses the mail. Here it is handed over, proved to be there, and only then removed:
//! `a_move_between_accounts_loses_and_doubles_nothing_at_any_fault`,
//! `a_mail_between_accounts_is_removed_only_after_it_was_proved_to_have_arrived`.
//!
//! **A sent mail is in Sent twice, or not at all.** What may have been handed over is looked for before it is again:
//! `a_mail_is_handed_over_exactly_once_whatever_happens_to_an_answer`.
//!
//! **A mail is sent twice, or never, and nobody knows.** The line is cut when the server has the mail and its answer is on the
//! way; sent again it arrives twice, forgotten it may not have arrived at all. Here it is written down before the end of the
//! mail leaves, looked for in Sent, and else left to the person:
//! `a_mail_whose_answer_was_lost_is_never_sent_again_by_itself`, `a_crash_while_the_answer_is_awaited_sends_nothing_twice`,
//! `a_connection_lost_before_the_mail_is_made_again_and_the_mail_sent_once`.
//!
//! **A server that keeps what it sends takes its time, and Sent has it twice.** Who hands it over at once is too early, who never
//! does loses it elsewhere. How long to wait is learnt: `a_server_that_keeps_mail_late_is_left_to_however_late_it_comes`,
//! `a_server_that_keeps_nothing_is_waited_for_twice_and_no_more`.
//!
//! **A reply too many is taken for the answer to the mail.** It counts as sent, and the server has refused it:
//! `bug_a_mail_that_the_server_refused_counted_as_sent`.
//!
//! **One address is wrong, and the others get the mail.** Then it is sent to all again. Here nobody gets it, and whoever was
//! refused is named: `whoever_is_refused_is_named_and_nobody_gets_the_mail_until_they_are_left_out`.
//!
//! **Who is in Bcc is told to all.** `a_mail_is_sent_without_bcc_and_kept_once_with_it`,
//! `a_folded_bcc_goes_with_all_its_lines`.
//!
//! **Emptying the trash takes what was never seen.** Only mails that were shown there go, each by its UID:
//! `empty_trash_destroys_exactly_what_was_there_and_never_by_a_plain_expunge`.
//!
//! **A second Archive beside the first.** A mailbox for a use is made only when a fresh look found none, in any language:
//! `an_archive_that_another_client_just_made_is_used_whatever_it_is_called`.
//!
//! **Sequence numbers.** An EXPUNGE in between and number 7 is another mail. Only UIDs are ever sent.
//!
//! **UIDVALIDITY changes and the cache is wiped.** Then everything is fetched again, and what was waiting is forgotten,
//! or worse, done to other mails: `a_renumbered_mailbox_loses_no_mail_no_body_and_no_wish`,
//! `a_body_asked_for_under_an_old_numbering_is_not_given_to_another_mail`.
//!
//! **A server leaves mails out of an answer and they are deleted here.** A gap is not proof:
//! `an_answer_that_names_fewer_than_exist_proves_nothing`, `no_data_is_a_gap.imap`.
//!
//! **An empty LIST, and all mailboxes are gone.** `an_empty_list_of_mailboxes_erases_nothing`.
//!
//! **VANISHED that nobody asked for.** A broken QRESYNC deletes mail that is still there:
//! `vanished_was_not_asked_for.imap`, `icloud_has_no_qresync.imap`.
//!
//! # On this device
//!
//! **The queue was in memory, or dropped what it couldn't do.** A wish is on disk before its effect is shown and ends
//! done or told: `a_move_shows_in_its_target_at_once_and_survives_a_restart`, `a_refused_move_is_told_and_taken_back`.
//!
//! **A server update erases a change that waits.** What is shown is laid over what the server says, bit by bit:
//! `a_wish_is_shown_at_once_and_a_server_update_does_not_erase_it`.
//!
//! **An index that points at bytes that never reached the disk.** Bytes first, then the row:
//! `what_was_written_but_never_counted_is_cut_off`, `one_flipped_bit_is_noticed_wherever_it_is`.
//!
//! **What was said to be kept was in the disk's cache.** A file's name is durable by its directory's sync, not by its own;
//! tests run on a disk that forgets the rest: `a_power_cut_in_the_first_sync_leaves_a_store_that_opens_and_completes`,
//! `a_power_cut_takes_no_acknowledged_change_with_it`.
//!
//! **What was typed goes with the crash, or with the draft that replaces it on the server.** Each save is durable when it is
//! answered, and no copy goes before the next one was seen: `a_power_cut_at_any_write_takes_nothing_of_a_draft_that_was_acknowledged`,
//! `whatever_happens_to_the_connection_while_a_copy_is_replaced_one_is_left`,
//! `what_another_device_made_of_a_draft_stays_beside_what_was_written_here`.
//!
//! **One failed write, and a change waits until the program is started again.** It is taken up at the next connection:
//! `a_wish_whose_end_could_not_be_written_comes_right_without_a_restart`.
//!
//! **One poisonous mail stops the folder.** `one_mail_that_cannot_be_fetched_does_not_hold_up_the_others`,
//! `a_mail_that_makes_no_sense_is_listed_and_can_be_opened`.
