/*
 * auto: resources that end with their scope.
 *
 *     AUTO(closep) int fd = open(...);
 *
 * runs closep(&fd) when fd goes out of scope, on every path out. A cleanup takes a pointer to the
 * variable and accepts one that holds nothing.
 */
#ifndef BASE_AUTO_H
#define BASE_AUTO_H

#define AUTO(fn) __attribute__((cleanup(fn)))

/* Closes *fd unless it is negative; keeps errno. */
void closep(int *fd);

/* free(*p), for a pointer of any type given by its address. */
void freep(void *p);

#endif
