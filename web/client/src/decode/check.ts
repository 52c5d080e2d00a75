/** A message that is not what the protocol says; `path` names the place. */
export class Malformed extends Error {
  readonly path: string;

  constructor(path: string, expected: string) {
    super(`${path}: expected ${expected}`);
    this.name = "Malformed";
    this.path = path;
  }
}

/** Looks at a value in place and says what it is, or throws `Malformed`. */
export type Check<T> = (value: unknown, path: string) => T;

export type Members = Readonly<Record<string, unknown>>;

export const object: Check<Members> = (value, path) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Malformed(path, "an object");
  return value as Members;
};

export const array: Check<readonly unknown[]> = (value, path) => {
  if (!Array.isArray(value)) throw new Malformed(path, "an array");
  return value;
};

export const text: Check<string> = (value, path) => {
  if (typeof value !== "string") throw new Malformed(path, "a text");
  return value;
};

export const flag: Check<boolean> = (value, path) => {
  if (typeof value !== "boolean") throw new Malformed(path, "true or false");
  return value;
};

/** JSON can write numbers that become infinite here. */
export const finite: Check<number> = (value, path) => {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new Malformed(path, "a finite number");
  return value;
};

export const natural: Check<number> = (value, path) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Malformed(path, "a whole number, 0 or more");
  return value as number;
};

export const positive: Check<number> = (value, path) => {
  if (!Number.isSafeInteger(value) || (value as number) < 1) throw new Malformed(path, "a whole number, 1 or more");
  return value as number;
};

export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, path) => (value === undefined ? undefined : check(value, path));
}

export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, path) => (value === null ? null : check(value, path));
}

export function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value, path) => {
    const items = array(value, path);
    for (let index = 0; index < items.length; index += 1) check(items[index], `${path}[${index}]`);
    return items as readonly T[];
  };
}

export function recordOf<T>(check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value, path) => {
    const members = object(value, path);
    for (const key of Object.keys(members)) check(members[key], `${path}[${JSON.stringify(key)}]`);
    return members as Readonly<Record<string, T>>;
  };
}

export function oneOf<const T extends string>(...words: readonly T[]): Check<T> {
  const known: ReadonlySet<unknown> = new Set(words);
  return (value, path) => {
    if (!known.has(value)) throw new Malformed(path, `one of ${words.join(", ")}`);
    return value as T;
  };
}

/** An object with these members; members beside them are let through, for servers newer than this client. */
export function shaped<T extends object>(members: { readonly [K in keyof T]-?: Check<T[K] | undefined> }): Check<T> {
  const checks = Object.entries(members) as [string, Check<unknown>][];
  return (value, path) => {
    const found = object(value, path);
    for (const [name, check] of checks) check(found[name], `${path}.${name}`);
    return value as T;
  };
}
