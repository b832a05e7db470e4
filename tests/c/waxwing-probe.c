/*
 * waxwing-probe: the whole client from a shell, through nothing but waxwing.h. docs/probe.md says what each operation
 * does and prints. It is also an example of a program that embeds the library: one file, long by that, to be read from
 * the bottom up. `main` frees everything, whatever happened; every other function says by `false` that it failed, having
 * said why with `fail`.
 */

#define _XOPEN_SOURCE 700

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "waxwing.h"

enum {
    TIMEOUT_S = 30,       /* without --timeout */
    MOST_TIMEOUT_S = 86400,
    ROWS = 1000,          /* of a list at once */
    SLICE_MS = 250,       /* how soon an interruption is noticed */
    TRIES = 3,            /* of what a bad line kept from being done, unless something new was heard meanwhile */
    PARSE_MS = 60000,     /* for one mail, however odd */
    LOOK_MS = 100,        /* between two looks at what the library does by itself */
    MOST_FILE = 1 << 30,
};

typedef struct probe probe;

/* OFFLINE: nothing is sent. TOKEN: the secret is one. BODIES: they come unasked. ALONE: without an account, and what it prints is all. MORE: any
 * number of arguments. */
enum { OFFLINE = 1, TOKEN = 2, BODIES = 4, ALONE = 8, MORE = 16 };

typedef struct operation {
    const char *name;
    size_t arguments;
    unsigned manner;
    bool (*run)(probe *p);
    /* Reads what its arguments mean, before anything is done. NULL: they are texts. */
    bool (*read)(probe *p);
} operation;

/* A request and how it ended. */
typedef struct answer {
    waxwing_request request;
    bool has_come;
    waxwing_status status;
    char *text; /* owned: why it failed */
} answer;

struct probe {
    /* What is asked for; borrowed from argv. */
    const operation *operation;
    char **arguments;
    size_t argument_count;
    const char *host, *user, *ca, *state, *security;
    const char *smtp_host, *smtp_port, *smtp_security;
    uint16_t port, smtp_to_port;
    waxwing_security imap_security, smtp_by;
    int64_t timeout_ms;
    unsigned long number;  /* a UID, or seconds */
    uint32_t set, cleared; /* flags */

    /* Owned. */
    waxwing_bytes file;
    char *data_dir;
    bool is_temporary;
    char *secret;
    waxwing_client *client;
    waxwing_rows *mailboxes; /* as last read */
    char *report;

    /* What was heard. */
    waxwing_account_id account;
    answer sync, asked;
    bool has_signed_in, is_listed, is_complete, has_new_state, has_new_rows;
    uint64_t most_messages, most_bodies;
    int64_t heard_ms; /* when the server last told something new */
    int tries;        /* since then */

    /* Why it failed; the text is owned. */
    const char *kind;
    char *text;
};

static volatile sig_atomic_t is_interrupted;

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static waxwing_str text(const char *text) {
    return (waxwing_str){text ? text : "", WAXWING_NUL_TERMINATED};
}

static const void *row(waxwing_array array, size_t i) {
    return (const char *)array.base + i * array.stride;
}

/* ---- Failures ---------------------------------------------------------------------------------------------------- */

/* A text of its own, to be freed; NULL where there is no memory. */
static char *composed(const char *format, ...) {
    va_list values;
    va_start(values, format);
    int length = vsnprintf(NULL, 0, format, values);
    va_end(values);
    char *made = length < 0 ? NULL : malloc((size_t)length + 1);
    if (!made) return NULL;
    va_start(values, format);
    vsnprintf(made, (size_t)length + 1, format, values);
    va_end(values);
    return made;
}

/* The first reason counts: what comes after it follows from it. Gives `false`, for whoever fails by it. */
static bool fail(probe *p, const char *kind, const char *why) {
    if (p->kind) return false;
    p->kind = kind;
    p->text = composed("%s", why ? why : "");
    return false;
}

/* A word for each group of errors. Unknown ones belong to their hundred. */
static const char *kind_of(waxwing_status status) {
    switch (status) {
        case WAXWING_E_NOT_FOUND: return "stale";
        case WAXWING_E_TIMEOUT: return "timeout";
        case WAXWING_E_TRUST: return "cert";
        case WAXWING_E_LIMIT: return "limit";
        case WAXWING_E_PROTOCOL: return "protocol";
        case WAXWING_E_STALE: return "stale";
    }
    switch (status / 100) {
        case 2: return "network";
        case 3: return "tls";
        case 4: return "auth";
        case 5: return "server";
        case 6: return "storage";
        case 7: return "auth";
        default: return "usage";
    }
}

static bool fail_by_status(probe *p, waxwing_status status) {
    return fail(p, kind_of(status), waxwing_status_name(status).ptr);
}

/* What an error says, to be freed. */
static char *text_of(const waxwing_error_view *error) {
    if (!error->server_text.len) return composed("%s", error->message.ptr);
    return composed("%s; the server says: %s", error->message.ptr, error->server_text.ptr);
}

/* Whether a call was taken. */
static bool well(probe *p, waxwing_status status) {
    return status == WAXWING_OK || fail_by_status(p, status);
}

/* ---- What is printed: one JSON object a line --------------------------------------------------------------------- */

static void put_escaped(waxwing_str text) {
    size_t length = text.len == WAXWING_NUL_TERMINATED ? strlen(text.ptr) : text.len;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '"' || c == '\\') {
            printf("\\%c", c);
        } else if (c < 0x20 || c == 0x7f) {
            printf("\\u%04x", c);
        } else {
            putchar(c);
        }
    }
}

static void begin(const char *event) {
    printf("{\"event\":\"%s\"", event);
}

static void put_text(const char *name, waxwing_str value) {
    printf(",\"%s\":\"", name);
    put_escaped(value);
    putchar('"');
}

/* A list of lines. */
static void put_lines(const char *name, const char *lines) {
    const char *comma = "";
    printf(",\"%s\":[", name);
    for (size_t length; *lines; lines += length + (lines[length] == '\n')) {
        length = strcspn(lines, "\n");
        printf("%s\"", comma);
        put_escaped((waxwing_str){lines, length});
        putchar('"');
        comma = ",";
    }
    putchar(']');
}

static void put_number(const char *name, uint64_t value) {
    printf(",\"%s\":%" PRIu64, name, value);
}

static void end(void) {
    puts("}");
    fflush(stdout);
}

/* RFC 3339; null where there is no such date. */
static void put_date(const char *name, int64_t ms) {
    struct tm date;
    time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    bool is_known = gmtime_r(&seconds, &date) && date.tm_year >= -1900 && date.tm_year <= 9999 - 1900;
    if (!is_known) {
        printf(",\"%s\":null", name);
        return;
    }
    printf(",\"%s\":\"%04d-%02d-%02dT%02d:%02d:%02dZ\"", name, date.tm_year + 1900, date.tm_mon + 1, date.tm_mday,
           date.tm_hour, date.tm_min, date.tm_sec);
}

