#include "packed.h"

#include <stdlib.h>
#include <string.h>

static void put_bytes(struct packed *packed, const void *bytes, size_t len) {
    if (packed->failed || len > INT32_MAX - packed->len) {
        packed->failed = true;
        return;
    }
    if (packed->room - packed->len < len) {
        size_t room = packed->room * 2 > packed->len + len ? packed->room * 2 : packed->len + len + 512;
        uint8_t *larger = realloc(packed->bytes, room);
        if (larger == NULL) {
            packed->failed = true;
            return;
        }
        packed->bytes = larger;
        packed->room = room;
    }
    if (len > 0) {
        memcpy(packed->bytes + packed->len, bytes, len);
        packed->len += len;
    }
}

static void put_u64(struct packed *packed, uint64_t value) {
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(value >> (56 - 8 * i));
    }
    put_bytes(packed, bytes, 8);
}

static void put_u32(struct packed *packed, uint32_t value) {
    uint8_t bytes[4];
    for (int i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(value >> (24 - 8 * i));
    }
    put_bytes(packed, bytes, 4);
}

static void put_i32(struct packed *packed, int32_t value) {
    put_u32(packed, (uint32_t)value);
}

static void put_text(struct packed *packed, struct waxwing_str text) {
    if (text.len > INT32_MAX) {
        packed->failed = true;
        return;
    }
    put_u32(packed, (uint32_t)text.len);
    put_bytes(packed, text.ptr, text.len);
}

void put_account(struct packed *packed, const void *row) {
    const struct waxwing_account_row *account = row;
    put_u64(packed, account->id);
    put_text(packed, account->address);
    put_text(packed, account->display_name);
    put_i32(packed, account->state);
    put_i32(packed, account->last_status);
    put_u64(packed, (uint64_t)account->last_sync_ms);
    put_u64(packed, account->unread);
    put_u64(packed, account->queued);
    put_u64(packed, account->bodies);
    put_u64(packed, account->bodies_total);
    put_text(packed, account->user_name);
    put_text(packed, account->imap_host);
    put_u32(packed, account->imap_port);
    put_u32(packed, account->is_indexed);
    put_i32(packed, account->imap_security);
    put_text(packed, account->smtp_host);
    put_u32(packed, account->smtp_port);
    put_i32(packed, account->smtp_security);
}

void put_mailbox(struct packed *packed, const void *row) {
    const struct waxwing_mailbox_row *mailbox = row;
    put_u64(packed, mailbox->id);
    put_u64(packed, mailbox->parent);
    put_u64(packed, mailbox->account);
    put_text(packed, mailbox->name);
    put_text(packed, mailbox->path);
    put_u32(packed, mailbox->depth);
    put_i32(packed, mailbox->role);
    put_u32(packed, mailbox->flags);
    put_u64(packed, mailbox->total);
    put_u64(packed, mailbox->unread);
}

void put_message_row(struct packed *packed, const void *row) {
    const struct waxwing_message_row *message = row;
    put_u64(packed, message->id);
    put_u64(packed, message->thread);
    put_u64(packed, message->mailbox);
    put_u64(packed, (uint64_t)message->date_ms);
    put_u64(packed, message->size);
    put_u32(packed, message->uid);
    put_u32(packed, message->flags);
    put_u32(packed, message->thread_count);
    put_text(packed, message->from_name);
    put_text(packed, message->from_address);
    put_text(packed, message->subject);
    put_text(packed, message->preview);
    put_text(packed, message->keywords);
    put_text(packed, message->thread_authors);
    put_u32(packed, message->thread_unread);
}

static void put_part(struct packed *packed, const void *row) {
    const struct waxwing_part_row *part = row;
    put_u32(packed, part->part);
    put_u64(packed, part->size);
    put_text(packed, part->mime_type);
    put_text(packed, part->file_name);
    put_i32(packed, part->disposition);
    put_text(packed, part->content_id);
}

static void put_header(struct packed *packed, const void *row) {
    const struct waxwing_header_row *header = row;
    put_text(packed, header->name);
    put_text(packed, header->value);
}

static void put_remote(struct packed *packed, const void *row) {
    put_text(packed, ((const struct waxwing_remote_row *)row)->url);
}

