/* The scenario of tests/abi/README.md: scenario HOST PORT CA.pem DATA_DIR, the password in WAXWING_PASSWORD, the port of the
 * server for sending in WAXWING_SMTP_PORT. */

#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "waxwing.h"

enum { WINDOW = 5, ANSWER_MS = 60000 };

/* Flags that depend on how far the library has come. */
#define UNSETTLED (WAXWING_FLAG_PENDING | WAXWING_FLAG_HAS_ATTACHMENT)

/* One secret in memory: an app would use the platform's keychain. */
struct secrets {
    char *key;
    uint8_t *secret;
    size_t len;
};

/* Callbacks may come before `waxwing_client_open` has returned: the mutex is held until the client is known. */
static struct {
    pthread_mutex_t mutex;
    waxwing_client *client;
    struct secrets secrets;
} app = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static waxwing_client *client(void) {
    pthread_mutex_lock(&app.mutex);
    waxwing_client *client = app.client;
    pthread_mutex_unlock(&app.mutex);
    return client;
}

static void forget(struct secrets *secrets) {
    free(secrets->key);
    if (secrets->secret) memset(secrets->secret, 0, secrets->len);
    free(secrets->secret);
    *secrets = (struct secrets){0};
}

static void secret_get(void *user_data, waxwing_str key, waxwing_reply reply) {
    struct secrets *secrets = user_data;
    if (secrets->key && strcmp(secrets->key, key.ptr) == 0) {
        waxwing_bytes secret = {secrets->secret, secrets->len};
        waxwing_reply_secret(client(), reply, WAXWING_OK, secret);
    } else {
        waxwing_reply_secret(client(), reply, WAXWING_E_NOT_FOUND, (waxwing_bytes){0});
    }
}

static void secret_put(void *user_data, waxwing_str key, waxwing_bytes secret, waxwing_reply reply) {
    struct secrets *secrets = user_data;
    forget(secrets);
    secrets->key = malloc(key.len + 1);
    secrets->secret = malloc(secret.len);
    if (!secrets->key || !secrets->secret) {
        forget(secrets);
        waxwing_reply_status(client(), reply, WAXWING_E_SECRET_FAILED);
        return;
    }
    memcpy(secrets->key, key.ptr, key.len + 1);
    memcpy(secrets->secret, secret.ptr, secret.len);
    secrets->len = secret.len;
    waxwing_reply_status(client(), reply, WAXWING_OK);
}

static void secret_remove(void *user_data, waxwing_str key, waxwing_reply reply) {
    struct secrets *secrets = user_data;
    if (secrets->key && strcmp(secrets->key, key.ptr) == 0) forget(secrets);
    waxwing_reply_status(client(), reply, WAXWING_OK);
}

/* Ends the program. Whoever calls it has freed what it holds. */
static void leave(int code) {
    waxwing_client_free(app.client);
    forget(&app.secrets);
    exit(code);
}

static void fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    leave(1);
}

static void require(const char *what, waxwing_status status) {
    if (status != WAXWING_OK) fail(what, waxwing_status_name(status).ptr);
}

static waxwing_str text(const char *text) {
    return (waxwing_str){text, WAXWING_NUL_TERMINATED};
}

static void quote(waxwing_str text) {
    putchar('"');
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\n') {
            fputs("\\n", stdout);
        } else {
            if (c == '"' || c == '\\') putchar('\\');
            putchar(c);
        }
    }
    putchar('"');
}

static const void *row(waxwing_array array, size_t i) {
    return (const char *)array.base + i * array.stride;
}

static const char *kind_name(waxwing_event_kind kind) {
    switch (kind) {
        case WAXWING_EVENT_DONE: return "DONE";
        case WAXWING_EVENT_FAILED: return "FAILED";
        case WAXWING_EVENT_MESSAGE_READY: return "MESSAGE_READY";
        case WAXWING_EVENT_SYNC_DONE: return "SYNC_DONE";
        case WAXWING_EVENT_SUSPENDED: return "SUSPENDED";
        default: return "UNKNOWN";
    }
}

