/*
 * waxwing.h: the C ABI of the Waxwing mail core. Made by cbindgen from ffi/; edits here are lost.
 *
 * THE CONTRACT
 *
 * Model      Requests go in, events come out. A call that takes long or needs the network returns at once with the id of a
 *            request; its single final answer is one event with that id (`final`). Calls marked [durable] wait for one local
 *            commit before they return (milliseconds, a disk's fsync: not for UI threads): what they change is shown at once,
 *            survives a crash, and their operation id is a request id too, answered by one final event when the server agreed:
 *            when it comes to that only after the client was closed and opened again, in that later life. Other ids of
 *            requests mean something in one life of a client only.
 * Pointers   Five opaque types are all there is to free: client, event, rows, message, error. Accounts, mailboxes, messages, lists and
 *            operations are 64-bit ids: one that is wrong or stale is WAXWING_E_NOT_FOUND, never undefined behaviour.
 * Ownership  `_free` takes exactly what `_open`, `_next_event`, `_take_` and `_snapshot` gave, and `_raw`. NULL to `_free` is
 *            fine. What is reached through an object (texts, rows, views) is borrowed from it and lives until that object is
 *            freed. The library keeps no pointer of the caller's after a call, but `user_data` (see `free`).
 * Text       See `waxwing_str`. From the library always valid UTF-8, never NULL, with a NUL behind it. What isn't UTF-8 is
 *            refused with WAXWING_E_ARGUMENT.
 * Units      Instants are int64 milliseconds since 1970-01-01T00:00Z, durations uint32 milliseconds, sizes uint64 bytes,
 *            progress parts per 10 000.
 * Errors     WAXWING_OK is 0. Out parameters are written on success only; pointers among them are NULL on failure. There is no
 *            errno and nothing per thread: details are in `waxwing_error` (of opening) or in the event that says FAILED, and a
 *            misuse of a client is told to its log with the name of the argument. Status codes are an open set: treat an unknown one by
 *            its hundred. No Rust panic crosses: it becomes WAXWING_E_INTERNAL.
 * Threads    Every function may be called from any thread, at once, on the same object; only the `_free` of an object must not
 *            run while it is in use elsewhere. Events of a client come in one order. Callbacks run on threads of the library,
 *            one at a time each, hold no lock, may call any function but `_close` and `_free` of their own client, and must
 *            not block.
 * Secrets    Their bytes are zeroed in the library after use and occur in no log, no error and no event.
 * Growing    Minor versions only add. A struct that the caller makes begins with `struct_size` and is zeroed first; arrays
 *            that the library makes carry their stride; enumerations are integers with named constants and are open: ignore
 *            unknown kinds of events. Nothing is removed within a major version.
 */

#ifndef WAXWING_H
#define WAXWING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The length of a text that ends in a NUL, instead of its bytes. */
#define WAXWING_NUL_TERMINATED SIZE_MAX

#if defined(__has_feature)
#  if __has_feature(nullability)
#    define WAXWING_NONNULL _Nonnull
#  endif
#endif
#ifndef WAXWING_NONNULL
#  define WAXWING_NONNULL
#endif
#if defined(__GNUC__) || defined(__clang__)
#  define WAXWING_MUST_USE __attribute__((warn_unused_result))
#else
#  define WAXWING_MUST_USE
#endif

#ifdef __clang__
#  pragma clang diagnostic push
   /* A pointer that isn't marked may be NULL; and programs are compiled with -Wpedantic. */
#  pragma clang diagnostic ignored "-Wnullability-completeness"
#  pragma clang diagnostic ignored "-Wnullability-extension"
#endif

/// Versions of the ABI: a major one breaks, a minor one adds.
#define WAXWING_ABI_MAJOR 1

/// See `WAXWING_ABI_MAJOR`.
#define WAXWING_ABI_MINOR 0

/// Of which messages bodies are kept: of all.
#define WAXWING_OFFLINE_EVERYTHING -1

/// Of none.
#define WAXWING_OFFLINE_NOTHING 0

/// The process lives for seconds, beside the app, and gets little memory (an extension of iOS, a worker): it begins suspended,
/// is used by `waxwing_sync_now`, and does with less of everything.
#define WAXWING_CLIENT_EXTENSION 1

/// It begins as after `waxwing_client_suspend`.
#define WAXWING_CLIENT_START_SUSPENDED 2

/// The store is only read, while the app itself may be at work on it (a widget, say): snapshots and messages that are here are
/// had, all else is E_STATE. Nothing is written, no connection is opened, and nobody tells what the app does meanwhile: take
/// snapshots again. Not with EXTENSION or START_SUSPENDED.
#define WAXWING_CLIENT_READ_ONLY 4

/// Those who read it are asked to say so (RFC 8098).
#define WAXWING_DRAFT_WANTS_RECEIPT 1

/// The text is CommonMark: it is sent as it is, and as HTML beside it.
#define WAXWING_DRAFT_MARKDOWN 2

/// Nobody writes on it: see `waxwing_draft_close`. Told of rows alone.
#define WAXWING_DRAFT_CLOSED 4

/// Whether the server for mail is who it says and takes the secret.
#define WAXWING_CHECK_INCOMING 1

/// Which mailboxes there are.
#define WAXWING_CHECK_MAILBOXES 2

/// The same as the first for the server for sending, where there is one.
#define WAXWING_CHECK_OUTGOING 3

/// One row of a conversation: it is listed as its newest message in the mailbox, or (`mailbox` 0) in all inboxes. Not together with
/// `search`, `tag` or WAXWING_ROLE_FLAGGED.
#define WAXWING_LIST_THREADS 1

#define WAXWING_FLAG_SEEN 1

#define WAXWING_FLAG_ANSWERED 2

#define WAXWING_FLAG_FLAGGED 4

#define WAXWING_FLAG_DELETED 8

#define WAXWING_FLAG_DRAFT 16

#define WAXWING_FLAG_FORWARDED 32

#define WAXWING_FLAG_JUNK 64

/// A change of it is not yet on the server.
#define WAXWING_FLAG_PENDING 65536

#define WAXWING_FLAG_HAS_ATTACHMENT 131072

/// It can hold messages.
#define WAXWING_MAILBOX_SELECTABLE 1

#define WAXWING_MAILBOX_HAS_CHILDREN 4

/// The text to read.
#define WAXWING_LOAD_TEXT 1

/// The HTML, made fit to be shown: nothing in it runs, asks or loads over the network.
#define WAXWING_LOAD_HTML 2

/// Pictures by https stay in the HTML. Whoever shows it loads them: without cookies and referrer, please.
#define WAXWING_LOAD_REMOTE_IMAGES 4

/// All fields of the header.
#define WAXWING_LOAD_HEADERS 8

/// It makes no sense; what could be read is shown.
#define WAXWING_MESSAGE_DAMAGED 1

/// The text was made from HTML.
#define WAXWING_MESSAGE_TEXT_FROM_HTML 2

/// It carries a signature (S/MIME, OpenPGP), which was not checked.
#define WAXWING_MESSAGE_SIGNED 4

/// It is encrypted, or a part of it is.
#define WAXWING_MESSAGE_ENCRYPTED 8

/// It carries a calendar (text/calendar): an invitation as a rule, see `waxwing_message_invitation`.
#define WAXWING_MESSAGE_INVITE 16

/// Something pretends, which is worth a warning and no proof: `pretences` says what.
#define WAXWING_MESSAGE_SPOOF 32

/// Limits of size cut what is shown; `waxwing_message_bytes` is whole.
#define WAXWING_MESSAGE_TRUNCATED 64

/// Its HTML had a form, which is left out (with LOAD_HTML).
#define WAXWING_MESSAGE_FORM 128

/// It is large, and of its files some aren't on this device: those without WAXWING_PART_LOCAL. `waxwing_message_bytes` has none.
#define WAXWING_MESSAGE_PARTIAL 256

/// Its bytes are on this device; else `waxwing_part_fetch` fetches them.
#define WAXWING_PART_LOCAL 1

/// From.
#define WAXWING_ADDRESSES_FROM 1

/// To.
#define WAXWING_ADDRESSES_TO 2

/// Cc.
#define WAXWING_ADDRESSES_CC 3

/// Bcc.
#define WAXWING_ADDRESSES_BCC 4

/// Reply-To.
#define WAXWING_ADDRESSES_REPLY_TO 5

/// It names several authors (RFC 5322 section 3.6.2).
#define WAXWING_PRETENCE_SEVERAL_AUTHORS 1

/// The name of an author is the address of somebody else: show the address.
#define WAXWING_PRETENCE_NAME_IS_AN_ADDRESS 2

/// A domain is written in letters of several scripts, or in others than it seems (UTS 39).
#define WAXWING_PRETENCE_MIXED_SCRIPTS 4

/// Answers go to another domain than it came from.
#define WAXWING_PRETENCE_ANSWERS_ELSEWHERE 8

/// The text of a link names another host than it leads to (known with LOAD_HTML alone): see `waxwing_link_is_false`.
#define WAXWING_PRETENCE_FALSE_LINK 16

/// The core: store, accounts, network, timers. Opaque.
typedef struct waxwing_client waxwing_client;

/// An error, opaque; see `waxwing_error_view_get`.
typedef struct waxwing_error waxwing_error;

/// One immutable event, opaque; see `waxwing_event_view_get`.
typedef struct waxwing_event waxwing_event;

/// An opened message, immutable and opaque; see `waxwing_message_view_get`.
typedef struct waxwing_message waxwing_message;

/// An immutable snapshot of a list, opaque; see `waxwing_rows_array`.
typedef struct waxwing_rows waxwing_rows;

/// Text: `len` bytes of UTF-8 without U+0000.
///
/// From the library it is always valid UTF-8, `ptr` is never NULL and `ptr[len]` is `'\0'`. Into the library `len` may be
/// `WAXWING_NUL_TERMINATED`, and NULL with `len` 0 is the empty text.
typedef struct waxwing_str {
  const char *ptr;
  size_t len;
} waxwing_str;

/// How a call ended. An open set: treat an unknown one by its hundred, `status / 100`.
typedef int32_t waxwing_status;

/// How a connection is secured. There is no value for "not at all".
typedef int32_t waxwing_security;

/// An account's settings. Zero it, set `struct_size`, then what is known.
typedef struct waxwing_account_config {
  uint32_t struct_size;
  /// 0.
  uint32_t reserved;
  /// The person's mail address.
  struct waxwing_str address;
  /// The person's name; "" if unknown.
  struct waxwing_str display_name;
  /// The name to sign in with; "": the address, or, where that is refused, what stands before its @.
  struct waxwing_str user_name;
  /// The host name; the server's certificate must be for it.
  struct waxwing_str imap_host;
  /// 0: 993, with WAXWING_SECURITY_STARTTLS 143, which is refused without.
  uint16_t imap_port;
  /// 0: WAXWING_SECURITY_TLS.
  waxwing_security imap_security;
  /// The server to send mail by; "": none, and waxwing_send_raw is refused.
  struct waxwing_str smtp_host;
  /// 0: 465, with WAXWING_SECURITY_STARTTLS 587.
  uint16_t smtp_port;
  /// 0: WAXWING_SECURITY_TLS.
  waxwing_security smtp_security;
} waxwing_account_config;

/// Bytes. NULL with `len` 0 is none.
typedef struct waxwing_bytes {
  const uint8_t *ptr;
  size_t len;
} waxwing_bytes;

/// Names a request; its single final answer is one event with it. Never 0, never reused in a client's life.
typedef uint64_t waxwing_request;

/// An account. Ids are the same after a restart and never given again; 0 is none.
typedef uint64_t waxwing_account_id;

/// How a sign-in in the browser comes back.
typedef int32_t waxwing_browser_way;

/// As which program a sign-in in the browser takes place. Zero it, set `struct_size`, then what is known.
typedef struct waxwing_oauth_client {
  uint32_t struct_size;
  waxwing_browser_way way;
  /// The id that the provider gave to the app.
  struct waxwing_str client_id;
  /// What some providers give beside it; none, with most.
  struct waxwing_bytes client_secret;
  /// With WAXWING_BROWSER_APP: where the browser comes back to, as the provider knows it.
  struct waxwing_str redirect;
  /// Where the person agrees (https). "": as the library's table has it for the account's server, and the three below too.
  struct waxwing_str authorize_url;
  /// Where tokens are had (https).
  struct waxwing_str token_url;
  /// Where a sign-in by a code begins (https); "": there is none.
  struct waxwing_str device_url;
  /// What is asked for, separated by spaces.
  struct waxwing_str scopes;
} waxwing_oauth_client;

/// A message, as `waxwing_account_id`. It keeps its id when it is moved or its mailbox is numbered anew (UIDVALIDITY), as far
/// as the server lets it be followed.
typedef uint64_t waxwing_message_id;

/// Ids of messages. NULL with `len` 0 is none.
typedef struct waxwing_ids {
  const waxwing_message_id *ptr;
  size_t len;
} waxwing_ids;

/// A change that was made here: it survives restarts, and while the client lives it is also the request id of its final event.
typedef uint64_t waxwing_operation_id;

/// A mailbox, as `waxwing_account_id`.
typedef uint64_t waxwing_mailbox_id;

/// How much is told to `log`, each level with those before it. No level holds secrets or text of mails.
typedef int32_t waxwing_log_level;

/// Names a question that a callback asks. Answer it with exactly one `waxwing_reply_*`, once, inside the callback or later,
/// from any thread. What it is needed for fails (E_SECRET_FAILED, E_TRUST) when it isn't answered within 60 s. A question may be asked
/// before `waxwing_client_open` has returned: keep its answer until there is a client.
typedef uint64_t waxwing_reply;

/// A place for secrets: Keychain, Android Keystore, a keyring. Zero it, set `struct_size`, then all three functions. They
/// run on threads of the library, one at a time, and must not block.
typedef struct waxwing_secret_store {
  uint32_t struct_size;
  /// Answer with `waxwing_reply_secret`: the secret, or E_NOT_FOUND.
  void (*get)(void *user_data, struct waxwing_str key, waxwing_reply reply);
  /// Keep it. `secret` is gone after the call. Answer with `waxwing_reply_status`.
  void (*put)(void *user_data, struct waxwing_str key, struct waxwing_bytes secret, waxwing_reply reply);
  /// Forget it; one that isn't there is no error. Answer with `waxwing_reply_status`.
  void (*remove)(void *user_data, struct waxwing_str key, waxwing_reply reply);
  void *user_data;
  /// Called once, after the last callback; not when opening the client fails. NULL: none.
  void (*free)(void *user_data);
} waxwing_secret_store;

