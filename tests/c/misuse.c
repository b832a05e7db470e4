/*
 * Every function of the header, called wrongly: it gives a status, the log names the argument, and nothing else
 * happens. Long, since it has them all.
 * misuse HOST PORT CA.pem DATA_DIR, the password in WAXWING_PASSWORD.
 */

#include "app.h"

#include <unistd.h>

#ifdef __clang__
#  pragma clang diagnostic ignored "-Wnonnull"
#endif

static const uint64_t GARBAGE[] = {0, 999999, (uint64_t)1 << 63, UINT64_MAX};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const ILL_FORMED[] = {
    "\xff", "a\xc0\x80", "\xed\xa0\x80", "\xe2\x82", "\xf5\x80\x80\x80",
};

static app ada;
static waxwing_account_config config;
static const waxwing_oauth_client oauth = {.struct_size = sizeof oauth, .client_id = {"app", 3}};
static waxwing_list_query query;

/* Waits for the line of the log that names a call and its argument, and forgets the log. */
static void said(const char *call, const char *argument) {
    char wanted[256];
    snprintf(wanted, sizeof wanted, "%s: %s ", call, argument);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    pthread_mutex_lock(&ada.mutex);
    while (!strstr(ada.log, wanted)) {
        if (pthread_cond_timedwait(&ada.logged, &ada.mutex, &until)) {
            fprintf(stderr, "the log doesn't say \"%s\", but:\n%s", wanted, ada.log);
            _Exit(1);
        }
    }
    ada.log_len = 0;
    ada.log[0] = '\0';
    pthread_mutex_unlock(&ada.mutex);
}

static void refused(waxwing_status status, const char *call, const char *argument) {
    if (status != WAXWING_E_ARGUMENT) {
        fprintf(stderr, "%s with a bad %s: %s\n", call, argument, waxwing_status_name(status).ptr);
        _Exit(1);
    }
    said(call, argument);
}

/*
 * Calls that give a number: X(function, the name of where it is written, the arguments). `id` is whatever id it takes.
 */
#define REQUESTS(X) \
    X(waxwing_account_add_password, "out_request", client, &config, bytes("secret"), out) \
    X(waxwing_account_add_token, "out_request", client, &config, bytes("token"), out) \
    X(waxwing_account_add_oauth, "out_request", client, &config, &oauth, out) \
    X(waxwing_sync_now, "out_request", client, 0, WAXWING_SYNC_INBOXES, 1000, out) \
    X(waxwing_client_report, "out_request", client, out) \
    X(waxwing_setup_discover, "out_request", client, text("ann@gmail.com"), out) \
    X(waxwing_images_remember_sender, "out_request", client, text("ann@shop.example"), true, out) \
    X(waxwing_message_parse, "out_request", client, bytes("Subject: a\r\n\r\na\r\n"), WAXWING_LOAD_TEXT, out) \
    X(waxwing_secrets_keep, "out_request", client, WAXWING_SECRETS_SESSION, bytes(""), out) \
    X(waxwing_secrets_change_passphrase, "out_request", client, bytes("old"), bytes("new"), out) \
    X(waxwing_client_suspend, "out_request", client, 1000, out) \
    X(waxwing_template_save, "out_request", client, 0, text("Name"), text(""), text(""), out) \
    X(waxwing_client_resume, "out_request", client, out)
#define REQUESTS_OF_ID(X) \
    X(waxwing_account_sign_in_password, "out_request", client, id, bytes("secret"), out) \
    X(waxwing_account_sign_in_oauth, "out_request", client, id, NULL, out) \
    X(waxwing_account_oauth_redirect, "out_request", client, id, text("org.example.app:/back"), out) \
    X(waxwing_account_set_submission, "out_request", client, id, text("smtp.example.org"), 0, 0, out) \
    X(waxwing_account_edit, "out_request", client, id, &config, out) \
    X(waxwing_account_remove, "out_request", client, id, out) \
    X(waxwing_account_sync, "out_request", client, id, out) \
    X(waxwing_account_capabilities, "out_request", client, id, out) \
    X(waxwing_account_set_offline, "out_request", client, id, 30, out) \
    X(waxwing_messages_set_flags, "out_op", client, (waxwing_ids){&id, 1}, WAXWING_FLAG_SEEN, 0, out) \
    X(waxwing_messages_set_keywords, "out_op", client, (waxwing_ids){&id, 1}, text("Trip"), text(""), out) \
    X(waxwing_conversation_split, "out_op", client, (waxwing_ids){&id, 1}, out) \
    X(waxwing_conversations_join, "out_op", client, (waxwing_ids){&id, 1}, out) \
    X(waxwing_messages_move, "out_op", client, (waxwing_ids){&id, 1}, id, out) \
    X(waxwing_messages_copy, "out_op", client, (waxwing_ids){&id, 1}, id, out) \
    X(waxwing_messages_archive, "out_op", client, (waxwing_ids){&id, 1}, out) \
    X(waxwing_messages_trash, "out_op", client, (waxwing_ids){&id, 1}, out) \
    X(waxwing_messages_delete_forever, "out_op", client, (waxwing_ids){&id, 1}, out) \
    X(waxwing_mailbox_mark_all_read, "out_op", client, id, out) \
    X(waxwing_account_empty_trash, "out_op", client, id, out) \
    X(waxwing_message_append, "out_op", client, id, bytes("Subject: a\r\n\r\na\r\n"), 0, 0, out) \
    X(waxwing_send_raw, "out_op", client, id, bytes("From: a@b.c\r\nTo: a@b.c\r\n\r\na\r\n"), 0, out) \
    X(waxwing_operation_undo, "out_op", client, id, out) \
    X(waxwing_queue_retry, "out_op", client, id, out) \
    X(waxwing_queue_discard, "out_op", client, id, out) \
    X(waxwing_mailbox_create, "out_op", client, id, text("New"), WAXWING_ROLE_NONE, out) \
    X(waxwing_mailbox_rename, "out_op", client, id, text("New"), out) \
    X(waxwing_mailbox_delete, "out_op", client, id, out) \
    X(waxwing_mailbox_set_subscribed, "out_op", client, id, true, out) \
    X(waxwing_mailbox_set_role, "out_request", client, id, WAXWING_ROLE_JUNK, out) \
    X(waxwing_mailbox_sync, "out_request", client, id, out) \
    X(waxwing_mailbox_show, "out_request", client, id, out) \
    X(waxwing_mailbox_set_offline, "out_request", client, id, 30, out) \
    X(waxwing_message_load, "out_request", client, id, WAXWING_LOAD_TEXT, out) \
    X(waxwing_message_unsubscribe, "out_request", client, id, out) \
    X(waxwing_message_export_fd, "out_request", client, id, STDERR_FILENO, out) \
    X(waxwing_part_fetch, "out_request", client, id, 1, out) \
    X(waxwing_message_fetch, "out_request", client, id, out) \
    X(waxwing_part_save_fd, "out_request", client, id, 1, STDERR_FILENO, out) \
    X(waxwing_part_save_path, "out_request", client, id, 1, text("/nowhere/to/be/found"), out) \
    X(waxwing_trust_decide, "out_request", client, id, WAXWING_TRUST_PIN, out) \
    X(waxwing_pin_remove, "out_request", client, text("imap.example.org"), (uint16_t)id, out) \
    X(waxwing_images_fetch, "out_request", client, id, out) \
    X(waxwing_search_rename, "out_request", client, id, text("Name"), out) \
    X(waxwing_search_delete, "out_request", client, id, out) \
    X(waxwing_draft_save, "out_request", client, &(waxwing_composition){.struct_size = sizeof(waxwing_composition), .account = id}, out) \
    X(waxwing_draft_add_file, "out_request", client, id, &(waxwing_new_file){.struct_size = sizeof(waxwing_new_file)}, out) \
    X(waxwing_draft_remove_file, "out_request", client, id, 1, out) \
    X(waxwing_draft_close, "out_request", client, id, out) \
    X(waxwing_draft_discard, "out_request", client, id, out) \
    X(waxwing_draft_restore, "out_request", client, id, 0, out) \
    X(waxwing_draft_open, "out_request", client, id, out) \
    X(waxwing_draft_send, "out_op", client, id, 0, 0, out) \
    X(waxwing_identities_set, "out_request", client, id, NULL, 0, 0, out) \
    X(waxwing_template_delete, "out_request", client, id, out)

