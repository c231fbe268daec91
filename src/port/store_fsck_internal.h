/*
 * What the files of store_fsck share: store_fsck.c lists what there is to be looked at, and looks
 * at objects and the working tree; store_fsck_refs.c at refs and HEAD; store_fsck_settings.c at
 * what else stands in the git directory.
 */
#ifndef PORT_STORE_FSCK_INTERNAL_H
#define PORT_STORE_FSCK_INTERNAL_H

#include "store_internal.h"

enum item_sort {
    ITEM_LOOSE,  /* an object: named by its id */
    ITEM_SEALED, /* ends in the SHA-1 of all before */
    ITEM_PAIR,   /* a pack, or its index: the other one must be there */
    ITEM_REF,    /* a file that holds an id, or the name of another ref */
    ITEM_PACKED, /* packed-refs */
    ITEM_HEAD,
    ITEM_LOG, /* of a ref */
    ITEM_CONFIG,
    ITEM_ATTRIBUTES,
    ITEM_TIMELINE,
    ITEM_FILE, /* of the working tree */
};

struct item {
    enum item_sort sort;
    const char *path;              /* from the working tree's root; for the person */
    const struct store_file *file; /* ITEM_FILE */
};

struct store_fsck {
    struct store *store;
    struct arena arena;
    struct item *items;
    size_t n, room, next;
    struct fs_walk walk;
    struct buf content;
    struct proof *proof; /* of the timeline at hand */
};

/* What there is to be told of an item; returns STORE_FAULT. */
int fsck_fault(struct store_fault *ret, const struct item *item, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reads a small file into f->content; its text without the newline at its end. STORE_SOUND, or what
 * fsck_fault returns. */
int fsck_read(struct store_fsck *f, const struct item *item, struct str *ret,
              struct store_fault *fault_ret);

/* Whether an id, in hex, is that of an object that is there, and can be read. */
bool fsck_is_object(struct store_fsck *f, struct str hex);

/* Each looks at an item: STORE_SOUND or STORE_FAULT. */
int fsck_look_at_ref(struct store_fsck *f, const struct item *item, struct store_fault *ret);
int fsck_look_at_packed(struct store_fsck *f, const struct item *item, struct store_fault *ret);
int fsck_look_at_head(struct store_fsck *f, const struct item *item, struct store_fault *ret);
int fsck_look_at_log(struct store_fsck *f, const struct item *item, struct store_fault *ret);
int fsck_look_at_config(struct store_fsck *f, const struct item *item, struct store_fault *ret);
int fsck_look_at_attributes(struct store_fsck *f, const struct item *item, struct store_fault *ret);

#endif