void put_queued(struct packed *packed, const void *row) {
    const struct waxwing_queue_row *change = row;
    put_u64(packed, change->id);
    put_u64(packed, change->account);
    put_i32(packed, change->kind);
    put_i32(packed, change->state);
    put_u64(packed, change->messages);
    put_u32(packed, change->tries);
    put_i32(packed, change->last_status);
    put_u64(packed, (uint64_t)change->next_try_ms);
    put_u64(packed, change->message_id);
    put_u64(packed, change->mailbox);
}

/* By stride: a later version of the library has longer rows. */
void put_rows(struct packed *packed, struct waxwing_array rows, void (*put_row)(struct packed *, const void *)) {
    put_u64(packed, rows.generation);
    put_u64(packed, rows.total);
    put_u64(packed, rows.first);
    put_u32(packed, (uint32_t)rows.count);
    for (size_t i = 0; i < rows.count && !packed->failed; i++) {
        put_row(packed, (const char *)rows.base + i * rows.stride);
    }
}

void put_error(struct packed *packed, const struct waxwing_error *error) {
    const struct waxwing_error_view *view = error == NULL ? NULL : waxwing_error_view_get(error);
    put_u32(packed, view != NULL);
    if (view != NULL) {
        put_i32(packed, view->status);
        put_text(packed, view->message);
        put_text(packed, view->key);
        put_text(packed, view->server_text);
        put_text(packed, view->help_url);
        put_u32(packed, view->retry_after_ms);
    }
}

static void put_moment(struct packed *packed, const struct waxwing_moment_view *moment) {
    put_u32(packed, moment != NULL);
    if (moment != NULL) {
        put_u32(packed, moment->year);
        put_u32(packed, moment->month);
        put_u32(packed, moment->day);
        put_u32(packed, moment->all_day);
        put_u32(packed, moment->hour);
        put_u32(packed, moment->minute);
        put_text(packed, moment->zone);
        put_u32(packed, moment->has_instant);
        put_u64(packed, (uint64_t)moment->instant_ms);
    }
}

static void put_invited(struct packed *packed, const void *row) {
    const struct waxwing_invited_row *person = row;
    put_text(packed, person->name);
    put_text(packed, person->address);
    put_i32(packed, person->attendance);
}

static void put_tracker(struct packed *packed, const void *row) {
    put_text(packed, ((const struct waxwing_tracker_row *)row)->name);
}

/* What is to be known of a message before it is read. */
static void put_notices(struct packed *packed, const struct waxwing_message *message) {
    const struct waxwing_message_view *view = waxwing_message_view_get(message);
    const struct waxwing_invitation_view *invitation = waxwing_message_invitation(message);
    put_u32(packed, view->pretences);
    put_i32(packed, view->unsubscribe_way);
    put_text(packed, view->unsubscribe_url);
    put_text(packed, view->receipt_to);
    put_rows(packed, waxwing_message_images(message), put_remote);
    put_rows(packed, waxwing_message_trackers(message), put_tracker);
    put_u32(packed, invitation != NULL);
    if (invitation != NULL) {
        put_i32(packed, invitation->method);
        put_text(packed, invitation->summary);
        put_text(packed, invitation->place);
        put_text(packed, invitation->organiser_name);
        put_text(packed, invitation->organiser_address);
        put_moment(packed, invitation->start);
        put_moment(packed, invitation->end);
        put_u32(packed, invitation->repeated);
        put_rows(packed, waxwing_message_invited(message), put_invited);
    }
}

void put_message(struct packed *packed, const struct waxwing_message *message) {
    const struct waxwing_message_view *view = message == NULL ? NULL : waxwing_message_view_get(message);
    put_u32(packed, view != NULL);
    if (view != NULL) {
        put_u32(packed, view->flags);
        put_message_row(packed, view->row);
        put_text(packed, view->text);
        put_text(packed, view->from);
        put_text(packed, view->to);
        put_text(packed, view->cc);
        put_text(packed, view->reply_to);
        put_u64(packed, (uint64_t)view->written_ms);
        put_text(packed, view->html);
        put_text(packed, view->bcc);
        put_text(packed, view->message_id_header);
        put_text(packed, view->list_unsubscribe_url);
        put_i32(packed, view->auth_result);
        put_rows(packed, waxwing_message_parts(message), put_part);
        put_rows(packed, waxwing_message_headers(message), put_header);
        put_rows(packed, waxwing_message_remote(message), put_remote);
        put_notices(packed, message);
    }
}

