// A log-log line plot as SVG text: what the performance pages show. Draws and decides nothing; light and dark pages both read it.

/** What to draw. All values above zero. */
export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];
  /** A dashed line across. */
  readonly mark?: { readonly y: number; readonly name: string };
}

const width = 760;
const height = 420;
const frame = { left: 70, right: 170, top: 46, bottom: 56 };
/** Told apart also by people who see colours differently (Okabe and Ito). */
const colours = ['#d55e00', '#0072b2', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

export function drawLines({ title, x, y, lines, mark }: Plot): string {
  const all = lines.flatMap(({ points }) => points);
  const [xLow, xHigh] = decades(
    all.map(([value]) => value),
    false,
  );
  const [yLow, yHigh] = decades([...all.map(([, value]) => value), ...(mark === undefined ? [] : [mark.y])], true);
  const scale = (value: number, low: number, high: number): number => Math.log(value / low) / Math.log(high / low);
  const toX = (value: number): number => frame.left + scale(value, xLow, xHigh) * (width - frame.left - frame.right);
  const toY = (value: number): number =>
    height - frame.bottom - scale(value, yLow, yHigh) * (height - frame.top - frame.bottom);
  const text = (left: number, top: number, words: string, more = ''): string =>
    `<text x="${left.toFixed(1)}" y="${top.toFixed(1)}" ${more}>${words}</text>`;
  const grid = [
    ...powers(yLow, yHigh).map(
      (value) =>
        `<line class="grid" x1="${frame.left}" x2="${width - frame.right}" y1="${toY(value).toFixed(1)}" y2="${toY(value).toFixed(1)}"/>${text(frame.left - 8, toY(value) + 4, value.toLocaleString('en'), 'text-anchor="end"')}`,
    ),
    ...powers(xLow, xHigh).map(
      (value) =>
        `<line class="grid" y1="${frame.top}" y2="${height - frame.bottom}" x1="${toX(value).toFixed(1)}" x2="${toX(value).toFixed(1)}"/>${text(toX(value), height - frame.bottom + 18, value.toLocaleString('en'), 'text-anchor="middle"')}`,
    ),
  ];
  const drawn = lines.map(({ name, points }, index) => {
    const colour = colours[index % colours.length]!;
    const path = points
      .map(([px, py], at) => `${at === 0 ? 'M' : 'L'}${toX(px).toFixed(1)} ${toY(py).toFixed(1)}`)
      .join('');
    const [endX, endY] = points.at(-1) ?? [xHigh, yLow];
    return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2.5"/>${text(toX(endX) + 8, toY(endY) + 4, name, `style="fill:${colour}"`)}`;
  });
  const marked =
    mark === undefined
      ? ''
      : `<line class="mark" x1="${frame.left}" x2="${width - frame.right}" y1="${toY(mark.y).toFixed(1)}" y2="${toY(mark.y).toFixed(1)}"/>${text(frame.left + 8, toY(mark.y) - 6, mark.name)}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
<style>text{font:13px system-ui,sans-serif;fill:#555}.title{font-size:16px;font-weight:600}.grid{stroke:#8884;stroke-width:1}.mark{stroke:#888;stroke-width:1.5;stroke-dasharray:6 4}@media(prefers-color-scheme:dark){text{fill:#bbb}}</style>
${text(frame.left, 26, title, 'class="title"')}
${grid.join('\n')}
${marked}
${drawn.join('\n')}
${text((frame.left + width - frame.right) / 2, height - 14, x, 'text-anchor="middle"')}
${text(0, 0, y, `text-anchor="middle" transform="translate(16 ${(frame.top + height - frame.bottom) / 2}) rotate(-90)"`)}
</svg>
`;
}

/** The range of the values; for the upright axis out to whole powers of ten. */
function decades(values: readonly number[], whole: boolean): readonly [low: number, high: number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return whole ? [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high))] : [low, high];
}

function powers(low: number, high: number): readonly number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}
