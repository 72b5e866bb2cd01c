/* app/main.c - the program: its subcommands.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "app/lambda.h"
#include "app/serve.h"
#include "synthetic/synthetic.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;
} commands[] = {
	{ "serve", rd_serve, "FILE          serve calls as FILE says" },
	{ "check", rd_check, "FILE          only check the configuration" },
	{ "config", rd_print_config,
	  "--sample     print a commented configuration (--reference: a "
	  "table)" },
	{ "call", rd_synthetic_call,
	  "...            place calls as a browser does, and measure them" },
	{ "answer", rd_synthetic_answer,
	  "...          answer SIP calls: play, echo, record" },
	{ "lambda", rd_lambda,
	  "             be a function of AWS Lambda, as which it is named "
	  "bootstrap" },
};

static int print_usage(FILE *to)
{
	fprintf(to, "usage: ringdown COMMAND ...\n\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(to, "  ringdown %s %s\n", commands[i].name,
			commands[i].usage);
	fprintf(to, "  ringdown --version\n");
	return to == stdout ? 0 : 2;
}

/* As Lambda starts it: without words, by this name. */
static bool is_bootstrap(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;

	return argc == 1 && !strcmp(slash ? slash + 1 : argv[0], "bootstrap");
}

int main(int argc, char **argv)
{
	if (is_bootstrap(argc, argv))
		return rd_lambda(argc, argv);
	if (argc < 2)
		return print_usage(stderr);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))
		return print_usage(stdout);
	if (!strcmp(argv[1], "--version")) {
		printf("ringdown %s\n", RD_VERSION);
		return 0;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "ringdown: unknown command \"%s\"\n\n", argv[1]);
	return print_usage(stderr);
}
