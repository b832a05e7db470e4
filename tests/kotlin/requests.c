/* Between Kotlin (Native.kt) and waxwing.h: mailboxes, messages, and what is shown of them. */
#include <stdlib.h>
#include <string.h>

#include "crossing.h"

/* --- calls of the same shape ----------------------------------------------------------------------------------------- */

/* What is started on one thing: an account, a mailbox, a message, an operation. */
#define ON_ONE(name, call)                                                                                            \
    NATIVE(jint, name)(JNIEnv *env, jobject self, jlong host, jlong id, jlongArray out) {                             \
        uint64_t request = 0;                                                                                         \
        waxwing_status status = call(client_of(host), (uint64_t)id, &request);                                        \
        (void)self;                                                                                                   \
        return with_id(env, out, request, status);                                                                    \
    }

ON_ONE(accountRemove, waxwing_account_remove)
ON_ONE(accountSync, waxwing_account_sync)
ON_ONE(accountCapabilities, waxwing_account_capabilities)
ON_ONE(accountEmptyTrash, waxwing_account_empty_trash)
ON_ONE(mailboxSync, waxwing_mailbox_sync)
ON_ONE(mailboxShow, waxwing_mailbox_show)
ON_ONE(mailboxDelete, waxwing_mailbox_delete)
ON_ONE(mailboxMarkAllRead, waxwing_mailbox_mark_all_read)
ON_ONE(operationUndo, waxwing_operation_undo)
ON_ONE(queueRetry, waxwing_queue_retry)
ON_ONE(queueDiscard, waxwing_queue_discard)
ON_ONE(messageUnsubscribe, waxwing_message_unsubscribe)
ON_ONE(imagesFetch, waxwing_images_fetch)
ON_ONE(searchDelete, waxwing_search_delete)

/* The same with a number, or a boolean as one. */
#define ON_ONE_WITH(name, call, type)                                                                                 \
    NATIVE(jint, name)(JNIEnv *env, jobject self, jlong host, jlong id, jint number, jlongArray out) {                \
        uint64_t request = 0;                                                                                         \
        waxwing_status status = call(client_of(host), (uint64_t)id, (type)number, &request);                          \
        (void)self;                                                                                                   \
        return with_id(env, out, request, status);                                                                    \
    }

ON_ONE_WITH(accountSetOffline, waxwing_account_set_offline, int32_t)
ON_ONE_WITH(mailboxSetOffline, waxwing_mailbox_set_offline, int32_t)
ON_ONE_WITH(mailboxSetRole, waxwing_mailbox_set_role, waxwing_role)
ON_ONE_WITH(mailboxSetSubscribed, waxwing_mailbox_set_subscribed, bool)
ON_ONE_WITH(messageLoad, waxwing_message_load, uint32_t)
ON_ONE_WITH(trustDecide, waxwing_trust_decide, waxwing_trust_decision)

/* What is done to messages: `call` is given their `ids` and writes its `operation`. */
#define ON_MESSAGES(name, parameters, call)                                                                           \
    NATIVE(jint, name) parameters                                                                                     \
    {                                                                                                                 \
        uint64_t operation = 0;                                                                                       \
        struct waxwing_ids ids = {NULL, ids_in == NULL ? 0 : (size_t)(*env)->GetArrayLength(env, ids_in)};            \
        jlong *longs = ids.len == 0 ? NULL : (*env)->GetLongArrayElements(env, ids_in, NULL);                         \
        waxwing_status status;                                                                                        \
        (void)self;                                                                                                   \
        if (ids.len > 0 && longs == NULL) {                                                                           \
            return WAXWING_E_INTERNAL;                                                                                \
        }                                                                                                             \
        ids.ptr = (const uint64_t *)longs;                                                                            \
        status = call;                                                                                                \
        if (longs != NULL) {                                                                                          \
            (*env)->ReleaseLongArrayElements(env, ids_in, longs, JNI_ABORT);                                          \
        }                                                                                                             \
        return with_id(env, out, operation, status);                                                                  \
    }

ON_MESSAGES(messagesSetFlags,
            (JNIEnv *env, jobject self, jlong host, jlongArray ids_in, jint add, jint remove, jlongArray out),
            waxwing_messages_set_flags(client_of(host), ids, (uint32_t)add, (uint32_t)remove, &operation))
