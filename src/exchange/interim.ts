import { UsageError } from "../errors.ts";
import { CONNECTION_FIELDS } from "../semantics/connection-fields.ts";
import { Fields, type FieldsInit } from "../semantics/fields.ts";
import { framingFault } from "../semantics/framing-fields.ts";
import { refuseRepeated } from "../semantics/single-fields.ts";

/**
 * The fields of an interim response (RFC 9110 section 15.2). It has no body, and the connection goes on: it says nothing of either.
 * @throws UsageError `ERR_SLUICE_INVALID_START_LINE` for a status that is not interim, and for 101, which is no answer but another
 * protocol; `ERR_SLUICE_INVALID_FIELD`, `ERR_SLUICE_FRAMING_FIELD`, `ERR_SLUICE_REPEATED_FIELD`
 */
export function interimFields(status: number, init: FieldsInit): Fields {
  if (!Number.isInteger(status) || status < 100 || status > 199 || status === 101)
    throw new UsageError("ERR_SLUICE_INVALID_START_LINE", { found: `interim ${status}` });
  const fields = Fields.from(init);
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    if (key === "content-length" || CONNECTION_FIELDS.has(key)) throw framingFault(name, value);
  }
  refuseRepeated(fields);
  return fields;
}