/* Takes events until the answer to a request has come. */
static waxwing_event *answer(waxwing_request request) {
    for (;;) {
        waxwing_event *event;
        require("an answer", waxwing_client_next_event(app.client, ANSWER_MS, &event));
        const waxwing_event_view *view = waxwing_event_view_get(event);
        if (view->final && view->request == request) return event;
        waxwing_event_free(event);
    }
}

/* Prints how a request ended. Its event is to be freed; it is NULL if the call was refused. `request` is a
 * pointer since the call that writes it is an argument too. */
static waxwing_event *ended(const char *what, waxwing_status called, const waxwing_request *request) {
    if (called != WAXWING_OK) {
        printf("%s %s\n", what, waxwing_status_name(called).ptr);
        return NULL;
    }
    waxwing_event *event = answer(*request);
    const waxwing_event_view *view = waxwing_event_view_get(event);
    printf("%s %s", what, kind_name(view->kind));
    if (view->error) printf(" %s", waxwing_status_name(waxwing_error_view_get(view->error)->status).ptr);
    putchar('\n');
    return event;
}

static void end(const char *what, waxwing_status called, const waxwing_request *request) {
    waxwing_event_free(ended(what, called, request));
}

/* Without a file of roots it trusts nobody besides the platform's. */
static void open_client(const char *data_dir, const char *ca_path) {
    static uint8_t pem[65536];
    size_t len = 0;
    if (ca_path) {
        FILE *file = fopen(ca_path, "rb");
        if (!file) fail(ca_path, "can't be read");
        len = fread(pem, 1, sizeof pem, file);
        fclose(file);
    }

    waxwing_secret_store store = {
        .struct_size = sizeof store,
        .get = secret_get,
        .put = secret_put,
        .remove = secret_remove,
        .user_data = &app.secrets,
    };
    waxwing_client_options options = {
        .struct_size = sizeof options,
        .data_dir = text(data_dir),
        .secrets = &store,
        .extra_roots_pem = {pem, len},
    };
    waxwing_error *error = NULL;
    pthread_mutex_lock(&app.mutex);
    waxwing_status status = waxwing_client_open(&options, &app.client, &error);
    pthread_mutex_unlock(&app.mutex);
    if (error) fprintf(stderr, "%s\n", waxwing_error_view_get(error)->message.ptr);
    waxwing_error_free(error);
    if (ca_path) printf("open %s\n", waxwing_status_name(status).ptr);
    require("open", status);
}

static waxwing_account_id add_account(const char *host, uint16_t port, uint16_t smtp_port,
                                      const char *password) {
    waxwing_account_config config = {
        .struct_size = sizeof config,
        .address = text("ada@example.org"),
        .display_name = text("Ada"),
        .imap_host = text(host),
        .imap_port = port,
        .smtp_host = text(host),
        .smtp_port = smtp_port,
    };
    waxwing_bytes secret = {(const uint8_t *)password, strlen(password)};
    waxwing_request request = 0;
    waxwing_status called = waxwing_account_add_password(app.client, &config, secret, &request);
    waxwing_event *event = ended("add", called, &request);
    waxwing_account_id account = event ? waxwing_event_view_get(event)->account : 0;
    waxwing_event_free(event);
    if (!account) fail("add", "there is no account to go on with");
    return account;
}

static void print_mailboxes(waxwing_account_id account) {
    waxwing_rows *rows;
    require("mailboxes", waxwing_mailboxes_snapshot(app.client, account, &rows));
    waxwing_array array = waxwing_rows_array(rows);
    for (size_t i = 0; i < array.count; i++) {
        const waxwing_mailbox_row *mailbox = row(array, i);
        fputs("mailbox ", stdout);
        quote(mailbox->path);
        printf(" role %" PRId32 " flags %" PRIu32 " depth %" PRIu32 " total %" PRIu64 " unread %" PRIu64 "\n",
               mailbox->role, mailbox->flags, mailbox->depth, mailbox->total, mailbox->unread);
    }
    waxwing_rows_free(rows);
}