NATIVE(jint, messagesSetKeywords)(JNIEnv *env, jobject self, jlong host, jlongArray ids_in, jbyteArray add,
                                  jbyteArray remove, jlongArray out) {
    uint64_t operation = 0;
    struct waxwing_ids ids = {NULL, ids_in == NULL ? 0 : (size_t)(*env)->GetArrayLength(env, ids_in)};
    jlong *longs = ids.len == 0 ? NULL : (*env)->GetLongArrayElements(env, ids_in, NULL);
    struct given added, removed;
    waxwing_status status = WAXWING_E_INTERNAL;
    (void)self;
    ids.ptr = (const uint64_t *)longs;
    if ((ids.len == 0 || longs != NULL) && take(env, add, &added)) {
        if (take(env, remove, &removed)) {
            status = waxwing_messages_set_keywords(client_of(host), ids, as_text(&added), as_text(&removed), &operation);
            give_back(&removed);
        }
        give_back(&added);
    }
    if (longs != NULL) {
        (*env)->ReleaseLongArrayElements(env, ids_in, longs, JNI_ABORT);
    }
    return with_id(env, out, operation, status);
}

ON_MESSAGES(messagesMove, (JNIEnv *env, jobject self, jlong host, jlongArray ids_in, jlong to, jlongArray out),
            waxwing_messages_move(client_of(host), ids, (uint64_t)to, &operation))
ON_MESSAGES(messagesCopy, (JNIEnv *env, jobject self, jlong host, jlongArray ids_in, jlong to, jlongArray out),
            waxwing_messages_copy(client_of(host), ids, (uint64_t)to, &operation))
ON_MESSAGES(messagesArchive, (JNIEnv *env, jobject self, jlong host, jlongArray ids_in, jlongArray out),
            waxwing_messages_archive(client_of(host), ids, &operation))
ON_MESSAGES(conversationSplit, (JNIEnv *env, jobject self, jlong host, jlongArray ids_in, jlongArray out),
            waxwing_conversation_split(client_of(host), ids, &operation))
ON_MESSAGES(conversationsJoin, (JNIEnv *env, jobject self, jlong host, jlongArray ids_in, jlongArray out),
            waxwing_conversations_join(client_of(host), ids, &operation))
ON_MESSAGES(messagesTrash, (JNIEnv *env, jobject self, jlong host, jlongArray ids_in, jlongArray out),
            waxwing_messages_trash(client_of(host), ids, &operation))
ON_MESSAGES(messagesDeleteForever, (JNIEnv *env, jobject self, jlong host, jlongArray ids_in, jlongArray out),
            waxwing_messages_delete_forever(client_of(host), ids, &operation))

NATIVE(jint, messageParse)(JNIEnv *env, jobject self, jlong host, jbyteArray rfc5322, jint what, jlongArray out) {
    uint64_t request = 0;
    struct given given;
    waxwing_status status;
    (void)self;
    if (!take(env, rfc5322, &given)) {
        return WAXWING_E_INTERNAL;
    }
    status = waxwing_message_parse(client_of(host), as_bytes(&given), (uint32_t)what, &request);
    give_back(&given);
    return with_id(env, out, request, status);
}

NATIVE(jint, partSave)(JNIEnv *env, jobject self, jlong host, jlong message, jint part, jbyteArray path,
                       jlongArray out) {
    uint64_t request = 0;
    struct given given;
    waxwing_status status;
    (void)self;
    if (!take(env, path, &given)) {
        return WAXWING_E_INTERNAL;
    }
    status =
        waxwing_part_save_path(client_of(host), (uint64_t)message, (uint32_t)part, as_text(&given), &request);
    give_back(&given);
    return with_id(env, out, request, status);
}

/* To a file that is open: a content URI of Android. */
NATIVE(jint, partSaveOpen)(JNIEnv *env, jobject self, jlong host, jlong message, jint part, jint fd, jlongArray out) {
    uint64_t request = 0;
    waxwing_status status = waxwing_part_save_fd(client_of(host), (uint64_t)message, (uint32_t)part, fd, &request);
    (void)self;
    return with_id(env, out, request, status);
}