#define DEFINE(function, name, ...) \
    static waxwing_status call_##function(const waxwing_client *client, uint64_t id, uint64_t *out) { \
        (void)id; \
        return function(__VA_ARGS__); \
    }
REQUESTS(DEFINE)
REQUESTS_OF_ID(DEFINE)

typedef struct call {
    const char *name;
    const char *out;
    waxwing_status (*call)(const waxwing_client *client, uint64_t id, uint64_t *out);
} call;

#define ENTRY(function, name, ...) {#function, name, call_##function},
static const call OTHERS[] = {REQUESTS(ENTRY)};
static const call OF_ID[] = {REQUESTS_OF_ID(ENTRY)};

/* Without a client nothing is logged. */
static void without_a_client(void) {
    uint64_t number = 7;
    for (size_t i = 0; i < COUNT(OTHERS); i++) CHECK(OTHERS[i].call(NULL, 1, &number) == WAXWING_E_ARGUMENT);
    for (size_t i = 0; i < COUNT(OF_ID); i++) {
        CHECK(OF_ID[i].call(NULL, 1, &number) == WAXWING_E_ARGUMENT);
        CHECK(OF_ID[i].call(NULL, 1, NULL) == WAXWING_E_ARGUMENT);
    }
    CHECK(waxwing_list_open(NULL, &query, 5, &number) == WAXWING_E_ARGUMENT);
    CHECK(waxwing_list_open(NULL, NULL, 5, NULL) == WAXWING_E_ARGUMENT);
    CHECK(waxwing_list_move(NULL, 1, 0, 0, 5) == WAXWING_E_ARGUMENT);
    CHECK(waxwing_client_cancel(NULL, 1) == WAXWING_E_ARGUMENT);
    CHECK(number == 7);

    waxwing_rows *rows = (waxwing_rows *)&ada;
    CHECK(waxwing_accounts_snapshot(NULL, &rows) == WAXWING_E_ARGUMENT && !rows);
    rows = (waxwing_rows *)&ada;
    CHECK(waxwing_mailboxes_snapshot(NULL, 0, &rows) == WAXWING_E_ARGUMENT && !rows);
    rows = (waxwing_rows *)&ada;
    CHECK(waxwing_queue_snapshot(NULL, &rows) == WAXWING_E_ARGUMENT && !rows);
    rows = (waxwing_rows *)&ada;
    CHECK(waxwing_tags_snapshot(NULL, &rows) == WAXWING_E_ARGUMENT && !rows);
    int32_t state = 7;
    CHECK(waxwing_secrets_state(NULL, &state, &state, &state) == WAXWING_E_ARGUMENT && state == 7);
    rows = (waxwing_rows *)&ada;
    CHECK(waxwing_pins_snapshot(NULL, &rows) == WAXWING_E_ARGUMENT && !rows);
    rows = (waxwing_rows *)&ada;
    CHECK(waxwing_image_senders_snapshot(NULL, &rows) == WAXWING_E_ARGUMENT && !rows);
    rows = (waxwing_rows *)&ada;
    CHECK(waxwing_images_snapshot(NULL, 1, &rows) == WAXWING_E_ARGUMENT && !rows);
    rows = (waxwing_rows *)&ada;
    CHECK(waxwing_searches_snapshot(NULL, &rows) == WAXWING_E_ARGUMENT && !rows);
    rows = (waxwing_rows *)&ada;
    CHECK(waxwing_drafts_snapshot(NULL, false, &rows) == WAXWING_E_ARGUMENT && !rows);
    rows = (waxwing_rows *)&ada;
    CHECK(waxwing_draft_versions_snapshot(NULL, 1, &rows) == WAXWING_E_ARGUMENT && !rows);
    rows = (waxwing_rows *)&ada;
    CHECK(waxwing_draft_files_snapshot(NULL, 1, &rows) == WAXWING_E_ARGUMENT && !rows);
    rows = (waxwing_rows *)&ada;
    CHECK(waxwing_message_answer(NULL, 1, WAXWING_ANSWER_ALL, NULL, &rows) == WAXWING_E_ARGUMENT && !rows);
    rows = (waxwing_rows *)&ada;
    CHECK(waxwing_identities_snapshot(NULL, 1, &rows) == WAXWING_E_ARGUMENT && !rows);
    rows = (waxwing_rows *)&ada;
    CHECK(waxwing_contacts_complete(NULL, text("a"), 1, &rows) == WAXWING_E_ARGUMENT && !rows);
    rows = (waxwing_rows *)&ada;
    CHECK(waxwing_templates_snapshot(NULL, &rows) == WAXWING_E_ARGUMENT && !rows);
    rows = (waxwing_rows *)&ada;
    CHECK(waxwing_list_snapshot(NULL, 1, &rows) == WAXWING_E_ARGUMENT && !rows);
    waxwing_event *event = (waxwing_event *)&ada;
    CHECK(waxwing_client_next_event(NULL, -1, &event) == WAXWING_E_ARGUMENT && !event);
    waxwing_message *message = (waxwing_message *)&ada;
    CHECK(waxwing_message_raw(NULL, 1, &message) == WAXWING_E_ARGUMENT && !message);
    uint8_t buffer[4] = {0};
    size_t length = 7;
    CHECK(waxwing_part_read(NULL, 1, 1, 0, buffer, sizeof buffer, 0, &length) == WAXWING_E_ARGUMENT && length == 7);

    CHECK(waxwing_client_event_fd(NULL) == -1);
    waxwing_client_close(NULL);
    waxwing_client_network_changed(NULL, WAXWING_NETWORK_METERED);
    waxwing_client_set_power_saver(NULL, true);
    waxwing_client_memory_pressure(NULL, 1);
    waxwing_client_set_log_level(NULL, WAXWING_LOG_DEBUG);
    waxwing_list_close(NULL, 1);
    waxwing_reply_secret(NULL, 1, WAXWING_OK, bytes("secret"));
    waxwing_reply_status(NULL, 1, WAXWING_OK);
}

