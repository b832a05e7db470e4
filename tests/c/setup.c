/*
 * From addresses to settings, without a network, so that nobody is asked: setup HOST PORT CA.pem DATA_DIR. Prints what is found.
 */
#include "app.h"

static app ada;

static waxwing_request discover(waxwing_str address) {
    waxwing_request request = 0;
    CHECK(waxwing_setup_discover(ada.client, address, &request) == WAXWING_OK && request != 0);
    return request;
}

static void print_row(const waxwing_setup_row *row) {
    printf("row %s \"%s\" imap %s:%u/%d smtp %s:%u/%d user \"%s\" or \"%s\" auth %d or %d source %d\n", row->address.ptr,
           row->provider.ptr, row->imap_host.ptr, row->imap_port, row->imap_security, row->smtp_host.ptr, row->smtp_port,
           row->smtp_security, row->user_name.ptr, row->other_user_name.ptr, row->auth, row->other_auth, row->source);
    printf("  hint %d %s oauth \"%s\" \"%s\" \"%s\"%s%s\n", row->hint_kind, row->hint.ptr, row->oauth_authorize.ptr,
           row->oauth_token.ptr, row->oauth_scopes.ptr, row->needs_confirming ? " confirm" : "",
           row->verified_tls ? " verified" : "");
}

/* What an address comes to. */
static void find(const char *address) {
    waxwing_request request = discover(text(address));
    uint64_t states[8] = {0};
    waxwing_event *event = NULL;
    const waxwing_event_view *view;
    for (;;) {
        CHECK(waxwing_client_next_event(ada.client, ANSWER_MS, &event) == WAXWING_OK);
        view = waxwing_event_view_get(event);
        if (view->final && view->request == request) break;
        if (view->kind == WAXWING_EVENT_PROGRESS && view->request == request) {
            CHECK(view->counts[0] >= 1 && view->counts[0] < 8);
            states[view->counts[0]] = view->counts[1];
        }
        waxwing_event_free(event);
    }
    CHECK(view->kind == WAXWING_EVENT_SETUP_FOUND && !view->error && view->rows);
    printf("found obstacle %llu meant \"%s\" table %llu\n", (unsigned long long)view->counts[0], view->text.ptr,
           (unsigned long long)states[WAXWING_SOURCE_TABLE]);
    /* What is taken out outlives its event. */
    waxwing_rows *rows = waxwing_event_take_rows(event);
    waxwing_event_free(event);
    waxwing_array array = waxwing_rows_array(rows);
    for (size_t i = 0; i < array.count; i++) print_row(row(array, i));
    waxwing_rows_free(rows);
}

/* What is text, and no address, is answered. */
static void is_no_address(const char *address) {
    CHECK(app_ended(&ada, discover(text(address))) == WAXWING_E_ARGUMENT);
}

/* What isn't even text is refused at once. */
static void is_no_text(waxwing_str address) {
    waxwing_request request = 7;
    CHECK(waxwing_setup_discover(ada.client, address, &request) == WAXWING_E_ARGUMENT && request == 7);
}

int main(int argc, char **argv) {
    CHECK(argc == 5);
    app_init(&ada);
    app_open(&ada, argv[4], file_bytes(argv[3]));
    waxwing_client_network_changed(ada.client, 0);
    find(" Ann Field <Ann@GMail.com> ");
    find("ann@web.de");
    find("ann@proton.me");
    find("ann@gmial.com");
    find("ann@b\xc3\xbc" "cher.example");
    static const char *const BAD[] = {
        "", " ", "ann", "ann@", "@example.org", "a nn@example.org", "ann@exa mple.org", "ann@[192.0.2.1]",
        "ann@example.org\r\nRCPT TO:<eve@example.org>", "ann@example..org", "ann@example.org/x",
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) is_no_address(BAD[i]);
    char longest[100000];
    memset(longest, 'a', sizeof longest);
    memcpy(longest + sizeof longest - 9, "@gmx.net", 9);
    is_no_address(longest);
    is_no_text(text("ann@\xff.org"));
    is_no_text((waxwing_str){"ann@gmx.de\0x", 12});
    is_no_text((waxwing_str){NULL, 5});
    CHECK(waxwing_setup_discover(ada.client, text("ann@gmx.de"), NULL) == WAXWING_E_ARGUMENT);
    /* Answered once, however it is given up. */
    waxwing_request request = discover(text("ann@gmx.de"));
    CHECK(waxwing_client_cancel(ada.client, request) == WAXWING_OK);
    waxwing_status status = app_ended(&ada, request);
    CHECK(status == WAXWING_OK || status == WAXWING_E_CANCELLED);
    waxwing_client_free(ada.client);
    app_end(&ada);
    printf("ok\n");
    return 0;
}