static waxwing_mailbox_id mailbox_at(waxwing_account_id account, const char *path) {
    waxwing_mailbox_id found = 0;
    waxwing_rows *rows;
    require("mailboxes", waxwing_mailboxes_snapshot(app.client, account, &rows));
    waxwing_array array = waxwing_rows_array(rows);
    for (size_t i = 0; i < array.count; i++) {
        const waxwing_mailbox_row *mailbox = row(array, i);
        if (strcmp(mailbox->path.ptr, path) == 0) found = mailbox->id;
    }
    waxwing_rows_free(rows);
    if (!found) fail(path, "isn't there");
    return found;
}

/* The first rows of a list, to be freed. */
static waxwing_rows *window(const waxwing_list_query *query) {
    waxwing_list_id list;
    waxwing_rows *rows;
    require("list", waxwing_list_open(app.client, query, WINDOW, &list));
    waxwing_status status = waxwing_list_snapshot(app.client, list, &rows);
    waxwing_list_close(app.client, list);
    require("list", status);
    return rows;
}

static waxwing_rows *window_of(waxwing_mailbox_id mailbox) {
    waxwing_list_query query = {.struct_size = sizeof query, .mailbox = mailbox};
    return window(&query);
}

static void print_list(waxwing_rows *rows) {
    waxwing_array array = waxwing_rows_array(rows);
    printf("list %" PRIu64 "\n", array.total);
    for (size_t i = 0; i < array.count; i++) {
        const waxwing_message_row *message = row(array, i);
        fputs("row ", stdout);
        quote(message->subject);
        putchar(' ');
        quote(message->from_name);
        printf(" %s %" PRIu32 " %" PRIu32 "\n", message->from_address.ptr,
               message->flags & ~(uint32_t)UNSETTLED, message->uid);
    }
    waxwing_rows_free(rows);
}

/* A message in the window of a mailbox. */
static waxwing_message_id message_in(waxwing_mailbox_id mailbox, const char *subject) {
    waxwing_message_id found = 0;
    waxwing_rows *rows = window_of(mailbox);
    waxwing_array array = waxwing_rows_array(rows);
    for (size_t i = 0; i < array.count; i++) {
        const waxwing_message_row *message = row(array, i);
        if (strcmp(message->subject.ptr, subject) == 0) found = message->id;
    }
    waxwing_rows_free(rows);
    if (!found) fail(subject, "isn't there");
    return found;
}

static void print_message(const waxwing_message *message) {
    const waxwing_message_view *view = waxwing_message_view_get(message);
    fputs("message ", stdout);
    quote(view->row->subject);
    putchar(' ');
    quote(view->from);
    putchar(' ');
    quote(view->text);
    printf(" %zu\n", waxwing_message_bytes(message).len);
    waxwing_array parts = waxwing_message_parts(message);
    for (size_t i = 0; i < parts.count; i++) {
        const waxwing_part_row *part = row(parts, i);
        printf("part %" PRIu32 " ", part->part);
        quote(part->file_name);
        printf(" %s %" PRIu64 "\n", part->mime_type.ptr, part->size);
    }
}

static void load(waxwing_message_id id) {
    waxwing_request request = 0;
    waxwing_status called = waxwing_message_load(app.client, id, WAXWING_LOAD_TEXT, &request);
    waxwing_event *event = ended("load", called, &request);
    waxwing_message *message = waxwing_event_take_message(event);
    waxwing_event_free(event);
    if (message) print_message(message);
    waxwing_message_free(message);
}

/* What is found by a search, when it is. */
static void search(waxwing_account_id account, const char *words) {
    waxwing_list_query query = {.struct_size = sizeof query, .account = account, .search = text(words)};
    waxwing_rows *rows = window(&query);
    for (int tries = 0; waxwing_rows_array(rows).count == 0 && tries < 200; tries++) {
        waxwing_rows_free(rows);
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
        rows = window(&query);
    }
    print_list(rows);
}

static void print_tags(void) {
    waxwing_rows *rows = NULL;
    require("tags", waxwing_tags_snapshot(app.client, &rows));
    waxwing_array array = waxwing_rows_array(rows);
    for (size_t i = 0; i < array.count; i++) {
        const waxwing_tag_row *tag = (const void *)((const char *)array.base + i * array.stride);
        printf("tagged ");
        quote(tag->title);
        printf(" %" PRIu64 "\n", tag->messages);
    }
    waxwing_rows_free(rows);
}