static void without_an_object(void) {
    CHECK(!waxwing_event_view_get(NULL));
    CHECK(!waxwing_event_take_rows(NULL));
    CHECK(!waxwing_event_trust(NULL));
    CHECK(!waxwing_event_take_message(NULL));
    CHECK(!waxwing_message_view_get(NULL));
    CHECK(waxwing_message_parts(NULL).count == 0);
    CHECK(waxwing_message_headers(NULL).count == 0);
    CHECK(waxwing_message_remote(NULL).count == 0);
    CHECK(waxwing_message_addresses(NULL, WAXWING_ADDRESSES_FROM).count == 0);
    CHECK(!waxwing_message_invitation(NULL));
    CHECK(waxwing_message_invited(NULL).count == 0);
    CHECK(waxwing_message_images(NULL).count == 0);
    CHECK(waxwing_message_trackers(NULL).count == 0);
    CHECK(waxwing_message_bytes(NULL).len == 0);
    CHECK(waxwing_rows_array(NULL).count == 0);
    CHECK(!waxwing_error_view_get(NULL));
    waxwing_client_free(NULL);
    waxwing_event_free(NULL);
    waxwing_rows_free(NULL);
    waxwing_message_free(NULL);
    waxwing_error_free(NULL);

    CHECK(waxwing_abi_version() >> 16 == WAXWING_ABI_MAJOR);
    CHECK(waxwing_version().len > 0);
    for (waxwing_status status = -5; status < 2000; status++) {
        waxwing_str name = waxwing_status_name(status);
        CHECK(name.len > 0 && name.ptr[name.len] == '\0');
    }
    CHECK(strcmp(waxwing_status_name(INT32_MIN).ptr, "E_UNKNOWN") == 0);
    CHECK(strcmp(waxwing_status_name(399).ptr, "E_TLS") == 0);
}

static void without_a_place_for_the_answer(void) {
    for (size_t i = 0; i < COUNT(OTHERS); i++) {
        refused(OTHERS[i].call(ada.client, 1, NULL), OTHERS[i].name, OTHERS[i].out);
    }
    for (size_t i = 0; i < COUNT(OF_ID); i++) {
        refused(OF_ID[i].call(ada.client, 1, NULL), OF_ID[i].name, OF_ID[i].out);
    }
    refused(waxwing_list_open(ada.client, &query, 5, NULL), "waxwing_list_open", "out_list");
    refused(waxwing_accounts_snapshot(ada.client, NULL), "waxwing_accounts_snapshot", "out");
    refused(waxwing_mailboxes_snapshot(ada.client, 0, NULL), "waxwing_mailboxes_snapshot", "out");
    refused(waxwing_queue_snapshot(ada.client, NULL), "waxwing_queue_snapshot", "out");
    refused(waxwing_tags_snapshot(ada.client, NULL), "waxwing_tags_snapshot", "out");
    refused(waxwing_pins_snapshot(ada.client, NULL), "waxwing_pins_snapshot", "out");
    refused(waxwing_image_senders_snapshot(ada.client, NULL), "waxwing_image_senders_snapshot", "out");
    refused(waxwing_images_snapshot(ada.client, 1, NULL), "waxwing_images_snapshot", "out");
    refused(waxwing_searches_snapshot(ada.client, NULL), "waxwing_searches_snapshot", "out");
    refused(waxwing_drafts_snapshot(ada.client, true, NULL), "waxwing_drafts_snapshot", "out");
    refused(waxwing_draft_versions_snapshot(ada.client, 1, NULL), "waxwing_draft_versions_snapshot", "out");
    refused(waxwing_draft_files_snapshot(ada.client, 1, NULL), "waxwing_draft_files_snapshot", "out");
    refused(waxwing_message_answer(ada.client, 1, WAXWING_ANSWER_ALL, NULL, NULL), "waxwing_message_answer", "out");
    refused(waxwing_identities_snapshot(ada.client, 1, NULL), "waxwing_identities_snapshot", "out");
    refused(waxwing_contacts_complete(ada.client, text("a"), 1, NULL), "waxwing_contacts_complete", "out");
    refused(waxwing_templates_snapshot(ada.client, NULL), "waxwing_templates_snapshot", "out");
    uint64_t number = 0;
    refused(waxwing_search_server(ada.client, &query, NULL), "waxwing_search_server", "out_request");
    refused(waxwing_search_server(ada.client, NULL, &number), "waxwing_search_server", "query");
    refused(waxwing_search_save(ada.client, text("Name"), &query, NULL), "waxwing_search_save", "out_request");
    refused(waxwing_search_save(ada.client, text("Name"), NULL, &number), "waxwing_search_save", "query");
    refused(waxwing_search_coverage(ada.client, NULL, &number, &number, &number, &number), "waxwing_search_coverage", "query");
    refused(waxwing_search_coverage(ada.client, &query, &number, &number, &number, NULL), "waxwing_search_coverage",
            "out_not_listed");
    CHECK(number == 0);
    int32_t state = 7;
    refused(waxwing_secrets_state(ada.client, NULL, &state, &state), "waxwing_secrets_state", "out_place");
    refused(waxwing_secrets_state(ada.client, &state, NULL, &state), "waxwing_secrets_state", "out_keyring");
    refused(waxwing_secrets_state(ada.client, &state, &state, NULL), "waxwing_secrets_state", "out_file");
    CHECK(state == 7);
    refused(waxwing_list_snapshot(ada.client, 1, NULL), "waxwing_list_snapshot", "out");
    refused(waxwing_message_raw(ada.client, 1, NULL), "waxwing_message_raw", "out");
    uint8_t buffer[4];
    size_t length = 7;
    refused(waxwing_part_read(ada.client, 1, 1, 0, buffer, sizeof buffer, 0, NULL), "waxwing_part_read", "out_len");
    refused(waxwing_part_read(ada.client, 1, 1, 0, NULL, 0, 0, &length), "waxwing_part_read", "buffer");
    refused(waxwing_part_read(ada.client, 1, 1, 0, buffer, SIZE_MAX, 0, &length), "waxwing_part_read", "buffer");
    CHECK(length == 7);
    refused(waxwing_client_next_event(ada.client, -1, NULL), "waxwing_client_next_event", "out");
}

