/*
 * Eight threads on one client: each request gets exactly one final event, whenever the client is closed. A change that
 * the server had not agreed to by then gets its own when the client was opened again.
 * threads HOST PORT CA.pem DATA_DIR [SEED], the password in WAXWING_PASSWORD.
 */

#include "app.h"

#include <inttypes.h>
#include <unistd.h>

enum { THREADS = 8, MAILS = 30, ROUNDS = 10, HAMMER_MS = 3000, MOST_REQUESTS = 1 << 16 };

/* How often a request was asked and answered. */
typedef struct tally {
    uint64_t id;
    const char *by;
    bool is_change;
    int asked;
    int answered;
} tally;

/* By id; half of it stays empty. */
typedef struct tallies {
    tally at[MOST_REQUESTS];
    size_t count;
} tallies;

static struct {
    app app;
    const char *host;
    const char *port;
    waxwing_account_id account;
    waxwing_mailbox_id mailboxes[5];
    waxwing_message_id mails[MAILS];
    pthread_mutex_t mutex;
    /* Of this life of the client, and the changes of those before. */
    tallies now;
    tallies changes;
    uint64_t last;
} all = {.mutex = PTHREAD_MUTEX_INITIALIZER};

typedef struct worker {
    pthread_t thread;
    uint64_t random;
    unsigned after_ms;
} worker;

static uint32_t below(worker *worker, uint32_t limit) {
    worker->random = worker->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(worker->random >> 33) % limit;
}

static tally *tally_of(tallies *tallies, uint64_t id) {
    size_t i = (size_t)(id * 0x9E3779B97F4A7C15u >> 48);
    while (tallies->at[i].id != 0 && tallies->at[i].id != id) i = (i + 1) % MOST_REQUESTS;
    if (tallies->at[i].id == 0) {
        CHECK(++tallies->count <= MOST_REQUESTS / 2);
        tallies->at[i].id = id;
    }
    return &tallies->at[i];
}

/* Notes what became of a call that gives the id of a request. `false`: the client is closed. */
static bool took(waxwing_status status, const uint64_t *id, const char *by, bool is_change) {
    CHECK((status == WAXWING_OK) == (*id != 0));
    if (status == WAXWING_OK) {
        pthread_mutex_lock(&all.mutex);
        tally *tally = tally_of(&all.now, *id);
        tally->asked++;
        tally->by = by;
        tally->is_change = is_change;
        all.last = *id;
        pthread_mutex_unlock(&all.mutex);
    }
    return status != WAXWING_E_CLOSED;
}

static bool asked(waxwing_status status, const waxwing_request *request, const char *by) {
    return took(status, request, by, false);
}

static bool changed(waxwing_status status, const waxwing_operation_id *operation) {
    return took(status, operation, "a change", true);
}

/* A reading that may come too late. */
static bool is_read(waxwing_status status, waxwing_rows *const *given) {
    waxwing_rows *rows = *given;
    CHECK((status == WAXWING_OK) == (rows != NULL));
    CHECK(status == WAXWING_OK || status == WAXWING_E_CLOSED || status == WAXWING_E_NOT_FOUND);
    waxwing_array array = waxwing_rows_array(rows);
    for (size_t i = 0; i < array.count; i++) CHECK(*(const uint64_t *)row(array, i) != 0);
    waxwing_rows_free(rows);
    return status != WAXWING_E_CLOSED;
}

/* Takes events until the client is closed. */
static void *takes(void *argument) {
    worker *me = argument;
    for (;;) {
        waxwing_event *event = NULL;
        int32_t timeout = below(me, 4) == 0 ? -1 : (int32_t)below(me, 20);
        waxwing_status status = waxwing_client_next_event(all.app.client, timeout, &event);
        if (status == WAXWING_E_CLOSED) return NULL;
        if (status == WAXWING_E_TIMEOUT) continue;
        CHECK(status == WAXWING_OK);
        const waxwing_event_view *view = waxwing_event_view_get(event);
        CHECK(!view->final || view->request != 0);
        if (view->final) {
            pthread_mutex_lock(&all.mutex);
            tally_of(&all.now, view->request)->answered++;
            pthread_mutex_unlock(&all.mutex);
        }
        waxwing_message *message = below(me, 2) ? waxwing_event_take_message(event) : NULL;
        if (message) CHECK(waxwing_message_view_get(message)->row->id == view->message_id);
        waxwing_event_free(event);
        waxwing_message_free(message);
    }
}

static bool snapshots(worker *me) {
    waxwing_rows *rows = NULL;
    switch (below(me, 3)) {
        case 0: return is_read(waxwing_accounts_snapshot(all.app.client, &rows), &rows);
        case 1: return is_read(waxwing_mailboxes_snapshot(all.app.client, all.account * below(me, 2), &rows), &rows);
        default: return is_read(waxwing_queue_snapshot(all.app.client, &rows), &rows);
    }
}