static void change_messages(waxwing_account_id account, waxwing_mailbox_id inbox) {
    waxwing_mailbox_id archive = mailbox_at(account, "Archive");
    waxwing_mailbox_id work = mailbox_at(account, "Work");
    waxwing_mailbox_id trash = mailbox_at(account, "Trash");
    waxwing_operation_id operation = 0;

    waxwing_message_id id = message_in(inbox, "mail 30");
    waxwing_ids one = {&id, 1};
    uint32_t flags = WAXWING_FLAG_FLAGGED | WAXWING_FLAG_SEEN;
    end("flag", waxwing_messages_set_flags(app.client, one, flags, 0, &operation), &operation);
    print_list(window_of(inbox));
    end("tag", waxwing_messages_set_keywords(app.client, one, text("Trip"), text(""), &operation), &operation);
    print_tags();

    id = message_in(inbox, "mail 29");
    end("move", waxwing_messages_move(app.client, one, archive, &operation), &operation);
    print_list(window_of(archive));
    end("undo", waxwing_operation_undo(app.client, operation, &operation), &operation);
    print_list(window_of(archive));

    id = message_in(inbox, "mail 28");
    end("copy", waxwing_messages_copy(app.client, one, work, &operation), &operation);
    print_list(window_of(work));

    static const char mail[] =
        "Subject: appended\r\nFrom: Ada <ada@example.org>\r\nMessage-ID: <appended@example.org>\r\n\r\nHello\r\n";
    waxwing_bytes raw = {(const uint8_t *)mail, sizeof mail - 1};
    end("append",
        waxwing_message_append(app.client, archive, raw, WAXWING_FLAG_SEEN, 1700000500000, &operation),
        &operation);
    print_list(window_of(archive));

    id = message_in(inbox, "mail 27");
    end("trash", waxwing_messages_trash(app.client, one, &operation), &operation);
    print_list(window_of(trash));
    end("delete", waxwing_messages_delete_forever(app.client, one, &operation), &operation);
    print_list(window_of(trash));
}

static void send_message(waxwing_account_id account) {
    static const char mail[] =
        "From: Ada <ada@example.org>\r\nTo: Grace <grace@example.org>\r\nBcc: alan@example.org\r\nSubject: sent\r\n"
        "Message-ID: <sent@example.org>\r\n\r\nHello\r\n";
    waxwing_bytes raw = {(const uint8_t *)mail, sizeof mail - 1};
    waxwing_operation_id operation = 0;
    end("send", waxwing_send_raw(app.client, account, raw, 0, &operation), &operation);
    print_list(window_of(mailbox_at(account, "Sent")));
    waxwing_operation_id undo = 0;
    end("late", waxwing_operation_undo(app.client, operation, &undo), &undo);
    waxwing_bytes nobody = {(const uint8_t *)mail, 29};
    end("nobody", waxwing_send_raw(app.client, account, nobody, 0, &operation), &operation);
}

#include "reading.h"

static void ask_for_nothing(void) {
    waxwing_request request = 0;
    end("stale", waxwing_message_load(app.client, 999999, WAXWING_LOAD_TEXT, &request), &request);
    end("nothing", waxwing_messages_move(app.client, (waxwing_ids){0}, 999999, &request), &request);
}

static void print_queue(void) {
    waxwing_rows *rows;
    require("queue", waxwing_queue_snapshot(app.client, &rows));
    printf("queue %zu\n", waxwing_rows_array(rows).count);
    waxwing_rows_free(rows);
}

static void sleep_and_wake(void) {
    waxwing_request request = 0;
    end("suspend", waxwing_client_suspend(app.client, 5000, &request), &request);
    waxwing_rows *rows;
    waxwing_status asleep = waxwing_accounts_snapshot(app.client, &rows);
    printf("asleep %s\n", waxwing_status_name(asleep).ptr);
    waxwing_rows_free(rows);
    end("resume", waxwing_client_resume(app.client, &request), &request);
}

static void fetch_parts(waxwing_message_id id) {
    waxwing_request request = 0;
    end("file", waxwing_part_fetch(app.client, id, 1, &request), &request);
    end("file", waxwing_part_fetch(app.client, id, 2, &request), &request);
    end("whole", waxwing_message_fetch(app.client, id, &request), &request);
}

