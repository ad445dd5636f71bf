/* CPU time and memory of a process. */
#include "load_process.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/str.h"

enum { STAT_UTIME = 11 }; /* words between the ")" behind the name and utime; stime follows */

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
	char room[1024];
	struct str text = read_start(pid, "stat", room, sizeof(room));
	const char *name_end = text.len > 0 ? memrchr(text.p, ')', text.len) : NULL;
	int64_t user = 0, system = 0;

	if (pid == 0 || name_end == NULL)
		return 0;
	text = str_from_byte(text, (size_t)(name_end - text.p) + 1);
	for (int i = 0; i < STAT_UTIME; i++)
		str_word(&text);
	if (!str_to_int64(str_word(&text), &user) || !str_to_int64(str_word(&text), &system))
		return 0;
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
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
