/* Between Kotlin (Native.kt) and waxwing.h: the client, its events, and what it calls back. */
#include <jni.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "crossing.h"

static JavaVM *vm;
/* Has a value in the library's threads that are known to the VM; when one ends, it is made unknown again. */
static pthread_key_t known;

static void thread_ends(void *value) {
    (void)value;
    (*vm)->DetachCurrentThread(vm);
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *the_vm, void *reserved) {
    (void)reserved;
    vm = the_vm;
    return pthread_key_create(&known, thread_ends) == 0 ? JNI_VERSION_1_6 : JNI_ERR;
}

/* --- callbacks: on threads of the library ------------------------------------------------------------------------ */

/* NULL: this thread can't be made known to the VM. */
static JNIEnv *env_of_this_thread(void) {
    void *env = NULL;
    if ((*vm)->GetEnv(vm, &env, JNI_VERSION_1_6) == JNI_OK) {
        return env;
    }
#ifdef __ANDROID__
    JNIEnv *attached = NULL;
    if ((*vm)->AttachCurrentThreadAsDaemon(vm, &attached, NULL) != JNI_OK) {
        return NULL;
    }
    env = attached;
#else
    if ((*vm)->AttachCurrentThreadAsDaemon(vm, &env, NULL) != JNI_OK) {
        return NULL;
    }
#endif
    pthread_setspecific(known, vm);
    return env;
}

/* Such a thread never returns into the VM, which would drop its references: they are dropped here. */
static JNIEnv *begin(void) {
    JNIEnv *env = env_of_this_thread();
    return env != NULL && (*env)->PushLocalFrame(env, 8) == 0 ? env : NULL;
}

static void end(JNIEnv *env) {
    if ((*env)->ExceptionCheck(env)) {
        (*env)->ExceptionDescribe(env);
        (*env)->ExceptionClear(env);
    }
    (*env)->PopLocalFrame(env, NULL);
}

static void on_get(void *user_data, struct waxwing_str key, waxwing_reply reply) {
    struct host *host = user_data;
    JNIEnv *env = begin();
    if (env != NULL) {
        jbyteArray name = array_of(env, key.ptr, key.len);
        if (name != NULL) {
            (*env)->CallVoidMethod(env, host->callbacks, host->get, name, (jlong)reply);
        }
        end(env);
    }
}

static void on_put(void *user_data, struct waxwing_str key, struct waxwing_bytes secret, waxwing_reply reply) {
    struct host *host = user_data;
    JNIEnv *env = begin();
    if (env != NULL) {
        jbyteArray name = array_of(env, key.ptr, key.len);
        jbyteArray bytes = name == NULL ? NULL : array_of(env, secret.ptr, secret.len);
        if (bytes != NULL) {
            (*env)->CallVoidMethod(env, host->callbacks, host->put, name, bytes, (jlong)reply);
        }
        end(env);
    }
}

static void on_remove(void *user_data, struct waxwing_str key, waxwing_reply reply) {
    struct host *host = user_data;
    JNIEnv *env = begin();
    if (env != NULL) {
        jbyteArray name = array_of(env, key.ptr, key.len);
        if (name != NULL) {
            (*env)->CallVoidMethod(env, host->callbacks, host->remove, name, (jlong)reply);
        }
        end(env);
    }
}

static void on_log(void *user_data, waxwing_log_level level, struct waxwing_str line) {
    struct host *host = user_data;
    JNIEnv *env = begin();
    if (env != NULL) {
        jbyteArray text = array_of(env, line.ptr, line.len);
        if (text != NULL) {
            (*env)->CallVoidMethod(env, host->callbacks, host->log, (jint)level, text);
        }
        end(env);
    }
}

/* --- the client --------------------------------------------------------------------------------------------------- */

NATIVE(jint, abiVersion)(JNIEnv *env, jobject self) {
    (void)env;
    (void)self;
    return (jint)waxwing_abi_version();
}

NATIVE(jbyteArray, statusName)(JNIEnv *env, jobject self, jint status) {
    struct waxwing_str name = waxwing_status_name(status);
    (void)self;
    return array_of(env, name.ptr, name.len);
}

/* NULL: there is no memory for it, or `callbacks` isn't what it should be; that is thrown. */
static struct host *new_host(JNIEnv *env, jobject callbacks) {
    struct host *host = calloc(1, sizeof *host);
    jclass class = (*env)->GetObjectClass(env, callbacks);
    if (host == NULL) {
        out_of_memory(env);
        return NULL;
    }
    if ((host->get = (*env)->GetMethodID(env, class, "getSecret", "([BJ)V")) == NULL ||
        (host->put = (*env)->GetMethodID(env, class, "putSecret", "([B[BJ)V")) == NULL ||
        (host->remove = (*env)->GetMethodID(env, class, "removeSecret", "([BJ)V")) == NULL ||
        (host->log = (*env)->GetMethodID(env, class, "log", "(I[B)V")) == NULL ||
        (host->callbacks = (*env)->NewGlobalRef(env, callbacks)) == NULL) {
        free(host);
        return NULL;
    }
    return host;
}

/* No callback runs any more. */
static void free_host(JNIEnv *env, struct host *host) {
    (*env)->DeleteGlobalRef(env, host->callbacks);
    free(host);
}