/* A wrong id is not found: at once, or by the answer. */
static void ids_of_nothing(void) {
    for (size_t i = 0; i < COUNT(OF_ID); i++) {
        for (size_t j = 0; j < COUNT(GARBAGE); j++) {
            uint64_t number = 0;
            waxwing_status status = OF_ID[i].call(ada.client, GARBAGE[j], &number);
            CHECK((status == WAXWING_OK) == (number != 0));
            if (status == WAXWING_OK) status = app_ended(&ada, number);
            /* 0 names no operation at all. */
            bool no_operation = GARBAGE[j] == 0 && status == WAXWING_E_ARGUMENT;
            if (status != WAXWING_E_NOT_FOUND && !no_operation) {
                fprintf(stderr, "%s of %llu: %s\n", OF_ID[i].name, (unsigned long long)GARBAGE[j],
                        waxwing_status_name(status).ptr);
                _Exit(1);
            }
        }
    }
    for (size_t j = 0; j < COUNT(GARBAGE); j++) {
        uint64_t id = GARBAGE[j];
        waxwing_rows *rows = (waxwing_rows *)&ada;
        waxwing_message *message = (waxwing_message *)&ada;
        CHECK(waxwing_list_snapshot(ada.client, id, &rows) == WAXWING_E_NOT_FOUND && !rows);
        CHECK(waxwing_list_move(ada.client, id, 0, 0, 5) == WAXWING_E_NOT_FOUND);
        CHECK(waxwing_message_raw(ada.client, id, &message) == WAXWING_E_NOT_FOUND && !message);
        rows = NULL;
        waxwing_status pictures = waxwing_images_snapshot(ada.client, id, &rows);
        CHECK(pictures == WAXWING_OK ? waxwing_rows_array(rows).count == 0 : pictures == WAXWING_E_NOT_FOUND && !rows);
        waxwing_rows_free(rows);
        uint8_t buffer[4];
        size_t length = 7;
        CHECK(waxwing_part_read(ada.client, id, 1, 0, buffer, sizeof buffer, 5000, &length) == WAXWING_E_NOT_FOUND);
        CHECK(length == 7);
        waxwing_list_close(ada.client, id);
        waxwing_reply_status(ada.client, id, WAXWING_OK);
        said("waxwing_reply_status", "reply");
        waxwing_reply_secret(ada.client, id, WAXWING_OK, bytes("secret"));
        said("waxwing_reply_secret", "reply");
        if (id == 0) {
            refused(waxwing_client_cancel(ada.client, id), "waxwing_client_cancel", "request");
            continue;
        }
        CHECK(waxwing_client_cancel(ada.client, id) == WAXWING_OK);
        rows = (waxwing_rows *)&ada;
        CHECK(waxwing_mailboxes_snapshot(ada.client, id, &rows) == WAXWING_E_NOT_FOUND && !rows);
    }
}

/* A call with a text that may be wrong. */
typedef waxwing_status text_call(waxwing_str text);

static waxwing_status with_config(waxwing_account_config config) {
    uint64_t request = 0;
    waxwing_status status = waxwing_account_add_password(ada.client, &config, bytes("secret"), &request);
    CHECK(request == 0);
    return status;
}

static waxwing_status with_address(waxwing_str text) {
    waxwing_account_config bad = config;
    bad.address = text;
    return with_config(bad);
}

static waxwing_status with_display_name(waxwing_str text) {
    waxwing_account_config bad = config;
    bad.display_name = text;
    return with_config(bad);
}

static waxwing_status with_user_name(waxwing_str text) {
    waxwing_account_config bad = config;
    bad.user_name = text;
    return with_config(bad);
}

static waxwing_status with_imap_host(waxwing_str text) {
    waxwing_account_config bad = config;
    bad.imap_host = text;
    return with_config(bad);
}

static waxwing_status with_smtp_host(waxwing_str text) {
    waxwing_account_config bad = config;
    bad.smtp_host = text;
    return with_config(bad);
}

static waxwing_status with_path(waxwing_str text) {
    uint64_t operation = 0;
    return waxwing_mailbox_create(ada.client, 1, text, WAXWING_ROLE_NONE, &operation);
}

static waxwing_status with_new_path(waxwing_str text) {
    uint64_t operation = 0;
    return waxwing_mailbox_rename(ada.client, 1, text, &operation);
}

static waxwing_status with_file(waxwing_str text) {
    uint64_t request = 0;
    return waxwing_part_save_path(ada.client, 1, 1, text, &request);
}

static waxwing_status with_typed(waxwing_str text) {
    uint64_t request = 0;
    return waxwing_setup_discover(ada.client, text, &request);
}

static waxwing_status with_search(waxwing_str text) {
    waxwing_list_query bad = query;
    bad.search = text;
    waxwing_list_id list = 0;
    return waxwing_list_open(ada.client, &bad, 5, &list);
}

static waxwing_status with_sought(waxwing_str text) {
    uint64_t request = 0;
    waxwing_list_query bad = query;
    bad.search = text;
    return waxwing_search_server(ada.client, &bad, &request);
}

static waxwing_status with_name(waxwing_str name) {
    uint64_t request = 0;
    waxwing_list_query words = query;
    words.search = text("words");
    return waxwing_search_save(ada.client, name, &words, &request);
}

static waxwing_status with_new_name(waxwing_str text) {
    uint64_t request = 0;
    return waxwing_search_rename(ada.client, 1, text, &request);
}

static waxwing_status with_sender(waxwing_str text) {
    uint64_t request = 0;
    return waxwing_images_remember_sender(ada.client, text, true, &request);
}

static const waxwing_message_id any_message = 1;

static waxwing_status with_keyword(waxwing_str keyword) {
    uint64_t operation = 0;
    return waxwing_messages_set_keywords(ada.client, (waxwing_ids){&any_message, 1}, keyword, text(""), &operation);
}

static waxwing_status without_keyword(waxwing_str keyword) {
    uint64_t operation = 0;
    return waxwing_messages_set_keywords(ada.client, (waxwing_ids){&any_message, 1}, text(""), keyword, &operation);
}

static void what_is_no_text(void) {
    static const struct {
        text_call *call;
        const char *name;
        const char *argument;
    } CALLS[] = {
        {with_address, "waxwing_account_add_password", "config.address"},
        {with_display_name, "waxwing_account_add_password", "config.display_name"},
        {with_user_name, "waxwing_account_add_password", "config.user_name"},
        {with_imap_host, "waxwing_account_add_password", "config.imap_host"},
        {with_smtp_host, "waxwing_account_add_password", "config.smtp_host"},
        {with_path, "waxwing_mailbox_create", "path"},
        {with_new_path, "waxwing_mailbox_rename", "path"},
        {with_search, "waxwing_list_open", "query.search"},
        {with_file, "waxwing_part_save_path", "path"},
        {with_typed, "waxwing_setup_discover", "address"},
        {with_sought, "waxwing_search_server", "query.search"},
        {with_name, "waxwing_search_save", "name"},
        {with_new_name, "waxwing_search_rename", "name"},
        {with_sender, "waxwing_images_remember_sender", "address"},
        {with_keyword, "waxwing_messages_set_keywords", "add"},
        {without_keyword, "waxwing_messages_set_keywords", "remove"},
    };
    for (size_t i = 0; i < COUNT(CALLS); i++) {
        for (size_t j = 0; j < COUNT(ILL_FORMED); j++) {
            refused(CALLS[i].call(text(ILL_FORMED[j])), CALLS[i].name, CALLS[i].argument);
            waxwing_str counted = {ILL_FORMED[j], strlen(ILL_FORMED[j])};
            refused(CALLS[i].call(counted), CALLS[i].name, CALLS[i].argument);
        }
        const waxwing_str bad[] = {
            {"a\0b", 3}, {NULL, 1}, {NULL, WAXWING_NUL_TERMINATED}, {"a", SIZE_MAX - 1}, {"a", SIZE_MAX / 2 + 1},
        };
        for (size_t j = 0; j < COUNT(bad); j++) {
            refused(CALLS[i].call(bad[j]), CALLS[i].name, CALLS[i].argument);
        }
    }
    /* What is no text names no host. */
    for (size_t i = 0; i < COUNT(ILL_FORMED); i++) {
        CHECK(!waxwing_link_is_false(text(ILL_FORMED[i]), text("https://evil.example/")));
        CHECK(!waxwing_link_is_false(text("bank.example"), text(ILL_FORMED[i])));
    }
    CHECK(!waxwing_link_is_false((waxwing_str){NULL, 1}, (waxwing_str){NULL, WAXWING_NUL_TERMINATED}));
    CHECK(waxwing_link_is_false(text("bank.example"), text("https://evil.example/")));
}