/// A platform's check of a chain of certificates: SecTrust, X509TrustManager. It answers for the chain alone: that the
/// certificate is for this host, for servers and valid now is checked beside it, so it can never switch that off. Zero it,
/// set `struct_size`, then `verify`. It runs on threads of the library, one at a time.
typedef struct waxwing_tls_verifier {
  uint32_t struct_size;
  /// Whether an authority that is trusted stands behind the first of these certificates (DER, `chain_len` of them), which
  /// says it is `host`; `ocsp` is the OCSP answer that came along, may be empty. All of it is gone after the call. Answer with
  /// `waxwing_reply_status`: WAXWING_OK, or any other status where none does. A connection waits for it.
  void (*verify)(void *user_data,
                 struct waxwing_str host,
                 const struct waxwing_bytes *chain_der,
                 size_t chain_len,
                 struct waxwing_bytes ocsp,
                 waxwing_reply reply);
  void *user_data;
  /// Called once, after the last callback; not when opening the client fails. NULL: none.
  void (*free)(void *user_data);
} waxwing_tls_verifier;

/// How a client is opened. Zero it, set `struct_size` to `sizeof(waxwing_client_options)`, then what is wanted.
typedef struct waxwing_client_options {
  uint32_t struct_size;
  /// WAXWING_CLIENT_*
  uint32_t flags;
  /// Required, absolute; made if missing. Nothing is written elsewhere, but for `cache_dir`.
  struct waxwing_str data_dir;
  /// WAXWING_LOG_*: how much is told to `log`; 0: nothing but the caller's mistakes. See `waxwing_client_set_log_level`.
  waxwing_log_level log_level;
  /// Events may wait; edge triggered. Only signal your loop here. NULL: none.
  void (*wake)(void *user_data);
  /// A line of the log, without its end. NULL: none.
  void (*log)(void *user_data, waxwing_log_level level, struct waxwing_str line);
  /// For `wake` and `log`.
  void *user_data;
  /// Called once, after the last callback; not when opening fails. NULL: none.
  void (*free)(void *user_data);
  /// Copied. NULL: the keyring of the desktop, where there is one, or what `waxwing_secrets_keep` says; what can't be kept there
  /// lives as long as the client.
  const struct waxwing_secret_store *secrets;
  /// More trust anchors, for this client only (a company's own, tests). Empty: none.
  struct waxwing_bytes extra_roots_pem;
  /// Connections for each account; 0: as many as are of use (5 at most).
  uint32_t max_connections;
  /// A connection on which nothing comes for so long while an answer is due is given up; 0: 60 000.
  uint32_t inactivity_ms;
  /// Copied. NULL: the platform's own verifier and `extra_roots_pem`, which otherwise isn't used.
  const struct waxwing_tls_verifier *verifier;
  /// Absolute; made if missing. Where bodies and the search index are, which can be fetched or made again: the system may empty
  /// it at any time. The same each time, or all is fetched again. "": in `data_dir`.
  struct waxwing_str cache_dir;
  /// Bytes for caches and for what is on its way from servers, at least 4 MiB; one message that is being read comes besides.
  /// 0: 64 MiB, more than which is of no use; as EXTENSION 8 MiB.
  uint64_t memory_cap;
  /// Bytes of bodies kept on disk. Those of the oldest messages go first, and come again when they are asked for. 0: as many as
  /// `waxwing_mailbox_set_offline` says.
  uint64_t cache_disk_cap;
} waxwing_client_options;

/// A mail that is being written; as `waxwing_account_id`.
typedef uint64_t waxwing_draft_id;

/// A mail as far as it is written. Set `struct_size` and zero the rest.
typedef struct waxwing_composition {
  uint32_t struct_size;
  /// WAXWING_DRAFT_WANTS_RECEIPT, WAXWING_DRAFT_MARKDOWN.
  uint32_t flags;
  /// Whose it is, and by whose server it is sent.
  waxwing_account_id account;
  /// 0: a new one.
  waxwing_draft_id draft;
  /// The message that it answers, or that it passes on, or 0; not both. Once it was sent that one is marked so.
  waxwing_message_id answers;
  waxwing_message_id forwards;
  /// One author: `Name <local@domain>`.
  struct waxwing_str from;
  /// Lists, as people type or paste them.
  struct waxwing_str to;
  struct waxwing_str cc;
  struct waxwing_str bcc;
  struct waxwing_str reply_to;
  struct waxwing_str subject;
  struct waxwing_str text;
  /// Message-IDs of what it answers, oldest first, without brackets, with blanks between them: from `waxwing_message_answer`.
  struct waxwing_str references;
} waxwing_composition;

/// A file that is to go along. Set `struct_size` and zero the rest.
typedef struct waxwing_new_file {
  uint32_t struct_size;
  /// A file of `message`, as `waxwing_message_parts` numbers them; 0: the whole message. Without one: 0.
  uint32_t part;
  /// What goes along is this message, or a file of it, and nothing below; fetched first if it isn't here. 0: what is below.
  waxwing_message_id message;
  /// Made safe for whoever gets it.
  struct waxwing_str name;
  /// `type/subtype`.
  struct waxwing_str media_type;
  /// "": it is attached; else it is a picture that a text in CommonMark shows: `![words](cid:…)`.
  struct waxwing_str content_id;
  struct waxwing_bytes octets;
} waxwing_new_file;

/// A file of one.
typedef uint64_t waxwing_draft_file_id;

/// How a message is answered. An open set.
typedef int32_t waxwing_answer_how;

/// The words of an answer that aren't its writer's, in their language. Set `struct_size` and zero the rest: what is "" is said in
/// English, or left out.
typedef struct waxwing_answer_words {
  uint32_t struct_size;
  /// The signature stands above what is quoted.
  bool signature_above;
  /// Who wrote what is quoted, as one line: `{author}` and `{date}` stand for whom and when.
  struct waxwing_str wrote;
  /// When the message was written, as the person reads dates; "": as ISO 8601, in UTC.
  struct waxwing_str date;
  /// Above a message that is passed on.
  struct waxwing_str forwarded;
  /// Names of its fields.
  struct waxwing_str from;
  struct waxwing_str sent;
  struct waxwing_str to;
  struct waxwing_str cc;
  struct waxwing_str subject;
} waxwing_answer_words;

/// What an event says. An open set: ignore unknown ones.
typedef int32_t waxwing_event_kind;

/// A list of this process; 0 is none.
typedef uint64_t waxwing_list_id;

/// Names a question about a certificate, in one life of a client.
typedef uint64_t waxwing_question_id;

/// What an event says. Library-made: a later version may be longer, as `struct_size` says.
typedef struct waxwing_event_view {
  uint32_t struct_size;
  waxwing_event_kind kind;
  /// The request it answers; 0 if unasked.
  uint64_t request;
  /// It is the last event of this request.
  bool final;
  uint32_t progress_10k;
  waxwing_account_id account;
  waxwing_mailbox_id mailbox;
  waxwing_list_id list;
  waxwing_message_id message_id;
  waxwing_question_id question;
  /// OPERATION_REFUSED, and DONE of waxwing_operation_undo: the change it is about.
  uint64_t operation;
  /// 0.
  uint64_t draft;
  /// LIST_CHANGED: the list's new generation.
  uint64_t generation;
  /// See the kinds of events.
  uint64_t counts[4];
  struct waxwing_str text;
  /// Borrowed from the event; NULL if none.
  const struct waxwing_error *error;
  /// Borrowed from the event until `waxwing_event_take_rows`; NULL if none.
  const struct waxwing_rows *rows;
  /// Borrowed from the event until `waxwing_event_take_message`; NULL if none.
  const struct waxwing_message *message;
  /// SIGN_IN_URL.
  struct waxwing_str code;
} waxwing_event_view;

/// How far a sync goes; each does what those before it do.
typedef int32_t waxwing_sync_scope;

/// What network there is.
typedef int32_t waxwing_network;

/// What a mailbox is for (RFC 6154).
typedef int32_t waxwing_role;

/// Which messages to list, newest first. Zero it, set `struct_size`, then what is wanted: nothing else means everything in
/// all inboxes.
typedef struct waxwing_list_query {
  uint32_t struct_size;
  /// WAXWING_LIST_*
  uint32_t flags;
  /// Of a search: only in this account; 0: in all. Of anything else 0.
  waxwing_account_id account;
  /// The messages of this mailbox; of a search: only in it; 0: in all.
  waxwing_mailbox_id mailbox;
  /// WAXWING_ROLE_FLAGGED: all flagged messages. _INBOX or 0: all inboxes. Of a search: only among these; 0: in all. Not
  /// together with `mailbox`.
  waxwing_role role;
  /// A person's words: from:ann "exact words" before:2024-05. "": no search.
  struct waxwing_str search;
  /// All messages with this tag (`waxwing_tag_row.id`), and nothing else said; 0: no tag.
  uint64_t tag;
} waxwing_list_query;

/// A conversation.
typedef uint64_t waxwing_thread_id;

/// A message in a list.
typedef struct waxwing_message_row {
  uint64_t id;
  waxwing_thread_id thread;
  /// The mailbox it is listed from.
  waxwing_mailbox_id mailbox;
  /// When it was received (INTERNALDATE), in milliseconds since 1970-01-01T00:00Z.
  int64_t date_ms;
  /// Bytes on the server.
  uint64_t size;
  /// The server's UID, in that mailbox; 0 while it is not yet there.
  uint32_t uid;
  /// WAXWING_FLAG_*, as shown: changes that wait are laid over what the server has.
  uint32_t flags;
  /// In a list of conversations: how many messages this one has; else 0.
  uint32_t thread_count;
  struct waxwing_str from_name;
  struct waxwing_str from_address;
  /// Decoded, one line.
  struct waxwing_str subject;
  /// The first words, one line; "" while the body isn't here.
  struct waxwing_str preview;
  /// Its keywords as shown, those without a WAXWING_FLAG_*: names joined by spaces.
  struct waxwing_str keywords;
  /// In a list of conversations: who wrote this one, in the order in which they joined in, the first five and the last, as in
  /// a header; else "".
  struct waxwing_str thread_authors;
  /// In a list of conversations: how many messages of this one are unread; else 0.
  uint32_t thread_unread;
} waxwing_message_row;

/// What the receiving server found of where a message comes from (RFC 8601): of DMARC, and of DKIM and SPF where it says nothing
/// of that.
typedef int32_t waxwing_auth_result;

/// How `waxwing_message_unsubscribe` would leave a message's mailing list. An open set.
typedef int32_t waxwing_unsubscribe_way;

/// What is to be read of a message. Library-made: a later version may be longer, as `struct_size` says.
typedef struct waxwing_message_view {
  uint32_t struct_size;
  /// WAXWING_MESSAGE_*
  uint32_t flags;
  /// As in a list; borrowed from the message. Of one that was parsed, all ids are 0 and `date_ms` is `written_ms`.
  const struct waxwing_message_row *row;
  /// The text to read; of mail that is HTML alone its text. Lines end in '\n'. "" without LOAD_TEXT.
  struct waxwing_str text;
  /// Addresses as `Name <local@domain>`, parted by ", ".
  struct waxwing_str from;
  struct waxwing_str to;
  struct waxwing_str cc;
  struct waxwing_str reply_to;
  /// When its author says it was written, in milliseconds since 1970-01-01T00:00Z; 0: unknown.
  int64_t written_ms;
  /// HTML for the body of a page, made fit to be shown; "" without LOAD_HTML, or where the message has none. A picture
  /// `waxwing-part:N` is the part N.
  struct waxwing_str html;
  struct waxwing_str bcc;
  /// The Message-ID, without angle brackets; "" if none.
  struct waxwing_str message_id_header;
  /// An https address to unsubscribe at, else a mailto one (RFC 2369); "" if none. It is for a link; what
  /// `waxwing_message_unsubscribe` would do is in `unsubscribe_way`.
  struct waxwing_str list_unsubscribe_url;
  /// WAXWING_AUTH_RESULT_*. A hint only: where a server never says anything a sender may have said it in its name.
  waxwing_auth_result auth_result;
  /// How many addresses were left out of the HTML: the rows of `waxwing_message_remote`.
  uint32_t blocked_remote;
  /// WAXWING_PRETENCE_*: why WAXWING_MESSAGE_SPOOF is set; 0 if it isn't.
  uint32_t pretences;
  /// WAXWING_UNSUBSCRIBE_*: how its mailing list is left.
  waxwing_unsubscribe_way unsubscribe_way;
  /// Where that leads: of ONE_CLICK and PAGE an https address, of MAIL a mailto one; "" if there is none. Show its host, or whom
  /// the mail goes to, before the person agrees.
  struct waxwing_str unsubscribe_url;
  /// Who asks to be told that the message was read (RFC 8098), as in `from`; "": nobody. The library never tells them.
  struct waxwing_str receipt_to;
} waxwing_message_view;

/// Rows: the one at `i` is at `(const char *)base + i * stride`, `0 <= i < count`, and of the type named by the call that
/// made the snapshot. Never use `sizeof` of it as the stride: rows grow at their end.
typedef struct waxwing_array {
  /// NULL where `count` is 0.
  const void *base;
  size_t count;
  size_t stride;
  /// Of a message list: see LIST_CHANGED. Else 0.
  uint64_t generation;
  /// How many rows the whole list has, `count` where the snapshot isn't of a message list.
  uint64_t total;
  /// The place of row 0 in the whole list.
  uint64_t first;
} waxwing_array;

/// What an invitation wants (RFC 5546 section 1.4). An open set.
typedef int32_t waxwing_invitation_method;

