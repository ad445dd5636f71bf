/* In libFuzzer's place: runs a fuzz target over the files and folders that it is given. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { INPUT_MOST = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(INPUT_MOST);
	uint8_t *exact = NULL;
	size_t size = 0;
	int result = -1;

	if (f == NULL || data == NULL)
		goto done;
	size = fread(data, 1, INPUT_MOST, f);
	if (ferror(f) || size == INPUT_MOST)
		goto done;
	/* Exactly as large as the input, so that a sanitizer sees a read past its end. */
	exact = malloc(size > 0 ? size : 1);
	if (exact == NULL)
		goto done;
	memcpy(exact, data, size);
	(void)LLVMFuzzerTestOneInput(exact, size);
	result = 0;
done:
	if (result == -1)
		fprintf(stderr, "%s: cannot be read, or is larger than %d bytes\n", path,
		    INPUT_MOST - 1);
	if (f != NULL && fclose(f) != 0)
		result = -1;
	free(exact);
	free(data);
	return result;
}

/* The number of files that were run, or -1. */
static long
replay_folder(const char *path)
{
	char name[4096];
	struct dirent *entry;
	DIR *folder = opendir(path);
	long count = 0;

	if (folder == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	while (count >= 0 && (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		count = replay_file(name) == 0 ? count + 1 : -1;
	}
	if (closedir(folder) != 0)
		return -1;
	return count;
}

/* A file or a folder of them: the number of files that were run, or -1. */
static long
replay(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	if (S_ISDIR(st.st_mode))
		return replay_folder(path);
	return replay_file(path) == 0 ? 1 : -1;
}

/* An input that breaks a promise ends the program here and then: there is no count of failures. */
int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/') != NULL ? strrchr(argv[0], '/') + 1 : argv[0];
	long total = 0;

	for (int i = 1; i < argc; i++) {
		long count = replay(argv[i]);

		if (count <= 0) {
			fprintf(stderr, "%s: no input in %s\n", name, argv[i]);
			return 1;
		}
		total += count;
	}
	printf("%-28s %ld passed, 0 failed\n", name, total);
	return argc > 1 ? 0 : 2;
}
