/* Between Kotlin (Native.kt) and waxwing.h: from an address to an account that is signed in. */
#include <string.h>

#include "crossing.h"

/* Texts of Kotlin's in the order of Native.kt; those that are missing are "". False: there is no memory, and that is thrown. */
static bool take_all(JNIEnv *env, jobjectArray texts, struct given *given, jsize most) {
    jsize count = texts == NULL ? 0 : (*env)->GetArrayLength(env, texts);
    bool taken = true;
    for (jsize i = 0; taken && i < most && i < count; i++) {
        taken = take(env, (*env)->GetObjectArrayElement(env, texts, i), &given[i]);
    }
    return taken;
}

static void give_all_back(struct given *given, jsize most) {
    for (jsize i = 0; i < most; i++) {
        give_back(&given[i]);
    }
}

enum { CONFIG_TEXTS = 5, CONFIG_NUMBERS = 4, OAUTH_TEXTS = 6 };

/* Its texts live as long as `given`. */
static struct waxwing_account_config config_of(JNIEnv *env, const struct given *given, jintArray numbers) {
    jint number[CONFIG_NUMBERS] = {0};
    struct waxwing_account_config config;
    if (numbers != NULL && (*env)->GetArrayLength(env, numbers) == CONFIG_NUMBERS) {
        (*env)->GetIntArrayRegion(env, numbers, 0, CONFIG_NUMBERS, number);
    }
    memset(&config, 0, sizeof config);
    config.struct_size = sizeof config;
    config.address = as_text(&given[0]);
    config.display_name = as_text(&given[1]);
    config.user_name = as_text(&given[2]);
    config.imap_host = as_text(&given[3]);
    config.imap_port = (uint16_t)number[0];
    config.imap_security = number[1];
    config.smtp_host = as_text(&given[4]);
    config.smtp_port = (uint16_t)number[2];
    config.smtp_security = number[3];
    return config;
}

/* The same. */
static struct waxwing_oauth_client oauth_of(const struct given *given, const struct given *secret, jint way) {
    struct waxwing_oauth_client oauth;
    memset(&oauth, 0, sizeof oauth);
    oauth.struct_size = sizeof oauth;
    oauth.way = way;
    oauth.client_id = as_text(&given[0]);
    oauth.client_secret = as_bytes(secret);
    oauth.redirect = as_text(&given[1]);
    oauth.authorize_url = as_text(&given[2]);
    oauth.token_url = as_text(&given[3]);
    oauth.device_url = as_text(&given[4]);
    oauth.scopes = as_text(&given[5]);
    return oauth;
}

NATIVE(jint, discover)(JNIEnv *env, jobject self, jlong host, jbyteArray address, jlongArray out) {
    uint64_t request = 0;
    struct given given;
    waxwing_status status;
    (void)self;
    if (!take(env, address, &given)) {
        return WAXWING_E_INTERNAL;
    }
    status = waxwing_setup_discover(client_of(host), as_text(&given), &request);
    give_back(&given);
    return with_id(env, out, request, status);
}

typedef waxwing_status add_account(const struct waxwing_client *, const struct waxwing_account_config *,
                                   struct waxwing_bytes secret, waxwing_request *);

static jint add(JNIEnv *env, add_account *call, jlong host, jobjectArray texts, jintArray numbers,
                jbyteArray secret, jlongArray out) {
    struct given given[CONFIG_TEXTS], kept_secret;
    waxwing_status status = WAXWING_E_INTERNAL;
    uint64_t request = 0;
    memset(given, 0, sizeof given);
    if (take(env, secret, &kept_secret) && take_all(env, texts, given, CONFIG_TEXTS)) {
        struct waxwing_account_config config = config_of(env, given, numbers);
        status = call(client_of(host), &config, as_bytes(&kept_secret), &request);
    }
    give_all_back(given, CONFIG_TEXTS);
    give_back_secret(&kept_secret);
    return with_id(env, out, request, status);
}

NATIVE(jint, addPassword)(JNIEnv *env, jobject self, jlong host, jobjectArray texts, jintArray numbers,
                          jbyteArray secret, jlongArray out) {
    (void)self;
    return add(env, waxwing_account_add_password, host, texts, numbers, secret, out);
}