/// A day, or a time of a day, as a calendar wrote it (RFC 5545 sections 3.3.4 and 3.3.5). Library-made: a later version may be
/// longer, as `struct_size` says.
typedef struct waxwing_moment_view {
  uint32_t struct_size;
  /// 1900 to 2499.
  uint16_t year;
  /// 1 to 12.
  uint8_t month;
  /// 1 to 31, which need not be in that month.
  uint8_t day;
  /// It is a day as a whole: `hour` and `minute` are 0, `zone` is "".
  bool all_day;
  /// 0 to 23.
  uint8_t hour;
  /// 0 to 59.
  uint8_t minute;
  /// Whether `instant_ms` says something. Otherwise it is a day, its zone isn't known, or it is whatever the clock of the reader
  /// shows.
  bool has_instant;
  /// The same everywhere: milliseconds since 1970-01-01T00:00Z.
  int64_t instant_ms;
  /// The time zone's name as the calendar gives it, not always one that systems know; "UTC"; or "", where it names none: the
  /// clock of the reader (unless `has_instant`).
  struct waxwing_str zone;
} waxwing_moment_view;

/// What the calendar of a message says, to be shown: the library never answers one. All texts are a stranger's, of one line, without
/// controls. Library-made: a later version may be longer, as `struct_size` says.
typedef struct waxwing_invitation_view {
  uint32_t struct_size;
  waxwing_invitation_method method;
  /// What it is; "" if it doesn't say.
  struct waxwing_str summary;
  /// Where; "" if it doesn't say.
  struct waxwing_str place;
  /// Who invites: nothing proves that it is whoever wrote the message. Both "" if it doesn't say.
  struct waxwing_str organiser_name;
  struct waxwing_str organiser_address;
  /// When it begins; NULL if it doesn't say. Borrowed from the message.
  const struct waxwing_moment_view *start;
  /// When it is over, of whole days the day after the last (RFC 5545 section 3.6.1); NULL if it doesn't say. Borrowed from the
  /// message.
  const struct waxwing_moment_view *end;
  /// It takes place several times; `start` and `end` are of the first.
  bool repeated;
} waxwing_invitation_view;

/// A place for secrets.
typedef int32_t waxwing_secret_place;

/// How a place for secrets is found. An open set.
typedef int32_t waxwing_secret_state;

/// A search that is kept; as `waxwing_account_id`.
typedef uint64_t waxwing_search_id;

/// What is known of an error. Library-made: a later version may be longer, as `struct_size` says.
typedef struct waxwing_error_view {
  uint32_t struct_size;
  waxwing_status status;
  /// English, for logs. Never holds secrets, addresses or text of mails.
  struct waxwing_str message;
  /// A stable key for a translation of one's own, such as "auth.app_password". It may say more than the status: of E_NETWORK and
  /// E_DNS that there is no network ("network.none"), of E_NETWORK that the host answered and that port is closed
  /// ("network.refused").
  struct waxwing_str key;
  /// What the server said: untrusted plain text, to be attributed to the server; "" if nothing.
  struct waxwing_str server_text;
  /// A page of the provider's for what the person has to do there, from the table of providers; "" if none.
  struct waxwing_str help_url;
  /// In how many milliseconds, at the latest, it is tried again by itself. Filled in FAILED of a request that asked for an
  /// account to be in step or to sign in, where its server couldn't be reached, broke off or showed a certificate that is
  /// not trusted: then the account is connected again. 0 everywhere else: it isn't tried again without the person, or when
  /// can't be said (there is no network). When a change is tried next is told by `waxwing_queue_row`.
  uint32_t retry_after_ms;
} waxwing_error_view;

/// Why a certificate isn't believed. An open set.
typedef int32_t waxwing_trust_reason;

/// A certificate that isn't believed. Its texts are a stranger's: plain text, of no more than a few hundred characters each.
/// Library-made: a later version may be longer, as `struct_size` says.
typedef struct waxwing_trust_question {
  uint32_t struct_size;
  /// WAXWING_TRUST_*: why it isn't believed.
  waxwing_trust_reason reason;
  /// For `waxwing_trust_decide`; also `question` of the event.
  waxwing_question_id question;
  /// 0: of an account that is being added.
  waxwing_account_id account;
  struct waxwing_str host;
  uint16_t port;
  /// Whether it may be believed all the same. Else only WAXWING_TRUST_REFUSE is possible.
  bool may_pin;
  struct waxwing_str subject;
  struct waxwing_str issuer;
  /// Host names and addresses it is for, each on a line of its own.
  struct waxwing_str names;
  /// Of the whole certificate: upper-case hex, in pairs joined by colons.
  struct waxwing_str sha256_hex;
  /// Of its public key (SPKI), in the same form: what a pin holds.
  struct waxwing_str key_sha256_hex;
  int64_t not_before_ms;
  int64_t not_after_ms;
  /// The certificate, as DER.
  struct waxwing_bytes leaf_der;
} waxwing_trust_question;

/// What is to be done with a certificate.
typedef int32_t waxwing_trust_decision;

/// Whom somebody writes as.
typedef struct waxwing_identity_row {
  /// The name beside the address; may be "".
  struct waxwing_str name;
  /// One address, without a name.
  struct waxwing_str address;
  /// Where answers go, as a list of people is typed; "": to the address.
  struct waxwing_str reply_to;
  /// What stands below a mail, without the line `-- ` above it.
  struct waxwing_str signature;
  /// Mail to any address of its domain comes here, and is answered from that very address.
  bool is_catch_all;
} waxwing_identity_row;

/// A text that is kept; as `waxwing_account_id`.
typedef uint64_t waxwing_template_id;

/// How an account is doing. An open set.
typedef int32_t waxwing_account_state;

/// Where a draft stands. An open set.
typedef int32_t waxwing_draft_state;

/// Where a part belongs.
typedef int32_t waxwing_disposition;

/// How somebody answered an invitation (RFC 5545 section 3.2.12). An open set.
typedef int32_t waxwing_attendance;

/// What a change is. An open set.
typedef int32_t waxwing_queue_kind;

/// How far a change is. An open set.
typedef int32_t waxwing_queue_state;

/// A way to sign in.
typedef int32_t waxwing_auth;

/// Who named settings. An open set.
typedef int32_t waxwing_settings_source;

/// Why there is nothing to sign in to. An open set; 0: it isn't known that there isn't.
typedef int32_t waxwing_obstacle;

/// An account and how it is doing.
typedef struct waxwing_account_row {
  uint64_t id;
  struct waxwing_str address;
  struct waxwing_str display_name;
  waxwing_account_state state;
  /// What the present trouble is; WAXWING_OK if none.
  waxwing_status last_status;
  /// When it was last wholly in step with the server, in milliseconds since 1970-01-01T00:00Z; 0: never.
  int64_t last_sync_ms;
  /// Unread messages in its inbox.
  uint64_t unread;
  /// Changes made here and not yet on the server.
  uint64_t queued;
  /// Bodies on this device, and how many are to be: equal when the download is complete.
  uint64_t bodies;
  uint64_t bodies_total;
  /// Its settings: the name to sign in with, and the server.
  struct waxwing_str user_name;
  struct waxwing_str imap_host;
  uint16_t imap_port;
  /// Whether a search finds everything that is here: the index of all accounts has caught up.
  bool is_indexed;
  waxwing_security imap_security;
  /// The server to send by; "" if none.
  struct waxwing_str smtp_host;
  uint16_t smtp_port;
  waxwing_security smtp_security;
} waxwing_account_row;

/// A mailbox with its counts, changes that wait counted as done.
typedef struct waxwing_mailbox_row {
  uint64_t id;
  /// The mailbox it is in; 0 at the top.
  waxwing_mailbox_id parent;
  waxwing_account_id account;
  /// The last part of its path, as shown; INBOX is left to you to name.
  struct waxwing_str name;
  /// The whole path, with the server's delimiter.
  struct waxwing_str path;
  /// 0 at the top.
  uint32_t depth;
  waxwing_role role;
  /// WAXWING_MAILBOX_*
  uint32_t flags;
  uint64_t total;
  uint64_t unread;
} waxwing_mailbox_row;

/// An attached file, or a picture within the text.
typedef struct waxwing_part_row {
  /// Counts from 1, in the order of the message.
  uint32_t part;
  /// Decoded bytes; about as many where it isn't WAXWING_PART_LOCAL.
  uint64_t size;
  /// Such as "image/png".
  struct waxwing_str mime_type;
  /// Made safe: one component, no control characters, never "".
  struct waxwing_str file_name;
  /// 0: the message itself. A message within is one part.
  uint32_t parent;
  waxwing_disposition disposition;
  /// WAXWING_PART_*
  uint32_t flags;
  /// The Content-ID, without angle brackets; "" if none.
  struct waxwing_str content_id;
} waxwing_part_row;

/// A field of a header.
typedef struct waxwing_header_row {
  struct waxwing_str name;
  /// Decoded, one line.
  struct waxwing_str value;
} waxwing_header_row;

/// Something that a message's HTML loads, or would have loaded, over the network.
typedef struct waxwing_remote_row {
  /// As it stood there, without blanks and controls; of what was left out it may lack its scheme.
  struct waxwing_str url;
} waxwing_remote_row;

/// One of the addresses of a field.
typedef struct waxwing_address_row {
  /// Decoded, without controls and what reorders text; may be "".
  struct waxwing_str name;
  /// local@domain; "" where there is none.
  struct waxwing_str address;
} waxwing_address_row;

/// A change that the server has not agreed to, or the part of it that is of one kind.
typedef struct waxwing_queue_row {
  waxwing_operation_id id;
  waxwing_account_id account;
  waxwing_queue_kind kind;
  waxwing_queue_state state;
  /// How many messages, or mailboxes, it concerns.
  uint64_t messages;
  uint32_t tries;
  /// Why it was refused; WAXWING_OK if it wasn't.
  waxwing_status last_status;
  /// When it is tried next, in milliseconds since 1970-01-01T00:00Z; 0: as soon as it can be.
  int64_t next_try_ms;
  /// One of the messages; 0 if none.
  waxwing_message_id message_id;
  /// The mailbox it leads to, or takes place in; 0 if none.
  waxwing_mailbox_id mailbox;
} waxwing_queue_row;

/// A key that alone is believed at a port of a host.
typedef struct waxwing_pin_row {
  struct waxwing_str host;
  uint16_t port;
  /// It outlives this client.
  bool lasting;
  int64_t since_ms;
  /// Whom the certificate named that was shown then.
  struct waxwing_str subject;
  /// SHA-256 of the key (SPKI): upper-case hex, in pairs joined by colons.
  struct waxwing_str key_sha256_hex;
} waxwing_pin_row;

/// Settings that somebody named for an address.
typedef struct waxwing_setup_row {
  /// The provider's name; "" if nobody said. From any source but the table a stranger's text.
  struct waxwing_str provider;
  struct waxwing_str imap_host;
  uint16_t imap_port;
  waxwing_security imap_security;
  /// The server to send mail by; "" if none was named.
  struct waxwing_str smtp_host;
  uint16_t smtp_port;
  waxwing_security smtp_security;
  /// The name to sign in with.
  struct waxwing_str user_name;
  /// The best way to sign in.
  waxwing_auth auth;
  waxwing_settings_source source;
  /// A server of that name and port proved who it is, and speaks IMAP. Otherwise that wasn't tried, or failed.
  bool verified_tls;
  /// A page of the provider (https) for what the person has to do there first; "" if there is nothing, or no page is known.
  struct waxwing_str hint;
  /// What that is: 0 nothing, 1 have an app password made, 2 allow IMAP in the settings of the mailbox.
  int32_t hint_kind;
  /// The host lies outside the address's domain, and only DNS or a guess named it: show it, and have it confirmed, before a
  /// password goes there (RFC 6186 section 6).
  bool needs_confirming;
  /// Another way to sign in; 0 if there is none.
  waxwing_auth other_auth;
  /// The name to try when the server refuses `user_name`; "" if there is none.
  struct waxwing_str other_user_name;
  /// The address, cleaned: its domain in lower case and as DNS has it.
  struct waxwing_str address;
  /// OAuth 2: where the person agrees, where tokens are had, and what is asked for, separated by spaces; "" where that isn't
  /// known, and then the browser can't be used.
  struct waxwing_str oauth_authorize;
  struct waxwing_str oauth_token;
  struct waxwing_str oauth_scopes;
} waxwing_setup_row;

/// A tag in use.
typedef struct waxwing_tag_row {
  /// For `waxwing_list_query.tag`; the same after a restart.
  uint64_t id;
  /// How many messages have it, each once, without those in trash and junk.
  uint64_t messages;
  /// The keyword, as `waxwing_messages_set_keywords` takes it.
  struct waxwing_str keyword;
  /// What a person calls it.
  struct waxwing_str title;
} waxwing_tag_row;

/// A picture that was fetched.
typedef struct waxwing_image_row {
  /// As `waxwing_message_images` and the HTML of the message have it.
  struct waxwing_str address;
  /// A PNG, JPEG, GIF or WebP, as it came: whoever decodes it has to bear anything.
  struct waxwing_bytes content;
} waxwing_image_row;

/// A sender whose pictures are fetched without asking the person again.
typedef struct waxwing_image_sender_row {
  /// In lower case.
  struct waxwing_str address;
} waxwing_image_sender_row;

/// A search that is kept: what to open a list with.
typedef struct waxwing_search_row {
  waxwing_search_id id;
  /// As in `waxwing_list_query`.
  waxwing_account_id account;
  waxwing_mailbox_id mailbox;
  waxwing_role role;
  struct waxwing_str name;
  struct waxwing_str search;
} waxwing_search_row;

/// Somebody who is asked to come, or who answers.
typedef struct waxwing_invited_row {
  /// May be "".
  struct waxwing_str name;
  /// As the calendar has it, without "mailto:"; may be "".
  struct waxwing_str address;
  waxwing_attendance attendance;
} waxwing_invited_row;

/// Somebody who would be told that a message was opened.
typedef struct waxwing_tracker_row {
  /// The name of a known service, or a host.
  struct waxwing_str name;
} waxwing_tracker_row;

/// A mail that is being written, or was, or is about to be. As in `waxwing_composition` where nothing is said.
typedef struct waxwing_draft_row {
  waxwing_draft_id id;
  waxwing_account_id account;
  waxwing_message_id answers;
  waxwing_message_id forwards;
  /// The server's copy, or the one on its way there, as the mailbox for drafts lists it; 0 if there is none.
  waxwing_message_id message;
  /// By which it is sent; else 0.
  waxwing_operation_id operation;
  /// When it was last changed; of a version, which one it is.
  int64_t changed_ms;
  waxwing_draft_state state;
  uint32_t flags;
  struct waxwing_str from;
  struct waxwing_str to;
  struct waxwing_str cc;
  struct waxwing_str bcc;
  struct waxwing_str reply_to;
  struct waxwing_str subject;
  struct waxwing_str text;
  struct waxwing_str references;
  /// Of an answer: the files to take along, as numbers for `waxwing_new_file` with blanks between them. Else "".
  struct waxwing_str parts;
} waxwing_draft_row;

