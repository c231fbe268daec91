#include "port/service.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "base/printable.h"

void service_ready(void)
{
    sd_notify(0, "READY=1");
}

void service_reloading(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
               (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

void service_stopping(int64_t at_most_ms)
{
    sd_notifyf(0, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%" PRId64, at_most_ms * 1000);
}

void service_status(const char *text)
{
    char shown[512];
    snprintf(shown, sizeof shown, "%s", text);
    printable(shown, strlen(shown));
    sd_notifyf(0, "STATUS=%s", shown);
}

void service_beat(void)
{
    sd_notify(0, "WATCHDOG=1");
}

int64_t service_beat_ms(void)
{
    uint64_t usec = 0;
    return sd_watchdog_enabled(1, &usec) > 0 ? (int64_t)(usec / 1000) : 0;
}