NATIVE(jint, addToken)(JNIEnv *env, jobject self, jlong host, jobjectArray texts, jintArray numbers,
                       jbyteArray token, jlongArray out) {
    (void)self;
    return add(env, waxwing_account_add_token, host, texts, numbers, token, out);
}

NATIVE(jint, edit)(JNIEnv *env, jobject self, jlong host, jlong account, jobjectArray texts, jintArray numbers,
                   jlongArray out) {
    struct given given[CONFIG_TEXTS];
    waxwing_status status = WAXWING_E_INTERNAL;
    uint64_t request = 0;
    (void)self;
    memset(given, 0, sizeof given);
    if (take_all(env, texts, given, CONFIG_TEXTS)) {
        struct waxwing_account_config config = config_of(env, given, numbers);
        status = waxwing_account_edit(client_of(host), (uint64_t)account, &config, &request);
    }
    give_all_back(given, CONFIG_TEXTS);
    return with_id(env, out, request, status);
}

NATIVE(jint, addOAuth)(JNIEnv *env, jobject self, jlong host, jobjectArray texts, jintArray numbers,
                       jobjectArray oauth_texts, jbyteArray secret, jint way, jlongArray out) {
    struct given given[CONFIG_TEXTS], oauth_given[OAUTH_TEXTS], kept_secret;
    waxwing_status status = WAXWING_E_INTERNAL;
    uint64_t request = 0;
    (void)self;
    memset(given, 0, sizeof given);
    memset(oauth_given, 0, sizeof oauth_given);
    if (take(env, secret, &kept_secret) && take_all(env, texts, given, CONFIG_TEXTS) &&
        take_all(env, oauth_texts, oauth_given, OAUTH_TEXTS)) {
        struct waxwing_account_config config = config_of(env, given, numbers);
        struct waxwing_oauth_client oauth = oauth_of(oauth_given, &kept_secret, way);
        status = waxwing_account_add_oauth(client_of(host), &config, &oauth, &request);
    }
    give_all_back(given, CONFIG_TEXTS);
    give_all_back(oauth_given, OAUTH_TEXTS);
    give_back_secret(&kept_secret);
    return with_id(env, out, request, status);
}

/* Without texts: as the program that it was done as before. */
NATIVE(jint, signInOAuth)(JNIEnv *env, jobject self, jlong host, jlong account, jobjectArray texts, jbyteArray secret,
                          jint way, jlongArray out) {
    struct given given[OAUTH_TEXTS], kept_secret;
    waxwing_status status = WAXWING_E_INTERNAL;
    uint64_t request = 0;
    (void)self;
    memset(given, 0, sizeof given);
    if (take(env, secret, &kept_secret) && take_all(env, texts, given, OAUTH_TEXTS)) {
        struct waxwing_oauth_client oauth = oauth_of(given, &kept_secret, way);
        status = waxwing_account_sign_in_oauth(client_of(host), (uint64_t)account, texts == NULL ? NULL : &oauth, &request);
    }
    give_all_back(given, OAUTH_TEXTS);
    give_back_secret(&kept_secret);
    return with_id(env, out, request, status);
}

NATIVE(jint, oauthRedirect)(JNIEnv *env, jobject self, jlong host, jlong sign_in, jbyteArray address, jlongArray out) {
    uint64_t request = 0;
    struct given given;
    waxwing_status status;
    (void)self;
    if (!take(env, address, &given)) {
        return WAXWING_E_INTERNAL;
    }
    status = waxwing_account_oauth_redirect(client_of(host), (uint64_t)sign_in, as_text(&given), &request);
    give_back(&given);
    return with_id(env, out, request, status);
}

NATIVE(jint, signInPassword)(JNIEnv *env, jobject self, jlong host, jlong account, jbyteArray secret, jlongArray out) {
    uint64_t request = 0;
    struct given given;
    waxwing_status status;
    (void)self;
    if (!take(env, secret, &given)) {
        return WAXWING_E_INTERNAL;
    }
    status = waxwing_account_sign_in_password(client_of(host), (uint64_t)account, as_bytes(&given), &request);
    give_back_secret(&given);
    return with_id(env, out, request, status);
}
