/*
 * What the library shows, in one array of bytes: numbers with their high byte first, texts and lists after their length,
 * what may be missing after 1, or 0 in its place. Packed.kt reads them in the order in which they are put here.
 */
#ifndef WAXWING_PACKED_H
#define WAXWING_PACKED_H

#include "waxwing.h"

/* Begins as zeros; `bytes` is to be freed. */
struct packed {
    uint8_t *bytes;
    size_t len, room;
    /* There was no memory, or it would be more than an array of Java's can hold. */
    bool failed;
};

/* Rows of the type that the snapshot is of. */
void put_rows(struct packed *packed, struct waxwing_array rows, void (*put_row)(struct packed *, const void *row));
void put_account(struct packed *packed, const void *row);
void put_mailbox(struct packed *packed, const void *row);
void put_message_row(struct packed *packed, const void *row);
void put_queued(struct packed *packed, const void *row);

void put_pin(struct packed *packed, const void *row);
void put_tag(struct packed *packed, const void *row);
void put_search(struct packed *packed, const void *row);
void put_image(struct packed *packed, const void *row);
void put_image_sender(struct packed *packed, const void *row);

void put_event(struct packed *packed, const struct waxwing_event *event);
void put_error(struct packed *packed, const struct waxwing_error *error);
/* All but the raw bytes, which may be many and go by themselves. */
void put_message(struct packed *packed, const struct waxwing_message *message);

#endif