/// A file of a draft.
typedef struct waxwing_draft_file_row {
  waxwing_draft_file_id id;
  /// In octets.
  uint64_t size;
  struct waxwing_str name;
  struct waxwing_str media_type;
  /// As in `waxwing_new_file`.
  struct waxwing_str content_id;
} waxwing_draft_file_row;

/// Somebody that mail may go to.
typedef struct waxwing_contact_row {
  /// May be "".
  struct waxwing_str name;
  struct waxwing_str address;
} waxwing_contact_row;

/// A text that is kept.
typedef struct waxwing_template_row {
  waxwing_template_id id;
  /// What it is called.
  struct waxwing_str name;
  struct waxwing_str subject;
  struct waxwing_str text;
} waxwing_template_row;

/// TLS from the first byte: port 993 as a rule.
#define WAXWING_SECURITY_TLS 1

/// TLS after STARTTLS, without which nothing is said: ports 143 and 587 as a rule. For servers that have no other port.
#define WAXWING_SECURITY_STARTTLS 2

/// Not connected; tried again by itself.
#define WAXWING_ACCOUNT_OFFLINE 0

#define WAXWING_ACCOUNT_CONNECTING 1

#define WAXWING_ACCOUNT_ONLINE 2

/// It waits for `waxwing_account_sign_in_password`.
#define WAXWING_ACCOUNT_NEEDS_SIGN_IN 3

/// It waits for a decision about a certificate.
#define WAXWING_ACCOUNT_NEEDS_TRUST 4

/// It can't go on: see `last_status`.
#define WAXWING_ACCOUNT_FAILED 5

/// To a port of this device that is open for that time alone; for desktops.
#define WAXWING_BROWSER_LOOPBACK 0

/// To `redirect`, an address of the app's own; hand it to `waxwing_account_oauth_redirect`.
#define WAXWING_BROWSER_APP 1

/// Not at all: the person types a code, at another device perhaps (RFC 8628).
#define WAXWING_BROWSER_DEVICE 2

#define WAXWING_DRAFT_WRITING 0

/// It is to be sent, or is being sent, by `operation`.
#define WAXWING_DRAFT_SENDING 1

/// It was thrown away, and is kept for thirty days.
#define WAXWING_DRAFT_DISCARDED 2

/// To whoever wrote it, or wherever they want answers.
#define WAXWING_ANSWER_AUTHOR 1

/// To everybody who got it, too.
#define WAXWING_ANSWER_ALL 2

/// To its mailing list alone; where it is of none, as ANSWER_ALL.
#define WAXWING_ANSWER_LIST 3

/// It is passed on in the text of a new one, with its files.
#define WAXWING_ANSWER_FORWARD 4

/// It is passed on as a file: add it with `message` of `waxwing_new_file`.
#define WAXWING_ANSWER_FORWARD_FILE 5

/// Final: it is done; `account`, `operation`, `counts` or `text` where the request says so.
#define WAXWING_EVENT_DONE 1

/// Final: see `error`.
#define WAXWING_EVENT_FAILED 2

/// How much of an account's mail is on this device: `account`, `progress_10k`, `counts[0]` of `counts[1]` messages. With
/// `request`, of `waxwing_setup_discover`: `counts[0]` is a WAXWING_SOURCE_, `counts[1]` how far it is: 1 it is being asked, 2 it
/// named settings, 3 it named none, 4 it can't be reached. Of `waxwing_search_server`:
/// `progress_10k`, and `counts[1]` of `counts[2]` mailboxes. Of a part that is fetched: see `waxwing_part_fetch`.
#define WAXWING_EVENT_PROGRESS 3

/// Final: settings for an address, best first (`rows`, of `waxwing_setup_row`), may be none. `text`: the address that was
/// probably meant, "" where there is no doubt; `counts[0]`: a WAXWING_OBSTACLE_, or 0.
#define WAXWING_EVENT_SETUP_FOUND 10

/// Not final: a page to open in a browser, for a sign-in there: `text`, of `https`. `code`: what the person types there, at another
/// device perhaps; "" as a rule.
#define WAXWING_EVENT_SIGN_IN_URL 11

/// Not final: how far adding an account is. `counts` has the step (WAXWING_CHECK_*), how it goes (0 it began, 1 it went well, 2
/// see `error`) and, of mailboxes, how many there are.
#define WAXWING_EVENT_ACCOUNT_CHECK 12

/// The state of an account, its error or its count of waiting changes: see `waxwing_accounts_snapshot`.
#define WAXWING_EVENT_ACCOUNT_CHANGED 20

/// Mailboxes of `account` came, went or were renamed, or their counts changed: see `waxwing_mailboxes_snapshot`.
#define WAXWING_EVENT_MAILBOXES_CHANGED 21

/// A server's certificate isn't believed: see `waxwing_event_trust`, and `waxwing_trust_decide` with `question`. `account` is 0
/// for one that is being added. Told beside the error of whoever wanted to connect, once for each key at a port of a host.
#define WAXWING_EVENT_TRUST_QUESTION 30

/// `list` changed; `generation` is its new one: take a new snapshot.
#define WAXWING_EVENT_LIST_CHANGED 40

/// New unread messages in `mailbox`, an inbox of `account`, for notifications: each is told of once, whatever process found it.
/// `rows` are the newest of them, oldest first (`waxwing_message_row`), `counts[0]` is how many there are.
#define WAXWING_EVENT_NEW_MAIL 41

/// Final: `message` is here to read.
#define WAXWING_EVENT_MESSAGE_READY 50

/// Searches that are kept came, went or have other names: see `waxwing_searches_snapshot`.
#define WAXWING_EVENT_SEARCHES_CHANGED 42

/// Drafts came, went, or are other than they were: see `waxwing_drafts_snapshot`.
#define WAXWING_EVENT_DRAFTS_CHANGED 43

/// Texts that are kept came, went or are others: see `waxwing_templates_snapshot`.
#define WAXWING_EVENT_TEMPLATES_CHANGED 44

/// The body of `message_id` has arrived, or was found unreadable.
#define WAXWING_EVENT_BODY_ARRIVED 52

/// What waits for the server changed, for `account`: see `waxwing_queue_snapshot`.
#define WAXWING_EVENT_QUEUE_CHANGED 70

/// `operation`, which was shown, was refused by the server for good (`error`) and is taken back.
#define WAXWING_EVENT_OPERATION_REFUSED 71

/// Final: what was asked for is in step with the server. `counts`: new messages, changed ones, removed ones, and bytes read.
#define WAXWING_EVENT_SYNC_DONE 80

/// Final: no socket, no timer and no file lock is held any more.
#define WAXWING_EVENT_SUSPENDED 81

/// The server's own words in `text`, for `account`: untrusted, plain, never from before TLS.
#define WAXWING_EVENT_ALERT 90

/// Something was missed: read everything again that is on the screen.
#define WAXWING_EVENT_RESYNC 91

/// New mail in inboxes.
#define WAXWING_SYNC_INBOXES 1

/// The changes that wait.
#define WAXWING_SYNC_CHANGES 2

/// All mailboxes and, while there is time, bodies.
#define WAXWING_SYNC_EVERYTHING 3

#define WAXWING_NETWORK_NONE 0

/// One that is paid for by use.
#define WAXWING_NETWORK_METERED 1

#define WAXWING_NETWORK_FREE 2

/// Nothing but the caller's mistakes, which are told whatever the level.
#define WAXWING_LOG_NONE 0

#define WAXWING_LOG_ERROR 1

#define WAXWING_LOG_WARNING 2

#define WAXWING_LOG_INFORMATION 3

#define WAXWING_LOG_DEBUG 4

#define WAXWING_ROLE_NONE 0

#define WAXWING_ROLE_INBOX 1

#define WAXWING_ROLE_SENT 2

#define WAXWING_ROLE_DRAFTS 3

#define WAXWING_ROLE_TRASH 4

#define WAXWING_ROLE_JUNK 5

#define WAXWING_ROLE_ARCHIVE 6

/// Everything: Gmail's All Mail.
#define WAXWING_ROLE_ALL 7

/// A view of all flagged messages.
#define WAXWING_ROLE_FLAGGED 8

/// Nothing, or nothing certain.
#define WAXWING_AUTH_RESULT_NONE 0

/// It comes from its author's domain.
#define WAXWING_AUTH_RESULT_PASS 1

/// It doesn't.
#define WAXWING_AUTH_RESULT_FAIL 2

/// Within the text.
#define WAXWING_DISPOSITION_INLINE 0

#define WAXWING_DISPOSITION_ATTACHMENT 1

/// The message names none.
#define WAXWING_UNSUBSCRIBE_NONE 0

/// By one request over https, without a page (RFC 8058).
#define WAXWING_UNSUBSCRIBE_ONE_CLICK 1

/// By a mail.
#define WAXWING_UNSUBSCRIBE_MAIL 2

/// Not at all: there is a page, which the person has to open in a browser.
#define WAXWING_UNSUBSCRIBE_PAGE 3

/// Nothing: it tells of an event.
#define WAXWING_INVITATION_PUBLISH 0

/// It invites, or changes what it invited to.
#define WAXWING_INVITATION_REQUEST 1

/// The event doesn't take place, or somebody is no longer invited.
#define WAXWING_INVITATION_CANCEL 2

/// Somebody answers: see `attendance` of the one row of `waxwing_message_invited`.
#define WAXWING_INVITATION_REPLY 3

/// Something else: another time is proposed, say.
#define WAXWING_INVITATION_OTHER 4

/// Not yet.
#define WAXWING_ATTENDANCE_OPEN 0

#define WAXWING_ATTENDANCE_ACCEPTED 1

#define WAXWING_ATTENDANCE_DECLINED 2

#define WAXWING_ATTENDANCE_TENTATIVE 3

/// In another way: somebody else was sent, say.
#define WAXWING_ATTENDANCE_OTHER 4

/// The keyring of the system.
#define WAXWING_SECRETS_KEYRING 0

/// Memory, until the client is closed.
#define WAXWING_SECRETS_SESSION 1

/// A file of the data directory, sealed with a passphrase.
#define WAXWING_SECRETS_FILE 2

/// It wasn't looked at.
#define WAXWING_SECRETS_UNKNOWN 0

/// It can be used.
#define WAXWING_SECRETS_OPEN 1

/// It waits for its password.
#define WAXWING_SECRETS_LOCKED 2

/// There is none.
#define WAXWING_SECRETS_ABSENT 3

/// It can't be read any more, and is left as it is.
#define WAXWING_SECRETS_DAMAGED 4

#define WAXWING_QUEUE_KIND_FLAGS 1

#define WAXWING_QUEUE_KIND_MOVE 2

#define WAXWING_QUEUE_KIND_COPY 3

/// For ever.
#define WAXWING_QUEUE_KIND_DELETE 4

#define WAXWING_QUEUE_KIND_APPEND 5

#define WAXWING_QUEUE_KIND_CREATE_MAILBOX 6

#define WAXWING_QUEUE_KIND_RENAME_MAILBOX 7

#define WAXWING_QUEUE_KIND_DELETE_MAILBOX 8

#define WAXWING_QUEUE_KIND_SUBSCRIBE 9

#define WAXWING_QUEUE_KIND_SEND 10

#define WAXWING_QUEUE_KIND_KEYWORDS 11

#define WAXWING_QUEUE_STATE_WAITING 0

#define WAXWING_QUEUE_STATE_RUNNING 1

/// Sent, but the answer was lost: found out before anything else.
#define WAXWING_QUEUE_STATE_UNSURE 2

/// Listed until it is tried again or let go.
#define WAXWING_QUEUE_STATE_REFUSED 3

/// With the password of the account.
#define WAXWING_AUTH_PASSWORD 1

/// In the browser (OAuth 2 with PKCE).
#define WAXWING_AUTH_OAUTH2 2

/// With a password that the provider makes for an app.
#define WAXWING_AUTH_APP_PASSWORD 3

/// The table of well-known providers that comes with the library.
#define WAXWING_SOURCE_TABLE 1

/// The domain itself, at autoconfig.DOMAIN.
#define WAXWING_SOURCE_AUTOCONFIG 2

/// Records of services in DNS (RFC 6186).
#define WAXWING_SOURCE_SRV 3

/// The provider that takes the domain's mail, by DNS.
#define WAXWING_SOURCE_MX 4

/// Servers of usual names that answered.
#define WAXWING_SOURCE_GUESS 5

/// The domain itself, under DOMAIN/.well-known.
#define WAXWING_SOURCE_WELL_KNOWN 6

/// Mozilla's collection of providers.
#define WAXWING_SOURCE_ISPDB 7

/// The provider has no IMAP.
#define WAXWING_OBSTACLE_NO_IMAP 1

/// The provider has POP3 alone.
#define WAXWING_OBSTACLE_POP_ONLY 2

/// There is no such domain.
#define WAXWING_OBSTACLE_NO_SUCH_DOMAIN 3

/// The network can't be reached.
#define WAXWING_OBSTACLE_OFFLINE 4

/// Whoever answers is always somebody else: a network that wants a sign-in of its own first.
#define WAXWING_OBSTACLE_CAPTIVE_PORTAL 5

#define WAXWING_OK 0

/// The caller's bug: NULL, text that is not UTF-8, an unknown `struct_size` or enum.
#define WAXWING_E_ARGUMENT 100

/// No such account, mailbox, message, list or operation; a stale id too.
#define WAXWING_E_NOT_FOUND 101

/// Not in this state: suspended, busy, in use by another process.
#define WAXWING_E_STATE 102

/// No answer in time.
#define WAXWING_E_TIMEOUT 103

#define WAXWING_E_CANCELLED 104

/// The client is closed: no more events will come.
#define WAXWING_E_CLOSED 105

/// The network or the server can't be reached; tried again by itself.
#define WAXWING_E_NETWORK 200

/// The server's name has no address; tried again by itself.
#define WAXWING_E_DNS 201