static void put_question(struct packed *packed, const struct waxwing_trust_question *question) {
    put_u32(packed, question != NULL);
    if (question != NULL) {
        put_u64(packed, question->question);
        put_u64(packed, question->account);
        put_text(packed, question->host);
        put_u32(packed, question->port);
        put_i32(packed, question->reason);
        put_u32(packed, question->may_pin);
        put_text(packed, question->subject);
        put_text(packed, question->issuer);
        put_text(packed, question->names);
        put_text(packed, question->sha256_hex);
        put_text(packed, question->key_sha256_hex);
        put_u64(packed, (uint64_t)question->not_before_ms);
        put_u64(packed, (uint64_t)question->not_after_ms);
        put_u32(packed, (uint32_t)question->leaf_der.len);
        put_bytes(packed, question->leaf_der.ptr, question->leaf_der.len);
    }
}

void put_pin(struct packed *packed, const void *row) {
    const struct waxwing_pin_row *pin = row;
    put_text(packed, pin->host);
    put_u32(packed, pin->port);
    put_u32(packed, pin->lasting);
    put_u64(packed, (uint64_t)pin->since_ms);
    put_text(packed, pin->subject);
    put_text(packed, pin->key_sha256_hex);
}

void put_tag(struct packed *packed, const void *row) {
    const struct waxwing_tag_row *tag = row;
    put_u64(packed, tag->id);
    put_u64(packed, tag->messages);
    put_text(packed, tag->keyword);
    put_text(packed, tag->title);
}

void put_search(struct packed *packed, const void *row) {
    const struct waxwing_search_row *search = row;
    put_u64(packed, search->id);
    put_u64(packed, search->account);
    put_u64(packed, search->mailbox);
    put_i32(packed, search->role);
    put_text(packed, search->name);
    put_text(packed, search->search);
}

void put_image(struct packed *packed, const void *row) {
    const struct waxwing_image_row *image = row;
    put_text(packed, image->address);
    put_u32(packed, (uint32_t)image->content.len);
    put_bytes(packed, image->content.ptr, image->content.len);
}

void put_image_sender(struct packed *packed, const void *row) {
    put_text(packed, ((const struct waxwing_image_sender_row *)row)->address);
}

static void put_proposal(struct packed *packed, const void *row) {
    const struct waxwing_setup_row *proposal = row;
    put_text(packed, proposal->address);
    put_text(packed, proposal->provider);
    put_text(packed, proposal->imap_host);
    put_u32(packed, proposal->imap_port);
    put_i32(packed, proposal->imap_security);
    put_text(packed, proposal->smtp_host);
    put_u32(packed, proposal->smtp_port);
    put_i32(packed, proposal->smtp_security);
    put_text(packed, proposal->user_name);
    put_text(packed, proposal->other_user_name);
    put_i32(packed, proposal->auth);
    put_i32(packed, proposal->other_auth);
    put_i32(packed, proposal->source);
    put_u32(packed, proposal->verified_tls);
    put_u32(packed, proposal->needs_confirming);
    put_i32(packed, proposal->hint_kind);
    put_text(packed, proposal->hint);
    put_text(packed, proposal->oauth_authorize);
    put_text(packed, proposal->oauth_token);
    put_text(packed, proposal->oauth_scopes);
}

void put_event(struct packed *packed, const struct waxwing_event *event) {
    const struct waxwing_event_view *view = waxwing_event_view_get(event);
    put_i32(packed, view->kind);
    put_u64(packed, view->request);
    put_u32(packed, view->final);
    put_u64(packed, view->account);
    put_u64(packed, view->mailbox);
    put_u64(packed, view->list);
    put_u64(packed, view->message_id);
    put_u64(packed, view->operation);
    put_u64(packed, view->generation);
    for (int i = 0; i < 4; i++) {
        put_u64(packed, view->counts[i]);
    }
    put_text(packed, view->text);
    put_error(packed, view->error);
    put_u32(packed, view->rows != NULL);
    if (view->rows != NULL) {
        put_rows(packed, waxwing_rows_array(view->rows),
                 view->kind == WAXWING_EVENT_SETUP_FOUND ? put_proposal : put_message_row);
    }
    put_message(packed, view->message);
    put_question(packed, waxwing_event_trust(event));
    put_text(packed, view->code);
}
