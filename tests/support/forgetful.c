/*
 * A disk that forgets: loaded before the C library, it keeps account of what a program under test has made durable in
 * one directory, kills the program at a chosen call or lets a chosen call fail.
 *
 *   FORGETFUL_LIVE     the directory, absolute and without links
 *   FORGETFUL_IMAGE    where the account is kept, on the same file system:
 *                        links/INODE   every file there ever was, as the program sees it
 *                        synced/INODE  its content at its last fsync or fdatasync
 *                        names/INODE   "KIND INODE NAME" for what was in a directory at its last fsync
 *   FORGETFUL_CALLS    a file of 8 bytes: how many calls changed or synced anything there
 *   FORGETFUL_KILL_AT  the call before which the program is killed; 0 or missing: none
 *   FORGETFUL_FAIL_AT  the first call that fails, FORGETFUL_FAIL_FOR how many do, FORGETFUL_ERROR with which errno
 *
 * A file's content is durable by its own fsync or fdatasync, a name by an fsync of the directory it is in, and by
 * nothing else: less than any file system in use guarantees, and all that POSIX does. What a crash leaves is made of
 * this account by forgetful.rs. What is written through a mapping (SQLite's -shm) is no call and never durable.
 *
 * Only what Rust's standard library and SQLite use is here; a test shows that nothing else is needed.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char live[PATH_MAX], image[PATH_MAX];
static uint64_t kill_at, fail_at, fail_for;
static int failure;
static uint64_t *calls;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static uint64_t number(const char *name) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : 0;
}

static void begin(void) {
    const char *root = getenv("FORGETFUL_LIVE"), *account = getenv("FORGETFUL_IMAGE");
    const char *count = getenv("FORGETFUL_CALLS");
    if (!root || !account || !count) return;
    int file = REAL(open)(count, O_RDWR | O_CLOEXEC);
    void *map = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *calls, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map == MAP_FAILED) abort();
    close(file);
    kill_at = number("FORGETFUL_KILL_AT");
    fail_at = number("FORGETFUL_FAIL_AT");
    fail_for = number("FORGETFUL_FAIL_FOR");
    failure = (int)number("FORGETFUL_ERROR");
    snprintf(image, sizeof image, "%s", account);
    calls = map;
    snprintf(live, sizeof live, "%s", root);
}

static int is_under(const char *path) {
    size_t length = strlen(live);
    return length && !strncmp(path, live, length) && (path[length] == '/' || !path[length]);
}

/* The file or directory behind a descriptor, if it is one of those we watch. */
static int watched(int file, char *path) {
    pthread_once(&once, begin);
    if (!*live) return 0;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_under(path);
}

static int watched_path(int directory, const char *path) {
    pthread_once(&once, begin);
    if (!*live || !path) return 0;
    char whole[PATH_MAX];
    if (*path == '/' ) return is_under(path);
    return directory != AT_FDCWD && watched(directory, whole);
}

/* Counts a call, with the lock held. Dies here, or says with which errno it is to fail. */
static int count(void) {
    uint64_t now = ++*calls;
    if (now == kill_at) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
    return fail_at && now >= fail_at && now - fail_at < fail_for ? failure : 0;
}

static void trouble(const char *what) {
    fprintf(stderr, "forgetful: %s: %s\n", what, strerror(errno));
    abort();
}

/* A file that was just made stays reachable, so that its inode's number is never given to another. */
static void remember(int file) {
    struct stat about;
    char from[64], to[PATH_MAX + 64];
    if (fstat(file, &about) || !S_ISREG(about.st_mode)) return;
    snprintf(from, sizeof from, "/proc/self/fd/%d", file);
    snprintf(to, sizeof to, "%s/links/%ju", image, (uintmax_t)about.st_ino);
    if (linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW) && errno != EEXIST) trouble("link");
}

static void content_is_durable(ino_t inode, int file) {
    static char buffer[1 << 16];
    char to[PATH_MAX + 64], whole[PATH_MAX + 64];
    snprintf(to, sizeof to, "%s/synced/new", image);
    snprintf(whole, sizeof whole, "%s/synced/%ju", image, (uintmax_t)inode);
    int target = REAL(open)(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    /* By this descriptor where it can be read: to close another one would let go of SQLite's locks on the file. */
    int mine = file;
    if ((fcntl(file, F_GETFL) & O_ACCMODE) == O_WRONLY) {
        char from[64];
        snprintf(from, sizeof from, "/proc/self/fd/%d", file);
        file = REAL(open)(from, O_RDONLY | O_CLOEXEC);
    }
    if (target < 0 || file < 0) trouble("copy");
    ssize_t size;
    for (off_t at = 0; (size = pread(file, buffer, sizeof buffer, at)) > 0; at += size)
        if (REAL(write)(target, buffer, (size_t)size) != size) trouble("copy");
    if (size < 0) trouble("copy");
    if (file != mine) close(file);
    close(target);
    /* At once: the program may be killed from outside too. */
    if (REAL(rename)(to, whole)) trouble("rename");
}

static void names_are_durable(ino_t inode, const char *path) {
    char to[PATH_MAX + 64], whole[PATH_MAX + 64];
    snprintf(to, sizeof to, "%s/names/new", image);
    snprintf(whole, sizeof whole, "%s/names/%ju", image, (uintmax_t)inode);
    DIR *directory = opendir(path);
    FILE *names = fopen(to, "we");
    if (!directory || !names) trouble("names");
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        fprintf(names, "%c %ju %s\n", entry->d_type == DT_DIR ? 'd' : 'f', (uintmax_t)entry->d_ino, entry->d_name);
    }
    closedir(directory);
    if (fclose(names) || REAL(rename)(to, whole)) trouble("names");
}