static void sizes_of_no_version(void) {
    uint64_t number = 0;
    refused(waxwing_account_add_password(ada.client, NULL, bytes("secret"), &number),
            "waxwing_account_add_password", "config");
    refused(waxwing_list_open(ada.client, NULL, 5, &number), "waxwing_list_open", "query");
    const uint32_t sizes[] = {0, 1, 4, offsetof(waxwing_list_query, tag) - 1, UINT32_MAX};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        waxwing_account_config bad_config = config;
        bad_config.struct_size = sizes[i];
        refused(with_config(bad_config), "waxwing_account_add_password", "config");
        waxwing_list_query bad_query = query;
        bad_query.struct_size = sizes[i];
        refused(waxwing_list_open(ada.client, &bad_query, 5, &number), "waxwing_list_open", "query");
    }
    CHECK(number == 0);

    /* A program of a later version has longer structs. */
    struct {
        waxwing_list_query query;
        uint64_t later[4];
    } longer = {.query = query, .later = {1, 2, 3, 4}};
    longer.query.struct_size = sizeof longer;
    CHECK(waxwing_list_open(ada.client, &longer.query, 5, &number) == WAXWING_OK && number != 0);
    waxwing_list_close(ada.client, number);
    waxwing_list_close(ada.client, number);
}

/* As which program to sign in in the browser. */
static void no_program(void) {
    waxwing_oauth_client bad[9];
    for (size_t i = 0; i < COUNT(bad); i++) bad[i] = oauth;
    bad[0].struct_size = sizeof oauth - 1;
    bad[1].client_id = text("");
    bad[2].client_id = (waxwing_str){"\xff", 1};
    bad[3].client_secret = bytes("\xff");
    bad[4].way = 3;
    bad[5].way = WAXWING_BROWSER_APP;
    bad[6].authorize_url = text("https://localhost/authorize");
    bad[7].token_url = text("https://localhost/token");
    bad[8].scopes = (waxwing_str){NULL, 3};
    const char *const arguments[] = {"oauth", "oauth.client_id", "oauth.client_id", "oauth.client_secret", "oauth.way",
                                     "oauth.redirect", "oauth.token_url", "oauth.token_url", "oauth.scopes"};
    uint64_t request = 0;
    for (size_t i = 0; i < COUNT(bad); i++) {
        refused(waxwing_account_add_oauth(ada.client, &config, &bad[i], &request), "waxwing_account_add_oauth",
                arguments[i]);
        refused(waxwing_account_sign_in_oauth(ada.client, 1, &bad[i], &request), "waxwing_account_sign_in_oauth",
                arguments[i]);
    }
    refused(waxwing_account_add_oauth(ada.client, &config, NULL, &request), "waxwing_account_add_oauth", "oauth");
    CHECK(request == 0);
    /* Nobody knows where people of this server sign in; what isn't https is no place for it. */
    waxwing_oauth_client odd = oauth;
    waxwing_account_config other = config;
    other.address = text("grace@example.org");
    other.user_name = text("grace");
    CHECK(waxwing_account_add_oauth(ada.client, &other, &odd, &request) == WAXWING_OK);
    CHECK(app_ended(&ada, request) == WAXWING_E_ARGUMENT);
    odd.authorize_url = text("http://localhost/authorize");
    odd.token_url = text("http://localhost/token");
    CHECK(waxwing_account_add_oauth(ada.client, &other, &odd, &request) == WAXWING_OK);
    CHECK(app_ended(&ada, request) == WAXWING_E_ARGUMENT);
}

static void bytes_and_ids(void) {
    uint64_t number = 0;
    const waxwing_bytes bad[] = {{NULL, 4}, {NULL, 0}, bytes(""), {(const uint8_t *)"a", SIZE_MAX}, bytes("\xff")};
    for (size_t i = 0; i < COUNT(bad); i++) {
        refused(waxwing_account_add_password(ada.client, &config, bad[i], &number), "waxwing_account_add_password",
                "secret");
        refused(waxwing_account_add_token(ada.client, &config, bad[i], &number), "waxwing_account_add_token", "token");
        refused(waxwing_account_sign_in_password(ada.client, 1, bad[i], &number), "waxwing_account_sign_in_password",
                "secret");
    }
    refused(waxwing_message_append(ada.client, 1, bad[0], 0, 0, &number), "waxwing_message_append", "rfc5322");
    refused(waxwing_message_append(ada.client, 1, bad[3], 0, 0, &number), "waxwing_message_append", "rfc5322");
    refused(waxwing_message_parse(ada.client, bad[0], 0, &number), "waxwing_message_parse", "rfc5322");
    refused(waxwing_message_parse(ada.client, bad[3], 0, &number), "waxwing_message_parse", "rfc5322");
    refused(waxwing_send_raw(ada.client, 1, bad[0], 0, &number), "waxwing_send_raw", "rfc5322");
    refused(waxwing_send_raw(ada.client, 1, bad[3], 0, &number), "waxwing_send_raw", "rfc5322");
    waxwing_reply_secret(ada.client, 1, WAXWING_OK, bad[0]);
    said("waxwing_reply_secret", "secret");
    waxwing_reply_secret(ada.client, 1, WAXWING_OK, bad[4]);
    said("waxwing_reply_secret", "secret");

    const waxwing_message_id one = 1;
    const waxwing_ids none[] = {{NULL, 0}, {&one, 0}, {NULL, 3}, {&one, SIZE_MAX}};
    for (size_t i = 0; i < COUNT(none); i++) {
        refused(waxwing_messages_set_flags(ada.client, none[i], WAXWING_FLAG_SEEN, 0, &number), "waxwing_messages_set_flags", "ids");
        refused(waxwing_messages_move(ada.client, none[i], 1, &number), "waxwing_messages_move", "ids");
        refused(waxwing_messages_copy(ada.client, none[i], 1, &number), "waxwing_messages_copy", "ids");
        refused(waxwing_messages_archive(ada.client, none[i], &number), "waxwing_messages_archive", "ids");
        refused(waxwing_messages_trash(ada.client, none[i], &number), "waxwing_messages_trash", "ids");
        refused(waxwing_messages_delete_forever(ada.client, none[i], &number), "waxwing_messages_delete_forever",
                "ids");
        refused(waxwing_messages_set_keywords(ada.client, none[i], text("Trip"), text(""), &number),
                "waxwing_messages_set_keywords", "ids");
        refused(waxwing_conversation_split(ada.client, none[i], &number), "waxwing_conversation_split", "ids");
        refused(waxwing_conversations_join(ada.client, none[i], &number), "waxwing_conversations_join", "ids");
    }
    CHECK(number == 0);
}

static waxwing_status opened(waxwing_list_query query, uint32_t rows) {
    waxwing_list_id list = 0;
    return waxwing_list_open(ada.client, &query, rows, &list);
}

