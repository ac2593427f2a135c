import type { Fields } from "./fields.ts";
import { listHas } from "./lists.ts";

/** Adds the name of a request field to Vary (RFC 9110 section 12.5.5), unless it stands there, or everything does. */
export function addVary(fields: Fields, name: string): Fields {
  const vary = fields.get("vary");
  return listHas(vary, "*") || listHas(vary, name.toLowerCase()) ? fields : fields.append("Vary", name);
}
