/* app/lambda.h - `ringdown lambda`: a custom runtime of AWS Lambda.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Also what the program does when it is called `bootstrap`, which is how
 * Lambda starts it; the program of that name (script/lambda-zip) is this alone.
 * Asks the runtime API (AWS_LAMBDA_RUNTIME_API) for one event after the other,
 * and answers each before it asks for the next:
 *
 *   an event of the PSTN audio service    provider/sma_handler.h
 *   POST /start-call or /v1/calls behind  app/gateway.h
 *   API Gateway (HTTP API, REST API)
 *
 * Configured by the file that RINGDOWN_CONFIG names, else by ringdown.yaml
 * beside the program, else by nothing: then Voice Connectors of the account
 * may be called, and no telephone number.
 * Returns the exit status: 1 when the runtime API is gone or says that we
 * shall end, or the configuration is wrong (which it is told), 2 when it is
 * not run by Lambda.
 */
#pragma once

int rd_lambda(int argc, char **argv);