static void numbers_that_mean_nothing(void) {
    uint64_t number = 0;
    const waxwing_message_id one = 1;
    waxwing_ids ids = {&one, 1};
    const uint32_t flags[] = {128, WAXWING_FLAG_PENDING, WAXWING_FLAG_HAS_ATTACHMENT, UINT32_MAX};
    for (size_t i = 0; i < COUNT(flags); i++) {
        refused(waxwing_messages_set_flags(ada.client, ids, flags[i], 0, &number), "waxwing_messages_set_flags", "add");
        refused(waxwing_messages_set_flags(ada.client, ids, 0, flags[i], &number), "waxwing_messages_set_flags",
                "remove");
        refused(waxwing_message_append(ada.client, 1, bytes("a"), flags[i], 0, &number), "waxwing_message_append",
                "flags");
    }
    refused(waxwing_message_load(ada.client, 1, 16, &number), "waxwing_message_load", "what");
    const int32_t closed[] = {-1, INT32_MIN, 1 << 20};
    for (size_t i = 0; i < COUNT(closed); i++) {
        refused(waxwing_message_export_fd(ada.client, 1, closed[i], &number), "waxwing_message_export_fd", "fd");
        refused(waxwing_part_save_fd(ada.client, 1, 1, closed[i], &number), "waxwing_part_save_fd", "fd");
    }
    refused(waxwing_part_save_path(ada.client, 1, 1, text("a.pdf"), &number), "waxwing_part_save_path", "path");
    refused(waxwing_part_save_path(ada.client, 1, 1, text(""), &number), "waxwing_part_save_path", "path");
    refused(waxwing_message_parse(ada.client, bytes("a"), UINT32_MAX, &number), "waxwing_message_parse", "what");
    refused(waxwing_mailbox_create(ada.client, 1, text("New"), 99, &number), "waxwing_mailbox_create", "role");
    refused(waxwing_mailbox_set_role(ada.client, 1, -1, &number), "waxwing_mailbox_set_role", "role");
    refused(waxwing_account_set_offline(ada.client, 1, -2, &number), "waxwing_account_set_offline", "days");
    refused(waxwing_mailbox_set_offline(ada.client, 1, INT32_MIN, &number), "waxwing_mailbox_set_offline", "days");
    waxwing_event *event = NULL;
    refused(waxwing_client_next_event(ada.client, -2, &event), "waxwing_client_next_event", "timeout_ms");
    waxwing_client_network_changed(ada.client, 7);
    said("waxwing_client_network_changed", "network");
    const int32_t levels[] = {-1, WAXWING_LOG_DEBUG + 1, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < COUNT(levels); i++) {
        waxwing_client_set_log_level(ada.client, levels[i]);
        said("waxwing_client_set_log_level", "level");
    }
    /* Mistakes are told whatever the level. */
    waxwing_client_set_log_level(ada.client, WAXWING_LOG_NONE);
    waxwing_client_set_log_level(ada.client, 9);
    said("waxwing_client_set_log_level", "level");
    CHECK(number == 0 && !event);

    waxwing_account_config bad = config;
    bad.imap_security = 9;
    refused(with_config(bad), "waxwing_account_add_password", "config.imap_security");
    bad = config;
    bad.smtp_security = 3;
    refused(with_config(bad), "waxwing_account_add_password", "config.smtp_security");
    bad = config;
    bad.reserved = 1;
    refused(with_config(bad), "waxwing_account_add_password", "config.reserved");

    waxwing_list_query odd = query;
    odd.flags = 1 << 20;
    refused(opened(odd, 5), "waxwing_list_open", "query.flags");
    odd = query;
    odd.role = 99;
    refused(opened(odd, 5), "waxwing_list_open", "query.role");
    odd.mailbox = 1;
    refused(opened(odd, 5), "waxwing_list_open", "query.role");
    odd = query;
    odd.account = 1;
    refused(opened(odd, 5), "waxwing_list_open", "query.account");
    odd = query;
    odd.search = text("a");
    odd.flags = WAXWING_LIST_THREADS;
    refused(opened(odd, 5), "waxwing_list_open", "query.search");
    const waxwing_list_query no_searches[] = {
        {.struct_size = sizeof query, .search = text("a"), .flags = WAXWING_LIST_THREADS},
        {.struct_size = sizeof query, .search = text("a"), .tag = 1},
        {.struct_size = sizeof query, .search = text("a"), .role = WAXWING_ROLE_SENT},
    };
    const char *const whys[] = {"query.flags", "query.tag", "query.role"};
    for (size_t i = 0; i < COUNT(no_searches); i++) {
        const waxwing_list_query *no_search = &no_searches[i];
        refused(waxwing_search_server(ada.client, no_search, &number), "waxwing_search_server", whys[i]);
        refused(waxwing_search_save(ada.client, text("Name"), no_search, &number), "waxwing_search_save", whys[i]);
        uint64_t counts[4] = {7, 7, 7, 7};
        refused(waxwing_search_coverage(ada.client, no_search, counts, counts + 1, counts + 2, counts + 3),
                "waxwing_search_coverage", whys[i]);
        CHECK(counts[0] + counts[1] + counts[2] + counts[3] == 28);
    }
    refused(opened(query, 10001), "waxwing_list_open", "window");
    CHECK(waxwing_list_open(ada.client, &query, 10000, &number) == WAXWING_OK);
    refused(waxwing_list_move(ada.client, number, 0, 10001, 1), "waxwing_list_move", "before");
    refused(waxwing_list_move(ada.client, number, 0, 1, UINT32_MAX), "waxwing_list_move", "after");
    waxwing_list_close(ada.client, number);
}

/* The port of a connection that isn't secured from its first byte. */
static void a_port_without_tls(void) {
    waxwing_account_config bad = config;
    bad.imap_port = 143;
    uint64_t request = 0;
    waxwing_status status = waxwing_account_add_password(ada.client, &bad, bytes("secret"), &request);
    if (status == WAXWING_OK) status = app_ended(&ada, request);
    CHECK(status == WAXWING_E_ARGUMENT);
}

/* Opening tells what is wrong by an error; what was to be freed at the end stays the caller's. */
static void not_opened(const waxwing_client_options *options, waxwing_status wanted, const char *argument) {
    waxwing_client *client = (waxwing_client *)&ada;
    waxwing_error *error = NULL;
    CHECK(waxwing_client_open(options, &client, &error) == wanted && !client);
    const waxwing_error_view *view = waxwing_error_view_get(error);
    CHECK(view && view->status == wanted && view->key.len > 0);
    if (strncmp(view->message.ptr, argument, strlen(argument)) != 0) {
        fprintf(stderr, "\"%s\" isn't \"%s\"\n", view->message.ptr, argument);
        _Exit(1);
    }
    waxwing_error_free(error);
    CHECK(waxwing_client_open(options, &client, NULL) == wanted && !client);
}

