/* Between Kotlin (Native.kt) and waxwing.h: pictures on the network, searches beyond this device and those that are kept. */
#include <string.h>

#include "crossing.h"

NATIVE(jboolean, linkIsFalse)(JNIEnv *env, jobject self, jbyteArray shown, jbyteArray url) {
    struct given text, address;
    bool is_false = false;
    (void)self;
    if (take(env, shown, &text)) {
        if (take(env, url, &address)) {
            is_false = waxwing_link_is_false(as_text(&text), as_text(&address));
            give_back(&address);
        }
        give_back(&text);
    }
    return is_false;
}

NATIVE(jint, images)(JNIEnv *env, jobject self, jlong host, jlong message, jobjectArray out) {
    struct waxwing_rows *rows = NULL;
    waxwing_status status = waxwing_images_snapshot(client_of(host), (uint64_t)message, &rows);
    (void)self;
    return snapshot(env, out, status, rows, put_image);
}

NATIVE(jint, imagesRememberSender)(JNIEnv *env, jobject self, jlong host, jbyteArray address, jboolean always,
                                   jlongArray out) {
    uint64_t request = 0;
    struct given given;
    waxwing_status status;
    (void)self;
    if (!take(env, address, &given)) {
        return WAXWING_E_INTERNAL;
    }
    status = waxwing_images_remember_sender(client_of(host), as_text(&given), always, &request);
    give_back(&given);
    return with_id(env, out, request, status);
}

NATIVE(jint, imageSenders)(JNIEnv *env, jobject self, jlong host, jobjectArray out) {
    struct waxwing_rows *rows = NULL;
    waxwing_status status = waxwing_image_senders_snapshot(client_of(host), &rows);
    (void)self;
    return snapshot(env, out, status, rows, put_image_sender);
}

/* Its text lives as long as `words`. */
static struct waxwing_list_query query_of(jlong account, jlong mailbox, jint role, const struct given *words) {
    struct waxwing_list_query query;
    memset(&query, 0, sizeof query);
    query.struct_size = sizeof query;
    query.account = (uint64_t)account;
    query.mailbox = (uint64_t)mailbox;
    query.role = role;
    query.search = as_text(words);
    return query;
}

NATIVE(jint, searchServer)(JNIEnv *env, jobject self, jlong host, jlong account, jlong mailbox, jint role,
                           jbyteArray search, jlongArray out) {
    uint64_t request = 0;
    struct waxwing_list_query query;
    struct given words;
    waxwing_status status;
    (void)self;
    if (!take(env, search, &words)) {
        return WAXWING_E_INTERNAL;
    }
    query = query_of(account, mailbox, role, &words);
    status = waxwing_search_server(client_of(host), &query, &request);
    give_back(&words);
    return with_id(env, out, request, status);
}

NATIVE(jint, searchSave)(JNIEnv *env, jobject self, jlong host, jbyteArray name, jlong account, jlong mailbox, jint role,
                         jbyteArray search, jlongArray out) {
    uint64_t request = 0;
    struct waxwing_list_query query;
    struct given called, words;
    waxwing_status status = WAXWING_E_INTERNAL;
    (void)self;
    if (take(env, name, &called)) {
        if (take(env, search, &words)) {
            query = query_of(account, mailbox, role, &words);
            status = waxwing_search_save(client_of(host), as_text(&called), &query, &request);
            give_back(&words);
        }
        give_back(&called);
    }
    return with_id(env, out, request, status);
}

NATIVE(jint, searchRename)(JNIEnv *env, jobject self, jlong host, jlong search, jbyteArray name, jlongArray out) {
    uint64_t request = 0;
    struct given given;
    waxwing_status status;
    (void)self;
    if (!take(env, name, &given)) {
        return WAXWING_E_INTERNAL;
    }
    status = waxwing_search_rename(client_of(host), (uint64_t)search, as_text(&given), &request);
    give_back(&given);
    return with_id(env, out, request, status);
}

NATIVE(jint, searches)(JNIEnv *env, jobject self, jlong host, jobjectArray out) {
    struct waxwing_rows *rows = NULL;
    waxwing_status status = waxwing_searches_snapshot(client_of(host), &rows);
    (void)self;
    return snapshot(env, out, status, rows, put_search);
}

NATIVE(jint, searchCoverage)(JNIEnv *env, jobject self, jlong host, jlong account, jlong mailbox, jint role,
                             jlongArray out) {
    const struct given none = {NULL, 0};
    struct waxwing_list_query query = query_of(account, mailbox, role, &none);
    uint64_t messages = 0, without_body = 0, not_indexed = 0, not_listed = 0;
    waxwing_status status = waxwing_search_coverage(client_of(host), &query, &messages, &without_body, &not_indexed,
                                                    &not_listed);
    (void)self;
    if (status == WAXWING_OK && out != NULL) {
        const jlong counts[] = {(jlong)messages, (jlong)without_body, (jlong)not_indexed, (jlong)not_listed};
        (*env)->SetLongArrayRegion(env, out, 0, 4, counts);
    }
    return status;
}
