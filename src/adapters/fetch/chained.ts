/** A class of the host that another one stands in for. */
interface HostClass {
  readonly prototype: object;
}

/** Symbols of the prototype itself: what they stand for is not kept in instances. */
const OF_PROTOTYPE: ReadonlySet<PropertyKey> = new Set([Symbol.toStringTag, "constructor"]);

/**
 * Makes instances of `light` pass for instances of the host's own class: `instanceof` holds, and what `light` doesn't do itself is asked
 * of the instance that it stands for, which is made by then.
 * @param sample an instance of the host's class: where the class keeps what is inside by symbols (Node 20 and 22 do, later ones don't),
 * it finds it in a light one, too
 * @param hostOf makes the instance that a light one stands for, once
 */
export function chain(
  light: object,
  { prototype }: HostClass,
  sample: object,
  hostOf: (instance: object) => object,
): void {
  Object.setPrototypeOf(light, prototype);
  for (const key of Reflect.ownKeys(prototype)) {
    if (OF_PROTOTYPE.has(key) || Object.hasOwn(light, key)) continue;
    const descriptor = Object.getOwnPropertyDescriptor(prototype, key)!;
    if (descriptor.get !== undefined) {
      define(light, key, {
        get(this: object) {
          return Reflect.get(hostOf(this), key) as unknown;
        },
      });
    } else if (typeof descriptor.value === "function") {
      define(light, key, {
        value(this: object, ...args: unknown[]) {
          const host = hostOf(this);
          return Reflect.apply(Reflect.get(host, key) as () => unknown, host, args);
        },
        writable: true,
      });
    }
  }
  for (const key of Object.getOwnPropertySymbols(sample)) {
    if (Object.hasOwn(light, key)) continue;
    define(light, key, {
      get(this: object) {
        return Reflect.get(hostOf(this), key) as unknown;
      },
    });
  }
}

function define(target: object, key: PropertyKey, descriptor: PropertyDescriptor): void {
  Object.defineProperty(target, key, { ...descriptor, configurable: true });
}
