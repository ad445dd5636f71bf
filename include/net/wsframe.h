/*
 * WebSocket frames as a server sends them (RFC 6455, 5.2): whole messages, not masked. What comes
 * in is taken apart in ws.h. No I/O, no allocation.
 */
#ifndef NET_WSFRAME_H
#define NET_WSFRAME_H

#include "base/str.h"

enum ws_opcode { WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8 };

/* Why a connection ends (RFC 6455, 7.4.1); wslay says 1002 and 1007 by itself. */
enum ws_code {
	WS_NORMAL = 1000,
	WS_GOING_AWAY = 1001,
	WS_PROTOCOL_ERROR = 1002,
	WS_POLICY = 1008,
	WS_TOO_BIG = 1009,
	WS_INTERNAL = 1011,
};

enum {
	WS_HEADER_MOST = 10,
	WS_REASON_MOST = 123, /* bytes: a control frame holds 125 */
	WS_CLOSE_ROOM = 2 + 2 + WS_REASON_MOST,
};

/* Writes the header of a message of so many bytes; returns its length: 2, 4 or 10. */
size_t ws_header(char out[WS_HEADER_MOST], enum ws_opcode opcode, uint64_t length);

/* Room that ws_frame_lines needs for `len` bytes of lines, none of which is empty. */
size_t ws_frame_room(size_t len);
/*
 * Makes each of the lines in the room, which end in CR LF or LF, a message without that end;
 * returns the new length. In a text message a byte that is not UTF-8 becomes '?', for a browser
 * would end the connection.
 */
size_t ws_frame_lines(enum ws_opcode opcode, char *room, size_t len);

/* The Close frame; a long reason is cut. Returns its length. */
size_t ws_close_frame(char out[WS_CLOSE_ROOM], enum ws_code code, struct str reason);

#endif