/* `Name <address>`, as in a header. */
static void put_address(const char *field, waxwing_str name, waxwing_str address) {
    printf(",\"%s\":\"", field);
    put_escaped(name);
    if (name.len && address.len) fputs(" <", stdout);
    put_escaped(address);
    if (name.len && address.len) putchar('>');
    putchar('"');
}

static const struct flag {
    const char *name;
    uint32_t bit;
} FLAGS[] = {
    {"\\Seen", WAXWING_FLAG_SEEN},           {"\\Answered", WAXWING_FLAG_ANSWERED},
    {"\\Flagged", WAXWING_FLAG_FLAGGED},     {"\\Deleted", WAXWING_FLAG_DELETED},
    {"\\Draft", WAXWING_FLAG_DRAFT},         {"$Forwarded", WAXWING_FLAG_FORWARDED},
    {"$Junk", WAXWING_FLAG_JUNK},
};
#define FLAG_COUNT (sizeof FLAGS / sizeof *FLAGS)

/* The names of those that are set. */
static void put_names(const char *name, const struct flag *flags, size_t count, uint32_t set) {
    const char *comma = "";
    printf(",\"%s\":[", name);
    for (size_t i = 0; i < count; i++) {
        if (!(set & flags[i].bit)) continue;
        printf("%s\"", comma);
        put_escaped(text(flags[i].name));
        putchar('"');
        comma = ",";
    }
    putchar(']');
}

static void put_flags(uint32_t flags) {
    put_names("flags", FLAGS, FLAG_COUNT, flags);
}

/* ---- SHA-256 (FIPS 180-4) ---------------------------------------------------------------------------------------- */

