import { useMemo } from 'react';

const CELL = 13;
const THREAD = 11;
const COLUMNS = 72;
const ROWS = 51;
const HEIGHT = 912;

type Yarn = 'warp' | 'weft' | 'indigo' | 'ink';

/** Whether a band of the given half width passes over the cell. */
function inBand(x: number, y: number, middle: number, swing: number, crest: number, half: number): boolean {
  const centre = middle + swing * Math.cos(((x - crest) / 452) * Math.PI);
  return Math.abs(y - centre) < half;
}

/** The two bands cross twice: indigo passes over on the left, under on the right. */
function yarnAt(column: number, row: number): Yarn {
  const x = column * CELL;
  const y = row * CELL;
  const indigo = inBand(x, y, 310, 165, 348, 62);
  const ink = inBand(x, y, 330, -148, 353, 40);
  const figure = indigo && (!ink || x < 330) ? 'indigo' : ink ? 'ink' : undefined;
  if (figure && (column + row * 3) % 5 !== 0) return figure;
  return (column + row) % 2 === 0 ? 'warp' : 'weft';
}

/** A plain weave with two bands of floats that swing past each other; below it the warp still waits. */
function weave(): Record<Yarn, string> {
  const paths: Record<Yarn, string> = { warp: '', weft: '', indigo: '', ink: '' };
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      const yarn = yarnAt(column, row);
      const x = column * CELL;
      const y = row * CELL;
      if (yarn === 'warp') {
        paths.warp += `M${x + 6.5} ${y + 1}v${THREAD}`;
        continue;
      }
      let length = 1;
      if (yarn !== 'weft') while (column + length < COLUMNS && yarnAt(column + length, row) === yarn) length++;
      paths[yarn] += `M${x + 1} ${y + 6.5}h${length * CELL - 2}`;
      column += length - 1;
    }
  }
  const fell = ROWS * CELL;
  for (let column = 0; column < COLUMNS; column++) {
    const x = column * CELL + 6.5;
    paths.warp += `M${x} ${column % 2 === 0 ? fell + CELL : fell}V${HEIGHT}`;
    if (column % 2 === 0) paths.indigo += `M${x - 8.5} ${fell + 6.5}h17`;
  }
  return paths;
}

/** The picture beside the sign-in. */
export function Cloth() {
  const paths = useMemo(weave, []);
  return (
    <div className="cloth" aria-hidden="true">
      <svg viewBox={`0 0 ${COLUMNS * CELL} ${HEIGHT}`} preserveAspectRatio="xMinYMin slice" aria-hidden="true">
        <path className="warp" d={paths.warp} />
        <path className="weft" d={paths.weft} />
        <path className="ink" d={paths.ink} />
        <path className="indigo" d={paths.indigo} />
      </svg>
    </div>
  );
}