/// No secure connection could be agreed on.
#define WAXWING_E_TLS 300

/// The certificate does not prove who the server is.
#define WAXWING_E_TRUST 301

/// The person must act: password or sign-in again.
#define WAXWING_E_AUTH 400

/// The provider wants an app password.
#define WAXWING_E_AUTH_APP_PASSWORD 401

/// The provider wants a sign-in in the browser.
#define WAXWING_E_AUTH_BROWSER 402

/// The server said no; its words are in the error.
#define WAXWING_E_SERVER 500

/// The mailbox on the server is full.
#define WAXWING_E_QUOTA 501

/// Over a limit of size or rate, the server's or ours.
#define WAXWING_E_LIMIT 502

/// The server broke the protocol; the connection was closed, and is made again by itself.
#define WAXWING_E_PROTOCOL 503

/// The mailbox was rebuilt on the server; what was meant is not there any more.
#define WAXWING_E_STALE 504

/// The local store can't be read or written.
#define WAXWING_E_STORAGE 600

#define WAXWING_E_DISK_FULL 601

/// The secret store is locked.
#define WAXWING_E_SECRET 700

/// The secret store failed.
#define WAXWING_E_SECRET_FAILED 701

/// Our bug.
#define WAXWING_E_INTERNAL 900

/// No known authority stands behind it.
#define WAXWING_TRUST_UNKNOWN_ISSUER 1

/// It belongs to another host.
#define WAXWING_TRUST_WRONG_HOST 2

/// Its last day has passed.
#define WAXWING_TRUST_EXPIRED 3

/// Its first day is yet to come, or this device's clock is wrong.
#define WAXWING_TRUST_NOT_YET_VALID 4

/// Its issuer withdrew it.
#define WAXWING_TRUST_REVOKED 5

/// Another key is pinned there.
#define WAXWING_TRUST_PIN_CHANGED 6

/// Its key or signature is too weak.
#define WAXWING_TRUST_WEAK 7

/// It vouches for itself.
#define WAXWING_TRUST_SELF_SIGNED 8

/// It is damaged, not meant for servers, or its key wasn't proved.
#define WAXWING_TRUST_UNUSABLE 9

/// It isn't believed, as before.
#define WAXWING_TRUST_REFUSE 0

/// Its key is believed there until the client is closed.
#define WAXWING_TRUST_THIS_RUN 1

/// Its key is believed there from now on.
#define WAXWING_TRUST_PIN 2

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/// The ABI version of this library: `WAXWING_ABI_MAJOR << 16 | WAXWING_ABI_MINOR`. Compare it with the header's.
///
/// May be called at any time, from any thread.
uint32_t waxwing_abi_version(void);

/// The version of this library, such as "1.4.2". Static.
///
/// May be called at any time, from any thread.
struct waxwing_str waxwing_version(void);

/// Signs in once with these settings, to the server for sending too where there is one; only when that worked are they kept, and
/// the secret in the secret store alone. ACCOUNT_CHECK tells each step: where only sending fails the account can be added without
/// it. Final: DONE with `account`.
WAXWING_MUST_USE
waxwing_status waxwing_account_add_password(const struct waxwing_client *WAXWING_NONNULL client,
                                            const struct waxwing_account_config *WAXWING_NONNULL config,
                                            struct waxwing_bytes secret,
                                            waxwing_request *WAXWING_NONNULL out_request);

/// Signs in once with a ready access token of OAuth 2 (RFC 6750), by OAUTHBEARER or XOAUTH2, for apps that see to tokens
/// themselves; else as `waxwing_account_add_password`. When the server no longer takes it the account needs a sign-in: give
/// it a new one. Final: DONE with `account`.
WAXWING_MUST_USE
waxwing_status waxwing_account_add_token(const struct waxwing_client *WAXWING_NONNULL client,
                                         const struct waxwing_account_config *WAXWING_NONNULL config,
                                         struct waxwing_bytes token,
                                         waxwing_request *WAXWING_NONNULL out_request);

/// Gives a new secret to an account, after E_AUTH as a rule: a password, or a token if it was added with one. Final: SYNC_DONE
/// when it signed in and is in step.
WAXWING_MUST_USE
waxwing_status waxwing_account_sign_in_password(const struct waxwing_client *WAXWING_NONNULL client,
                                                waxwing_account_id account,
                                                struct waxwing_bytes secret,
                                                waxwing_request *WAXWING_NONNULL out_request);

/// Gives an account other settings. All of them count: fill `config` with what `waxwing_accounts_snapshot` says, and change what is
/// to be another; `address` may be "", since that stays.
///
/// A changed `display_name` alone is kept at once. Whatever else differs is tried first with the secret there is, over verified TLS,
/// as by `waxwing_account_add_password`, with ACCOUNT_CHECK for each step; where that fails nothing has changed. At another host,
/// port or user name all mailboxes are read anew: mails that are the same keep their bodies, changes that wait are made to those
/// alone, and the list of each mailbox becomes what that server has. Final: DONE; FAILED with E_STATE where it is an account that is
/// here already, with E_AUTH or E_AUTH_BROWSER where there is no secret any more.
WAXWING_MUST_USE
waxwing_status waxwing_account_edit(const struct waxwing_client *WAXWING_NONNULL client,
                                    waxwing_account_id account,
                                    const struct waxwing_account_config *WAXWING_NONNULL config,
                                    waxwing_request *WAXWING_NONNULL out_request);

/// Removes an account's local mail, settings and secret; never anything on the server. Final: DONE.
WAXWING_MUST_USE
waxwing_status waxwing_account_remove(const struct waxwing_client *WAXWING_NONNULL client,
                                      waxwing_account_id account,
                                      waxwing_request *WAXWING_NONNULL out_request);

/// Brings the whole account up to date now, and connects again if it was waiting to. Final: SYNC_DONE.
WAXWING_MUST_USE
waxwing_status waxwing_account_sync(const struct waxwing_client *WAXWING_NONNULL client,
                                    waxwing_account_id account,
                                    waxwing_request *WAXWING_NONNULL out_request);

/// Says of which messages of an account the bodies are kept on this device unasked: WAXWING_OFFLINE_*, else of those of the
/// last `days` days. Lists are always whole. Final: DONE.
WAXWING_MUST_USE
waxwing_status waxwing_account_set_offline(const struct waxwing_client *WAXWING_NONNULL client,
                                           waxwing_account_id account,
                                           int32_t days,
                                           waxwing_request *WAXWING_NONNULL out_request);

/// Says by which server an account sends mail; `host` "": by none. `port` and `security` as in `waxwing_account_config`. Final:
/// DONE.
WAXWING_MUST_USE
waxwing_status waxwing_account_set_submission(const struct waxwing_client *WAXWING_NONNULL client,
                                              waxwing_account_id account,
                                              struct waxwing_str host,
                                              uint16_t port,
                                              waxwing_security security,
                                              waxwing_request *WAXWING_NONNULL out_request);

/// What an account's server offers, as it was seen at the last sign-in, and which ways were chosen, for whoever helps. Final:
/// DONE with `text`: lines, each a name, a colon and what it is, for people; which there are is no part of the ABI. No address,
/// no name of a person, a server or a mailbox and no secret is in it.
WAXWING_MUST_USE
waxwing_status waxwing_account_capabilities(const struct waxwing_client *WAXWING_NONNULL client,
                                            waxwing_account_id account,
                                            waxwing_request *WAXWING_NONNULL out_request);

/// All accounts, oldest first: rows are `waxwing_account_row`. Reads the store. Free it with `waxwing_rows_free`.
WAXWING_MUST_USE
waxwing_status waxwing_accounts_snapshot(const struct waxwing_client *WAXWING_NONNULL client,
                                         struct waxwing_rows **WAXWING_NONNULL out);

/// As `waxwing_account_add_password`, but the person signs in in the browser (OAuth 2 with PKCE): SIGN_IN_URL says which page to
/// open. The secret store gets what new access tokens are had by without the person. Final: DONE with `account`, or FAILED:
/// E_CANCELLED where the person refused, E_ARGUMENT where it isn't known where that server's people sign in.
WAXWING_MUST_USE
waxwing_status waxwing_account_add_oauth(const struct waxwing_client *WAXWING_NONNULL client,
                                         const struct waxwing_account_config *WAXWING_NONNULL config,
                                         const struct waxwing_oauth_client *WAXWING_NONNULL oauth,
                                         waxwing_request *WAXWING_NONNULL out_request);

/// Lets the person of an account sign in in the browser again, after E_AUTH as a rule, or for the first time. `oauth` NULL: as the
/// program it was done as before. What the account had is replaced only when the server took the new one. Final: SYNC_DONE when it
/// signed in and is in step; FAILED with E_AUTH where the server doesn't take it: the browser may have been signed in as somebody
/// else.
WAXWING_MUST_USE
waxwing_status waxwing_account_sign_in_oauth(const struct waxwing_client *WAXWING_NONNULL client,
                                             waxwing_account_id account,
                                             const struct waxwing_oauth_client *oauth,
                                             waxwing_request *WAXWING_NONNULL out_request);

/// The app was called with the address that the browser was to come back to, by the sign-in `request`. An address that isn't its
/// end is passed over. Returns at once. Final: DONE, or FAILED with E_NOT_FOUND: no such sign-in waits.
WAXWING_MUST_USE
waxwing_status waxwing_account_oauth_redirect(const struct waxwing_client *WAXWING_NONNULL client,
                                              waxwing_request sign_in,
                                              struct waxwing_str redirect_url,
                                              waxwing_request *WAXWING_NONNULL out_request);

/// Sets and clears flags (WAXWING_FLAG_SEEN to _JUNK) of messages of one account. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_messages_set_flags(const struct waxwing_client *WAXWING_NONNULL client,
                                          struct waxwing_ids ids,
                                          uint32_t add,
                                          uint32_t remove,
                                          waxwing_operation_id *WAXWING_NONNULL out_op);

/// Moves messages of one account to a mailbox. To another account they are handed over whole, and removed where they were
/// only when that is proved. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_messages_move(const struct waxwing_client *WAXWING_NONNULL client,
                                     struct waxwing_ids ids,
                                     waxwing_mailbox_id to,
                                     waxwing_operation_id *WAXWING_NONNULL out_op);

/// Makes a second message of each in a mailbox. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_messages_copy(const struct waxwing_client *WAXWING_NONNULL client,
                                     struct waxwing_ids ids,
                                     waxwing_mailbox_id to,
                                     waxwing_operation_id *WAXWING_NONNULL out_op);

/// Moves messages to their account's archive, which is made if there is none. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_messages_archive(const struct waxwing_client *WAXWING_NONNULL client,
                                        struct waxwing_ids ids,
                                        waxwing_operation_id *WAXWING_NONNULL out_op);

/// Moves messages to their account's trash, which is made if there is none. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_messages_trash(const struct waxwing_client *WAXWING_NONNULL client,
                                      struct waxwing_ids ids,
                                      waxwing_operation_id *WAXWING_NONNULL out_op);

/// Expunges exactly these messages. There is no undo. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_messages_delete_forever(const struct waxwing_client *WAXWING_NONNULL client,
                                               struct waxwing_ids ids,
                                               waxwing_operation_id *WAXWING_NONNULL out_op);

/// Sets the seen flag of exactly the messages of a mailbox that are unread now. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_mailbox_mark_all_read(const struct waxwing_client *WAXWING_NONNULL client,
                                             waxwing_mailbox_id mailbox,
                                             waxwing_operation_id *WAXWING_NONNULL out_op);

/// Expunges exactly the messages that are in the account's trash now. There is no undo. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_account_empty_trash(const struct waxwing_client *WAXWING_NONNULL client,
                                           waxwing_account_id account,
                                           waxwing_operation_id *WAXWING_NONNULL out_op);

/// Hands a message (RFC 5322, lone line feeds become line ends) over to the server, exactly once where that can be found out:
/// into this mailbox, with these flags, received at `date_ms`. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_message_append(const struct waxwing_client *WAXWING_NONNULL client,
                                      waxwing_mailbox_id mailbox,
                                      struct waxwing_bytes rfc5322,
                                      uint32_t flags,
                                      int64_t date_ms,
                                      waxwing_operation_id *WAXWING_NONNULL out_op);

/// Sends a finished message (RFC 5322) by the account's server for sending, once, `hold_ms` from now (an hour at most) or when
/// there is a connection; until its end is on its way waxwing_operation_undo takes it back. Its Sender or From says who sends it;
/// those in To, Cc and Bcc get it, all or nobody; Bcc is not sent. A Date and a Message-ID are added where they are missing. What
/// was sent is kept in the account's sent messages, once. E_ARGUMENT: it can't be sent to those it names; E_STATE: the account has
/// no server for sending. Final: DONE when it was sent and is kept; FAILED when the server refused it for good, and with E_TIMEOUT
/// when it can't be known whether it was sent: then it isn't sent again unless waxwing_queue_retry says so. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_send_raw(const struct waxwing_client *WAXWING_NONNULL client,
                                waxwing_account_id account,
                                struct waxwing_bytes rfc5322,
                                uint32_t hold_ms,
                                waxwing_operation_id *WAXWING_NONNULL out_op);

/// Takes back a change: unsent, it is dropped; sent, its inverse is queued, as the new operation `out_op`. E_STATE: it can't
/// be undone. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_operation_undo(const struct waxwing_client *WAXWING_NONNULL client,
                                      waxwing_operation_id op,
                                      waxwing_operation_id *WAXWING_NONNULL out_op);

/// Tries a change now: one that waits, without more waiting; one that was refused, anew. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_queue_retry(const struct waxwing_client *WAXWING_NONNULL client,
                                   waxwing_operation_id op,
                                   waxwing_operation_id *WAXWING_NONNULL out_op);

/// Lets a change go: one that waits isn't made and its effect here is taken back; one that was refused is no longer listed.
/// [durable]
WAXWING_MUST_USE
waxwing_status waxwing_queue_discard(const struct waxwing_client *WAXWING_NONNULL client,
                                     waxwing_operation_id op,
                                     waxwing_operation_id *WAXWING_NONNULL out_op);

