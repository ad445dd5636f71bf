/* CPU time and memory of a process. */
#include "load_process.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/str.h"

/* Reads the file's beginning as text; an empty view when it cannot be read. */
static struct str
read_start(int64_t pid, const char *name, char *out, size_t size)
{
	char path[64];
	size_t len = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%lld/%s", (long long)pid, name);
	file = fopen(path, "r");
	if (file != NULL) {
		len = fread(out, 1, size, file);
		fclose(file);
	}
	return (struct str){ out, len };
}

double
process_cpu(int64_t pid)
{
	struct timespec used;
	clockid_t clock;

	if (pid == 0 || clock_getcpuclockid((pid_t)pid, &clock) != 0 ||
	    clock_gettime(clock, &used) == -1)
		return 0;
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

double
process_own_cpu(void)
{
	struct rusage used;

	if (getrusage(RUSAGE_SELF, &used) == -1)
		return 0;
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

int64_t
process_memory(int64_t pid)
{
	char room[2048];
	struct str text = read_start(pid, "smaps_rollup", room, sizeof(room));
	int64_t kilobytes = 0;

	while (pid != 0 && text.len > 0) {
		struct str line = str_cut(&text, '\n');
		if (!str_eq(str_word(&line), STR("Rss:")))
			continue;
		return str_to_int64(str_word(&line), &kilobytes) ? kilobytes * 1024 : 0;
	}
	return 0;
}
