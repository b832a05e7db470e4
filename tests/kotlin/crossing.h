/*
 * How Kotlin and C reach each other.
 *
 * What crosses is numbers and arrays of bytes. Text goes as UTF-8 in such arrays: JNI's own strings are "modified UTF-8", in
 * which an emoji is six bytes that no one else reads. What has several fields is packed into one array (packed.h), so that a
 * list of messages crosses once, not once per field.
 */
#ifndef WAXWING_CROSSING_H
#define WAXWING_CROSSING_H

#include <jni.h>
#include <stdint.h>

#include "packed.h"

/* A function of Native.kt. */
#define NATIVE(type, name) JNIEXPORT type JNICALL Java_waxwing_Native_##name

/* A client with the Kotlin object that is called back. Kotlin holds its address; for 0 the library answers E_ARGUMENT. */
struct host {
    struct waxwing_client *client;
    jobject callbacks;
    jmethodID get, put, remove, log;
};

struct waxwing_client *client_of(jlong host);

/* Out: writes an id if the call that gave it went well. Gives its status. */
jint with_id(JNIEnv *env, jlongArray out, uint64_t id, waxwing_status status);

/* Throws. */
void out_of_memory(JNIEnv *env);

/* NULL: there is no memory for it, and that is thrown. */
jbyteArray array_of(JNIEnv *env, const void *bytes, size_t len);

/* Puts what was packed, which is freed, and the raw bytes of a message if there is one, into out[0] and out[1]. */
void hand_over(JNIEnv *env, jobjectArray out, struct packed *packed, const struct waxwing_message *message);

/* The same with the rows of a snapshot, which are freed, if the call that gave them went well. Gives its status. */
jint snapshot(JNIEnv *env, jobjectArray out, waxwing_status status, struct waxwing_rows *rows,
              void (*put_row)(struct packed *, const void *));

/* In: a copy of what Kotlin gave. */
struct given {
    uint8_t *bytes;
    size_t len;
};

/* A null array is one of length 0. False: there is no memory for it, and that is thrown. */
bool take(JNIEnv *env, jbyteArray array, struct given *given);
void give_back(struct given *given);
/* The same for a secret: no copy of it stays in memory. */
void give_back_secret(struct given *given);
struct waxwing_str as_text(const struct given *given);
struct waxwing_bytes as_bytes(const struct given *given);

#endif