/// Opens the store and starts working on every account in it. Blocks while the store is opened (milliseconds).
///
/// `out_error` may be NULL; what it gets is freed with `waxwing_error_free`. E_STATE: another process has the store.
/// E_NOT_FOUND: READ_ONLY, and there is none.
WAXWING_MUST_USE
waxwing_status waxwing_client_open(const struct waxwing_client_options *WAXWING_NONNULL options,
                                   struct waxwing_client **WAXWING_NONNULL out,
                                   struct waxwing_error **out_error);

/// Ends all work: requests that wait are answered with E_CLOSED, connections and the store are closed, then
/// `waxwing_client_next_event` says E_CLOSED. Idempotent. Blocks for at most a few seconds. Changes to mail are kept and go on
/// when the store is opened again.
void waxwing_client_close(const struct waxwing_client *WAXWING_NONNULL client);

/// Closes a client if need be, waits for its threads and frees it. NULL is fine. Not from a callback of its own.
void waxwing_client_free(struct waxwing_client *client);

/// Waits for the next event, `timeout_ms` milliseconds: 0 only looks, -1 waits for ever.
///
/// The event is freed with `waxwing_event_free`. E_TIMEOUT: none came. E_CLOSED: none will come any more.
WAXWING_MUST_USE
waxwing_status waxwing_client_next_event(const struct waxwing_client *WAXWING_NONNULL client,
                                         int32_t timeout_ms,
                                         struct waxwing_event **WAXWING_NONNULL out);

/// A file descriptor that is readable while events may wait: poll it, then take events until E_TIMEOUT. Owned by the client;
/// don't read or close it. -1 where there are none (Windows).
int32_t waxwing_client_event_fd(const struct waxwing_client *WAXWING_NONNULL client);

/// Ends the wait for a request that may be ended: looking for settings, adding an account, signing in, syncing, loading, searching
/// servers, fetching pictures, a part or a whole message, and leaving a list by one request, which may have been made by then. Its
/// final event is then FAILED with E_CANCELLED or, if it was too late, its result. Looking for settings ends with SETUP_FOUND and
/// what was found by then, if that is anything to sign in with. Returns at once. Nothing happens where there is no such request, or
/// it is a change: that is taken back by `waxwing_operation_undo`.
WAXWING_MUST_USE
waxwing_status waxwing_client_cancel(const struct waxwing_client *WAXWING_NONNULL client,
                                     waxwing_request request);

/// A report for whoever helps: how everything is doing, what the servers offer, which ways were chosen. Final: DONE with `text`:
/// JSON on one line, for people; its form is no part of the ABI. No address, no name of a person, a server or a mailbox, no
/// text of messages and no secret is in it.
WAXWING_MUST_USE
waxwing_status waxwing_client_report(const struct waxwing_client *WAXWING_NONNULL client,
                                     waxwing_request *WAXWING_NONNULL out_request);

/// Keeps a mail as far as it is written, a new draft or another state of one: meant for every two seconds while somebody types.
/// Half a minute after the last change it is handed over to the account's mailbox for drafts. Final: DONE with its id in
/// `counts[0]`, durable then; FAILED with E_NOT_FOUND, with E_STATE while it is being sent or when it was discarded, with E_LIMIT
/// where it is too large.
WAXWING_MUST_USE
waxwing_status waxwing_draft_save(const struct waxwing_client *WAXWING_NONNULL client,
                                  const struct waxwing_composition *WAXWING_NONNULL composition,
                                  waxwing_request *WAXWING_NONNULL out_request);

/// Adds a file to a draft. Final: DONE with its id in `counts[0]`, durable then; FAILED as `waxwing_draft_save`, and where a
/// message could not be fetched.
WAXWING_MUST_USE
waxwing_status waxwing_draft_add_file(const struct waxwing_client *WAXWING_NONNULL client,
                                      waxwing_draft_id draft,
                                      const struct waxwing_new_file *WAXWING_NONNULL file,
                                      waxwing_request *WAXWING_NONNULL out_request);

/// Takes a file out of a draft, for good. Final: DONE, or FAILED with E_NOT_FOUND or E_STATE.
WAXWING_MUST_USE
waxwing_status waxwing_draft_remove_file(const struct waxwing_client *WAXWING_NONNULL client,
                                         waxwing_draft_id draft,
                                         waxwing_draft_file_id file,
                                         waxwing_request *WAXWING_NONNULL out_request);

/// Nobody writes on a draft any more: it is handed over to the server without waiting; one in which there is nothing is dropped.
/// Final: DONE, or FAILED with E_NOT_FOUND.
WAXWING_MUST_USE
waxwing_status waxwing_draft_close(const struct waxwing_client *WAXWING_NONNULL client,
                                   waxwing_draft_id draft,
                                   waxwing_request *WAXWING_NONNULL out_request);

/// Throws a draft away: what the server has of it is removed, here it is kept for thirty days. Final: DONE, or FAILED with
/// E_NOT_FOUND or E_STATE.
WAXWING_MUST_USE
waxwing_status waxwing_draft_discard(const struct waxwing_client *WAXWING_NONNULL client,
                                     waxwing_draft_id draft,
                                     waxwing_request *WAXWING_NONNULL out_request);

/// Brings back a draft that was discarded (`version_ms` 0), or what a draft was then: `changed_ms` of a row of
/// `waxwing_draft_versions_snapshot`. Final: DONE with its id in `counts[0]`, which is another one where it was sent; FAILED with
/// E_NOT_FOUND or E_STATE.
WAXWING_MUST_USE
waxwing_status waxwing_draft_restore(const struct waxwing_client *WAXWING_NONNULL client,
                                     waxwing_draft_id draft,
                                     int64_t version_ms,
                                     waxwing_request *WAXWING_NONNULL out_request);

/// Makes a draft of a message in the mailbox for drafts, whichever program wrote it. Final: DONE with its id in `counts[0]`;
/// FAILED with E_NOT_FOUND, with E_STATE where it is in no mailbox for drafts, or because it could not be fetched.
WAXWING_MUST_USE
waxwing_status waxwing_draft_open(const struct waxwing_client *WAXWING_NONNULL client,
                                  waxwing_message_id message,
                                  waxwing_request *WAXWING_NONNULL out_request);

/// Sends a draft, once: `hold_ms` from now (an hour at most), or at `at_ms` (milliseconds since 1970-01-01T00:00Z, a year ahead at
/// most; then `hold_ms` is 0); 0: not at a time of its own. Until its end is on its way waxwing_operation_undo gives the draft back;
/// refused it is a draft again as well. Otherwise as `waxwing_send_raw`. E_ARGUMENT: an address is none, or nobody is to get it. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_draft_send(const struct waxwing_client *WAXWING_NONNULL client,
                                  waxwing_draft_id draft,
                                  uint32_t hold_ms,
                                  int64_t at_ms,
                                  waxwing_operation_id *WAXWING_NONNULL out_op);

/// The mails that are being written or sent, or (`discarded`) those that were thrown away: rows are `waxwing_draft_row`. Reads the
/// store. Free it with `waxwing_rows_free`. When they change DRAFTS_CHANGED says so.
WAXWING_MUST_USE
waxwing_status waxwing_drafts_snapshot(const struct waxwing_client *WAXWING_NONNULL client,
                                       bool discarded,
                                       struct waxwing_rows **WAXWING_NONNULL out);

/// What a draft was before, newest first, of one that was sent all it was; for thirty days: rows are `waxwing_draft_row`, with
/// `id`, `changed_ms`, flags and texts alone. Reads the store. Free it with `waxwing_rows_free`.
WAXWING_MUST_USE
waxwing_status waxwing_draft_versions_snapshot(const struct waxwing_client *WAXWING_NONNULL client,
                                               waxwing_draft_id draft,
                                               struct waxwing_rows **WAXWING_NONNULL out);

/// The files of a draft, in the order in which they came: rows are `waxwing_draft_file_row`. Reads the store; E_NOT_FOUND. Free it
/// with `waxwing_rows_free`.
WAXWING_MUST_USE
waxwing_status waxwing_draft_files_snapshot(const struct waxwing_client *WAXWING_NONNULL client,
                                            waxwing_draft_id draft,
                                            struct waxwing_rows **WAXWING_NONNULL out);

/// An answer to a message as it begins: one row of `waxwing_draft_row`, with `id` 0 and no state, to be shown, changed and given to
/// `waxwing_draft_save`, whatever of it is wanted. It is from the identity that got the message. Reads the store, nothing is kept.
/// E_NOT_FOUND while the message isn't here whole: see `waxwing_message_fetch`. Free it with `waxwing_rows_free`.
WAXWING_MUST_USE
waxwing_status waxwing_message_answer(const struct waxwing_client *WAXWING_NONNULL client,
                                      waxwing_message_id message,
                                      waxwing_answer_how how,
                                      const struct waxwing_answer_words *WAXWING_NONNULL words,
                                      struct waxwing_rows **WAXWING_NONNULL out);

/// What an event says. Reads memory only; borrowed from `event`. NULL where `event` is NULL.
const struct waxwing_event_view *waxwing_event_view_get(const struct waxwing_event *WAXWING_NONNULL event);

/// Moves the rows out of an event; they are freed with `waxwing_rows_free`. NULL if there are none or they were taken.
struct waxwing_rows *waxwing_event_take_rows(const struct waxwing_event *WAXWING_NONNULL event);

/// Moves the message out of an event; it is freed with `waxwing_message_free`. NULL if there is none or it was taken.
struct waxwing_message *waxwing_event_take_message(const struct waxwing_event *WAXWING_NONNULL event);

/// Frees an event and what is reached through it. NULL is fine.
void waxwing_event_free(struct waxwing_event *event);

/// Fetches a message's pictures from the network, because the person said so: those of `waxwing_message_images`, 200 and 32 MiB at
/// most, within 30 seconds. Over https, without cookies or a referrer; known trackers and addresses of the person's own network are
/// never asked. `waxwing_images_snapshot` has them then. Final: DONE, also where it has none or only some could be had; FAILED with
/// E_NOT_FOUND: its body isn't here; and where none of the pictures could be had, with what kept the first of them away:
/// E_NOT_FOUND: there is no picture; E_ARGUMENT: it lies in the person's own network; E_NETWORK, E_DNS, E_TIMEOUT or another of
/// the network.
WAXWING_MUST_USE
waxwing_status waxwing_images_fetch(const struct waxwing_client *WAXWING_NONNULL client,
                                    waxwing_message_id message,
                                    waxwing_request *WAXWING_NONNULL out_request);

/// Remembers that the pictures of this sender (local@domain) are fetched whenever a message of theirs is opened, or forgets it
/// (`always` false). The library only remembers it: who shows messages asks for the pictures; better not where
/// WAXWING_MESSAGE_SPOOF is set or `auth_result` is WAXWING_AUTH_RESULT_FAIL. Final: DONE, or FAILED with E_ARGUMENT where it is no
/// address.
WAXWING_MUST_USE
waxwing_status waxwing_images_remember_sender(const struct waxwing_client *WAXWING_NONNULL client,
                                              struct waxwing_str address,
                                              bool always,
                                              waxwing_request *WAXWING_NONNULL out_request);

/// The senders whose pictures are fetched without asking the person again, by their addresses: rows are `waxwing_image_sender_row`.
/// Reads the store. Free it with `waxwing_rows_free`.
WAXWING_MUST_USE
waxwing_status waxwing_image_senders_snapshot(const struct waxwing_client *WAXWING_NONNULL client,
                                              struct waxwing_rows **WAXWING_NONNULL out);

/// The pictures of a message that were fetched, by their addresses: rows are `waxwing_image_row`, copied; none before
/// `waxwing_images_fetch`, nor of a message that isn't there. They are kept in memory until others take their room, or the client is
/// closed. Free it with `waxwing_rows_free`.
WAXWING_MUST_USE
waxwing_status waxwing_images_snapshot(const struct waxwing_client *WAXWING_NONNULL client,
                                       waxwing_message_id message,
                                       struct waxwing_rows **WAXWING_NONNULL out);

/// Before the process is put to sleep: ends connections, waits for what is being written and gives the store up, within
/// `deadline_ms`. Final: SUSPENDED: no socket, no timer and no lock is left, and another process may use the store. Until
/// `waxwing_client_resume` all else is refused with E_STATE, reading too; who waits for the network gets E_CANCELLED.
///
/// FAILED with E_TIMEOUT: connections are closed but something is still reading or writing; it may be asked for again.
WAXWING_MUST_USE
waxwing_status waxwing_client_suspend(const struct waxwing_client *WAXWING_NONNULL client,
                                      uint32_t deadline_ms,
                                      waxwing_request *WAXWING_NONNULL out_request);

/// Goes on after `waxwing_client_suspend`; RESYNC tells to read everything again. Final: DONE. FAILED with E_STATE: another
/// process has the store; it stays suspended, and this may be tried again.
WAXWING_MUST_USE
waxwing_status waxwing_client_resume(const struct waxwing_client *WAXWING_NONNULL client,
                                     waxwing_request *WAXWING_NONNULL out_request);

/// Brings accounts (`account`, or with 0 all) up to date, with at most `deadline_ms` of time: for BGAppRefreshTask, a silent
/// push, WorkManager, a notification extension. `scope` is WAXWING_SYNC_*. Final: SYNC_DONE, or FAILED (E_TIMEOUT: what came
/// until then is kept), within the deadline.
///
/// While the client is suspended it goes on for as long as this takes, over one connection for each account, and is suspended
/// again when this is answered. Then E_STATE: another process has the store, or another of these is under way.
WAXWING_MUST_USE
waxwing_status waxwing_sync_now(const struct waxwing_client *WAXWING_NONNULL client,
                                waxwing_account_id account,
                                waxwing_sync_scope scope,
                                uint32_t deadline_ms,
                                waxwing_request *WAXWING_NONNULL out_request);

/// There is another network. Returns at once.
void waxwing_client_network_changed(const struct waxwing_client *WAXWING_NONNULL client, waxwing_network network);

/// The system is short of memory: 1 gives back what nobody uses just now, 2 all that can be read again from disk. Returns at once.
void waxwing_client_memory_pressure(const struct waxwing_client *WAXWING_NONNULL client,
                                    int32_t level);

/// Whether to spare the battery: then no body is fetched unasked. Returns at once.
void waxwing_client_set_power_saver(const struct waxwing_client *WAXWING_NONNULL client, bool saver);

