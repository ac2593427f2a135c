// What holds wherever a handler runs: the rows of the table in docs/hosts.md.

import type { Behaviour } from "./behaviour.ts";
import { CODINGS } from "./kinds/codings.ts";
import { CONNECTIONS } from "./kinds/connections.ts";
import { ENDINGS } from "./kinds/endings.ts";
import { LEAVING } from "./kinds/leaving.ts";
import { REPLIES } from "./kinds/replies.ts";
import { REQUESTS } from "./kinds/requests.ts";
import { RESOURCES } from "./kinds/resources.ts";
import { STREAMING } from "./kinds/streaming.ts";
import { TRAILERS } from "./kinds/trailers.ts";
import { UPLOADS } from "./kinds/uploads.ts";

export const BEHAVIOURS: readonly Behaviour[] = [
  ...STREAMING,
  ...CODINGS,
  ...ENDINGS,
  ...LEAVING,
  ...REQUESTS,
  ...REPLIES,
  ...TRAILERS,
  ...RESOURCES,
  ...UPLOADS,
  ...CONNECTIONS,
];
