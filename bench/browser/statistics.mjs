/**
 * The value below which that share of the numbers lies, between two of them by their distance.
 *
 * @param {readonly number[]} numbers at least one, in any order
 * @param {number} share from 0 to 1
 * @returns {number}
 */
export function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * @param {readonly number[]} numbers
 * @returns {number}
 */
export function median(numbers) {
  return quantile(numbers, 0.5);
}

/**
 * The slope of the straight line with the least squared distance from the points: units of y per unit of x.
 *
 * @param {readonly (readonly [x: number, y: number])[]} points
 * @returns {number} `NaN` for fewer than two different x
 */
export function slope(points) {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  let covariance = 0;
  let variance = 0;
  for (const [x, y] of points) {
    covariance += (x - meanX) * (y - meanY);
    variance += (x - meanX) ** 2;
  }
  return covariance / variance;
}