static void is_durable(int file) {
    struct stat about;
    char path[64];
    if (fstat(file, &about)) trouble("fstat");
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (S_ISDIR(about.st_mode)) names_are_durable(about.st_ino, path);
    if (S_ISREG(about.st_mode)) {
        remember(file);
        content_is_durable(about.st_ino, file);
    }
}

/* A call on a descriptor: passed on as it is elsewhere, counted and done under the lock in our directory. */
#define ON_FILE(file, call)                      \
    do {                                         \
        char path_[PATH_MAX];                    \
        if (!watched(file, path_)) return call;  \
        pthread_mutex_lock(&lock);               \
        int error_ = count();                    \
        __typeof__(call) result_ = -1;           \
        if (!error_) result_ = call;             \
        int saved_ = error_ ? error_ : errno;    \
        pthread_mutex_unlock(&lock);             \
        errno = saved_;                          \
        return result_;                          \
    } while (0)

#define ON_PATH(directory, path, call)                       \
    do {                                                     \
        if (!watched_path(directory, path)) return call;     \
        pthread_mutex_lock(&lock);                           \
        int error_ = count();                                \
        __typeof__(call) result_ = -1;                       \
        if (!error_) result_ = call;                         \
        int saved_ = error_ ? error_ : errno;                \
        pthread_mutex_unlock(&lock);                         \
        errno = saved_;                                      \
        return result_;                                      \
    } while (0)

ssize_t write(int file, const void *bytes, size_t size) { ON_FILE(file, REAL(write)(file, bytes, size)); }
ssize_t writev(int file, const struct iovec *parts, int many) { ON_FILE(file, REAL(writev)(file, parts, many)); }
ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) { ON_FILE(file, REAL(pwrite)(file, bytes, size, at)); }
ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at) { ON_FILE(file, REAL(pwrite64)(file, bytes, size, at)); }
ssize_t pwritev(int file, const struct iovec *parts, int many, off_t at) { ON_FILE(file, REAL(pwritev)(file, parts, many, at)); }
int ftruncate(int file, off_t size) { ON_FILE(file, REAL(ftruncate)(file, size)); }
int ftruncate64(int file, off64_t size) { ON_FILE(file, REAL(ftruncate64)(file, size)); }
int unlink(const char *path) { ON_PATH(AT_FDCWD, path, REAL(unlink)(path)); }
int unlinkat(int directory, const char *path, int flags) { ON_PATH(directory, path, REAL(unlinkat)(directory, path, flags)); }
int rename(const char *from, const char *to) { ON_PATH(AT_FDCWD, to, REAL(rename)(from, to)); }
int mkdir(const char *path, mode_t mode) { ON_PATH(AT_FDCWD, path, REAL(mkdir)(path, mode)); }

static int synced(int file, int (*call)(int)) {
    char path[PATH_MAX];
    if (!watched(file, path)) return call(file);
    pthread_mutex_lock(&lock);
    int error = count(), result = -1;
    if (!error) {
        /* The account stands for the disk: asking the real one as well would only take time. */
        is_durable(file);
        result = 0;
    }
    pthread_mutex_unlock(&lock);
    if (error) errno = error;
    return result;
}

int fsync(int file) { return synced(file, REAL(fsync)); }
int fdatasync(int file) { return synced(file, REAL(fdatasync)); }

static int opened(int directory, const char *path, int flags, mode_t mode) {
    int (*call)(int, const char *, int, ...) = REAL(openat);
    if (!(flags & (O_CREAT | O_TRUNC)) || !watched_path(directory, path)) return call(directory, path, flags, mode);
    pthread_mutex_lock(&lock);
    int is_new = (flags & O_CREAT) && faccessat(directory, path, F_OK, 0);
    int error = is_new || (flags & O_TRUNC) ? count() : 0, file = -1;
    if (!error) file = call(directory, path, flags, mode);
    if (file >= 0 && is_new) remember(file);
    int saved = error ? error : errno;
    pthread_mutex_unlock(&lock);
    errno = saved;
    return file;
}

#define MODE(flags)                                   \
    mode_t mode = 0;                                  \
    if ((flags) & (O_CREAT | O_TMPFILE)) {            \
        va_list rest;                                 \
        va_start(rest, flags);                        \
        mode = va_arg(rest, mode_t);                  \
        va_end(rest);                                 \
    }

int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int directory, const char *path, int flags, ...) { MODE(flags) return opened(directory, path, flags, mode); }
int openat64(int directory, const char *path, int flags, ...) { MODE(flags) return opened(directory, path, flags, mode); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
