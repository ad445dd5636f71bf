/* What the kernel says of a process, by its id. */
#ifndef BENCH_LOAD_PROCESS_H
#define BENCH_LOAD_PROCESS_H

#include <stdint.h>

/* Seconds of CPU of all its threads, by its CPU clock (clock_getcpuclockid(3), not in the steps of
 * 10 ms that /proc has); 0 when it is gone. */
double process_cpu(int64_t pid);
double process_own_cpu(void);
/* Resident memory in bytes, from /proc/PID/smaps_rollup; 0 when it cannot be read. */
int64_t process_memory(int64_t pid);

#endif
