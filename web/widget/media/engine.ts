/* widget/media/engine.ts - the part that carries the sound of a call on the engine.
 * SPDX-License-Identifier: Apache-2.0 */
import { join } from "../../media/client.js";
import { put } from "../parts.js";

put("media-engine", { join });
