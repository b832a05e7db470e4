/*
 * Signs in in the browser, in each of the three ways: browser HOST PORT CA.pem DATA_DIR, the provider's address in
 * WAXWING_PROVIDER. It prints `open WAY URL CODE` where a page is to be opened, and what came of it. For the way "app" the
 * address that the browser went back to is a line on standard input; whoever started the program plays the browser.
 */
#include "app.h"

static app ada;
static char urls[3][256];

static waxwing_oauth_client oauth_client(waxwing_browser_way way) {
    static const char *const PATHS[] = {"authorize", "token", "device"};
    for (size_t i = 0; i < 3; i++) {
        CHECK(snprintf(urls[i], sizeof urls[i], "%s/%s", getenv("WAXWING_PROVIDER"), PATHS[i]) < (int)sizeof urls[i]);
    }
    return (waxwing_oauth_client){
        .struct_size = sizeof(waxwing_oauth_client),
        .way = way,
        .client_id = text("waxwing-tests"),
        .redirect = text(way == WAXWING_BROWSER_APP ? "org.example.app:/signed-in" : ""),
        .authorize_url = text(urls[0]),
        .token_url = text(urls[1]),
        .device_url = text(urls[2]),
        .scopes = text("mail"),
    };
}

/* A redirect is handed in; one that is another's, or of no sign-in, does nothing. */
static void come_back(waxwing_request sign_in) {
    char back[2048];
    waxwing_request request = 0;
    CHECK(fgets(back, sizeof back, stdin) && strchr(back, '\n'));
    *strchr(back, '\n') = '\0';
    CHECK(waxwing_account_oauth_redirect(ada.client, sign_in + 1000, text(back), &request) == WAXWING_OK);
    CHECK(app_ended(&ada, request) == WAXWING_E_NOT_FOUND);
    CHECK(waxwing_account_oauth_redirect(ada.client, sign_in, text("org.example.app:/signed-in?code=x&state=y"),
                                         &request) == WAXWING_OK);
    CHECK(app_ended(&ada, request) == WAXWING_OK);
    CHECK(waxwing_account_oauth_redirect(ada.client, sign_in, text(back), &request) == WAXWING_OK);
    /* Its answer and the sign-in's come in either order: nobody waits for it. */
}

/* The final event of a sign-in, to be freed. Its page is told, once. */
static waxwing_event *signed_in(waxwing_request request, const char *way) {
    int pages = 0;
    for (;;) {
        waxwing_event *event = NULL;
        CHECK(waxwing_client_next_event(ada.client, ANSWER_MS, &event) == WAXWING_OK);
        const waxwing_event_view *view = waxwing_event_view_get(event);
        if (view->request == request && view->final) {
            CHECK(pages == 1);
            return event;
        }
        if (view->request == request && view->kind == WAXWING_EVENT_SIGN_IN_URL) {
            printf("open %s %s %s\n", way, view->text.ptr, view->code.len ? view->code.ptr : "-");
            fflush(stdout);
            pages++;
            waxwing_event_free(event);
            if (strcmp(way, "app") == 0) come_back(request);
            continue;
        }
        if (view->request == request && view->kind == WAXWING_EVENT_ACCOUNT_CHECK && view->counts[1] == 1) {
            printf("check %llu\n", (unsigned long long)view->counts[0]);
        }
        waxwing_event_free(event);
    }
}

static void sign_in(waxwing_account_id account, const waxwing_oauth_client *oauth, const char *way) {
    waxwing_request request = 0;
    CHECK(waxwing_account_sign_in_oauth(ada.client, account, oauth, &request) == WAXWING_OK);
    waxwing_event *event = signed_in(request, way);
    const waxwing_event_view *view = waxwing_event_view_get(event);
    if (view->error) fprintf(stderr, "%s\n", waxwing_error_view_get(view->error)->message.ptr);
    CHECK(view->kind == WAXWING_EVENT_SYNC_DONE);
    waxwing_event_free(event);
    printf("signed in %s\n", way);
}

int main(int argc, char **argv) {
    CHECK(argc == 5 && getenv("WAXWING_PROVIDER"));
    app_init(&ada);
    app_open(&ada, argv[4], file_bytes(argv[3]));

    waxwing_account_config config = account_config(argv[1], argv[2]);
    waxwing_oauth_client oauth = oauth_client(WAXWING_BROWSER_LOOPBACK);
    waxwing_request request = 0;
    CHECK(waxwing_account_add_oauth(ada.client, &config, &oauth, &request) == WAXWING_OK);
    waxwing_event *event = signed_in(request, "loopback");
    const waxwing_event_view *view = waxwing_event_view_get(event);
    if (view->error) fprintf(stderr, "%s\n", waxwing_error_view_get(view->error)->message.ptr);
    CHECK(view->kind == WAXWING_EVENT_DONE && view->account != 0);
    waxwing_account_id account = view->account;
    waxwing_event_free(event);
    app_sync(&ada, account);
    printf("added\n");
    pthread_mutex_lock(&ada.mutex);
    CHECK(ada.secret_len > 0 && ada.secret_len < sizeof ada.secret);
    ada.secret[ada.secret_len] = '\0';
    CHECK(strstr(ada.secret, "refresh-"));
    pthread_mutex_unlock(&ada.mutex);

    oauth = oauth_client(WAXWING_BROWSER_APP);
    sign_in(account, &oauth, "app");
    oauth = oauth_client(WAXWING_BROWSER_DEVICE);
    sign_in(account, &oauth, "device");
    /* As the program it was done as before: by a code again. */
    sign_in(account, NULL, "device");
    waxwing_client_free(ada.client);
    app_end(&ada);
    printf("ok\n");
    return 0;
}
