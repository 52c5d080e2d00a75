import { create } from "zustand";

export type ThemeChoice = "system" | "light" | "dark";

/** Also read by `public/theme.js`, before the first paint. */
const STORED_AS = "tideboard.theme";

function stored(): ThemeChoice {
  try {
    const value = localStorage.getItem(STORED_AS);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

function apply(choice: ThemeChoice): void {
  const dark = choice === "dark" || (choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

interface ThemeState {
  readonly choice: ThemeChoice;
  choose(choice: ThemeChoice): void;
}

/** Light, dark, or what the system prefers. */
export const useTheme = create<ThemeState>((set) => ({
  choice: stored(),
  choose: (choice) => {
    try {
      if (choice === "system") localStorage.removeItem(STORED_AS);
      else localStorage.setItem(STORED_AS, choice);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
    apply(choice);
    set({ choice });
  },
}));

/** Follows the system for as long as the page lives. */
export function followSystemTheme(): void {
  apply(useTheme.getState().choice);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => apply(useTheme.getState().choice));
}
