import type { FeedItem } from "@tideboard/client";
import { formatPreciseClock } from "../../format/time.ts";
import { append } from "../../paint/dom.ts";
import { strings } from "../../strings.ts";
import type { Level } from "../../theme/palette.ts";

/** Fields that hold what people read first. */
const MESSAGE_FIELDS = ["message", "msg", "text", "body", "event", "title"];
/** Tags that say how serious an event is. */
const LEVEL_TAGS = ["level", "severity", "status", "priority"];

const LEVELS: Readonly<Record<string, Level>> = {
  ok: "ok",
  success: "ok",
  resolved: "ok",
  warn: "warn",
  warning: "warn",
  degraded: "warn",
  error: "bad",
  err: "bad",
  fatal: "bad",
  critical: "bad",
  crit: "bad",
  alert: "bad",
  emergency: "bad",
  failed: "bad",
  down: "bad",
};

/** How serious a tag's value is; `null` for ordinary values and other tags. */
export function levelOfTag(tag: string, value: string): Level | null {
  return LEVEL_TAGS.includes(tag.toLowerCase()) ? (LEVELS[value.toLowerCase()] ?? null) : null;
}

/** One event as an element. Everything goes in as text. */
export function feedItem(item: FeedItem): HTMLElement {
  const row = document.createElement("div");
  row.className = "tb-feed-item";
  row.setAttribute("role", "listitem");
  if (item.skipped !== 0) {
    const gap = append(row, "div", "tb-feed-skipped");
    gap.textContent = item.skipped === null ? strings.skippedUnknown : strings.skipped(item.skipped);
  }
  const line = append(row, "div", "tb-feed-line");
  const time = append(line, "time", "tb-feed-time tb-num");
  time.dateTime = new Date(item.time).toISOString();
  time.textContent = formatPreciseClock(item.time);
  const messageField = MESSAGE_FIELDS.find((name) => typeof item.fields[name] === "string");
  const content = append(line, "div", "tb-feed-content");
  if (messageField) append(content, "span", "tb-feed-message").textContent = String(item.fields[messageField]);
  for (const [name, value] of Object.entries(item.fields)) {
    if (name === messageField) continue;
    const field = append(content, "span", "tb-feed-field");
    append(field, "span", "tb-feed-name").textContent = `${name} `;
    append(field, "span", "tb-num").textContent = typeof value === "number" ? value.toLocaleString() : String(value);
  }
  for (const [tag, value] of Object.entries(item.tags)) {
    const chip = append(content, "span", "tb-chip");
    chip.textContent = value;
    chip.title = `${tag}: ${value}`;
    const level = levelOfTag(tag, value);
    if (level) {
      chip.dataset.level = level;
      row.dataset.level = level;
    }
  }
  return row;
}
