/* app/bootstrap.c - the program that AWS Lambda starts: `ringdown lambda`
 * alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Linked with what that needs and nothing else, so that it is small and starts
 * at once.
 */
#include "app/lambda.h"

int main(int argc, char **argv)
{
	return rd_lambda(argc, argv);
}
