/*
 * An app and its notification extension, one after the other on one data directory:
 * extension app|extension HOST PORT CA.pem DATA_DIR, the password in WAXWING_PASSWORD.
 * The extension prints what is new, its memory in KiB at most, and how long it took.
 */
#define _DEFAULT_SOURCE

#include "app.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

static app ada;

/* The app has the list of everything, and no bodies. */
static void as_the_app(const char *host, const char *port, waxwing_bytes roots, const char *data_dir) {
    app_open(&ada, data_dir, roots);
    waxwing_account_config config = account_config(host, port);
    waxwing_request request = 0;
    waxwing_client_set_power_saver(ada.client, true);
    CHECK(waxwing_account_add_password(ada.client, &config, bytes(getenv("WAXWING_PASSWORD")), &request) == WAXWING_OK);
    waxwing_event *event = app_answer(&ada, request);
    waxwing_account_id account = waxwing_event_view_get(event)->account;
    waxwing_event_free(event);
    CHECK(account);
    app_sync(&ada, account);
    waxwing_client_free(ada.client);
}

/* Whether it is a socket, and not one by which threads of a process wake one another. */
static bool leads_out(int descriptor) {
    int domain = AF_UNIX;
    socklen_t size = sizeof domain;
    return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain != AF_UNIX;
}

/* No socket, no file of the store, and no lock is held: what an app must not have when it is put to sleep. */
static void holds_nothing(const char *data_dir) {
    DIR *open_files = opendir("/proc/self/fd");
    CHECK(open_files);
    for (struct dirent *entry; (entry = readdir(open_files));) {
        char target[4096] = "";
        if (readlinkat(dirfd(open_files), entry->d_name, target, sizeof target - 1) < 0) continue;
        CHECK(!leads_out((int)strtol(entry->d_name, NULL, 10)));
        CHECK(strncmp(target, data_dir, strlen(data_dir)) != 0);
    }
    closedir(open_files);
    char path[4096];
    snprintf(path, sizeof path, "%s/lock", data_dir);
    int lock = open(path, O_RDWR);
    CHECK(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0);
    close(lock);
}

static long peak_kib(void) {
    FILE *status = fopen("/proc/self/status", "r");
    CHECK(status);
    char line[256];
    long peak = 0;
    while (fgets(line, sizeof line, status)) sscanf(line, "VmHWM: %ld", &peak);
    fclose(status);
    return peak;
}

static long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What is new since the app was there, without waking it. */
static void as_the_extension(waxwing_bytes roots, const char *data_dir) {
    const char *password = getenv("WAXWING_PASSWORD");
    ada.secret_len = strlen(password);
    CHECK(ada.secret_len < sizeof ada.secret);
    memcpy(ada.secret, password, ada.secret_len);
    long before = now_ms();
    app_open_as(&ada, data_dir, roots, WAXWING_CLIENT_EXTENSION);
    holds_nothing(data_dir);
    waxwing_request request = 0;
    CHECK(waxwing_sync_now(ada.client, 0, WAXWING_SYNC_INBOXES, 20000, &request) == WAXWING_OK);
    for (bool is_over = false; !is_over;) {
        waxwing_event *event = NULL;
        CHECK(waxwing_client_next_event(ada.client, ANSWER_MS, &event) == WAXWING_OK);
        const waxwing_event_view *view = waxwing_event_view_get(event);
        is_over = view->request == request && view->final;
        if (view->kind == WAXWING_EVENT_NEW_MAIL) {
            waxwing_array rows = waxwing_rows_array(view->rows);
            const waxwing_message_row *first = row(rows, 0), *last = row(rows, rows.count - 1);
            printf("news %zu of %llu: \"%s\" to \"%s\"\n", rows.count, (unsigned long long)view->counts[0],
                   first->subject.ptr, last->subject.ptr);
        }
        if (is_over) {
            CHECK(view->kind == WAXWING_EVENT_SYNC_DONE);
            printf("new %llu\n", (unsigned long long)view->counts[0]);
        }
        waxwing_event_free(event);
    }
    long took = now_ms() - before;
    holds_nothing(data_dir);
    printf("peak %ld KiB\ntook %ld ms\n", peak_kib(), took);
    waxwing_client_free(ada.client);
}

int main(int argc, char **argv) {
    CHECK(argc == 6);
    app_init(&ada);
    waxwing_bytes roots = file_bytes(argv[4]);
    if (strcmp(argv[1], "app") == 0) {
        as_the_app(argv[2], argv[3], roots, argv[5]);
    } else {
        as_the_extension(roots, argv[5]);
    }
    app_end(&ada);
    return 0;
}
