/* What the scenario does with the mails of the mailbox Reading: included by scenario.c, whose functions it uses. */

#ifndef READING_H
#define READING_H

static void print_moment(const char *what, const waxwing_moment_view *moment) {
    if (!moment) return;
    printf("%s %04u-%02u-%02u", what, moment->year, moment->month, moment->day);
    if (!moment->all_day) printf(" %02u:%02u ", moment->hour, moment->minute);
    if (!moment->all_day) quote(moment->zone);
    if (moment->has_instant) printf(" %" PRId64, moment->instant_ms);
    putchar('\n');
}

static void print_invitation(const waxwing_message *message) {
    const waxwing_invitation_view *invitation = waxwing_message_invitation(message);
    if (!invitation) return;
    printf("invitation %" PRId32 " %d ", invitation->method, invitation->repeated);
    quote(invitation->summary);
    putchar(' ');
    quote(invitation->place);
    putchar(' ');
    quote(invitation->organiser_name);
    printf(" %s\n", invitation->organiser_address.ptr);
    print_moment("from", invitation->start);
    print_moment("until", invitation->end);
    waxwing_array people = waxwing_message_invited(message);
    for (size_t i = 0; i < people.count; i++) {
        const waxwing_invited_row *person = row(people, i);
        fputs("asked ", stdout);
        quote(person->name);
        printf(" %s %" PRId32 "\n", person->address.ptr, person->attendance);
    }
}

/* What is to be known of a message before it is read. */
static void print_notices(const waxwing_message *message) {
    const waxwing_message_view *view = waxwing_message_view_get(message);
    printf("opened %" PRIu32 " %" PRId32 " %" PRIu32 " ", view->flags, view->auth_result, view->pretences);
    quote(view->receipt_to);
    printf("\nway %" PRId32 " ", view->unsubscribe_way);
    quote(view->unsubscribe_url);
    putchar('\n');
    print_invitation(message);
    waxwing_array images = waxwing_message_images(message);
    for (size_t i = 0; i < images.count; i++) {
        const waxwing_remote_row *image = row(images, i);
        printf("picture %s\n", image->url.ptr);
    }
    waxwing_array trackers = waxwing_message_trackers(message);
    for (size_t i = 0; i < trackers.count; i++) {
        const waxwing_tracker_row *tracker = row(trackers, i);
        printf("tracker %s\n", tracker->name.ptr);
    }
}

static void read_notices(waxwing_message_id id) {
    waxwing_request request = 0;
    waxwing_status called = waxwing_message_load(app.client, id, WAXWING_LOAD_HTML, &request);
    waxwing_event *event = ended("read", called, &request);
    const waxwing_message *message = event ? waxwing_event_view_get(event)->message : NULL;
    if (message) print_notices(message);
    waxwing_event_free(event);
}

static void print_senders(void) {
    waxwing_rows *rows = NULL;
    require("senders", waxwing_image_senders_snapshot(app.client, &rows));
    waxwing_array array = waxwing_rows_array(rows);
    fputs("senders", stdout);
    for (size_t i = 0; i < array.count; i++) {
        const waxwing_image_sender_row *sender = row(array, i);
        printf(" %s", sender->address.ptr);
    }
    putchar('\n');
    waxwing_rows_free(rows);
}

static void print_pictures(waxwing_message_id id) {
    waxwing_rows *rows = NULL;
    require("pictures", waxwing_images_snapshot(app.client, id, &rows));
    printf("fetched %zu\n", waxwing_rows_array(rows).count);
    waxwing_rows_free(rows);
}

static void show_pictures(waxwing_message_id with, waxwing_message_id without) {
    waxwing_request request = 0;
    end("pictures", waxwing_images_fetch(app.client, with, &request), &request);
    print_pictures(with);
    end("none", waxwing_images_fetch(app.client, without, &request), &request);
    waxwing_str sender = text("Ann@Shop.example");
    end("always", waxwing_images_remember_sender(app.client, sender, true, &request), &request);
    print_senders();
    end("never", waxwing_images_remember_sender(app.client, sender, false, &request), &request);
    print_senders();
}

static void leave_lists(waxwing_account_id account, waxwing_message_id of_list, waxwing_message_id of_none) {
    waxwing_request request = 0;
    end("leave", waxwing_message_unsubscribe(app.client, of_list, &request), &request);
    print_list(window_of(mailbox_at(account, "Sent")));
    end("stay", waxwing_message_unsubscribe(app.client, of_none, &request), &request);
}

static void print_conversations(waxwing_mailbox_id mailbox) {
    waxwing_list_query query = {.struct_size = sizeof query, .flags = WAXWING_LIST_THREADS, .mailbox = mailbox};
    waxwing_rows *rows = window(&query);
    waxwing_array array = waxwing_rows_array(rows);
    printf("conversations %" PRIu64 "\n", array.total);
    for (size_t i = 0; i < array.count; i++) {
        const waxwing_message_row *newest = row(array, i);
        fputs("thread ", stdout);
        quote(newest->subject);
        printf(" %" PRIu32 " %" PRIu32 " ", newest->thread_count, newest->thread_unread);
        quote(newest->thread_authors);
        putchar('\n');
    }
    waxwing_rows_free(rows);
}

