import type { FeedData, FeedItem, View } from "@tideboard/client";
import { append, setText } from "../../paint/dom.ts";
import type { Canvas, Painter, PainterTools } from "../../paint/use-painter.ts";
import { strings } from "../../strings.ts";
import { feedItem } from "./item.ts";

/** The newest events, newest first. While somebody points at them or has scrolled down, they stand still. */
export class FeedPainter implements Painter {
  readonly #view: View<FeedData>;
  readonly #scroller: HTMLElement;
  readonly #list: HTMLElement;
  readonly #news: HTMLButtonElement;
  readonly #elements = new Map<number, HTMLElement>();
  readonly #tools: PainterTools;
  #newestShown = -1;
  #pointedAt = false;

  constructor(root: HTMLDivElement, tools: PainterTools, view: View<FeedData>) {
    this.#view = view;
    this.#tools = tools;
    root.replaceChildren();
    this.#news = append(root, "button", "tb-feed-news");
    this.#news.type = "button";
    this.#news.hidden = true;
    this.#news.title = strings.eventsHeld;
    this.#scroller = append(root, "div", "tb-feed-scroll tb-scroll");
    this.#scroller.tabIndex = 0;
    this.#list = append(this.#scroller, "div", "tb-feed-list");
    this.#list.setAttribute("role", "list");
    this.#news.addEventListener("click", () => this.#release());
    this.#scroller.addEventListener("pointerenter", () => {
      this.#pointedAt = true;
    });
    this.#scroller.addEventListener("pointerleave", () => {
      this.#pointedAt = false;
      tools.invalidate();
    });
    this.#scroller.addEventListener("scroll", () => tools.invalidate(), { passive: true });
  }

  paint(_canvas: Canvas): number | undefined {
    const items = this.#view.data.items;
    const held = this.#elements.size > 0 && (this.#pointedAt || this.#scroller.scrollTop > 4);
    const fresh = items.filter((item) => item.sequence > this.#newestShown);
    if (held) {
      setText(this.#news, strings.newEvents(fresh.length));
      this.#news.hidden = fresh.length === 0;
      return undefined;
    }
    this.#news.hidden = true;
    this.#show(items, fresh);
    return undefined;
  }

  #show(items: readonly FeedItem[], fresh: readonly FeedItem[]): void {
    const kept = new Set(items.map((item) => item.sequence));
    for (const [sequence, element] of this.#elements) {
      if (kept.has(sequence)) continue;
      element.remove();
      this.#elements.delete(sequence);
    }
    const added = document.createDocumentFragment();
    for (const item of fresh.toReversed()) {
      const element = feedItem(item);
      this.#elements.set(item.sequence, element);
      added.append(element);
    }
    this.#list.prepend(added);
    this.#newestShown = items.at(-1)?.sequence ?? this.#newestShown;
  }

  #release(): void {
    this.#pointedAt = false;
    this.#scroller.scrollTop = 0;
    this.#tools.invalidate();
  }
}