/* What isn't here. */
ON_ONE(messageFetch, waxwing_message_fetch)
ON_ONE_WITH(partFetch, waxwing_part_fetch, uint32_t)

ON_ONE_WITH(messageExport, waxwing_message_export_fd, int32_t)

NATIVE(jint, partRead)(JNIEnv *env, jobject self, jlong host, jlong message, jint part, jlong offset, jint length,
                       jint timeout_ms, jobjectArray out) {
    /* One more, so that there is an address also for none. */
    uint8_t *buffer = length < 0 ? NULL : malloc((size_t)length + 1);
    size_t read = 0;
    waxwing_status status;
    (void)self;
    if (buffer == NULL) {
        if (length >= 0) {
            out_of_memory(env);
        }
        return length < 0 ? WAXWING_E_ARGUMENT : WAXWING_E_INTERNAL;
    }
    status = waxwing_part_read(client_of(host), (uint64_t)message, (uint32_t)part, (uint64_t)offset, buffer,
                               (size_t)length, (uint32_t)timeout_ms, &read);
    if (status == WAXWING_OK && out != NULL) {
        jbyteArray bytes = array_of(env, buffer, read);
        if (bytes != NULL) {
            (*env)->SetObjectArrayElement(env, out, 0, bytes);
        }
    }
    free(buffer);
    return status;
}

NATIVE(jint, messageAppend)(JNIEnv *env, jobject self, jlong host, jlong mailbox, jbyteArray rfc5322, jint flags,
                            jlong date_ms, jlongArray out) {
    uint64_t operation = 0;
    struct given given;
    waxwing_status status;
    (void)self;
    if (!take(env, rfc5322, &given)) {
        return WAXWING_E_INTERNAL;
    }
    status = waxwing_message_append(client_of(host), (uint64_t)mailbox, as_bytes(&given), (uint32_t)flags, date_ms,
                                    &operation);
    give_back(&given);
    return with_id(env, out, operation, status);
}

NATIVE(jint, sendRaw)(JNIEnv *env, jobject self, jlong host, jlong account, jbyteArray rfc5322, jint hold_ms,
                      jlongArray out) {
    uint64_t operation = 0;
    struct given given;
    waxwing_status status;
    (void)self;
    if (!take(env, rfc5322, &given)) {
        return WAXWING_E_INTERNAL;
    }
    status = waxwing_send_raw(client_of(host), (uint64_t)account, as_bytes(&given), (uint32_t)hold_ms, &operation);
    give_back(&given);
    return with_id(env, out, operation, status);
}

NATIVE(jint, mailboxCreate)(JNIEnv *env, jobject self, jlong host, jlong account, jbyteArray path, jint role,
                            jlongArray out) {
    uint64_t operation = 0;
    struct given given;
    waxwing_status status;
    (void)self;
    if (!take(env, path, &given)) {
        return WAXWING_E_INTERNAL;
    }
    status = waxwing_mailbox_create(client_of(host), (uint64_t)account, as_text(&given), role, &operation);
    give_back(&given);
    return with_id(env, out, operation, status);
}

NATIVE(jint, mailboxRename)(JNIEnv *env, jobject self, jlong host, jlong mailbox, jbyteArray path, jlongArray out) {
    uint64_t operation = 0;
    struct given given;
    waxwing_status status;
    (void)self;
    if (!take(env, path, &given)) {
        return WAXWING_E_INTERNAL;
    }
    status = waxwing_mailbox_rename(client_of(host), (uint64_t)mailbox, as_text(&given), &operation);
    give_back(&given);
    return with_id(env, out, operation, status);
}

/* --- what is shown --------------------------------------------------------------------------------------------------- */

jint snapshot(JNIEnv *env, jobjectArray out, waxwing_status status, struct waxwing_rows *rows,
              void (*put_row)(struct packed *, const void *)) {
    if (status == WAXWING_OK) {
        struct packed packed = {NULL, 0, 0, false};
        put_rows(&packed, waxwing_rows_array(rows), put_row);
        hand_over(env, out, &packed, NULL);
        waxwing_rows_free(rows);
    }
    return status;
}

NATIVE(jint, accounts)(JNIEnv *env, jobject self, jlong host, jobjectArray out) {
    struct waxwing_rows *rows = NULL;
    waxwing_status status = waxwing_accounts_snapshot(client_of(host), &rows);
    (void)self;
    return snapshot(env, out, status, rows, put_account);
}

