/* The one place for what differs between platforms. */
#ifndef BASE_COMPAT_H
#define BASE_COMPAT_H

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

/* printf arguments are checked by the compiler: N is the format's place, M the first value's. */
#define PRINTF_LIKE(n, m) __attribute__((format(printf, n, m)))

#endif
