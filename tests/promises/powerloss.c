/* Power loss on demand: preloaded into the hub, it keeps for every watched file the content of its last fsync.
 *
 * POWERLOSS_WATCH names a folder, POWERLOSS_SHADOW another. After each fsync or fdatasync of a file in the first,
 * a copy of it stands in the second (put there by rename, so that it is whole). After a kill, the shadows are what
 * a disk would still hold that drops everything not yet synced.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static void keep(int fd)
{
    const char *watch = getenv("POWERLOSS_WATCH"), *shadow = getenv("POWERLOSS_SHADOW");
    char link[64], path[PATH_MAX], target[PATH_MAX], part[PATH_MAX];
    static char buffer[1 << 16];
    ssize_t length, got;
    off_t at = 0;
    struct stat about;
    if (!watch || !shadow || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return;
    path[length] = 0;
    if (strncmp(path, watch, strlen(watch)) != 0 || path[strlen(watch)] != '/')
        return;
    if (strchr(path + strlen(watch) + 1, '/'))
        return;
    if (snprintf(target, sizeof target, "%s/%s", shadow, strrchr(path, '/') + 1) >= (int)sizeof target - 8)
        return;
    strcpy(part, target);
    strcat(part, ".part");
    pthread_mutex_lock(&one_at_a_time);
    int out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (out >= 0) {
        /* read through the caller's own descriptor: closing another one would drop SQLite's locks on the file */
        while ((got = pread(fd, buffer, sizeof buffer, at)) > 0) {
            if (write(out, buffer, (size_t)got) != got)
                abort();
            at += got;
        }
        close(out);
        if (got == 0)
            rename(part, target);
    }
    pthread_mutex_unlock(&one_at_a_time);
}

int fsync(int fd)
{
    static int (*real)(int);
    if (!real)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    int result = real(fd);
    if (result == 0)
        keep(fd);
    return result;
}

int fdatasync(int fd)
{
    static int (*real)(int);
    if (!real)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    int result = real(fd);
    if (result == 0)
        keep(fd);
    return result;
}