static void regroup(waxwing_mailbox_id mailbox) {
    print_conversations(mailbox);
    waxwing_operation_id operation = 0;
    waxwing_message_id both[] = {message_in(mailbox, "Re: plan"), message_in(mailbox, "offer")};
    waxwing_ids ids = {both, 1};
    end("split", waxwing_conversation_split(app.client, ids, &operation), &operation);
    print_conversations(mailbox);
    end("unsplit", waxwing_operation_undo(app.client, operation, &operation), &operation);
    print_conversations(mailbox);
    ids.len = 2;
    end("several", waxwing_conversation_split(app.client, ids, &operation), &operation);
    end("join", waxwing_conversations_join(app.client, ids, &operation), &operation);
    print_conversations(mailbox);
    end("unjoin", waxwing_operation_undo(app.client, operation, &operation), &operation);
    print_conversations(mailbox);
}

static void print_searches(waxwing_account_id account) {
    waxwing_rows *rows = NULL;
    require("searches", waxwing_searches_snapshot(app.client, &rows));
    waxwing_array array = waxwing_rows_array(rows);
    printf("searches %zu\n", array.count);
    for (size_t i = 0; i < array.count; i++) {
        const waxwing_search_row *kept = row(array, i);
        fputs("kept ", stdout);
        quote(kept->name);
        putchar(' ');
        quote(kept->search);
        printf(" %" PRId32 " %d\n", kept->role, kept->account == account);
    }
    waxwing_rows_free(rows);
}

/* Keeps a search, and gives its id. */
static waxwing_search_id save(const char *what, const char *name, const waxwing_list_query *query) {
    waxwing_request request = 0;
    waxwing_event *event = ended(what, waxwing_search_save(app.client, text(name), query, &request), &request);
    waxwing_search_id search = event ? waxwing_event_view_get(event)->counts[0] : 0;
    waxwing_event_free(event);
    return search;
}

static void keep_searches(waxwing_account_id account) {
    waxwing_list_query bills = {.struct_size = sizeof bills, .account = account, .search = text("subject:invoice")};
    waxwing_list_query stars = {.struct_size = sizeof stars, .role = WAXWING_ROLE_FLAGGED, .search = text("is:unread")};
    waxwing_search_id search = save("save", "Bills", &bills);
    save("another", "A star", &stars);
    save("nameless", " ", &stars);
    print_searches(account);
    waxwing_request request = 0;
    end("rename", waxwing_search_rename(app.client, search, text("Invoices"), &request), &request);
    print_searches(account);
    end("forget", waxwing_search_delete(app.client, search, &request), &request);
    end("forgotten", waxwing_search_delete(app.client, search, &request), &request);
    print_searches(account);
}

static void search_everywhere(waxwing_mailbox_id reading, waxwing_mailbox_id inbox) {
    waxwing_list_query query = {.struct_size = sizeof query, .mailbox = reading};
    uint64_t messages = 0, without_body = 0, not_indexed = 0, not_listed = 0;
    for (int tries = 0; tries < 200; tries++) {
        require("coverage", waxwing_search_coverage(app.client, &query, &messages, &without_body, &not_indexed,
                                                    &not_listed));
        if (without_body + not_indexed == 0) break;
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
    printf("coverage %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", messages, without_body, not_indexed, not_listed);
    query.mailbox = inbox;
    query.search = text("subject:\"mail 26\"");
    waxwing_request request = 0;
    waxwing_event *event = ended("server", waxwing_search_server(app.client, &query, &request), &request);
    if (event) {
        const uint64_t *counts = waxwing_event_view_get(event)->counts;
        printf("found %" PRIu64 " %" PRIu64 "\n", counts[0], counts[1]);
    }
    waxwing_event_free(event);
    query.search = text(" - ");
    end("unsought", waxwing_search_server(app.client, &query, &request), &request);
}

static void read_mails(waxwing_account_id account, waxwing_mailbox_id inbox) {
    waxwing_mailbox_id reading = mailbox_at(account, "Reading");
    waxwing_message_id invited = message_in(reading, "invited"), offer = message_in(reading, "offer"),
                       plan = message_in(reading, "plan");
    read_notices(invited);
    read_notices(offer);
    printf("false %d %d\n", waxwing_link_is_false(text("bank.example"), text("https://shop.example/")),
           waxwing_link_is_false(text("Log in"), text("https://shop.example/")));
    read_notices(plan);
    show_pictures(invited, plan);
    leave_lists(account, offer, plan);
    regroup(reading);
    keep_searches(account);
    search_everywhere(reading, inbox);
}

#endif