static void what_can_not_be_opened(const char *data_dir) {
    app other;
    app_init(&other);
    waxwing_secret_store secrets = app_secrets(&other);
    char path[4096];
    snprintf(path, sizeof path, "%s.other", data_dir);
    const waxwing_client_options good = app_options(&other, &secrets, path, (waxwing_bytes){0});

    waxwing_error *error = NULL;
    CHECK(waxwing_client_open(&good, NULL, &error) == WAXWING_E_ARGUMENT);
    CHECK(strncmp(waxwing_error_view_get(error)->message.ptr, "out ", 4) == 0);
    waxwing_error_free(error);
    CHECK(waxwing_client_open(NULL, NULL, NULL) == WAXWING_E_ARGUMENT);
    not_opened(NULL, WAXWING_E_ARGUMENT, "options ");

    const uint32_t sizes[] = {0, sizeof good - 1, UINT32_MAX};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        waxwing_client_options bad = good;
        bad.struct_size = sizes[i];
        not_opened(&bad, WAXWING_E_ARGUMENT, "options ");
        waxwing_secret_store bad_secrets = secrets;
        bad_secrets.struct_size = sizes[i] < sizeof good - 1 ? sizes[i] : UINT32_MAX;
        bad = good;
        bad.secrets = &bad_secrets;
        not_opened(&bad, WAXWING_E_ARGUMENT, "options.secrets ");
    }
    const waxwing_str no_paths[] = {{NULL, 0}, text(""), text("data"), {"/\xff", 2}, {"/a\0b", 4}, {NULL, 3}};
    for (size_t i = 0; i < COUNT(no_paths); i++) {
        waxwing_client_options bad = good;
        bad.data_dir = no_paths[i];
        not_opened(&bad, WAXWING_E_ARGUMENT, "options.data_dir ");
    }
    waxwing_client_options bad = good;
    bad.flags = 1 << 30;
    not_opened(&bad, WAXWING_E_ARGUMENT, "options.flags ");
    bad.flags = WAXWING_CLIENT_READ_ONLY | WAXWING_CLIENT_EXTENSION;
    not_opened(&bad, WAXWING_E_ARGUMENT, "options.flags ");
    bad.flags = WAXWING_CLIENT_READ_ONLY;
    not_opened(&bad, WAXWING_E_NOT_FOUND, "");
    bad = good;
    bad.cache_dir = text("caches");
    not_opened(&bad, WAXWING_E_ARGUMENT, "options.cache_dir ");
    bad.cache_dir = (waxwing_str){NULL, 3};
    not_opened(&bad, WAXWING_E_ARGUMENT, "options.cache_dir ");
    bad = good;
    bad.log_level = 5;
    not_opened(&bad, WAXWING_E_ARGUMENT, "options.log_level ");
    bad.log_level = -1;
    not_opened(&bad, WAXWING_E_ARGUMENT, "options.log_level ");
    bad = good;
    bad.extra_roots_pem = bytes("nonsense");
    not_opened(&bad, WAXWING_E_ARGUMENT, "options.extra_roots_pem ");
    bad.extra_roots_pem = (waxwing_bytes){NULL, 5};
    not_opened(&bad, WAXWING_E_ARGUMENT, "options.extra_roots_pem ");
    waxwing_secret_store lacking = secrets;
    bad = good;
    bad.secrets = &lacking;
    lacking.remove = NULL;
    not_opened(&bad, WAXWING_E_ARGUMENT, "options.secrets.remove ");
    lacking.put = NULL;
    not_opened(&bad, WAXWING_E_ARGUMENT, "options.secrets.put ");
    lacking.get = NULL;
    not_opened(&bad, WAXWING_E_ARGUMENT, "options.secrets.get ");

    bad = good;
    bad.data_dir = text("/dev/null/data");
    not_opened(&bad, WAXWING_E_STORAGE, "");
    bad.data_dir = text(data_dir);
    not_opened(&bad, WAXWING_E_STATE, "");
    CHECK(other.freed == 0);
    CHECK(other.secrets_freed == 0);
    app_end(&other);
}

/* A client that only reads, beside the one that has the store: all but reading is refused. */
static void read_only(const char *data_dir) {
    app widget;
    app_init(&widget);
    waxwing_secret_store secrets = app_secrets(&widget);
    waxwing_client_options options = app_options(&widget, &secrets, data_dir, (waxwing_bytes){0});
    options.flags = WAXWING_CLIENT_READ_ONLY;
    options.memory_cap = 1;
    waxwing_client *client = NULL;
    CHECK(waxwing_client_open(&options, &client, NULL) == WAXWING_OK);
    widget.client = client;
    waxwing_list_query query = {.struct_size = sizeof query};
    waxwing_list_id list = 0;
    waxwing_rows *rows = NULL;
    CHECK(waxwing_list_open(client, &query, 1, &list) == WAXWING_OK);
    CHECK(waxwing_list_snapshot(client, list, &rows) == WAXWING_OK);
    waxwing_array array = waxwing_rows_array(rows);
    CHECK(array.total == 30);
    const waxwing_message_row *newest = row(array, 0);
    waxwing_message_id id = newest->id;
    waxwing_rows_free(rows);
    waxwing_operation_id operation = 0;
    waxwing_ids one = {&id, 1};
    CHECK(waxwing_messages_set_flags(client, one, WAXWING_FLAG_SEEN, 0, &operation) == WAXWING_E_STATE);
    waxwing_request request = 0;
    CHECK(waxwing_sync_now(client, 0, 1, 1000, &request) == WAXWING_OK);
    waxwing_event *event = app_answer(&widget, request);
    CHECK(waxwing_error_view_get(waxwing_event_view_get(event)->error)->status == WAXWING_E_STATE);
    waxwing_event_free(event);
    waxwing_client_memory_pressure(client, 2);
    waxwing_client_free(client);
    app_end(&widget);
}

/* What was left by the calls above is what was there before. */
static void all_is_as_it_was(waxwing_account_id account) {
    waxwing_rows *rows = NULL;
    CHECK(waxwing_accounts_snapshot(ada.client, &rows) == WAXWING_OK);
    CHECK(waxwing_rows_array(rows).count == 1);
    waxwing_rows_free(rows);
    CHECK(waxwing_mailboxes_snapshot(ada.client, account, &rows) == WAXWING_OK);
    waxwing_array array = waxwing_rows_array(rows);
    CHECK(array.count == 5);
    const waxwing_mailbox_row *inbox = row(array, 0);
    CHECK(inbox->total == 30 && inbox->unread == 30);
    waxwing_rows_free(rows);
    CHECK(waxwing_queue_snapshot(ada.client, &rows) == WAXWING_OK);
    CHECK(waxwing_rows_array(rows).count == 0);
    waxwing_rows_free(rows);
}

/* What an event or a message gives away, it gives once. */
static void taken_twice(void) {
    waxwing_list_id list = 0;
    waxwing_rows *rows = NULL;
    CHECK(waxwing_list_open(ada.client, &query, 1, &list) == WAXWING_OK);
    CHECK(waxwing_list_snapshot(ada.client, list, &rows) == WAXWING_OK);
    waxwing_message_id id = ((const waxwing_message_row *)row(waxwing_rows_array(rows), 0))->id;
    waxwing_rows_free(rows);
    waxwing_list_close(ada.client, list);
    rows = (waxwing_rows *)&ada;
    CHECK(waxwing_list_snapshot(ada.client, list, &rows) == WAXWING_E_NOT_FOUND && !rows);
    uint64_t request = 0;
    CHECK(waxwing_message_load(ada.client, id, WAXWING_LOAD_TEXT, &request) == WAXWING_OK);
    waxwing_event *event = app_answer(&ada, request);
    CHECK(!waxwing_event_take_rows(event));
    waxwing_message *message = waxwing_event_take_message(event);
    CHECK(message && !waxwing_event_take_message(event));
    waxwing_event_free(event);
    CHECK(waxwing_message_bytes(message).len > 0);
    waxwing_message_free(message);
    /* The answer has been given: there is nothing to end any more. */
    CHECK(waxwing_client_cancel(ada.client, request) == WAXWING_OK);
}