static void close_client(void) {
    waxwing_client_close(app.client);
    waxwing_event *event;
    waxwing_status status;
    while ((status = waxwing_client_next_event(app.client, ANSWER_MS, &event)) == WAXWING_OK) {
        waxwing_event_free(event);
    }
    printf("close %s\n", waxwing_status_name(status).ptr);
}

static void print_pins(void) {
    waxwing_rows *rows = NULL;
    require("pins", waxwing_pins_snapshot(app.client, &rows));
    printf("pins %zu\n", waxwing_rows_array(rows).count);
    waxwing_rows_free(rows);
}

/* A client that trusts nobody here, until its person says so. */
static void stranger(const char *data_dir, const char *host, uint16_t port, const char *password) {
    char place[4096];
    if ((size_t)snprintf(place, sizeof place, "%s-stranger", data_dir) >= sizeof place) fail(data_dir, "is too long");
    open_client(place, NULL);
    waxwing_account_config config = {
        .struct_size = sizeof config,
        .address = text("ada@example.org"),
        .imap_host = text(host),
        .imap_port = port,
    };
    waxwing_bytes secret = {(const uint8_t *)password, strlen(password)};
    waxwing_request request = 0;
    require("stranger", waxwing_account_add_password(app.client, &config, secret, &request));
    /* The question comes before the answer. */
    waxwing_question_id question = 0;
    char line[512] = "";
    for (bool is_answered = false; !is_answered;) {
        waxwing_event *event;
        require("a question", waxwing_client_next_event(app.client, ANSWER_MS, &event));
        const waxwing_event_view *view = waxwing_event_view_get(event);
        const waxwing_trust_question *asked = waxwing_event_trust(event);
        if (asked) {
            question = asked->question;
            snprintf(line, sizeof line, "question %d %d \"%s\"", asked->reason, asked->may_pin, asked->subject.ptr);
        }
        is_answered = view->final && view->request == request;
        if (is_answered) {
            printf("stranger %s", kind_name(view->kind));
            if (view->error) printf(" %s", waxwing_status_name(waxwing_error_view_get(view->error)->status).ptr);
            printf("\n%s\n", line);
        }
        waxwing_event_free(event);
    }
    end("decide", waxwing_trust_decide(app.client, question, WAXWING_TRUST_PIN, &request), &request);
    print_pins();
    end("believed", waxwing_account_add_password(app.client, &config, secret, &request), &request);
    end("unpin", waxwing_pin_remove(app.client, text(host), port, &request), &request);
    print_pins();
    waxwing_client_free(app.client);
    app.client = NULL;
    forget(&app.secrets);
}

int main(int argc, char **argv) {
    const char *password = getenv("WAXWING_PASSWORD");
    const char *smtp_port = getenv("WAXWING_SMTP_PORT");
    if (argc != 5 || !password || !smtp_port) {
        fail("usage", "WAXWING_PASSWORD=... WAXWING_SMTP_PORT=... scenario HOST PORT CA.pem DATA_DIR");
    }
    if (waxwing_abi_version() >> 16 != WAXWING_ABI_MAJOR) fail("libwaxwing", "is of another major version");

    stranger(argv[4], argv[1], (uint16_t)strtoul(argv[2], NULL, 10), password);
    open_client(argv[4], argv[3]);
    waxwing_account_id account = add_account(argv[1], (uint16_t)strtoul(argv[2], NULL, 10),
                                             (uint16_t)strtoul(smtp_port, NULL, 10), password);
    waxwing_request request = 0;
    end("sync", waxwing_account_sync(app.client, account, &request), &request);
    print_mailboxes(account);

    waxwing_mailbox_id inbox = mailbox_at(account, "INBOX");
    print_list(window_of(inbox));
    load(message_in(inbox, "mail 30"));
    change_messages(account, inbox);
    send_message(account);
    search(account, "subject:\"mail 26\"");
    read_mails(account, inbox);
    ask_for_nothing();
    print_queue();
    sleep_and_wake();
    print_list(window_of(inbox));
    fetch_parts(message_in(inbox, "mail 30"));
    close_client();
    leave(0);
}