NATIVE(jint, mailboxes)(JNIEnv *env, jobject self, jlong host, jlong account, jobjectArray out) {
    struct waxwing_rows *rows = NULL;
    waxwing_status status = waxwing_mailboxes_snapshot(client_of(host), (uint64_t)account, &rows);
    (void)self;
    return snapshot(env, out, status, rows, put_mailbox);
}

NATIVE(jint, queue)(JNIEnv *env, jobject self, jlong host, jobjectArray out) {
    struct waxwing_rows *rows = NULL;
    waxwing_status status = waxwing_queue_snapshot(client_of(host), &rows);
    (void)self;
    return snapshot(env, out, status, rows, put_queued);
}

NATIVE(jint, pins)(JNIEnv *env, jobject self, jlong host, jobjectArray out) {
    struct waxwing_rows *rows = NULL;
    waxwing_status status = waxwing_pins_snapshot(client_of(host), &rows);
    (void)self;
    return snapshot(env, out, status, rows, put_pin);
}

NATIVE(jint, tags)(JNIEnv *env, jobject self, jlong host, jobjectArray out) {
    struct waxwing_rows *rows = NULL;
    waxwing_status status = waxwing_tags_snapshot(client_of(host), &rows);
    (void)self;
    return snapshot(env, out, status, rows, put_tag);
}

NATIVE(jint, pinRemove)(JNIEnv *env, jobject self, jlong host, jbyteArray name, jint port, jlongArray out) {
    uint64_t request = 0;
    struct given given;
    waxwing_status status;
    (void)self;
    if (!take(env, name, &given)) {
        return WAXWING_E_INTERNAL;
    }
    status = waxwing_pin_remove(client_of(host), as_text(&given), (uint16_t)port, &request);
    give_back(&given);
    return with_id(env, out, request, status);
}

NATIVE(jint, listOpen)(JNIEnv *env, jobject self, jlong host, jint flags, jlong account, jlong mailbox, jint role,
                       jbyteArray search, jlong tag, jint window, jlongArray out) {
    struct waxwing_list_query query;
    struct given words;
    waxwing_status status;
    uint64_t list = 0;
    (void)self;
    if (!take(env, search, &words)) {
        return WAXWING_E_INTERNAL;
    }
    memset(&query, 0, sizeof query);
    query.struct_size = sizeof query;
    query.flags = (uint32_t)flags;
    query.account = (uint64_t)account;
    query.mailbox = (uint64_t)mailbox;
    query.role = role;
    query.search = as_text(&words);
    query.tag = (uint64_t)tag;
    status = waxwing_list_open(client_of(host), &query, (uint32_t)window, &list);
    give_back(&words);
    return with_id(env, out, list, status);
}

NATIVE(jint, listMove)(JNIEnv *env, jobject self, jlong host, jlong list, jlong anchor, jint before, jint after) {
    (void)env;
    (void)self;
    return waxwing_list_move(client_of(host), (uint64_t)list, (uint64_t)anchor, (uint32_t)before, (uint32_t)after);
}

NATIVE(jint, listSnapshot)(JNIEnv *env, jobject self, jlong host, jlong list, jobjectArray out) {
    struct waxwing_rows *rows = NULL;
    waxwing_status status = waxwing_list_snapshot(client_of(host), (uint64_t)list, &rows);
    (void)self;
    return snapshot(env, out, status, rows, put_message_row);
}

NATIVE(void, listClose)(JNIEnv *env, jobject self, jlong host, jlong list) {
    (void)env;
    (void)self;
    waxwing_list_close(client_of(host), (uint64_t)list);
}

NATIVE(jint, messageRaw)(JNIEnv *env, jobject self, jlong host, jlong id, jobjectArray out) {
    struct waxwing_message *message = NULL;
    waxwing_status status = waxwing_message_raw(client_of(host), (uint64_t)id, &message);
    (void)self;
    if (status == WAXWING_OK) {
        struct packed packed = {NULL, 0, 0, false};
        put_message(&packed, message);
        hand_over(env, out, &packed, message);
        waxwing_message_free(message);
    }
    return status;
}