static void ended_with(const char *call, waxwing_status status, waxwing_status wanted) {
    if (status != wanted) {
        fprintf(stderr, "%s: %s, not %s\n", call, waxwing_status_name(status).ptr, waxwing_status_name(wanted).ptr);
        _Exit(1);
    }
}

/* Nothing can be read, and nothing is given. */
static void reads(waxwing_list_id list, waxwing_status wanted) {
    waxwing_rows *rows = (waxwing_rows *)&ada;
    ended_with("waxwing_accounts_snapshot", waxwing_accounts_snapshot(ada.client, &rows), wanted);
    CHECK(!rows);
    rows = (waxwing_rows *)&ada;
    ended_with("waxwing_mailboxes_snapshot", waxwing_mailboxes_snapshot(ada.client, 0, &rows), wanted);
    CHECK(!rows);
    rows = (waxwing_rows *)&ada;
    ended_with("waxwing_queue_snapshot", waxwing_queue_snapshot(ada.client, &rows), wanted);
    CHECK(!rows);
    rows = (waxwing_rows *)&ada;
    ended_with("waxwing_list_snapshot", waxwing_list_snapshot(ada.client, list, &rows), wanted);
    CHECK(!rows);
    waxwing_message *message = (waxwing_message *)&ada;
    ended_with("waxwing_message_raw", waxwing_message_raw(ada.client, 1, &message), wanted);
    CHECK(!message);
    uint8_t buffer[4];
    size_t length = 7;
    ended_with("waxwing_part_read", waxwing_part_read(ada.client, 1, 1, 0, buffer, sizeof buffer, 5000, &length), wanted);
    CHECK(length == 7);
}

/* Bytes are read whatever they are, also while the client sleeps. */
static void parsed_whatever_it_is(void) {
    static const uint8_t NOISE[] = {0, 0xff, 0xfe, '\r', '\n', '<', 0};
    const waxwing_bytes all[] = {
        {NULL, 0}, bytes(""), {NOISE, sizeof NOISE}, bytes("\r\n\r\n"), bytes("Subject: a\n\n<script>"),
        bytes("Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20259999T999999Z\nATTENDEE:\nEND:VEVENT\n"),
    };
    for (size_t i = 0; i < COUNT(all); i++) {
        uint64_t request = 0;
        CHECK(waxwing_message_parse(ada.client, all[i], WAXWING_LOAD_TEXT | WAXWING_LOAD_HTML, &request) == WAXWING_OK);
        waxwing_event *event = app_answer(&ada, request);
        CHECK(waxwing_event_view_get(event)->kind == WAXWING_EVENT_MESSAGE_READY);
        const waxwing_message *message = waxwing_event_view_get(event)->message;
        CHECK(message && waxwing_message_bytes(message).len == all[i].len);
        CHECK(waxwing_message_view_get(message)->row->id == 0);
        CHECK(!waxwing_message_invitation(message) && waxwing_message_invited(message).count == 0);
        CHECK(waxwing_message_images(message).count == 0 && waxwing_message_trackers(message).count == 0);
        waxwing_event_free(event);
    }
}

/* Whatever is asked of a client that sleeps is refused, at once or by the answer. */
static void asked_asleep(waxwing_list_id list) {
    uint64_t request = 0;
    CHECK(waxwing_client_suspend(ada.client, 5000, &request) == WAXWING_OK);
    CHECK(app_ended(&ada, request) == WAXWING_OK);
    reads(list, WAXWING_E_STATE);
    parsed_whatever_it_is();
    for (size_t i = 0; i < COUNT(OF_ID); i++) {
        request = 0;
        waxwing_status status = OF_ID[i].call(ada.client, 1, &request);
        if (status == WAXWING_OK) status = app_ended(&ada, request);
        ended_with(OF_ID[i].name, status, WAXWING_E_STATE);
    }
    CHECK(waxwing_client_resume(ada.client, &request) == WAXWING_OK);
    CHECK(app_ended(&ada, request) == WAXWING_OK);
}

/* A closed client can be asked, says that it is closed, and is closed again. */
static void asked_closed(waxwing_list_id list) {
    waxwing_client_close(ada.client);
    waxwing_client_close(ada.client);
    waxwing_event *event = NULL;
    waxwing_status status;
    while ((status = waxwing_client_next_event(ada.client, -1, &event)) == WAXWING_OK) waxwing_event_free(event);
    CHECK(status == WAXWING_E_CLOSED && !event);
    CHECK(waxwing_client_next_event(ada.client, 0, &event) == WAXWING_E_CLOSED && !event);
    reads(list, WAXWING_E_CLOSED);
    for (size_t i = 0; i < COUNT(OTHERS) + COUNT(OF_ID); i++) {
        const call *call = i < COUNT(OTHERS) ? &OTHERS[i] : &OF_ID[i - COUNT(OTHERS)];
        uint64_t request = 0;
        status = call->call(ada.client, 1, &request);
        ended_with(call->name, status, WAXWING_E_CLOSED);
        CHECK(request == 0);
    }
    CHECK(waxwing_client_next_event(ada.client, 0, &event) == WAXWING_E_CLOSED && !event);
    waxwing_client_network_changed(ada.client, WAXWING_NETWORK_METERED);
    waxwing_client_set_power_saver(ada.client, true);
    for (int level = -1; level < 4; level++) waxwing_client_memory_pressure(ada.client, level);
    waxwing_client_set_log_level(ada.client, WAXWING_LOG_DEBUG);
    waxwing_list_close(ada.client, 1);
}

/* A closed client holds nothing that another one needs, before it is freed. */
static void opened_by_another(const char *data_dir, waxwing_bytes roots) {
    app other;
    app_init(&other);
    app_open(&other, data_dir, roots);
    waxwing_client_free(other.client);
    CHECK(other.freed == 1 && other.secrets_freed == 1);
    app_end(&other);
}

int main(int argc, char **argv) {
    CHECK(argc == 5);
    /* Nothing may block for ever. */
    alarm(300);
    config = account_config(argv[1], argv[2]);
    query = (waxwing_list_query){.struct_size = sizeof query};
    without_a_client();
    without_an_object();

    app_init(&ada);
    app_open(&ada, argv[4], file_bytes(argv[3]));
    waxwing_account_id account = app_add(&ada, argv[1], argv[2]);
    what_can_not_be_opened(argv[4]);
    without_a_place_for_the_answer();
    ids_of_nothing();
    what_is_no_text();
    sizes_of_no_version();
    no_program();
    bytes_and_ids();
    numbers_that_mean_nothing();
    a_port_without_tls();
    taken_twice();
    parsed_whatever_it_is();
    read_only(argv[4]);
    all_is_as_it_was(account);
    waxwing_list_id list = 0;
    CHECK(waxwing_list_open(ada.client, &query, 5, &list) == WAXWING_OK);
    asked_asleep(list);
    all_is_as_it_was(account);
    asked_closed(list);
    opened_by_another(argv[4], file_bytes(argv[3]));
    waxwing_client_free(ada.client);
    CHECK(ada.woken > 0 && ada.freed == 1 && ada.secrets_freed == 1);
    app_end(&ada);
    puts("ok");
    return 0;
}
