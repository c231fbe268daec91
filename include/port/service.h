/*
 * service: what the manager that started us is told. The one door to libsystemd but for the log.
 *
 * Every call does nothing where nobody listens (NOTIFY_SOCKET unset), so that the daemon runs the
 * same on a terminal and in a container. See sd_notify(3).
 */
#ifndef PORT_SERVICE_H
#define PORT_SERVICE_H

#include <stdint.h>

/* The configuration is proved, and cycles will come. */
void service_ready(void);

/* A configuration is being read anew; service_ready ends it. */
void service_reloading(void);

/* We were asked to stop and will need up to so long. */
void service_stopping(int64_t at_most_ms);

/* One line for a person, shown by `systemctl status`; what could act on a terminal is shown as '?'.
 */
void service_status(const char *text);

/* We are alive. */
void service_beat(void);

/* How often a beat is wanted at least, in ms; 0: there is no watchdog. Forgets the variables that
 * say so, which children must not act on. */
int64_t service_beat_ms(void);

#endif
