/*
 * Answers to one session. Together with events these are the only two ways for a handler to speak.
 * Lines go into a chunk that all private lines of a turn share; to a labelled command they gather
 * (labeled-response).
 */
#ifndef SERVE_REPLY_H
#define SERVE_REPLY_H

#include "irc/numerics.h"
#include "serve/session.h"

/* ":server NNN nick …" with the format of irc/numerics.h. A plain session is shown errors only, as
 * a sentence. */
void reply_numeric(struct session *s, int numeric, ...);
/* A view as a C string for the formats, cut at 600 bytes: lent until the eighth call from now. */
const char *reply_text(struct str s);
/* The same, cut at a character within `most` bytes. */
const char *reply_cut(struct str s, size_t most);
/* A line of one's own making, without its end; ":server " is put before it. Plain sessions get
 * none. */
void reply_line(struct session *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A line for a person: a NOTICE, or in the plain dialect the bare text. */
void reply_notice(struct session *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A standard reply: FAIL, WARN or NOTE (a NOTICE for those without standard-replies). `context`: ""
 * or words. */
void reply_standard(struct session *s, const char *type, const char *command, const char *code,
    const char *context, const char *text);

/* A FAIL even to those who did not ask for standard replies: the command is one of an extension
 * that they asked for, and has them. */
void reply_fail(struct session *s, const char *command, const char *code, const char *context,
    const char *text);

/* A line in pieces: begin, append to the line within IRC's 512 bytes, end. */
struct reply {
	struct session *session;
	struct line line;
	char *body;
	char room[LINE_ROOM];
};
void reply_begin(struct reply *r, struct session *s); /* writes tags and ":server " */
void reply_end(struct reply *r);
size_t reply_left(const struct reply *r); /* bytes that still fit */

/* Words that are many: one numeric line after another, as many words in each as fit.
 * reply_words(&w, s, "353 nick = #c :"); reply_word(&w, word)…; reply_words_end(&w) */
struct reply_words {
	struct reply reply;
	char head[256];
	char separator; /* a space, unless it is changed behind reply_words_begin() */
	bool any;
};
void reply_words_begin(struct reply_words *w, struct session *s, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
void reply_word(struct reply_words *w, struct str word);
void reply_words_end(struct reply_words *w); /* nothing is sent when there was no word */

/* The event's line to one session, in its form. */
void deliver(struct session *s, const struct event *ev, enum line_kind kind);
/* A finished line (its end included) to one session; `ticket` as all lines wait. */
void reply_bytes(struct session *s, struct str line);

/*
 * A batch as the answer: ":server BATCH +ref type", the lines, which are whole and have the tag
 * batch=ref already, and its end. It bears the label of a labelled command.
 */
enum { BATCH_REF_ROOM = 24 };
struct str reply_batch_ref(struct server *sv, char out[BATCH_REF_ROOM]); /* a new one */
void reply_batch(struct session *s, struct str ref, struct str type, struct str lines);

/* Between these, what is said to the session goes to a place in its queue (conn.h). */
void late_begin(struct session *s);
void late_end(struct session *s, uint32_t place);

/* A labelled command begins and ends. */
void gather_begin(struct session *s, struct str label);
void gather_end(struct server *sv);
bool gathering_for(const struct session *s);
/* The rest of its answer comes later: of a label, and when memory is short, nothing is kept. */
void gather_put_off(struct server *sv, struct gather_pause *out);
void gather_go_on(struct session *s, struct gather_pause *p); /* frees what it holds */
void gather_pause_free(struct gather_pause *p);

/* At the end of a turn: the chunk of private lines is closed. */
void reply_close_turn(struct server *sv);

#endif
