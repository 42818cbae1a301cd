/**
 * Positions in UTF-16 units (the browser) and in Unicode code points (everything else).
 * A character beyond the basic plane (an emoji, say) is two units and one code point.
 */
export class Offsets {
  /** UTF-16 position of every surrogate pair, ascending */
  private readonly pairs: number[] = [];

  constructor(text: string) {
    for (let i = 0; i < text.length - 1; i++) {
      const unit = text.charCodeAt(i);
      if (unit < 0xd800 || unit > 0xdbff) continue;
      const next = text.charCodeAt(i + 1);
      if (next >= 0xdc00 && next <= 0xdfff) this.pairs.push(i++);
    }
  }

  /** Code points before a UTF-16 position; a position inside a pair counts as the pair's begin. */
  toCodePoints(unit: number): number {
    const before = this.countBelow(unit - 1, (pair) => pair);
    const inside = before < this.pairs.length && this.pairs[before] === unit - 1;
    return inside ? unit - 1 - before : unit - before;
  }

  /** UTF-16 units before a code point. */
  toUnits(point: number): number {
    return point + this.countBelow(point, (pair, index) => pair - index);
  }

  private countBelow(limit: number, value: (pair: number, index: number) => number): number {
    let low = 0;
    let high = this.pairs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value(this.pairs[middle]!, middle) < limit) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
