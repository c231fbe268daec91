/*
 * manual: what verb_manual makes of the tables, on standard output.
 *
 *     verb_manual.c        pages of the program, its verbs and its configuration
 *     manual_mirror.c      the page of the mirror's layout
 *     manual_completion.c  what shells complete
 *     manual_schema.c      a JSON schema of the configuration
 */
#ifndef APP_MANUAL_H
#define APP_MANUAL_H

/* Running text of a page, a sentence a line at least, as roff wants it; "\n\n" begins a paragraph.
 */
void manual_put_text(const char *text);

/* A page's head up to its name and what it is about, half a sentence. */
void manual_put_head(const char *title, int section, const char *name, const char *does);

void manual_put_mirror(void);
void manual_put_bash(void);
void manual_put_zsh(void);
void manual_put_fish(void);
void manual_put_schema(void);

#endif