static bool lists(worker *me) {
    waxwing_list_query query = {.struct_size = sizeof query};
    switch (below(me, 4)) {
        case 0: break;
        case 1: query.role = WAXWING_ROLE_FLAGGED; break;
        case 2: query.search = text("subject:mail"); break;
        default: query.mailbox = all.mailboxes[0]; query.flags = below(me, 2) ? WAXWING_LIST_THREADS : 0;
    }
    waxwing_list_id list = 0;
    waxwing_status status = waxwing_list_open(all.app.client, &query, below(me, 40), &list);
    if (status != WAXWING_OK) {
        CHECK(status == WAXWING_E_CLOSED);
        return false;
    }
    bool goes_on = true;
    for (uint32_t i = below(me, 4); goes_on && i > 0; i--) {
        waxwing_message_id anchor = below(me, 2) ? all.mails[below(me, MAILS)] : 0;
        status = waxwing_list_move(all.app.client, list, anchor, below(me, 10), below(me, 10));
        CHECK(status == WAXWING_OK || status == WAXWING_E_CLOSED);
        waxwing_rows *rows = NULL;
        status = waxwing_list_snapshot(all.app.client, list, &rows);
        goes_on = is_read(status, &rows);
    }
    waxwing_list_close(all.app.client, list);
    return goes_on;
}

static bool loads(worker *me) {
    waxwing_message_id id = all.mails[below(me, MAILS)];
    uint64_t request = 0;
    if (below(me, 3)) return asked(waxwing_message_load(all.app.client, id, below(me, 16), &request), &request, "load");
    if (below(me, 3) == 0) {
        uint8_t buffer[64];
        size_t length = 0;
        waxwing_status read = waxwing_part_read(all.app.client, id, 1, below(me, 9), buffer, sizeof buffer, 50, &length);
        CHECK(length <= (read == WAXWING_OK ? sizeof buffer : 0));
        return read != WAXWING_E_CLOSED;
    }
    waxwing_message *message = NULL;
    waxwing_status status = waxwing_message_raw(all.app.client, id, &message);
    CHECK((status == WAXWING_OK) == (message != NULL));
    waxwing_message_free(message);
    return status != WAXWING_E_CLOSED;
}

static bool flags(worker *me) {
    waxwing_message_id ids[3];
    for (size_t i = 0; i < 3; i++) ids[i] = all.mails[below(me, MAILS)];
    waxwing_ids some = {ids, 1 + below(me, 3)};
    uint32_t add = below(me, 8), remove = below(me, 8) & ~add;
    uint64_t operation = 0;
    waxwing_status status = waxwing_messages_set_flags(all.app.client, some, add, remove, &operation);
    if (!changed(status, &operation)) return false;
    if (operation == 0 || below(me, 4)) return true;
    uint64_t undo = 0;
    return changed(waxwing_operation_undo(all.app.client, operation, &undo), &undo);
}

static bool syncs(worker *me) {
    uint64_t request = 0;
    waxwing_status status;
    switch (below(me, 12)) {
        case 0: {
            waxwing_account_config config = account_config(all.host, all.port);
            status = waxwing_account_add_password(all.app.client, &config, bytes("wrong"), &request);
            break;
        }
        case 1: status = waxwing_account_sync(all.app.client, all.account, &request); break;
        case 2: status = waxwing_account_sync(all.app.client, 999999, &request); break;
        default: status = waxwing_mailbox_sync(all.app.client, all.mailboxes[below(me, 5)], &request);
    }
    return asked(status, &request, "add or sync");
}

static bool cancels(worker *me) {
    pthread_mutex_lock(&all.mutex);
    uint64_t request = all.last;
    pthread_mutex_unlock(&all.mutex);
    if (request <= 4) return true;
    waxwing_status status = waxwing_client_cancel(all.app.client, request - below(me, 4));
    CHECK(status == WAXWING_OK || status == WAXWING_E_CLOSED);
    return status == WAXWING_OK;
}

static bool the_rest(worker *me) {
    uint64_t request = 0;
    waxwing_mailbox_id mailbox = all.mailboxes[below(me, 5)];
    switch (below(me, 5)) {
        case 0: return asked(waxwing_mailbox_show(all.app.client, mailbox, &request), &request, "show");
        case 1: {
            waxwing_status status =
                waxwing_mailbox_set_offline(all.app.client, mailbox, (int32_t)below(me, 9), &request);
            return asked(status, &request, "set offline");
        }
        case 2: waxwing_client_network_changed(all.app.client, below(me, 2) ? WAXWING_NETWORK_METERED : WAXWING_NETWORK_FREE); return true;
        case 3: waxwing_client_set_power_saver(all.app.client, below(me, 2)); return true;
        default: CHECK(waxwing_client_event_fd(all.app.client) >= 0); return cancels(me);
    }
}

static bool (*const WORK[])(worker *) = {snapshots, lists, loads, flags, syncs, cancels, the_rest};

/* Does one thing after another, whatever it is, until the client is closed. */
static void *asks(void *argument) {
    worker *me = argument;
    while (WORK[below(me, sizeof WORK / sizeof *WORK)](me)) pause_ms(below(me, 5));
    return NULL;
}

static void *closes(void *argument) {
    worker *me = argument;
    pause_ms(me->after_ms);
    waxwing_client_close(all.app.client);
    return NULL;
}

