/* What arrived, as one JSON object a line. */
#ifndef CONNECT_JSON_H
#define CONNECT_JSON_H

extern const char json_library[]; /* "jansson" or "" */

#endif