NATIVE(jint, open)(JNIEnv *env, jobject self, jbyteArray data_dir, jbyteArray cache_dir, jint flags, jlong memory_cap,
                   jlong cache_disk_cap, jint log_level, jbyteArray roots, jobject callbacks, jlongArray out,
                   jobjectArray out_error) {
    struct waxwing_client_options options;
    struct waxwing_secret_store secrets;
    struct waxwing_error *error = NULL;
    struct given directory, cache = {NULL, 0}, pem = {NULL, 0};
    waxwing_status status;
    struct host *host = callbacks == NULL ? NULL : new_host(env, callbacks);
    (void)self;
    if (host == NULL) {
        return callbacks == NULL ? WAXWING_E_ARGUMENT : WAXWING_E_INTERNAL;
    }
    if (!take(env, data_dir, &directory) || !take(env, cache_dir, &cache) || !take(env, roots, &pem)) {
        give_back(&cache);
        give_back(&directory);
        free_host(env, host);
        return WAXWING_E_INTERNAL;
    }
    memset(&secrets, 0, sizeof secrets);
    secrets.struct_size = sizeof secrets;
    secrets.get = on_get;
    secrets.put = on_put;
    secrets.remove = on_remove;
    secrets.user_data = host;
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.flags = (uint32_t)flags;
    options.data_dir = as_text(&directory);
    options.log_level = log_level;
    options.log = on_log;
    options.user_data = host;
    options.secrets = &secrets;
    options.extra_roots_pem = as_bytes(&pem);
    options.cache_dir = as_text(&cache);
    options.memory_cap = (uint64_t)memory_cap;
    options.cache_disk_cap = (uint64_t)cache_disk_cap;
    status = waxwing_client_open(&options, &host->client, &error);
    give_back(&pem);
    give_back(&cache);
    give_back(&directory);
    if (status != WAXWING_OK) {
        struct packed packed = {NULL, 0, 0, false};
        put_error(&packed, error);
        hand_over(env, out_error, &packed, NULL);
        waxwing_error_free(error);
        free_host(env, host);
        return status;
    }
    return with_id(env, out, (uint64_t)(intptr_t)host, status);
}

NATIVE(void, close)(JNIEnv *env, jobject self, jlong host) {
    (void)env;
    (void)self;
    if (host != 0) {
        waxwing_client_close(client_of(host));
    }
}

NATIVE(void, free)(JNIEnv *env, jobject self, jlong host) {
    (void)self;
    if (host != 0) {
        /* It waits for the library's threads: only then is nobody left who calls back. */
        waxwing_client_free(client_of(host));
        free_host(env, (struct host *)(intptr_t)host);
    }
}

NATIVE(jint, nextEvent)(JNIEnv *env, jobject self, jlong host, jint timeout_ms, jobjectArray out) {
    struct waxwing_event *event = NULL;
    waxwing_status status = waxwing_client_next_event(client_of(host), timeout_ms, &event);
    (void)self;
    if (status == WAXWING_OK) {
        const struct waxwing_event_view *view = waxwing_event_view_get(event);
        struct packed packed = {NULL, 0, 0, false};
        put_event(&packed, event);
        hand_over(env, out, &packed, view->message);
        waxwing_event_free(event);
    }
    return status;
}

NATIVE(void, replySecret)(JNIEnv *env, jobject self, jlong host, jlong reply, jint status, jbyteArray secret) {
    struct given given;
    (void)self;
    if (!take(env, secret, &given)) {
        return;
    }
    waxwing_reply_secret(client_of(host), (waxwing_reply)reply, status, as_bytes(&given));
    give_back_secret(&given);
}

NATIVE(void, replyStatus)(JNIEnv *env, jobject self, jlong host, jlong reply, jint status) {
    (void)env;
    (void)self;
    waxwing_reply_status(client_of(host), (waxwing_reply)reply, status);
}

NATIVE(jint, cancel)(JNIEnv *env, jobject self, jlong host, jlong request) {
    (void)env;
    (void)self;
    return waxwing_client_cancel(client_of(host), (waxwing_request)request);
}

NATIVE(jint, suspend)(JNIEnv *env, jobject self, jlong host, jint deadline_ms, jlongArray out) {
    uint64_t request = 0;
    waxwing_status status = waxwing_client_suspend(client_of(host), (uint32_t)deadline_ms, &request);
    (void)self;
    return with_id(env, out, request, status);
}

NATIVE(jint, syncNow)(JNIEnv *env, jobject self, jlong host, jlong account, jint scope, jint deadline_ms, jlongArray out) {
    uint64_t request = 0;
    waxwing_status status =
        waxwing_sync_now(client_of(host), (waxwing_account_id)account, scope, (uint32_t)deadline_ms, &request);
    (void)self;
    return with_id(env, out, request, status);
}

NATIVE(jint, resume)(JNIEnv *env, jobject self, jlong host, jlongArray out) {
    uint64_t request = 0;
    waxwing_status status = waxwing_client_resume(client_of(host), &request);
    (void)self;
    return with_id(env, out, request, status);
}

NATIVE(void, networkChanged)(JNIEnv *env, jobject self, jlong host, jint network) {
    (void)env;
    (void)self;
    waxwing_client_network_changed(client_of(host), network);
}

NATIVE(void, memoryPressure)(JNIEnv *env, jobject self, jlong host, jint level) {
    (void)env;
    (void)self;
    waxwing_client_memory_pressure(client_of(host), level);
}

NATIVE(void, setPowerSaver)(JNIEnv *env, jobject self, jlong host, jboolean saver) {
    (void)env;
    (void)self;
    waxwing_client_set_power_saver(client_of(host), saver);
}

NATIVE(void, setLogLevel)(JNIEnv *env, jobject self, jlong host, jint level) {
    (void)env;
    (void)self;
    waxwing_client_set_log_level(client_of(host), level);
}
