export { EditGrid } from "./edit-grid.tsx";
export { limitsOf } from "./items.ts";
export { moveBy, resizeBy } from "./keyboard.ts";
