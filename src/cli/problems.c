/* What is wrong with a configuration, collected; and what may have been meant. */
#include "cli/problems.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"

void
problems_free(struct problems *p)
{
	buf_free(&p->text);
	p->count = 0;
}

void
problems_add(struct problems *p, const char *fmt, ...)
{
	char line[PROBLEM_MOST];
	va_list ap;

	p->count++;
	if (p->count > PROBLEMS_MOST)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	buf_printf(&p->text, "%s\n", line);
}

void
nearest_try(struct nearest *n, struct str candidate)
{
	unsigned distance = str_distance(n->word, candidate);
	size_t shorter = n->word.len < candidate.len ? n->word.len : candidate.len;
	/* Three in ten letters may be wrong; one always, as long as another one is right. */
	size_t near = shorter < 2 ? 0 : (shorter + 2) / 3;

	if (n->word.len >= 3 && str_starts(candidate, n->word))
		distance = 1; /* the beginning of it: as good as one wrong letter */
	else if (distance > near)
		return;
	if (n->best[0] != '\0' && distance >= n->distance)
		return;
	str_copy(n->best, sizeof(n->best), candidate);
	n->distance = distance;
}