static const uint32_t SHA_WORDS[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t turned(uint32_t word, int bits) {
    return word >> bits | word << (32 - bits);
}

static void sha_block(uint32_t state[8], const uint8_t *block) {
    uint32_t w[64];
    for (int i = 0; i < 16; i++) {
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
               block[4 * i + 3];
    }
    for (int i = 16; i < 64; i++) {
        uint32_t s0 = turned(w[i - 15], 7) ^ turned(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t s1 = turned(w[i - 2], 17) ^ turned(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int i = 0; i < 64; i++) {
        uint32_t one = h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + SHA_WORDS[i] + w[i];
        uint32_t two = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + one;
        d = c, c = b, b = a, a = one + two;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

static void put_sha256(waxwing_bytes bytes) {
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    size_t whole = bytes.len / 64 * 64, rest = bytes.len - whole;
    for (size_t i = 0; i < whole; i += 64) sha_block(state, bytes.ptr + i);
    /* The rest, a bit that is 1, zeroes, and the length in bits: one block or two. */
    uint8_t last[128] = {0};
    size_t length = rest + 9 <= 64 ? 64 : 128;
    if (rest) memcpy(last, bytes.ptr + whole, rest);
    last[rest] = 0x80;
    for (size_t i = 0; i < 8; i++) last[length - 1 - i] = (uint8_t)((uint64_t)bytes.len * 8 >> 8 * i);
    for (size_t i = 0; i < length; i += 64) sha_block(state, last + i);
    fputs(",\"sha256\":\"", stdout);
    for (int i = 0; i < 8; i++) printf("%08" PRIx32, state[i]);
    putchar('"');
}

/* ---- Files and the secret ---------------------------------------------------------------------------------------- */

/* All bytes of a file, to be freed by `free((void *)bytes.ptr)`. */
static bool read_file(probe *p, const char *path, waxwing_bytes *out) {
    FILE *file = fopen(path, "rb");
    struct stat about;
    if (!file || fstat(fileno(file), &about) || !S_ISREG(about.st_mode) || about.st_size > MOST_FILE) {
        if (file) fclose(file);
        return fail(p, "usage", "the file can't be read");
    }
    size_t length = (size_t)about.st_size;
    uint8_t *bytes = malloc(length + 1);
    bool is_read = bytes && fread(bytes, 1, length, file) == length;
    fclose(file);
    if (!is_read) {
        free(bytes);
        return fail(p, "usage", "the file can't be read");
    }
    *out = (waxwing_bytes){bytes, length};
    return true;
}

static void wipe(char *secret) {
    for (volatile char *c = secret; *c; c++) *c = '\0';
}

static void forget_secret(probe *p) {
    if (p->secret) wipe(p->secret);
    free(p->secret);
    p->secret = NULL;
}

/* Takes the secret over from the environment, which no longer has it. */
static bool take_secret(probe *p) {
    char *given = getenv("WAXWING_PROBE_PASSWORD");
    if (!given || !*given) return fail(p, "usage", "WAXWING_PROBE_PASSWORD is not set");
    p->secret = composed("%s", given);
    wipe(given);
    unsetenv("WAXWING_PROBE_PASSWORD");
    return p->secret || fail(p, "usage", "no memory");
}

/* The library asks for the secret of an account that it knows from an earlier run. It keeps none beyond this one. */
static void secret_get(void *user_data, waxwing_str key, waxwing_reply reply) {
    probe *p = user_data;
    (void)key;
    if (p->secret) {
        waxwing_bytes secret = {(const uint8_t *)p->secret, strlen(p->secret)};
        waxwing_reply_secret(p->client, reply, WAXWING_OK, secret);
    } else {
        waxwing_reply_secret(p->client, reply, WAXWING_E_NOT_FOUND, (waxwing_bytes){0});
    }
}

static void secret_put(void *user_data, waxwing_str key, waxwing_bytes secret, waxwing_reply reply) {
    probe *p = user_data;
    (void)key, (void)secret;
    waxwing_reply_status(p->client, reply, WAXWING_OK);
}

static void secret_remove(void *user_data, waxwing_str key, waxwing_reply reply) {
    probe *p = user_data;
    (void)key;
    waxwing_reply_status(p->client, reply, WAXWING_OK);
}

/* ---- Listening --------------------------------------------------------------------------------------------------- */

/* The server told something new. */
static void heard(probe *p) {
    p->heard_ms = now_ms();
    p->tries = 0;
}

/* Takes over a snapshot of the mailboxes. */
static bool read_mailboxes(probe *p) {
    waxwing_rows *rows = NULL;
    if (!well(p, waxwing_mailboxes_snapshot(p->client, p->account, &rows))) return false;
    waxwing_rows_free(p->mailboxes);
    p->mailboxes = rows;
    return true;
}

/* Lists grow as the server tells of messages. */
static void hear_mailboxes(probe *p) {
    p->is_listed = true;
    if (!p->account || !read_mailboxes(p)) return;
    uint64_t messages = 0;
    waxwing_array array = waxwing_rows_array(p->mailboxes);
    for (size_t i = 0; i < array.count; i++) messages += ((const waxwing_mailbox_row *)row(array, i))->total;
    if (messages <= p->most_messages) return;
    p->most_messages = messages;
    heard(p);
}

static void hear_progress(probe *p, const waxwing_event_view *view) {
    begin("progress");
    put_number("done", view->counts[0]);
    put_number("total", view->counts[1]);
    end();
    p->is_complete = view->counts[0] >= view->counts[1];
    if (view->counts[0] <= p->most_bodies) return;
    p->most_bodies = view->counts[0];
    heard(p);
}

static void hear_answer(probe *p, const waxwing_event_view *view, answer *answer) {
    if (!view->final || view->request != answer->request) return;
    answer->has_come = true;
    if (view->error) {
        const waxwing_error_view *error = waxwing_error_view_get(view->error);
        answer->status = error->status;
        answer->text = text_of(error);
        return;
    }
    if (view->account) p->account = view->account;
    if (view->text.len && !p->report) p->report = composed("%s", view->text.ptr);
    heard(p);
}

static void hear(probe *p, const waxwing_event_view *view) {
    switch (view->kind) {
        case WAXWING_EVENT_ALERT:
            begin("alert");
            put_text("text", view->text);
            end();
            break;
        case WAXWING_EVENT_PROGRESS: hear_progress(p, view); break;
        case WAXWING_EVENT_MAILBOXES_CHANGED: hear_mailboxes(p); break;
        case WAXWING_EVENT_ACCOUNT_CHANGED: p->has_new_state = true; break;
        case WAXWING_EVENT_LIST_CHANGED: p->has_new_rows = true; break;
        case WAXWING_EVENT_BODY_ARRIVED: heard(p); break;
    }
    hear_answer(p, view, &p->sync);
    hear_answer(p, view, &p->asked);
}

/* Hears one event. `false`: none came by then, or the person interrupts. */
static bool listen_until(probe *p, int64_t until_ms) {
    while (!is_interrupted) {
        int64_t left = until_ms - now_ms();
        int32_t wait = left <= 0 ? 0 : left < SLICE_MS ? (int32_t)left : SLICE_MS;
        waxwing_event *event = NULL;
        waxwing_status status = waxwing_client_next_event(p->client, wait, &event);
        if (status == WAXWING_OK) {
            hear(p, waxwing_event_view_get(event));
            waxwing_event_free(event);
            return true;
        }
        if (status != WAXWING_E_TIMEOUT || left <= 0) return false;
    }
    return false;
}

/* A copy of the row of the account; its texts are gone. */
static bool read_account(probe *p, waxwing_account_row *out) {
    waxwing_rows *rows = NULL;
    if (!p->account || !well(p, waxwing_accounts_snapshot(p->client, &rows))) return false;
    waxwing_array array = waxwing_rows_array(rows);
    bool is_there = array.count == 1;
    if (is_there) *out = *(const waxwing_account_row *)row(array, 0);
    waxwing_rows_free(rows);
    return is_there;
}

static bool out_of_patience(probe *p) {
    waxwing_account_row account = {0};
    if (is_interrupted) return fail(p, "usage", "interrupted");
    if (read_account(p, &account) && account.last_status != WAXWING_OK) return fail_by_status(p, account.last_status);
    return fail(p, "timeout", "the server says nothing new");
}

/* The library tries again by itself, so a silence may be longer than one limit; four of them a run must not take. */
static bool listen_patiently(probe *p) {
    int64_t until = p->heard_ms + 3 * p->timeout_ms;
    if (now_ms() < until && listen_until(p, until)) return true;
    return out_of_patience(p);
}

static void expect(answer *answer, waxwing_request request) {
    free(answer->text);
    *answer = (struct answer){.request = request};
}

static bool wait_for(probe *p, const answer *answer) {
    while (!answer->has_come) {
        if (!listen_patiently(p)) return false;
    }
    return answer->status == WAXWING_OK || fail(p, kind_of(answer->status), answer->text);
}

/* Whether what failed is asked for again: the line was bad, as it seems for the moment. */
static bool tries_again(probe *p, const answer *answer) {
    bool is_passing = answer->status / 100 == 2 || answer->status == WAXWING_E_TIMEOUT ||
                      answer->status == WAXWING_E_PROTOCOL;
    if (!answer->has_come || !is_passing || is_interrupted || ++p->tries >= TRIES) return false;
    free(p->text);
    p->kind = NULL;
    p->text = NULL;
    return true;
}

/* Waits for the answer to a request that `status` says was taken. `request` is a pointer, since the call that writes it
 * is an argument too. */
static bool answered(probe *p, waxwing_status status, const waxwing_request *request) {
    if (!well(p, status)) return false;
    expect(&p->asked, *request);
    return wait_for(p, &p->asked);
}

/* ---- The client and its account ---------------------------------------------------------------------------------- */

/* The library wants to know exactly where it works. */
static bool choose_data_dir(probe *p) {
    char here[4096];
    const char *temporary = getenv("TMPDIR");
    if (!p->state) {
        p->data_dir = composed("%s/waxwing-probe-XXXXXX", temporary && *temporary == '/' ? temporary : "/tmp");
        p->is_temporary = p->data_dir && mkdtemp(p->data_dir);
        return p->is_temporary || fail(p, "storage", "no temporary directory can be made");
    }
    struct stat about;
    if (p->operation->manner & OFFLINE && stat(p->state, &about)) {
        return fail(p, "usage", "there is no such state directory");
    }
    if (*p->state == '/') {
        p->data_dir = composed("%s", p->state);
    } else if (getcwd(here, sizeof here)) {
        p->data_dir = composed("%s/%s", here, p->state);
    }
    return p->data_dir || fail(p, "storage", "the state directory has no path");
}

/* Opens the client asleep: no callback comes before `p->client` is there, and nothing is done before it is said what. */
static bool open_client(probe *p) {
    waxwing_bytes roots = {0};
    if (p->ca && !read_file(p, p->ca, &roots)) return false;
    waxwing_secret_store secrets = {
        .struct_size = sizeof secrets,
        .get = secret_get,
        .put = secret_put,
        .remove = secret_remove,
        .user_data = p,
    };
    waxwing_client_options options = {
        .struct_size = sizeof options,
        .flags = WAXWING_CLIENT_START_SUSPENDED,
        .data_dir = text(p->data_dir),
        .secrets = &secrets,
        .extra_roots_pem = roots,
        .inactivity_ms = (uint32_t)p->timeout_ms,
    };
    waxwing_error *error = NULL;
    waxwing_status status = waxwing_client_open(&options, &p->client, &error);
    free((void *)roots.ptr);
    if (error && !p->kind) {
        p->kind = kind_of(status);
        p->text = text_of(waxwing_error_view_get(error));
    }
    waxwing_error_free(error);
    return well(p, status);
}

/* Host names end in a dot or don't, in any case. */
static bool is_same_host(const char *one, const char *other) {
    size_t length = strlen(one), others = strlen(other);
    if (length && one[length - 1] == '.') length--;
    if (others && other[others - 1] == '.') others--;
    return length == others && strncasecmp(one, other, length) == 0;
}

static bool is_meant(const probe *p, const waxwing_account_row *account) {
    return (!p->host || is_same_host(p->host, account->imap_host.ptr)) &&
           (!p->user || strcmp(p->user, account->user_name.ptr) == 0) && (!p->port || p->port == account->imap_port);
}

/* Finds the account of an earlier run. It must be the one that is asked for: no other server gets this password. */
static bool find_account(probe *p) {
    waxwing_rows *rows = NULL;
    if (!well(p, waxwing_accounts_snapshot(p->client, &rows))) return false;
    waxwing_array array = waxwing_rows_array(rows);
    bool is_well = true;
    if (array.count > 0) {
        const waxwing_account_row *account = row(array, 0);
        is_well = array.count == 1 && is_meant(p, account);
        p->account = account->id;
        if (!is_well) fail(p, "usage", "the state directory is of another account");
    } else if (p->operation->manner & OFFLINE) {
        is_well = fail(p, "usage", "the state directory holds no account");
    }
    waxwing_rows_free(rows);
    return is_well;
}

/* By which server it sends, if that is said. */
static bool set_submission(probe *p) {
    waxwing_request request = 0;
    if (!p->smtp_host) return true;
    waxwing_status status = waxwing_account_set_submission(p->client, p->account, text(p->smtp_host), p->smtp_to_port,
                                                           p->smtp_by, &request);
    return answered(p, status, &request);
}

static bool add_account(probe *p) {
    waxwing_account_config config = {
        .struct_size = sizeof config,
        .address = text(p->user),
        .imap_host = text(p->host),
        .imap_port = p->port,
        .imap_security = p->imap_security,
    };
    waxwing_bytes secret = {(const uint8_t *)p->secret, strlen(p->secret)};
    waxwing_request request = 0;
    do {
        waxwing_status status = p->operation->manner & TOKEN
                                    ? waxwing_account_add_token(p->client, &config, secret, &request)
                                    : waxwing_account_add_password(p->client, &config, secret, &request);
        if (answered(p, status, &request)) return true;
    } while (tries_again(p, &p->asked));
    return false;
}

/* Asks for the account to be brought in step with the server. */
static bool begin_sync(probe *p) {
    waxwing_request request = 0;
    if (!well(p, waxwing_account_sync(p->client, p->account, &request))) return false;
    expect(&p->sync, request);
    return true;
}

static bool in_step(probe *p) {
    while (!wait_for(p, &p->sync)) {
        if (!tries_again(p, &p->sync) || !begin_sync(p)) return false;
    }
    return true;
}

/* Wakes the client with no network to use, looks whose store it is, and only then lets it out. */
static bool begin_work(probe *p) {
    waxwing_request request = 0;
    waxwing_client_network_changed(p->client, WAXWING_NETWORK_NONE);
    waxwing_client_set_power_saver(p->client, !(p->operation->manner & BODIES));
    if (!answered(p, waxwing_client_resume(p->client, &request), &request) || !find_account(p)) return false;
    if (p->operation->manner & OFFLINE) return true;
    p->is_listed = false;
    waxwing_client_network_changed(p->client, WAXWING_NETWORK_FREE);
    if (!p->account) {
        if (!add_account(p)) return false;
        p->has_signed_in = true;
        forget_secret(p);
    }
    /* That of an account of an earlier run may be asked for at any time: it is kept to the end. */
    return set_submission(p) && begin_sync(p);
}

/* Waits until the server was asked for its mailboxes. Changes of an earlier run come first, and tell of mailboxes too. */
static bool listed(probe *p) {
    waxwing_account_row account = {0};
    if (!read_account(p, &account)) return false;
    bool has_changes = account.queued > 0;
    while (!has_changes && !p->is_listed && !p->sync.has_come) {
        if (!listen_patiently(p)) return false;
    }
    return ((p->is_listed && !has_changes) || in_step(p)) && read_mailboxes(p);
}

/* The mailbox at a path, among those last read. */
static bool find_mailbox(probe *p, const char *path, waxwing_mailbox_id *out) {
    bool is_inbox = strcasecmp(path, "INBOX") == 0;
    waxwing_array array = waxwing_rows_array(p->mailboxes);
    for (size_t i = 0; i < array.count; i++) {
        const waxwing_mailbox_row *mailbox = row(array, i);
        if (is_inbox ? mailbox->role != WAXWING_ROLE_INBOX : strcmp(mailbox->path.ptr, path) != 0) continue;
        *out = mailbox->id;
        return true;
    }
    return fail(p, "stale", "there is no such mailbox");
}

/* Brings one mailbox in step with the server. */
static bool mailbox_in_step(probe *p, const char *path, waxwing_mailbox_id *out) {
    waxwing_request request = 0;
    if (!listed(p) || !find_mailbox(p, path, out)) return false;
    while (!answered(p, waxwing_mailbox_sync(p->client, *out, &request), &request)) {
        if (!tries_again(p, &p->asked)) return false;
    }
    return true;
}

/* ---- Lists ------------------------------------------------------------------------------------------------------- */

static const char *role_name(waxwing_role role) {
    switch (role) {
        case WAXWING_ROLE_INBOX: return "inbox";
        case WAXWING_ROLE_SENT: return "sent";
        case WAXWING_ROLE_DRAFTS: return "drafts";
        case WAXWING_ROLE_TRASH: return "trash";
        case WAXWING_ROLE_JUNK: return "junk";
        case WAXWING_ROLE_ARCHIVE: return "archive";
        case WAXWING_ROLE_ALL: return "all";
        case WAXWING_ROLE_FLAGGED: return "flagged";
        default: return "none";
    }
}

static void print_mailboxes(const probe *p) {
    waxwing_array array = waxwing_rows_array(p->mailboxes);
    for (size_t i = 0; i < array.count; i++) {
        const waxwing_mailbox_row *mailbox = row(array, i);
        begin("mailbox");
        put_text("name", mailbox->path);
        put_text("role", text(role_name(mailbox->role)));
        end();
    }
}

static waxwing_str path_of(const probe *p, waxwing_mailbox_id id) {
    waxwing_array array = waxwing_rows_array(p->mailboxes);
    for (size_t i = 0; i < array.count; i++) {
        const waxwing_mailbox_row *mailbox = row(array, i);
        if (mailbox->id == id) return mailbox->path;
    }
    return text("");
}

/* What does something with a row of a list; `false` ends the list. */
typedef bool each_row(probe *p, const waxwing_message_row *message, void *extra);

static bool print_message(probe *p, const waxwing_message_row *message, void *extra) {
    (void)extra;
    /* Not yet on the server. */
    if (message->uid == 0) return true;
    begin("message");
    put_text("mailbox", path_of(p, message->mailbox));
    put_number("uid", message->uid);
    put_flags(message->flags);
    put_number("size", message->size);
    put_text("subject", message->subject);
    put_address("from", message->from_name, message->from_address);
    put_date("date", message->date_ms);
    waxwing_message *held = NULL;
    if (waxwing_message_raw(p->client, message->id, &held) == WAXWING_OK) put_sha256(waxwing_message_bytes(held));
    waxwing_message_free(held);
    end();
    return true;
}

/* Hands each row of an open list over, page by page; a page begins with the last row of the one before. */
static bool each_page(probe *p, waxwing_list_id list, each_row *each, void *extra) {
    waxwing_message_id last = 0;
    for (bool is_more = true; is_more;) {
        waxwing_rows *rows = NULL;
        if (!well(p, waxwing_list_snapshot(p->client, list, &rows))) return false;
        waxwing_array array = waxwing_rows_array(rows);
        is_more = array.first + array.count < array.total && array.count > 1;
        for (size_t i = 0; i < array.count; i++) {
            const waxwing_message_row *message = row(array, i);
            if (i == 0 && message->id == last) continue;
            if (!each(p, message, extra)) {
                waxwing_rows_free(rows);
                return true;
            }
        }
        if (is_more) last = ((const waxwing_message_row *)row(array, array.count - 1))->id;
        waxwing_rows_free(rows);
        if (is_more && !well(p, waxwing_list_move(p->client, list, last, 0, ROWS))) return false;
    }
    return true;
}

static bool each_message(probe *p, const waxwing_list_query *query, each_row *each, void *extra) {
    waxwing_list_id list = 0;
    if (!well(p, waxwing_list_open(p->client, query, ROWS, &list))) return false;
    bool is_well = each_page(p, list, each, extra);
    waxwing_list_close(p->client, list);
    return is_well;
}

static bool print_messages(probe *p, waxwing_mailbox_id mailbox) {
    waxwing_list_query query = {.struct_size = sizeof query, .mailbox = mailbox};
    return each_message(p, &query, print_message, NULL);
}

/* A message that is looked for. */
typedef struct wanted {
    uint32_t uid;
    waxwing_message_id found;
} wanted;

static bool is_other(probe *p, const waxwing_message_row *message, void *extra) {
    (void)p;
    wanted *wanted = extra;
    if (message->uid == wanted->uid) wanted->found = message->id;
    return !wanted->found;
}

static bool read_number(const char *digits, unsigned long most, unsigned long *out) {
    if (*digits < '0' || *digits > '9') return false;
    char *rest = NULL;
    errno = 0;
    *out = strtoul(digits, &rest, 10);
    return !errno && !*rest && *out >= 1 && *out <= most;
}

static bool read_uid(probe *p) {
    return read_number(p->arguments[0], UINT32_MAX, &p->number) || fail(p, "usage", "this is no UID");
}

/* The message of INBOX with the UID that is the first argument, INBOX being in step. */
static bool message_of_argument(probe *p, waxwing_message_id *out) {
    waxwing_mailbox_id inbox = 0;
    if (!mailbox_in_step(p, "INBOX", &inbox)) return false;
    wanted wanted = {.uid = (uint32_t)p->number};
    waxwing_list_query query = {.struct_size = sizeof query, .mailbox = inbox};
    if (!each_message(p, &query, is_other, &wanted)) return false;
    if (!wanted.found) return fail(p, "stale", "INBOX has no message with this UID");
    *out = wanted.found;
    return true;
}

/* ---- Operations -------------------------------------------------------------------------------------------------- */

/* A new account was signed in once to be added. One of an earlier run signs in by itself. */
static bool login(probe *p) {
    waxwing_account_row account = {0};
    while (!p->has_signed_in && !p->sync.has_come) {
        if (!listen_patiently(p)) return false;
        p->has_signed_in = p->has_new_state && read_account(p, &account) && account.state == WAXWING_ACCOUNT_ONLINE;
        p->has_new_state = false;
    }
    return p->has_signed_in || in_step(p);
}

static bool list(probe *p) {
    if (!listed(p)) return false;
    print_mailboxes(p);
    return true;
}

static bool headers(probe *p) {
    waxwing_mailbox_id mailbox = 0;
    return mailbox_in_step(p, p->arguments[0], &mailbox) && print_messages(p, mailbox);
}

/* Of INBOX all bodies are to be here, of other mailboxes the list: said before lists are read, INBOX first. */
static bool choose_bodies(probe *p, waxwing_mailbox_id *inbox) {
    waxwing_request request = 0;
    return listed(p) && find_mailbox(p, "INBOX", inbox) &&
           answered(p, waxwing_mailbox_set_offline(p->client, *inbox, WAXWING_OFFLINE_EVERYTHING, &request), &request) &&
           answered(p, waxwing_account_set_offline(p->client, p->account, WAXWING_OFFLINE_NOTHING, &request), &request);
}

/* Waits while bodies come. `false`: there are some that don't, which `load_missing` asks after. */
static bool bodies_have_come(probe *p) {
    waxwing_account_row account = {0};
    for (;;) {
        if (!read_account(p, &account)) return false;
        if (account.bodies >= account.bodies_total) return true;
        /* Each body that arrives is told: they aren't counted each time. */
        int64_t silence = p->heard_ms + p->timeout_ms, next = now_ms() + LOOK_MS;
        if (now_ms() >= silence || is_interrupted) return false;
        while (listen_until(p, next) && now_ms() < next && !p->is_complete) {}
        p->is_complete = false;
    }
}

/* Fetches a message that isn't here: if that can't be done, the answer says why. */
static bool load_missing(probe *p, const waxwing_message_row *message, void *extra) {
    bool *is_well = extra;
    waxwing_message *held = NULL;
    waxwing_request request = 0;
    waxwing_status status = waxwing_message_raw(p->client, message->id, &held);
    waxwing_message_free(held);
    if (message->uid == 0 || status != WAXWING_E_NOT_FOUND) return true;
    do {
        *is_well = answered(p, waxwing_message_fetch(p->client, message->id, &request), &request);
    } while (!*is_well && tries_again(p, &p->asked));
    return *is_well;
}

static bool sync_all(probe *p) {
    waxwing_mailbox_id inbox = 0;
    if (!choose_bodies(p, &inbox) || !in_step(p)) return false;
    if (!bodies_have_come(p)) {
        bool is_well = !is_interrupted;
        waxwing_list_query query = {.struct_size = sizeof query, .mailbox = inbox};
        if (!each_message(p, &query, load_missing, &is_well)) return false;
        if (!is_well) return out_of_patience(p);
    }
    /* From here on nothing changes that is being printed. */
    waxwing_client_network_changed(p->client, WAXWING_NETWORK_NONE);
    if (!read_mailboxes(p)) return false;
    print_mailboxes(p);
    waxwing_array array = waxwing_rows_array(p->mailboxes);
    for (size_t i = 0; i < array.count; i++) {
        const waxwing_mailbox_row *mailbox = row(array, i);
        if (mailbox->flags & WAXWING_MAILBOX_SELECTABLE && !print_messages(p, mailbox->id)) return false;
    }
    return true;
}

/* Waits until the server agreed to a change. One that it doesn't hear of waits in the store, for the next run. */
static bool agreed(probe *p, waxwing_status status, const waxwing_operation_id *change) {
    waxwing_account_row account = {0};
    if (!well(p, status)) return false;
    expect(&p->asked, *change);
    while (!p->asked.has_come) {
        if (!listen_patiently(p)) return false;
        if (p->asked.has_come || !p->has_new_state || !read_account(p, &account)) continue;
        p->has_new_state = false;
        /* What comes after it doesn't go on by itself either. */
        if (account.state >= WAXWING_ACCOUNT_NEEDS_SIGN_IN) return fail_by_status(p, account.last_status);
    }
    return wait_for(p, &p->asked);
}

static bool read_mail(probe *p) {
    return read_file(p, p->arguments[1], &p->file);
}

static bool read_only_file(probe *p) {
    return read_file(p, p->arguments[0], &p->file);
}

static bool append(probe *p) {
    waxwing_mailbox_id mailbox = 0;
    waxwing_operation_id change = 0;
    if (!listed(p) || !find_mailbox(p, p->arguments[0], &mailbox)) return false;
    int64_t received_ms = (int64_t)time(NULL) * 1000;
    waxwing_status status = waxwing_message_append(p->client, mailbox, p->file, 0, received_ms, &change);
    return agreed(p, status, &change);
}

/* Whose mailboxes aren't known yet has no Sent to look into: they come first. */
static bool send_file(probe *p) {
    waxwing_operation_id change = 0;
    if (!in_step(p)) return false;
    return agreed(p, waxwing_send_raw(p->client, p->account, p->file, 0, &change), &change);
}

static bool move_to(probe *p) {
    waxwing_message_id message = 0;
    waxwing_mailbox_id to = 0;
    waxwing_operation_id change = 0;
    if (!message_of_argument(p, &message) || !find_mailbox(p, p->arguments[1], &to)) return false;
    return agreed(p, waxwing_messages_move(p->client, (waxwing_ids){&message, 1}, to, &change), &change);
}

static bool copy_to(probe *p) {
    waxwing_message_id message = 0;
    waxwing_mailbox_id to = 0;
    waxwing_operation_id change = 0;
    if (!message_of_argument(p, &message) || !find_mailbox(p, p->arguments[1], &to)) return false;
    return agreed(p, waxwing_messages_copy(p->client, (waxwing_ids){&message, 1}, to, &change), &change);
}

/* A UID, and `+\Seen` or `-\Seen`. */
static bool read_flag(probe *p) {
    const char *change = p->arguments[1];
    if (*change != '+' && *change != '-') return fail(p, "usage", "a flag begins with + or -");
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        if (strcasecmp(change + 1, FLAGS[i].name) != 0) continue;
        *(*change == '+' ? &p->set : &p->cleared) = FLAGS[i].bit;
        return read_uid(p);
    }
    return fail(p, "usage", "there is no such flag");
}

static bool flag(probe *p) {
    waxwing_message_id message = 0;
    waxwing_operation_id change = 0;
    if (!message_of_argument(p, &message)) return false;
    waxwing_ids one = {&message, 1};
    return agreed(p, waxwing_messages_set_flags(p->client, one, p->set, p->cleared, &change), &change);
}

static bool delete_forever(probe *p) {
    waxwing_message_id message = 0;
    waxwing_operation_id change = 0;
    if (!message_of_argument(p, &message)) return false;
    return agreed(p, waxwing_messages_delete_forever(p->client, (waxwing_ids){&message, 1}, &change), &change);
}

static bool trash(probe *p) {
    waxwing_message_id message = 0;
    waxwing_operation_id change = 0;
    if (!message_of_argument(p, &message)) return false;
    return agreed(p, waxwing_messages_trash(p->client, (waxwing_ids){&message, 1}, &change), &change);
}

/* Whether a row says something that the rows before didn't. `hint` is where to look first: lists keep their order. */
static bool is_news(waxwing_array before, const waxwing_message_row *message, size_t *hint) {
    const uint32_t unsettled = WAXWING_FLAG_PENDING | WAXWING_FLAG_HAS_ATTACHMENT;
    for (size_t i = 0; i < before.count; i++) {
        size_t place = (*hint + i) % before.count;
        const waxwing_message_row *known = row(before, place);
        if (known->id != message->id) continue;
        *hint = place + 1;
        return known->uid != message->uid || (known->flags ^ message->flags) & ~unsettled;
    }
    return true;
}

/* Prints what is new since `before`, which it replaces. */
static bool print_news(probe *p, waxwing_list_id list, waxwing_rows **before) {
    waxwing_rows *now = NULL;
    if (!well(p, waxwing_list_snapshot(p->client, list, &now))) return false;
    waxwing_array array = waxwing_rows_array(now);
    size_t hint = 0;
    for (size_t i = 0; i < array.count && *before; i++) {
        const waxwing_message_row *message = row(array, i);
        if (is_news(waxwing_rows_array(*before), message, &hint)) print_message(p, message, NULL);
    }
    waxwing_rows_free(*before);
    *before = now;
    return true;
}

static bool is_mailbox_of(waxwing_array array, const waxwing_mailbox_row *mailbox) {
    for (size_t i = 0; i < array.count; i++) {
        const waxwing_mailbox_row *other = row(array, i);
        if (other->id == mailbox->id) return strcmp(other->path.ptr, mailbox->path.ptr) == 0;
    }
    return false;
}

/* Prints mailboxes that are new or have another name since `before`, which it replaces. */
static bool print_new_mailboxes(probe *p, waxwing_rows **before) {
    waxwing_rows *now = NULL;
    if (!well(p, waxwing_mailboxes_snapshot(p->client, p->account, &now))) return false;
    waxwing_array array = waxwing_rows_array(now);
    for (size_t i = 0; i < array.count && *before; i++) {
        const waxwing_mailbox_row *mailbox = row(array, i);
        if (is_mailbox_of(waxwing_rows_array(*before), mailbox)) continue;
        begin("mailbox");
        put_text("name", mailbox->path);
        put_text("role", text(role_name(mailbox->role)));
        end();
    }
    waxwing_rows_free(*before);
    *before = now;
    return true;
}

static bool print_news_until(probe *p, waxwing_list_id list, int64_t until_ms) {
    waxwing_rows *messages = NULL, *mailboxes = NULL;
    bool is_well = print_news(p, list, &messages) && print_new_mailboxes(p, &mailboxes);
    while (is_well && now_ms() < until_ms && !is_interrupted) {
        p->is_listed = p->has_new_rows = false;
        listen_until(p, until_ms);
        if (p->is_listed) is_well = print_new_mailboxes(p, &mailboxes);
        if (is_well && p->has_new_rows) is_well = print_news(p, list, &messages);
    }
    waxwing_rows_free(messages);
    waxwing_rows_free(mailboxes);
    return is_well;
}

static bool read_seconds(probe *p) {
    return read_number(p->arguments[0], MOST_TIMEOUT_S, &p->number) || fail(p, "usage", "this is no number of seconds");
}

static bool idle(probe *p) {
    waxwing_mailbox_id inbox = 0;
    waxwing_request request = 0;
    waxwing_list_id list = 0;
    waxwing_account_row account = {0};
    if (!mailbox_in_step(p, "INBOX", &inbox)) return false;
    if (!answered(p, waxwing_mailbox_show(p->client, inbox, &request), &request)) return false;
    waxwing_list_query query = {.struct_size = sizeof query, .mailbox = inbox};
    if (!well(p, waxwing_list_open(p->client, &query, ROWS, &list))) return false;
    bool is_well = print_news_until(p, list, now_ms() + (int64_t)p->number * 1000);
    waxwing_list_close(p->client, list);
    if (!is_well || !read_account(p, &account)) return false;
    return account.state == WAXWING_ACCOUNT_ONLINE || account.last_status == WAXWING_OK || fail_by_status(p, account.last_status);
}

static bool dump(probe *p) {
    waxwing_mailbox_id inbox = 0;
    return read_mailboxes(p) && find_mailbox(p, "INBOX", &inbox) && print_messages(p, inbox);
}

/* All words, with blanks between them; to be freed. */
static char *joined(char **words, size_t count) {
    char *all = composed("%s", words[0]);
    for (size_t i = 1; all && i < count; i++) {
        char *longer = composed("%s %s", all, words[i]);
        free(all);
        all = longer;
    }
    return all;
}

static bool search(probe *p) {
    waxwing_account_row account = {0};
    int64_t until = now_ms() + 3 * p->timeout_ms;
    /* Mail of the last run is still being indexed. */
    while (read_account(p, &account) && !account.is_indexed && now_ms() < until && !is_interrupted) {
        listen_until(p, now_ms() + LOOK_MS);
    }
    char *words = joined(p->arguments, p->argument_count);
    if (!words) return fail(p, "usage", "no memory");
    waxwing_list_query query = {.struct_size = sizeof query, .account = p->account, .search = text(words)};
    bool is_well = read_mailboxes(p) && each_message(p, &query, print_message, NULL);
    free(words);
    return is_well;
}

static bool capabilities(probe *p) {
    waxwing_request request = 0;
    if (!listed(p) || !answered(p, waxwing_account_capabilities(p->client, p->account, &request), &request)) return false;
    begin("capabilities");
    put_lines("lines", p->report ? p->report : "");
    end();
    return true;
}

/* ---- One mail from a file ---------------------------------------------------------------------------------------- */

/* A list, after its name: PUT prints what stands in it for one row. */
static void put_list(const char *name, waxwing_array rows, void (*put)(const void *row)) {
    printf(",\"%s\":[", name);
    for (size_t i = 0; i < rows.count; i++) {
        if (i) putchar(',');
        put(row(rows, i));
    }
    putchar(']');
}

/* A text alone, or the value of a name; nothing parts it from what stands before. */
static void put_first(const char *name, waxwing_str value) {
    if (name) printf("\"%s\":", name);
    putchar('"');
    put_escaped(value);
    putchar('"');
}

static void put_sender(const void *row) {
    const waxwing_address_row *address = row;
    putchar('{');
    put_first("name", address->name);
    put_text("addr", address->address);
    putchar('}');
}

static void put_attachment(const void *row) {
    const waxwing_part_row *part = row;
    putchar('{');
    put_first("name", part->file_name);
    put_text("type", part->mime_type);
    put_number("size", part->size);
    putchar('}');
}

static void put_remote(const void *row) {
    put_first(NULL, ((const waxwing_remote_row *)row)->url);
}

static void put_marks(uint32_t flags) {
    static const struct flag marks[] = {
        {"signed", WAXWING_MESSAGE_SIGNED}, {"encrypted", WAXWING_MESSAGE_ENCRYPTED},
        {"invite", WAXWING_MESSAGE_INVITE}, {"spoof", WAXWING_MESSAGE_SPOOF},
        {"truncated", WAXWING_MESSAGE_TRUNCATED}, {"form", WAXWING_MESSAGE_FORM},
    };
    put_names("flags", marks, sizeof marks / sizeof *marks, flags);
}

/* One object; `date` is null where the mail has none that makes sense. */
static void print_parsed(const waxwing_message *message) {
    const waxwing_message_view *view = waxwing_message_view_get(message);
    putchar('{');
    put_first("subject", view->row->subject);
    put_list("from", waxwing_message_addresses(message, WAXWING_ADDRESSES_FROM), put_sender);
    if (view->written_ms) {
        put_date("date", view->written_ms);
    } else {
        fputs(",\"date\":null", stdout);
    }
    put_text("text", view->text);
    put_text("html", view->html);
    put_list("attachments", waxwing_message_parts(message), put_attachment);
    put_list("remote", waxwing_message_remote(message), put_remote);
    put_marks(view->flags);
    end();
}

/* Without a server or an account: the client sleeps meanwhile. */
static bool parse(probe *p) {
    waxwing_request request = 0;
    uint32_t what = WAXWING_LOAD_TEXT | WAXWING_LOAD_HTML;
    if (!choose_data_dir(p) || !open_client(p)) return false;
    if (!well(p, waxwing_message_parse(p->client, p->file, what, &request))) return false;
    for (;;) {
        waxwing_event *event = NULL;
        if (!well(p, waxwing_client_next_event(p->client, PARSE_MS, &event))) return false;
        const waxwing_event_view *view = waxwing_event_view_get(event);
        bool is_answer = view->request == request && view->final;
        if (is_answer && view->message) print_parsed(view->message);
        waxwing_event_free(event);
        if (is_answer) return true;
    }
}

/* ---- The command line -------------------------------------------------------------------------------------------- */

static const operation OPERATIONS[] = {
    {"login", 0, 0, login, NULL},
    {"login-oauth", 0, TOKEN, login, NULL},
    {"list", 0, 0, list, NULL},
    {"sync", 0, BODIES, sync_all, NULL},
    {"headers", 1, 0, headers, NULL},
    {"append", 2, 0, append, read_mail},
    {"move", 2, 0, move_to, read_uid},
    {"copy", 2, 0, copy_to, read_uid},
    {"flag", 2, 0, flag, read_flag},
    {"delete", 1, 0, delete_forever, read_uid},
    {"trash", 1, 0, trash, read_uid},
    {"idle", 1, 0, idle, read_seconds},
    {"dump", 0, OFFLINE, dump, NULL},
    {"search", 1, OFFLINE | MORE, search, NULL},
    {"send", 1, 0, send_file, read_only_file},
    {"parse", 1, ALONE, parse, read_only_file},
    {"capabilities", 0, 0, capabilities, NULL},
};

static const operation *operation_named(const char *name) {
    for (size_t i = 0; i < sizeof OPERATIONS / sizeof *OPERATIONS; i++) {
        if (strcmp(OPERATIONS[i].name, name) == 0) return &OPERATIONS[i];
    }
    return NULL;
}

static bool read_option(probe *p, const char *name, const char *value, const char **port, const char **timeout) {
    const struct {
        const char *name;
        const char **value;
    } known[] = {
        {"--host", &p->host},           {"--port", port},
        {"--user", &p->user},           {"--ca", &p->ca},
        {"--state", &p->state},         {"--security", &p->security},
        {"--timeout", timeout},         {"--smtp-host", &p->smtp_host},
        {"--smtp-port", &p->smtp_port}, {"--smtp-security", &p->smtp_security},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].name, name) != 0) continue;
        if (!value) return fail(p, "usage", "an option has no value");
        *known[i].value = value;
        return true;
    }
    return fail(p, "usage", "there is no such option");
}

static bool read_numbers(probe *p, const char *port, const char *timeout) {
    unsigned long number = TIMEOUT_S;
    if (timeout && !read_number(timeout, MOST_TIMEOUT_S, &number)) return fail(p, "usage", "--timeout is no time");
    p->timeout_ms = (int64_t)number * 1000;
    if (port && !read_number(port, UINT16_MAX, &number)) return fail(p, "usage", "--port is no port");
    if (port) p->port = (uint16_t)number;
    if (p->smtp_port && !read_number(p->smtp_port, UINT16_MAX, &number)) return fail(p, "usage", "--smtp-port is no port");
    if (p->smtp_port) p->smtp_to_port = (uint16_t)number;
    return true;
}

static bool read_security(probe *p, const char *option, const char *name, waxwing_security *out) {
    *out = name && strcmp(name, "starttls") == 0 ? WAXWING_SECURITY_STARTTLS : WAXWING_SECURITY_TLS;
    if (!name || *out == WAXWING_SECURITY_STARTTLS || strcmp(name, "tls") == 0) return true;
    return fail(p, "usage", option);
}

static bool read_securities(probe *p) {
    return read_security(p, "--security is tls or starttls", p->security, &p->imap_security) &&
           read_security(p, "--smtp-security is tls or starttls", p->smtp_security, &p->smtp_by);
}

static bool is_complete(probe *p) {
    if (!p->operation) return fail(p, "usage", "there is no such operation");
    bool takes_more = p->operation->manner & MORE;
    size_t count = p->operation->arguments;
    if (takes_more ? p->argument_count < count : p->argument_count != count) {
        return fail(p, "usage", "the operation takes other arguments");
    }
    if (p->operation->read && !p->operation->read(p)) return false;
    if (p->operation->manner & ALONE) return true;
    if (p->operation->manner & OFFLINE) return p->state || fail(p, "usage", "--state is missing");
    bool is_there = p->host && p->port && p->user;
    return is_there || fail(p, "usage", "--host, --port or --user is missing");
}

/* Arguments are gathered at the beginning of argv, in their order. */
static bool read_command_line(probe *p, int argc, char **argv) {
    const char *port = NULL, *timeout = NULL;
    size_t count = 0;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            argv[count++] = argv[i];
        } else if (!read_option(p, argv[i], argv[i + 1], &port, &timeout)) {
            return false;
        } else {
            i++;
        }
    }
    if (count > 0) {
        p->operation = operation_named(argv[0]);
        p->arguments = argv + 1;
        p->argument_count = count - 1;
    }
    return read_numbers(p, port, timeout) && read_securities(p) && is_complete(p);
}

