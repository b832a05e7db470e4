#include "crossing.h"

#include <stdlib.h>

struct waxwing_client *client_of(jlong host) {
    struct host *known_host = (struct host *)(intptr_t)host;
    return known_host == NULL ? NULL : known_host->client;
}

void out_of_memory(JNIEnv *env) {
    jclass class = (*env)->FindClass(env, "java/lang/OutOfMemoryError");
    if (class != NULL) {
        (*env)->ThrowNew(env, class, "waxwing_jni");
    }
}

jint with_id(JNIEnv *env, jlongArray out, uint64_t id, waxwing_status status) {
    if (status == WAXWING_OK && out != NULL) {
        jlong value = (jlong)id;
        (*env)->SetLongArrayRegion(env, out, 0, 1, &value);
    }
    return status;
}

jbyteArray array_of(JNIEnv *env, const void *bytes, size_t len) {
    jbyteArray array;
    if (len > INT32_MAX) {
        out_of_memory(env);
        return NULL;
    }
    array = (*env)->NewByteArray(env, (jsize)len);
    if (array != NULL && len > 0) {
        (*env)->SetByteArrayRegion(env, array, 0, (jsize)len, bytes);
    }
    return array;
}

void hand_over(JNIEnv *env, jobjectArray out, struct packed *packed, const struct waxwing_message *message) {
    jbyteArray array = NULL;
    if (packed->failed) {
        out_of_memory(env);
    } else {
        array = array_of(env, packed->bytes, packed->len);
    }
    free(packed->bytes);
    if (array == NULL || out == NULL) {
        return;
    }
    (*env)->SetObjectArrayElement(env, out, 0, array);
    if (message != NULL && !(*env)->ExceptionCheck(env)) {
        struct waxwing_bytes raw = waxwing_message_bytes(message);
        jbyteArray bytes = array_of(env, raw.ptr, raw.len);
        if (bytes != NULL) {
            (*env)->SetObjectArrayElement(env, out, 1, bytes);
        } else {
            /* The event is still told; Kotlin sees that the bytes are missing. */
            (*env)->ExceptionClear(env);
        }
    }
}

bool take(JNIEnv *env, jbyteArray array, struct given *given) {
    given->bytes = NULL;
    given->len = array == NULL ? 0 : (size_t)(*env)->GetArrayLength(env, array);
    if (given->len == 0) {
        return true;
    }
    given->bytes = malloc(given->len);
    if (given->bytes == NULL) {
        out_of_memory(env);
        return false;
    }
    (*env)->GetByteArrayRegion(env, array, 0, (jsize)given->len, (jbyte *)given->bytes);
    return true;
}

void give_back(struct given *given) {
    free(given->bytes);
}

void give_back_secret(struct given *given) {
    volatile uint8_t *bytes = given->bytes;
    for (size_t i = 0; i < given->len && bytes != NULL; i++) {
        bytes[i] = 0;
    }
    free(given->bytes);
}

struct waxwing_str as_text(const struct given *given) {
    struct waxwing_str text = {(const char *)given->bytes, given->len};
    return text;
}

struct waxwing_bytes as_bytes(const struct given *given) {
    struct waxwing_bytes bytes = {given->bytes, given->len};
    return bytes;
}
