/** Units that a widget's `unit` option may name; any other text of three capital letters is a currency. */
export const UNITS = ["none", "percent", "count", "per_second", "bytes", "bytes_per_second", "ms", "seconds"] as const;

/** A known unit, or the ISO 4217 code of a currency. */
export type Unit = (typeof UNITS)[number] | (string & {});

/** Whether a unit is a currency code. */
export function isCurrency(unit: Unit): boolean {
  return /^[A-Z]{3}$/.test(unit);
}
