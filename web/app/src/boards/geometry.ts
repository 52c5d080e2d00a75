/** Height of one row of the grid in CSS pixels. */
export const ROW_HEIGHT = 28;
/** Between widgets, both ways: with a row it makes 40. */
export const GAP = 12;