/// Opens a list with a window of its first `window` rows, 10 000 at most. Whenever it changes LIST_CHANGED tells its new
/// generation. Reads nothing yet. Close it with `waxwing_list_close`.
WAXWING_MUST_USE
waxwing_status waxwing_list_open(const struct waxwing_client *WAXWING_NONNULL client,
                                 const struct waxwing_list_query *WAXWING_NONNULL query,
                                 uint32_t window,
                                 waxwing_list_id *WAXWING_NONNULL out_list);

/// Moves a list's window: `before` rows above the message `anchor` and `after` rows from it on. The window follows the
/// message: mail that comes above doesn't move what a person reads. Where it isn't listed any more the window stays at the
/// place where it began. `anchor` 0 is the top. Reads nothing yet.
WAXWING_MUST_USE
waxwing_status waxwing_list_move(const struct waxwing_client *WAXWING_NONNULL client,
                                 waxwing_list_id list,
                                 waxwing_message_id anchor,
                                 uint32_t before,
                                 uint32_t after);

/// The window of a list now: rows are `waxwing_message_row`. Reads the store: milliseconds, not for UI threads. Free it with
/// `waxwing_rows_free`.
WAXWING_MUST_USE
waxwing_status waxwing_list_snapshot(const struct waxwing_client *WAXWING_NONNULL client,
                                     waxwing_list_id list,
                                     struct waxwing_rows **WAXWING_NONNULL out);

/// Closes a list. Unknown ids are ignored.
void waxwing_list_close(const struct waxwing_client *WAXWING_NONNULL client, waxwing_list_id list);

/// Says how much is told to `log` from now on. Returns at once. What is no WAXWING_LOG_ changes nothing.
void waxwing_client_set_log_level(const struct waxwing_client *WAXWING_NONNULL client, waxwing_log_level level);

/// The mailboxes of an account, or of all (0), account by account, roles first, then by path: rows are `waxwing_mailbox_row`.
/// Reads the store. Free it with `waxwing_rows_free`.
WAXWING_MUST_USE
waxwing_status waxwing_mailboxes_snapshot(const struct waxwing_client *WAXWING_NONNULL client,
                                          waxwing_account_id account,
                                          struct waxwing_rows **WAXWING_NONNULL out);

/// Makes a mailbox at this path (with the server's delimiter); `role` WAXWING_ROLE_NONE: for nothing in particular. Shown at
/// once. Final: DONE when the server agreed. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_mailbox_create(const struct waxwing_client *WAXWING_NONNULL client,
                                      waxwing_account_id account,
                                      struct waxwing_str path,
                                      waxwing_role role,
                                      waxwing_operation_id *WAXWING_NONNULL out_op);

/// Gives a mailbox, and with it those below it, another path. Final: DONE when the server agreed. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_mailbox_rename(const struct waxwing_client *WAXWING_NONNULL client,
                                      waxwing_mailbox_id mailbox,
                                      struct waxwing_str path,
                                      waxwing_operation_id *WAXWING_NONNULL out_op);

/// Deletes a mailbox with all messages in it. They stay here until the server agreed; there is no undo once it was sent. Final:
/// DONE. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_mailbox_delete(const struct waxwing_client *WAXWING_NONNULL client,
                                      waxwing_mailbox_id mailbox,
                                      waxwing_operation_id *WAXWING_NONNULL out_op);

/// Subscribes to a mailbox, or no longer does: other clients show those. Final: DONE when the server agreed. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_mailbox_set_subscribed(const struct waxwing_client *WAXWING_NONNULL client,
                                              waxwing_mailbox_id mailbox,
                                              bool subscribed,
                                              waxwing_operation_id *WAXWING_NONNULL out_op);

/// Says what a mailbox is for, which goes over what the server or its name says. Final: DONE.
WAXWING_MUST_USE
waxwing_status waxwing_mailbox_set_role(const struct waxwing_client *WAXWING_NONNULL client,
                                        waxwing_mailbox_id mailbox,
                                        waxwing_role role,
                                        waxwing_request *WAXWING_NONNULL out_request);

/// Brings one mailbox up to date now. Final: SYNC_DONE.
WAXWING_MUST_USE
waxwing_status waxwing_mailbox_sync(const struct waxwing_client *WAXWING_NONNULL client,
                                    waxwing_mailbox_id mailbox,
                                    waxwing_request *WAXWING_NONNULL out_request);

/// Names the mailbox on the screen: it is kept freshest. Final: DONE.
WAXWING_MUST_USE
waxwing_status waxwing_mailbox_show(const struct waxwing_client *WAXWING_NONNULL client,
                                    waxwing_mailbox_id mailbox,
                                    waxwing_request *WAXWING_NONNULL out_request);

/// Says of which messages of a mailbox the bodies are kept on this device unasked: see `waxwing_account_set_offline`. Final:
/// DONE.
WAXWING_MUST_USE
waxwing_status waxwing_mailbox_set_offline(const struct waxwing_client *WAXWING_NONNULL client,
                                           waxwing_mailbox_id mailbox,
                                           int32_t days,
                                           waxwing_request *WAXWING_NONNULL out_request);

/// Reads a message, fetching its body first if it isn't here, before everything else; of a large one without its large files,
/// where the server can tell them apart: WAXWING_MESSAGE_PARTIAL. `what` is WAXWING_LOAD_*. Final: MESSAGE_READY with `message`.
WAXWING_MUST_USE
waxwing_status waxwing_message_load(const struct waxwing_client *WAXWING_NONNULL client,
                                    waxwing_message_id message,
                                    uint32_t what,
                                    waxwing_request *WAXWING_NONNULL out_request);

/// Fetches all of a message, with all its files, if it isn't here: as it is on the server. Final: DONE.
WAXWING_MUST_USE
waxwing_status waxwing_message_fetch(const struct waxwing_client *WAXWING_NONNULL client,
                                     waxwing_message_id message,
                                     waxwing_request *WAXWING_NONNULL out_request);

/// Reads a message from its bytes (RFC 5322), such as a file: nothing is stored, no account is needed, and it works while
/// suspended. `what` is WAXWING_LOAD_*. The bytes are copied. Final: MESSAGE_READY with `message`, whatever the bytes.
WAXWING_MUST_USE
waxwing_status waxwing_message_parse(const struct waxwing_client *WAXWING_NONNULL client,
                                     struct waxwing_bytes rfc5322,
                                     uint32_t what,
                                     waxwing_request *WAXWING_NONNULL out_request);

/// The bytes of a message that is here: see `waxwing_message_bytes`. They aren't looked into, so its view says nothing beyond
/// its row. Reads the store: not for UI threads. Free it with `waxwing_message_free`. E_NOT_FOUND while not all of it is here:
/// `waxwing_message_fetch` fetches it.
WAXWING_MUST_USE
waxwing_status waxwing_message_raw(const struct waxwing_client *WAXWING_NONNULL client,
                                   waxwing_message_id message,
                                   struct waxwing_message **WAXWING_NONNULL out);

/// What is to be read of a message. Reads memory only; borrowed from `message`. NULL where `message` is NULL.
const struct waxwing_message_view *waxwing_message_view_get(const struct waxwing_message *WAXWING_NONNULL message);

/// The attached files of a message: rows are `waxwing_part_row`. Reads memory only; borrowed from `message`.
struct waxwing_array waxwing_message_parts(const struct waxwing_message *WAXWING_NONNULL message);

/// The fields of a message's header in order: rows are `waxwing_header_row`. None without LOAD_HEADERS. Reads memory only;
/// borrowed from `message`.
struct waxwing_array waxwing_message_headers(const struct waxwing_message *WAXWING_NONNULL message);

/// What a message's HTML would have loaded over the network, each once: rows are `waxwing_remote_row`. None without
/// LOAD_HTML; 1000 at most. Reads memory only; borrowed from `message`.
struct waxwing_array waxwing_message_remote(const struct waxwing_message *WAXWING_NONNULL message);

/// The addresses of a field of a message's header, WAXWING_ADDRESSES_*: rows are `waxwing_address_row`. None for another
/// `field`. Reads memory only; borrowed from `message`.
struct waxwing_array waxwing_message_addresses(const struct waxwing_message *WAXWING_NONNULL message, int32_t field);

/// The raw bytes of a message (RFC 5322), as on the server; none where it isn't all here. Reads memory only; borrowed from `message`.
struct waxwing_bytes waxwing_message_bytes(const struct waxwing_message *WAXWING_NONNULL message);

/// Frees a message. NULL is fine. Not for messages reached through an event, unless they were taken.
void waxwing_message_free(struct waxwing_message *message);

/// What the calendar of a message says (RFC 5545, RFC 5546): the first that makes sense. NULL if there is none, also where
/// WAXWING_MESSAGE_INVITE is set and nothing in it can be shown. Reads memory only; borrowed from `message`.
const struct waxwing_invitation_view *waxwing_message_invitation(const struct waxwing_message *WAXWING_NONNULL message);

/// Whoever an invitation asks, or who answers one, 500 at most: rows are `waxwing_invited_row`. None where there is no
/// invitation. Reads memory only; borrowed from `message`.
struct waxwing_array waxwing_message_invited(const struct waxwing_message *WAXWING_NONNULL message);

/// A message's pictures on the network, each once: those that `waxwing_images_fetch` asks for and that stay in the HTML with
/// LOAD_REMOTE_IMAGES. By https alone; none that nobody would see, and none of a known tracker. Rows are `waxwing_remote_row`;
/// none without LOAD_HTML. Reads memory only; borrowed from `message`.
struct waxwing_array waxwing_message_images(const struct waxwing_message *WAXWING_NONNULL message);

/// Who would be told that a message was opened, if all its pictures were loaded, each once: rows are `waxwing_tracker_row`. The
/// library never asks them. None without LOAD_HTML. Reads memory only; borrowed from `message`.
struct waxwing_array waxwing_message_trackers(const struct waxwing_message *WAXWING_NONNULL message);

/// Whether the text of a link names another host than `url` leads to: ask before such a link is opened, and show where it leads.
/// Words name no host, and nor does what is no text. Reads memory only.
///
/// May be called at any time, from any thread.
bool waxwing_link_is_false(struct waxwing_str shown,
                           struct waxwing_str url);

/// Fetches a part of a message if it isn't here, alone, in pieces of 256 KB each of which is kept: after a lost connection,
/// `waxwing_client_cancel` or the end of the program it goes on where it was. Messages that are to be read are fetched before.
/// How far it is: PROGRESS with `request`, `message_id`, `progress_10k`, `counts[1]` of `counts[2]` bytes (coded, as they come) and
/// `counts[3]`, the part. Final: DONE: it is WAXWING_PART_LOCAL when the message is loaded again. FAILED with E_NOT_FOUND: there is
/// no such message or part; with E_PROTOCOL: the server sent something else, and nothing of it is kept.
WAXWING_MUST_USE
waxwing_status waxwing_part_fetch(const struct waxwing_client *WAXWING_NONNULL client,
                                  waxwing_message_id message,
                                  uint32_t part,
                                  waxwing_request *WAXWING_NONNULL out_request);

/// Writes a part of a message, decoded, to a new file that its user alone may read; `path` is absolute. What is there of that
/// name is left as it is. The part is fetched first if it isn't here: see `waxwing_part_fetch`. Final: DONE. FAILED with E_STATE: there is something
/// of that name; with E_NOT_FOUND: there is no such message or part.
WAXWING_MUST_USE
waxwing_status waxwing_part_save_path(const struct waxwing_client *WAXWING_NONNULL client,
                                      waxwing_message_id message,
                                      uint32_t part,
                                      struct waxwing_str path,
                                      waxwing_request *WAXWING_NONNULL out_request);

/// Writes a part of a message, decoded, to an open file, from its place on. The descriptor is duplicated: it may be closed when
/// this returns. Its file is to be one that doesn't block: a pipe that nobody reads would hold up every other message. The
/// part is fetched first if it isn't here: see `waxwing_part_fetch`. Final: DONE. FAILED with E_NOT_FOUND: there is no such message or part.
WAXWING_MUST_USE
waxwing_status waxwing_part_save_fd(const struct waxwing_client *WAXWING_NONNULL client,
                                    waxwing_message_id message,
                                    uint32_t part,
                                    int32_t fd,
                                    waxwing_request *WAXWING_NONNULL out_request);

/// Writes a whole message (RFC 5322, as on the server: an .eml file) to an open file; see `waxwing_part_save_fd`. It is fetched
/// first, with all its files, if it isn't all here. Final: DONE.
WAXWING_MUST_USE
waxwing_status waxwing_message_export_fd(const struct waxwing_client *WAXWING_NONNULL client,
                                         waxwing_message_id message,
                                         int32_t fd,
                                         waxwing_request *WAXWING_NONNULL out_request);

/// Reads a part of a message, decoded, from `offset` on into `buffer`: `out_len` bytes, `len` of them but at the end of the part,
/// where it is 0. For viewers that go to and fro: the message is parsed at the first read of a part, and then read in pieces, so
/// that whoever reads on pays for what is read alone; a part that is coded in an odd way is decoded whole each time.
///
/// Waits for the part if it isn't here, `timeout_ms` milliseconds at most. E_TIMEOUT: it didn't come in time; it is still being
/// fetched. E_NOT_FOUND: there is no such message or part. `buffer` is written to even then. Not for UI threads.
WAXWING_MUST_USE
waxwing_status waxwing_part_read(const struct waxwing_client *WAXWING_NONNULL client,
                                 waxwing_message_id message,
                                 uint32_t part,
                                 uint64_t offset,
                                 uint8_t *WAXWING_NONNULL buffer,
                                 size_t len,
                                 uint32_t timeout_ms,
                                 size_t *WAXWING_NONNULL out_len);

/// Keeps secrets in another place from now on, those that are known too. With WAXWING_SECRETS_FILE `passphrase` (UTF-8) opens the
/// file, which is made where there is none; else it is empty. Accounts that wait for a sign-in because their secret could not be
/// had go on if it is there. Final: DONE, or FAILED: E_SECRET (it is locked, or the passphrase is another one),
/// E_SECRET_FAILED (there is no keyring, or the file is damaged), E_STATE where the client has a store of the caller's.
WAXWING_MUST_USE
waxwing_status waxwing_secrets_keep(const struct waxwing_client *WAXWING_NONNULL client,
                                    waxwing_secret_place place,
                                    struct waxwing_bytes passphrase,
                                    waxwing_request *WAXWING_NONNULL out_request);