/* ---- From beginning to end --------------------------------------------------------------------------------------- */

static bool run(probe *p) {
    unsigned manner = p->operation->manner;
    p->heard_ms = now_ms();
    if (manner & ALONE) return p->operation->run(p);
    if (!(manner & OFFLINE) && !take_secret(p)) return false;
    return choose_data_dir(p) && open_client(p) && begin_work(p) && p->operation->run(p);
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *place) {
    (void)about, (void)kind, (void)place;
    return remove(path);
}

/* Frees all that is owned but the reason of a failure. */
static void clean_up(probe *p) {
    waxwing_rows_free(p->mailboxes);
    waxwing_client_free(p->client);
    forget_secret(p);
    if (p->is_temporary) nftw(p->data_dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(p->sync.text);
    free(p->asked.text);
    free((void *)p->file.ptr);
    free(p->data_dir);
    free(p->report);
}

static void print_result(const probe *p, bool is_well) {
    begin("result");
    put_text("status", text(is_well ? "ok" : "error"));
    put_text("kind", text(is_well ? "" : p->kind ? p->kind : "usage"));
    put_text("text", text(is_well ? "" : p->text));
    end();
}

static void interrupt(int number) {
    (void)number;
    is_interrupted = 1;
}

int main(int argc, char **argv) {
    probe p = {0};
    /* The first one ends the run in order, a second one at once. */
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    bool is_well = read_command_line(&p, argc, argv) && run(&p);
    clean_up(&p);
    /* What was parsed is one object and no more. */
    if (!is_well || !(p.operation->manner & ALONE)) print_result(&p, is_well);
    free(p.text);
    return is_well ? 0 : 1;
}
