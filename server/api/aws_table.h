/* api/aws_table.h - short words for the tables of a service: rules and
 * operations.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * For the files that have such tables, and for nobody else: the words are
 * short.
 */
#pragma once
#include "api/aws_priv.h"

#define TEXT(n, must, lo, hi, pattern)                                         \
	{                                                                      \
		.name = (n), .kind = RD_JSON_TEXT, .is_required = (must),      \
		.least = (lo), .most = (hi), .form = (pattern)                 \
	}
#define WORD(n, must, list)                                                    \
	{                                                                      \
		.name = (n), .kind = RD_JSON_TEXT, .is_required = (must),      \
		.words = (list)                                                \
	}
#define OBJECT(n, must, members)                                               \
	{                                                                      \
		.name = (n), .kind = RD_JSON_OBJECT, .is_required = (must),    \
		.of = (members)                                                \
	}
#define LIST(n, must, lo, hi, each)                                            \
	{                                                                      \
		.name = (n), .kind = RD_JSON_ARRAY, .is_required = (must),     \
		.least = (lo), .most = (hi), .of = (each)                      \
	}
#define MAP(n, must, lo, hi, of_keys, of_values)                               \
	{                                                                      \
		.name = (n), .kind = RD_JSON_OBJECT, .is_required = (must),    \
		.least = (lo), .most = (hi), .keys = (of_keys),                \
		.values = (of_values)                                          \
	}
#define END                                                                    \
	{                                                                      \
		.name = NULL                                                   \
	}

/* service, name, method, path, query, rules of the path, rules of the body,
 * status, function */
#define OP(s, n, m, p, q, in, b, code, fn)                                     \
	{                                                                      \
		.name = (n), .service = (s), .method = (m), .path = (p),       \
		.query = (q), .params = (in), .body = (b), .status = (code),   \
		.answer = (fn)                                                 \
	}
/* The same of one that begins something. */
#define BEGINS(s, n, m, p, q, in, b, code, fn)                                 \
	{                                                                      \
		.name = (n), .service = (s), .method = (m), .path = (p),       \
		.query = (q), .params = (in), .body = (b), .status = (code),   \
		.begins = true, .answer = (fn)                                 \
	}