/// Gives the file of secrets another passphrase. Final: DONE, or FAILED as with `waxwing_secrets_keep`; E_STATE where there is no
/// file, too.
WAXWING_MUST_USE
waxwing_status waxwing_secrets_change_passphrase(const struct waxwing_client *WAXWING_NONNULL client,
                                                 struct waxwing_bytes old_passphrase,
                                                 struct waxwing_bytes new_passphrase,
                                                 waxwing_request *WAXWING_NONNULL out_request);

/// Where secrets are kept (WAXWING_SECRETS_KEYRING, _SESSION or _FILE), and how keyring and file stand (WAXWING_SECRETS_UNKNOWN and
/// the like). The keyring is as it was found when it was last used. E_STATE where the client has a store of the caller's.
WAXWING_MUST_USE
waxwing_status waxwing_secrets_state(const struct waxwing_client *WAXWING_NONNULL client,
                                     waxwing_secret_place *WAXWING_NONNULL out_place,
                                     waxwing_secret_state *WAXWING_NONNULL out_keyring,
                                     waxwing_secret_state *WAXWING_NONNULL out_file);

/// What waits for the server, and what it refused, account by account, oldest first: rows are `waxwing_queue_row`. Reads the
/// store. Free it with `waxwing_rows_free`.
WAXWING_MUST_USE
waxwing_status waxwing_queue_snapshot(const struct waxwing_client *WAXWING_NONNULL client,
                                      struct waxwing_rows **WAXWING_NONNULL out);

/// The rows of a snapshot. Reads memory only; borrowed from `rows`.
struct waxwing_array waxwing_rows_array(const struct waxwing_rows *WAXWING_NONNULL rows);

/// Frees a snapshot. NULL is fine.
void waxwing_rows_free(struct waxwing_rows *rows);

/// Searches on the servers too, for what is not on this device: `query` as for `waxwing_list_open`, with `search`, its `flags` and
/// `tag` 0. What they find is listed, and lists of the same search have it as well; until another one begins, which ends this with
/// E_CANCELLED, as does `waxwing_client_cancel`. PROGRESS tells how far it is. Final: DONE with how many messages servers found in `counts[0]`, those
/// that are here among them, and 1 in `counts[1]` if every mailbox was searched for everything, else 0; FAILED with E_ARGUMENT where
/// nothing is sought, or, where no server could be searched, with what kept the first one from it (E_NETWORK: its account isn't
/// connected).
WAXWING_MUST_USE
waxwing_status waxwing_search_server(const struct waxwing_client *WAXWING_NONNULL client,
                                     const struct waxwing_list_query *WAXWING_NONNULL query,
                                     waxwing_request *WAXWING_NONNULL out_request);

/// Keeps a search under a name, one that another has too if need be; `query` as for `waxwing_search_server`. It goes with the
/// account or the mailbox that it searches. Final: DONE with its id in `counts[0]`; FAILED with E_ARGUMENT: name or search is blank,
/// has controls or more than 2000 bytes; with E_NOT_FOUND: there is no such account or mailbox.
WAXWING_MUST_USE
waxwing_status waxwing_search_save(const struct waxwing_client *WAXWING_NONNULL client,
                                   struct waxwing_str name,
                                   const struct waxwing_list_query *WAXWING_NONNULL query,
                                   waxwing_request *WAXWING_NONNULL out_request);

/// Gives a search that is kept another name. Final: DONE, or FAILED with E_NOT_FOUND, or with E_ARGUMENT as in
/// `waxwing_search_save`.
WAXWING_MUST_USE
waxwing_status waxwing_search_rename(const struct waxwing_client *WAXWING_NONNULL client,
                                     waxwing_search_id search,
                                     struct waxwing_str name,
                                     waxwing_request *WAXWING_NONNULL out_request);

/// No longer keeps a search; messages stay as they are. Final: DONE, or FAILED with E_NOT_FOUND.
WAXWING_MUST_USE
waxwing_status waxwing_search_delete(const struct waxwing_client *WAXWING_NONNULL client,
                                     waxwing_search_id search,
                                     waxwing_request *WAXWING_NONNULL out_request);

/// The searches that are kept, by name: rows are `waxwing_search_row`. Reads the store. Free it with `waxwing_rows_free`. When
/// they change SEARCHES_CHANGED says so.
WAXWING_MUST_USE
waxwing_status waxwing_searches_snapshot(const struct waxwing_client *WAXWING_NONNULL client,
                                         struct waxwing_rows **WAXWING_NONNULL out);

/// How far a search there can be trusted: how many messages are listed; of how many of them the body is not on this device,
/// which are found by subject and author alone; how many are not yet indexed, which may not be found; and how many mailboxes are
/// not yet listed whole. Of `query` its words don't matter; `flags` and `tag` are 0. All four are written, or none. Reads the store.
/// E_ARGUMENT as for `waxwing_list_open`; of an account or mailbox that isn't there all are 0.
WAXWING_MUST_USE
waxwing_status waxwing_search_coverage(const struct waxwing_client *WAXWING_NONNULL client,
                                       const struct waxwing_list_query *WAXWING_NONNULL query,
                                       uint64_t *WAXWING_NONNULL out_messages,
                                       uint64_t *WAXWING_NONNULL out_without_body,
                                       uint64_t *WAXWING_NONNULL out_not_indexed,
                                       uint64_t *WAXWING_NONNULL out_not_listed);

/// Answers `get` of a secret store: with WAXWING_OK the secret (UTF-8), with E_NOT_FOUND that there is none, with any other
/// status why it can't be had. It is zeroed in the library after use.
void waxwing_reply_secret(const struct waxwing_client *WAXWING_NONNULL client,
                          waxwing_reply reply,
                          waxwing_status status,
                          struct waxwing_bytes secret);

/// Answers `put` and `remove` of a secret store, and `verify` of a verifier.
void waxwing_reply_status(const struct waxwing_client *WAXWING_NONNULL client, waxwing_reply reply, waxwing_status status);

/// Finds the settings for an address, as a person typed it; at most ten seconds. Meanwhile PROGRESS tells of each source.
/// Nothing is kept of it, and no password is needed. Final: SETUP_FOUND, also where nothing is found; FAILED where this is no
/// address.
WAXWING_MUST_USE
waxwing_status waxwing_setup_discover(const struct waxwing_client *WAXWING_NONNULL client,
                                      struct waxwing_str address,
                                      waxwing_request *WAXWING_NONNULL out_request);

/// The name of a status, such as "E_TRUST"; of an unknown one that of its hundred, or "E_UNKNOWN". Static; never fails.
///
/// May be called at any time, from any thread.
struct waxwing_str waxwing_status_name(waxwing_status status);

/// What is known of an error. Reads memory only; borrowed from `error`. NULL where `error` is NULL.
const struct waxwing_error_view *waxwing_error_view_get(const struct waxwing_error *WAXWING_NONNULL error);

/// Frees an error that `waxwing_client_open` gave. NULL is fine. Not for errors reached through an event.
void waxwing_error_free(struct waxwing_error *error);

/// Gives messages of one account keywords and takes others away: names joined by spaces, "" for none. What is in both is taken
/// away. A name is an atom of IMAP (RFC 9051), 100 bytes at most, and none that has a WAXWING_FLAG_*. Final: FAILED with E_SERVER
/// where the mailbox takes no new ones. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_messages_set_keywords(const struct waxwing_client *WAXWING_NONNULL client,
                                             struct waxwing_ids ids,
                                             struct waxwing_str add,
                                             struct waxwing_str remove,
                                             waxwing_operation_id *WAXWING_NONNULL out_op);

/// The tags that messages have, by what they are called: rows are `waxwing_tag_row`. Reads the store. Free it with
/// `waxwing_rows_free`. No event is theirs: take it again after LIST_CHANGED.
WAXWING_MUST_USE
waxwing_status waxwing_tags_snapshot(const struct waxwing_client *WAXWING_NONNULL client,
                                     struct waxwing_rows **WAXWING_NONNULL out);

/// Makes messages of one conversation a conversation of their own: answers to them that come later belong there. It is done on
/// this device alone, and waxwing_operation_undo takes it back. Where they are all of it nothing changes. E_ARGUMENT: they are of
/// several conversations. Final: DONE, at once. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_conversation_split(const struct waxwing_client *WAXWING_NONNULL client,
                                          struct waxwing_ids ids,
                                          waxwing_operation_id *WAXWING_NONNULL out_op);

/// Makes the conversations of these messages, of one account, one: all messages of each, not these alone. On this device alone, as
/// `waxwing_conversation_split`. E_ARGUMENT: they are of several accounts. Final: DONE, at once. [durable]
WAXWING_MUST_USE
waxwing_status waxwing_conversations_join(const struct waxwing_client *WAXWING_NONNULL client,
                                          struct waxwing_ids ids,
                                          waxwing_operation_id *WAXWING_NONNULL out_op);

/// What TRUST_QUESTION asks. Reads memory only; borrowed from `event`. NULL for other events.
const struct waxwing_trust_question *waxwing_event_trust(const struct waxwing_event *WAXWING_NONNULL event);

/// Answers a question. A key that is believed is the only one from then on at that port of that host, whatever its certificate
/// says of issuer, names and dates; any other stops everything there (reason WAXWING_TRUST_PIN_CHANGED) until
/// `waxwing_pin_remove`. Accounts that wait for it connect at once; adding one is to be tried again. Final: DONE, or FAILED with
/// E_NOT_FOUND, or with E_STATE where it must not be believed.
WAXWING_MUST_USE
waxwing_status waxwing_trust_decide(const struct waxwing_client *WAXWING_NONNULL client,
                                    waxwing_question_id question,
                                    waxwing_trust_decision decision,
                                    waxwing_request *WAXWING_NONNULL out_request);

/// The keys that were pinned, by host and port: rows are `waxwing_pin_row`. Reads the store. Free it with `waxwing_rows_free`.
WAXWING_MUST_USE
waxwing_status waxwing_pins_snapshot(const struct waxwing_client *WAXWING_NONNULL client,
                                     struct waxwing_rows **WAXWING_NONNULL out);

/// Takes a pin away: certificates at that port of that host are looked at as everywhere else, and connections to there are made
/// anew. Final: DONE, or FAILED with E_NOT_FOUND.
WAXWING_MUST_USE
waxwing_status waxwing_pin_remove(const struct waxwing_client *WAXWING_NONNULL client,
                                  struct waxwing_str host,
                                  uint16_t port,
                                  waxwing_request *WAXWING_NONNULL out_request);

/// Asks to be taken off the mailing list a message is from, which nothing else ever does: by one request over https without
/// cookies where the message allows that (RFC 8058: its fields are signed, as far as the receiving server tells), else by a mail
/// from the account's address, sent and kept as by waxwing_send_raw without a `hold_ms`, so that there is no undo. Which of them it
/// is, and to whom, is in `unsubscribe_way` and `unsubscribe_url`: ask the person first. Final: DONE when the list's server agreed
/// or the mail was sent; FAILED with E_SERVER: it didn't; with E_STATE: the message names no way, or only a page for a browser, or
/// the account has no server for sending; with E_NOT_FOUND: its body isn't here; else with what the network said.
WAXWING_MUST_USE
waxwing_status waxwing_message_unsubscribe(const struct waxwing_client *WAXWING_NONNULL client,
                                           waxwing_message_id message,
                                           waxwing_request *WAXWING_NONNULL out_request);

/// Says whom an account's person writes as, the usual one first: `count` of them, `stride` bytes from one to the next
/// (`sizeof(waxwing_identity_row)`). None: by the account's own address alone. Final: DONE, or FAILED with E_NOT_FOUND, or with
/// E_ARGUMENT where an address is none or there are more than two hundred. ACCOUNT_CHANGED tells of it.
WAXWING_MUST_USE
waxwing_status waxwing_identities_set(const struct waxwing_client *WAXWING_NONNULL client,
                                      waxwing_account_id account,
                                      const struct waxwing_identity_row *identities,
                                      size_t count,
                                      size_t stride,
                                      waxwing_request *WAXWING_NONNULL out_request);

/// Whom an account's person writes as, the usual one first, at least one: rows are `waxwing_identity_row`. Reads the store. Free
/// it with `waxwing_rows_free`.
WAXWING_MUST_USE
waxwing_status waxwing_identities_snapshot(const struct waxwing_client *WAXWING_NONNULL client,
                                           waxwing_account_id account,
                                           struct waxwing_rows **WAXWING_NONNULL out);

/// Whom somebody means who typed this: those that were written to often and lately first, `max` of them at most. Rows are
/// `waxwing_contact_row`. Reads the store. Free it with `waxwing_rows_free`.
WAXWING_MUST_USE
waxwing_status waxwing_contacts_complete(const struct waxwing_client *WAXWING_NONNULL client,
                                         struct waxwing_str typed,
                                         uint32_t max,
                                         struct waxwing_rows **WAXWING_NONNULL out);

/// Keeps a text to be sent again and again, a new one (`template_id` 0) or another in the place of that one. Final: DONE with its
/// id in `counts[0]`; FAILED with E_ARGUMENT for a blank name or a text above 1 MB, with E_NOT_FOUND.
WAXWING_MUST_USE
waxwing_status waxwing_template_save(const struct waxwing_client *WAXWING_NONNULL client,
                                     waxwing_template_id template_id,
                                     struct waxwing_str name,
                                     struct waxwing_str subject,
                                     struct waxwing_str text,
                                     waxwing_request *WAXWING_NONNULL out_request);

/// Keeps it no longer. Final: DONE, or FAILED with E_NOT_FOUND.
WAXWING_MUST_USE
waxwing_status waxwing_template_delete(const struct waxwing_client *WAXWING_NONNULL client,
                                       waxwing_template_id template_id,
                                       waxwing_request *WAXWING_NONNULL out_request);

/// The texts that are kept, by name: rows are `waxwing_template_row`. Reads the store. Free it with `waxwing_rows_free`. When they
/// change TEMPLATES_CHANGED says so.
WAXWING_MUST_USE
waxwing_status waxwing_templates_snapshot(const struct waxwing_client *WAXWING_NONNULL client,
                                          struct waxwing_rows **WAXWING_NONNULL out);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#ifdef __clang__
#  pragma clang diagnostic pop
#endif

#endif /* WAXWING_H */
