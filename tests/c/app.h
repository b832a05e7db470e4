/* What the test programs share: an app with a secret store and a log, and checks. */

#ifndef APP_H
#define APP_H

#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "waxwing.h"

#define CHECK(it) ((it) ? (void)0 : broken(__FILE__, __LINE__, #it))

static inline void broken(const char *file, int line, const char *what) {
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
    _Exit(1);
}

/* A final event that doesn't come within this is missing. */
enum { ANSWER_MS = 60000 };

typedef struct app {
    waxwing_client *client;
    /* Guards all below; held until the client is known, since callbacks may come before. */
    pthread_mutex_t mutex;
    pthread_cond_t logged;
    char log[65536];
    size_t log_len;
    /* What is kept of a sign-in in the browser is longer than a password. */
    char secret[4096];
    size_t secret_len;
    int secrets_freed;
    int freed;
    int woken;
} app;

static inline waxwing_str text(const char *text) {
    return (waxwing_str){text, WAXWING_NUL_TERMINATED};
}

static inline waxwing_bytes bytes(const char *text) {
    return (waxwing_bytes){(const uint8_t *)text, strlen(text)};
}

static inline void pause_ms(unsigned ms) {
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

static inline waxwing_client *client_of(app *app) {
    pthread_mutex_lock(&app->mutex);
    waxwing_client *client = app->client;
    pthread_mutex_unlock(&app->mutex);
    return client;
}

static inline void secret_get(void *user_data, waxwing_str key, waxwing_reply reply) {
    app *app = user_data;
    CHECK(key.ptr[key.len] == '\0');
    waxwing_client *client = client_of(app);
    pthread_mutex_lock(&app->mutex);
    waxwing_bytes secret = {(uint8_t *)app->secret, app->secret_len};
    waxwing_reply_secret(client, reply, secret.len ? WAXWING_OK : WAXWING_E_NOT_FOUND, secret);
    pthread_mutex_unlock(&app->mutex);
}

static inline void secret_put(void *user_data, waxwing_str key, waxwing_bytes secret, waxwing_reply reply) {
    app *app = user_data;
    (void)key;
    CHECK(secret.len < sizeof app->secret);
    pthread_mutex_lock(&app->mutex);
    memcpy(app->secret, secret.ptr, secret.len);
    app->secret_len = secret.len;
    pthread_mutex_unlock(&app->mutex);
    waxwing_reply_status(client_of(app), reply, WAXWING_OK);
}

static inline void secret_remove(void *user_data, waxwing_str key, waxwing_reply reply) {
    app *app = user_data;
    (void)key;
    waxwing_reply_status(client_of(app), reply, WAXWING_OK);
}

static inline void secrets_free(void *user_data) {
    app *app = user_data;
    pthread_mutex_lock(&app->mutex);
    app->secrets_freed++;
    pthread_mutex_unlock(&app->mutex);
}

static inline void app_freed(void *user_data) {
    app *app = user_data;
    pthread_mutex_lock(&app->mutex);
    app->freed++;
    pthread_mutex_unlock(&app->mutex);
}

static inline void app_wake(void *user_data) {
    app *app = user_data;
    pthread_mutex_lock(&app->mutex);
    app->woken++;
    pthread_mutex_unlock(&app->mutex);
}

static inline void app_log(void *user_data, waxwing_log_level level, waxwing_str line) {
    app *app = user_data;
    CHECK(level >= 1 && level <= 4 && line.ptr[line.len] == '\0');
    pthread_mutex_lock(&app->mutex);
    if (app->log_len + line.len + 2 < sizeof app->log) {
        memcpy(app->log + app->log_len, line.ptr, line.len);
        app->log_len += line.len;
        app->log[app->log_len++] = '\n';
        app->log[app->log_len] = '\0';
    }
    pthread_cond_broadcast(&app->logged);
    pthread_mutex_unlock(&app->mutex);
}

static inline void app_init(app *app) {
    memset(app, 0, sizeof *app);
    pthread_mutex_init(&app->mutex, NULL);
    pthread_cond_init(&app->logged, NULL);
}

static inline void app_end(app *app) {
    pthread_cond_destroy(&app->logged);
    pthread_mutex_destroy(&app->mutex);
}

static inline waxwing_secret_store app_secrets(app *app) {
    return (waxwing_secret_store){
        .struct_size = sizeof(waxwing_secret_store),
        .get = secret_get,
        .put = secret_put,
        .remove = secret_remove,
        .user_data = app,
        .free = secrets_free,
    };
}

/* The bytes of a small file. */
static inline waxwing_bytes file_bytes(const char *path) {
    static uint8_t content[65536];
    FILE *file = fopen(path, "rb");
    CHECK(file);
    waxwing_bytes bytes = {content, fread(content, 1, sizeof content, file)};
    fclose(file);
    return bytes;
}

static inline waxwing_client_options app_options(app *app, const waxwing_secret_store *secrets, const char *data_dir,
                                                 waxwing_bytes roots) {
    return (waxwing_client_options){
        .struct_size = sizeof(waxwing_client_options),
        .data_dir = text(data_dir),
        .wake = app_wake,
        .log = app_log,
        .user_data = app,
        .free = app_freed,
        .secrets = secrets,
        .extra_roots_pem = roots,
    };
}

static inline void app_open_as(app *app, const char *data_dir, waxwing_bytes roots, uint32_t flags) {
    waxwing_secret_store secrets = app_secrets(app);
    waxwing_client_options options = app_options(app, &secrets, data_dir, roots);
    options.flags = flags;
    waxwing_error *error = NULL;
    pthread_mutex_lock(&app->mutex);
    waxwing_status status = waxwing_client_open(&options, &app->client, &error);
    pthread_mutex_unlock(&app->mutex);
    if (error) fprintf(stderr, "%s\n", waxwing_error_view_get(error)->message.ptr);
    CHECK(status == WAXWING_OK && !error && app->client);
}

static inline void app_open(app *app, const char *data_dir, waxwing_bytes roots) {
    app_open_as(app, data_dir, roots, 0);
}

/* The answer to a request, to be freed. */
static inline waxwing_event *app_answer(app *app, waxwing_request request) {
    for (;;) {
        waxwing_event *event = NULL;
        CHECK(waxwing_client_next_event(app->client, ANSWER_MS, &event) == WAXWING_OK);
        const waxwing_event_view *view = waxwing_event_view_get(event);
        if (view->final && view->request == request) return event;
        waxwing_event_free(event);
    }
}

/* The status that a request ended with. */
static inline waxwing_status app_ended(app *app, waxwing_request request) {
    waxwing_event *event = app_answer(app, request);
    const waxwing_event_view *view = waxwing_event_view_get(event);
    CHECK((view->kind == WAXWING_EVENT_FAILED) == (view->error != NULL));
    waxwing_status status = view->error ? waxwing_error_view_get(view->error)->status : WAXWING_OK;
    waxwing_event_free(event);
    return status;
}

/* The server for sending is the one at WAXWING_SMTP_PORT. */
static inline waxwing_account_config account_config(const char *host, const char *port) {
    const char *smtp_port = getenv("WAXWING_SMTP_PORT");
    return (waxwing_account_config){
        .struct_size = sizeof(waxwing_account_config),
        .address = text("ada@example.org"),
        .display_name = text("Ada"),
        .imap_host = text(host),
        .imap_port = (uint16_t)strtoul(port, NULL, 10),
        .smtp_host = text(smtp_port ? host : ""),
        .smtp_port = (uint16_t)(smtp_port ? strtoul(smtp_port, NULL, 10) : 0),
    };
}

static inline void app_sync(app *app, waxwing_account_id account) {
    waxwing_request request = 0;
    CHECK(waxwing_account_sync(app->client, account, &request) == WAXWING_OK);
    CHECK(app_ended(app, request) == WAXWING_OK);
}

/* Adds the account of the server and brings it up to date. */
static inline waxwing_account_id app_add(app *app, const char *host, const char *port) {
    waxwing_account_config config = account_config(host, port);
    waxwing_request request = 0;
    waxwing_bytes secret = bytes(getenv("WAXWING_PASSWORD"));
    CHECK(waxwing_account_add_password(app->client, &config, secret, &request) == WAXWING_OK);
    waxwing_event *event = app_answer(app, request);
    waxwing_account_id account = waxwing_event_view_get(event)->account;
    waxwing_event_free(event);
    CHECK(account != 0);
    app_sync(app, account);
    return account;
}

static inline const void *row(waxwing_array array, size_t i) {
    return (const char *)array.base + i * array.stride;
}

#endif
