/*
 * server.h - the HTTP server: the only file that knows libmicrohttpd.
 *
 * One thread of the library's own answers all requests; those that have to wait are suspended and
 * hold up nobody.
 */
#ifndef SIMULATOR_SERVER_H
#define SIMULATOR_SERVER_H

#include "simulator.h"

struct server;

/* Starts listening; fills in the simulator's port. NULL where that failed, which has been said on
 * standard error. */
struct server *server_start(struct simulator *sim);

/* Wakes and closes every connection and ends the thread. */
void server_stop(struct server *server);

#endif
