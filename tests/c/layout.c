/* Prints where every field of every struct is: a layout that a release has given is kept. */

#include <stddef.h>
#include <stdio.h>

#include "waxwing.h"

#define STRUCT(type) printf("%s %zu\n", #type, sizeof(type))
#define FIELD(type, field) printf("  %s %zu\n", #field, offsetof(type, field))

int main(void) {
    STRUCT(waxwing_str);
    FIELD(waxwing_str, ptr);
    FIELD(waxwing_str, len);

    STRUCT(waxwing_account_config);
    FIELD(waxwing_account_config, struct_size);
    FIELD(waxwing_account_config, reserved);
    FIELD(waxwing_account_config, address);
    FIELD(waxwing_account_config, display_name);
    FIELD(waxwing_account_config, user_name);
    FIELD(waxwing_account_config, imap_host);
    FIELD(waxwing_account_config, imap_port);
    FIELD(waxwing_account_config, imap_security);
    FIELD(waxwing_account_config, smtp_host);
    FIELD(waxwing_account_config, smtp_port);
    FIELD(waxwing_account_config, smtp_security);

    STRUCT(waxwing_bytes);
    FIELD(waxwing_bytes, ptr);
    FIELD(waxwing_bytes, len);

    STRUCT(waxwing_oauth_client);
    FIELD(waxwing_oauth_client, struct_size);
    FIELD(waxwing_oauth_client, way);
    FIELD(waxwing_oauth_client, client_id);
    FIELD(waxwing_oauth_client, client_secret);
    FIELD(waxwing_oauth_client, redirect);
    FIELD(waxwing_oauth_client, authorize_url);
    FIELD(waxwing_oauth_client, token_url);
    FIELD(waxwing_oauth_client, device_url);
    FIELD(waxwing_oauth_client, scopes);

    STRUCT(waxwing_ids);
    FIELD(waxwing_ids, ptr);
    FIELD(waxwing_ids, len);

    STRUCT(waxwing_secret_store);
    FIELD(waxwing_secret_store, struct_size);
    FIELD(waxwing_secret_store, get);
    FIELD(waxwing_secret_store, put);
    FIELD(waxwing_secret_store, remove);
    FIELD(waxwing_secret_store, user_data);
    FIELD(waxwing_secret_store, free);

    STRUCT(waxwing_tls_verifier);
    FIELD(waxwing_tls_verifier, struct_size);
    FIELD(waxwing_tls_verifier, verify);
    FIELD(waxwing_tls_verifier, user_data);
    FIELD(waxwing_tls_verifier, free);

    STRUCT(waxwing_client_options);
    FIELD(waxwing_client_options, struct_size);
    FIELD(waxwing_client_options, flags);
    FIELD(waxwing_client_options, data_dir);
    FIELD(waxwing_client_options, log_level);
    FIELD(waxwing_client_options, wake);
    FIELD(waxwing_client_options, log);
    FIELD(waxwing_client_options, user_data);
    FIELD(waxwing_client_options, free);
    FIELD(waxwing_client_options, secrets);
    FIELD(waxwing_client_options, extra_roots_pem);
    FIELD(waxwing_client_options, max_connections);
    FIELD(waxwing_client_options, inactivity_ms);
    FIELD(waxwing_client_options, verifier);
    FIELD(waxwing_client_options, cache_dir);
    FIELD(waxwing_client_options, memory_cap);
    FIELD(waxwing_client_options, cache_disk_cap);

    STRUCT(waxwing_composition);
    FIELD(waxwing_composition, struct_size);
    FIELD(waxwing_composition, flags);
    FIELD(waxwing_composition, account);
    FIELD(waxwing_composition, draft);
    FIELD(waxwing_composition, answers);
    FIELD(waxwing_composition, forwards);
    FIELD(waxwing_composition, from);
    FIELD(waxwing_composition, to);
    FIELD(waxwing_composition, cc);
    FIELD(waxwing_composition, bcc);
    FIELD(waxwing_composition, reply_to);
    FIELD(waxwing_composition, subject);
    FIELD(waxwing_composition, text);
    FIELD(waxwing_composition, references);

    STRUCT(waxwing_new_file);
    FIELD(waxwing_new_file, struct_size);
    FIELD(waxwing_new_file, part);
    FIELD(waxwing_new_file, message);
    FIELD(waxwing_new_file, name);
    FIELD(waxwing_new_file, media_type);
    FIELD(waxwing_new_file, content_id);
    FIELD(waxwing_new_file, octets);

    STRUCT(waxwing_answer_words);
    FIELD(waxwing_answer_words, struct_size);
    FIELD(waxwing_answer_words, signature_above);
    FIELD(waxwing_answer_words, wrote);
    FIELD(waxwing_answer_words, date);
    FIELD(waxwing_answer_words, forwarded);
    FIELD(waxwing_answer_words, from);
    FIELD(waxwing_answer_words, sent);
    FIELD(waxwing_answer_words, to);
    FIELD(waxwing_answer_words, cc);
    FIELD(waxwing_answer_words, subject);

    STRUCT(waxwing_event_view);
    FIELD(waxwing_event_view, struct_size);
    FIELD(waxwing_event_view, kind);
    FIELD(waxwing_event_view, request);
    FIELD(waxwing_event_view, final);
    FIELD(waxwing_event_view, progress_10k);
    FIELD(waxwing_event_view, account);
    FIELD(waxwing_event_view, mailbox);
    FIELD(waxwing_event_view, list);
    FIELD(waxwing_event_view, message_id);
    FIELD(waxwing_event_view, question);
    FIELD(waxwing_event_view, operation);
    FIELD(waxwing_event_view, draft);
    FIELD(waxwing_event_view, generation);
    FIELD(waxwing_event_view, counts);
    FIELD(waxwing_event_view, text);
    FIELD(waxwing_event_view, error);
    FIELD(waxwing_event_view, rows);
    FIELD(waxwing_event_view, message);
    FIELD(waxwing_event_view, code);

    STRUCT(waxwing_list_query);
    FIELD(waxwing_list_query, struct_size);
    FIELD(waxwing_list_query, flags);
    FIELD(waxwing_list_query, account);
    FIELD(waxwing_list_query, mailbox);
    FIELD(waxwing_list_query, role);
    FIELD(waxwing_list_query, search);
    FIELD(waxwing_list_query, tag);

    STRUCT(waxwing_message_row);
    FIELD(waxwing_message_row, id);
    FIELD(waxwing_message_row, thread);
    FIELD(waxwing_message_row, mailbox);
    FIELD(waxwing_message_row, date_ms);
    FIELD(waxwing_message_row, size);
    FIELD(waxwing_message_row, uid);
    FIELD(waxwing_message_row, flags);
    FIELD(waxwing_message_row, thread_count);
    FIELD(waxwing_message_row, from_name);
    FIELD(waxwing_message_row, from_address);
    FIELD(waxwing_message_row, subject);
    FIELD(waxwing_message_row, preview);
    FIELD(waxwing_message_row, keywords);
    FIELD(waxwing_message_row, thread_authors);
    FIELD(waxwing_message_row, thread_unread);

    STRUCT(waxwing_message_view);
    FIELD(waxwing_message_view, struct_size);
    FIELD(waxwing_message_view, flags);
    FIELD(waxwing_message_view, row);
    FIELD(waxwing_message_view, text);
    FIELD(waxwing_message_view, from);
    FIELD(waxwing_message_view, to);
    FIELD(waxwing_message_view, cc);
    FIELD(waxwing_message_view, reply_to);
    FIELD(waxwing_message_view, written_ms);
    FIELD(waxwing_message_view, html);
    FIELD(waxwing_message_view, bcc);
    FIELD(waxwing_message_view, message_id_header);
    FIELD(waxwing_message_view, list_unsubscribe_url);
    FIELD(waxwing_message_view, auth_result);
    FIELD(waxwing_message_view, blocked_remote);
    FIELD(waxwing_message_view, pretences);
    FIELD(waxwing_message_view, unsubscribe_way);
    FIELD(waxwing_message_view, unsubscribe_url);
    FIELD(waxwing_message_view, receipt_to);

    STRUCT(waxwing_array);
    FIELD(waxwing_array, base);
    FIELD(waxwing_array, count);
    FIELD(waxwing_array, stride);
    FIELD(waxwing_array, generation);
    FIELD(waxwing_array, total);
    FIELD(waxwing_array, first);

    STRUCT(waxwing_moment_view);
    FIELD(waxwing_moment_view, struct_size);
    FIELD(waxwing_moment_view, year);
    FIELD(waxwing_moment_view, month);
    FIELD(waxwing_moment_view, day);
    FIELD(waxwing_moment_view, all_day);
    FIELD(waxwing_moment_view, hour);
    FIELD(waxwing_moment_view, minute);
    FIELD(waxwing_moment_view, has_instant);
    FIELD(waxwing_moment_view, instant_ms);
    FIELD(waxwing_moment_view, zone);

    STRUCT(waxwing_invitation_view);
    FIELD(waxwing_invitation_view, struct_size);
    FIELD(waxwing_invitation_view, method);
    FIELD(waxwing_invitation_view, summary);
    FIELD(waxwing_invitation_view, place);
    FIELD(waxwing_invitation_view, organiser_name);
    FIELD(waxwing_invitation_view, organiser_address);
    FIELD(waxwing_invitation_view, start);
    FIELD(waxwing_invitation_view, end);
    FIELD(waxwing_invitation_view, repeated);

    STRUCT(waxwing_error_view);
    FIELD(waxwing_error_view, struct_size);
    FIELD(waxwing_error_view, status);
    FIELD(waxwing_error_view, message);
    FIELD(waxwing_error_view, key);
    FIELD(waxwing_error_view, server_text);
    FIELD(waxwing_error_view, help_url);
    FIELD(waxwing_error_view, retry_after_ms);

    STRUCT(waxwing_trust_question);
    FIELD(waxwing_trust_question, struct_size);
    FIELD(waxwing_trust_question, reason);
    FIELD(waxwing_trust_question, question);
    FIELD(waxwing_trust_question, account);
    FIELD(waxwing_trust_question, host);
    FIELD(waxwing_trust_question, port);
    FIELD(waxwing_trust_question, may_pin);
    FIELD(waxwing_trust_question, subject);
    FIELD(waxwing_trust_question, issuer);
    FIELD(waxwing_trust_question, names);
    FIELD(waxwing_trust_question, sha256_hex);
    FIELD(waxwing_trust_question, key_sha256_hex);
    FIELD(waxwing_trust_question, not_before_ms);
    FIELD(waxwing_trust_question, not_after_ms);
    FIELD(waxwing_trust_question, leaf_der);

    STRUCT(waxwing_identity_row);
    FIELD(waxwing_identity_row, name);
    FIELD(waxwing_identity_row, address);
    FIELD(waxwing_identity_row, reply_to);
    FIELD(waxwing_identity_row, signature);
    FIELD(waxwing_identity_row, is_catch_all);

    STRUCT(waxwing_account_row);
    FIELD(waxwing_account_row, id);
    FIELD(waxwing_account_row, address);
    FIELD(waxwing_account_row, display_name);
    FIELD(waxwing_account_row, state);
    FIELD(waxwing_account_row, last_status);
    FIELD(waxwing_account_row, last_sync_ms);
    FIELD(waxwing_account_row, unread);
    FIELD(waxwing_account_row, queued);
    FIELD(waxwing_account_row, bodies);
    FIELD(waxwing_account_row, bodies_total);
    FIELD(waxwing_account_row, user_name);
    FIELD(waxwing_account_row, imap_host);
    FIELD(waxwing_account_row, imap_port);
    FIELD(waxwing_account_row, is_indexed);
    FIELD(waxwing_account_row, imap_security);
    FIELD(waxwing_account_row, smtp_host);
    FIELD(waxwing_account_row, smtp_port);
    FIELD(waxwing_account_row, smtp_security);

    STRUCT(waxwing_mailbox_row);
    FIELD(waxwing_mailbox_row, id);
    FIELD(waxwing_mailbox_row, parent);
    FIELD(waxwing_mailbox_row, account);
    FIELD(waxwing_mailbox_row, name);
    FIELD(waxwing_mailbox_row, path);
    FIELD(waxwing_mailbox_row, depth);
    FIELD(waxwing_mailbox_row, role);
    FIELD(waxwing_mailbox_row, flags);
    FIELD(waxwing_mailbox_row, total);
    FIELD(waxwing_mailbox_row, unread);

    STRUCT(waxwing_part_row);
    FIELD(waxwing_part_row, part);
    FIELD(waxwing_part_row, size);
    FIELD(waxwing_part_row, mime_type);
    FIELD(waxwing_part_row, file_name);
    FIELD(waxwing_part_row, parent);
    FIELD(waxwing_part_row, disposition);
    FIELD(waxwing_part_row, flags);
    FIELD(waxwing_part_row, content_id);
    STRUCT(waxwing_header_row);
    FIELD(waxwing_header_row, name);
    FIELD(waxwing_header_row, value);
    STRUCT(waxwing_remote_row);
    FIELD(waxwing_remote_row, url);

    STRUCT(waxwing_address_row);
    FIELD(waxwing_address_row, name);
    FIELD(waxwing_address_row, address);

    STRUCT(waxwing_queue_row);
    FIELD(waxwing_queue_row, id);
    FIELD(waxwing_queue_row, account);
    FIELD(waxwing_queue_row, kind);
    FIELD(waxwing_queue_row, state);
    FIELD(waxwing_queue_row, messages);
    FIELD(waxwing_queue_row, tries);
    FIELD(waxwing_queue_row, last_status);
    FIELD(waxwing_queue_row, next_try_ms);
    FIELD(waxwing_queue_row, message_id);
    FIELD(waxwing_queue_row, mailbox);

    STRUCT(waxwing_pin_row);
    FIELD(waxwing_pin_row, host);
    FIELD(waxwing_pin_row, port);
    FIELD(waxwing_pin_row, lasting);
    FIELD(waxwing_pin_row, since_ms);
    FIELD(waxwing_pin_row, subject);
    FIELD(waxwing_pin_row, key_sha256_hex);
    STRUCT(waxwing_setup_row);
    FIELD(waxwing_setup_row, provider);
    FIELD(waxwing_setup_row, imap_host);
    FIELD(waxwing_setup_row, imap_port);
    FIELD(waxwing_setup_row, imap_security);
    FIELD(waxwing_setup_row, smtp_host);
    FIELD(waxwing_setup_row, smtp_port);
    FIELD(waxwing_setup_row, smtp_security);
    FIELD(waxwing_setup_row, user_name);
    FIELD(waxwing_setup_row, auth);
    FIELD(waxwing_setup_row, source);
    FIELD(waxwing_setup_row, verified_tls);
    FIELD(waxwing_setup_row, hint);
    FIELD(waxwing_setup_row, hint_kind);
    FIELD(waxwing_setup_row, needs_confirming);
    FIELD(waxwing_setup_row, other_auth);
    FIELD(waxwing_setup_row, other_user_name);
    FIELD(waxwing_setup_row, address);
    FIELD(waxwing_setup_row, oauth_authorize);
    FIELD(waxwing_setup_row, oauth_token);
    FIELD(waxwing_setup_row, oauth_scopes);

    STRUCT(waxwing_tag_row);
    FIELD(waxwing_tag_row, id);
    FIELD(waxwing_tag_row, messages);
    FIELD(waxwing_tag_row, keyword);
    FIELD(waxwing_tag_row, title);

    STRUCT(waxwing_image_row);
    FIELD(waxwing_image_row, address);
    FIELD(waxwing_image_row, content);

    STRUCT(waxwing_image_sender_row);
    FIELD(waxwing_image_sender_row, address);

    STRUCT(waxwing_search_row);
    FIELD(waxwing_search_row, id);
    FIELD(waxwing_search_row, account);
    FIELD(waxwing_search_row, mailbox);
    FIELD(waxwing_search_row, role);
    FIELD(waxwing_search_row, name);
    FIELD(waxwing_search_row, search);

    STRUCT(waxwing_invited_row);
    FIELD(waxwing_invited_row, name);
    FIELD(waxwing_invited_row, address);
    FIELD(waxwing_invited_row, attendance);

    STRUCT(waxwing_tracker_row);
    FIELD(waxwing_tracker_row, name);

    STRUCT(waxwing_draft_row);
    FIELD(waxwing_draft_row, id);
    FIELD(waxwing_draft_row, account);
    FIELD(waxwing_draft_row, answers);
    FIELD(waxwing_draft_row, forwards);
    FIELD(waxwing_draft_row, message);
    FIELD(waxwing_draft_row, operation);
    FIELD(waxwing_draft_row, changed_ms);
    FIELD(waxwing_draft_row, state);
    FIELD(waxwing_draft_row, flags);
    FIELD(waxwing_draft_row, from);
    FIELD(waxwing_draft_row, to);
    FIELD(waxwing_draft_row, cc);
    FIELD(waxwing_draft_row, bcc);
    FIELD(waxwing_draft_row, reply_to);
    FIELD(waxwing_draft_row, subject);
    FIELD(waxwing_draft_row, text);
    FIELD(waxwing_draft_row, references);
    FIELD(waxwing_draft_row, parts);

    STRUCT(waxwing_draft_file_row);
    FIELD(waxwing_draft_file_row, id);
    FIELD(waxwing_draft_file_row, size);
    FIELD(waxwing_draft_file_row, name);
    FIELD(waxwing_draft_file_row, media_type);
    FIELD(waxwing_draft_file_row, content_id);

    STRUCT(waxwing_contact_row);
    FIELD(waxwing_contact_row, name);
    FIELD(waxwing_contact_row, address);

    STRUCT(waxwing_template_row);
    FIELD(waxwing_template_row, id);
    FIELD(waxwing_template_row, name);
    FIELD(waxwing_template_row, subject);
    FIELD(waxwing_template_row, text);
    return 0;
}