/* What is there to work with. */
static void look_around(void) {
    waxwing_rows *rows = NULL;
    CHECK(waxwing_mailboxes_snapshot(all.app.client, all.account, &rows) == WAXWING_OK);
    waxwing_array array = waxwing_rows_array(rows);
    CHECK(array.count == 5);
    for (size_t i = 0; i < array.count; i++) {
        all.mailboxes[i] = ((const waxwing_mailbox_row *)row(array, i))->id;
    }
    waxwing_rows_free(rows);
    waxwing_list_query query = {.struct_size = sizeof query, .mailbox = all.mailboxes[0]};
    waxwing_list_id list = 0;
    CHECK(waxwing_list_open(all.app.client, &query, MAILS, &list) == WAXWING_OK);
    CHECK(waxwing_list_snapshot(all.app.client, list, &rows) == WAXWING_OK);
    waxwing_list_close(all.app.client, list);
    array = waxwing_rows_array(rows);
    CHECK(array.count == MAILS);
    for (size_t i = 0; i < array.count; i++) all.mails[i] = *(const uint64_t *)row(array, i);
    waxwing_rows_free(rows);
}

static void is_wrong(uint64_t seed, const tally *tally) {
    fprintf(stderr, "seed %" PRIu64 ": request %" PRIu64 " (%s) was asked %d times and answered %d times\n", seed,
            tally->id, tally->by ? tally->by : "unknown", tally->asked, tally->answered);
    _Exit(1);
}

/* The end of a life: what was asked in it is answered, but for changes, which are kept. */
static void every_request_was_answered_once(uint64_t seed) {
    for (size_t i = 0; i < MOST_REQUESTS; i++) {
        const tally *now = &all.now.at[i];
        if (now->id == 0) continue;
        if (now->asked == 1 && !now->is_change) {
            if (now->answered != 1) is_wrong(seed, now);
            continue;
        }
        tally *change = tally_of(&all.changes, now->id);
        change->by = "a change";
        change->asked += now->asked;
        change->answered += now->answered;
        if (change->asked != 1 || change->answered > 1) is_wrong(seed, change);
    }
    fprintf(stderr, "seed %" PRIu64 ": %zu requests\n", seed, all.now.count);
    memset(&all.now, 0, sizeof all.now);
    all.last = 0;
}

static void end_client(void) {
    waxwing_client_free(all.app.client);
    CHECK(all.app.freed == 1 && all.app.secrets_freed == 1);
    all.app.client = NULL;
    all.app.freed = all.app.secrets_freed = 0;
}

/* Two threads take events, six ask, and two close at the same moment. */
static void one_life(uint64_t seed, unsigned ms) {
    worker workers[THREADS + 2];
    for (size_t i = 0; i < THREADS + 2; i++) {
        workers[i].random = seed * 1000003 + i;
        workers[i].after_ms = ms;
        void *(*work)(void *) = i < 2 ? takes : i < THREADS ? asks : closes;
        CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    }
    for (size_t i = 0; i < THREADS + 2; i++) pthread_join(workers[i].thread, NULL);
    every_request_was_answered_once(seed);
    end_client();
}

static size_t waiting_changes(void) {
    waxwing_rows *rows = NULL;
    CHECK(waxwing_queue_snapshot(all.app.client, &rows) == WAXWING_OK);
    size_t count = waxwing_rows_array(rows).count;
    waxwing_rows_free(rows);
    return count;
}

/* In a last life, in peace, the server agrees to what is left. */
static void every_change_was_answered_once(uint64_t seed) {
    worker worker = {.random = seed};
    CHECK(pthread_create(&worker.thread, NULL, takes, &worker) == 0);
    waxwing_client_network_changed(all.app.client, WAXWING_NETWORK_FREE);
    while (waiting_changes() > 0) pause_ms(10);
    waxwing_client_close(all.app.client);
    pthread_join(worker.thread, NULL);
    every_request_was_answered_once(seed);
    for (size_t i = 0; i < MOST_REQUESTS; i++) {
        const tally *change = &all.changes.at[i];
        if (change->id != 0 && change->answered != 1) is_wrong(seed, change);
    }
    end_client();
}

int main(int argc, char **argv) {
    CHECK(argc == 5 || argc == 6);
    /* Nothing may block for ever. */
    alarm(300);
    uint64_t seed = argc == 6 ? strtoull(argv[5], NULL, 10) : 1;
    waxwing_bytes roots = file_bytes(argv[3]);
    all.host = argv[1];
    all.port = argv[2];
    app_init(&all.app);
    app_open(&all.app, argv[4], roots);
    all.account = app_add(&all.app, argv[1], argv[2]);
    look_around();
    one_life(seed, HAMMER_MS);
    worker moments = {.random = seed};
    for (unsigned round = 0; round < ROUNDS; round++) {
        app_open(&all.app, argv[4], roots);
        one_life(seed + 1 + round, below(&moments, 400));
    }
    app_open(&all.app, argv[4], roots);
    every_change_was_answered_once(seed);
    app_end(&all.app);
    puts("ok");
    return 0;
}
