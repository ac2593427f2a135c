const URL_ATTRIBUTES = new Set(
  (
    "action background by cite classid codebase data formaction from href icon longdesc lowsrc manifest ping poster profile " +
    "src to xlink:href"
  ).split(" "),
);

/** What an attribute does with its value. */
export type AttributeKind = "attribute" | "simple-attribute" | "url" | "code";

/** `on*` and `srcdoc` are code; `by`, `from`, `to` and `values` are what SVG animates other attributes with. */
export function attributeKind(name: string): AttributeKind {
  if (name.startsWith("on") || name === "srcdoc") return "code";
  if (URL_ATTRIBUTES.has(name)) return "url";
  return name === "style" || name === "values" ? "simple-attribute" : "attribute";
}
